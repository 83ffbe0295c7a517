//! Permits: consent in more detail than a grant, and consent on paper.
use crate::card::{Card, CardPaper, Cosigner};
use crate::id::check_caller_id;
use crate::register::CardCosigner;
use crate::{Accepted, Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_envelope::Context;
use amanat_fhir::Category;
use amanat_projection::Table;
use amanat_types::call::{Call, Heights, Permit, PermitGrantee, RevokePermit};
use amanat_types::code::GrantAccess;
use amanat_types::codec::List;
use amanat_types::id::{Commitment, Salt};
use amanat_types::state::Practitioner;
use amanat_types::{
    Event, MemberId, PatientId, PermitId, PublicKey, Purpose, RecordId, Refusal, StateKey,
    TimestampMs,
};

/// Bytes of a signed form.
pub const FORM_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of the salt before a kept form.
const SALT_BYTES: usize = 32;
/// Permit -> salt and content of its signed form, of which the ledger has the commitment.
const FORM: Table = Table::new("consent-form");

/// A permit to give.
#[derive(Clone, Debug)]
pub struct PermitAsk {
    /// What the caller calls it; unique for ever.
    pub caller_id: Vec<u8>,
    /// To whom.
    pub grantee: PermitGrantee,
    /// To do what.
    pub access: GrantAccess,
    /// For which purposes; at least one.
    pub purposes: Vec<Purpose>,
    /// Only on these records of the categories; empty for all.
    pub records: Vec<RecordId>,
    /// Only on records that were deposited at these heights.
    pub deposited: Option<Heights>,
    /// From when; now if it is left out.
    pub from_ms: Option<TimestampMs>,
    /// End, exclusive.
    pub until_ms: TimestampMs,
}

/// A permit that stands on the ledger.
#[derive(Clone, Debug)]
pub struct Permitted {
    /// Which.
    pub permit: PermitId,
    /// The letter for the grantee's member, sealed to it; none if any member of a kind is the grantee.
    pub letter: Option<Vec<u8>>,
    /// The transaction; its event says from when the permit is in force.
    pub accepted: Accepted,
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Permits these categories of the card's patient. Idempotent by the caller's id.
    ///
    /// One for more than 30 days is in force at once only if the `second` key co-signs.
    pub async fn permit(
        &self,
        actor: &Actor,
        card: &dyn Card,
        categories: &[Category],
        ask: PermitAsk,
        second: Option<&dyn Cosigner>,
    ) -> Result<Permitted, Error> {
        let paper = card.paper(categories);
        let (permit, call) = self.permit_call(actor, &paper, &ask, None)?;
        let letter = match self.home_of(&ask.grantee).await? {
            None => None,
            Some(member) => {
                let sealing = self.sealing(member).await?;
                let context = Context::Permit(permit);
                Some(card.letter(categories, &sealing, &self.network(), &context)?)
            }
        };
        let cosigner = CardCosigner(card);
        let mut cosigners: Vec<&dyn Cosigner> = vec![&cosigner];
        cosigners.extend(second);
        let accepted = self
            .permitted(paper.patient, permit, call, &cosigners)
            .await?;
        Ok(Permitted {
            permit,
            letter,
            accepted,
        })
    }

    /// The transaction of [`Self::permit`], with the permit that it gives. The card sends its letter itself.
    pub async fn prepare_permit(
        &self,
        actor: &Actor,
        paper: &CardPaper,
        ask: PermitAsk,
        second: Option<PublicKey>,
    ) -> Result<(PermitId, Prepared), Error> {
        let (permit, call) = self.permit_call(actor, paper, &ask, None)?;
        let mut keys = vec![paper.key];
        keys.extend(second);
        Ok((permit, self.prepare(vec![call], &keys).await?))
    }

    /// Permits on witnessed paper: the form stays here, a salted commitment to it goes to the ledger; two practitioners of this member with
    /// different roles co-sign. For a patient who has no working card and whose indexes this member knows. Idempotent by the caller's id.
    pub async fn permit_on_paper(
        &self,
        actor: &Actor,
        (patient, categories): (PatientId, &[Category]),
        ask: PermitAsk,
        form: &[u8],
        witnesses: [&dyn Cosigner; 2],
    ) -> Result<Permitted, Error> {
        let (permit, call) = self
            .paper_call(actor, (patient, categories), &ask, form)
            .await?;
        let letter = self
            .paper_letter(actor, (patient, categories), permit, &ask)
            .await?;
        let accepted = self.permitted(patient, permit, call, &witnesses).await?;
        Ok(Permitted {
            permit,
            letter,
            accepted,
        })
    }

    /// The transaction of [`Self::permit_on_paper`], with the permit that it gives and its letter.
    pub async fn prepare_permit_on_paper(
        &self,
        actor: &Actor,
        (patient, categories): (PatientId, &[Category]),
        ask: PermitAsk,
        form: &[u8],
        witnesses: [PublicKey; 2],
    ) -> Result<(PermitId, Option<Vec<u8>>, Prepared), Error> {
        let (permit, call) = self
            .paper_call(actor, (patient, categories), &ask, form)
            .await?;
        let letter = self
            .paper_letter(actor, (patient, categories), permit, &ask)
            .await?;
        Ok((permit, letter, self.prepare(vec![call], &witnesses).await?))
    }

    /// The signed form of a permit on paper that this member keeps.
    pub fn form_of(&self, actor: &Actor, permit: &PermitId) -> Result<Option<Vec<u8>>, Error> {
        self.admit(actor)?;
        let kept = self.inner.store.view()?.get(FORM, b"", permit.as_bytes())?;
        Ok(kept.map(|kept| kept.get(SALT_BYTES..).unwrap_or_default().to_vec()))
    }

    /// Revokes a permit: who speaks for the patient co-signs; one on paper ends by its member alone, too.
    pub async fn revoke_permit(
        &self,
        actor: &Actor,
        permit: PermitId,
        speaker: Option<&dyn Cosigner>,
    ) -> Result<Accepted, Error> {
        self.admit(actor)?;
        let cosigners: Vec<&dyn Cosigner> = speaker.into_iter().collect();
        let call = Call::RevokePermit(RevokePermit { permit });
        self.submit(vec![call], &cosigners).await
    }

    /// The transaction of [`Self::revoke_permit`].
    pub async fn prepare_revoke_permit(
        &self,
        actor: &Actor,
        permit: PermitId,
        speaker: Option<PublicKey>,
    ) -> Result<Prepared, Error> {
        self.admit(actor)?;
        let call = Call::RevokePermit(RevokePermit { permit });
        self.prepare(vec![call], speaker.as_slice()).await
    }

    async fn permitted(
        &self,
        patient: PatientId,
        permit: PermitId,
        call: Call,
        cosigners: &[&dyn Cosigner],
    ) -> Result<Accepted, Error> {
        match self.submit(vec![call], cosigners).await {
            Err(Error::Refused(Refusal::PermitExists)) => {
                let happened = |event: &Event| matches!(event, Event::PermitGiven(given) if given.permit == permit);
                self.happened(&patient, happened, Refusal::PermitExists)
                    .await
            }
            other => other,
        }
    }

    /// The one member that acts on a permit.
    async fn home_of(&self, grantee: &PermitGrantee) -> Result<Option<MemberId>, Error> {
        match grantee {
            PermitGrantee::Member(member) => Ok(Some(*member)),
            PermitGrantee::RoleAt(at) => Ok(Some(at.member)),
            PermitGrantee::RoleAtKind(_) => Ok(None),
            PermitGrantee::Practitioner(id) => {
                let practitioner: Option<Practitioner> =
                    self.state(StateKey::practitioner(id)).await?;
                Ok(Some(practitioner.ok_or(Refusal::GranteeUnknown)?.member))
            }
        }
    }

    /// The letter for the grantee's member, from what this one knows: no card writes it.
    async fn paper_letter(
        &self,
        actor: &Actor,
        (patient, categories): (PatientId, &[Category]),
        permit: PermitId,
        ask: &PermitAsk,
    ) -> Result<Option<Vec<u8>>, Error> {
        match self.home_of(&ask.grantee).await? {
            None => Ok(None),
            Some(member) => {
                let to = (member, Context::Permit(permit));
                Ok(Some(self.letter_on(actor, patient, categories, to).await?))
            }
        }
    }

    /// Keeps the form, then commits to it.
    async fn paper_call(
        &self,
        actor: &Actor,
        (patient, categories): (PatientId, &[Category]),
        ask: &PermitAsk,
        form: &[u8],
    ) -> Result<(PermitId, Call), Error> {
        if !(1..=FORM_BYTES_MAX).contains(&form.len()) {
            return Err(Error::invalid("form", "a signed form has 1 byte to 1 MiB"));
        }
        // Nobody's card signs: the key of the paper is not used.
        let nobody = self.inner.config.signer.public_key();
        let paper = self.paper_of(actor, patient, categories, nobody)?;
        // The salt follows from the caller's id and the form, so that a repeat commits to the same.
        let about = [ask.caller_id.as_slice(), &[0], form].concat();
        let salt = Salt::new(self.keyed("consent-form", &about));
        let commitment = Commitment::text(&salt, form);
        let (permit, call) = self.permit_call(actor, &paper, ask, Some(commitment))?;
        let kept = [salt.as_bytes().as_slice(), form].concat();
        self.write(
            move |batch| match batch.get(FORM, b"", permit.as_bytes())? {
                Some(_) => Ok(()),
                None => batch.put(FORM, b"", permit.as_bytes(), &kept),
            },
        )
        .await?;
        Ok((permit, call))
    }

    pub(crate) fn permit_call(
        &self,
        actor: &Actor,
        paper: &CardPaper,
        ask: &PermitAsk,
        form: Option<Commitment>,
    ) -> Result<(PermitId, Call), Error> {
        self.admit(actor)?;
        check_caller_id("caller_id", &ask.caller_id)?;
        let (mut purposes, mut records) = (ask.purposes.clone(), ask.records.clone());
        purposes.sort_unstable();
        purposes.dedup();
        records.sort_unstable();
        records.dedup();
        let local = self.local_id("permit", &ask.caller_id);
        let call = Call::Permit(Permit {
            local,
            patient: paper.patient,
            grantee: ask.grantee,
            access: ask.access,
            purposes: List::new(purposes).map_err(|e| Error::invalid("purposes", e.to_string()))?,
            openings: paper.openings()?,
            records: List::new(records).map_err(|e| Error::invalid("records", e.to_string()))?,
            deposited: ask.deposited,
            from_ms: ask.from_ms.unwrap_or(TimestampMs::new(0)),
            until_ms: ask.until_ms,
            form,
        });
        Ok((PermitId::derive(self.member(), local), call))
    }
}
