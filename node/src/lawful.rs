//! What a block must be beside its parent, and what it must have led to, for a validator to vote for it.
use crate::execution::Executed;
use crate::store::Roots;
use amanat_types::block::{Block, Header, VERSION};
use amanat_types::limits;

/// Rules that a block and its parent settle. `last` says whether the block is its epoch's last.
///
/// The founding block may be any time after genesis; a later one is above its parent, by no more than a bound. No clock is asked.
pub fn follows(header: &Header, parent: &Header, last: bool) -> bool {
    let step = header.time.since(parent.time);
    let first = parent.height.get() == 0;
    header.version == VERSION
        && header.parent == parent.digest()
        && header.height == parent.height.plus(1)
        && header.protocol == parent.protocol_after()
        && header.time > parent.time
        && (first || step <= limits::BLOCK_TIME_STEP_MS_MAX)
        && header.next.is_some() == last
}

/// Whether a block is no larger than the rules let one be among so many validators.
pub fn fits(block: &Block, validators: usize) -> bool {
    let most = limits::block_bytes(block.header().protocol, validators);
    block.payload().size() <= most
}

/// Whether a header commits to what executing its block led to.
pub fn agrees(header: &Header, executed: &Executed, roots: &Roots) -> bool {
    header.receipts_root == executed.receipts_root
        && header.events_root == executed.events_root
        && header.next == executed.next
        && header.state_root == roots.state
        && header.records == roots.records
        && header.bodies == roots.bodies
}

#[cfg(test)]
mod tests {
    use super::{agrees, fits, follows};
    use crate::execution::Executed;
    use crate::mempool::tests::{anchor, parcel};
    use crate::store::Roots;
    use amanat_types::block::{Block, Header, NextEpoch, Parcel, Payload, Roster, SyncTarget};
    use amanat_types::codec::List;
    use amanat_types::wire::BlockEvents;
    use amanat_types::{Digest, Height, TimestampMs, digest, limits};
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};

    /// What is wrong, and how it comes about.
    type Broken = (&'static str, fn(&mut Header));

    fn roster() -> Roster {
        let keys = (1..=4).map(|seed| PrivateKey::from_seed(seed).public_key());
        Roster::new(keys.collect()).expect("four")
    }

    fn some(byte: u8) -> Digest {
        digest("test", &[&[byte]])
    }

    fn next(protocol: u16) -> Option<NextEpoch> {
        let roster = roster();
        Some(NextEpoch { roster, protocol })
    }

    fn genesis() -> Header {
        Header::genesis(some(1), TimestampMs::new(1_000), 1, &roster())
    }

    fn child(parent: &Header, step_ms: u64) -> Header {
        let mut header = genesis();
        header.parent = parent.digest();
        header.height = parent.height.plus(1);
        header.time = parent.time.plus(step_ms);
        header.protocol = parent.protocol_after();
        header
    }

    #[test]
    fn a_block_follows_its_parent_in_every_respect() {
        let parent = child(&genesis(), 5);
        let good = child(&parent, 5);
        assert!(follows(&good, &parent, false));
        let changes: [Broken; 8] = [
            ("version", |header| header.version += 1),
            ("parent", |header| header.parent = some(9)),
            ("same height", |header| header.height = Height::new(1)),
            ("height left out", |header| {
                header.height = header.height.plus(1)
            }),
            ("protocol", |header| header.protocol = 2),
            ("time of its parent", |header| {
                header.time = TimestampMs::new(1_005)
            }),
            ("before its parent", |header| {
                header.time = TimestampMs::new(1_004)
            }),
            ("names an epoch", |header| header.next = next(1)),
        ];
        for (name, change) in changes {
            let mut header = good.clone();
            change(&mut header);
            assert!(!follows(&header, &parent, false), "{name}");
        }
    }

    /// 4 MiB where blocks travel in brief, 2 MiB elsewhere.
    #[test]
    fn a_block_is_as_large_as_its_rules_and_validators_let_it() {
        let of = |protocol: u16, bytes: usize| {
            let large = parcel(1, 1, anchor(1_024));
            let count = bytes.div_ceil(large.bytes.len());
            let payload = Payload::new(vec![Parcel::clone(&large); count]).expect("a payload");
            let mut header = genesis();
            header.protocol = protocol;
            header.transactions_root = payload.root();
            Block::new(header, payload)
        };
        let (two, four) = (2 * 1024 * 1024, 4 * 1024 * 1024);
        let one = parcel(1, 1, anchor(1_024)).bytes.len();
        for (protocol, validators, most) in [
            (3, 8, four),
            (3, 128, four),
            (3, 7, two),
            (2, 8, two),
            (1, 128, two),
        ] {
            assert!(
                fits(&of(protocol, most - one), validators),
                "{protocol} {validators}"
            );
            let over = fits(&of(protocol, two + 1), validators);
            assert_eq!(over, most == four, "{protocol} {validators}");
            assert_eq!(limits::block_bytes(protocol, validators), most);
        }
        assert_eq!(limits::BLOCK_BYTES_MAX, four);
    }

    #[test]
    fn time_steps_are_bounded_but_for_the_founding_block() {
        let most = limits::BLOCK_TIME_STEP_MS_MAX;
        let parent = child(&genesis(), 5);
        assert!(follows(&child(&parent, 1), &parent, false));
        assert!(follows(&child(&parent, most), &parent, false));
        assert!(!follows(&child(&parent, most + 1), &parent, false));
        assert!(follows(&child(&genesis(), 99 * most), &genesis(), false));
        assert!(!follows(&child(&genesis(), 0), &genesis(), false));
    }

    #[test]
    fn the_last_block_of_an_epoch_and_it_alone_names_the_next() {
        let parent = child(&genesis(), 5);
        let mut last = child(&parent, 5);
        assert!(!follows(&last, &parent, true));
        last.next = next(2);
        assert!(follows(&last, &parent, true));
        assert!(!follows(&last, &parent, false));
        // The rules that it names are in force for its child, and no other.
        let mut first = child(&last, 5);
        assert_eq!(first.protocol, 2);
        assert!(follows(&first, &last, false));
        first.protocol = 1;
        assert!(!follows(&first, &last, false));
    }

    #[test]
    fn a_header_commits_to_all_that_its_block_did() {
        let header = child(&genesis(), 5);
        let executed = || Executed {
            writes: std::collections::BTreeMap::new(),
            outcome: BlockEvents {
                height: header.height,
                time_ms: header.time,
                receipts: List::empty(),
                events: List::empty(),
            },
            receipts_root: header.receipts_root,
            events_root: header.events_root,
            next: None,
        };
        let roots = Roots {
            state: header.state_root,
            records: header.records.clone(),
            bodies: header.bodies.clone(),
        };
        assert!(agrees(&header, &executed(), &roots));
        let other = |target: &SyncTarget| SyncTarget {
            root: some(9),
            range: target.range.clone(),
        };
        let changes: [Broken; 4] = [
            ("receipts", |header| header.receipts_root = some(9)),
            ("events", |header| header.events_root = some(9)),
            ("next", |header| header.next = next(1)),
            ("state", |header| header.state_root = some(9)),
        ];
        for (name, change) in changes {
            let mut header = header.clone();
            change(&mut header);
            assert!(!agrees(&header, &executed(), &roots), "{name}");
        }
        let (mut records, mut bodies) = (header.clone(), header.clone());
        records.records = other(&header.records);
        bodies.bodies = other(&header.bodies);
        assert!(!agrees(&records, &executed(), &roots) && !agrees(&bodies, &executed(), &roots));
    }
}
