//! Judges a history: pure, so that each rule is tried on histories that were forged to break it.
//!
//! What it cannot tell: votes. Whether a member voted twice stands in its journal in the engine's own format, which this program
//! does not read; `amanat-sim` judges votes on the wire. Two finalised blocks of one height would show here as diverged roots or changed receipts.
use super::history::{Heard, History, Ledger, Line, Place};
use amanat_types::id::RecordId;
use amanat_types::{Digest, TransactionId};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Findings of one rule that are told; the last says how many more there are.
const TOLD_MAX: usize = 10;

/// What must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// What one client or member calls final is final at every member at the end.
    Lost,
    /// No transaction is final twice.
    Doubled,
    /// No record is deposited twice with effect.
    RecordDoubled,
    /// Height, position, receipt and events of a final transaction are the same whoever says them, and whenever.
    ReceiptChanged,
    /// One height has one state root, and all members end at the same height.
    RootDiverged,
    /// The finalised height of a node never goes back, restarts included.
    WentBack,
    /// What was shown never to become final is not final.
    Risen,
    /// A receipt verifies offline from the genesis file.
    ProofFailed,
    /// Every member's ledger can be read at the end.
    Missing,
    /// A node ends only when it is ended, says so when its disk is full, comes back, and refuses nothing that is right.
    Node,
}

/// A rule that was broken, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which.
    pub rule: Rule,
    /// How.
    pub what: String,
}

impl Finding {
    /// Names what broke `rule`.
    pub fn new(rule: Rule, what: impl Into<String>) -> Self {
        Self {
            rule,
            what: what.into(),
        }
    }
}

/// Every rule that `history` breaks; empty if it holds.
pub fn check(history: &History) -> Vec<Finding> {
    let mut told = Told::default();
    missing(history, &mut told);
    doubled(history, &mut told);
    let places = changed(history, &mut told);
    lost(history, &places, &mut told);
    record_doubled(history, &places, &mut told);
    risen(history, &places, &mut told);
    diverged(history, &mut told);
    went_back(history, &mut told);
    proofs(history, &mut told);
    told.finish()
}

/// Findings so far, few of each rule.
#[derive(Default)]
struct Told {
    findings: Vec<Finding>,
    counts: BTreeMap<Rule, usize>,
}

impl Told {
    fn add(&mut self, rule: Rule, what: impl FnOnce() -> String) {
        let count = self.counts.entry(rule).or_default();
        *count += 1;
        if *count <= TOLD_MAX {
            self.findings.push(Finding::new(rule, what()));
        }
    }

    fn finish(mut self) -> Vec<Finding> {
        for (rule, count) in self.counts {
            if count > TOLD_MAX {
                let more = format!("and {} more", count - TOLD_MAX);
                self.findings.push(Finding::new(rule, more));
            }
        }
        self.findings.sort_by_key(|finding| finding.rule);
        self.findings
    }
}

fn missing(history: &History, told: &mut Told) {
    for member in &history.members {
        let mut ledgers = history.ledgers.iter();
        if !ledgers.any(|ledger| ledger.member == *member) {
            told.add(Rule::Missing, || {
                format!("member {member} has no ledger at the end")
            });
        }
    }
}

fn doubled(history: &History, told: &mut Told) {
    for ledger in &history.ledgers {
        let mut seen: BTreeMap<&TransactionId, &Place> = BTreeMap::new();
        for (id, place) in &ledger.entries {
            if let Some(first) = seen.insert(id, place) {
                told.add(Rule::Doubled, || {
                    let (member, one, two) = (ledger.member, first.height, place.height);
                    format!("member {member}: {id} is final at heights {one} and {two}")
                });
            }
        }
    }
}

/// Whoever says where a transaction stands.
fn says(history: &History) -> impl Iterator<Item = (TransactionId, Place, String)> {
    let lines = history.lines.iter().filter_map(|line| match &line.heard {
        Heard::Final(id, place) | Heard::Proof(id, Ok(place)) => {
            let who = format!("client {} at member {}", line.client, line.member);
            Some((*id, *place, who))
        }
        _ => None,
    });
    let ledgers = history.ledgers.iter().flat_map(|ledger| {
        let who = format!("member {} at the end", ledger.member);
        let entries = ledger.entries.iter();
        entries.map(move |(id, place)| (*id, *place, who.clone()))
    });
    lines.chain(ledgers)
}

/// Where each transaction stands, by whoever said it first, with the position if anyone said it.
fn changed(history: &History, told: &mut Told) -> BTreeMap<TransactionId, (Place, String)> {
    let mut places: BTreeMap<TransactionId, (Place, String)> = BTreeMap::new();
    for (id, place, who) in says(history) {
        let Some((first, teller)) = places.get_mut(&id) else {
            places.insert(id, (place, who));
            continue;
        };
        let same_position = match (first.position, place.position) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        };
        let rest = |place: &Place| (place.height, place.outcome, place.accepted);
        if !same_position || rest(first) != rest(&place) {
            told.add(Rule::ReceiptChanged, || {
                format!(
                    "{id}: {} by {teller}, {} by {who}",
                    spot(first),
                    spot(&place)
                )
            });
        }
        first.position = first.position.or(place.position);
    }
    places
}

