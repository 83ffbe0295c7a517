//! Demands who a staff pseudonym was. Since protocol version 3.
use crate::fault::{Fault, Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::call::DemandName;
use amanat_types::codec::List;
use amanat_types::event::{Event, NameDemanded};
use amanat_types::state::{BasisRef, NameState, NamesOwed, OwedName};
use amanat_types::{Refusal, limits};

/// Makes the member of a ticket that staff without a card asked for owe who that was, within [`limits::NAME_MS`]: a commitment on the ledger,
/// the words to the authority alone. While one is overdue the member's staff without cards read nothing.
///
/// One officer of an authority signs, under any sponsor.
///
/// Refusals, in this order: `TicketUnknown`, `NotStaff`, `AuthorityUnknown`, `TooFewOfficers`, `NameDemanded`, `NamesFull`.
/// Reads: actor, roster, member, practitioner, ticket, name, names owed. Writes: name, names owed. Event: `NameDemanded`.
/// Source: decision 0008, staff without cards.
pub fn demand_name(
    ctx: &Context<'_>,
    view: &mut AccessView<'_, '_>,
    call: &DemandName,
) -> Result<(), Stop> {
    let ticket = view.own.ticket(call.ticket)?;
    let ticket = ticket.ok_or(Refusal::TicketUnknown)?;
    let staff = matches!(ticket.basis, BasisRef::Care(_));
    require(staff, Refusal::NotStaff)?;
    ctx.officers(view.actors, view.membership, Some(call.authority), 1)?;
    let known = view.own.name(call.ticket)?;
    require(known.is_none(), Refusal::NameDemanded)?;
    let owed = view.own.names_owed(ticket.member)?;
    let mut owed = owed.map_or_else(Vec::new, |owed| owed.owed.to_vec());
    require(owed.len() < limits::NAMES_OWED_MAX, Refusal::NamesFull)?;

    let by_ms = ctx.env.time_ms.plus(limits::NAME_MS);
    owed.push(OwedName {
        ticket: call.ticket,
        by_ms,
    });
    let outgrown = |_| Fault::Outgrown { what: "names owed" };
    let owed = List::new(owed).map_err(outgrown)?;
    view.own.put_names_owed(ticket.member, NamesOwed { owed });
    let value = NameState {
        authority: call.authority,
        by_ms,
        name: None,
    };
    view.own.put_name(call.ticket, value);
    view.events.push(Event::NameDemanded(NameDemanded {
        ticket: call.ticket,
        member: ticket.member,
        patient: ticket.patient,
        authority: call.authority,
        by_ms,
    }));
    Ok(())
}
