//! `amanat keys rotate`: new keys of a member beside the old ones, and the public file with which members vote on them.
//!
//! Nothing that runs is changed: the old keys act until the change is in force. The operator puts the new files in their place then.
use crate::command_error::CommandError;
use crate::config::{self, NodeConfig, beside};
use crate::init::{Made, write_new};
use crate::keys::Keys;
use crate::member_file::{Identity, MemberFile};
use crate::passphrase::Source;
use std::path::{Path, PathBuf};

/// Key file of the new keys.
pub const NEXT_KEYS: &str = "keys.next.toml";
/// Public file of the new keys.
pub const NEXT_MEMBER: &str = "member.next.toml";

/// Makes both files in the member's folder, and nothing if one of them is there already.
///
/// `passphrase` is the file of the passphrase, under which the old keys are sealed and the new ones will be. Name, kind and addresses are
/// those of `member.toml`.
pub fn rotate(dir: &Path, passphrase: Option<PathBuf>) -> Result<Made, CommandError> {
    let named = dir.display().to_string();
    for name in [NEXT_KEYS, NEXT_MEMBER] {
        // A link that leads nowhere is there as well.
        if dir.join(name).symlink_metadata().is_ok() {
            let rule = format!("{name} is there already; nothing was written");
            return Err(CommandError::rule(named, "dir", rule));
        }
    }
    let node: NodeConfig = config::read(&dir.join("node.toml"))?;
    let old = MemberFile::read(&dir.join("member.toml"))?;
    let keys = beside(&dir.join("node.toml"), &node.keys);
    let keys = Keys::open(&keys, &Source::existing(passphrase.clone()))?;
    if keys.consensus_signer().public_key().to_string() != old.consensus {
        let rule = "are not the keys of member.toml";
        return Err(CommandError::rule(named, "keys", rule));
    }
    let next = keys.rotated().map_err(CommandError::file(&named))?;
    let ways = old.ways();
    let identity = Identity {
        member: old.member,
        name: old.name,
        kind: old.kind,
    };
    let file = MemberFile::make(&identity, &next, ways)?;
    let (keys_file, member_file) = (dir.join(NEXT_KEYS), dir.join(NEXT_MEMBER));
    let sealed_under = Source::fresh(passphrase).get(&keys_file.display().to_string())?;
    next.write_sealed(&keys_file, &sealed_under)?;
    write_new(&member_file, &file.text()?)?;
    Ok(Made {
        fingerprint: file.fingerprint("the member")?,
        member_file,
    })
}
