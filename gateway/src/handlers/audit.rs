//! `GET /AuditEvent?patient=id`: who asked for what of a patient, and what became of it, in order. `GET /Consent/$in-force?patient=id`: what
//! the patient permits and denies now. Both are made when they are asked for, from what the ledger says.
use std::sync::Arc;

use amanat_fhir::Resource;
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

/// What is made.
#[derive(Clone, Copy)]
enum Made {
    AuditEvents,
    Consents,
}

impl Made {
    const fn kind(self) -> &'static str {
        match self {
            Self::AuditEvents => "AuditEvent",
            Self::Consents => "Consent",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::AuditEvents => "AuditEvent",
            Self::Consents => "Consent/$in-force",
        }
    }
}

/// Answers a page of a patient's access log. The log only grows at its end, so a cursor is a position in it.
pub(crate) async fn audit<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    page(&door, &session, query, &headers, Made::AuditEvents).await
}

/// Answers a page of what a patient permits and denies now. A cursor is a position; what ends between two pages moves the rest.
pub(crate) async fn in_force<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    page(&door, &session, query, &headers, Made::Consents).await
}

async fn page<C: Cases>(
    door: &Door<C>,
    session: &Session,
    query: Option<String>,
    headers: &HeaderMap,
    made: Made,
) -> Result<Response, Problem> {
    require_acceptable(headers, query.as_deref())?;
    require_scope(session, Interaction::Search, Some(made.kind()))?;
    let asked = Asked::read(headers, session)?;
    let actor = actor(session)?;
    let query = without_format(&query.unwrap_or_default());
    let search = Search::parse(&query).map_err(|flaw| Problem::of_query_flaw(&flaw))?;
    let by_other = search.ids.is_some() || search.identifiers.is_some();
    if by_other || search.target.is_some() || search.with_provenance {
        let rule = "this is found by patient, _count and _cursor only";
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
    let all = match made {
        Made::AuditEvents => door.cases.audit_events(&actor, &patient, logical).await,
        Made::Consents => {
            let consents = door.cases.consents_in_force(&actor, &patient, logical);
            consents.await
        }
    };
    let all: Vec<Resource> = all.map_err(Problem::of_query)?;
    let to = from.saturating_add(usize::from(search.count));
    let next = (to < all.len()).then(|| to.to_string());
    let events = all
        .into_iter()
        .skip(from)
        .take(usize::from(search.count))
        .collect();
    let own_url = render::url(&door.base_url, made.path(), &query);
    let next_url = next.map(|cursor| {
        let query = render::with_cursor(&query, Some(&cursor));
        render::url(&door.base_url, made.path(), &query)
    });
    Ok(render::made(
        &door.base_url,
        &own_url,
        next_url.as_deref(),
        events,
    ))
}

/// The position that a cursor says.
pub(super) fn position(cursor: Option<&str>) -> Result<usize, Problem> {
    let Some(cursor) = cursor else { return Ok(0) };
    cursor
        .parse()
        .map_err(|_| Problem::bad("_cursor", "must be the cursor of a next link"))
}
