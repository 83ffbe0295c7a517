//! The operations of a front desk: FHIR `Parameters` in and out. `docs/fhir-door.md` shows each with curl.
mod allow;
mod call;
mod care;
mod fields;
mod legal;
mod made;
mod person;

pub(crate) use call::{Papers, read as read_call};
pub(crate) use fields::{Field, Fields};
pub(crate) use made::made;

use amanat_fhir::Resource;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use amanat_fhir::{Checked, Limits};
use amanat_login::{Interaction, Session};
use amanat_types::TimestampMs;
use amanat_types::limits::TRANSACTION_BYTES_MAX;

use crate::body;
use crate::cases::Cases;
use crate::door::{Door, require_scope};
use crate::negotiate::{require_acceptable, require_json};
use crate::outcome::Problem;
use crate::render;

/// A transaction in base64 with its signatures, and JSON around it.
const PARAMETERS_BYTES_MAX: usize = TRANSACTION_BYTES_MAX * 2;

/// Reads the body of an operation. An operation takes the scope to create `Parameters`, which is what is posted.
pub(crate) async fn receive<C: Cases>(
    door: &Door<C>,
    session: &Session,
    request: Request,
) -> Result<Checked, Problem> {
    let (parts, body) = request.into_parts();
    require_acceptable(&parts.headers, parts.uri.query())?;
    require_scope(session, Interaction::Create, Some("Parameters"))?;
    require_json(&parts.headers)?;
    let (bytes, _share) = door
        .purse()
        .read(&parts.headers, body, PARAMETERS_BYTES_MAX)
        .await?;
    body::checked(bytes, Limits::RESOURCE).await
}

/// A parameter with text.
pub(crate) fn text(name: &str, value: impl Into<String>) -> Value {
    json!({ "name": name, "valueString": value.into() })
}

/// A parameter with a code.
pub(crate) fn code(name: &str, value: &str) -> Value {
    json!({ "name": name, "valueCode": value })
}

/// A parameter with bytes.
pub(crate) fn bytes(name: &str, value: &[u8]) -> Value {
    json!({ "name": name, "valueBase64Binary": STANDARD.encode(value) })
}

/// A parameter with a time.
pub(crate) fn instant(name: &str, at: TimestampMs) -> Value {
    json!({ "name": name, "valueInstant": amanat_fhir::instant(at.get()) })
}

/// The answer of an operation.
pub(crate) fn answer(parameters: Vec<Value>) -> Result<Response, Problem> {
    let parameters = json!({ "resourceType": "Parameters", "parameter": parameters });
    let resource = Resource::from_value(parameters).ok_or_else(Problem::fault)?;
    Ok(render::resource(StatusCode::OK, &resource))
}
