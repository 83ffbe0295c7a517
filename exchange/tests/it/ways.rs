//! Who reads on each kind of basis, for what, and of what the state is asked: one rule, over any state of the ledger.
use amanat_client::{Fault, LedgerState};
use amanat_exchange::ways::{Judged, Reader, Verdict, judge};
use amanat_exchange::{Cosigner as _, SoftKey};
use amanat_projection::OpenBasis;
use amanat_types::call::{
    Disclosed, Enrolled, Grantee, Indexes, PermitGrantee, ReadBasis, Records, Referral, RoleAt,
    RoleAtKind, Scope, Unit, Work,
};
use amanat_types::code::{DisclosureCause, GrantAccess, RegistrationReason};
use amanat_types::codec::List;
use amanat_types::event::*;
use amanat_types::explain::{Denial, Effect, ExplainQuestion, Explanation, Finding, SourceKind};
use amanat_types::id::{Commitment, WardId};
use amanat_types::state::*;
use amanat_types::wire::StateValue;
use amanat_types::*;
use commonware_codec::Encode;
use std::collections::BTreeMap;
use std::sync::Mutex;

const UNTIL: TimestampMs = TimestampMs::new(900);
const PATIENT: PatientId = PatientId::new([1; 16]);
const RECORD: RecordId = RecordId::new([2; 16]);
const VISIT: EncounterId = EncounterId::new([3; 16]);
const DOCTOR: PractitionerId = PractitionerId::new([4; 16]);
const RESTRICTION: [u8; 16] = [9; 16];
/// Whom the state refuses, and from whom it keeps a part.
const REFUSED: MemberId = MemberId::new(7);
const IN_PART: MemberId = MemberId::new(8);

/// A state of so many values, which notes what it is asked.
#[derive(Default)]
struct Fake {
    values: BTreeMap<StateKey, Vec<u8>>,
    asked: Mutex<Vec<ExplainQuestion>>,
}

impl Fake {
    fn with(mut self, key: StateKey, value: impl Encode) -> Self {
        self.values.insert(key, value.encode().to_vec());
        self
    }
}

impl LedgerState for Fake {
    async fn values(&self, keys: Vec<StateKey>) -> Result<Vec<Option<StateValue>>, Fault> {
        let values = keys.iter().map(|key| self.values.get(key).cloned());
        Ok(values
            .map(|value| value.map(|value| List::new(value).expect("short")))
            .collect())
    }

    async fn explained(&self, question: ExplainQuestion) -> Result<Explanation, Fault> {
        let effect = match question.member {
            REFUSED => Effect::Deny(Denial {
                refusal: Refusal::Restricted,
                because: Refusal::RestrictedByPatient,
            }),
            IN_PART => Effect::Withhold(Refusal::Restricted),
            _ => Effect::Permit(Unit),
        };
        self.asked.lock().expect("whole").push(question);
        let finding = Finding {
            kind: SourceKind::Restriction,
            id: List::new(RESTRICTION.to_vec()).expect("short"),
            effect,
        };
        Ok(Explanation {
            height: Height::new(5),
            time_ms: TimestampMs::new(6),
            findings: List::new(vec![finding.clone(), finding]).expect("two"),
        })
    }
}

fn member(n: u16) -> MemberId {
    MemberId::new(n)
}

fn indexes(n: u8) -> Indexes {
    List::new(vec![BlindIndex::new([n; 16])]).expect("one")
}

fn purposes(of: &[Purpose]) -> List<Purpose, 8> {
    List::new(of.to_vec()).expect("few")
}

fn open(basis: BasisRef, access: Option<GrantAccess>, opened: Event) -> OpenBasis {
    OpenBasis {
        basis,
        access,
        opened,
    }
}

fn visit(registration: Option<RegistrationReason>) -> OpenBasis {
    let opened = Event::EncounterOpened(EncounterOpened {
        encounter: VISIT,
        member: member(1),
        patient: PATIENT,
        registration,
        write: true,
        indexes: indexes(1),
        until_ms: UNTIL,
    });
    open(BasisRef::Encounter(VISIT), None, opened)
}

fn visit_state() -> Encounter {
    Encounter {
        member: member(1),
        patient: PATIENT,
        registration: None,
        write: true,
        indexes: indexes(1),
        until_ms: UNTIL,
        closed_ms: None,
    }
}

