//! `amanat init` and `amanat announce`: a member's keys, configuration files and public file.
use crate::command_error::CommandError;
use crate::config::cache::CacheMib;
use crate::config::endpoint::{Endpoint, Reach, is_loopback};
use crate::config::lines::ThroughConfig;
use crate::config::{self, GatewayConfig, NodeConfig, beside};
use crate::keys::{Keys, write_secret};
use crate::member_file::{ALSO_MAX, Addresses, Identity, MemberFile};
use crate::passphrase::Source;
use crate::run::key;
use amanat_relay::{Place, is_name};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Most bytes that a new vault keeps; the operator changes it to what the disk has.
const VAULT_BYTES_MAX: u64 = 64 * 1024 * 1024 * 1024;

/// What a new member is set up with.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who it is.
    pub identity: Identity,
    /// Where its processes listen.
    pub listen: Listen,
    /// At which address of the network others reach it, if not the one it listens at.
    pub reach: Option<Host>,
}

/// A machine by its address or its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// An address.
    Ip(IpAddr),
    /// A name, which others look up each time they connect.
    Name(String),
}

/// What is neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an IP address, or the name of a machine")]
pub struct NotHost;

impl FromStr for Host {
    type Err = NotHost;

    fn from_str(text: &str) -> Result<Self, NotHost> {
        match text.parse() {
            Ok(ip) => Ok(Self::Ip(ip)),
            Err(_) if is_name(text) => Ok(Self::Name(text.to_ascii_lowercase())),
            Err(_) => Err(NotHost),
        }
    }
}

impl Host {
    fn at(&self, port: u16) -> Place {
        match self {
            Self::Ip(ip) => SocketAddr::new(*ip, port).into(),
            Self::Name(name) => Place::Named(name.clone(), port),
        }
    }
}

/// Where a member's processes listen.
#[derive(Clone, Copy, Debug)]
pub struct Listen {
    /// The node, for other nodes.
    pub node: SocketAddr,
    /// The node's HTTP interface, for the member's own processes.
    pub api: Endpoint,
    /// The custodian, for other members.
    pub custodian: Endpoint,
    /// The vault, for other members.
    pub vault: Endpoint,
    /// The FHIR door, for the member's own systems.
    pub door: SocketAddr,
    /// Health and metrics of the gateway, for the member's own monitoring.
    pub metrics: Option<SocketAddr>,
}

impl Listen {
    /// What others reach speaks TLS; the node's interface does unless it is on loopback, where a scraper may ask it too.
    #[must_use]
    pub fn secured(self) -> Self {
        Self {
            api: match is_loopback(self.api.at.ip()) {
                true => self.api,
                false => self.api.with_tls(),
            },
            custodian: self.custodian.with_tls(),
            vault: self.vault.with_tls(),
            ..self
        }
    }

    fn announced(&self, reach: Option<&Host>) -> Result<Addresses, CommandError> {
        let at = |field: &str, listen: Endpoint| {
            let own = Host::Ip(listen.at.ip());
            let at = reach.unwrap_or(&own).at(listen.at.port());
            if !at.is_reachable() {
                let rule = "others cannot reach this address; name theirs with --reach, and a port";
                return Err(CommandError::rule("the member", field, rule));
            }
            let tls = listen.tls;
            Ok(Reach { at, tls })
        };
        Ok(Addresses {
            node: at("listen", self.node.into())?.at,
            custodian: at("custodian", self.custodian)?,
            vault: at("vault", self.vault)?,
        })
    }

    fn check(&self) -> Result<(), CommandError> {
        let mut all = vec![
            ("listen", self.node),
            ("api", self.api.at),
            ("custodian", self.custodian.at),
            ("vault", self.vault.at),
            ("door", self.door),
        ];
        all.extend(self.metrics.map(|at| ("metrics", at)));
        for (at, (field, address)) in all.iter().enumerate() {
            if address.port() == 0 {
                let rule = "a port is needed; 0 is none";
                return Err(CommandError::rule("the member", *field, rule));
            }
            let earlier = all.iter().take(at).find(|(_, other)| other == address);
            if let Some((other, _)) = earlier {
                let rule = format!("is the same address as {other}");
                return Err(CommandError::rule("the member", *field, rule));
            }
        }
        Ok(())
    }
}

