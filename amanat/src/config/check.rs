//! `amanat config check`: whether a configuration file and all that it names fit together, without starting anything.
mod lines;

pub use lines::{CERTIFICATE_DAYS, check_certificate};

use super::cache::Room;
use super::endpoint::{Endpoint, is_loopback};
use super::lines::{Broken, RelayConfig, ThroughConfig};
use super::open::Open;
use super::{ConfigError, GatewayConfig, MemberDoors, NodeConfig, beside, parse};
use crate::clients::ClientsFile;
use crate::finding::Findings;
use crate::genesis_file;
use crate::keys::Keys;
use crate::run::{member_doors, node_addresses};
use amanat_relay::Place;
use amanat_types::MemberId;
use amanat_types::genesis::Genesis;
use lines::{check_doors, check_lines, check_open};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A configuration of either process.
#[derive(Clone, Debug)]
pub enum Configured {
    /// Of `amanat node`.
    Node(NodeConfig),
    /// Of `amanat gateway`.
    Gateway(GatewayConfig),
}

impl Configured {
    /// Reads a file and finds out whose it is by the keys that only one of the two has.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let named = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::File {
            path: named.clone(),
            source,
        })?;
        let has = |keys: &[&str]| {
            let head = text.lines();
            // A table may have keys of the same names.
            let mut head = head.take_while(|line| !line.trim_start().starts_with('['));
            head.any(|line| {
                let key = line.split('=').next().unwrap_or_default().trim();
                keys.contains(&key)
            })
        };
        if has(&["node", "clients", "vault", "vault_bytes_max"]) {
            return parse(&named, &text).map(Self::Gateway);
        }
        if has(&["api", "custodian"]) {
            return parse(&named, &text).map(Self::Node);
        }
        // A table without either is refused by the parser if it is not even TOML.
        let _: toml::Table = parse(&named, &text)?;
        Err(ConfigError::Shape {
            path: named,
            what: "it is neither of a node (api, custodian) nor of a gateway (node, clients, vault): the file is not whole; make one with `amanat init`, or see docs/operate/configuration.md".to_owned(),
        })
    }

    /// `node` or `gateway`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Node(_) => "node",
            Self::Gateway(_) => "gateway",
        }
    }

    /// Number of the member.
    pub const fn member(&self) -> u16 {
        match self {
            Self::Node(config) => config.member,
            Self::Gateway(config) => config.member,
        }
    }

    /// The own node's HTTP interface.
    pub const fn api(&self) -> Endpoint {
        match self {
            Self::Node(config) => config.api,
            Self::Gateway(config) => config.node,
        }
    }

    /// Where the process listens, each address with its key.
    pub fn listens(&self) -> Vec<(&'static str, SocketAddr)> {
        match self {
            Self::Node(config) => {
                let mut all = vec![
                    ("listen", config.listen),
                    ("api", config.api.at),
                    ("custodian", config.custodian.at),
                ];
                all.extend(config.relay.iter().flat_map(RelayConfig::listens));
                all
            }
            Self::Gateway(config) => {
                let mut all = vec![("listen", config.listen), ("vault", config.vault.at)];
                all.extend(config.metrics.map(|at| ("metrics", at)));
                all
            }
        }
    }

    /// The first address at which the process would speak plain HTTP in sight of others.
    pub fn open(&self) -> Option<Open> {
        match self {
            Self::Node(config) => config.open(),
            Self::Gateway(config) => config.open(),
        }
    }

    /// Relays that carry this process.
    pub fn through(&self) -> &[ThroughConfig] {
        match self {
            Self::Node(config) => &config.through,
            Self::Gateway(config) => &config.through,
        }
    }

    /// The first rule on relays that is broken.
    pub fn broken_line(&self) -> Option<Broken> {
        match self {
            Self::Node(config) => config.broken_line(),
            Self::Gateway(config) => config.broken_line(),
        }
    }

    /// Folder of the members' public files; `own` is the configuration file.
    pub fn members_folder(&self, own: &Path) -> Option<PathBuf> {
        let folder = match self {
            Self::Node(config) => config.members_folder.as_ref(),
            Self::Gateway(config) => config.members_folder.as_ref(),
        };
        folder.map(|folder| beside(own, folder))
    }

    fn path(
        &self,
        own: &Path,
        of: fn(&NodeConfig) -> &Path,
        or: fn(&GatewayConfig) -> &Path,
    ) -> PathBuf {
        match self {
            Self::Node(config) => beside(own, of(config)),
            Self::Gateway(config) => beside(own, or(config)),
        }
    }

    /// Data folder; `own` is the configuration file.
    pub fn data(&self, own: &Path) -> PathBuf {
        self.path(own, |c| &c.data, |c| &c.data)
    }

    /// Key file; `own` is the configuration file.
    pub fn keys(&self, own: &Path) -> PathBuf {
        self.path(own, |c| &c.keys, |c| &c.keys)
    }

    /// Genesis file; `own` is the configuration file.
    pub fn genesis(&self, own: &Path) -> PathBuf {
        self.path(own, |c| &c.genesis, |c| &c.genesis)
    }

    /// Where others are reached: of each other member its node (a node knows it), or vault and custodian (a gateway knows them).
    pub fn others(
        &self,
        own: &Path,
    ) -> Result<Vec<(u16, &'static str, Place)>, crate::run::RunError> {
        let mut all = match self {
            Self::Node(config) => {
                let nodes = node_addresses(own, config)?.into_iter();
                let each = |(member, _, ways): (u16, _, Vec<Place>)| {
                    ways.into_iter().map(move |at| (member, "node", at))
                };
                nodes.flat_map(each).collect()
            }
            Self::Gateway(config) => {
                let doors = member_doors(own, config)?;
                let both = |door: MemberDoors| {
                    let number = door.member;
                    let all = std::iter::once((door.vault, door.custodian)).chain(door.also);
                    all.flat_map(move |(vault, custodian)| {
                        [
                            (number, "vault", vault.at),
                            (number, "custodian", custodian.at),
                        ]
                    })
                };
                doors.into_iter().flat_map(both).collect::<Vec<_>>()
            }
        };
        all.retain(|(member, _, _)| *member != self.member());
        Ok(all)
    }
}

