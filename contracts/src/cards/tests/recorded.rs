//! What is recorded of a person: incapacity and death, and who speaks then.
use super::guardians::FAMILY;
use super::lost::WORLD;
use crate::book::Book;

/// More staff: a second clinician, and one of another hospital.
const CLINICIANS: &str = "
    0  a+d2      practitioner d2 until=300d                   => ok
    0  a+nu      practitioner nu role=nurse until=300d        => ok
    0  b+bd      practitioner bd until=300d                   => ok
";

/// Recording incapacity: two clinicians of the sponsor for thirty days, two officers for ten years.
pub const INCAPABLE: &str = "
    9  a+dr+d2   incapable p1 until=9                         => UntilInThePast [CallRefused]
    9  a+dr+d2   incapable p1 until=30d+10                    => UntilTooFar
    9  e+of+o2   incapable p1 until=3660d+10 by=e             => UntilTooFar
    9  a+dr+d2   incapable p9 until=10d                       => PatientUnknown
    9  a         incapable p1 until=10d                       => PractitionerNotPresent
    9  b+dr+d2   incapable p1 until=10d                       => PractitionerNotPresent
    9  a+dr      incapable p1 until=10d                       => TooFewClinicians
    9  a+dr+nu   incapable p1 until=10d                       => TooFewClinicians
    9  a+dr+bd   incapable p1 until=10d                       => TooFewClinicians
    9  e+of+o2   incapable p1 until=10d by=a                  => AuthorityUnknown
    9  e+of      incapable p1 until=10d by=e                  => TooFewOfficers
    9  a+dr+d2   incapable p1 until=10d                       => ok [IncapacityRecorded]
    # Longer, not shorter.
    9  a+dr+d2   incapable p1 until=10d                       => IncapacityStands
    9  a+dr+d2   incapable p1 until=30d+9                     => ok
    9  e+of+o2   incapable p1 until=30d by=e                  => IncapacityStands
    9  e+of+o2   incapable p1 until=40d by=e                  => ok
    20d a+dr+d2  incapable p1 until=45d                       => IncapacityStands
    20d e+of+o2  incapable p1 until=3660d by=e                => ok
";

/// Who speaks meanwhile: neither the card nor a guardian named for something else.
pub const MEANWHILE: &str = "
    9  a+c1+cm+k1 link p1 mum contingent                      => ok
    9  a+c1+cd+k1 link p1 dad proxy                           => ok
    9  a+c1+cg+k1 link p1 gran executor                       => ok
    9  a+cm      grant g p1 to=b open=x1                      => LinkNotInForce
    9  a+c1      grant g p1 to=b open=x1 until=20d            => ok
    9  a+dr+d2   incapable p1 until=10d                       => ok
    9  a+c1      grant h p1 to=b open=x1                      => GuardianDecides
    9  a+c1      revoke a/g                                   => GuardianDecides
    9  a+cg      grant h p1 to=b open=x1                      => LinkNotInForce
    9  a+cm      grant h p1 to=b open=x1 until=20d            => ok
    9  a+cd      grant i p1 to=b open=x1 until=20d            => ok
    9  a+c1+c2   link p1 p2 proxy                             => GuardianDecides
    9  a+c1+rg+k2 second p1 k2                                => GuardianDecides
    9  a+c1+k1   unlink p1 dad proxy                          => GuardianDecides
    # What the patient granted stands, and whoever speaks now takes it back.
    9  b         request t by=grant:a/g indexes=x1            => ok
    9  a+cm      revoke a/g                                   => ok
    # Over by its time: the patient speaks again, and takes back what was granted meanwhile.
    10d-1 a+c1   revoke a/h                                   => GuardianDecides
    10d a+cm     revoke a/h                                   => LinkNotInForce
    10d a+c1     revoke a/h                                   => ok
    10d a+dr+d2  incapable p1 until=20d                       => ok
    10d a+cm     revoke a/i                                   => ok
";

/// Ending it: the patient's card and a clinician; what officers recorded, officers end.
pub const CAPABLE: &str = "
    9  a+c1+dr   capable p9                                   => PatientUnknown
    9  a+c1+dr   capable p1                                   => NoIncapacity
    9  a+dr+d2   incapable p1 until=10d                       => ok
    9  a+dr      capable p1                                   => CardNotPresent
    9  a+c2+dr   capable p1                                   => CardNotPresent
    9  a+c1      capable p1                                   => PractitionerNotPresent
    9  b+c1+dr   capable p1                                   => PractitionerNotPresent
    9  a+c1+nu   capable p1                                   => RoleNotAllowed
    9  a+c1+dr   capable p1 of-age                            => AuthorityUnknown
    9  a+rg      suspend p1 c1                                => ok
    9  a+c1+dr   capable p1                                   => CardSuspended
    9  a+c1+k1   resume p1 c1                                 => ok
    10d a+c1+dr  capable p1                                   => NoIncapacity
    9  b+c1+bd   capable p1                                   => ok [IncapacityEnded]
    9  a+c1      grant g p1 to=b open=x1                      => ok
    9  e+of+o2   incapable p1 until=10d by=e                  => ok
    9  a+c1+dr   capable p1                                   => IncapacityStands
    9  e+of+o2   capable p1 by=a                              => AuthorityUnknown
    9  e+of      capable p1 by=e                              => TooFewOfficers
    9  e+of+o2   capable p1 by=e                              => ok
    9  a+c1      grant h p1 to=b open=x1                      => ok
