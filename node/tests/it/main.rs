//! Four whole nodes in one process, on the deterministic runtime and a simulated network.
mod certificates;
mod cluster;
mod epochs;
mod finality;
mod flood;
mod governance;
mod joining;
mod older_disk;
mod past;
mod proofs;
mod replay;
mod restart;
mod start;
mod terms;
