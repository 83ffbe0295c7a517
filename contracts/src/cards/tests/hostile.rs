//! Attacks by name, each beside the rule that it meets. What an attack still gains is said too.
use super::guardians::FAMILY;
use super::lost::WORLD;
use crate::book::Book;

/// A thief has the card and its PIN. The patient reports it; whoever keeps the rules ends with the card, the thief with nothing.
///
/// What remains: until a registrar, a guardian or the second key suspends the card, the thief is the patient to the ledger, and that
/// includes a veto. So a lost card is suspended first, then reissued.
pub const THIEF_WITH_PIN: &str = "
    # Before the report the thief speaks, and may veto.
    9  a+c1      grant g p1 to=c open=x1 until=30d            => ok
    9  a+c1      request s by=card:p1 for=PATRQT indexes=x1 open=x1 until=23h => ok
    9  e+n0+of+rg reissue p1 n0 by=e                          => ok
    9  a+c1      veto p1                                      => ok
    # It cannot make itself a guardian or a second channel, nor keep a card from being suspended.
    9  a+c1+ct   link p1 thief proxy                          => ok
    9  a+c1+kt   second p1 kt                                 => PractitionerNotPresent
    10 b+br      suspend p1 c1                                => ok
    # The link that it made waits a day; who speaks then takes it back: here a guardian whom the patient named before.
    10 a+cm      unlink p1 thief proxy                        => ok [GuardianUnlinked]
    10 a+cm      revoke a/g                                   => ok
    # Suspended: no reading, no word, no way back without registrar or second key.
    11 a+c1      request t by=card:p1 for=PATRQT indexes=x1 open=x1 => CardSuspended [AccessRefused]
    11 a+c1      resume p1 c1                                 => PractitionerNotPresent
    11 a+c1+ct   link p1 thief proxy                          => CardSuspended
    11 a+c1+rg   renew p1 c1                                  => CardSuspended
    12 e+n1+of+rg reissue p1 n1 by=e                          => ok [ReissueAsked]
    13 a+c1      request t by=card:p1 for=PATRQT indexes=x1 open=x1 => CardSuspended
    13 a+c1      veto p1                                      => CardSuspended
    13 a+ct      veto p1                                      => CardNotPresent
    # A second reissue while one is pending, with a card of the thief's.
    13 e+nt+of+rg reissue p1 nt by=e                          => ReissuePending
    7d+11 b+n1+br activate p1 n1                              => ReissueTooEarly
    7d+12 b+nt+br activate p1 nt                              => ReissueOfOther
    7d+12 b+n1+br activate p1 n1                              => ok [CardActivated]
    7d+12 a+c1   request t by=card:p1 for=PATRQT indexes=x1 open=x1 until=8d => CardNotPresent
    7d+12 a+c1   veto p1                                      => NoReissue
    7d+12 a+n1   request t by=card:p1 for=PATRQT indexes=x1 open=x1 until=8d => ok
";

/// Not suspended, but its reissue is pending: the thief reads and says nothing either way.
pub const THIEF_WHILE_PENDING: &str = "
    12 e+n1+of+rg reissue p1 n1 by=e                          => ok
    13 a+c1      request t by=card:p1 for=PATRQT indexes=x1 open=x1 => ReissuePending [AccessRefused]
    13 a+c1      checkin v p1 open=x1                         => ReissuePending
    13 a+c1      grant g p1 to=c open=x1                      => ReissuePending
    13 a+c1+ct   link p1 thief proxy                          => ReissuePending
    13 a+c1+rg+kt second p1 kt                                => ReissuePending
";

/// Officer and registrar collude against a patient who has card and second key: they suspend the card, and ask for another. The patient
/// resumes and vetoes alone.
///
/// What remains: three who collude (they block the card instead) replace the card of somebody who has no guardian, in seven days in which
/// everybody sees it, unless an officer vetoes.
pub const COLLUDING_OFFICERS: &str = "
    9  b+br      suspend p1 c1                                => ok
    9  b+nt+of+br reissue p1 nt by=e                          => ok
    10 a+c1      veto p1                                      => CardSuspended
    10 a+c1+k1   resume p1 c1                                 => ok
    10 a+c1      veto p1                                      => ok [ReissueVetoed]
    11 a+c1      grant g p1 to=b open=x1                      => ok
    # Blocked: a guardian vetoes.
    12 b+br      block p1 c1                                  => ok
    12 b+nt+of+br reissue p1 nt by=e                          => ok
    13 a+c1+k1   veto p1                                      => CardBlocked
    13 a+cm      veto p1                                      => ok [ReissueVetoed]
    # The officer with a registrar of its own house, or two officers: never alone.
    14 e+nt+of+er reissue p1 nt by=e                          => RegistrarNotPresent
    14 e+nt+of+o2 reissue p1 nt by=e                          => RegistrarNotPresent
    # Another member calls itself an authority.
    14 a+nt+ao+br reissue p1 nt by=a                          => AuthorityUnknown
    14 a+ao      alive p1 by=a                                => PatientAlive
