//! The decision itself.
use super::answer::{Decision, Effect, Extent, Finding, Reach, Source, names};
use super::facts::Facts;
use super::question::{Claim, Question, Read, Release, Write};
use super::restriction::Bound;
use crate::fault::Fault;
use amanat_types::call::Scope;
use amanat_types::state::{IndexOwner, Record};
use amanat_types::{BlindIndex, RecordId, Refusal, RestrictionId};
use std::rc::Rc;

/// Answers `question` from `facts`, with every permit and denial that counted. Deny by default.
///
/// Refusals, in this order. A ticket: those of the basis (`decision::basis`), `MemberUnknown`, `PatientMismatch`; for each record
/// `RecordUnknown`, `ScopeOutsideBasis`, `Restricted`; for each index `ScopeOutsideBasis`, then, if the patient restricts them all,
/// `Restricted`. A record to write: those of the basis, `MemberUnknown`, `IndexOutsideBasis`, `Restricted`. A release: `TicketEnded`;
/// `BasisEnded`; for each record `RecordUnknown`, `RecordOutsideTicket`, `RecordOutsideBasis`, `RecordRetracted`,
/// `RestrictedByPatient`.
pub fn decide<F: Facts>(question: &Question<'_>, facts: &F) -> Result<Decision, Fault> {
    let mut judge = Judge {
        question,
        facts,
        findings: Vec::with_capacity(4),
        basis_from: 0,
        records: Vec::new(),
    };
    let reach = match question.claim {
        Claim::Read(read) => judge.read(&read)?,
        Claim::Write(write) => judge.write(&write)?,
        Claim::Release(release) => judge.release(&release)?,
    };
    Ok(Decision {
        findings: judge.findings,
        reach,
        records: judge.records,
    })
}

/// One decision under way.
pub(super) struct Judge<'j, F> {
    pub question: &'j Question<'j>,
    pub facts: &'j F,
    pub findings: Vec<Finding>,
    /// Where the findings of the basis begin.
    basis_from: usize,
    records: Vec<(RecordId, Rc<Record>)>,
}

