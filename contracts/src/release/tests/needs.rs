//! What many judgements need at once.
use super::{Asked, GRANTED};
use crate::Loaded;
use crate::book::member;
use crate::keys::{GrantName, JurisdictionName, RestrictionsName, Touched};
use crate::release::{Common, Known, Needs, Round, Values, basis_keys, first_keys, ticket};
use amanat_types::StateKey;
use amanat_types::state::{BasisRef, Ticket};

/// What is asked for many at once is what each asks for alone, in its place, whoever asked before.
#[test]
fn needs_of_many() {
    let asked = Asked::of(GRANTED, "b/t", &["a/r1", "a/r2"]);
    let tickets = ["b/t", "b/k", "b/u", "b/m"].map(|name| {
        let request = Asked {
            ticket: name,
            ..asked.clone()
        }
        .request();
        let mut loaded = Loaded::new();
        asked.book.load(first_keys(&request), &mut loaded);
        (ticket(&request, &loaded).unwrap().unwrap(), request)
    });
    let elsewhere = tickets.clone().map(|(held, request)| {
        let member = member("c");
        (Ticket { member, ..held }, request)
    });
    let all = tickets.iter().zip(&elsewhere);
    let all: Vec<_> = all.flat_map(|(one, other)| [one, other]).collect();
    let (mut first, mut basis) = (Needs::of_many(1), Needs::of_many(1));
    for (held, request) in &all {
        first.first(request);
        first.nothing();
        basis.nothing();
        basis.basis(held);
    }
    let apart = all.iter().flat_map(|(_, request)| first_keys(request));
    assert_eq!(first.keys(), apart.collect::<Vec<_>>());
    let apart = all.iter().flat_map(|(held, _)| basis_keys(held));
    assert_eq!(basis.keys(), apart.collect::<Vec<_>>());
    // What is found says where it stood, and is no value: whoever reads it is told which key it is of.
    let found: Vec<_> = basis.keys().iter().map(StateKey::as_bytes).collect();
    let found: Vec<Known<'_>> = found.into_iter().map(|key| Some(Some(&key[..]))).collect();
    let common = Common::default();
    for (nth, (held, _)) in all.iter().enumerate() {
        let BasisRef::Grant(grant) = held.basis else {
            panic!("all of them stand on grants")
        };
        let known = |nth: usize, name: &Touched| {
            let rounds = [Round::default(), basis.of(nth, &found).unwrap()];
            let common = &common;
            let values = Values { common, rounds };
            values.known(name).map(|value| value.unwrap().to_vec())
        };
        let names: [Touched; 3] = [
            GrantName(grant).into(),
            JurisdictionName(held.member).into(),
            RestrictionsName(held.patient.unwrap()).into(),
        ];
        for name in names {
            let key = name.key().as_bytes().to_vec();
            assert_eq!(known(2 * nth, &name), None);
            assert_eq!(known(2 * nth + 1, &name), Some(key));
        }
    }
    assert!(basis.of(2 * all.len(), &found).is_none());
    assert!(basis.of(2 * all.len() - 1, &found[1..]).is_none());
    for missing in 0..found.len() {
        let mut found = found.clone();
        found[missing] = None;
        let whole = |nth: &usize| basis.of(*nth, &found).unwrap().is_whole();
        let partial = (0..2 * all.len()).filter(|nth| !whole(nth));
        assert_eq!(partial.count(), 1, "without the value at {missing}");
    }
}
