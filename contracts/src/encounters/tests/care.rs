//! Care teams, visits that are closed with a grace, and orders, in tables.
use crate::book::{Book, check};
use amanat_types::limits::RESULTS_MAX;

const WORLD: &str = "
    0  a         declare x1/p1 x2/p1 x3/p1                      => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  a+dr      practitioner dr                                => ok
    0  a+d2      practitioner d2 until=500                      => ok
    0  a+nu      practitioner nu role=nurse                     => ok
    0  b+db      practitioner db                                => ok
    0  a+c1      checkin v p1 open=x1,x2 write until=900        => ok
    0  a         deposit r1 x1 by=visit:a/v                     => ok
    0  a         deposit r2 x2 by=visit:a/v                     => ok
";

/// Who may say who cares, and what a team may be.
pub const TEAM: &str = "
    0  a+dr      nocard w p3 until=900                          => NoIndexes
    0  a         declare y1/p3                                  => ok
    0  a+dr      nocard w p3 open=y1 until=900                  => ok
    9  a+dr      team a/no seats=a/dr                           => EncounterUnknown [CallRefused]
    9  b+db      team a/v seats=b/db                            => EncounterNotYours
    9  a+dr      team a/w seats=a/dr                            => RegistrationIsWriteOnly
    900 a+dr     team a/v seats=a/dr                            => EncounterEnded
    9  a         team a/v seats=a/dr                            => PractitionerNotPresent
    9  a+db      team a/v seats=a/dr                            => PractitionerNotPresent
    500 a+d2     team a/v seats=a/dr                            => PractitionerNotPresent
    9  a+nu      team a/v seats=a/dr                            => RoleNotAllowed
    9  a+dr      team a/v seats=                                => SeatsUnfit
    9  a+dr      team a/v seats=a/dr,a/dr                       => SeatsUnfit
    9  a+dr      team a/v seats=a/dr,a/no                       => PractitionerUnknown
    9  a+dr      team a/v seats=a/dr,b/db                       => PractitionerNotYours
    9  a+nu+dr   team a/v seats=a/dr,staff:ann,icu:nurse        => ok [CareAssigned]
    9  a+dr      team a/v strict seats=a/dr                     => ok
    # The hospital loosens what it promised, without the patient.
    9  a+dr      team a/v seats=a/dr                            => TeamStrict
    9  a+dr+c2   team a/v seats=a/dr                            => TeamStrict
    9  a+dr      team a/v strict seats=a/dr,a/nu                => ok
    9  a+dr+c1   team a/v seats=a/dr                            => ok
    9  a+dr      team a/v strict seats=a/dr                     => ok
    9  b+c1      block p1 c1                                    => ok
    9  a+dr+c1   team a/v seats=a/dr                            => CardBlocked
";

/// What a strict team closes, and what it opens to whom.
pub const STRICT: &str = "
    9  a         request t by=visit:a/v indexes=x1              => ok
    9  a+nu      request n by=visit:a/v indexes=x1              => ok
    9  a         request s by=care:a/v:bob:nurse:icu indexes=x1 => ok [TicketIssued]
    9  a         release a/v records=a/r1                       => ok
    9  a         release a/s records=a/r1                       => ok
    # A team that is not strict closes nothing.
    9  a+dr      team a/v seats=a/dr                            => ok
    9  a         release a/v records=a/r1                       => ok
    9  a         release a/s records=a/r1                       => ok
    9  a+dr      team a/v strict seats=a/dr,staff:ann,icu:nurse => ok
    # The visit's own ticket, one that names nobody, one of a nurse with a card who has no seat.
    9  a         release a/v records=a/r1                       => BasisEnded
    9  a         release a/t records=a/r1                       => BasisEnded
    9  a         release a/n records=a/r1                       => BasisEnded
    9  a         request u by=visit:a/v indexes=x1              => NotInTeam [AccessRefused]
    9  a+nu      request u by=visit:a/v indexes=x1              => NotInTeam
    9  a+nu+dr   request u by=visit:a/v indexes=x1              => ok
    9  a         release a/u records=a/r1                       => ok
    # Staff without a card: by name, or by role and ward.
    9  a         release a/s records=a/r1                       => ok
    9  a         request w by=care:a/v:ann:registrar:lab indexes=x1 => ok
    9  a         request x by=care:a/v:bob:clinician:icu indexes=x1 => NotInTeam
    9  a         request x by=care:a/v:bob:nurse:lab indexes=x1 => NotInTeam
    9  a         request x by=care:a/v:bob:nurse:icu indexes=x1 => ok
    # Seats are dropped, and what they opened closes; writing is not the team's matter.
    9  a+dr      team a/v strict seats=a/dr                     => ok
    9  a         release a/s records=a/r1                       => BasisEnded
    9  a         release a/w records=a/r1                       => BasisEnded
    9  a         release a/u records=a/r1                       => ok
    9  a+dr      team a/v strict seats=a/d2                     => ok
    9  a         release a/u records=a/r1                       => BasisEnded
    9  a         deposit r3 x1 by=visit:a/v                     => ok
