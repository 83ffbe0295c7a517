//! `amanat-lab bench ledger`: pre-signed deposits through the HTTP interface of N node processes, open-loop.
//!
//! Each transaction has a time at which it is meant to be sent; latency counts from that time to the moment at which a
//! follower of the first node sees it final, so a slow ledger cannot hide behind a waiting sender. Only
//! accepted, finalised deposits count. The load generator shares the machine with the nodes: whole-machine throughput stands
//! beside CPU time for each record and replica, and beside what one signature check and one fdatasync cost here and now.
use super::load::{self, Shape};
use super::nodes::{Basis, Nodes};
use super::{LabError, join, machine};
use crate::config::cache::CacheMib;
use crate::layout::Plan;
use amanat_client::{Ledger as _, NodeClient};
use amanat_types::wire::Submitted;
use amanat_types::{Height, Transaction, TransactionId};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Transactions offered a second when none are named: one by one, and in batches.
const RATE_SINGLE: f64 = 4_500.0;
const RATE_RECORDS: f64 = 14_000.0;
/// How often due transactions are sent.
const TICK: Duration = Duration::from_millis(5);
/// How long one part of the load lasts at most: its transactions are signed before, for 600 blocks, which are 30 s at the least.
const PART_SECONDS: u64 = 25;
/// How long after the last sending the ledger may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What to measure.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Members, each a validator.
    pub validators: usize,
    /// How long the load lasts.
    pub seconds: u64,
    /// Deposits in a transaction.
    pub batch: usize,
    /// Transactions offered a second.
    pub rate: Option<f64>,
    /// Whether a node joins the ledger anew afterwards.
    pub join: bool,
    /// For how many seconds a node is away afterwards.
    pub away: Option<u64>,
    /// Blocks whose changes of the state the nodes keep; without it as many as usual.
    pub state_blocks: Option<u32>,
    /// Memory of each node for pages of the ledger's files, in MiB; without it as usual.
    pub cache_mib: Option<u32>,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Transactions that became final and accepted, a second.
    pub tx_per_s: f64,
    /// Records, a second.
    pub records_per_s: f64,
    /// Half of the transactions were final within this, from their intended time.
    pub latency_ms_p50: f64,
    /// 99 in 100 were.
    pub latency_ms_p99: f64,
    /// CPU time of a node process for one record, mean over the nodes.
    pub cpu_us_per_record_per_replica: f64,
    /// Disk that one node used for one record.
    pub disk_bytes_per_record: f64,
    /// What stays on a node with `blocks = "recent"` once it has dropped what it may: all but `blocks` and `blocks_of_this_epoch` of the
    /// parts. With `--state-blocks` it is read when the network has rested for so many blocks, so that what a pause drops is dropped.
    pub disk_bytes_per_record_pruned: f64,
    /// The same by what the files hold: `docs/operate/disk.md`.
    pub disk_parts: BTreeMap<&'static str, f64>,
    /// Largest resident memory of a node.
    pub memory_bytes_max: u64,
    /// One Ed25519 check alone on this machine.
    pub verify_us: f64,
    /// One durable 4 KiB write on this machine.
    pub fdatasync_us_p50: f64,
    /// Load average of the last minute, at the end.
    pub load_average: f64,
    /// Members.
    pub validators: usize,
    /// Memory of each node for pages of the ledger's files.
    pub cache_mib: u32,
    /// Deposits in a transaction.
    pub batch: usize,
    /// Length of the load.
    pub seconds: u64,
    /// Transactions offered a second.
    pub offered_tx_per_s: f64,
    /// Transactions sent.
    pub sent: usize,
    /// Of these, final and accepted.
    pub accepted: usize,
    /// Seconds until a node that joined anew stood at the tip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join_s: Option<f64>,
    /// Seconds until it had the receipts and events of all blocks, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join_history_s: Option<f64>,
    /// Seconds for which a node was away while the others went on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away_s: Option<u64>,
    /// Blocks that it missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away_blocks: Option<u64>,
    /// Seconds from its start until it stood at the tip again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away_back_s: Option<f64>,
}

