//! Who was let read what, by member and day; and broken glass until its member has reviewed it.
use super::script::{Script, index, member, patient, ticket};
use amanat_projection::opened::DAY_MS;
use amanat_projection::{GlassRow, OpenedRow, ReadModel};
use amanat_types::call::Scope;
use amanat_types::code::BasisKind;
use amanat_types::codec::List;
use amanat_types::event::{BreachDeclared, EmergencyJustified, GlassReviewed, TicketIssued};
use amanat_types::id::Commitment;
use amanat_types::state::BasisRef;
use amanat_types::{Event, PractitionerId, Purpose, TicketId, TimestampMs};

const WHO: PractitionerId = PractitionerId::new([7; 16]);

fn issues(script: &mut Script, n: u8, of: u16, basis: BasisKind) -> Event {
    script
        .lookups
        .bases
        .insert(ticket(n), BasisRef::Emergency(WHO));
    Event::TicketIssued(TicketIssued {
        ticket: ticket(n),
        member: member(of),
        practitioner: Some(WHO),
        patient: (n != 9).then(|| patient(n)),
        basis,
        purpose: Purpose::Etreat,
        scope: Scope::Indexes(List::new(vec![index(1)]).unwrap()),
        until_ms: TimestampMs::new(5 * DAY_MS),
    })
}

fn justifies(n: u8, in_time: bool) -> Event {
    Event::EmergencyJustified(EmergencyJustified {
        ticket: ticket(n),
        practitioner: WHO,
        justification: Commitment::new([1; 32]),
        in_time,
    })
}

fn reviews(n: u8, reviewer: u16) -> Event {
    Event::GlassReviewed(GlassReviewed {
        ticket: ticket(n),
        patient: Some(patient(n)),
        practitioner: WHO,
        reviewer: member(reviewer),
        upheld: true,
        finding: Commitment::new([1; 32]),
    })
}

fn ids(rows: &[OpenedRow]) -> Vec<TicketId> {
    rows.iter().map(|row| row.ticket).collect()
}

fn waits(model: &ReadModel, of: u16) -> Vec<(TicketId, Option<bool>)> {
    let rows = model.glass_to_review(member(of)).unwrap();
    let row = |row: &GlassRow| (row.opened.ticket, row.justified);
    rows.iter().map(row).collect()
}

#[test]
fn tickets_are_found_by_member_and_day() {
    let (folder, mut script) = (tempfile::tempdir().unwrap(), Script::default());
    let first = vec![
        issues(&mut script, 1, 1, BasisKind::Treatment),
        issues(&mut script, 2, 2, BasisKind::Treatment),
        // Nobody's records.
        issues(&mut script, 9, 1, BasisKind::Directory),
    ];
    script.block(DAY_MS - 1, vec![first]);
    let second = issues(&mut script, 3, 1, BasisKind::Treatment);
    script.block(1, vec![vec![second]]);
    let model = script.fold_in(folder.path(), 1);
    let of = |number, day| model.opened(member(number), day).unwrap();
    assert_eq!(ids(&of(1, 0)), [ticket(1)]);
    assert_eq!(ids(&of(1, 1)), [ticket(3)]);
    assert_eq!(ids(&of(2, 0)), [ticket(2)]);
    assert_eq!(of(2, 1), []);
    let row = of(1, 0)[0];
    assert_eq!((row.patient, row.practitioner), (patient(1), Some(WHO)));
    assert_eq!(row.time_ms, TimestampMs::new(DAY_MS - 1));
}

#[test]
fn glass_waits_until_its_own_member_has_reviewed_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    let broken = vec![
        issues(&mut script, 2, 1, BasisKind::Emergency),
        issues(&mut script, 1, 1, BasisKind::Emergency),
        issues(&mut script, 3, 2, BasisKind::Emergency),
        issues(&mut script, 4, 1, BasisKind::Treatment),
    ];
    script.block(1, vec![broken]);
    script.block(1, vec![vec![justifies(1, true), justifies(3, false)]]);
    // An authority's finding is its own matter.
    script.block(1, vec![vec![reviews(1, 5)]]);
    let model = script.fold_in(folder.path(), 1);
    assert_eq!(
        waits(&model, 1),
        [(ticket(1), Some(true)), (ticket(2), None)]
    );
    assert_eq!(waits(&model, 2), [(ticket(3), Some(false))]);
    drop(model);

    script.block(1, vec![vec![reviews(1, 1), justifies(2, false)]]);
    let after = tempfile::tempdir().unwrap();
    let model = script.fold_in(after.path(), 1);
    assert_eq!(waits(&model, 1), [(ticket(2), Some(false))]);
    // What was reviewed is not there again when it is justified late.
    script.block(1, vec![vec![justifies(1, false)]]);
    let late = tempfile::tempdir().unwrap();
    assert_eq!(
        waits(&script.fold_in(late.path(), 1), 1),
        [(ticket(2), Some(false))]
    );
}

/// A breach stands in the patient's log, and in the outbox of whoever registered the patient.
#[test]
fn a_breach_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    let issued = issues(&mut script, 1, 1, BasisKind::Emergency);
    script.block(1, vec![vec![issued]]);
    let breach = |patient| {
        Event::BreachDeclared(BreachDeclared {
            ticket: ticket(1),
            member: member(1),
            patient,
            declared_by: member(5),
            statement: Commitment::new([1; 32]),
        })
    };
    script.block(1, vec![vec![breach(Some(patient(1))), breach(None)]]);
    let model = script.fold_in(folder.path(), 1);
    let notices = model.notices(0, 10).unwrap();
    let told = notices
        .iter()
        .filter(|one| matches!(one.moment.event, Event::BreachDeclared(_)));
    let told: Vec<_> = told.map(|one| one.patient).collect();
    assert_eq!(told, [patient(1)]);
    let log = super::model::log(&model, 1);
    let breached = |entry: &&amanat_projection::AccessEntry| {
        matches!(entry.act, amanat_projection::Act::BreachDeclared(_))
    };
    assert_eq!(log.iter().filter(breached).count(), 1);
}
