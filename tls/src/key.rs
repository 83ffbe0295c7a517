//! An Ed25519 key in the two shapes that TLS wants (RFC 8410).
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410, 4).
const SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// PKCS #8 of an Ed25519 seed up to its 32 bytes (RFC 8410, 7).
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// What a server with this public key shows in place of a certificate.
pub(crate) fn shown(key: &[u8; 32]) -> Vec<u8> {
    [SPKI.as_slice(), key].concat()
}

/// The secret key of this seed.
pub(crate) fn secret(seed: &[u8; 32]) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from([PKCS8.as_slice(), seed].concat()).into()
}

#[cfg(test)]
mod tests {
    use super::{secret, shown};

    /// The key pair of RFC 8410, 10.1 and 10.3.
    #[test]
    fn the_shapes_are_those_of_rfc_8410() {
        let hex = |text: &str| -> Vec<u8> {
            let digits = text.as_bytes().chunks(2);
            let digits = digits.map(|pair| std::str::from_utf8(pair).expect("ASCII"));
            let bytes = digits.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal"));
            bytes.collect()
        };
        let key = hex("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
        let shown = shown(&key.try_into().expect("32 bytes"));
        let example = "302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
        assert_eq!(shown, hex(example));
        let seed = hex("d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842");
        let secret = secret(&seed.try_into().expect("32 bytes"));
        let example = "302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842";
        assert_eq!(secret.secret_der(), hex(example));
    }

    /// The vault key signs in the ledger's namespaces and in TLS: no text is of both (decision 0005).
    #[test]
    fn nothing_that_the_ledger_signs_begins_as_a_handshake_does() {
        use amanat_types::key::{NAMESPACE_REQUEST, NAMESPACE_STORED, NAMESPACE_TRANSACTION};
        // RFC 8446, 4.4.3: 64 spaces. The ledger's texts begin with the length of the namespace and the namespace.
        let spaces = [b' '; 64];
        for namespace in [NAMESPACE_REQUEST, NAMESPACE_STORED, NAMESPACE_TRANSACTION] {
            assert!(namespace.starts_with(b"_AMANAT_"));
            let length = u8::try_from(namespace.len()).expect("short");
            let signed = [&[length][..], namespace, &[0; 32]].concat();
            assert_ne!(signed.first(), spaces.first());
            assert_ne!(signed.get(1), spaces.get(1));
        }
    }
}