/// Runs the measurement in a temporary folder.
pub async fn run(options: Options) -> Result<Report, LabError> {
    let rate = rate(&options)?;
    let folder = tempfile::tempdir().map_err(|source| LabError::Machine {
        what: "temporary folder".to_owned(),
        source,
    })?;
    let verify_us = machine::verify_us();
    let fdatasync_us_p50 = machine::fdatasync_us(folder.path())?;
    let cache = cache(&options)?;
    let plan = Plan {
        transaction_keys: 6,
        cache,
        ..Plan::new(options.validators)
    };
    let line = |blocks| format!("state_blocks = {blocks}\n");
    let lines = options.state_blocks.map(line).unwrap_or_default();
    let network = folder.path().join("network");
    let mut nodes = Nodes::start_with(&network, plan, &lines).await?;
    let mut bases = Vec::new();
    for at in 0..options.validators {
        bases.push(nodes.basis(at).await?);
    }
    let before = usage(&nodes)?;
    let flow = drive_all(&mut nodes, &bases, &options, rate).await?;
    let after = usage(&nodes)?;
    let rested = match options.state_blocks {
        Some(blocks) if blocks <= REST_BLOCKS_MAX => {
            rest(&nodes, u64::from(blocks)).await?;
            usage(&nodes)?
        }
        _ => usage(&nodes)?,
    };
    let records = (flow.latencies.len() * options.batch).max(1) as f64;
    let replicas = options.validators as f64;
    let mut latencies = flow.latencies;
    let joined = match options.join {
        true => Some(join::measure(&mut nodes).await?),
        false => None,
    };
    let back = match options.away {
        Some(seconds) => Some(join::away(&mut nodes, seconds).await?),
        None => None,
    };
    Ok(Report {
        tx_per_s: latencies.len() as f64 / flow.elapsed.as_secs_f64(),
        records_per_s: records / flow.elapsed.as_secs_f64(),
        latency_ms_p50: machine::percentile(&mut latencies, 50.0),
        latency_ms_p99: machine::percentile(&mut latencies, 99.0),
        cpu_us_per_record_per_replica: flow.cpu.as_secs_f64() * 1e6 / replicas / records,
        disk_bytes_per_record: after.disk.saturating_sub(before.disk) as f64 / replicas / records,
        disk_bytes_per_record_pruned: pruned(&before, &rested) / replicas / records,
        disk_parts: parts(&before.parts, &after.parts, replicas * records),
        memory_bytes_max: after.memory,
        verify_us,
        fdatasync_us_p50,
        load_average: machine::load_average(),
        validators: options.validators,
        cache_mib: cache.into(),
        batch: options.batch,
        seconds: options.seconds,
        offered_tx_per_s: rate,
        sent: flow.sent,
        accepted: latencies.len(),
        join_s: joined.map(|joined| joined.tip.as_secs_f64()),
        join_history_s: joined.map(|joined| joined.history.as_secs_f64()),
        away_s: back.and(options.away),
        away_blocks: back.map(|back| back.blocks),
        away_back_s: back.map(|back| back.took.as_secs_f64()),
    })
}

/// What each node gets of memory, if that may be.
fn cache(options: &Options) -> Result<CacheMib, LabError> {
    let Some(mib) = options.cache_mib else {
        return Ok(CacheMib::default());
    };
    CacheMib::try_from(mib).map_err(|rule| LabError::Option(format!("--cache-mib {mib}: {rule}")))
}

/// Transactions to offer a second, if the options can be met.
fn rate(options: &Options) -> Result<f64, LabError> {
    if options.batch == 0 || options.batch > amanat_types::limits::CALLS_MAX {
        return Err(LabError::Option(format!(
            "--batch {}: 1 to {} deposits fit a transaction",
            options.batch,
            amanat_types::limits::CALLS_MAX
        )));
    }
    let rate = options.rate.unwrap_or(match options.batch {
        1 => RATE_SINGLE,
        batch => RATE_RECORDS / batch as f64,
    });
    if !(rate > 0.0 && rate <= 1_000_000.0) {
        return Err(LabError::Option("--rate must be above 0".to_owned()));
    }
    Ok(rate)
}

fn first(nodes: &Nodes) -> Result<&NodeClient, LabError> {
    nodes
        .clients
        .first()
        .ok_or_else(|| LabError::Ledger("there is no node".to_owned()))
}

/// Blocks of rest at most: an idle network makes one a second.
const REST_BLOCKS_MAX: u32 = 600;
/// Nodes drop old changes of the state each so many blocks.
const PRUNE_BLOCKS: u64 = 16;

