//! Measures on this machine what each piece of work costs.
use super::Setting;
use super::cost::{Costs, Piece, SIGNATURE_SIZES};
use super::toll::{Counts, Till};
use super::transport::transport;
use super::trial::{Trial, trial_at};
use crate::machine::{Part, Profile};
use crate::workload::craft::Author;
use amanat_node::verify::{Subject, Verifier};
use amanat_types::block::Parcel;
use commonware_runtime::Runner as _;
use commonware_runtime::deterministic;
use rand_core::CryptoRng;
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use std::time::Duration;

/// What the parts of all nodes took in a trial, and what they did.
pub struct Account {
    /// Processor time by label, without that of signatures.
    pub parts: BTreeMap<String, Part>,
    /// How much of each was done.
    pub counts: BTreeMap<String, u64>,
}

/// Runs a trial in which computing takes no time, and measures what it takes here beside signatures, which cost as `known`.
pub fn account(trial: Trial, known: &Costs) -> Account {
    let (profile, counts) = (Profile::default(), Counts::default());
    let till = Till::Count(profile.clone(), counts.clone(), *known);
    let tills = vec![till; usize::from(trial.setting.validators)];
    trial_at(trial, &tills);
    Account {
        parts: profile.parts(),
        counts: counts.all(),
    }
}

/// Signatures checked for each size of batch, in all.
const SIGNATURES: usize = 2_048;

/// Nanoseconds that a batch of each size takes.
pub fn signatures() -> [u64; SIGNATURE_SIZES] {
    deterministic::Runner::default().start(|mut context| async move { batches(&mut context) })
}

fn batches(rng: &mut impl CryptoRng) -> [u64; SIGNATURE_SIZES] {
    let network = amanat_types::digest("amanat-sim/signatures", &[]);
    let mut author = Author::new(1, network);
    let mut costs = [0; SIGNATURE_SIZES];
    for (power, cost) in costs.iter_mut().enumerate() {
        let size = 1 << power;
        let verifier = Verifier::default();
        let mut spent = Duration::ZERO;
        let rounds = SIGNATURES / size;
        for _ in 0..rounds {
            let parcels: Vec<Parcel> = (0..size).map(|_| Parcel::new(author.anchor())).collect();
            let subjects: Vec<Subject<'_>> = parcels.iter().map(Subject::from).collect();
            let before = thread_time();
            let answers = verifier.verify(rng, &subjects);
            spent += thread_time().saturating_sub(before);
            assert!(answers.iter().all(Result::is_ok), "each signature holds");
        }
        *cost = u64::try_from(spent.as_nanos()).unwrap_or(0) / u64::try_from(rounds).unwrap_or(1);
    }
    costs
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or(0))
}

/// The validators of the networks in which idle blocks are measured.
const IDLE: [u16; 3] = [4, 10, 25];

fn load(validators: u16, batch: usize, rate: u64, seconds: u64) -> Trial {
    Trial {
        setting: Setting::of(validators, 1),
        batch,
        rate,
        warm: Duration::ZERO,
        span: Duration::from_secs(seconds),
    }
}

impl Account {
    /// Nanoseconds of all parts whose label holds one of `names`, and none of `but`.
    fn nanos(&self, names: &[&str], but: &[&str]) -> f64 {
        let parts = self.parts.iter().filter(|(label, _)| {
            names.iter().any(|name| label.contains(name))
                && !but.iter().any(|name| label.contains(name))
        });
        parts.map(|(_, part)| part.time.as_secs_f64() * 1e9).sum()
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of a short trial")]
    fn count(&self, what: &str) -> f64 {
        self.counts.get(what).copied().unwrap_or(0) as f64
    }

    /// Blocks, times the nodes.
    fn blocks(&self) -> f64 {
        self.count("finalised").max(1.0)
    }
}

const CONSENSUS: [&str; 1] = ["_epochs"];
const MEMPOOL_PARTS: [&str; 3] = ["_ingress", "_relay", "_mempool"];
const ARRIVAL: [&str; 1] = ["_broadcast"];
const STORING: [&str; 7] = [
    "_marshal",
    "_archive",
    "_headers",
    "_boundaries",
    "_history",
    "_backfill",
    "_sync",
];

/// Where a block is executed: all that is none of the others.
fn executing(account: &Account) -> f64 {
    let others = [&CONSENSUS[..], &MEMPOOL_PARTS, &ARRIVAL, &STORING].concat();
    account.nanos(&[""], &others)
}

fn storing(account: &Account) -> f64 {
    account.nanos(&STORING, &CONSENSUS)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cost in nanoseconds; one below nothing is nothing"
)]
fn whole(number: f64) -> u64 {
    number.max(0.0).round() as u64
}

