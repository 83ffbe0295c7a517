//! Cost of execution on one core: deposits signed alone and in batches of 64, and requests, in blocks of a busy second.
//!
//! Signatures, decoding and storage are the node's and are not in these figures; loading is a copy out of a map, shown by itself.
#[path = "../src/book/mod.rs"]
mod book;

use amanat_contracts::{Loaded, execute, keys};
use amanat_types::Transaction;
use book::Book;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const WORLD: &str = "
    0 a    declare x1/p1 x2/p1                                     => ok
    0 a+c1 patient p1 card=c1                                      => ok
    0 a+c1 checkin v p1 open=x1,x2 write until=900                 => ok
    0 a+c1 grant g p1 to=b open=x1,x2 until=900                    => ok
";

/// Transactions of `size` deposits each, `count` deposits in all.
fn deposits(book: &mut Book, count: usize, size: usize) -> Vec<Transaction> {
    let batch = |first: usize| {
        let calls: Vec<String> = (first..first + size)
            .map(|at| format!("deposit r{at} x1 by=visit:a/v"))
            .collect();
        format!("0 a {}", calls.join(" ; "))
    };
    (0..count)
        .step_by(size)
        .map(|first| book.tx(&batch(first)))
        .collect()
}

fn requests(book: &mut Book, count: usize) -> Vec<Transaction> {
    (0..count)
        .map(|at| {
            book.tx(&format!(
                "0 b request t{at} by=grant:a/g indexes=x1,x2 until=800"
            ))
        })
        .collect()
}

fn run(c: &mut Criterion, name: &str, items: usize, book: &Book, txs: &[Transaction]) {
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(items.try_into().unwrap()));
    group.sample_size(20);
    let loaded: Loaded = book.loaded(txs);
    group.bench_function(BenchmarkId::new("execute", items), |b| {
        let input = || loaded.clone();
        b.iter_batched(
            input,
            |loaded| execute(&book.env, loaded, txs).unwrap(),
            BatchSize::LargeInput,
        );
    });
    group.bench_function(BenchmarkId::new("keys", items), |b| {
        b.iter(|| txs.iter().map(|tx| keys(tx).len()).sum::<usize>());
    });
    group.finish();
}

fn benches(c: &mut Criterion) {
    let mut book = Book::after(WORLD);
    let alone = deposits(&mut book, 4096, 1);
    run(c, "deposits alone", 4096, &book, &alone);
    let batched = deposits(&mut book, 12_032, 64);
    run(c, "deposits in batches of 64", 12_032, &book, &batched);
    let asked = requests(&mut book, 4096);
    run(c, "requests", 4096, &book, &asked);
}

criterion_group!(all, benches);
criterion_main!(all);
