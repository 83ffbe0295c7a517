//! A block's questions: what they need is found together, then each is decided.
use crate::answer;
use crate::world::{Asked, World};
use amanat_contracts::Fault;
use amanat_contracts::decision::{Facts, Found, Word};
use amanat_types::call::{Indexes, Openings};
use amanat_types::state::{
    Amendments, BasisRef, DisclosureState, Encounter, EnrolmentState, GrantState, IndexOwner,
    MandateState, NamesOwed, OrderState, Patient, PermitState, Person, Practitioner, Record,
    Restrictions, Results, StudyState, TeamSeat, TeamState,
};
use amanat_types::{
    BlindIndex, DisclosureId, EncounterId, EnrolmentId, GrantId, Jurisdiction, MandateId, MemberId,
    MemberKind, OrderId, PatientId, PermitId, PractitionerId, Purpose, RecordId, StudyId,
    TimestampMs,
};
use std::hint::black_box;
use std::rc::Rc;

/// What one question needs of the state.
#[derive(Default)]
pub struct Values<'w> {
    practitioner: Option<&'w Rc<Practitioner>>,
    encounter: Option<&'w Rc<Encounter>>,
    team: Option<&'w Rc<TeamState>>,
    grant: Option<&'w Rc<GrantState>>,
    permit: Option<&'w Rc<PermitState>>,
    restrictions: Option<&'w Rc<Restrictions>>,
    record: Option<&'w Rc<Record>>,
}

/// The same, taken out of the state: a node has decoded each into memory of its own.
pub struct Taken {
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
pub fn found(world: &World, block: &[Asked], which: usize) -> Vec<Taken> {
    let values: Vec<Values<'_>> = block
        .iter()
        .map(|asked| Values::of(world, asked, which))
        .collect();
    black_box(values.iter().map(Values::read).sum::<u64>());
    black_box(values.iter().map(Values::read_on).sum::<u64>());
    values.iter().map(Taken::of).collect()
}

/// How many of a block's questions are answered by yes, from what was found for each.
pub fn decided(
    world: &World,
    (block, values): (&[Asked], &[Taken]),
    which: usize,
    openings: &Openings,
) -> usize {
    let pairs = block.iter().zip(values);
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
