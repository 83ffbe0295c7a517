//! Permits: consent in more detail than a grant, and consent on paper.
use crate::card::CardPaper;
use crate::committed::Bound;
use crate::id::check_caller_id;
use crate::{Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_envelope::Context;
use amanat_fhir::Category;
use amanat_types::call::{Call, Grantee, Heights, Permit, PermitGrantee, RevokePermit};
use amanat_types::code::GrantAccess;
use amanat_types::codec::List;
use amanat_types::id::Commitment;
use amanat_types::{MemberId, PatientId, PermitId, PublicKey, Purpose, RecordId, TimestampMs};

/// A signed form, as an image or a document.
const FORM: Bound = Bound {
    field: "form",
    bytes_max: 512 * 1024,
};

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

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// The transaction that permits these categories of the paper's patient, with the permit that it gives. The card sends its letter itself.
    ///
    /// One for more than 30 days is in force at once only if the `second` key co-signs; the event says from when it is.
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

    /// The transaction of a permit on witnessed paper, with the permit that it gives and the letter for the grantee's member, if there is one such:
    /// the form stays here, a salted commitment to it goes to the ledger; two practitioners of this member with different roles co-sign. For
    /// a patient who has no working card and whose indexes this member knows.
    ///
    /// Errors: [`Error::Invalid`] (`caller_id`, `categories`, `form`, `purposes`, `records`), [`Error::Refused`] with `GranteeUnknown`, [`Error::Fault`].
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

    /// The transaction that revokes a permit: who speaks for the patient co-signs; one on paper ends by its member alone, too.
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

    /// The one member that acts on a permit.
    async fn home_of(&self, grantee: &PermitGrantee) -> Result<Option<MemberId>, Error> {
        match grantee {
            PermitGrantee::Member(member) => Ok(Some(*member)),
            PermitGrantee::RoleAt(at) => Ok(Some(at.member)),
            PermitGrantee::RoleAtKind(_) | PermitGrantee::RoleAtKindWithin(_) => Ok(None),
            PermitGrantee::Practitioner(id) => {
                let grantee = Grantee::Practitioner(*id);
                Ok(Some(self.member_of(&grantee).await?))
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
        // Nobody's card signs: the key of the paper is not used.
        let nobody = self.inner.config.signer.public_key();
        let paper = self.paper_of(actor, patient, categories, nobody)?;
        let form = self.commit(FORM, &ask.caller_id, form).await?;
        self.permit_call(actor, &paper, ask, Some(form))
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
