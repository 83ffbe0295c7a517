//! Who is calling: the access token, judged before anything else of a request is read.
use std::sync::Arc;

use amanat_login::LoginRefusal;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::cases::Cases;
use crate::door::Door;
use crate::meter::NotIn;
use crate::outcome::Problem;

/// Puts the session among the request's extensions, or answers 401.
pub(crate) async fn require_session<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    mut request: Request,
    next: Next,
) -> Response {
    let token = bearer(request.headers());
    match token.and_then(|token| door.authority.session(token, (door.clock)())) {
        Ok(session) => {
            request.extensions_mut().insert(session);
            next.run(request).await
        }
        // Its body is not read, so the connection cannot be used again.
        Err(refusal) => {
            let mut response = Problem::from(refusal).closing().into_response();
            response.extensions_mut().insert(NotIn(refusal));
            response
        }
    }
}

/// The token of `Authorization: Bearer` (RFC 6750, 2.1), the only way in which one is taken.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, LoginRefusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(LoginRefusal::TokenMissing)?;
    if values.next().is_some() {
        return Err(LoginRefusal::TokenMalformed);
    }
    let text = value.to_str().map_err(|_| LoginRefusal::TokenMalformed)?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(LoginRefusal::TokenMissing),
    }
}