";

/// Staff without a card: at the member's own open visit, for treatment, as anybody of the member.
pub const STAFF: &str = "
    9  a         request t by=care:a/no:ann:nurse:icu indexes=x1 => EncounterUnknown [AccessRefused]
    9  b         request t by=care:a/v:ann:nurse:icu indexes=x1 => EncounterNotYours
    900 a        request t by=care:a/v:ann:nurse:icu indexes=x1 until=1000 => EncounterEnded
    9  a         request t by=care:a/v:ann:nurse:icu indexes=x1 for=HRESCH => PurposeNotAllowed
    9  a         request t by=care:a/v:ann:nurse:icu indexes=x3 => ScopeOutsideBasis
    9  a         request t by=care:a/v:ann:nurse:icu indexes=x1 => ok
    9  a         release a/t records=a/r1                       => ok
    900 a        release a/t records=a/r1                       => BasisEnded
    # The role that the member states is the role that a restriction binds.
    9  a+c1      restrict k p1 who=nurse                        => ok
    9  a         release a/t records=a/r1                       => RestrictedByPatient
    9  a         request u by=care:a/v:ann:nurse:icu indexes=x1 => Restricted
    9  a         request u by=care:a/v:ann:clinician:icu indexes=x1 => ok
    9  a         discharge a/v                                  => ok
    9  a         release a/u records=a/r1                       => BasisEnded
";

/// Closing with a grace: writing ends, reading goes on for at most 72 hours, and a card still ends it at once.
pub const CLOSE: &str = "
    0  a+c1      checkin u p1 open=x1 write until=200h ticket=20h => ok
    0  a+c1      checkin w p1 open=x1 write until=200h ticket=20h => ok
    9  a         close a/no grace=1h                            => EncounterUnknown [CallRefused]
    9  b         close a/u grace=1h                             => EncounterNotYours
    200h a       close a/u grace=1h                             => EncounterEnded
    9  a         close a/u grace=72h+1                          => GraceTooLong
    9  a         close a/u grace=72h                            => ok [VisitClosed]
    9  a         close a/u grace=72h                            => EncounterEnded
    9  a         deposit r3 x1 by=visit:a/u                     => EncounterEnded
    9  a         release a/u records=a/r1                       => ok
    72h+8 a      request t by=visit:a/u indexes=x1 until=80h    => ok
    72h+8 a      release a/t records=a/r1                       => ok
    72h+9 a      release a/t records=a/r1                       => BasisEnded
    72h+9 a      request s by=visit:a/u indexes=x1 until=80h    => EncounterEnded
    72h+9 a      discharge a/u                                  => EncounterEnded
    # The patient does not want it.
    9  a         close a/w grace=1h                             => ok
    9  b         discharge a/w                                  => EncounterNotYours
    10 a         release a/w records=a/r1                       => ok
    10 b+c1      discharge a/w                                  => ok [EncounterClosed]
    10 a         release a/w records=a/r1                       => BasisEnded
    10 a         discharge a/w                                  => EncounterEnded
    # Without a grace, as a discharge; never beyond the visit's own end.
    9  a         close a/v grace=72h                            => ok
    899 a        release a/v records=a/r1                       => TicketEnded
    899 a        request r by=visit:a/v indexes=x1              => ok
    900 a        release a/r records=a/r1                       => BasisEnded
    9  a+c1      checkin z p1 open=x1 until=900                 => ok
    9  a         close a/z grace=0                              => ok
    9  a         release a/z records=a/r1                       => BasisEnded
";

