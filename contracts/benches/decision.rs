//! Decisions a second on one core, against typed values of a thousand to a million patients in maps.
//!
//! Each patient has a visit with a strict care team, a grant, a permit to a role, two records, and every eighth restricts something.
//! Questions walk over the patients in no order, so that a million do not fit a cache; a question itself is in the cache, as whoever has just
//! parsed it left it. Reading values from a disk and decoding them are the node's and are not in these figures; finding them in the maps is.
//!
//! `in blocks` is what a node does: it finds what a block's 64 questions need together and has each value in memory of its own, then decides each.
//! `found alone` is that without deciding, so their difference is the decision. `one by one` decides each question before the next is looked at: each value is a miss of every
//! cache that nothing else is done meanwhile, and from a thousand patients to a million that is what grows.
#![expect(
    clippy::disallowed_types,
    reason = "nothing here is a contract: a tree of a million would be measured in place of the decision"
)]
use amanat_contracts::Fault;
use amanat_contracts::decision::{
    Claim, Facts, Found, Moment, Question, Read, Release, Word, Write, decide,
};
use amanat_types::call::{
    Covered, Denied, Grantee, Indexes, Openings, PermitGrantee, ReadBasis, Restriction, RoleAt,
    Scope, WriteBasis,
};
use amanat_types::code::GrantAccess;
use amanat_types::codec::List;
use amanat_types::id::{BlobDigest, SealingKey};
use amanat_types::state::{
    Amendments, BasisRef, DisclosureState, Encounter, EnrolmentState, GrantState, HeldRestriction,
    IndexOwner, MandateState, NamesOwed, OrderState, Patient, PermitState, Person, Practitioner,
    Record, Restrictions, Results, StudyState, TeamSeat, TeamState, Ticket,
};
use amanat_types::{
    BlindIndex, DisclosureId, EncounterId, EnrolmentId, GrantId, Height, Jurisdiction, MandateId,
    MemberId, MemberKind, OrderId, PatientId, PermitId, PractitionerId, PublicKey, Purpose,
    RecordId, Refusal, RestrictionId, Role, StudyId, TimestampMs,
};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::hint::black_box;
use std::rc::Rc;

const NOW: TimestampMs = TimestampMs::new(1_000);
const LATER: TimestampMs = TimestampMs::new(2_000);
const READER: MemberId = MemberId::new(1);

/// Ids are digests already: their first bytes are spread as well as any hash of them.
#[derive(Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn write(&mut self, bytes: &[u8]) {
        let mut first = [0; 8];
        for (to, from) in first.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.0 = u64::from_le_bytes(first);
    }
    fn write_usize(&mut self, _length: usize) {}
    fn finish(&self) -> u64 {
        self.0
    }
}

type Map<I, V> = HashMap<I, V, BuildHasherDefault<FirstBytes>>;

/// State values in maps.
#[derive(Default)]
struct World {
    active: HashSet<MemberId>,
    practitioners: Map<PractitionerId, Rc<Practitioner>>,
    encounters: Map<EncounterId, Rc<Encounter>>,
    teams: Map<EncounterId, Rc<TeamState>>,
    grants: Map<GrantId, Rc<GrantState>>,
    permits: Map<PermitId, Rc<PermitState>>,
    restrictions: Map<PatientId, Rc<Restrictions>>,
    records: Map<RecordId, Rc<Record>>,
}

