//! State values in maps, and the questions about them.
use amanat_contracts::Fault;
use amanat_contracts::decision::{Facts, Found, Word};
use amanat_types::call::{
    Covered, Denied, Grantee, Indexes, PermitGrantee, Restriction, RoleAt, Scope,
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
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;
use std::rc::Rc;

pub const NOW: TimestampMs = TimestampMs::new(1_000);
pub const LATER: TimestampMs = TimestampMs::new(2_000);
pub const READER: MemberId = MemberId::new(1);

/// Ids are digests already: their first bytes are spread as well as any hash of them.
#[derive(Default)]
pub struct FirstBytes(u64);

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

pub type Map<I, V> = HashMap<I, V, BuildHasherDefault<FirstBytes>>;

/// State values in maps.
#[derive(Default)]
pub struct World {
    pub practitioners: Map<PractitionerId, Rc<Practitioner>>,
    pub encounters: Map<EncounterId, Rc<Encounter>>,
    pub teams: Map<EncounterId, Rc<TeamState>>,
    pub grants: Map<GrantId, Rc<GrantState>>,
    pub permits: Map<PermitId, Rc<PermitState>>,
    pub restrictions: Map<PatientId, Rc<Restrictions>>,
    pub records: Map<RecordId, Rc<Record>>,
}

impl Facts for World {
    fn is_active(&self, member: MemberId) -> Result<bool, Fault> {
        Ok((1..=16).contains(&member.number()))
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
pub fn bytes(kind: &str, number: usize) -> [u8; 16] {
    let digest = amanat_types::digest("amanat/bench", &[kind.as_bytes(), &number.to_be_bytes()]);
    digest.0[..16].try_into().unwrap()
}

pub fn indexes(patient: usize) -> Indexes {
    let mut indexes: Vec<BlindIndex> = (0..4)
        .map(|at| BlindIndex::new(bytes("index", patient * 4 + at)))
        .collect();
    indexes.sort();
    List::new(indexes).unwrap()
}

/// What is asked about one patient.
#[derive(Clone)]
pub struct Asked {
    pub practitioner: PractitionerId,
    pub visit: EncounterId,
    pub permit: PermitId,
    pub ticket: Ticket,
    pub scope: Scope,
    pub record: RecordId,
    pub index: BlindIndex,
}

impl World {
    /// Those of the patients numbered so, and of as many practitioners.
    pub fn of(patients: Range<usize>, practitioners: usize) -> (Self, Vec<Asked>) {
        let mut world = Self::default();
        for number in 0..practitioners {
            let practitioner = Practitioner {
                member: READER,
                key: PublicKey::P256([2; 33]),
                role: Role::Clinician,
                until_ms: LATER,
            };
            let id = PractitionerId::new(bytes("practitioner", number));
            world.practitioners.insert(id, Rc::new(practitioner));
        }
        let asked = patients.map(|number| world.arrives(number, practitioners));
        let asked = asked.collect();
        (world, asked)
    }

    fn arrives(&mut self, number: usize, practitioners: usize) -> Asked {
        let patient = PatientId::new(bytes("patient", number));
        let practitioner = PractitionerId::new(bytes("practitioner", number % practitioners));
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
