//! `GET /AuditEvent?patient=id`: who asked for what of a patient, and what became of it, in order.
use std::sync::Arc;

use amanat_fhir::search::Search;
use amanat_login::{Interaction, Session};
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::asked::Asked;
use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::negotiate::{require_acceptable, without_format};
use crate::outcome::Problem;
use crate::render;

/// Answers a page of a patient's access log. The log only grows at its end, so a cursor is a position in it.
pub(crate) async fn audit<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    require_acceptable(&headers, query.as_deref())?;
    require_scope(&session, Interaction::Search, Some("AuditEvent"))?;
    let asked = Asked::read(&headers, &session)?;
    let actor = actor(&session)?;
    let query = without_format(&query.unwrap_or_default());
    let search = Search::parse(&query).map_err(|flaw| Problem::of_query_flaw(&flaw))?;
    if search.ids.is_some() || search.identifiers.is_some() {
        let rule = "the access log is found by patient, _count and _cursor only";
        return Err(Problem::bad("query", rule));
    }
    let from = position(search.cursor.as_deref())?;
    let logical = search.patient.as_deref().or(asked.patient.as_deref());
    let logical = logical.ok_or_else(|| Problem::bad("patient", "is required"))?;
    let patient = door
        .cases
        .patient_of(&actor, logical)?
        .ok_or_else(Problem::not_found)?;
    let _share = door.purse().for_reading().await?;
    let log = door
        .cases
        .audit_events(&actor, &patient, logical)
        .await
        .map_err(Problem::of_query)?;
    let to = from.saturating_add(usize::from(search.count));
    let next = (to < log.len()).then(|| to.to_string());
    let events = log
        .into_iter()
        .skip(from)
        .take(usize::from(search.count))
        .collect();
    let own_url = render::url(&door.base_url, "AuditEvent", &query);
    let next_url = next.map(|cursor| {
        let query = render::with_cursor(&query, Some(&cursor));
        render::url(&door.base_url, "AuditEvent", &query)
    });
    Ok(render::made(
        &door.base_url,
        &own_url,
        next_url.as_deref(),
        events,
    ))
}

fn position(cursor: Option<&str>) -> Result<usize, Problem> {
    let Some(cursor) = cursor else { return Ok(0) };
    cursor
        .parse()
        .map_err(|_| Problem::bad("_cursor", "must be the cursor of a next link"))
}
