//! `member.toml`: what a member hands to the others before a network begins, and when its addresses change.
//!
//! Public keys, name, kind and addresses, signed with the member's transaction key for use by hand. The signature shows that nothing
//! was mistyped or altered on the way; that the file is this member's at all is what comparing the fingerprint by telephone shows.
use crate::command_error::CommandError;
use crate::config::endpoint::Reach;
use crate::keys::{Keys, seed_bytes};
use crate::run::key;
use amanat_envelope::SealingSecret;
use amanat_relay::Place;
use amanat_types::code::{KeyPurpose, MemberKind};
use amanat_types::codec::{List, Text};
use amanat_types::genesis::GenesisMember;
use amanat_types::id::{MemberId, SealingKey};
use amanat_types::key::{Check, PublicKey, Signature};
use amanat_types::state::MemberKey;
use amanat_types::{Digest, digest};
use commonware_codec::Encode as _;
use commonware_cryptography::ed25519;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Name of the format, and its version.
const FORMAT: &str = "amanat-member-1";
/// Namespace of the signature; the message is [`MemberFile::digest`].
const NAMESPACE: &[u8] = b"_AMANAT_MEMBER_FILE";
/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 16 * 1024;
/// Most further ways to a member: each is another relay.
pub const ALSO_MAX: usize = 3;
/// First line of the file.
const HEAD: &str = "# A member's public file, to be handed to the others. Signed: any change makes it worthless.\n";

/// The file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberFile {
    /// [`FORMAT`].
    pub format: String,
    /// Number.
    pub member: u16,
    /// Public name of the organisation.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// Public consensus key, hexadecimal.
    pub consensus: String,
    /// Public key of the vault, hexadecimal.
    pub vault: String,
    /// Public transaction keys, hexadecimal, in their order of use.
    pub transaction: Vec<String>,
    /// Public sealing key, hexadecimal.
    pub sealing: String,
    /// Where other nodes reach its node.
    pub node_at: Place,
    /// Where others reach its custodian; with `https://` it proves the key of the vault.
    pub custodian_at: Reach,
    /// Where others reach its vault; with `https://` it proves the key of the vault.
    pub vault_at: Reach,
    /// Signature over all the fields, hexadecimal.
    pub signature: String,
    /// Where others reach it too, in this order, when the first addresses do not answer. Programs before these lists refuse a file with one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Addresses>,
}

/// Where others reach a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addresses {
    /// Its node.
    #[serde(rename = "node_at")]
    pub node: Place,
    /// Its custodian.
    #[serde(rename = "custodian_at")]
    pub custodian: Reach,
    /// Its vault.
    #[serde(rename = "vault_at")]
    pub vault: Reach,
}

/// Who a member says it is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Number, from 1.
    pub member: u16,
    /// Public name of the organisation, 1 to 64 bytes.
    pub name: String,
    /// Kind.
    pub kind: String,
}

impl MemberFile {
    /// Makes and signs the file of a member that is reached by `ways`, the best first.
    pub fn make(
        identity: &Identity,
        keys: &Keys,
        ways: Vec<Addresses>,
    ) -> Result<Self, CommandError> {
        let public = |at| {
            let signer = keys.transaction_signer(at);
            signer.map(|signer| signer.public_key().to_string())
        };
        let transaction: Vec<String> = (0..key::COUNT).filter_map(public).collect();
        let signer = keys.transaction_signer(key::HAND).ok_or_else(|| {
            CommandError::rule("keys", "transaction", format!("{} are needed", key::COUNT))
        })?;
        let sealing = SealingSecret::from_seed(&seed_bytes(&keys.sealing).unwrap_or_default());
        let mut ways = ways.into_iter();
        let addresses = ways.next().ok_or_else(|| {
            CommandError::rule("the member", "node_at", "an address is needed".to_owned())
        })?;
        let mut file = Self {
            format: FORMAT.to_owned(),
            member: identity.member,
            name: identity.name.clone(),
            kind: identity.kind.clone(),
            consensus: keys.consensus_signer().public_key().to_string(),
            vault: keys.vault_signer().public_key().to_string(),
            transaction,
            sealing: sealing.public().to_string(),
            node_at: addresses.node,
            custodian_at: addresses.custodian,
            vault_at: addresses.vault,
            signature: String::new(),
            also: ways.collect(),
        };
        let digest = file.digest("the member")?;
        file.signature = hex::encode(signer.sign(NAMESPACE, &digest.0).as_bytes());
        Ok(file)
    }

