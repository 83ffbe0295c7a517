//! Law, payment and research: mandates of authorities, disclosures of own records, studies, the review of broken glass, requests for amendment, legal holds and
//! erasure.
//!
//! Of statute, claim, protocol, finding and name the ledger has a commitment only ([`Exchange::committed`]).
use crate::amendment::AmendmentAsk;
use crate::card::CardPaper;
use crate::committed::WORDS;
use crate::erasure::ErasureAsk;
use crate::id::check_caller_id;
use crate::{Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_types::call::{
    ApproveStudy, Call, DeclareBreach, DemandName, Disclose, EndDisclosure, EndMandate, EndStudy,
    Enrol, NameStaff, OpenMandate, RegisterStudy, ReviewGlass, Withdraw,
};
use amanat_types::code::{DisclosureCause, Purpose};
use amanat_types::codec::List;
use amanat_types::id::Commitment;
use amanat_types::state::{BasisRef, Ticket};
use amanat_types::{
    DisclosureId, EnrolmentId, MandateId, MemberId, PublicKey, RecordId, Refusal, StateKey,
    StudyId, TicketId, TimestampMs,
};

/// A mandate to open, by an authority.
#[derive(Clone, Debug)]
pub struct MandateAsk {
    /// What the caller calls it; unique for ever.
    pub caller_id: Vec<u8>,
    /// Whose records, on which indexes; nobody's card signs.
    pub paper: CardPaper,
    /// `PUBHLTH` or `HLEGAL`.
    pub purpose: Purpose,
    /// Statute, section and order.
    pub statute: String,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// Until when the patient must not be told, where the law says so.
    pub notice_ms: Option<TimestampMs>,
}

/// Own records to disclose.
#[derive(Clone, Debug)]
pub struct DiscloseAsk {
    /// What the caller calls it; unique for ever.
    pub caller_id: Vec<u8>,
    /// Whose records, and the indexes of them all; nobody's card signs.
    pub paper: CardPaper,
    /// To whom.
    pub recipient: MemberId,
    /// What for.
    pub cause: DisclosureCause,
    /// The claim, or the statute that demands the report.
    pub ground: String,
    /// Which records.
    pub records: Vec<RecordId>,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// Until when the patient must not be told of a report.
    pub notice_ms: Option<TimestampMs>,
}

/// A study to register.
#[derive(Clone, Debug)]
pub struct StudyAsk {
    /// What the caller calls it; unique for ever.
    pub caller_id: Vec<u8>,
    /// The protocol, or where it is found.
    pub protocol: String,
    /// End, exclusive.
    pub until_ms: TimestampMs,
}

/// A review of broken glass.
#[derive(Clone, Debug)]
pub struct ReviewAsk {
    /// The emergency ticket.
    pub ticket: TicketId,
    /// Whether it was right.
    pub upheld: bool,
    /// What was found.
    pub finding: String,
    /// The authority whose officer signs, if it is not the member's own review.
    pub authority: Option<MemberId>,
}

/// A breach to declare.
#[derive(Clone, Debug)]
pub struct BreachAsk {
    /// The tickets under which was opened what was breached.
    pub tickets: Vec<TicketId>,
    /// What happened, and what is done about it.
    pub statement: String,
    /// The authority whose officers sign, if the member does not say so itself.
    pub authority: Option<MemberId>,
}

/// A call of law, payment, research, amendment or erasure.
#[derive(Clone, Debug)]
pub enum LegalAsk {
    /// Opens a mandate.
    Mandate(MandateAsk),
    /// Ends one.
    EndMandate(MandateId),
    /// Discloses own records.
    Disclose(DiscloseAsk),
    /// Ends a disclosure.
    EndDisclosure(DisclosureId),
    /// Registers a study.
    Study(StudyAsk),
    /// Approves one.
    ApproveStudy(StudyId),
    /// Ends one.
    EndStudy(StudyId),
    /// Enrols the paper's patient, by the caller's id.
    Enrol(Vec<u8>, StudyId, CardPaper),
    /// Ends an enrolment.
    Withdraw(EnrolmentId),
    /// Reviews broken glass.
    Review(ReviewAsk),
    /// Declares a breach.
    Breach(BreachAsk),
    /// Demands who a staff pseudonym on a ticket was, for an authority.
    DemandName(TicketId, MemberId),
    /// Says who a staff pseudonym of this member was.
    NameStaff(TicketId),
    /// About a request for amendment.
    Amendment(AmendmentAsk),
    /// About a legal hold, or erasure.
    Erasure(ErasureAsk),
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// The transaction of a call of law, payment or research; who must sign stands at each call.
    ///
    /// Errors: [`Error::Invalid`] (`caller_id`, `text`, `record`, `records`; `ticket`, if it names no staff of this member), [`Error::Refused`] with `TicketUnknown`,
    /// [`Error::Fault`].
    pub async fn prepare_legal(
        &self,
        actor: &Actor,
        ask: LegalAsk,
        cosigners: &[PublicKey],
    ) -> Result<Prepared, Error> {
        let call = self.legal_call(actor, ask).await?;
        self.prepare(vec![call], cosigners).await
    }

    async fn legal_call(&self, actor: &Actor, ask: LegalAsk) -> Result<Call, Error> {
        self.admit(actor)?;
        Ok(match ask {
            LegalAsk::Mandate(ask) => self.mandate_call(ask).await?,
            LegalAsk::EndMandate(mandate) => Call::EndMandate(EndMandate { mandate }),
            LegalAsk::Disclose(ask) => self.disclose_call(ask).await?,
            LegalAsk::EndDisclosure(disclosure) => {
                Call::EndDisclosure(EndDisclosure { disclosure })
            }
            LegalAsk::Study(ask) => {
                check_caller_id("caller_id", &ask.caller_id)?;
                Call::RegisterStudy(RegisterStudy {
                    local: self.local_id("study", &ask.caller_id),
                    protocol: self.words(&ask.caller_id, &ask.protocol).await?,
                    until_ms: ask.until_ms,
                })
            }
            LegalAsk::ApproveStudy(study) => Call::ApproveStudy(ApproveStudy { study }),
            LegalAsk::EndStudy(study) => Call::EndStudy(EndStudy { study }),
            LegalAsk::Enrol(caller_id, study, paper) => {
                check_caller_id("caller_id", &caller_id)?;
                Call::Enrol(Enrol {
                    local: self.local_id("enrolment", &caller_id),
                    study,
                    patient: paper.patient,
                    openings: paper.openings()?,
                })
            }
            LegalAsk::Withdraw(enrolment) => Call::Withdraw(Withdraw { enrolment }),
            LegalAsk::Review(ask) => Call::ReviewGlass(ReviewGlass {
                ticket: ask.ticket,
                upheld: ask.upheld,
                finding: self.words(ask.ticket.as_bytes(), &ask.finding).await?,
                authority: ask.authority,
            }),
            LegalAsk::Breach(ask) => self.breach_call(ask).await?,
            LegalAsk::DemandName(ticket, authority) => {
                Call::DemandName(DemandName { ticket, authority })
            }
            LegalAsk::NameStaff(ticket) => self.name_call(actor, ticket).await?,
            LegalAsk::Amendment(ask) => self.amendment_call(actor, ask)?,
            LegalAsk::Erasure(ask) => self.erasure_call(actor, ask).await?,
        })
    }

    async fn mandate_call(&self, ask: MandateAsk) -> Result<Call, Error> {
        check_caller_id("caller_id", &ask.caller_id)?;
        Ok(Call::OpenMandate(OpenMandate {
            local: self.local_id("mandate", &ask.caller_id),
            patient: ask.paper.patient,
            purpose: ask.purpose,
            statute: self.words(&ask.caller_id, &ask.statute).await?,
            openings: ask.paper.openings()?,
            until_ms: ask.until_ms,
            notice_ms: ask.notice_ms,
        }))
    }

    async fn breach_call(&self, ask: BreachAsk) -> Result<Call, Error> {
        let mut tickets = ask.tickets;
        tickets.sort_unstable();
        tickets.dedup();
        let named: Vec<u8> = tickets.iter().flat_map(|id| *id.as_bytes()).collect();
        Ok(Call::DeclareBreach(DeclareBreach {
            tickets: List::new(tickets).map_err(|e| Error::invalid("ticket", e.to_string()))?,
            statement: self.words(&named, &ask.statement).await?,
            authority: ask.authority,
        }))
    }

    async fn disclose_call(&self, ask: DiscloseAsk) -> Result<Call, Error> {
        check_caller_id("caller_id", &ask.caller_id)?;
        // A statement that was made a moment ago goes along, too.
        self.wait_for_tip().await?;
        let mut records = ask.records.clone();
        for record in &ask.records {
            // What was said to a refusal to amend goes with it.
            records.extend(self.own_notes(record)?);
        }
        records.extend(self.notes_elsewhere(&ask.paper.patient, &ask.records)?);
        records.sort_unstable();
        records.dedup();
        Ok(Call::Disclose(Disclose {
            local: self.local_id("disclosure", &ask.caller_id),
            patient: ask.paper.patient,
            recipient: ask.recipient,
            cause: ask.cause,
            ground: self.words(&ask.caller_id, &ask.ground).await?,
            records: List::new(records).map_err(|e| Error::invalid("records", e.to_string()))?,
            openings: ask.paper.openings()?,
            until_ms: ask.until_ms,
            notice_ms: ask.notice_ms,
        }))
    }

    /// Says who was behind the pseudonym on a ticket: the member's own id of the person.
    async fn name_call(&self, actor: &Actor, ticket: TicketId) -> Result<Call, Error> {
        let held: Option<Ticket> = self.state(StateKey::ticket(&ticket)).await?;
        let held = held.ok_or(Refusal::TicketUnknown)?;
        let nobody = || Error::invalid("ticket", "must name staff of this member");
        let BasisRef::Care(care) = held.basis else {
            return Err(nobody());
        };
        let person = self.staff_behind(actor, &care.staff)?.ok_or_else(nobody)?;
        let name = self.commit(WORDS, ticket.as_bytes(), &person).await?;
        Ok(Call::NameStaff(NameStaff { ticket, name }))
    }

    pub(crate) async fn words(&self, about: &[u8], text: &str) -> Result<Commitment, Error> {
        self.commit(WORDS, about, text.as_bytes()).await
    }
}
