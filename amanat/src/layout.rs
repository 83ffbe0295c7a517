//! A network on one machine: keys, genesis, configurations and addresses of N members under one folder.
//!
//! `DIR/network.json` is written last, so a folder that has it is whole and can be started again.
use crate::clients::{self, ClientFileError};
use crate::config::cache::CacheMib;
use crate::config::endpoint::Endpoint;
use crate::config::limits::{ApiLimits, DoorLimits, StoreLimits};
use crate::config::open::PlainHttp;
use crate::config::{self, ConfigError, GatewayConfig, MemberDoors, NodeConfig, Peer};
use crate::genesis_file::{self, GenesisFileError};
use crate::keys::{Keys, KeysError, seed_bytes};
use crate::ports::Ports;
use amanat_envelope::SealingSecret;
use amanat_types::Digest;
use amanat_types::code::{KeyPurpose, MemberKind};
use amanat_types::codec::{List, Text, TooMany};
use amanat_types::genesis::{Genesis, GenesisMember, PROTOCOL, VERSION};
use amanat_types::id::MemberId;
use amanat_types::state::MemberKey;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Smallest network: it tolerates one fault.
pub const MEMBERS_MIN: usize = 4;
/// Largest network that one machine is asked to carry.
pub const MEMBERS_MAX: usize = 10;
/// Blocks of an epoch of a new network: what members vote is in force after one to two, half an hour to an hour where nothing is asked for and
/// a few minutes where much is; and each epoch leaves a kilobyte or a few on every node, which whoever joins checks.
pub const EPOCH_BLOCKS: u64 = 2_000;
/// Most bytes that one vault keeps on one machine.
const VAULT_BYTES_MAX: u64 = 64 * 1024 * 1024 * 1024;

/// What a network on one machine is made of.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Number of members.
    pub members: usize,
    /// Transaction keys of each member.
    pub transaction_keys: usize,
    /// Blocks of an epoch.
    pub epoch_blocks: u64,
    /// Memory of each node for pages of the ledger's files.
    pub cache: CacheMib,
}

impl Plan {
    /// A network of `members` with the usual constants.
    pub const fn new(members: usize) -> Self {
        Self {
            members,
            transaction_keys: crate::run::key::COUNT,
            epoch_blocks: EPOCH_BLOCKS,
            cache: CacheMib::LEAST,
        }
    }
}

/// A network's folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// Too few or too many members.
    #[error("--members {0}: a network on one machine has {MEMBERS_MIN} to {MEMBERS_MAX} members")]
    Members(usize),
    /// The folder is not empty and no network.
    #[error("{0} is not empty and holds no network; name an empty or new folder")]
    NotEmpty(String),
    /// The file system said no.
    #[error("{path}: {source}")]
    File {
        /// Which path.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A list is longer than the protocol allows.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// A configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The genesis.
    #[error(transparent)]
    Genesis(#[from] GenesisFileError),
    /// A key file.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A client's file.
    #[error(transparent)]
    Client(#[from] ClientFileError),
    /// Somebody listens at an address of the network, or it cannot be used.
    #[error("{address} of the network: {source}; is it running already, or another program there?")]
    Address {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// `network.json` is not as it must be.
    #[error("{path}: {what}")]
    Shape {
        /// Which path.
        path: String,
        /// What is wrong.
        what: String,
    },
}

/// One member of a network on this machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    /// Number.
    pub member: u16,
    /// Public name.
    pub name: String,
    /// Kind.
    pub kind: String,
    /// Between nodes.
    pub listen: SocketAddr,
    /// The node's HTTP interface.
    pub api: SocketAddr,
    /// The custodian.
    pub custodian: SocketAddr,
    /// The FHIR door.
    pub door: SocketAddr,
    /// The vault.
    pub vault: SocketAddr,
    /// Health and metrics of the gateway; networks that were made before it had them have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<SocketAddr>,
}

impl Place {
    /// All its addresses.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> + use<> {
        let all = [self.listen, self.api, self.custodian, self.door, self.vault];
        all.into_iter().chain(self.metrics)
    }

    /// The custodian as others reach it: over TLS, as between members on machines of their own.
    pub fn custodian_endpoint(&self) -> Endpoint {
        Endpoint::from(self.custodian).with_tls()
    }

    /// The vault as others reach it: over TLS, as between members on machines of their own.
    pub fn vault_endpoint(&self) -> Endpoint {
        Endpoint::from(self.vault).with_tls()
    }
}

/// A network under a folder.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The folder.
    pub dir: PathBuf,
    /// The members.
    pub places: Vec<Place>,
    /// The genesis.
    pub genesis: Genesis,
    /// Nobody else is given a port of it, while a node is down either.
    _ports: Ports,
}

