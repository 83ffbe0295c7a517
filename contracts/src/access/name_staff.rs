//! Says who a staff pseudonym was. Since protocol version 3.
use crate::fault::{Fault, Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::Refusal;
use amanat_types::call::NameStaff;
use amanat_types::codec::List;
use amanat_types::event::{Event, StaffNamed};
use amanat_types::state::{NameState, NamesOwed};

/// Commits the member of a ticket to who its staff pseudonym was. Late is taken, and says so: what is owed stays owed. Given once, it
/// stands.
///
/// Refusals, in this order: `TicketUnknown`, `TicketNotYours`, `NameNotOwed`.
/// Reads: ticket, name, names owed. Writes: name, names owed. Event: `StaffNamed`.
pub fn name_staff(
    ctx: &Context<'_>,
    view: &mut AccessView<'_, '_>,
    call: &NameStaff,
) -> Result<(), Stop> {
    let ticket = view.own.ticket(call.ticket)?;
    let ticket = ticket.ok_or(Refusal::TicketUnknown)?;
    let yours = ticket.member == ctx.body.sponsor;
    require(yours, Refusal::TicketNotYours)?;
    let demanded = view.own.name(call.ticket)?;
    let demanded = demanded.filter(|demanded| demanded.name.is_none());
    let demanded = demanded.ok_or(Refusal::NameNotOwed)?;

    let owed = view.own.names_owed(ticket.member)?;
    let mut owed = owed.map_or_else(Vec::new, |owed| owed.owed.to_vec());
    owed.retain(|owed| owed.ticket != call.ticket);
    let outgrown = |_| Fault::Outgrown { what: "names owed" };
    let owed = List::new(owed).map_err(outgrown)?;
    view.own.put_names_owed(ticket.member, NamesOwed { owed });
    let value = NameState {
        name: Some(call.name),
        ..*demanded
    };
    view.own.put_name(call.ticket, value);
    view.events.push(Event::StaffNamed(StaffNamed {
        ticket: call.ticket,
        member: ticket.member,
        patient: ticket.patient,
        name: call.name,
        in_time: ctx.env.time_ms < demanded.by_ms,
    }));
    Ok(())
}
