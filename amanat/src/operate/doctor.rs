//! `amanat doctor`: what commonly keeps a member from running, checked one by one, each with what to do about it.
use super::probe::Taken;
use super::target::Api;
use super::{clock, disk, lines, probe};
use crate::config::ConfigError;
use crate::config::GatewayConfig;
use crate::config::check::{Configured, check_certificate, check_genesis, check_keys};
use crate::config::endpoint::Reach;
use crate::config::open::Open;
use crate::finding::Findings;
use crate::run::{founding_key, member_doors, own_key};
use crate::{genesis_file, member_file};
use amanat_types::genesis::Genesis;
use amanat_types::key::PublicKey;
use amanat_types::limits;
use amanat_types::wire::Status;
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

/// Free bytes below which a member should not go on, and below which somebody should look.
pub const FREE_BYTES_MIN: u64 = 1024 * 1024 * 1024;
const FREE_WARN: u64 = 10 * FREE_BYTES_MIN;
/// A megabyte should be durable within this time: every block waits for the disk.
const WRITE_WARN: Duration = Duration::from_millis(250);
/// Difference of clocks at which somebody should look, and at which nodes refuse each other sooner or later.
const SKEW_WARN_MS: u64 = 2_000;
const SKEW_FAIL_MS: u64 = 5_000;
/// What a wrong clock does.
const CLOCK: &str = "keep both on NTP (chronyc tracking): handshakes between nodes are refused when clocks differ by more than a few seconds, which leaves a member silently alone, and nothing is released when block time and clock differ by 10 s";

/// Runs every check for the configuration at `path`.
pub async fn run(path: &Path) -> Result<Findings, ConfigError> {
    let mut findings = Findings::default();
    let config = match Configured::read(path) {
        Ok(config) => config,
        Err(error) if error.is_no() => {
            findings.fail("config", error.to_string(), "amanat config check says more");
            return Ok(findings);
        }
        Err(error) => return Err(error),
    };
    findings.ok(
        "config",
        format!("member {}, {}", config.member(), config.kind()),
    );
    if let Some(Open { field, found, todo }) = config.open() {
        findings.fail(field, found, todo);
    }
    if let Configured::Gateway(gateway) = &config {
        check_certificate(gateway, path, &mut findings);
    }
    check_keys(&config.keys(path), &mut findings);
    let genesis = check_genesis(&config, path, &mut findings);
    check_disk(&config.data(path), &mut findings);
    let own = own_status(&config, path, genesis.as_ref(), &mut findings).await;
    check_ports(&config, path, own.is_some(), &mut findings).await;
    if let Some(genesis) = &genesis {
        lines::check(&config, path, (genesis, own.is_some()), &mut findings).await;
        let validators = own.as_ref().map(|status| status.validators);
        let validators = validators.and_then(|count| usize::try_from(count).ok());
        // A node that runs knows how many there are now; else there are as many as at the start.
        let validators = validators.unwrap_or_else(|| genesis.validators().len());
        check_peers(&config, path, validators, &mut findings).await;
        check_clock(&config, path, own.as_ref(), &mut findings).await;
        check_blocks(&config, path, validators, &mut findings).await;
    }
    Ok(findings)
}

fn check_disk(folder: &Path, findings: &mut Findings) {
    let shown = disk::shown(folder).display().to_string();
    let Some(existing) = disk::existing(folder).filter(|at| at.is_dir()) else {
        let found = format!("{shown} is not a folder, or stands below a file");
        return findings.fail("disk", found, "name a folder at `data`, or remove the file");
    };
    match disk::free(folder) {
        None => findings.unknown(
            "space",
            format!("{shown}: the free space cannot be told"),
            "ask df",
        ),
        Some(free) if free < FREE_BYTES_MIN => findings.fail(
            "space",
            format!("{} free at {shown}", disk::size(free)),
            "make room: a node whose disk is full stops",
        ),
        Some(free) if free < FREE_WARN => findings.warn(
            "space",
            format!("{} free at {shown}", disk::size(free)),
            "make room soon",
        ),
        Some(free) => findings.ok("space", format!("{} free at {shown}", disk::size(free))),
    }
    match disk::write(existing) {
        Err(error) => findings.fail(
            "disk",
            format!(
                "{}: cannot be written and synced: {error}",
                existing.display()
            ),
            "give the folder to the user that the processes run as; look at the disk",
        ),
        Ok(took) if took > WRITE_WARN => findings.warn(
            "disk",
            format!("1 MiB was durable after {} ms", took.as_millis()),
            "every block waits for this disk: a local SSD is meant",
        ),
        Ok(took) => findings.ok(
            "disk",
            format!("1 MiB was durable after {} ms", took.as_millis()),
        ),
    }
}

