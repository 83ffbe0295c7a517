//! Retention, legal holds and erasure against a plain list of what was accepted, over random histories.
//!
//! - E1: a record is erased only once it was kept for as long as members last voted, counted from its deposit.
//! - E2: no record is erased while a hold lies on it that is neither ended nor over, whoever asks.
//! - E3: who erases is the custodian with who speaks for the patient; all records of a call, or none.
//! - E4: what was erased is never released again, its tombstone stays, and nothing but confirmations is added to it.
//! - E5: each answer is the one that the documented order of refusals gives.
use super::book::{Book, member, ms, printed, record, split};
use super::reference::dice::Dice;
use amanat_types::code::RetractReason;
use amanat_types::state::{ErasureState, Record};
use amanat_types::{Refusal, StateKey, TimestampMs};
use commonware_codec::DecodeExt as _;
use std::collections::{BTreeMap, BTreeSet};

/// Histories of a run.
const HISTORIES: u64 = 150;
/// Steps of each.
const STEPS: usize = 70;
const DAY: u64 = 24 * 3_600_000;

const WORLD: &str = "
    0  a         declare x1/p1 y1/p2                            => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  e+o1      practitioner o1 role=officer until=9000d       => ok
    0  e+o2      practitioner o2 role=officer until=9000d       => ok
";

/// A record as it was deposited.
struct Kept {
    by: &'static str,
    patient: &'static str,
    at: u64,
    /// How many epochs had ended.
    epochs: usize,
    retracted: bool,
    erased: bool,
}

struct Held {
    by: &'static str,
    records: BTreeSet<String>,
    until: u64,
    ended: bool,
}

/// All that was accepted, and the ledger beside it.
struct History {
    book: Book,
    dice: Dice,
    now: u64,
    number: usize,
    records: BTreeMap<String, Kept>,
    holds: BTreeMap<String, Held>,
    days: Option<u64>,
    /// Epochs that ended, and the time of each that was noted.
    epochs: usize,
    noted: Vec<(usize, u64)>,
    confirmed: BTreeMap<String, BTreeSet<&'static str>>,
    tally: BTreeMap<String, u64>,
}

impl History {
    fn new(world: &Book, seed: u64) -> Self {
        Self {
            book: world.clone(),
            dice: Dice::new(seed),
            now: 1,
            number: 0,
            records: BTreeMap::new(),
            holds: BTreeMap::new(),
            days: None,
            epochs: 0,
            noted: Vec::new(),
            confirmed: BTreeMap::new(),
            tally: BTreeMap::new(),
        }
    }

    fn says(&mut self, line: &str) -> String {
        let tx = self.book.tx(&format!("{} {line}", self.now));
        self.book.at(self.now);
        printed(&self.book.block(&[tx])).0
    }

    fn must(&mut self, line: &str) {
        assert_eq!(self.says(line), "ok", "{line}");
    }

    /// The answer of the ledger, which must be the expected one.
    fn same(&mut self, kind: &str, line: &str, expected: &'static str) -> bool {
        let said = self.says(line);
        assert_eq!(said, expected, "at {}: {line}", self.now);
        *self.tally.entry(format!("{kind}: {said}")).or_default() += 1;
        said == "ok"
    }

    fn end_epoch(&mut self) {
        self.book.at(self.now);
        self.book.last_block(&[]);
        self.epochs += 1;
        let due = self
            .noted
            .last()
            .is_none_or(|(_, at)| self.now - at >= 30 * DAY);
        if self.days.is_some() && due {
            self.noted.push((self.epochs, self.now));
        }
    }

    /// Whether a record must still be kept, by the notes.
    fn runs(&self, one: &Kept) -> bool {
        let Some(days) = self.days.filter(|days| *days > 0) else {
            return false;
        };
        let from = self.noted.iter().find(|(epochs, _)| *epochs > one.epochs);
        from.is_none_or(|(_, at)| self.now - at < days * DAY)
    }

    fn held(&self, id: &str) -> usize {
        let stands = |one: &&Held| one.records.contains(id) && !one.ended && self.now < one.until;
        self.holds.values().filter(stands).count()
    }

    /// One or two records, in the order of their ids.
    fn some(&mut self) -> Vec<String> {
        let all: Vec<String> = self.records.keys().cloned().collect();
        let mut some = vec![self.dice.pick(&all)];
        if self.dice.once_in(3) {
            some.push(self.dice.pick(&all));
        }
        some.sort_by_key(|word| record(word));
        some.dedup();
        some
    }

    fn step(&mut self) {
        self.number += 1;
        self.now += self.dice.pick(&[1, 3_600_000, DAY, DAY, 5 * DAY, 31 * DAY]);
        match self.dice.below(20) {
            _ if self.records.len() < 3 => self.deposit(),
            0..=2 => self.deposit(),
            3..=5 => self.hold(),
            6 | 7 => self.end_hold(),
            8 | 9 => self.confirm(),
            10 => self.retract(),
            11 => self.vote(),
            12 | 13 => self.end_epoch(),
            _ => self.erase(),
        }
        self.look();
    }

