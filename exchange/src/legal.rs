//! Law, payment and research: mandates of authorities, disclosures of own records, studies, and the review of broken glass.
//!
//! What the ledger has a commitment of (statute, claim, protocol, finding, name) is a text that stays here, encrypted, kept before the ledger hears
//! of it; its salt follows from caller and text, so that a repeat commits to the same.
use crate::card::{CardPaper, Cosigner};
use crate::id::check_caller_id;
use crate::{Accepted, Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_projection::Table;
use amanat_types::call::{
    ApproveStudy, Call, DemandName, Disclose, EndDisclosure, EndMandate, EndStudy, Enrol,
    NameStaff, OpenMandate, RegisterStudy, ReviewGlass, Withdraw,
};
use amanat_types::code::{DisclosureCause, Purpose};
use amanat_types::codec::List;
use amanat_types::id::{Commitment, Salt};
use amanat_types::state::{BasisRef, Ticket};
use amanat_types::{
    DisclosureId, EnrolmentId, MandateId, MemberId, PublicKey, RecordId, Refusal, StateKey,
    StudyId, TicketId, TimestampMs,
};

/// Bytes of a text that is kept.
pub const GROUND_BYTES_MAX: usize = 4096;
/// Commitment -> salt and text.
const GROUND: Table = Table::new("ground");
/// Bytes of the salt before a kept text.
const SALT_BYTES: usize = 32;

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

/// A call of law, payment or research.
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
    /// Demands who a staff pseudonym on a ticket was, for an authority.
    DemandName(TicketId, MemberId),
    /// Says who a staff pseudonym of this member was.
    NameStaff(TicketId),
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Brings a call of law, payment or research to the ledger, with co-signers at hand; who must sign stands at each call.
    ///
    /// Errors: [`Error::Invalid`] (`caller_id`, `text`, `records`; `ticket`, if it names no staff of this member), [`Error::Refused`], [`Error::Fault`].
    pub async fn legal(
        &self,
        actor: &Actor,
        ask: LegalAsk,
        cosigners: &[&dyn Cosigner],
    ) -> Result<Accepted, Error> {
        let call = self.legal_call(actor, ask).await?;
        self.submit(vec![call], cosigners).await
    }

    /// The transaction of [`Self::legal`].
    pub async fn prepare_legal(
        &self,
        actor: &Actor,
        ask: LegalAsk,
        cosigners: &[PublicKey],
    ) -> Result<Prepared, Error> {
        let call = self.legal_call(actor, ask).await?;
        self.prepare(vec![call], cosigners).await
    }

    /// The text behind a commitment that this member made, with the salt that opens it.
    pub fn ground_of(
        &self,
        actor: &Actor,
        commitment: &Commitment,
    ) -> Result<Option<(Salt, String)>, Error> {
        self.admit(actor)?;
        let view = self.inner.store.view()?;
        let Some(kept) = view.get(GROUND, b"", commitment.as_bytes())? else {
            return Ok(None);
        };
        let (salt, text) = kept
            .split_first_chunk::<SALT_BYTES>()
            .ok_or_else(|| Error::damaged("a kept text", "it is too short"))?;
        let text = String::from_utf8(text.to_vec());
        let text = text.map_err(|error| Error::damaged("a kept text", error))?;
        Ok(Some((Salt::new(*salt), text)))
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
                    protocol: self.commit(&ask.caller_id, &ask.protocol).await?,
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
                finding: self.commit(ask.ticket.as_bytes(), &ask.finding).await?,
                authority: ask.authority,
            }),
            LegalAsk::DemandName(ticket, authority) => {
                Call::DemandName(DemandName { ticket, authority })
            }
            LegalAsk::NameStaff(ticket) => self.name_call(actor, ticket).await?,
        })
    }

    async fn mandate_call(&self, ask: MandateAsk) -> Result<Call, Error> {
        check_caller_id("caller_id", &ask.caller_id)?;
        Ok(Call::OpenMandate(OpenMandate {
            local: self.local_id("mandate", &ask.caller_id),
            patient: ask.paper.patient,
            purpose: ask.purpose,
            statute: self.commit(&ask.caller_id, &ask.statute).await?,
            openings: ask.paper.openings()?,
            until_ms: ask.until_ms,
            notice_ms: ask.notice_ms,
        }))
    }

    async fn disclose_call(&self, ask: DiscloseAsk) -> Result<Call, Error> {
        check_caller_id("caller_id", &ask.caller_id)?;
        let mut records = ask.records;
        records.sort_unstable();
        records.dedup();
        Ok(Call::Disclose(Disclose {
            local: self.local_id("disclosure", &ask.caller_id),
            patient: ask.paper.patient,
            recipient: ask.recipient,
            cause: ask.cause,
            ground: self.commit(&ask.caller_id, &ask.ground).await?,
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
        let person = String::from_utf8(person);
        let person = person.map_err(|error| Error::damaged("a staff's id", error))?;
        let name = self.commit(ticket.as_bytes(), &person).await?;
        Ok(Call::NameStaff(NameStaff { ticket, name }))
    }

    /// Keeps a text, and commits to it.
    async fn commit(&self, about: &[u8], text: &str) -> Result<Commitment, Error> {
        if !(1..=GROUND_BYTES_MAX).contains(&text.len()) {
            return Err(Error::invalid("text", "must have 1 to 4096 bytes"));
        }
        let about = [about, &[0], text.as_bytes()].concat();
        let salt = Salt::new(self.keyed("ground", &about));
        let commitment = Commitment::text(&salt, text.as_bytes());
        let kept = [salt.as_bytes().as_slice(), text.as_bytes()].concat();
        self.write(move |batch| batch.put(GROUND, b"", commitment.as_bytes(), &kept))
            .await?;
        Ok(commitment)
    }
}
