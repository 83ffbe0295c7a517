//! One question to one address, with everything bounded: time, bytes.
use amanat_client::http::{Bounds, HttpClient};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

/// How long one answer may take.
pub const PATIENCE: Duration = Duration::from_secs(3);
const BYTES_MAX: usize = 1024 * 1024;

/// `GET path`, an answer in JSON; an error says in words why there is none.
pub async fn json<T: DeserializeOwned>(address: &str, path: &str) -> Result<T, String> {
    let bounds = Bounds {
        time: PATIENCE,
        bytes_max: BYTES_MAX,
    };
    let reply = HttpClient::new().get(address, path, bounds).await;
    let reply = reply.map_err(|fault| fault.to_string())?;
    if !reply.status.is_success() {
        return Err(format!("{address} answered {path} with {}", reply.status));
    }
    serde_json::from_slice(&reply.body)
        .map_err(|_| format!("{address} is not a node of this version: {path} is not understood"))
}

/// How far the clock behind an address is ahead of ours, in milliseconds, within about half a second: from the `Date` of its answer.
pub async fn ahead_ms(address: SocketAddr) -> Result<i64, String> {
    let request = Request::get(format!("http://{address}/"))
        .body(Full::new(Bytes::new()))
        .map_err(|error| error.to_string())?;
    let http: Client<HttpConnector, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).build_http();
    let before = SystemTime::now();
    let silent = || format!("{address} does not answer");
    let response = tokio::time::timeout(PATIENCE, http.request(request)).await;
    let response = response
        .map_err(|_| silent())?
        .map_err(|error| format!("{}: {error}", silent()))?;
    let after = SystemTime::now();
    let date = response.headers().get(hyper::header::DATE);
    let date = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    // The rest of the answer does not matter, whatever its status is.
    drop(
        Limited::new(response.into_body(), BYTES_MAX)
            .collect()
            .await,
    );
    let date = date.ok_or_else(|| format!("{address} says no date"))?;
    let took = after.duration_since(before).unwrap_or_default();
    // A date is cut to its second: on average it is half a second later.
    let theirs = date + Duration::from_millis(500);
    let ours = before + took / 2;
    let ms = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    Ok(match theirs.duration_since(ours) {
        Ok(ahead) => ms(ahead),
        Err(behind) => -ms(behind.duration()),
    })
}

/// Whether something takes TCP connections there.
pub async fn connects(address: SocketAddr) -> bool {
    let connecting = tokio::net::TcpStream::connect(address);
    matches!(tokio::time::timeout(PATIENCE, connecting).await, Ok(Ok(_)))
}