    /// Reads a file and checks its fields and signature.
    pub fn read(path: &Path) -> Result<Self, CommandError> {
        let named = path.display().to_string();
        let failed = CommandError::file(&named);
        let size = std::fs::metadata(path).map_err(&failed)?.len();
        if size > FILE_BYTES_MAX {
            let rule = format!("it has {size} bytes; a member's file has at most {FILE_BYTES_MAX}");
            return Err(CommandError::rule(named, "file", rule));
        }
        let text = std::fs::read_to_string(path).map_err(&failed)?;
        let file: Self = crate::config::parse(&named, &text)?;
        file.check(&named)?;
        Ok(file)
    }

    /// The text of the file.
    pub fn text(&self) -> Result<String, CommandError> {
        let text = toml::to_string(self)
            .map_err(|error| CommandError::rule("member file", "file", error.to_string()))?;
        Ok(format!("{HEAD}{text}"))
    }

    /// The member as it stands in a genesis. Errors name the field: format, member, name, kind, keys, sealing.
    pub fn genesis_member(&self, named: &str) -> Result<GenesisMember, CommandError> {
        let wrong = |field: &str, rule: &str| CommandError::rule(named, field, rule);
        if self.format != FORMAT {
            return Err(wrong("format", "is not amanat-member-1"));
        }
        if self.member == 0 {
            return Err(wrong("member", "numbers begin with 1"));
        }
        if self.name.trim().is_empty() || self.name.chars().any(char::is_control) {
            return Err(wrong("name", "1 to 64 bytes without control characters"));
        }
        let digits = "64 hexadecimal digits are needed";
        let named_keys = [
            ("consensus", KeyPurpose::Consensus, &self.consensus),
            ("vault", KeyPurpose::Vault, &self.vault),
        ];
        let transaction = self.transaction.iter();
        let transaction = transaction.map(|key| ("transaction", KeyPurpose::Transaction, key));
        let mut keys = Vec::new();
        for (field, purpose, text) in named_keys.into_iter().chain(transaction) {
            let key = PublicKey::from_hex(text).filter(|key| key.to_ed25519().is_some());
            let key = key.ok_or_else(|| wrong(field, digits))?;
            keys.push(MemberKey { purpose, key });
        }
        if self.transaction.len() != key::COUNT {
            return Err(wrong(
                "transaction",
                &format!("{} keys are needed", key::COUNT),
            ));
        }
        let name = Text::new(self.name.clone());
        Ok(GenesisMember {
            member: MemberId::new(self.member),
            name: name.map_err(|_| wrong("name", "at most 64 bytes"))?,
            kind: MemberKind::parse(&self.kind).ok_or_else(|| wrong("kind", &kinds()))?,
            keys: List::new(keys).map_err(|_| wrong("transaction", "too many keys"))?,
            sealing: SealingKey::from_hex(&self.sealing).ok_or_else(|| wrong("sealing", digits))?,
        })
    }

    /// Its consensus key.
    pub fn consensus_key(&self) -> Option<ed25519::PublicKey> {
        PublicKey::from_hex(&self.consensus)?.to_ed25519()
    }

    /// What is signed, and what the fingerprint is made of: every field.
    pub fn digest(&self, named: &str) -> Result<Digest, CommandError> {
        let member = self.genesis_member(named)?;
        let member = member.encode();
        let lines: Vec<String> = self.ways().iter().flat_map(Addresses::lines).collect();
        let lines = lines.iter().map(String::as_bytes);
        // Each line ends where it ends, so one list is not another; a file with one way is signed as it always was.
        let parts: Vec<&[u8]> = std::iter::once(member.as_ref()).chain(lines).collect();
        Ok(digest("amanat/member-file", &parts))
    }