/// What was made.
#[derive(Debug)]
pub struct Made {
    /// The public file.
    pub member_file: PathBuf,
    /// Its fingerprint.
    pub fingerprint: String,
}

/// Makes a member in `dir`, and nothing if any of its files is there already.
pub fn init(dir: &Path, plan: &Plan, passphrase: &Source) -> Result<Made, CommandError> {
    plan.listen.check()?;
    let addresses = plan.listen.announced(plan.reach.as_ref())?;
    let names = [
        "keys.toml",
        "node.toml",
        "gateway.toml",
        "clients.toml",
        "member.toml",
        "members",
        "node",
    ];
    for name in names {
        let path = dir.join(name);
        // A link that leads nowhere is there as well.
        if path.symlink_metadata().is_ok() {
            let rule = format!("{name} is there already; nothing was written. Name another folder");
            return Err(CommandError::rule(dir.display().to_string(), "dir", rule));
        }
    }
    let failed = CommandError::file(&dir.display().to_string());
    let keys = Keys::generate(key::COUNT).map_err(&failed)?;
    let file = MemberFile::make(&plan.identity, &keys, vec![addresses])?;
    let keys_path = dir.join("keys.toml");
    let passphrase = passphrase.get(&keys_path.display().to_string())?;
    std::fs::create_dir_all(dir.join("members")).map_err(&failed)?;
    crate::run::past::mark_new(&dir.join("node")).map_err(&failed)?;
    keys.write_sealed(&keys_path, &passphrase)?;
    let member = plan.identity.member;
    write_new(&dir.join("node.toml"), &node_text(member, &plan.listen))?;
    write_new(
        &dir.join("gateway.toml"),
        &gateway_text(member, &plan.listen),
    )?;
    write_new(&dir.join("clients.toml"), CLIENTS)?;
    publish(dir, &file, write_new)
}

/// Where others reach a member: at its own addresses, unless relays carry it; through each relay that says where.
///
/// With `reach` its own addresses come first, and relays are further ways.
fn ways(
    listen: &Listen,
    through: &[ThroughConfig],
    reach: Option<&Host>,
) -> Result<Vec<Addresses>, CommandError> {
    let relayed = through.iter().filter_map(ThroughConfig::announced);
    let relayed = relayed.map(|[node, custodian, vault]| Addresses {
        node,
        custodian: Reach {
            at: custodian,
            tls: listen.custodian.tls,
        },
        vault: Reach {
            at: vault,
            tls: listen.vault.tls,
        },
    });
    let mut ways: Vec<Addresses> = relayed.collect();
    if ways.is_empty() || reach.is_some() {
        ways.insert(0, listen.announced(reach)?);
    }
    ways.truncate(ALSO_MAX + 1);
    Ok(ways)
}

/// Makes the public file anew from the configuration files in `dir`: the same keys, the addresses that stand there now.
pub fn announce(
    dir: &Path,
    reach: Option<&Host>,
    passphrase: &Source,
) -> Result<Made, CommandError> {
    let node: NodeConfig = config::read(&dir.join("node.toml"))?;
    let gateway: GatewayConfig = config::read(&dir.join("gateway.toml"))?;
    let old = MemberFile::read(&dir.join("member.toml"))?;
    if node.member != old.member || gateway.member != old.member {
        let rule = "node.toml, gateway.toml and member.toml name different members";
        return Err(CommandError::rule(
            dir.display().to_string(),
            "member",
            rule,
        ));
    }
    let listen = Listen {
        node: node.listen,
        api: node.api,
        custodian: node.custodian,
        vault: gateway.vault,
        door: gateway.listen,
        metrics: gateway.metrics,
    };
    let ways = ways(&listen, &node.through, reach)?;
    let keys = Keys::open(&beside(&dir.join("node.toml"), &node.keys), passphrase)?;
    let identity = Identity {
        member: old.member,
        name: old.name,
        kind: old.kind,
    };
    let file = MemberFile::make(&identity, &keys, ways)?;
    if file.consensus != old.consensus {
        let rule = "are not the keys of member.toml";
        return Err(CommandError::rule(dir.display().to_string(), "keys", rule));
    }
    publish(dir, &file, write_over)
}

fn own_copy(dir: &Path, member: u16) -> PathBuf {
    dir.join("members").join(format!("member-{member}.toml"))
}

