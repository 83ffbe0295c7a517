//! The use cases as this door sees them: the exchange, or a stand-in of a test.
use std::future::Future;

use amanat_exchange::accounting::Disclosure;
use amanat_exchange::care::{StaffAsk, TeamAsk};
use amanat_exchange::check_in::CheckInAsk;
use amanat_exchange::consent::GrantAsk;
use amanat_exchange::emergency::BreakGlassAsk;
use amanat_exchange::everything::Page;
use amanat_exchange::explain::Way;
use amanat_exchange::fhir_consent::ConsentAsk;
use amanat_exchange::legal::LegalAsk;
use amanat_exchange::order::OrderAsk;
use amanat_exchange::permit::PermitAsk;
use amanat_exchange::persons::PersonCall;
use amanat_exchange::register::{PractitionerAsk, WithoutCardAsk};
use amanat_exchange::restrict::RestrictAsk;
use amanat_exchange::ticket::TicketAsk;
use amanat_exchange::{
    Accepted, Actor, CardPaper, Deposited, Draft, Error, Exchange, Fault, KnownBasis, Ledger,
    Opened, Prepared, ReadContext, Stores, WriteContext,
};
use amanat_fhir::search::Search;
use amanat_fhir::{Category, Resource, ResourceType};
use amanat_types::call::{Care, LiftRestriction, WriteBasis};
use amanat_types::explain::Explanation;
use amanat_types::id::{Commitment, Salt};
use amanat_types::state::{Amendments, Encounter, GrantState, OrderState, PermitState};
use amanat_types::{
    EncounterId, GrantId, MemberId, OrderId, PatientId, PermitId, PublicKey, RecordId, Signature,
    StateKey, TicketId, TimestampMs,
};
use commonware_codec::DecodeExt as _;

use crate::rights::Rights;

/// A call that waits for signatures from outside.
#[derive(Clone, Debug)]
pub enum Call {
    /// Registers a patient with a card.
    RegisterPatient(CardPaper),
    /// Registers a practitioner, whose key signs.
    RegisterPractitioner(PractitionerAsk, PublicKey),
    /// Opens a visit.
    CheckIn(CardPaper, CheckInAsk),
    /// Gives consent.
    Grant(CardPaper, GrantAsk, Option<PublicKey>),
    /// Takes consent back; the card of this key signs.
    Revoke(GrantId, PublicKey),
    /// Breaks the glass; the practitioner of this key signs.
    BreakGlass(BreakGlassAsk, PublicKey),
    /// Registers a patient without a card, to be written for only; the practitioner of this key signs.
    RegisterWithoutCard(WithoutCardAsk, PublicKey),
    /// Justifies broken glass; the practitioner of this key signs.
    Justify(TicketId, String, PublicKey),
    /// Asks for a ticket that a card or practitioners sign.
    Ticket(TicketAsk, Vec<PublicKey>),
    /// About a person; the keys are of all who sign.
    Person(PersonCall, Vec<PublicKey>),
    /// Gives a permit; the second key signs too, if there is one.
    Permit(CardPaper, PermitAsk, Option<PublicKey>),
    /// Gives a permit on paper: whose and on what, the form, the keys of its witnesses.
    PaperPermit(
        (PatientId, Vec<Category>),
        PermitAsk,
        Vec<u8>,
        [PublicKey; 2],
    ),
    /// Takes a permit back; the card of this key signs, or the member alone for one on paper.
    RevokePermit(PermitId, Option<PublicKey>),
    /// Denies; the card of this key signs.
    Restrict(RestrictAsk, PublicKey),
    /// Ends a restriction; the card of this key signs.
    LiftRestriction(LiftRestriction, PublicKey),
    /// Gives the permits and restrictions of a FHIR Consent, all or none; the second key signs too, if there is one.
    Consent(CardPaper, ConsentAsk, Option<PublicKey>),
    /// Says who cares for a patient.
    Team(TeamAsk, Vec<PublicKey>),
    /// Orders a test, or refers.
    Order(OrderAsk, Vec<PublicKey>),
    /// Law, payment, research, reviews; the keys are of all who sign.
    Legal(LegalAsk, Vec<PublicKey>),
    /// Ends an order; the card of this key signs, or the member alone that placed it.
    EndOrder(OrderId, Option<PublicKey>),
}

/// What co-signers are to sign.
#[derive(Clone, Debug)]
pub struct ToSign {
    /// The transaction.
    pub prepared: Prepared,
    /// The letter that goes with it off the ledger, where this member writes it.
    pub letter: Option<Vec<u8>>,
}

