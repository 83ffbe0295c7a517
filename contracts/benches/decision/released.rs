//! Releases as a node judges them: keys, encoded values by key, two rounds of reading, decoding and the decision.
use crate::world::{Asked, FirstBytes, NOW, READER, World};
use amanat_contracts::Loaded;
use amanat_contracts::release::{Tip, basis_keys, first_keys, judge, ticket};
use amanat_types::codec::List;
use amanat_types::release::ReleaseRequest;
use amanat_types::state::{BasisRef, RosterState};
use amanat_types::{Height, MemberId, StateKey, TicketId};
use commonware_codec::Encode;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::hint::black_box;

/// Encoded values by key, as a node's store holds them.
pub struct State(HashMap<StateKey, Box<[u8]>, BuildHasherDefault<FirstBytes>>);

impl State {
    /// What `world` holds, with a ticket for each question, and the requests.
    pub fn of(world: &World, asked: &[Asked]) -> (Self, Vec<ReleaseRequest>) {
        let mut state = Self(HashMap::default());
        let roster = RosterState {
            members: List::new((1..=16).map(MemberId::new).collect()).unwrap(),
            validators: 16,
        };
        state.put(StateKey::roster(), &roster);
        for (id, value) in &world.practitioners {
            state.put(StateKey::practitioner(id), value.as_ref());
        }
        for (id, value) in &world.encounters {
            state.put(StateKey::encounter(id), value.as_ref());
        }
        for (id, value) in &world.teams {
            state.put(StateKey::team(id), value.as_ref());
        }
        for (id, value) in &world.grants {
            state.put(StateKey::grant(id), value.as_ref());
        }
        for (id, value) in &world.permits {
            state.put(StateKey::permit(id), value.as_ref());
        }
        for (id, value) in &world.restrictions {
            state.put(StateKey::restrictions(id), value.as_ref());
        }
        for (id, value) in &world.records {
            state.put(StateKey::record(id), value.as_ref());
        }
        let requests = asked.iter().map(|asked| state.request(asked)).collect();
        (state, requests)
    }

    fn put(&mut self, key: StateKey, value: &impl Encode) {
        let bytes = value.encode().to_vec().into_boxed_slice();
        self.0.insert(key, bytes);
    }

    fn request(&mut self, asked: &Asked) -> ReleaseRequest {
        let BasisRef::Grant(grant) = asked.ticket.basis else {
            panic!("tickets stand on grants")
        };
        let id = TicketId::new(*grant.as_bytes());
        self.put(StateKey::ticket(&id), &asked.ticket);
        ReleaseRequest {
            ticket: id,
            records: List::new(vec![asked.record]).unwrap(),
            seen: Height::new(1),
        }
    }

    /// Finds values: where they are, then their first bytes, then all of them.
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
