//! What a block tells its transactions: network, height, time, version of the rules.
use crate::fault::{Fault, require};
use amanat_types::{Digest, Height, Refusal, TimestampMs, genesis};

/// Versions of the rules that this program knows, ascending. The rules of a version never change: a new one is added beside the
/// old ones, so that a chain is executed again from its start.
pub const PROTOCOLS: &[u16] = &[1, 2, genesis::PROTOCOL];

/// The surroundings of a block. The only clock of a contract is `time_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Env {
    /// Digest of the genesis.
    pub network: Digest,
    /// Height of the block in which the transactions stand, or would stand next.
    pub height: Height,
    /// Time of that block.
    pub time_ms: TimestampMs,
    /// Version of the rules in force.
    pub protocol: u16,
    /// Epoch of that block.
    pub epoch: u64,
    /// Whether that block is the last of its epoch, so that executing it applies the changes that are due.
    pub last_of_epoch: bool,
}

impl Env {
    /// Faults on rules that this program does not know: an old program must stop, not guess.
    pub(crate) fn known(&self) -> Result<(), Fault> {
        if PROTOCOLS.contains(&self.protocol) {
            return Ok(());
        }
        Err(Fault::ProtocolUnknown(self.protocol))
    }
}

/// Demands that `until_ms`, exclusive, lies ahead, but no more than `most_ms`.
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar`.
pub fn ends_within(env: &Env, until_ms: TimestampMs, most_ms: u64) -> Result<(), Refusal> {
    require(env.time_ms < until_ms, Refusal::UntilInThePast)?;
    require(until_ms.since(env.time_ms) <= most_ms, Refusal::UntilTooFar)
}
