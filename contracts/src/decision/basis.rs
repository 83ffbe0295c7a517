//! Each basis: whether it is in force for whoever asks, now, for this purpose.
//!
//! Every check is made, also after one that denied, as far as what it reads is there: whoever explains a decision names them all.
use super::answer::{Extent, Reach, Source};
use super::facts::Facts;
use super::judge::Judge;
use super::question::{Read, Write};
use crate::cards::{guardian_ticket_stands, own_ticket_stands, owned_by};
use crate::fault::{Fault, Stop};
use amanat_types::call::{Grantee, PermitGrantee, ReadBasis, Work, WriteBasis};
use amanat_types::state::{BasisRef, CareRef, Practitioner, Ticket};
use amanat_types::{
    EncounterId, GrantId, Height, OrderId, PatientId, PermitId, PractitionerId, Purpose, Refusal,
    Role, StaffId, WardId,
};

/// What the basis must let its holder do.
#[derive(Clone, Copy)]
enum Need {
    Read(Purpose),
    Write,
}

impl<F: Facts> Judge<'_, F> {
    /// The basis of a ticket that is asked for.
    ///
    /// Refusals, in this order. Consent: `GrantUnknown`, `GranteeNotYou`, `GrantExpired`, `GrantRevoked`, `GrantNoRead`,
    /// `PurposeNotAllowed`; by a permit `PermitUnknown`, `GranteeNotYou`, `MemberElsewhere`, `PermitNotYet`, `PermitExpired`, `PermitRevoked`,
    /// `GrantNoRead`, `PurposeNotAllowed`. Treatment: `EncounterUnknown`, `EncounterNotYours`, `RegistrationIsWriteOnly`,
    /// `EncounterEnded`, `PurposeNotAllowed`, `NotInTeam`, by staff without a card `NameOverdue`. Order: `OrderUnknown`, `OrderNotYours`, `OrderExpired`, `OrderEnded`,
    /// `PurposeNotAllowed`. Law and payment: those of `decision::law`; research: of `decision::study`. Patient: those of the speaker (`Context::speaker`), `PurposeNotAllowed`, for each opening `IndexUnknown`,
    /// `IndexNotOwned`, then `IndexRepeated`. Directory: `PurposeNotAllowed`. None: `NoBasis`.
    pub fn read_basis(&mut self, read: &Read<'_>) -> Result<Option<Reach>, Fault> {
        let need = Need::Read(read.purpose);
        match *read.basis {
            ReadBasis::Consent(id) => self.grant(id, need),
            ReadBasis::Treatment(id) => self.encounter(id, need, None),
            ReadBasis::Patient(id) => self.patient(id, read),
            ReadBasis::Directory(nothing) => {
                let lawful = matches!(read.purpose, Purpose::Hoperat | Purpose::Treat);
                self.require(lawful, Source::Question, Refusal::PurposeNotAllowed);
                let extent = Extent::Directory(None);
                Ok(Some(self.reached(
                    BasisRef::Directory(nothing),
                    None,
                    extent,
                )))
            }
            ReadBasis::Permit(id) => self.permit_given(id, need),
            ReadBasis::Care(care) => {
                let member = self.question.member;
                let care = CareRef {
                    encounter: care.encounter,
                    staff: StaffId::derive(member, care.staff),
                    role: care.role,
                    ward: WardId::derive(member, care.ward),
                };
                self.encounter(care.encounter, need, Some(care))
            }
            ReadBasis::Order(id) => self.order(id, need),
            ReadBasis::Mandate(id) => self.mandate(id, read.purpose),
            ReadBasis::Study(enrolled) => self.study(enrolled, read.purpose),
            ReadBasis::Disclosure(disclosed) => self.disclosure(disclosed, read.purpose),
            ReadBasis::None(_) => {
                self.require(false, Source::Question, Refusal::NoBasis);
                Ok(None)
            }
        }
    }

    /// The basis to write a record.
    ///
    /// Refusals, in this order. Encounter: `EncounterUnknown`, `EncounterNotYours`, `EncounterEnded`, `EncounterNoWrite`. Grant:
    /// `GrantUnknown`, `GranteeNotYou`, `GrantExpired`, `GrantRevoked`, `GrantNoWrite`. Permit: `PermitUnknown`, `GranteeNotYou`,
    /// `MemberElsewhere`, `PermitNotYet`, `PermitExpired`, `PermitRevoked`, `GrantNoWrite`. Order: `OrderUnknown`, `OrderNotYours`, `OrderExpired`,
    /// `OrderEnded`, `OrderNoWrite`. Amendment: those of `decision::amendment`.
    pub fn write_basis(&mut self, write: &Write) -> Result<Option<Reach>, Fault> {
        match write.basis {
            WriteBasis::Encounter(id) => self.encounter(id, Need::Write, None),
            WriteBasis::Grant(id) => self.grant(id, Need::Write),
            WriteBasis::Permit(id) => self.permit_given(id, Need::Write),
            WriteBasis::Order(id) => self.order(id, Need::Write),
            WriteBasis::Amendment(id) => self.amendment(id),
            WriteBasis::Directory(nothing) => {
                let extent = Extent::Directory(Some(self.question.member));
                Ok(Some(self.reached(
                    BasisRef::Directory(nothing),
                    None,
                    extent,
                )))
            }
        }
    }

    /// What a ticket stands on, read again: a grant or permit not revoked or expired (and its practitioner not ended, if it is to one or
    /// to a role), a visit not closed or expired and the seat in its strict team not dropped, an order, mandate or disclosure not ended or expired, the
    /// practitioner of broken glass not ended, the patient's card, or the guardian who asked, still speaking, and without a break.
    ///
    /// Refusal: `BasisEnded`, because of one of [`Self::read_basis`].
    pub fn ticket_basis(&mut self, ticket: &Ticket) -> Result<Option<Reach>, Fault> {
        let need = Need::Read(ticket.purpose);
        match ticket.basis {
            BasisRef::Grant(id) => self.grant(id, need),
            BasisRef::Encounter(id) => self.encounter(id, need, None),
            BasisRef::Care(care) => self.encounter(care.encounter, need, Some(care)),
            BasisRef::Permit(id) => self.permit_given(id, need),
            BasisRef::Order(id) => self.order(id, need),
            BasisRef::Mandate(id) => self.mandate(id, ticket.purpose),
            BasisRef::Study(enrolled) => self.study(enrolled, ticket.purpose),
            BasisRef::Disclosure(disclosed) => self.disclosure(disclosed, ticket.purpose),
            BasisRef::Emergency(practitioner) => {
                let acts = self.acts(practitioner)?;
                let source = Source::Practitioner(practitioner);
                self.require(acts, source, Refusal::PractitionerEnded);
                Ok(Some(self.reached(
                    ticket.basis,
                    ticket.patient,
                    Extent::Ticket,
                )))
            }
            BasisRef::Patient(patient) => {
                self.own_card(patient, ticket.height)?;
                Ok(Some(self.reached(
                    ticket.basis,
                    Some(patient),
                    Extent::Ticket,
                )))
            }
            BasisRef::Guardian(spoken) => {
                let person = self.facts.person(spoken.patient)?;
                let latest = self.question.moment.latest;
                let linked =
                    guardian_ticket_stands(person.as_deref(), &spoken, ticket.height, latest);
                self.stands(linked, Source::Patient(spoken.patient));
                self.own_card(spoken.guardian, ticket.height)?;
                Ok(Some(self.reached(
                    ticket.basis,
                    Some(spoken.patient),
                    Extent::Ticket,
                )))
            }
            BasisRef::Directory(_) => Ok(Some(self.reached(ticket.basis, None, Extent::Ticket))),
        }
    }

    fn grant(&mut self, id: GrantId, need: Need) -> Result<Option<Reach>, Fault> {
        let source = Source::Grant(id);
        let Some(grant) = self.facts.grant(id)? else {
            self.require(false, source, Refusal::GrantUnknown);
            return Ok(None);
        };
        let (yours, acting) = match grant.grantee {
            Grantee::Member(member) => (member == self.question.member, None),
            Grantee::Practitioner(id) => {
                let present = self.question.present.contains(&id);
                (present && self.acts(id)?, Some(id))
            }
        };
        let latest = self.question.moment.latest;
        self.require(yours, source, Refusal::GranteeNotYou);
        self.require(latest < grant.until_ms, source, Refusal::GrantExpired);
        let stands = grant.revoked_ms.is_none();
        self.require(stands, source, Refusal::GrantRevoked);
        match need {
            Need::Read(purpose) => {
                self.require(grant.access.reads(), source, Refusal::GrantNoRead);
                let allowed = grant.purposes.contains(&purpose);
                self.require(allowed, source, Refusal::PurposeNotAllowed);
            }
            Need::Write => {
                self.require(grant.access.writes(), source, Refusal::GrantNoWrite);
            }
        }
        let patient = Some(grant.patient);
        let reach = self.reached(BasisRef::Grant(id), patient, Extent::Grant(grant));
        let practitioner = acting.or(reach.practitioner);
        Ok(Some(Reach {
            practitioner,
            ..reach
        }))
    }

    /// A visit: of the member, of its care team if that is strict, or of staff without a card.
    fn encounter(
        &mut self,
        id: EncounterId,
        need: Need,
        care: Option<CareRef>,
    ) -> Result<Option<Reach>, Fault> {
        let source = Source::Encounter(id);
        let Some(encounter) = self.facts.encounter(id)? else {
            self.require(false, source, Refusal::EncounterUnknown);
            return Ok(None);
        };
        let latest = self.question.moment.latest;
        let yours = encounter.member == self.question.member;
        self.require(yours, source, Refusal::EncounterNotYours);
        let mut seated = None;
        match need {
            Need::Read(purpose) => {
                let visit = encounter.registration.is_none();
                self.require(visit, source, Refusal::RegistrationIsWriteOnly);
                let open = encounter.is_readable(latest);
                self.require(open, source, Refusal::EncounterEnded);
                let allowed = purpose == Purpose::Treat;
                self.require(allowed, source, Refusal::PurposeNotAllowed);
                seated = self.seat(id, care)?;
                if care.is_some() {
                    self.names_given()?;
                }
            }
            Need::Write => {
                let open = encounter.is_open(latest);
                self.require(open, source, Refusal::EncounterEnded);
                self.require(encounter.write, source, Refusal::EncounterNoWrite);
            }
        }
        let patient = Some(encounter.patient);
        let basis = care.map_or(BasisRef::Encounter(id), BasisRef::Care);
        let reach = self.reached(basis, patient, Extent::Encounter(encounter));
        let practitioner = seated.or(reach.practitioner);
        Ok(Some(Reach {
            practitioner,
            ..reach
        }))
    }

    /// Notes it if the member has not said in time who a staff pseudonym was: what it does not answer for, its staff do not read.
    fn names_given(&mut self) -> Result<(), Fault> {
        let member = self.question.member;
        let owed = self.facts.names_owed(member)?;
        let latest = self.question.moment.latest;
        let given = owed.is_none_or(|owed| !owed.is_overdue(latest));
        self.require(given, Source::Member(member), Refusal::NameOverdue);
        Ok(())
    }

    /// The first present practitioner with a seat in a strict care team; notes it if nobody who acts has one.
    fn seat(
        &mut self,
        id: EncounterId,
        care: Option<CareRef>,
    ) -> Result<Option<PractitionerId>, Fault> {
        let team = self.facts.team(id)?;
        let Some(team) = team.filter(|team| team.strict) else {
            return Ok(None);
        };
        let mut present = self.question.present.iter().copied();
        let seated = present.find(|id| team.seats_practitioner(*id));
        let staff = care.is_some_and(|care| team.seats_staff(&care));
        let source = Source::Team(id);
        self.require(seated.is_some() || staff, source, Refusal::NotInTeam);
        Ok(seated)
    }

    fn permit_given(&mut self, id: PermitId, need: Need) -> Result<Option<Reach>, Fault> {
        let source = Source::Permit(id);
        let Some(permit) = self.facts.permit(id)? else {
            self.require(false, source, Refusal::PermitUnknown);
            return Ok(None);
        };
        let moment = self.question.moment;
        let (yours, acting) = self.is_grantee(permit.grantee)?;
        self.require(yours, source, Refusal::GranteeNotYou);
        let there = self.is_there(permit.grantee)?;
        self.require(there, source, Refusal::MemberElsewhere);
        let begun = permit.from_ms <= moment.earliest;
        self.require(begun, source, Refusal::PermitNotYet);
        let open = moment.latest < permit.until_ms;
        self.require(open, source, Refusal::PermitExpired);
        let stands = permit.revoked_ms.is_none();
        self.require(stands, source, Refusal::PermitRevoked);
        match need {
            Need::Read(purpose) => {
                self.require(permit.access.reads(), source, Refusal::GrantNoRead);
                let allowed = permit.purposes.contains(&purpose);
                self.require(allowed, source, Refusal::PurposeNotAllowed);
            }
            Need::Write => {
                self.require(permit.access.writes(), source, Refusal::GrantNoWrite);
            }
        }
        let patient = Some(permit.patient);
        let reach = self.reached(BasisRef::Permit(id), patient, Extent::Permit(permit));
        let practitioner = acting.or(reach.practitioner);
        Ok(Some(Reach {
            practitioner,
            ..reach
        }))
    }

    /// Whether the asker is whom a permit is to, and which practitioner makes it so.
    fn is_grantee(&self, grantee: PermitGrantee) -> Result<(bool, Option<PractitionerId>), Fault> {
        let member = self.question.member;
        let acting = match grantee {
            PermitGrantee::Member(id) => return Ok((id == member, None)),
            PermitGrantee::Practitioner(id) => {
                let present = self.question.present.contains(&id);
                (present && self.acts(id)?).then_some(id)
            }
            PermitGrantee::RoleAtKind(at) if self.facts.kind(member)? == Some(at.kind) => {
                self.of_role(at.role)?
            }
            PermitGrantee::RoleAtKindWithin(at) if self.facts.kind(member)? == Some(at.kind) => {
                self.of_role(at.role)?
            }
            PermitGrantee::RoleAt(at) if at.member == member => self.of_role(at.role)?,
            PermitGrantee::RoleAtKind(_)
            | PermitGrantee::RoleAtKindWithin(_)
            | PermitGrantee::RoleAt(_) => None,
        };
        Ok((acting.is_some(), acting))
    }

    /// Whether the member that asks is known to be where a permit lets its grantees be.
    fn is_there(&self, grantee: PermitGrantee) -> Result<bool, Fault> {
        let PermitGrantee::RoleAtKindWithin(at) = grantee else {
            return Ok(true);
        };
        let place = self.facts.jurisdiction(self.question.member)?;
        Ok(place.is_some_and(|place| place.is_within(at.within)))
    }

    /// The first present practitioner of a role whose registration has not ended.
    fn of_role(&self, role: Role) -> Result<Option<PractitionerId>, Fault> {
        let latest = self.question.moment.latest;
        for id in self.question.present {
            let practitioner = self.facts.practitioner(*id)?;
            let fit = |own: &Practitioner| own.role == role && latest < own.until_ms;
            if practitioner.is_some_and(|own| fit(&own)) {
                return Ok(Some(*id));
            }
        }
        Ok(None)
    }

    /// An order: who placed a test reads its results, who performs it writes them; who received a referral reads what it names.
    fn order(&mut self, id: OrderId, need: Need) -> Result<Option<Reach>, Fault> {
        let source = Source::Order(id);
        let Some(order) = self.facts.order(id)? else {
            self.require(false, source, Refusal::OrderUnknown);
            return Ok(None);
        };
        let member = self.question.member;
        let requester_reads = matches!((need, &order.work), (Need::Read(_), Work::Test(_)));
        let yours = match requester_reads {
            true => order.member == member,
            false => order.performer == member,
        };
        self.require(yours, source, Refusal::OrderNotYours);
        let open = self.question.moment.latest < order.until_ms;
        self.require(open, source, Refusal::OrderExpired);
        self.require(order.ended_ms.is_none(), source, Refusal::OrderEnded);
        match need {
            Need::Read(purpose) => {
                let allowed = purpose == Purpose::Treat;
                self.require(allowed, source, Refusal::PurposeNotAllowed);
            }
            Need::Write => {
                let writes = match &order.work {
                    Work::Test(_) => true,
                    Work::Referral(referral) => referral.write,
                };
                self.require(writes, source, Refusal::OrderNoWrite);
            }
        }
        let patient = Some(order.patient);
        let extent = match requester_reads {
            true => Extent::Results(self.facts.results(id)?),
            false => Extent::Order(order),
        };
        Ok(Some(self.reached(BasisRef::Order(id), patient, extent)))
    }

    fn patient(&mut self, patient: PatientId, read: &Read<'_>) -> Result<Option<Reach>, Fault> {
        let source = Source::Patient(patient);
        let latest = self.question.moment.latest;
        let spoken = self.facts.speaker(patient, latest)?;
        self.stands(spoken.map(drop), source);
        let own = read.purpose == Purpose::Patrqt;
        self.require(own, source, Refusal::PurposeNotAllowed);
        match owned_by(|index| self.facts.index(index), &patient, read.openings) {
            Ok(opened) => {
                let basis = spoken.unwrap_or(BasisRef::Patient(patient));
                Ok(Some(self.reached(
                    basis,
                    Some(patient),
                    Extent::Opened(opened),
                )))
            }
            Err(Stop::Refused(refusal)) => {
                self.require(false, source, refusal);
                Ok(None)
            }
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }

    /// Notes whether a patient's own card still speaks, and has since the ticket of `height`.
    fn own_card(&mut self, id: PatientId, height: Height) -> Result<(), Fault> {
        let patient = self.facts.patient(id)?;
        let person = self.facts.person(id)?;
        let latest = self.question.moment.latest;
        let stands = own_ticket_stands(patient.as_deref(), person.as_deref(), height, latest);
        self.stands(stands, Source::Patient(id));
        Ok(())
    }

    /// Notes a denial of the basis, if there is one.
    fn stands(&mut self, verdict: Result<(), Refusal>, source: Source) {
        if let Err(refusal) = verdict {
            self.require(false, source, refusal);
        }
    }

    /// Whether a practitioner's registration has not ended.
    fn acts(&self, practitioner: PractitionerId) -> Result<bool, Fault> {
        let practitioner = self.facts.practitioner(practitioner)?;
        let latest = self.question.moment.latest;
        Ok(practitioner.is_some_and(|practitioner| latest < practitioner.until_ms))
    }

    /// What the basis reaches, whether or not something denied; the permit is noted if nothing did.
    pub fn reached(
        &mut self,
        basis: BasisRef,
        patient: Option<PatientId>,
        extent: Extent,
    ) -> Reach {
        self.permit(source_of(&basis));
        Reach {
            basis,
            practitioner: self.question.present.first().copied(),
            patient,
            extent,
        }
    }
}

/// The state record behind a basis.
const fn source_of(basis: &BasisRef) -> Source {
    match basis {
        BasisRef::Grant(id) => Source::Grant(*id),
        BasisRef::Encounter(id) => Source::Encounter(*id),
        BasisRef::Emergency(id) => Source::Practitioner(*id),
        BasisRef::Patient(id) => Source::Patient(*id),
        BasisRef::Guardian(spoken) => Source::Patient(spoken.patient),
        BasisRef::Directory(_) => Source::Question,
        BasisRef::Permit(id) => Source::Permit(*id),
        BasisRef::Care(care) => Source::Encounter(care.encounter),
        BasisRef::Order(id) => Source::Order(*id),
        BasisRef::Mandate(id) => Source::Mandate(*id),
        BasisRef::Study(enrolled) => Source::Enrolment(enrolled.enrolment),
        BasisRef::Disclosure(disclosed) => Source::Disclosure(disclosed.disclosure),
    }
}
