//! Seven validators under one seed: the real node code on a deterministic runtime, faults, and checkers of the promises.
//!
//! `cargo test -p amanat-sim` runs fifty fixed seeds and those of `seeds.txt`, which failed once; more by
//! `cargo run -p amanat-sim --release -- --seeds N`. A seed and a commit give the same run for ever; a failure prints the seed,
//! the checker and the command that reproduces it.
//!
//! What is real: `amanat_node::Node` as every member runs it: consensus, mempool, execution, state store, archives, epochs,
//! backfill, and the operations behind its API. The contracts, the formats, the signatures.
//!
//! What is simulated (`commonware_runtime::deterministic`, `commonware_p2p::simulated`, and [`machine`] over both), all from the seed:
//! * time and the order in which tasks run; a node's clock may be half a minute wrong;
//! * the network: for each link and direction a latency, a jitter and a loss; partitions that heal; a node that only the hostile member
//!   reaches; a node of which every message is two seconds late;
//! * disks in memory, one for each node: a crash aborts all tasks of a node at whatever instruction they are, and of the writes that were
//!   not synced all, some, parts from the start or scattered pieces are lost; writes or syncs may fail, and then the node must stop;
//! * at most f = 2 of the seven are faulty at a time, but in a blackout, in which all crash, and a partition;
//! * one hostile validator in two thirds of the seeds: an equivocator by [`twins`], two real nodes under one consensus key; a [`liar`], whose
//!   blocks are wrong in one of nine ways, and who lies to whoever joins; or one that says nothing.
//!
//! In every seed a member is admitted by vote while faults happen; in more than half its node runs, and joins by state sync or from the first
//! block. In some a node loses its disk and joins anew. Where epochs are short, all keys of a member whose node runs may be replaced by vote
//! while faults happen ([`rekeying`]); later a member may be suspended, or the newcomer's keys replaced.
//!
//! What is not: the vault, the exchange and the gateway; the HTTP door and TCP; bytes that rot on a disk; state or blocks that were dropped
//! by those who are asked for them; a disk that came back from a copy; signatures of cards and practitioners (P-256 signing is not
//! deterministic here), so patients' calls are left to the tests of `contracts`; the time that computing takes, but in
//! [`measure`]. `docs/simulation.md` has more, and what [`measure`] gave.
//!
//! The road of a run: [`plan`] decides what happens and [`workload`] what is asked; [`run`] starts a [`cluster`] on its [`links`], lets
//! [`client`]s ask while faults happen, ends the faults, waits, and takes down what the nodes hold ([`observe`]) as [`evidence`],
//! which the checkers of [`check`] judge. Above all stands [`judge`].
#![recursion_limit = "256"]
#![expect(
    clippy::missing_panics_doc,
    reason = "a simulation that cannot be set up has nothing to go on with; a panic ends the run and names the seed"
)]

pub mod check;
pub mod client;
pub mod cluster;
pub mod dice;
pub mod evidence;
pub mod fresh;
pub mod judge;
pub mod liar;
pub mod links;
pub mod machine;
pub mod measure;
pub mod observe;
pub mod party;
pub mod plan;
pub mod rekeying;
pub mod replay;
pub mod run;
pub mod twins;
pub mod watch;
pub mod wire;
pub mod workload;

pub use judge::{Failure, Report, judge};
