//! Registration: practitioners, patients with a card, patients without one.
use crate::card::{Card, CardPaper, Cosigner, patient_categories};
use crate::id::check_caller_id;
use crate::{Accepted, Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_fhir::Category;
use amanat_types::call::{
    Call, DeclareIndexes, IndexDeclaration, Opening, RegisterPatient, RegisterPractitioner,
    RegisterWithoutCard,
};
use amanat_types::code::{RegistrationReason, Role};
use amanat_types::codec::{List, TooMany};
use amanat_types::id::Commitment;
use amanat_types::state::IndexOwner;
use amanat_types::{
    EncounterId, Event, PatientId, PractitionerId, PublicKey, Refusal, StateKey, TimestampMs,
};

/// A practitioner to register.
#[derive(Clone, Debug)]
pub struct PractitionerAsk {
    /// What the caller calls the practitioner; unique for ever.
    pub caller_id: Vec<u8>,
    /// Role.
    pub role: Role,
    /// End, exclusive.
    pub until_ms: TimestampMs,
}

/// A patient without a card, to be registered for writing only.
#[derive(Clone, Debug)]
pub struct WithoutCardAsk {
    /// What the caller calls the registration; unique for ever.
    pub caller_id: Vec<u8>,
    /// A patient registered here without a card before; else a new pseudonym is made.
    pub patient: Option<PatientId>,
    /// Why there is no card.
    pub reason: RegistrationReason,
    /// End, exclusive; at most 24 hours ahead.
    pub until_ms: TimestampMs,
}

/// A registration encounter.
#[derive(Clone, Debug)]
pub struct RegisteredWithoutCard {
    /// The pseudonym.
    pub patient: PatientId,
    /// The encounter: a basis to write.
    pub encounter: EncounterId,
    /// The transaction.
    pub accepted: Accepted,
}

fn too_many(error: TooMany) -> Error {
    Error::invalid("categories", error.to_string())
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Registers a practitioner of this member, whose key co-signs.
    pub async fn register_practitioner(
        &self,
        actor: &Actor,
        ask: PractitionerAsk,
        key: &dyn Cosigner,
    ) -> Result<(PractitionerId, Accepted), Error> {
        let (id, call) = self.practitioner_call(actor, &ask, key.public_key())?;
        Ok((id, self.submit(vec![call], &[key]).await?))
    }

    /// The transaction of [`Self::register_practitioner`].
    pub async fn prepare_practitioner(
        &self,
        actor: &Actor,
        ask: PractitionerAsk,
        key: PublicKey,
    ) -> Result<(PractitionerId, Prepared), Error> {
        let (id, call) = self.practitioner_call(actor, &ask, key)?;
        Ok((id, self.prepare(vec![call], &[key]).await?))
    }

    fn practitioner_call(
        &self,
        actor: &Actor,
        ask: &PractitionerAsk,
        key: PublicKey,
    ) -> Result<(PractitionerId, Call), Error> {
        self.admit(actor)?;
        check_caller_id("caller_id", &ask.caller_id)?;
        let local = self.local_id("practitioner", &ask.caller_id);
        let call = Call::RegisterPractitioner(RegisterPractitioner {
            local,
            key,
            role: ask.role,
            until_ms: ask.until_ms,
        });
        Ok((PractitionerId::derive(self.member(), local), call))
    }

    /// Registers a patient with a card: declares the indexes of all categories, then the pseudonym. The card co-signs.
    ///
    /// A repeat gives the first registration again.
    pub async fn register_patient(
        &self,
        actor: &Actor,
        card: &dyn Card,
    ) -> Result<Accepted, Error> {
        self.admit(actor)?;
        let paper = card.paper(&patient_categories());
        let calls = self.patient_calls(&paper).await?;
        match self.submit(calls, &[&CardCosigner(card)]).await {
            Err(Error::Refused(Refusal::PatientExists | Refusal::KeyTaken)) => {
                let happened = |event: &Event| matches!(event, Event::PatientRegistered(_));
                self.happened(&paper.patient, happened, Refusal::PatientExists)
                    .await
            }
            other => other,
        }
    }

    /// The transaction of [`Self::register_patient`]; the paper should show all categories.
    pub async fn prepare_patient(
        &self,
        actor: &Actor,
        paper: &CardPaper,
    ) -> Result<Prepared, Error> {
        self.admit(actor)?;
        let calls = self.patient_calls(paper).await?;
        self.prepare(calls, &[paper.key]).await
    }

    async fn patient_calls(&self, paper: &CardPaper) -> Result<Vec<Call>, Error> {
        let shown = paper.openings.iter();
        let emergency = shown.filter(|(category, _)| category.is_emergency());
        let emergency = emergency.map(|(_, opening)| opening.clone()).collect();
        let mut calls = self.declarations(paper.patient, &paper.openings).await?;
        calls.push(Call::RegisterPatient(RegisterPatient {
            patient: paper.patient,
            card: paper.key,
            emergency: List::new(emergency).map_err(too_many)?,
        }));
        Ok(calls)
    }

    /// Declares those indexes that the ledger does not know yet.
    async fn declarations(
        &self,
        patient: PatientId,
        openings: &[(Category, Opening)],
    ) -> Result<Vec<Call>, Error> {
        let keys = openings.iter().map(|(_, one)| StateKey::index(&one.index));
        let known: Vec<Option<IndexOwner>> = self.states(keys.collect()).await?;
        let unknown = openings
            .iter()
            .zip(known)
            .filter(|(_, owner)| owner.is_none());
        let declarations: Vec<IndexDeclaration> = unknown
            .map(|((_, Opening { index, salt }), _)| IndexDeclaration {
                index: *index,
                owner: Commitment::owner(salt, &patient, index),
            })
            .collect();
        if declarations.is_empty() {
            return Ok(Vec::new());
        }
        let declarations = List::new(declarations).map_err(too_many)?;
        Ok(vec![Call::DeclareIndexes(DeclareIndexes { declarations })])
    }

    /// Registers a patient without a card; a practitioner of this member co-signs. Idempotent by the caller's id.
    ///
    /// The pseudonym of a new patient follows from the caller's id under the member's secret, so that a repeat after a crash finds it.
    pub async fn register_without_card(
        &self,
        actor: &Actor,
        ask: WithoutCardAsk,
        practitioner: &dyn Cosigner,
    ) -> Result<RegisteredWithoutCard, Error> {
        let (patient, encounter, calls) = self.without_card_calls(actor, &ask).await?;
        let accepted = match self.submit(calls, &[practitioner]).await {
            Err(Error::Refused(Refusal::EncounterExists)) => {
                self.encounter_opened(&patient, encounter).await?
            }
            other => other?,
        };
        Ok(RegisteredWithoutCard {
            patient,
            encounter,
            accepted,
        })
    }

    /// The transaction of [`Self::register_without_card`], with the pseudonym and the encounter that it gives.
    pub async fn prepare_without_card(
        &self,
        actor: &Actor,
        ask: WithoutCardAsk,
        practitioner: PublicKey,
    ) -> Result<((PatientId, EncounterId), Prepared), Error> {
        let (patient, encounter, calls) = self.without_card_calls(actor, &ask).await?;
        let prepared = self.prepare(calls, &[practitioner]).await?;
        Ok(((patient, encounter), prepared))
    }

    async fn without_card_calls(
        &self,
        actor: &Actor,
        ask: &WithoutCardAsk,
    ) -> Result<(PatientId, EncounterId, Vec<Call>), Error> {
        self.admit(actor)?;
        check_caller_id("caller_id", &ask.caller_id)?;
        let made = self.local_id("patient", &ask.caller_id);
        let patient = ask.patient.unwrap_or(PatientId::new(*made.as_bytes()));
        let local = self.local_id("encounter", &ask.caller_id);
        let encounter = EncounterId::derive(self.member(), local);
        let root = self.root_of(patient).await?;
        let shown: Vec<(Category, Opening)> = patient_categories()
            .into_iter()
            .map(|category| (category, root.opening(category.number())))
            .collect();
        let emergency = shown.iter().filter(|(category, _)| category.is_emergency());
        let emergency = emergency.map(|(_, opening)| opening.index).collect();
        let openings = shown.iter().map(|(_, opening)| opening.clone()).collect();
        let mut calls = self.declarations(patient, &shown).await?;
        calls.push(Call::RegisterWithoutCard(RegisterWithoutCard {
            local,
            patient,
            reason: ask.reason,
            openings: List::new(openings).map_err(too_many)?,
            emergency: List::new(emergency).map_err(too_many)?,
            until_ms: ask.until_ms,
        }));
        Ok((patient, encounter, calls))
    }

    /// The transaction that opened an encounter before.
    pub(crate) async fn encounter_opened(
        &self,
        patient: &PatientId,
        encounter: EncounterId,
    ) -> Result<Accepted, Error> {
        let happened = |event: &Event| matches!(event, Event::EncounterOpened(opened) if opened.encounter == encounter);
        self.happened(patient, happened, Refusal::EncounterExists)
            .await
    }

    /// A moment of a patient's timeline as the answer to a repeat; else the refusal that the repeat met.
    pub(crate) async fn happened(
        &self,
        patient: &PatientId,
        wanted: impl Fn(&Event) -> bool,
        refusal: Refusal,
    ) -> Result<Accepted, Error> {
        self.wait_for_tip().await?;
        let timeline = self.inner.model.timeline(patient)?;
        let moment = timeline.into_iter().find(|moment| wanted(&moment.event));
        let moment = moment.ok_or(refusal)?;
        Ok(Accepted {
            transaction: moment.transaction,
            height: moment.place.height,
            time_ms: moment.time_ms,
            events: vec![moment.event],
        })
    }

    /// Waits until what the own node knows now is folded.
    pub(crate) async fn wait_for_tip(&self) -> Result<(), Error> {
        let status = self.inner.ledger.status().await?;
        self.wait_for(amanat_types::Height::new(status.height))
            .await
    }
}

/// A card, seen as a co-signer only.
pub(crate) struct CardCosigner<'c>(pub(crate) &'c dyn Card);

impl Cosigner for CardCosigner<'_> {
    fn public_key(&self) -> PublicKey {
        self.0.public_key()
    }
    fn cosign(
        &self,
        transaction: &amanat_types::TransactionId,
    ) -> Result<amanat_types::Signature, Error> {
        self.0.cosign(transaction)
    }
}
