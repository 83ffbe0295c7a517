//! Membership in a table: every refusal of its calls, and each boundary.
mod epochs;
mod places;
mod rules;
mod votes;

use crate::book::check;

/// Registration: the key is new, P-256, and signs; ends are exclusive.
pub const REGISTER: &str = "
    0  a+dr       practitioner dr until=0                     => UntilInThePast [CallRefused]
    0  a          practitioner dr until=1                     => KeyNotProven
    0  a+ed:dr    practitioner dr key=ed:dr                   => KeyWrongKind
    0  a+vault:b  practitioner dr key=vault:b                 => KeyTaken
    0  a+dr       practitioner dr role=clinician until=1      => ok [PractitionerRegistered]
    0  a+dr       practitioner xx key=dr                      => KeyTaken
    0  b+dr       practitioner dr                             => KeyTaken
    0  a+d2       practitioner dr key=d2                      => PractitionerExists
    # The id is of the member and its own name for it: another member may use the same name.
    0  b+d2       practitioner dr key=d2                      => ok
    # Two in one transaction with one key: the second finds it taken, and nothing of the first stays.
    0  c+d3       practitioner one key=d3 ; practitioner two key=d3 => KeyTaken@1 [CallRefused]
    0  c+d3       practitioner one key=d3                     => ok
";

/// Ending: by the own member, once.
pub const END: &str = "
    0   a+dr  practitioner dr until=100  => ok
    0   a     end a/no                   => PractitionerUnknown
    0   b     end a/dr                   => PractitionerNotYours
    100 a     end a/dr                   => PractitionerEnded
";

/// Ended at once: the end is exclusive, so the practitioner does not act in the same millisecond.
pub const ENDED: &str = "
    0   a+dr     practitioner dr until=100  => ok
    99  a        end a/dr                   => ok [PractitionerLeft]
    99  a        end a/dr                   => PractitionerEnded
    99  b        end a/dr                   => PractitionerNotYours
    99  a+dr     nocard v p open=x          => PractitionerNotPresent
";

#[test]
fn registration() {
    check(REGISTER);
}

#[test]
fn ending() {
    check(END);
    check(ENDED);
}
