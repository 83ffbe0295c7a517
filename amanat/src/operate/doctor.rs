//! `amanat doctor`: what commonly keeps a member from running, checked one by one, each with what to do about it.
use super::{clock, disk, probe};
use crate::config::ConfigError;
use crate::config::check::{Configured, check_genesis, check_keys};
use crate::finding::Findings;
use crate::member_file;
use amanat_types::genesis::Genesis;
use amanat_types::limits;
use amanat_types::wire::Status;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

/// Free bytes below which a member should not go on, and below which somebody should look.
const FREE_FAIL: u64 = 1024 * 1024 * 1024;
const FREE_WARN: u64 = 10 * FREE_FAIL;
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
    check_keys(&config.keys(path), &mut findings);
    let genesis = check_genesis(&config, path, &mut findings);
    check_disk(&config.data(path), &mut findings);
    let own = own_status(&config, genesis.as_ref(), &mut findings).await;
    check_ports(&config, own.is_some(), &mut findings).await;
    if let Some(genesis) = &genesis {
        let validators = own.as_ref().map(|status| status.validators);
        let validators = validators.and_then(|count| usize::try_from(count).ok());
        // A node that runs knows how many there are now; else there are as many as at the start.
        let validators = validators.unwrap_or_else(|| genesis.validators().len());
        check_peers(&config, path, validators, &mut findings).await;
        check_clock(&config, path, own.as_ref(), &mut findings).await;
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
        Some(free) if free < FREE_FAIL => findings.fail(
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
    genesis: Option<&Genesis>,
    findings: &mut Findings,
) -> Option<Status> {
    let api = config.api().to_string();
    let status: Status = match probe::json(&api, "/v1/status").await {
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

async fn check_ports(config: &Configured, node_runs: bool, findings: &mut Findings) {
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
            Configured::Gateway(_) => held && answers_as_gateway(key, address).await,
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

async fn answers_as_gateway(key: &str, address: SocketAddr) -> bool {
    match key {
        // The vault has no page of its own; whoever speaks HTTP there with a date is taken for it.
        "vault" => probe::ahead_ms(address).await.is_ok(),
        _ => probe::json::<serde_json::Value>(&address.to_string(), "/metadata")
            .await
            .is_ok_and(|page| {
                page.get("resourceType")
                    .is_some_and(|kind| kind == "CapabilityStatement")
            }),
    }
}

async fn check_peers(config: &Configured, path: &Path, validators: usize, findings: &mut Findings) {
    let others = match config.others(path) {
        Ok(others) => others,
        Err(error) => {
            let todo = "amanat config check says more";
            return findings.fail("peers", error.to_string(), todo);
        }
    };
    let mut reached = 0;
    let mut nodes = 0;
    for (member, what, address) in others {
        let found = format!("{what} of member {member} at {address}");
        nodes += usize::from(what == "node");
        if probe::connects(address).await {
            reached += usize::from(what == "node");
            findings.ok("peer", format!("{found} takes connections"));
        } else {
            let todo = "theirs is down, the line is cut, a firewall is between, or the address is old: ask them";
            findings.warn("peer", format!("{found} is not reached"), todo);
        }
    }
    let quorum = validators - validators.saturating_sub(1) / 3;
    if nodes > 0 && reached + 1 < quorum {
        findings.fail(
            "quorum",
            format!("{reached} other nodes are reached; {quorum} of {validators}, this one included, are needed"),
            "without them nothing becomes final; if all others say the same of you, the fault is here",
        );
    }
}

/// Addresses of other members that speak HTTP, for the date that they say.
fn doors(config: &Configured, path: &Path) -> Vec<(u16, SocketAddr)> {
    let Configured::Node(node) = config else {
        let others = config.others(path).unwrap_or_default();
        return others
            .into_iter()
            .map(|(member, _, at)| (member, at))
            .collect();
    };
    let Some(folder) = &node.members_folder else {
        return Vec::new();
    };
    let files = member_file::read_folder(&crate::config::beside(path, folder));
    let files = files.unwrap_or_default().into_values();
    let others = files.filter(|file| file.member != node.member);
    others
        .flat_map(|file| {
            [
                (file.member, file.custodian_at),
                (file.member, file.vault_at),
            ]
        })
        .collect()
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
    for (member, address) in doors(config, path) {
        if asked.contains(&member) {
            continue;
        }
        let Ok(ahead) = probe::ahead_ms(address).await else {
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