async fn ways(state: &Fake, open: OpenBasis, record: Option<RecordId>) -> Vec<Judged> {
    let ways = judge(state, &[open], &PATIENT, record).await;
    ways.expect("is judged")
}

/// Reader, purpose and verdict of each.
fn outlines(ways: &[Judged]) -> Vec<(Reader, Purpose, Verdict)> {
    let ways = ways.iter().map(|one| {
        assert_eq!(one.until_ms, UNTIL);
        (one.reader, one.purpose, one.way(Vec::new()).verdict)
    });
    ways.collect()
}

fn scopes(state: &Fake) -> Vec<Scope> {
    let asked = state.asked.lock().expect("whole");
    let asked = asked.iter().map(|question| {
        assert_eq!(question.request.patient, Some(PATIENT));
        question.request.scope.clone()
    });
    asked.collect()
}

#[tokio::test]
async fn a_visit_is_its_members_or_whom_a_strict_team_seats() {
    let team = |strict| TeamState {
        strict,
        seats: List::new(vec![
            TeamSeat::Practitioner(DOCTOR),
            TeamSeat::Staff(StaffId::new([5; 16])),
            TeamSeat::Ward(WardSeat {
                ward: WardId::new([6; 16]),
                role: Role::Nurse,
            }),
        ])
        .expect("few"),
    };
    let state = || Fake::default().with(StateKey::encounter(&VISIT), visit_state());
    let anybody = vec![(Reader::Member(member(1)), Purpose::Treat, Verdict::Granted)];
    let without = state();
    assert_eq!(outlines(&ways(&without, visit(None), None).await), anybody);
    assert_eq!(scopes(&without), [Scope::Indexes(indexes(1))]);
    assert!(without.asked.lock().expect("whole")[0].present.is_empty());
    let loose = state().with(StateKey::team(&VISIT), team(false));
    assert_eq!(outlines(&ways(&loose, visit(None), None).await), anybody);
    let strict = state().with(StateKey::team(&VISIT), team(true));
    let (doctor, staff) = (
        Reader::Practitioner(member(1), DOCTOR),
        Reader::Staff(member(1)),
    );
    assert_eq!(
        outlines(&ways(&strict, visit(None), None).await),
        [
            (doctor, Purpose::Treat, Verdict::Granted),
            (staff, Purpose::Treat, Verdict::WhenAsked)
        ]
    );
    let asked = strict.asked.lock().expect("whole").clone();
    assert_eq!((asked.len(), &*asked[0].present), (1, [DOCTOR].as_slice()));
    // A registration without a card opens nothing.
    let registration = Some(RegistrationReason::Newborn);
    assert_eq!(ways(&state(), visit(registration), None).await, []);
    // Of one record that record is asked alone.
    let one = state();
    ways(&one, visit(None), Some(RECORD)).await;
    let record: Records = List::new(vec![RECORD]).expect("one");
    assert_eq!(scopes(&one), [Scope::Records(record)]);
}

#[tokio::test]
async fn a_grant_is_its_grantees_for_each_purpose_if_it_lets_read() {
    let id = GrantId::new([5; 16]);
    let state = |to: Grantee| {
        let grant = GrantState {
            patient: PATIENT,
            grantee: to,
            access: GrantAccess::Read,
            purposes: purposes(&[Purpose::Treat, Purpose::Hoperat]),
            indexes: indexes(2),
            until_ms: UNTIL,
            revoked_ms: None,
        };
        Fake::default().with(StateKey::grant(&id), grant)
    };
    let given = |grantee: Grantee, access| {
        let opened = Event::ConsentGranted(ConsentGranted {
            grant: id,
            patient: PATIENT,
            grantee,
            indexes: indexes(2),
            until_ms: UNTIL,
        });
        open(BasisRef::Grant(id), Some(access), opened)
    };
    for (to, verdict, withheld) in [
        (member(2), Verdict::Granted, vec![]),
        (REFUSED, Verdict::Refused(Refusal::Restricted), vec![]),
        (
            IN_PART,
            Verdict::Granted,
            vec![RestrictionId::new(RESTRICTION)],
        ),
    ] {
        let to_member = Grantee::Member(to);
        let state = state(to_member);
        let found = ways(&state, given(to_member, GrantAccess::Read), None).await;
        let reader = Reader::Member(to);
        assert_eq!(
            outlines(&found),
            [
                (reader, Purpose::Treat, verdict),
                (reader, Purpose::Hoperat, verdict)
            ]
        );
        assert!(
            found
                .iter()
                .all(|one| one.way(Vec::new()).withheld == withheld)
        );
        let scope = Scope::Indexes(indexes(2));
        assert_eq!(scopes(&state), [scope.clone(), scope]);
    }
    let to = Grantee::Member(member(2));
    let write = given(to, GrantAccess::Write);
    assert_eq!(ways(&state(to), write, None).await, []);
    // A practitioner acts for the member whose it is.
    let to = Grantee::Practitioner(DOCTOR);
    let practitioner = Practitioner {
        member: member(4),
        key: SoftKey::generate().expect("a key").public_key(),
        role: Role::Clinician,
        until_ms: UNTIL,
    };
    let known = state(to).with(StateKey::practitioner(&DOCTOR), practitioner);
    let found = ways(&known, given(to, GrantAccess::Read), None).await;
    assert_eq!(found[0].reader, Reader::Practitioner(member(4), DOCTOR));
    assert_eq!(
        ways(&state(to), given(to, GrantAccess::Read), None).await,
        []
    );
}

