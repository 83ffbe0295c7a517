//! `amanat node`: the validator with its HTTP interface, and beside it the custodian of record keys.
//!
//! The node runs on the ledger engine's own runtime. The custodian has a thread and a runtime of its own and asks the
//! node over its HTTP interface, as any other process of the member does, so a fault in one does not stall the other.
use super::lines::{
    Crossings, Keeping, Lines, Named, Own, folder as folder_of, refuse_broken, throughs,
};
use super::measure::{disk_lines, journal_lines, tally_lines};
use super::tls::{acceptor, own_node, refuse_open};
use super::{RunError, damage, io, key, known, node_addresses, own_keys, past};
use crate::config::cache::Room;
use crate::config::{self, Blocks, NodeConfig, beside};
use crate::genesis_file;
use crate::keys::{Keys, seed_bytes};
use crate::operate::disk::NODE_PARTS;
use crate::passphrase::Source;
use crate::signals;
use amanat_client::anchor::{ANCHOR_EVERY, anchor_every};
use amanat_client::disk::LocalDisk;
use amanat_client::submit::Sponsor;
use amanat_client::{Clock, Ledger as _, NodeClient, Submitter};
use amanat_envelope::SealingSecret;
use amanat_keeper::{Custodian, Entropy};
use amanat_node::api::Exposition;
use amanat_node::run::{At, Settings, Told};
use amanat_relay::Place;
use amanat_tls::Acceptor;
use amanat_types::code::KeyPurpose;
use amanat_types::genesis::Genesis;
use amanat_types::{Height, MemberId};
use commonware_codec::DecodeExt as _;
use commonware_cryptography::{Signer as _, ed25519};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Height from which on a node that wants recent blocks alone takes the state from others; below, executing all is as quick.
const SYNC_ABOVE: u64 = 1_000;

/// Blocks that such a node keeps: a day and more, in which others may fetch them.
const KEEP_BLOCKS: usize = 100_000;

/// How often the custodian asks which blocks the node has, and how soon again if that was not told.
const BLOCKS_EVERY: Duration = Duration::from_secs(60);
const BLOCKS_SOON: Duration = Duration::from_secs(2);

/// Runs a node until SIGTERM or SIGINT stops it; SIGHUP lets it read addresses anew.
///
/// A sealed key file is opened with the passphrase that `passphrase` finds. With `resync` its ledger is moved aside, and it takes the
/// state of other members.
pub fn run(path: &Path, passphrase: &Source, resync: bool) -> Result<(), RunError> {
    // At once: a signal that comes before would end the process, and whoever restarts it takes that for an end that was asked for.
    let reload_told = signals::reload().map_err(io("signals"))?;
    let config: NodeConfig = config::read(path)?;
    refuse(&config)?;
    let genesis = genesis_file::read(&beside(path, &config.genesis))?;
    let member = known(config.member)?;
    let keys = Keys::open(&beside(path, &config.keys), passphrase)?;
    own_keys(&genesis, member, &keys)?;
    // Not before a passphrase was asked for: Ctrl-C ends that.
    let told = Told {
        stop: signals::stop().map_err(io("signals"))?,
        reload: reload_told,
    };
    let folder = beside(path, &config.data);
    std::fs::create_dir_all(&folder).map_err(io("data folder"))?;
    let seed = seed_bytes(&keys.consensus).unwrap_or_default();
    let signer = ed25519::PrivateKey::decode(seed.to_vec())
        .map_err(|error| RunError::Node(error.to_string()))?;
    let lines = Lines::new()?;
    let crossings = lines.crossings();
    let peers = peers(path, (&config, &crossings), &genesis, signer.public_key())?;
    // The engine listens itself, and panics if it cannot.
    drop(TcpListener::bind(config.listen).map_err(io(format!("listen {}", config.listen)))?);
    let api = TcpListener::bind(config.api.at).map_err(io(format!("api {}", config.api)))?;
    let custodian = TcpListener::bind(config.custodian.at)
        .map_err(io(format!("custodian {}", config.custodian)))?;
    custodian.set_nonblocking(true).map_err(io("custodian"))?;
    let ledger = folder.join("ledger");
    if resync
        && let Some(aside) =
            past::move_aside(&ledger, crate::now_ms().get()).map_err(io("ledger"))?
    {
        tracing::warn!(aside = %aside.display(), "the ledger lies aside now: delete it once the node runs");
    }
    let service = custodian_parts(&config, &genesis, member, &keys, &folder)?;
    let more = more_metrics(
        &service.custodian,
        &lines,
        beside(path, &config.keys),
        folder.clone(),
    );
    std::thread::Builder::new()
        .name("custodian".to_owned())
        .spawn(move || serve_custodian(custodian, service))
        .map_err(io("custodian thread"))?;
    let who = Own {
        genesis: &genesis,
        member,
        keys: &keys,
    };
    let keeping = start_lines(path, &config, &lines, &who)?;
    let own = signer.public_key();
    let settings = Settings {
        config: node_config(&config, (&genesis, member, signer), &folder, resync),
        folder: ledger.clone(),
        listen: config.listen,
        api,
        limits: config.api_limits.into(),
        tls: acceptor(config.api, &keys)?,
        peers,
        reload: reload(path, genesis, own, (crossings, keeping)),
        told,
        metrics: more,
    };
    let ready = move || tracing::info!(member = config.member, "node takes part");
    damage::named(&ledger, || amanat_node::run::run(settings, ready))
        .map_err(|fault| RunError::Node(fault.to_string()))
}

