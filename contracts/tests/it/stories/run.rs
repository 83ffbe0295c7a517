//! Tells a story to the ledger, step by step, and compares what is answered.
//!
//! A step is one transaction in a block of its own, executed whole: admission, signers, loading by `keys` and `more_keys`, calls. A step
//! that opens records asks a releaser at the tip, who judges as a vault and a custodian do.
use super::answer::{Answer, Denial, Said, read};
use super::cast::{before, member_letter, patient_word, practitioner_word};
use super::clock::{after, span};
use super::page::{Step, Story};
use super::sentence::line;
use super::slot::Place;
use crate::book::{Book, START_MS, member, record, restriction, split, ticket, told};
use amanat_contracts::decision::{self, Claim, Effect, Moment, Question, Source, decide};
use amanat_contracts::{Failure, Inadmissible, Loaded, Stop, release};
use amanat_types::codec::List;
use amanat_types::receipt::Outcome;
use amanat_types::release::ReleaseRequest;
use amanat_types::state::Ticket;
use amanat_types::{Event, Height, Refusal, TimestampMs, Transaction};
use std::collections::BTreeMap;

/// What a story has come to.
pub struct Telling {
    book: Book,
    at_ms: u64,
    labels: BTreeMap<String, &'static str>,
    sent: Vec<Option<Transaction>>,
    /// Every answer so far.
    pub answers: Vec<Said>,
}

