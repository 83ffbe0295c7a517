//! What a vault, a custodian or a grantor may send: a changed blob never opens, hostile parcels are answered with an error, and so is a letter whose
//! writer seals what is none.
#![no_main]

use amanat_envelope::at_rest::{RestKey, decrypt};
use amanat_envelope::letter::{Context, Letter, SealedLetter};
use amanat_envelope::wrap::{Bundle, Wrap};
use amanat_envelope::{Sealed, open, seal};
use amanat_types::RecordId;
use commonware_codec::{DecodeExt as _, Encode as _};
use libfuzzer_sys::fuzz_target;
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;
use std::sync::LazyLock;

/// The same entropy in every run, so that a finding can be repeated.
struct Counter(u8);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}

const RECORD: RecordId = RecordId::new([7; 16]);
const CONTENT: &[u8] = b"{\"resourceType\":\"Basic\"}";
static SEALED: LazyLock<Sealed> =
    LazyLock::new(|| seal(RECORD, CONTENT, &mut Counter(0)).expect("it is small"));

fuzz_target!(|data: &[u8]| {
    let _ = open(RECORD, &SEALED.key, data);
    let mut blob = SEALED.blob.clone();
    for (byte, change) in blob.iter_mut().zip(data) {
        *byte ^= change;
    }
    let opened = open(RECORD, &SEALED.key, &blob);
    assert_eq!(opened.is_ok(), blob == SEALED.blob);

    if let Ok(wrap) = Wrap::from_bytes(data) {
        assert_eq!(wrap.to_bytes(), data);
    }
    if let Ok(bundle) = Bundle::from_bytes(data) {
        assert_eq!(bundle.to_bytes(), data);
    }
    if let Ok(letter) = SealedLetter::from_bytes(data) {
        assert_eq!(letter.to_bytes(), data);
    }
    if let Ok(letter) = Letter::decode(data.to_vec()) {
        assert_eq!(letter.encode().as_ref(), data);
    }
    if let Ok(context) = Context::decode(data.to_vec()) {
        assert_eq!(context.encode().as_ref(), data);
    }
    assert!(decrypt(&RestKey::new([7; 32]), "place", data).is_err());
});
