//! Requests for amendment in tables: who asks, answers and disagrees, each boundary in time, and what a request lets its member write.
use crate::book::{Book, named, record, time};
use amanat_types::StateKey;
use amanat_types::state::Amendments;
use commonware_codec::DecodeExt as _;

const WORLD: &str = "
    0  a         declare x1/p1 x2/p1 y1/p2                      => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  a+dr      practitioner dr                                => ok
    0  a+c1      checkin v p1 open=x1,x2 write until=100        => ok
    0  b+c1      checkin w p1 open=x1 write until=100           => ok
    0  a         deposit r1 x1 by=visit:a/v                     => ok
    0  a         deposit r2 x2 by=visit:a/v                     => ok
    0  a         deposit n1 x1 by=visit:a/v                     => ok
    0  a         deposit n2 x1 by=visit:a/v                     => ok
    0  a         deposit gone x1 by=visit:a/v                   => ok
    0  a         retract a/gone                                 => ok
    0  b         deposit m1 x1 by=visit:b/w                     => ok
    0  b         deposit m2 x1 by=visit:b/w                     => ok
";

fn book(text: &str) -> Book {
    Book::after(&format!("{WORLD}{text}"))
}

/// Who asks: the patient, by whichever member wrote it down, about a record that stands.
pub const ASK: &str = "
    9  a+c1      ask a/r1 p9 note=a/n1 open=x1                  => PatientUnknown [CallRefused]
    # Nobody for the patient; a clinician alone; another patient.
    9  a         ask a/r1 p1 note=a/n1 open=x1                  => CardNotPresent
    9  a+dr      ask a/r1 p1 note=a/n1 open=x1                  => CardNotPresent
    9  a+c2      ask a/r1 p1 note=a/n1 open=x1                  => CardNotPresent
    9  a+c1      ask a/no p1 note=a/n1 open=x1                  => RecordUnknown
    9  a+c1      ask a/gone p1 note=a/n1 open=x1                => RecordRetracted
    9  a+c1      ask a/r1 p1 note=a/n1 open=x9                  => IndexUnknown
    9  a+c1      ask a/r1 p1 note=a/n1 open=y1                  => IndexNotOwned
    9  a+c1      ask a/r1 p1 note=a/n1 open=x1~                 => IndexNotOwned
    9  a+c1      ask a/r1 p1 note=a/n1 open=x1,x1               => IndexRepeated
    # A patient about somebody else's record.
    9  a+c2      ask a/r1 p2 note=a/n1 open=y1                  => RecordNotShown
    9  a+c1      ask a/r1 p1 note=a/n1 open=x2                  => RecordNotShown
    9  a+c1      ask a/r1 p1 note=a/n1                          => RecordNotShown
    # What is written about it: unknown, taken back, of another index, the record itself, another member's.
    9  a+c1      ask a/r1 p1 note=a/no open=x1                  => NoteUnfit
    9  a+c1      ask a/r1 p1 note=a/gone open=x1                => NoteUnfit
    9  a+c1      ask a/r1 p1 note=a/r2 open=x1                  => NoteUnfit
    9  a+c1      ask a/r1 p1 note=a/r1 open=x1                  => NoteUnfit
    9  a+c1      ask a/r1 p1 note=b/m1 open=x1                  => NoteUnfit
    # By another member, which wrote it down.
    9  b+c1      ask a/r1 p1 note=b/m1 open=x1                  => ok [AmendmentAsked]
    9  a+c1      ask a/r1 p1 note=a/n1 open=x1                  => AmendmentOpen
    # Each record has its own.
    9  a         deposit k2 x2 by=visit:a/v                     => ok
    9  a+c1      ask a/r2 p1 note=a/k2 open=x2                  => ok
    # What was superseded is asked about by what replaced it.
    9  a         amend r3 over=a/r1 x1 by=visit:a/v             => ok
    9  a         answer a/r1:0 accepted                         => ok
    9  a+c1      ask a/r1 p1 note=a/n1 open=x1                  => RecordSuperseded
    9  a+c1      ask a/r3 p1 note=a/n1 open=x1                  => ok
";

