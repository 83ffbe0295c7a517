//! `POST /token`: an assertion for an access token (SMART App Launch 2.2.0, "Backend Services").
//!
//! The one door whose errors are OAuth's (RFC 6749, 5.2) and not OperationOutcomes: its callers are OAuth clients.
use std::sync::Arc;

use amanat_login::{LoginRefusal, TokenAnswer, TokenRequest};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::body::FORM_BYTES_MAX;
use crate::cases::Cases;
use crate::door::Door;
use crate::meter::{Issued, NotIn};
use crate::negotiate::require_form;
use crate::outcome::Problem;

/// Judges a token request.
pub(crate) async fn token<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    require_form(&parts.headers)?;
    let (bytes, _share) = door
        .purse()
        .read(&parts.headers, body, FORM_BYTES_MAX)
        .await?;
    let answer = parse(&bytes).and_then(|asked| door.authority.token(&asked, (door.clock)()));
    Ok(match answer {
        Ok(answer) => issued(&answer),
        Err(refusal) => refused(refusal),
    })
}

pub(super) fn parse(bytes: &[u8]) -> Result<TokenRequest, LoginRefusal> {
    let mut request = TokenRequest::default();
    for (name, value) in form_urlencoded::parse(bytes) {
        let slot = match &*name {
            "grant_type" => &mut request.grant_type,
            "client_assertion_type" => &mut request.client_assertion_type,
            "client_assertion" => &mut request.client_assertion,
            "client_id" => &mut request.client_id,
            "scope" => &mut request.scope,
            "purpose_of_use" => &mut request.purpose_of_use,
            // RFC 6749, 3.2: unrecognised parameters are ignored.
            _ => continue,
        };
        if slot.replace(value.into_owned()).is_some() {
            return Err(LoginRefusal::RequestMalformed);
        }
    }
    Ok(request)
}

fn issued(answer: &TokenAnswer) -> Response {
    let body = json!({
        "access_token": answer.access_token,
        "token_type": "bearer",
        "expires_in": answer.expires_in_s,
        "scope": answer.scope,
        "purpose_of_use": answer.purpose_of_use,
    });
    let mut response = render(StatusCode::OK, &body);
    response.extensions_mut().insert(Issued);
    response
}

fn refused(refusal: LoginRefusal) -> Response {
    let status = match refusal.code() {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        "temporarily_unavailable" => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({ "error": refusal.code(), "error_description": refusal.text() });
    let mut response = render(status, &body);
    response.extensions_mut().insert(NotIn(refusal));
    response
}

fn render(status: StatusCode, body: &Value) -> Response {
    (
        status,
        [(CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}
