//! Releases judged from a node's own databases, on a disk: what stands of a release in `decision` of the contracts' benches, with the store
//! in place of maps. Signatures, the API and encryption are not in it.
//!
//! Each patient has seven values and a bit, of which a release reads the ticket, the record, the grant and the restrictions, beside the roster and the
//! reader's jurisdiction. Patients are asked about in no order, so every value of a patient is one that was not read for as many releases as
//! there are patients. `one by one` is how requests come; `64 together` reads for 64 in one batch, as a block's calls are read.
//!
//! `CACHE_MIB` is the node's cache (default 256), `PATIENTS` how many there are (default 1000,10000,100000; a million take a minute and 4 GB of
//! disk to write). Every patient is asked about once before it is measured, so that the cache holds what it can.
#![recursion_limit = "512"]
#[path = "../../contracts/benches/decision/encoded.rs"]
mod encoded;
#[expect(dead_code, reason = "questions of other kinds are the other bench's")]
#[path = "../../contracts/benches/decision/world.rs"]
mod world;

use amanat_contracts::release::{Tip, basis_keys, first_keys, judge, ticket};
use amanat_node::store::{self, Databases};
use amanat_types::release::ReleaseRequest;
use amanat_types::{Height, StateKey};
use commonware_glue::stateful::db::DatabaseSet as _;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_runtime::{Runner as _, Supervisor as _, tokio as runtime};
use commonware_utils::NZU16;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use encoded::encoded;
use futures::executor::block_on;
use std::collections::BTreeMap;
use std::time::Instant;
use tokio::task::unconstrained;
use world::{NOW, READER, World};

type State = Databases<runtime::Context>;
type Writes = BTreeMap<StateKey, Option<Vec<u8>>>;

/// Patients that are written at once.
const WRITTEN: usize = 1_000;
const PRACTITIONERS: usize = 1_000;

async fn written(databases: &State, patients: usize) -> Vec<ReleaseRequest> {
    let mut all = Vec::new();
    for from in (0..patients).step_by(WRITTEN) {
        let until = (from + WRITTEN).min(patients);
        let (world, asked) = World::of(from..until, PRACTITIONERS);
        let mut writes = Writes::new();
        all.extend(encoded(&world, &asked, &mut |key, value| {
            writes.insert(key, Some(value));
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

/// How many of `requests`, which are read for together, may be released.
async fn released(databases: &State, requests: &[&ReleaseRequest]) -> usize {
    let read = async |keys: Vec<StateKey>| {
        let read = store::values(databases, &keys, |_, _| true).await;
        read.unwrap().unwrap()
    };
    let first = requests.iter().copied().flat_map(first_keys).collect();
    let mut loaded = read(first).await;
    let tickets = requests
        .iter()
        .map(|request| ticket(request, &loaded).unwrap().unwrap());
    let tickets: Vec<_> = tickets.collect();
    loaded.append(&mut read(tickets.iter().flat_map(basis_keys).collect()).await);
    let tip = Tip {
        height: Height::new(2),
        time_ms: NOW,
    };
    let all = requests.iter().zip(&tickets);
    let lawful = all.filter(|(request, ticket)| {
        judge(request, READER, tip, NOW, Some(ticket), &loaded).is_ok()
    });
    lawful.count()
}

async fn measured(
    c: &mut Criterion,
    context: runtime::Context,
    (patients, cache_mib): (usize, u32),
) {
    let cache = CacheRef::new(NZU16!(4084), amanat_node::cache_pages(cache_mib));
    let config = store::config::<runtime::Context>("bench", &cache);
    let databases: State = Databases::init(context.child("state"), config, None).await;
    let requests = written(&databases, patients).await;
    for some in requests.chunks(1024) {
        let some: Vec<_> = some.iter().collect();
        assert_eq!(released(&databases, &some).await, some.len());
    }
    let mut at = 0;
    let mut some = |count: usize| -> Vec<&ReleaseRequest> {
        let next = |_| {
            at = (at + 611_953) % patients;
            &requests[at]
        };
        (0..count).map(next).collect()
    };
    let mut group = c.benchmark_group(format!(
        "release from the databases, cache of {cache_mib} MiB"
    ));
    for (name, count) in [("one by one", 1), ("64 together", 64)] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new(name, patients), |b| {
            b.iter_custom(|times| {
                let asked: Vec<_> = (0..times).map(|_| some(count)).collect();
                let started = Instant::now();
                for some in &asked {
                    // All of it is one poll of the runtime's task, which else had to give way.
                    let released = unconstrained(released(&databases, some));
                    assert_eq!(block_on(released), count);
                }
                started.elapsed()
            });
        });
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
        for patients in setting("PATIENTS", "1000,10000,100000") {
            let name = format!("amanat-bench-{}-{patients}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            let config = runtime::Config::new().with_storage_directory(&folder);
            let runner = runtime::Runner::new(config);
            runner.start(|context| measured(c, context, (patients, cache_mib)));
            std::fs::remove_dir_all(&folder).unwrap();
        }
    }
}

criterion_group!(all, benches);
criterion_main!(all);