    fn deposit(&mut self) {
        let by = self.dice.pick(&["a", "b"]);
        let (patient, card, index) = self.dice.pick(&[("p1", "c1", "x1"), ("p2", "c2", "y1")]);
        let (n, until) = (self.number, self.now + 10);
        self.must(&format!(
            "{by}+{card} checkin v{n} {patient} open={index} write until={until} ticket={until}"
        ));
        self.must(&format!("{by} deposit r{n} {index} by=visit:{by}/v{n}"));
        let kept = Kept {
            by,
            patient,
            at: self.now,
            epochs: self.epochs,
            retracted: false,
            erased: false,
        };
        self.records.insert(format!("{by}/r{n}"), kept);
    }

    fn hold(&mut self) {
        let by = self.dice.pick(&["a", "b", "e", "e"]);
        let officers = if by == "e" {
            self.dice.pick(&["", "+o1", "+o1+o2", "+o1+o2"])
        } else {
            ""
        };
        let records = self.some();
        let until = self.now + self.dice.pick(&[DAY, 10 * DAY, 60 * DAY]);
        let of = |id: &String| &self.records[id];
        let expected = if records.iter().any(|id| of(id).erased) {
            "RecordErased"
        } else if records.iter().all(|id| of(id).by == by) {
            ""
        } else if by != "e" {
            "NotAnAuthority"
        } else if officers != "+o1+o2" {
            "TooFewOfficers"
        } else {
            ""
        };
        // The custodian of all leaves room for authorities.
        let own = records.iter().all(|id| of(id).by == by);
        let most = if own { 4 } else { 8 };
        let full = records.iter().any(|id| self.held(id) >= most);
        let expected = match (expected, full) {
            ("", true) => "HoldsFull",
            ("", false) => "ok",
            (other, _) => other,
        };
        let (n, names) = (self.number, records.join(","));
        let line = format!("{by}{officers} hold h{n} records={names} until={until}");
        if self.same("hold", &line, expected) {
            let held = Held {
                by,
                records: records.into_iter().collect(),
                until,
                ended: false,
            };
            self.holds.insert(format!("{by}/h{n}"), held);
        }
    }

    fn end_hold(&mut self) {
        let all: Vec<String> = self.holds.keys().cloned().collect();
        if all.is_empty() {
            return;
        }
        let id = self.dice.pick(&all);
        let by = if self.dice.once_in(4) {
            "a"
        } else {
            self.holds[&id].by
        };
        let officers = self.dice.pick(&["+o1", "+o1+o2", "+o1+o2"]);
        let hold = &self.holds[&id];
        let expected = if hold.by != by {
            "HoldNotYours"
        } else if by == "e" && officers == "+o1" {
            "TooFewOfficers"
        } else if hold.ended || hold.until <= self.now {
            "HoldOver"
        } else {
            "ok"
        };
        if self.same("end", &format!("{by}{officers} endhold {id}"), expected) {
            self.holds.get_mut(&id).unwrap().ended = true;
        }
    }

    fn erase(&mut self) {
        let records = self.some();
        let first = &self.records[&records[0]];
        let (mut by, mut patient) = (first.by, first.patient);
        if self.dice.once_in(8) {
            by = self.dice.pick(&["a", "b", "d", "e"]);
        }
        if self.dice.once_in(8) {
            patient = self.dice.pick(&["p1", "p2"]);
        }
        let (own, index) = if patient == "p1" {
            ("+c1", "x1")
        } else {
            ("+c2", "y1")
        };
        let card = if self.dice.once_in(8) {
            self.dice.pick(&["", "+c1", "+o1+o2"])
        } else {
            own
        };
        let expected = self.erasure(&records, (by, patient), card == own);
        let line = format!(
            "{by}{card} erase {patient} records={} open={index}",
            records.join(",")
        );
        if self.same("erase", &line, expected) {
            for id in records {
                assert_eq!(self.held(&id), 0, "E2: {id}");
                let one = self.records.get_mut(&id).unwrap();
                let days = self.days.unwrap();
                assert!(self.now - one.at >= days * DAY, "E1: {id}");
                one.erased = true;
            }
        }
    }

