//! The cache against a map, and the tip against what comes late.
use super::TipCache;
use super::ring::{PLACE, Ring};
use crate::execution::Writes;
use crate::store::Loaded;
use amanat_types::block::{Header, Roster};
use amanat_types::{Digest, Height, RecordId, StateKey, TimestampMs};
use commonware_cryptography::{Signer as _, ed25519};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

fn key(number: u64) -> StateKey {
    StateKey::record(&RecordId::new(u128::from(number).to_le_bytes()))
}

fn known(ring: &Ring, number: u64) -> Option<Option<Vec<u8>>> {
    let found = ring.find(&[key(number)]).remove(0);
    found.map(|value| value.map(<[u8]>::to_vec))
}

/// What becomes of a ring.
#[derive(Clone, Debug)]
enum Act {
    Put(u64, Option<Vec<u8>>),
    Clear,
}

fn act() -> impl Strategy<Value = Act> {
    let value = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..700));
    prop_oneof![
        200 => (0..60_u64, value).prop_map(|(number, value)| Act::Put(number, value)),
        1 => Just(Act::Clear),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is known of a key is what was put last, over many laps and beside the counter's end, and what was just put is known.
    #[test]
    fn a_ring_knows_the_last_or_nothing(
        acts in proptest::collection::vec(act(), 1..400),
        end in any::<bool>(),
        bytes in 4096..9000_usize,
    ) {
        let mut ring = Ring::new(bytes);
        if end {
            ring.stand_at(PLACE - 300);
        }
        let mut model = BTreeMap::new();
        for act in acts {
            match act {
                Act::Put(number, value) => {
                    ring.put(&key(number), value.as_deref());
                    // Of the least, 3,584 bytes are left for entries, of which one takes an eighth at most, with 36 bytes before its value.
                    if value.as_ref().is_none_or(|value| value.len() <= 448 - 36) {
                        prop_assert_eq!(known(&ring, number), Some(value.clone()));
                    }
                    model.insert(number, value);
                }
                Act::Clear => {
                    ring.clear();
                    prop_assert!((0..60).all(|number| known(&ring, number).is_none()));
                }
            }
            let keys: Vec<_> = (0..60).map(key).collect();
            for (number, found) in (0_u64..).zip(ring.find(&keys)) {
                if let Some(found) = found {
                    prop_assert_eq!(Some(found), model.get(&number).map(Option::as_deref));
                }
            }
        }
    }
}

#[test]
fn a_large_ring_holds_what_fits_and_drops_the_oldest() {
    // 14 of 16 MiB for entries of 208 bytes: 70,577 fit, but for few buckets that have more than eight.
    let mut ring = Ring::new(16 << 20);
    let value = |number: u64| [number.to_le_bytes(); 20].concat();
    for number in 0..200_000 {
        ring.put(&key(number), Some(&value(number)));
    }
    let newest = (130_000..200_000).filter(|number| match known(&ring, *number) {
        Some(found) => {
            assert_eq!(found, Some(value(*number)));
            true
        }
        None => false,
    });
    let newest = newest.count();
    assert!(newest > 69_000, "{newest}");
    let oldest = (0..100_000).filter(|number| known(&ring, *number).is_some());
    assert_eq!(oldest.count(), 0);
}

#[test]
fn a_ring_of_no_memory_knows_nothing() {
    for bytes in [0, 1, 4095] {
        let mut ring = Ring::new(bytes);
        ring.put(&key(1), Some(b"1"));
        assert_eq!(known(&ring, 1), None);
    }
}

fn header(height: u64, parent: Digest) -> Arc<Header> {
    let roster = Roster::new(vec![ed25519::PrivateKey::from_seed(1).public_key()]).unwrap();
    let time = TimestampMs::new(height);
    let mut header = Header::genesis(parent, time, 1, &roster);
    header.height = Height::new(height);
    Arc::new(header)
}

fn writes(of: &[(u64, Option<&[u8]>)]) -> Writes {
    let of = of.iter();
    of.map(|(number, value)| (key(*number), value.map(<[u8]>::to_vec)))
        .collect()
}

fn at_tip(cache: &TipCache, numbers: &[u64]) -> Option<(u64, Option<Loaded>)> {
    let keys: Vec<_> = numbers.iter().copied().map(key).collect();
    cache.look(|tip| (tip.header.height.get(), tip.load(&keys)))
}

#[test]
fn values_move_with_the_tip() {
    let cache = TipCache::new(64 << 10);
    assert_eq!(at_tip(&cache, &[1]), None);
    let first = header(7, Digest::from([1; 32]));
    // Nothing is taken before there is a tip.
    cache.fill(&first, &writes(&[(1, Some(b"old"))]));
    cache.advance(Arc::clone(&first), &writes(&[(2, Some(b"two"))]));
    assert_eq!(at_tip(&cache, &[1]), Some((7, None)));
    cache.fill(&first, &writes(&[(1, Some(b"one")), (3, None)]));
    let all = writes(&[(1, Some(b"one")), (2, Some(b"two")), (3, None)]);
    assert_eq!(at_tip(&cache, &[1, 2, 3]), Some((7, Some(all))));
    // One that is not known, and nothing is given.
    assert_eq!(at_tip(&cache, &[1, 2, 3, 4]), Some((7, None)));

    let second = header(8, first.digest());
    // Read at a block that is applied and not yet the tip: nothing older is given from then on.
    cache.fill(&second, &writes(&[(4, Some(b"four"))]));
    assert_eq!(at_tip(&cache, &[1]), None);
    cache.advance(
        Arc::clone(&second),
        &writes(&[(1, None), (3, Some(b"three"))]),
    );
    let all = writes(&[(1, None), (2, Some(b"two")), (3, Some(b"three"))]);
    assert_eq!(at_tip(&cache, &[1, 2, 3]), Some((8, Some(all))));
    // Read before the tip moved: an answer still, but not kept.
    cache.fill(&first, &writes(&[(4, Some(b"late"))]));
    assert_eq!(at_tip(&cache, &[4]), Some((8, None)));

    cache.saw(Height::new(8));
    assert!(at_tip(&cache, &[1]).is_some());
    cache.saw(Height::new(9));
    assert_eq!(at_tip(&cache, &[1]), None);

    // No child of the tip: what was known is of another state.
    cache.advance(header(9, first.digest()), &writes(&[(5, Some(b"five"))]));
    assert_eq!(at_tip(&cache, &[1]), Some((9, None)));
    assert_eq!(at_tip(&cache, &[2]), Some((9, None)));
    let five = writes(&[(5, Some(b"five"))]);
    assert_eq!(at_tip(&cache, &[5]), Some((9, Some(five))));
}