impl<F: Facts> Judge<'_, F> {
    /// Notes a permit, if nothing about the basis denied.
    pub fn permit(&mut self, source: Source) {
        let mut about_basis = self.findings.iter().skip(self.basis_from);
        if about_basis.all(|finding| finding.effect == Effect::Permit) {
            let effect = Effect::Permit;
            self.findings.push(Finding { source, effect });
        }
    }

    /// Notes a denial of the basis unless `holds`. A release says of each that the basis has ended.
    pub fn require(&mut self, holds: bool, source: Source, because: Refusal) {
        let refusal = match self.question.claim {
            Claim::Release(_) => Refusal::BasisEnded,
            Claim::Read(_) | Claim::Write(_) => because,
        };
        if !holds {
            let effect = Effect::Deny { refusal, because };
            self.findings.push(Finding { source, effect });
        }
    }

    /// Notes a denial of an item, or of what the question names beside its basis, unless `holds`.
    pub fn demand(&mut self, holds: bool, source: Source, refusal: Refusal) {
        if !holds {
            let because = refusal;
            let effect = Effect::Deny { refusal, because };
            self.findings.push(Finding { source, effect });
        }
    }

    /// That the member that asks may act at all. A sponsor in a block always may; at a release it may have been suspended or removed.
    fn member(&mut self) -> Result<(), Fault> {
        let member = self.question.member;
        let active = self.facts.is_active(member)?;
        self.require(active, Source::Member(member), Refusal::MemberUnknown);
        Ok(())
    }

    fn read(&mut self, read: &Read<'_>) -> Result<Option<Reach>, Fault> {
        let reach = self.read_basis(read)?;
        self.member()?;
        let Some(reach) = reach else {
            return Ok(None);
        };
        let same = read.patient.is_none() || read.patient == reach.patient;
        self.demand(same, Source::Question, Refusal::PatientMismatch);
        let bound = self.bound(&reach)?;
        match read.scope {
            Scope::Records(records) => {
                for id in records {
                    self.asked_record(&reach, &bound, *id)?;
                }
            }
            Scope::Indexes(indexes) => {
                for index in indexes {
                    let opens = self.opens(&reach.extent, index)?;
                    let source = Source::Index(*index);
                    self.demand(opens, source, Refusal::ScopeOutsideBasis);
                }
                self.asked_indexes(&bound, indexes);
            }
        }
        Ok(Some(reach))
    }

    /// Indexes that a ticket is to name: some may be restricted, which each release looks at again; all may not.
    fn asked_indexes(&mut self, bound: &Bound, indexes: &[BlindIndex]) {
        if bound.is_empty() {
            return;
        }
        let by: Vec<_> = indexes.iter().map(|index| bound.on(index, None)).collect();
        let all = by.iter().all(Option::is_some);
        for id in by.into_iter().flatten() {
            let source = Source::Restriction(id);
            if all {
                self.demand(false, source, Refusal::Restricted);
            } else {
                let effect = Effect::Withhold(Refusal::RestrictedByPatient);
                self.findings.push(Finding { source, effect });
            }
        }
    }

    /// One record that a ticket is to name.
    fn asked_record(&mut self, reach: &Reach, bound: &Bound, id: RecordId) -> Result<(), Fault> {
        let source = Source::Record(id);
        let Some(record) = self.facts.record(id)? else {
            self.demand(false, source, Refusal::RecordUnknown);
            return Ok(());
        };
        let covered = reach.extent.covers(id, &record);
        self.demand(covered, source, Refusal::ScopeOutsideBasis);
        self.unrestricted(bound.on(&record.index, Some(&id)), Refusal::Restricted);
        Ok(())
    }

    /// Whether the basis reaches an index. Of directories it reaches every one.
    fn opens(&self, extent: &Extent, index: &BlindIndex) -> Result<bool, Fault> {
        match extent {
            Extent::Directory(None) => Ok(self
                .facts
                .index(*index)?
                .is_some_and(|owner| matches!(*owner, IndexOwner::Directory(_)))),
            extent => Ok(extent.holds(index)),
        }
    }

    fn write(&mut self, write: &Write) -> Result<Option<Reach>, Fault> {
        let reach = self.write_basis(write)?;
        self.member()?;
        if let Some(reach) = &reach {
            let inside = reach.extent.holds(&write.index);
            let source = Source::Index(write.index);
            self.demand(inside, source, Refusal::IndexOutsideBasis);
            let bound = self.bound(reach)?;
            let by = bound.on(&write.index, write.over.as_ref());
            self.unrestricted(by, Refusal::Restricted);
        }
        Ok(reach)
    }

    fn release(&mut self, release: &Release<'_>) -> Result<Option<Reach>, Fault> {
        let ticket = release.ticket;
        let open = self.question.moment.latest < ticket.until_ms;
        self.demand(open, Source::Question, Refusal::TicketEnded);
        self.basis_from = self.findings.len();
        self.member()?;
        let reach = self.ticket_basis(ticket)?;
        let bound = match &reach {
            Some(reach) => self.bound(reach)?,
            None => Bound::default(),
        };
        for id in release.records {
            self.released_record(release, reach.as_ref(), &bound, *id)?;
        }
        Ok(reach)
    }

    /// One record, if the ticket and its basis cover it and it was not taken back.
    fn released_record(
        &mut self,
        release: &Release<'_>,
        reach: Option<&Reach>,
        bound: &Bound,
        id: RecordId,
    ) -> Result<(), Fault> {
        let source = Source::Record(id);
        let Some(record) = self.facts.record(id)? else {
            self.demand(false, source, Refusal::RecordUnknown);
            return Ok(());
        };
        let named = names(&release.ticket.scope, id, &record);
        self.demand(named, source, Refusal::RecordOutsideTicket);
        let covered = reach.is_none_or(|reach| reach.extent.covers(id, &record));
        self.demand(covered, source, Refusal::RecordOutsideBasis);
        self.demand(record.retracted.is_none(), source, Refusal::RecordRetracted);
        let by = bound.on(&record.index, Some(&id));
        self.unrestricted(by, Refusal::RestrictedByPatient);
        self.records.push((id, record));
        Ok(())
    }

    /// Notes a restriction that applies to an item.
    fn unrestricted(&mut self, by: Option<RestrictionId>, refusal: Refusal) {
        if let Some(id) = by {
            self.demand(false, Source::Restriction(id), refusal);
        }
    }
}