impl Layout {
    /// Opens the network in `dir`, or makes a new one by `plan`. Says whether it is new.
    pub fn open_or_create(dir: &Path, plan: Plan) -> Result<(Self, bool), LayoutError> {
        if dir.join("network.json").exists() {
            return Ok((Self::open(dir)?, false));
        }
        let file = |source| LayoutError::File {
            path: dir.display().to_string(),
            source,
        };
        std::fs::create_dir_all(dir).map_err(file)?;
        if std::fs::read_dir(dir).map_err(file)?.next().is_some() {
            return Err(LayoutError::NotEmpty(dir.display().to_string()));
        }
        Ok((Self::create(dir, plan)?, true))
    }

    /// Opens the network in `dir`, which must not be running.
    fn open(dir: &Path) -> Result<Self, LayoutError> {
        let path = dir.join("network.json");
        let text = std::fs::read_to_string(&path).map_err(|source| LayoutError::File {
            path: path.display().to_string(),
            source,
        })?;
        let places: Vec<Place> = serde_json::from_str(&text).map_err(|e| LayoutError::Shape {
            path: path.display().to_string(),
            what: e.to_string(),
        })?;
        let genesis = genesis_file::read(&dir.join("genesis.json"))?;
        let ports = Ports::of(places.iter().flat_map(Place::addresses));
        let ports = ports.map_err(|(address, source)| LayoutError::Address { address, source })?;
        Ok(Self {
            dir: dir.to_owned(),
            places,
            genesis,
            _ports: ports,
        })
    }

    fn create(dir: &Path, plan: Plan) -> Result<Self, LayoutError> {
        if !(MEMBERS_MIN..=MEMBERS_MAX).contains(&plan.members) {
            return Err(LayoutError::Members(plan.members));
        }
        let (places, ports) = places(plan.members)?;
        let mut members = Vec::new();
        for place in &places {
            let folder = dir.join(format!("member-{}", place.member));
            std::fs::create_dir_all(&folder).map_err(|source| LayoutError::File {
                path: folder.display().to_string(),
                source,
            })?;
            let keys =
                Keys::generate(plan.transaction_keys).map_err(|source| LayoutError::File {
                    path: folder.display().to_string(),
                    source,
                })?;
            crate::run::past::mark_new(&folder.join("node")).map_err(|source| {
                LayoutError::File {
                    path: folder.display().to_string(),
                    source,
                }
            })?;
            keys.write(&folder.join("keys.toml"))?;
            members.push(genesis_member(place, &keys)?);
            write_configs(&folder, place, &places, plan.cache)?;
            let base_url = format!("http://{}", place.door);
            let client_id = format!("his-{}", place.member);
            clients::generate(&folder, &client_id, place.member, &base_url)?;
        }
        let genesis = Genesis {
            version: VERSION,
            name: Text::new("amanat-local")?,
            time_ms: crate::now_ms(),
            protocol: PROTOCOL,
            epoch_blocks: plan.epoch_blocks,
            members: List::new(members)?,
        };
        genesis_file::write(&dir.join("genesis.json"), &genesis)?;
        let path = dir.join("network.json");
        let text = serde_json::to_string_pretty(&places).map_err(|e| LayoutError::Shape {
            path: path.display().to_string(),
            what: e.to_string(),
        })?;
        std::fs::write(&path, text).map_err(|source| LayoutError::File {
            path: path.display().to_string(),
            source,
        })?;
        Ok(Self {
            dir: dir.to_owned(),
            places,
            genesis,
            _ports: ports,
        })
    }

    /// The network id.
    pub fn network(&self) -> Digest {
        self.genesis.digest()
    }

    /// Folder of a member.
    pub fn member_dir(&self, member: u16) -> PathBuf {
        self.dir.join(format!("member-{member}"))
    }

    /// File of the client that a member's own system uses.
    pub fn client_file(&self, member: u16) -> PathBuf {
        self.member_dir(member)
            .join(format!("his-{member}.client.toml"))
    }

    /// Key file of a member, read.
    pub fn keys(&self, member: u16) -> Result<Keys, KeysError> {
        Keys::read(&self.member_dir(member).join("keys.toml"))
    }
}

