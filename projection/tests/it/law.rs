//! Mandates, disclosures and studies: what ends their tickets, and what a patient is told when.
use super::model::{causes, log};
use super::script::{Script, index, member, patient, record, ticket};
use amanat_projection::{Act, EndCause, ReadModel};
use amanat_types::call::{Disclosed, Enrolled, Scope};
use amanat_types::code::{BasisKind, DisclosureCause};
use amanat_types::codec::List;
use amanat_types::event::*;
use amanat_types::id::Commitment;
use amanat_types::state::BasisRef;
use amanat_types::wire::EventPage;
use amanat_types::{
    DisclosureId, EnrolmentId, Event, Height, MandateId, Purpose, Refusal, StudyId, TimestampMs,
};

const AUTHORITY: u16 = 5;

fn mandate() -> MandateId {
    MandateId::new([1; 16])
}

fn disclosed(n: u8, cause: DisclosureCause) -> Disclosed {
    Disclosed {
        disclosure: DisclosureId::new([n; 16]),
        cause,
    }
}

fn opens_mandate(notice_ms: Option<u64>) -> Event {
    Event::MandateOpened(MandateOpened {
        mandate: mandate(),
        member: member(AUTHORITY),
        patient: patient(1),
        purpose: Purpose::Hlegal,
        statute: Commitment::new([2; 32]),
        indexes: List::new(vec![index(1)]).unwrap(),
        until_ms: TimestampMs::new(5_000),
        notice_ms: notice_ms.map(TimestampMs::new),
    })
}

fn discloses(n: u8, cause: DisclosureCause, until_ms: u64, notice_ms: Option<u64>) -> Event {
    Event::RecordsDisclosed(RecordsDisclosed {
        disclosure: DisclosureId::new([n; 16]),
        member: member(1),
        patient: patient(1),
        recipient: member(AUTHORITY),
        cause,
        ground: Commitment::new([2; 32]),
        records: List::new(vec![record(1)]).unwrap(),
        until_ms: TimestampMs::new(until_ms),
        notice_ms: notice_ms.map(TimestampMs::new),
    })
}

fn issues(script: &mut Script, n: u8, basis: BasisRef) -> Event {
    script.lookups.bases.insert(ticket(n), basis);
    Event::TicketIssued(TicketIssued {
        ticket: ticket(n),
        member: member(AUTHORITY),
        practitioner: None,
        patient: Some(patient(1)),
        basis: basis.kind(),
        purpose: Purpose::Hlegal,
        scope: Scope::Indexes(List::new(vec![index(1)]).unwrap()),
        until_ms: TimestampMs::new(900),
    })
}

fn refused(by: u16, basis: BasisKind) -> Event {
    Event::AccessRefused(AccessRefused {
        member: member(by),
        patient: Some(patient(1)),
        basis,
        purpose: Purpose::Hlegal,
        scope: Scope::Indexes(List::new(vec![index(1)]).unwrap()),
        refusal: Refusal::ScopeOutsideBasis,
    })
}

#[test]
fn their_ends_end_their_tickets() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    let (payment, report) = (DisclosureCause::Payment, DisclosureCause::Report);
    script.block(
        1,
        vec![vec![
            opens_mandate(None),
            discloses(2, payment, 5_000, None),
            discloses(3, report, 40, None),
        ]],
    );
    let issued = vec![
        issues(&mut script, 1, BasisRef::Mandate(mandate())),
        issues(&mut script, 2, BasisRef::Disclosure(disclosed(2, payment))),
        issues(&mut script, 3, BasisRef::Disclosure(disclosed(3, report))),
    ];
    script.block(1, vec![issued]);
    script.block(
        1,
        vec![vec![Event::DisclosureClosed(DisclosureClosed {
            disclosure: DisclosureId::new([2; 16]),
            member: member(1),
            patient: patient(1),
            cause: payment,
        })]],
    );
    script.block(37, vec![vec![]]);
    script.block(
        1,
        vec![vec![Event::MandateClosed(MandateClosed {
            mandate: mandate(),
            member: member(AUTHORITY),
            patient: patient(1),
        })]],
    );
    let model = script.fold_in(folder.path(), 2);
    assert_eq!(
        causes(&log(&model, 1)),
        [
            (3, EndCause::DisclosureEnded),
            (4, EndCause::BasisExpired),
            (5, EndCause::MandateEnded),
        ]
    );
    let names: Vec<&str> = told(&model);
    assert_eq!(
        names,
        [
            "MandateOpened",
            "RecordsDisclosed",
            "RecordsDisclosed",
            "DisclosureClosed",
            "MandateClosed"
        ]
    );
}

#[test]
fn what_is_open_is_told_with_what_opened_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    let payment = DisclosureCause::Payment;
    let ended = Event::DisclosureClosed(DisclosureClosed {
        disclosure: DisclosureId::new([3; 16]),
        member: member(1),
        patient: patient(1),
        cause: payment,
    });
    let opened = vec![
        opens_mandate(None),
        discloses(2, payment, 5_000, None),
        discloses(3, payment, 5_000, None),
        discloses(4, payment, 1, None),
        ended,
    ];
    script.block(1, vec![opened]);
    let model = script.fold_in(folder.path(), 1);
    assert_eq!(
        open(&model),
        [
            BasisRef::Mandate(mandate()),
            BasisRef::Disclosure(disclosed(2, payment))
        ]
    );
}

