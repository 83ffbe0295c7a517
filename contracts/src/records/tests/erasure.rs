//! Retention, legal holds and erasure in tables: who erases, what comes before the patient's word, each boundary in time, and that no road leads back.
use crate::book::{Book, hold_id, member, patient, record, time};
use amanat_types::code::RetractReason;
use amanat_types::state::{ErasureState, HoldState, Holds, Record, Retention};
use amanat_types::{StateKey, limits};
use commonware_codec::DecodeExt as _;

const WORLD: &str = "
    0  a         declare x1/p1 x2/p1 y1/p2                      => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  a+dr      practitioner dr                                => ok
    0  e+o1      practitioner o1 role=officer                   => ok
    0  e+o2      practitioner o2 role=officer                   => ok
    0  a+c1      checkin v p1 open=x1,x2 write until=100        => ok
    0  a+c2      checkin w p2 open=y1 write until=100           => ok
    0  b+c1      checkin u p1 open=x1 write until=100           => ok
    0  a         deposit r1 x1 by=visit:a/v                     => ok
    0  a         deposit r2 x2 by=visit:a/v                     => ok
    0  a         deposit old x1 by=visit:a/v                    => ok
    0  a         amend new over=a/old x1 by=visit:a/v           => ok
    0  a         deposit gone x1 by=visit:a/v                   => ok
    0  a         retract a/gone                                 => ok
    0  a         deposit q1 y1 by=visit:a/w                     => ok
    0  b         deposit m1 x1 by=visit:b/u                     => ok
    0  a         deposit d1 dir:a by=dir                        => ok
";

/// Members vote that records are kept for so many days; the vote is in force at `at`, from where what was deposited before counts.
fn voted(name: &str, days: u32, at: &str) -> String {
    format!(
        "
        {at} a propose {name} retention {days}  => ok
        {at} b vote a/{name} yes                => ok
        {at} c vote a/{name} yes                => ok
        {at} d vote a/{name} yes                => ok [VoteCast ProposalPassed]
        epoch {at}                              => ok []
        epoch {at}                              => ok [ChangeApplied]
        "
    )
}

/// After the members have voted for ten days.
fn book(text: &str) -> Book {
    Book::after(&format!("{WORLD}{}{text}", voted("k", 10, "9")))
}

/// Who erases which records, before any question of time.
pub const WHO: &str = "
    10d+9 a+c1   erase p1 records= open=x1                      => NoRecords [CallRefused]
    10d+9 a+c1   erase p1 records=a/r1,a/r1 open=x1             => NoRecords
    10d+9 a+c1   erase p1 backwards records=a/r1,a/r2 open=x1,x2 => NoRecords
    10d+9 a+c1   erase p9 records=a/r1 open=x1                  => PatientUnknown
    # Nobody for the patient; a clinician alone; another patient; officers.
    10d+9 a      erase p1 records=a/r1 open=x1                  => CardNotPresent
    10d+9 a+dr   erase p1 records=a/r1 open=x1                  => CardNotPresent
    10d+9 a+c2   erase p1 records=a/r1 open=x1                  => CardNotPresent
    10d+9 a+o1+o2 erase p1 records=a/r1 open=x1                 => CardNotPresent
    10d+9 a+c1   erase p1 records=a/r1 open=x9                  => IndexUnknown
    10d+9 a+c1   erase p1 records=a/r1 open=y1                  => IndexNotOwned
    10d+9 a+c1   erase p1 records=a/r1 open=x1~                 => IndexNotOwned
    10d+9 a+c1   erase p1 records=a/r1 open=x1,x1               => IndexRepeated
    10d+9 a+c1   erase p1 records=a/no open=x1                  => RecordUnknown
    # Another member's, brought by either; and the patient alone, under a member that keeps nothing.
    10d+9 a+c1   erase p1 records=b/m1 open=x1                  => RecordNotYours
    10d+9 b+c1   erase p1 records=a/r1 open=x1                  => RecordNotYours
    10d+9 d+c1   erase p1 records=a/r1 open=x1                  => RecordNotYours
    # A record of another patient, by the card of either; of an index that is not opened; and of no patient at all.
    10d+9 a+c1   erase p1 records=a/q1 open=x1                  => RecordNotShown
    10d+9 a+c2   erase p2 records=a/r1 open=y1                  => RecordNotShown
    10d+9 a+c1   erase p1 records=a/r1 open=x2                  => RecordNotShown
    10d+9 a+c1   erase p1 records=a/r1                          => RecordNotShown
    10d+9 a+c1   erase p1 records=a/d1 open=x1                  => RecordNotShown
    10d+9 a+c1   erase p1 records=a/d1 open=dir:a               => IndexNotOwned
    # All or none.
    10d+9 a+c1   erase p1 records=a/q1,a/r1 open=x1             => RecordNotShown
    10d+9 a+c1   erase p1 records=a/r1 open=x1                  => ok [RecordsErased]
    10d+9 a+c1   erase p1 records=a/r1 open=x1                  => RecordErased
    10d+9 a+c1   erase p1 records=a/r1,a/r2 open=x1,x2          => RecordErased
    # What was superseded or taken back, and what replaced it; another patient's by its own card.
    10d+9 a+c1   erase p1 records=a/gone,a/old open=x1          => ok [RecordsErased]
    10d+9 a+c1   erase p1 records=a/new,a/r2 open=x1,x2         => ok [RecordsErased]
    10d+9 b+c1   erase p1 records=b/m1 open=x1                  => ok
    10d+9 a+c2   erase p2 records=a/q1 open=y1                  => ok
