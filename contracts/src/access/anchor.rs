//! Anchors a release journal.
use crate::fault::{Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::Refusal;
use amanat_types::call::Anchor;
use amanat_types::event::{Event, JournalAnchored};
use amanat_types::state::AnchorState;

/// Anchors a release journal of the sponsor: from now on its first `count` entries cannot be told differently.
///
/// Refusals: `AnchorNotAhead`.
/// Reads: anchor. Writes: anchor. Event: `JournalAnchored`.
pub fn anchor(ctx: &Context<'_>, view: &mut AccessView<'_, '_>, call: &Anchor) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    let last = view.own.anchor(member, call.journal)?;
    let last = last.map_or(0, |last| last.count);
    require(call.count > last, Refusal::AnchorNotAhead)?;

    let value = AnchorState {
        count: call.count,
        head: call.head,
        height: ctx.env.height,
    };
    view.own.put_anchor(member, call.journal, value);
    view.events.push(Event::JournalAnchored(JournalAnchored {
        member,
        journal: call.journal,
        count: call.count,
        head: call.head,
    }));
    Ok(())
}
