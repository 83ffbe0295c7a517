//! Access in tables: every refusal of its calls, and each boundary.
mod law;
mod review;

use crate::book::{Book, check, ticket};
use amanat_types::StateKey;
use amanat_types::call::Scope;
use amanat_types::state::Ticket;
use commonware_codec::DecodeExt as _;

/// What needs no basis to be refused.
pub const SHAPE: &str = "
    0  a         request t indexes=x1 by=none                   => NoBasis [AccessRefused]
    0  a         request t by=none                              => NoBasis
    0  a         request t by=dir                               => ScopeEmpty
    9  a         request t by=dir indexes=dir:a until=9         => UntilInThePast
    9  a         request t by=dir indexes=dir:a until=24h+10    => UntilTooFar
    9  a         request t by=dir indexes=dir:a until=24h+9     => ok [TicketIssued]
    9  a         request t by=dir indexes=dir:a                 => TicketExists
    9  b         request t by=dir indexes=dir:a until=10        => ok
";

/// Consent: the grantee, in its time, for its purposes, within its indexes.
pub const CONSENT: &str = "
    0  a         declare x1/p1 x2/p1 x3/p1 y1/p2                => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  b+dr      practitioner dr until=500                      => ok
    0  b+d2      practitioner d2                                => ok
    0  a+c1      checkin v p1 open=x1,x2,x3 write               => ok
    0  a         deposit r1 x1 by=visit:a/v                     => ok
    0  a         deposit r3 x3 by=visit:a/v                     => ok
    0  a+c1      grant g p1 to=b for=TREAT,HPAYMT open=x1,x2 until=100 => ok
    0  a+c1      grant w p1 to=b access=write open=x1           => ok
    0  a+c1      grant rw p1 to=b access=read-write open=x1     => ok
    0  a+c1      grant p p1 to=b/dr open=x1                     => ok
    9  b         request t by=grant:a/no indexes=x1             => GrantUnknown [AccessRefused]
    9  c         request t by=grant:a/g indexes=x1              => GranteeNotYou
    100 b        request t by=grant:a/g indexes=x1 until=200    => GrantExpired
    9  b         request t by=grant:a/w indexes=x1              => GrantNoRead
    9  b         request t by=grant:a/g indexes=x1 for=HRESCH   => PurposeNotAllowed
    9  b         request t by=grant:a/g indexes=x1 of=p2        => PatientMismatch
    9  b         request t by=grant:a/g indexes=x1,x3           => ScopeOutsideBasis
    9  b         request t by=grant:a/g records=a/no            => RecordUnknown
    9  b         request t by=grant:a/g records=a/r1,a/r3       => ScopeOutsideBasis
    99 b         request t by=grant:a/g records=a/r1 of=p1      => ok [TicketIssued]
    99 b         request u by=grant:a/g indexes=x2,x1,x2 for=HPAYMT => ok
    99 b         request s by=grant:a/rw indexes=x1             => ok
    # A grant to a practitioner.
    99 b         request k by=grant:a/p indexes=x1              => GranteeNotYou
    99 b+d2      request k by=grant:a/p indexes=x1              => GranteeNotYou
    99 c+dr      request k by=grant:a/p indexes=x1              => GranteeNotYou
    500 b+dr     request k by=grant:a/p indexes=x1              => GranteeNotYou
    499 b+d2+dr  request k by=grant:a/p indexes=x1              => ok
    99 c+c1      revoke a/g                                     => ok
    99 b         request q by=grant:a/g indexes=x1              => GrantRevoked
";

/// Treatment: the member of the open visit, to treat, within what the card opened.
pub const TREATMENT: &str = "
    0  a         declare x1/p1 x2/p1 y1/p2                      => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+dr      practitioner dr                                => ok
    0  a+c1      checkin v p1 open=x1 write until=100           => ok
    0  a+dr      nocard w p2 open=y1 until=100                  => ok
    9  a         request t by=visit:a/no indexes=x1             => EncounterUnknown [AccessRefused]
    9  b         request t by=visit:a/v indexes=x1              => EncounterNotYours
    9  a         request t by=visit:a/w indexes=y1              => RegistrationIsWriteOnly
    100 a        request t by=visit:a/v indexes=x1 until=200    => EncounterEnded
    9  a         request t by=visit:a/v indexes=x1 for=HRESCH   => PurposeNotAllowed
    9  a         request t by=visit:a/v indexes=x1 of=p2        => PatientMismatch
    9  a         request t by=visit:a/v indexes=x2              => ScopeOutsideBasis
    99 a+dr      request t by=visit:a/v indexes=x1 of=p1        => ok [TicketIssued]
    99 a         discharge a/v                                  => ok
    99 a         request u by=visit:a/v indexes=x1              => EncounterEnded
