//! What one record costs: seal, open, wrap; what a release costs: rewrap, open its bundle.
use amanat_envelope::{Custody as _, RecordKey, SealingSecret, SingleCustodian, Wrap, open, seal};
use amanat_types::{Digest, RecordId, TicketId};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;
use std::hint::black_box;

/// Entropy that costs nothing, so that the envelope alone is measured: a counter. For benches alone.
struct Counter(u64);

impl TryRng for Counter {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            self.0 += 1;
            chunk.copy_from_slice(&self.0.to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}
impl TryCryptoRng for Counter {}

const TICKET: TicketId = TicketId::new([7; 16]);

struct Parties {
    custodian: SealingSecret,
    reader: SealingSecret,
    network: Digest,
}

fn parties() -> Parties {
    Parties {
        custodian: SealingSecret::from_seed(&[1; 32]),
        reader: SealingSecret::from_seed(&[2; 32]),
        network: amanat_types::digest("amanat/bench", &[]),
    }
}

fn id(number: u64) -> RecordId {
    let mut bytes = [0u8; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    RecordId::new(bytes)
}

fn wraps(parties: &Parties, count: u64, rng: &mut Counter) -> Vec<(RecordId, Wrap)> {
    let one = |number| {
        let key: RecordKey = seal(id(number), b"", rng).unwrap().key;
        let to = parties.custodian.public();
        let wrap = SingleCustodian::wrap(to, &parties.network, id(number), &key, rng);
        (id(number), wrap.unwrap())
    };
    (0..count).map(one).collect()
}

fn record(c: &mut Criterion) {
    let mut rng = Counter(0);
    let mut group = c.benchmark_group("record");
    for (name, size) in [("1.5KiB", 1_536), ("1MiB", 1_048_000)] {
        let content = vec![7u8; size];
        group.throughput(Throughput::Bytes(u64::try_from(size).unwrap()));
        group.bench_function(format!("seal/{name}"), |b| {
            b.iter(|| seal(id(1), black_box(&content), &mut rng).unwrap());
        });
        let sealed = seal(id(1), &content, &mut rng).unwrap();
        group.bench_function(format!("open/{name}"), |b| {
            b.iter(|| open(id(1), &sealed.key, black_box(&sealed.blob)).unwrap());
        });
    }
    group.finish();
}

fn custody(c: &mut Criterion) {
    let parties = parties();
    let mut rng = Counter(0);
    let (custodian, network) = (&parties.custodian, &parties.network);
    let to = parties.reader.public();
    let key = seal(id(1), b"", &mut rng).unwrap().key;
    c.bench_function("wrap", |b| {
        b.iter(|| {
            SingleCustodian::wrap(custodian.public(), network, id(1), &key, &mut rng).unwrap()
        });
    });
    let mut group = c.benchmark_group("release");
    for count in [1, 64, 1024] {
        let wraps = wraps(&parties, count, &mut rng);
        let records: Vec<RecordId> = wraps.iter().map(|(record, _)| *record).collect();
        group.throughput(Throughput::Elements(count));
        group.bench_function(format!("rewrap/{count}"), |b| {
            b.iter(|| {
                SingleCustodian::rewrap(custodian, network, TICKET, to, &wraps, &mut rng).unwrap()
            });
        });
        let bundle = SingleCustodian::rewrap(custodian, network, TICKET, to, &wraps, &mut rng);
        let bundles = [bundle.unwrap()];
        group.bench_function(format!("open_bundle/{count}"), |b| {
            b.iter_batched(
                || (),
                |()| {
                    let (by, keepers) = (&parties.reader, custodian.public());
                    SingleCustodian::open_bundles(keepers, by, network, TICKET, &records, &bundles)
                        .unwrap()
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, record, custody);
criterion_main!(benches);
