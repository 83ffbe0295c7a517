//! Erasure at this member: its exchange forgets what it knows of erased records, its vault forgets their bytes and wraps, and the member says so on the ledger.
//!
//! Everything is followed from the first erasure on at each start, so that nothing is lost by a crash, and so that what came back with an old copy of the vault's
//! folder is forgotten again before the scrubber comes by. What was done before costs a look into the state. A ledger that does not take the member's word keeps
//! nothing from being forgotten.
use amanat_client::submit::Submitter;
use amanat_client::{Clock, MemberClient, NodeClient};
use amanat_exchange::Exchange;
use amanat_types::RecordId;
use amanat_types::limits::HELD_RECORDS_MAX;
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
    let mut erasing = Erasing {
        exchange,
        vault,
        submitter,
        forgotten: 0,
        owed: Vec::new(),
    };
    loop {
        let pause = match erasing.step().await {
            Ok(true) => continue,
            Ok(false) => LOOK_EVERY,
            Err(reason) => {
                tracing::warn!(
                    reason,
                    "could not forget what was erased, or say so; it is tried again"
                );
                AGAIN_AFTER
            }
        };
        clock.sleep(pause).await;
    }
}

struct Erasing {
    exchange: Exchange<NodeClient, MemberClient>,
    vault: Vault<NodeClient, MemberClient>,
    submitter: Submitter<NodeClient>,
    /// Erased records that are dealt with, in the order of the ledger.
    forgotten: u64,
    /// Those of them that are gone, which the member has not said yet.
    owed: Vec<RecordId>,
}

impl Erasing {
    /// Forgets some of what is erased; says some of what is gone once there is nothing to forget. Whether there may be more to do.
    async fn step(&mut self) -> Result<bool, String> {
        let records = self.exchange.erased_after(self.forgotten).await;
        let records = records.map_err(|error| error.to_string())?;
        if !records.is_empty() {
            let owed = self.vault.forget(&records).await;
            self.owed
                .extend(owed.map_err(|failure| failure.to_string())?);
            let count = u64::try_from(records.len()).unwrap_or(u64::MAX);
            self.forgotten = self.forgotten.saturating_add(count);
            return Ok(true);
        }
        let mut some: Vec<RecordId> = self.owed.iter().take(HELD_RECORDS_MAX).copied().collect();
        if some.is_empty() {
            return Ok(false);
        }
        some.sort_unstable();
        let said = self.vault.confirm(&some, &self.submitter).await;
        said.map_err(|failure| failure.to_string())?;
        self.owed.drain(..some.len());
        tracing::info!(
            records = some.len(),
            "erased records are forgotten, and the ledger knows"
        );
        Ok(true)
    }
}
