//! The highest load that a network sustains.
use super::trial::{Outcome, Trial, trial};
use std::time::Duration;

/// Trials at most.
const TRIALS: usize = 14;
/// The search ends when the lowest load that is not sustained is at most so many hundredths of the highest that is.
const CLOSE_PERCENT: u64 = 107;

/// What a search found.
#[derive(Clone, Copy, Debug)]
pub struct Highest {
    /// The trial of the highest load that was sustained; nothing of it counts if none was.
    pub trial: Trial,
    /// What became of it.
    pub outcome: Outcome,
    /// The lowest load that was not sustained.
    pub over: Option<u64>,
}

/// Searches from the rate of `first` on.
pub fn highest(first: Trial) -> Highest {
    let mut best: Option<(Trial, Outcome)> = None;
    let mut over: Option<u64> = None;
    let mut next = first;
    for _ in 0..TRIALS {
        let outcome = trial(next);
        let rate = next.rate;
        match outcome.sustains(rate) {
            true => best = Some((next, outcome)),
            false => over = Some(rate),
        }
        let sustained = best.map(|(trial, _)| trial.rate);
        next.rate = match (sustained, over) {
            (Some(low), Some(high)) if high * 100 <= low * CLOSE_PERCENT => break,
            (Some(low), Some(high)) => u64::midpoint(low, high),
            (Some(low), None) => low * 3 / 2,
            // What it did in spite of too much is a good guess.
            (None, _) if outcome.accepted > 0 && outcome.accepted < rate => {
                outcome.accepted * 9 / 10
            }
            (None, _) => rate / 2,
        }
        .max(1);
    }
    let (trial, outcome) = best.unwrap_or((next, Outcome::default()));
    Highest {
        trial,
        outcome,
        over,
    }
}

fn millis(time: Duration) -> u128 {
    time.as_millis()
}

impl Highest {
    /// Heads of [`Highest::row`].
    pub fn head() -> &'static str {
        "| validators | uplink Mbit/s | batch | deposits/s sustained | not sustained | latency p50 ms | p99 ms | blocks/s | tx a block \
         | bytes a tx | CPU of a node, % of a core | sent by a node, Mbit/s |\n|-|-|-|-|-|-|-|-|-|-|-|-|"
    }

    /// One row of a table.
    pub fn row(&self) -> String {
        let (setting, outcome) = (&self.trial.setting, &self.outcome);
        let number = |number: Option<u64>| number.map_or("-".into(), |number| number.to_string());
        let blocks_100 =
            outcome.blocks * 100_000 / u64::try_from(millis(outcome.elapsed)).unwrap_or(1).max(1);
        format!(
            "| {} | {} | {} | {} | {} | {} | {} | {}.{:02} | {} | {} | {} | {} |",
            setting.validators,
            number(setting.uplink_mbit.map(u64::from)),
            self.trial.batch,
            if outcome.blocks > 0 {
                outcome.accepted
            } else {
                0
            },
            number(self.over),
            millis(outcome.latency_p50),
            millis(outcome.latency_p99),
            blocks_100 / 100,
            blocks_100 % 100,
            outcome.transactions / outcome.blocks.max(1),
            outcome.transaction_bytes,
            outcome.busy_percent,
            outcome.sent * 8 / 1_000_000,
        )
    }
}
