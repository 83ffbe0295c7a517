//! Requests for amendment: since protocol version 3.
use super::*;
use amanat_types::code::AmendmentReason;
use amanat_types::state::{AmendmentState, AmendmentVerdict, Amendments};

fn amendment() -> AmendmentRef {
    AmendmentRef {
        record: id(RecordId::new, 1),
        number: 2,
    }
}

fn unamended() -> Unamended {
    Unamended {
        reason: AmendmentReason::Accurate,
        letter: id(RecordId::new, 3),
    }
}

pub fn calls() -> Vec<Call> {
    vec![
        Call::AskAmendment(AskAmendment {
            patient: id(PatientId::new, 4),
            record: id(RecordId::new, 1),
            request: id(RecordId::new, 5),
            openings: openings(),
        }),
        Call::AnswerAmendment(AnswerAmendment {
            amendment: amendment(),
            answer: AmendmentAnswer::Refused(unamended()),
        }),
        Call::Disagree(Disagree {
            amendment: amendment(),
            statement: id(RecordId::new, 6),
        }),
    ]
}

pub fn events() -> Vec<Event> {
    let patient = id(PatientId::new, 4);
    let member = MemberId::new(7);
    vec![
        Event::AmendmentAsked(event::AmendmentAsked {
            amendment: amendment(),
            patient,
            member,
            request: id(RecordId::new, 5),
            by_ms: TimestampMs::new(8),
        }),
        Event::AmendmentAnswered(event::AmendmentAnswered {
            amendment: amendment(),
            patient,
            member,
            answer: AmendmentAnswer::Extended(id(RecordId::new, 9)),
            in_time: true,
        }),
        Event::DisagreementStated(event::DisagreementStated {
            amendment: amendment(),
            patient,
            statement: id(RecordId::new, 6),
        }),
    ]
}

/// State values, and the variants that they add to older shapes.
pub fn values() -> Vec<(&'static str, Vec<u8>)> {
    let asked = AmendmentState {
        request: id(RecordId::new, 5),
        asked_ms: TimestampMs::new(1),
        by_ms: TimestampMs::new(2),
        extended: Some(id(RecordId::new, 9)),
        answered: Some(AmendmentVerdict {
            time_ms: TimestampMs::new(3),
            refused: Some(unamended()),
        }),
        disagreement: Some(id(RecordId::new, 6)),
    };
    let amendments = Amendments {
        patient: id(PatientId::new, 4),
        asked: list(vec![asked]),
    };
    let accepted = AmendmentAnswer::Accepted(Unit);
    let basis = WriteBasis::Amendment(amendment());
    vec![
        ("state/amendments", amendments.encode().to_vec()),
        ("answer/accepted", accepted.encode().to_vec()),
        ("write/amendment", basis.encode().to_vec()),
    ]
}

pub fn state_keys() -> Vec<(&'static str, StateKey)> {
    vec![("amendments", StateKey::amendments(&id(RecordId::new, 1)))]
}
