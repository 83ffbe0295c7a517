//! The evidence of one quiet run, which the tests break.
use amanat_sim::check::violations;
use amanat_sim::evidence::Evidence;
use amanat_sim::party::NEWCOMER;
use amanat_sim::plan::{Fault, Plan};
use amanat_sim::run::{Run, run};
use amanat_types::block::{Block, Header, Parcel, Payload};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A run in which every checker is content.
pub fn quiet() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        let run = run(&Plan::quiet(1)).expect("a quiet run");
        assert_eq!(violations(&run.evidence), Vec::new());
        run
    })
}

/// The evidence of a run in which nothing goes wrong but that node 3 loses its disk; the newcomer's node runs, and the last member's keys
/// are replaced.
pub fn comings() -> Evidence {
    static RUN: OnceLock<Run> = OnceLock::new();
    let comings = RUN.get_or_init(|| {
        let at = Duration::from_millis;
        let plan = Plan {
            epoch_blocks: 10,
            newcomer: true,
            sync: true,
            rotates: true,
            faults: vec![
                (at(4_000), Fault::Crash(3)),
                (at(4_001), Fault::LoseDisk(3)),
                (at(4_500), Fault::Restart(3)),
                (at(5_000), Fault::Restart(NEWCOMER)),
            ],
            ..Plan::quiet(1)
        };
        let run = run(&plan).expect("a quiet run");
        assert_eq!(violations(&run.evidence), Vec::new());
        run
    });
    comings.evidence.clone()
}

/// The evidence of the quiet run, to be broken.
pub fn evidence() -> Evidence {
    quiet().evidence.clone()
}

/// The position of a block that holds transactions.
pub fn busy(evidence: &Evidence) -> usize {
    let mut blocks = evidence.views[0].blocks.iter();
    let busy = blocks.position(|block| !block.payload().ids().is_empty());
    busy.expect("a block with transactions")
}

/// A block with another header, or other transactions.
pub fn forge(block: &Block, change: impl FnOnce(&mut Header, &mut Vec<Parcel>)) -> Arc<Block> {
    let mut header = block.header().clone();
    let transactions = block.payload().transactions().iter().cloned();
    let mut parcels: Vec<Parcel> = transactions.map(Parcel::new).collect();
    change(&mut header, &mut parcels);
    let payload = Payload::new(parcels).expect("a small block");
    header.transactions_root = payload.root();
    Arc::new(Block::new(header, payload))
}
