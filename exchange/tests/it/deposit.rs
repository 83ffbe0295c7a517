//! Deposit: nothing is doubled, nothing is half there, whatever breaks at whichever step.
use crate::world::{World, later};
use amanat_exchange::card::patient_categories;
use amanat_exchange::check_in::CheckInAsk;
use amanat_exchange::*;
use amanat_fhir::{Checked, Limits, check, parse};
use amanat_types::Refusal;
use amanat_types::call::WriteBasis;

pub fn resource(text: &str) -> Checked {
    check(parse(text.as_bytes(), Limits::RESOURCE).unwrap()).unwrap()
}

pub fn observation(n: usize) -> Draft {
    let text = format!(
        r#"{{"resourceType":"Observation","status":"final","identifier":[{{"system":"urn:t","value":"o{n}"}}],"code":{{"text":"t"}},"valueQuantity":{{"value":1.50}}}}"#
    );
    Draft {
        resource: resource(&text),
        caller_id: format!("o/{n}").into_bytes(),
    }
}

pub fn drafts(count: usize) -> Vec<Draft> {
    (0..count).map(observation).collect()
}

/// A patient with a card, checked in for writing.
pub async fn visit(
    exchange: &Exchange<World, World>,
    world: &World,
) -> (SoftCard, WriteContext, Basis) {
    let card = SoftCard::generate().unwrap();
    exchange
        .register_patient(&world.actor(), &card)
        .await
        .unwrap();
    let ask = CheckInAsk {
        caller_id: b"visit".to_vec(),
        write: true,
        until_ms: later(3_600_000),
        ticket_until_ms: later(3_600_000),
    };
    let all = patient_categories();
    let visit = exchange
        .check_in(&world.actor(), &card, &all, ask.clone())
        .await
        .unwrap();
    // A repeat gives the same visit.
    let again = exchange
        .check_in(&world.actor(), &card, &all, ask)
        .await
        .unwrap();
    assert_eq!(again.accepted.transaction, visit.accepted.transaction);
    let context = WriteContext {
        patient: card::Card::patient(&card),
        basis: WriteBasis::Encounter(visit.encounter),
    };
    (card, context, Basis::Treatment(visit.encounter))
}

#[tokio::test]
async fn a_repeat_gives_the_same_records_and_doubles_nothing() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (_, context, _) = visit(&exchange, &world).await;
    let first = exchange
        .deposit_bundle(&world.actor(), Some(&context), drafts(20))
        .await
        .unwrap();
    let again = exchange
        .deposit_bundle(&world.actor(), Some(&context), drafts(20))
        .await
        .unwrap();
    assert!(
        first
            .iter()
            .zip(&again)
            .all(|(a, b)| a.record == b.record && !a.existed && b.existed)
    );
    assert!(
        first
            .iter()
            .zip(&again)
            .all(|(a, b)| a.updated_ms == b.updated_ms && a.transaction == b.transaction)
    );
    assert_eq!(world.records(), 20);
    // The same callers' ids with another content, and in a batch with drafts added or left out.
    let mut other = drafts(20);
    other[3].resource = observation(4).resource;
    for batch in [other, drafts(25), drafts(19)] {
        let error = exchange
            .deposit_bundle(&world.actor(), Some(&context), batch)
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Conflict));
    }
    assert_eq!(world.records(), 20);
}

#[tokio::test]
async fn what_nobody_could_open_is_refused_with_all_that_came_with_it() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (_, context, _) = visit(&exchange, &world).await;
    // Names of one resource, its type among them; its id and `meta` are two more.
    let named = |count: usize| {
        let names: String = (1..count).map(|at| format!(",\"a{at}\":0")).collect();
        let mut drafts = drafts(2);
        drafts[1].resource = resource(&format!("{{\"resourceType\":\"Basic\"{names}}}"));
        drafts
    };
    let full = named(amanat_fhir::NAMES_MAX);
    let actor = world.actor();
    let refused = exchange.deposit_bundle(&actor, Some(&context), full);
    let error = refused.await.unwrap_err();
    assert!(matches!(&error, Error::Invalid { .. }), "{error}");
    assert_eq!(world.records(), 0);
    // Nothing of it stands in the way of what has room.
    let roomy = named(amanat_fhir::NAMES_MAX - 2);
    let done = exchange.deposit_bundle(&actor, Some(&context), roomy);
    assert_eq!(done.await.unwrap().len(), 2);
    assert_eq!(world.records(), 2);
}

#[tokio::test]
async fn two_at_once_are_one() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (_, context, _) = visit(&exchange, &world).await;
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let (exchange, actor) = (exchange.clone(), world.actor());
            tokio::spawn(async move {
                exchange
                    .deposit_bundle(&actor, Some(&context), drafts(10))
                    .await
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap().len(), 10);
    }
    assert_eq!(world.records(), 10);
}

