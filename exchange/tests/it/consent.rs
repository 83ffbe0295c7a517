//! A FHIR Consent becomes one transaction, restrictions first, and what is in force comes back as Consents that say the same.
use crate::deposit::visit;
use crate::world::{World, later};
use amanat_exchange::card::Card as _;
use amanat_exchange::consent::GrantAsk;
use amanat_exchange::fhir_consent::ConsentAsk;
use amanat_exchange::*;
use amanat_fhir::consent::{
    self as fhir, Class, Coding, Consent, Deny, On, Period, Permit, Policy, Provision, Status,
};
use amanat_fhir::{Category, Checked, Resource, check};
use amanat_types::call::{
    Call, Covered, Denied, Grantee, PermitGrantee, PractitionerAt, RoleAtKindWithin,
};
use amanat_types::code::{GrantAccess, Role};
use amanat_types::state::Practitioner;
use amanat_types::{
    Jurisdiction, MemberId, MemberKind, PatientId, PractitionerId, PublicKey, Purpose, RecordId,
    Refusal, StateKey, TimestampMs,
};
use commonware_codec::Encode as _;

const MEMBER: MemberId = MemberId::new(2);
const DOCTOR: PractitionerId = PractitionerId::new([4; 16]);

/// What makes a good Consent unfit.
type Change = fn(&mut ConsentAsk);

fn permit(actors: Vec<fhir::Actor>, categories: &[Category]) -> Provision {
    Provision::Permit(Permit {
        period: Period::default(),
        actors,
        access: GrantAccess::Read,
        purposes: vec![Purpose::Treat],
        classes: categories.iter().copied().map(Class::Category).collect(),
        records: Vec::new(),
        deposited: None,
    })
}

fn deny(actors: Vec<fhir::Actor>, on: On) -> Provision {
    Provision::Deny(Deny {
        until_ms: None,
        actors,
        access: GrantAccess::ReadWrite,
        purposes: Vec::new(),
        on,
    })
}

fn ask(patient: PatientId, until_ms: TimestampMs, provisions: Vec<Provision>) -> ConsentAsk {
    let category = Coding {
        system: "http://loinc.org".to_owned(),
        code: "59284-0".to_owned(),
    };
    ConsentAsk {
        caller_id: b"consent".to_vec(),
        consent: Consent {
            id: None,
            identifiers: Vec::new(),
            status: Status::Active,
            categories: vec![category],
            patient: patient.to_string(),
            date_time: None,
            by_patient: false,
            organization: None,
            policy: Policy::Network,
            period: Period {
                from_ms: None,
                until_ms: Some(until_ms),
            },
            provisions,
        },
    }
}

fn everything() -> Vec<Provision> {
    let psychiatry = vec![Class::Category(Category::Psychiatry)];
    vec![
        permit(
            vec![
                fhir::Actor::Member(MEMBER),
                fhir::Actor::Practitioner(DOCTOR),
            ],
            &[Category::Condition, Category::Laboratory],
        ),
        deny(
            vec![fhir::Actor::Practitioner(DOCTOR)],
            On::Classes(psychiatry),
        ),
        deny(
            vec![fhir::Actor::Role(Role::Registrar)],
            On::Records(vec![RecordId::new([9; 16])]),
        ),
    ]
}

/// A world in which the doctor is registered.
fn world() -> World {
    let world = World::new();
    let doctor = Practitioner {
        member: MEMBER,
        role: Role::Clinician,
        key: PublicKey::P256([2; 33]),
        until_ms: later(1_000_000),
    };
    let mut inside = world.inside.lock().unwrap();
    let key = StateKey::practitioner(&DOCTOR);
    inside.state.insert(key, doctor.encode().to_vec());
    drop(inside);
    world
}

fn read(resource: Resource) -> Consent {
    let checked: Checked = check(resource).unwrap();
    fhir::read(&checked).unwrap()
}