";

/// What was erased stays so: no call brings it back, takes it over, or says something else of it.
pub const AFTER: &str = "
    0  a+c1      checkin z p1 open=x1,x2 write until=20d        => ok
    0  a         deposit n1 x1 by=visit:a/z                     => ok
    0  a+tx:b    name to=b                                      => ok
    0  a         request t by=visit:a/z indexes=x1 until=20h    => ok
    0  a         release a/t records=a/r1                       => ok
    0  a         retract a/r2 reason=erased                     => ReasonUnfit [CallRefused]
    10d+9 a+c1   erase p1 records=a/r1 open=x1                  => ok
    10d+9 a      retract a/r1                                   => RecordRetracted
    10d+9 a      retract a/r1 reason=erased                     => ReasonUnfit
    10d+9 a      amend k over=a/r1 x1 by=visit:a/z              => RecordRetracted
    10d+9 a      deposit r1 x1 by=visit:a/z                     => RecordExists
    10d+9 a+c1   ask a/r1 p1 note=a/n1 open=x1                  => RecordRetracted
    10d+9 b      keep from=a records=a/r1 held=b,c              => RecordRetracted
    10d+9 a      keep from=a records=a/r1 held=a,c              => RecordRetracted
    10d+9 a      hold h records=a/r1 until=20d                  => RecordErased
    10d+9 e+o1+o2 hold h records=a/n1,a/r1 until=20d            => RecordErased
    # Nothing new is opened by it, by no basis.
    10d+9 a      request s by=visit:a/z indexes=x1 until=11d    => ok
    10d+9 a      release a/s records=a/n1                       => ok
    10d+9 a      release a/s records=a/r1                       => RecordRetracted
    10d+9 a      release a/s records=a/n1,a/r1                  => RecordRetracted
    10d+9 b+c1   request s by=card:p1 for=PATRQT indexes=x1 open=x1 until=11d => ok
    10d+9 b      release b/s records=a/r1                       => RecordRetracted
";

