//! Consent by jurisdiction in tables: whom a place denies, whom it lets in, and that whoever is nowhere is let in by none.
use crate::book::{Book, permit_id, restriction};
use amanat_types::Refusal;
use amanat_types::explain::{Effect, SourceKind};

/// The hospital `a` is in Sindh, `b` in Pakistan, `c` in India, `d` nowhere that the members have said.
fn world() -> Book {
    let mut book = Book::new();
    book.placed("a=PK-SD b=PK c=IN");
    book.check(
        "
        0  a         declare x1/p1 x2/p1                            => ok
        0  a+c1      patient p1 card=c1 emergency=x1                => ok
        0  b+dr      practitioner dr                                => ok
        0  a+an      practitioner an role=nurse                     => ok
        0  b+bn      practitioner bn role=nurse                     => ok
        0  c+cn      practitioner cn role=nurse                     => ok
        0  c+cd      practitioner cd                                => ok
        0  d+dn      practitioner dn role=nurse                     => ok
        0  a+c1      checkin v p1 open=x1,x2 write                  => ok
        0  a         deposit r1 x1 by=visit:a/v ; deposit r2 x2 by=visit:a/v => ok
        0  a+c1      grant b p1 to=b access=read-write open=x1,x2   => ok
        0  a+c1      grant c p1 to=c access=read-write open=x1,x2   => ok
        0  a+c1      grant d p1 to=d access=read-write open=x1,x2   => ok
        0  b         request t by=grant:a/b indexes=x1,x2           => ok
        0  c         request t by=grant:a/c indexes=x1,x2           => ok
        0  d         request t by=grant:a/d indexes=x1,x2           => ok
        0  c         release c/t records=a/r1,a/r2                  => ok
        0  d         release d/t records=a/r1,a/r2                  => ok
        ",
    );
    book
}

/// Nobody abroad: a member in another country is kept out although a grant names it, one of which nobody said where it is too; those
/// within, in a subdivision or in the country as a whole, go on.
pub const OUTSIDE: &str = "
    9  a+c1      restrict k p1 who=outside:PK access=read-write until=100 => ok [RestrictionSet]
    9  a         release a/v records=a/r1                       => ok
    9  b         release b/t records=a/r1                       => ok
    9  c         release c/t records=a/r1                       => RestrictedByPatient
    9  d         release d/t records=a/r1                       => RestrictedByPatient
    9  b         request u by=grant:a/b records=a/r1            => ok
    9  c         request u by=grant:a/c records=a/r1            => Restricted [AccessRefused]
    9  d         request u by=grant:a/d records=a/r1            => Restricted
    9  a         deposit r3 x1 by=visit:a/v                     => ok
    9  b         deposit r3 x1 by=grant:a/b                     => ok
    9  c         deposit r3 x1 by=grant:a/c                     => Restricted [CallRefused]
    9  d         deposit r3 x1 by=grant:a/d                     => Restricted
    # Whoever of a member acts: it is the member that is elsewhere.
    9  c+cd      request u by=grant:a/c records=a/r1            => Restricted
    99 c         release c/t records=a/r1                       => RestrictedByPatient
    100 c        release c/t records=a/r1                       => ok
";

/// Of a subdivision: who is said to be in the country only may be outside of it.
pub const OUTSIDE_A_SUBDIVISION: &str = "
    9  a+c1      restrict k p1 who=outside:PK-SD indexes=x1     => ok
    9  a         release a/v records=a/r1                       => ok
    9  b         release b/t records=a/r1                       => RestrictedByPatient
    9  b         release b/t records=a/r2                       => ok
    9  c         release c/t records=a/r1                       => RestrictedByPatient
    9  d         release d/t records=a/r1                       => RestrictedByPatient
    9  a+c1      lift p1 a/k ; restrict l p1 who=outside:PK-PB  => ok
    9  a         release a/v records=a/r1                       => RestrictedByPatient
";

/// Nobody there: who may be there is kept out, so who is in the country only, and who is nowhere.
pub const WITHIN: &str = "
    9  a+c1      restrict k p1 who=within:PK-SD                 => ok
    9  a         release a/v records=a/r1                       => RestrictedByPatient
    9  b         release b/t records=a/r1                       => RestrictedByPatient
    9  c         release c/t records=a/r1                       => ok
    9  d         release d/t records=a/r1                       => RestrictedByPatient
    9  a+c1      lift p1 a/k ; restrict l p1 who=within:IN for=TREAT => ok
    9  a         release a/v records=a/r1                       => ok
    9  b         release b/t records=a/r1                       => ok
    9  c         release c/t records=a/r1                       => RestrictedByPatient
    9  d         release d/t records=a/r1                       => RestrictedByPatient
    9  a+c1      lift p1 a/l ; restrict m p1 who=within:PK-PB   => ok
    9  a         release a/v records=a/r1                       => ok
    9  b         release b/t records=a/r1                       => RestrictedByPatient
    9  c         release c/t records=a/r1                       => ok
";

