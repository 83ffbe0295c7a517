//! Approves a study. Since protocol version 3.
use crate::fault::{Stop, require};
use crate::view::{ConsentView, Context};
use amanat_types::Refusal;
use amanat_types::call::ApproveStudy;
use amanat_types::event::{Event, StudyApproved};
use amanat_types::state::StudyState;

/// Approves a study. The sponsor is an authority, of which two officers co-sign.
///
/// Refusals, in this order: `StudyUnknown`, `NotAnAuthority`, `TooFewOfficers`, `StudyExpired`, `StudyEnded`, `StudyApproved`.
/// Reads: actor, member, practitioner, study. Writes: study. Event: `StudyApproved`.
pub fn approve_study(
    ctx: &Context<'_>,
    view: &mut ConsentView<'_, '_>,
    call: &ApproveStudy,
) -> Result<(), Stop> {
    let old = view.own.study(call.study)?;
    let old = old.ok_or(Refusal::StudyUnknown)?;
    ctx.by_authority(view.actors, view.membership)?;
    require(ctx.env.time_ms < old.until_ms, Refusal::StudyExpired)?;
    require(old.ended_ms.is_none(), Refusal::StudyEnded)?;
    require(old.approved_by.is_none(), Refusal::StudyApproved)?;

    let authority = ctx.body.sponsor;
    let value = StudyState {
        approved_by: Some(authority),
        ..*old
    };
    view.own.put_study(call.study, value);
    view.events.push(Event::StudyApproved(StudyApproved {
        study: call.study,
        authority,
    }));
    Ok(())
}
