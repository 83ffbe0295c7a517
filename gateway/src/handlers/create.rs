//! `POST /Type`: one resource (FHIR R4, 3.1.0.8). 201 with Location and ETag once it is final on the ledger.
//!
//! `X-Request-Id` (or `Idempotency-Key`) names the request: a repeat gives the same resource, another body under it is 409.
use std::sync::Arc;

use amanat_exchange::Draft;
use amanat_exchange::id::logical_id;
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
    let (parts, body) = request.into_parts();
    require_acceptable(&parts.headers, parts.uri.query())?;
    let kind = kind_of(&kind)?;
    require_scope(&session, Interaction::Create, Some(kind.name()))?;
    let asked = Asked::read(&parts.headers, &session)?;
    require_json(&parts.headers)?;
    let actor = actor(&session)?;
    let (bytes, _share) = door
        .purse()
        .read(&parts.headers, body, RESOURCE_SIZE_BYTES_MAX)
        .await?;
    let mut resource = body::checked(bytes, Limits::RESOURCE).await?;
    require_kind(resource.kind(), kind)?;

    let ids = CallerIds::of_request(&session, asked.request_id.as_deref())?;
    let caller_id = ids.entry(0);
    let record = door.cases.record_id(&actor, &caller_id);
    resource.set_id(&logical_id(&record))?;
    let drafts = vec![Draft {
        resource: resource.clone(),
        caller_id,
    }];
    let context = door.to_write(&actor, &asked, &drafts, false).await?;
    let deposited = door.cases.deposit(&actor, context.as_ref(), drafts).await?;
    let done = deposited.first().ok_or_else(Problem::fault)?;

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