/// Waits until nothing of the load is among the changes that a node keeps.
async fn rest(nodes: &Nodes, blocks: u64) -> Result<(), LabError> {
    let node = first(nodes)?;
    let until = node.status().await?.height + blocks + 2 * PRUNE_BLOCKS;
    while node.status().await?.height < until {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

const BLOCKS: &str = "blocks";
const BLOCKS_OF_THIS_EPOCH: &str = "blocks_of_this_epoch";

/// What a partition of the ledger holds.
fn part(partition: &str) -> &'static str {
    let rest = partition.strip_prefix("amanat-").unwrap_or(partition);
    let kinds = [
        ("rec-", "state_records"),
        ("body-", "state_bodies"),
        ("blocks-", BLOCKS),
        ("certificates-", "certificates"),
        ("marshal-", BLOCKS_OF_THIS_EPOCH),
        ("outcomes-", "receipts_and_events"),
        ("transactions-", "index"),
        ("headers-", "headers"),
        ("boundaries-", "headers"),
        ("simplex-", "votes"),
    ];
    let found = kinds.iter().find(|(prefix, _)| rest.starts_with(prefix));
    found.map_or("other", |(_, kind)| kind)
}

/// Bytes of each part that came on top, for each record and replica.
fn parts(
    before: &BTreeMap<&'static str, u64>,
    after: &BTreeMap<&'static str, u64>,
    records: f64,
) -> BTreeMap<&'static str, f64> {
    let more = |(name, bytes): (&&'static str, &u64)| {
        let more = bytes.saturating_sub(before.get(name).copied().unwrap_or(0));
        (*name, (more as f64 / records * 10.0).round() / 10.0)
    };
    after.iter().map(more).collect()
}

/// Bytes that came on top and stay when the blocks are dropped.
fn pruned(before: &Usage, after: &Usage) -> f64 {
    let dropped = |usage: &Usage| -> u64 {
        let parts = [BLOCKS, BLOCKS_OF_THIS_EPOCH].into_iter();
        parts.filter_map(|part| usage.parts.get(part)).sum()
    };
    let kept = |usage: &Usage| usage.disk.saturating_sub(dropped(usage));
    kept(after).saturating_sub(kept(before)) as f64
}

/// Processor time of all nodes so far.
fn cpu(nodes: &Nodes) -> Result<Duration, LabError> {
    let each = nodes.processes.iter();
    each.map(|process| machine::cpu_time(process.id())).sum()
}

struct Usage {
    disk: u64,
    parts: BTreeMap<&'static str, u64>,
    memory: u64,
}

fn usage(nodes: &Nodes) -> Result<Usage, LabError> {
    let mut usage = Usage {
        disk: 0,
        parts: BTreeMap::new(),
        memory: 0,
    };
    for (process, place) in nodes.processes.iter().zip(&nodes.layout.places) {
        usage.memory = usage.memory.max(machine::memory_max(process.id())?);
        let folder = nodes.layout.member_dir(place.member).join("node");
        usage.disk += machine::disk_bytes(&folder)?;
        for (partition, bytes) in machine::disk_bytes_each(&folder.join("ledger"))? {
            *usage.parts.entry(part(&partition)).or_default() += bytes;
        }
    }
    Ok(usage)
}

/// Sends the load in parts, each signed when the one before is final: a transaction lives for so many blocks only.
async fn drive_all(
    nodes: &mut Nodes,
    bases: &[Basis],
    options: &Options,
    rate: f64,
) -> Result<Flow, LabError> {
    let mut all = Flow::default();
    let mut left = options.seconds;
    let mut sent = 0;
    while left > 0 {
        let seconds = left.min(PART_SECONDS);
        left -= seconds;
        let shape = Shape {
            first: sent,
            transactions: (rate * seconds as f64).ceil() as usize,
            batch: options.batch,
        };
        sent += shape.transactions;
        let tip = Height::new(first(nodes)?.status().await?.height);
        let transactions = load::sign(nodes, bases, shape, tip)?;
        let before = cpu(nodes)?;
        let flow = drive(nodes, transactions, rate).await?;
        all.cpu += cpu(nodes)?.saturating_sub(before);
        all.latencies.extend(flow.latencies);
        all.elapsed += flow.elapsed;
        all.sent = sent;
    }
    Ok(all)
}

#[derive(Default)]
struct Flow {
    /// From intended time to finality, milliseconds, of each accepted transaction.
    latencies: Vec<f64>,
    /// From the start to the last finality, of all parts.
    elapsed: Duration,
    /// Processor time of all nodes in it.
    cpu: Duration,
    /// Transactions sent.
    sent: usize,
}

