//! What each call names: the first round.
use super::*;

impl Names {
    pub(super) fn add(&mut self, name: impl Into<Touched>) {
        self.names.insert(name.into());
    }

    fn openings(&mut self, openings: &Openings) {
        for opening in openings {
            self.add(IndexName(opening.index));
        }
    }

    /// A patient, and who speaks for it.
    fn patient(&mut self, id: PatientId) {
        self.add(PatientName(id));
        self.add(PersonName(id));
    }

    pub(super) fn call(&mut self, call: &Call) {
        let sponsor = self.sponsor;
        match call {
            Call::RegisterPractitioner(call) => {
                let id = PractitionerId::derive(sponsor, call.local);
                self.add(PractitionerName(id));
                self.add(ActorName(call.key));
                // A later transaction of the same block may be co-signed by this key.
                self.add(EmergenciesName(id));
                self.add(GlassPractitionerName(id));
            }
            Call::EndPractitioner(call) => self.add(PractitionerName(call.practitioner)),
            Call::Propose(call) => self.propose(call),
            Call::Vote(call) => {
                self.add(ProposalsName());
                self.add(ProposalName(call.proposal));
            }
            Call::RegisterPatient(call) => {
                self.patient(call.patient);
                self.add(ActorName(call.card));
                self.openings(&call.emergency);
            }
            Call::IssueCard(call) => {
                self.patient(call.patient);
                self.add(ActorName(call.card));
            }
            Call::BlockCard(call) => self.patient(call.patient),
            Call::DeclareIndexes(call) => {
                for declaration in &call.declarations {
                    self.add(IndexName(declaration.index));
                }
            }
            Call::CheckIn(call) => {
                self.add(EncounterName(EncounterId::derive(sponsor, call.local)));
                self.add(TicketName(TicketId::derive(sponsor, call.local)));
                self.patient(call.patient);
                self.add(RestrictionsName(call.patient));
                self.openings(&call.openings);
            }
            Call::RegisterWithoutCard(call) => self.without_card(call),
            Call::Discharge(call) => self.add(EncounterName(call.encounter)),
            Call::Grant(call) => self.grant(call),
            Call::Revoke(call) => self.add(GrantName(call.grant)),
            Call::Deposit(call) => self.deposit(call),
            Call::Amend(call) => {
                self.add(RecordName(call.supersedes));
                self.deposit(&call.deposit);
            }
            Call::Retract(call) => self.add(RecordName(call.record)),
            Call::Request(call) => self.request(call),
            Call::BreakGlass(call) => {
                self.add(TicketName(TicketId::derive(sponsor, call.local)));
                self.add(GlassMemberName(sponsor));
                self.patient(call.patient);
            }
            Call::Justify(call) => self.add(TicketName(call.ticket)),
            Call::Anchor(call) => self.add(AnchorName(sponsor, call.journal)),
            later => self.later(later),
        }
    }

    /// Calls of protocol version 3.
    fn later(&mut self, call: &Call) {
        let sponsor = self.sponsor;
        match call {
            Call::AssignCare(call) => {
                self.visit(call.encounter);
                for seat in &call.seats {
                    if let Seat::Practitioner(id) = seat {
                        self.add(PractitionerName(*id));
                    }
                }
            }
            Call::CloseVisit(call) => self.add(EncounterName(call.encounter)),
            Call::PlaceOrder(call) => {
                self.visit(call.encounter);
                self.add(OrderName(OrderId::derive(sponsor, call.local)));
            }
            Call::EndOrder(call) => self.add(OrderName(call.order)),
            Call::Permit(call) => self.permit(call),
            Call::RevokePermit(call) => self.add(PermitName(call.permit)),
            Call::Restrict(call) => {
                self.patient(call.patient);
                self.add(RestrictionsName(call.patient));
                if let Denied::Practitioner(at) = call.restriction.who {
                    self.add(PractitionerName(at.practitioner));
                }
            }
            Call::LiftRestriction(call) => {
                self.patient(call.patient);
                self.add(RestrictionsName(call.patient));
            }
            Call::OpenMandate(call) => {
                self.add(MandateName(MandateId::derive(sponsor, call.local)));
                self.add(PatientName(call.patient));
                self.openings(&call.openings);
            }
            Call::EndMandate(call) => self.add(MandateName(call.mandate)),
            Call::Disclose(call) => self.disclose(call),
            Call::EndDisclosure(call) => self.add(DisclosureName(call.disclosure)),
            Call::RegisterStudy(call) => {
                self.add(StudyName(StudyId::derive(sponsor, call.local)));
            }
            Call::ApproveStudy(call) => self.add(StudyName(call.study)),
            Call::EndStudy(call) => self.add(StudyName(call.study)),
            Call::Enrol(call) => self.enrol(call),
            Call::Withdraw(call) => self.add(EnrolmentName(call.enrolment)),
            Call::NameSuccessor(_) => self.add(SuccessionName(sponsor)),
            Call::Keep(call) => self.keep(call),
            // Those of the versions before are above.
            other => self.amendment(other),
        }
    }

