//! What a decision reads: typed values of the state, whoever holds them.
use crate::access::State as Access;
use crate::cards::{Right, State as Cards, own_speaks};
use crate::consent::State as Consent;
use crate::encounters::State as Encounters;
use crate::fault::{Fault, Stop};
use crate::keys::{
    AmendmentsName, DisclosureName, EncounterName, EnrolmentName, GrantName, IndexName,
    JurisdictionName, MandateName, MemberName, NamesOwedName, OrderName, PatientName, PermitName,
    PersonName, PractitionerName, RecordName, RestrictionsName, ResultsName, StudyName, TeamName,
};
use crate::membership::State as Membership;
use crate::records::State as Records;
use crate::table::Source;
use crate::view::{AccessView, Actors, Context, RecordsView};
use amanat_types::state::{
    Amendments, BasisRef, DisclosureState, Encounter, EnrolmentState, GrantState, IndexOwner,
    MandateState, NamesOwed, OrderState, Patient, PermitState, Person, Practitioner, Record,
    Restrictions, Results, StudyState, TeamState,
};
use amanat_types::{
    BlindIndex, DisclosureId, EncounterId, EnrolmentId, GrantId, Jurisdiction, MandateId, MemberId,
    MemberKind, OrderId, PatientId, PermitId, PractitionerId, RecordId, Refusal, StudyId,
    TimestampMs,
};
use std::rc::Rc;

/// A value of the state, if it is there.
pub type Found<T> = Result<Option<Rc<T>>, Fault>;

/// The basis by which somebody speaks for a patient, or why nobody does.
pub type Word = Result<BasisRef, Refusal>;

/// Reads of the state at one height.
pub trait Facts {
    /// Whether a member may act.
    fn is_active(&self, member: MemberId) -> Result<bool, Fault>;
    /// What a ticket stands on that is asked for in a patient's name, by whoever speaks for the patient here and may read; else why
    /// nobody does. In a call whoever speaks has co-signed; without a call it is the patient's own card, if it speaks at `now`.
    fn speaker(&self, patient: PatientId, now: TimestampMs) -> Result<Word, Fault>;
    /// A patient.
    fn patient(&self, id: PatientId) -> Found<Patient>;
    /// What is known of a patient as a person.
    fn person(&self, id: PatientId) -> Found<Person>;
    /// A practitioner.
    fn practitioner(&self, id: PractitionerId) -> Found<Practitioner>;
    /// Who owns an index.
    fn index(&self, index: BlindIndex) -> Found<IndexOwner>;
    /// An encounter.
    fn encounter(&self, id: EncounterId) -> Found<Encounter>;
    /// A grant.
    fn grant(&self, id: GrantId) -> Found<GrantState>;
    /// A record.
    fn record(&self, id: RecordId) -> Found<Record>;
    /// What a member is.
    fn kind(&self, member: MemberId) -> Result<Option<MemberKind>, Fault>;
    /// Where a member is, if the members have said so.
    fn jurisdiction(&self, member: MemberId) -> Result<Option<Jurisdiction>, Fault>;
    /// A permit.
    fn permit(&self, id: PermitId) -> Found<PermitState>;
    /// The care team of an encounter.
    fn team(&self, id: EncounterId) -> Found<TeamState>;
    /// An order.
    fn order(&self, id: OrderId) -> Found<OrderState>;
    /// The results of an order.
    fn results(&self, id: OrderId) -> Found<Results>;
    /// Requests for the amendment of a record.
    fn amendments(&self, record: RecordId) -> Found<Amendments>;
    /// A mandate.
    fn mandate(&self, id: MandateId) -> Found<MandateState>;
    /// A disclosure.
    fn disclosure(&self, id: DisclosureId) -> Found<DisclosureState>;
    /// Names that a member owes.
    fn names_owed(&self, member: MemberId) -> Found<NamesOwed>;
    /// A study.
    fn study(&self, id: StudyId) -> Found<StudyState>;
    /// An enrolment.
    fn enrolment(&self, id: EnrolmentId) -> Found<EnrolmentState>;
    /// What a patient denies.
    fn restrictions(&self, patient: PatientId) -> Found<Restrictions>;
}

