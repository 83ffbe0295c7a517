//! `POST /`: a transaction Bundle, all or none (FHIR R4, 3.1.0.11). Every error names its entry.
use std::sync::Arc;

use amanat_exchange::id::logical_id;
use amanat_exchange::{Deposited, Draft};
use amanat_fhir::bundle::{self, Created, Entry};
use amanat_fhir::{BUNDLE_SIZE_BYTES_MAX, Checked, Flaw, Limits, Rule};
use amanat_login::{Interaction, Session};
use amanat_types::digest;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use crate::asked::Asked;
use crate::body;
use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::negotiate::{require_acceptable, require_json};
use crate::outcome::Problem;
use crate::render::{self, VERSION};
use crate::repeat::CallerIds;

/// Deposits every entry of a Bundle, or none.
pub(crate) async fn transaction<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    require_acceptable(&parts.headers, parts.uri.query())?;
    let asked = Asked::read(&parts.headers, &session)?;
    require_json(&parts.headers)?;
    let actor = actor(&session)?;
    let (bytes, _share) = door
        .purse()
        .read(&parts.headers, body, BUNDLE_SIZE_BYTES_MAX)
        .await?;
    let body_digest = digest("amanat/gateway/body", &[&bytes]);
    let bundle = body::checked(bytes, Limits::BUNDLE).await?;

    let named = identifier(&bundle);
    let id = asked.request_id.as_deref();
    let ids = CallerIds::of_bundle(&session, id, named.as_deref(), &body_digest.0);
    let record = |index| door.cases.record_id(&actor, &ids.entry(index));
    let taken = bundle::transaction(bundle, |index, _| logical_id(&record(index)))?;
    require_scopes(&session, &taken.entries)?;
    if taken.entries.is_empty() {
        return Err(Flaw::new("Bundle.entry", Rule::Required).into());
    }

    let references: Vec<String> = taken.entries.iter().map(Entry::reference).collect();
    let drafts = taken.entries.into_iter().enumerate();
    let drafts: Vec<Draft> = drafts
        .map(|(index, entry)| Draft {
            resource: entry.resource,
            caller_id: ids.entry(index),
        })
        .collect();
    let context = door.to_write(&actor, &asked, &drafts, true).await?;
    let deposited = door.cases.deposit(&actor, context.as_ref(), drafts).await?;
    Ok(answer(&references, &deposited))
}

/// Each entry needs the scope to create its type.
fn require_scopes(session: &Session, entries: &[Entry]) -> Result<(), Problem> {
    for (index, entry) in entries.iter().enumerate() {
        let kind = entry.resource.kind().name();
        require_scope(session, Interaction::Create, Some(kind))
            .map_err(|problem| problem.at(format!("Bundle.entry[{index}].resource")))?;
    }
    Ok(())
}

/// `Bundle.identifier`, by which its sender names it: both parts, told apart by lengths.
pub(super) fn identifier(bundle: &Checked) -> Option<String> {
    let identifier = bundle.get("identifier")?;
    let part = |name| identifier.get(name).and_then(Value::as_str);
    let (system, value) = (part("system").unwrap_or_default(), part("value")?);
    Some(format!("{}:{system}{value}", system.len()))
}

fn answer(references: &[String], deposited: &[Deposited]) -> Response {
    let instants: Vec<String> = deposited
        .iter()
        .map(|one| render::updated(one.updated_ms))
        .collect();
    let created = references
        .iter()
        .zip(&instants)
        .map(|(reference, instant)| Created {
            reference,
            version: VERSION,
            last_modified: instant,
        });
    render::resource(StatusCode::OK, &bundle::transaction_response(created))
}
