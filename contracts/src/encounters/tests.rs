//! Encounters in tables: every refusal of its calls, and each boundary.
mod care;

use crate::book::check;

/// A visit: until, card, openings, ids, and the ticket that goes with it.
pub const CHECK_IN: &str = "
    0  a         declare x1/p1 x2/p1 y1/p2 z/p3                 => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    9  a+c1      checkin v p1 open=x1 until=9                   => UntilInThePast [CallRefused]
    9  a+c1      checkin v p1 open=x1 until=180d+10             => UntilTooFar
    9  a+c1      checkin v p9 open=x1                           => PatientUnknown
    9  a         checkin v p1 open=x1                           => CardNotPresent
    9  a+c2      checkin v p1 open=x1                           => CardNotPresent
    9  a+c1      checkin v p1                                   => NoIndexes
    9  a+c1      checkin v p1 open=x9                           => IndexUnknown
    9  a+c1      checkin v p1 open=x1,y1                        => IndexNotOwned
    9  a+c1      checkin v p1 open=x1~                          => IndexNotOwned
    9  a+c1      checkin v p1 open=x1,x1                        => IndexRepeated
    9  a+c1      checkin v p1 open=x1 ticket=9                  => UntilInThePast
    9  a+c1      checkin v p1 open=x1 ticket=24h+10             => UntilTooFar
    # The ticket was refused, so the encounter is not there either.
    9  a         discharge a/v                                  => EncounterUnknown
    9  a+c1      checkin v p1 open=x2,x1 until=180d+9 ticket=24h+9 => ok [EncounterOpened TicketIssued]
    9  a+c1      checkin v p1 open=x1                           => EncounterExists
    9  a+c1      checkin w p1 open=x1 until=10 ticket=10        => ok
    9  a+c1      request t by=card:p1 for=PATRQT indexes=x1 open=x1 => ok
    9  a+c1      checkin t p1 open=x1                           => TicketExists
    9  b+c1      checkin v p1 open=x1                           => ok
    9  a+c1      block p1 c1                                    => ok
    9  a+c1      checkin u p1 open=x1                           => CardBlocked
";

/// Without a card: a practitioner of the sponsor co-signs; a card that works is used, unless its owner is unconscious.
pub const WITHOUT_CARD: &str = "
    0  a         declare x1/p1 x2/p1 y1/p2 y2/p2                => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+dr      practitioner dr role=technician until=100      => ok
    0  b+d2      practitioner d2                                => ok
    9  a         nocard v p2 open=y1                            => PractitionerNotPresent [CallRefused]
    9  a+d2      nocard v p2 open=y1                            => PractitionerNotPresent
    9  a+c1      nocard v p2 open=y1                            => PractitionerNotPresent
    9  a+dr      nocard v p1 open=x1                            => PatientHasCard
    9  a+dr      nocard v p2 open=y1,y2 emergency=y1,y1         => IndexRepeated
    9  a+dr      nocard v p2 open=y1 emergency=y1,y2            => EmergencyIndexNotOpened
    9  a+dr      nocard v p2 open=y1 emergency=y2               => EmergencyIndexNotOpened
    9  a+dr      nocard v p2 open=y1 until=9                    => UntilInThePast
    9  a+dr      nocard v p2 open=y1 until=24h+10               => UntilTooFar
    9  a+dr      nocard v p2                                    => NoIndexes
    9  a+dr      nocard v p2 open=y9                            => IndexUnknown
    9  a+dr      nocard v p2 open=x1                            => IndexNotOwned
    9  a+dr      nocard v p2 open=y1,y1                         => IndexRepeated
    9  a+dr      nocard v p2 open=y2,y1 emergency=y2 until=24h+9 => ok [PatientRegistered EncounterOpened]
    9  a+dr      nocard v p2 open=y1                            => EncounterExists
    9  a+dr      nocard w p2 open=y1 reason=newborn             => ok [EncounterOpened]
    99 a+dr      nocard u p1 open=x1 reason=unconscious         => ok [EncounterOpened]
    100 a+dr     nocard z p2 open=y1                            => PractitionerNotPresent
    100 a+c1     block p1 c1                                    => ok
    100 b+d2     nocard z p1 open=x1                            => ok [EncounterOpened]
";

/// Ending: by its member, or by the patient's card under any sponsor; once, and not after its time.
pub const DISCHARGE: &str = "
    0  a         declare x1/p1                                  => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  a+c1      checkin v p1 open=x1 until=100                 => ok
    0  a+c1      checkin w p1 open=x1 until=100                 => ok
    0  a+c1      checkin u p1 open=x1 until=100                 => ok
    0  a+c1      checkin s p1 open=x1 until=100                 => ok
    9  a         discharge a/no                                 => EncounterUnknown [CallRefused]
    9  b         discharge a/v                                  => EncounterNotYours
    9  b+c2      discharge a/v                                  => EncounterNotYours
    9  b+c1      discharge a/v                                  => ok [EncounterClosed]
    9  b+c1      discharge a/v                                  => EncounterEnded
    9  b         discharge a/v                                  => EncounterNotYours
    99 a         discharge a/w                                  => ok
    99 b+c1      block p1 c1                                    => ok
    99 b+c1      discharge a/u                                  => CardBlocked
    99 a         discharge a/u                                  => ok
    100 a        discharge a/s                                  => EncounterEnded
";

#[test]
fn check_in() {
    check(CHECK_IN);
}

#[test]
fn without_card() {
    check(WITHOUT_CARD);
}

#[test]
fn discharge() {
    check(DISCHARGE);
}