";

/// The patient: the card, at the patient's request, own indexes.
pub const PATIENT: &str = "
    0  a         declare x1/p1 x2/p1 y1/p2                      => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  a+c1      checkin v p1 open=x1,x2 write                  => ok
    0  a         deposit r1 x1 by=visit:a/v                     => ok
    9  b         request t by=card:p1 for=PATRQT indexes=x1 open=x1     => CardNotPresent [AccessRefused]
    9  b+c2      request t by=card:p1 for=PATRQT indexes=x1 open=x1     => CardNotPresent
    9  b+c1      request t by=card:p1 for=TREAT indexes=x1 open=x1      => PurposeNotAllowed
    9  b+c1      request t by=card:p1 for=PATRQT indexes=x9 open=x9     => IndexUnknown
    9  b+c1      request t by=card:p1 for=PATRQT indexes=y1 open=y1     => IndexNotOwned
    9  b+c1      request t by=card:p1 for=PATRQT indexes=x1 open=x1,x1  => IndexRepeated
    9  b+c1      request t by=card:p1 for=PATRQT indexes=x1 open=x1 of=p2 => PatientMismatch
    9  b+c1      request t by=card:p1 for=PATRQT indexes=x1,x2 open=x1  => ScopeOutsideBasis
    9  b+c1      request t by=card:p1 for=PATRQT indexes=x1             => ScopeOutsideBasis
    9  b+c1      request t by=card:p1 for=PATRQT records=a/r1 open=x2   => ScopeOutsideBasis
    9  b+c1      request t by=card:p1 for=PATRQT records=a/r1 open=x1   => ok [TicketIssued]
    9  b+c1      request u by=card:p1 for=PATRQT indexes=x2 open=x1,x2  => ok
    9  a+c1      block p1 c1                                            => ok
    9  b+c1      request s by=card:p1 for=PATRQT indexes=x1 open=x1     => CardBlocked
";

/// The directory: any member, operations or treatment, no patient.
pub const DIRECTORY: &str = "
    0  a         declare x1/p1                                  => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c1      checkin v p1 open=x1 write                     => ok
    0  a         deposit r1 x1 by=visit:a/v                     => ok
    0  a         deposit d1 dir:a by=dir                        => ok
    0  b         deposit d2 dir:b by=dir                        => ok
    9  c         request t by=dir for=HPAYMT indexes=dir:a      => PurposeNotAllowed [AccessRefused]
    9  c         request t by=dir indexes=dir:a of=p1           => PatientMismatch
    9  c         request t by=dir indexes=dir:a,x1              => ScopeOutsideBasis
    9  c         request t by=dir indexes=x9                    => ScopeOutsideBasis
    9  c         request t by=dir records=a/d1,a/r1             => ScopeOutsideBasis
    9  c         request t by=dir records=a/no                  => RecordUnknown
    9  c         request t by=dir for=HOPERAT indexes=dir:a,dir:b => ok [TicketIssued]
    9  c         request u by=dir for=TREAT records=b/d2,a/d1   => ok
";

/// Broken glass: a clinical practitioner, four hours, the emergency set.
pub const GLASS: &str = "
    0  a         declare x1/p1 x2/p1                            => ok
    0  a+c1      patient p1 card=c1 emergency=x1                => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  a+dr      practitioner dr until=9h                       => ok
    0  a+nu      practitioner nu role=nurse                     => ok
    0  a+te      practitioner te role=technician                => ok
    9  a+dr      glass t p1 until=9                             => UntilInThePast [AccessRefused]
    9  a+dr      glass t p1 until=4h+10                         => UntilTooFar
    9  a         glass t p1                                     => PractitionerNotPresent
    9  b+dr      glass t p1                                     => PractitionerNotPresent
    9h a+dr      glass t p1 until=9h+1                          => PractitionerNotPresent
    9  a+te      glass t p1                                     => RoleNotAllowed
    9  a+dr      glass t p9                                     => PatientUnknown
    9  a+dr      glass t p2                                     => NothingForEmergency
    9  a+te+dr   glass t p1 until=4h+9                          => ok [TicketIssued GlassBroken]
    9  a+nu      glass t p1                                     => TicketExists
    9  a+nu      glass u p1 ; anchor vault 1                    => ok
    # Nine by one practitioner: eight may wait.
    9  a+dr      glass t2 p1 ; glass t3 p1 ; glass t4 p1 ; glass t5 p1 ; glass t6 p1 ; glass t7 p1 => ok
    9  a+dr      glass t8 p1 ; glass t9 p1                      => EmergenciesPending@1 [AccessRefused]
    9  a+dr      glass t8 p1                                    => ok
    9  a+dr      glass t9 p1                                    => EmergenciesPending
    9  a+dr      justify a/t3                                   => ok
    9  a+dr      glass t9 p1                                    => ok