";

/// A stranger with a registrar makes itself a parent: of somebody who has one already, of somebody who has a card, of a child elsewhere.
///
/// What remains: of a child whom nobody is linked to yet, at the member that registered it. It is seen by name, waits a day, and a court ends it.
pub const FALSE_PARENT: &str = "
    9  a+cm+rg   link kid mum parent until=1988.02            => ok
    10 a+ct+rg   link kid thief parent until=1988.02          => LinkNotYours
    10 b+ct+br   link kid thief parent until=1988.02          => PatientNotYours
    10 a+ct+rg   link p1 thief parent until=1988.02           => PatientHasCard
    10 a+ct+rg   link p3 thief parent until=1988.02           => ok
    11 a+ct      checkin v p3 open=x3                         => LinkNotInForce
    11 e+of+o2   unlink p3 thief parent by=e                  => ok
    11 e+of+o2   capable p3 of-age by=e                       => ok
    24h+9 a+ct   checkin v p3 open=x3 until=3d ticket=2d      => LinkNotInForce
    # Nor does a proxy, named for a while and to decide only, make a parent of itself: its own word is not another's.
    24h+9 a+cm+ct link kid thief proxy until=9d rights=decide => ok [GuardianLinked]
    24h+9 a+ct+rg link kid thief parent until=1988.02         => LinkNotYours
    24h+9 a+ct+rg+cm link kid thief parent until=1988.02      => ok [GuardianLinked]
";

/// Two clinicians call a patient incapable so that the contingent guardian may read. The patient walks to any other hospital.
pub const FALSE_INCAPACITY: &str = "
    9  a+c1+ct+k1 link p1 thief contingent                    => ok
    9  a+dr+d2   incapable p1 until=10d                       => ok
    9  a+c1      unlink p1 thief contingent                   => GuardianDecides
    9  a+ct      request t by=card:p1 for=PATRQT indexes=x1 open=x1 => ok
    # They cannot make it last by naming themselves an authority, nor extend it beyond thirty days at a time.
    9  a+dr+d2   incapable p1 until=100d by=a                 => AuthorityUnknown
    9  a+dr+d2   incapable p1 until=100d                      => UntilTooFar
    10 b+c1+bd   capable p1                                   => ok
    10 a+c1      unlink p1 thief contingent                   => ok
    10 a+ct      request u by=card:p1 for=PATRQT indexes=x1 open=x1 => LinkNotInForce
";

/// Two of a hospital call a patient dead so that the executor may read: it waits a day, and officers take it back.
pub const FALSE_DEATH: &str = "
    9  a+c1+ct+k1 link p1 thief executor                      => ok
    9  a+dr+rg   dead p1                                      => ok
    10 a+c1+k1   unlink p1 thief executor                     => PatientDead
    10 a+ct      request t by=card:p1 for=PATRQT indexes=x1 open=x1 => LinkNotInForce
    10 e+of+o2   alive p1 by=e                                => ok
    10 a+c1      unlink p1 thief executor                     => ok
    24h+9 a+ct   request t by=card:p1 for=PATRQT indexes=x1 open=x1 until=2d => LinkNotInForce
";

/// The second key alone, stolen with the telephone, says nothing for the patient; nor does it as a card.
pub const STOLEN_TELEPHONE: &str = "
    9  a+k1      grant g p1 to=c open=x1                      => CardNotPresent
    9  a+k1      request t by=card:p1 for=PATRQT indexes=x1 open=x1 => CardNotPresent
    9  a+k1      veto p1                                      => NoReissue
    9  a+k1      block p1 k1                                  => CardUnknown
    9  a+k1      patient p8 card=k1                           => KeyTaken
    9  a+k1+ct   link p1 thief proxy                          => CardNotPresent
    9  a+c1+ct+k2 link p1 thief proxy until=24h+9             => UntilInThePast
";

fn after(text: &str) {
    let mut book = Book::after(WORLD);
    book.check(FAMILY);
    book.check(
        "
        0  a+d2      practitioner d2 until=300d               => ok
        0  b+bd      practitioner bd until=300d               => ok
        0  c+ct      patient thief card=ct                    => ok
        0  a+c1+cm+k1 link p1 mum proxy                       => ok
    ",
    );
    book.check(text);
}

#[test]
fn thief_with_card_and_pin() {
    after(THIEF_WITH_PIN);
    after(THIEF_WHILE_PENDING);
}

#[test]
fn officers_in_collusion() {
    after(COLLUDING_OFFICERS);
}

#[test]
fn a_stranger_as_parent() {
    after(FALSE_PARENT);
}

#[test]
fn a_capable_patient_called_incapable() {
    after(FALSE_INCAPACITY);
}

#[test]
fn a_living_patient_called_dead() {
    after(FALSE_DEATH);
}

#[test]
fn a_stolen_telephone() {
    after(STOLEN_TELEPHONE);
}
