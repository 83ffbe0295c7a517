//! Releases judged as a node judges them: what stands of a release in `decision` of the contracts' benches, with what the node reads in place of
//! maps. Signatures, the API and encryption are not in it.
//!
//! `from the databases` reads from those on a disk. `from memory` is what the desk does with requests of which the cache has all values: it
//! hashes keys, finds encoded values in two rounds, decodes and decides.
//!
//! Each patient has seven values and a bit, of which a release reads the ticket, the record, the grant and the restrictions, beside the roster and the
//! reader's jurisdiction. Patients are asked about in no order, so every value of a patient is one that was not read for as many releases as
//! there are patients. `one by one` is how requests come to an idle node; `64 together` is how a busy one judges those that wait, and reads the calls of a
//! block.
//!
//! `CACHE_MIB` is the node's cache (default 256), `PATIENTS` how many there are (default 1000,10000,100000; a million take a minute and 4 GB of
//! disk to write). Every patient is asked about once before it is measured, so that the cache holds what it can.
#![recursion_limit = "512"]
mod encoded;
#[expect(dead_code, reason = "questions of other kinds are the other bench's")]
#[path = "../../../contracts/benches/decision/world.rs"]
mod world;

use amanat_contracts::release::{Tip, basis_keys, first_keys, judge, ticket};
use amanat_node::Cache;
use amanat_node::release::{TOGETHER, together};
use amanat_node::store::{self, Databases, Loaded};
use amanat_node::tip_cache::TipCache;
use amanat_types::block::{Header, Roster};
use amanat_types::wire::{ReleaseAnswer, ReleaseQuestion};
use amanat_types::{Digest, Height, StateKey};
use commonware_cryptography::{Signer as _, ed25519};
use commonware_glue::stateful::db::DatabaseSet as _;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_runtime::{Runner as _, Supervisor as _, tokio as runtime};
use commonware_utils::NZU16;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use encoded::encoded;
use futures::executor::block_on;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::unconstrained;
use world::{NOW, READER, World};

type State = Databases<runtime::Context>;
type Writes = BTreeMap<StateKey, Option<Vec<u8>>>;

/// Patients that are written at once.
const WRITTEN: usize = 1_000;
const PRACTITIONERS: usize = 1_000;
/// How many are asked for in one go.
const TIMES: [(&str, usize); 2] = [("one by one", 1), ("64 together", TOGETHER)];
/// Calls that are parsed before they are answered.
const PARSED: BatchSize = BatchSize::NumIterations(8);

async fn written(databases: &State, patients: usize) -> Vec<ReleaseQuestion> {
    let mut all = Vec::new();
    for from in (0..patients).step_by(WRITTEN) {
        let until = (from + WRITTEN).min(patients);
        let (world, asked) = World::of(from..until, PRACTITIONERS);
        let mut writes = Writes::new();
        let requests = encoded(&world, &asked, &mut |key, value| {
            writes.insert(key, Some(value));
        });
        all.extend(requests.into_iter().map(|request| ReleaseQuestion {
            requester: READER,
            request,
        }));
        let batches = databases.new_batches().await;
        let keys = writes.keys().copied().collect();
        let (_, stage) = store::load(batches, keys).await.unwrap();
        let (sealed, _) = store::seal(stage, &writes).await.unwrap();
        databases.apply(sealed).await;
        databases.finalize().await.durable().await;
    }
    all
}

/// How many of `questions`, which are read for together, are answered with a release, and what was read.
async fn released(databases: &State, questions: &[&ReleaseQuestion]) -> (usize, Loaded) {
    let requests = questions.iter().map(|question| &question.request);
    let read = async |keys: Vec<StateKey>| {
        let read = store::values(databases, &keys, |_, _| true).await;
        read.unwrap().unwrap()
    };
    let first = requests.clone().flat_map(first_keys).collect();
    let mut loaded = read(first).await;
    let tickets = requests
        .clone()
        .map(|request| ticket(request, &loaded).unwrap().unwrap());
    let tickets: Vec<_> = tickets.collect();
    loaded.append(&mut read(tickets.iter().flat_map(basis_keys).collect()).await);
    let tip = Tip {
        height: Height::new(2),
        time_ms: NOW,
    };
    let all = requests.zip(&tickets);
    let lawful = all.filter(|(request, ticket)| {
        judge(request, READER, tip, NOW, Some(ticket), &loaded).is_ok()
    });
    let count = lawful.count();
    (count, loaded)
}

