//! Requests for amendment: what becomes of each, and what goes with a record because of them.
use super::model::log;
use super::script::{Script, index, member, patient, record};
use amanat_projection::{Act, AmendmentRow};
use amanat_types::call::{AmendmentAnswer, AmendmentRef, Unamended, Unit};
use amanat_types::code::AmendmentReason;
use amanat_types::event::*;
use amanat_types::{Event, RecordId, TimestampMs};

fn of(about: u8, number: u8) -> AmendmentRef {
    AmendmentRef {
        record: record(about),
        number,
    }
}

fn asked(about: u8, number: u8, request: u8) -> Event {
    Event::AmendmentAsked(AmendmentAsked {
        amendment: of(about, number),
        patient: patient(1),
        member: member(1),
        request: record(request),
        by_ms: TimestampMs::new(1_000),
    })
}

fn answered(about: u8, number: u8, answer: AmendmentAnswer) -> Event {
    Event::AmendmentAnswered(AmendmentAnswered {
        amendment: of(about, number),
        patient: patient(1),
        member: member(1),
        answer,
        in_time: true,
    })
}

fn refused(about: u8, number: u8, letter: u8) -> Event {
    let refused = Unamended {
        reason: AmendmentReason::Accurate,
        letter: record(letter),
    };
    answered(about, number, AmendmentAnswer::Refused(refused))
}

fn amended(over: u8, new: u8) -> Event {
    Event::RecordAmended(RecordAmended {
        superseded: record(over),
        record: record(new),
        index: index(1),
        member: member(1),
        bucket: 0,
    })
}

fn deposited(n: u8) -> Event {
    Event::RecordDeposited(RecordDeposited {
        record: record(n),
        index: index(1),
        member: member(1),
        bucket: 0,
    })
}

fn disagrees(about: u8, number: u8, statement: u8) -> Event {
    Event::DisagreementStated(DisagreementStated {
        amendment: of(about, number),
        patient: patient(1),
        statement: record(statement),
    })
}

#[test]
fn what_was_said_to_a_refusal_goes_with_the_record_and_with_what_replaces_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    let steps = vec![
        vec![deposited(1), deposited(2), deposited(11), deposited(12)],
        vec![asked(1, 0, 11), asked(2, 0, 21)],
        vec![answered(1, 0, AmendmentAnswer::Extended(record(12)))],
        vec![refused(1, 0, 13)],
        vec![disagrees(1, 0, 14)],
        // Granted: nothing is said beside what replaces it.
        vec![amended(2, 3)],
        vec![answered(2, 0, AmendmentAnswer::Accepted(Unit))],
        // Corrected in another respect, and again; the later one is asked about as well, and not answered yet.
        vec![amended(1, 4), amended(4, 5)],
        vec![asked(5, 0, 51)],
    ];
    let notes = [
        (1, vec![]),
        (3, vec![]),
        (4, vec![11, 13]),
        (5, vec![11, 13, 14]),
        (9, vec![11, 13, 14]),
    ];
    let mut notes = notes.into_iter().peekable();
    for (at, events) in (1..).zip(steps) {
        script.block(10, vec![events]);
        let Some((_, expected)) = notes.next_if(|(after, _)| *after == at) else {
            continue;
        };
        let folder = tempfile::tempdir().unwrap();
        let model = script.fold_in(folder.path(), 2);
        let expected: Vec<RecordId> = expected.into_iter().map(record).collect();
        assert_eq!(model.notes(&record(1)).unwrap(), expected, "after {at}");
    }
    assert!(notes.next().is_none());
    let model = script.fold_in(folder.path(), 3);
    let expected: Vec<RecordId> = [11, 13, 14].into_iter().map(record).collect();
    assert_eq!(model.notes(&record(4)).unwrap(), expected);
    assert_eq!(model.notes(&record(5)).unwrap(), expected);
    for none in [2, 3, 9] {
        assert!(model.notes(&record(none)).unwrap().is_empty(), "{none}");
    }

    let rows: Vec<AmendmentRow> = model.amendments(&patient(1)).unwrap();
    let ids: Vec<AmendmentRef> = rows.iter().map(|row| row.amendment).collect();
    assert_eq!(ids, [of(1, 0), of(2, 0), of(5, 0)]);
    let state = rows[0].state;
    let month = 30 * 24 * 3_600_000;
    assert_eq!(state.by_ms, TimestampMs::new(1_000 + month));
    assert_eq!(state.extended, Some(record(12)));
    assert_eq!(state.disagreement, Some(record(14)));
    assert_eq!(
        state.answered.map(|one| one.time_ms),
        Some(TimestampMs::new(40))
    );
    assert!(rows[1].state.answered.unwrap().refused.is_none());
    assert!(rows[2].state.answered.is_none());
    assert!(model.amendments(&patient(2)).unwrap().is_empty());
}

#[test]
fn each_step_is_in_the_patients_access_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    script.block(10, vec![vec![asked(1, 0, 11)]]);
    script.block(10, vec![vec![refused(1, 0, 13)], vec![disagrees(1, 0, 14)]]);
    let model = script.fold_in(folder.path(), 1);
    let acts: Vec<&str> = log(&model, 1)
        .iter()
        .map(|entry| match entry.act {
            Act::AmendmentAsked(_) => "asked",
            Act::AmendmentAnswered(_) => "answered",
            Act::DisagreementStated(_) => "disagrees",
            _ => "else",
        })
        .collect();
    assert_eq!(acts, ["asked", "answered", "disagrees"]);
    assert!(log(&model, 2).is_empty());
}