    /// Requests for amendment.
    fn amendment(&mut self, call: &Call) {
        match call {
            Call::AskAmendment(call) => {
                self.patient(call.patient);
                self.about(call.record, Some(call.request));
                self.openings(&call.openings);
            }
            Call::AnswerAmendment(call) => {
                let letter = match call.answer {
                    AmendmentAnswer::Accepted(_) => None,
                    AmendmentAnswer::Refused(refused) => Some(refused.letter),
                    AmendmentAnswer::Extended(letter) => Some(letter),
                };
                self.about(call.amendment.record, letter);
            }
            Call::Disagree(call) => self.about(call.amendment.record, Some(call.statement)),
            other => self.erasure(other),
        }
    }

    /// Legal holds and erasure.
    fn erasure(&mut self, call: &Call) {
        match call {
            Call::Hold(call) => {
                self.add(HoldName(HoldId::derive(self.sponsor, call.local)));
                if let Some(patient) = call.patient {
                    self.add(PatientName(patient));
                }
                self.openings(&call.openings);
                for record in &call.records {
                    self.add(RecordName(*record));
                    self.add(HoldsName(*record));
                }
            }
            Call::EndHold(call) => self.add(HoldName(call.hold)),
            Call::Erase(call) => {
                self.patient(call.patient);
                self.openings(&call.openings);
                self.add(RetentionName());
                for record in &call.records {
                    self.add(RecordName(*record));
                    self.add(HoldsName(*record));
                    self.add(ErasureName(*record));
                }
            }
            Call::ConfirmErased(call) => {
                for record in &call.records {
                    self.add(RecordName(*record));
                    self.add(ErasureName(*record));
                }
            }
            other => self.reviews(other),
        }
    }

    /// An encounter with its care team.
    fn visit(&mut self, id: EncounterId) {
        self.add(EncounterName(id));
        self.add(TeamName(id));
    }

    /// An order with its results.
    fn order(&mut self, id: OrderId) {
        self.add(OrderName(id));
        self.add(ResultsName(id));
    }

    fn permit(&mut self, call: &Permit) {
        self.add(PermitName(PermitId::derive(self.sponsor, call.local)));
        self.patient(call.patient);
        self.add(RestrictionsName(call.patient));
        if let PermitGrantee::Practitioner(id) = call.grantee {
            self.add(PractitionerName(id));
        }
        self.openings(&call.openings);
    }

    fn grant(&mut self, call: &Grant) {
        self.add(GrantName(GrantId::derive(self.sponsor, call.local)));
        self.patient(call.patient);
        self.add(RestrictionsName(call.patient));
        match call.grantee {
            Grantee::Member(id) => self.add(MemberName(id)),
            Grantee::Practitioner(id) => self.add(PractitionerName(id)),
        }
        self.openings(&call.openings);
    }

    fn propose(&mut self, call: &Propose) {
        self.add(ProposalsName());
        self.add(ProposalName(ProposalId::derive(self.sponsor, call.local)));
        if let Some(member) = call.change.member() {
            self.add(MemberName(member));
        }
        for key in call.change.new_keys() {
            self.add(ActorName(key.key));
        }
    }

    fn without_card(&mut self, call: &RegisterWithoutCard) {
        self.add(EncounterName(EncounterId::derive(self.sponsor, call.local)));
        self.patient(call.patient);
        self.add(RestrictionsName(call.patient));
        self.openings(&call.openings);
    }

    /// Where the sponsor is: restrictions may hang on it, and what a permit lets in. A directory is nobody's to restrict.
    fn place(&mut self, directory: bool) {
        if !directory {
            self.add(JurisdictionName(self.sponsor));
        }
    }

    fn deposit(&mut self, call: &Deposit) {
        self.place(matches!(call.basis, WriteBasis::Directory(_)));
        self.add(RecordName(RecordId::derive(self.sponsor, call.local)));
        match call.basis {
            WriteBasis::Encounter(id) => self.add(EncounterName(id)),
            WriteBasis::Grant(id) => self.add(GrantName(id)),
            WriteBasis::Directory(_) => {}
            WriteBasis::Permit(id) => self.add(PermitName(id)),
            WriteBasis::Order(id) => self.order(id),
            WriteBasis::Amendment(id) => self.about(id.record, None),
        }
    }

    /// A record with the requests for its amendment, and what is written about it.
    fn about(&mut self, record: RecordId, note: Option<RecordId>) {
        self.add(RecordName(record));
        self.add(AmendmentsName(record));
        if let Some(note) = note {
            self.add(RecordName(note));
        }
    }

