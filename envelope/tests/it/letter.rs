//! Letters, and the blind indexes that they tell of.
use crate::seed::{Seed, flips, network, reader};
use amanat_envelope::letter::{LABEL_BYTES_MAX, Label, LetterError};
use amanat_envelope::{Context, IndexRoot, Letter, LetterEntry, ParcelFault, SealedLetter};
use amanat_types::codec::List;
use amanat_types::id::Commitment;
use amanat_types::{EncounterId, GrantId, OrderId, PatientId, PermitId};
use proptest::prelude::*;
use std::collections::BTreeSet;

pub const GRANT: Context = Context::Grant(GrantId::new([5; 16]));

pub fn letter(categories: impl Iterator<Item = u8>, label: Option<Vec<u8>>) -> Letter {
    let root = IndexRoot::new([9; 32]);
    let entries = categories
        .map(|number| LetterEntry::new(&root, number))
        .collect();
    Letter {
        patient: PatientId::new([8; 16]),
        entries: List::new(entries).unwrap(),
        label: label.map(|bytes| Label::new(bytes).unwrap()),
    }
}

pub fn sealed(letter: &Letter) -> SealedLetter {
    let key = *reader().public();
    letter
        .seal(&key, &network(), &GRANT, &mut Seed::new(6))
        .unwrap()
}

fn opened(context: &Context, sealed: &SealedLetter) -> Result<Letter, LetterError> {
    Letter::open(&reader(), &network(), context, sealed)
}

#[test]
fn a_letter_comes_back() {
    for letter in [
        letter(0..0, None),
        letter(1..4, None),
        letter(1..65, Some(vec![0x80; LABEL_BYTES_MAX])),
        letter(1..2, Some(vec![])),
    ] {
        let bytes = sealed(&letter).to_bytes();
        let back = SealedLetter::from_bytes(&bytes).unwrap();
        assert_eq!(opened(&GRANT, &back), Ok(letter));
    }
}

#[test]
fn every_flipped_bit_of_a_letter_is_refused() {
    for flipped in flips(&sealed(&letter(1..3, None)).to_bytes()) {
        if let Ok(sealed) = SealedLetter::from_bytes(&flipped) {
            assert!(opened(&GRANT, &sealed).is_err());
        }
    }
}

#[test]
fn a_letter_opens_in_its_context_and_network_only() {
    let sealed = sealed(&letter(1..3, None));
    let broken = Err(LetterError::Parcel(ParcelFault::Broken));
    for context in [
        Context::Grant(GrantId::new([6; 16])),
        Context::Encounter(EncounterId::new([5; 16])),
        Context::Registration(EncounterId::new([5; 16])),
        Context::Permit(PermitId::new([5; 16])),
        Context::Order(OrderId::new([5; 16])),
    ] {
        assert_eq!(opened(&context, &sealed), broken);
    }
    let elsewhere = amanat_types::digest("amanat/test/elsewhere", &[]);
    assert_eq!(Letter::open(&reader(), &elsewhere, &GRANT, &sealed), broken);
    let other = crate::seed::custodian();
    let refused = Letter::open(&other, &network(), &GRANT, &sealed);
    assert_eq!(
        refused,
        Err(LetterError::Parcel(ParcelFault::OtherKey(sealed.key)))
    );
}

#[test]
fn a_letter_that_lies_or_repeats_is_not_sealed() {
    let key = *reader().public();
    let mut rng = Seed::new(6);
    let honest = letter(1..3, None);
    let mut seal = |entries| {
        let entries = List::new(entries).unwrap();
        let letter = Letter {
            entries,
            ..honest.clone()
        };
        letter.seal(&key, &network(), &GRANT, &mut rng).err()
    };
    let (one, two) = (honest.entries[0].clone(), honest.entries[1].clone());
    assert_eq!(
        seal(vec![two.clone(), one.clone()]),
        Some(LetterError::Order(1))
    );
    assert_eq!(
        seal(vec![one.clone(), one.clone()]),
        Some(LetterError::Order(1))
    );
    let lie = LetterEntry {
        index: two.index,
        ..one
    };
    assert_eq!(seal(vec![lie]), Some(LetterError::Index(1)));
}

#[test]
fn a_label_has_a_limit_and_is_not_printed() {
    let size = LABEL_BYTES_MAX + 1;
    assert_eq!(
        Label::new(vec![0; size]).err(),
        Some(LetterError::Label { size })
    );
    let printed = format!("{:?}", letter(1..2, Some(b"Fatima".to_vec())));
    assert!(printed.contains("Label(..)") && printed.contains("IndexSecret(..)"));
}

#[test]
fn the_length_of_a_letter_does_not_tell_the_label() {
    let length = |label| sealed(&letter(1..4, label)).to_bytes().len();
    assert_eq!(length(None), length(Some(vec![1; 100])));
}

#[test]
fn indexes_of_all_categories_and_of_two_patients_differ() {
    let roots = [IndexRoot::new([1; 32]), IndexRoot::new([2; 32])];
    let all = || {
        roots
            .iter()
            .flat_map(|root| (0..=255).map(move |c| (root, c)))
    };
    let indexes: BTreeSet<_> = all().map(|(root, c)| root.opening(c).index).collect();
    let salts: BTreeSet<_> = all().map(|(root, c)| root.salt(c)).collect();
    assert_eq!((indexes.len(), salts.len()), (512, 512));
    let secret_is_salt =
        all().any(|(root, c)| root.secret(c).as_bytes() == root.salt(c).as_bytes());
    assert!(!secret_is_salt);
}

#[test]
fn an_opening_opens_the_owner_commitment() {
    let root = IndexRoot::generate(&mut Seed::new(7));
    let patient = PatientId::new([8; 16]);
    let opening = root.opening(3);
    let entry = LetterEntry::new(&root, 3);
    assert_eq!((entry.index, entry.salt), (opening.index, opening.salt));
    assert_eq!(entry.secret.index(), entry.index);
    let commitment = Commitment::owner(&opening.salt, &patient, &opening.index);
    let other = root.opening(4);
    assert_ne!(
        Commitment::owner(&other.salt, &patient, &opening.index),
        commitment
    );
    assert_eq!(format!("{root:?}"), "IndexRoot(..)");
    assert!(IndexRoot::new(*root.as_bytes()).secret(3) == root.secret(3));
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
        if let Ok(sealed) = SealedLetter::from_bytes(&bytes) {
            prop_assert!(opened(&GRANT, &sealed).is_err());
        }
    }
}
