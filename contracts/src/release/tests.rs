//! Release: each refusal, each boundary by each clock, each basis.
mod law;
mod needs;
mod speakers;

use super::{Tip, basis_keys, first_keys, judge, ticket};
use crate::book::{Book, START_MS, member, ms, record};
use crate::{Fault, Loaded, Stop};
use amanat_types::codec::List;
use amanat_types::limits::RECENCY_MS_MAX;
use amanat_types::release::{Release, ReleaseRequest};
use amanat_types::{Height, Refusal, TimestampMs};

/// A release asked of a node whose tip and clock are at `at`, unless changed.
#[derive(Clone)]
struct Asked {
    book: Book,
    ticket: &'static str,
    records: Vec<&'static str>,
    reader: &'static str,
    seen: u64,
    tip_ms: u64,
    now_ms: u64,
}

impl Asked {
    fn of(text: &str, ticket: &'static str, records: &[&'static str]) -> Self {
        Self {
            book: Book::after(text),
            ticket,
            records: records.to_vec(),
            reader: "b",
            seen: 5,
            tip_ms: 50,
            now_ms: 50,
        }
    }

    fn at(&self, word: &str) -> Self {
        let (tip_ms, now_ms) = (ms(word), ms(word));
        Self {
            tip_ms,
            now_ms,
            ..self.clone()
        }
    }

    /// After one more line.
    fn after(&self, text: &str) -> Self {
        let mut asked = self.clone();
        asked.book.check(text);
        asked
    }

    fn request(&self) -> ReleaseRequest {
        let records = self.records.iter().map(|word| record(word)).collect();
        ReleaseRequest {
            ticket: crate::book::ticket(self.ticket),
            seen: Height::new(self.seen),
            records: List::new(records).unwrap(),
        }
    }

    fn judged(&self) -> Result<Release, Stop> {
        let request = self.request();
        let tip = Tip {
            height: Height::new(5),
            time_ms: TimestampMs::new(START_MS + self.tip_ms),
        };
        let now_ms = TimestampMs::new(START_MS + self.now_ms);
        self.book.judged(&request, member(self.reader), tip, now_ms)
    }

    fn said(&self) -> &'static str {
        match self.judged() {
            Ok(_) => "ok",
            Err(Stop::Refused(refusal)) => refusal.name(),
            Err(Stop::Fault(fault)) => panic!("{fault}"),
        }
    }

    /// Refused from `end` on, by either clock, and not before.
    fn ends(&self, end: &str, refusal: Refusal) {
        let end = ms(end);
        let one = |tip_ms, now_ms| {
            Self {
                tip_ms,
                now_ms,
                ..self.clone()
            }
            .said()
        };
        assert_eq!(one(end - 1, end - 1), "ok");
        assert_eq!(one(end, end - 1), refusal.name(), "by the block's time");
        assert_eq!(one(end - 1, end), refusal.name(), "by the releaser's clock");
    }
}

const GRANTED: &str = "
    0  a    declare x1/p1 x2/p1                                 => ok
    0  a+c1 patient p1 card=c1 emergency=x1                     => ok
    0  b+dr practitioner dr until=9h                            => ok
    0  a+c1 checkin v p1 open=x1,x2 write until=10h             => ok
    0  a    deposit r1 x1 by=visit:a/v                          => ok
    0  a    deposit r2 x2 by=visit:a/v                          => ok
    0  a+c1 grant g p1 to=b open=x1,x2 until=8h                 => ok
    0  a+c1 grant p p1 to=b/dr open=x1 until=20h                => ok
    0  b    request t by=grant:a/g indexes=x1 until=7h          => ok
    0  b    request u by=grant:a/g records=a/r1 until=12h       => ok
    0  b+dr request k by=grant:a/p indexes=x1 until=12h         => ok
    0  b+dr request m by=grant:a/g indexes=x1 until=12h         => ok
";