/// Refuses plain HTTP in sight of others, lines that break a rule, and a cache for which the machine has not enough memory.
fn refuse(config: &NodeConfig) -> Result<(), RunError> {
    refuse_open(config.open())?;
    refuse_broken(config.broken_line())?;
    match config.cache_mib.unwrap_or_default().room() {
        Room::TooLittle(rule) => Err(RunError::Field {
            field: "cache_mib",
            rule,
        }),
        Room::Enough | Room::Little(_) => Ok(()),
    }
}

fn node_config(
    config: &NodeConfig,
    (genesis, member, signer): (&Genesis, MemberId, ed25519::PrivateKey),
    folder: &Path,
    resync: bool,
) -> amanat_node::Config {
    let mut node = amanat_node::Config::new(Arc::new(genesis.clone()), member, signer);
    node.past_votes = past::votes(folder);
    node.settled = past::settled(folder);
    node.keep_blocks = match config.blocks {
        Blocks::Recent => Some(KEEP_BLOCKS),
        Blocks::All => None,
    };
    if let Some(blocks) = config
        .state_blocks
        .and_then(|blocks| usize::try_from(u32::from(blocks)).ok())
    {
        node.state_blocks = blocks;
    }
    node.cache = amanat_node::Cache::of_mib(config.cache_mib.unwrap_or_default().into());
    node.sync_above = match (resync, config.blocks) {
        (true, _) => Some(1),
        (false, Blocks::Recent) => Some(SYNC_ABOVE),
        (false, Blocks::All) => None,
    };
    node
}

/// Starts what the configuration says of relays: being one, and being reached through some.
fn start_lines(
    path: &Path,
    config: &NodeConfig,
    lines: &Lines,
    own: &Own<'_>,
) -> Result<Keeping, RunError> {
    if let Some(relay) = &config.relay {
        lines.carry(own, relay, own_node(config.api, own.keys)?)?;
    }
    let relays = relays(path, config, own.genesis)?;
    let kept = vec![
        (amanat_relay::Service::Node, config.listen),
        (amanat_relay::Service::Custodian, config.custodian.at),
    ];
    Ok(lines.keep(own, relays, kept))
}

/// The relays that carry this node and custodian.
fn relays(path: &Path, config: &NodeConfig, genesis: &Genesis) -> Result<Vec<Named>, RunError> {
    refuse_broken(config.broken_line())?;
    let files = folder_of(path, config.members_folder.as_ref());
    throughs(&config.through, files, genesis)
}

/// What the process knows beside the ledger, for `/metrics`: its custodian, its lines, its disk, and the age of the key file. Keys do not
/// expire; whoever wants them replaced after some time is told so by an alert.
fn more_metrics(
    custodian: &Custodian<NodeClient>,
    lines: &Lines,
    keys: PathBuf,
    data: PathBuf,
) -> Box<dyn Fn() -> String + Send> {
    let custodian = custodian.clone();
    let counts = lines.counts().clone();
    Box::new(move || {
        let mut text = Exposition::default();
        let written = std::fs::metadata(&keys).and_then(|file| file.modified());
        if let Some(age) = written.ok().and_then(|time| time.elapsed().ok()) {
            let help = "Time since the key file was written.";
            text.gauge("amanat_key_file_age_seconds", help, age.as_secs());
        }
        let help = "Records whose keys were released under a ticket.";
        let name = "amanat_custodian_released_records_total";
        text.counter(name, help, custodian.released());
        tally_lines("amanat_custodian", custodian.tally(), &mut text);
        journal_lines("amanat_custodian", custodian.journal(), &mut text);
        disk_lines(&data, NODE_PARTS, &mut text);
        if let Some(all) = custodian.all_blocks() {
            let help = "1 if the transactions of all blocks are here and are kept, 0 if not.";
            text.gauge("amanat_blocks_kept_all", help, u8::from(all));
        }
        format!("{text}{}", counts.text())
    })
}

/// Reads the configuration again, and where the other nodes are.
fn reload(
    path: &Path,
    genesis: Genesis,
    own: ed25519::PublicKey,
    (crossings, keeping): (Crossings, Keeping),
) -> Box<dyn Fn() -> Result<BTreeMap<ed25519::PublicKey, At>, String> + Send> {
    let path = path.to_owned();
    Box::new(move || {
        let config: NodeConfig = config::read(&path).map_err(|error| error.to_string())?;
        let read = || {
            let peers = peers(&path, (&config, &crossings), &genesis, own.clone())?;
            keeping.renew(relays(&path, &config, &genesis)?);
            Ok(peers)
        };
        read().map_err(|error: RunError| error.to_string())
    })
}

