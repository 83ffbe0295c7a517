//! Whose word is taken away, by the events that say so, loses the tickets that it asked for: in the log and among the open ones.
use super::model::{causes, log};
use super::script::{Script, index, member, patient, ticket};
use amanat_projection::EndCause;
use amanat_types::call::{LinkRights, Scope};
use amanat_types::code::{BasisKind, LinkKind};
use amanat_types::codec::List;
use amanat_types::event::*;
use amanat_types::state::{BasisRef, Spoken};
use amanat_types::{Event, PublicKey, Purpose, TimestampMs};

const CARD: PublicKey = PublicKey::P256([9; 33]);

/// A ticket for patient 1, on a basis of the patient.
fn issues(script: &mut Script, n: u8, basis: BasisRef) -> Event {
    script.lookups.bases.insert(ticket(n), basis);
    Event::TicketIssued(TicketIssued {
        ticket: ticket(n),
        member: member(2),
        practitioner: None,
        patient: Some(patient(1)),
        basis: BasisKind::Patient,
        purpose: Purpose::Patrqt,
        scope: Scope::Indexes(List::new(vec![index(1)]).unwrap()),
        until_ms: TimestampMs::new(900),
    })
}

fn by(guardian: u8, kind: LinkKind) -> BasisRef {
    BasisRef::Guardian(Spoken {
        patient: patient(1),
        guardian: patient(guardian),
        kind,
    })
}

fn links(guardian: u8, kind: LinkKind, until_ms: u64) -> Event {
    Event::GuardianLinked(GuardianLinked {
        patient: patient(1),
        guardian: patient(guardian),
        kind,
        rights: LinkRights {
            reads: true,
            decides: false,
        },
        from_ms: TimestampMs::new(0),
        until_ms: TimestampMs::new(until_ms),
    })
}

/// Tickets 1 by the own card, 2 by the proxy 2, 3 by the contingent guardian 3; then what happens, and the tickets that it ended.
fn ended_by(event: Event, expected: &[EndCause]) {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    let (proxy, contingent) = (LinkKind::Proxy, LinkKind::Contingent);
    script.block(
        1,
        vec![vec![links(2, proxy, 800), links(3, contingent, 5_000)]],
    );
    let issued = vec![
        issues(&mut script, 1, BasisRef::Patient(patient(1))),
        issues(&mut script, 2, by(2, proxy)),
        issues(&mut script, 3, by(3, contingent)),
    ];
    script.block(1, vec![issued]);
    let name = event.name();
    script.block(1, vec![vec![event.clone()]]);
    // What is over is not ended again.
    script.block(1, vec![vec![event]]);
    let model = script.fold_in(folder.path(), 1);
    let found: Vec<EndCause> = causes(&log(&model, 1))
        .into_iter()
        .map(|(height, cause)| {
            assert_eq!(height, 3, "{name}");
            cause
        })
        .collect();
    assert_eq!(found, expected, "{name}");
}

#[test]
fn whose_word_is_taken_away_loses_its_tickets() {
    let silent = EndCause::SpeakerSilent;
    let suspends = |n| {
        Event::CardWasSuspended(CardWasSuspended {
            patient: patient(n),
            card: CARD,
        })
    };
    let blocks = |n| {
        Event::CardWasBlocked(CardWasBlocked {
            patient: patient(n),
            card: CARD,
        })
    };
    let incapable = |n| {
        Event::IncapacityRecorded(IncapacityRecorded {
            patient: patient(n),
            until_ms: TimestampMs::new(500),
            authority: None,
        })
    };
    let dead = |n| {
        Event::DeathRecorded(DeathRecorded {
            patient: patient(n),
            member: member(1),
        })
    };
    let unlinks = |kind| {
        Event::GuardianUnlinked(GuardianUnlinked {
            patient: patient(1),
            guardian: patient(2),
            kind,
        })
    };
    // The contingent guardian asks anew after whatever silenced the card.
    ended_by(suspends(1), &[silent, silent]);
    ended_by(suspends(2), &[silent]);
    ended_by(suspends(4), &[]);
    ended_by(blocks(1), &[EndCause::CardBlocked]);
    ended_by(blocks(3), &[silent]);
    ended_by(incapable(1), &[silent, silent]);
    ended_by(incapable(3), &[silent]);
    ended_by(dead(1), &[silent, silent, silent]);
    ended_by(dead(2), &[silent]);
    ended_by(unlinks(LinkKind::Proxy), &[silent]);
    ended_by(unlinks(LinkKind::Court), &[]);
    ended_by(
        Event::IncapacityEnded(IncapacityEnded {
            patient: patient(1),
            of_age: true,
        }),
        &[silent],
    );
    ended_by(
        Event::ReissueAsked(ReissueAsked {
            patient: patient(1),
            card: CARD,
            authority: None,
            ready_ms: TimestampMs::new(700),
        }),
        &[silent, silent],
    );
    ended_by(
        Event::DeathRetracted(DeathRetracted {
            patient: patient(1),
        }),
        &[],
    );
}

/// A ticket ends with the link by which it was asked for, and the timeline says what happened.
#[test]
fn a_link_ends_by_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    script.block(1, vec![vec![links(2, LinkKind::Proxy, 40)]]);
    let issued = issues(&mut script, 2, by(2, LinkKind::Proxy));
    script.block(1, vec![vec![issued]]);
    script.block(37, vec![vec![]]);
    script.block(1, vec![vec![]]);
    let model = script.fold_in(folder.path(), 4);
    assert_eq!(causes(&log(&model, 1)), [(4, EndCause::BasisExpired)]);
    let told = model.timeline(&patient(1)).unwrap();
    let names: Vec<&str> = told.iter().map(|moment| moment.event.name()).collect();
    assert_eq!(names, ["GuardianLinked"]);
}

/// One person under two pseudonyms is found from either, until the link is ended; other links make nobody the same.
#[test]
fn pseudonyms_of_one_person() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    let others = [
        links(2, LinkKind::Proxy, 800),
        links(3, LinkKind::Same, 800),
    ];
    script.block(1, vec![others.to_vec()]);
    let model = script.fold_in(folder.path(), 1);
    let known = |model: &amanat_projection::ReadModel, n| model.same_person(&patient(n)).unwrap();
    let to = |other, replaced| amanat_projection::SamePerson {
        other: patient(other),
        replaced,
        from_ms: TimestampMs::new(0),
        until_ms: TimestampMs::new(800),
    };
    assert_eq!(known(&model, 1), [to(3, true)]);
    assert_eq!(known(&model, 3), [to(1, false)]);
    assert_eq!(known(&model, 2), []);
    assert!(to(3, true).in_force(TimestampMs::new(799)));
    assert!(!to(3, true).in_force(TimestampMs::new(800)));
    drop(model);

    let ends = |guardian, kind| {
        Event::GuardianUnlinked(GuardianUnlinked {
            patient: patient(1),
            guardian: patient(guardian),
            kind,
        })
    };
    script.block(1, vec![vec![ends(3, LinkKind::Proxy)]]);
    let still = tempfile::tempdir().unwrap();
    assert_eq!(known(&script.fold_in(still.path(), 1), 1), [to(3, true)]);
    script.block(1, vec![vec![ends(3, LinkKind::Same)]]);
    let after = tempfile::tempdir().unwrap();
    let model = script.fold_in(after.path(), 1);
    assert_eq!((known(&model, 1), known(&model, 3)), (vec![], vec![]));
}
