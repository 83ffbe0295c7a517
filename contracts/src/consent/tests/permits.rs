//! Permits in tables: every refusal, each border in time, each grantee, and what is done under them.
use crate::book::{Book, check};

/// Permitting by card: times, grantee, purposes, indexes, names.
pub const PERMIT: &str = "
    0  a         declare x1/p1 x2/p1 y1/p2                      => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  b+dr      practitioner dr until=100                      => ok
    9  a+c1      permit g p1 open=x1 until=9                    => UntilInThePast [CallRefused]
    9  a+c1      permit g p1 open=x1 from=100 until=100         => UntilInThePast
    9  a+c1      permit g p1 open=x1 until=3660d+10             => UntilTooFar
    9  a+c1      permit g p9 open=x1                            => PatientUnknown
    9  a         permit g p1 open=x1                            => CardNotPresent
    9  a+c2      permit g p1 open=x1                            => CardNotPresent
    9  a+c1      permit g p1 to=z open=x1                       => GranteeUnknown
    9  a+c1      permit g p1 to=b/no open=x1                    => GranteeUnknown
    9  a+c1      permit g p1 to=nurse@z open=x1                 => GranteeUnknown
    100 a+c1     permit g p1 to=b/dr open=x1                    => GranteeUnknown
    9  a+c1      permit g p1 open=x1 for=                       => NoPurposes
    9  a+c1      permit g p1 open=x1 for=TREAT,TREAT            => NoPurposes
    9  a+c1      permit g p1                                    => NoIndexes
    9  a+c1      permit g p1 open=x9                            => IndexUnknown
    9  a+c1      permit g p1 open=x1,y1                         => IndexNotOwned
    9  a+c1      permit g p1 open=x1,x1                         => IndexRepeated
    9  a+c1      permit g p1 open=x1 records=a/r1,a/r1          => NamesUnfit
    9  a+c1      permit g p1 open=x1 heights=2-1                => NamesUnfit
    # Who may write under named records only would write others.
    9  a+c1      permit g p1 open=x1 access=write records=a/r1  => NamesUnfit
    9  a+c1      permit g p1 open=x1 access=read-write heights=1-2 => NamesUnfit
    9  a+c1      permit g p1 open=x1 heights=1-1 records=a/r1   => ok [PermitGiven]
    9  a+c1      permit g p1 open=x1                            => PermitExists
    99 a+c1      permit h p1 to=b/dr open=x1                    => ok
    9  a+c1      permit i p1 to=nurse@hospital open=x1          => ok
    9  a+c1      permit j p1 to=nurse@b open=x1 until=3660d+9   => ok
    9  a+c1      block p1 c1                                    => ok
    9  a+c1      permit k p1 open=x1                            => CardBlocked
";

/// On paper: two roles of the sponsor, no working card, at most 90 days.
pub const PAPER: &str = "
    0  a         declare x1/p1 y1/p2                            => ok
    0  a+dr      practitioner dr until=500                      => ok
    0  a+d2      practitioner d2                                => ok
    0  a+nu      practitioner nu role=nurse                     => ok
    0  b+rg      practitioner rg role=registrar                 => ok
    0  a+dr      nocard v p1 open=x1 until=900                  => ok
    0  a+c2      patient p2 card=c2                             => ok
    9  a+dr+nu   permit g p1 open=x1 paper until=90d+10         => UntilTooFar [CallRefused]
    # Staff print a form for a patient whose card works.
    9  a+dr+nu   permit g p2 open=y1 paper                      => PatientHasCard
    9  a         permit g p1 open=x1 paper                      => WitnessesUnfit
    9  a+dr      permit g p1 open=x1 paper                      => WitnessesUnfit
    9  a+dr+d2   permit g p1 open=x1 paper                      => WitnessesUnfit
    # Another member's staff, or whose registration has ended, is no witness.
    9  a+dr+rg   permit g p1 open=x1 paper                      => WitnessesUnfit
    500 a+dr+nu  permit g p1 open=x1 paper                      => WitnessesUnfit
    499 a+dr+nu  permit g p1 open=x1 paper                      => ok [PermitGiven]
    9  a+dr+nu   permit h p1 open=x1 paper until=90d+9          => ok
    9  a+dr+nu   permit i p1 open=x1                            => CardNotPresent
    9  a+c2      block p2 c2                                    => ok
    9  a+dr+nu   permit k p2 open=y1 paper                      => ok
    # Taking paper back: its sponsor alone, nobody else without a card.
    9  b         unpermit a/g                                   => CardNotPresent
    9  a         unpermit a/g                                   => ok [PermitTakenBack]
    9  a         unpermit a/g                                   => PermitRevoked