/// The state as a call sees it.
pub struct Seen<'v, 'a> {
    ctx: &'v Context<'v>,
    actors: &'v Actors<'a>,
    membership: &'v Membership<'a>,
    cards: &'v Cards<'a>,
    encounters: &'v Encounters<'a>,
    consent: &'v Consent<'a>,
    records: &'v Records<'a>,
    /// Absent for whoever comes before `access`, and writes on none of its bases.
    access: Option<&'v Access<'a>>,
}

impl<'v, 'a> Seen<'v, 'a> {
    /// What `access` sees.
    pub const fn by_access(ctx: &'v Context<'v>, view: &'v AccessView<'_, 'a>) -> Self {
        Self {
            ctx,
            actors: view.actors,
            membership: view.membership,
            cards: view.cards,
            encounters: view.encounters,
            consent: view.consent,
            records: view.records,
            access: Some(&*view.own),
        }
    }

    /// What `records` sees.
    pub const fn by_records(ctx: &'v Context<'v>, view: &'v RecordsView<'_, 'a>) -> Self {
        Self {
            ctx,
            actors: view.actors,
            membership: view.membership,
            cards: view.cards,
            encounters: view.encounters,
            consent: view.consent,
            records: view.own,
            access: None,
        }
    }
}

impl Facts for Seen<'_, '_> {
    fn is_active(&self, member: MemberId) -> Result<bool, Fault> {
        self.membership.is_active(member)
    }
    fn speaker(&self, patient: PatientId, _now: TimestampMs) -> Result<Word, Fault> {
        let speaker = self
            .ctx
            .speaker(self.actors, self.cards, patient, Right::Reads);
        match speaker {
            Ok(speaker) => Ok(Ok(speaker.basis(patient))),
            Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }
    fn patient(&self, id: PatientId) -> Found<Patient> {
        self.cards.patient(id)
    }
    fn person(&self, id: PatientId) -> Found<Person> {
        self.cards.person(id)
    }
    fn practitioner(&self, id: PractitionerId) -> Found<Practitioner> {
        self.membership.practitioner(id)
    }
    fn index(&self, index: BlindIndex) -> Found<IndexOwner> {
        self.cards.index(index)
    }
    fn encounter(&self, id: EncounterId) -> Found<Encounter> {
        self.encounters.encounter(id)
    }
    fn grant(&self, id: GrantId) -> Found<GrantState> {
        self.consent.grant(id)
    }
    fn record(&self, id: RecordId) -> Found<Record> {
        self.records.record(id)
    }
    fn kind(&self, member: MemberId) -> Result<Option<MemberKind>, Fault> {
        Ok(self.membership.member(member)?.map(|member| member.kind))
    }
    fn jurisdiction(&self, member: MemberId) -> Result<Option<Jurisdiction>, Fault> {
        self.membership.jurisdiction(member)
    }
    fn permit(&self, id: PermitId) -> Found<PermitState> {
        self.consent.permit(id)
    }
    fn team(&self, id: EncounterId) -> Found<TeamState> {
        self.encounters.team(id)
    }
    fn order(&self, id: OrderId) -> Found<OrderState> {
        self.encounters.order(id)
    }
    fn results(&self, id: OrderId) -> Found<Results> {
        self.records.results(id)
    }
    fn amendments(&self, record: RecordId) -> Found<Amendments> {
        self.records.amendments(record)
    }
    fn mandate(&self, id: MandateId) -> Found<MandateState> {
        self.access.map_or(Ok(None), |access| access.mandate(id))
    }
    fn disclosure(&self, id: DisclosureId) -> Found<DisclosureState> {
        self.access.map_or(Ok(None), |access| access.disclosure(id))
    }
    fn names_owed(&self, member: MemberId) -> Found<NamesOwed> {
        self.access
            .map_or(Ok(None), |access| access.names_owed(member))
    }
    fn study(&self, id: StudyId) -> Found<StudyState> {
        self.consent.study(id)
    }
    fn enrolment(&self, id: EnrolmentId) -> Found<EnrolmentState> {
        self.consent.enrolment(id)
    }
    fn restrictions(&self, patient: PatientId) -> Found<Restrictions> {
        self.consent.restrictions(patient)
    }
}

/// The state as whoever releases has read it.
impl<S: Source> Facts for S {
    fn is_active(&self, member: MemberId) -> Result<bool, Fault> {
        let roster = self.roster()?.ok_or(Fault::Absent { what: "roster" })?;
        Ok(roster.members.binary_search(&member).is_ok())
    }
    fn speaker(&self, patient: PatientId, now: TimestampMs) -> Result<Word, Fault> {
        let Some(held) = self.value(PatientName(patient))? else {
            return Ok(Err(Refusal::CardNotPresent));
        };
        let person = self.value(PersonName(patient))?;
        let speaks = own_speaks(&held, person.as_ref(), now);
        Ok(speaks.map(|()| BasisRef::Patient(patient)))
    }
    fn patient(&self, id: PatientId) -> Found<Patient> {
        Ok(self.value(PatientName(id))?.map(Rc::new))
    }
    fn person(&self, id: PatientId) -> Found<Person> {
        Ok(self.value(PersonName(id))?.map(Rc::new))
    }
    fn practitioner(&self, id: PractitionerId) -> Found<Practitioner> {
        Ok(self.value(PractitionerName(id))?.map(Rc::new))
    }
    fn index(&self, index: BlindIndex) -> Found<IndexOwner> {
        Ok(self.value(IndexName(index))?.map(Rc::new))
    }
    fn encounter(&self, id: EncounterId) -> Found<Encounter> {
        Ok(self.value(EncounterName(id))?.map(Rc::new))
    }
    fn grant(&self, id: GrantId) -> Found<GrantState> {
        Ok(self.value(GrantName(id))?.map(Rc::new))
    }
    fn record(&self, id: RecordId) -> Found<Record> {
        Ok(self.value(RecordName(id))?.map(Rc::new))
    }
    fn kind(&self, member: MemberId) -> Result<Option<MemberKind>, Fault> {
        Ok(self.value(MemberName(member))?.map(|member| member.kind))
    }
    fn jurisdiction(&self, member: MemberId) -> Result<Option<Jurisdiction>, Fault> {
        self.value(JurisdictionName(member))
    }
    fn permit(&self, id: PermitId) -> Found<PermitState> {
        Ok(self.value(PermitName(id))?.map(Rc::new))
    }
    fn team(&self, id: EncounterId) -> Found<TeamState> {
        Ok(self.value(TeamName(id))?.map(Rc::new))
    }
    fn order(&self, id: OrderId) -> Found<OrderState> {
        Ok(self.value(OrderName(id))?.map(Rc::new))
    }
    fn results(&self, id: OrderId) -> Found<Results> {
        Ok(self.value(ResultsName(id))?.map(Rc::new))
    }
    fn amendments(&self, record: RecordId) -> Found<Amendments> {
        Ok(self.value(AmendmentsName(record))?.map(Rc::new))
    }
    fn mandate(&self, id: MandateId) -> Found<MandateState> {
        Ok(self.value(MandateName(id))?.map(Rc::new))
    }
    fn disclosure(&self, id: DisclosureId) -> Found<DisclosureState> {
        Ok(self.value(DisclosureName(id))?.map(Rc::new))
    }
    fn names_owed(&self, member: MemberId) -> Found<NamesOwed> {
        Ok(self.value(NamesOwedName(member))?.map(Rc::new))
    }
    fn study(&self, id: StudyId) -> Found<StudyState> {
        Ok(self.value(StudyName(id))?.map(Rc::new))
    }
    fn enrolment(&self, id: EnrolmentId) -> Found<EnrolmentState> {
        Ok(self.value(EnrolmentName(id))?.map(Rc::new))
    }
    fn restrictions(&self, patient: PatientId) -> Found<Restrictions> {
        Ok(self.value(RestrictionsName(patient))?.map(Rc::new))
    }
}