/// The bases that are open, as the patient may be told.
fn open(model: &ReadModel) -> Vec<BasisRef> {
    let bases = model.open_bases(&patient(1)).unwrap();
    bases.iter().map(|one| one.basis).collect()
}

fn told(model: &ReadModel) -> Vec<&'static str> {
    let timeline = model.timeline(&patient(1)).unwrap();
    timeline.iter().map(|moment| moment.event.name()).collect()
}

/// Until the notice the patient is told nothing of it, neither that it was opened, nor what was asked on it; of everything else at once. At
/// the notice, all.
#[test]
fn a_notice_that_is_put_off() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    let report = DisclosureCause::Report;
    script.block(
        1,
        vec![vec![
            opens_mandate(Some(50)),
            discloses(2, report, 5_000, Some(60)),
            discloses(3, DisclosureCause::Payment, 5_000, None),
        ]],
    );
    let issued = vec![
        issues(&mut script, 1, BasisRef::Mandate(mandate())),
        issues(&mut script, 2, BasisRef::Disclosure(disclosed(2, report))),
        refused(AUTHORITY, BasisKind::Law),
        refused(AUTHORITY, BasisKind::Consent),
        refused(2, BasisKind::Law),
    ];
    script.block(1, vec![issued]);
    let closed = Event::MandateClosed(MandateClosed {
        mandate: mandate(),
        member: member(AUTHORITY),
        patient: patient(1),
    });
    script.block(1, vec![vec![closed]]);
    let model = script.fold_in(folder.path(), 1);
    let acts = |model: &ReadModel| {
        let entries = log(model, 1).into_iter();
        let mut counts = [0; 3];
        for entry in entries {
            let at = match entry.act {
                Act::TicketIssued(_) => 0,
                Act::AccessRefused(_) => 1,
                Act::TicketEnded(_) => 2,
                other => panic!("{other:?}"),
            };
            counts[at] += 1;
        }
        counts
    };
    let before = model.fingerprint().unwrap();
    for (time_ms, timeline, counts) in [
        (49, vec!["RecordsDisclosed"], [0, 2, 0]),
        (
            50,
            vec!["MandateOpened", "RecordsDisclosed", "MandateClosed"],
            // The report is still put off, and the refusal may be of it.
            [1, 2, 1],
        ),
        (
            59,
            vec!["MandateOpened", "RecordsDisclosed", "MandateClosed"],
            [1, 2, 1],
        ),
        (
            60,
            vec![
                "MandateOpened",
                "RecordsDisclosed",
                "RecordsDisclosed",
                "MandateClosed",
            ],
            [2, 3, 1],
        ),
    ] {
        let page = EventPage {
            tip: Height::new(time_ms),
            time_ms: TimestampMs::new(time_ms),
            next: Height::new(time_ms + 1),
            blocks: List::empty(),
        };
        model.fold(&page, &script.lookups).unwrap();
        assert_eq!(told(&model), timeline, "{time_ms}");
        assert_eq!(acts(&model), counts, "{time_ms}");
        let payment = BasisRef::Disclosure(disclosed(3, DisclosureCause::Payment));
        let report = BasisRef::Disclosure(disclosed(2, report));
        let known = if time_ms < 60 {
            vec![payment]
        } else {
            vec![report, payment]
        };
        assert_eq!(open(&model), known, "{time_ms}");
    }
    assert_eq!(model.fingerprint().unwrap(), before);
}

/// A withdrawal ends the tickets of its subject, a study those of all that are left.
#[test]
fn a_study_ends_its_tickets() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    let study = StudyId::new([9; 16]);
    let enrolment = |n: u8| EnrolmentId::new([n; 16]);
    let enrols = |n: u8| {
        Event::SubjectEnrolled(SubjectEnrolled {
            enrolment: enrolment(n),
            study,
            patient: patient(1),
            indexes: List::new(vec![index(1)]).unwrap(),
            from_ms: TimestampMs::new(0),
            until_ms: TimestampMs::new(5_000),
        })
    };
    script.block(1, vec![vec![enrols(1), enrols(2)]]);
    let on = |n: u8| {
        BasisRef::Study(Enrolled {
            study,
            enrolment: enrolment(n),
        })
    };
    let issued = vec![issues(&mut script, 1, on(1)), issues(&mut script, 2, on(2))];
    script.block(1, vec![issued]);
    let withdrawn = Event::SubjectWithdrawn(SubjectWithdrawn {
        enrolment: enrolment(1),
        study,
        patient: patient(1),
    });
    script.block(1, vec![vec![withdrawn]]);
    let closed = Event::StudyClosed(StudyClosed {
        study,
        member: member(3),
    });
    script.block(1, vec![vec![closed.clone()]]);
    script.block(1, vec![vec![closed]]);
    let model = script.fold_in(folder.path(), 2);
    assert_eq!(
        causes(&log(&model, 1)),
        [(3, EndCause::Withdrawn), (4, EndCause::StudyEnded)]
    );
    assert_eq!(
        told(&model),
        ["SubjectEnrolled", "SubjectEnrolled", "SubjectWithdrawn"]
    );
    // That the study is over is judged where somebody asks.
    assert_eq!(open(&model), [on(2)]);
}
