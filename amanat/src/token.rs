//! `amanat token`: asks a gateway for an access token as one of its clients, for use with curl.
use crate::clients::{ClientFile, ClientFileError};
use crate::command_error::CommandError;
use crate::config::beside;
use amanat_client::Fault;
use amanat_client::http::{Bounds, HttpClient};
use amanat_tls::{PemError, Roots};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// Time for the whole exchange, and bytes of its answer.
const BOUNDS: Bounds = Bounds {
    time: Duration::from_secs(30),
    bytes_max: 64 * 1024,
};

/// What a gateway gave.
#[derive(Serialize, Deserialize)]
pub struct Token {
    /// The token.
    pub access_token: String,
    /// For how long it is good, in seconds.
    pub expires_in: u64,
    /// What it allows.
    pub scope: String,
}

impl From<ClientFileError> for CommandError {
    fn from(error: ClientFileError) -> Self {
        match error {
            ClientFileError::Config(error) => Self::Config(error),
            ClientFileError::Key(_) => {
                Self::rule("the client's file", "key_pem", error.to_string())
            }
            ClientFileError::File { path, source } => Self::File { path, source },
        }
    }
}

impl From<PemError> for CommandError {
    fn from(error: PemError) -> Self {
        match error {
            PemError::Rule { key, path, rule } => Self::rule(path, key, rule),
            PemError::File { path, source, .. } => Self::File { path, source },
        }
    }
}

/// Asks for a token with the client's registered purposes. A gateway at `https://` is known by the certificates in `ca`, else in the
/// file that the client's own file names at `ca`.
///
/// It is a no if the gateway refuses the client, or shows a certificate that is not to be trusted; no answer is none.
pub async fn fetch(path: &Path, ca: Option<&Path>) -> Result<Token, CommandError> {
    let client = ClientFile::read(path)?;
    let base = client.base_url.as_str();
    let named = client.ca.as_ref().map(|file| beside(path, file));
    let http = match (base.starts_with("https://"), ca.or(named.as_deref())) {
        (true, Some(ca)) => HttpClient::trusting(Roots::pem(ca)?, "the gateway"),
        (true, None) => {
            let rule = "the gateway is at https://: name with --ca, or at `ca` in the client's file, a PEM file with its certificate or that of who signed it";
            return Err(CommandError::rule(path.display().to_string(), "ca", rule));
        }
        (false, _) => HttpClient::new(),
    };
    let form = client.token_form(&client.purpose_of_use)?;
    let asked = http.post_form(base, "/token", form, BOUNDS).await;
    let reply = asked.map_err(|why| unasked(base, &why))?;
    let answer: serde_json::Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    if reply.status.is_success() {
        let token = serde_json::from_value(answer);
        return token.map_err(|_| CommandError::Unknown(format!("{base}: no token in the answer")));
    }
    let said = answer
        .get("error_description")
        .and_then(|text| text.as_str());
    let said = said.unwrap_or("no reason is given").to_owned();
    let status = reply.status;
    match status.is_client_error() && status != hyper::StatusCode::TOO_MANY_REQUESTS {
        true => Err(CommandError::rule(
            base,
            "token",
            format!("status {status}: {said}"),
        )),
        false => Err(CommandError::Unknown(format!(
            "{base}: status {status}: {said}"
        ))),
    }
}

fn unasked(base: &str, why: &Fault) -> CommandError {
    match why {
        Fault::Tls { rule, .. } => CommandError::rule(base, "https", rule.clone()),
        _ => {
            let cause = std::error::Error::source(why);
            let cause = cause.map_or(String::new(), |cause| format!(": {cause}"));
            CommandError::Unknown(format!("{why}{cause}"))
        }
    }
}