/// The own node's status, if it runs and is this member's on this network; version and tip are checked beside.
async fn own_status(
    config: &Configured,
    path: &Path,
    genesis: Option<&Genesis>,
    findings: &mut Findings,
) -> Option<Status> {
    let asked = Api::configured(path, config, None).map_err(|error| error.to_string());
    let asked = match &asked {
        Ok(api) => probe::json(api, "/v1/status").await,
        Err(why) => Err(why.clone()),
    };
    let api = config.api();
    let status: Status = match asked {
        Ok(status) => status,
        Err(why) => {
            findings.warn(
                "node",
                format!("the own node does not answer: {why}"),
                "start it, if it should run",
            );
            return None;
        }
    };
    let network = genesis.map(|genesis| hex::encode(genesis.digest().0));
    if status.member != config.member() || network.is_some_and(|id| id != status.network) {
        findings.fail(
            "node",
            format!(
                "{api} is the node of member {} of another network, or of another member",
                status.member
            ),
            "two networks share an address: give each its own",
        );
        return None;
    }
    let height = status.height;
    findings.ok("node", format!("it answers at {api}, height {height}"));
    let own = env!("CARGO_PKG_VERSION");
    match status.version == own {
        true => findings.ok("version", format!("{own}, the running node too")),
        false => findings.warn(
            "version",
            format!("this program is {own}, the running node {}", status.version),
            "start the node again to run what is installed",
        ),
    }
    Some(status)
}

async fn check_ports(config: &Configured, path: &Path, node_runs: bool, findings: &mut Findings) {
    for (key, address) in config.listens() {
        let held = match TcpListener::bind(address) {
            Ok(_) => false,
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => true,
            Err(error) => {
                findings.fail(
                    key,
                    format!("{address} cannot be listened at: {error}"),
                    "name an address of this machine and a port above 1023",
                );
                continue;
            }
        };
        let ours = match config {
            Configured::Node(_) => node_runs,
            Configured::Gateway(gateway) => held && answers_as_gateway(key, gateway, path).await,
        };
        match (held, ours) {
            (true, true) => findings.ok(key, format!("{address} is held by our own process")),
            (false, false) => findings.ok(key, format!("{address} is free")),
            (true, false) => findings.fail(
                key,
                format!("{address} is held by another program"),
                "find it with `ss -ltnp`; stop it, or take another port and announce it",
            ),
            (false, true) => findings.fail(
                key,
                format!("the node runs and does not listen at {address}"),
                "it was started with another configuration: start it again",
            ),
        }
    }
}

