//! Registrations: what is taken and what is not.
use crate::desk::{TOKEN_URL, entry};
use amanat_login::{
    Authority, AuthorityError, Client, ClientError, ClientKey, Jwk, KeyError, TokenKey,
};

fn jwk() -> Jwk {
    ClientKey::generate("k1").expect("a key").1
}

#[test]
fn a_registration_is_checked() {
    let good = entry("his", &jwk(), "system/*.rs");
    assert!(Client::new(&good).is_ok());
    let mut nameless = good.clone();
    nameless.client_id = String::new();
    let mut spaced = good.clone();
    spaced.client_id = "a b".to_owned();
    let mut keyless = good.clone();
    keyless.keys.clear();
    let mut doubled = good.clone();
    doubled.keys.push(jwk());
    let mut scoped = good.clone();
    scoped.scopes = "patient/*.read".to_owned();
    let mut aimless = good.clone();
    aimless.purposes.clear();
    let mut idle = good.clone();
    idle.purposes = vec!["CURIOSITY".to_owned()];
    let id = || "his".to_owned();
    let table = [
        (nameless, ClientError::Id),
        (spaced, ClientError::Id),
        (keyless, ClientError::KeyCount(id())),
        (doubled, ClientError::KeyCount(id())),
        (scoped, ClientError::Scopes(id())),
        (aimless, ClientError::Purposes(id())),
        (idle, ClientError::Purposes(id())),
    ];
    for (entry, error) in table {
        assert_eq!(Client::new(&entry).err(), Some(error));
    }
}

#[test]
fn weak_or_secret_keys_are_refused() {
    let good = serde_json::to_value(jwk()).expect("JSON");
    let table = [
        (
            "secret part",
            "d",
            serde_json::json!("AAAA"),
            KeyError::Secret,
        ),
        (
            "P-256",
            "crv",
            serde_json::json!("P-256"),
            KeyError::Unsupported,
        ),
        (
            "symmetric",
            "kty",
            serde_json::json!("oct"),
            KeyError::Unsupported,
        ),
        (
            "short x",
            "x",
            serde_json::json!("AAAA"),
            KeyError::Unsupported,
        ),
        (
            "x missing",
            "x",
            serde_json::Value::Null,
            KeyError::Unsupported,
        ),
        ("no kid", "kid", serde_json::json!(""), KeyError::KeyId),
        (
            "long kid",
            "kid",
            serde_json::json!("k".repeat(129)),
            KeyError::KeyId,
        ),
    ];
    for (name, member, value, error) in table {
        let mut changed = good.clone();
        changed[member] = value;
        let changed: Jwk = serde_json::from_value(changed).expect("JSON of a key");
        let registered = Client::new(&entry("his", &changed, "system/*.rs"));
        let expected = ClientError::Key {
            client: "his".to_owned(),
            source: error,
        };
        assert_eq!(registered.err(), Some(expected), "{name}");
    }
    let (pem, _) = ClientKey::generate("k1").expect("a key");
    let mut secret = entry("his", &jwk(), "system/*.rs");
    secret.public_key_pem = Some(pem);
    let expected = ClientError::Key {
        client: "his".to_owned(),
        source: KeyError::Secret,
    };
    assert_eq!(Client::new(&secret).err(), Some(expected));
}

#[test]
fn a_name_is_registered_once() {
    let entries = [
        entry("his", &jwk(), "system/*.rs"),
        entry("his", &jwk(), "system/*.rs"),
    ];
    let authority = Authority::new(TOKEN_URL, &entries, TokenKey::new(&[0; 32]));
    assert_eq!(
        authority.err(),
        Some(AuthorityError::ClientTwice("his".to_owned()))
    );
}