impl Telling {
    /// Before the first step.
    pub fn new() -> Self {
        let book = before();
        Self {
            at_ms: book.env.time_ms.get() - START_MS,
            book,
            labels: BTreeMap::new(),
            sent: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// Every step of a story.
    pub fn tell(&mut self, story: &Story) -> Result<(), String> {
        for step in &story.steps {
            self.step(step)
                .map_err(|what| format!("{}: {what}", step.place))?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        let expected = read(&step.answer)?;
        let at_ms = after(&step.when, self.at_ms);
        let at_ms = at_ms.ok_or_else(|| format!("there is no such time: {}", step.when))?;
        if at_ms < self.at_ms {
            return Err(format!("time goes back: {}", step.when));
        }
        self.at_ms = at_ms;
        self.book.at(at_ms);
        self.sent.push(None);
        let answer = match (step.who.as_str(), step.does.as_str()) {
            ("ledger", "an epoch ends") => self.epoch(),
            (_, does) if does.starts_with("opens ") => self.opens(&step.who, does)?,
            (_, does) if does.starts_with("sends again ") => self.again(does)?,
            (_, does) => self.sends(&step.who, does)?,
        };
        compare(&expected, &answer)?;
        self.answers.push(answer.said);
        Ok(())
    }

    fn epoch(&mut self) -> Answer {
        let execution = self.book.last_block(&[]);
        Answer {
            said: Said::Ok,
            tells: execution.boundary.iter().map(told).collect(),
        }
    }

    fn sends(&mut self, who: &str, does: &str) -> Result<Answer, String> {
        let (sponsor, signers) = signers(who)?;
        let mut place = Place {
            sponsor,
            at_ms: self.at_ms,
            labels: &mut self.labels,
        };
        let mut lines = Vec::new();
        if let Some(count) = flood(does) {
            lines.extend((1..=count).map(|count| format!("anchor vault {count}")));
        } else {
            for sentence in does.split("; ") {
                lines.push(line(sentence, &mut place)?);
            }
        }
        let tx = self.book.tx(&format!("0 {signers} {}", lines.join(" ; ")));
        self.answered(tx)
    }

    fn again(&mut self, does: &str) -> Result<Answer, String> {
        let step = does.strip_prefix("sends again what it sent in step ");
        let step: Option<usize> = step.and_then(|step| step.parse().ok());
        let sent = step.and_then(|step| self.sent.get(step.checked_sub(1)?)?.clone());
        self.answered(sent.ok_or_else(|| format!("nothing was sent so: {does}"))?)
    }

    /// What becomes of a transaction in a block of its own.
    fn answered(&mut self, tx: Transaction) -> Result<Answer, String> {
        if let Err(failure) = self.book.try_block(std::slice::from_ref(&tx)) {
            let Failure::Inadmissible(Inadmissible { refusal, .. }) = failure else {
                return Err(format!("a fault: {failure:?}"));
            };
            return Ok(Answer {
                said: Said::NotAdmitted(refusal),
                tells: Vec::new(),
            });
        }
        let execution = self.book.block(std::slice::from_ref(&tx));
        if let Some(last) = self.sent.last_mut() {
            *last = Some(tx);
        }
        let events = &execution.events[0].events;
        let opened = events.iter().find_map(|event| match event {
            Event::TicketIssued(issued) => Some(issued.basis),
            _ => None,
        });
        let said = match execution.receipts[0].outcome {
            Outcome::Accepted(_) => opened.map_or(Said::Ok, Said::Opens),
            Outcome::Refused(refused) => {
                Said::Refused(refused.refusal, usize::from(refused.call) + 1)
            }
        };
        let tells = events.iter().map(|event| event.name().to_owned()).collect();
        Ok(Answer { said, tells })
    }

    /// ``opens `r1`, `r2` under `t` ``, perhaps with `, by a clock 5 seconds ahead` or `behind`.
    fn opens(&mut self, who: &str, does: &str) -> Result<Answer, String> {
        let wrong = || format!("nothing is opened so: {does}");
        let reader = member_letter(who).ok_or_else(|| format!("no member reads alone: {who}"))?;
        let rest = does.strip_prefix("opens ").ok_or_else(wrong)?;
        let (rest, clock) = rest
            .split_once(", by a clock ")
            .unwrap_or((rest, "0 ms ahead"));
        let (records, under) = rest.split_once(" under ").ok_or_else(wrong)?;
        let place = Place {
            sponsor: reader,
            at_ms: self.at_ms,
            labels: &mut self.labels,
        };
        let named = |text: &str| place.named(text).map_err(|unfit| format!("{unfit:?}"));
        let records: Result<Vec<String>, String> = records.split(", ").map(named).collect();
        let (records, under) = (records?.join(","), named(under)?);
        let now_ms = match clock.rsplit_once(' ') {
            Some((by, "ahead")) => self.at_ms + span(by).ok_or_else(wrong)?,
            Some((by, "behind")) => self.at_ms - span(by).ok_or_else(wrong)?,
            _ => return Err(wrong()),
        };
        let said = self.release(reader, &records, &under, now_ms);
        let tells = Vec::new();
        Ok(Answer { said, tells })
    }

    fn release(&self, reader: &str, records: &str, under: &str, now_ms: u64) -> Said {
        let request = ReleaseRequest {
            ticket: ticket(under),
            seen: Height::new(0),
            records: List::new(split(records).map(record).collect()).unwrap(),
        };
        let mut loaded = Loaded::new();
        self.book.load(release::first_keys(&request), &mut loaded);
        let held = release::ticket(&request, &loaded).unwrap();
        if let Some(held) = &held {
            self.book.load(release::basis_keys(held), &mut loaded);
        }
        let tip = release::Tip {
            height: self.book.env.height,
            time_ms: self.book.env.time_ms,
        };
        let now_ms = TimestampMs::new(START_MS + now_ms);
        let judged = self.book.judged(&request, member(reader), tip, now_ms);
        match (judged, &held) {
            (Ok(_), held) => Said::Opens(held.as_ref().unwrap().basis.kind()),
            (Err(Stop::Refused(refusal)), Some(held)) => {
                let moment = Moment::between(tip.time_ms, now_ms);
                Said::Kept(refusal, self.denial(&request, held, moment, &loaded))
            }
            (Err(Stop::Refused(refusal)), None) => Said::Kept(refusal, Denial::Itself),
            (Err(Stop::Fault(fault)), _) => panic!("{fault}"),
        }
    }

    /// The first denial of a release that says more than its refusal.
    fn denial(
        &self,
        request: &ReleaseRequest,
        held: &Ticket,
        moment: Moment,
        loaded: &Loaded,
    ) -> Denial {
        let question = Question {
            member: held.member,
            present: held.practitioner.as_slice(),
            moment,
            claim: Claim::Release(decision::Release {
                ticket: held,
                records: &request.records,
            }),
        };
        let decision = decide(&question, loaded).unwrap();
        let mut denials = decision
            .findings
            .iter()
            .filter_map(|finding| match finding.effect {
                Effect::Deny { refusal, because } => Some((finding.source, refusal, because)),
                Effect::Permit | Effect::Withhold(_) => None,
            });
        match denials.next() {
            Some((_, Refusal::BasisEnded, because)) => Denial::Because(because),
            Some((Source::Restriction(id), ..)) => {
                let mut labels = self.labels.iter();
                let by =
                    labels.find(|(label, owner)| restriction(&format!("{owner}/{label}")) == id);
                Denial::By(by.map_or_else(String::new, |(label, _)| label.clone()))
            }
            _ => Denial::Itself,
        }
    }
}

/// `floods the ledger with 400 calls`.
fn flood(does: &str) -> Option<u64> {
    let count = does.strip_prefix("floods the ledger with ")?;
    count.strip_suffix(" calls")?.parse().ok()
}

fn compare(expected: &Answer, answer: &Answer) -> Result<(), String> {
    let told = expected
        .tells
        .iter()
        .all(|name| answer.tells.contains(name));
    match expected.said == answer.said && told {
        true => Ok(()),
        false => Err(format!(
            "expected {expected:?}, but the answer was {answer:?}"
        )),
    }
}

/// Letter of the sponsor, and all who sign in the language of tables.
fn signers(who: &str) -> Result<(&'static str, String), String> {
    let (sponsor, rest) = who.split_once(" with ").unwrap_or((who, ""));
    let sponsor = member_letter(sponsor).ok_or_else(|| format!("there is no member {sponsor}"))?;
    let mut all = vec![sponsor.to_owned()];
    for one in rest.split(", ").flat_map(|part| part.split(" and ")) {
        if !one.is_empty() {
            all.push(signer(one).ok_or_else(|| format!("nobody signs so: {one}"))?);
        }
    }
    Ok((sponsor, all.join("+")))
}

/// `Dr Noor`, `Amina's card`, `Amina's new card`, `Amina's second key`; a member, with its transaction key.
fn signer(text: &str) -> Option<String> {
    if let Some((patient, key)) = text.split_once("'s ") {
        let kind = match key {
            "card" => "card",
            "new card" => "new",
            "second key" => "second",
            _ => return None,
        };
        return Some(format!("{kind}-{}", patient_word(patient)?));
    }
    if let Some(letter) = member_letter(text) {
        return Some(format!("tx:{letter}"));
    }
    let practitioner = practitioner_word(text)?;
    practitioner
        .split_once('/')
        .map(|(_, word)| word.to_owned())
}