";

/// Justifying: who broke it, once; late is better than never.
pub const JUSTIFY: &str = "
    0     a      declare x1/p1                                  => ok
    0     a+c1   patient p1 card=c1 emergency=x1                => ok
    0     a+dr   practitioner dr until=25h                      => ok
    0     a+nu   practitioner nu role=nurse                     => ok
    0     a+c1   checkin v p1 open=x1                           => ok
    0     a+dr   glass t p1                                     => ok
    0     a+nu   glass n p1                                     => ok
    9     a+dr   justify a/no                                   => TicketUnknown [CallRefused]
    9     a+dr   justify a/v                                    => NotAnEmergency
    9     a      justify a/t                                    => TicketNotYours
    9     a+nu   justify a/t                                    => TicketNotYours
    9     b+dr   justify a/t                                    => TicketNotYours
    24h-1 a+dr   glass u p1 until=25h                           => ok
    24h   a+dr   glass s p1 until=25h                           => JustificationOverdue [AccessRefused]
    24h   a+dr   justify a/t                                    => ok [EmergencyJustified]
    24h   a+dr   justify a/t                                    => AlreadyJustified
    24h   a+dr   glass s p1 until=25h                           => ok
    24h-1 a+nu   justify a/n                                    => ok
    # The registration has ended; what is owed may still be given.
    30h   a+dr   justify a/s                                    => ok
";

/// Anchors count up, each member and journal for itself.
pub const ANCHOR: &str = "
    0  a         anchor vault 0                                 => AnchorNotAhead [CallRefused]
    0  a         anchor vault 1                                 => ok [JournalAnchored]
    0  a         anchor vault 1                                 => AnchorNotAhead
    0  a         anchor custodian 1                             => ok
    0  b         anchor vault 1                                 => ok
    0  a         anchor vault 9                                 => ok
    0  a         anchor vault 8                                 => AnchorNotAhead
";

#[test]
fn shape() {
    check(SHAPE);
}

#[test]
fn consent() {
    check(CONSENT);
}

#[test]
fn treatment() {
    check(TREATMENT);
}

#[test]
fn patient() {
    check(PATIENT);
}

#[test]
fn directory() {
    check(DIRECTORY);
}

#[test]
fn glass() {
    check(GLASS);
}

#[test]
fn justify() {
    check(JUSTIFY);
}

#[test]
fn anchor() {
    check(ANCHOR);
}

fn stored(book: &Book, word: &str) -> Ticket {
    let key = StateKey::ticket(&ticket(word));
    Ticket::decode(book.state[&key].clone()).unwrap()
}

/// Tickets are stored sorted and without repeats, and name who acted.
#[test]
fn values() {
    let book = Book::after(CONSENT);
    let Scope::Indexes(indexes) = stored(&book, "b/u").scope else {
        panic!("asked by indexes")
    };
    assert_eq!(indexes.len(), 2);
    assert!(indexes.is_sorted());
    assert_eq!(stored(&book, "b/u").practitioner, None);
    let k = stored(&book, "b/k");
    assert_eq!(k.practitioner, Some(crate::book::practitioner("b/dr")));
    let book = Book::after(TREATMENT);
    let t = stored(&book, "a/t");
    assert_eq!(t.practitioner, Some(crate::book::practitioner("a/dr")));
    let book = Book::after(GLASS);
    let t = stored(&book, "a/t");
    assert_eq!(t.practitioner, Some(crate::book::practitioner("a/dr")));
    let book = Book::after(DIRECTORY);
    let Scope::Records(records) = stored(&book, "c/u").scope else {
        panic!("asked by records")
    };
    assert!(records.is_sorted());
}

/// Only a justification before its own time is in time, whatever else waits.
#[test]
fn in_time() {
    use amanat_types::Event;
    for (at, expected) in [("24h-1", true), ("24h", false)] {
        let mut book = Book::after(
            "0  a declare x1/p1                          => ok
             0  a+c1 patient p1 card=c1 emergency=x1     => ok
             0  a+dr practitioner dr                     => ok
             0  a+dr glass t p1                          => ok
             1h a+dr glass u p1 until=2h                 => ok",
        );
        book.at(crate::book::ms(at));
        let tx = book.tx("0 a+dr justify a/t");
        let execution = book.block(&[tx]);
        let event = &execution.events[0].events[0];
        let Event::EmergencyJustified(event) = event else {
            panic!("{event:?}")
        };
        assert_eq!(event.in_time, expected, "{at}");
    }
}
