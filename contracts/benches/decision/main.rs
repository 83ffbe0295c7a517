//! Decisions a second on one core, against typed values of a thousand to a million patients in maps.
//!
//! Each patient has a visit with a strict care team, a grant, a permit to a role, two records, and every eighth restricts something.
//! Questions walk over the patients in no order, so that a million do not fit a cache; a question itself is in the cache, as whoever has just
//! parsed it left it. Reading values from a disk is the node's and is not in these figures; finding them in the maps is.
//!
//! `one by one` decides each question before the next is looked at, which is how releases come: each value is a miss of every cache, and from
//! a thousand patients to a million that is what grows. `in blocks` finds what 64 questions need together, as a node loads the values of a
//! block's calls in one batch, copies each into memory of its own, and then decides each; `found alone` is that without deciding, and `decided alone`
//! the rest: on values that were loaded before, as contracts decide. Those are in the cache, so it cannot tell how a decision fares against a large
//! state, but that deciding does no more work then; `one by one` tells the rest.
//!
//! `one by one, equally far` asks states of a thousand patients and of a million for the same million in the same order, so that no value of a
//! patient is nearer to the processor in a small state than in a large one: what then grows is what a larger state costs. Of many small states
//! where each begins is looked up too, some lines of memory for a question, which one state alone does not have.
//!
//! What a node does for a whole release (keys are hashed, encoded values found and decoded) is in `state` of the node's benches.
#![expect(
    clippy::disallowed_types,
    reason = "nothing here is a contract: a tree of a million would be measured in place of the decision"
)]
mod block;
mod world;

use amanat_contracts::decision::{Claim, Facts, Moment, Question, Read, Release, Write, decide};
use amanat_types::Purpose;
use amanat_types::call::{Openings, ReadBasis, WriteBasis};
use block::{Taken, decided, found};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use world::{Asked, NOW, READER, World};

/// One of the questions about a patient; whether the answer is yes.
fn answer(facts: &impl Facts, asked: &Asked, which: usize, openings: &Openings) -> bool {
    let records = [asked.record];
    let present = [asked.practitioner];
    let by_permit = ReadBasis::Permit(asked.permit);
    let by_visit = ReadBasis::Treatment(asked.visit);
    let read = |basis| {
        Claim::Read(Read {
            basis,
            purpose: Purpose::Treat,
            patient: None,
            scope: &asked.scope,
            openings,
        })
    };
    let (present, claim): (&[_], _) = match which {
        0 => {
            let ticket = &asked.ticket;
            let records = &records;
            (&[], Claim::Release(Release { ticket, records }))
        }
        1 => (&present, read(&by_permit)),
        2 => (&present, read(&by_visit)),
        _ => {
            let write = Write {
                basis: WriteBasis::Encounter(asked.visit),
                index: asked.index,
                over: None,
            };
            (&[], Claim::Write(write))
        }
    };
    let question = Question {
        member: READER,
        present,
        moment: Moment::of(NOW),
        claim,
    };
    decide(&question, facts).unwrap().verdict().is_ok()
}

/// Questions of a block.
const BLOCK: usize = 64;
/// Questions that are parsed before they are answered.
const PARSED: BatchSize = BatchSize::NumIterations(32);

const KINDS: [&str; 4] = [
    "release under a grant",
    "ticket by a permit to a role",
    "ticket by a strict visit",
    "write by a visit",
];

/// Patients of a state.
const SIZES: [usize; 4] = [1_000, 10_000, 100_000, ALL];
/// Patients of the largest.
const ALL: usize = 1_000_000;
/// Practitioners of a state, or of all states together.
const PRACTITIONERS: usize = 1_000;

/// Visits every patient: a step that shares no factor with any of the numbers.
fn walk(at: &mut usize, patients: usize) -> usize {
    *at = (*at + 611_953) % patients;
    *at
}

fn benches(c: &mut Criterion) {
    let openings = Openings::empty();
    for patients in SIZES {
        let (world, asked) = World::of(0..patients, PRACTITIONERS);
        for (which, name) in KINDS.iter().enumerate() {
            assert!(answer(&world, &asked[1], which, &openings), "{name}");
            let mut group = c.benchmark_group(*name);
            let mut at = 0;
            let mut next = || asked[walk(&mut at, patients)].clone();
            group.throughput(Throughput::Elements(1));
            group.bench_function(BenchmarkId::new("one by one", patients), |b| {
                let decided = |asked: &mut Asked| answer(&world, asked, which, &openings);
                b.iter_batched_ref(&mut next, decided, PARSED);
            });
            let mut block = || (0..BLOCK).map(|_| next()).collect::<Vec<_>>();
            let answers = |block: &[Asked], values: &[Taken]| {
                decided(&world, (block, values), which, &openings)
            };
            let first = block();
            let values = found(&world, &first, which);
            assert_eq!(answers(&first, &values), BLOCK, "{name}");
            group.throughput(Throughput::Elements(BLOCK as u64));
            group.bench_function(BenchmarkId::new("in blocks", patients), |b| {
                let both = |block: &mut Vec<Asked>| answers(block, &found(&world, block, which));
                b.iter_batched_ref(&mut block, both, BatchSize::PerIteration);
            });
            group.bench_function(BenchmarkId::new("decided alone", patients), |b| {
                let loaded = || {
                    let block = block();
                    let values = found(&world, &block, which);
                    (block, values)
                };
                let alone = |(block, values): &mut (Vec<Asked>, Vec<Taken>)| answers(block, values);
                b.iter_batched_ref(loaded, alone, BatchSize::PerIteration);
            });
            group.bench_function(BenchmarkId::new("found alone", patients), |b| {
                let read = |block: &mut Vec<Asked>| found(&world, block, which).len();
                b.iter_batched_ref(&mut block, read, BatchSize::PerIteration);
            });
            group.finish();
        }
    }
}

/// A million patients in one state, in ten, in a hundred, in a thousand: the values of a patient are as far from the processor in each.
fn equally_far(c: &mut Criterion) {
    let openings = Openings::empty();
    for patients in SIZES {
        let states = ALL / patients;
        let worlds = (0..states).map(|at| {
            let numbers = at * patients..(at + 1) * patients;
            World::of(numbers, PRACTITIONERS / states)
        });
        let worlds: Vec<(World, Vec<Asked>)> = worlds.collect();
        for (which, name) in KINDS.iter().enumerate() {
            let mut group = c.benchmark_group(*name);
            let mut at = 0;
            let mut next = || {
                let number = walk(&mut at, ALL);
                let (world, asked) = &worlds[number / patients];
                (world, asked[number % patients].clone())
            };
            let decided =
                |(world, asked): &mut (&World, Asked)| answer(*world, asked, which, &openings);
            assert!(decided(&mut next()), "{name}");
            group.throughput(Throughput::Elements(1));
            group.bench_function(BenchmarkId::new("one by one, equally far", patients), |b| {
                b.iter_batched_ref(&mut next, decided, PARSED);
            });
            group.finish();
        }
    }
}

criterion_group!(all, benches, equally_far);
criterion_main!(all);
