//! What would have become of a request at a past height, by a ledger that is executed again up to it.
use crate::cluster::{Cluster, member_signer, vault_signer};
use crate::finality::finalise;
use crate::replay::Ledger;
use amanat_node::replay::{Ended, Range};
use amanat_types::call::{Call, Deposit, ReadBasis, Request, Scope, Unit, WriteBasis};
use amanat_types::codec::List;
use amanat_types::explain::{ExplainQuestion, Explanation};
use amanat_types::id::{BlobDigest, SealingKey};
use amanat_types::stored::sign_stored;
use amanat_types::transaction::{Body, VERSION};
use amanat_types::{
    BlindIndex, Genesis, Height, LocalId, MemberId, Purpose, RecordId, Refusal, TimestampMs,
    Transaction,
};
use commonware_runtime::{Runner as _, deterministic};
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
            let range = Range {
                start: None,
                to: Some(to),
                ask: Some(question()),
            };
            let report = ledger.replay_range(&source, range).await;
            assert_eq!(report.ended, Ended::Held, "{to}");
            let explained = report.explained.expect("it was asked");
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
    });
}
