//! Guardians: who makes a link, who ends it, what it lets its guardian do, and when.
use super::lost::WORLD;
use crate::book::{Book, patient};
use amanat_types::StateKey;
use amanat_types::limits::LINKS_MAX;
use amanat_types::state::Person;
use commonware_codec::DecodeExt as _;

/// Guardians with cards, a child `kid` without one, and a second officer; `p1` has a second key, so that links begin at once.
pub const FAMILY: &str = "
    0  b+cm      patient mum card=cm                          => ok
    0  b+cd      patient dad card=cd                          => ok
    0  b+cg      patient gran card=cg                         => ok
    0  a         declare k/kid                                => ok
    0  a+dr      nocard k kid open=k reason=newborn           => ok
    0  e+o2      practitioner o2 role=officer until=300d      => ok
    0  a+c1+rg+k1 second p1 k1                                => ok
";

/// What every link needs, whatever its kind.
pub const LINK: &str = "
    9  a+c1+cm+k1 link p1 mum proxy until=9                   => UntilInThePast [CallRefused]
    9  a+c1+cm+k1 link p1 mum proxy until=3660d+10            => UntilTooFar
    9  a+c1+cm+k1 link p1 mum proxy rights=                   => NoRights
    9  a+c1+k1   link p1 p1 proxy                             => GuardianIsPatient
    9  a+c1+cm   link p9 mum proxy                            => PatientUnknown
    9  a+c1+k1   link p1 mum proxy                            => GuardianNotPresent
    9  a+c1+k1   link p1 nobody proxy                         => GuardianNotPresent
    9  a+c1+k1   link p1 p3 proxy                             => GuardianNotPresent
    9  a+cm      link p1 mum proxy                            => CardNotPresent
    9  a+c2+cm   link p1 mum proxy                            => CardNotPresent
    9  a+c1+cm+k1 link p1 mum proxy from=50 until=50          => UntilInThePast
    # Without the second key it would begin a day later, and so after its end.
    9  a+c1+cm   link p1 mum proxy until=24h+9                => UntilInThePast
    9  a+c1+cm   link p1 mum proxy until=24h+10               => ok [GuardianLinked]
    9  a+c1+cm+k1 link p1 mum proxy                           => LinkExists
    9  a+c1+cm+k1 link p1 mum contingent                      => ok
    9  a+c1+cd+k1 link p1 dad proxy until=3660d+9             => ok
    9  b+cg      suspend gran cg                              => ok
    9  a+c1+cg+k1 link p1 gran proxy                          => GuardianSilent
";

/// A proxy acts beside the patient: at once with the second key, else a day later, and only by the rights of its link.
pub const PROXY: &str = "
    9  a+c1+cm   link p1 mum proxy until=2d                   => ok
    9  a+c1+cd+k1 link p1 dad proxy until=2d rights=decide    => ok
    9  a+c1+cg+k1 link p1 gran proxy rights=read              => ok
    24h+8 a+cm   grant g p1 to=b open=x1 until=3d             => LinkNotInForce
    24h+9 a+cm   grant g p1 to=b open=x1 until=3d             => ok [ConsentGranted]
    9  a+cd      grant h p1 to=b open=x1                      => ok
    9  a+cd      request t by=card:p1 for=PATRQT indexes=x1 open=x1 => RightMissing [AccessRefused]
    9  a+cg      request t by=card:p1 for=PATRQT indexes=x1 open=x1 => ok [TicketIssued]
    9  a+cg      revoke a/h                                   => RightMissing
    9  c+cg      discharge a/no                               => EncounterUnknown
    9  a+cd      checkin v p1 open=x1                         => ok
    9  c+c2      discharge a/v                                => EncounterNotYours
    9  c+cg      discharge a/v                                => RightMissing
    9  c+cd      discharge a/v                                => ok
    9  a+cd      revoke a/h                                   => ok
    2d a+cd      grant i p1 to=b open=x1 until=3d             => LinkNotInForce
    9  a+c2      grant i p1 to=b open=x1                      => CardNotPresent
    9  a+c1      grant i p1 to=b open=x1                      => ok
    # A guardian whose own card does not speak says nothing.
    9  b+cd      block dad cd                                 => ok
    9  a+cd      grant j p1 to=b open=x1                      => GuardianSilent
    # A guardian names another, but nothing beyond its own link.
    24h+9 a+cm+c2 link p1 p2 proxy until=2d+1                 => LinkBeyondOwn
    24h+9 a+cg+c2 link p1 p2 proxy until=2d rights=read       => RightMissing
    24h+9 a+cm+c2 link p1 p2 contingent until=2d              => LinkNotYours
    24h+9 a+cm+c2 link p1 p2 executor until=2d                => LinkNotYours
    23h a+cm+c2  link p1 p2 proxy until=2d                    => LinkNotInForce
    24h+9 a+cm+c2 link p1 p2 proxy until=2d                   => UntilInThePast
    24h+9 b+cm+br+km second mum km                            => ok
    24h+9 a+cm+c2+km link p1 p2 proxy until=2d                => ok
    24h+9 a+c2   grant j p1 to=b open=x1 until=3d             => ok