#[tokio::test]
async fn a_permit_for_a_role_is_judged_when_somebody_of_it_asks() {
    let id = PermitId::new([5; 16]);
    let given = |grantee: PermitGrantee, access| {
        let opened = Event::PermitGiven(PermitGiven {
            permit: id,
            patient: PATIENT,
            member: member(1),
            grantee,
            access,
            indexes: indexes(2),
            from_ms: TimestampMs::new(0),
            until_ms: UNTIL,
            form: None,
        });
        open(BasisRef::Permit(id), Some(access), opened)
    };
    let state = |grantee: PermitGrantee, records: Vec<RecordId>| {
        let permit = PermitState {
            patient: PATIENT,
            sponsor: member(1),
            grantee,
            access: GrantAccess::Read,
            purposes: purposes(&[Purpose::Treat]),
            indexes: indexes(2),
            records: List::new(records).expect("few"),
            deposited: None,
            from_ms: TimestampMs::new(0),
            until_ms: UNTIL,
            form: None,
            revoked_ms: None,
        };
        Fake::default().with(StateKey::permit(&id), permit)
    };
    let (at, kind) = (
        RoleAt {
            role: Role::Nurse,
            member: member(2),
        },
        RoleAtKind {
            role: Role::Pharmacist,
            kind: MemberKind::Pharmacy,
        },
    );
    let later = Verdict::WhenAsked;
    for (grantee, reader, verdict) in [
        (
            PermitGrantee::Member(member(2)),
            Reader::Member(member(2)),
            Verdict::Granted,
        ),
        (
            PermitGrantee::RoleAt(at),
            Reader::Role(member(2), Role::Nurse),
            later,
        ),
        (
            PermitGrantee::RoleAtKind(kind),
            Reader::RoleAtKind(kind),
            later,
        ),
    ] {
        let state = state(grantee, Vec::new());
        let found = ways(&state, given(grantee, GrantAccess::Read), None).await;
        assert_eq!(outlines(&found), [(reader, Purpose::Treat, verdict)]);
        assert_eq!(found[0].explained.is_none(), verdict == later);
    }
    // Records that it names are what it reaches; one that only lets write opens nothing.
    let to = PermitGrantee::Member(member(2));
    let named = state(to, vec![RECORD]);
    ways(&named, given(to, GrantAccess::Read), None).await;
    let records: Records = List::new(vec![RECORD]).expect("one");
    assert_eq!(scopes(&named), [Scope::Records(records)]);
    let write = given(to, GrantAccess::Write);
    assert_eq!(ways(&state(to, Vec::new()), write, None).await, []);
}

