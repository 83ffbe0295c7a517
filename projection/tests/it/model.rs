//! What each read model tells after a fold.
use crate::script::*;
use amanat_client::Fault;
use amanat_projection::{AccessEntry, Act, Attribution, EndCause, ReadModel};
use amanat_types::codec::List;
use amanat_types::wire::EventPage;
use amanat_types::{BlindIndex, Height, PatientId, RecordId, TimestampMs};

/// Record n is patient n's.
struct Same;
impl Attribution for Same {
    fn record(&self, record: &RecordId) -> Option<PatientId> {
        Some(PatientId::new(*record.as_bytes()))
    }
    fn index(&self, _: &BlindIndex) -> Option<PatientId> {
        None
    }
}

pub fn log(model: &ReadModel, whose: u8) -> Vec<AccessEntry> {
    model.access_log(&patient(whose), &Same).unwrap().entries
}

pub fn causes(entries: &[AccessEntry]) -> Vec<(u64, EndCause)> {
    let ends = entries.iter().filter_map(|entry| match &entry.act {
        Act::TicketEnded(ended) => Some((entry.place.height.get(), ended.cause)),
        _ => None,
    });
    ends.collect()
}

#[test]
fn records_stand_under_their_index_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    script.block(
        1,
        vec![vec![deposits(9, 1), deposits(2, 2)], vec![deposits(1, 1)]],
    );
    script.block(1, vec![vec![retracts(9)]]);
    let model = script.fold_in(folder.path(), 8);
    let rows = model.records(&[index(1)]).unwrap();
    assert_eq!(
        rows.iter().map(|row| row.record).collect::<Vec<_>>(),
        [record(9), record(1)]
    );
    assert_eq!(
        rows.iter().map(|row| row.is_current()).collect::<Vec<_>>(),
        [false, true]
    );
    assert_eq!(model.record(&record(2)).unwrap().unwrap().index, index(2));
    assert_eq!(model.record(&record(3)).unwrap(), None);
}

/// Who took a record over, or gave it other holders, stands in the log of whose it is; who deposited it stays in its row.
#[test]
fn another_custodian_is_in_the_log_of_whose_record_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    script.block(1, vec![vec![deposits(9, 1), deposits(2, 1)]]);
    script.block(1, vec![vec![keeps(9, 1, 3)]]);
    script.block(1, vec![vec![keeps(9, 3, 3)]]);
    let model = script.fold_in(folder.path(), 8);
    let kept = |whose: u8| {
        let entries = log(&model, whose).into_iter();
        let acts = entries.filter_map(|entry| match entry.act {
            Act::RecordsKept(kept) => Some((kept.from, kept.member)),
            _ => None,
        });
        acts.collect::<Vec<_>>()
    };
    assert_eq!(kept(9), [(member(1), member(3)), (member(3), member(3))]);
    assert_eq!(kept(2), []);
    assert_eq!(model.record(&record(9)).unwrap().unwrap().member, member(1));
}

#[test]
fn a_ticket_ends_with_its_time_or_with_its_basis() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    let (long, short) = (script.grants(1, 1, 2, 1_000), script.grants(2, 1, 2, 40));
    script.block(10, vec![vec![long, short]]);
    let issued = vec![
        script.issues(1, 1, 1, 30),
        script.issues(2, 1, 2, 900),
        script.issues(3, 1, 1, 900),
    ];
    script.block(10, vec![issued]);
    script.block(9, vec![]);
    // At 30 the first ticket is over: ends are exclusive.
    script.block(1, vec![]);
    script.block(10, vec![]);
    script.block(10, vec![vec![revokes(1, 1)]]);
    script.block(2_000, vec![]);
    let model = script.fold_in(folder.path(), 3);
    assert_eq!(
        causes(&log(&model, 1)),
        [
            (4, EndCause::Expired),
            (5, EndCause::BasisExpired),
            (6, EndCause::ConsentRevoked)
        ]
    );
    assert_eq!(model.open_bases(&patient(1)).unwrap(), []);
}

#[test]
fn a_refusal_is_logged_for_whom_it_names_and_for_whom_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    script.block(
        1,
        vec![
            vec![refuses(Some(1), 2)],
            vec![refuses(None, 3)],
            vec![refuses(Some(1), 1)],
        ],
    );
    let model = script.fold_in(folder.path(), 1);
    let counts = [1, 2, 3, 4].map(|n| log(&model, n).len());
    assert_eq!(counts, [2, 1, 1, 0]);
}

#[test]
fn blocks_out_of_order_are_refused_and_a_repeat_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    for n in 1..6 {
        script.block(1, vec![vec![deposits(n, 1)]]);
    }
    let model = script.fold_in(folder.path(), 2);
    let before = model.fingerprint().unwrap();
    script.fold(&model, &script.blocks).unwrap();
    assert_eq!(model.fingerprint().unwrap(), before);
    let mut blocks = script.blocks.clone();
    blocks[0].height = Height::new(8);
    blocks[1].height = Height::new(7);
    let broken = script.fold(&model, &blocks[..2]);
    assert!(matches!(broken, Err(Fault::Protocol { .. })));
    // Nothing of a page against the protocol is kept, and the model goes on.
    script.block(1, vec![vec![deposits(6, 1)]]);
    assert_eq!(script.fold(&model, &script.blocks).unwrap(), Height::new(6));
}

