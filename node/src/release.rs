//! Releases that wait together, judged by what is in memory.
use crate::fault::Fault;
use crate::tip_cache::{AtTip, Known, TipCache};
use amanat_contracts::release::{Needs, Tip, Values, judge, ticket};
use amanat_contracts::{Fault as Broken, Stop};
use amanat_types::state::Ticket;
use amanat_types::wire::{ReleaseAnswer, ReleaseQuestion};
use amanat_types::{StateKey, TimestampMs};

/// How many are judged in one go.
pub const TOGETHER: usize = 64;
/// Records of one that is judged with others: what asks for more takes longer, and goes its own way.
pub const RECORDS_TOGETHER: usize = 16;

/// Answers those of `questions` whose values are all in memory, at one finalised tip and by this node's clock; `None` where one is not, and
/// to whoever asks for more than [`RECORDS_TOGETHER`] records.
///
/// It does not pause, so its work is bounded: [`TOGETHER`] questions of so many records each. Values of all of them are looked up in two rounds, so that the processor waits for many lines of memory at once. Nothing is copied and
/// each name is hashed once.
pub fn together<'q>(
    cache: &TipCache,
    questions: impl Iterator<Item = &'q ReleaseQuestion>,
    now: TimestampMs,
) -> Vec<Option<Result<ReleaseAnswer, Fault>>> {
    let questions: Vec<_> = questions.collect();
    let answers = cache.look(|tip| all(&tip, &questions, now));
    answers.unwrap_or_else(|| questions.iter().map(|_| None).collect())
}

/// One whose first round is read.
struct Begun<'v> {
    values: Values<'v>,
    /// `None` if not all of it is in memory.
    held: Option<Result<Option<Ticket>, Broken>>,
}

fn all(
    tip: &AtTip<'_>,
    questions: &[&ReleaseQuestion],
    now: TimestampMs,
) -> Vec<Option<Result<ReleaseAnswer, Fault>>> {
    let needs = questions.iter();
    let needs = needs.map(|asked| {
        let few = asked.request.records.len() <= RECORDS_TOGETHER;
        few.then(|| Needs::first(&asked.request))
    });
    let needs: Vec<_> = needs.collect();
    let found = find(tip, needs.iter().flatten());
    let mut found = found.as_slice();
    let begun = questions.iter().zip(needs).map(|(asked, needs)| {
        let mut values = Values::default();
        let here = needs.is_some_and(|needs| take(&mut values, needs, &mut found));
        let held = here.then(|| ticket(&asked.request, &values));
        Begun { values, held }
    });
    let begun: Vec<_> = begun.collect();
    let needs = begun.iter().map(|begun| match &begun.held {
        Some(Ok(Some(held))) => Some(Needs::basis(held)),
        _ => None,
    });
    let needs: Vec<_> = needs.collect();
    let found = find(tip, needs.iter().flatten());
    let mut found = found.as_slice();
    let at = Tip {
        height: tip.header.height,
        time_ms: tip.header.time,
    };
    let ends = questions.iter().zip(begun).zip(needs);
    let ends = ends.map(|((asked, Begun { mut values, held }), needs)| {
        let here = needs.is_none_or(|needs| take(&mut values, needs, &mut found));
        let held = match held? {
            Ok(held) => here.then_some(held)?,
            Err(broken) => return Some(Err(Fault::Contract(broken.to_string()))),
        };
        let (request, by) = (&asked.request, asked.requester);
        Some(answer(judge(request, by, at, now, held.as_ref(), &values)))
    });
    ends.collect()
}

/// Finds what all of `needs` name, one behind the other.
fn find<'v, 'n>(tip: &'v AtTip<'_>, needs: impl Iterator<Item = &'n Needs>) -> Vec<Known<'v>> {
    let mut keys: Vec<StateKey> = Vec::with_capacity(4 * TOGETHER);
    needs.for_each(|needs| keys.extend(needs.keys()));
    tip.find(&keys)
}

/// Takes what `needs` names from the front of what was found; whether all of it is in memory.
fn take<'v>(values: &mut Values<'v>, needs: Needs, found: &mut &[Known<'v>]) -> bool {
    let count = needs.keys().count();
    let (mine, rest) = found.split_at_checked(count).unwrap_or_default();
    *found = rest;
    let here = mine.len() == count && mine.iter().all(Option::is_some);
    values.take(needs, mine.iter().map(|known| known.flatten()));
    here
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