#[tokio::test]
async fn a_fault_at_any_step_is_mended_by_a_repeat() {
    // 0: two vaults down; 1: the submission is lost; 2: its answer is.
    for step in 0..3 {
        let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
        let exchange = world.open(folder.path()).await;
        let (_, context, _) = visit(&exchange, &world).await;
        world.ill(|ills| match step {
            0 => ills.down.extend([1, 2, 3]),
            1 => ills.lost = 1,
            _ => ills.unheard = 1,
        });
        let error = exchange
            .deposit_bundle(&world.actor(), Some(&context), drafts(5))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Fault(_)), "{step}: {error}");
        world.ill(|ills| ills.down.clear());
        let done = exchange
            .deposit_bundle(&world.actor(), Some(&context), drafts(5))
            .await
            .unwrap();
        assert_eq!((done.len(), world.records()), (5, 5), "{step}");
    }
}

#[tokio::test]
async fn a_crash_before_or_after_the_ledger_is_settled_at_the_next_start() {
    for unheard in [false, true] {
        let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
        let exchange = world.open(folder.path()).await;
        let (_, context, basis) = visit(&exchange, &world).await;
        world.ill(|ills| match unheard {
            true => ills.unheard = 1,
            false => ills.lost = 1,
        });
        let failed = exchange
            .deposit_bundle(&world.actor(), Some(&context), drafts(5))
            .await;
        assert!(failed.is_err());
        let record = exchange.record_id(&world.actor(), b"o/0");
        exchange.close().await.unwrap();
        drop(exchange);
        let exchange = reopen(&world, folder.path()).await;
        assert_eq!(world.records(), 5);
        let read = ReadContext {
            basis,
            purpose: amanat_types::Purpose::Treat,
            patient: None,
        };
        let opened = exchange.read(&world.actor(), &read, record).await.unwrap();
        assert_eq!(opened.record, record);
        let done = exchange
            .deposit_bundle(&world.actor(), Some(&context), drafts(5))
            .await
            .unwrap();
        assert!(done.iter().all(|one| one.existed));
        assert_eq!(world.records(), 5);
    }
}

/// The follower lets go of the read model's file a moment after it is dropped.
pub async fn reopen(world: &World, folder: &std::path::Path) -> Exchange<World, World> {
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    world.open(folder).await
}

#[tokio::test]
async fn a_batch_of_several_transactions_is_all_or_none() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (_, context, basis) = visit(&exchange, &world).await;
    // The first of three transactions lands, the others are refused: what landed is taken back.
    let so_far = world.ill(|ills| ills.submissions);
    world.ill(|ills| ills.refuse_after = Some(so_far + 1));
    let error = exchange
        .deposit_bundle(&world.actor(), Some(&context), drafts(2100))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Refused(Refusal::EncounterEnded)));
    world.ill(|ills| ills.refuse_after = None);
    let read = ReadContext {
        basis,
        purpose: amanat_types::Purpose::Treat,
        patient: None,
    };
    let page = exchange
        .everything(&world.actor(), &read, context.patient, None, 10)
        .await
        .unwrap();
    assert_eq!(page.opened.len(), 0);
    // Ids are unique for ever: the caller learns that these were taken back.
    let again = exchange
        .deposit(&world.actor(), Some(&context), observation(0))
        .await
        .unwrap_err();
    assert!(matches!(again, Error::Refused(Refusal::RecordRetracted)));
}

#[tokio::test]
async fn a_vault_that_is_down_is_replaced() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (_, context, _) = visit(&exchange, &world).await;
    world.ill(|ills| ills.down.extend([1, 3]));
    let done = exchange
        .deposit_bundle(&world.actor(), Some(&context), drafts(3))
        .await;
    assert_eq!(done.unwrap().len(), 3);
}

#[tokio::test]
async fn bad_input_names_the_field_and_the_rule() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (_, context, _) = visit(&exchange, &world).await;
    let twice = vec![observation(1), observation(1)];
    let cases = [
        (vec![], "drafts: "),
        (twice, "drafts[1].caller_id: "),
        (
            vec![Draft {
                caller_id: vec![],
                ..observation(1)
            }],
            "drafts[0].caller_id: ",
        ),
        (
            vec![Draft {
                caller_id: vec![0; 257],
                ..observation(1)
            }],
            "drafts[0].caller_id: ",
        ),
    ];
    for (drafts, start) in cases {
        let error = exchange
            .deposit_bundle(&world.actor(), Some(&context), drafts)
            .await
            .unwrap_err();
        assert!(error.to_string().starts_with(start), "{error}");
    }
    let error = exchange
        .deposit(&world.actor(), None, observation(1))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Refused(Refusal::NoBasis)));
    let stranger = Actor::new(amanat_types::MemberId::new(2), "x").unwrap();
    assert!(
        exchange
            .deposit(&stranger, Some(&context), observation(1))
            .await
            .is_err()
    );
}