#[test]
fn recency() {
    let asked = Asked::of(GRANTED, "b/t", &["a/r1"]);
    assert_eq!(asked.said(), "ok");
    let apart = |tip_ms, now_ms| {
        Asked {
            tip_ms,
            now_ms,
            ..asked.clone()
        }
        .said()
    };
    assert_eq!(apart(50, 50 + RECENCY_MS_MAX), "ok");
    assert_eq!(apart(50, 51 + RECENCY_MS_MAX), "TipTooOld");
    assert_eq!(apart(50 + RECENCY_MS_MAX, 50), "ok");
    assert_eq!(apart(51 + RECENCY_MS_MAX, 50), "TipTooOld");
    assert_eq!(
        Asked {
            seen: 6,
            ..asked.clone()
        }
        .said(),
        "TipBehindReader"
    );
    assert_eq!(
        Asked {
            seen: 4,
            ..asked.clone()
        }
        .said(),
        "ok"
    );
}

#[test]
fn reader() {
    let asked = Asked::of(GRANTED, "b/t", &["a/r1"]);
    assert_eq!(
        Asked {
            ticket: "b/no",
            ..asked.clone()
        }
        .said(),
        "TicketUnknown"
    );
    assert_eq!(
        Asked {
            reader: "a",
            ..asked.clone()
        }
        .said(),
        "ReaderWrong"
    );
    asked.ends("7h", Refusal::TicketEnded);
}

#[test]
fn records() {
    let asked = Asked::of(GRANTED, "b/t", &["a/r1"]);
    let of = |records: &[&'static str]| {
        let records = records.to_vec();
        Asked {
            records,
            ..asked.clone()
        }
        .said()
    };
    assert_eq!(of(&[]), "ok");
    assert_eq!(of(&["a/no"]), "RecordUnknown");
    assert_eq!(of(&["a/r1", "a/r2"]), "RecordOutsideTicket");
    // The first that may not leave decides.
    assert_eq!(of(&["a/r2", "a/no"]), "RecordOutsideTicket");
    let later = asked.after("0 a deposit r3 x1 by=visit:a/v => ok");
    let later = Asked {
        records: vec!["a/r3"],
        ..later
    };
    assert_eq!(
        later.said(),
        "ok",
        "an index also covers what is deposited later"
    );
    let by_ids = Asked::of(GRANTED, "b/u", &["a/r1"]);
    assert_eq!(by_ids.said(), "ok");
    let other = by_ids.after("0 a deposit r3 x1 by=visit:a/v => ok");
    let other = Asked {
        records: vec!["a/r3"],
        ..other
    };
    assert_eq!(other.said(), "RecordOutsideTicket");
    let retracted = asked.after("0 a retract a/r1 => ok");
    assert_eq!(retracted.said(), "RecordRetracted");
    let amended = asked.after("0 a amend r4 over=a/r1 x1 by=visit:a/v => ok");
    assert_eq!(amended.said(), "ok", "a superseded record is still read");
}

#[test]
fn answer() {
    let asked = Asked::of(GRANTED, "b/t", &["a/r1"]);
    let release = asked.judged().unwrap();
    assert_eq!(release.member, member("b"));
    assert_eq!(release.height, Height::new(5));
    assert_eq!(release.records[0].record, record("a/r1"));
    assert_eq!(release.records[0].custodian, member("a"));
    assert_eq!(release.records[0].blob, crate::book::blob("r1"));
}

#[test]
fn consent() {
    let asked = Asked::of(GRANTED, "b/u", &["a/r1"]);
    asked.ends("8h", Refusal::BasisEnded);
    assert_eq!(asked.after("0 c+c1 revoke a/g => ok").said(), "BasisEnded");
    // A grant to a practitioner ends with the practitioner; one to the member does not, whoever co-signed.
    let asked = Asked::of(GRANTED, "b/k", &["a/r1"]);
    asked.ends("9h", Refusal::BasisEnded);
    let ended = "49 b end b/dr => ok";
    assert_eq!(asked.after(ended).said(), "BasisEnded");
    let asked = Asked::of(GRANTED, "b/m", &["a/r1"]);
    assert_eq!(asked.after(ended).said(), "ok");
}

#[test]
fn treatment() {
    let asked = Asked::of(GRANTED, "a/w", &["a/r1"])
        .after("0 a request w by=visit:a/v indexes=x1 until=12h => ok");
    let asked = Asked {
        reader: "a",
        ..asked
    };
    asked.ends("10h", Refusal::BasisEnded);
    assert_eq!(asked.after("0 a discharge a/v => ok").said(), "BasisEnded");
}

