//! Sealing and opening one record.
use crate::seed::{Seed, flips, record};
use amanat_envelope::seal::{BLOB_EXTRA_BYTES, BUCKET_EXTRA_BYTES, OpenError, SealError};
use amanat_envelope::seal::{record_bytes_max, seal};
use amanat_envelope::{blob_digest, open};
use amanat_types::limits::SIZE_BUCKETS;
use commonware_cryptography::{Hasher as _, Sha256};
use proptest::prelude::*;

fn edges() -> Vec<usize> {
    SIZE_BUCKETS
        .iter()
        .flat_map(|bucket| {
            let content = usize::try_from(*bucket).unwrap() - BUCKET_EXTRA_BYTES;
            [content - 1, content, content + 1]
        })
        .filter(|size| *size <= record_bytes_max())
        .collect()
}

#[test]
fn every_size_around_a_bucket_edge_comes_back() {
    for size in [0, 1].into_iter().chain(edges()) {
        let content: Vec<u8> = [0, 0x80, 0, 7].into_iter().cycle().take(size).collect();
        let sealed = seal(record(1), &content, &mut Seed::new(1)).unwrap();
        let bucket = usize::try_from(SIZE_BUCKETS[usize::from(sealed.bucket)]).unwrap();
        assert_eq!(sealed.blob.len(), bucket + BLOB_EXTRA_BYTES);
        assert!(size + BUCKET_EXTRA_BYTES <= bucket);
        if sealed.bucket > 0 {
            let smaller = SIZE_BUCKETS[usize::from(sealed.bucket) - 1];
            assert!(size + BUCKET_EXTRA_BYTES > usize::try_from(smaller).unwrap());
        }
        assert_eq!(
            *open(record(1), &sealed.key, &sealed.blob).unwrap(),
            content
        );
    }
}

#[test]
fn contents_that_end_like_padding_come_back() {
    for tail in [
        &[0x80][..],
        &[0x80, 0],
        &[0],
        &[0; 40],
        &[0x80; 40],
        &[0, 0x80, 0x80],
    ] {
        let sealed = seal(record(1), tail, &mut Seed::new(1)).unwrap();
        assert_eq!(*open(record(1), &sealed.key, &sealed.blob).unwrap(), tail);
    }
}

#[test]
fn one_byte_more_than_fits_is_too_large() {
    let max = record_bytes_max();
    assert_eq!(max, 4_194_304 - 33);
    let size = max + 1;
    let refused = seal(record(1), &vec![7; size], &mut Seed::new(1));
    assert_eq!(refused.err(), Some(SealError::TooLarge { size, max }));
}

#[test]
fn the_digest_is_sha_256_of_the_blob() {
    let sealed = seal(record(1), b"{}", &mut Seed::new(1)).unwrap();
    let digest = Sha256::hash(&[&sealed.blob]);
    assert_eq!(sealed.digest.as_bytes(), &digest.0);
    assert_eq!(blob_digest(&sealed.blob), sealed.digest);
    assert_eq!(sealed.record, record(1));
}

#[test]
fn every_flipped_bit_of_a_blob_is_refused() {
    let sealed = seal(record(1), b"content", &mut Seed::new(1)).unwrap();
    for flipped in flips(&sealed.blob) {
        assert_eq!(
            open(record(1), &sealed.key, &flipped).err(),
            Some(OpenError::Tag)
        );
    }
}

#[test]
fn another_record_or_key_is_refused() {
    let mut rng = Seed::new(1);
    let sealed = seal(record(1), b"content", &mut rng).unwrap();
    let other = seal(record(2), b"content", &mut rng).unwrap();
    let refused = Some(OpenError::Tag);
    assert_eq!(open(record(2), &sealed.key, &sealed.blob).err(), refused);
    assert_eq!(open(record(1), &other.key, &sealed.blob).err(), refused);
    assert!(sealed.key != other.key);
}

#[test]
fn every_length_that_is_no_bucket_is_refused() {
    let sealed = seal(record(1), b"content", &mut Seed::new(1)).unwrap();
    for size in (0..1100).filter(|size| ![528, 1040].contains(size)) {
        let blob: Vec<u8> = sealed.blob.iter().copied().cycle().take(size).collect();
        let refused = open(record(1), &sealed.key, &blob);
        assert_eq!(refused.err(), Some(OpenError::Length { size }));
    }
}

#[test]
fn nothing_prints_a_key() {
    let sealed = seal(record(1), b"content", &mut Seed::new(1)).unwrap();
    assert_eq!(format!("{:?}", sealed.key), "RecordKey(..)");
}

proptest! {
    #[test]
    fn what_is_sealed_is_opened(content in proptest::collection::vec(any::<u8>(), 0..5000), seed: u64, id: [u8; 16]) {
        let id = amanat_types::RecordId::new(id);
        let sealed = seal(id, &content, &mut Seed::new(seed)).unwrap();
        prop_assert_eq!(&*open(id, &sealed.key, &sealed.blob).unwrap(), &content);
    }

    #[test]
    fn the_blob_length_tells_the_bucket_only(one in 0usize..479, other in 0usize..479, seed: u64) {
        let length = |size| seal(record(1), &vec![1; size], &mut Seed::new(seed)).unwrap().blob.len();
        prop_assert_eq!(length(one), length(other));
    }

    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..1100)) {
        let key = seal(record(1), b"", &mut Seed::new(1)).unwrap().key;
        prop_assert!(open(record(1), &key, &bytes).is_err());
    }
}
