//! The client's signed assertion: making one, and judging one (SMART App Launch 2.2.0, "client-confidential-asymmetric";
//! RFC 7523).
use crate::client::Client;
use crate::key::{Algorithm, ClientKey, KID_BYTES_MAX};
use crate::refusal::LoginRefusal;
use amanat_types::TimestampMs;
use jsonwebtoken::{Header, Validation, dangerous, decode, decode_header, encode};
use serde::{Deserialize, Serialize};

/// Longest assertion that is looked at.
pub const ASSERTION_BYTES_MAX: usize = 8 * 1024;
/// Longest time between now and an assertion's end.
pub const LIFE_S_MAX: u64 = 300;
/// How far the client's clock may run ahead of the gateway's.
pub const SKEW_S_MAX: u64 = 10;
/// Longest `jti`.
const JTI_BYTES_MAX: usize = 128;

/// `aud`, which RFC 7519 lets be one text or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn names(&self, url: &str) -> bool {
        match self {
            Self::One(one) => one == url,
            Self::Many(many) => many.iter().any(|one| one == url),
        }
    }
}

/// Claims of an assertion.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: u64,
    jti: String,
    nbf: Option<u64>,
    iat: Option<u64>,
}

/// A judged assertion.
#[derive(Debug)]
pub(crate) struct Proven<'a> {
    pub(crate) client: &'a Client,
    pub(crate) jti: String,
    /// From when on the assertion can no longer be presented.
    pub(crate) until_s: u64,
}

/// Judges an assertion, but for its replay.
///
/// Refusals, in this order: `AssertionTooLarge`, `AssertionMalformed`, `AlgorithmNotAllowed`, `HeaderCritical`, `KeyIdMissing`,
/// `ClientUnknown`, `KeyUnknown`, `SignatureWrong`, `IssuerMismatch`, `AudienceWrong`, `AssertionExpired`, `AssertionTooLong`,
/// `AssertionNotYet`, `JtiForm`.
pub(crate) fn judge<'a>(
    assertion: &str,
    find: impl Fn(&str) -> Option<&'a Client>,
    token_url: &str,
    now: TimestampMs,
) -> Result<Proven<'a>, LoginRefusal> {
    if assertion.len() > ASSERTION_BYTES_MAX {
        return Err(LoginRefusal::AssertionTooLarge);
    }
    let (algorithm, kid) = judge_header(assertion)?;
    // Read before it is verified, only to find the key; everything is judged again on the verified claims.
    let unverified: Claims = dangerous::insecure_decode_claims(assertion)
        .map_err(|_| LoginRefusal::AssertionMalformed)?;
    let client = find(&unverified.iss).ok_or(LoginRefusal::ClientUnknown)?;
    let key = client.keys().iter().find(|key| key.is(&kid, algorithm));
    let key = key.ok_or(LoginRefusal::KeyUnknown)?;
    let verified = decode::<Claims>(assertion, key.decoding(), &signature_only(algorithm));
    let claims = verified.map_err(|_| LoginRefusal::SignatureWrong)?.claims;
    judge_claims(&claims, client, token_url, now.get() / 1000)?;
    Ok(Proven {
        client,
        jti: claims.jti,
        until_s: claims.exp,
    })
}

fn judge_header(assertion: &str) -> Result<(Algorithm, String), LoginRefusal> {
    // The library knows no `none`, so such a header does not parse; which of the two is wrong is told apart here.
    let header: Header = match decode_header(assertion) {
        Ok(header) => header,
        Err(_) if names_unknown_algorithm(assertion) => {
            return Err(LoginRefusal::AlgorithmNotAllowed);
        }
        Err(_) => return Err(LoginRefusal::AssertionMalformed),
    };
    let algorithm = Algorithm::from_jose(header.alg).ok_or(LoginRefusal::AlgorithmNotAllowed)?;
    if header.crit.is_some() {
        return Err(LoginRefusal::HeaderCritical);
    }
    match header.kid {
        Some(kid) if !kid.is_empty() && kid.len() <= KID_BYTES_MAX => Ok((algorithm, kid)),
        _ => Err(LoginRefusal::KeyIdMissing),
    }
}

/// Whether the header is JSON whose `alg` the library does not know.
fn names_unknown_algorithm(assertion: &str) -> bool {
    use base64::Engine as _;
    #[derive(Deserialize)]
    struct Named {
        alg: String,
    }
    let header = assertion.split('.').next().unwrap_or_default();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header);
    let named = header
        .ok()
        .and_then(|json| serde_json::from_slice::<Named>(&json).ok());
    named.is_some_and(|named| named.alg.parse::<jsonwebtoken::Algorithm>().is_err())
}

/// The library judges the signature alone: its clock is the machine's, and its reading of claims is laxer than ours.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm.jose());
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

fn judge_claims(
    claims: &Claims,
    client: &Client,
    token_url: &str,
    now_s: u64,
) -> Result<(), LoginRefusal> {
    let ahead = now_s.saturating_add(SKEW_S_MAX);
    let rules = [
        (
            claims.iss == client.id && claims.sub == client.id,
            LoginRefusal::IssuerMismatch,
        ),
        (claims.aud.names(token_url), LoginRefusal::AudienceWrong),
        (claims.exp > now_s, LoginRefusal::AssertionExpired),
        (
            claims.exp <= ahead.saturating_add(LIFE_S_MAX),
            LoginRefusal::AssertionTooLong,
        ),
        (
            claims.nbf.unwrap_or(0) <= ahead && claims.iat.unwrap_or(0) <= ahead,
            LoginRefusal::AssertionNotYet,
        ),
        (
            !claims.jti.is_empty() && claims.jti.len() <= JTI_BYTES_MAX,
            LoginRefusal::JtiForm,
        ),
    ];
    let broken = rules.into_iter().find(|(holds, _)| !holds);
    broken.map_or(Ok(()), |(_, refusal)| Err(refusal))
}

/// Claims that a client signs.
#[derive(Clone, Debug, Serialize)]
pub struct AssertionClaims {
    /// The client.
    pub iss: String,
    /// The client again.
    pub sub: String,
    /// The token URL.
    pub aud: String,
    /// End, seconds since 1970.
    pub exp: u64,
    /// Made at, seconds since 1970.
    pub iat: u64,
    /// Once only.
    pub jti: String,
}

/// The claims of an assertion that ends in four minutes, so that the gateway's clock may be a minute behind.
pub fn assertion_claims(
    client_id: &str,
    token_url: &str,
    jti: &str,
    now: TimestampMs,
) -> AssertionClaims {
    let now_s = now.get() / 1000;
    AssertionClaims {
        iss: client_id.to_owned(),
        sub: client_id.to_owned(),
        aud: token_url.to_owned(),
        exp: now_s.saturating_add(240),
        iat: now_s,
        jti: jti.to_owned(),
    }
}

/// Signs claims into the `client_assertion` of a token request; `None` if the key cannot sign.
///
/// Generic over the claims so that tests can sign hostile ones.
pub fn make_assertion(key: &ClientKey, claims: &impl Serialize) -> Option<String> {
    let mut header = Header::new(key.algorithm().jose());
    header.kid = Some(key.kid().to_owned());
    encode(&header, claims, key.encoding()).ok()
}