";

/// One who only decides names nobody who reads.
pub const BEYOND: &str = "
    9  a+c1+cd+k1 link p1 dad proxy until=10d rights=decide   => ok
    9  a+cd+cm   link p1 mum proxy until=10d                  => LinkBeyondOwn
    9  a+cd+cm   link p1 mum proxy until=10d rights=decide    => ok
";

/// Parents: the member that registered the child, its registrar, the parent's card; until the month after the child comes of age.
pub const PARENT: &str = "
    9  a+cm+rg   link kid mum parent until=1988.03            => UntilTooFar
    9  a+cm+rg   link kid mum parent until=300d               => NotFirstOfMonth
    9  b+cm+br   link kid mum parent until=1988.02            => PatientNotYours
    9  a+cm      link kid mum parent until=1988.02            => PractitionerNotPresent
    9  a+cm+br   link kid mum parent until=1988.02            => PractitionerNotPresent
    9  a+cm+dr   link kid mum parent until=1988.02            => RoleNotAllowed
    9  a+c2+rg   link kid mum parent until=1988.02            => GuardianNotPresent
    # Whoever has a card is no minor.
    9  a+cm+rg   link p1 mum parent until=1988.02             => PatientHasCard
    9  a+cm+rg   link kid mum parent until=1988.02            => ok [GuardianLinked]
    # The first parent agrees to the second, also before its own link begins; a stranger and a registrar alone are not enough.
    9  a+c2+rg   link kid p2 parent until=1988.02             => LinkNotYours
    9  a+cd+rg+cm link kid dad parent until=1988.03           => UntilTooFar
    9  a+cd+rg+cm link kid dad parent until=1988.02           => ok
    24h+8 a+cm   checkin v kid open=k until=3d ticket=2d      => LinkNotInForce
    24h+9 a+cm   checkin v kid open=k until=3d ticket=2d      => ok
    24h+9 a+cd   grant g kid to=b open=k until=3d             => ok
    # Separated: each speaks alone, neither ends the other's link; a court does.
    24h+9 a+cm   unlink kid dad parent                        => LinkNotYours
    24h+9 e+of   unlink kid dad parent by=e                   => TooFewOfficers
    24h+9 e+of+o2 unlink kid dad parent by=e                  => ok [GuardianUnlinked]
    24h+9 a+cd   grant h kid to=b open=k until=3d             => LinkNotInForce
    24h+9 a+cm   revoke a/g                                   => ok
    # The child has a card early: it decides nothing, and opens nothing.
    24h+9 a+rg+ck issue kid card=ck                           => ok
    24h+9 a+ck   grant h kid to=b open=k until=3d             => GuardianDecides
    24h+9 a+ck   request t by=card:kid for=PATRQT indexes=k open=k until=2d => GuardianDecides
    24h+9 a+ck+cm+k1 link p1 kid proxy                        => GuardianSilent
    # Its last parent's link ends: the child stays a minor, and nobody speaks who did not.
    24h+9 e+of+o2 unlink kid mum parent by=e                  => ok
    24h+9 a+ck   grant h kid to=b open=k until=3d             => GuardianDecides
    24h+9 a+cm   grant h kid to=b open=k until=3d             => LinkNotInForce
    # Of age by the date alone.
    1988.02-1 a+ck grant h kid to=b open=k until=1988.03      => GuardianDecides
    1988.02 a+ck grant h kid to=b open=k until=1988.03        => ok
    1988.02 a+cm grant i kid to=b open=k until=1988.03        => LinkNotInForce