/// What is answered, by whom, until when.
pub const ANSWER: &str = "
    9  a+c1      ask a/r1 p1 note=a/n1 open=x1                  => ok
    9  a         answer a/no:0 accurate note=a/n2               => AmendmentUnknown [CallRefused]
    9  a         answer a/r2:0 accurate note=a/n2               => AmendmentUnknown
    9  a         answer a/r1:1 accurate note=a/n2               => AmendmentUnknown
    9  b         answer a/r1:0 accurate note=b/m2               => RecordNotYours
    # Said to be amended, and it is not.
    9  a         answer a/r1:0 accepted                         => NotAmended
    9  a         answer a/r1:0 accurate note=b/m2               => NoteUnfit
    9  a         answer a/r1:0 extended note=a/r2               => NoteUnfit
    # Longer, once.
    60d+8 a      answer a/r1:0 extended note=a/n2               => ok [AmendmentAnswered]
    60d+8 a      answer a/r1:0 extended note=a/n2               => AmendmentExtended
    # A late answer is one.
    90d+9 a      answer a/r1:0 accurate note=a/n2               => ok [AmendmentAnswered]
    90d+9 a      answer a/r1:0 accurate note=a/n2               => AmendmentAnswered
    90d+9 a      answer a/r1:0 extended note=a/n2               => AmendmentAnswered
    # Refused, it is asked again, and accepted: by taking the record back, too.
    90d+9 a+c1   ask a/r1 p1 note=a/n1 open=x1                  => ok
    90d+9 a      retract a/r1                                   => ok
    90d+9 a      answer a/r1:0 accepted                         => AmendmentAnswered
    90d+9 a      answer a/r1:1 accepted                         => ok [AmendmentAnswered]
";

/// Who disagrees, with what.
pub const DISAGREE: &str = "
    9  a+c1      ask a/r1 p1 note=a/n1 open=x1                  => ok
    9  b+c1      disagree a/no:0 note=b/m1                      => AmendmentUnknown [CallRefused]
    9  b+c1      disagree a/r1:1 note=b/m1                      => AmendmentUnknown
    9  b+c1      disagree a/r1:0 note=b/m1                      => NotRefused
    9  a         answer a/r1:0 extended note=a/n2               => ok
    9  b+c1      disagree a/r1:0 note=b/m1                      => NotRefused
    9  a         answer a/r1:0 not-ours note=a/n2               => ok
    9  b         disagree a/r1:0 note=b/m1                      => CardNotPresent
    9  b+c2      disagree a/r1:0 note=b/m1                      => CardNotPresent
    # In the words of another than who brings them.
    9  b+c1      disagree a/r1:0 note=a/n1                      => NoteUnfit
    9  b+c1      disagree a/r1:0 note=b/no                      => NoteUnfit
    9  b+c1      disagree a/r1:0 note=b/m1                      => ok [DisagreementStated]
    9  b+c1      disagree a/r1:0 note=b/m2                      => DisagreementStated
    # Nobody disagrees with what was granted.
    9  a+c1      ask a/r1 p1 note=a/n1 open=x1                  => ok
    9  a         retract a/r1                                   => ok
    9  a         answer a/r1:1 accepted                         => ok
    9  b+c1      disagree a/r1:1 note=b/m2                      => NotRefused
";

/// What a request lets its member write when the visit has ended: into that index, until it has been dealt with; what the patient denies does
/// not bind it.
pub const WRITE: &str = "
    9  a+c1      ask a/r1 p1 note=a/n1 open=x1                  => ok
    100 a        deposit l x1 by=visit:a/v                      => EncounterEnded
    100 a        deposit l x1 by=amendment:a/no:0               => AmendmentUnknown
    100 a        deposit l x1 by=amendment:a/r2:0               => AmendmentUnknown
    100 a        deposit l x1 by=amendment:a/r1:1               => AmendmentUnknown
    100 b        deposit l x1 by=amendment:a/r1:0               => RecordNotYours
    100 a        deposit l x2 by=amendment:a/r1:0               => IndexOutsideBasis
    100 a+c1     restrict k p1 access=read-write                => ok
    366d+9 a     deposit l x1 by=amendment:a/r1:0               => AmendmentClosed
    366d+8 a     deposit l x1 by=amendment:a/r1:0               => ok [RecordDeposited]
    # Refused, it is open anew for the patient's statement; then it is closed.
    366d+9 a     answer a/r1:0 accurate note=a/l                => ok
    366d+9 a     deposit s x1 by=amendment:a/r1:0               => ok
    732d+9 a     deposit t x1 by=amendment:a/r1:0               => AmendmentClosed
    732d+8 a+c1  disagree a/r1:0 note=a/s                       => ok
    366d+9 a     deposit t x1 by=amendment:a/r1:0               => AmendmentClosed
    # Accepted: the correction itself is written under it, and nothing after the answer.
    9  a+c1      ask a/r1 p1 note=a/n1 open=x1                  => ok
    9  a         amend t over=a/r1 x1 by=amendment:a/r1:1       => ok [RecordAmended]
    9  a         answer a/r1:1 accepted                         => ok
    9  a         deposit u x1 by=amendment:a/r1:1               => AmendmentClosed
