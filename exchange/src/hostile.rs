//! What is decoded from callers and from the own store, by kind: the way in for fuzz targets.
use crate::card::{PostedLetter, SoftCard, StoredCard};
use crate::everything::{after, cursor};
use crate::fhir_index::IndexRow;
use crate::intent::Intent;
use crate::keyring::{Entry, Owner};
use commonware_codec::{DecodeExt, Encode};

/// A kind of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A letter as it travels, from a caller.
    Letter,
    /// The cursor of a next link, from a caller.
    Cursor,
    /// A software card as it lies on the disk, encrypted: none that is made up opens.
    SealedCard,
    /// A software card in the clear.
    Card,
    /// What is known of one patient and category.
    Entry,
    /// Whose an index is.
    Owner,
    /// What is known of a resource.
    IndexRow,
    /// What a deposit set out to do.
    Intent,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Letter,
        Self::Cursor,
        Self::SealedCard,
        Self::Card,
        Self::Entry,
        Self::Owner,
        Self::IndexRow,
        Self::Intent,
    ];
}

/// Decodes `bytes` and gives what it came to, encoded again; nothing if they are refused. A cursor is printed in small letters.
pub fn decode(kind: Kind, bytes: &[u8]) -> Option<Vec<u8>> {
    match kind {
        Kind::Letter => again::<PostedLetter>(bytes),
        Kind::Cursor => {
            let text = std::str::from_utf8(bytes).ok()?;
            let place = after(Some(text)).ok()??;
            Some(cursor(place).into_bytes())
        }
        Kind::SealedCard => {
            let card = SoftCard::from_bytes(&[7; 32], bytes).ok()?;
            card.to_bytes(&[7; 32]).ok()
        }
        Kind::Card => again::<StoredCard>(bytes),
        Kind::Entry => again::<Entry>(bytes),
        Kind::Owner => again::<Owner>(bytes),
        Kind::IndexRow => again::<IndexRow>(bytes),
        Kind::Intent => again::<Intent>(bytes),
    }
}

fn again<T: DecodeExt<()> + Encode>(bytes: &[u8]) -> Option<Vec<u8>> {
    let decoded = T::decode(bytes.to_vec()).ok()?;
    Some(decoded.encode().to_vec())
}

#[cfg(test)]
mod tests {
    use super::{Kind, decode};
    use crate::card::{Card as _, SoftCard};
    use crate::everything::cursor;
    use amanat_envelope::{Context, SealingSecret};
    use amanat_fhir::Category;
    use amanat_projection::Place;
    use amanat_types::{EncounterId, GrantId, Height, RecordId};
    use commonware_codec::Encode as _;
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    fn samples() -> Vec<(Kind, Vec<u8>)> {
        let card = SoftCard::generate().expect("entropy");
        let member = SealingSecret::from_seed(&[3; 32]);
        let network = amanat_types::digest("test", &[]);
        let context = Context::Grant(GrantId::new([4; 16]));
        let letter = card.letter(&[Category::ALL[0]], member.public(), &network, &context);
        let place = Place::event(Height::new(7), 2, 1);
        let id = RecordId::new([5; 16]);
        let none: Option<[u8; 32]> = None;
        vec![
            (Kind::Letter, letter.expect("sealed")),
            (Kind::Cursor, cursor((place, id)).into_bytes()),
            (
                Kind::Card,
                ([1u8; 16], [2u8; 32], vec![3u8; 4]).encode().to_vec(),
            ),
            (Kind::Entry, ([1u8; 16], [2u8; 32], none).encode().to_vec()),
            (
                Kind::Owner,
                (EncounterId::new([1; 16]), 2u8).encode().to_vec(),
            ),
            (Kind::Intent, vec![0]),
        ]
    }

    /// A cursor may come in capitals.
    fn printed(kind: Kind, bytes: &[u8]) -> Vec<u8> {
        match kind {
            Kind::Cursor => bytes.to_ascii_lowercase(),
            _ => bytes.to_vec(),
        }
    }

    #[test]
    fn what_decodes_is_written_again_as_the_same_bytes_and_nothing_panics() {
        let mut dice = StdRng::seed_from_u64(7);
        let mut refused = 0u32;
        for (kind, good) in samples() {
            assert_eq!(decode(kind, &good).as_ref(), Some(&good), "{kind:?}");
            for _ in 0..2_000 {
                let mut bytes = good.clone();
                for _ in 0..=dice.random_range(0..3) {
                    let at = dice.random_range(0..bytes.len().max(1));
                    match dice.random_range(0..4) {
                        0 => bytes.truncate(at),
                        1 => bytes.insert(at.min(bytes.len()), dice.random()),
                        _ => {
                            if let Some(byte) = bytes.get_mut(at) {
                                *byte = dice.random();
                            }
                        }
                    }
                }
                for other in Kind::ALL {
                    match decode(other, &bytes) {
                        Some(again) => assert_eq!(again, printed(other, &bytes)),
                        None => refused += 1,
                    }
                }
            }
        }
        assert!(refused > 1_000, "{refused}");
    }

    #[test]
    fn a_sealed_card_opens_as_itself_and_no_changed_one_does() {
        let key = [7; 32];
        let sealed = SoftCard::generate().expect("entropy").to_bytes(&key);
        let sealed = sealed.expect("sealed");
        assert!(decode(Kind::SealedCard, &sealed).is_some());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(decode(Kind::SealedCard, &changed), None, "{at}");
            assert_eq!(decode(Kind::SealedCard, &sealed[..at]), None, "{at}");
        }
    }
}
