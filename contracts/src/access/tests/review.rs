//! How often the glass is broken, who reviews it, and who says who a staff pseudonym was. `e` is an authority.
use crate::book::{Book, check, ms, printed};

const WORLD: &str = "
    0  a         declare x1/p1                                  => ok
    0  a+c1      patient p1 card=c1 emergency=x1                => ok
    0  a+dr      practitioner dr                                => ok
    0  a+d2      practitioner d2                                => ok
    0  a+pr      practitioner pr role=privacy-officer           => ok
    0  b+pb      practitioner pb role=privacy-officer           => ok
    0  e+o1      practitioner o1 role=officer                   => ok
    0  e+o2      practitioner o2 role=officer                   => ok
    0  e+pe      practitioner pe role=privacy-officer           => ok
    0  a+o3      practitioner o3 role=officer                   => ok
    0  a+c1      checkin v p1 open=x1 until=90d ticket=24h      => ok
";

/// Who reviews what, when, and once.
pub const REVIEW: &str = "
    0  a+dr      glass t p1 until=100                           => ok
    0  a+dr      glass u p1 until=100                           => ok
    9  a+dr      justify a/t                                    => ok
    200 a+pr     review a/no not                                => TicketUnknown [CallRefused]
    200 a+pr     review a/v not                                 => NotAnEmergency
    # Found right beforehand.
    99 a+pr      review a/t upheld                              => GlassNotOver
    99 a+o1      review a/t upheld by=e                         => GlassNotOver
    # Another member; nobody; the one who broke it, or a colleague; an officer without an authority.
    100 b+pb     review a/t upheld                              => TicketNotYours
    100 a        review a/t upheld                              => PractitionerNotPresent
    100 a+pb     review a/t upheld                              => PractitionerNotPresent
    100 a+dr     review a/t upheld                              => RoleNotAllowed
    100 a+d2     review a/t upheld                              => RoleNotAllowed
    # An authority that is none, or whose officer did not sign.
    100 a+o3     review a/t upheld by=a                         => AuthorityUnknown
    100 a+o3     review a/t upheld by=e                         => TooFewOfficers
    100 a+pe     review a/t upheld by=e                         => TooFewOfficers
    # What was never justified.
    100 a+pr     review a/u upheld                              => NotJustified
    100 a+pr     review a/u not                                 => ok [GlassReviewed]
    100 a+pr     review a/t upheld                              => ok [GlassReviewed]
    # What was found stands, and the authority finds for itself.
    100 a+pr     review a/t not                                 => ReviewExists
    100 b+o1     review a/t not by=e                            => ok
    100 b+o1     review a/t not by=e                            => ReviewExists
";

/// Who declares a breach: whoever looks after privacy at the member of all tickets, or an authority about anybody's; once.
pub const BREACH: &str = "
    9  a         request t by=visit:a/v indexes=x1              => ok
    9  a         request s by=care:a/v:ben:nurse:icu indexes=x1 => ok
    9  a+pr      breach                                         => NamesUnfit [CallRefused]
    9  a+pr      breach of=a/t,a/t                              => NamesUnfit
    9  a+pr      breach of=a/no                                 => TicketUnknown
    9  b+pb      breach of=a/t                                  => TicketNotYours
    9  a         breach of=a/t                                  => PractitionerNotPresent
    9  a+pb      breach of=a/t                                  => PractitionerNotPresent
    9  a+dr      breach of=a/t                                  => RoleNotAllowed
    9  b+o1+o2   breach of=a/t by=a                                => AuthorityUnknown
    9  b+o1      breach of=a/t by=e                                => TooFewOfficers
    9  a+pr+o1   breach of=a/t by=e                                => TooFewOfficers
    9  a+pr      breach of=a/t                                  => ok [BreachDeclared]
    9  a+pr      breach of=a/t                                  => BreachExists
    9  b+o1+o2   breach of=a/t by=e                                => BreachExists
    9  b+o1+o2   breach of=a/s by=e                                => ok [BreachDeclared]
    # It closes nothing: the visit goes on.
    9  a         request u by=visit:a/v indexes=x1              => ok
";

