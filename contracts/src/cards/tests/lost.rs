//! A card that is lost, found, expired or replaced: every refusal of these calls, and each border in time.
use crate::book::{Book, check};

/// Patients with cards, one without, and staff: registrars of two hospitals, officers and a registrar of the regulator.
pub const WORLD: &str = "
    0  a         declare x1/p1 x2/p2 x3/p3                    => ok
    0  a+c1      patient p1 card=c1                           => ok
    0  a+c2      patient p2 card=c2                           => ok
    0  a+dr      practitioner dr until=300d                   => ok
    0  a+dr      nocard old p3 open=x3                        => ok
    0  a+rg      practitioner rg role=registrar until=300d    => ok
    0  a+r9      practitioner r9 role=registrar until=100     => ok
    0  b+br      practitioner br role=registrar until=300d    => ok
    0  e+of      practitioner of role=officer until=300d      => ok
    0  e+er      practitioner er role=registrar until=300d    => ok
    0  a+ao      practitioner ao role=officer until=300d      => ok
    0  e+rv      practitioner rv role=privacy-officer         => ok
";

/// Suspending: by the card, a registrar of the sponsor, or the second key; once.
pub const SUSPEND: &str = "
    9  a+c1      suspend p9 c1                                => PatientUnknown [CallRefused]
    9  a+rg      suspend p3 c1                                => CardUnknown
    9  a+c1      suspend p1 c2                                => CardUnknown
    9  a         suspend p1 c1                                => CardNotPresent
    9  a+c2      suspend p1 c1                                => CardNotPresent
    9  b+rg      suspend p1 c1                                => CardNotPresent
    9  a+dr      suspend p1 c1                                => RoleNotAllowed
    100 a+r9     suspend p1 c1                                => CardNotPresent
    99 a+dr+r9   suspend p1 c1                                => ok [CardWasSuspended]
    99 a+rg      suspend p1 c1                                => CardSuspended
    99 a+c1      checkin v p1 open=x1                         => CardSuspended
    99 a+c1      grant g p1 to=b open=x1                      => CardSuspended
    99 a+c1      request t by=card:p1 for=PATRQT indexes=x1 open=x1 => CardSuspended [AccessRefused]
    # Whoever has no card that speaks comes without one.
    99 a+dr      nocard w p1 open=x1                          => ok
    99 b+c2      suspend p2 c2                                => ok
    99 a+c2      block p2 c2                                  => ok
    99 a+c2      suspend p2 c2                                => CardBlocked
";

/// Resuming: the card, and a registrar of the sponsor or the second key.
pub const RESUME: &str = "
    9  a+c1+rg   resume p1 c1                                 => CardNotSuspended
    9  a+c1      suspend p1 c1                                => ok
    9  a+c1+rg   resume p9 c1                                 => PatientUnknown
    9  a+c1+rg   resume p3 c1                                 => CardUnknown
    9  a+c1+rg   resume p1 c2                                 => CardUnknown
    9  a+rg      resume p1 c1                                 => CardNotPresent
    9  a+c2+rg   resume p1 c1                                 => CardNotPresent
    9  a+c1      resume p1 c1                                 => PractitionerNotPresent
    9  b+c1+rg   resume p1 c1                                 => PractitionerNotPresent
    9  a+c1+dr   resume p1 c1                                 => RoleNotAllowed
    9  b+c1+br   resume p1 c1                                 => ok [CardWasResumed]
    9  a+c1      grant g p1 to=b open=x1                      => ok
    9  a+c1+rg+k1 second p1 k1                                => ok [SecondKeyWasSet]
    9  a+k1      suspend p1 c1                                => ok
    9  a+k1      resume p1 c1                                 => CardNotPresent
    9  a+c1+k1   resume p1 c1                                 => ok
    9  a+k1      suspend p2 c2                                => CardNotPresent
    9  a+c1      suspend p1 c1                                => ok
    9  a+c1      block p1 c1                                  => ok
    9  a+c1+rg   resume p1 c1                                 => CardBlocked
";