";

/// Of age, and never again a minor; or of age by a court.
pub const AGE: &str = "
    9  a+cm+rg   link kid mum parent until=1988.02            => ok
    9  e+of+o2   capable kid                                  => NoIncapacity
    9  e+of+o2   capable kid of-age                           => AuthorityUnknown
    9  e+of      capable kid of-age by=e                      => TooFewOfficers
    9  a+rg+ck   issue kid card=ck                            => ok
    9  a+ck      grant h kid to=b open=k                      => GuardianDecides
    9  e+of+o2   capable kid of-age by=e                      => ok [IncapacityEnded]
    9  a+ck      grant h kid to=b open=k                      => ok
    24h+9 a+cm   grant i kid to=b open=k until=3d             => LinkNotInForce
    9  e+of+o2   capable kid of-age by=e                      => NoIncapacity
    9  a+cd+rg   link kid dad parent until=1988.02            => PatientHasCard
";

/// Came of age without a card: no registrar makes a minor of it again.
pub const AGE_AGAIN: &str = "
    9  a+cm+rg   link kid mum parent until=1971.01            => ok
    9  e+of+o2   capable kid of-age by=e                      => ok
    9  a+cd+rg+cm link kid dad parent until=1971.01           => UntilTooFar
";

/// A second parent's link is as long as the first at most: no minority grows.
pub const LONGER: &str = "
    9  a+cm+rg   link kid mum parent until=1987.12            => ok
    9  a+cd+rg+cm link kid dad parent until=1988.01           => UntilTooFar
    9  a+cd+rg+cm link kid dad parent until=1987.11           => ok
    1987.11 a+cd grant g kid to=b open=k until=1987.12        => LinkNotInForce
    1987.11 a+cm grant g kid to=b open=k until=1987.12        => ok
";

/// Another pseudonym of the same person: without a card by the registrar who may bind one, with a card by both cards. Visits go on
/// under the other; what was written before is the person's.
pub const SAME: &str = "
    0  a         declare t1/tmp                               => ok
    0  a+dr      nocard t tmp open=t1 reason=unconscious      => ok
    0  a         deposit r1 t1 by=visit:a/t                   => ok
    9  a+c1+rg   link tmp p1 same rights=read                 => NoRights
    9  a+c1+rg   link tmp p1 same rights=decide               => NoRights
    9  a+c1+rg   link p9 p1 same                              => PatientUnknown
    9  a+rg      link tmp p1 same                             => GuardianNotPresent
    9  b+c1+br   link tmp p1 same                             => PatientNotYours
    9  a+c1      link tmp p1 same                             => PractitionerNotPresent
    9  a+c1+br   link tmp p1 same                             => PractitionerNotPresent
    9  a+c1+dr   link tmp p1 same                             => RoleNotAllowed
    9  a+c1+rg   link tmp p1 same                             => ok [GuardianLinked]
    9  a+c1+rg   link tmp p1 same                             => PatientReplaced
    9  a+c2+rg   link tmp p2 same                             => PatientReplaced
    9  a+c2+rg   link p2 tmp same                             => GuardianNotPresent
    # A day later p1 reads and decides; until then visits go on.
    24h+8 a+c1   request t by=card:tmp for=PATRQT indexes=t1 open=t1 until=2d => LinkNotInForce
    24h+8 a+dr   nocard u tmp open=t1 until=2d                => ok
    24h+9 a+c1   request t by=card:tmp for=PATRQT indexes=t1 open=t1 until=2d => ok [TicketIssued]
    24h+9 a      release a/t records=a/r1                     => ok
    24h+9 a+c1   grant g tmp to=b open=t1 until=3d            => ok
    24h+9 a+dr   nocard v tmp open=t1 until=2d                => PatientReplaced
    24h+9 a+c1   checkin v tmp open=t1 until=3d ticket=2d     => PatientReplaced
    24h+9 a+c1   checkin v p1 open=x1 until=3d ticket=2d      => ok
    # Whoever is known to be grown up has no parents.
    24h+9 a+cm+rg+c1 link tmp mum parent until=1988.02        => PatientReplaced
    # One mistook one for another: a registrar of that member takes it back, and nobody else's.
    24h+9 a+dr   unlink tmp p1 same                           => CardNotPresent
    24h+9 b+br   unlink tmp p1 same                           => CardNotPresent
    24h+9 a+br   unlink tmp p1 same                           => CardNotPresent
    24h+9 a+rg   unlink tmp p1 same                           => ok [GuardianUnlinked]
    24h+9 a      release a/t records=a/r1                     => BasisEnded
    24h+9 a+c1   revoke a/g                                   => LinkNotInForce
    24h+9 a+dr   nocard w tmp open=t1 until=2d                => ok
    24h+9 a+c1+rg link tmp p1 same                            => ok
    24h+9 a+c1   unlink tmp p1 same                           => ok
    24h+9 a+c1+rg link tmp p1 same                            => ok
    24h+9 e+of+o2 unlink tmp p1 same by=e                     => ok
    # For whom others decide, nobody is the same.
    24h+9 e+of+o2 incapable tmp until=3d by=e                 => ok
    24h+9 a+c1+rg link tmp p1 same                            => GuardianDecides
    24h+9 a+cm+rg link kid mum parent until=1988.02           => ok
    24h+9 a+c1+rg link kid p1 same                            => GuardianDecides
    # The registrar takes back that two are one, and nothing else.
    24h+9 a+rg   unlink kid mum parent                        => CardNotPresent
