//! Tests of the use cases over a scripted ledger and vaults in memory. The contracts themselves are tested in their own crate, and the
//! whole road in `sim`.
mod amendment;
mod archive;
mod consent;
mod deposit;
mod erasure;
mod gather;
mod keeping;
mod matching;
mod provenance;
mod read;
mod sign;
mod ways;
mod world;
