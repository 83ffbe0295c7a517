//! Releases as a node judges them: keys, encoded values by key, two rounds of reading, decoding and the decision.
use crate::encoded::encoded;
use crate::world::{Asked, Map, NOW, READER, World};
use amanat_contracts::Loaded;
use amanat_contracts::release::{Tip, basis_keys, first_keys, judge, ticket};
use amanat_types::release::ReleaseRequest;
use amanat_types::{Height, StateKey};
use std::hint::black_box;

/// Encoded values by key, as a node's store holds them.
pub struct State(Map<StateKey, Box<[u8]>>);

impl State {
    /// What `world` holds, with a ticket for each question, and the requests.
    pub fn of(world: &World, asked: &[Asked]) -> (Self, Vec<ReleaseRequest>) {
        let mut values = Map::default();
        let requests = encoded(world, asked, &mut |key, value| {
            values.insert(key, value.into_boxed_slice());
        });
        (Self(values), requests)
    }

    /// Finds values: where they are, then one byte of each line of the cache, then all of them.
    fn read(&self, keys: &[Vec<StateKey>], loaded: &mut [Loaded]) {
        let found = keys.iter().flatten().map(|key| self.0.get(key));
        let found: Vec<Option<&Box<[u8]>>> = found.collect();
        let lines = found.iter().flatten().flat_map(|value| value.chunks(64));
        black_box(lines.map(|line| u64::from(line[0])).sum::<u64>());
        let mut found = found.into_iter();
        for (keys, loaded) in keys.iter().zip(loaded) {
            for (key, value) in keys.iter().zip(found.by_ref()) {
                loaded.insert(*key, value.map(|value| value.to_vec()));
            }
        }
    }

    /// How many of `requests`, which are read for together, may be released.
    pub fn released(&self, requests: &[ReleaseRequest]) -> usize {
        let mut loaded = vec![Loaded::new(); requests.len()];
        let keys: Vec<_> = requests.iter().map(first_keys).collect();
        self.read(&keys, &mut loaded);
        let tickets: Vec<_> = requests
            .iter()
            .zip(&loaded)
            .map(|(request, loaded)| ticket(request, loaded).unwrap().unwrap())
            .collect();
        let keys: Vec<_> = tickets.iter().map(basis_keys).collect();
        self.read(&keys, &mut loaded);
        let tip = Tip {
            height: Height::new(2),
            time_ms: NOW,
        };
        let all = requests.iter().zip(&tickets).zip(&loaded);
        let lawful = all.filter(|((request, ticket), loaded)| {
            judge(request, READER, tip, NOW, Some(ticket), loaded).is_ok()
        });
        lawful.count()
    }
}
