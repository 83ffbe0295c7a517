//! How the exchange stands beside its node: whether reads and writes would work now, and if not, why.
use crate::{Error, Exchange};
use amanat_client::{Ledger, Stores};
use amanat_types::{Height, TimestampMs, limits};

/// Blocks that the read models may be behind the node's tip and still be used: what is folded in a moment.
pub const LAG_BLOCKS_MAX: u64 = 64;

/// How an exchange stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Finalised height of the own node.
    pub tip: Height,
    /// Its time.
    pub tip_time: TimestampMs,
    /// Height up to which the read models are folded.
    pub folded: Height,
    /// Deposits that were begun and are neither on the ledger whole nor taken back.
    pub unfinished: usize,
}

/// Why reads and writes would not work now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    /// The ledger stands still, or the node is cut off: nothing is released under such a tip.
    #[error("the own node's finalised tip is older than 10 seconds")]
    TipOld,
    /// The read models do not show what is final.
    #[error("the read models are more than {LAG_BLOCKS_MAX} blocks behind the own node's tip")]
    Behind,
}

impl Standing {
    /// Blocks that the read models are behind.
    pub fn lag_blocks(&self) -> u64 {
        self.tip.get().saturating_sub(self.folded.get())
    }

    /// Whether reads and writes would work at `now`. In this order: `TipOld`, `Behind`.
    pub fn judge(&self, now: TimestampMs) -> Result<(), Unready> {
        if now.get().saturating_sub(self.tip_time.get()) > limits::RECENCY_MS_MAX {
            return Err(Unready::TipOld);
        }
        if self.lag_blocks() > LAG_BLOCKS_MAX {
            return Err(Unready::Behind);
        }
        Ok(())
    }
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// How it stands; a fault if the own node does not answer.
    pub async fn stance(&self) -> Result<Standing, Error> {
        let status = self.ledger().status().await?;
        Ok(Standing {
            tip: Height::new(status.height),
            tip_time: TimestampMs::new(status.time_ms),
            folded: self.folded(),
            unfinished: self.inner.unsettled.count(),
        })
    }

    /// Whether reads and writes would work now.
    pub async fn ready(&self) -> Result<Result<(), Unready>, Error> {
        let standing = self.stance().await?;
        Ok(standing.judge(self.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::{LAG_BLOCKS_MAX, Standing, Unready};
    use amanat_types::{Height, TimestampMs, limits};

    #[test]
    fn an_old_tip_and_read_models_that_are_behind_are_not_ready_and_their_twins_are() {
        let at = |age_ms, lag| {
            let standing = Standing {
                tip: Height::new(1_000),
                tip_time: TimestampMs::new(1_000_000),
                folded: Height::new(1_000 - lag),
                unfinished: 0,
            };
            standing.judge(TimestampMs::new(1_000_000 + age_ms))
        };
        let (age, lag) = (limits::RECENCY_MS_MAX, LAG_BLOCKS_MAX);
        assert_eq!(at(age, lag), Ok(()));
        assert_eq!(at(age + 1, lag), Err(Unready::TipOld));
        assert_eq!(at(age, lag + 1), Err(Unready::Behind));
        assert_eq!(at(age + 1, lag + 1), Err(Unready::TipOld));
    }
}
