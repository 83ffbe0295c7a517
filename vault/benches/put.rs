//! Puts and gets of a batch of 64 blobs of 4 KiB.
//!
//! Sketch: 64 x 4 KiB is 256 KiB: hashing twice takes under a millisecond, one fdatasync one to ten; a put is therefore
//! bound by the disk's sync, a get by the journal's.
#[path = "../../client/tests/fake/mod.rs"]
mod fake;

use amanat_client::disk::LocalDisk;
use amanat_client::fault::Failure;
use amanat_client::serve::Limits;
use amanat_client::stores::{BlobGot, Holders};
use amanat_client::wire::{PutBatch, PutItem, blob_digest};
use amanat_types::codec::List;
use amanat_types::release::ReleaseRequest;
use amanat_types::{Height, MemberId, RecordId, Refusal, TicketId};
use amanat_vault::{Config, Vault};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fake::{FakeLedger, member, network, signer};
use std::sync::Arc;

#[derive(Clone)]
struct Nobody;

impl Holders for Nobody {
    async fn copy(&self, _: MemberId, _: Vec<RecordId>) -> Result<Vec<BlobGot>, Failure> {
        Err(Refusal::BlobUnknown.into())
    }
}

fn batch(seed: u64) -> PutBatch {
    let items = (0..64u64).map(|at| {
        let mut bytes = vec![0u8; 4096 + 16];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        bytes[8..16].copy_from_slice(&at.to_be_bytes());
        let blob = blob_digest(&bytes);
        let mut record = [0u8; 16];
        record.copy_from_slice(&blob.as_bytes()[..16]);
        PutItem {
            blob,
            record: RecordId::new(record),
            wrap: List::new(vec![1; 110]).expect("short"),
            bytes: List::new(bytes).expect("a bucket"),
        }
    });
    PutBatch {
        items: List::new(items.collect()).expect("64"),
    }
}

fn bench(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let folder = tempfile::tempdir_in(".").expect("folder");
    let ledger = FakeLedger::new(3);
    let config = Config {
        folder: folder.path().to_owned(),
        network: network(),
        member: member(1),
        signer: signer(1),
        capacity_bytes: 1 << 40,
        segment_bytes: 64 << 20,
        scrub_bytes_per_s: 0,
        limits: Limits::default(),
    };
    let clock = ledger.clock();
    let vault = Vault::open(config, Arc::new(LocalDisk), ledger.clone(), Nobody, clock);
    let vault = vault.expect("opens");
    let mut group = criterion.benchmark_group("vault");
    group.throughput(Throughput::Elements(64));
    group.sample_size(30);

    let mut seed = 0u64;
    group.bench_function("put/blobs=64 size=4096", |bencher| {
        bencher.iter_batched(
            || {
                seed += 1;
                batch(seed)
            },
            |batch| {
                runtime
                    .block_on(vault.put_for(member(2), batch))
                    .expect("stored")
            },
            criterion::BatchSize::LargeInput,
        );
    });

    let stored = batch(0);
    let records: Vec<RecordId> = stored.items.iter().map(|item| item.record).collect();
    for item in &stored.items {
        ledger.deposit(item.record, item.blob, 2, &[1]);
    }
    ledger.ticket(TicketId::new([1; 16]), 3, &records);
    runtime
        .block_on(vault.put_for(member(2), stored))
        .expect("stored");
    let request = ReleaseRequest {
        ticket: TicketId::new([1; 16]),
        seen: Height::new(1),
        records: List::new(records).expect("64"),
    };
    group.bench_function("get/blobs=64 size=4096", |bencher| {
        bencher.iter(|| {
            let got = runtime.block_on(vault.get_for(member(3), request.clone()));
            got.expect("released")
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
