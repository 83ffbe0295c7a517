//! What is counted, and its lines for `/metrics`.
use crate::wire::{Refused, Service};
use amanat_types::MemberId;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Why a stream was not carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turned {
    /// The member has no line.
    NoLine,
    /// Too many streams: in all, of the service, of the address, or too quickly.
    Full,
    /// The member did not fetch it in time, or could not.
    NotFetched,
}

impl Turned {
    const fn as_str(self) -> &'static str {
        match self {
            Self::NoLine => "no_line",
            Self::Full => "streams_full",
            Self::NotFetched => "not_fetched",
        }
    }
}

/// Counts of one process. Cheap to clone; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    lines: AtomicU64,
    streams: AtomicU64,
    bytes: AtomicU64,
    refused: Mutex<BTreeMap<&'static str, u64>>,
    kept: Mutex<BTreeMap<(MemberId, Service), Line>>,
}

/// A line that this process keeps to a relay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Whether it stands.
    pub up: bool,
    /// How often it was made.
    pub made: u64,
}

/// Counts one up until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted {
    inner: Arc<Inner>,
    of: fn(&Inner) -> &AtomicU64,
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.of)(&self.inner).fetch_sub(1, Ordering::Relaxed);
    }
}

impl Counts {
    fn counted(&self, of: fn(&Inner) -> &AtomicU64) -> Counted {
        of(&self.inner).fetch_add(1, Ordering::Relaxed);
        Counted {
            inner: Arc::clone(&self.inner),
            of,
        }
    }

    pub(crate) fn line(&self) -> Counted {
        self.counted(|inner| &inner.lines)
    }

    pub(crate) fn stream(&self) -> Counted {
        self.counted(|inner| &inner.streams)
    }

    pub(crate) fn moved(&self, bytes: u64) {
        self.inner.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self, refused: Refused) {
        self.no(refused.as_str());
    }

    pub(crate) fn turned(&self, turned: Turned) {
        self.no(turned.as_str());
    }

    fn no(&self, reason: &'static str) {
        let mut all = self
            .inner
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(reason).or_default();
        *count = count.saturating_add(1);
    }

    pub(crate) fn kept(&self, relay: MemberId, service: Service, up: bool) {
        let mut all = self
            .inner
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let line = all.entry((relay, service)).or_default();
        line.made = line.made.saturating_add(u64::from(up && !line.up));
        line.up = up;
    }

    /// No line is kept to `relay` for `service` any more.
    pub(crate) fn forgotten(&self, relay: MemberId, service: Service) {
        let mut all = self
            .inner
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.remove(&(relay, service));
    }

    /// The line that is kept to `relay` for `service`, if one is to be.
    pub fn line_to(&self, relay: MemberId, service: Service) -> Option<Line> {
        let all = self
            .inner
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.get(&(relay, service)).copied()
    }

    /// Streams that are carried now.
    pub fn streams(&self) -> u64 {
        self.inner.streams.load(Ordering::Relaxed)
    }

    /// Lines of members that a relay holds now.
    pub fn lines(&self) -> u64 {
        self.inner.lines.load(Ordering::Relaxed)
    }

    /// Bytes carried so far, both ways.
    pub fn bytes(&self) -> u64 {
        self.inner.bytes.load(Ordering::Relaxed)
    }

    /// How often `reason` was given, a name of [`Refused`] or `no_line`, `streams_full`, `not_fetched`.
    pub fn refusals(&self, reason: &str) -> u64 {
        let all = self
            .inner
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.get(reason).copied().unwrap_or_default()
    }

    /// Lines for `/metrics`.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let load = |of: &AtomicU64| of.load(Ordering::Relaxed);
        let inner = &*self.inner;
        for (name, kind, help, value) in [
            (
                "amanat_relay_lines",
                "gauge",
                "Lines of other members that this relay holds.",
                load(&inner.lines),
            ),
            (
                "amanat_relay_streams",
                "gauge",
                "Streams that are carried now, as a relay or through one.",
                load(&inner.streams),
            ),
            (
                "amanat_relay_bytes_total",
                "counter",
                "Bytes carried both ways, as a relay or through one.",
                load(&inner.bytes),
            ),
        ] {
            // A string takes everything.
            let _ = write!(
                text,
                "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"
            );
        }
        let name = "amanat_relay_refusals_total";
        let _ = write!(
            text,
            "# HELP {name} Lines and streams that this relay refused.\n# TYPE {name} counter\n"
        );
        for (reason, count) in &*inner.refused.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = writeln!(text, "{name}{{reason=\"{reason}\"}} {count}");
        }
        let name = "amanat_relay_line_up";
        let _ = write!(
            text,
            "# HELP {name} Whether the line to a relay stands.\n# TYPE {name} gauge\n"
        );
        let kept = inner.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for ((relay, service), line) in &*kept {
            let number = relay.number();
            let up = u8::from(line.up);
            let _ = writeln!(
                text,
                "{name}{{relay=\"{number}\",service=\"{service}\"}} {up}"
            );
        }
        let name = "amanat_relay_line_made_total";
        let _ = write!(
            text,
            "# HELP {name} How often the line to a relay was made.\n# TYPE {name} counter\n"
        );
        for ((relay, service), line) in &*kept {
            let (number, made) = (relay.number(), line.made);
            let _ = writeln!(
                text,
                "{name}{{relay=\"{number}\",service=\"{service}\"}} {made}"
            );
        }
        text
    }
}