/// How many of `questions` are answered with a release, all of them from memory.
fn answered<'q>(cache: &TipCache, questions: impl Iterator<Item = &'q ReleaseQuestion>) -> usize {
    let answers = together(cache, questions, NOW);
    let released = |answer: &Option<_>| matches!(answer, Some(Ok(ReleaseAnswer::Released(_))));
    answers.iter().filter(|answer| released(answer)).count()
}

/// A header at which tickets may be used.
fn header() -> Header {
    let roster = Roster::new(vec![ed25519::PrivateKey::from_seed(1).public_key()]).unwrap();
    let mut header = Header::genesis(Digest::from([1; 32]), NOW, 1, &roster);
    header.height = Height::new(2);
    header
}

/// Patients, what of them is in memory, and questions that are answered from there.
type Near = (usize, TipCache, Vec<ReleaseQuestion>);

/// Questions about patients in no order.
fn some<'q>(of: &'q [ReleaseQuestion], at: &mut usize, count: usize) -> Vec<&'q ReleaseQuestion> {
    let next = |_| {
        *at = (*at + 611_953) % of.len();
        &of[*at]
    };
    (0..count).map(next).collect()
}

async fn from_databases(
    c: &mut Criterion,
    context: runtime::Context,
    (patients, cache_mib): (usize, u32),
) -> Near {
    let room = Cache::of_mib(cache_mib);
    let pages = CacheRef::new(NZU16!(4084), room.pages);
    let config = store::config::<runtime::Context>("bench", &pages);
    let databases: State = Databases::init(context.child("state"), config, None).await;
    let questions = written(&databases, patients).await;
    let (cache, header) = (TipCache::new(room.value_bytes), header());
    cache.advance(Arc::new(header.clone()), &Writes::new());
    for some in questions.chunks(1024) {
        let some: Vec<_> = some.iter().collect();
        let (count, loaded) = released(&databases, &some).await;
        assert_eq!(count, some.len());
        cache.fill(&header, &loaded);
    }
    let mut group = c.benchmark_group(format!(
        "release from the databases, cache of {cache_mib} MiB"
    ));
    let mut at = 0;
    for (name, count) in TIMES {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new(name, patients), |b| {
            b.iter_custom(|times| {
                let asked = (0..times).map(|_| some(&questions, &mut at, count));
                let asked: Vec<_> = asked.collect();
                let started = Instant::now();
                for some in &asked {
                    // All of it is one poll of the runtime's task, which else had to give way.
                    let released = unconstrained(released(&databases, some));
                    assert_eq!(block_on(released).0, count);
                }
                started.elapsed()
            });
        });
    }
    group.finish();
    let near = questions.into_iter();
    let near: Vec<_> = near
        .filter(|asked| answered(&cache, std::iter::once(asked)) == 1)
        .collect();
    println!("{} of {patients} patients are in memory", near.len());
    (patients, cache, near)
}

/// One state beside the other, so that all of them meet the same hour of the machine.
fn from_memory(c: &mut Criterion, cache_mib: u32, states: &[Near]) {
    let mut group = c.benchmark_group(format!("release from memory, cache of {cache_mib} MiB"));
    for (name, count) in TIMES {
        for (patients, cache, questions) in states {
            let mut at = 0;
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(BenchmarkId::new(name, patients), |b| {
                // Whoever asks has just been parsed, and is near the processor.
                let parsed = || -> Vec<ReleaseQuestion> {
                    let some = some(questions, &mut at, count);
                    some.into_iter().cloned().collect()
                };
                let answered = |asked: &mut Vec<ReleaseQuestion>| {
                    assert_eq!(answered(cache, asked.iter()), count);
                };
                b.iter_batched_ref(parsed, answered, PARSED);
            });
        }
    }
    group.finish();
}

fn setting<T: std::str::FromStr>(name: &str, usual: &str) -> Vec<T> {
    let said = std::env::var(name).unwrap_or_else(|_| usual.to_owned());
    let values = said.split(',').map(str::parse::<T>);
    values
        .map(|value| value.unwrap_or_else(|_| panic!("{name} is numbers with commas between them")))
        .collect()
}

fn benches(c: &mut Criterion) {
    for cache_mib in setting("CACHE_MIB", "256") {
        let states = setting("PATIENTS", "1000,10000,100000").into_iter();
        let states = states.map(|patients| {
            let name = format!("amanat-bench-{}-{patients}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            let config = runtime::Config::new().with_storage_directory(&folder);
            let runner = runtime::Runner::new(config);
            let near = runner.start(|context| from_databases(c, context, (patients, cache_mib)));
            std::fs::remove_dir_all(&folder).unwrap();
            near
        });
        let states: Vec<Near> = states.collect();
        from_memory(c, cache_mib, &states);
    }
}

criterion_group!(all, benches);
criterion_main!(all);
