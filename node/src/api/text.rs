//! The Prometheus text format, version 0.0.4, as this program's processes write it.
use std::fmt::{Display, Formatter, Result, Write as _};

/// Content type of an [`Exposition`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Metrics under construction. Whoever writes them chooses names and labels; nothing that came from outside may stand in either.
#[derive(Clone, Debug, Default)]
pub struct Exposition(String);

impl Exposition {
    /// Begins a metric: its name with the unit at its end, its kind (`gauge`, `counter`) and what it is.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// One value of the metric that was begun last; `labels` is empty or `{name="value",...}`.
    pub fn value(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    /// A gauge without labels.
    pub fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", help);
        self.value(name, "", value);
    }

    /// A counter without labels.
    pub fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "counter", help);
        self.value(name, "", value);
    }

    /// What others wrote, without the mark of OpenMetrics, which is not of this format.
    pub fn append(&mut self, other: &str) {
        self.0.push_str(other.trim_end().trim_end_matches("# EOF"));
        self.0.push('\n');
    }
}

impl Display for Exposition {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&self.0)
    }
}

/// Milliseconds as seconds.
pub fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// Resident memory of this process; Linux only.
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kib.checked_mul(1024)
}