#[tokio::test]
async fn an_order_is_read_by_who_waits_for_its_results_or_by_to_whom_it_refers() {
    let id = OrderId::new([5; 16]);
    let order = |work: &Work| OrderState {
        member: member(1),
        patient: PATIENT,
        encounter: VISIT,
        performer: member(2),
        work: work.clone(),
        indexes: indexes(2),
        until_ms: UNTIL,
        ended_ms: None,
    };
    let refers = |records: Vec<RecordId>| {
        Work::Referral(Referral {
            write: false,
            records: List::new(records).expect("few"),
        })
    };
    let records: Records = List::new(vec![RECORD]).expect("one");
    for (work, reader, scope) in [
        (Work::Test(Unit), 1, Scope::Records(records.clone())),
        (refers(vec![]), 2, Scope::Indexes(indexes(2))),
        (refers(vec![RECORD]), 2, Scope::Records(records)),
    ] {
        let results = Results {
            records: List::new(vec![RECORD]).expect("one"),
        };
        let state = Fake::default()
            .with(StateKey::order(&id), order(&work))
            .with(StateKey::results(&id), results);
        let opened = Event::OrderPlaced(OrderPlaced {
            order: id,
            member: member(1),
            patient: PATIENT,
            performer: member(2),
            work,
            indexes: indexes(2),
            until_ms: UNTIL,
        });
        let found = ways(&state, open(BasisRef::Order(id), None, opened), None).await;
        let reader = Reader::Member(member(reader));
        assert_eq!(
            outlines(&found),
            [(reader, Purpose::Treat, Verdict::Granted)]
        );
        assert_eq!(scopes(&state), [scope]);
    }
}

#[tokio::test]
async fn mandates_disclosures_and_studies_are_read_by_one_member_for_one_purpose() {
    let ground = Commitment::new([2; 32]);
    let mandate = MandateId::new([5; 16]);
    let opened = Event::MandateOpened(MandateOpened {
        mandate,
        member: member(5),
        patient: PATIENT,
        purpose: Purpose::Hlegal,
        statute: ground,
        indexes: indexes(2),
        until_ms: UNTIL,
        notice_ms: None,
    });
    let law = open(BasisRef::Mandate(mandate), None, opened);
    let disclosed = Disclosed {
        disclosure: DisclosureId::new([6; 16]),
        cause: DisclosureCause::Payment,
    };
    let opened = Event::RecordsDisclosed(RecordsDisclosed {
        disclosure: disclosed.disclosure,
        member: member(1),
        patient: PATIENT,
        recipient: member(6),
        cause: disclosed.cause,
        ground,
        records: List::new(vec![RECORD]).expect("one"),
        until_ms: UNTIL,
        notice_ms: None,
    });
    let payment = open(BasisRef::Disclosure(disclosed), None, opened);
    let enrolled = Enrolled {
        study: StudyId::new([7; 16]),
        enrolment: EnrolmentId::new([8; 16]),
    };
    let opened = Event::SubjectEnrolled(SubjectEnrolled {
        enrolment: enrolled.enrolment,
        study: enrolled.study,
        patient: PATIENT,
        indexes: indexes(3),
        from_ms: TimestampMs::new(0),
        until_ms: UNTIL,
    });
    let research = open(BasisRef::Study(enrolled), None, opened);
    let state = Fake::default()
        .with(
            StateKey::study(&enrolled.study),
            StudyState {
                member: member(9),
                protocol: ground,
                until_ms: UNTIL,
                approved_by: Some(member(5)),
                ended_ms: None,
            },
        )
        .with(
            StateKey::enrolment(&enrolled.enrolment),
            EnrolmentState {
                study: enrolled.study,
                patient: PATIENT,
                indexes: indexes(3),
                from_ms: TimestampMs::new(0),
                withdrawn_ms: None,
            },
        );
    let all = [law, payment, research.clone()];
    let found = judge(&state, &all, &PATIENT, Some(RECORD)).await;
    let reads = |n, purpose| (Reader::Member(member(n)), purpose, Verdict::Granted);
    assert_eq!(
        outlines(&found.expect("is judged")),
        [
            reads(5, Purpose::Hlegal),
            reads(6, Purpose::Hpaymt),
            reads(9, Purpose::Hresch)
        ]
    );
    let asked = state.asked.lock().expect("whole").clone();
    let bases: Vec<ReadBasis> = asked.iter().map(|one| one.request.basis).collect();
    assert_eq!(
        bases,
        [
            ReadBasis::Mandate(mandate),
            ReadBasis::Disclosure(disclosed),
            ReadBasis::Study(enrolled)
        ]
    );
    // Of what the state does not know there is no reader.
    assert_eq!(ways(&Fake::default(), research, None).await, []);
}