/// As other restrictions, it does not bind broken glass, the patient or directories.
pub const UNBOUND: &str = "
    9  a+c1      restrict k p1 who=outside:PK access=read-write => ok
    9  c+cd      glass e p1                                     => ok
    9  c         release c/e records=a/r1                       => ok
    9  c+c1      request q by=card:p1 for=PATRQT indexes=x2 open=x2 => ok
    9  c         release c/q records=a/r2                       => ok
    9  c         deposit r9 dir:c by=dir                        => ok
    9  d         request d by=dir indexes=dir:c                 => ok
    9  d         release d/d records=c/r9                       => ok
";

/// To a role at members of a kind within a place: who is not known to be there is not let in, nor to write.
pub const PERMIT: &str = "
    0  a+c1      permit p p1 to=nurse@hospital:PK access=read-write open=x1 => ok [PermitGiven]
    0  a+c1      permit s p1 to=nurse@hospital:PK-SD open=x1    => ok
    0  a+c1      permit l p1 to=nurse@laboratory:PK open=x1     => ok
    9  a+an      request p by=permit:a/p indexes=x1             => ok
    9  b+bn      request p by=permit:a/p indexes=x1             => ok
    9  b         release b/p records=a/r1                       => ok
    9  c+cn      request p by=permit:a/p indexes=x1             => MemberElsewhere [AccessRefused]
    9  d+dn      request p by=permit:a/p indexes=x1             => MemberElsewhere
    # Who is not of the role hears that first.
    9  c         request p by=permit:a/p indexes=x1             => GranteeNotYou
    9  b+dr      request q by=permit:a/p indexes=x1             => GranteeNotYou
    9  b+bn      request q by=permit:a/l indexes=x1             => GranteeNotYou
    9  a+an      request s by=permit:a/s indexes=x1             => ok
    9  b+bn      request s by=permit:a/s indexes=x1             => MemberElsewhere
    9  b+bn      deposit r3 x1 by=permit:a/p                    => ok
    9  c+cn      deposit r3 x1 by=permit:a/p                    => MemberElsewhere
    9  d+dn      deposit r3 x1 by=permit:a/p                    => MemberElsewhere
    # A restriction beats it.
    9  a+c1      restrict k p1 who=outside:PK-SD                => ok
    9  b         release b/p records=a/r1                       => RestrictedByPatient
    9  a         release a/p records=a/r1                       => ok
";

#[test]
fn denying() {
    for table in [OUTSIDE, OUTSIDE_A_SUBDIVISION, WITHIN, UNBOUND] {
        world().check(table);
    }
}

#[test]
fn permitting() {
    world().check(PERMIT);
}

/// A member that moves is where the next vote says, for tickets that are open too: out by the permit and the restriction, and in.
#[test]
fn a_member_moves() {
    let mut book = world();
    book.check(
        "
        0  a+c1      permit p p1 to=nurse@hospital:PK open=x1       => ok
        0  a+c1      restrict k p1 who=outside:PK indexes=x2        => ok
        9  b+bn      request p by=permit:a/p indexes=x1             => ok
        9  b         release b/p records=a/r1                       => ok
        9  b         release b/t records=a/r2                       => ok
        9  c+cn      request p by=permit:a/p indexes=x1             => MemberElsewhere
        9  c         release c/t records=a/r2                       => RestrictedByPatient
        ",
    );
    book.placed("b=IN c=PK-PB d=PK");
    book.check(
        "
        9  b         release b/p records=a/r1                       => BasisEnded
        9  b         release b/t records=a/r2                       => RestrictedByPatient
        9  b+bn      request q by=permit:a/p indexes=x1             => MemberElsewhere
        9  c+cn      request p by=permit:a/p indexes=x1             => ok
        9  c         release c/t records=a/r2                       => ok
        9  d+dn      request p by=permit:a/p indexes=x1             => ok
        9  d         release d/t records=a/r2                       => ok
        ",
    );
}

/// Whoever is kept out is told by which state record, and why, without a request.
#[test]
fn explained_by_name() {
    let mut book = world();
    book.check(
        "
        0  a+c1      permit p p1 to=nurse@hospital:PK open=x1       => ok
        0  a+c1      restrict k p1 who=outside:PK-SD                => ok
        ",
    );
    let of = |kind, id: Vec<u8>, because| (kind, id, because);
    let permit = permit_id("a/p").as_bytes().to_vec();
    let held = restriction("a/k").as_bytes().to_vec();
    let restricted = || of(SourceKind::Restriction, held.clone(), Refusal::Restricted);
    let elsewhere = of(SourceKind::Permit, permit, Refusal::MemberElsewhere);
    let rows = [
        ("9 a+an request u by=permit:a/p records=a/r1", vec![]),
        (
            "9 b+bn request u by=permit:a/p records=a/r1",
            vec![restricted()],
        ),
        (
            "9 c+cn request u by=permit:a/p records=a/r1",
            vec![elsewhere, restricted()],
        ),
    ];
    for (line, expected) in rows {
        let explanation = book.findings(line);
        let findings = explanation.findings.iter();
        let denials: Vec<_> = findings
            .filter_map(|finding| match finding.effect {
                Effect::Deny(denial) => Some((finding.kind, finding.id.to_vec(), denial.because)),
                Effect::Permit(_) | Effect::Withhold(_) => None,
            })
            .collect();
        assert_eq!(denials, expected, "{line}");
    }
}
