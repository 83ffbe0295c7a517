//! The evidence of one quiet run, which the tests break.
use amanat_sim::check::violations;
use amanat_sim::evidence::Evidence;
use amanat_sim::plan::Plan;
use amanat_sim::run::{Run, run};
use amanat_types::block::{Block, Header, Parcel, Payload};
use std::sync::{Arc, OnceLock};

/// A run in which every checker is content.
pub fn quiet() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        let run = run(&Plan::quiet(1)).expect("a quiet run");
        assert_eq!(violations(&run.evidence), Vec::new());
        run
    })
}

/// Its evidence, to be broken.
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
