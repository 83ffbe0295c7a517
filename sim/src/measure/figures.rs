//! What was measured, as a row of a table and as JSON.
use super::Setting;
use super::meter::Count;
use std::time::Duration;

/// What was measured.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Of what.
    pub setting: Setting,
    /// Half of all ways between validators are no longer.
    pub way_us: u64,
    /// Time of each block from proposal to the last running node, ascending.
    pub finality: Vec<Duration>,
    /// Time from the first of these blocks to the last, at the first running node.
    pub span: Duration,
    /// Longest time between two blocks there.
    pub gap: Duration,
    /// Median time between two blocks of views that follow each other.
    pub straight: Duration,
    /// Median time between two blocks with views between them in which none was made.
    pub across: Duration,
    /// What was sent in that time.
    pub sent: Count,
    /// Transactions in these blocks.
    pub transactions: u64,
}

impl Figures {
    /// The time that so many of a hundred blocks do not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        let last = self.finality.len().saturating_sub(1);
        let at = (self.finality.len() * percent).div_ceil(100);
        let found = self.finality.get(at.saturating_sub(1).min(last));
        found.copied().unwrap_or_default()
    }

    /// Blocks of this measurement.
    fn blocks(&self) -> u64 {
        u64::try_from(self.finality.len()).unwrap_or(0).max(1)
    }

    /// Blocks in a thousand seconds.
    pub fn blocks_in_1000_s(&self) -> u64 {
        let span_ms = u64::try_from(self.span.as_millis()).unwrap_or(u64::MAX);
        (self.blocks() - 1) * 1_000_000 / span_ms.max(1)
    }

    /// Median finality in hundredths of a hop: a hop is the median way.
    pub fn hops_100(&self) -> u64 {
        let finality_us = u64::try_from(self.percentile(50).as_micros()).unwrap_or(u64::MAX);
        finality_us * 100 / self.way_us.max(1)
    }

    /// Heads of [`Figures::row`].
    pub fn head() -> String {
        "| validators | dead | places | uplink Mbit/s | blocks | tx/s asked | median way ms | finality p50 ms | p99 ms | hops | blocks/s \
         | longest gap ms | between two ms | over a skipped view ms | messages a block | kB a block | tx a block |\n\
         |-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|"
            .into()
    }

    /// One row of a table.
    pub fn row(&self) -> String {
        let setting = &self.setting;
        let uplink = setting
            .uplink_mbit
            .map_or("-".into(), |mbit| mbit.to_string());
        let rate = self.blocks_in_1000_s();
        format!(
            "| {} | {} | {} | {uplink} | {} | {} | {}.{} | {} | {} | {}.{:02} | {}.{:02} | {} | {} | {} | {} | {} | {} |",
            setting.validators,
            dead(setting),
            setting.places.name(),
            self.blocks(),
            setting.load,
            self.way_us / 1_000,
            self.way_us % 1_000 / 100,
            self.percentile(50).as_millis(),
            self.percentile(99).as_millis(),
            self.hops_100() / 100,
            self.hops_100() % 100,
            rate / 1_000,
            rate % 1_000 / 10,
            self.gap.as_millis(),
            self.straight.as_millis(),
            self.across.as_millis(),
            self.sent.messages / self.blocks(),
            self.sent.bytes / self.blocks() / 1_000,
            self.transactions / self.blocks(),
        )
    }

    /// The same as one line of JSON; times in microseconds.
    pub fn json(&self) -> String {
        let setting = &self.setting;
        let uplink = setting
            .uplink_mbit
            .map_or("null".into(), |mbit| mbit.to_string());
        format!(
            "{{\"validators\":{},\"dead\":{},\"places\":\"{}\",\"uplink_mbit\":{uplink},\"load\":{},\"seed\":{},\"blocks\":{},\
             \"way_us\":{},\"finality_p50_us\":{},\"finality_p99_us\":{},\"span_us\":{},\"gap_us\":{},\
             \"straight_us\":{},\"across_us\":{},\"messages\":{},\"bytes\":{},\"transactions\":{}}}",
            setting.validators,
            setting.dead,
            setting.places.name(),
            setting.load,
            setting.seed,
            self.blocks(),
            self.way_us,
            self.percentile(50).as_micros(),
            self.percentile(99).as_micros(),
            self.span.as_micros(),
            self.gap.as_micros(),
            self.straight.as_micros(),
            self.across.as_micros(),
            self.sent.messages,
            self.sent.bytes,
            self.transactions,
        )
    }
}

/// How many die, and the first of them if it is not the last ones.
fn dead(setting: &Setting) -> String {
    match setting.dead {
        0 => "0".into(),
        dead => format!("{dead} from {}", setting.dead_from),
    }
}