impl Facts for World {
    fn is_active(&self, member: MemberId) -> Result<bool, Fault> {
        Ok(self.active.contains(&member))
    }
    fn speaker(&self, _: PatientId, _: TimestampMs) -> Result<Word, Fault> {
        Ok(Err(Refusal::CardNotPresent))
    }
    fn patient(&self, _: PatientId) -> Found<Patient> {
        Ok(None)
    }
    fn person(&self, _: PatientId) -> Found<Person> {
        Ok(None)
    }
    fn practitioner(&self, id: PractitionerId) -> Found<Practitioner> {
        Ok(self.practitioners.get(&id).cloned())
    }
    fn index(&self, _: BlindIndex) -> Found<IndexOwner> {
        Ok(None)
    }
    fn encounter(&self, id: EncounterId) -> Found<Encounter> {
        Ok(self.encounters.get(&id).cloned())
    }
    fn grant(&self, id: GrantId) -> Found<GrantState> {
        Ok(self.grants.get(&id).cloned())
    }
    fn record(&self, id: RecordId) -> Found<Record> {
        Ok(self.records.get(&id).cloned())
    }
    fn kind(&self, _: MemberId) -> Result<Option<MemberKind>, Fault> {
        Ok(Some(MemberKind::Hospital))
    }
    fn jurisdiction(&self, _: MemberId) -> Result<Option<Jurisdiction>, Fault> {
        Ok(None)
    }
    fn permit(&self, id: PermitId) -> Found<PermitState> {
        Ok(self.permits.get(&id).cloned())
    }
    fn team(&self, id: EncounterId) -> Found<TeamState> {
        Ok(self.teams.get(&id).cloned())
    }
    fn order(&self, _: OrderId) -> Found<OrderState> {
        Ok(None)
    }
    fn results(&self, _: OrderId) -> Found<Results> {
        Ok(None)
    }
    fn amendments(&self, _: RecordId) -> Found<Amendments> {
        Ok(None)
    }
    fn mandate(&self, _: MandateId) -> Found<MandateState> {
        Ok(None)
    }
    fn disclosure(&self, _: DisclosureId) -> Found<DisclosureState> {
        Ok(None)
    }
    fn names_owed(&self, _: MemberId) -> Found<NamesOwed> {
        Ok(None)
    }
    fn study(&self, _: StudyId) -> Found<StudyState> {
        Ok(None)
    }
    fn enrolment(&self, _: EnrolmentId) -> Found<EnrolmentState> {
        Ok(None)
    }
    fn restrictions(&self, patient: PatientId) -> Found<Restrictions> {
        Ok(self.restrictions.get(&patient).cloned())
    }
}

/// Sixteen bytes for the thing `number` of a kind: spread as real ids are.
fn bytes(kind: &str, number: usize) -> [u8; 16] {
    let digest = amanat_types::digest("amanat/bench", &[kind.as_bytes(), &number.to_be_bytes()]);
    digest.0[..16].try_into().unwrap()
}

fn indexes(patient: usize) -> Indexes {
    let mut indexes: Vec<BlindIndex> = (0..4)
        .map(|at| BlindIndex::new(bytes("index", patient * 4 + at)))
        .collect();
    indexes.sort();
    List::new(indexes).unwrap()
}

/// What is asked about one patient.
#[derive(Clone)]
struct Asked {
    practitioner: PractitionerId,
    visit: EncounterId,
    permit: PermitId,
    ticket: Ticket,
    scope: Scope,
    record: RecordId,
    index: BlindIndex,
}

impl World {
    fn of(patients: usize) -> (Self, Vec<Asked>) {
        let mut world = Self::default();
        world.active.extend((1..=16).map(MemberId::new));
        for number in 0..1_000 {
            let practitioner = Practitioner {
                member: READER,
                key: PublicKey::P256([2; 33]),
                role: Role::Clinician,
                until_ms: LATER,
            };
            let id = PractitionerId::new(bytes("practitioner", number));
            world.practitioners.insert(id, Rc::new(practitioner));
        }
        let asked = (0..patients).map(|number| world.arrives(number)).collect();
        (world, asked)
    }

    fn arrives(&mut self, number: usize) -> Asked {
        let patient = PatientId::new(bytes("patient", number));
        let practitioner = PractitionerId::new(bytes("practitioner", number % 1_000));
        let visit = EncounterId::new(bytes("visit", number));
        let grant = GrantId::new(bytes("grant", number));
        let permit = PermitId::new(bytes("permit", number));
        let record = RecordId::new(bytes("record", number));
        let indexes = indexes(number);
        let index = indexes[0];
        self.visit(visit, patient, practitioner, &indexes);
        self.consents(grant, permit, patient, &indexes);
        if number.is_multiple_of(8) {
            self.restrict(patient, indexes[3]);
        }
        self.record(record, index);
        self.record(RecordId::new(bytes("other", number)), indexes[1]);
        let scope = Scope::Indexes(indexes);
        let ticket = Ticket {
            member: READER,
            practitioner: None,
            patient: Some(patient),
            basis: BasisRef::Grant(grant),
            purpose: Purpose::Treat,
            scope: scope.clone(),
            reader: SealingKey::new([9; 32]),
            height: Height::new(1),
            until_ms: LATER,
            justification: None,
        };
        Asked {
            practitioner,
            visit,
            permit,
            ticket,
            scope,
            record,
            index,
        }
    }

    fn visit(
        &mut self,
        id: EncounterId,
        patient: PatientId,
        practitioner: PractitionerId,
        indexes: &Indexes,
    ) {
        let encounter = Encounter {
            member: READER,
            patient,
            registration: None,
            write: true,
            indexes: indexes.clone(),
            until_ms: LATER,
            closed_ms: None,
        };
        self.encounters.insert(id, Rc::new(encounter));
        let seats = vec![TeamSeat::Practitioner(practitioner)];
        let team = TeamState {
            strict: true,
            seats: List::new(seats).unwrap(),
        };
        self.teams.insert(id, Rc::new(team));
    }

