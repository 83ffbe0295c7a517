//! `GET /Patient/id/$everything`: the whole record as far as the basis opens it, page by page (FHIR R4, Patient-everything).
use std::sync::Arc;

use amanat_fhir::search::Search;
use amanat_login::{Interaction, Session};
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::asked::{Asked, is_id};
use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::handlers::provenance;
use crate::negotiate::{require_acceptable, without_format};
use crate::outcome::Problem;
use crate::render;

/// Opens a page of a patient's record. Supported parameters: `_count`, `_cursor` of a next link, and
/// `_revinclude=Provenance:target`.
pub(crate) async fn everything<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    require_acceptable(&headers, query.as_deref())?;
    require_scope(&session, Interaction::Read, None)?;
    require_scope(&session, Interaction::Search, None)?;
    let asked = Asked::read(&headers, &session)?;
    let actor = actor(&session)?;
    let query = without_format(&query.unwrap_or_default());
    let search = parse(&query)?;
    if !is_id(&id) {
        return Err(Problem::not_found());
    }
    let context = door.to_read(&actor, &asked, None, Some(&id)).await?;
    let patient = context.patient.ok_or_else(Problem::not_found)?;
    let _share = door.purse().for_reading().await?;
    let (cursor, count) = (search.cursor.as_deref(), usize::from(search.count));
    let found = door
        .cases
        .everything(&actor, &context, patient, cursor, count)
        .await;
    let page = found.map_err(Problem::of_query)?;
    let beside = provenance::beside(&door, (&session, &actor), &search, &page.opened).await?;
    let path = format!("Patient/{id}/$everything");
    let own_url = render::url(&door.base_url, &path, &query);
    let next_url = page.next.as_deref().map(|cursor| {
        render::url(
            &door.base_url,
            &path,
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

pub(super) fn parse(query: &str) -> Result<Search, Problem> {
    let search = Search::parse(query).map_err(|flaw| Problem::of_query_flaw(&flaw))?;
    if !search.finds_all() {
        let rule = "only _count, _cursor and _revinclude are supported here";
        return Err(Problem::bad("query", rule));
    }
    Ok(search)
}