/// Before a vote nothing is erased. What is kept counts from the first note that is not before the deposit: of what was deposited before the
/// vote that is the day on which it came into force.
pub const RETENTION: &str = "
    99d a+c1     erase p1 records=a/r1 open=x1                  => RetentionUnset [CallRefused]
    99d b        propose k retention 10                         => ok
    99d c        vote b/k yes                                   => ok
    99d d        vote b/k yes                                   => ok
    99d a        vote b/k yes                                   => ok [VoteCast ProposalPassed]
    99d a+c1     erase p1 records=a/r1 open=x1                  => RetentionUnset
    epoch 99d    => ok []
    99d a+c1     erase p1 records=a/r1 open=x1                  => RetentionUnset
    epoch 100d   => ok [ChangeApplied]
    109d a+c1    erase p1 records=a/r1 open=x1                  => RetentionRuns [CallRefused]
    110d-1 a+c1  erase p1 records=a/r1 open=x1                  => RetentionRuns
    110d a+c1    erase p1 records=a/r1 open=x1                  => ok
    # A younger one: no note yet is after it; then one is, a month after the last, at the end of an epoch.
    105d a+c1    checkin z p1 open=x1 write ticket=105d+9 until=106d => ok
    105d a       deposit n1 x1 by=visit:a/z                     => ok
    120d a+c1    erase p1 records=a/n1 open=x1                  => RetentionRuns
    epoch 130d-1 => ok []
    140d a+c1    erase p1 records=a/n1 open=x1                  => RetentionRuns
    epoch 130d   => ok []
    140d-1 a+c1  erase p1 records=a/n1 open=x1                  => RetentionRuns
    140d a+c1    erase p1 records=a/n1,a/r2 open=x1,x2          => ok
";

/// The time is what members last voted for: longer, shorter, or none; and of several records each must have been kept.
pub const VOTED_AGAIN: &str = "
    9   a        propose l retention 20                         => ok
    9   b        vote a/l yes                                   => ok
    9   c        vote a/l yes                                   => ok
    9   d        vote a/l yes                                   => ok
    epoch 9      => ok []
    10d+9 a+c1   erase p1 records=a/gone open=x1                => ok
    epoch 10d+9  => ok [ChangeApplied]
    10d+9 a+c1   erase p1 records=a/r1 open=x1                  => RetentionRuns
    20d+8 a+c1   erase p1 records=a/r1 open=x1                  => RetentionRuns
    20d+9 a+c1   erase p1 records=a/r1 open=x1                  => ok
    20d+9 a+c1   checkin z p1 open=x1 write ticket=20d+99 until=21d => ok
    20d+9 a      deposit n1 x1 by=visit:a/z                     => ok
    20d+9 a+c1   erase p1 records=a/n1,a/r2 open=x1,x2          => RetentionRuns
    # None: nothing is kept for its own sake, however young.
    21d a        propose m retention 0                          => ok
    21d b        vote a/m yes                                   => ok
    21d c        vote a/m yes                                   => ok
    21d d        vote a/m yes                                   => ok
    epoch 21d    => ok []
    epoch 21d    => ok [ChangeApplied]
    21d a+c1     erase p1 records=a/n1,a/r2 open=x1,x2          => ok
";

