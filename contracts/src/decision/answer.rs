//! What is answered: every permit and every denial that counted, each with the state record that it came from.
use amanat_types::call::Work;
use amanat_types::call::{Indexes, Scope};
use amanat_types::state::{
    BasisRef, DisclosureState, Encounter, EnrolmentState, GrantState, MandateState, OrderState,
    PermitState, Record, Results,
};
use amanat_types::{
    BlindIndex, DisclosureId, EncounterId, EnrolmentId, GrantId, MandateId, MemberId, OrderId,
    PatientId, PermitId, PractitionerId, RecordId, Refusal, RestrictionId,
};
use std::rc::Rc;

/// The state record that a finding came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The question itself.
    Question,
    /// A member, by the roster.
    Member(MemberId),
    /// A practitioner's registration.
    Practitioner(PractitionerId),
    /// A patient's pseudonym and card.
    Patient(PatientId),
    /// The owner of a blind index.
    Index(BlindIndex),
    /// An encounter.
    Encounter(EncounterId),
    /// A grant.
    Grant(GrantId),
    /// A record.
    Record(RecordId),
    /// A permit.
    Permit(PermitId),
    /// The care team of an encounter.
    Team(EncounterId),
    /// An order.
    Order(OrderId),
    /// A mandate.
    Mandate(MandateId),
    /// A disclosure.
    Disclosure(DisclosureId),
    /// A study, by what a subject enrolled.
    Enrolment(EnrolmentId),
    /// A restriction of the patient.
    Restriction(RestrictionId),
}

/// What a finding says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It permits.
    Permit,
    /// It denies.
    Deny {
        /// What the asker is told.
        refusal: Refusal,
        /// Why, if what is told says less: at a release an ended basis is `BasisEnded`, whichever way it ended.
        because: Refusal,
    },
    /// It denies a part of what is asked, which is kept back at each release; the rest stands.
    Withhold(Refusal),
}

/// One permit or denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where it came from.
    pub source: Source,
    /// What it says.
    pub effect: Effect,
}

/// The answer to one question. Nothing is lawful unless the basis permitted and nothing denied.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Every permit and denial, denials in the documented order.
    pub findings: Vec<Finding>,
    /// What the basis reaches, if there is one.
    pub reach: Option<Reach>,
    /// The records of a release, in the order asked, as far as they are known.
    pub records: Vec<(RecordId, Rc<Record>)>,
}

impl Decision {
    /// The denials, in the documented order.
    pub fn denials(&self) -> impl Iterator<Item = Refusal> {
        self.findings
            .iter()
            .filter_map(|finding| match finding.effect {
                Effect::Deny { refusal, .. } => Some(refusal),
                Effect::Permit | Effect::Withhold(_) => None,
            })
    }

    /// What the basis reaches, if everything asked is lawful; else the first refusal in the documented order.
    pub fn verdict(&self) -> Result<&Reach, Refusal> {
        if let Some(refusal) = self.denials().next() {
            return Err(refusal);
        }
        self.reach.as_ref().ok_or(Refusal::NoBasis)
    }
}

/// What a lawful basis lets its holder do.
#[derive(Clone, Debug)]
pub struct Reach {
    /// What a ticket will name.
    pub basis: BasisRef,
    /// Who acts: the practitioner to whom the basis is, else the first present.
    pub practitioner: Option<PractitionerId>,
    /// Whose records; none for directory records.
    pub patient: Option<PatientId>,
    /// What it covers.
    pub extent: Extent,
}

/// What a basis covers.
#[derive(Clone, Debug)]
pub enum Extent {
    /// The indexes of a grant.
    Grant(Rc<GrantState>),
    /// The indexes of an encounter.
    Encounter(Rc<Encounter>),
    /// The indexes of a permit, its records and heights.
    Permit(Rc<PermitState>),
    /// The indexes of an order, and the records that a referral names.
    Order(Rc<OrderState>),
    /// The results of an order, and nothing else.
    Results(Option<Rc<Results>>),
    /// The indexes of a mandate.
    Mandate(Rc<MandateState>),
    /// The records of a disclosure that are still its maker's, and nothing else.
    Disclosure(Rc<DisclosureState>),
    /// The indexes of an enrolment.
    Enrolment(Rc<EnrolmentState>),
    /// Indexes that the patient opened.
    Opened(Indexes),
    /// The directory records of one member, or of any.
    Directory(Option<MemberId>),
    /// Whatever the ticket names: it was opened whole.
    Ticket,
}

impl Extent {
    /// Its indexes; none if it is not by indexes.
    pub fn indexes(&self) -> Option<&Indexes> {
        match self {
            Self::Grant(grant) => Some(&grant.indexes),
            Self::Encounter(encounter) => Some(&encounter.indexes),
            Self::Permit(permit) => Some(&permit.indexes),
            Self::Order(order) => Some(&order.indexes),
            Self::Mandate(mandate) => Some(&mandate.indexes),
            Self::Enrolment(enrolment) => Some(&enrolment.indexes),
            Self::Opened(indexes) => Some(indexes),
            Self::Results(_) | Self::Disclosure(_) | Self::Directory(_) | Self::Ticket => None,
        }
    }

    /// Whether it covers a record. A directory record shows it by itself: its index is the public one of its member, which genesis or
    /// an admission gave to that directory.
    pub fn covers(&self, id: RecordId, record: &Record) -> bool {
        match self {
            Self::Ticket => true,
            Self::Results(results) => results
                .as_ref()
                .is_some_and(|results| results.records.contains(&id)),
            Self::Disclosure(made) => {
                let own = record.member == made.member && made.records.binary_search(&id).is_ok();
                own || made.notes.binary_search(&id).is_ok()
            }
            Self::Permit(permit) => {
                let height = permit.deposited;
                self.holds(&record.index)
                    && among(&permit.records, &id)
                    && height.is_none_or(|heights| heights.contains(record.height))
            }
            Self::Order(order) => {
                let named = match &order.work {
                    Work::Test(_) => false,
                    Work::Referral(referral) => among(&referral.records, &id),
                };
                named && self.holds(&record.index)
            }
            Self::Directory(member) => {
                record.index == BlindIndex::directory(record.member)
                    && member.is_none_or(|member| member == record.member)
            }
            _ => self.holds(&record.index),
        }
    }

    /// Whether `index` is among its indexes, which are sorted.
    pub fn holds(&self, index: &BlindIndex) -> bool {
        match self {
            Self::Directory(member) => {
                member.is_some_and(|member| *index == BlindIndex::directory(member))
            }
            _ => self
                .indexes()
                .is_some_and(|indexes| indexes.binary_search(index).is_ok()),
        }
    }
}

/// Whether a sorted list names a record; an empty one names all.
fn among(records: &[RecordId], id: &RecordId) -> bool {
    records.is_empty() || records.binary_search(id).is_ok()
}

/// Whether a scope names the record, or its index. Scopes are stored sorted.
pub fn names(scope: &Scope, id: RecordId, record: &Record) -> bool {
    match scope {
        Scope::Records(records) => records.binary_search(&id).is_ok(),
        Scope::Indexes(indexes) => indexes.binary_search(&record.index).is_ok(),
    }
}
