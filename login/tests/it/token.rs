//! Access tokens: forged, changed, stale, and of clients that are gone.
use crate::desk::{Desk, NOW, TOKEN_URL, entry};
use amanat_login::{Authority, LoginRefusal, TOKEN_BYTES_MAX, TokenKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

#[test]
fn hostile_tokens_are_refused_by_name() {
    let desk = Desk::new();
    let token = desk.token("one").access_token;
    let (signed, tag) = token.rsplit_once('.').expect("three parts");
    let (prefix, claims) = signed.split_once('.').expect("three parts");
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).expect("base64")).expect("text");
    let more = URL_SAFE_NO_PAD.encode(claims.replace("system/*.rs", "system/*.cruds"));
    let short = URL_SAFE_NO_PAD.encode([0u8; 16]);
    // Only the length tells these two apart: within it the tag is looked at.
    let padded = |length: usize| {
        let room = length - prefix.len() - short.len() - 2;
        format!("{prefix}.{}.{short}", "A".repeat(room))
    };
    let table = [
        (
            "as long as may be",
            padded(TOKEN_BYTES_MAX),
            LoginRefusal::TokenForged,
        ),
        (
            "one too long",
            padded(TOKEN_BYTES_MAX + 1),
            LoginRefusal::TokenMalformed,
        ),
        ("empty", String::new(), LoginRefusal::TokenMalformed),
        ("dots", "..".to_owned(), LoginRefusal::TokenMalformed),
        (
            "another kind",
            token.replace("amanat1", "amanat2"),
            LoginRefusal::TokenMalformed,
        ),
        (
            "more scope",
            format!("{prefix}.{more}.{tag}"),
            LoginRefusal::TokenForged,
        ),
        ("no tag", format!("{signed}."), LoginRefusal::TokenForged),
        (
            "short tag",
            format!("{signed}.{short}"),
            LoginRefusal::TokenForged,
        ),
        (
            "not base64",
            format!("{signed}.!"),
            LoginRefusal::TokenMalformed,
        ),
        (
            "oversized",
            "x".repeat(TOKEN_BYTES_MAX + 1),
            LoginRefusal::TokenMalformed,
        ),
    ];
    for (name, token, refusal) in table {
        assert_eq!(desk.authority.session(&token, NOW), Err(refusal), "{name}");
    }
    assert!(desk.authority.session(&token, NOW).is_ok());
}

#[test]
fn every_changed_letter_is_noticed() {
    let desk = Desk::new();
    let token = desk.token("one").access_token;
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("ASCII");
        assert!(
            desk.authority.session(&changed, NOW).is_err(),
            "letter {at}"
        );
    }
}

#[test]
fn a_token_ends() {
    let desk = Desk::new();
    let token = desk.token("one").access_token;
    assert!(desk.authority.session(&token, NOW.plus(299_999)).is_ok());
    let late = desk.authority.session(&token, NOW.plus(300_000));
    assert_eq!(late, Err(LoginRefusal::TokenExpired));
}

#[test]
fn another_key_or_a_narrower_registration_ends_it() {
    let desk = Desk::new();
    let token = desk.token("one").access_token;
    let with = |entries: &[_], key| {
        Authority::new(TOKEN_URL, entries, TokenKey::new(&[key; 32])).expect("set up")
    };
    let same = entry("his", &desk.jwk, "system/*.rs");
    let narrower = entry("his", &desk.jwk, "system/Patient.rs");
    let gone = entry("hers", &desk.jwk, "system/*.rs");
    let mut other_purpose = same.clone();
    other_purpose.purposes = vec!["ETREAT".to_owned()];
    let table = [
        (with(std::slice::from_ref(&same), 7), Ok(())),
        (with(&[same], 8), Err(LoginRefusal::TokenForged)),
        (with(&[narrower], 7), Err(LoginRefusal::TokenClientGone)),
        (with(&[gone], 7), Err(LoginRefusal::TokenClientGone)),
        (
            with(&[other_purpose], 7),
            Err(LoginRefusal::TokenClientGone),
        ),
    ];
    for (authority, expected) in table {
        assert_eq!(authority.session(&token, NOW).map(|_| ()), expected);
    }
}