#[test]
fn patient() {
    let line = "0 b+c1 request w by=card:p1 for=PATRQT indexes=x1 open=x1 until=12h => ok";
    let asked = Asked::of(GRANTED, "b/w", &["a/r1"]).after(line);
    asked.ends("12h", Refusal::TicketEnded);
    assert_eq!(asked.after("0 b+c1 block p1 c1 => ok").said(), "BasisEnded");
}

#[test]
fn emergency() {
    let asked = Asked::of(GRANTED, "b/w", &["a/r1"]);
    let broken = asked.after("8h b+dr glass w p1 until=12h => ok");
    broken.ends("9h", Refusal::BasisEnded);
    let broken = asked.after("0 b+dr glass w p1 until=4h => ok");
    broken.ends("4h", Refusal::TicketEnded);
    assert_eq!(broken.after("49 b end b/dr => ok").said(), "BasisEnded");
    assert_eq!(broken.at("3h").said(), "ok");
}

#[test]
fn directory() {
    let asked = Asked::of(GRANTED, "b/w", &["a/d1"]);
    let asked = asked.after("0 a deposit d1 dir:a by=dir => ok");
    let asked = asked.after("0 b request w by=dir indexes=dir:a until=12h => ok");
    asked.ends("12h", Refusal::TicketEnded);
    assert_eq!(
        Asked {
            records: vec!["a/r1"],
            ..asked
        }
        .said(),
        "RecordOutsideTicket"
    );
}

/// Nothing is released to a member that does not act, whatever the ticket stands on; once it acts again, what has not ended is.
#[test]
fn standing() {
    const WORLD: &str = "
        0  a+c1 patient p1 card=c1                                  => ok
        0  a    declare x1/p1                                       => ok
        0  a+c1 checkin v p1 open=x1 write until=10h                => ok
        0  a    deposit r1 x1 by=visit:a/v                          => ok
        0  a    deposit d1 dir:a by=dir                             => ok
        0  a+c1 grant g p1 to=e open=x1 until=8h                    => ok
        0  e    request t by=grant:a/g indexes=x1 until=7h          => ok
        0  e    request d by=dir indexes=dir:a until=7h             => ok
    ";
    const VOTED: &str = "
        0  b    vote a/s yes    => ok
        0  c    vote a/s yes    => ok
        0  d    vote a/s yes    => ok
        epoch 0                 => ok []
        epoch 0                 => ok [ChangeApplied]
    ";
    for (name, held) in [("e/t", "a/r1"), ("e/d", "a/d1")] {
        let asked = Asked {
            reader: "e",
            ..Asked::of(WORLD, name, &[held])
        };
        assert_eq!(asked.said(), "ok");
        let removed = asked.after("0 a propose s remove e => ok").after(VOTED);
        assert_eq!(removed.said(), "BasisEnded");
        let suspended = asked.after("0 a propose s suspend e => ok").after(VOTED);
        assert_eq!(suspended.said(), "BasisEnded");
        let back = suspended.after(
            "
            0  a    propose r reinstate e   => ok
            0  b    vote a/r yes            => ok
            0  c    vote a/r yes            => ok [VoteCast ProposalPassed]
            epoch 0                         => ok []
            epoch 0                         => ok [ChangeApplied]
            ",
        );
        assert_eq!(back.said(), "ok");
    }
}