/// Checks the file at `path` and everything that it names.
pub fn check(path: &Path) -> Result<Findings, ConfigError> {
    let mut findings = Findings::default();
    let config = match Configured::read(path) {
        Ok(config) => config,
        Err(error) if error.is_no() => {
            findings.fail("file", error.to_string(), "correct it, or make it anew");
            return Ok(findings);
        }
        Err(error) => return Err(error),
    };
    let found = format!("{}: configuration of a {}", path.display(), config.kind());
    findings.ok("file", found);
    check_addresses(&config, &mut findings);
    check_open(&config, &mut findings);
    if let Configured::Node(config) = &config {
        check_cache(config, &mut findings);
    }
    if let Configured::Gateway(config) = &config {
        check_certificate(config, path, &mut findings);
    }
    check_keys(&config.keys(path), &mut findings);
    if let Some(genesis) = check_genesis(&config, path, &mut findings) {
        check_members(&config, path, &genesis, &mut findings);
        check_lines(&config, path, &genesis, &mut findings);
        if let Configured::Gateway(config) = &config {
            check_doors(config, path, &genesis, &mut findings);
        }
    }
    if let Configured::Gateway(config) = &config {
        check_clients(config, path, &mut findings);
    }
    Ok(findings)
}

fn check_cache(config: &NodeConfig, findings: &mut Findings) {
    let todo = "lower it: it is taken at the start, and the system kills a node for which there is not enough";
    match config.cache_mib.unwrap_or_default().room() {
        Room::Enough => {}
        Room::Little(found) => findings.warn("cache_mib", found, todo),
        Room::TooLittle(found) => findings.fail("cache_mib", found, todo),
    }
}

