//! The state of block 0.
use crate::keys::{ActorName, IndexName, LimitsName, MemberName, RosterName};
use crate::table::Name;
use amanat_types::codec::List;
use amanat_types::state::{
    Actor, IndexOwner, Member, MemberActor, NetworkLimits, RosterState, Standing,
};
use amanat_types::{BlindIndex, Genesis, MemberId, StateKey};
use commonware_codec::Encode as _;
use std::collections::BTreeMap;

/// The state that a network starts with: roster, limits, members, the actors of their keys, and the directory index of each member.
///
/// `genesis` was checked by [`Genesis::check`].
pub fn genesis(genesis: &Genesis) -> BTreeMap<StateKey, Vec<u8>> {
    let mut state = BTreeMap::new();
    let members: Vec<MemberId> = genesis.members.iter().map(|own| own.member).collect();
    let roster = RosterState {
        // As many as the genesis holds, whose list has the same bound.
        members: List::new(members).unwrap_or_else(|_| List::empty()),
        validators: u16::try_from(genesis.validators().len()).unwrap_or(u16::MAX),
    };
    put(&mut state, RosterName(), &roster);
    put(&mut state, LimitsName(), &NetworkLimits::START);
    for own in &genesis.members {
        let member = own.member;
        let value = Member {
            name: own.name.clone(),
            kind: own.kind,
            standing: Standing::Active,
            keys: own.keys.clone(),
            sealing: own.sealing,
        };
        put(&mut state, MemberName(member), &value);
        for key in &own.keys {
            let purpose = key.purpose;
            let actor = Actor::Member(MemberActor { member, purpose });
            put(&mut state, ActorName(key.key), &actor);
        }
        let index = IndexName(BlindIndex::directory(member));
        put(&mut state, index, &IndexOwner::Directory(member));
    }
    state
}

fn put<N: Name>(state: &mut BTreeMap<StateKey, Vec<u8>>, name: N, value: &N::Value) {
    state.insert(name.key(), value.encode().to_vec());
}

#[cfg(test)]
mod tests {
    use super::genesis;
    use crate::book::{index, key, member, start};
    use amanat_types::StateKey;
    use amanat_types::code::KeyPurpose;
    use amanat_types::state::{Actor, IndexOwner, Member, MemberActor, RosterState};
    use commonware_codec::DecodeExt as _;

    /// Roster, limits, five members, their 14 keys and five directories; nothing else.
    #[test]
    fn state_of_block_zero() {
        let state = genesis(&start());
        assert_eq!(state.len(), 2 + 5 + 14 + 5);
        let roster = RosterState::decode(state[&StateKey::roster()].clone()).unwrap();
        assert_eq!((roster.members.len(), roster.validators), (5, 4));
        assert_eq!(roster.faulty_max(), 1);
        let e = Member::decode(state[&StateKey::member(member("e"))].clone()).unwrap();
        assert!(e.is_active());
        assert_eq!(e.keys.len(), 2);
        let vault = Actor::decode(state[&StateKey::actor(&key("vault:b"))].clone()).unwrap();
        let expected = MemberActor {
            member: member("b"),
            purpose: KeyPurpose::Vault,
        };
        assert_eq!(vault, Actor::Member(expected));
        let owner = &state[&StateKey::index(&index("dir:c"))];
        let owner = IndexOwner::decode(owner.clone()).unwrap();
        assert_eq!(owner, IndexOwner::Directory(member("c")));
    }
}