/// The end of a card: exclusive, set by card and registrar.
pub const RENEW: &str = "
    9  a+c1+rg   renew p1 c1 until=9                          => UntilInThePast
    9  a+c1+rg   renew p1 c1 until=3660d+10                   => UntilTooFar
    9  a+c1+rg   renew p9 c1                                  => PatientUnknown
    9  a+c1+rg   renew p3 c1                                  => CardUnknown
    9  a+c1+rg   renew p1 c2                                  => CardUnknown
    9  a+rg      renew p1 c1                                  => CardNotPresent
    9  a+c1      renew p1 c1                                  => PractitionerNotPresent
    9  a+c1+br   renew p1 c1                                  => PractitionerNotPresent
    9  a+c1+dr   renew p1 c1                                  => RoleNotAllowed
    9  a+c2+rg   renew p2 c2 until=3660d+9                    => ok [CardRenewed]
    9  a+c1+rg   renew p1 c1 until=50                         => ok
    49 a+c1      grant g p1 to=b open=x1                      => ok
    50 a+c1      grant h p1 to=b open=x1                      => CardExpired
    50 a+c1+rg   renew p1 c1 until=60                         => ok
    59 a+c1      grant h p1 to=b open=x1                      => ok
    60 a+c1      suspend p1 c1                                => ok
    60 a+c1+rg   renew p1 c1 until=90                         => CardSuspended
    60 a+c1+rg   resume p1 c1                                 => ok
    60 a+c1+rg   renew p1 c1 until=90                         => ok
    89 a+c1      revoke a/h                                   => ok
    90 a+c1      block p1 c1                                  => ok
    90 a+c1+rg   renew p1 c1                                  => CardBlocked
";

/// Asking for a reissue with an officer of a regulator and a registrar of another member.
pub const ASK: &str = "
    9  a+n1+rg+of reissue p9 n1 by=e                          => PatientUnknown
    9  a+n1+rg+of reissue p3 n1 by=e                          => CardUnknown
    9  a+c2+rg+of reissue p1 c2 by=e                          => KeyTaken
    9  a+rg+of   reissue p1 n1 by=e                           => KeyNotProven
    9  a+ed:n1+rg+of reissue p1 ed:n1 by=e                    => KeyWrongKind
    9  a+n1+rg+of reissue p1 n1                               => TooFewGuardians
    9  a+n1+rg+ao reissue p1 n1 by=a                          => AuthorityUnknown
    9  a+n1+rg+of reissue p1 n1 by=z                          => AuthorityUnknown
    9  a+n1+rg   reissue p1 n1 by=e                           => TooFewOfficers
    9  a+n1+rg+ao reissue p1 n1 by=e                          => TooFewOfficers
    9  a+n1+rg+rv reissue p1 n1 by=e                          => TooFewOfficers
    9  a+n1+of   reissue p1 n1 by=e                           => RegistrarNotPresent
    9  a+n1+of+dr reissue p1 n1 by=e                          => RegistrarNotPresent
    100 a+n1+of+r9 reissue p1 n1 by=e                         => RegistrarNotPresent
    # Officer and registrar of one member in collusion: two members must agree.
    9  e+n1+of+er reissue p1 n1 by=e                          => RegistrarNotPresent
    9  c+n1+of+rg reissue p1 n1 by=e                          => ok [ReissueAsked]
    9  c+n2+of+rg reissue p1 n2 by=e                          => ReissuePending
    9  a+c1      checkin v p1 open=x1                         => ReissuePending
    9  a+c1      request t by=card:p1 for=PATRQT indexes=x1 open=x1 => ReissuePending
    9  a+dr      nocard w p1 open=x1                          => ok
";

/// Vetoing: the old card while it works, an officer of a regulator; guardians have their own table.
pub const VETO: &str = "
    9  a+c1      veto p9                                      => PatientUnknown
    9  a+c1      veto p1                                      => NoReissue
    9  c+n1+of+rg reissue p1 n1 by=e                          => ok
    9  a         veto p1                                      => CardNotPresent
    9  a+c2      veto p1                                      => CardNotPresent
    9  a+n1      veto p1                                      => CardNotPresent
    9  a+rg      veto p1                                      => CardNotPresent
    9  a+ao      veto p1 by=a                                 => AuthorityUnknown
    9  a+c1      veto p1 by=e                                 => TooFewOfficers
    9  b+c1      veto p1                                      => ok [ReissueVetoed]
    9  b+c1      veto p1                                      => NoReissue
    9  a+c1      grant g p1 to=b open=x1                      => ok
    9  c+n1+of+rg reissue p1 n1 by=e                          => ok
    9  a+of      veto p1 by=e                                 => ok [ReissueVetoed]
    9  a+c1+rg   renew p1 c1 until=50                         => ok
    9  c+n1+of+rg reissue p1 n1 by=e                          => ok
    50 a+c1      veto p1                                      => CardExpired
    49 a+rg      suspend p1 c1                                => ok
    49 a+c1      veto p1                                      => CardSuspended
    49 a+rg      block p1 c1                                  => ok
    49 a+c1      veto p1                                      => CardBlocked
";