/// Whether our gateway holds the address of `key`: it says what a gateway says, and proves our key where it must.
async fn answers_as_gateway(key: &str, gateway: &GatewayConfig, path: &Path) -> bool {
    let own = own_key(path, &Configured::Gateway(gateway.clone()));
    if key == "vault" {
        let Ok(api) = Api::new(&gateway.vault.to_string(), own.as_ref()) else {
            return false;
        };
        // The vault has no page of its own; whoever speaks HTTP there with a date is taken for it.
        return probe::ahead_ms(&api).await.is_ok();
    }
    if let (Some(at), "metrics") = (gateway.metrics, key) {
        let Ok(api) = Api::new(&at.to_string(), None) else {
            return false;
        };
        let reply = probe::get(&api, "/metrics").await.map(|reply| reply.body);
        let mark = b"amanat_gateway_ready";
        return reply.is_ok_and(|body| body.windows(mark.len()).any(|part| part == mark));
    }
    let door = gateway.listen.to_string();
    let Ok(api) = Api::new(&door, None) else {
        return false;
    };
    // A door with a certificate says to a plain question that it speaks TLS, in an outcome of FHIR.
    let (page, kind) = match gateway.has_certificate() {
        true => ("/", "OperationOutcome"),
        false => ("/metadata", "CapabilityStatement"),
    };
    let reply = probe::get(&api, page).await.map(|reply| reply.body);
    let said = reply
        .ok()
        .and_then(|body| serde_json::from_slice::<serde_json::Value>(&body).ok());
    said.is_some_and(|page| page.get("resourceType").is_some_and(|found| found == kind))
}

async fn check_peers(config: &Configured, path: &Path, validators: usize, findings: &mut Findings) {
    let others = match config.others(path) {
        Ok(others) => others,
        Err(error) => {
            let todo = "amanat config check says more";
            return findings.fail("peers", error.to_string(), todo);
        }
    };
    let mut reached = BTreeSet::new();
    let mut nodes = 0;
    for (member, what, address) in others {
        let found = format!("{what} of member {member} at {address}");
        nodes += usize::from(what == "node");
        match probe::connects(&address).await {
            Taken::Yes => {
                if what == "node" {
                    reached.insert(member);
                }
                findings.ok("peer", format!("{found} takes connections"));
            }
            Taken::AndEnded => {
                let todo =
                    "if that is a relay, it has no line to the member: ask whoever runs the two";
                findings.warn(
                    "peer",
                    format!("{found} takes connections and ends them"),
                    todo,
                );
            }
            Taken::Not => {
                let todo = "theirs is down, the line is cut, a firewall is between, or the address is old: ask them";
                findings.warn("peer", format!("{found} is not reached"), todo);
            }
        }
    }
    let quorum = validators - validators.saturating_sub(1) / 3;
    let reached = reached.len();
    if nodes > 0 && reached + 1 < quorum {
        findings.fail(
            "quorum",
            format!("{reached} other nodes are reached; {quorum} of {validators}, this one included, are needed"),
            "without them nothing becomes final; if all others say the same of you, the fault is here",
        );
    }
}

/// Whether f + 1 members keep the transactions of all blocks: their custodians say whether theirs do.
async fn check_blocks(
    config: &Configured,
    path: &Path,
    validators: usize,
    findings: &mut Findings,
) {
    let (mut keep, mut not) = (Vec::new(), Vec::new());
    let mut note = |member: u16, said: Option<bool>| match said {
        Some(true) if !keep.contains(&member) => keep.push(member),
        Some(false) if !not.contains(&member) => not.push(member),
        _ => {}
    };
    let mut asked = false;
    for (member, api) in doors(config, path) {
        let page: Result<serde_json::Value, String> = probe::json(&api, "/healthz").await;
        let said = page
            .ok()
            .and_then(|page| page.get("keeps_all_blocks")?.as_bool());
        asked |= said.is_some();
        note(member, said);
    }
    note(config.member(), own_blocks(config, path).await);
    if !asked {
        // The others are down, which stands above, or their programs are older.
        return;
    }
    let need = validators.saturating_sub(1) / 3 + 1;
    let numbers: Vec<String> = keep.iter().map(u16::to_string).collect();
    let found = format!(
        "{} members say that they keep the transactions of all blocks ({}); {need} are needed",
        keep.len(),
        numbers.join(", ")
    );
    if keep.len() >= need {
        return findings.ok("blocks", found);
    }
    let silent = validators.saturating_sub(keep.len() + not.len());
    let todo = "agree on who sets blocks = \"all\" on an empty disk: a ledger that nobody keeps whole can never be replayed from genesis";
    findings.warn("blocks", format!("{found}; {silent} did not say"), todo);
}