";

#[test]
fn ask() {
    book(ASK);
}

#[test]
fn answer() {
    book(ANSWER);
}

#[test]
fn disagree() {
    book(DISAGREE);
}

#[test]
fn write() {
    book(WRITE);
}

fn amendments(book: &Book, about: &str) -> Amendments {
    let bytes = &book.state[&StateKey::amendments(&record(about))];
    Amendments::decode(bytes.clone()).unwrap()
}

/// What is kept of a request, from its being asked to the patient's disagreement.
#[test]
fn kept() {
    let mut book = book("9 b+c1 ask a/r1 p1 note=b/m1 open=x1 => ok");
    let asked = amendments(&book, "a/r1");
    assert_eq!(asked.patient, crate::book::patient("p1"));
    let one = asked.asked[0];
    assert_eq!((one.asked_ms, one.by_ms), (time("9"), time("60d+9")));
    assert_eq!(one.request, record("b/m1"));
    assert_eq!(one.answered, None);
    book.check(
        "
        10 a    answer a/r1:0 extended note=a/n1   => ok
        11 a    answer a/r1:0 not-in-set note=a/n2 => ok
        12 b+c1 disagree a/r1:0 note=b/m2          => ok
        ",
    );
    let one = amendments(&book, "a/r1").asked[0];
    assert_eq!((one.asked_ms, one.by_ms), (time("9"), time("90d+9")));
    assert_eq!(one.extended, Some(record("a/n1")));
    let verdict = one.answered.unwrap();
    assert_eq!(verdict.time_ms, time("11"));
    let refused = verdict.refused.unwrap();
    assert_eq!(refused.reason.as_str(), "not-in-set");
    assert_eq!(refused.letter, record("a/n2"));
    assert_eq!(one.disagreement, Some(record("b/m2")));
}

/// Whether an answer was in time: on both sides of the border.
#[test]
fn in_time() {
    use amanat_types::Event;
    for (at, expected) in [("60d+8", true), ("60d+9", false)] {
        let mut book = book("9 a+c1 ask a/r1 p1 note=a/n1 open=x1 => ok");
        let tx = book.tx(&format!("{at} a answer a/r1:0 accurate note=a/n2"));
        book.at(crate::book::ms(at));
        let execution = book.block(&[tx]);
        let event = &execution.events[0].events[0];
        let Event::AmendmentAnswered(answered) = event else {
            panic!("{event:?}");
        };
        assert_eq!(answered.in_time, expected, "{at}");
        assert_eq!(answered.amendment, named("a/r1:0"));
    }
}

/// As many requests as may be, and no more.
#[test]
fn full() {
    let mut book = book("");
    for number in 0..8 {
        book.check(&format!(
            "
            9 a+c1 ask a/r1 p1 note=a/n1 open=x1 => ok
            9 a    answer a/r1:{number} accurate note=a/n2 => ok
            "
        ));
    }
    book.check("9 a+c1 ask a/r1 p1 note=a/n1 open=x1 => AmendmentsFull");
}

/// The custodian answers: after the record has moved, its successor, and not who wrote it.
#[test]
fn moved() {
    book(
        "
        9  a+c1      ask a/r1 p1 note=a/n1 open=x1                  => ok
        9  a+tx:b    name to=b                                      => ok
        9  b         keep from=a records=a/r1 held=b,c              => ok
        9  a         answer a/r1:0 accurate note=a/n2               => RecordNotYours
        9  a         deposit l x1 by=amendment:a/r1:0               => RecordNotYours
        100 b        deposit l x1 by=amendment:a/r1:0               => ok
        100 b        answer a/r1:0 accurate note=b/l                => ok
        ",
    );
}

/// Before version 3 none of the three may stand in a block, nor what is written under one.
#[test]
fn before_its_version() {
    for (protocol, outcome) in [(2, "!CallNotInForce"), (3, "ok")] {
        let mut book = book("");
        book.env.protocol = protocol;
        for line in [
            "9 a+c1 ask a/r1 p1 note=a/n1 open=x1",
            "9 a    deposit l x1 by=amendment:a/r1:0",
            "9 a    answer a/r1:0 accurate note=a/n2",
            "9 a+c1 disagree a/r1:0 note=a/n1",
        ] {
            book.check(&format!("{line} => {outcome}"));
        }
    }
}
