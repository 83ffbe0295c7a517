//! `amanat why-stalled`: whether the chain advances, and if not, who is missing since when and what the quorum needs.
use super::target::Api;
use super::{clock, probe};
use crate::answer::Answer;
use crate::command_error::{CommandError, Held};
use amanat_types::wire::{ValidatorSeen, Validators};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long the chain is watched: with f members down, views pass before one of the others leads.
const WATCH: Duration = Duration::from_secs(8);
const PAUSE: Duration = Duration::from_millis(500);

/// A validator that nobody hears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Number of its member.
    pub member: u16,
    /// When it was last heard, as far as is known.
    pub heard: Option<String>,
    /// The last height whose finalisation it is seen to have signed.
    pub signed_height: Option<u64>,
    /// Time of that block.
    pub signed: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Diagnosis {
    /// Whether a finalised height rose while it was watched.
    pub advances: bool,
    /// Highest finalised height.
    pub height: u64,
    /// Time of that block.
    pub time: String,
    /// Its age by this machine's clock, in milliseconds.
    pub tip_age_ms: u64,
    /// How many validators must vote.
    pub quorum: u64,
    /// How many there are.
    pub validators: usize,
    /// How many are heard by a node that answered, or answered themselves.
    pub present: usize,
    /// Who is not.
    pub missing: Vec<Missing>,
    /// Members whose nodes were asked, answered, and stand behind while others advance.
    pub behind: Vec<u16>,
    /// Addresses that were asked and did not answer.
    pub silent: Vec<String>,
    /// All of it in plain words.
    pub words: Vec<String>,
}

/// Asks the nodes at `apis`, the own one first, and watches until a height rises or the time is up.
pub async fn diagnose(apis: &[&Api]) -> Result<Diagnosis, CommandError> {
    let first = ask(apis).await;
    if first.answers.is_empty() {
        return Err(CommandError::Unknown(format!(
            "no node answers: {}; nothing can be told of the chain. Start the own node; its log says why it stopped",
            first.silent.join("; ")
        )));
    }
    let mut last = ask(apis).await;
    let end = Instant::now() + WATCH;
    // Each node is watched, so that one that stands still among others that do not is found.
    while !first.all_risen(&last) && Instant::now() < end {
        tokio::time::sleep(PAUSE).await;
        last = ask(apis).await;
    }
    Ok(judge(&first, &last, crate::now_ms().get()))
}

/// Answers of one round, by member.
struct Round {
    answers: BTreeMap<u16, Validators>,
    silent: Vec<String>,
}

impl Round {
    fn risen(&self, member: u16, later: &Self) -> bool {
        let before = self.answers.get(&member).map(|seen| seen.height);
        let after = later.answers.get(&member).map(|seen| seen.height);
        before.is_some() && after > before
    }

    fn all_risen(&self, later: &Self) -> bool {
        self.answers.keys().all(|member| self.risen(*member, later))
    }
}

async fn ask(apis: &[&Api]) -> Round {
    let mut round = Round {
        answers: BTreeMap::new(),
        silent: Vec::new(),
    };
    for api in apis {
        match probe::json::<Validators>(api, "/v1/validators").await {
            Ok(seen) => drop(round.answers.insert(seen.member, seen)),
            Err(why) => round.silent.push(why),
        }
    }
    round
}

