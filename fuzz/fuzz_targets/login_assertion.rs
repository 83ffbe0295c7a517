//! Sign-in from hostile text: no assertion and no access token that the fuzzer makes up is accepted; scopes are printed as what reads the same; a key is
//! taken or refused.
#![no_main]

use amanat_login::{
    ASSERTION_TYPE, Authority, ClientEntry, ClientKey, GRANT_TYPE, Jwk, PublicKey, Scopes,
    TokenKey, TokenRequest,
};
use amanat_types::TimestampMs;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const NOW: TimestampMs = TimestampMs::new(1_700_000_000_000);
static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| {
    let (_, public) = ClientKey::generate("k").expect("a key can be made");
    let entry = ClientEntry {
        client_id: "c".to_owned(),
        member: 1,
        keys: vec![public],
        public_key_pem: None,
        scopes: "system/*.read".to_owned(),
        purposes: vec!["TREAT".to_owned()],
    };
    let key = TokenKey::new(&[7; 32]);
    Authority::new("http://localhost/token", &[entry], key).expect("the entry is sound")
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let request = TokenRequest {
        grant_type: Some(GRANT_TYPE.to_owned()),
        client_assertion_type: Some(ASSERTION_TYPE.to_owned()),
        client_assertion: Some(text.to_owned()),
        ..TokenRequest::default()
    };
    assert!(AUTHORITY.token(&request, NOW).is_err());
    assert!(AUTHORITY.session(text, NOW).is_err());
    if let Ok(scopes) = Scopes::parse(text) {
        assert_eq!(Scopes::parse(&scopes.to_string()), Ok(scopes));
    }
    let _ = PublicKey::from_pem("k", text);
    let _ = ClientKey::from_pem("k", text);
    if let Ok(jwk) = serde_json::from_str::<Jwk>(text) {
        let _ = PublicKey::from_jwk(&jwk);
    }
});
