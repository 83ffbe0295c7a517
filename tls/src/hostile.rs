//! What this crate reads of a certificate by itself: the way in for fuzz targets.
use crate::validity::{self, Validity};

/// The time of validity of a certificate in DER, if it is one.
pub fn certificate(der: &[u8]) -> Option<Validity> {
    validity::of(der)
}

#[cfg(test)]
mod tests {
    use super::certificate;
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    #[test]
    fn a_changed_certificate_has_a_time_or_none_and_nothing_panics() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/tls/door.pem");
        let good = CertificateDer::from_pem_file(path).expect("PEM");
        assert!(certificate(&good).is_some());
        let mut none = 0u32;
        for at in 0..good.len() {
            let (before, _) = good.split_at(at);
            none += u32::from(certificate(before).is_none());
            for byte in [0, 0x30, 0x7f, 0x80, 0x84, 0xff] {
                let mut changed = good.to_vec();
                changed[at] = byte;
                none += u32::from(certificate(&changed).is_none());
            }
        }
        assert!(none > 100, "{none}");
    }
}