/// A hold comes before the patient's word: the custodian's, or an authority's with two officers.
pub const HOLD: &str = "
    9  a         hold h records=a/r1 until=9                    => UntilInThePast [CallRefused]
    9  a         hold h records=a/r1 until=3660d+10             => UntilTooFar
    9  a         hold h records= until=20d                      => NoRecords
    9  a         hold h records=a/r1,a/r1 until=20d             => NoRecords
    9  a         hold h backwards records=a/r1,a/r2 until=20d   => NoRecords
    9  a         hold h records=a/no until=20d                  => RecordUnknown
    # Another member's record, and no authority; an authority without two of its officers.
    9  b         hold h records=a/r1 until=20d                  => NotAnAuthority
    9  a         hold h records=a/r1,b/m1 until=20d             => NotAnAuthority
    9  a+c1      hold h records=b/m1 until=20d                  => NotAnAuthority
    9  a+o1+o2   hold h records=b/m1 until=20d                  => NotAnAuthority
    9  e         hold h records=a/r1 until=20d                  => TooFewOfficers
    9  e+o1      hold h records=a/r1 until=20d                  => TooFewOfficers
    9  e+o1+dr   hold h records=a/r1 until=20d                  => TooFewOfficers
    # Whose they are: said and shown, or not said.
    9  a         hold h of=p9 records=a/r1 open=x1 until=20d    => PatientUnknown
    9  a         hold h of=p1 records=a/r1 open=x9 until=20d    => IndexUnknown
    9  a         hold h of=p1 records=a/r1 open=y1 until=20d    => IndexNotOwned
    9  a         hold h of=p1 records=a/r1 open=x1,x1 until=20d => IndexRepeated
    9  a         hold h of=p1 records=a/r1 open=x2 until=20d    => RecordNotShown
    9  a         hold h of=p1 records=a/r1,a/r2 open=x1 until=20d => RecordNotShown
    9  a         hold h of=p2 records=a/r1 open=y1 until=20d    => RecordNotShown
    9  a         hold h records=a/r1 open=x1 until=20d          => NamesUnfit
    9  a         hold h of=p1 records=a/r1,a/r2 open=x1,x2 until=20d => ok [RecordsHeld]
    9  a         hold h records=a/r1 until=30d                  => HoldExists
    9  e+o1+o2   hold h records=a/r1,b/m1 until=15d             => ok [RecordsHeld]
    # It beats the patient, alone and among others; it says nothing of reading.
    10d+9 a+c1   erase p1 records=a/r1 open=x1                  => RecordHeld [CallRefused]
    10d+9 a+c1   erase p1 records=a/gone,a/r2 open=x1,x2        => RecordHeld
    10d+9 b+c1   erase p1 records=b/m1 open=x1                  => RecordHeld
    10d+9 a+c1   erase p1 records=a/gone open=x1                => ok
    10d+9 b+c1   request s by=card:p1 for=PATRQT indexes=x1 open=x1 until=11d => ok
    10d+9 b      release b/s records=a/r1                       => ok
    # Who ends it: whoever placed it, and an authority with its officers.
    10d+9 a      endhold a/no                                   => HoldUnknown [CallRefused]
    10d+9 b      endhold a/h                                    => HoldNotYours
    10d+9 a+c1   endhold e/h                                    => HoldNotYours
    10d+9 e+o1+o2 endhold a/h                                   => HoldNotYours
    10d+9 e+o1   endhold e/h                                    => TooFewOfficers
    10d+9 a      endhold a/h                                    => ok [HoldEnded]
    10d+9 a      endhold a/h                                    => HoldOver
    # The other still lies on it.
    10d+9 a+c1   erase p1 records=a/r1 open=x1                  => RecordHeld
    10d+9 a+c1   erase p1 records=a/r2 open=x2                  => ok
    15d-1 a+c1   erase p1 records=a/r1 open=x1                  => RecordHeld
    15d a+c1     erase p1 records=a/r1 open=x1                  => ok
    15d e+o1+o2  endhold e/h                                    => HoldOver
    15d-1 e+o1+o2 endhold e/h                                   => ok [HoldEnded]
    15d-1 b+c1   erase p1 records=b/m1 open=x1                  => ok
";

/// A hold may be placed on what was taken back or superseded, and stays when the record has another custodian, whose own it is not.
pub const HELD_ON: &str = "
    9  a         hold h records=a/gone,a/old until=20d          => ok
    10d+9 a+c1   erase p1 records=a/gone open=x1                => RecordHeld
    10d+9 a+c1   erase p1 records=a/old open=x1                 => RecordHeld
    9  a         hold i records=a/r1 until=20d                  => ok
    9  a+tx:b    name to=b                                      => ok
    9  b         keep from=a records=a/r1 held=b,c              => ok
    10d+9 b+c1   erase p1 records=a/r1 open=x1                  => RecordHeld
    10d+9 b      endhold a/i                                    => HoldNotYours
    10d+9 a      endhold a/i                                    => ok
    10d+9 b+c1   erase p1 records=a/r1 open=x1                  => ok
    # In one transaction, in its order.
    10d+9 a+c1   hold j records=a/r2 until=20d ; erase p1 records=a/r2 open=x2 => RecordHeld@1
    10d+9 a+c1   hold j records=a/r2 until=20d ; endhold a/j ; erase p1 records=a/r2 open=x2 => ok [RecordsHeld HoldEnded RecordsErased]
";