fn check_addresses(config: &Configured, findings: &mut Findings) {
    let mut listens = config.listens();
    if let Configured::Gateway(gateway) = config {
        listens.push(("node", gateway.node.at));
    }
    for (at, (key, address)) in listens.iter().enumerate() {
        if address.port() == 0 {
            findings.fail(key, "port 0 is none", "name a port");
        }
        let earlier = listens.iter().take(at).find(|(_, other)| other == address);
        if let Some((other, _)) = earlier {
            let found = format!("{address} stands at {other} too");
            findings.fail(key, found, "give each an address of its own");
        }
    }
    let api = config.api();
    match is_loopback(api.at.ip()) {
        true => findings.ok("api", format!("{api} is on loopback")),
        false => findings.warn(
            "api",
            format!("{api} is not on loopback, and whoever reaches it may ask and submit"),
            "make sure that only this member's own processes reach it",
        ),
    }
}

/// Whether the key file is there, kept from others, and sealed.
pub fn check_keys(path: &Path, findings: &mut Findings) {
    match Keys::is_sealed(path) {
        Ok(true) => findings.ok(
            "keys",
            format!("{} is sealed, and its owner's alone", path.display()),
        ),
        Ok(false) => findings.warn(
            "keys",
            format!("{} is plain: whoever reads it has the keys", path.display()),
            "amanat keys passphrase --keys FILE",
        ),
        Err(error) => findings.fail(
            "keys",
            error.to_string(),
            "set the mode to 600, or bring the file back from its copy",
        ),
    }
}

/// Reads the genesis. It need not name the member: members come by vote.
pub fn check_genesis(config: &Configured, path: &Path, findings: &mut Findings) -> Option<Genesis> {
    let todo = "bring the file that `amanat genesis` made, the same bytes as every member's";
    match genesis_file::read(&config.genesis(path)) {
        Err(error) => {
            findings.fail("genesis", error.to_string(), todo);
            None
        }
        Ok(genesis) => {
            let found = format!(
                "network {}, id {}",
                genesis.name.as_str(),
                hex::encode(genesis.digest().0)
            );
            findings.ok("genesis", found);
            if genesis.member(MemberId::new(config.member())).is_none() {
                findings.warn(
                    "member",
                    format!("the genesis names no member {}", config.member()),
                    "unless members admit it by vote, its node follows and nothing that it signs counts",
                );
            }
            Some(genesis)
        }
    }
}

fn check_members(config: &Configured, path: &Path, genesis: &Genesis, findings: &mut Findings) {
    let todo = "unless it was removed by vote, put its public file into members_folder, or name it";
    let others = match config.others(path) {
        Ok(others) => others,
        Err(error) => return findings.fail("members", error.to_string(), todo),
    };
    let missing: Vec<String> = genesis
        .members
        .iter()
        .map(|member| member.member.number())
        .filter(|number| *number != config.member())
        .filter(|number| !others.iter().any(|(member, _, _)| member == number))
        .map(|number| number.to_string())
        .collect();
    match missing.is_empty() {
        true => findings.ok("members", format!("{} addresses of others", others.len())),
        false => {
            let found = format!("no address of member {} of the genesis", missing.join(", "));
            findings.warn("members", found, todo);
        }
    }
}

fn check_clients(config: &GatewayConfig, path: &Path, findings: &mut Findings) {
    let todo = "correct the registration; docs/operate/configuration.md has an example";
    let clients: ClientsFile = match super::read(&beside(path, &config.clients)) {
        Ok(clients) => clients,
        Err(error) => return findings.fail("clients", error.to_string(), todo),
    };
    for client in &clients.client {
        if client.member != config.member {
            let found = format!("client {} acts for another member", client.client_id);
            return findings.fail("clients", found, todo);
        }
        if let Err(error) = amanat_login::Client::new(client) {
            return findings.fail("clients", error.to_string(), todo);
        }
    }
    match clients.client.len() {
        0 => findings.warn(
            "clients",
            "none: nobody can sign in at the door",
            "register the hospital's own system",
        ),
        count => findings.ok("clients", format!("{count} registered")),
    }
}