impl From<Prepared> for ToSign {
    fn from(prepared: Prepared) -> Self {
        Self {
            prepared,
            letter: None,
        }
    }
}

/// What a handler may call: each a use case of [`Exchange`] with the same promises.
pub trait Cases: Rights {
    /// Whose gateway.
    fn member(&self) -> MemberId;
    /// Whether reads and writes would work now.
    fn ready(&self) -> impl Future<Output = Result<(), Error>> + Send;
    /// The record that a draft with this caller's id becomes.
    fn record_id(&self, actor: &Actor, caller_id: &[u8]) -> RecordId;
    /// The pseudonym behind the FHIR id of a Patient.
    fn patient_of(&self, actor: &Actor, logical: &str) -> Result<Option<PatientId>, Error>;
    /// What lets the member read or write a patient's records now.
    fn bases(&self, actor: &Actor, patient: &PatientId) -> Result<Vec<KnownBasis>, Error>;
    /// What this member knows of these categories of a patient, as a card with this key would show it.
    fn paper_of(
        &self,
        actor: &Actor,
        patient: PatientId,
        categories: &[Category],
        key: PublicKey,
    ) -> Result<CardPaper, Error>;
    /// Whose records a basis to write is about, by finalised state.
    fn patient_of_basis(
        &self,
        actor: &Actor,
        basis: &WriteBasis,
    ) -> impl Future<Output = Result<Option<PatientId>, Error>> + Send;
    /// Deposits drafts, all or none.
    fn deposit(
        &self,
        actor: &Actor,
        context: Option<&WriteContext>,
        drafts: Vec<Draft>,
    ) -> impl Future<Output = Result<Vec<Deposited>, Error>> + Send;
    /// Opens one record.
    fn read(
        &self,
        actor: &Actor,
        context: &ReadContext,
        record: RecordId,
    ) -> impl Future<Output = Result<Opened, Error>> + Send;
    /// Finds resources of a type.
    fn search(
        &self,
        actor: &Actor,
        context: &ReadContext,
        kind: ResourceType,
        search: &Search,
    ) -> impl Future<Output = Result<Page, Error>> + Send;
    /// Everything of a patient that the basis opens.
    fn everything(
        &self,
        actor: &Actor,
        context: &ReadContext,
        patient: PatientId,
        cursor: Option<&str>,
        count: usize,
    ) -> impl Future<Output = Result<Page, Error>> + Send;
    /// The access log of a patient.
    fn audit_events(
        &self,
        actor: &Actor,
        patient: &PatientId,
        logical: &str,
    ) -> impl Future<Output = Result<Vec<Resource>, Error>> + Send;
    /// To whom records of a patient went, between two times.
    fn accounting(
        &self,
        actor: &Actor,
        patient: &PatientId,
        between: (TimestampMs, TimestampMs),
    ) -> impl Future<Output = Result<Vec<Disclosure>, Error>> + Send;
    /// Every way to a patient's records that is open, or to one record.
    fn who_could(
        &self,
        actor: &Actor,
        patient: &PatientId,
        record: Option<RecordId>,
    ) -> impl Future<Output = Result<Vec<Way>, Error>> + Send;
    /// Why a read would be granted or refused now.
    fn explain(
        &self,
        actor: &Actor,
        context: &ReadContext,
        record: RecordId,
    ) -> impl Future<Output = Result<Explanation, Error>> + Send;
    /// What a patient permits and denies now, as Consents.
    fn consents_in_force(
        &self,
        actor: &Actor,
        patient: &PatientId,
        logical: &str,
    ) -> impl Future<Output = Result<Vec<Resource>, Error>> + Send;
    /// The transaction of a call.
    fn prepare(
        &self,
        actor: &Actor,
        call: Call,
    ) -> impl Future<Output = Result<ToSign, Error>> + Send;
    /// Submits a prepared transaction with its co-signers' signatures.
    fn submit(
        &self,
        actor: &Actor,
        prepared: Prepared,
        cosignatures: Vec<Signature>,
    ) -> impl Future<Output = Result<Accepted, Error>> + Send;
    /// Takes a grant letter.
    fn accept_letter(
        &self,
        actor: &Actor,
        letter: &[u8],
    ) -> impl Future<Output = Result<(PatientId, Vec<Category>), Error>> + Send;
    /// The content behind a commitment of this member, with its salt.
    fn committed(
        &self,
        actor: &Actor,
        commitment: &Commitment,
    ) -> Result<Option<(Salt, Vec<u8>)>, Error>;
    /// Ends a visit; with a grace in milliseconds it ends writing only, and reading after that.
    fn discharge(
        &self,
        actor: &Actor,
        encounter: EncounterId,
        grace_ms: Option<u64>,
    ) -> impl Future<Output = Result<Accepted, Error>> + Send;
    /// Under which name somebody of the staff without a card reads during a visit.
    fn staff(
        &self,
        actor: &Actor,
        encounter: EncounterId,
        ask: &StaffAsk,
    ) -> impl Future<Output = Result<Care, Error>> + Send;
}

