//! Four whole nodes in one process, on the deterministic runtime and a simulated network.
mod certificates;
mod cluster;
#[path = "../../benches/state/encoded.rs"]
mod encoded;
mod epochs;
mod finality;
mod flood;
mod governance;
mod joining;
mod older_disk;
mod past;
mod proofs;
mod reads;
mod replay;
mod restart;
mod start;
mod terms;
mod together;
#[expect(dead_code, reason = "questions of other kinds are a bench's")]
#[path = "../../../contracts/benches/decision/world.rs"]
mod world;
