//! What each piece of a node's work costs its processor.
use amanat_node::network::{BROADCAST, CERTIFICATES, MEMPOOL, VOTES};
use amanat_node::work::{Load, Work};
use std::collections::BTreeMap;
use std::time::Duration;

/// Sizes of batches of signatures whose cost is known: powers of two, from one on.
pub const SIGNATURE_SIZES: usize = 10;

/// What one message costs: each, and each byte of it. Nanoseconds, a byte in picoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Each message.
    pub each_ns: u64,
    /// Each byte, in thousandths of a nanosecond.
    pub byte_ps: u64,
}

impl Line {
    fn of(self, bytes: usize) -> u64 {
        self.each_ns + self.byte_ps.saturating_mul(many(bytes)) / 1_000
    }
}

/// What one block costs: each, each transaction of it, each call. Nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// Each block.
    pub each_ns: u64,
    /// Each transaction.
    pub transaction_ns: u64,
    /// Each call.
    pub call_ns: u64,
}

impl Piece {
    fn of(self, load: Load) -> u64 {
        let transactions = self.transaction_ns.saturating_mul(many(load.transactions));
        let calls = self.call_ns.saturating_mul(many(load.calls));
        self.each_ns + transactions + calls
    }
}

/// The costs of one machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// A message to one peer, and as much for one from a peer: sealing, the socket, the queues.
    pub transport: Line,
    /// A vote that arrives: decoding, its part of the batch that is checked, what consensus does with it.
    pub vote: Line,
    /// A certificate that arrives: nearly always one that is here already.
    pub certificate: Line,
    /// A block that arrives: decoding, its digests.
    pub block: Line,
    /// Transactions that arrive from a peer: decoding, their digests.
    pub forwarded: Line,
    /// Batches of one signature, two, four and so on.
    pub signatures_ns: [u64; SIGNATURE_SIZES],
    /// A transaction taken in at the door, beside its signatures.
    pub taken_in_ns: u64,
    /// A transaction of a peer judged, beside its signatures.
    pub relayed_ns: u64,
    /// Executing a block.
    pub executed: Piece,
    /// Finalising it.
    pub finalised: Piece,
    /// What else a block takes of a real node: system calls, threads, the disk's part of the processor.
    pub system_ns: u64,
}

fn many(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

impl Costs {
    /// Every number by its name.
    fn numbers(&mut self) -> Vec<(String, &mut u64)> {
        let mut all = Vec::new();
        let lines = [
            ("transport", &mut self.transport),
            ("vote", &mut self.vote),
            ("certificate", &mut self.certificate),
            ("block", &mut self.block),
            ("forwarded", &mut self.forwarded),
        ];
        for (name, line) in lines {
            all.push((format!("{name}.each_ns"), &mut line.each_ns));
            all.push((format!("{name}.byte_ps"), &mut line.byte_ps));
        }
        for (power, cost) in self.signatures_ns.iter_mut().enumerate() {
            all.push((format!("signatures_{}_ns", 1u64 << power), cost));
        }
        all.push(("taken_in_ns".into(), &mut self.taken_in_ns));
        all.push(("relayed_ns".into(), &mut self.relayed_ns));
        let pieces = [
            ("executed", &mut self.executed),
            ("finalised", &mut self.finalised),
        ];
        for (name, piece) in pieces {
            all.push((format!("{name}.each_ns"), &mut piece.each_ns));
            all.push((format!("{name}.transaction_ns"), &mut piece.transaction_ns));
            all.push((format!("{name}.call_ns"), &mut piece.call_ns));
        }
        all.push(("system_ns".into(), &mut self.system_ns));
        all
    }

    /// Reads what [`Costs::print`] wrote: each number once, by name. Lines that begin with `#` say nothing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut costs = Self::default();
        let mut numbers: BTreeMap<String, &mut u64> = costs.numbers().into_iter().collect();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = line
                .split_once('=')
                .ok_or_else(|| format!("no number in the line {line}"))?;
            let number = numbers.remove(name.trim());
            let number = number.ok_or_else(|| format!("no such cost, or twice: {name}"))?;
            *number = value
                .trim()
                .parse()
                .map_err(|_| format!("{name}: not a whole number"))?;
        }
        let missing = numbers.into_keys().next();
        match missing {
            Some(missing) => Err(format!("{missing} is missing")),
            None => Ok(costs),
        }
    }

    /// Each number on a line of its own.
    pub fn print(mut self) -> String {
        let lines = self.numbers().into_iter();
        let lines: Vec<String> = lines
            .map(|(name, number)| format!("{name} = {number}"))
            .collect();
        lines.join("\n")
    }

    /// The same on a machine on which everything takes so many hundredths of the time.
    pub fn percent(mut self, percent: u64) -> Self {
        for (_, number) in self.numbers() {
            *number = number.saturating_mul(percent) / 100;
        }
        self
    }

    /// What a message to so many peers costs its sender.
    pub fn sent(&self, peers: usize, bytes: usize) -> Duration {
        Duration::from_nanos(self.transport.of(bytes).saturating_mul(many(peers)))
    }

    /// What a message costs its receiver.
    pub fn heard(&self, channel: u64, bytes: usize) -> Duration {
        let line = match channel {
            VOTES => self.vote,
            CERTIFICATES => self.certificate,
            BROADCAST => self.block,
            MEMPOOL => self.forwarded,
            _ => Line::default(),
        };
        Duration::from_nanos(self.transport.of(bytes) + line.of(bytes))
    }

    /// What decoding a submission costs: as much as one that a peer forwards.
    pub fn came_in(&self, bytes: usize) -> Duration {
        Duration::from_nanos(self.forwarded.of(bytes))
    }

    /// What work of the node itself costs.
    pub fn work(&self, work: Work) -> Duration {
        Duration::from_nanos(match work {
            Work::Signatures(count) => self.signatures(count),
            Work::TakenIn(count) => self.taken_in_ns.saturating_mul(many(count)),
            Work::Relayed(count) => self.relayed_ns.saturating_mul(many(count)),
            Work::Joined(bytes) => self.block.of(bytes),
            Work::Executed(load) => self.executed.of(load),
            Work::Finalised(load) => self.system_ns + self.finalised.of(load),
        })
    }

    /// A batch between two known sizes costs in proportion; one above all, as many each as the largest.
    fn signatures(&self, count: usize) -> u64 {
        let count = many(count);
        if count == 0 {
            return 0;
        }
        let lower = usize::try_from(count.ilog2()).unwrap_or(0);
        let lower = lower.min(SIGNATURE_SIZES - 1);
        let (size, cost) = (1u64 << lower, self.signatures_ns[lower]);
        match self.signatures_ns.get(lower + 1) {
            Some(next) => cost + next.saturating_sub(cost).saturating_mul(count - size) / size,
            None => cost.saturating_mul(count) / size,
        }
    }
}
