//! One question to one address, with everything bounded: time, bytes.
use super::target::Api;
use amanat_client::http::{Bounds, Reply};
use amanat_relay::Place;
use serde::de::DeserializeOwned;
use std::time::{Duration, SystemTime};

/// How long one answer may take.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// How long something that listens is given to end a connection on which nothing was said.
const MOMENT: Duration = Duration::from_millis(300);
const BYTES_MAX: usize = 1024 * 1024;

/// `GET path`, whatever the answer is; an error says in words why there is none.
pub async fn get(api: &Api, path: &str) -> Result<Reply, String> {
    let bounds = Bounds {
        time: PATIENCE,
        bytes_max: BYTES_MAX,
    };
    let reply = api.http.get(&api.address, path, bounds).await;
    reply.map_err(|fault| fault.to_string())
}

/// `GET path`, an answer in JSON; an error says in words why there is none.
pub async fn json<T: DeserializeOwned>(api: &Api, path: &str) -> Result<T, String> {
    let (reply, address) = (get(api, path).await?, &api.address);
    if !reply.status.is_success() {
        return Err(format!("{address} answered {path} with {}", reply.status));
    }
    serde_json::from_slice(&reply.body)
        .map_err(|_| format!("{address} is not a node of this version: {path} is not understood"))
}

/// How far the clock behind an address is ahead of ours, in milliseconds, within about half a second: from the `Date` of its answer.
pub async fn ahead_ms(api: &Api) -> Result<i64, String> {
    let before = SystemTime::now();
    // Whatever the status is.
    let reply = get(api, "/").await?;
    let after = SystemTime::now();
    let date = reply.date.as_deref();
    let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
    let date = date.ok_or_else(|| format!("{} says no date", api.address))?;
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

/// What takes TCP connections at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Nothing.
    Not,
    /// Something that ends them at once, as a relay does without a line to its member.
    AndEnded,
    /// Something that listens.
    Yes,
}

/// What takes TCP connections there.
pub async fn connects(place: &Place) -> Taken {
    let connecting = tokio::net::TcpStream::connect(place.to_string());
    let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, connecting).await else {
        return Taken::Not;
    };
    // Whoever listens waits for a first word.
    match tokio::time::timeout(MOMENT, stream.readable()).await {
        Err(_) => Taken::Yes,
        Ok(_) => match stream.try_read(&mut [0]) {
            Ok(1..) => Taken::Yes,
            Ok(0) | Err(_) => Taken::AndEnded,
        },
    }
}
