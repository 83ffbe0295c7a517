//! `amanat token`: asks a gateway for an access token as one of its clients, for use with curl.
use crate::clients::{ClientFile, ClientFileError};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::path::Path;

/// No token was issued.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The client's file.
    #[error(transparent)]
    Client(#[from] ClientFileError),
    /// The gateway.
    #[error("the gateway at {base}: {why}")]
    Gateway {
        /// Which.
        base: String,
        /// What it said.
        why: String,
    },
}

/// Asks for a token with the client's registered purposes.
pub async fn fetch(path: &Path) -> Result<String, TokenError> {
    let client = ClientFile::read(path)?;
    let failed = |why: String| TokenError::Gateway {
        base: client.base_url.clone(),
        why,
    };
    let form = client.token_form(&client.purpose_of_use)?;
    let request = Request::post(format!("{}/token", client.base_url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(form)))
        .map_err(|error| failed(error.to_string()))?;
    let http: Client<HttpConnector, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).build_http();
    let response = http
        .request(request)
        .await
        .map_err(|error| failed(error.to_string()))?;
    let status = response.status();
    let body = Limited::new(response.into_body(), 64 * 1024)
        .collect()
        .await;
    let body = body.map_err(|error| failed(error.to_string()))?.to_bytes();
    let answer: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let token = answer.get("access_token").and_then(|token| token.as_str());
    token.map(str::to_owned).ok_or_else(|| {
        let said = answer
            .get("error_description")
            .and_then(|text| text.as_str());
        failed(format!("status {status}: {}", said.unwrap_or("no token")))
    })
}