/// Whether the own node keeps all blocks: by its configuration, and because it has the first.
async fn own_blocks(config: &Configured, path: &Path) -> Option<bool> {
    let Configured::Node(node) = config else {
        return None;
    };
    let api = Api::configured(path, config, None).ok()?;
    let reply = probe::get(&api, "/v1/blocks/1").await.ok()?;
    Some(reply.status.is_success() && matches!(node.blocks, crate::config::Blocks::All))
}

/// Vaults and custodians of other members, for the date that they say.
fn doors(config: &Configured, path: &Path) -> Vec<(u16, Api)> {
    let asked = |(member, at, key): (u16, Reach, Option<PublicKey>)| {
        let api = Api::new(&at.to_string(), key.as_ref());
        Some((member, api.ok()?))
    };
    if let Configured::Gateway(gateway) = config {
        let doors = member_doors(path, gateway).unwrap_or_default();
        let genesis = genesis_file::read(&config.genesis(path)).ok();
        let others = doors
            .into_iter()
            .filter(|door| door.member != config.member());
        let both = others.flat_map(|door| {
            let named = door.key.as_deref().and_then(PublicKey::from_hex);
            let founding = || founding_key(genesis.as_ref()?, door.member);
            let key = named.or_else(founding);
            [door.vault, door.custodian].map(|at| (door.member, at, key))
        });
        return both.filter_map(asked).collect();
    }
    let folder = config.members_folder(path);
    let files = folder.and_then(|folder| member_file::read_folder(&folder).ok());
    let files = files.unwrap_or_default().into_values();
    let others = files.filter(|file| file.member != config.member());
    let both = others.flat_map(|file| {
        let key = PublicKey::from_hex(&file.vault);
        [file.custodian_at, file.vault_at].map(|at| (file.member, at, key))
    });
    both.filter_map(asked).collect()
}

async fn check_clock(
    config: &Configured,
    path: &Path,
    own: Option<&Status>,
    findings: &mut Findings,
) {
    let before = findings.checks.len();
    if let Some(status) = own.filter(|status| status.height > 0) {
        check_tip(status, findings);
    }
    let mut asked = Vec::new();
    let mut far = Vec::new();
    for (member, api) in doors(config, path) {
        if asked.contains(&member) {
            continue;
        }
        let Ok(ahead) = probe::ahead_ms(&api).await else {
            continue;
        };
        asked.push(member);
        let skew = ahead.unsigned_abs();
        let way = if ahead > 0 { "ahead of" } else { "behind" };
        let found = format!("member {member} is {} {way} us", clock::span(skew));
        if skew > SKEW_FAIL_MS {
            far.push(member);
        }
        match skew > SKEW_WARN_MS {
            true => findings.warn("clock", found, CLOCK),
            false => findings.ok("clock", format!("{found}, within what can be measured")),
        }
    }
    if !far.is_empty() && far.len() * 2 > asked.len() {
        let found = format!(
            "{} of {} members differ from us: ours is wrong",
            far.len(),
            asked.len()
        );
        findings.fail("clock", found, CLOCK);
    }
    if findings.checks.len() == before {
        findings.unknown(
            "clock",
            "nobody answers whose clock could be compared",
            "run this again when the own node and other members run",
        );
    }
}

/// The tip of the own node against the own clock.
fn check_tip(status: &Status, findings: &mut Findings) {
    let now = crate::now_ms().get();
    let age = now.saturating_sub(status.time_ms);
    let ahead = status.time_ms.saturating_sub(now);
    if ahead > SKEW_WARN_MS {
        let found = format!(
            "the tip is {} in the future: our clock is behind",
            clock::span(ahead)
        );
        findings.fail("clock", found, CLOCK);
    } else if age > limits::RECENCY_MS_MAX {
        let found = format!("the finalised tip is {} old", clock::span(age));
        findings.warn("tip", found, "amanat why-stalled says why");
    } else {
        findings.ok("tip", format!("{} old by our clock", clock::span(age)));
    }
}
