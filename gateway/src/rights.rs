//! What a patient has a right to, as this door sees it: where a record is from, everything in one archive, amendments, notices, and to be found.
use std::future::Future;

use amanat_exchange::archive::{Accounts, Contents, Part};
use amanat_exchange::matching::Matched;
use amanat_exchange::notices::Notices;
use amanat_exchange::opened::OpenedAsk;
use amanat_exchange::{
    Accepted, Actor, AmendmentRow, Deposited, Draft, Error, Exchange, GlassRow, Ledger, Opened,
    OpenedRow, ReadContext, Stores, WriteContext,
};
use amanat_fhir::{Checked, Resource};
use amanat_types::code::RetractReason;
use amanat_types::{MemberId, PatientId, RecordId};

/// What a handler may call: each a use case of [`Exchange`] with the same promises.
pub trait Rights: Send + Sync + 'static {
    /// The Provenance of records that were opened.
    fn provenance(
        &self,
        actor: &Actor,
        opened: &[Opened],
    ) -> impl Future<Output = Result<Vec<Resource>, Error>> + Send;
    /// Deposits a draft in place of a record of this member.
    fn amend(
        &self,
        actor: &Actor,
        context: Option<&WriteContext>,
        over: RecordId,
        draft: Draft,
    ) -> impl Future<Output = Result<Deposited, Error>> + Send;
    /// Takes a record of this member back.
    fn retract(
        &self,
        actor: &Actor,
        record: RecordId,
        reason: RetractReason,
    ) -> impl Future<Output = Result<Accepted, Error>> + Send;
    /// The requests for the amendment of a patient's records.
    fn amendments(
        &self,
        actor: &Actor,
        patient: &PatientId,
    ) -> impl Future<Output = Result<Vec<AmendmentRow>, Error>> + Send;
    /// Who somebody may be.
    fn match_patient(
        &self,
        actor: &Actor,
        asked: &Checked,
        bounds: (bool, usize),
    ) -> Result<Vec<Matched>, Error>;
    /// What patients whom this member registered are told of, after this number.
    fn notices(&self, actor: &Actor, after: u64, most: usize) -> Result<Notices, Error>;
    /// The tickets that somebody had in a period.
    fn opened(&self, actor: &Actor, ask: OpenedAsk) -> Result<Vec<OpenedRow>, Error>;
    /// Broken glass that a member has not reviewed.
    fn glass_to_review(
        &self,
        actor: &Actor,
        member: Option<MemberId>,
    ) -> Result<Vec<GlassRow>, Error>;
    /// The records that go with a record because its amendment was refused.
    fn notes(&self, actor: &Actor, record: &RecordId) -> Result<Vec<RecordId>, Error>;
    /// What the archive of a patient is made of.
    fn archive(
        &self,
        actor: &Actor,
        context: &ReadContext,
        patient: PatientId,
    ) -> impl Future<Output = Result<Contents, Error>> + Send;
    /// Opens a part of it.
    fn archive_part(
        &self,
        actor: &Actor,
        context: &ReadContext,
        part: (PatientId, &Part),
    ) -> impl Future<Output = Result<Vec<Opened>, Error>> + Send;
    /// Who asked for what of the patient, and what left.
    fn archive_accounts(
        &self,
        actor: &Actor,
        patient: &PatientId,
        logical: &str,
    ) -> impl Future<Output = Result<Accounts, Error>> + Send;
}

impl<L: Ledger, S: Stores> Rights for Exchange<L, S> {
    async fn provenance(&self, actor: &Actor, opened: &[Opened]) -> Result<Vec<Resource>, Error> {
        Self::provenance(self, actor, opened).await
    }

    async fn amend(
        &self,
        actor: &Actor,
        context: Option<&WriteContext>,
        over: RecordId,
        draft: Draft,
    ) -> Result<Deposited, Error> {
        Self::amend(self, actor, context, over, draft).await
    }

    async fn retract(
        &self,
        actor: &Actor,
        record: RecordId,
        reason: RetractReason,
    ) -> Result<Accepted, Error> {
        Self::retract(self, actor, record, reason).await
    }

    async fn amendments(
        &self,
        actor: &Actor,
        patient: &PatientId,
    ) -> Result<Vec<AmendmentRow>, Error> {
        Self::amendments(self, actor, patient).await
    }

    fn match_patient(
        &self,
        actor: &Actor,
        asked: &Checked,
        bounds: (bool, usize),
    ) -> Result<Vec<Matched>, Error> {
        Self::match_patient(self, actor, asked, bounds)
    }

    fn notices(&self, actor: &Actor, after: u64, most: usize) -> Result<Notices, Error> {
        Self::notices(self, actor, after, most)
    }

    fn opened(&self, actor: &Actor, ask: OpenedAsk) -> Result<Vec<OpenedRow>, Error> {
        Self::opened(self, actor, ask)
    }

    fn glass_to_review(
        &self,
        actor: &Actor,
        member: Option<MemberId>,
    ) -> Result<Vec<GlassRow>, Error> {
        Self::glass_to_review(self, actor, member)
    }

    fn notes(&self, actor: &Actor, record: &RecordId) -> Result<Vec<RecordId>, Error> {
        Self::notes(self, actor, record)
    }

    async fn archive(
        &self,
        actor: &Actor,
        context: &ReadContext,
        patient: PatientId,
    ) -> Result<Contents, Error> {
        Self::archive(self, actor, context, patient).await
    }

    async fn archive_part(
        &self,
        actor: &Actor,
        context: &ReadContext,
        part: (PatientId, &Part),
    ) -> Result<Vec<Opened>, Error> {
        Self::archive_part(self, actor, context, part).await
    }

    async fn archive_accounts(
        &self,
        actor: &Actor,
        patient: &PatientId,
        logical: &str,
    ) -> Result<Accounts, Error> {
        Self::archive_accounts(self, actor, patient, logical).await
    }
}
