//! The files that the program reads, by kind: the way in for fuzz targets.
use crate::backup::manifest::Manifest;
use crate::clients::{ClientFile, ClientsFile};
use crate::config;
use crate::config::check::Configured;
use crate::config::endpoint::{Endpoint, Reach};
use crate::genesis_file;
use crate::govern::Prepared;
use crate::keys::Keys;
use crate::keys::sealed::SealedKeys;
use crate::layout;
use crate::leaving;
use crate::member_file::MemberFile;
use amanat_login::Client;
use commonware_cryptography::{Hasher as _, Sha256};
use serde::Serialize;
use std::io::Write as _;
use tempfile::NamedTempFile;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Configuration of a node or a gateway.
    Config,
    /// Clients that may ask a gateway for tokens.
    Clients,
    /// A client's own file.
    Client,
    /// Keys in plain.
    Keys,
    /// Keys under a passphrase, which is not asked for.
    SealedKeys,
    /// Genesis.
    Genesis,
    /// Places of a network on one machine.
    Network,
    /// A member's public file.
    Member,
    /// A transaction on its way through the hands of its co-signers.
    Prepared,
    /// Manifest of a backup, without its last line, which has the digest of the others.
    Backup,
    /// Manifest of an export, likewise.
    Export,
    /// An address in one of these files.
    Address,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Config,
        Self::Clients,
        Self::Client,
        Self::Keys,
        Self::SealedKeys,
        Self::Genesis,
        Self::Network,
        Self::Member,
        Self::Prepared,
        Self::Backup,
        Self::Export,
        Self::Address,
    ];
}

/// Reads `bytes` as a file of this kind and gives what it came to, written again; nothing if it is refused. What is written reads as itself.
pub fn again(kind: Kind, bytes: &[u8]) -> Option<Vec<u8>> {
    // Made for its owner alone, as key files must be.
    let mut file = NamedTempFile::new().ok()?;
    file.write_all(bytes).ok()?;
    let path = file.path();
    match kind {
        Kind::Config => match Configured::read(path).ok()? {
            Configured::Node(config) => written(&config),
            Configured::Gateway(config) => written(&config),
        },
        Kind::Clients => {
            let file: ClientsFile = config::read(path).ok()?;
            let clients = file.client.iter().map(Client::new);
            clients.collect::<Result<Vec<_>, _>>().ok()?;
            written(&file)
        }
        Kind::Client => {
            let file = ClientFile::read(path).ok()?;
            // Whether its key can be used shows here.
            let _ = file.token_form(&file.purpose_of_use);
            written(&file)
        }
        Kind::Keys => written(&Keys::read(path).ok()?),
        Kind::SealedKeys => {
            let sealed = Keys::is_sealed(path).ok()?;
            let text = std::str::from_utf8(bytes).ok().filter(|_| sealed)?;
            written(&toml::from_str::<SealedKeys>(text).ok()?)
        }
        Kind::Genesis => {
            let genesis = genesis_file::read(path).ok()?;
            genesis_file::write(path, &genesis).ok()?;
            std::fs::read(path).ok()
        }
        Kind::Network => {
            let places: Vec<layout::Place> = serde_json::from_slice(bytes).ok()?;
            serde_json::to_vec(&places).ok()
        }
        Kind::Member => Some(MemberFile::read(path).ok()?.text().ok()?.into_bytes()),
        Kind::Prepared => {
            let prepared = Prepared::read(path).ok()?;
            // What it says may be nothing that is understood.
            let _ = (prepared.words(), prepared.sponsor());
            Some(prepared.text().into_bytes())
        }
        Kind::Backup => backup(std::str::from_utf8(bytes).ok()?),
        Kind::Export => export(bytes),
        Kind::Address => address(std::str::from_utf8(bytes).ok()?),
    }
}

fn written(value: &impl Serialize) -> Option<Vec<u8>> {
    Some(toml::to_string(value).ok()?.into_bytes())
}

/// The last line of a manifest.
fn end(body: &[u8]) -> String {
    format!("end {}\n", hex::encode(Sha256::hash(&[body]).0))
}

fn backup(body: &str) -> Option<Vec<u8>> {
    let text = format!("{body}{}", end(body.as_bytes()));
    let text = Manifest::parse(&text).ok()?.text();
    let (body, _) = text.rsplit_once("end ")?;
    Some(body.as_bytes().to_vec())
}

/// An export of a network whose id is all zero.
fn export(body: &[u8]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().ok()?;
    let text = [body, end(body).as_bytes()].concat();
    std::fs::write(folder.path().join(leaving::folder::MANIFEST), text).ok()?;
    leaving::folder::again(folder.path(), &[0; 32])
}

