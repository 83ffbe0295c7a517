//! Legal holds and erasure: what a patient is told, what is no longer current, and what whoever deletes it follows.
use super::model::log;
use super::script::{Script, deposits, member, patient, record, retracts};
use amanat_projection::Act;
use amanat_types::code::RetractReason;
use amanat_types::codec::List;
use amanat_types::event::*;
use amanat_types::id::Commitment;
use amanat_types::{Event, HoldId, PatientId, RecordId, TimestampMs};

fn records<const MAX: usize>(numbers: &[u8]) -> List<RecordId, MAX> {
    List::new(numbers.iter().map(|n| record(*n)).collect()).unwrap()
}

fn held(patient: Option<PatientId>, numbers: &[u8]) -> Event {
    Event::RecordsHeld(RecordsHeld {
        hold: HoldId::new([7; 16]),
        member: member(5),
        authority: true,
        patient,
        records: records(numbers),
        ground: Commitment::new([2; 32]),
        until_ms: TimestampMs::new(9_000),
    })
}

fn ended(patient: Option<PatientId>, numbers: &[u8]) -> Event {
    Event::HoldEnded(HoldEnded {
        hold: HoldId::new([7; 16]),
        member: member(5),
        patient,
        records: records(numbers),
    })
}

fn erased(whose: u8, numbers: &[u8]) -> Event {
    Event::RecordsErased(RecordsErased {
        patient: patient(whose),
        member: member(1),
        records: records(numbers),
    })
}

fn confirmed(numbers: &[u8]) -> Event {
    Event::ErasureConfirmed(ErasureConfirmed {
        member: member(4),
        records: records(numbers),
    })
}

fn script() -> Script {
    let mut script = Script::default();
    script.block(
        10,
        vec![vec![deposits(1, 1), deposits(2, 1), deposits(3, 1)]],
    );
    script.block(10, vec![vec![retracts(2)], vec![held(None, &[3])]]);
    script.block(10, vec![vec![held(Some(patient(1)), &[1, 2])]]);
    script.block(
        10,
        vec![
            vec![ended(Some(patient(1)), &[1, 2])],
            vec![ended(None, &[3])],
        ],
    );
    script.block(10, vec![vec![erased(1, &[1, 2])], vec![confirmed(&[1])]]);
    script.block(10, vec![vec![erased(3, &[3])]]);
    script
}

/// The log of a patient tells of holds and erasures by name, and of those that name nobody by whose the records are.
#[test]
fn the_log_tells_holds_and_erasures() {
    let folder = tempfile::tempdir().unwrap();
    let model = script().fold_in(folder.path(), 2);
    let told = |whose| {
        let acts = log(&model, whose).into_iter().map(|entry| match entry.act {
            Act::RecordsHeld(_) => "held",
            Act::HoldEnded(_) => "ended",
            Act::RecordsErased(_) => "erased",
            Act::ErasureConfirmed(_) => "confirmed",
            Act::RecordRetracted(_) => "retracted",
            other => panic!("{other:?}"),
        });
        acts.collect::<Vec<_>>()
    };
    assert_eq!(told(1), ["held", "ended", "erased", "confirmed"]);
    // Record 2 is the second patient's by what the asker knows; who was named is told otherwise.
    assert_eq!(told(2), ["retracted"]);
    assert_eq!(told(3), ["held", "ended", "erased"]);
}

/// A hold that names nobody is no notice; what names somebody is one.
#[test]
fn who_is_named_has_a_notice() {
    let folder = tempfile::tempdir().unwrap();
    let model = script().fold_in(folder.path(), 3);
    let notices = model.notices(0, 10).unwrap();
    let told = notices
        .iter()
        .map(|one| (one.patient, one.moment.event.name()));
    let expected = [
        (patient(1), "RecordsHeld"),
        (patient(1), "HoldEnded"),
        (patient(1), "RecordsErased"),
        (patient(3), "RecordsErased"),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

/// What was erased is not current, also if it was taken back before; who deletes follows it by number, however the blocks came.
#[test]
fn what_was_erased_is_numbered_and_not_current() {
    for page in [1, 2, 6] {
        let folder = tempfile::tempdir().unwrap();
        let model = script().fold_in(folder.path(), page);
        for n in 1..=3 {
            let row = model.record(&record(n)).unwrap().unwrap();
            assert_eq!(row.retracted, Some(RetractReason::Erased), "{n}");
            assert!(!row.is_current());
        }
        let all = [record(1), record(2), record(3)];
        assert_eq!(model.erased(0, 9).unwrap(), all, "{page}");
        assert_eq!(model.erased(0, 2).unwrap(), all[..2]);
        assert_eq!(model.erased(2, 9).unwrap(), all[2..]);
        assert_eq!(model.erased(3, 9).unwrap(), []);
        assert_eq!(model.erased(u64::MAX, 9).unwrap(), []);
    }
}
