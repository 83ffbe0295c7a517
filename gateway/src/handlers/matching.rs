//! `POST /Patient/$match` (FHIR R4, Patient-match): which of this member's Patients somebody may be, with how sure that is.
//!
//! An entry has the Patient's id, the person's other pseudonyms (`link`), and nothing of what stands in it: that is opened under a basis,
//! as every record is.
use std::sync::Arc;

use amanat_exchange::SamePerson;
use amanat_exchange::id::logical_id;
use amanat_exchange::matching::Matched;
use amanat_fhir::Resource;
use amanat_fhir::bundle::{Found, Page, searchset};
use amanat_login::{Interaction, Session};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::operation::{self, Field, Fields};
use crate::outcome::Problem;
use crate::render;

/// Matches of an answer, if nobody says how many.
const COUNT: u16 = 20;

/// Finds who somebody may be.
pub(crate) async fn match_patient<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    request: Request,
) -> Result<Response, Problem> {
    require_scope(&session, Interaction::Search, Some("Patient"))?;
    let parameters = operation::receive(&door, &session, request).await?;
    let fields = Fields::read(&parameters, &["resource", "onlyCertainMatches", "count"])?;
    let asked = fields.one("resource")?;
    let patient = asked.resource()?;
    if patient.kind().name() != "Patient" {
        return Err(asked.problem("must be a Patient"));
    }
    let certain = fields.optional("onlyCertainMatches")?.map(Field::boolean);
    let certain = certain.transpose()?.unwrap_or(false);
    let count = fields.optional("count")?.map(Field::number);
    let count = usize::from(count.transpose()?.unwrap_or(COUNT));
    let actor = actor(&session)?;
    let _share = door.purse().for_reading().await?;
    let found = door.cases.match_patient(&actor, &patient, (certain, count));
    let found = found.map_err(Problem::of_query)?;
    let entries: Option<Vec<Found>> = found
        .iter()
        .map(|one| graded(&door.base_url, one))
        .collect();
    let own_url = render::url(&door.base_url, "Patient/$match", "");
    let page = Page {
        own_url: &own_url,
        next_url: None,
    };
    let entries = entries.ok_or_else(Problem::fault)?;
    Ok(render::resource(StatusCode::OK, &searchset(page, entries)))
}

fn graded(base_url: &str, one: &Matched) -> Option<Found> {
    let id = logical_id(&one.record);
    let mut patient = json!({ "resourceType": "Patient", "id": id });
    if !one.same.is_empty() {
        patient["link"] = one.same.iter().map(link).collect();
    }
    Some(Found::Graded {
        full_url: format!("{base_url}/Patient/{id}"),
        resource: Resource::from_value(patient)?,
        agreement: one.agreement,
    })
}

/// A `Patient.link` to another pseudonym of the person.
fn link(same: &SamePerson) -> Value {
    json!({
        "other": { "identifier": { "system": "urn:amanat:ledger:patient", "value": same.other.to_string() } },
        "type": if same.replaced { "replaced-by" } else { "replaces" },
    })
}