    fn erasure(
        &self,
        records: &[String],
        (by, patient): (&str, &str),
        speaks: bool,
    ) -> &'static str {
        if !speaks {
            return "CardNotPresent";
        }
        for one in records.iter().map(|id| &self.records[id]) {
            if one.by != by {
                return "RecordNotYours";
            }
            if one.erased {
                return "RecordErased";
            }
            if one.patient != patient {
                return "RecordNotShown";
            }
        }
        if self.days.is_none() {
            return "RetentionUnset";
        }
        for id in records {
            if self.runs(&self.records[id]) {
                return "RetentionRuns";
            }
            if self.held(id) > 0 {
                return "RecordHeld";
            }
        }
        "ok"
    }

    fn confirm(&mut self) {
        let by = self.dice.pick(&["a", "b", "b", "c"]);
        let records = self.some();
        let mut expected = "ok";
        for id in records.iter().rev() {
            if !self.records[id].erased {
                expected = "RecordNotErased";
            }
            // Every deposit of these histories is held by a and b, one of which is its custodian.
            if by == "c" {
                expected = "NotHolder";
            }
        }
        if self.same(
            "confirm",
            &format!("{by} confirm records={}", records.join(",")),
            expected,
        ) {
            for id in records {
                self.confirmed.entry(id).or_default().insert(by);
            }
        }
    }

    fn retract(&mut self) {
        let id = self.some().remove(0);
        let one = &self.records[&id];
        let expected = if one.retracted || one.erased {
            "RecordRetracted"
        } else {
            "ok"
        };
        let line = format!("{} retract {id}", one.by);
        if self.same("retract", &line, expected) {
            self.records.get_mut(&id).unwrap().retracted = true;
        }
    }

    /// A vote that all cast at once, and the two epochs until it is in force.
    fn vote(&mut self) {
        let days = self.dice.pick(&[0, 5, 5, 40]);
        let n = self.number;
        self.must(&format!("a propose k{n} retention {days}"));
        for voter in ["b", "c", "d"] {
            self.must(&format!("{voter} vote a/k{n} yes"));
        }
        self.end_epoch();
        self.days = Some(days);
        self.end_epoch();
    }

    /// Every record as the ledger has it, and one as it is released to its patient.
    fn look(&mut self) {
        for (id, one) in &self.records {
            let bytes = &self.book.state[&StateKey::record(&record(id))];
            let state = Record::decode(bytes.clone()).unwrap();
            assert_eq!(
                state.retracted == Some(RetractReason::Erased),
                one.erased,
                "E4: {id}"
            );
            assert_eq!(
                state.retracted.is_some(),
                one.erased || one.retracted,
                "{id}"
            );
            let tombstone = self.book.state.get(&StateKey::erasure(&record(id)));
            assert_eq!(tombstone.is_some(), one.erased, "E4: {id}");
            let said = tombstone.map(|bytes| ErasureState::decode(bytes.clone()).unwrap());
            let said: Vec<_> = said.map_or_else(Vec::new, |said| said.confirmed.to_vec());
            let confirmed = self.confirmed.get(id).into_iter().flatten();
            assert_eq!(
                said,
                confirmed.map(|by| member(by)).collect::<Vec<_>>(),
                "{id}"
            );
        }
        let id = self.some().remove(0);
        let one = &self.records[&id];
        let (patient, gone) = (one.patient, one.erased || one.retracted);
        let (card, index) = if patient == "p1" {
            ("c1", "x1")
        } else {
            ("c2", "y1")
        };
        let (n, until) = (self.number, self.now + 1_000);
        self.must(&format!("d+{card} request t{n} by=card:{patient} for=PATRQT indexes={index} open={index} until={until}"));
        let at = TimestampMs::new(super::book::START_MS + self.now);
        let released = self.book.released("d", &format!("d/t{n}"), &id, at);
        let expected = if gone {
            Err(Refusal::RecordRetracted)
        } else {
            Ok(())
        };
        assert_eq!(released, expected, "E4: {id}");
    }
}

/// Answers that the histories of a run must have given.
const GIVEN: &str = "erase: ok,erase: RetentionUnset,erase: RetentionRuns,erase: RecordHeld,erase: RecordErased,erase: RecordNotYours,erase: RecordNotShown,erase: CardNotPresent,hold: ok,hold: NotAnAuthority,hold: TooFewOfficers,hold: RecordErased,end: ok,end: HoldNotYours,end: HoldOver,end: TooFewOfficers,confirm: ok,confirm: NotHolder,confirm: RecordNotErased,retract: ok,retract: RecordRetracted";

#[test]
fn histories_of_erasure() {
    assert_eq!(ms("30d"), 30 * DAY);
    let world = Book::after(WORLD);
    let mut tally: BTreeMap<String, u64> = BTreeMap::new();
    for seed in 0..HISTORIES {
        let mut history = History::new(&world, seed);
        for _ in 0..STEPS {
            history.step();
        }
        for (answer, count) in history.tally {
            *tally.entry(answer).or_default() += count;
        }
    }
    for answer in split(GIVEN) {
        assert!(tally.contains_key(answer), "never {answer}: {tally:?}");
    }
}
