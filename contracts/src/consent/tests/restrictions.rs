//! Restrictions in tables: every refusal, each border in time, and what they bind: tickets, writes, each release.
use crate::book::{Book, check, patient};
use amanat_types::StateKey;
use amanat_types::call::{Covered, Denied, PractitionerAt, Restriction};
use amanat_types::code::GrantAccess;
use amanat_types::codec::List;
use amanat_types::limits::{
    RESTRICTED_ITEMS_MAX, RESTRICTIONS_MAX, STATE_VALUE_BYTES_MAX, TICKET_RECORDS_MAX,
};
use amanat_types::state::{HeldRestriction, Restrictions};
use amanat_types::{MemberId, PractitionerId, Purpose, RecordId, RestrictionId, TimestampMs};
use commonware_codec::{DecodeExt as _, Encode as _};

/// Restricting: signed by the card, of somebody, for stated purposes, on something.
pub const RESTRICT: &str = "
    0  a         declare x1/p1 x2/p1                            => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  b+dr      practitioner dr                                => ok
    9  a+c1      restrict k p1 until=9                          => UntilInThePast [CallRefused]
    9  a+c1      restrict k p1 until=43920d+10                  => UntilTooFar
    9  a+c1      restrict k p9                                  => PatientUnknown
    9  a         restrict k p1                                  => CardNotPresent
    9  a+c2      restrict k p1                                  => CardNotPresent
    9  a+c1      restrict k p1 who=b/no                         => PractitionerUnknown
    # A practitioner said to be of another member: who names nobody there would be let through.
    9  a+c1      restrict k p1 who=b/dr!a                       => PractitionerUnknown
    9  a+c1      restrict k p1 for=HRESCH,TREAT                 => NoPurposes
    9  a+c1      restrict k p1 for=TREAT,TREAT                  => NoPurposes
    9  a+c1      restrict k p1 indexes=                         => NamesUnfit
    9  a+c1      restrict k p1 indexes=x1,x1                    => NamesUnfit
    9  a+c1      restrict k p1 records=                         => NamesUnfit
    9  a+c1      restrict k p1 records=a/r1,a/r1                => NamesUnfit
    9  a+c1      restrict k p1 who=b/dr for=TREAT,HRESCH until=43920d+9 => ok [RestrictionSet]
    9  a+c1      restrict k p1                                  => RestrictionExists
    9  b+c1      restrict k p1 indexes=x1,x2                    => ok
    9  a+c1      restrict l p1 records=a/r1,a/r2                => ok
    9  a+c1      block p1 c1                                    => ok
    9  a+c1      restrict m p1                                  => CardBlocked
";

/// Lifting: by the card, once.
pub const LIFT: &str = "
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  a+c1      restrict k p1 ; restrict l p1                  => ok
    9  a+c1      lift p9 a/k                                    => PatientUnknown [CallRefused]
    9  a         lift p1 a/k                                    => CardNotPresent
    # Another patient lifts what is not hers.
    9  a+c2      lift p1 a/k                                    => CardNotPresent
    9  a+c2      lift p2 a/k                                    => RestrictionUnknown
    9  a+c1      lift p1 a/no                                   => RestrictionUnknown
    9  b+c1      lift p1 a/k                                    => ok [RestrictionLifted]
    9  b+c1      lift p1 a/k                                    => RestrictionUnknown
    9  a+c1      restrict k p1                                  => ok
    9  a+c1      block p1 c1                                    => ok
    9  a+c1      lift p1 a/l                                    => CardBlocked
";

const WORLD: &str = "
    0  a         declare x1/p1 x2/p1 y1/p2                      => ok
    0  a+c1      patient p1 card=c1 emergency=x1                => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  a+da      practitioner da                                => ok
    0  b+dr      practitioner dr until=500                      => ok
    0  b+nu      practitioner nu role=nurse                     => ok
    0  a+c1      checkin v p1 open=x1,x2 write                  => ok
    0  a         deposit r1 x1 by=visit:a/v ; deposit r2 x2 by=visit:a/v => ok
    0  a+c1      grant g p1 to=b access=read-write for=TREAT,HRESCH open=x1,x2 => ok
    0  b         request t by=grant:a/g indexes=x1,x2           => ok
    0  b+dr      request d by=grant:a/g indexes=x1              => ok
    0  b         release b/t records=a/r1,a/r2                  => ok
    0  b         release b/d records=a/r1                       => ok