/// Sends each transaction at its time and follows the first node until all are final.
async fn drive(
    nodes: &mut Nodes,
    transactions: Vec<Transaction>,
    rate: f64,
) -> Result<Flow, LabError> {
    let intended: BTreeMap<TransactionId, f64> = transactions
        .iter()
        .enumerate()
        .map(|(at, transaction)| (transaction.id(), at as f64 / rate))
        .collect();
    let follower = first(nodes)?.clone();
    let from = Height::new(follower.status().await?.height + 1);
    let start = Instant::now() + Duration::from_millis(50);
    let sending = tokio::spawn(send(nodes.clients.clone(), transactions, rate, start));
    let end = start + Duration::from_secs_f64(intended.len() as f64 / rate) + PATIENCE;
    let flow = follow(follower, from, intended, start, end).await;
    sending
        .await
        .map_err(|error| LabError::Ledger(error.to_string()))??;
    for process in &mut nodes.processes {
        process.check()?;
    }
    flow
}

async fn follow(
    follower: NodeClient,
    from: Height,
    mut waiting: BTreeMap<TransactionId, f64>,
    start: Instant,
    end: Instant,
) -> Result<Flow, LabError> {
    let mut flow = Flow::default();
    let mut from = from;
    while !waiting.is_empty() {
        if Instant::now() > end {
            return Err(LabError::Ledger(format!(
                "{} transactions are not final {} s after the last was sent",
                waiting.len(),
                PATIENCE.as_secs()
            )));
        }
        let page = follower.events(from, 64, 1_000).await?;
        from = page.next;
        let seen = Instant::now();
        for receipt in page.blocks.iter().flat_map(|block| block.receipts.iter()) {
            let Some(due) = waiting.remove(&receipt.transaction) else {
                continue;
            };
            if !receipt.is_accepted() {
                return Err(LabError::Ledger(format!(
                    "a deposit was refused: {:?}",
                    receipt.outcome
                )));
            }
            let elapsed = seen.saturating_duration_since(start);
            flow.elapsed = elapsed;
            flow.latencies.push((elapsed.as_secs_f64() - due) * 1e3);
        }
    }
    Ok(flow)
}

/// Every tick, sends what is due to the node of its member, without waiting for answers of earlier ticks.
async fn send(
    clients: Vec<NodeClient>,
    transactions: Vec<Transaction>,
    rate: f64,
    start: Instant,
) -> Result<(), LabError> {
    let count = transactions.len();
    let clients = Arc::new(clients);
    let mut queue = transactions.into_iter().enumerate().peekable();
    let mut sent = tokio::task::JoinSet::new();
    while queue.peek().is_some() {
        let now = Instant::now()
            .saturating_duration_since(start)
            .as_secs_f64();
        let mut due: BTreeMap<usize, Vec<Transaction>> = BTreeMap::new();
        while let Some((at, transaction)) = queue.next_if(|(at, _)| *at as f64 / rate <= now) {
            due.entry(at % clients.len()).or_default().push(transaction);
        }
        for (member, mut group) in due {
            while !group.is_empty() {
                let rest = group.split_off(group.len().min(256));
                let clients = Arc::clone(&clients);
                sent.spawn(async move { deliver(clients.get(member), group).await });
                group = rest;
            }
        }
        while let Some(done) = sent.try_join_next() {
            done.map_err(|error| LabError::Ledger(error.to_string()))??;
        }
        tokio::time::sleep(TICK).await;
    }
    while let Some(done) = sent.join_next().await {
        done.map_err(|error| LabError::Ledger(format!("of {count} sent: {error}")))??;
    }
    Ok(())
}

/// Hands transactions to a node; those for which its mempool has no room are offered again a little later.
async fn deliver(client: Option<&NodeClient>, mut group: Vec<Transaction>) -> Result<(), LabError> {
    let client = client.ok_or_else(|| LabError::Ledger("there is no such node".to_owned()))?;
    while !group.is_empty() {
        let answers = match client.enqueue(group.clone()).await {
            Ok(answers) => answers,
            Err(fault) if fault.is_passing() => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
            Err(fault) => return Err(fault.into()),
        };
        let mut again = Vec::new();
        for (transaction, answer) in group.into_iter().zip(answers) {
            match answer {
                Submitted::Pending(_) | Submitted::Final(_) | Submitted::TimedOut(_) => {}
                Submitted::Refused(
                    amanat_types::Refusal::MempoolFull | amanat_types::Refusal::MempoolShareFull,
                ) => again.push(transaction),
                Submitted::Refused(refusal) => {
                    return Err(LabError::Ledger(format!("not admitted: {refusal}")));
                }
            }
        }
        group = again;
        if !group.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    Ok(())
}