/// Addresses of all other nodes and of this one by consensus key: a member's own file names its key, else the genesis does.
///
/// Nodes may be listed that are not admitted yet: they follow, and vote from the epoch on in which members let them.
fn peers(
    path: &Path,
    (config, crossings): (&NodeConfig, &Crossings),
    genesis: &Genesis,
    own: ed25519::PublicKey,
) -> Result<BTreeMap<ed25519::PublicKey, At>, RunError> {
    let mut peers = BTreeMap::from([(own, At::Socket(config.listen))]);
    for (number, key, places) in node_addresses(path, config)? {
        let wrong = |rule: &str| RunError::Field {
            field: "peers",
            rule: format!("member {number}: {rule}"),
        };
        let founder = || consensus_key(genesis, number);
        let key = key.or_else(founder);
        let key = key.ok_or_else(|| wrong("has no consensus key in the genesis"))?;
        let at = match crossings.to(&format!("node {key}"), &places)? {
            Place::At(at) => At::Socket(at),
            Place::Named(host, port) => At::Name { host, port },
        };
        if peers.insert(key, at).is_some() {
            return Err(wrong("stands twice"));
        }
    }
    match peers.len() {
        1 => Err(RunError::Field {
            field: "peers",
            rule: "no other node is named".to_owned(),
        }),
        _ => Ok(peers),
    }
}

fn consensus_key(genesis: &Genesis, member: u16) -> Option<ed25519::PublicKey> {
    let member = genesis.member(MemberId::new(member))?;
    let mut keys = member.keys.iter();
    let key = keys.find(|key| key.purpose == KeyPurpose::Consensus)?;
    key.key.to_ed25519()
}

/// The custodian and who anchors its journal.
struct Service {
    custodian: Custodian<NodeClient>,
    submitter: Submitter<NodeClient>,
    tls: Option<Acceptor>,
    node: NodeClient,
    blocks: Blocks,
}

fn custodian_parts(
    config: &NodeConfig,
    genesis: &Genesis,
    member: MemberId,
    keys: &Keys,
    folder: &Path,
) -> Result<Service, RunError> {
    let ledger = own_node(config.api, keys)?;
    let secret = SealingSecret::from_seed(&seed_bytes(&keys.sealing).unwrap_or_default());
    let settings = amanat_keeper::Config {
        folder: folder.join("custodian"),
        network: genesis.digest(),
        member,
        limits: config.custodian_limits.into(),
    };
    let custodian = Custodian::open(
        settings,
        secret,
        &LocalDisk,
        ledger.clone(),
        Clock::system(),
        Entropy::system(),
    )?;
    let signer = keys
        .transaction_signer(key::CUSTODIAN)
        .ok_or_else(|| RunError::Field {
            field: "keys",
            rule: format!("{} transaction keys are needed", key::COUNT),
        })?;
    let sponsor = Sponsor {
        network: genesis.digest(),
        member,
        signer,
        deadline: Duration::from_secs(60),
    };
    Ok(Service {
        submitter: Submitter::new(ledger.clone(), sponsor, Clock::system()),
        node: ledger,
        blocks: config.blocks,
        tls: acceptor(config.custodian, keys)?,
        custodian,
    })
}

/// Finds out now and then whether the own node keeps the transactions of all blocks: it is to, and it has the first. Never ends.
async fn watch_blocks(custodian: Custodian<NodeClient>, node: NodeClient, blocks: Blocks) {
    loop {
        let started = node.status().await.is_ok_and(|status| status.height > 0);
        let first = match started {
            true => node.block(Height::new(1)).await.ok(),
            false => None,
        };
        let known = first.map(|first| first.is_some() && matches!(blocks, Blocks::All));
        if let Some(all) = known {
            custodian.note_all_blocks(all);
        }
        let pause = known.map_or(BLOCKS_SOON, |_| BLOCKS_EVERY);
        tokio::time::sleep(pause).await;
    }
}

/// Serves until the process ends. A journal that is not what was anchored ends the process: it must not release.
fn serve_custodian(listener: TcpListener, service: Service) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        tracing::error!("the custodian has no runtime; the process ends");
        std::process::exit(1);
    };
    runtime.block_on(async move {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%error, "the custodian cannot listen; the process ends");
                std::process::exit(1);
            }
        };
        let journal = service.custodian.journal().clone();
        let watch = watch_blocks(service.custodian.clone(), service.node, service.blocks);
        let forever = std::future::pending();
        let serve = amanat_keeper::serve(listener, service.custodian, service.tls, forever);
        tokio::select! {
            () = serve => {}
            () = watch => {}
            fault = anchor_every(journal, service.submitter, ANCHOR_EVERY) => {
                tracing::error!(%fault, "the custodian's journal is damaged; the process ends");
                std::process::exit(1);
            }
        }
    });
}