    fn consents(&mut self, grant: GrantId, permit: PermitId, patient: PatientId, on: &Indexes) {
        let purposes = List::new(vec![Purpose::Treat]).unwrap();
        let given = GrantState {
            patient,
            grantee: Grantee::Member(READER),
            access: GrantAccess::ReadWrite,
            purposes: purposes.clone(),
            indexes: on.clone(),
            until_ms: LATER,
            revoked_ms: None,
        };
        self.grants.insert(grant, Rc::new(given));
        let role = RoleAt {
            role: Role::Clinician,
            member: READER,
        };
        let given = PermitState {
            patient,
            sponsor: READER,
            grantee: PermitGrantee::RoleAt(role),
            access: GrantAccess::Read,
            purposes,
            indexes: on.clone(),
            records: List::empty(),
            deposited: None,
            from_ms: NOW,
            until_ms: LATER,
            form: None,
            revoked_ms: None,
        };
        self.permits.insert(permit, Rc::new(given));
    }

    fn restrict(&mut self, patient: PatientId, index: BlindIndex) {
        let restriction = Restriction {
            who: Denied::Role(Role::Clinician),
            access: GrantAccess::ReadWrite,
            purposes: List::empty(),
            what: Covered::Indexes(List::new(vec![index]).unwrap()),
            until_ms: LATER,
        };
        let id = RestrictionId::new([1; 16]);
        let held = List::new(vec![HeldRestriction { id, restriction }]).unwrap();
        self.restrictions
            .insert(patient, Rc::new(Restrictions { held }));
    }

    fn record(&mut self, id: RecordId, index: BlindIndex) {
        let record = Record {
            member: MemberId::new(2),
            blob: BlobDigest::new([4; 32]),
            bucket: 0,
            index,
            holders: List::new(vec![MemberId::new(1), MemberId::new(2)]).unwrap(),
            height: Height::new(1),
            supersedes: None,
            superseded_by: None,
            retracted: None,
        };
        self.records.insert(id, Rc::new(record));
    }
}

/// One of the questions about a patient; whether the answer is yes.
fn answer(facts: &impl Facts, asked: &Asked, which: usize, openings: &Openings) -> bool {
    let records = [asked.record];
    let present = [asked.practitioner];
    let by_permit = ReadBasis::Permit(asked.permit);
    let by_visit = ReadBasis::Treatment(asked.visit);
    let read = |basis| {
        Claim::Read(Read {
            basis,
            purpose: Purpose::Treat,
            patient: None,
            scope: &asked.scope,
            openings,
        })
    };
    let (present, claim): (&[_], _) = match which {
        0 => {
            let ticket = &asked.ticket;
            let records = &records;
            (&[], Claim::Release(Release { ticket, records }))
        }
        1 => (&present, read(&by_permit)),
        2 => (&present, read(&by_visit)),
        _ => {
            let write = Write {
                basis: WriteBasis::Encounter(asked.visit),
                index: asked.index,
                over: None,
            };
            (&[], Claim::Write(write))
        }
    };
    let question = Question {
        member: READER,
        present,
        moment: Moment::of(NOW),
        claim,
    };
    decide(&question, facts).unwrap().verdict().is_ok()
}

/// What one question needs of the state.
#[derive(Default)]
struct Values<'w> {
    practitioner: Option<&'w Rc<Practitioner>>,
    encounter: Option<&'w Rc<Encounter>>,
    team: Option<&'w Rc<TeamState>>,
    grant: Option<&'w Rc<GrantState>>,
    permit: Option<&'w Rc<PermitState>>,
    restrictions: Option<&'w Rc<Restrictions>>,
    record: Option<&'w Rc<Record>>,
}

/// The same, taken out of the state: a node has decoded each into memory of its own.
struct Taken {
    practitioner: Option<Rc<Practitioner>>,
    encounter: Option<Rc<Encounter>>,
    team: Option<Rc<TeamState>>,
    grant: Option<Rc<GrantState>>,
    permit: Option<Rc<PermitState>>,
    restrictions: Option<Rc<Restrictions>>,
    record: Option<Rc<Record>>,
}

impl Taken {
    fn of(values: &Values<'_>) -> Self {
        fn own<T: Clone>(value: Option<&Rc<T>>) -> Option<Rc<T>> {
            value.map(|value| Rc::new(value.as_ref().clone()))
        }
        Self {
            practitioner: own(values.practitioner),
            encounter: own(values.encounter),
            team: own(values.team),
            grant: own(values.grant),
            permit: own(values.permit),
            restrictions: own(values.restrictions),
            record: own(values.record),
        }
    }
}

