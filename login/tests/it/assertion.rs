//! Assertions: each hostile one by name, beside the honest one that passes.
use crate::desk::{Desk, NOW, TOKEN_URL, request};
use amanat_login::{
    ASSERTION_BYTES_MAX, Authority, ClientEntry, ClientKey, LoginRefusal, TokenKey, TokenRequest,
    make_assertion,
};
use amanat_types::{MemberId, Purpose, TimestampMs};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

fn base64(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A JWT with a header of our choosing and a signature that a hostile party can make.
fn forged(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let message = format!("{}.{}", base64(header), base64(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn hmac(algorithm: aws_lc_rs::hmac::Algorithm, secret: &[u8], message: &[u8]) -> Vec<u8> {
    let key = aws_lc_rs::hmac::Key::new(algorithm, secret);
    aws_lc_rs::hmac::sign(&key, message).as_ref().to_vec()
}

#[test]
fn an_honest_client_gets_a_token_and_a_session() {
    let desk = Desk::new();
    let answer = desk.token("one");
    assert_eq!(answer.expires_in_s, 300);
    assert_eq!(answer.scope, "system/*.rs");
    assert_eq!(answer.purpose_of_use, "TREAT");
    let session = desk
        .authority
        .session(&answer.access_token, NOW)
        .expect("a session");
    assert_eq!(session.client, "his");
    assert_eq!(session.member, MemberId::new(1));
    assert_eq!(session.purposes, [Purpose::Treat]);
    assert_eq!(session.until, NOW.plus(300_000));
}

#[test]
fn hostile_claims_are_refused_by_name() {
    let desk = Desk::new();
    let now_s = NOW.get() / 1000;
    let honest = json!({
        "iss": "his", "sub": "his", "aud": TOKEN_URL, "exp": now_s + 240, "iat": now_s, "jti": "j",
    });
    let table = [
        (
            "expired",
            json!({"exp": now_s}),
            LoginRefusal::AssertionExpired,
        ),
        (
            "long expired",
            json!({"exp": 0}),
            LoginRefusal::AssertionExpired,
        ),
        (
            "too long a life",
            json!({"exp": now_s + 311}),
            LoginRefusal::AssertionTooLong,
        ),
        (
            "for ever",
            json!({"exp": u64::MAX}),
            LoginRefusal::AssertionTooLong,
        ),
        (
            "exp as text",
            json!({"exp": "soon"}),
            LoginRefusal::AssertionMalformed,
        ),
        (
            "exp below zero",
            json!({"exp": -1}),
            LoginRefusal::AssertionMalformed,
        ),
        (
            "not yet",
            json!({"nbf": now_s + 60}),
            LoginRefusal::AssertionNotYet,
        ),
        (
            "made in the future",
            json!({"iat": now_s + 60}),
            LoginRefusal::AssertionNotYet,
        ),
        (
            "wrong audience",
            json!({"aud": "https://b.example/token"}),
            LoginRefusal::AudienceWrong,
        ),
        (
            "audience in part",
            json!({"aud": "https://a.example/"}),
            LoginRefusal::AudienceWrong,
        ),
        (
            "no audience",
            json!({"aud": []}),
            LoginRefusal::AudienceWrong,
        ),
        (
            "another subject",
            json!({"sub": "other"}),
            LoginRefusal::IssuerMismatch,
        ),
        (
            "unknown client",
            json!({"iss": "nobody"}),
            LoginRefusal::ClientUnknown,
        ),
        (
            "another client's name",
            json!({"iss": "other", "sub": "other"}),
            LoginRefusal::SignatureWrong,
        ),
        (
            "other audiences",
            json!({"aud": ["https://b.example/token", "https://c.example/token"]}),
            LoginRefusal::AudienceWrong,
        ),
        ("no jti", json!({"jti": ""}), LoginRefusal::JtiForm),
        (
            "jti too long",
            json!({"jti": "x".repeat(129)}),
            LoginRefusal::JtiForm,
        ),
        (
            "jti missing",
            json!({"jti": null}),
            LoginRefusal::AssertionMalformed,
        ),
    ];
    for (name, change, refusal) in table {
        let mut claims = honest.clone();
        for (key, value) in change.as_object().expect("an object") {
            claims[key] = value.clone();
        }
        let assertion = make_assertion(&desk.key, &claims).expect("signed");
        let answer = desk.authority.token(&request(&assertion), NOW);
        assert_eq!(answer, Err(refusal), "{name}");
    }
    let assertion = make_assertion(&desk.key, &honest).expect("signed");
    assert!(desk.authority.token(&request(&assertion), NOW).is_ok());
}

#[test]
fn the_bounds_of_an_assertion_are_inside() {
    let desk = Desk::new();
    for (jti, exp_ahead) in [("soonest", 1), ("latest", 310)] {
        let mut claims = desk.claims(jti);
        claims.exp = NOW.get() / 1000 + exp_ahead;
        assert!(desk.ask(&claims).is_ok(), "{jti}");
    }
    let now_s = NOW.get() / 1000;
    let many = json!({
        "iss": "his", "sub": "his", "aud": ["https://x.example", TOKEN_URL], "exp": now_s + 60, "jti": "many",
    });
    let assertion = make_assertion(&desk.key, &many).expect("signed");
    assert!(desk.authority.token(&request(&assertion), NOW).is_ok());
}

#[test]
fn hostile_headers_are_refused_by_name() {
    let desk = Desk::new();
    let claims = serde_json::to_value(desk.claims("j")).expect("claims");
    let point = [desk.jwk.x.clone(), desk.jwk.y.clone()].map(Option::unwrap_or_default);
    let public = serde_json::to_vec(&desk.jwk).expect("a key");
    let raw = [
        vec![4],
        URL_SAFE_NO_PAD.decode(&point[0]).expect("x"),
        URL_SAFE_NO_PAD.decode(&point[1]).expect("y"),
    ]
    .concat();
    let none = |_: &[u8]| Vec::new();
    let table: [(&str, String, LoginRefusal); 12] = [
        (
            "alg none",
            forged(&json!({"alg": "none", "kid": "k1"}), &claims, none),
            LoginRefusal::AlgorithmNotAllowed,
        ),
        (
            "alg None",
            forged(&json!({"alg": "None", "kid": "k1"}), &claims, none),
            LoginRefusal::AlgorithmNotAllowed,
        ),
        (
            "HS256 with the public key as the secret",
            forged(&json!({"alg": "HS256", "kid": "k1"}), &claims, |m| {
                hmac(aws_lc_rs::hmac::HMAC_SHA256, &raw, m)
            }),
            LoginRefusal::AlgorithmNotAllowed,
        ),
        (
            "HS384 with the JWK as the secret",
            forged(&json!({"alg": "HS384", "kid": "k1"}), &claims, |m| {
                hmac(aws_lc_rs::hmac::HMAC_SHA384, &public, m)
            }),
            LoginRefusal::AlgorithmNotAllowed,
        ),
        (
            "ES256",
            forged(&json!({"alg": "ES256", "kid": "k1"}), &claims, none),
            LoginRefusal::AlgorithmNotAllowed,
        ),
        (
            "the key's algorithm swapped",
            forged(&json!({"alg": "RS384", "kid": "k1"}), &claims, none),
            LoginRefusal::KeyUnknown,
        ),
        (
            "kid unknown",
            forged(&json!({"alg": "ES384", "kid": "k9"}), &claims, none),
            LoginRefusal::KeyUnknown,
        ),
        (
            "kid missing",
            forged(&json!({"alg": "ES384"}), &claims, none),
            LoginRefusal::KeyIdMissing,
        ),
        (
            "kid empty",
            forged(&json!({"alg": "ES384", "kid": ""}), &claims, none),
            LoginRefusal::KeyIdMissing,
        ),
        (
            "kid too long",
            forged(
                &json!({"alg": "ES384", "kid": "k".repeat(129)}),
                &claims,
                none,
            ),
            LoginRefusal::KeyIdMissing,
        ),
        (
            "kid as long as may be",
            forged(
                &json!({"alg": "ES384", "kid": "k".repeat(128)}),
                &claims,
                none,
            ),
            LoginRefusal::KeyUnknown,
        ),
        (
            "crit",
            forged(
                &json!({"alg": "ES384", "kid": "k1", "crit": ["b64"]}),
                &claims,
                none,
            ),
            LoginRefusal::HeaderCritical,
        ),
    ];
    for (name, assertion, refusal) in table {
        let answer = desk.authority.token(&request(&assertion), NOW);
        assert_eq!(answer, Err(refusal), "{name}");
    }
}

#[test]
fn a_broken_signature_or_shape_is_refused() {
    let desk = Desk::new();
    let good = make_assertion(&desk.key, &desk.claims("j")).expect("signed");
    let (message, signature) = good.rsplit_once('.').expect("three parts");
    let other = make_assertion(&desk.other, &desk.claims("j")).expect("signed");
    let zero = URL_SAFE_NO_PAD.encode([0u8; 96]);
    let table = [
        (
            "no signature",
            format!("{message}."),
            LoginRefusal::SignatureWrong,
        ),
        (
            "zero signature",
            format!("{message}.{zero}"),
            LoginRefusal::SignatureWrong,
        ),
        ("another client's key", other, LoginRefusal::SignatureWrong),
        (
            "four parts",
            format!("{message}.{signature}.x"),
            LoginRefusal::AssertionMalformed,
        ),
        ("one part", "x".to_owned(), LoginRefusal::AssertionMalformed),
        ("empty", String::new(), LoginRefusal::AssertionMalformed),
        (
            "not base64",
            "ä.ö.ü".to_owned(),
            LoginRefusal::AssertionMalformed,
        ),
        (
            "oversized",
            "x".repeat(ASSERTION_BYTES_MAX + 1),
            LoginRefusal::AssertionTooLarge,
        ),
        (
            "as large as may be",
            "x".repeat(ASSERTION_BYTES_MAX),
            LoginRefusal::AssertionMalformed,
        ),
    ];
    for (name, assertion, refusal) in table {
        let answer = desk.authority.token(&request(&assertion), NOW);
        assert_eq!(answer, Err(refusal), "{name}");
    }
    assert!(desk.authority.token(&request(&good), NOW).is_ok());
}

#[test]
fn a_jti_is_taken_once_and_free_again_after_its_life() {
    let desk = Desk::new();
    let assertion = make_assertion(&desk.key, &desk.claims("j")).expect("signed");
    assert!(desk.authority.token(&request(&assertion), NOW).is_ok());
    for later_ms in [0, 1_000, 239_999] {
        let answer = desk
            .authority
            .token(&request(&assertion), NOW.plus(later_ms));
        assert_eq!(answer, Err(LoginRefusal::AssertionReplayed), "{later_ms}");
    }
    let answer = desk
        .authority
        .token(&request(&assertion), NOW.plus(240_000));
    assert_eq!(answer, Err(LoginRefusal::AssertionExpired));
    let fresh = amanat_login::assertion_claims("his", TOKEN_URL, "j", NOW.plus(240_000));
    let fresh = make_assertion(&desk.key, &fresh).expect("signed");
    assert!(
        desk.authority
            .token(&request(&fresh), NOW.plus(240_000))
            .is_ok()
    );
}

#[test]
fn the_rest_of_a_token_request_is_judged() {
    let desk = Desk::new();
    type Change = fn(&mut TokenRequest);
    let change: [(&str, Change, LoginRefusal); 11] = [
        (
            "no grant type",
            |r| r.grant_type = None,
            LoginRefusal::GrantTypeWrong,
        ),
        (
            "password",
            |r| r.grant_type = Some("password".into()),
            LoginRefusal::GrantTypeWrong,
        ),
        (
            "no type",
            |r| r.client_assertion_type = None,
            LoginRefusal::AssertionTypeWrong,
        ),
        (
            "no assertion",
            |r| r.client_assertion = None,
            LoginRefusal::AssertionMissing,
        ),
        (
            "client_id differs",
            |r| r.client_id = Some("other".into()),
            LoginRefusal::IssuerMismatch,
        ),
        ("no scope", |r| r.scope = None, LoginRefusal::ScopeForm),
        (
            "user scope",
            |r| r.scope = Some("user/*.read".into()),
            LoginRefusal::ScopeForm,
        ),
        (
            "two spaces",
            |r| r.scope = Some("system/*.read  system/*.read".into()),
            LoginRefusal::ScopeForm,
        ),
        (
            "purpose unknown",
            |r| r.purpose_of_use = Some("CURIOSITY".into()),
            LoginRefusal::PurposeUnknown,
        ),
        (
            "purpose not registered",
            |r| r.purpose_of_use = Some("TREAT HRESCH".into()),
            LoginRefusal::PurposeNotAllowed,
        ),
        (
            "purpose empty",
            |r| r.purpose_of_use = Some(String::new()),
            LoginRefusal::PurposeUnknown,
        ),
    ];
    for (name, change, refusal) in change {
        let assertion = make_assertion(&desk.key, &desk.claims(name)).expect("signed");
        let mut asked = request(&assertion);
        change(&mut asked);
        assert_eq!(desk.authority.token(&asked, NOW), Err(refusal), "{name}");
    }
}

#[test]
fn scope_escalation_is_refused() {
    let desk = Desk::new();
    let table = [
        ("system/Observation.read", true),
        ("system/Observation.s", true),
        ("system/Observation.write", false),
        ("system/Observation.crs", false),
        ("system/Observation.*", false),
        ("system/*.read", false),
        ("system/Patient.read", false),
        ("system/Observation.read system/Patient.r", false),
    ];
    for (at, (scope, allowed)) in table.into_iter().enumerate() {
        let claims = amanat_login::assertion_claims("other", TOKEN_URL, &at.to_string(), NOW);
        let assertion = make_assertion(&desk.other, &claims).expect("signed");
        let mut asked = request(&assertion);
        asked.scope = Some(scope.to_owned());
        let answer = desk.authority.token(&asked, NOW);
        let expected = if allowed {
            Ok(())
        } else {
            Err(LoginRefusal::ScopeNotAllowed)
        };
        assert_eq!(answer.map(|_| ()), expected, "{scope}");
    }
}

/// A fresh RSA key pair in PEM: the secret part and the public one.
fn rsa_pair() -> (String, String) {
    use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::KeyPair as _;
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let secret: Pkcs8V1Der<'_> = pair.as_der().expect("PKCS #8");
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("SPKI");
    let pem = |label: &str, der: &[u8]| {
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        let lines: Vec<&[u8]> = text.as_bytes().chunks(64).collect();
        let text = String::from_utf8(lines.join(&b'\n')).expect("ASCII");
        format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
    };
    (
        pem("PRIVATE KEY", secret.as_ref()),
        pem("PUBLIC KEY", public.as_ref()),
    )
}

#[test]
fn rs384_keys_work_as_pem() {
    let (secret, public) = rsa_pair();
    let entry = ClientEntry {
        client_id: "rsa".to_owned(),
        member: 2,
        keys: Vec::new(),
        public_key_pem: Some(public),
        scopes: "system/*.rs".to_owned(),
        purposes: vec!["TREAT".to_owned()],
    };
    let authority = Authority::new(TOKEN_URL, &[entry], TokenKey::new(&[1; 32])).expect("set up");
    let key = ClientKey::from_pem("rsa", &secret).expect("the key");
    let claims = amanat_login::assertion_claims("rsa", TOKEN_URL, "j", NOW);
    let assertion = make_assertion(&key, &claims).expect("signed");
    assert!(authority.token(&request(&assertion), NOW).is_ok());
    let later = TimestampMs::new(NOW.get() + 1);
    assert_eq!(
        authority.token(&request(&assertion), later),
        Err(LoginRefusal::AssertionReplayed)
    );
}