";

/// A member, some indexes, reading only: tickets that are open are bound from the next height on.
pub const MEMBER: &str = "
    9  a+c1      restrict k p1 who=b indexes=x1 until=100       => ok
    9  b         release b/t records=a/r1                       => RestrictedByPatient
    9  b         release b/t records=a/r2                       => ok
    9  b         release b/t records=a/r2,a/r1                  => RestrictedByPatient
    99 b         release b/t records=a/r1                       => RestrictedByPatient
    100 b        release b/t records=a/r1                       => ok
    # A part of what is asked by index: the ticket stands, each release withholds.
    9  b         request u by=grant:a/g indexes=x1,x2           => ok [TicketIssued]
    9  b         release b/u records=a/r1                       => RestrictedByPatient
    9  b         release b/u records=a/r2                       => ok
    # All of it, or by name: no ticket.
    9  b         request w by=grant:a/g indexes=x1              => Restricted [AccessRefused]
    9  b         request w by=grant:a/g records=a/r2,a/r1       => Restricted
    99 b         request w by=grant:a/g records=a/r1            => Restricted
    9  b         request w by=grant:a/g records=a/r2            => ok
    100 b        request x by=grant:a/g records=a/r1            => ok
    # Writing goes on, and others read on.
    9  b         deposit r3 x1 by=grant:a/g                     => ok
    9  a         release a/v records=a/r1                       => ok
    9  a+c1      lift p1 a/k                                    => ok
    9  b         release b/t records=a/r1                       => ok
";

/// Writing, and records by name.
pub const WRITE: &str = "
    9  a+c1      restrict k p1 access=write indexes=x2 until=100 => ok
    9  a         deposit r3 x2 by=visit:a/v                     => Restricted [CallRefused]
    9  b         deposit r3 x2 by=grant:a/g                     => Restricted
    99 a         deposit r3 x2 by=visit:a/v                     => Restricted
    9  a         deposit r3 x1 by=visit:a/v                     => ok
    100 a        deposit r4 x2 by=visit:a/v                     => ok
    9  b         release b/t records=a/r1,a/r2                  => ok
    9  a+c1      restrict l p1 access=write records=a/r1        => ok
    9  a         amend r5 over=a/r1 x1 by=visit:a/v             => Restricted
    9  a         amend r5 over=a/r3 x1 by=visit:a/v             => ok
    9  a+c1      restrict m p1 records=a/r2                     => ok
    9  b         release b/t records=a/r2                       => RestrictedByPatient
    9  b         release b/t records=a/r1                       => ok
    # A record by name does not cover its index.
    9  b         request w by=grant:a/g indexes=x2              => ok
    9  b         release b/w records=a/r2                       => RestrictedByPatient
    9  b         release b/w records=a/r4                       => ok
    # Both.
    9  a+c1      restrict n p1 access=read-write                => ok
    9  a         deposit r6 x1 by=visit:a/v                     => Restricted
    9  a         release a/v records=a/r1                       => RestrictedByPatient
";

/// Purposes: those that are named, or all; a write is for treatment.
pub const PURPOSE: &str = "
    9  a+c1      restrict k p1 access=read-write for=HRESCH     => ok
    9  b         release b/t records=a/r1                       => ok
    9  b         request w by=grant:a/g indexes=x1              => ok
    9  b         request x by=grant:a/g indexes=x1 for=HRESCH   => Restricted
    9  b         deposit r3 x1 by=grant:a/g                     => ok
    9  a+c1      restrict l p1 access=read-write for=TREAT      => ok
    9  b         release b/t records=a/r1                       => RestrictedByPatient
    9  b         deposit r4 x1 by=grant:a/g                     => Restricted
";

