//! What a releasing node loads for one request.
use crate::fault::Fault;
use crate::keys::{
    DisclosureName, EncounterName, EnrolmentName, GrantName, JurisdictionName, Loaded, MandateName,
    MemberName, NamesOwedName, OrderName, PatientName, PermitName, PersonName, PractitionerName,
    RecordName, RestrictionsName, ResultsName, RosterName, StudyName, TeamName, TicketName,
};
use crate::table::{Name as _, load};
use amanat_types::release::ReleaseRequest;
use amanat_types::state::{BasisRef, Ticket};
use amanat_types::{EncounterId, PatientId, StateKey};

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

/// Keys of what the ticket stands on, of who acts under it and where that is, and of what its patient denies.
pub fn basis_keys(ticket: &Ticket) -> Vec<StateKey> {
    let mut keys = match ticket.basis {
        BasisRef::Grant(grant) => vec![GrantName(grant).key()],
        BasisRef::Permit(permit) => {
            // The kind of the member, for a permit to a role at members of a kind.
            vec![PermitName(permit).key(), MemberName(ticket.member).key()]
        }
        BasisRef::Encounter(encounter) => visit(encounter),
        BasisRef::Care(care) => {
            let owed = NamesOwedName(ticket.member).key();
            visit(care.encounter).into_iter().chain([owed]).collect()
        }
        BasisRef::Order(order) => vec![OrderName(order).key(), ResultsName(order).key()],
        BasisRef::Disclosure(disclosed) => vec![DisclosureName(disclosed.disclosure).key()],
        BasisRef::Study(enrolled) => vec![
            StudyName(enrolled.study).key(),
            EnrolmentName(enrolled.enrolment).key(),
        ],
        BasisRef::Mandate(mandate) => return vec![MandateName(mandate).key()],
        BasisRef::Emergency(practitioner) => return vec![PractitionerName(practitioner).key()],
        BasisRef::Patient(patient) => return speaker(patient).to_vec(),
        BasisRef::Guardian(spoken) => {
            let person = PersonName(spoken.patient).key();
            let guardian = speaker(spoken.guardian);
            return std::iter::once(person).chain(guardian).collect();
        }
        BasisRef::Directory(_) => return Vec::new(),
    };
    keys.push(JurisdictionName(ticket.member).key());
    keys.extend(ticket.practitioner.map(|id| PractitionerName(id).key()));
    keys.extend(ticket.patient.map(|id| RestrictionsName(id).key()));
    keys
}

fn visit(encounter: EncounterId) -> Vec<StateKey> {
    vec![EncounterName(encounter).key(), TeamName(encounter).key()]
}

/// Keys that say whether a patient's own card speaks.
fn speaker(patient: PatientId) -> [StateKey; 2] {
    [PatientName(patient).key(), PersonName(patient).key()]
}
