//! `GET /.well-known/smart-configuration` (SMART App Launch 2.2.0, "Conformance").
use std::sync::Arc;

use amanat_login::GRANT_TYPE;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use crate::cases::Cases;
use crate::door::Door;

/// Tells clients where and how to sign in.
pub(crate) async fn smart_configuration<C: Cases>(State(door): State<Arc<Door<C>>>) -> Response {
    let body = json!({
        "token_endpoint": door.authority.token_url(),
        "grant_types_supported": [GRANT_TYPE],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
        "scopes_supported": ["system/*.read", "system/*.write", "system/*.rs", "system/*.cruds"],
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    });
    ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