/// A basis that is absent from the state opens nothing; one that was not loaded is a fault.
#[test]
fn absent() {
    for (name, line) in [
        ("b/t", ""),
        ("b/k", ""),
        ("a/v", ""),
        ("b/w", "0 b+dr glass w p1 until=4h => ok"),
        (
            "b/w",
            "0 b+c1 request w by=card:p1 for=PATRQT indexes=x1 open=x1 => ok",
        ),
    ] {
        let mut asked = Asked::of(GRANTED, name, &["a/r1"]).after(line);
        asked.reader = if name == "a/v" { "a" } else { "b" };
        assert_eq!(asked.said(), "ok");
        let request = asked.request();
        let mut loaded = Loaded::new();
        asked.book.load(first_keys(&request), &mut loaded);
        let held = ticket(&request, &loaded).unwrap().unwrap();
        let basis = basis_keys(&held);
        let time_ms = TimestampMs::new(START_MS + 50);
        let tip = Tip {
            height: Height::new(5),
            time_ms,
        };
        let by = member(asked.reader);
        let outcome = judge(&request, by, tip, time_ms, Some(&held), &loaded);
        assert!(matches!(outcome, Err(Stop::Fault(Fault::NotLoaded { .. }))));
        // What is not there, such as restrictions or what is known of a person, opens nothing by being there.
        for key in basis
            .into_iter()
            .filter(|key| asked.book.state.contains_key(key))
        {
            let mut gone = asked.clone();
            gone.book.state.remove(&key);
            assert_eq!(gone.said(), "BasisEnded", "{name}");
        }
    }
}

/// What denies ends with the later clock, what permits begins with it: the earlier one still denies.
#[test]
fn clocks() {
    let said = |asked: &Asked, tip_ms, now_ms| {
        let asked = Asked {
            tip_ms,
            now_ms,
            ..asked.clone()
        };
        asked.said()
    };
    let asked = Asked::of(GRANTED, "b/t", &["a/r1"]);
    let restricted = asked.after("0 a+c1 restrict k p1 until=40 => ok");
    let permitted = Asked {
        ticket: "b/w",
        ..asked.after(
            "
            0  a+c1 permit w p1 open=x1 from=40 until=8h            => ok
            40 b    request w by=permit:a/w indexes=x1 until=12h    => ok
            ",
        )
    };
    for (asked, denied) in [
        (&restricted, "RestrictedByPatient"),
        (&permitted, "BasisEnded"),
    ] {
        assert_eq!(said(asked, 39, 39), denied);
        assert_eq!(said(asked, 40, 39), denied, "by the releaser's clock");
        assert_eq!(said(asked, 39, 40), denied, "by the block's time");
        assert_eq!(said(asked, 40, 40), "ok");
    }
    permitted.ends("8h", Refusal::BasisEnded);
}

/// A decision names every permit and every denial that counted, not only the first.
#[test]
fn findings() {
    use crate::book::{encounter, restriction};
    use crate::decision::{self, Claim, Effect, Moment, Question, Source, decide};
    let asked = Asked::of(GRANTED, "a/v", &["a/r1", "a/r2"]).after(
        "
        0 a+c1 restrict k p1 indexes=x2 until=2000                  => ok
        0 a    retract a/r2                                         => ok
        ",
    );
    let decided = |asked: &Asked, at: &str| {
        let request = asked.request();
        let mut loaded = Loaded::new();
        asked.book.load(first_keys(&request), &mut loaded);
        let held = ticket(&request, &loaded).unwrap().unwrap();
        asked.book.load(basis_keys(&held), &mut loaded);
        let question = Question {
            member: held.member,
            present: held.practitioner.as_slice(),
            moment: Moment::of(TimestampMs::new(START_MS + ms(at))),
            claim: Claim::Release(decision::Release {
                ticket: &held,
                records: &request.records,
            }),
        };
        let decision = decide(&question, &loaded).unwrap();
        let findings = decision.findings.iter();
        findings
            .map(|finding| (finding.source, finding.effect))
            .collect::<Vec<_>>()
    };
    let deny = |refusal, because| Effect::Deny { refusal, because };
    let same = |refusal| deny(refusal, refusal);
    let visit = Source::Encounter(encounter("a/v"));
    let second = Source::Record(record("a/r2"));
    let bound = Source::Restriction(restriction("a/k"));
    assert_eq!(
        decided(&asked, "50"),
        [
            (visit, Effect::Permit),
            (second, same(Refusal::RecordRetracted)),
            (bound, same(Refusal::RestrictedByPatient)),
        ]
    );
    let closed = asked.after("50 a discharge a/v => ok");
    assert_eq!(
        decided(&closed, "1000"),
        [
            (Source::Question, same(Refusal::TicketEnded)),
            (visit, deny(Refusal::BasisEnded, Refusal::EncounterEnded)),
            (second, same(Refusal::RecordRetracted)),
            (bound, same(Refusal::RestrictedByPatient)),
        ]
    );
}
