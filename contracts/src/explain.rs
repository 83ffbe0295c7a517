//! What would become of a request: the decision itself, asked without a transaction, with every permit and denial that counts.
//!
//! Two rounds of reading, as for a transaction: [`keys`], then [`more_keys`]. The basis `Patient` is explained as if the patient's own card
//! signed.
use crate::decision::{self, Claim, Moment, Question, Read, Source, decide};
use crate::fault::Fault;
use crate::keys::{self, Loaded, PractitionerName};
use crate::table::load;
use amanat_types::call::Unit;
use amanat_types::codec::List;
use amanat_types::explain::{Denial, Effect, ExplainQuestion, Explanation, Finding, SourceKind};
use amanat_types::{PractitionerId, StateKey, TimestampMs};

pub use crate::release::Tip;

/// Keys of the first round.
pub fn keys(asked: &ExplainQuestion) -> Vec<StateKey> {
    keys::to_explain(asked.member, &asked.request, &asked.present)
}

/// Keys of the second round, once those of [`keys`] are in `loaded`.
pub fn more_keys(asked: &ExplainQuestion, loaded: &Loaded) -> Result<Vec<StateKey>, Fault> {
    keys::more_to_explain(&asked.request, loaded)
}

/// Explains what would become of the request at `tip`.
pub fn explain(asked: &ExplainQuestion, tip: Tip, loaded: &Loaded) -> Result<Explanation, Fault> {
    let present = acting(asked, tip.time_ms, loaded)?;
    let question = Question {
        member: asked.member,
        present: &present,
        moment: Moment::of(tip.time_ms),
        claim: Claim::Read(Read {
            basis: &asked.request.basis,
            purpose: asked.request.purpose,
            patient: asked.request.patient,
            scope: &asked.request.scope,
            openings: &asked.request.openings,
        }),
    };
    let decision = decide(&question, loaded)?;
    let findings = decision
        .findings
        .iter()
        .map(finding)
        .collect::<Result<_, _>>()?;
    let outgrown = |_| Fault::Outgrown { what: "findings" };
    Ok(Explanation {
        height: tip.height,
        time_ms: tip.time_ms,
        findings: List::new(findings).map_err(outgrown)?,
    })
}

/// Those of the named practitioners who are the member's and whose registrations have not ended.
fn acting(
    asked: &ExplainQuestion,
    now: TimestampMs,
    loaded: &Loaded,
) -> Result<Vec<PractitionerId>, Fault> {
    let mut acting = Vec::with_capacity(asked.present.len());
    for id in &asked.present {
        let practitioner = load(loaded, PractitionerName(*id))?;
        if practitioner.is_some_and(|one| one.member == asked.member && now < one.until_ms) {
            acting.push(*id);
        }
    }
    Ok(acting)
}

fn finding(found: &decision::Finding) -> Result<Finding, Fault> {
    let (kind, id) = named(&found.source);
    let outgrown = |_| Fault::Outgrown { what: "an id" };
    Ok(Finding {
        kind,
        id: List::new(id).map_err(outgrown)?,
        effect: match found.effect {
            decision::Effect::Permit => Effect::Permit(Unit),
            decision::Effect::Deny { refusal, because } => {
                Effect::Deny(Denial { refusal, because })
            }
            decision::Effect::Withhold(refusal) => Effect::Withhold(refusal),
        },
    })
}

fn named(source: &Source) -> (SourceKind, Vec<u8>) {
    match source {
        Source::Question => (SourceKind::Question, Vec::new()),
        Source::Member(id) => (SourceKind::Member, id.number().to_be_bytes().to_vec()),
        Source::Practitioner(id) => (SourceKind::Practitioner, id.as_bytes().to_vec()),
        Source::Patient(id) => (SourceKind::Patient, id.as_bytes().to_vec()),
        Source::Index(id) => (SourceKind::Index, id.as_bytes().to_vec()),
        Source::Encounter(id) => (SourceKind::Encounter, id.as_bytes().to_vec()),
        Source::Grant(id) => (SourceKind::Grant, id.as_bytes().to_vec()),
        Source::Record(id) => (SourceKind::Record, id.as_bytes().to_vec()),
        Source::Permit(id) => (SourceKind::Permit, id.as_bytes().to_vec()),
        Source::Team(id) => (SourceKind::Team, id.as_bytes().to_vec()),
        Source::Order(id) => (SourceKind::Order, id.as_bytes().to_vec()),
        Source::Mandate(id) => (SourceKind::Mandate, id.as_bytes().to_vec()),
        Source::Disclosure(id) => (SourceKind::Disclosure, id.as_bytes().to_vec()),
        Source::Enrolment(id) => (SourceKind::Enrolment, id.as_bytes().to_vec()),
        Source::Restriction(id) => (SourceKind::Restriction, id.as_bytes().to_vec()),
    }
}
