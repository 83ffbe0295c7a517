//! Names who may take over a member's records. Since protocol version 3.
use crate::fault::{Fault, Stop, require};
use crate::view::{Context, RecordsView};
use amanat_types::call::NameSuccessor;
use amanat_types::code::KeyPurpose;
use amanat_types::event::{Event, SuccessorNamed};
use amanat_types::state::{Actor, MemberActor, Succession};
use amanat_types::{MemberId, Refusal};

/// Names the successor of the sponsor, in place of whoever was named before. From then on its custodian may wrap the keys of its records
/// for the successor, and [`super::keep`] moves records to it. Naming nobody withdraws it; no one has to agree to that.
///
/// Refusals, in this order: `SuccessorIsYou`, `MemberUnknown` (not active), `SuccessorNotPresent`.
/// Reads: actor, roster. Writes: succession. Event: `SuccessorNamed`.
pub fn name_successor(
    ctx: &Context<'_>,
    view: &mut RecordsView<'_, '_>,
    call: &NameSuccessor,
) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    if let Some(successor) = call.successor {
        require(successor != member, Refusal::SuccessorIsYou)?;
        let roster = view.membership.roster()?;
        let active = roster.members.binary_search(&successor).is_ok();
        require(active, Refusal::MemberUnknown)?;
        let agrees = agrees(ctx, view, successor)?;
        require(agrees, Refusal::SuccessorNotPresent)?;
    }
    let value = Succession {
        successor: call.successor,
        height: ctx.env.height,
    };
    view.own.put_succession(member, value);
    view.events.push(Event::SuccessorNamed(SuccessorNamed {
        member,
        successor: call.successor,
    }));
    Ok(())
}

/// Whether a transaction key of `member` is among the signers.
fn agrees(ctx: &Context<'_>, view: &RecordsView<'_, '_>, member: MemberId) -> Result<bool, Fault> {
    let wanted = Actor::Member(MemberActor {
        member,
        purpose: KeyPurpose::Transaction,
    });
    for key in &ctx.body.signers {
        if view.actors.of(key)?.as_deref() == Some(&wanted) {
            return Ok(true);
        }
    }
    Ok(false)
}
