//! Who could see a patient's records, and why; and why a request would be refused. Asked of the own node, which judges as for a real request;
//! nothing goes to the ledger.
use crate::ways::{self, alone};
use crate::{Actor, Basis, Error, Exchange, ReadContext};
use amanat_client::{Ledger, Stores};
use amanat_types::explain::Explanation;
use amanat_types::{PatientId, RecordId};

pub use crate::ways::{Reader, Verdict, Way};

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Why a read under this context would be granted or refused now: every permit and denial that counts.
    ///
    /// Errors: [`Error::Invalid`] (`basis`) for broken glass and the patient's own request, which a call decides; [`Error::Fault`].
    pub async fn explain(
        &self,
        actor: &Actor,
        context: &ReadContext,
        record: RecordId,
    ) -> Result<Explanation, Error> {
        self.admit(actor)?;
        if matches!(context.basis, Basis::Emergency(_) | Basis::Patient(_)) {
            let rule = "must be one that a request names: a card or broken glass decides otherwise";
            return Err(Error::invalid("basis", rule));
        }
        let who = (self.member(), ways::present(actor.practitioner()));
        let asked = (context.basis.asked()?, context.purpose, context.patient);
        let question = ways::question(who, asked, alone(record));
        Ok(self.inner.ledger.explain(question).await?)
    }

    /// Every way to a patient's records that is open at the read model's tip: visits, grants, permits, orders, mandates, disclosures, enrolments in
    /// studies; each judged as a request would be. With `record`, the ways to that record alone, those that something bars among them.
    ///
    /// Left out is what the law keeps from the patient for a while. Beside these the patient and its guardians read at their own request, and
    /// clinicians and nurses may break the glass, which is announced.
    pub async fn who_could(
        &self,
        actor: &Actor,
        patient: &PatientId,
        record: Option<RecordId>,
    ) -> Result<Vec<Way>, Error> {
        self.admit(actor)?;
        self.wait_for_tip().await?;
        let open = self.inner.model.open_bases(patient)?;
        let judged = ways::judge(&self.inner.ledger, &open, patient, record).await?;
        let ways = judged
            .iter()
            .map(|one| Ok(one.way(self.categories_of(one.indexes.iter())?)));
        ways.collect()
    }
}