";

/// Revoking: by the card, once, even before the start or after the end.
pub const REVOKE: &str = "
    0  a         declare x1/p1                                  => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  a+c1      permit g p1 open=x1 from=20 until=30           => ok
    0  a+c1      permit h p1 open=x1 until=30                   => ok
    0  a+c1      permit i p1 open=x1 until=30                   => ok
    9  a+c1      unpermit a/no                                  => PermitUnknown [CallRefused]
    9  a         unpermit a/g                                   => CardNotPresent
    9  a+c2      unpermit a/g                                   => CardNotPresent
    9  b+c1      unpermit a/g                                   => ok [PermitTakenBack]
    9  b+c1      unpermit a/g                                   => PermitRevoked
    30 b+c1      unpermit a/h                                   => ok
    30 a+c1      block p1 c1                                    => ok
    30 a+c1      unpermit a/i                                   => CardBlocked
";

const WORLD: &str = "
    0  a         declare x1/p1 x2/p1                            => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  b+dr      practitioner dr until=500                      => ok
    0  b+nu      practitioner nu role=nurse until=500           => ok
    0  c+cn      practitioner cn role=nurse                     => ok
    0  a+c1      checkin v p1 open=x1,x2 write                  => ok
    0  a         deposit r1 x1 by=visit:a/v                     => ok
    0  a         deposit r2 x2 by=visit:a/v                     => ok
    0  a         deposit r3 x1 by=visit:a/v                     => ok
";

/// To a member, with a start and an end; the refusals in their order.
pub const MEMBER: &str = "
    0  a+c1      permit g p1 open=x1 for=TREAT from=50 until=100 => ok
    0  a+c1      permit w p1 open=x1 access=write               => ok
    0  a+c1      permit rw p1 open=x1 access=read-write         => ok
    60 b         request t by=permit:a/no indexes=x1            => PermitUnknown [AccessRefused]
    60 c         request t by=permit:a/g indexes=x1             => GranteeNotYou
    49 b         request t by=permit:a/g indexes=x1             => PermitNotYet
    100 b        request t by=permit:a/g indexes=x1             => PermitExpired
    60 b         request t by=permit:a/w indexes=x1             => GrantNoRead
    60 b         request t by=permit:a/g indexes=x1 for=HRESCH  => PurposeNotAllowed
    60 b         request t by=permit:a/g indexes=x1,x2          => ScopeOutsideBasis
    60 b         request t by=permit:a/g records=a/r2           => ScopeOutsideBasis
    50 b         request t by=permit:a/g indexes=x1             => ok [TicketIssued]
    99 b         request u by=permit:a/g records=a/r1           => ok
    50 b         release b/t records=a/r1                       => ok
    99 b         release b/t records=a/r1                       => ok
    100 b        release b/t records=a/r1                       => BasisEnded
    # A releaser whose clock is behind the start.
    49 b         release b/t records=a/r1                       => BasisEnded
    60 b         deposit w1 x1 by=permit:a/g                    => GrantNoWrite
    60 b         deposit w1 x1 by=permit:a/no                   => PermitUnknown
    60 c         deposit w1 x1 by=permit:a/w                    => GranteeNotYou
    60 b         deposit w1 x2 by=permit:a/w                    => IndexOutsideBasis
    60 b         deposit w1 x1 by=permit:a/w                    => ok
    60 b         deposit w2 x1 by=permit:a/rw                   => ok
    60 a+c1      unpermit a/g ; unpermit a/w                    => ok
    60 b         release b/t records=a/r1                       => BasisEnded
    60 b         request v by=permit:a/g indexes=x1             => PermitRevoked
    60 b         deposit w3 x1 by=permit:a/w                    => PermitRevoked
";

