//! A world as a store holds it: encoded values by key, with a ticket under a grant for each question.
use crate::world::{Asked, Map, World};
use amanat_types::codec::List;
use amanat_types::release::ReleaseRequest;
use amanat_types::state::{BasisRef, RosterState};
use amanat_types::{Height, MemberId, StateKey, TicketId};
use commonware_codec::Encode;
use std::rc::Rc;

/// Gives each value to `put`; the requests that the tickets are for.
pub fn encoded(
    world: &World,
    asked: &[Asked],
    put: &mut impl FnMut(StateKey, Vec<u8>),
) -> Vec<ReleaseRequest> {
    let roster = RosterState {
        members: List::new((1..=16).map(MemberId::new).collect()).unwrap(),
        validators: 16,
    };
    put(StateKey::roster(), roster.encode().to_vec());
    all(&world.practitioners, StateKey::practitioner, put);
    all(&world.encounters, StateKey::encounter, put);
    all(&world.teams, StateKey::team, put);
    all(&world.grants, StateKey::grant, put);
    all(&world.permits, StateKey::permit, put);
    all(&world.restrictions, StateKey::restrictions, put);
    all(&world.records, StateKey::record, put);
    let requests = asked.iter().map(|asked| {
        let BasisRef::Grant(grant) = asked.ticket.basis else {
            panic!("tickets stand on grants")
        };
        let ticket = TicketId::new(*grant.as_bytes());
        put(StateKey::ticket(&ticket), asked.ticket.encode().to_vec());
        ReleaseRequest {
            ticket,
            records: List::new(vec![asked.record]).unwrap(),
            seen: Height::new(1),
        }
    });
    requests.collect()
}

fn all<I, V: Encode>(
    values: &Map<I, Rc<V>>,
    key: fn(&I) -> StateKey,
    put: &mut impl FnMut(StateKey, Vec<u8>),
) {
    for (id, value) in values {
        put(key(id), value.encode().to_vec());
    }
}
