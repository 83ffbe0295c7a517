//! The outbox: what a patient is told of without asking, numbered once it may be told.
use super::script::{Script, index, member, patient, record, ticket};
use amanat_projection::{Notice, ReadModel};
use amanat_types::call::Scope;
use amanat_types::code::{BasisKind, RetractReason};
use amanat_types::codec::List;
use amanat_types::event::*;
use amanat_types::id::Commitment;
use amanat_types::state::BasisRef;
use amanat_types::{EncounterId, Event, MandateId, Purpose, TimestampMs};

fn registered(who: u8, by: u16) -> Event {
    Event::PatientRegistered(PatientRegistered {
        member: member(by),
        patient: patient(who),
        card: true,
    })
}

fn issued(script: &mut Script, n: u8, basis: BasisRef) -> Event {
    script.lookups.bases.insert(ticket(n), basis);
    Event::TicketIssued(TicketIssued {
        ticket: ticket(n),
        member: member(5),
        practitioner: None,
        patient: Some(patient(1)),
        basis: BasisKind::Law,
        purpose: Purpose::Hlegal,
        scope: Scope::Indexes(List::new(vec![index(1)]).unwrap()),
        until_ms: TimestampMs::new(90_000),
    })
}

fn mandate(n: u8, notice_ms: Option<u64>) -> Event {
    Event::MandateOpened(MandateOpened {
        mandate: MandateId::new([n; 16]),
        member: member(5),
        patient: patient(1),
        purpose: Purpose::Hlegal,
        statute: Commitment::new([2; 32]),
        indexes: List::new(vec![index(1)]).unwrap(),
        until_ms: TimestampMs::new(50_000),
        notice_ms: notice_ms.map(TimestampMs::new),
    })
}

fn mandate_ends(n: u8) -> Event {
    Event::MandateClosed(MandateClosed {
        mandate: MandateId::new([n; 16]),
        member: member(5),
        patient: patient(1),
    })
}

fn breached(n: u8) -> Event {
    Event::BreachDeclared(BreachDeclared {
        ticket: ticket(n),
        member: member(5),
        patient: Some(patient(1)),
        declared_by: member(5),
        statement: Commitment::new([3; 32]),
    })
}

/// A block in which nothing is told to anybody.
fn silent() -> Event {
    Event::RecordRetracted(RecordRetracted {
        record: record(9),
        member: member(1),
        reason: RetractReason::Duplicate,
    })
}

fn names(notices: &[Notice]) -> Vec<(u64, u64, &'static str)> {
    let told = notices.iter();
    told.map(|one| (one.number, one.told_ms.get(), one.moment.event.name()))
        .collect()
}

fn fold(script: &Script, page: usize) -> (tempfile::TempDir, ReadModel) {
    let folder = tempfile::tempdir().unwrap();
    let model = script.fold_in(folder.path(), page);
    (folder, model)
}

#[test]
fn each_notice_has_a_number_of_its_own_and_is_given_again() {
    let mut script = Script::default();
    let visit = BasisRef::Encounter(EncounterId::new([4; 16]));
    script.block(10, vec![vec![registered(1, 1), registered(2, 3)]]);
    script.block(10, vec![vec![silent()]]);
    let ticket = issued(&mut script, 1, visit);
    script.block(10, vec![vec![ticket], vec![silent()]]);
    let expected = [
        (1, 10, "PatientRegistered"),
        (2, 10, "PatientRegistered"),
        (3, 30, "TicketIssued"),
    ];
    for page in [1, 2, 3] {
        let (_folder, model) = fold(&script, page);
        assert_eq!(names(&model.notices(0, 10).unwrap()), expected, "{page}");
        assert_eq!(names(&model.notices(0, 10).unwrap()), expected, "again");
        assert_eq!(names(&model.notices(1, 1).unwrap()), expected[1..2]);
        assert!(model.notices(3, 10).unwrap().is_empty());
        assert!(model.notices(u64::MAX, 10).unwrap().is_empty());
        let registrar = |who| model.registrar(&patient(who)).unwrap();
        assert_eq!(registrar(1), Some(member(1)));
        assert_eq!(registrar(2), Some(member(3)));
        assert_eq!(registrar(3), None);
    }
}

/// Several wait, the later first: each is told at its own time, and one that comes while others wait does not hold them up.
#[test]
fn each_waits_for_its_own_time() {
    let mut script = Script::default();
    script.block(10, vec![vec![mandate(1, Some(300)), mandate(2, Some(100))]]);
    script.block(90, vec![vec![mandate(3, Some(200))]]);
    script.block(100, vec![vec![silent()]]);
    script.block(100, vec![vec![silent()]]);
    let expected = [
        (1, 100, "MandateOpened"),
        (2, 200, "MandateOpened"),
        (3, 300, "MandateOpened"),
    ];
    for (blocks, told) in [(1, 0), (2, 1), (3, 2), (4, 3)] {
        let some = Script {
            blocks: script.blocks[..blocks].to_vec(),
            ..Script::default()
        };
        let (_folder, model) = fold(&some, 1);
        assert_eq!(names(&model.notices(0, 10).unwrap()), expected[..told]);
    }
}

/// A mandate whose notice is put off waits, with its tickets and its end, and what is told meanwhile is not held up by it.
#[test]
fn what_is_put_off_is_numbered_when_its_time_has_come() {
    let mut script = Script::default();
    let secret = BasisRef::Mandate(MandateId::new([1; 16]));
    let open = BasisRef::Mandate(MandateId::new([2; 16]));
    script.block(10, vec![vec![mandate(1, Some(100)), mandate(2, None)]]);
    let (one, two) = (issued(&mut script, 1, secret), issued(&mut script, 2, open));
    script.block(10, vec![vec![one, two]]);
    script.block(10, vec![vec![mandate_ends(1), breached(1)]]);
    let before = [(1, 10, "MandateOpened"), (2, 20, "TicketIssued")];
    let (_folder, model) = fold(&script, 2);
    assert_eq!(names(&model.notices(0, 10).unwrap()), before);
    // A millisecond before it is over, and at its end.
    script.block(69, vec![vec![silent()]]);
    let (_folder, model) = fold(&script, 2);
    assert_eq!(names(&model.notices(0, 10).unwrap()), before);
    let late = issued(&mut script, 3, secret);
    script.block(1, vec![vec![late]]);
    let after = [
        (3, 100, "MandateOpened"),
        (4, 100, "TicketIssued"),
        (5, 100, "MandateClosed"),
        (6, 100, "BreachDeclared"),
        (7, 100, "TicketIssued"),
    ];
    for page in [1, 3, 5] {
        let (_folder, model) = fold(&script, page);
        assert_eq!(names(&model.notices(0, 2).unwrap()), before, "{page}");
        assert_eq!(names(&model.notices(2, 10).unwrap()), after, "{page}");
        let told = model.notices(2, 1).unwrap();
        assert_eq!(told[0].moment.time_ms, TimestampMs::new(10));
    }
}