fn spot(place: &Place) -> String {
    let outcome = if place.accepted {
        "accepted"
    } else {
        "refused"
    };
    let position = place.position.map_or("?".to_owned(), |at| at.to_string());
    let digest = hex::encode(&place.outcome.0[..4]);
    format!("height {}/{position} {outcome} {digest}", place.height)
}

fn lost(history: &History, places: &BTreeMap<TransactionId, (Place, String)>, told: &mut Told) {
    for ledger in &history.ledgers {
        let has: BTreeSet<&TransactionId> = ledger.entries.iter().map(|(id, _)| id).collect();
        for (id, (place, who)) in places {
            if !has.contains(id) {
                told.add(Rule::Lost, || {
                    let (spot, member) = (spot(place), ledger.member);
                    format!("member {member} does not have {id}: {spot} by {who}")
                });
            }
        }
    }
}

fn record_doubled(
    history: &History,
    places: &BTreeMap<TransactionId, (Place, String)>,
    told: &mut Told,
) {
    let mut deposited: BTreeMap<RecordId, TransactionId> = BTreeMap::new();
    for (id, (place, _)) in places {
        let Some(record) = history.records.get(id).filter(|_| place.accepted) else {
            continue;
        };
        if let Some(first) = deposited.insert(*record, *id) {
            told.add(Rule::RecordDoubled, || {
                format!("{first} and {id} deposited the same record")
            });
        }
    }
}

fn risen(history: &History, places: &BTreeMap<TransactionId, (Place, String)>, told: &mut Told) {
    for line in &history.lines {
        if let Heard::Dead(id) = &line.heard
            && let Some((place, who)) = places.get(id)
        {
            told.add(Rule::Risen, || {
                let (spot, member) = (spot(place), line.member);
                format!("{id} had expired at member {member}, and is final: {spot} by {who}")
            });
        }
    }
}

fn diverged(history: &History, told: &mut Told) {
    let tips = history.lines.iter().filter_map(|line| match line.heard {
        Heard::Tip { height, root } => Some((line.member, height, root)),
        _ => None,
    });
    let ends = |ledger: &Ledger| (ledger.member, ledger.height, ledger.root);
    let mut roots: BTreeMap<u64, (u16, Digest)> = BTreeMap::new();
    for (member, height, root) in tips.chain(history.ledgers.iter().map(ends)) {
        let (first, known) = *roots.entry(height).or_insert((member, root));
        if known != root {
            told.add(Rule::RootDiverged, || {
                format!("height {height}: members {first} and {member} have different states")
            });
        }
    }
    for pair in history.ledgers.windows(2) {
        if let [one, two] = pair
            && one.height != two.height
        {
            told.add(Rule::RootDiverged, || {
                let (first, second) = (one.member, two.member);
                format!("members {first} and {second} were read up to different heights")
            });
        }
    }
}

/// An answer that came before the next question was asked bounds its answer: whoever asked.
fn went_back(history: &History, told: &mut Told) {
    let mut nodes: BTreeMap<u16, Vec<&Line>> = BTreeMap::new();
    for line in &history.lines {
        nodes.entry(line.member).or_default().push(line);
    }
    for (member, mut asked) in nodes {
        let mut answered = asked.clone();
        asked.sort_by_key(|line| line.asked_us);
        answered.sort_by_key(|line| line.answered_us);
        let mut before = answered.into_iter().peekable();
        let mut highest = 0;
        for line in asked {
            while let Some(earlier) = before.next_if(|b| b.answered_us <= line.asked_us) {
                highest = highest.max(floor(&earlier.heard));
            }
            if let Heard::Tip { height, .. } = line.heard
                && height < highest
            {
                told.add(Rule::WentBack, || {
                    let (client, at) = (line.client, line.asked_us / 1_000);
                    format!("member {member} was at {highest} and told client {client} {height} at {at} ms")
                });
            }
        }
    }
}

/// The height at which a node that said this stood at least.
fn floor(heard: &Heard) -> u64 {
    match heard {
        Heard::Final(_, place) | Heard::Proof(_, Ok(place)) => place.height,
        Heard::Tip { height, .. } => *height,
        Heard::Dead(_) | Heard::Proof(_, Err(_)) => 0,
    }
}

fn proofs(history: &History, told: &mut Told) {
    for line in &history.lines {
        if let Heard::Proof(id, Err(why)) = &line.heard {
            told.add(Rule::ProofFailed, || {
                format!("member {}: the receipt of {id}: {why}", line.member)
            });
        }
    }
}

#[cfg(test)]
mod tests;
