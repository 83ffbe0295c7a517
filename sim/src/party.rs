//! Who takes part: seven hospitals, each a validator, with keys that follow from their numbers.
use amanat_types::code::{KeyPurpose, MemberKind};
use amanat_types::codec::{List, Text};
use amanat_types::genesis::{Genesis, GenesisMember, PROTOCOL, VERSION};
use amanat_types::id::SealingKey;
use amanat_types::key::MemberSigner;
use amanat_types::state::MemberKey;
use amanat_types::{MemberId, PublicKey, TimestampMs, limits};
use commonware_codec::Encode as _;
use commonware_cryptography::{Signer as _, ed25519};

/// Validators.
pub const NODES: u16 = 7;
/// Validators that may be faulty.
pub const FAULTY: usize = 2;

/// A member that is admitted by vote in every run. In some its node never starts: from then on it is one of the faulty.
pub const NEWCOMER: u16 = 8;

/// Whose keys the newcomer has once they were replaced: a number that no member has.
pub const NEWCOMER_AGAIN: u16 = 9;

/// Whose keys the last member of the genesis has once they were replaced: a number that no member has.
pub const LAST_AGAIN: u16 = 10;

/// The members of the genesis.
pub fn members() -> impl Iterator<Item = u16> + Clone {
    1..=NODES
}

/// Numbers of all keys that a member has or comes to have.
pub fn numbers() -> impl Iterator<Item = u16> + Clone {
    1..=LAST_AGAIN
}

/// The member that has, or comes to have, the keys of a number.
pub const fn holder(number: u16) -> u16 {
    match number {
        NEWCOMER_AGAIN => NEWCOMER,
        LAST_AGAIN => NODES,
        number => number,
    }
}

/// The number of a member's keys once they were replaced, if they may be.
pub const fn again(member: u16) -> Option<u16> {
    match member {
        NODES => Some(LAST_AGAIN),
        NEWCOMER => Some(NEWCOMER_AGAIN),
        _ => None,
    }
}

/// Consensus key of a member.
pub fn consensus_key(member: u16) -> ed25519::PrivateKey {
    ed25519::PrivateKey::from_seed(u64::from(member))
}

/// The member's name on the network.
pub fn address(member: u16) -> ed25519::PublicKey {
    consensus_key(member).public_key()
}

fn signer(member: u16, purpose: u8) -> MemberSigner {
    let mut seed = [purpose; 32];
    seed[..2].copy_from_slice(&member.to_be_bytes());
    MemberSigner::from_seed(seed)
}

/// Transaction key of a member.
pub fn member_signer(member: u16) -> MemberSigner {
    signer(member, 1)
}

/// The consensus key of a member, as it co-signs what brings it.
pub fn consensus_signer(member: u16) -> MemberSigner {
    let seed = consensus_key(member).encode();
    let seed = seed.as_ref().try_into().expect("a key is its seed");
    MemberSigner::from_seed(seed)
}

/// Vault key of a member.
pub fn vault_signer(member: u16) -> MemberSigner {
    signer(member, 2)
}

/// Three keys, for transactions, the vault and consensus.
pub fn keys(number: u16) -> List<MemberKey, { limits::MEMBER_KEYS_MAX }> {
    let keys = [
        (KeyPurpose::Transaction, member_signer(number).public_key()),
        (KeyPurpose::Vault, vault_signer(number).public_key()),
        (KeyPurpose::Consensus, PublicKey::from(&address(number))),
    ];
    let keys = keys.map(|(purpose, key)| MemberKey { purpose, key });
    List::new(keys.to_vec()).expect("three keys")
}

/// A hospital as a genesis or a proposal names it.
pub fn hospital(number: u16) -> GenesisMember {
    GenesisMember {
        member: MemberId::new(number),
        name: Text::new(format!("hospital {number}")).expect("a short name"),
        kind: MemberKind::Hospital,
        keys: keys(number),
        sealing: SealingKey::new([7; 32]),
    }
}

/// The network's genesis with epochs of so many blocks.
pub fn genesis(epoch_blocks: u64) -> Genesis {
    genesis_of(NODES, epoch_blocks)
}

/// The genesis of a network of so many members.
pub fn genesis_of(nodes: u16, epoch_blocks: u64) -> Genesis {
    let genesis = Genesis {
        version: VERSION,
        name: Text::new("simulation").expect("a short name"),
        time_ms: TimestampMs::new(0),
        protocol: PROTOCOL,
        epoch_blocks,
        members: List::new((1..=nodes).map(hospital).collect()).expect("few members"),
    };
    genesis.check().expect("a lawful genesis");
    genesis
}
