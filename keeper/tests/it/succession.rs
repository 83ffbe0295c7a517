//! A member that leaves: its custodian wraps keys anew for the successor that the ledger names, and for nobody else.
use crate::fake::{member, network};
use crate::{OWN, READER, World};
use amanat_client::fault::{Failure, Fault};
use amanat_client::wire::{self, HandOverAnswer, HandOverRequest};
use amanat_envelope::{SealingSecret, SingleCustodian};
use amanat_types::codec::List;
use amanat_types::state::{Member, Succession};
use amanat_types::{Height, MemberId, Refusal, StateKey, TicketId};
use std::sync::atomic::Ordering;

/// The member that is named to succeed the custodian's.
const SUCCESSOR: u16 = 2;

impl World {
    /// The own member names `successor`, and the successor's keys are sealed to `sealing`.
    pub fn name(&self, successor: Option<u16>) {
        let value = Succession {
            successor: successor.map(MemberId::new),
            height: Height::new(9),
        };
        self.ledger.put(StateKey::succession(member(OWN)), value);
    }

    /// The secret of the successor, whose public half stands on the ledger.
    fn succeeding(&self) -> SealingSecret {
        self.sealing_of(SUCCESSOR)
    }

    pub fn sealing_of(&self, number: u16) -> SealingSecret {
        let secret = SealingSecret::from_seed(&[6; 32]);
        let key = StateKey::member(member(number));
        let bytes = self.ledger.script().state[&key].clone();
        let state: Member = commonware_codec::DecodeExt::decode(bytes).expect("a member");
        let sealing = *secret.public();
        self.ledger.put(key, Member { sealing, ..state });
        secret
    }

    fn hand_over(&self) -> HandOverRequest {
        let wraps = self.request().wraps.into_vec();
        HandOverRequest {
            wraps: List::new(wraps).expect("few"),
        }
    }
}

fn no(result: Result<HandOverAnswer, Failure>) -> Refusal {
    match result {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn keys_are_wrapped_anew_for_the_named_successor_and_journalled() {
    let world = World::new();
    let secret = world.succeeding();
    world.name(Some(SUCCESSOR));
    let ask = world
        .ledger
        .sign(SUCCESSOR, wire::HAND_OVER, world.hand_over());
    let answer = world.custodian.hand_over(ask).await.expect("hands over");
    assert_eq!(answer.height, Height::new(10));
    for ((item, (record, old)), sealed) in answer.wraps.iter().zip(&world.wraps).zip(&world.sealed)
    {
        assert_eq!(item.record, *record);
        assert_ne!(item.wrap.to_vec(), *old);
        let wrap = amanat_envelope::Wrap::from_bytes(&item.wrap).expect("a wrap");
        let key = SingleCustodian::unwrap(&secret, &network(), *record, &wrap);
        assert_eq!(key.expect("opens"), sealed.key);
        let own = SealingSecret::from_seed(&[1; 32]);
        assert!(SingleCustodian::unwrap(&own, &network(), *record, &wrap).is_err());
    }
    let page = world.custodian.journal().page(0, 5).await.expect("page");
    let entry = &page.entries[0];
    assert_eq!(
        (entry.releaser, entry.reader),
        (member(OWN), member(SUCCESSOR))
    );
    assert_eq!(
        (entry.ticket, entry.height),
        (TicketId::new([0; 16]), Height::new(10))
    );
    assert_eq!(entry.records, world.request().request.records);
}

/// One thing wrong at a time, and nothing in the journal.
#[tokio::test]
async fn nobody_else_is_given_keys_and_none_that_is_not_the_members() {
    let world = World::new();
    world.succeeding();
    let ask = |by| world.ledger.sign(by, wire::HAND_OVER, world.hand_over());
    let given = |by| world.custodian.hand_over(ask(by));
    assert_eq!(no(given(SUCCESSOR).await), Refusal::NotSuccessor);
    for named in [None, Some(OWN), Some(READER)] {
        world.name(named);
        assert_eq!(no(given(SUCCESSOR).await), Refusal::NotSuccessor);
    }
    world.name(Some(SUCCESSOR));
    // Another member's naming is not the own one.
    let other = Succession {
        successor: Some(member(READER)),
        height: Height::new(9),
    };
    world.ledger.put(StateKey::succession(member(4)), other);
    assert_eq!(no(given(READER).await), Refusal::NotSuccessor);
    assert_eq!(no(given(9).await), Refusal::DepositorUnknown);
    let elsewhere = world.ledger.sign(SUCCESSOR, wire::KEYS, world.hand_over());
    let elsewhere = world.custodian.hand_over(elsewhere).await;
    assert_eq!(no(elsewhere), Refusal::SignatureInvalid);
    let rubbish = world.ledger.sign(SUCCESSOR, wire::HAND_OVER, 1u8);
    assert_eq!(
        no(world.custodian.hand_over(rubbish).await),
        Refusal::Malformed
    );
    // A successor that was suspended between its request and the answer of the node.
    world
        .ledger
        .admit(SUCCESSOR, amanat_types::code::KeyPurpose::Vault, false);
    let late = world
        .custodian
        .hand_over_to(member(SUCCESSOR), world.hand_over());
    assert_eq!(no(late.await), Refusal::NotSuccessor);
    world
        .ledger
        .admit(SUCCESSOR, amanat_types::code::KeyPurpose::Vault, true);
    world.succeeding();

    let (record, digest) = (world.wraps[1].0, world.sealed[1].digest);
    world.ledger.deposit(record, digest, 4, &[OWN, 4]);
    assert_eq!(no(given(SUCCESSOR).await), Refusal::RecordNotYours);
    world.ledger.deposit(record, digest, OWN, &[OWN, 4]);
    world.ledger.retract(record);
    assert_eq!(no(given(SUCCESSOR).await), Refusal::RecordRetracted);
    world
        .ledger
        .script()
        .state
        .remove(&StateKey::record(&record));
    assert_eq!(no(given(SUCCESSOR).await), Refusal::RecordUnknown);
    world.ledger.deposit(record, digest, OWN, &[OWN, 4]);
    world.ledger.set_now(1_010_001);
    assert_eq!(no(given(SUCCESSOR).await), Refusal::TipTooOld);
    let stalled = world
        .custodian
        .hand_over_to(member(SUCCESSOR), world.hand_over());
    assert_eq!(no(stalled.await), Refusal::TipTooOld);
    world.ledger.set_now(1_000_000);
    assert_eq!(world.entries(), 0);
    // All or none: a wrap of another record. The entry stands, since it is written before a wrap is opened.
    let mut swapped = world.hand_over().wraps.into_vec();
    swapped[0].wrap = swapped[1].wrap.clone();
    let swapped = HandOverRequest {
        wraps: List::new(swapped).expect("few"),
    };
    let wrong = world
        .custodian
        .hand_over_to(member(SUCCESSOR), swapped)
        .await;
    assert_eq!(no(wrong), Refusal::WrapWrong);
    assert_eq!(world.entries(), 1);
    assert!(given(SUCCESSOR).await.is_ok());
}

#[tokio::test]
async fn no_key_is_handed_over_before_the_journal_is_synced() {
    let world = World::new();
    world.succeeding();
    world.name(Some(SUCCESSOR));
    world.disk.unsynced.store(true, Ordering::SeqCst);
    let given = world
        .custodian
        .hand_over_to(member(SUCCESSOR), world.hand_over());
    assert!(matches!(
        given.await,
        Err(Failure::Fault(Fault::Storage { .. }))
    ));
}