/// To a practitioner, a role at members of a kind, a role at a member.
pub const GRANTEES: &str = "
    0  a+c1      permit g p1 to=b/dr open=x1                    => ok
    0  a+c1      permit k p1 to=nurse@hospital open=x1          => ok
    0  a+c1      permit l p1 to=nurse@laboratory open=x1        => ok
    0  a+c1      permit m p1 to=nurse@b open=x1                 => ok
    9  b         request t by=permit:a/g indexes=x1             => GranteeNotYou
    9  b+nu      request t by=permit:a/g indexes=x1             => GranteeNotYou
    9  c+dr      request t by=permit:a/g indexes=x1             => GranteeNotYou
    500 b+dr     request t by=permit:a/g indexes=x1             => GranteeNotYou
    499 b+nu+dr  request t by=permit:a/g indexes=x1             => ok
    9  b         release b/t records=a/r1                       => ok
    500 b        release b/t records=a/r1                       => BasisEnded
    9  b         request k by=permit:a/k indexes=x1             => GranteeNotYou
    9  b+dr      request k by=permit:a/k indexes=x1             => GranteeNotYou
    9  c+cn      request k by=permit:a/k indexes=x1             => ok
    9  c         release c/k records=a/r1                       => ok
    9  b+dr+nu   request k by=permit:a/k indexes=x1             => ok
    9  b         release b/k records=a/r1                       => ok
    500 b        release b/k records=a/r1                       => BasisEnded
    9  c+cn      request l by=permit:a/l indexes=x1             => GranteeNotYou
    9  c+cn      request m by=permit:a/m indexes=x1             => GranteeNotYou
    9  b+nu      request m by=permit:a/m indexes=x1             => ok
    9  b         end b/nu                                       => ok
    9  b         release b/m records=a/r1                       => BasisEnded
    9  c         release c/k records=a/r1                       => ok
";

/// Only named records, only records of some heights: also under a ticket by index.
pub const NARROW: &str = "
    0  a+c1      permit g p1 open=x1,x2 records=a/r1,a/r2       => ok
    0  a+c1      permit h p1 open=x1,x2 heights=8-9             => ok
    9  b         request t by=permit:a/g records=a/r1,a/r3      => ScopeOutsideBasis
    9  b         request t by=permit:a/g records=a/r1,a/r2      => ok
    9  b         request u by=permit:a/g indexes=x1             => ok
    9  b         release b/u records=a/r1                       => ok
    9  b         release b/u records=a/r3                       => RecordOutsideBasis
    9  b         request v by=permit:a/h records=a/r1           => ScopeOutsideBasis
    9  b         request v by=permit:a/h records=a/r2,a/r3      => ok
    9  b         request w by=permit:a/h indexes=x1,x2          => ok
    9  b         release b/w records=a/r2,a/r3                  => ok
    9  b         release b/w records=a/r1                       => RecordOutsideBasis
    9  a         deposit r4 x1 by=visit:a/v                     => ok
    9  b         release b/w records=a/r4                       => RecordOutsideBasis
";

/// A thief with card and PIN gives a friend standing consent: nothing opens for a day, and any card of the patient takes it back.
pub const STANDING: &str = "
    0  a+c1      permit g p1 open=x1 until=30d                  => ok
    0  a+c1      permit h p1 open=x1 until=30d+1                => ok
    0  a+c1      permit i p1 open=x1 from=10d until=41d         => ok
    0  a+c1      permit j p1 open=x1 from=23h until=31d         => ok
    9  b         request t by=permit:a/g indexes=x1             => ok
    9  b         request u by=permit:a/h indexes=x1             => PermitNotYet
    24h-1 b      request u by=permit:a/h indexes=x1 until=30h   => PermitNotYet
    24h b        request u by=permit:a/h indexes=x1 until=30h   => ok
    24h-1 b      request v by=permit:a/j indexes=x1 until=30h   => PermitNotYet
    24h b        request v by=permit:a/j indexes=x1 until=30h   => ok
    240h-1 b     request w by=permit:a/i indexes=x1 until=250h  => PermitNotYet
    240h b       request w by=permit:a/i indexes=x1 until=250h  => ok
";

#[test]
fn permitting() {
    check(PERMIT);
}

#[test]
fn on_paper() {
    check(PAPER);
}

#[test]
fn revoking() {
    check(REVOKE);
}

#[test]
fn opening() {
    for table in [MEMBER, GRANTEES, NARROW, STANDING] {
        Book::after(WORLD).check(table);
    }
}

/// A restriction beats a permit, whoever it is to.
#[test]
fn denied() {
    Book::after(WORLD).check(
        "
        0  a+c1  permit g p1 to=nurse@hospital open=x1          => ok
        9  b+nu  request t by=permit:a/g indexes=x1             => ok
        9  a+c1  restrict k p1 who=b/nu                         => ok
        9  b     release b/t records=a/r1                       => RestrictedByPatient
        9  b+nu  request u by=permit:a/g indexes=x1             => Restricted
        9  c+cn  request t by=permit:a/g indexes=x1             => ok
        ",
    );
}
