//! What a member's configuration says of the members, held against the genesis.
use super::RunError;
use crate::config::{GatewayConfig, MemberDoors, NodeConfig, beside};
use crate::keys::Keys;
use crate::member_file;
use amanat_types::MemberId;
use amanat_types::genesis::Genesis;
use std::net::SocketAddr;
use std::path::Path;

/// The keys must be those that the genesis names for the member.
pub fn own_keys(genesis: &Genesis, member: MemberId, keys: &Keys) -> Result<(), RunError> {
    let named = genesis.member(member);
    let own = keys.vault_signer().public_key();
    let found = named.is_some_and(|named| named.keys.iter().any(|key| key.key == own));
    match found {
        true => Ok(()),
        false => Err(RunError::Field {
            field: "keys",
            rule: format!("they are not the keys that the genesis names for member {member}"),
        }),
    }
}

/// Addresses of the other nodes: from the files in `members_folder`, or one by one from `peers`.
pub fn node_addresses(
    path: &Path,
    config: &NodeConfig,
    genesis: &Genesis,
) -> Result<Vec<(u16, SocketAddr)>, RunError> {
    let listed = config.peers.iter().map(|peer| (peer.member, peer.address));
    let Some(folder) = &config.members_folder else {
        return Ok(listed.collect());
    };
    one_of("peers", config.peers.is_empty())?;
    let files = member_file::read_folder(&beside(path, folder), genesis)?;
    let others = files.values().filter(|file| file.member != config.member);
    Ok(others.map(|file| (file.member, file.node_at)).collect())
}

/// Vaults and custodians of all members: from the files in `members_folder`, or one by one from `members`.
pub fn member_doors(
    path: &Path,
    config: &GatewayConfig,
    genesis: &Genesis,
) -> Result<Vec<MemberDoors>, RunError> {
    let Some(folder) = &config.members_folder else {
        return Ok(config.members.clone());
    };
    one_of("members", config.members.is_empty())?;
    let files = member_file::read_folder(&beside(path, folder), genesis)?;
    let doors = files.values().map(|file| MemberDoors {
        member: file.member,
        vault: file.vault_at,
        custodian: file.custodian_at,
    });
    Ok(doors.collect())
}

/// `members_folder` stands in place of the list, never beside it.
fn one_of(field: &'static str, empty: bool) -> Result<(), RunError> {
    match empty {
        true => Ok(()),
        false => Err(RunError::Field {
            field,
            rule: "members_folder is there too; leave one of the two out".to_owned(),
        }),
    }
}
