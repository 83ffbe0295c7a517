//! Values at rest.
use crate::seed::{Seed, flips};
use amanat_envelope::at_rest::{RestError, RestKey, VALUE_BYTES_MAX, VALUE_EXTRA_BYTES};
use amanat_envelope::at_rest::{decrypt, encrypt};
use proptest::prelude::*;

const KEY: RestKey = RestKey::new([3; 32]);

#[test]
fn every_flipped_bit_is_refused() {
    let bytes = encrypt(&KEY, "keyring/member", b"secret", &mut Seed::new(1)).unwrap();
    assert_eq!(bytes.len(), 6 + VALUE_EXTRA_BYTES);
    for flipped in flips(&bytes) {
        let expected = match flipped[0] {
            1 => RestError::Broken,
            other => RestError::Version(other),
        };
        assert_eq!(
            decrypt(&KEY, "keyring/member", &flipped).err(),
            Some(expected)
        );
    }
}

#[test]
fn another_place_or_key_is_refused() {
    let bytes = encrypt(&KEY, "timeline", b"secret", &mut Seed::new(1)).unwrap();
    let broken = Some(RestError::Broken);
    assert_eq!(decrypt(&KEY, "timeline2", &bytes).err(), broken);
    let other = RestKey::generate(&mut Seed::new(2));
    assert_eq!(decrypt(&other, "timeline", &bytes).err(), broken);
    assert!(decrypt(&RestKey::new(*KEY.as_bytes()), "timeline", &bytes).is_ok());
    assert_eq!(format!("{other:?}"), "RestKey(..)");
}

#[test]
fn too_short_and_too_long_are_refused() {
    for size in 0..VALUE_EXTRA_BYTES {
        let refused = decrypt(&KEY, "", &vec![1; size]).err();
        assert_eq!(refused, Some(RestError::Length { size }));
    }
    let size = VALUE_BYTES_MAX + 1;
    let refused = encrypt(&KEY, "", &vec![0; size], &mut Seed::new(1)).err();
    assert_eq!(refused, Some(RestError::TooLarge { size }));
    let size = size + VALUE_EXTRA_BYTES;
    let refused = decrypt(&KEY, "", &vec![0; size]).err();
    assert_eq!(refused, Some(RestError::TooLarge { size }));
}

#[test]
fn the_same_value_twice_gives_other_bytes() {
    let mut rng = Seed::new(1);
    let one = encrypt(&KEY, "", b"same", &mut rng).unwrap();
    assert_ne!(one, encrypt(&KEY, "", b"same", &mut rng).unwrap());
}

proptest! {
    #[test]
    fn what_is_encrypted_is_decrypted(value in proptest::collection::vec(any::<u8>(), 0..300), label in ".{0,20}") {
        let bytes = encrypt(&KEY, &label, &value, &mut Seed::new(1)).unwrap();
        prop_assert_eq!(&*decrypt(&KEY, &label, &bytes).unwrap(), &value);
    }
}