/// Who demands a name, who gives it, and what is closed while it is overdue.
pub const NAME: &str = "
    9  a         request t by=care:a/v:ann:nurse:icu indexes=x1 => ok
    9  a         request s by=care:a/v:ben:nurse:icu indexes=x1 => ok
    9  a         request v2 by=visit:a/v indexes=x1             => ok
    9  b+o1      demand a/no                                    => TicketUnknown [CallRefused]
    # Somebody with a card, who is named already.
    9  b+o1      demand a/v2                                    => NotStaff
    9  a+o3      demand a/t by=a                                => AuthorityUnknown
    9  a         demand a/t                                     => TooFewOfficers
    9  a+o3      demand a/t                                     => TooFewOfficers
    9  a+c1      demand a/t                                     => TooFewOfficers
    9  a         staff a/t                                      => NameNotOwed
    9  b+o1      demand a/t                                     => ok [NameDemanded]
    9  b+o1      demand a/t                                     => NameDemanded
    9  b+o1      demand a/s                                     => ok
    9  a         staff a/no                                     => TicketUnknown
    9  b         staff a/t                                      => TicketNotYours
    9  a         staff a/t                                      => ok [StaffNamed]
    9  a         staff a/t                                      => NameNotOwed
    9  b+o1      demand a/t                                     => NameDemanded
    30d+8 a      request n by=care:a/v:ann:nurse:icu indexes=x1 until=30d+99 => ok
    30d+9 a      request m by=care:a/v:ann:nurse:icu indexes=x1 until=30d+99 => NameOverdue [AccessRefused]
    # The member's own key, and those with cards, go on; so do others.
    30d+9 a      request m by=visit:a/v indexes=x1 until=30d+99 => ok
    30d+9 a      staff a/s                                      => ok
    30d+9 a      request o by=care:a/v:ann:nurse:icu indexes=x1 until=30d+99 => ok
";

#[test]
fn reviews() {
    check(&format!("{WORLD}{REVIEW}"));
}

#[test]
fn names() {
    check(&format!("{WORLD}{NAME}"));
}

/// Demanded and given in the block in which the ticket was issued, by transactions that name it only.
#[test]
fn in_one_block() {
    let mut book = Book::after(WORLD);
    let lines = [
        "a request t by=care:a/v:ann:nurse:icu indexes=x1",
        "b+o1 demand a/t",
        "a staff a/t",
    ];
    let txs: Vec<_> = lines
        .iter()
        .map(|line| book.tx(&format!("0 {line}")))
        .collect();
    let execution = book.block(&txs);
    let accepted = |receipt: &amanat_types::Receipt| {
        matches!(receipt.outcome, amanat_types::receipt::Outcome::Accepted(_))
    };
    assert!(execution.receipts.iter().all(accepted));
}

/// A member owes at most so many names.
#[test]
fn owed() {
    let mut book = Book::after(WORLD);
    for n in 0..=64 {
        book.check(&format!(
            "9 a request t{n} by=care:a/v:ann:nurse:icu indexes=x1 => ok"
        ));
        let outcome = if n < 64 { "ok" } else { "NamesFull" };
        book.check(&format!("9 b+o1 demand a/t{n} => {outcome}"));
    }
}

/// Breaks the glass, justifies it at once, and says what came of it.
fn breaks(book: &mut Book, at: &str, who: &str, n: u32) -> String {
    book.at(ms(at));
    let tx = book.tx(&format!(
        "0 a+{who} glass g{n}{who} p1 until={at}+100 ; justify a/g{n}{who}"
    ));
    printed(&book.block(&[tx])).0
}

/// A practitioner breaks the glass so often on a day, whatever is justified; the next day again.
#[test]
fn of_a_practitioner() {
    let mut book = Book::after(WORLD);
    // Genesis is on the eleventh day and 13:46:40.
    for n in 0..64 {
        assert_eq!(breaks(&mut book, "10h", "dr", n), "ok");
    }
    assert_eq!(breaks(&mut book, "10h", "dr", 64), "GlassSpent");
    assert_eq!(breaks(&mut book, "10h", "d2", 0), "ok");
    assert_eq!(breaks(&mut book, "36799999", "dr", 65), "GlassSpent");
    assert_eq!(breaks(&mut book, "36800000", "dr", 66), "ok");
}

/// All of a member so often.
#[test]
fn of_a_member() {
    let mut book = Book::after(WORLD);
    for n in 0..16 {
        book.check(&format!("0 a+k{n} practitioner k{n} => ok"));
        for m in 0..64 {
            assert_eq!(breaks(&mut book, "1h", &format!("k{n}"), m), "ok");
        }
    }
    assert_eq!(breaks(&mut book, "1h", "dr", 0), "GlassSpent");
    assert_eq!(breaks(&mut book, "36799999", "dr", 1), "GlassSpent");
    // Another member has its own.
    book.check(
        "
        1h b+db practitioner db                     => ok
        1h b+db glass t p1 until=2h                 => ok
        1h a+dr glass t p1 until=2h                 => GlassSpent
    ",
    );
    assert_eq!(breaks(&mut book, "36800000", "dr", 2), "ok");
}

#[test]
fn breaches() {
    Book::after(WORLD).check(BREACH);
}
