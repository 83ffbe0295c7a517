//! Archive: everything that the basis opens, once, in parts, under one ticket.
use crate::deposit::observation;
use crate::keeping::{Leaving, leaving};
use crate::read::{Visited, visited};
use amanat_exchange::archive::Contents;
use amanat_exchange::*;
use amanat_types::code::RetractReason;
use amanat_types::{PatientId, RecordId, Refusal};

impl Visited {
    async fn open(&self, contents: &Contents, patient: PatientId) -> Vec<RecordId> {
        let (actor, mut records) = (self.world.actor(), Vec::new());
        for part in &contents.parts {
            let opened = self
                .exchange
                .archive_part(&actor, &self.read, (patient, part));
            records.extend(opened.await.unwrap().iter().map(|one| one.record));
        }
        records
    }
}

#[tokio::test]
async fn it_holds_what_is_current_and_superseded_and_not_what_was_retracted_or_restricted() {
    let visited = visited(6).await;
    let Visited {
        world,
        exchange,
        read,
        done,
        context,
        ..
    } = &visited;
    let (actor, patient) = (world.actor(), context.patient);
    let id = |at: usize| done[at].record;
    let amended = exchange
        .amend(&actor, Some(context), id(1), observation(9))
        .await
        .unwrap();
    exchange
        .retract(&actor, id(2), RetractReason::Duplicate)
        .await
        .unwrap();
    world.ill(|ills| ills.restricted.insert(id(3)));
    let contents = exchange.archive(&actor, read, patient).await.unwrap();
    let parts: Vec<bool> = contents.parts.iter().map(|part| part.superseded).collect();
    assert_eq!(parts, [false, true]);
    let before = world.inside.lock().unwrap().gets;
    let found = visited.open(&contents, patient).await;
    assert_eq!(found, [id(0), id(4), id(5), amended.record, id(1)]);
    // Each part is asked of the vault once.
    assert_eq!(world.inside.lock().unwrap().gets, before + 2);
    // Retracted between the request and its part: left out as well.
    exchange
        .retract(&actor, id(5), RetractReason::Duplicate)
        .await
        .unwrap();
    let found = visited.open(&contents, patient).await;
    assert_eq!(found, [id(0), id(4), amended.record, id(1)]);
}

#[tokio::test]
async fn the_ticket_is_on_the_ledger_before_anything_is_opened_and_without_a_basis_nothing_is() {
    let leaving = leaving(3).await;
    let Leaving {
        world,
        reader,
        read,
        ..
    } = &leaving;
    let (actor, patient) = (world.of(3).actor(), read.patient.unwrap());
    let submissions = || world.ill(|ills| ills.submissions);
    let gets = || world.inside.lock().unwrap().gets;
    let before = submissions();
    let none = ReadContext {
        basis: Basis::None,
        ..*read
    };
    let refused = reader.archive(&actor, &none, patient).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::NoBasis))));
    assert_eq!(submissions(), before + 1);
    let contents = reader.archive(&actor, read, patient).await.unwrap();
    assert_eq!((submissions(), gets()), (before + 2, 0));
    let part = (patient, &contents.parts[0]);
    let opened = reader.archive_part(&actor, read, part).await.unwrap();
    assert_eq!((opened.len(), submissions()), (3, before + 2));
    // A part is judged like any read.
    let refused = reader.archive_part(&actor, &none, part).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::NoBasis))));
    // Nor is it another member's door.
    let stranger = world.of(1).actor();
    assert!(reader.archive(&stranger, read, patient).await.is_err());
}

#[tokio::test]
async fn the_accounts_are_those_of_the_access_log() {
    let visited = visited(2).await;
    let Visited {
        world,
        exchange,
        read,
        context,
        ..
    } = &visited;
    let (actor, patient) = (world.actor(), context.patient);
    let contents = exchange.archive(&actor, read, patient).await.unwrap();
    visited.open(&contents, patient).await;
    let accounts = exchange
        .archive_accounts(&actor, &patient, "p-1")
        .await
        .unwrap();
    let events: Vec<_> = accounts.events.collect();
    let expected = exchange
        .audit_events(&actor, &patient, "p-1")
        .await
        .unwrap();
    assert!(!events.is_empty());
    assert_eq!(events, expected);
    assert!(accounts.doubts.is_empty() && accounts.disclosures.is_empty());
}