/// Kinds and names of the members of a network on one machine, in order.
const CAST: [(MemberKind, &str); MEMBERS_MAX] = [
    (MemberKind::Hospital, "Hospital A"),
    (MemberKind::Hospital, "Hospital B"),
    (MemberKind::Pharmacy, "Pharmacy"),
    (MemberKind::Regulator, "Regulator"),
    (MemberKind::Laboratory, "Laboratory"),
    (MemberKind::Insurer, "Insurer"),
    (MemberKind::Hospital, "Hospital C"),
    (MemberKind::Distributor, "Distributor"),
    (MemberKind::Research, "Research body"),
    (MemberKind::Manufacturer, "Manufacturer"),
];

/// Chooses free loopback ports for all members, and holds them.
fn places(count: usize) -> Result<(Vec<Place>, Ports), LayoutError> {
    let (ports, addresses) = Ports::free(6 * count).map_err(|source| LayoutError::File {
        path: "loopback port".to_owned(),
        source,
    })?;
    let (of_members, _) = addresses.as_chunks();
    let members = (1u16..).zip(CAST.iter().take(count)).zip(of_members);
    let places = members.map(|((member, (kind, name)), addresses)| {
        let [listen, api, custodian, door, vault, metrics] = *addresses;
        Place {
            member,
            name: (*name).to_owned(),
            kind: kind.as_str().to_owned(),
            listen,
            api,
            custodian,
            door,
            vault,
            metrics: Some(metrics),
        }
    });
    Ok((places.collect(), ports))
}

fn genesis_member(place: &Place, keys: &Keys) -> Result<GenesisMember, LayoutError> {
    let mut list = vec![
        MemberKey {
            purpose: KeyPurpose::Consensus,
            key: keys.consensus_signer().public_key(),
        },
        MemberKey {
            purpose: KeyPurpose::Vault,
            key: keys.vault_signer().public_key(),
        },
    ];
    let mut at = 0;
    while let Some(signer) = keys.transaction_signer(at) {
        list.push(MemberKey {
            purpose: KeyPurpose::Transaction,
            key: signer.public_key(),
        });
        at += 1;
    }
    let sealing = SealingSecret::from_seed(&seed_bytes(&keys.sealing).unwrap_or_default());
    Ok(GenesisMember {
        member: MemberId::new(place.member),
        name: Text::new(place.name.clone())?,
        kind: MemberKind::parse(&place.kind).unwrap_or(MemberKind::Hospital),
        keys: List::new(list)?,
        sealing: *sealing.public(),
    })
}

fn write_configs(
    folder: &Path,
    place: &Place,
    places: &[Place],
    cache: CacheMib,
) -> Result<(), LayoutError> {
    let node = NodeConfig {
        member: place.member,
        genesis: PathBuf::from("../genesis.json"),
        keys: PathBuf::from("keys.toml"),
        data: PathBuf::from("node"),
        blocks: crate::config::Blocks::All,
        state_blocks: None,
        cache_mib: Some(cache),
        listen: place.listen,
        api: place.api.into(),
        custodian: place.custodian_endpoint(),
        plain_http: PlainHttp::OnLoopback,
        api_limits: ApiLimits::default(),
        custodian_limits: StoreLimits::default(),
        members_folder: None,
        peers: places
            .iter()
            .filter(|other| other.member != place.member)
            .map(|other| Peer {
                member: other.member,
                address: other.listen.into(),
            })
            .collect(),
        through: Vec::new(),
        relay: None,
    };
    config::write(&folder.join("node.toml"), &node)?;
    let gateway = GatewayConfig {
        member: place.member,
        genesis: PathBuf::from("../genesis.json"),
        keys: PathBuf::from("keys.toml"),
        data: PathBuf::from("gateway"),
        listen: place.door,
        tls_certificate: None,
        tls_key: None,
        base_url: None,
        metrics: place.metrics,
        door_limits: DoorLimits::default(),
        vault_limits: StoreLimits::default(),
        plain_http: PlainHttp::OnLoopback,
        vault: place.vault_endpoint(),
        vault_bytes_max: VAULT_BYTES_MAX,
        node: place.api.into(),
        clients: PathBuf::from("clients.toml"),
        members_folder: None,
        members: places
            .iter()
            .map(|other| MemberDoors {
                member: other.member,
                vault: other.vault_endpoint().into(),
                custodian: other.custodian_endpoint().into(),
                key: None,
                also: Vec::new(),
            })
            .collect(),
        through: Vec::new(),
    };
    config::write(&folder.join("gateway.toml"), &gateway)?;
    Ok(())
}
