//! Amendment: a member writes what a patient asked it to, or refused to, after the visit has ended, too.
use super::answer::{Extent, Reach, Source};
use super::facts::Facts;
use super::judge::Judge;
use crate::fault::Fault;
use amanat_types::call::{AmendmentRef, Indexes};
use amanat_types::state::{AmendmentState, BasisRef};
use amanat_types::{Refusal, TimestampMs, limits};

impl<F: Facts> Judge<'_, F> {
    /// A request for the amendment of a record of the member that writes: into the record's index, until it is answered, and after a refusal until the
    /// patient has disagreed.
    ///
    /// Refusals, in this order: `AmendmentUnknown`, `RecordNotYours`, `AmendmentClosed`.
    pub fn amendment(&mut self, id: AmendmentRef) -> Result<Option<Reach>, Fault> {
        let source = Source::Record(id.record);
        let all = self.facts.amendments(id.record)?;
        let record = self.facts.record(id.record)?;
        let found = all.zip(record).and_then(|(all, record)| {
            let one = all.asked.get(usize::from(id.number)).copied();
            one.map(|one| (all.patient, record, one))
        });
        let Some((patient, record, one)) = found else {
            self.require(false, source, Refusal::AmendmentUnknown);
            return Ok(None);
        };
        let yours = record.member == self.question.member;
        self.require(yours, source, Refusal::RecordNotYours);
        let open = self.question.moment.latest < ends(&one);
        self.require(open, source, Refusal::AmendmentClosed);
        let Ok(indexes) = Indexes::new(vec![record.index]) else {
            return Err(Fault::Outgrown { what: "indexes" });
        };
        // It is the patient who asked for what is written.
        let basis = BasisRef::Patient(patient);
        Ok(Some(self.reached(
            basis,
            Some(patient),
            Extent::Opened(indexes),
        )))
    }
}

/// When a request lets nobody write any more.
fn ends(one: &AmendmentState) -> TimestampMs {
    let since = match (one.answered, one.disagreement) {
        (None, _) => one.asked_ms,
        (Some(answered), None) if answered.refused.is_some() => answered.time_ms,
        (Some(_), _) => return TimestampMs::new(0),
    };
    since.plus(limits::AMENDMENT_WRITE_MS)
}
