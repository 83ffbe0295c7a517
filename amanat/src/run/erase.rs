//! Erasure at this member: its exchange forgets what it knows of erased records, its vault forgets their bytes and wraps, and the member says so on the ledger.
//!
//! Everything is followed from the first erasure on at each start, so that nothing is lost by a crash, and so that what came back with an old copy of the vault's
//! folder is forgotten again before the scrubber comes by. What was done before costs a look into the state.
use amanat_client::submit::Submitter;
use amanat_client::{Clock, Failure, MemberClient, NodeClient};
use amanat_exchange::{Error, Exchange};
use amanat_vault::Vault;
use std::time::Duration;

/// How often is looked for what was erased since.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How soon what failed is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(15);

/// Forgets what is erased for as long as it is polled.
pub async fn erase_for_ever(
    exchange: Exchange<NodeClient, MemberClient>,
    vault: Vault<NodeClient, MemberClient>,
    submitter: Submitter<NodeClient>,
) {
    let clock = Clock::system();
    let mut done = 0u64;
    loop {
        let pause = match erase_some(&exchange, &vault, &submitter, done).await {
            Ok(0) => LOOK_EVERY,
            Ok(count) => {
                done = done.saturating_add(count);
                continue;
            }
            Err(reason) => {
                tracing::warn!(
                    reason,
                    "could not forget what was erased; it is tried again"
                );
                AGAIN_AFTER
            }
        };
        clock.sleep(pause).await;
    }
}

/// Deals with some erased records after the first `done`; gives how many.
async fn erase_some(
    exchange: &Exchange<NodeClient, MemberClient>,
    vault: &Vault<NodeClient, MemberClient>,
    submitter: &Submitter<NodeClient>,
    done: u64,
) -> Result<u64, String> {
    let records = exchange.erased_after(done).await;
    let records = records.map_err(|error: Error| error.to_string())?;
    let erased = vault.erase(&records, submitter).await;
    let confirmed = erased.map_err(|failure: Failure| failure.to_string())?;
    if confirmed > 0 {
        tracing::info!(
            confirmed,
            "erased records are forgotten, and the ledger knows"
        );
    }
    Ok(u64::try_from(records.len()).unwrap_or(u64::MAX))
}