/// A vote's and a certificate byte's cost, from how consensus grows with the validators.
fn votes(idle: &[Account]) -> (f64, f64) {
    let each = |account: &Account| {
        let blocks = account.blocks();
        let (votes, bytes) = (account.count("heard 0"), account.count("heard 1 bytes"));
        let time = account.nanos(&CONSENSUS, &[]);
        (time / blocks, votes / blocks, bytes / blocks)
    };
    let [few, more, most] = idle else {
        return (0.0, 0.0);
    };
    let (few, more, most) = (each(few), each(more), each(most));
    let (time, votes, bytes) = (more.0 - few.0, more.1 - few.1, more.2 - few.2);
    let (time2, votes2, bytes2) = (most.0 - more.0, most.1 - more.1, most.2 - more.2);
    let whole = votes * bytes2 - votes2 * bytes;
    let vote = (time * bytes2 - time2 * bytes) / whole;
    let byte = (votes * time2 - votes2 * time) / whole;
    (vote.max(0.0), byte.max(0.0))
}

/// A block's cost by what it holds: from idle blocks, single deposits and batches.
fn piece(of: impl Fn(&Account) -> f64, [idle, single, batched]: [&Account; 3]) -> Piece {
    let each = of(idle) / idle.blocks();
    let rest = |account: &Account| {
        let transactions = account.count("executed transactions").max(1.0);
        let calls = account.count("executed calls") / transactions;
        (
            (of(account) - each * account.blocks()) / transactions,
            calls,
        )
    };
    let ((single, one), (batched, many)) = (rest(single), rest(batched));
    let call = ((batched - single) / (many - one)).max(0.0);
    Piece {
        each_ns: whole(each),
        transaction_ns: whole(single - call * one),
        call_ns: whole(call),
    }
}

/// Measures every cost but `system_ns`, which is what a real node's idle block takes beyond them.
pub fn calibrate() -> Result<Costs, String> {
    let mut costs = Costs {
        transport: transport()?,
        signatures_ns: signatures(),
        ..Costs::default()
    };
    let idle = IDLE.map(|validators| account(load(validators, 1, 2, 12), &costs));
    let single = account(load(4, 1, 4_000, 3), &costs);
    let batched = account(load(4, 64, 12_800, 3), &costs);
    let (vote, byte) = votes(&idle);
    costs.vote.each_ns = whole(vote);
    costs.certificate.byte_ps = whole(byte * 1_000.0);
    let arrival = single.nanos(&ARRIVAL, &[]) + batched.nanos(&ARRIVAL, &[]);
    let bytes = single.count("heard 3 bytes") + batched.count("heard 3 bytes");
    costs.block.byte_ps = whole(arrival / bytes * 1_000.0);
    let gossip = single.nanos(&["_mempool"], &[]) + batched.nanos(&["_mempool"], &[]);
    let bytes = single.count("heard 6 bytes") + batched.count("heard 6 bytes");
    costs.forwarded.byte_ps = whole(gossip / bytes * 1_000.0);
    costs.taken_in_ns = whole(single.nanos(&["_ingress"], &[]) / single.count("taken in"));
    costs.relayed_ns = whole(single.nanos(&["_relay"], &[]) / single.count("relayed"));
    let [few, ..] = &idle;
    costs.executed = piece(executing, [few, &single, &batched]);
    costs.finalised = piece(storing, [few, &single, &batched]);
    let consensus = few.nanos(&CONSENSUS, &[]) / few.blocks();
    let told = vote * few.count("heard 0") / few.blocks();
    let told = told + byte * few.count("heard 1 bytes") / few.blocks();
    costs.executed.each_ns += whole(consensus - told);
    Ok(costs)
}
