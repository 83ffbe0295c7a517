//! What a member's configuration says of the members: who is where. Who is a member, and with which keys, the ledger says.
use super::RunError;
use crate::config::{GatewayConfig, MemberDoors, NodeConfig, beside};
use crate::keys::Keys;
use crate::member_file;
use amanat_relay::Place;
use amanat_types::MemberId;
use amanat_types::genesis::Genesis;
use commonware_cryptography::ed25519;
use std::path::Path;

/// The keys must not be those of another member of the genesis.
///
/// Keys that the genesis does not name may have come by vote; if they did not, nothing that they sign counts, and the log says so.
pub fn own_keys(genesis: &Genesis, member: MemberId, keys: &Keys) -> Result<(), RunError> {
    let own = keys.vault_signer().public_key();
    let mut members = genesis.members.iter();
    let owner = members.find(|member| member.keys.iter().any(|key| key.key == own));
    match owner {
        Some(owner) if owner.member == member => Ok(()),
        Some(owner) => Err(RunError::Field {
            field: "keys",
            rule: format!("they are those of {}, not of {member}", owner.member),
        }),
        None => {
            tracing::warn!(%member, "the genesis does not name these keys: unless members voted for them, nothing that they sign counts");
            Ok(())
        }
    }
}

/// Another node: its member's number, its consensus key if its own file names one, and where it is, the best way first.
pub type Other = (u16, Option<ed25519::PublicKey>, Vec<Place>);

/// Addresses of the other nodes: from the files in `members_folder`, or one by one from `peers`.
pub fn node_addresses(path: &Path, config: &NodeConfig) -> Result<Vec<Other>, RunError> {
    let listed = config.peers.iter();
    let listed = listed.map(|peer| (peer.member, None, vec![peer.address.clone()]));
    let Some(folder) = &config.members_folder else {
        return Ok(listed.collect());
    };
    one_of("peers", config.peers.is_empty())?;
    let files = member_file::read_folder(&beside(path, folder))?;
    let others = files.values().filter(|file| file.member != config.member);
    let others = others.map(|file| {
        let ways = file.ways().into_iter().map(|way| way.node);
        (file.member, file.consensus_key(), ways.collect())
    });
    Ok(others.collect())
}

/// Vaults and custodians of all members: from the files in `members_folder`, or one by one from `members`.
pub fn member_doors(path: &Path, config: &GatewayConfig) -> Result<Vec<MemberDoors>, RunError> {
    let Some(folder) = &config.members_folder else {
        return Ok(config.members.clone());
    };
    one_of("members", config.members.is_empty())?;
    let files = member_file::read_folder(&beside(path, folder))?;
    let doors = files.values().map(|file| MemberDoors {
        member: file.member,
        vault: file.vault_at.clone(),
        custodian: file.custodian_at.clone(),
        key: Some(file.vault.clone()),
        also: file
            .also
            .iter()
            .map(|way| (way.vault.clone(), way.custodian.clone()))
            .collect(),
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
