//! Tickets of an authority, of an insurer and of a study: what ends them, and what the patient's word does to them. `c` is a research body,
//! `d` an insurer, `e` an authority.
use super::Asked;
use crate::book::Book;
use amanat_types::Refusal;

const WORLD: &str = "
    0  a         declare x1/p1 x2/p1                          => ok
    0  a+c1      patient p1 card=c1                           => ok
    0  e+o1      practitioner o1 role=officer                 => ok
    0  e+o2      practitioner o2 role=officer                 => ok
    0  a+c1      checkin v p1 open=x1,x2 write                => ok
    0  a         deposit r1 x1 by=visit:a/v                   => ok
    0  a         deposit r2 x1 by=visit:a/v                   => ok
    0  e+o1+o2   mandate m p1 open=x1 until=6h                => ok
    0  e+o1+o2   mandate s p1 open=x1,x2 until=20h            => ok
    0  a         disclose d p1 open=x1 records=a/r1 until=6h  => ok
    0  a         disclose f p1 to=e open=x1 records=a/r1 report until=6h => ok
    0  c         study s until=6h                             => ok
    0  e+o1+o2   approve c/s                                  => ok
    0  a+c1      enrol n c/s p1 open=x1                       => ok
    0  c         request r by=study:c/s:a/n indexes=x1 for=HRESCH until=12h => ok
    0  e         request m by=mandate:e/m indexes=x1 for=HLEGAL until=12h => ok
    0  e         request s by=mandate:e/s indexes=x1,x2 for=HLEGAL until=12h => ok
    0  d         request d by=pay:a/d records=a/r1 for=HPAYMT until=12h => ok
    0  e         request f by=report:a/f records=a/r1 for=PUBHLTH until=12h => ok
";

fn asked(ticket: &'static str) -> Asked {
    Asked {
        book: Book::of_kinds(WORLD),
        ticket,
        records: vec!["a/r1"],
        reader: &ticket[..1],
        seen: 5,
        tip_ms: 50,
        now_ms: 50,
    }
}

/// Each ends with its own end, by either clock, and for good when it is ended.
#[test]
fn each_ends() {
    for (ticket, end) in [
        ("e/m", "9 e+o1+o2 endmandate e/m => ok"),
        ("d/d", "9 a enddisclosure a/d => ok"),
        ("e/f", "9 a enddisclosure a/f => ok"),
        ("c/r", "9 c endstudy c/s => ok"),
        ("c/r", "9 e+o1+o2 endstudy c/s => ok"),
        ("c/r", "9 b+c1 withdraw a/n => ok"),
    ] {
        let asked = asked(ticket);
        assert_eq!(asked.said(), "ok", "{ticket}");
        asked.ends("6h", Refusal::BasisEnded);
        assert_eq!(asked.after(end).said(), "BasisEnded", "{ticket}");
    }
    asked("e/s").ends("12h", Refusal::TicketEnded);
}

/// Law stands above the patient's word; payment does not, from the block's height on.
#[test]
fn restricted() {
    for (restriction, payment) in [
        ("9 a+c1 restrict k p1 => ok", "RestrictedByPatient"),
        ("9 a+c1 restrict k p1 who=d => ok", "RestrictedByPatient"),
        (
            "9 a+c1 restrict k p1 for=HPAYMT => ok",
            "RestrictedByPatient",
        ),
        (
            "9 a+c1 restrict k p1 records=a/r1 => ok",
            "RestrictedByPatient",
        ),
        ("9 a+c1 restrict k p1 for=TREAT => ok", "ok"),
        ("9 a+c1 restrict k p1 indexes=x2 => ok", "ok"),
        ("9 a+c1 restrict k p1 access=write => ok", "ok"),
    ] {
        assert_eq!(
            asked("d/d").after(restriction).said(),
            payment,
            "{restriction}"
        );
        for ticket in ["e/m", "e/f"] {
            let said = asked(ticket).after(restriction);
            assert_eq!(said.said(), "ok", "{ticket} {restriction}");
        }
    }
}

/// A mandate opens what is deposited later under its indexes; a disclosure only what it names. Neither opens what was taken back.
#[test]
fn what_each_opens() {
    let more = "9 a deposit r4 x1 by=visit:a/v => ok";
    for (ticket, other) in [
        ("e/m", "ok"),
        ("d/d", "RecordOutsideTicket"),
        ("e/f", "RecordOutsideTicket"),
    ] {
        let other_asked = Asked {
            records: vec!["a/r4"],
            ..asked(ticket).after(more)
        };
        assert_eq!(other_asked.said(), other, "{ticket}");
        let retracted = asked(ticket).after("9 a retract a/r1 => ok");
        assert_eq!(retracted.said(), "RecordRetracted", "{ticket}");
    }
}

/// What was disclosed was its maker's; a successor that took the record over decides anew.
#[test]
fn another_custodian() {
    let kept = "
        9 a+tx:b name to=b => ok
        9 b keep from=a records=a/r1 held=b,c => ok
    ";
    assert_eq!(asked("d/d").after(kept).said(), "RecordOutsideBasis");
    assert_eq!(asked("e/f").after(kept).said(), "RecordOutsideBasis");
    assert_eq!(asked("e/m").after(kept).said(), "ok");
}

/// Under another's ticket, nothing.
#[test]
fn another_reader() {
    let asked = Asked {
        reader: "b",
        ..asked("d/d")
    };
    assert_eq!(asked.said(), "ReaderWrong");
}

/// While a name is overdue, the member's staff without cards are let have nothing, under older tickets too.
#[test]
fn a_name_overdue() {
    let asked = Asked {
        reader: "a",
        ..Asked::of(
            "
            0  a         declare x1/p1                            => ok
            0  a+c1      patient p1 card=c1                       => ok
            0  e+o1      practitioner o1 role=officer             => ok
            0  a+c1      checkin v p1 open=x1 write until=90d     => ok
            0  a         deposit r1 x1 by=visit:a/v               => ok
            0  a         request t by=care:a/v:ann:nurse:icu indexes=x1 => ok
            9  b+o1      demand a/t                               => ok
            30d-1h a     request n by=care:a/v:ben:nurse:icu indexes=x1 until=30d+9h => ok
            30d-1h a     request m by=visit:a/v indexes=x1 until=30d+9h => ok
            ",
            "a/n",
            &["a/r1"],
        )
    };
    asked.ends("30d+9", Refusal::BasisEnded);
    let given = asked.after("30d+9 a staff a/t => ok");
    assert_eq!(given.at("30d+9").said(), "ok");
    let with_cards = Asked {
        ticket: "a/m",
        ..asked
    };
    assert_eq!(with_cards.at("30d+9").said(), "ok");
}

/// Enrolled again, a subject opens nothing to older tickets; and the patient's word binds a study.
#[test]
fn a_subject() {
    let asked = asked("c/r");
    let again = asked.after(
        "
        9 b+c1 withdraw a/n => ok
        9 a+c1 enrol m c/s p1 open=x1 => ok
    ",
    );
    assert_eq!(again.said(), "BasisEnded");
    for (restriction, said) in [
        ("9 a+c1 restrict k p1 who=c => ok", "RestrictedByPatient"),
        (
            "9 a+c1 restrict k p1 for=HRESCH => ok",
            "RestrictedByPatient",
        ),
        ("9 a+c1 restrict k p1 for=TREAT,HPAYMT => ok", "ok"),
    ] {
        assert_eq!(asked.after(restriction).said(), said, "{restriction}");
    }
}