impl<L: Ledger, S: Stores> Cases for Exchange<L, S> {
    fn member(&self) -> MemberId {
        Self::member(self)
    }

    async fn ready(&self) -> Result<(), Error> {
        Self::ready(self).await?.map_err(|why| {
            Error::from(Fault::Unavailable {
                address: why.to_string(),
                retry_after_ms: 2_000,
            })
        })
    }

    fn record_id(&self, actor: &Actor, caller_id: &[u8]) -> RecordId {
        Self::record_id(self, actor, caller_id)
    }

    fn patient_of(&self, actor: &Actor, logical: &str) -> Result<Option<PatientId>, Error> {
        Self::patient_of(self, actor, logical)
    }

    fn bases(&self, actor: &Actor, patient: &PatientId) -> Result<Vec<KnownBasis>, Error> {
        Self::bases(self, actor, patient)
    }

    fn paper_of(
        &self,
        actor: &Actor,
        patient: PatientId,
        categories: &[Category],
        key: PublicKey,
    ) -> Result<CardPaper, Error> {
        Self::paper_of(self, actor, patient, categories, key)
    }

    async fn patient_of_basis(
        &self,
        _: &Actor,
        basis: &WriteBasis,
    ) -> Result<Option<PatientId>, Error> {
        let key = match basis {
            WriteBasis::Encounter(encounter) => StateKey::encounter(encounter),
            WriteBasis::Grant(grant) => StateKey::grant(grant),
            WriteBasis::Permit(permit) => StateKey::permit(permit),
            WriteBasis::Order(order) => StateKey::order(order),
            WriteBasis::Amendment(id) => StateKey::amendments(&id.record),
            WriteBasis::Directory(_) => return Ok(None),
        };
        let answer = self.ledger().state(vec![key]).await?;
        let value = answer
            .values
            .iter()
            .flatten()
            .next()
            .map(|value| value.to_vec());
        Ok(value.and_then(|value| match basis {
            WriteBasis::Encounter(_) => Encounter::decode(value).ok().map(|one| one.patient),
            WriteBasis::Permit(_) => PermitState::decode(value).ok().map(|one| one.patient),
            WriteBasis::Order(_) => OrderState::decode(value).ok().map(|one| one.patient),
            WriteBasis::Amendment(_) => Amendments::decode(value).ok().map(|one| one.patient),
            _ => GrantState::decode(value).ok().map(|one| one.patient),
        }))
    }

