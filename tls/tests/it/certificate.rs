//! Goal: PEM files that cannot be used are refused with their name and the rule. Method: the synthetic certificate, and files made wrong.
use amanat_tls::{Acceptor, validity};
use std::path::PathBuf;

fn fixture(name: &str) -> PathBuf {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/tls");
    PathBuf::from(root).join(name)
}

fn refused(certificate: &str, key: &str) -> String {
    let refused = Acceptor::pem(&fixture(certificate), &fixture(key));
    refused.map(drop).expect_err("refused").to_string()
}

#[test]
fn a_certificate_and_its_own_key_are_taken_and_others_are_named() {
    Acceptor::pem(&fixture("door.pem"), &fixture("door.key.pem")).expect("they belong together");
    for (certificate, key, word) in [
        ("door.pem", "other.key.pem", "it is not the key of"),
        ("door.key.pem", "door.key.pem", "it holds no CERTIFICATE"),
        ("door.pem", "door.pem", "it holds no unsealed PRIVATE KEY"),
        ("absent.pem", "door.key.pem", "tls_certificate"),
        ("door.pem", "absent.pem", "tls_key"),
    ] {
        let why = refused(certificate, key);
        assert!(why.contains(word), "{certificate} {key}: {why}");
        assert!(why.contains(".pem"), "the file is named: {why}");
    }
}

#[test]
fn the_end_of_a_certificate_is_that_which_openssl_says() {
    let validity = validity::read(&fixture("door.pem")).expect("a certificate");
    // 2020-01-01 and 2120-01-01, 00:00:00 UTC.
    assert_eq!(validity.from_s, 1_577_836_800);
    assert_eq!(validity.until_s, 4_733_510_400);
    assert_eq!(validity.days_left(4_733_510_400 - 86_400), 1);
    let wrong = validity::read(&fixture("door.key.pem"));
    let wrong = wrong.expect_err("no certificate").to_string();
    assert!(wrong.contains("it holds no CERTIFICATE"), "{wrong}");
}