";

/// Two cards of one person: both sign. A registrar alone says nothing of somebody who has a card, working or not.
pub const DUPLICATE: &str = "
    0  a+c1      checkin w p1 open=x1 write                   => ok
    0  a         deposit r1 x1 by=visit:a/w                   => ok
    9  a+c2+rg   link p1 p2 same                              => CardNotPresent
    9  a+c1+k1   link p1 p2 same                              => GuardianNotPresent
    9  a+c1+c2   link p1 p2 same until=2d                     => ok
    9  a+c2      grant g p1 to=b open=x1                      => LinkNotInForce
    # Before it begins whoever speaks takes it back.
    9  a+c1      unlink p1 p2 same                            => ok
    9  a+c1+c2+k1 link p1 p2 same                             => ok
    9  a+c1+c2   link p2 p1 same                              => PatientReplaced
    9  a+c1+cm+k1 link p1 mum proxy                           => ok
    9  a+cm      unlink p1 p2 same                            => LinkNotYours
    9  a+c2      grant g p1 to=b open=x1                      => ok
    9  a+c1      revoke a/g                                   => ok
    9  a+c1      checkin v p1 open=x1                         => PatientReplaced
    9  a+c2      checkin v p2 open=x2                         => ok
    # What is recorded of either silences it, and ends what it had asked for.
    9  a+c2      request t by=card:p1 for=PATRQT indexes=x1 open=x1 => ok
    9  e+of+o2   incapable p1 until=2h by=e                   => ok
    9  a         release a/t records=a/r1                     => BasisEnded
    9  a+c2      grant h p1 to=b open=x1                      => LinkNotInForce
    9  e+of+o2   capable p1 by=e                              => ok
    9  a         release a/t records=a/r1                     => BasisEnded
    9  a+c2      grant h p1 to=b open=x1                      => ok
    9  b+br      suspend p2 c2                                => ok
    9  a+c2      grant i p1 to=b open=x1                      => GuardianSilent
    9  a+c1      unlink p1 p2 same                            => ok
    9  a+c1      checkin u p1 open=x1                         => ok
    9  b+br      block p2 c2                                  => ok
    9  a+c1+cd+rg link p2 dad same                            => CardNotPresent
    9  a+c2+cd+rg link p2 dad same                            => CardBlocked
    9  e+of+o2   incapable p1 until=2h by=e                   => ok
    9  a+c1+cd   link p1 dad same                             => GuardianDecides
";

/// Linked on: a chain comes about and each link is by the card of its own end; it does not close to a circle.
pub const CHAIN: &str = "
    9  a+c1+c2+k1 link p1 p2 same                             => ok
    9  a+c2+cd   link p2 dad same                             => ok
    9  a+cd+c1   link dad p1 same                             => PatientReplaced
    9  a+cd+c2   link dad p2 same                             => PatientReplaced
    9  a+cg+c1   link gran p1 same                            => PatientReplaced
    24h+9 a+cd   grant g p1 to=b open=x1 until=2d             => CardNotPresent
    24h+9 a+c2   grant g p1 to=b open=x1 until=2d             => ok
    24h+9 a+cd   checkin v dad until=2d                       => NoIndexes