    fn enrol(&mut self, call: &Enrol) {
        self.add(EnrolmentName(EnrolmentId::derive(self.sponsor, call.local)));
        self.add(StudyName(call.study));
        self.patient(call.patient);
        // A later transaction of the same block may ask on it, and names it only.
        self.add(RestrictionsName(call.patient));
        self.openings(&call.openings);
    }

    fn disclose(&mut self, call: &Disclose) {
        self.add(DisclosureName(DisclosureId::derive(
            self.sponsor,
            call.local,
        )));
        self.add(PatientName(call.patient));
        // A later transaction of the same block may ask on it, and names it only.
        self.add(RestrictionsName(call.patient));
        self.add(MemberName(call.recipient));
        for record in &call.records {
            self.add(RecordName(*record));
            self.add(AmendmentsName(*record));
        }
        self.openings(&call.openings);
    }

    fn keep(&mut self, call: &Keep) {
        self.add(SuccessionName(call.from));
        for record in &call.records {
            self.add(RecordName(*record));
        }
    }

    pub(super) fn request(&mut self, call: &Request) {
        self.place(matches!(call.basis, ReadBasis::Directory(_)));
        self.add(TicketName(TicketId::derive(self.sponsor, call.local)));
        match call.basis {
            ReadBasis::Consent(id) => self.add(GrantName(id)),
            ReadBasis::Treatment(id) => self.visit(id),
            ReadBasis::Care(care) => {
                self.visit(care.encounter);
                self.add(NamesOwedName(self.sponsor));
            }
            ReadBasis::Permit(id) => self.add(PermitName(id)),
            ReadBasis::Order(id) => self.order(id),
            ReadBasis::Patient(id) => self.patient(id),
            ReadBasis::Mandate(id) => self.add(MandateName(id)),
            ReadBasis::Study(enrolled) => {
                self.add(StudyName(enrolled.study));
                self.add(EnrolmentName(enrolled.enrolment));
            }
            ReadBasis::Disclosure(disclosed) => self.add(DisclosureName(disclosed.disclosure)),
            ReadBasis::Directory(_) | ReadBasis::None(_) => {}
        }
        match &call.scope {
            Scope::Records(records) => {
                for record in records {
                    self.add(RecordName(*record));
                }
            }
            Scope::Indexes(indexes) if matches!(call.basis, ReadBasis::Directory(_)) => {
                for index in indexes {
                    self.add(IndexName(*index));
                }
            }
            Scope::Indexes(_) => {}
        }
        self.openings(&call.openings);
    }

    /// Calls of reviews and breaches.
    fn reviews(&mut self, call: &Call) {
        let sponsor = self.sponsor;
        match call {
            Call::ReviewGlass(call) => {
                self.add(TicketName(call.ticket));
                self.add(ReviewName(call.ticket, call.authority.unwrap_or(sponsor)));
                if let Some(authority) = call.authority {
                    self.add(MemberName(authority));
                }
            }
            Call::DeclareBreach(call) => {
                for ticket in &call.tickets {
                    self.add(TicketName(*ticket));
                    self.add(BreachName(*ticket));
                }
                if let Some(authority) = call.authority {
                    self.add(MemberName(authority));
                }
            }
            Call::DemandName(call) => {
                self.add(TicketName(call.ticket));
                self.add(NameName(call.ticket));
                self.add(MemberName(call.authority));
            }
            Call::NameStaff(call) => {
                self.add(TicketName(call.ticket));
                self.add(NameName(call.ticket));
                self.add(NamesOwedName(sponsor));
            }
            other => self.persons(other),
        }
    }

    /// Calls about persons: whom they name, the authority whose officers sign, and the new key.
    fn persons(&mut self, call: &Call) {
        let (patient, authority) = match call {
            Call::SuspendCard(call) => (call.patient, None),
            Call::ResumeCard(call) => (call.patient, None),
            Call::RenewCard(call) => (call.patient, None),
            Call::AskReissue(call) => {
                self.add(ActorName(call.card));
                (call.patient, call.authority)
            }
            Call::VetoReissue(call) => (call.patient, call.authority),
            Call::ActivateCard(call) => {
                self.add(ActorName(call.card));
                (call.patient, None)
            }
            Call::LinkGuardian(call) => {
                self.patient(call.guardian);
                (call.patient, call.authority)
            }
            Call::UnlinkGuardian(call) => {
                self.patient(call.guardian);
                (call.patient, call.authority)
            }
            Call::RecordIncapacity(call) => (call.patient, call.authority),
            Call::EndIncapacity(call) => (call.patient, call.authority),
            Call::RecordDeath(call) => (call.patient, call.authority),
            Call::RetractDeath(call) => (call.patient, Some(call.authority)),
            Call::SetSecondKey(call) => {
                self.add(ActorName(call.key));
                (call.patient, None)
            }
            _ => return,
        };
        self.patient(patient);
        if let Some(authority) = authority {
            self.add(MemberName(authority));
        }
    }
}
