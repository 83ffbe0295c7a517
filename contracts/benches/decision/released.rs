//! Releases as a node judges them: keys, encoded values by key, two rounds of reading, decoding and the decision.
use crate::encoded::Encoded;
use crate::world::{Asked, Map, NOW, READER, World};
use amanat_contracts::Loaded;
use amanat_contracts::release::{Tip, basis_keys, first_keys, judge, ticket};
use amanat_types::codec::List;
use amanat_types::release::ReleaseRequest;
use amanat_types::state::{BasisRef, RosterState, Ticket};
use amanat_types::{Height, MemberId, StateKey, TicketId};
use commonware_codec::Encode;
use std::rc::Rc;

/// What the tickets of a patient stand on, in the order of a patient's requests.
pub const BASES: [&str; 3] = ["a grant", "a permit to a role", "a strict visit"];

/// Encoded values by key.
pub struct State(Encoded);

impl State {
    /// What `world` holds, with tickets for each patient, and the requests.
    pub fn of(world: &World, asked: &[Asked]) -> (Self, Vec<[ReleaseRequest; BASES.len()]>) {
        let tickets = asked.len() * BASES.len();
        let consent = world.grants.len() + world.permits.len() + world.restrictions.len();
        let visits = world.encounters.len() + world.teams.len() + world.practitioners.len();
        let room = 1 + tickets + consent + visits + world.records.len();
        let mut state = Self(Encoded::with_room(room));
        let roster = RosterState {
            members: List::new((1..=16).map(MemberId::new).collect()).unwrap(),
            validators: 16,
        };
        state.put(StateKey::roster(), &roster);
        state.all(&world.practitioners, StateKey::practitioner);
        state.all(&world.encounters, StateKey::encounter);
        state.all(&world.teams, StateKey::team);
        state.all(&world.grants, StateKey::grant);
        state.all(&world.permits, StateKey::permit);
        state.all(&world.restrictions, StateKey::restrictions);
        state.all(&world.records, StateKey::record);
        let requests = asked.iter().map(|asked| state.requests(asked)).collect();
        (state, requests)
    }

    fn all<I, V: Encode>(&mut self, values: &Map<I, Rc<V>>, key: fn(&I) -> StateKey) {
        for (id, value) in values {
            self.put(key(id), value.as_ref());
        }
    }

    fn put(&mut self, key: StateKey, value: &impl Encode) {
        self.0.put(key, &value.encode());
    }

    fn requests(&mut self, asked: &Asked) -> [ReleaseRequest; BASES.len()] {
        let BasisRef::Grant(grant) = asked.ticket.basis else {
            panic!("tickets stand on grants")
        };
        let to = Some(asked.practitioner);
        let (permit, visit) = (asked.permit, asked.visit);
        let on = [
            (BasisRef::Grant(grant), None, grant.as_bytes()),
            (BasisRef::Permit(permit), to, permit.as_bytes()),
            (BasisRef::Encounter(visit), to, visit.as_bytes()),
        ];
        on.map(|(basis, practitioner, id)| {
            let ticket = Ticket {
                practitioner,
                basis,
                ..asked.ticket.clone()
            };
            let id = TicketId::new(*id);
            self.put(StateKey::ticket(&id), &ticket);
            ReleaseRequest {
                ticket: id,
                records: List::new(vec![asked.record]).unwrap(),
                seen: Height::new(1),
            }
        })
    }

    /// Reads what all need together.
    fn read(&self, keys: &[Vec<StateKey>], loaded: &mut [Loaded]) {
        let all = keys.concat();
        let mut values = self.0.copies(&all).into_iter();
        for (keys, loaded) in keys.iter().zip(loaded) {
            loaded.extend(keys.iter().copied().zip(values.by_ref()));
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