";

/// A death: a clinician and a registrar of the sponsor, or two officers; executors speak a day later, nobody else does.
pub const DEAD: &str = "
    9  a+c1+cm+k1 link p1 mum executor                        => ok
    9  a+c1+cd+k1 link p1 dad proxy                           => ok
    9  a+c1      grant g p1 to=b open=x1 until=3d             => ok
    9  c+n1+of+rg reissue p1 n1 by=e                          => ok
    9  a+dr+rg   dead p9                                      => PatientUnknown
    9  a         dead p1                                      => PractitionerNotPresent
    9  a+rg      dead p1                                      => RoleNotAllowed
    9  a+dr+d2   dead p1                                      => RoleNotAllowed
    9  a+dr+br   dead p1                                      => RoleNotAllowed
    9  e+of      dead p1 by=e                                 => TooFewOfficers
    9  e+of+o2   dead p1 by=b                                 => AuthorityUnknown
    9  a+cm      grant h p1 to=b open=x1                      => LinkNotInForce
    9  a+dr+rg   dead p1                                      => ok [ReissueVetoed DeathRecorded]
    9  a+dr+rg   dead p1                                      => PatientDead
    9  a+dr+d2   incapable p1 until=10d                       => PatientDead
    9  a+c1+dr   capable p1                                   => PatientDead
    9  c+n1+of+rg reissue p1 n1 by=e                          => PatientDead
    7d+9 a+n1+rg activate p1 n1                               => NoReissue
    # The heirs use card and PIN.
    9  a+c1      grant h p1 to=b open=x1                      => PatientDead
    9  a+c1      request t by=card:p1 for=PATRQT indexes=x1 open=x1 => PatientDead [AccessRefused]
    9  a+c1+c2+k1 link p1 p2 executor                         => AuthorityUnknown
    9  a+c1+c2+k1 link p1 p2 proxy                            => PatientDead
    9  a+cd      revoke a/g                                   => LinkNotInForce
    # The grant stays until the executor revokes it.
    9  b         request t by=grant:a/g indexes=x1            => ok
    24h+8 a+cm   revoke a/g                                   => LinkNotInForce
    24h+9 a+cm   request u by=card:p1 for=PATRQT indexes=x1 open=x1 until=2d => ok
    24h+9 a+cm   revoke a/g                                   => ok
    # Another executor, named after death.
    24h+9 e+c2+of link p1 p2 executor by=e                    => TooFewOfficers
    24h+9 e+c2+of+o2 link p1 p2 executor by=e                 => ok
    48h+8 a+cm   unlink p1 p2 executor                        => LinkNotYours
    48h+8 a+c2   checkin v p1 open=x1 until=3d ticket=3d      => LinkNotInForce
    48h+9 a+c2   checkin v p1 open=x1 until=3d ticket=3d      => ok
    48h+9 a+dr   nocard w p1 open=x1 reason=deceased until=3d => ok
";

/// A death recorded in error: only officers take it back, and then all is as before, but for what was dropped.
pub const ALIVE: &str = "
    9  a+c1+cm+k1 link p1 mum executor                        => ok
    9  e+of+o2   alive p9 by=e                                => PatientUnknown
    9  e+of+o2   alive p1 by=e                                => PatientAlive
    9  e+of+o2   dead p1 by=e                                 => ok [DeathRecorded]
    9  e+of      alive p1 by=e                                => TooFewOfficers
    9  a+dr+rg   alive p1 by=a                                => AuthorityUnknown
    9  a+c1+of+rg alive p1 by=e                               => TooFewOfficers
    9  e+of+o2   alive p1 by=e                                => ok [DeathRetracted]
    9  a+c1      grant g p1 to=b open=x1                      => ok
    24h+9 a+cm   revoke a/g                                   => LinkNotInForce
";

/// A guardian who dies, becomes incapable or waits for a card speaks for nobody.
pub const GUARDIAN: &str = "
    9  a+c1+cm+k1 link p1 mum proxy                           => ok
    9  a+c1+cd+k1 link p1 dad proxy                           => ok
    9  a+c1+cg+k1 link p1 gran proxy                          => ok
    9  a+cm      grant g p1 to=b open=x1                      => ok
    9  a+dr+d2   incapable mum until=10d                      => ok
    9  a+dr+rg   dead dad                                     => ok
    9  c+n1+of+rg reissue gran n1 by=e                        => ok
    9  a+cm      grant h p1 to=b open=x1                      => GuardianSilent
    9  a+cd      grant h p1 to=b open=x1                      => GuardianSilent
    9  a+cg      grant h p1 to=b open=x1                      => GuardianSilent
    9  a+cm+c2   link p1 p2 proxy                             => GuardianSilent
    9  a+n9+cm+cd+cg reissue p1 n9                            => TooFewGuardians
    10d a+cm     revoke a/g                                   => ok
";

fn after(text: &str) {
    let mut book = Book::after(WORLD);
    book.check(FAMILY);
    book.check(CLINICIANS);
    book.check(text);
}

#[test]
fn incapacity() {
    after(INCAPABLE);
    after(MEANWHILE);
    after(CAPABLE);
}

#[test]
fn death() {
    after(DEAD);
    after(ALIVE);
}

#[test]
fn guardians_own_word() {
    after(GUARDIAN);
}