";

/// A court's guardian: two officers of one regulator, and only they end it.
pub const COURT: &str = "
    9  e+cm+of+o2 link p1 mum court                           => AuthorityUnknown
    9  e+cm+of+o2 link p1 mum court by=a                      => AuthorityUnknown
    9  e+cm+of   link p1 mum court by=e                       => TooFewOfficers
    9  e+cm+of+ao link p1 mum court by=e                      => TooFewOfficers
    9  e+cm+of+er link p1 mum court by=e                      => TooFewOfficers
    9  a+cm+of+o2 link p1 mum court by=e                      => ok
    24h+8 a+cm   grant g p1 to=b open=x1 until=3d             => LinkNotInForce
    24h+8 a+c1   unlink p1 mum court                          => LinkNotYours
    24h+9 a+cm   grant g p1 to=b open=x1 until=3d             => ok
    24h+9 a+c1   unlink p1 mum court                          => LinkNotYours
    24h+9 a+c1   revoke a/g                                   => ok
    24h+9 e+of+o2 unlink p1 mum court by=e                    => ok
    24h+9 e+of+o2 unlink p1 mum court by=e                    => LinkUnknown
";

/// Ending: who may, by kind; once.
pub const UNLINK: &str = "
    9  a+c1+cm+k1 link p1 mum proxy                           => ok
    9  a+c1+cd+k1 link p1 dad contingent                      => ok
    9  a+c1+cg+k1 link p1 gran executor                       => ok
    9  a+c1+c2   link p1 p2 proxy                             => ok
    9  a+c1      unlink p9 mum proxy                          => PatientUnknown
    9  a+c1      unlink p1 mum contingent                     => LinkUnknown
    9  a+c1      unlink p1 p3 proxy                           => LinkUnknown
    9  a         unlink p1 mum proxy                          => CardNotPresent
    9  a+cd      unlink p1 mum proxy                          => LinkNotInForce
    9  a+cm      unlink p1 dad contingent                     => LinkNotYours
    9  a+cm      unlink p1 gran executor                      => LinkNotYours
    # Not begun yet: any speaker takes it back; begun, a proxy does not end another's.
    24h+9 a+cm   unlink p1 p2 proxy                           => LinkNotYours
    24h+8 a+cm   unlink p1 p2 proxy                           => ok [GuardianUnlinked]
    24h+9 a+c2   grant g p1 to=b open=x1 until=3d             => LinkNotInForce
    9  a+c1      unlink p1 dad contingent                     => ok
    9  a+c1      unlink p1 dad contingent                     => LinkUnknown
    9  a+c1      unlink p1 gran executor                      => ok
    # A guardian resigns.
    9  a+cm      unlink p1 mum proxy                          => ok
    9  a+cm      grant g p1 to=b open=x1                      => LinkNotInForce
    # Linked again: from then on.
    9  a+c1+cm+k1 link p1 mum proxy until=10d                 => ok
    9  a+cm      grant g p1 to=b open=x1                      => ok
    10d a+c1     unlink p1 mum proxy                          => LinkUnknown
    9  a+c1      unlink p1 mum proxy                          => ok
";

/// A parent takes back what the other has arranged, and ends a proxy that it named.
pub const PARENT_UNLINKS: &str = "
    9  a+cm+rg   link kid mum parent until=1988.02            => ok
    24h+9 a+cd+rg+cm link kid dad parent until=1988.02        => ok
    24h+9 a+c2+cm link kid p2 proxy until=10d                 => ok
    48h+9 a+cg+c2 link kid gran proxy until=9d                => ok
    48h+9 a+c2   unlink kid dad parent                        => LinkNotYours
    72h+9 a+cg   unlink kid p2 proxy                          => LinkNotYours
    72h+9 a+cd   unlink kid gran proxy                        => ok
    72h+9 a+cm   unlink kid p2 proxy                          => ok
    48h+8 a+cm   unlink kid dad parent                        => ok
";