/// Activating: the card that was asked for, seven days later to the millisecond, with a registrar who saw its holder.
pub const ACTIVATE: &str = "
    9  a+n1+rg   activate p9 n1                               => PatientUnknown
    9  a+n1+rg   activate p1 n1                               => NoReissue
    9  a+rg      suspend p1 c1                                => ok
    9  c+n1+of+rg reissue p1 n1 by=e                          => ok
    7d+9 a+n2+rg activate p1 n2                               => ReissueOfOther
    7d+8 a+n1+rg activate p1 n1                               => ReissueTooEarly
    7d+9 a+rg    activate p1 n1                               => KeyNotProven
    7d+9 a+n1    activate p1 n1                               => PractitionerNotPresent
    7d+9 a+n1+br activate p1 n1                               => PractitionerNotPresent
    7d+9 a+n1+dr activate p1 n1                               => RoleNotAllowed
    7d+9 a+c1    grant g p1 to=b open=x1 until=8d             => CardSuspended
    7d+9 b+n1+br activate p1 n1                               => ok [CardActivated]
    7d+9 b+n1+br activate p1 n1                               => NoReissue
    # The new card speaks, the old one is nobody's word; what was set on the old one is not on the new.
    7d+9 a+c1    grant g p1 to=b open=x1 until=8d             => CardNotPresent
    7d+9 a+c1+rg resume p1 c1                                 => CardUnknown
    7d+9 a+c1    block p1 c1                                  => CardUnknown
    7d+9 a+n1    grant g p1 to=b open=x1 until=8d             => ok
    7d+9 a+n1    block p1 n1                                  => ok
    # Somebody else took the key in the meantime.
    7d+9 a+n3+of+rg reissue p1 n3 by=e                        => ok
    8d   a+n3    patient p8 card=n3                           => ok
    14d+9 a+n3+rg activate p1 n3                              => KeyTaken
";

/// The second key: card and new key, beside the second key that is there or a registrar.
pub const SECOND: &str = "
    9  a+c1+rg+c2 second p1 c2                                => KeyTaken
    9  a+c1+rg   second p1 k1                                 => KeyNotProven
    9  a+c1+rg+ed:k1 second p1 ed:k1                          => KeyWrongKind
    9  a+c1+rg+k1 second p9 k1                                => PatientUnknown
    9  a+rg+k1   second p1 k1                                 => CardNotPresent
    9  a+c2+rg+k1 second p1 k1                                => CardNotPresent
    # A thief with card and PIN makes a second channel of its own.
    9  a+c1+k1   second p1 k1                                 => PractitionerNotPresent
    9  a+c1+br+k1 second p1 k1                                => PractitionerNotPresent
    9  a+c1+dr+k1 second p1 k1                                => RoleNotAllowed
    9  a+c1+rg+k1 second p1 k1                                => ok [SecondKeyWasSet]
    9  a+c1+k2   second p1 k2                                 => PractitionerNotPresent
    9  a+c1+k1+k2 second p1 k2                                => ok
    9  a+k1      suspend p1 c1                                => CardNotPresent
    # Replaced without the one that is there: it counts a day later, and the old one no more.
    9  a+c1+rg+k3 second p1 k3                                => ok
    9  a+k2      suspend p1 c1                                => CardNotPresent
    24h+8 a+k3   suspend p1 c1                                => CardNotPresent
    24h+9 a+k3   suspend p1 c1                                => ok
    24h+9 a+c1+k3+k4 second p1 k4                             => CardSuspended
";

fn after(text: &str) {
    Book::after(WORLD).check(text);
}

#[test]
fn suspending() {
    after(SUSPEND);
}

#[test]
fn resuming() {
    after(RESUME);
}

#[test]
fn renewing() {
    after(RENEW);
}

#[test]
fn asking() {
    after(ASK);
}

#[test]
fn vetoing() {
    after(VETO);
}

#[test]
fn activating() {
    after(ACTIVATE);
}

#[test]
fn second_key() {
    after(SECOND);
}

/// All of it is of version 3: under version 2 it never stands in a block.
#[test]
fn not_before_version_three() {
    let mut book = Book::after(WORLD);
    book.env.protocol = 2;
    book.check(
        "
        9  a+c1      suspend p1 c1                            => !CallNotInForce
        9  a+c1+rg+k1 second p1 k1                            => !CallNotInForce
        9  a+n1+rg+of reissue p1 n1 by=e                      => !CallNotInForce
        9  a+c2      link p1 p2 proxy                         => !CallNotInForce
        9  e+o5      practitioner o5 role=officer             => !CallNotInForce
        9  e+o5      practitioner o5 role=privacy-officer     => !CallNotInForce
        9  e+o5      practitioner o5 role=registrar           => ok
        9  a+c1      block p1 c1                              => ok
    ",
    );
    check(WORLD);
}
