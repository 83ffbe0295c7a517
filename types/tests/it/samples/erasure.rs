//! Retention, legal holds and erasure: since protocol version 3.
use super::*;
use amanat_types::state::{ErasureState, HeldBy, HoldState, Holds, Retention, RetentionMark};
use amanat_types::{HoldId, StateKey};

fn records() -> HeldRecords {
    list(vec![id(RecordId::new, 1), id(RecordId::new, 2)])
}

pub fn calls() -> Vec<Call> {
    vec![
        Call::Hold(Hold {
            local: id(LocalId::new, 3),
            patient: Some(id(PatientId::new, 7)),
            records: records(),
            openings: openings(),
            ground: Commitment::new([4; 32]),
            until_ms: TimestampMs::new(5),
        }),
        Call::EndHold(EndHold {
            hold: id(HoldId::new, 6),
        }),
        Call::Erase(Erase {
            patient: id(PatientId::new, 7),
            records: records(),
            openings: openings(),
        }),
        Call::ConfirmErased(ConfirmErased { records: records() }),
    ]
}

pub fn events() -> Vec<Event> {
    let member = MemberId::new(8);
    vec![
        Event::RecordsHeld(event::RecordsHeld {
            hold: id(HoldId::new, 6),
            member,
            authority: true,
            patient: None,
            records: records(),
            ground: Commitment::new([4; 32]),
            until_ms: TimestampMs::new(5),
        }),
        Event::HoldEnded(event::HoldEnded {
            hold: id(HoldId::new, 6),
            member,
            patient: Some(id(PatientId::new, 7)),
            records: records(),
        }),
        Event::RecordsErased(event::RecordsErased {
            patient: id(PatientId::new, 7),
            member,
            records: records(),
        }),
        Event::ErasureConfirmed(event::ErasureConfirmed {
            member,
            records: records(),
        }),
    ]
}

/// State values, and the word that they add to an older one.
pub fn values() -> Vec<(&'static str, Vec<u8>)> {
    let until_ms = TimestampMs::new(5);
    let retention = Retention {
        days: 9,
        marks: list(vec![RetentionMark {
            height: Height::new(10),
            time_ms: TimestampMs::new(11),
        }]),
    };
    let hold = HoldState {
        member: MemberId::new(8),
        authority: false,
        patient: Some(id(PatientId::new, 7)),
        records: records(),
        ground: Commitment::new([4; 32]),
        until_ms,
        ended_ms: Some(TimestampMs::new(12)),
    };
    let holds = Holds {
        held: list(vec![HeldBy {
            hold: id(HoldId::new, 6),
            until_ms,
        }]),
    };
    let erasure = ErasureState {
        patient: id(PatientId::new, 7),
        time_ms: TimestampMs::new(13),
        confirmed: list(vec![MemberId::new(8)]),
    };
    vec![
        ("state/retention", retention.encode().to_vec()),
        ("state/hold", hold.encode().to_vec()),
        ("state/holds", holds.encode().to_vec()),
        ("state/erasure", erasure.encode().to_vec()),
        ("retract/erased", RetractReason::Erased.encode().to_vec()),
    ]
}

pub fn state_keys() -> Vec<(&'static str, StateKey)> {
    let record = id(RecordId::new, 1);
    vec![
        ("retention", StateKey::retention()),
        ("hold", StateKey::hold(&id(HoldId::new, 6))),
        ("holds", StateKey::holds(&record)),
        ("erasure", StateKey::erasure(&record)),
    ]
}
