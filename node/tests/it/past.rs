//! What would have become of a request at a past height, by a ledger that is executed again up to it.
use crate::cluster::{Cluster, member_signer, vault_signer};
use crate::finality::finalise;
use crate::replay::Ledger;
use amanat_node::replay::{Ended, Past, Range, Witness};
use amanat_types::call::{Call, Deposit, ReadBasis, Request, Scope, Unit, WriteBasis};
use amanat_types::codec::List;
use amanat_types::explain::{ExplainQuestion, Explanation};
use amanat_types::id::{BlobDigest, SealingKey};
use amanat_types::stored::sign_stored;
use amanat_types::transaction::{Body, VERSION};
use amanat_types::wire::BlockEvents;
use amanat_types::{
    BlindIndex, Genesis, Height, LocalId, MemberId, Purpose, RecordId, Refusal, StateKey,
    TimestampMs, Transaction,
};
use commonware_runtime::{Runner as _, deterministic};
use futures::future::{BoxFuture, FutureExt as _};
use std::time::Duration;

const LOCAL: LocalId = LocalId::new([5; 16]);

/// A record of member 1's directory, held by members 2 and 3.
fn deposit(genesis: &Genesis) -> Transaction {
    let member = MemberId::new(1);
    let blob = BlobDigest::new([6; 32]);
    let stored =
        [2, 3].map(|holder| sign_stored(&vault_signer(holder), &genesis.digest(), &[blob]));
    let call = Call::Deposit(Deposit {
        local: LOCAL,
        blob,
        bucket: 0,
        index: BlindIndex::directory(member),
        basis: WriteBasis::Directory(Unit),
        stored: List::empty(),
    });
    let signer = member_signer(1);
    let body = Body {
        version: VERSION,
        network: genesis.digest(),
        sponsor: member,
        sequence: 9,
        last_height: Height::new(400),
        signers: List::new(vec![signer.public_key()]).expect("one"),
        stored: List::new(stored.to_vec()).expect("two"),
        calls: List::new(vec![call]).expect("one"),
    };
    Transaction::sign(body, &signer)
}

/// Member 2 asks for it.
fn question() -> ExplainQuestion {
    let record = RecordId::derive(MemberId::new(1), LOCAL);
    ExplainQuestion {
        member: MemberId::new(2),
        present: List::empty(),
        request: Request {
            local: LocalId::new([0; 16]),
            patient: None,
            scope: Scope::Records(List::new(vec![record]).expect("one")),
            basis: ReadBasis::Directory(Unit),
            purpose: Purpose::Treat,
            until_ms: TimestampMs::new(0),
            reader: SealingKey::new([0; 32]),
            openings: List::empty(),
        },
    }
}

/// Asks at the end, and notes which blocks it saw.
#[derive(Default)]
struct Asks {
    seen: Vec<u64>,
    events: usize,
    found: Vec<bool>,
    explained: Option<Explanation>,
}

impl Witness for Asks {
    fn block(&mut self, outcome: &BlockEvents) {
        self.seen.push(outcome.height.get());
        let events = outcome.events.iter();
        self.events += events.map(|events| events.events.len()).sum::<usize>();
    }

    fn end<'a>(&'a mut self, past: &'a dyn Past) -> BoxFuture<'a, ()> {
        async move {
            let record = RecordId::derive(MemberId::new(1), LOCAL);
            let keys = vec![StateKey::roster(), StateKey::record(&record)];
            let values = past.values(keys).await.expect("the state");
            self.found = values.iter().map(Option::is_some).collect();
            let explained = past.explain(question()).await.expect("it is judged");
            assert_eq!(explained.height, past.height());
            assert_eq!(explained.time_ms, past.time_ms());
            self.explained = Some(explained);
        }
        .boxed()
    }
}

#[test]
fn a_request_is_explained_as_it_was_at_a_height() {
    deterministic::Runner::timed(Duration::from_secs(600)).start(|context| async move {
        let cluster = Cluster::start(context, 10).await;
        let genesis = cluster.genesis.clone();
        let done = finalise(&cluster, 1, deposit(&genesis)).await;
        let height = done.height.get();
        let mut ledger = Ledger::of(cluster, height + 3).await;
        let source = ledger.source.clone();
        let mut asked = async |to: u64| -> Explanation {
            let mut asks = Asks::default();
            let range = Range {
                start: None,
                to: Some(to),
                witness: Some(&mut asks),
            };
            let report = ledger.replay_range(&source, range).await;
            assert_eq!(report.ended, Ended::Held, "{to}");
            // It saw each block once, and of the state what is there at this height.
            assert_eq!(asks.seen, (1..=to).collect::<Vec<u64>>());
            assert_eq!(asks.events > 0, to >= height, "{to}");
            assert_eq!(asks.found, [true, to >= height], "{to}");
            let explained = asks.explained.expect("it was asked");
            assert_eq!(explained.height.get(), to);
            explained
        };
        assert_eq!(asked(0).await.refusal(), Some(Refusal::RecordUnknown));
        let before = asked(height - 1).await;
        assert_eq!(before.refusal(), Some(Refusal::RecordUnknown));
        let since = asked(height).await;
        assert_eq!(since.refusal(), None, "{since:?}");
        assert_eq!(since.time_ms, done.time_ms);
        assert_eq!(asked(height + 3).await.refusal(), None);
        // Of a ledger that does not hold nothing is asked.
        let mut damaged = source.clone();
        damaged.damaged = Some(height);
        let mut asks = Asks::default();
        let range = Range {
            witness: Some(&mut asks),
            ..Range::default()
        };
        let report = ledger.replay_range(&damaged, range).await;
        assert_ne!(report.ended, Ended::Held);
        assert_eq!((asks.seen.len() as u64, asks.explained), (height - 1, None));
    });
}
