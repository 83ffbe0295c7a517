//! Asks for a ticket.
use super::issue::issue;
use super::scope::stored;
use crate::decision::{Claim, Moment, Question, Read, Seen, decide};
use crate::env::ends_within;
use crate::fault::{Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::call::{Call, Indexes, ReadBasis, Request, Scope};
use amanat_types::code::BasisKind;
use amanat_types::event::{AccessRefused, Event};
use amanat_types::state::Ticket;
use amanat_types::{MemberId, PractitionerId, Purpose, Refusal, TicketId, limits};

/// Asks for a ticket until `until_ms`, exclusive, at most [`limits::TICKET_MS_MAX`] ahead.
///
/// The basis judges who may ask, not whom the request names: `patient`, if it is there, must agree with the basis.
///
/// Refusals, in this order: `NoBasis`, `ScopeEmpty`, `UntilInThePast`, `UntilTooFar`, `TicketExists`; then those of the decision
/// ([`decide`]).
/// Reads: actor, practitioner, patient, index, what the basis is, record, ticket. Writes: ticket. Event: `TicketIssued`; refused: `AccessRefused`.
pub fn request(
    ctx: &Context<'_>,
    view: &mut AccessView<'_, '_>,
    call: &Request,
) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    let id = TicketId::derive(member, call.local);
    require(!matches!(call.basis, ReadBasis::None(_)), Refusal::NoBasis)?;
    require(!is_empty(&call.scope), Refusal::ScopeEmpty)?;
    ends_within(ctx.env, call.until_ms, limits::TICKET_MS_MAX)?;
    require(view.own.ticket(id)?.is_none(), Refusal::TicketExists)?;
    let practitioners = ctx.practitioners(view.actors, view.membership)?;
    let present: Vec<PractitionerId> = practitioners.iter().map(|(id, _)| *id).collect();
    let question = Question {
        member,
        present: &present,
        moment: Moment::of(ctx.env.time_ms),
        claim: Claim::Read(Read {
            basis: &call.basis,
            purpose: call.purpose,
            patient: call.patient,
            scope: &call.scope,
            openings: &call.openings,
        }),
    };
    let decision = decide(&question, &Seen::by_access(ctx, view))?;
    let reach = decision.verdict()?;

    let ticket = Ticket {
        member,
        practitioner: reach.practitioner,
        patient: reach.patient,
        basis: reach.basis,
        purpose: call.purpose,
        scope: stored(&call.scope)?,
        reader: call.reader,
        height: ctx.env.height,
        until_ms: call.until_ms,
        justification: None,
    };
    issue(view, id, ticket);
    Ok(())
}

fn is_empty(scope: &Scope) -> bool {
    match scope {
        Scope::Records(records) => records.is_empty(),
        Scope::Indexes(indexes) => indexes.is_empty(),
    }
}

/// The event of a refused request or broken glass, as claimed; nothing for other calls.
pub fn refused(member: MemberId, call: &Call, refusal: Refusal) -> Option<Event> {
    let event = match call {
        Call::Request(call) => AccessRefused {
            member,
            patient: call.patient,
            basis: kind(&call.basis),
            purpose: call.purpose,
            scope: call.scope.clone(),
            refusal,
        },
        Call::BreakGlass(call) => AccessRefused {
            member,
            patient: Some(call.patient),
            basis: BasisKind::Emergency,
            purpose: Purpose::Etreat,
            scope: Scope::Indexes(Indexes::empty()),
            refusal,
        },
        _ => return None,
    };
    Some(Event::AccessRefused(event))
}

const fn kind(basis: &ReadBasis) -> BasisKind {
    match basis {
        ReadBasis::Consent(_) | ReadBasis::Permit(_) => BasisKind::Consent,
        ReadBasis::Treatment(_) | ReadBasis::Care(_) => BasisKind::Treatment,
        ReadBasis::Order(_) => BasisKind::Order,
        ReadBasis::Mandate(_) => BasisKind::Law,
        ReadBasis::Study(_) => BasisKind::Research,
        ReadBasis::Disclosure(disclosed) => disclosed.cause.basis(),
        ReadBasis::Patient(_) => BasisKind::Patient,
        ReadBasis::Directory(_) => BasisKind::Directory,
        ReadBasis::None(_) => BasisKind::None,
    }
}
