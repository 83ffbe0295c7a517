//! The ids that a transaction gives, so that a caller knows them before it is final.
use amanat_types::call::Call;
use amanat_types::transaction::Body;
use amanat_types::{
    DisclosureId, EncounterId, EnrolmentId, GrantId, HoldId, MandateId, OrderId, PermitId,
    PractitionerId, RestrictionId, StudyId, TicketId,
};
use serde_json::Value;

use super::text;

/// A parameter for each id that the calls of a body give.
pub(crate) fn made(body: &Body) -> Vec<Value> {
    let mut made = Vec::new();
    let member = body.sponsor;
    for call in &body.calls {
        match call {
            Call::RegisterPractitioner(call) => {
                let id = PractitionerId::derive(member, call.local);
                made.push(text("practitioner", id.to_string()));
            }
            Call::CheckIn(call) => {
                let encounter = EncounterId::derive(member, call.local);
                made.push(text("encounter", encounter.to_string()));
                let ticket = TicketId::derive(member, call.local);
                made.push(text("ticket", ticket.to_string()));
            }
            Call::RegisterWithoutCard(call) => {
                let encounter = EncounterId::derive(member, call.local);
                made.push(text("encounter", encounter.to_string()));
                made.push(text("patient", call.patient.to_string()));
            }
            Call::Grant(call) => {
                let grant = GrantId::derive(member, call.local);
                made.push(text("grant", grant.to_string()));
            }
            Call::Permit(call) => {
                let permit = PermitId::derive(member, call.local);
                made.push(text("permit", permit.to_string()));
            }
            Call::Restrict(call) => {
                let restriction = RestrictionId::derive(member, call.local);
                made.push(text("restriction", restriction.to_string()));
            }
            Call::PlaceOrder(call) => {
                let order = OrderId::derive(member, call.local);
                made.push(text("order", order.to_string()));
            }
            Call::OpenMandate(call) => {
                let mandate = MandateId::derive(member, call.local);
                made.push(text("mandate", mandate.to_string()));
            }
            Call::Disclose(call) => {
                let disclosure = DisclosureId::derive(member, call.local);
                made.push(text("disclosure", disclosure.to_string()));
            }
            Call::Hold(call) => {
                let hold = HoldId::derive(member, call.local);
                made.push(text("hold", hold.to_string()));
            }
            Call::RegisterStudy(call) => {
                let study = StudyId::derive(member, call.local);
                made.push(text("study", study.to_string()));
            }
            Call::Enrol(call) => {
                let enrolment = EnrolmentId::derive(member, call.local);
                made.push(text("enrolment", enrolment.to_string()));
            }
            Call::Request(call) => {
                let ticket = TicketId::derive(member, call.local);
                made.push(text("ticket", ticket.to_string()));
            }
            Call::BreakGlass(call) => {
                let ticket = TicketId::derive(member, call.local);
                made.push(text("ticket", ticket.to_string()));
            }
            _ => {}
        }
    }
    made
}
