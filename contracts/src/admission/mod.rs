//! Admission: which transactions may stand in a block at all. What is refused here leaves no receipt.
//!
//! Signatures are the node's to check, before or beside this. Nothing that a call writes changes an answer given here (members and
//! their keys change at the end of an epoch only, after its last transaction), so a proposer may screen first and execute later.
mod gate;
mod quota;
mod sequence;
#[cfg(test)]
mod tests;

use crate::env::Env;
use crate::fault::{Fault, Stop};
use crate::keys::Loaded;
use amanat_types::{Refusal, Transaction};
pub use gate::Gate;
pub use quota::{Quotas, is_emergency};

/// Judges one transaction alone, as it would stand next at `env.height`.
///
/// Refusals, in this order: `TransactionTooLarge`, `Malformed`, `NoCalls`, `SignerCount`, `SignerRepeated`
/// ([`Transaction::shape`]), `WrongNetwork`, `TransactionExpired`, `ValidTooFarAhead`, `SponsorUnknown`, `SponsorKeyWrong`,
/// `SequenceUsed`, `SequenceOutsideWindow`, `CallNotInForce`, `TooCostly`, `QuotaExceeded`.
///
/// `loaded` holds at least the limits, the roster, the sponsor and the window of the first signer.
pub fn admit(env: &Env, loaded: &Loaded, tx: &Transaction) -> Result<(), Stop> {
    env.known()?;
    Gate::new(loaded).pass(env, tx)?;
    Ok(())
}

/// Judges many transactions in their order, each after those before it that were admitted: sequence numbers are
/// taken, units add up. A block of exactly the admitted ones is never [`crate::Inadmissible`].
///
/// The answers stand in the order of `txs`; refusals as in [`admit`].
pub fn screen<'t>(
    env: &Env,
    loaded: &Loaded,
    txs: impl IntoIterator<Item = &'t Transaction>,
) -> Result<Vec<Result<(), Refusal>>, Fault> {
    env.known()?;
    let mut gate = Gate::new(loaded);
    let mut answers = Vec::new();
    for tx in txs {
        answers.push(match gate.pass(env, tx) {
            Ok(_) => Ok(()),
            Err(Stop::Refused(refusal)) => Err(refusal),
            Err(Stop::Fault(fault)) => return Err(fault),
        });
    }
    Ok(answers)
}
