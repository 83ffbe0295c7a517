//! `GET /Type?...` and `POST /Type/_search` (FHIR R4, 3.1.1): by `_id`, `identifier`, `patient`, `_count`, with next links; Provenance
//! also by `target`. With `_revinclude=Provenance:target` what is found comes with its Provenance.
//!
//! Handling is strict: an unknown parameter is refused. What the basis does not open is left out without a sign.
use std::sync::Arc;

use amanat_fhir::search::Search;
use amanat_login::{Interaction, Session};
use axum::Extension;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::asked::Asked;
use crate::body::FORM_BYTES_MAX;
use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::handlers::kind_of;
use crate::handlers::provenance::{self, PROVENANCE};
use crate::negotiate::{require_acceptable, require_form, without_format};
use crate::outcome::Problem;
use crate::render;

/// Finds resources of a type, by the URL's query.
pub(crate) async fn search<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    find(&door, &session, &kind, &query, &headers).await
}

/// Finds resources of a type, by a form: identifiers then stay out of URLs, and of other systems' logs.
pub(crate) async fn search_by_form<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    Path(kind): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    require_form(&parts.headers)?;
    let (bytes, _share) = door
        .purse()
        .read(&parts.headers, body, FORM_BYTES_MAX)
        .await?;
    let form = String::from_utf8(bytes).map_err(|_| Problem::bad("body", "must be UTF-8"))?;
    // FHIR R4, 3.1.1.1.2: parameters of the URL and of the form count together.
    let query = match parts.uri.query() {
        Some(query) if !query.is_empty() => format!("{query}&{form}"),
        _ => form,
    };
    find(&door, &session, &kind, &query, &parts.headers).await
}

async fn find<C: Cases>(
    door: &Door<C>,
    session: &Session,
    kind: &str,
    query: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    require_acceptable(headers, Some(query))?;
    let kind = kind_of(kind)?;
    require_scope(session, Interaction::Search, Some(kind.name()))?;
    let asked = Asked::read(headers, session)?;
    let actor = actor(session)?;
    let query = without_format(query);
    let search = Search::parse(&query).map_err(|flaw| Problem::of_query_flaw(&flaw))?;
    match &search.target {
        Some(target) if kind.name() == PROVENANCE => {
            let asked_for = (query.as_str(), &search, target);
            return provenance::of_target(door, (session, &actor), asked, asked_for).await;
        }
        Some(_) => return Err(Problem::bad("target", "is a parameter of Provenance only")),
        None => {}
    }
    let context = door
        .to_read(&actor, &asked, Some(kind), search.patient.as_deref())
        .await?;
    let _share = door.purse().for_reading().await?;
    let found = door.cases.search(&actor, &context, kind, &search).await;
    let page = found.map_err(Problem::of_query)?;
    let beside = provenance::beside(door, (session, &actor), &search, &page.opened).await?;
    let own_url = render::url(&door.base_url, kind.name(), &query);
    let next_url = page.next.as_deref().map(|cursor| {
        render::url(
            &door.base_url,
            kind.name(),
            &render::with_cursor(&query, Some(cursor)),
        )
    });
    Ok(render::page(
        &door.base_url,
        &own_url,
        next_url.as_deref(),
        (page, beside),
    ))
}