/// What the rounds say; `now` is this machine's clock.
fn judge(first: &Round, last: &Round, now: u64) -> Diagnosis {
    // A node that answered once and then no more still told what it had seen.
    let told = match last.answers.is_empty() {
        true => first,
        false => last,
    };
    let mut seen: BTreeMap<u16, ValidatorSeen> = BTreeMap::new();
    for answer in told.answers.values() {
        for validator in &answer.validators {
            let entry = seen
                .entry(validator.member)
                .or_insert_with(|| validator.clone());
            entry.heard |= validator.heard;
            entry.heard_ms = entry.heard_ms.max(validator.heard_ms);
            let signed = (validator.signed_height, validator.signed_ms);
            if signed > (entry.signed_height, entry.signed_ms) {
                (entry.signed_height, entry.signed_ms) = signed;
            }
        }
    }
    let risen: Vec<u16> = told.answers.keys().copied().collect();
    let (risen, still): (Vec<u16>, Vec<u16>) = risen
        .into_iter()
        .partition(|member| first.risen(*member, last));
    let tip = told
        .answers
        .values()
        .map(|seen| (seen.height, seen.time_ms));
    let (height, time_ms) = tip.max().unwrap_or_default();
    let missing = seen.values().filter(|seen| !seen.heard);
    let missing: Vec<Missing> = missing
        .map(|seen| Missing {
            member: seen.member,
            heard: seen.heard_ms.map(clock::at),
            signed_height: seen.signed_height,
            signed: seen.signed_ms.map(clock::at),
        })
        .collect();
    let quorum = told.answers.values().map(|seen| seen.quorum).max();
    let advances = !risen.is_empty();
    let mut diagnosis = Diagnosis {
        advances,
        height,
        time: clock::at(time_ms),
        tip_age_ms: now.saturating_sub(time_ms),
        quorum: quorum.unwrap_or_default(),
        validators: seen.len(),
        present: seen.len() - missing.len(),
        missing,
        behind: if advances { still } else { Vec::new() },
        silent: last.silent.clone(),
        words: Vec::new(),
    };
    diagnosis.words = words(&diagnosis);
    diagnosis
}

fn words(found: &Diagnosis) -> Vec<String> {
    let Diagnosis {
        quorum,
        validators,
        present,
        ..
    } = found;
    let short = u64::try_from(*present).unwrap_or(0) < *quorum;
    let mut words = Vec::new();
    words.push(match found.advances {
        true => format!(
            "The chain advances: height {}, {}.",
            found.height, found.time
        ),
        false => format!(
            "The chain stands still at height {} since {} ({}).",
            found.height,
            found.time,
            clock::span(found.tip_age_ms)
        ),
    });
    words.push(format!(
        "{quorum} of {validators} validators are needed; {present} answer."
    ));
    for missing in &found.missing {
        words.push(absence(missing));
    }
    if !found.advances && short {
        let needed = quorum.saturating_sub(u64::try_from(*present).unwrap_or(0));
        let numbers: Vec<u16> = found.missing.iter().map(|missing| missing.member).collect();
        words.push(format!(
            "It goes on by itself once {needed} more of {} take part: ask them to start their nodes, and see that the lines between are open. \
             If their nodes run, compare clocks: nodes whose clocks differ by more than a few seconds refuse each other without a word.",
            clock::members(&numbers)
        ));
    }
    if !found.advances && !short {
        words.push(
            "Enough validators are heard, and still nothing is final: they may be catching up after a start (ask again in a minute); \
             else look at their logs, disks and clocks, and ask their nodes too with --api."
                .to_owned(),
        );
    }
    if !found.behind.is_empty() {
        words.push(format!(
            "The node of {} stands still while others advance: it is catching up, cut off, or its clock is wrong; `amanat doctor` there.",
            clock::members(&found.behind)
        ));
    }
    for silent in &found.silent {
        words.push(format!("Asked and not answered: {silent}."));
    }
    words
}

fn absence(missing: &Missing) -> String {
    let heard = match &missing.heard {
        Some(at) => format!("was last heard about {at}"),
        None => "was not heard since the node that was asked started".to_owned(),
    };
    let signed = match (missing.signed_height, &missing.signed) {
        (Some(height), Some(at)) => {
            format!("is last seen to have voted for block {height} of {at}")
        }
        _ => "is not among the voters of the last blocks".to_owned(),
    };
    format!(
        "Missing: member {}; it {heard} and {signed}.",
        missing.member
    )
}

impl Diagnosis {
    /// It holds if the chain advances and every node that was asked with it.
    pub fn answer(&self) -> Answer {
        let held = match self.advances && self.behind.is_empty() {
            true => Held::Yes,
            false => Held::No,
        };
        Answer::new(held, self.words.join("\n"), self)
    }
}
