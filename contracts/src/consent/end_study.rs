//! Ends a study now. Since protocol version 3.
use crate::fault::{Stop, require};
use crate::view::{ConsentView, Context};
use amanat_types::Refusal;
use amanat_types::call::EndStudy;
use amanat_types::event::{Event, StudyClosed};
use amanat_types::state::StudyState;

/// Ends a study at the block's time, and with it every enrolment and every ticket that stands on one. Its member signs, or the authority that
/// approved it, of which two officers co-sign. An expired or unapproved one may be ended.
///
/// Refusals, in this order: `StudyUnknown`, `StudyNotYours`; of the authority `NotAnAuthority`, `TooFewOfficers`; `StudyEnded`.
/// Reads: actor, member, practitioner, study. Writes: study. Event: `StudyClosed`.
pub fn end_study(
    ctx: &Context<'_>,
    view: &mut ConsentView<'_, '_>,
    call: &EndStudy,
) -> Result<(), Stop> {
    let old = view.own.study(call.study)?;
    let old = old.ok_or(Refusal::StudyUnknown)?;
    let sponsor = ctx.body.sponsor;
    if old.member != sponsor {
        let approved = old.approved_by == Some(sponsor);
        require(approved, Refusal::StudyNotYours)?;
        ctx.by_authority(view.actors, view.membership)?;
    }
    require(old.ended_ms.is_none(), Refusal::StudyEnded)?;

    let value = StudyState {
        ended_ms: Some(ctx.env.time_ms),
        ..*old
    };
    view.own.put_study(call.study, value);
    view.events.push(Event::StudyClosed(StudyClosed {
        study: call.study,
        member: sponsor,
    }));
    Ok(())
}
