//! What a releasing node loads for one request.
use crate::fault::Fault;
use crate::keys::{
    DisclosureName, EncounterName, EnrolmentName, GrantName, JurisdictionName, MandateName,
    MemberName, NamesOwedName, OrderName, PatientName, PermitName, PersonName, PractitionerName,
    RecordName, RestrictionsName, ResultsName, RosterName, StudyName, TeamName, TicketName,
    Touched,
};
use crate::table::Source;
use amanat_types::release::ReleaseRequest;
use amanat_types::state::{BasisRef, Ticket};
use amanat_types::{EncounterId, PatientId, StateKey};

/// Keys of the ticket, of the roster, and of the records asked for.
pub fn first_keys(request: &ReleaseRequest) -> Vec<StateKey> {
    first(request).map(|name| name.key()).collect()
}

/// What [`first_keys`] are the keys of.
pub(super) fn first(request: &ReleaseRequest) -> impl Iterator<Item = Touched> {
    let records = request.records.iter().map(|id| RecordName(*id).into());
    [TicketName(request.ticket).into(), RosterName().into()]
        .into_iter()
        .chain(records)
}

/// The ticket, once [`first_keys`] are read; what [`super::judge`] and [`basis_keys`] take.
pub fn ticket(request: &ReleaseRequest, read: &impl Source) -> Result<Option<Ticket>, Fault> {
    read.value(TicketName(request.ticket))
}

/// Keys of what the ticket stands on, of who acts under it and where that is, and of what its patient denies.
pub fn basis_keys(ticket: &Ticket) -> Vec<StateKey> {
    let mut names = Vec::new();
    basis(ticket, &mut names);
    names.iter().map(Touched::key).collect()
}

/// Adds what [`basis_keys`] are the keys of.
pub(super) fn basis(ticket: &Ticket, names: &mut Vec<Touched>) {
    match ticket.basis {
        BasisRef::Grant(grant) => names.push(GrantName(grant).into()),
        BasisRef::Permit(permit) => {
            // The kind of the member, for a permit to a role at members of a kind.
            names.extend([PermitName(permit).into(), MemberName(ticket.member).into()]);
        }
        BasisRef::Encounter(encounter) => names.extend(visit(encounter)),
        BasisRef::Care(care) => {
            names.extend(visit(care.encounter));
            names.push(NamesOwedName(ticket.member).into());
        }
        BasisRef::Order(order) => {
            names.extend([OrderName(order).into(), ResultsName(order).into()]);
        }
        BasisRef::Disclosure(disclosed) => {
            names.push(DisclosureName(disclosed.disclosure).into());
        }
        BasisRef::Study(enrolled) => names.extend([
            StudyName(enrolled.study).into(),
            EnrolmentName(enrolled.enrolment).into(),
        ]),
        BasisRef::Mandate(mandate) => return names.push(MandateName(mandate).into()),
        BasisRef::Emergency(practitioner) => {
            return names.push(PractitionerName(practitioner).into());
        }
        BasisRef::Patient(patient) => return names.extend(speaker(patient)),
        BasisRef::Guardian(spoken) => {
            names.push(PersonName(spoken.patient).into());
            return names.extend(speaker(spoken.guardian));
        }
        BasisRef::Directory(_) => return,
    }
    names.push(JurisdictionName(ticket.member).into());
    names.extend(ticket.practitioner.map(|id| PractitionerName(id).into()));
    names.extend(ticket.patient.map(|id| RestrictionsName(id).into()));
}

fn visit(encounter: EncounterId) -> [Touched; 2] {
    [EncounterName(encounter).into(), TeamName(encounter).into()]
}

/// What says whether a patient's own card speaks.
fn speaker(patient: PatientId) -> [Touched; 2] {
    [PatientName(patient).into(), PersonName(patient).into()]
}
