//! The bases that need nobody to speak for the patient: mandates of authorities, disclosures of own records.
use super::answer::{Extent, Reach, Source};
use super::facts::Facts;
use super::judge::Judge;
use crate::fault::Fault;
use amanat_types::call::Disclosed;
use amanat_types::state::BasisRef;
use amanat_types::{MandateId, Purpose, Refusal};

impl<F: Facts> Judge<'_, F> {
    /// A mandate: of the authority that asks, for the purpose that it names.
    ///
    /// Refusals, in this order: `MandateUnknown`, `MandateNotYours`, `MandateExpired`, `MandateEnded`, `PurposeNotAllowed`.
    pub fn mandate(&mut self, id: MandateId, purpose: Purpose) -> Result<Option<Reach>, Fault> {
        let source = Source::Mandate(id);
        let Some(mandate) = self.facts.mandate(id)? else {
            self.require(false, source, Refusal::MandateUnknown);
            return Ok(None);
        };
        let yours = mandate.member == self.question.member;
        self.require(yours, source, Refusal::MandateNotYours);
        let open = self.question.moment.latest < mandate.until_ms;
        self.require(open, source, Refusal::MandateExpired);
        let stands = mandate.ended_ms.is_none();
        self.require(stands, source, Refusal::MandateEnded);
        let allowed = mandate.purpose == purpose;
        self.require(allowed, source, Refusal::PurposeNotAllowed);
        let patient = Some(mandate.patient);
        let extent = Extent::Mandate(mandate);
        Ok(Some(self.reached(BasisRef::Mandate(id), patient, extent)))
    }

    /// A disclosure: to the member that asks, for the cause that its maker gave. One that was made for payment is not taken as a report,
    /// which no restriction binds.
    ///
    /// Refusals, in this order: `DisclosureUnknown` (also: for another cause), `DisclosureNotYours`, `DisclosureExpired`,
    /// `DisclosureEnded`, `PurposeNotAllowed`.
    pub fn disclosure(
        &mut self,
        disclosed: Disclosed,
        purpose: Purpose,
    ) -> Result<Option<Reach>, Fault> {
        let source = Source::Disclosure(disclosed.disclosure);
        let made = self.facts.disclosure(disclosed.disclosure)?;
        let Some(made) = made.filter(|made| made.cause == disclosed.cause) else {
            self.require(false, source, Refusal::DisclosureUnknown);
            return Ok(None);
        };
        let yours = made.recipient == self.question.member;
        self.require(yours, source, Refusal::DisclosureNotYours);
        let open = self.question.moment.latest < made.until_ms;
        self.require(open, source, Refusal::DisclosureExpired);
        let stands = made.ended_ms.is_none();
        self.require(stands, source, Refusal::DisclosureEnded);
        let allowed = made.cause.purpose() == purpose;
        self.require(allowed, source, Refusal::PurposeNotAllowed);
        let patient = Some(made.patient);
        let basis = BasisRef::Disclosure(disclosed);
        Ok(Some(self.reached(basis, patient, Extent::Disclosure(made))))
    }
}
