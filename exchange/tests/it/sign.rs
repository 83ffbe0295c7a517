//! Two-phase signing, and software cards at rest.
use crate::world::World;
use amanat_exchange::card::{Card as _, patient_categories};
use amanat_exchange::*;
use amanat_types::ProposalId;
use amanat_types::call::{Call, Vote};
use amanat_types::codec::List;
use amanat_types::key::{Check, NAMESPACE_TRANSACTION};

#[tokio::test]
async fn a_card_elsewhere_signs_what_was_prepared() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let card = SoftCard::generate().unwrap();
    let paper = card.paper(&patient_categories());
    let prepared = exchange
        .prepare_patient(&world.actor(), &paper)
        .await
        .unwrap();
    assert_eq!(prepared.cosigners(), [card.public_key()]);
    let none = exchange
        .submit_prepared(&world.actor(), prepared.clone(), vec![])
        .await;
    assert!(matches!(none, Err(Error::Invalid { .. })));
    // Nor does the member sign a vote that somebody puts into what was prepared.
    let signature = card.cosign(&prepared.id()).unwrap();
    let mut vote = prepared.clone();
    let call = Call::Vote(Vote {
        proposal: ProposalId::new([1; 16]),
        approve: true,
    });
    vote.body.calls = List::new(vec![call]).unwrap();
    let refused = exchange
        .submit_prepared(&world.actor(), vote, vec![signature])
        .await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
    let done = exchange
        .submit_prepared(&world.actor(), prepared.clone(), vec![signature])
        .await
        .unwrap();
    assert_eq!(done.transaction, prepared.id());
    // The same again is the same transaction.
    let again = exchange
        .submit_prepared(&world.actor(), prepared, vec![signature])
        .await
        .unwrap();
    assert_eq!(again, done);
}

#[test]
fn a_card_at_rest_is_the_same_card_and_opens_under_its_key_only() {
    let card = SoftCard::generate().unwrap();
    let bytes = card.to_bytes(&[3; 32]).unwrap();
    let again = SoftCard::from_bytes(&[3; 32], &bytes).unwrap();
    assert_eq!(
        again.paper(&patient_categories()),
        card.paper(&patient_categories())
    );
    assert!(SoftCard::from_bytes(&[4; 32], &bytes).is_err());
}

#[test]
fn signatures_are_low_s_and_verify() {
    let key = SoftKey::generate().unwrap();
    for n in 0..16u8 {
        let id = amanat_types::TransactionId::new([n; 32]);
        let check = Check {
            key: key.public_key(),
            namespace: NAMESPACE_TRANSACTION,
            message: *id.as_bytes(),
            signature: key.cosign(&id).unwrap(),
        };
        assert_eq!(check.verify(), Ok(()));
    }
    let again = SoftKey::from_pkcs8(&key.to_pkcs8()).unwrap();
    assert_eq!(again.public_key(), key.public_key());
}