#[test]
fn a_ticket_that_the_state_does_not_know_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    let issued = script.issues(1, 1, 1, 30);
    script.lookups.bases.clear();
    script.block(1, vec![vec![issued]]);
    let model = ReadModel::open(&folder.path().join("m"), &KEY).unwrap();
    assert!(matches!(
        script.fold(&model, &script.blocks),
        Err(Fault::Protocol { .. })
    ));
    assert_eq!(model.height(), Height::new(0));
}

#[test]
fn a_ticket_that_ended_while_the_ledger_was_idle_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    let granted = script.grants(1, 1, 2, 1_000);
    let issued = script.issues(1, 1, 1, 30);
    script.block(10, vec![vec![granted, issued]]);
    let model = script.fold_in(folder.path(), 8);
    let before = model.fingerprint().unwrap();
    let idle = |height: u64, time_ms: u64| EventPage {
        tip: Height::new(height),
        time_ms: TimestampMs::new(time_ms),
        next: Height::new(height + 1),
        blocks: List::empty(),
    };
    model.fold(&idle(20, 29), &script.lookups).unwrap();
    assert_eq!(causes(&log(&model, 1)), []);
    model.fold(&idle(21, 30), &script.lookups).unwrap();
    assert_eq!(causes(&log(&model, 1)), [(21, EndCause::Expired)]);
    assert_eq!(
        (model.height(), model.fingerprint().unwrap()),
        (Height::new(21), before)
    );
}

#[test]
fn the_end_of_an_epoch_is_folded_like_any_block() {
    use amanat_types::event::{ChangeDropped, Event};
    use amanat_types::receipt::TransactionEvents;
    use amanat_types::{ProposalId, Refusal, TransactionId};
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    script.block(5, Vec::new());
    let dropped = Event::ChangeDropped(ChangeDropped {
        proposal: ProposalId::new([1; 16]),
        refusal: Refusal::MemberGone,
    });
    let block = script.blocks.last_mut().unwrap();
    block.events = List::new(vec![TransactionEvents {
        transaction: TransactionId::BOUNDARY,
        events: List::new(vec![dropped]).unwrap(),
    }])
    .unwrap();
    let height = block.height;
    assert_eq!(script.fold_in(folder.path(), 1).height(), height);
}

/// A visit that is closed with a grace ends its tickets then, those of staff without a card too; an order ends its own.
#[test]
fn a_grace_and_an_order_end_their_tickets() {
    use amanat_types::call::{Unit, Work};
    use amanat_types::event::{EncounterOpened, OrderClosed, OrderPlaced, VisitClosed};
    use amanat_types::state::{BasisRef, CareRef};
    use amanat_types::{EncounterId, Event, OrderId, Role, StaffId, WardId};
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    let (visit, order) = (EncounterId::new([1; 16]), OrderId::new([2; 16]));
    let until_ms = TimestampMs::new(1_000);
    let opened = Event::EncounterOpened(EncounterOpened {
        encounter: visit,
        member: member(1),
        patient: patient(1),
        registration: None,
        write: true,
        indexes: List::empty(),
        until_ms,
    });
    let placed = Event::OrderPlaced(OrderPlaced {
        order,
        member: member(1),
        patient: patient(1),
        performer: member(2),
        work: Work::Test(Unit),
        indexes: List::empty(),
        until_ms,
    });
    script.block(10, vec![vec![opened, placed]]);
    let care = CareRef {
        encounter: visit,
        staff: StaffId::new([3; 16]),
        role: Role::Nurse,
        ward: WardId::new([4; 16]),
    };
    let issued: Vec<Event> = (1..=4).map(|n| script.issues(n, 1, 1, 900)).collect();
    let bases = [
        BasisRef::Encounter(visit),
        BasisRef::Care(care),
        BasisRef::Order(order),
        BasisRef::Grant(grant(1)),
    ];
    for (n, basis) in (1..).zip(bases) {
        script.lookups.bases.insert(ticket(n), basis);
    }
    script.block(10, vec![issued]);
    let closed = Event::VisitClosed(VisitClosed {
        encounter: visit,
        patient: patient(1),
        until_ms: TimestampMs::new(50),
    });
    script.block(10, vec![vec![closed]]);
    // Open to read until the grace is over, and until no later.
    let other = tempfile::tempdir().unwrap();
    let open = script.fold_in(other.path(), 3).open_bases(&patient(1));
    let visits: Vec<(bool, u64)> = open
        .unwrap()
        .iter()
        .filter_map(|one| match &one.opened {
            Event::EncounterOpened(event) => Some((event.write, event.until_ms.get())),
            _ => None,
        })
        .collect();
    assert_eq!(visits, [(false, 50)]);
    script.block(19, vec![]);
    script.block(1, vec![]);
    let ended = Event::OrderClosed(OrderClosed {
        order,
        patient: patient(1),
    });
    script.block(10, vec![vec![ended]]);
    script.block(1_000, vec![]);
    let model = script.fold_in(folder.path(), 3);
    assert_eq!(
        causes(&log(&model, 1)),
        [
            (5, EndCause::BasisExpired),
            (5, EndCause::BasisExpired),
            (6, EndCause::OrderEnded),
            (7, EndCause::Expired),
        ]
    );
}