/// Ordering: out of an open encounter of the sponsor, over indexes of it, nothing that it may not do itself.
pub const ORDER: &str = "
    0  a         declare y1/p3                                  => ok
    0  a+dr      nocard w p3 open=y1 until=900                  => ok
    0  a+c1      checkin o p1 open=x1 until=900                 => ok
    9  a         order o a/v indexes=x1 until=9                 => UntilInThePast [CallRefused]
    9  a         order o a/v indexes=x1 until=180d+10           => UntilTooFar
    9  a         order o a/no indexes=x1                        => EncounterUnknown
    9  b         order o a/v indexes=x1                         => EncounterNotYours
    9  a         order o a/w indexes=y1 refer                   => RegistrationIsWriteOnly
    900 a        order o a/v indexes=x1 until=1000              => EncounterEnded
    9  a         order o a/o indexes=x1                         => EncounterNoWrite
    9  a         order o a/o indexes=x1 refer write             => EncounterNoWrite
    9  a         order o a/v indexes=x1 to=z                    => MemberUnknown
    9  a         order o a/v                                    => NoIndexes
    9  a         order o a/v indexes=x1,x1                      => NamesUnfit
    9  a         order o a/v indexes=x1 refer records=a/r1,a/r1 => NamesUnfit
    # A referral opens what the visit does not.
    9  a         order o a/v indexes=x1,x3                      => IndexOutsideVisit
    9  a         order o a/v indexes=x1,x2 until=180d+9         => ok [OrderPlaced]
    9  a         order o a/v indexes=x1                         => OrderExists
    9  a         order p a/w indexes=y1                         => ok
    9  a         order q a/o indexes=x1 refer                   => ok
    # A colleague without a seat refers to an accomplice, around a strict team.
    9  a+dr      team a/v strict seats=a/dr,staff:ann           => ok
    9  a         order r a/v indexes=x1 refer                   => NotInTeam
    9  a+nu      order r a/v indexes=x1 refer                   => NotInTeam
    9  a+nu+dr   order r a/v indexes=x1 refer                   => ok
";

/// Ending an order: who placed it, or the patient; once.
pub const END_ORDER: &str = "
    0  a         order o a/v indexes=x1 until=100 ; order p a/v indexes=x1 until=100 ; order q a/v indexes=x1 until=100 => ok
    9  a         endorder a/no                                  => OrderUnknown [CallRefused]
    9  b         endorder a/o                                   => OrderNotYours
    9  b+c2      endorder a/o                                   => OrderNotYours
    9  a         endorder a/o                                   => ok [OrderClosed]
    9  a         endorder a/o                                   => OrderEnded
    100 b+c1     endorder a/p                                   => ok
    9  a+c1      block p1 c1                                    => ok
    9  b+c1      endorder a/q                                   => CardBlocked
";

/// A test: the performer writes, the requester reads what it wrote, and neither does the other.
pub const TEST: &str = "
    0  a         order o a/v indexes=x1 until=100               => ok
    0  a         order p a/v indexes=x1                         => ok
    9  b         deposit s1 x1 by=order:a/no                    => OrderUnknown [CallRefused]
    9  a         deposit s1 x1 by=order:a/o                     => OrderNotYours
    9  c         deposit s1 x1 by=order:a/o                     => OrderNotYours
    100 b        deposit s1 x1 by=order:a/o                     => OrderExpired
    9  b         deposit s1 x2 by=order:a/o                     => IndexOutsideBasis
    99 b         deposit s1 x1 by=order:a/o                     => ok [RecordDeposited]
    9  b         deposit s2 x1 by=order:a/p                     => ok
    9  a         request t by=order:a/no records=b/s1           => OrderUnknown [AccessRefused]
    # The laboratory reads nothing by the order, its own result neither.
    9  b         request t by=order:a/o records=b/s1            => OrderNotYours
    100 a        request t by=order:a/o records=b/s1            => OrderExpired
    9  a         request t by=order:a/o records=b/s1 for=HRESCH => PurposeNotAllowed
    # Results of this order, not of another, nor what else lies under the index.
    9  a         request t by=order:a/o records=b/s1,b/s2       => ScopeOutsideBasis
    9  a         request t by=order:a/o records=a/r1            => ScopeOutsideBasis
    9  a         request t by=order:a/o indexes=x1              => ScopeOutsideBasis
    # After the discharge, too: results come when they come.
    9  a         discharge a/v                                  => ok
    99 a         request t by=order:a/o records=b/s1            => ok [TicketIssued]
    99 a         release a/t records=b/s1                       => ok
    100 a        release a/t records=b/s1                       => BasisEnded
    # A corrected result is one of the results.
    9  b         amend s3 over=b/s1 x1 by=order:a/o             => ok
    9  a         request u by=order:a/o records=b/s1,b/s3       => ok
    9  b+c1      endorder a/o                                   => ok
    9  a         release a/t records=b/s1                       => BasisEnded
    9  a         request w by=order:a/o records=b/s1            => OrderEnded
    9  b         deposit s4 x1 by=order:a/o                     => OrderEnded
";

