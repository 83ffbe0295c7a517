//! Registers a study. Since protocol version 3.
use crate::env::ends_within;
use crate::fault::{Stop, require};
use crate::view::{ConsentView, Context};
use amanat_types::call::RegisterStudy;
use amanat_types::event::{Event, StudyRegistered};
use amanat_types::state::StudyState;
use amanat_types::{MemberKind, Refusal, StudyId, limits};

/// Registers a study of the sponsor, a research body, until `until_ms`, exclusive, at most [`limits::STUDY_MS_MAX`] ahead. It opens nothing
/// before an authority has approved it, and then only what subjects enrol.
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar`, `NotResearch`, `StudyExists`.
/// Reads: member, study. Writes: study. Event: `StudyRegistered`.
/// Source: DESIGN, basis research.
pub fn register_study(
    ctx: &Context<'_>,
    view: &mut ConsentView<'_, '_>,
    call: &RegisterStudy,
) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    let id = StudyId::derive(member, call.local);
    ends_within(ctx.env, call.until_ms, limits::STUDY_MS_MAX)?;
    let sponsor = view.membership.member(member)?;
    let research = sponsor.is_some_and(|sponsor| sponsor.kind == MemberKind::Research);
    require(research, Refusal::NotResearch)?;
    require(view.own.study(id)?.is_none(), Refusal::StudyExists)?;

    let value = StudyState {
        member,
        protocol: call.protocol,
        until_ms: call.until_ms,
        approved_by: None,
        ended_ms: None,
    };
    view.own.put_study(id, value);
    view.events.push(Event::StudyRegistered(StudyRegistered {
        study: id,
        member,
        protocol: call.protocol,
        until_ms: call.until_ms,
    }));
    Ok(())
}
