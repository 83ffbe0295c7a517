//! What many judgements need at once.
use super::{Asked, GRANTED};
use crate::book::member;
use crate::keys::GrantName;
use crate::release::{Common, Needs, Round, Values, basis_keys, first_keys, ticket};
use crate::table::Source as _;
use crate::{Fault, Loaded};
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
    let (common, found) = (Common::default(), vec![Some(None); basis.keys().len()]);
    for (nth, (held, _)) in all.iter().enumerate() {
        let BasisRef::Grant(grant) = held.basis else {
            panic!("all of them stand on grants")
        };
        let asks = |nth: usize| {
            let rounds = [Round::default(), basis.of(nth, &found)];
            let common = &common;
            Values { common, rounds }.value(GrantName(grant))
        };
        assert!(matches!(asks(2 * nth), Err(Fault::NotLoaded { .. })));
        assert_eq!(asks(2 * nth + 1), Ok(None));
        assert!(basis.of(2 * nth, &[]).is_whole(), "it needs nothing");
        assert!(!basis.of(2 * nth + 1, &[]).is_whole());
    }
}
