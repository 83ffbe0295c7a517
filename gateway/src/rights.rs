//! What a patient has a right to, as this door sees it: where a record is from, and everything in one archive.
use std::future::Future;

use amanat_exchange::archive::{Accounts, Contents, Part};
use amanat_exchange::{Actor, Error, Exchange, Ledger, Opened, ReadContext, Stores};
use amanat_fhir::Resource;
use amanat_types::PatientId;

/// What a handler may call: each a use case of [`Exchange`] with the same promises.
pub trait Rights: Send + Sync + 'static {
    /// The Provenance of records that were opened.
    fn provenance(
        &self,
        actor: &Actor,
        opened: &[Opened],
    ) -> impl Future<Output = Result<Vec<Resource>, Error>> + Send;
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
