//! Wraps and bundles: who opens what, and what is refused.
use crate::seed::{Seed, TICKET, custodian, flips, network, reader, record};
use amanat_envelope::seal::seal;
use amanat_envelope::{Bundle, BundleError, Custody as _, ParcelFault, RecordKey, SealingSecret};
use amanat_envelope::{KeyId, SingleCustodian, Wrap, WrapError};
use amanat_types::id::SealingKey;
use amanat_types::{RecordId, TicketId, limits};
use proptest::prelude::*;

fn wrapped(numbers: impl Iterator<Item = u8>) -> (Vec<RecordKey>, Vec<(RecordId, Wrap)>) {
    let mut rng = Seed::new(3);
    numbers
        .map(|number| {
            let id = record(number);
            let key = seal(id, b"content", &mut rng).unwrap().key;
            let wrap = SingleCustodian::wrap(custodian().public(), &network(), id, &key, &mut rng);
            (key, (id, wrap.unwrap()))
        })
        .unzip()
}

fn release(wraps: &[(RecordId, Wrap)]) -> Result<Bundle, BundleError> {
    let mut rng = Seed::new(4);
    SingleCustodian::rewrap(
        &custodian(),
        &network(),
        TICKET,
        reader().public(),
        wraps,
        &mut rng,
    )
}

fn opened(
    by: &SealingSecret,
    ticket: TicketId,
    records: &[RecordId],
    bundle: &Bundle,
) -> Result<Vec<RecordKey>, BundleError> {
    let bundles = std::slice::from_ref(bundle);
    let keepers = *custodian().public();
    SingleCustodian::open_bundles(&keepers, by, &network(), ticket, records, bundles)
}

fn ids(wraps: &[(RecordId, Wrap)]) -> Vec<RecordId> {
    wraps.iter().map(|(id, _)| *id).collect()
}

#[test]
fn keys_come_back_in_order() {
    for count in [0u8, 1, 2, 40] {
        let (keys, wraps) = wrapped(0..count);
        let bundle = release(&wraps).unwrap();
        assert!(opened(&reader(), TICKET, &ids(&wraps), &bundle).unwrap() == keys);
        for (key, (id, wrap)) in keys.iter().zip(&wraps) {
            let own = SingleCustodian::unwrap(&custodian(), &network(), *id, wrap).unwrap();
            assert!(own == *key);
        }
    }
}

#[test]
fn every_flipped_bit_of_a_wrap_is_refused_and_names_its_record() {
    let (_, wraps) = wrapped(1..2);
    let bytes = wraps[0].1.to_bytes();
    assert_eq!(bytes.len(), 1 + 8 + 1 + 32 + 32 + 16);
    let mut faults = [0; 4];
    for flipped in flips(&bytes) {
        let Ok(wrap) = Wrap::from_bytes(&flipped) else {
            faults[0] += 1;
            continue;
        };
        let refused = SingleCustodian::unwrap(&custodian(), &network(), record(1), &wrap);
        let WrapError { record: id, fault } = refused.err().unwrap();
        assert_eq!(id, record(1));
        match fault {
            ParcelFault::Version(_) => faults[1] += 1,
            ParcelFault::OtherKey(_) => faults[2] += 1,
            fault => {
                // RFC 7748 ignores the top bit of a coordinate; HPKE binds its bytes all the same.
                assert_eq!(fault, ParcelFault::Broken);
                faults[3] += 1;
            }
        }
    }
    assert_eq!(faults, [8, 8, 64, 640]);
}

#[test]
fn a_wrap_of_another_record_network_or_custodian_is_refused() {
    let (_, wraps) = wrapped(1..2);
    let wrap = &wraps[0].1;
    let fault = |secret: &SealingSecret, network, id| {
        let refused = SingleCustodian::unwrap(secret, network, id, wrap);
        refused.err().map(|error| error.fault)
    };
    let elsewhere = amanat_types::digest("amanat/test/elsewhere", &[]);
    let (here, broken) = (network(), Some(ParcelFault::Broken));
    assert_eq!(fault(&custodian(), &here, record(2)), broken);
    assert_eq!(fault(&custodian(), &elsewhere, record(1)), broken);
    let other = ParcelFault::OtherKey(KeyId::of(custodian().public()));
    assert_eq!(fault(&reader(), &here, record(1)), Some(other));
}

#[test]
fn one_bad_wrap_stops_the_release_and_is_named() {
    let (_, mut wraps) = wrapped(0..3);
    wraps[1].0 = record(9);
    let fault = ParcelFault::Broken;
    let expected = BundleError::Wrap(WrapError {
        record: record(9),
        fault,
    });
    assert_eq!(release(&wraps).err(), Some(expected));
    assert!(expected.to_string().contains(&record(9).to_string()));
}

