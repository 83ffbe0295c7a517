//! What a releasing node loads for one request.
use crate::fault::Fault;
use crate::keys::{
    EncounterName, GrantName, Loaded, PatientName, PractitionerName, RecordName, RosterName,
    TicketName,
};
use crate::table::{Name as _, load};
use amanat_types::StateKey;
use amanat_types::release::ReleaseRequest;
use amanat_types::state::{BasisRef, Ticket};

/// Keys of the ticket, of the roster, and of the records asked for.
pub fn first_keys(request: &ReleaseRequest) -> Vec<StateKey> {
    let records = request.records.iter().map(|id| RecordName(*id).key());
    [TicketName(request.ticket).key(), RosterName().key()]
        .into_iter()
        .chain(records)
        .collect()
}

/// The ticket, once [`first_keys`] are loaded; what [`super::judge`] and [`basis_keys`] take.
pub fn ticket(request: &ReleaseRequest, loaded: &Loaded) -> Result<Option<Ticket>, Fault> {
    load(loaded, TicketName(request.ticket))
}

/// Keys of what the ticket stands on.
pub fn basis_keys(ticket: &Ticket) -> Vec<StateKey> {
    match ticket.basis {
        BasisRef::Grant(grant) => {
            let practitioner = ticket.practitioner.map(|id| PractitionerName(id).key());
            std::iter::once(GrantName(grant).key())
                .chain(practitioner)
                .collect()
        }
        BasisRef::Encounter(encounter) => vec![EncounterName(encounter).key()],
        BasisRef::Emergency(practitioner) => vec![PractitionerName(practitioner).key()],
        BasisRef::Patient(patient) => vec![PatientName(patient).key()],
        BasisRef::Directory(_) => Vec::new(),
    }
}
