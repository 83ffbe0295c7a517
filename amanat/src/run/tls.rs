//! Which key a process proves over TLS, and which it expects of others: always a member's vault key.
use super::RunError;
use super::lines::Crossings;
use crate::config::check::Configured;
use crate::config::endpoint::Endpoint;
use crate::config::{GatewayConfig, MemberDoors, beside};
use crate::keys::{Keys, seed_bytes};
use crate::member_file;
use amanat_client::http::HttpClient;
use amanat_client::{Doors, Fault, NodeClient};
use amanat_tls::Acceptor;
use amanat_types::MemberId;
use amanat_types::code::KeyPurpose;
use amanat_types::genesis::Genesis;
use amanat_types::key::PublicKey;
use std::collections::BTreeMap;
use std::path::Path;

/// What errors call the own member's node.
pub const OWN_NODE: &str = "the own node";

/// A client of the own node, which proves the own vault key.
pub fn own_node(at: Endpoint, keys: &Keys) -> Result<NodeClient, Fault> {
    let key = keys.vault_signer().public_key();
    let http = HttpClient::proving(&key, OWN_NODE)?;
    Ok(NodeClient::new(http, &at.to_string()))
}

/// What proves the own vault key at `at`, if TLS is spoken there.
pub fn acceptor(at: Endpoint, keys: &Keys) -> Result<Option<Acceptor>, RunError> {
    let wrong = |error: amanat_tls::Broken| RunError::Field {
        field: "keys",
        rule: format!("the vault key cannot be shown over TLS: {error}"),
    };
    let made = at.tls.then(|| {
        let seed = seed_bytes(&keys.vault).unwrap_or_default();
        Acceptor::member(&seed).map_err(wrong)
    });
    made.transpose()
}

/// What shows the certificate of the FHIR door, if there is one; `own` is the configuration file.
pub fn door_acceptor(own: &Path, config: &GatewayConfig) -> Result<Option<Acceptor>, RunError> {
    let half = |field: &'static str, other: &str| RunError::Field {
        field,
        rule: format!("{other} is needed too, or neither"),
    };
    match (&config.tls_certificate, &config.tls_key) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(half("tls_certificate", "tls_key")),
        (None, Some(_)) => Err(half("tls_key", "tls_certificate")),
        (Some(certificate), Some(key)) => {
            let acceptor = Acceptor::pem(&beside(own, certificate), &beside(own, key));
            Ok(Some(acceptor?))
        }
    }
}

/// The vault key of a member in the genesis.
pub fn founding_key(genesis: &Genesis, member: u16) -> Option<PublicKey> {
    let member = genesis.member(MemberId::new(member))?;
    let mut keys = member.keys.iter();
    let key = keys.find(|key| key.purpose == KeyPurpose::Vault)?;
    Some(key.key)
}

/// The key that a member's doors prove: the one beside them, else the one in the genesis. Those over TLS need one.
fn door_key(door: &MemberDoors, genesis: &Genesis) -> Result<Option<PublicKey>, RunError> {
    let wrong = |rule: &str| RunError::Field {
        field: "members",
        rule: format!("member {}: key: {rule}", door.member),
    };
    let named = door.key.as_ref().map(|key| {
        let key = PublicKey::from_hex(key).filter(|key| key.to_ed25519().is_some());
        key.ok_or_else(|| wrong("64 hexadecimal digits of an Ed25519 key are needed"))
    });
    let key = named.transpose()?;
    let key = key.or_else(|| founding_key(genesis, door.member));
    match key.is_none() && (door.vault.tls || door.custodian.tls) {
        true => Err(wrong("none is named, and none is in the genesis")),
        false => Ok(key),
    }
}

/// Whether a member's doors can be asked: the key is known if they need one.
pub fn needs_key(door: &MemberDoors, genesis: &Genesis) -> Result<(), RunError> {
    door_key(door, genesis).map(drop)
}

/// Where vaults and custodians are reached, by `crossings` if by several ways, each with the key that it must prove: the one beside it, else the one in the genesis.
pub fn stores_doors(
    doors: &[MemberDoors],
    genesis: &Genesis,
    crossings: &Crossings,
) -> Result<BTreeMap<MemberId, Doors>, RunError> {
    let of = |door: &MemberDoors| {
        let key = door_key(door, genesis)?;
        let (mut vaults, mut custodians) = (vec![door.vault.clone()], vec![door.custodian.clone()]);
        for (vault, custodian) in &door.also {
            vaults.push(vault.clone());
            custodians.push(custodian.clone());
        }
        let number = door.member;
        let doors = Doors {
            key,
            vault: crossings.to_door(&format!("vault {number}"), &vaults)?,
            custodian: crossings.to_door(&format!("custodian {number}"), &custodians)?,
        };
        Ok((MemberId::new(door.member), doors))
    };
    doors.iter().map(of).collect()
}

/// The key that the own node proves, as a configuration tells it without the key file: by the own public file, else by the genesis.
pub fn own_key(own: &Path, config: &Configured) -> Option<PublicKey> {
    let folder = config.members_folder(own);
    let files = folder.and_then(|folder| member_file::read_folder(&folder).ok());
    let file = files.and_then(|mut files| files.remove(&config.member()));
    let named = file.and_then(|file| PublicKey::from_hex(&file.vault));
    let founding = || {
        let genesis = crate::genesis_file::read(&config.genesis(own)).ok()?;
        founding_key(&genesis, config.member())
    };
    named.or_else(founding)
}

/// Refuses plain HTTP in sight of others.
pub fn refuse_open(open: Option<crate::config::open::Open>) -> Result<(), RunError> {
    match open {
        None => Ok(()),
        Some(open) => Err(RunError::Field {
            field: open.field,
            rule: format!("{}: {}", open.found, open.todo),
        }),
    }
}