#[test]
fn every_flipped_bit_of_a_bundle_is_refused() {
    let (_, wraps) = wrapped(0..2);
    let bytes = release(&wraps).unwrap().to_bytes();
    for flipped in flips(&bytes) {
        if let Ok(bundle) = Bundle::from_bytes(&flipped) {
            assert!(opened(&reader(), TICKET, &ids(&wraps), &bundle).is_err());
        }
    }
}

#[test]
fn a_bundle_opens_for_its_reader_ticket_and_records_only() {
    let (_, wraps) = wrapped(0..3);
    let bundle = release(&wraps).unwrap();
    let asked = ids(&wraps);
    let broken = Some(BundleError::Bundle {
        ticket: TICKET,
        fault: ParcelFault::Broken,
    });
    assert!(opened(&custodian(), TICKET, &asked, &bundle).is_err());
    assert!(opened(&reader(), TicketId::new([0; 16]), &asked, &bundle).is_err());
    let swapped = [asked[1], asked[0], asked[2]];
    assert_eq!(opened(&reader(), TICKET, &swapped, &bundle).err(), broken);
    assert_eq!(
        opened(&reader(), TICKET, &asked[..2], &bundle).err(),
        broken
    );
    let more = [&asked[..], &[record(9)]].concat();
    assert_eq!(opened(&reader(), TICKET, &more, &bundle).err(), broken);
}

#[test]
fn no_bundle_or_two_are_refused() {
    let (_, wraps) = wrapped(0..1);
    let bundle = release(&wraps).unwrap();
    for bundles in [vec![], vec![bundle.clone(), bundle]] {
        let count = bundles.len();
        let keepers = *custodian().public();
        let by = reader();
        let refused = SingleCustodian::open_bundles(
            &keepers,
            &by,
            &network(),
            TICKET,
            &ids(&wraps),
            &bundles,
        );
        let expected = BundleError::BundleCount { count, expected: 1 };
        assert_eq!(refused.err(), Some(expected));
    }
}

#[test]
fn more_records_than_a_release_may_have_are_refused_before_any_is_opened() {
    let (_, wraps) = wrapped(0..1);
    let count = limits::RELEASE_RECORDS_MAX + 1;
    let max = limits::RELEASE_RECORDS_MAX;
    let many = vec![wraps[0].clone(); count];
    let refused = BundleError::TooManyRecords { count, max };
    assert_eq!(release(&many).err(), Some(refused));
    let bundle = release(&wraps).unwrap();
    let records = vec![record(0); count];
    assert_eq!(
        opened(&reader(), TICKET, &records, &bundle).err(),
        Some(refused)
    );
}

#[test]
fn the_largest_release_fits_a_bundle() {
    let (_, wraps) = wrapped(0..1);
    let many = vec![wraps[0].clone(); limits::RELEASE_RECORDS_MAX];
    let bundle = Bundle::from_bytes(&release(&many).unwrap().to_bytes()).unwrap();
    let keys = opened(&reader(), TICKET, &ids(&many), &bundle).unwrap();
    assert_eq!(keys.len(), limits::RELEASE_RECORDS_MAX);
}

#[test]
fn a_point_of_small_order_is_no_recipient() {
    let nobody = SealingKey::new([0; 32]);
    let mut rng = Seed::new(5);
    let key = seal(record(1), b"", &mut rng).unwrap().key;
    let refused = SingleCustodian::wrap(&nobody, &network(), record(1), &key, &mut rng);
    let fault = ParcelFault::Recipient(nobody);
    assert_eq!(refused.err().map(|error| error.fault), Some(fault));
}

#[test]
fn a_secret_is_stored_and_loaded() {
    let loaded = SealingSecret::from_bytes(&custodian().to_bytes());
    assert_eq!(loaded.public(), custodian().public());
    let (_, wraps) = wrapped(1..2);
    assert!(SingleCustodian::unwrap(&loaded, &network(), record(1), &wraps[0].1).is_ok());
    let printed = format!("{loaded:?}");
    assert!(!printed.contains(&hex::encode(*loaded.to_bytes())));
    let fresh = SealingSecret::generate(&mut Seed::new(6));
    assert_ne!(fresh.public(), loaded.public());
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(wrap) = Wrap::from_bytes(&bytes) {
            prop_assert!(SingleCustodian::unwrap(&custodian(), &network(), record(1), &wrap).is_err());
        }
        if let Ok(bundle) = Bundle::from_bytes(&bytes) {
            prop_assert!(opened(&reader(), TICKET, &[record(1)], &bundle).is_err());
        }
    }

    #[test]
    fn a_sealed_part_of_any_length_is_refused(sealed in proptest::collection::vec(any::<u8>(), 0..=256)) {
        let sealed = amanat_types::codec::List::new(sealed).unwrap();
        let wrap = Wrap { version: 1, key: KeyId::of(custodian().public()), sealed };
        let refused = SingleCustodian::unwrap(&custodian(), &network(), record(1), &wrap);
        prop_assert_eq!(refused.err().map(|error| error.fault), Some(ParcelFault::Broken));
    }
}
