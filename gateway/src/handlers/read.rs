//! `GET /Type/id` and `GET /Type/id/_history/1` (FHIR R4, 3.1.0.2, 3.1.0.3).
//!
//! A record that may not be seen, one that does not exist and one of another type are the same 404.
use std::sync::Arc;

use amanat_exchange::id::record_of;
use amanat_exchange::{Actor, Opened};
use amanat_fhir::ResourceType;
use amanat_login::{Interaction, Session};
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::asked::Asked;
use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::handlers::kind_of;
use crate::handlers::provenance::{self, PROVENANCE};
use crate::negotiate::require_acceptable;
use crate::outcome::Problem;
use crate::render::{self, VERSION};

/// Opens one record under the basis and purpose of the request.
pub(crate) async fn read<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    Path((kind, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    require_acceptable(&headers, query.as_deref())?;
    let kind = kind_of(&kind)?;
    require_scope(&session, Interaction::Read, Some(kind.name()))?;
    let asked = Asked::read(&headers, &session)?;
    let actor = actor(&session)?;
    if kind.name() == PROVENANCE
        && let Some(answer) = provenance::one(&door, (&session, &actor), &asked, &id).await
    {
        return answer;
    }
    let opened = open(&door, &actor, &asked, (Some(kind), &id)).await?;
    let notes = door.cases.notes(&actor, &opened.record)?;
    let stored = render::stored(StatusCode::OK, &opened.resource);
    render::beside(stored, &door.base_url, &notes)
}

/// Opens a record of a type, or of whatever type it is.
pub(super) async fn open<C: Cases>(
    door: &Door<C>,
    actor: &Actor,
    asked: &Asked,
    (kind, id): (Option<ResourceType>, &str),
) -> Result<Opened, Problem> {
    let record = record_of(id).ok_or_else(Problem::not_found)?;
    // A Patient's own id says whose it is; of other types only the header can.
    let is_patient = kind.is_some_and(|kind| kind.name() == "Patient");
    let own = (is_patient && asked.patient.is_none()).then_some(id);
    let context = match door.to_read(actor, asked, kind, own).await {
        // Not known here: asked for all the same, so that it takes the road of every other record.
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => {
            let anybody = Asked {
                patient: None,
                ..asked.clone()
            };
            door.to_read(actor, &anybody, kind, None).await?
        }
        other => other?,
    };
    let opened = door
        .cases
        .read(actor, &context, record)
        .await
        .map_err(Problem::of_read)?;
    if kind.is_some_and(|kind| kind != opened.resource.kind()) {
        return Err(Problem::not_found());
    }
    Ok(opened)
}

/// The same for the one version that a record has.
pub(crate) async fn version_read<C: Cases>(
    state: State<Arc<Door<C>>>,
    session: Extension<Session>,
    Path((kind, id, version)): Path<(String, String, String)>,
    query: RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if version != VERSION {
        return Err(Problem::not_found());
    }
    read(state, session, Path((kind, id)), query, headers).await
}