/// Writes the public file, and a copy where the processes read those of all members.
fn publish(
    dir: &Path,
    file: &MemberFile,
    write: fn(&Path, &str) -> Result<(), CommandError>,
) -> Result<Made, CommandError> {
    let text = file.text()?;
    let path = dir.join("member.toml");
    write(&path, &text)?;
    write(&own_copy(dir, file.member), &text)?;
    Ok(Made {
        fingerprint: file.fingerprint("the member")?,
        member_file: path,
    })
}

/// Writes a file that must not exist, mode 0600 like everything of a member until its operator opens it.
pub fn write_new(path: &Path, text: &str) -> Result<(), CommandError> {
    let failed = CommandError::file(&path.display().to_string());
    write_secret(path, text.as_bytes()).map_err(failed)
}

/// Puts a file in the place of another, which stays whole until the new one is.
fn write_over(path: &Path, text: &str) -> Result<(), CommandError> {
    let beside = path.with_extension("new");
    // Left by a run that was cut off.
    let _ = std::fs::remove_file(&beside);
    write_new(&beside, text)?;
    let failed = CommandError::file(&path.display().to_string());
    std::fs::rename(&beside, path).map_err(failed)
}

/// `clients.toml` of a new member.
const CLIENTS: &str =
    "# Systems that may ask this gateway for access tokens (SMART Backend Services): none yet.
# Add one [[client]] for each; docs/operate/configuration.md has an example.
";

fn node_text(member: u16, listen: &Listen) -> String {
    let Listen {
        node,
        api,
        custodian,
        ..
    } = listen;
    let cache_mib = u32::from(CacheMib::default());
    format!(
        r#"# Configuration of `amanat node`. Every key: docs/operate/configuration.md. Paths are relative to this file's folder.
# Number of the member.
member = {member}
# Genesis file of the network: the same bytes at every member.
genesis = "genesis.json"
# Key file, sealed under the passphrase.
keys = "keys.toml"
# Folder of the ledger's data. Never run two nodes on copies of it.
data = "node"
# Where other members' nodes reach this one.
listen = "{node}"
# HTTP interface of the ledger, for this member's own processes only: keep it on loopback or a closed network. With https:// it
# speaks TLS, as it must beyond loopback.
api = "{api}"
# Where other members reach this member's custodian of record keys, over TLS: it proves this member's vault key.
custodian = "{custodian}"
# Whose transactions are fetched and kept: "all", or "recent" to join quickly with the state of the other members and to keep less.
blocks = "all"
# Memory for what was read of the ledger, in MiB; docs/operate/disk.md says how much a large ledger wants.
cache_mib = {cache_mib}
# Public files of all members, this one's too: they say where the other nodes are.
members_folder = "members"
"#
    )
}

fn gateway_text(member: u16, listen: &Listen) -> String {
    let Listen {
        api, vault, door, ..
    } = listen;
    let metrics = match listen.metrics {
        Some(at) => format!("metrics = \"{at}\""),
        None => "# metrics = \"127.0.0.1:7005\"".to_owned(),
    };
    format!(
        r#"# Configuration of `amanat gateway`. Every key: docs/operate/configuration.md. Paths are relative to this file's folder.
# Number of the member.
member = {member}
# Genesis file of the network: the same bytes at every member.
genesis = "genesis.json"
# Key file, sealed under the passphrase.
keys = "keys.toml"
# Folder of the vault, the read models and the exchange's own records. Back it up.
data = "gateway"
# The FHIR door, for this member's own systems. Beyond loopback it needs a certificate: PEM files of your own authority.
listen = "{door}"
# tls_certificate = "door.pem"
# tls_key = "door.key.pem"
# base_url = "https://fhir.hospital.example"
# Where other members reach this member's vault, over TLS: it proves this member's vault key.
vault = "{vault}"
# Health and metrics of this process, in plain, for this member's own monitoring: on loopback.
{metrics}
# Most bytes that the vault keeps.
vault_bytes_max = {VAULT_BYTES_MAX}
# HTTP interface of this member's own node: `api` of node.toml.
node = "{api}"
# Systems that may ask for access tokens.
clients = "clients.toml"
# Public files of all members, this one's too: they say where vaults and custodians are.
members_folder = "members"
"#
    )
}
