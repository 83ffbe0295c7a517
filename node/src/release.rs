//! Releases that wait together, judged by what is in memory.
use crate::fault::Fault;
use crate::tip_cache::{AtTip, TipCache};
use amanat_contracts::Stop;
use amanat_contracts::release::{Common, Needs, Round, Tip, Values, judge, ticket};
use amanat_types::TimestampMs;
use amanat_types::wire::{ReleaseAnswer, ReleaseQuestion};

/// How many are judged in one go.
pub const TOGETHER: usize = 64;
/// Records of one that is judged with others: what asks for more takes longer, and goes its own way.
pub const RECORDS_TOGETHER: usize = 16;

/// Answers those of `questions` whose values are all in memory, at one finalised tip and by this node's clock; `None` where one is not, and
/// to whoever asks for more than [`RECORDS_TOGETHER`] records.
///
/// It does not pause, so its work is bounded: [`TOGETHER`] questions of so many records each. Values of all of them are looked up in two rounds,
/// so that the processor waits for many lines of memory at once. Each name is hashed once, those that all of them need once in all, and nothing
/// but what is decoded is copied.
pub fn together<'q>(
    cache: &TipCache,
    questions: impl Iterator<Item = &'q ReleaseQuestion>,
    now: TimestampMs,
) -> Vec<Option<Result<ReleaseAnswer, Fault>>> {
    let questions: Vec<_> = questions.collect();
    let answers = cache.look(|tip| all(&tip, &questions, now));
    answers.unwrap_or_else(|| questions.iter().map(|_| None).collect())
}

fn all(
    tip: &AtTip<'_>,
    questions: &[&ReleaseQuestion],
    now: TimestampMs,
) -> Vec<Option<Result<ReleaseAnswer, Fault>>> {
    let common = &Common::default();
    let few = |asked: &ReleaseQuestion| asked.request.records.len() <= RECORDS_TOGETHER;
    let mut needs = Needs::of_many(questions.len());
    for asked in questions {
        match few(asked) {
            true => needs.first(&asked.request),
            false => needs.nothing(),
        }
    }
    let found = tip.find(needs.keys());
    let first = needs;
    let mut needs = Needs::of_many(questions.len());
    let here = |nth: usize, asked: &ReleaseQuestion| {
        let read = first.of(nth, &found).filter(Round::is_whole)?;
        few(asked).then_some(read)
    };
    for (nth, asked) in questions.iter().enumerate() {
        let rounds = here(nth, asked).map(|read| [read, Round::default()]);
        // Decoded once more when it is judged: 64 of them that are kept meanwhile cost more.
        match rounds.map(|rounds| ticket(&asked.request, &Values { common, rounds })) {
            Some(Ok(Some(held))) => needs.basis(&held),
            _ => needs.nothing(),
        }
    }
    let found_basis = tip.find(needs.keys());
    let basis = needs;
    let at = Tip {
        height: tip.header.height,
        time_ms: tip.header.time,
    };
    let ends = questions.iter().enumerate().map(|(nth, asked)| {
        let read = basis.of(nth, &found_basis).filter(Round::is_whole)?;
        let rounds = [here(nth, asked)?, read];
        let values = Values { common, rounds };
        let (request, by) = (&asked.request, asked.requester);
        let held = ticket(request, &values).map_err(Stop::from);
        let judged = held.and_then(|held| judge(request, by, at, now, held.as_ref(), &values));
        Some(answer(judged))
    });
    ends.collect()
}

/// What a judgement says to whoever asked.
pub(crate) fn answer(
    judged: Result<amanat_types::release::Release, Stop>,
) -> Result<ReleaseAnswer, Fault> {
    match judged {
        Ok(released) => Ok(ReleaseAnswer::Released(released)),
        Err(Stop::Refused(refusal)) => Ok(ReleaseAnswer::Refused(refusal)),
        Err(Stop::Fault(fault)) => Err(Fault::Contract(fault.to_string())),
    }
}