/// A practitioner: the one who acts, and whoever of the member does not say who acts.
pub const PRACTITIONER: &str = "
    9  a+c1      restrict k p1 who=b/nu                         => ok
    9  b+nu      request w by=grant:a/g indexes=x1              => Restricted
    9  b+dr+nu   request w by=grant:a/g indexes=x1              => Restricted
    # A snooper asks under the member's key alone, or goes on under a ticket that names nobody.
    9  b         request w by=grant:a/g indexes=x1              => Restricted
    9  b         release b/t records=a/r1                       => RestrictedByPatient
    9  b+dr      request w by=grant:a/g indexes=x1              => ok
    9  b         release b/w records=a/r1                       => ok
    9  b         release b/d records=a/r1                       => ok
    9  a         release a/v records=a/r1                       => ok
";

/// A role, anywhere and at one member.
pub const ROLE: &str = "
    9  a+c1      restrict k p1 who=nurse@b                      => ok
    9  b+nu      request w by=grant:a/g indexes=x1              => Restricted
    9  b         request w by=grant:a/g indexes=x1              => Restricted
    9  b         release b/t records=a/r1                       => RestrictedByPatient
    9  b+dr      request w by=grant:a/g indexes=x1              => ok
    9  a         release a/v records=a/r1                       => ok
    9  a+c1      lift p1 a/k ; restrict l p1 who=clinician      => ok
    9  b+nu      request x by=grant:a/g indexes=x1              => ok
    9  b         release b/x records=a/r1                       => ok
    9  b         release b/d records=a/r1                       => RestrictedByPatient
    9  a         release a/v records=a/r1                       => RestrictedByPatient
    9  a+c1      lift p1 a/l ; restrict m p1 who=nurse@a        => ok
    9  b+nu      request y by=grant:a/g indexes=x1              => ok
    9  b         release b/t records=a/r1                       => ok
    9  a         release a/v records=a/r1                       => RestrictedByPatient
";

/// What no restriction binds: broken glass, the patient, directories; and other patients.
pub const UNBOUND: &str = "
    9  a+c2      checkin o p2 open=y1 write                     => ok
    9  a         deposit o1 y1 by=visit:a/o                     => ok
    9  a         deposit d1 dir:a by=dir                        => ok
    9  a+c1      restrict k p1 access=read-write                => ok
    9  b+dr      glass e p1                                     => ok
    9  b         release b/e records=a/r1                       => ok
    9  c+c1      request q by=card:p1 for=PATRQT indexes=x1,x2 open=x1,x2 => ok
    9  c         release c/q records=a/r1,a/r2                  => ok
    9  c         request d by=dir indexes=dir:a                 => ok
    9  c         release c/d records=a/d1                       => ok
    9  a         release a/o records=a/o1                       => ok
    9  a         release a/v records=a/r1                       => RestrictedByPatient
    # Another patient's word binds nothing of the first.
    9  a+c1      lift p1 a/k                                    => ok
    9  a+c2      restrict k p2 access=read-write records=a/r1   => ok
    9  b         release b/t records=a/r1                       => ok
";

#[test]
fn restricting() {
    check(RESTRICT);
}

#[test]
fn lifting() {
    check(LIFT);
}

#[test]
fn binding() {
    for table in [MEMBER, WRITE, PURPOSE, PRACTITIONER, ROLE, UNBOUND] {
        Book::after(WORLD).check(table);
    }
}

/// One card, one sponsor: a restriction and what it denies in one transaction, in either order.
#[test]
fn in_one_transaction() {
    Book::after(WORLD).check(
        "
        9  a+c1  restrict k p1 access=write ; deposit r3 x1 by=visit:a/v => Restricted@1
        9  a+c1  deposit r3 x1 by=visit:a/v ; restrict k p1 access=write => ok
        9  a     deposit r4 x1 by=visit:a/v                     => Restricted
        ",
    );
}

