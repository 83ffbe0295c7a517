//! Words of legal holds and of erasure.
use super::line::{Words, owner_of, until};
use super::word::*;
use amanat_types::RecordId;
use amanat_types::call::*;
use amanat_types::codec::List;

/// The call of a line, if it is one of these.
///
/// ```text
/// hold h records=a/r1,a/r2 until=9d [of=p1 open=x1]   endhold a/h
/// erase p1 records=a/r1,a/r2 open=x1     confirm records=a/r1,a/r2
/// ```
///
/// `backwards` names the records in the wrong order.
pub fn call(w: &Words<'_>) -> Option<Call> {
    Some(match w.at(0) {
        "hold" => Call::Hold(Hold {
            local: local(w.at(1)),
            patient: split(w.get("of", "")).next().map(patient),
            records: records(w),
            openings: openings(w.get("open", "")),
            ground: owner_of("ground", "order"),
            until_ms: until(w),
        }),
        "endhold" => Call::EndHold(EndHold {
            hold: hold_id(w.at(1)),
        }),
        "erase" => Call::Erase(Erase {
            patient: patient(w.at(1)),
            records: records(w),
            openings: openings(w.get("open", "")),
        }),
        "confirm" => Call::ConfirmErased(ConfirmErased {
            records: records(w),
        }),
        _ => return None,
    })
}

fn records(w: &Words<'_>) -> HeldRecords {
    let mut records: Vec<RecordId> = split(w.get("records", "")).map(record).collect();
    records.sort();
    if w.has("backwards") {
        records.reverse();
    }
    List::new(records).unwrap()
}
