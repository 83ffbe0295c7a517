//! `GET /metadata`: the CapabilityStatement (FHIR R4, 3.1.0.9).
use std::sync::Arc;

use amanat_fhir::capability::{
    Capability, Interaction, SearchParameter, SystemInteraction, capability_statement,
};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use crate::cases::Cases;
use crate::door::Door;
use crate::negotiate::require_acceptable;
use crate::outcome::Problem;
use crate::render;

/// Answers what this gateway can do; no token is needed.
pub(crate) async fn metadata<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    require_acceptable(&headers, query.as_deref())?;
    let statement = capability_statement(&Capability {
        base_url: &door.base_url,
        token_url: door.authority.token_url(),
        version: env!("CARGO_PKG_VERSION"),
        date: &door.software_date,
        interactions: &[
            Interaction::Create,
            Interaction::Read,
            Interaction::VersionRead,
            Interaction::Search,
        ],
        system_interactions: &[SystemInteraction::Transaction],
        search_parameters: &[
            SearchParameter::Id,
            SearchParameter::Identifier,
            SearchParameter::Patient,
            SearchParameter::Target,
        ],
        everything: true,
        archive: Some("urn:amanat:operation:archive"),
        provenance: true,
    });
    let answer = render::resource(StatusCode::OK, &statement);
    Ok(render::with(answer, header::CACHE_CONTROL, "max-age=60"))
}