fn address(text: &str) -> Option<Vec<u8>> {
    let reach: Reach = text.parse().ok()?;
    // At an address of digits a process can serve, too.
    let endpoint: Option<Endpoint> = text.parse().ok();
    let printed = endpoint.map_or_else(|| reach.to_string(), |endpoint| endpoint.to_string());
    Some(printed.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::{Kind, again};
    use crate::keys::Keys;
    use crate::layout::{Layout, Plan};
    use crate::member_file::{Addresses, Identity, MemberFile};
    use crate::passphrase::Passphrase;
    use amanat_types::call::{Call, Vote};
    use amanat_types::codec::List;
    use amanat_types::id::ProposalId;
    use amanat_types::transaction::{Body, VERSION};
    use amanat_types::{Height, MemberId, digest};
    use commonware_codec::Encode as _;
    use std::path::Path;
    use std::sync::LazyLock;

    /// A good file of each kind.
    static SAMPLES: LazyLock<Vec<(Kind, Vec<u8>)>> = LazyLock::new(samples);

    fn prepared() -> Vec<u8> {
        let body = Body {
            version: VERSION,
            network: digest("test", &[]),
            sponsor: MemberId::new(1),
            sequence: 1,
            last_height: Height::new(9),
            signers: List::empty(),
            stored: List::empty(),
            calls: List::new(vec![Call::Vote(Vote {
                proposal: ProposalId::new([1; 16]),
                approve: true,
            })])
            .expect("one"),
        };
        let body = hex::encode(body.encode());
        let file = serde_json::json!({
            "format": "amanat-prepared-1", "says": "a vote", "body": body, "signatures": { "00": "11" }
        });
        file.to_string().into_bytes()
    }

    fn member(keys: &Keys) -> Vec<u8> {
        let identity = Identity {
            member: 1,
            name: "m".to_owned(),
            kind: "hospital".to_owned(),
        };
        let ways = ["node.example:7", "10.0.0.1:7"].map(|at| Addresses {
            node: at.parse().expect("a place"),
            custodian: at.parse().expect("an address"),
            vault: at.parse().expect("an address"),
        });
        let file = MemberFile::make(&identity, keys, ways.to_vec()).expect("made");
        file.text().expect("written").into_bytes()
    }

    fn samples() -> Vec<(Kind, Vec<u8>)> {
        let folder = tempfile::tempdir().expect("a folder");
        let (layout, _) = Layout::open_or_create(folder.path(), Plan::new(4)).expect("made");
        let read = |path: &Path| std::fs::read(path).expect("read");
        let own = layout.member_dir(1);
        let keys = layout.keys(1).expect("keys");
        let sealed = folder.path().join("sealed.toml");
        let passphrase = Passphrase::new("correct horse".to_owned());
        keys.write_sealed(&sealed, &passphrase).expect("sealed");
        let (digits, zeros) = ("ab".repeat(32), "00".repeat(32));
        let backup = format!(
            "amanat backup 1\nmember 2\nnetwork {digits}\nepoch 4\ntime_ms 5\nnode node.toml\nfile {digits} 3 a/b\nfile {digits} 3 node.toml\n"
        );
        let export = format!("amanat export 1\nmember 4\nnetwork {zeros}\nfile {digits} 3 a/b\n");
        vec![
            (Kind::Config, read(&own.join("node.toml"))),
            (Kind::Config, read(&own.join("gateway.toml"))),
            (Kind::Clients, read(&own.join("clients.toml"))),
            (Kind::Client, read(&layout.client_file(1))),
            (Kind::Keys, read(&own.join("keys.toml"))),
            (Kind::SealedKeys, read(&sealed)),
            (Kind::Genesis, read(&folder.path().join("genesis.json"))),
            (Kind::Network, read(&folder.path().join("network.json"))),
            (Kind::Member, member(&keys)),
            (Kind::Prepared, prepared()),
            (Kind::Backup, backup.into_bytes()),
            (Kind::Export, export.into_bytes()),
            (Kind::Address, b"https://vault.example:7".to_vec()),
        ]
    }

    #[test]
    fn a_good_file_of_each_kind_is_read() {
        for kind in Kind::ALL {
            let good = SAMPLES.iter().find(|(of, _)| *of == kind);
            let (_, good) = good.unwrap_or_else(|| panic!("{kind:?} has no sample"));
            assert!(again(kind, good).is_some(), "{kind:?}");
        }
    }

    /// A small generator: the test is the same each time.
    struct Dice(u64);

    impl Dice {
        fn next(&mut self, below: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
            self.0 = self.0.wrapping_add(1);
            usize::try_from(self.0 >> 33).unwrap_or(0) % below.max(1)
        }
    }

    #[test]
    fn what_is_read_is_written_as_what_reads_the_same_and_nothing_panics() {
        let mut dice = Dice(7);
        let mut refused = 0u32;
        for (kind, good) in SAMPLES.iter() {
            for _ in 0..500 {
                let mut bytes = good.clone();
                for _ in 0..=dice.next(3) {
                    let at = dice.next(bytes.len());
                    let byte = u8::try_from(dice.next(256)).unwrap_or(0);
                    match dice.next(4) {
                        0 => bytes.truncate(at),
                        1 => bytes.insert(at, byte),
                        _ => {
                            if let Some(place) = bytes.get_mut(at) {
                                *place = byte & 0x7f;
                            }
                        }
                    }
                }
                match again(*kind, &bytes) {
                    Some(written) => {
                        assert_eq!(again(*kind, &written), Some(written), "{kind:?}");
                    }
                    None => refused += 1,
                }
            }
        }
        assert!(refused > 1_000, "{refused}");
    }
}
