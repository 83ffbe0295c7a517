//! Cards in tables: every refusal of its calls, and each boundary.
mod guardians;
mod hostile;
mod lost;
mod recorded;

use crate::book::check;

/// Indexes have one owner for ever.
pub const DECLARE: &str = "
    0  a   declare                        => NoDeclarations
    0  a   declare x1/p1 x2/p1 x1/p2      => IndexRepeated
    0  a   declare x1/p1 x2/p2            => ok [IndexDeclared IndexDeclared]
    0  b   declare x3/p1 x1/p2            => IndexTaken
    0  b   declare dir:a/p1               => IndexTaken
    0  b   declare x3/p1                  => ok
    0  b   declare x4/p1 ; declare x4/p1  => IndexTaken@1
";

/// Registration: a new key that signs, emergency indexes opened as the patient's.
pub const REGISTER: &str = "
    0  a         declare x1/p1 x2/p1 y1/p2                    => ok
    0  a         patient p1 card=c1                           => KeyNotProven
    0  a+ed:c1   patient p1 card=ed:c1                        => KeyWrongKind
    0  a+vault:a patient p1 card=vault:a                      => KeyTaken
    0  a+c1      patient p1 card=c1 emergency=x9              => IndexUnknown
    0  a+c1      patient p1 card=c1 emergency=x1,y1           => IndexNotOwned
    0  a+c1      patient p1 card=c1 emergency=x1~             => IndexNotOwned
    0  a+c1      patient p1 card=c1 emergency=dir:a           => IndexNotOwned
    0  a+c1      patient p1 card=c1 emergency=x1,x2,x1        => IndexRepeated
    0  a+c1      patient p1 card=c1 emergency=x2,x1           => ok [PatientRegistered]
    0  b+c1      patient p2 card=c1                           => KeyTaken
    0  b+c2      patient p1 card=c2                           => PatientExists
    # Declared earlier in the same transaction.
    0  b+c3      declare z1/p3 ; patient p3 card=c3 emergency=z1 => ok [IndexDeclared PatientRegistered]
";

/// A card in hand blocks itself; a lost one is blocked by a registrar of the sponsor.
pub const BLOCKED: &str = "
    0  a+rg      practitioner rg role=registrar until=100     => ok
    0  a+dr      practitioner dr role=clinician               => ok
    0  a         declare x/p3                                 => ok
    0  a+c1      patient p1 card=c1                           => ok
    0  a+c2      patient p2 card=c2                           => ok
    0  a+dr      nocard v p3 open=x                           => ok
    0  a+c1      block p9 c1                                  => PatientUnknown
    0  a+c1      block p1 c2                                  => CardUnknown
    0  a+rg      block p3 c1                                  => CardUnknown
    0  a         block p1 c1                                  => CardNotPresent
    0  a+c2      block p1 c1                                  => CardNotPresent
    0  b+rg      block p1 c1                                  => CardNotPresent
    0  a+dr      block p1 c1                                  => RoleNotAllowed
    100 a+rg     block p1 c1                                  => CardNotPresent
    100 b+c1     block p1 c1                                  => ok [CardWasBlocked]
    100 b+c1     block p1 c1                                  => CardBlocked
";

/// The first card of a patient who came without one.
pub const ISSUE: &str = "
    0  a+rg      practitioner rg role=registrar until=100     => ok
    0  a+dr      practitioner dr role=clinician               => ok
    0  b+br      practitioner br role=registrar               => ok
    0  a         declare x/p1 y/p2                            => ok
    0  a+c2      patient p2 card=c2                           => ok
    0  a+dr      nocard v p1 open=x                           => ok [PatientRegistered EncounterOpened]
    0  a+rg+c2   issue p1 card=c2                             => KeyTaken
    0  a+rg      issue p1 card=c1                             => KeyNotProven
    0  a+rg+ed:c1 issue p1 card=ed:c1                         => KeyWrongKind
    0  a+rg+c1   issue p9 card=c1                             => PatientUnknown
    0  b+br+c1   issue p1 card=c1                             => PatientNotYours
    0  a+rg+c1   issue p2 card=c1                             => PatientHasCard
    0  a+c1      issue p1 card=c1                             => PractitionerNotPresent
    0  a+br+c1   issue p1 card=c1                             => PractitionerNotPresent
    0  a+dr+c1   issue p1 card=c1                             => RoleNotAllowed
    0  a+c1      grant g p1 to=b open=x                       => CardNotPresent
    100 a+rg+c1  issue p1 card=c1                             => PractitionerNotPresent
    99 a+dr+rg+c1 issue p1 card=c1                            => ok [CardIssued]
    99 a+rg+c3   issue p1 card=c3                             => PatientHasCard
    99 a+c1      grant g p1 to=b open=x                       => ok
    99 a+c1      block p1 c1                                  => ok
    99 a+rg+c3   issue p1 card=c3                             => PatientHasCard
";

/// A registrar beside a clinician.
pub const LOST: &str = "
    0  a+rg      practitioner rg role=registrar until=100     => ok
    0  a+dr      practitioner dr role=clinician               => ok
    0  a+c1      patient p1 card=c1                           => ok
    99 a+dr+rg   block p1 c1                                  => ok [CardWasBlocked]
    99 a+c1      grant g p1 to=b open=x                       => CardBlocked
";

#[test]
fn declaring() {
    check(DECLARE);
}

#[test]
fn registration() {
    check(REGISTER);
}

#[test]
fn issuing() {
    check(ISSUE);
}

#[test]
fn blocking() {
    check(BLOCKED);
    check(LOST);
}
