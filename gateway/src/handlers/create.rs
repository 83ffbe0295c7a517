//! `POST /Type`: one resource (FHIR R4, 3.1.0.8). 201 with Location and ETag once it is final on the ledger.
//!
//! `POST /Type/id/$amend`: the same, where what is created supersedes a record of this member of the same category.
//!
//! `X-Request-Id` (or `Idempotency-Key`) names the request: a repeat gives the same resource, another body under it is 409.
use std::sync::Arc;

use amanat_exchange::Draft;
use amanat_exchange::id::{logical_id, record_of};
use amanat_fhir::outcome::{Issue, IssueType, operation_outcome};
use amanat_fhir::{Flaw, Limits, RESOURCE_SIZE_BYTES_MAX, ResourceType, Rule};
use amanat_login::{Interaction, Session};
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::asked::Asked;
use crate::body;
use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::handlers::kind_of;
use crate::negotiate::{require_acceptable, require_json};
use crate::outcome::Problem;
use crate::render::{self, VERSION};
use crate::repeat::CallerIds;

/// Deposits one resource.
pub(crate) async fn create<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    Path(kind): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    put(&door, &session, &kind, None, request).await
}

/// Deposits one resource in place of another.
pub(crate) async fn amend<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    Path((kind, id)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    put(&door, &session, &kind, Some(&id), request).await
}

async fn put<C: Cases>(
    door: &Door<C>,
    session: &Session,
    kind: &str,
    over: Option<&str>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    require_acceptable(&parts.headers, parts.uri.query())?;
    let kind = kind_of(kind)?;
    let interaction = match over {
        None => Interaction::Create,
        Some(_) => Interaction::Update,
    };
    require_scope(session, interaction, Some(kind.name()))?;
    let over = over.map(|id| record_of(id).ok_or_else(Problem::not_found));
    let over = over.transpose()?;
    let asked = Asked::read(&parts.headers, session)?;
    require_json(&parts.headers)?;
    let actor = actor(session)?;
    let (bytes, _share) = door
        .purse()
        .read(&parts.headers, body, RESOURCE_SIZE_BYTES_MAX)
        .await?;
    let mut resource = body::checked(bytes, Limits::RESOURCE).await?;
    require_kind(resource.kind(), kind)?;

    let ids = CallerIds::of_request(session, asked.request_id.as_deref())?;
    let caller_id = ids.entry(0);
    let record = door.cases.record_id(&actor, &caller_id);
    resource.set_id(&logical_id(&record))?;
    let draft = Draft {
        resource: resource.clone(),
        caller_id,
    };
    let drafts = vec![draft.clone()];
    let context = door.to_write(&actor, &asked, &drafts, false).await?;
    let context = context.as_ref();
    let done = match over {
        Some(over) => door.cases.amend(&actor, context, over, draft).await?,
        None => {
            let mut deposited = door.cases.deposit(&actor, context, drafts).await?;
            deposited.pop().ok_or_else(Problem::fault)?
        }
    };

    resource.set_version(VERSION, &render::updated(done.updated_ms))?;
    let reference = resource.reference().ok_or_else(Problem::fault)?;
    let answer = preferred(&parts.headers, &resource);
    render::located(answer, &door.base_url, &reference)
}

fn require_kind(given: ResourceType, path: ResourceType) -> Result<(), Problem> {
    if given == path {
        return Ok(());
    }
    Err(Flaw::new("Resource.resourceType", Rule::UrlMismatch).into())
}

/// What `Prefer: return=...` asks for (FHIR R4, 3.1.0.1.7); the resource if it says nothing.
fn preferred(headers: &HeaderMap, resource: &amanat_fhir::Resource) -> Response {
    let prefer = headers.get("prefer").and_then(|value| value.to_str().ok());
    match prefer.map(|text| text.replace(' ', "")).as_deref() {
        Some("return=minimal") => render::empty(StatusCode::CREATED),
        Some("return=OperationOutcome") => {
            let done = Issue::information(IssueType::Informational, "created");
            render::stored(StatusCode::CREATED, &operation_outcome(&[done]))
        }
        _ => render::stored(StatusCode::CREATED, resource),
    }
}