    async fn deposit(
        &self,
        actor: &Actor,
        context: Option<&WriteContext>,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Deposited>, Error> {
        self.deposit_bundle(actor, context, drafts).await
    }

    async fn read(
        &self,
        actor: &Actor,
        context: &ReadContext,
        record: RecordId,
    ) -> Result<Opened, Error> {
        Self::read(self, actor, context, record).await
    }

    async fn search(
        &self,
        actor: &Actor,
        context: &ReadContext,
        kind: ResourceType,
        search: &Search,
    ) -> Result<Page, Error> {
        Self::search(self, actor, context, kind, search).await
    }

    async fn everything(
        &self,
        actor: &Actor,
        context: &ReadContext,
        patient: PatientId,
        cursor: Option<&str>,
        count: usize,
    ) -> Result<Page, Error> {
        Self::everything(self, actor, context, patient, cursor, count).await
    }

    async fn audit_events(
        &self,
        actor: &Actor,
        patient: &PatientId,
        logical: &str,
    ) -> Result<Vec<Resource>, Error> {
        Self::audit_events(self, actor, patient, logical).await
    }

    async fn accounting(
        &self,
        actor: &Actor,
        patient: &PatientId,
        between: (TimestampMs, TimestampMs),
    ) -> Result<Vec<Disclosure>, Error> {
        Self::accounting(self, actor, patient, between).await
    }

    async fn who_could(
        &self,
        actor: &Actor,
        patient: &PatientId,
        record: Option<RecordId>,
    ) -> Result<Vec<Way>, Error> {
        Self::who_could(self, actor, patient, record).await
    }

    async fn explain(
        &self,
        actor: &Actor,
        context: &ReadContext,
        record: RecordId,
    ) -> Result<Explanation, Error> {
        Self::explain(self, actor, context, record).await
    }

    async fn consents_in_force(
        &self,
        actor: &Actor,
        patient: &PatientId,
        logical: &str,
    ) -> Result<Vec<Resource>, Error> {
        Self::consents_in_force(self, actor, patient, logical).await
    }

    async fn prepare(&self, actor: &Actor, call: Call) -> Result<ToSign, Error> {
        let prepared = match call {
            Call::RegisterPatient(paper) => self.prepare_patient(actor, &paper).await?,
            Call::RegisterPractitioner(ask, key) => {
                self.prepare_practitioner(actor, ask, key).await?.1
            }
            Call::CheckIn(paper, ask) => self.prepare_check_in(actor, &paper, ask).await?,
            Call::Grant(paper, ask, second) => {
                self.prepare_grant(actor, &paper, ask, second).await?.1
            }
            Call::Revoke(grant, card) => self.prepare_revoke(actor, grant, card).await?,
            Call::BreakGlass(ask, key) => self.prepare_break_glass(actor, ask, key).await?.1,
            Call::RegisterWithoutCard(ask, key) => {
                self.prepare_without_card(actor, ask, key).await?.1
            }
            Call::Justify(ticket, text, key) => {
                self.prepare_justify(actor, ticket, &text, key).await?
            }
            Call::Ticket(ask, keys) => self.prepare_ticket(actor, ask, &keys).await?,
            Call::Person(call, keys) => self.prepare_person(actor, call, &keys).await?,
            Call::Permit(paper, ask, second) => {
                self.prepare_permit(actor, &paper, ask, second).await?.1
            }
            Call::PaperPermit((patient, categories), ask, form, witnesses) => {
                let whose = (patient, categories.as_slice());
                let made = self.prepare_permit_on_paper(actor, whose, ask, &form, witnesses);
                let (_, letter, prepared) = made.await?;
                return Ok(ToSign { prepared, letter });
            }
            Call::RevokePermit(permit, key) => {
                self.prepare_revoke_permit(actor, permit, key).await?
            }
            Call::Restrict(ask, key) => self.prepare_restrict(actor, ask, key).await?.1,
            Call::LiftRestriction(call, key) => {
                self.prepare_lift_restriction(actor, call, key).await?
            }
            Call::Consent(paper, ask, second) => {
                self.prepare_consent(actor, &paper, &ask, second).await?
            }
            Call::Legal(ask, keys) => self.prepare_legal(actor, ask, &keys).await?,
            Call::Team(ask, keys) => self.prepare_assign_care(actor, ask, &keys).await?,
            Call::Order(ask, keys) => {
                let (_, letter, prepared) = self.prepare_order(actor, ask, &keys).await?;
                let letter = Some(letter);
                return Ok(ToSign { prepared, letter });
            }
            Call::EndOrder(order, key) => self.prepare_end_order(actor, order, key).await?,
        };
        Ok(prepared.into())
    }

    async fn submit(
        &self,
        actor: &Actor,
        prepared: Prepared,
        cosignatures: Vec<Signature>,
    ) -> Result<Accepted, Error> {
        self.submit_prepared(actor, prepared, cosignatures).await
    }

    async fn accept_letter(
        &self,
        actor: &Actor,
        letter: &[u8],
    ) -> Result<(PatientId, Vec<Category>), Error> {
        Self::accept_letter(self, actor, letter).await
    }

    fn committed(
        &self,
        actor: &Actor,
        commitment: &Commitment,
    ) -> Result<Option<(Salt, Vec<u8>)>, Error> {
        Self::committed(self, actor, commitment)
    }

    async fn discharge(
        &self,
        actor: &Actor,
        encounter: EncounterId,
        grace_ms: Option<u64>,
    ) -> Result<Accepted, Error> {
        match grace_ms {
            None => Self::discharge(self, actor, encounter).await,
            Some(grace_ms) => self.close_visit(actor, encounter, grace_ms).await,
        }
    }

    async fn staff(
        &self,
        actor: &Actor,
        encounter: EncounterId,
        ask: &StaffAsk,
    ) -> Result<Care, Error> {
        Self::staff(self, actor, encounter, ask).await
    }
}