/// Half of the guardians in force, at least two, ask for a reissue; any one of them vetoes it.
pub const REISSUE: &str = "
    9  a+c1+cm+k1 link p1 mum proxy                           => ok
    9  a+n1+cm   reissue p1 n1                                => TooFewGuardians
    9  a+c1+cd+k1 link p1 dad contingent                      => ok
    9  a+n1+cm   reissue p1 n1                                => TooFewGuardians
    9  a+n1+cm+c2 reissue p1 n1                               => TooFewGuardians
    9  a+n1+cm+cd reissue p1 n1                               => ok [ReissueAsked]
    9  a+cd      veto p1                                      => ok [ReissueVetoed]
    # One who only reads does not count, but vetoes; an executor does neither.
    9  a+c1+cg+k1 link p1 gran proxy rights=read              => ok
    9  a+c1+c2+k1 link p1 p2 executor                         => ok
    9  a+n1+cm+cg reissue p1 n1                               => TooFewGuardians
    9  a+n1+cm+c2 reissue p1 n1                               => TooFewGuardians
    9  a+n1+cm+cd reissue p1 n1                               => ok
    9  a+c2      veto p1                                      => CardNotPresent
    9  a+cg      veto p1                                      => ok
    # Five who decide: three of them. One whose link has not begun does not count.
    9  b+e1      patient f1 card=e1                           => ok
    9  b+e2      patient f2 card=e2                           => ok
    9  b+e3      patient f3 card=e3                           => ok
    9  a+c1+e1+k1 link p1 f1 proxy                            => ok
    9  a+c1+e2+k1 link p1 f2 proxy                            => ok
    9  a+c1+e3   link p1 f3 proxy                             => ok
    24h+8 a+n1+cm+cd+e3 reissue p1 n1                         => ok
    24h+8 a+e3   veto p1                                      => CardNotPresent
    24h+8 a+e1   veto p1                                      => ok
    24h+9 a+n1+cm+cd reissue p1 n1                            => TooFewGuardians
    24h+9 a+n1+cm+cd+e3 reissue p1 n1                         => ok
    24h+9 a+e3   veto p1                                      => ok
    # A guardian suspends a card that it knows to be lost; a guardian whose own card is suspended does nothing.
    24h+9 a+e3   suspend p1 c1                                => ok
    24h+9 a+c1+k1 resume p1 c1                                => ok
    24h+9 b+e3   suspend f3 e3                                => ok
    24h+9 a+e3   suspend p1 c1                                => CardNotPresent
    24h+9 a+n1+cm+cd+e3 reissue p1 n1                         => TooFewGuardians
";

fn after(text: &str) {
    let mut book = Book::after(WORLD);
    book.check(FAMILY);
    book.check(text);
}

#[test]
fn linking() {
    after(LINK);
}

#[test]
fn proxies() {
    after(PROXY);
    after(BEYOND);
}

#[test]
fn parents() {
    after(PARENT);
    after(PARENT_UNLINKS);
}

#[test]
fn another_pseudonym() {
    after(SAME);
    after(DUPLICATE);
    after(CHAIN);
}

#[test]
fn coming_of_age() {
    after(AGE);
    after(AGE_AGAIN);
    after(LONGER);
}

#[test]
fn courts() {
    after(COURT);
}

#[test]
fn unlinking() {
    after(UNLINK);
}

#[test]
fn guardians_reissue() {
    after(REISSUE);
}

/// As many links as may last at once; one that is over makes room.
#[test]
fn full() {
    let mut book = Book::after(WORLD);
    book.check(FAMILY);
    for n in 0..LINKS_MAX {
        book.check(&format!(
            "
            9 b+f{n} patient f{n} card=f{n} => ok
            9 a+c1+f{n}+k1 link p1 f{n} proxy until={n}0d+50d => ok
        "
        ));
    }
    book.check(
        "
        9  a+c1+cm+k1 link p1 mum proxy                       => TooManyLinks
    ",
    );
    book.check("50d a+c1+cm+k1 link p1 mum proxy until=51d => ok");
    let bytes = book.state[&StateKey::person(&patient("p1"))].clone();
    let person = Person::decode(bytes).unwrap();
    assert_eq!(person.links.len(), LINKS_MAX);
    book.check("9 a+c1 unlink p1 f5 proxy => ok");
    book.check("9 a+c1+cd+k1 link p1 dad proxy => ok");
}