impl<'w> Values<'w> {
    /// Looks them up, and into none.
    fn of(world: &'w World, asked: &Asked, which: usize) -> Self {
        let patient = asked.ticket.patient.unwrap();
        let mut values = Self {
            restrictions: world.restrictions.get(&patient),
            ..Self::default()
        };
        match (which, asked.ticket.basis) {
            (0, BasisRef::Grant(grant)) => {
                values.grant = world.grants.get(&grant);
                values.record = world.records.get(&asked.record);
            }
            (1, _) => {
                values.permit = world.permits.get(&asked.permit);
                values.practitioner = world.practitioners.get(&asked.practitioner);
            }
            (2, _) => {
                values.encounter = world.encounters.get(&asked.visit);
                values.team = world.teams.get(&asked.visit);
                values.practitioner = world.practitioners.get(&asked.practitioner);
            }
            _ => values.encounter = world.encounters.get(&asked.visit),
        }
        values
    }

    /// Reads each, as far as it stands in itself.
    fn read(&self) -> u64 {
        let until = |ms: TimestampMs| ms.get();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        self.practitioner
            .map_or(0, |it| until(it.until_ms) + u64::from(it.role.number()))
            + self
                .encounter
                .map_or(0, |it| until(it.until_ms) + count(it.indexes.len()))
            + self.team.map_or(0, |it| count(it.seats.len()))
            + self.grant.map_or(0, |it| {
                until(it.until_ms) + count(it.purposes.len() + it.indexes.len())
            })
            + self.permit.map_or(0, |it| {
                until(it.until_ms.max(it.from_ms)) + count(it.purposes.len() + it.indexes.len())
            })
            + self.restrictions.map_or(0, |it| count(it.held.len()))
            + self.record.map_or(0, |it| {
                it.height.get() + u64::from(it.index.as_bytes()[0]) + u64::from(it.is_erased())
            })
    }

    /// Reads what they point to.
    fn read_on(&self) -> u64 {
        let ends = |indexes: &Indexes| {
            let ends = indexes.first().into_iter().chain(indexes.last());
            ends.map(|index| u64::from(index.as_bytes()[15]))
                .sum::<u64>()
        };
        let nobody = TeamSeat::Practitioner(PractitionerId::new([0; 16]));
        self.encounter.map_or(0, |it| ends(&it.indexes))
            + self.team.map_or(0, |it| (it.seats[0] == nobody).into())
            + self.grant.map_or(0, |it| {
                ends(&it.indexes) + u64::from(it.purposes[0] == Purpose::Treat)
            })
            + self.permit.map_or(0, |it| {
                ends(&it.indexes) + u64::from(it.purposes[0] == Purpose::Treat)
            })
            + self
                .restrictions
                .map_or(0, |it| u64::from(it.held[0].restriction.until_ms.get() > 0))
    }
}

/// One question's values, as a node has loaded them.
struct Seen<'w> {
    world: &'w World,
    asked: &'w Asked,
    values: &'w Taken,
}

impl Seen<'_> {
    fn when<T>(is: bool, value: &Option<Rc<T>>) -> Found<T> {
        Ok(value.as_ref().filter(|_| is).cloned())
    }
}