/// Custodian and holders say that they deleted it, and nobody else; again it is nothing new.
pub const CONFIRM: &str = "
    10d+9 a      confirm records=                               => NoRecords [CallRefused]
    10d+9 a      confirm backwards records=a/r1,a/r2            => NoRecords
    10d+9 a      confirm records=a/no                           => RecordUnknown
    10d+9 a      confirm records=a/r1                           => RecordNotErased
    # Taken back is not erased.
    10d+9 a      confirm records=a/gone                         => RecordNotErased
    10d+9 a+c1   erase p1 records=a/r1,a/r2 open=x1,x2          => ok
    10d+9 c      confirm records=a/r1                           => NotHolder
    10d+9 e      confirm records=a/r1                           => NotHolder
    10d+9 a      confirm records=a/gone,a/r1                    => RecordNotErased
    10d+9 b      confirm records=a/r1                           => ok [ErasureConfirmed]
    10d+9 b      confirm records=a/r1                           => ok []
    10d+9 b      confirm records=a/r1,a/r2                      => ok [ErasureConfirmed]
    10d+9 a      confirm records=a/r1,a/r2                      => ok [ErasureConfirmed]
    10d+9 a      confirm records=a/r1,a/r2                      => ok []
";

#[test]
fn who() {
    book(WHO);
}

#[test]
fn after() {
    book(AFTER);
}

#[test]
fn retention() {
    Book::after(&format!("{WORLD}{RETENTION}"));
}

#[test]
fn voted_again() {
    book(VOTED_AGAIN);
}

#[test]
fn hold() {
    book(HOLD);
}

#[test]
fn held_on() {
    book(HELD_ON);
}

#[test]
fn confirm() {
    book(CONFIRM);
}

fn value<T: commonware_codec::Read<Cfg = ()>>(book: &Book, key: StateKey) -> T {
    T::decode(book.state[&key].clone()).unwrap()
}

/// What the ledger keeps of a hold and of an erasure. Of the record everything but its end stays.
#[test]
fn kept() {
    let mut book = book(
        "
        9  a         hold h records=a/r1,a/r2 until=20d         => ok
        10 e+o1+o2   hold i records=a/r1 until=30d              => ok
        ",
    );
    let held = |book: &Book, word: &str| -> Vec<_> {
        let holds: Holds = value(book, StateKey::holds(&record(word)));
        holds.held.iter().map(|one| one.hold).collect()
    };
    assert_eq!(held(&book, "a/r1"), [hold_id("a/h"), hold_id("e/i")]);
    let one: HoldState = value(&book, StateKey::hold(&hold_id("e/i")));
    assert_eq!((one.member, one.authority), (member("e"), true));
    assert_eq!(one.until_ms, time("30d"));
    book.check("11 a endhold a/h => ok");
    let one: HoldState = value(&book, StateKey::hold(&hold_id("a/h")));
    assert_eq!((one.authority, one.ended_ms), (false, Some(time("11"))));
    assert_eq!(held(&book, "a/r1"), [hold_id("e/i")]);
    assert_eq!(held(&book, "a/r2"), []);
    let before: Record = value(&book, StateKey::record(&record("a/r2")));
    book.check(
        "
        10d+9 a+c1   erase p1 records=a/r2 open=x2              => ok
        10d+10 b     confirm records=a/r2                       => ok
        10d+10 a     confirm records=a/r2                       => ok
        ",
    );
    let expected = Record {
        retracted: Some(RetractReason::Erased),
        ..before
    };
    let after: Record = value(&book, StateKey::record(&record("a/r2")));
    assert_eq!(after, expected);
    let tombstone: ErasureState = value(&book, StateKey::erasure(&record("a/r2")));
    assert_eq!(tombstone.patient, patient("p1"));
    assert_eq!(tombstone.time_ms, time("10d+9"));
    assert_eq!(tombstone.confirmed.to_vec(), [member("a"), member("b")]);
}

/// As many holds on one record as may be; one that is over makes room, and so does one that was ended. A custodian's, which it may end, do not
/// keep an authority's out.
#[test]
fn full() {
    let mut book = book("");
    for number in 0..limits::HOLDS_MAX {
        let who = match number < limits::CUSTODIAN_HOLDS_MAX {
            true => "a",
            false => "e+o1+o2",
        };
        book.check(&format!(
            "9 {who} hold h{number} records=a/r1 until=2{number}d => ok"
        ));
        if number + 1 >= limits::CUSTODIAN_HOLDS_MAX {
            book.check("9 a hold more records=a/r1 until=20d => HoldsFull");
        }
    }
    book.check(
        "
        9  e+o1+o2   hold h records=a/r1 until=20d              => HoldsFull
        9  e+o1+o2   hold h records=a/r1,a/r2 until=20d         => HoldsFull
        20d-1 e+o1+o2 hold h records=a/r1 until=30d             => HoldsFull
        20d e+o1+o2  hold h records=a/r1 until=30d              => ok
        20d e+o1+o2  hold i records=a/r1 until=30d              => HoldsFull
        20d a        endhold a/h3                               => ok
        20d e+o1+o2  hold i records=a/r1 until=30d              => ok
        ",
    );
}

