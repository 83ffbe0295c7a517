//! The genesis as a file that people read: JSON with hexadecimal keys, whose fields are exactly those of [`Genesis`].
use amanat_types::TimestampMs;
use amanat_types::code::{KeyPurpose, MemberKind};
use amanat_types::codec::{List, Text};
use amanat_types::genesis::{Genesis, GenesisMember};
use amanat_types::id::{MemberId, SealingKey};
use amanat_types::key::PublicKey;
use amanat_types::state::MemberKey;
use serde::{Deserialize, Serialize};
use std::path::Path;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u16,
    name: String,
    time_ms: u64,
    protocol: u16,
    epoch_blocks: u64,
    members: Vec<Member>,
    /// Network id, repeated so that a person can compare it; checked on reading.
    digest: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    member: u16,
    name: String,
    kind: String,
    keys: Vec<Key>,
    sealing: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    purpose: String,
    key: String,
}

/// A genesis file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GenesisFileError {
    /// The file cannot be read or written.
    #[error("genesis file {path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A field is wrong.
    #[error("genesis file {path}: {field}: {rule}")]
    Field {
        /// Which file.
        path: String,
        /// Which field.
        field: String,
        /// Which rule it breaks.
        rule: String,
    },
}

/// Writes a genesis.
pub fn write(path: &Path, genesis: &Genesis) -> Result<(), GenesisFileError> {
    let members = genesis.members.iter().map(|member| Member {
        member: member.member.number(),
        name: member.name.as_str().to_owned(),
        kind: member.kind.as_str().to_owned(),
        keys: member
            .keys
            .iter()
            .map(|key| Key {
                purpose: key.purpose.as_str().to_owned(),
                key: key.key.to_string(),
            })
            .collect(),
        sealing: member.sealing.to_string(),
    });
    let file = File {
        version: genesis.version,
        name: genesis.name.as_str().to_owned(),
        time_ms: genesis.time_ms.get(),
        protocol: genesis.protocol,
        epoch_blocks: genesis.epoch_blocks,
        members: members.collect(),
        digest: hex::encode(genesis.digest().0),
    };
    let named = path.display().to_string();
    let mut text = serde_json::to_string_pretty(&file).map_err(|e| GenesisFileError::Field {
        path: named.clone(),
        field: "file".to_owned(),
        rule: e.to_string(),
    })?;
    text.push('\n');
    std::fs::write(path, text).map_err(|source| GenesisFileError::File {
        path: named,
        source,
    })
}

/// Reads and checks a genesis.
pub fn read(path: &Path) -> Result<Genesis, GenesisFileError> {
    let named = path.display().to_string();
    let wrong = |field: &str, rule: &str| GenesisFileError::Field {
        path: named.clone(),
        field: field.to_owned(),
        rule: rule.to_owned(),
    };
    let text = std::fs::read_to_string(path).map_err(|source| GenesisFileError::File {
        path: named.clone(),
        source,
    })?;
    let file: File =
        serde_json::from_str(&text).map_err(|e| wrong("file", &format!("not a genesis: {e}")))?;
    let mut members = Vec::new();
    for (at, member) in file.members.iter().enumerate() {
        members.push(
            read_member(member)
                .map_err(|(field, rule)| wrong(&format!("members[{at}].{field}"), rule))?,
        );
    }
    let genesis = Genesis {
        version: file.version,
        name: Text::new(file.name).map_err(|e| wrong("name", &e.to_string()))?,
        time_ms: TimestampMs::new(file.time_ms),
        protocol: file.protocol,
        epoch_blocks: file.epoch_blocks,
        members: List::new(members).map_err(|e| wrong("members", &e.to_string()))?,
    };
    genesis.check().map_err(|e| wrong("file", &e.to_string()))?;
    if hex::encode(genesis.digest().0) != file.digest {
        return Err(wrong(
            "digest",
            "is not the digest of the other fields: the file was changed",
        ));
    }
    Ok(genesis)
}

fn read_member(member: &Member) -> Result<GenesisMember, (String, &'static str)> {
    let mut keys = Vec::new();
    for (at, key) in member.keys.iter().enumerate() {
        let purpose = KeyPurpose::parse(&key.purpose).ok_or_else(|| {
            (
                format!("keys[{at}].purpose"),
                "must be transaction, vault, consensus or governance",
            )
        })?;
        let key = PublicKey::from_hex(&key.key).ok_or_else(|| {
            (
                format!("keys[{at}].key"),
                "64 hexadecimal digits are needed",
            )
        })?;
        keys.push(MemberKey { purpose, key });
    }
    Ok(GenesisMember {
        member: MemberId::new(member.member),
        name: Text::new(member.name.clone())
            .map_err(|_| ("name".to_owned(), "at most 64 bytes"))?,
        kind: MemberKind::parse(&member.kind)
            .ok_or_else(|| ("kind".to_owned(), "is not a kind of member"))?,
        keys: List::new(keys).map_err(|_| ("keys".to_owned(), "at most 8 keys"))?,
        sealing: SealingKey::from_hex(&member.sealing)
            .ok_or_else(|| ("sealing".to_owned(), "64 hexadecimal digits are needed"))?,
    })
}
