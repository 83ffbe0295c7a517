//! Research: a study reads what its subjects enrolled, for research alone.
use super::answer::{Extent, Reach, Source};
use super::facts::Facts;
use super::judge::Judge;
use crate::fault::Fault;
use amanat_types::call::Enrolled;
use amanat_types::state::BasisRef;
use amanat_types::{Purpose, Refusal};

impl<F: Facts> Judge<'_, F> {
    /// An enrolment in a study of the member that asks.
    ///
    /// Refusals, in this order: `StudyUnknown`, `EnrolmentUnknown` (also: in another study), `StudyNotYours`, `StudyNotApproved`,
    /// `StudyExpired`, `StudyEnded`, `EnrolmentNotYet`, `EnrolmentWithdrawn`, `PurposeNotAllowed`.
    pub fn study(&mut self, enrolled: Enrolled, purpose: Purpose) -> Result<Option<Reach>, Fault> {
        let source = Source::Enrolment(enrolled.enrolment);
        let Some(study) = self.facts.study(enrolled.study)? else {
            self.require(false, source, Refusal::StudyUnknown);
            return Ok(None);
        };
        let enrolment = self.facts.enrolment(enrolled.enrolment)?;
        let enrolment = enrolment.filter(|enrolment| enrolment.study == enrolled.study);
        let Some(enrolment) = enrolment else {
            self.require(false, source, Refusal::EnrolmentUnknown);
            return Ok(None);
        };
        let moment = self.question.moment;
        let yours = study.member == self.question.member;
        self.require(yours, source, Refusal::StudyNotYours);
        let approved = study.approved_by.is_some();
        self.require(approved, source, Refusal::StudyNotApproved);
        let open = moment.latest < study.until_ms;
        self.require(open, source, Refusal::StudyExpired);
        self.require(study.ended_ms.is_none(), source, Refusal::StudyEnded);
        let begun = enrolment.from_ms <= moment.earliest;
        self.require(begun, source, Refusal::EnrolmentNotYet);
        let stands = enrolment.withdrawn_ms.is_none();
        self.require(stands, source, Refusal::EnrolmentWithdrawn);
        let allowed = purpose == Purpose::Hresch;
        self.require(allowed, source, Refusal::PurposeNotAllowed);
        let patient = Some(enrolment.patient);
        let basis = BasisRef::Study(enrolled);
        Ok(Some(self.reached(
            basis,
            patient,
            Extent::Enrolment(enrolment),
        )))
    }
}