/// Who decides for the patient does so here: a parent for a child, and not the child's card.
#[test]
fn speakers() {
    book(
        "
        9 a+rg       practitioner rg role=registrar             => ok
        9 b+c9       patient p9 card=c9                         => ok
        9 a          declare k/kid                              => ok
        9 a+dr       nocard kv kid open=k reason=newborn        => ok
        9 a          deposit kr k by=visit:a/kv                 => ok
        9 a          deposit ks k by=visit:a/kv                 => ok
        9 a+rg+c9    link kid p9 parent until=1988.02           => ok
        9 a+rg+ci    issue kid card=ci                          => ok
        # What was deposited after the vote is noted a month later.
        epoch 30d+9  => ok []
        40d+9 a+ci   erase kid records=a/kr open=k              => GuardianDecides
        40d+9 a+c2   erase kid records=a/kr open=k              => CardNotPresent
        40d+9 a+c9   erase kid records=a/kr open=k              => ok
        ",
    );
}

/// Members vote for a time that can be kept. How old a record is outlives another vote.
#[test]
fn votes() {
    let retention = |book: &Book| -> Retention { value(book, StateKey::retention()) };
    let mut book = Book::after(
        "
        0 a propose k retention 43921                           => RetentionUnsound [CallRefused]
        0 a propose k retention 43920                           => ok [ProposalMade]
        ",
    );
    assert!(!book.state.contains_key(&StateKey::retention()));
    book.check(&voted("l", 7, "5"));
    let first = retention(&book);
    assert_eq!((first.days, first.marks.len()), (7, 1));
    assert_eq!(first.marks[0].time_ms, time("5"));
    assert_eq!(first.marks[0].height.plus(1), book.env.height);
    book.check(&voted("m", 8, "9"));
    let second = retention(&book);
    assert_eq!(second.days, 8);
    assert_eq!(second.marks, first.marks);
}

/// A note each month, at the end of an epoch. When there are as many as may be the first is dropped, so that what it dated is kept for longer.
#[test]
fn notes() {
    let mut book = Book::after(&voted("k", 1, "0"));
    for month in 1..=limits::RETENTION_MARKS_MAX + 1 {
        book.check(&format!("epoch {}d => ok []", 30 * month));
        book.check(&format!("epoch {}d => ok []", 30 * month + 29));
    }
    let bytes = &book.state[&StateKey::retention()];
    assert!(bytes.len() < limits::STATE_VALUE_BYTES_MAX);
    let retention = Retention::decode(bytes.clone()).unwrap();
    assert_eq!(retention.marks.len(), limits::RETENTION_MARKS_MAX);
    assert_eq!(retention.marks[0].time_ms, time("60d"));
    let of = |height, at: &str| retention.runs(amanat_types::Height::new(height), time(at));
    assert!(of(1, "61d-1"));
    assert!(!of(1, "61d"));
}

/// Before version 3 none of them may stand in a block.
#[test]
fn before_its_version() {
    for (protocol, outcome) in [(2, "!CallNotInForce"), (3, "ok")] {
        let mut book = book("");
        book.env.protocol = protocol;
        for line in [
            "10d+9 a    hold h records=a/r1 until=20d",
            "10d+9 a    endhold a/h",
            "10d+9 a+c1 erase p1 records=a/r1 open=x1",
            "10d+9 a    confirm records=a/r1",
            "10d+9 a    propose z retention 5",
        ] {
            book.check(&format!("{line} => {outcome}"));
        }
        let said = if protocol < 3 { outcome } else { "ReasonUnfit" };
        book.check(&format!("10d+9 a retract a/r2 reason=erased => {said}"));
    }
}