#[tokio::test]
async fn restrictions_go_first_in_one_transaction_and_all_come_back() {
    let (world, folder) = (world(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (card, ..) = visit(&exchange, &world).await;
    let (actor, patient) = (world.actor(), card.patient());
    let ask = ask(patient, later(1_000_000), everything());
    let paper = card.paper(&ask.consent.named());
    let prepared = exchange
        .prepare_consent(&actor, &paper, &ask, None)
        .await
        .unwrap();
    assert_eq!(prepared.cosigners(), [card.public_key()]);

    let calls = &prepared.body.calls;
    let [
        Call::Restrict(doctor),
        Call::Restrict(registrar),
        Call::Permit(one),
        Call::Permit(two),
    ] = &**calls
    else {
        panic!("restrictions, then permits: {calls:?}");
    };
    let at = PractitionerAt {
        practitioner: DOCTOR,
        member: MEMBER,
    };
    assert_eq!(doctor.restriction.who, Denied::Practitioner(at));
    let psychiatry = vec![card.index(Category::Psychiatry)];
    let psychiatry = Covered::Indexes(psychiatry.try_into().unwrap());
    assert_eq!(doctor.restriction.what, psychiatry);
    assert_eq!(registrar.restriction.who, Denied::Role(Role::Registrar));
    assert_eq!(one.grantee, PermitGrantee::Member(MEMBER));
    assert_eq!(two.grantee, PermitGrantee::Practitioner(DOCTOR));
    // A permit opens what it names, not all that the card showed.
    assert_eq!(one.openings.len(), 2);
    assert_ne!(one.local, two.local);
    assert_ne!(doctor.local, registrar.local);

    let signature = card.cosign(&prepared.id()).unwrap();
    let done = exchange
        .submit_prepared(&actor, prepared, vec![signature])
        .await
        .unwrap();
    assert_eq!(done.events.len(), 4);

    // Each comes back as a Consent of its own, in the words in which it was given.
    let found = exchange
        .consents_in_force(&actor, &patient, &patient.to_string())
        .await
        .unwrap();
    let mut back: Vec<Provision> = found
        .into_iter()
        .flat_map(|one| read(one).provisions)
        .collect();
    let until_ms = ask.consent.period.until_ms;
    let mut given: Vec<Provision> = Vec::new();
    for provision in everything() {
        match provision {
            Provision::Permit(permit) => given.extend(permit.actors.iter().map(|actor| {
                let (actors, permit) = (vec![*actor], permit.clone());
                let from_ms = Some(TimestampMs::new(0));
                let period = Period { from_ms, until_ms };
                Provision::Permit(Permit {
                    actors,
                    period,
                    ..permit
                })
            })),
            Provision::Deny(deny) => given.push(Provision::Deny(Deny { until_ms, ..deny })),
        }
    }
    let order = |one: &Provision| format!("{one:?}");
    back.sort_by_key(order);
    given.sort_by_key(order);
    assert_eq!(back, given);

    // The ids are taken: nothing is given twice.
    let again = exchange
        .prepare_consent(&actor, &paper, &ask, None)
        .await
        .unwrap();
    let signature = card.cosign(&again.id()).unwrap();
    let refused = exchange
        .submit_prepared(&actor, again, vec![signature])
        .await;
    assert!(matches!(
        refused,
        Err(Error::Refused(Refusal::RestrictionExists))
    ));
}

/// Places are calls, and come back as they were said.
#[tokio::test]
async fn places_are_calls_and_come_back() {
    let (world, folder) = (world(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (card, ..) = visit(&exchange, &world).await;
    let (actor, patient) = (world.actor(), card.patient());
    let place = |code: &str| Jurisdiction::parse(code).unwrap();
    let nurses = RoleAtKindWithin {
        role: Role::Nurse,
        kind: MemberKind::Hospital,
        within: place("PK"),
    };
    let provisions = vec![
        deny(vec![fhir::Actor::Outside(place("PK-SD"))], On::All),
        deny(vec![fhir::Actor::Within(place("GB"))], On::All),
        permit(
            vec![fhir::Actor::RoleAtKindWithin(nurses)],
            &[Category::Laboratory],
        ),
    ];
    let ask = ask(patient, later(1_000_000), provisions);
    let paper = card.paper(&ask.consent.named());
    let prepared = exchange
        .prepare_consent(&actor, &paper, &ask, None)
        .await
        .unwrap();
    let [
        Call::Restrict(abroad),
        Call::Restrict(there),
        Call::Permit(within),
    ] = &*prepared.body.calls
    else {
        panic!("two restrictions, then a permit");
    };
    assert_eq!(abroad.restriction.who, Denied::Outside(place("PK-SD")));
    assert_eq!(there.restriction.who, Denied::Within(place("GB")));
    assert_eq!(within.grantee, PermitGrantee::RoleAtKindWithin(nurses));
    let signature = card.cosign(&prepared.id()).unwrap();
    exchange
        .submit_prepared(&actor, prepared, vec![signature])
        .await
        .unwrap();

    let found = exchange
        .consents_in_force(&actor, &patient, &patient.to_string())
        .await
        .unwrap();
    let mut back: Vec<fhir::Actor> = Vec::new();
    for consent in found {
        match read(consent).provisions.swap_remove(0) {
            Provision::Permit(permit) => back.extend(permit.actors),
            Provision::Deny(deny) => back.extend(deny.actors),
        }
    }
    back.sort_unstable();
    let given = ask.consent.provisions.iter().flat_map(|one| match one {
        Provision::Permit(permit) => permit.actors.clone(),
        Provision::Deny(deny) => deny.actors.clone(),
    });
    let mut given: Vec<fhir::Actor> = given.collect();
    given.sort_unstable();
    assert_eq!(back, given);
}

#[tokio::test]
async fn a_grant_is_a_consent_too_and_what_ended_is_none() {
    let (world, folder) = (world(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (card, ..) = visit(&exchange, &world).await;
    let (actor, patient) = (world.actor(), card.patient());
    let ask = GrantAsk {
        caller_id: b"g".to_vec(),
        grantee: Grantee::Member(MEMBER),
        access: GrantAccess::ReadWrite,
        purposes: vec![Purpose::Treat, Purpose::Hresch],
        until_ms: later(1_000_000),
    };
    let granted = exchange
        .grant(&actor, &card, &[Category::Imaging], ask)
        .await
        .unwrap();
    exchange.wait_for(granted.accepted.height).await.unwrap();
    let in_force = || exchange.consents_in_force(&actor, &patient, "p1");
    let found = in_force().await.unwrap();
    let [consent] = &found[..] else {
        panic!("one: {found:?}");
    };
    let consent = read(consent.clone());
    assert_eq!(consent.id, Some(granted.grant.to_string()));
    assert_eq!(consent.patient, "p1");
    let Provision::Permit(permit) = &consent.provisions[0] else {
        panic!("a permit");
    };
    assert_eq!(permit.access, GrantAccess::ReadWrite);
    assert_eq!(permit.classes, [Class::Category(Category::Imaging)]);

    // Whoever knows nothing of the patient names indexes.
    let (other, folder) = (world.of(3), tempfile::tempdir().unwrap());
    let elsewhere = other.open(folder.path()).await;
    let found = elsewhere
        .consents_in_force(&other.actor(), &patient, "p1")
        .await
        .unwrap();
    let Provision::Permit(permit) = &read(found[0].clone()).provisions[0] else {
        panic!("a permit");
    };
    let index = card.index(Category::Imaging);
    assert_eq!(permit.classes, [Class::Index(index)]);

    let revoked = exchange.revoke(&actor, granted.grant, &card).await.unwrap();
    exchange.wait_for(revoked.height).await.unwrap();
    assert_eq!(in_force().await.unwrap(), []);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_its_place() {
    let (world, folder) = (world(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (card, ..) = visit(&exchange, &world).await;
    let (actor, patient) = (world.actor(), card.patient());
    let good = ask(patient, later(1_000_000), everything());
    let paper = card.paper(&good.consent.named());
    let try_with = async |paper: &CardPaper, change: Change| {
        let mut ask = good.clone();
        change(&mut ask);
        let made = exchange.prepare_consent(&actor, paper, &ask, None).await;
        match made {
            Ok(_) => String::new(),
            Err(Error::Invalid { path, .. }) => path,
            Err(other) => other.to_string(),
        }
    };
    assert_eq!(try_with(&paper, |_| ()).await, "");
    let few = card.paper(&[Category::Laboratory]);
    assert_eq!(try_with(&few, |_| ()).await, "paper.openings");
    let cases: [(Change, &str); 5] = [
        (|ask| ask.caller_id.clear(), "caller_id"),
        (|ask| ask.consent.status = Status::Draft, "Consent.status"),
        (
            |ask| ask.consent.patient = "0".repeat(32),
            "Consent.patient.reference",
        ),
        (
            |ask| ask.consent.organization = Some(MemberId::new(3)),
            "Consent.organization[0]",
        ),
        (
            |ask| {
                let many = (0..65).map(|_| deny(Vec::new(), On::All));
                ask.consent.provisions = many.collect();
            },
            "Consent.provision.provision",
        ),
    ];
    for (change, place) in cases {
        assert_eq!(try_with(&paper, change).await, place);
    }
    let nobody: Change = |ask| {
        let nobody = fhir::Actor::Practitioner(PractitionerId::new([5; 16]));
        ask.consent.provisions = vec![deny(vec![nobody], On::All)];
    };
    let unknown = Refusal::PractitionerUnknown.to_string();
    assert_eq!(try_with(&paper, nobody).await, unknown);
    let all: Change = |ask| ask.consent.provisions = vec![deny(Vec::new(), On::All)];
    assert_eq!(try_with(&card.paper(&[]), all).await, "");
}