impl Facts for Seen<'_> {
    fn is_active(&self, member: MemberId) -> Result<bool, Fault> {
        self.world.is_active(member)
    }
    fn speaker(&self, patient: PatientId, now: TimestampMs) -> Result<Word, Fault> {
        self.world.speaker(patient, now)
    }
    fn kind(&self, member: MemberId) -> Result<Option<MemberKind>, Fault> {
        self.world.kind(member)
    }
    fn jurisdiction(&self, member: MemberId) -> Result<Option<Jurisdiction>, Fault> {
        self.world.jurisdiction(member)
    }
    fn practitioner(&self, id: PractitionerId) -> Found<Practitioner> {
        Self::when(id == self.asked.practitioner, &self.values.practitioner)
    }
    fn encounter(&self, id: EncounterId) -> Found<Encounter> {
        Self::when(id == self.asked.visit, &self.values.encounter)
    }
    fn team(&self, id: EncounterId) -> Found<TeamState> {
        Self::when(id == self.asked.visit, &self.values.team)
    }
    fn grant(&self, id: GrantId) -> Found<GrantState> {
        Self::when(
            self.asked.ticket.basis == BasisRef::Grant(id),
            &self.values.grant,
        )
    }
    fn permit(&self, id: PermitId) -> Found<PermitState> {
        Self::when(id == self.asked.permit, &self.values.permit)
    }
    fn record(&self, id: RecordId) -> Found<Record> {
        Self::when(id == self.asked.record, &self.values.record)
    }
    fn restrictions(&self, patient: PatientId) -> Found<Restrictions> {
        Self::when(
            self.asked.ticket.patient == Some(patient),
            &self.values.restrictions,
        )
    }
    fn patient(&self, id: PatientId) -> Found<Patient> {
        self.world.patient(id)
    }
    fn person(&self, id: PatientId) -> Found<Person> {
        self.world.person(id)
    }
    fn index(&self, index: BlindIndex) -> Found<IndexOwner> {
        self.world.index(index)
    }
    fn order(&self, id: OrderId) -> Found<OrderState> {
        self.world.order(id)
    }
    fn results(&self, id: OrderId) -> Found<Results> {
        self.world.results(id)
    }
    fn amendments(&self, record: RecordId) -> Found<Amendments> {
        self.world.amendments(record)
    }
    fn mandate(&self, id: MandateId) -> Found<MandateState> {
        self.world.mandate(id)
    }
    fn disclosure(&self, id: DisclosureId) -> Found<DisclosureState> {
        self.world.disclosure(id)
    }
    fn names_owed(&self, member: MemberId) -> Found<NamesOwed> {
        self.world.names_owed(member)
    }
    fn study(&self, id: StudyId) -> Found<StudyState> {
        self.world.study(id)
    }
    fn enrolment(&self, id: EnrolmentId) -> Found<EnrolmentState> {
        self.world.enrolment(id)
    }
}

/// What a block's questions need, in rounds: within a round nothing waits for anything else.
fn found(world: &World, block: &[Asked], which: usize) -> Vec<Taken> {
    let values: Vec<Values<'_>> = block
        .iter()
        .map(|asked| Values::of(world, asked, which))
        .collect();
    black_box(values.iter().map(Values::read).sum::<u64>());
    black_box(values.iter().map(Values::read_on).sum::<u64>());
    values.iter().map(Taken::of).collect()
}

/// How many of a block's questions are answered by yes.
fn block_answers(world: &World, block: &[Asked], which: usize, openings: &Openings) -> usize {
    let values = found(world, block, which);
    let pairs = block.iter().zip(&values);
    let yes = pairs.filter(|(asked, values)| {
        let seen = Seen {
            world,
            asked,
            values,
        };
        answer(&seen, asked, which, openings)
    });
    yes.count()
}

/// Questions of a block.
const BLOCK: usize = 64;
/// Questions that are parsed before they are answered.
const PARSED: BatchSize = BatchSize::NumIterations(32);

const KINDS: [&str; 4] = [
    "release under a grant",
    "ticket by a permit to a role",
    "ticket by a strict visit",
    "write by a visit",
];

/// Visits every patient: a step that shares no factor with any of the numbers.
fn walk(at: &mut usize, patients: usize) -> usize {
    *at = (*at + 611_953) % patients;
    *at
}

fn benches(c: &mut Criterion) {
    let openings = Openings::empty();
    for patients in [1_000, 10_000, 100_000, 1_000_000] {
        let (world, asked) = World::of(patients);
        for (which, name) in KINDS.iter().enumerate() {
            assert!(answer(&world, &asked[1], which, &openings), "{name}");
            let mut group = c.benchmark_group(*name);
            let mut at = 0;
            let mut next = || asked[walk(&mut at, patients)].clone();
            group.throughput(Throughput::Elements(1));
            group.bench_function(BenchmarkId::new("one by one", patients), |b| {
                let decided = |asked: &mut Asked| answer(&world, asked, which, &openings);
                b.iter_batched_ref(&mut next, decided, PARSED);
            });
            let mut block = || (0..BLOCK).map(|_| next()).collect::<Vec<_>>();
            assert_eq!(
                block_answers(&world, &block(), which, &openings),
                BLOCK,
                "{name}"
            );
            group.throughput(Throughput::Elements(BLOCK as u64));
            group.bench_function(BenchmarkId::new("in blocks", patients), |b| {
                let decided =
                    |block: &mut Vec<Asked>| block_answers(&world, block, which, &openings);
                b.iter_batched_ref(&mut block, decided, BatchSize::PerIteration);
            });
            group.bench_function(BenchmarkId::new("found alone", patients), |b| {
                let read = |block: &mut Vec<Asked>| found(&world, block, which).len();
                b.iter_batched_ref(&mut block, read, BatchSize::PerIteration);
            });
            group.finish();
        }
    }
}

criterion_group!(all, benches);
criterion_main!(all);
