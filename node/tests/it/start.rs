//! A ledger executed again from the state after a later block, which a stopped node's own databases give back.
use crate::cluster::{Cluster, consensus_key};
use crate::replay::{Kept, Ledger, TIP};
use amanat_node::replay::{Broken, Ended, Range, Report, Start};
use amanat_types::Digest;
use amanat_types::block::Roster;
use amanat_types::proof::Checkpoint;
use commonware_cryptography::Signer as _;
use commonware_runtime::{Runner as _, deterministic};
use std::path::PathBuf;
use std::time::Duration;

/// Executes from `height` on, with the databases of a killed node. They are given back as they were then, so later heights first.
async fn from(
    ledger: &mut Ledger,
    source: &Kept,
    (member, height): (u16, u64),
    checkpoint: Option<Checkpoint>,
) -> Report {
    let start = Start {
        height,
        checkpoint,
        folder: PathBuf::new(),
        prefix: format!("node-{member}-0"),
    };
    let range = Range {
        start: Some(start),
        to: Some(TIP),
        witness: None,
    };
    ledger.replay_range(source, range).await
}

fn signed_by(ledger: &Ledger, epoch: u64, members: &[u16]) -> Checkpoint {
    let keys = members
        .iter()
        .map(|member| consensus_key(*member).public_key());
    Checkpoint {
        network: ledger.genesis.digest(),
        epoch,
        roster: Roster::new(keys.collect()).expect("some"),
    }
}

#[test]
fn what_follows_a_block_holds_from_its_state_on() {
    deterministic::Runner::timed(Duration::from_secs(600)).start(|context| async move {
        let mut ledger = Ledger::make(context).await;
        let source = ledger.source.clone();
        let last = ledger.block(TIP).header().clone();
        // In the midst of an epoch, at its last block, and at its first; each finalised from the genesis on.
        for height in [21, 19, 12, 10, 9, 5] {
            let report = from(&mut ledger, &source, (1, height), None).await;
            assert_eq!(report.ended, Ended::Held, "{height}");
            assert_eq!((report.from, report.height), (height, TIP));
            assert_eq!(report.blocks, TIP - height);
            assert!(report.values > 4, "{height}: {}", report.values);
            assert_eq!(report.state_root, last.state_root);
            assert_eq!((report.epoch, report.finalised), (2, TIP));
        }
        // With a checkpoint the boundaries before it are not asked for.
        let mut without = source.clone();
        without.boundaries.clear();
        let ended = from(&mut ledger, &without, (2, 21), None).await.ended;
        let lacks = |ended: &Ended| matches!(ended, Ended::Unknown(21, why) if why.contains("last header of epoch 0 is missing"));
        assert!(lacks(&ended), "{ended:?}");
        let known = signed_by(&ledger, 2, &[1, 2, 3, 4]);
        let report = from(&mut ledger, &without, (2, 21), Some(known)).await;
        assert_eq!((report.ended, report.blocks), (Ended::Held, 2));
        // The last block itself may be the start: nothing is executed, and its state was checked.
        let report = from(&mut ledger, &source, (3, TIP), None).await;
        assert_eq!((report.ended, report.blocks), (Ended::Held, 0));
        assert!(report.values > 4);
    });
}

#[test]
fn forged_checkpoints_and_other_states_are_named() {
    deterministic::Runner::timed(Duration::from_secs(600)).start(|context| async move {
        let mut ledger = Ledger::make(context).await;
        let source = ledger.source.clone();
        let of = |ended: &Ended, word: &str| match ended {
            Ended::Broken(_, broken) => broken.to_string().contains(word),
            Ended::Unknown(_, why) => why.contains(word),
            Ended::Held => false,
        };
        // Validators that never signed; those of another network; those of a later epoch.
        let forged = signed_by(&ledger, 2, &[5, 6, 7, 8]);
        let ended = from(&mut ledger, &source, (1, 21), Some(forged))
            .await
            .ended;
        assert!(
            matches!(ended, Ended::Broken(21, Broken::Certificate(_))),
            "{ended:?}"
        );
        let forged = signed_by(&ledger, 0, &[5, 6, 7, 8]);
        let ended = from(&mut ledger, &source, (1, 21), Some(forged))
            .await
            .ended;
        assert!(of(&ended, "of epoch 0"), "{ended:?}");
        let mut foreign = signed_by(&ledger, 2, &[1, 2, 3, 4]);
        foreign.network = Digest::from([9; 32]);
        let ended = from(&mut ledger, &source, (1, 21), Some(foreign))
            .await
            .ended;
        assert!(of(&ended, "of another network"), "{ended:?}");
        let late = signed_by(&ledger, 2, &[1, 2, 3, 4]);
        let ended = from(&mut ledger, &source, (1, 12), Some(late)).await.ended;
        assert!(
            of(&ended, "of epoch 2, and the block of epoch 1"),
            "{ended:?}"
        );
        // A block that is not there, a block that is another's, a block that nothing finalises.
        let ended = from(&mut ledger, &source, (1, TIP + 1), None).await.ended;
        assert!(of(&ended, "there is no such block"), "{ended:?}");
        let mut swapped = source.clone();
        swapped.blocks.insert(21, source.blocks[&20].clone());
        let ended = from(&mut ledger, &swapped, (1, 21), None).await.ended;
        assert_eq!(ended, Ended::Broken(21, Broken::Other));
        let mut open = source.clone();
        open.certificates.retain(|height, _| *height < 20);
        let ended = from(&mut ledger, &open, (1, 21), None).await.ended;
        assert!(of(&ended, "no certificate finalises block 21"), "{ended:?}");
        // Databases that do not reach so far.
        let ended = from(&mut ledger, &source, (9, 21), None).await.ended;
        assert!(of(&ended, "had not executed this block"), "{ended:?}");
        // None of these touched the databases: they still hold.
        let report = from(&mut ledger, &source, (1, 21), None).await;
        assert_eq!(report.ended, Ended::Held);
    });
}

#[test]
fn a_state_that_was_dropped_is_refused_with_the_lowest_that_can_be_had() {
    const HIGH: u64 = 700;
    deterministic::Runner::timed(Duration::from_secs(6_000)).start(|context| async move {
        let mut cluster = Cluster::found(context, 10_000, 0).await;
        cluster.state_blocks = Some(32);
        for member in 1..=4 {
            cluster.start_node(member).await;
        }
        let mut ledger = Ledger::of(cluster, HIGH).await;
        let source = ledger.source.clone();
        let ended = from_to(&mut ledger, &source, 2).await.ended;
        let Ended::Unknown(2, why) = &ended else {
            panic!("{ended:?}");
        };
        let lowest = why.rsplit("can be had here is ").next();
        let lowest: u64 = lowest.and_then(|at| at.parse().ok()).expect("a height");
        assert!((3..HIGH).contains(&lowest), "{why}");
        let ended = from_to(&mut ledger, &source, lowest - 1).await.ended;
        assert!(matches!(ended, Ended::Unknown(_, _)), "{ended:?}");
        let report = from_to(&mut ledger, &source, lowest).await;
        assert_eq!((report.ended, report.from), (Ended::Held, lowest));
    });
}

async fn from_to(ledger: &mut Ledger, source: &Kept, height: u64) -> Report {
    let start = Start {
        height,
        checkpoint: None,
        folder: PathBuf::new(),
        prefix: "node-1-0".to_owned(),
    };
    let range = Range {
        start: Some(start),
        ..Range::default()
    };
    ledger.replay_range(source, range).await
}