/// The restriction was set in an earlier transaction of the block that also opened the visit: no value is missing.
#[test]
fn in_one_block() {
    let mut book = Book::after(
        "
        0  a     declare x1/p1                                  => ok
        0  a+c1  patient p1 card=c1                             => ok
        ",
    );
    let lines = [
        "0 a+c1 checkin v p1 open=x1 write",
        "0 a+c1 restrict k p1 access=write",
        "0 a deposit r1 x1 by=visit:a/v",
    ];
    let txs: Vec<_> = lines.iter().map(|line| book.tx(line)).collect();
    let execution = book.block(&txs);
    use amanat_types::Refusal;
    use amanat_types::receipt::Outcome;
    let outcomes: Vec<bool> = execution
        .receipts
        .iter()
        .map(|receipt| matches!(receipt.outcome, Outcome::Accepted(_)))
        .collect();
    assert_eq!(outcomes, [true, true, false]);
    let Outcome::Refused(refused) = execution.receipts[2].outcome else {
        panic!("accepted")
    };
    assert_eq!(refused.refusal, Refusal::Restricted);
}

fn held(book: &Book) -> usize {
    let bytes = &book.state[&StateKey::restrictions(&patient("p1"))];
    Restrictions::decode(bytes.clone()).unwrap().held.len()
}

/// As many as may be, and one more; those that have ended make room.
#[test]
fn full() {
    let mut book = Book::after("0 a+c1 patient p1 card=c1 => ok");
    for at in 0..RESTRICTIONS_MAX {
        book.check(&format!("0 a+c1 restrict k{at} p1 until=100 => ok"));
    }
    book.check("99 a+c1 restrict k p1 => RestrictionsFull");
    book.check("99 a+c1 lift p1 a/k0 => ok");
    book.check("99 a+c1 restrict k p1 => ok");
    assert_eq!(held(&book), RESTRICTIONS_MAX);
    book.check("99 a+c1 restrict l p1 until=20000 => RestrictionsFull");
    // A releaser's clock may be ten seconds behind.
    book.check("10099 a+c1 restrict l p1 until=20000 => RestrictionsFull");
    book.check("10100 a+c1 restrict l p1 until=20000 => ok");
    assert_eq!(held(&book), 2, "those that have ended are dropped");
    // By what they name.
    let names = |from: usize, to: usize| {
        let names: Vec<String> = (from..to).map(|at| format!("a/r{at}")).collect();
        names.join(",")
    };
    let whole = RESTRICTED_ITEMS_MAX / TICKET_RECORDS_MAX;
    for at in 0..whole {
        let records = names(0, TICKET_RECORDS_MAX);
        book.check(&format!(
            "10200 a+c1 restrict n{at} p1 records={records} until=20000 => ok"
        ));
    }
    book.check("10200 a+c1 restrict o p1 indexes=x1 until=20000 => RestrictionsFull");
    book.check("10200 a+c1 restrict o p1 until=20000 => ok");
    book.check("10200 a+c1 lift p1 a/n0 until=20000 => ok");
    let records = names(0, TICKET_RECORDS_MAX - 1);
    book.check(&format!(
        "10200 a+c1 restrict p p1 records={records} until=20000 => ok"
    ));
    book.check("10200 a+c1 restrict q p1 indexes=x1 until=20000 => ok");
    book.check("10200 a+c1 restrict r p1 indexes=x1 until=20000 => RestrictionsFull");
}

/// The largest value fits a value of the state.
#[test]
fn fits() {
    let restriction = |records: usize| HeldRestriction {
        id: RestrictionId::new([1; 16]),
        restriction: Restriction {
            who: Denied::Practitioner(PractitionerAt {
                practitioner: PractitionerId::new([2; 16]),
                member: MemberId::new(3),
            }),
            access: GrantAccess::ReadWrite,
            purposes: List::new(Purpose::ALL.to_vec()).unwrap(),
            what: Covered::Records(List::new(vec![RecordId::new([4; 16]); records]).unwrap()),
            until_ms: TimestampMs::new(5),
        },
    };
    let each = RESTRICTED_ITEMS_MAX / TICKET_RECORDS_MAX;
    let mut all = vec![restriction(TICKET_RECORDS_MAX); each];
    all.resize(RESTRICTIONS_MAX, restriction(0));
    let value = Restrictions {
        held: List::new(all).unwrap(),
    };
    let size = value.encode().len();
    assert!(size < STATE_VALUE_BYTES_MAX, "{size}");
}
