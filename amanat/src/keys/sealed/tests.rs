//! The sealed form against the vectors of its standards, against another implementation, and against changed files.
use super::*;

fn phrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

#[test]
fn argon2id_gives_the_tag_of_rfc_9106() {
    // RFC 9106, section 5.3: also shows that associated data and secret are where the standard has them.
    let mut builder = argon2::ParamsBuilder::new();
    builder.m_cost(32).t_cost(3).p_cost(4).output_len(32);
    builder.data(argon2::AssociatedData::new(&[4; 12]).expect("short"));
    let params = builder.build().expect("params");
    let secret = [3u8; 8];
    let argon = Argon2::new_with_secret(&secret, Algorithm::Argon2id, Version::V0x13, params);
    let mut tag = [0u8; 32];
    argon
        .expect("secret")
        .hash_password_into(&[1; 32], &[2; 16], &mut tag)
        .expect("derives");
    assert_eq!(
        hex::encode(tag),
        "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    );
}

#[test]
fn the_sealed_bytes_are_those_of_another_implementation() {
    // Made with Python's `cryptography` 48 (OpenSSL's Argon2id and AES-256-GCM): docs/decisions/0003-key-file.md.
    let salt = std::array::from_fn(|at| u8::try_from(at).unwrap_or(0));
    let nonce = std::array::from_fn(|at| 0x40 + u8::try_from(at).unwrap_or(0));
    let passphrase = phrase("correct horse battery staple");
    let text = b"consensus = \"00\"\n";
    let made = SealedKeys::seal_with(text, &passphrase, COST, salt, nonce).expect("seals");
    assert_eq!(
        made.sealed,
        "b29759cbab5bf8d324309c9bee05c592f0944c87b32569d8ada84f4c0908530702"
    );
    assert_eq!(made.open(&passphrase).expect("opens").as_slice(), text);
}

#[test]
fn another_passphrase_and_every_changed_field_is_refused() {
    let cheap = Cost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };
    let passphrase = phrase("correct horse battery staple");
    let seal =
        || SealedKeys::seal_with(b"text", &passphrase, cheap, [1; 16], [2; 12]).expect("seals");
    assert_eq!(seal().open(&passphrase).expect("opens").as_slice(), b"text");
    let other = phrase("correct horse battery stapler");
    assert_eq!(seal().open(&other), Err(SealError::Closed));
    let changed = |change: fn(&mut SealedKeys)| {
        let mut file = seal();
        change(&mut file);
        file.open(&passphrase).expect_err("refused")
    };
    assert_eq!(changed(|f| f.passes = 2), SealError::Closed);
    assert_eq!(changed(|f| f.memory_kib = 65), SealError::Closed);
    assert_eq!(changed(|f| f.lanes = 2), SealError::Closed);
    assert_eq!(changed(|f| f.salt = "03".repeat(16)), SealError::Closed);
    assert_eq!(changed(|f| f.nonce = "03".repeat(12)), SealError::Closed);
    assert_eq!(changed(|f| f.sealed.truncate(8)), SealError::Closed);
    let field = |error| match error {
        SealError::Field(field, _) => field,
        other => panic!("{other}"),
    };
    assert_eq!(field(changed(|f| f.format = "x".to_owned())), "format");
    assert_eq!(field(changed(|f| f.memory_kib = u32::MAX)), "memory_kib");
    assert_eq!(field(changed(|f| f.passes = 0)), "passes");
    assert_eq!(field(changed(|f| f.lanes = 17)), "lanes");
    assert_eq!(field(changed(|f| f.lanes = 9)), "lanes");
    assert_eq!(field(changed(|f| f.salt.truncate(3))), "salt");
    assert_eq!(field(changed(|f| f.nonce.truncate(3))), "nonce");
    assert_eq!(field(changed(|f| f.sealed = "z".to_owned())), "sealed");
}

#[test]
fn two_seals_of_one_text_share_nothing() {
    let passphrase = phrase("correct horse battery staple");
    let [a, b] = [(), ()].map(|()| SealedKeys::seal(b"text", &passphrase).expect("seals"));
    assert_ne!((a.salt, a.nonce, a.sealed), (b.salt, b.nonce, b.sealed));
}
