//! A client of a FHIR door, as a hospital's own system would be: token, headers, JSON in and out.
use super::DemoError;
use crate::clients::ClientFile;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a token is used; it lives for five minutes.
const TOKEN_LIFE: Duration = Duration::from_secs(200);

/// An answer of a door.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body's bytes.
    pub bytes: Bytes,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// What an OperationOutcome says, shortened.
    pub fn diagnostics(&self) -> String {
        let value = self.json();
        let text = value
            .pointer("/issue/0/diagnostics")
            .or_else(|| value.get("error_description"))
            .and_then(Value::as_str)
            .unwrap_or("(no OperationOutcome)");
        text.chars().take(240).collect()
    }
}

/// What a request claims.
#[derive(Clone, Debug, Default)]
pub struct Claim<'a> {
    /// `X-Amanat-Purpose`.
    pub purpose: Option<&'a str>,
    /// `X-Amanat-Basis`.
    pub basis: Option<String>,
    /// `X-Amanat-Patient`.
    pub patient: Option<String>,
    /// `X-Amanat-Staff`.
    pub staff: Option<String>,
    /// `X-Request-Id`.
    pub request_id: Option<String>,
}

/// A client of one door.
pub struct DoorClient {
    file: ClientFile,
    http: Client<HttpConnector, Full<Bytes>>,
    token: Option<(String, Instant)>,
}

impl DoorClient {
    /// A client by its own file.
    pub fn new(file: ClientFile) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            file,
            http: Client::builder(TokioExecutor::new()).build(connector),
            token: None,
        }
    }

    async fn token(&mut self) -> Result<String, DemoError> {
        if let Some((token, until)) = &self.token
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let form = self.file.token_form(&self.file.purpose_of_use)?;
        let request = Request::post(format!("{}/token", self.file.base_url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(form)));
        let answer = self.send(request).await?;
        let token = answer.json();
        let token = token.get("access_token").and_then(Value::as_str);
        let token = token.ok_or_else(|| {
            DemoError::Broken(format!(
                "no token: status {}: {}",
                answer.status,
                answer.diagnostics()
            ))
        })?;
        self.token = Some((token.to_owned(), Instant::now() + TOKEN_LIFE));
        Ok(token.to_owned())
    }

    /// `GET path`, where `path` begins with a slash or is a whole next link.
    pub async fn get(&mut self, path: &str, claim: &Claim<'_>) -> Result<Answer, DemoError> {
        self.call("GET", path, claim, Bytes::new()).await
    }

    /// `POST path` with a FHIR body.
    pub async fn post(
        &mut self,
        path: &str,
        claim: &Claim<'_>,
        body: Bytes,
    ) -> Result<Answer, DemoError> {
        self.call("POST", path, claim, body).await
    }

    async fn call(
        &mut self,
        method: &str,
        path: &str,
        claim: &Claim<'_>,
        body: Bytes,
    ) -> Result<Answer, DemoError> {
        let token = self.token().await?;
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.file.base_url)
        };
        let mut request = Request::builder()
            .method(method)
            .uri(url)
            .header("authorization", format!("Bearer {token}"));
        if method == "POST" {
            request = request.header("content-type", "application/fhir+json");
        }
        let headers = [
            ("x-amanat-purpose", claim.purpose.map(str::to_owned)),
            ("x-amanat-basis", claim.basis.clone()),
            ("x-amanat-patient", claim.patient.clone()),
            ("x-amanat-staff", claim.staff.clone()),
            ("x-request-id", claim.request_id.clone()),
        ];
        for (name, value) in headers {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        self.send(request.body(Full::new(body))).await
    }

    async fn send(
        &self,
        request: Result<Request<Full<Bytes>>, hyper::http::Error>,
    ) -> Result<Answer, DemoError> {
        let broken = |why: String| DemoError::Broken(format!("the door did not answer: {why}"));
        let request = request.map_err(|error| broken(error.to_string()))?;
        let exchange = async {
            let response = self.http.request(request).await;
            let response = response.map_err(|error| broken(error.to_string()))?;
            let status = response.status().as_u16();
            let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect();
            let body = body.await.map_err(|error| broken(error.to_string()))?;
            Ok(Answer {
                status,
                bytes: body.to_bytes(),
            })
        };
        tokio::time::timeout(PATIENCE, exchange)
            .await
            .map_err(|_| broken(format!("within {} s", PATIENCE.as_secs())))?
    }

    /// An operation with `Parameters`; gives the answer's parameters by name.
    pub async fn operation(
        &mut self,
        name: &str,
        parameters: Vec<Value>,
    ) -> Result<Result<Fields, Answer>, DemoError> {
        let body = json!({"resourceType": "Parameters", "parameter": parameters});
        let body = Bytes::from(body.to_string());
        let answer = self
            .post(&format!("/${name}"), &Claim::default(), body)
            .await?;
        if answer.status != 200 {
            return Ok(Err(answer));
        }
        Ok(Ok(Fields::of(&answer.json())))
    }
}

/// Parameters of an answer.
#[derive(Clone, Debug, Default)]
pub struct Fields(BTreeMap<String, Vec<String>>);

impl Fields {
    fn of(value: &Value) -> Self {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let list = value.get("parameter").and_then(Value::as_array);
        for item in list.into_iter().flatten() {
            let name = item.get("name").and_then(Value::as_str);
            let value = item.as_object().and_then(|map| {
                map.iter()
                    .find(|(key, _)| key.starts_with("value"))
                    .map(|(_, value)| value.as_str().map_or(value.to_string(), str::to_owned))
            });
            if let (Some(name), Some(value)) = (name, value) {
                fields.entry(name.to_owned()).or_default().push(value);
            }
        }
        Self(fields)
    }

    /// The one parameter of this name.
    pub fn one(&self, name: &str) -> Result<&str, DemoError> {
        self.0
            .get(name)
            .and_then(|values| values.first())
            .map(String::as_str)
            .ok_or_else(|| DemoError::Broken(format!("the door's answer has no {name}")))
    }

    /// All parameters of this name.
    pub fn many(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

/// A text parameter.
pub fn text(name: &str, value: impl Into<String>) -> Value {
    json!({"name": name, "valueString": value.into()})
}

/// An instant parameter.
pub fn instant(name: &str, time: amanat_types::TimestampMs) -> Value {
    json!({"name": name, "valueInstant": crate::verify::instant(time)})
}