/// A referral: the recipient reads what is named, and writes if it says so.
pub const REFERRAL: &str = "
    0  a         order o a/v indexes=x1 refer until=100         => ok
    0  a         order p a/v indexes=x1,x2 refer write records=a/r1 => ok
    9  a         request t by=order:a/o indexes=x1              => OrderNotYours [AccessRefused]
    9  c         request t by=order:a/o indexes=x1              => OrderNotYours
    9  b         request t by=order:a/o indexes=x1,x2           => ScopeOutsideBasis
    9  b         request t by=order:a/o records=a/r2            => ScopeOutsideBasis
    9  b         request t by=order:a/o indexes=x1              => ok
    9  b         release b/t records=a/r1                       => ok
    99 b         release b/t records=a/r1                       => ok
    100 b        release b/t records=a/r1                       => BasisEnded
    9  b         deposit s1 x1 by=order:a/o                     => OrderNoWrite
    9  b         deposit s1 x1 by=order:a/p                     => ok
    9  b         request u by=order:a/p records=a/r1,a/r2       => ScopeOutsideBasis
    9  b         request u by=order:a/p indexes=x1,x2           => ok
    9  b         release b/u records=a/r1                       => ok
    9  b         release b/u records=a/r2                       => RecordOutsideBasis
    # The patient restricts the recipient.
    9  a+c1      restrict k p1 who=b                            => ok
    9  b         release b/t records=a/r1                       => RestrictedByPatient
    9  b         request w by=order:a/o indexes=x1              => Restricted
    9  a+c1      lift p1 a/k                                    => ok
    9  a         endorder a/o                                   => ok
    9  b         release b/t records=a/r1                       => BasisEnded
";

#[test]
fn teams() {
    Book::after(WORLD).check(TEAM);
    Book::after(WORLD).check(STRICT);
    Book::after(WORLD).check(STAFF);
}

/// Guardians: who decides loosens a team, ends an order and a grace; who only reads does not; a silent card does not either.
pub const GUARDIANS: &str = "
    0  a+rg      practitioner rg role=registrar                 => ok
    0  b+cm      patient mum card=cm                            => ok
    0  b+cd      patient dad card=cd                            => ok
    0  a+c1+rg+k1 second p1 k1                                  => ok
    0  a+c1+cm+k1 link p1 mum proxy                             => ok
    0  a+c1+cd+k1 link p1 dad proxy rights=read                 => ok
    9  a+dr      team a/v strict seats=a/dr                     => ok
    9  a+dr+cd   team a/v seats=a/dr                            => RightMissing [CallRefused]
    9  a+dr+cm   team a/v seats=a/dr                            => ok [CareAssigned]
    9  a+dr      team a/v strict seats=a/dr                     => ok
    9  a+k1      suspend p1 c1                                  => ok
    9  a+dr+c1   team a/v seats=a/dr                            => CardSuspended
    9  a+dr+cm   team a/v seats=a/dr                            => ok
    9  a         order o a/v indexes=x1                         => ok
    9  c+c1      endorder a/o                                   => CardSuspended
    9  c+cd      endorder a/o                                   => RightMissing
    9  c+cm      endorder a/o                                   => ok [OrderClosed]
    9  a         close a/v grace=1h                             => ok
    9  c+cd      discharge a/v                                  => RightMissing
    9  c+cm      discharge a/v                                  => ok [EncounterClosed]
";

#[test]
fn guardians() {
    Book::after(WORLD).check(GUARDIANS);
}

#[test]
fn closing() {
    Book::after(WORLD).check(CLOSE);
}

#[test]
fn orders() {
    for table in [ORDER, END_ORDER, TEST, REFERRAL] {
        Book::after(WORLD).check(table);
    }
}

/// The last result that an order takes, and one more.
#[test]
fn results_full() {
    let mut book = Book::after(WORLD);
    book.check("0 a order o a/v indexes=x1 => ok");
    for at in 1..RESULTS_MAX {
        book.check(&format!("0 b deposit s{at} x1 by=order:a/o => ok"));
    }
    book.check("0 b deposit t x1 by=order:a/o ; deposit u x1 by=order:a/o => ResultsFull@1");
    book.check("0 b deposit t x1 by=order:a/o => ok");
    book.check("0 b deposit u x1 by=order:a/o => ResultsFull");
    book.check("0 b amend u over=b/t x1 by=order:a/o => ResultsFull");
}

/// Two members' staff of one name are two people.
#[test]
fn staff_are_the_members() {
    check(
        "
        0  a     declare x1/p1                                  => ok
        0  a+c1  patient p1 card=c1                             => ok
        0  b+db  practitioner db                                => ok
        0  a+c1  checkin v p1 open=x1 write                     => ok
        0  b+c1  checkin v p1 open=x1                           => ok
        0  a     deposit r1 x1 by=visit:a/v                     => ok
        9  b+db  team b/v strict seats=staff:ann                => ok
        9  b     request t by=care:b/v:ann:nurse:icu indexes=x1 => ok
        9  a     request t by=care:b/v:ann:nurse:icu indexes=x1 => EncounterNotYours
        ",
    );
}