    /// Where others reach it, the best first.
    pub fn ways(&self) -> Vec<Addresses> {
        let first = Addresses {
            node: self.node_at.clone(),
            custodian: self.custodian_at.clone(),
            vault: self.vault_at.clone(),
        };
        std::iter::once(first).chain(self.also.clone()).collect()
    }

    /// 32 hexadecimal digits in groups of four, to be read out by telephone.
    pub fn fingerprint(&self, named: &str) -> Result<String, CommandError> {
        let digest = self.digest(named)?;
        Ok(grouped(digest.0.get(..16).unwrap_or_default()))
    }

    fn check_ways(&self, named: &str) -> Result<(), CommandError> {
        let wrong = |field: &str, rule: &str| Err(CommandError::rule(named, field, rule));
        if self.also.len() > ALSO_MAX {
            return wrong("also", "at most 3 further ways to a member");
        }
        for way in self.ways() {
            for (field, at) in [
                ("node_at", &way.node),
                ("custodian_at", &way.custodian.at),
                ("vault_at", &way.vault.at),
            ] {
                if !at.is_reachable() {
                    return wrong(field, "must be an address at which others reach it");
                }
            }
            let tls = |of: &Addresses| (of.custodian.tls, of.vault.tls);
            if tls(&way) != (self.custodian_at.tls, self.vault_at.tls) {
                return wrong("also", "every way must speak TLS where the first does");
            }
        }
        Ok(())
    }

    fn check(&self, named: &str) -> Result<(), CommandError> {
        let digest = self.digest(named)?;
        self.check_ways(named)?;
        let mut signature = [0u8; 64];
        let signed = hex::decode_to_slice(&self.signature, &mut signature).is_ok();
        let key = self.transaction.get(key::HAND);
        let key = key.and_then(|key| PublicKey::from_hex(key));
        let verified = key.filter(|_| signed).is_some_and(|key| {
            let check = Check {
                key,
                namespace: NAMESPACE,
                message: digest.0,
                signature: Signature::Ed25519(signature),
            };
            check.verify().is_ok()
        });
        match verified {
            true => Ok(()),
            false => Err(CommandError::rule(
                named,
                "signature",
                "is not this member's signature of the other fields: the file was changed or cut; ask the member for it again",
            )),
        }
    }
}

impl Addresses {
    /// What is signed of them.
    fn lines(&self) -> [String; 3] {
        let Self {
            node,
            custodian,
            vault,
        } = self;
        [
            format!("{node}\n"),
            format!("{custodian}\n"),
            format!("{vault}\n"),
        ]
    }
}

/// The kinds there are, for an error.
fn kinds() -> String {
    let kinds = (0..=u8::MAX).filter_map(MemberKind::from_number);
    let kinds: Vec<&str> = kinds.map(MemberKind::as_str).collect();
    format!("must be one of {}", kinds.join(", "))
}

/// Hexadecimal in groups of four.
pub fn grouped(bytes: &[u8]) -> String {
    let groups: Vec<String> = bytes.chunks(2).map(hex::encode).collect();
    groups.join(" ")
}

/// Reads the files of members from a folder: every `*.toml` there, one for each member.
///
/// Members come, go and change their keys by vote, so the files say where a member is, and the ledger who is one: a node whose
/// key is in no roster is heard and has no vote. Each file must carry its member's own signature.
pub fn read_folder(folder: &Path) -> Result<BTreeMap<u16, MemberFile>, CommandError> {
    let named = folder.display().to_string();
    let failed = CommandError::file(&named);
    let mut files: BTreeMap<u16, MemberFile> = BTreeMap::new();
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(&failed)? {
        paths.push(entry.map_err(&failed)?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|end| end == "toml"));
    paths.sort();
    for path in paths {
        let file = MemberFile::read(&path)?;
        let at = path.display().to_string();
        let same = |other: &&MemberFile| other.consensus == file.consensus;
        if let Some(other) = files.values().find(same) {
            let rule = format!("its keys are those of member {}", other.member);
            return Err(CommandError::rule(at, "consensus", rule));
        }
        if files.insert(file.member, file).is_some() {
            let rule = "a second file of the same member; keep the newer one";
            return Err(CommandError::rule(at, "member", rule));
        }
    }
    Ok(files)
}
