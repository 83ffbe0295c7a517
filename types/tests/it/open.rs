//! When a visit and a consent are open: until their end, exclusive, and until somebody ended them.
use crate::samples::id;
use amanat_types::call::Grantee;
use amanat_types::code::GrantAccess;
use amanat_types::codec::List;
use amanat_types::id::*;
use amanat_types::state::{Encounter, GrantState};
use amanat_types::{MemberId, TimestampMs};

const UNTIL: TimestampMs = TimestampMs::new(100);

/// Time, whether somebody ended it, and whether it is open.
const TABLE: [(u64, bool, bool); 5] = [
    (0, false, true),
    (99, false, true),
    (100, false, false),
    (101, false, false),
    (99, true, false),
];

#[test]
fn a_visit() {
    for (now, ended, open) in TABLE {
        let visit = Encounter {
            member: MemberId::new(1),
            patient: id(PatientId::new, 1),
            registration: None,
            write: true,
            indexes: List::empty(),
            until_ms: UNTIL,
            closed_ms: ended.then_some(TimestampMs::new(50)),
        };
        assert_eq!(visit.is_open(TimestampMs::new(now)), open, "{now} {ended}");
    }
}

#[test]
fn a_consent() {
    for (now, ended, open) in TABLE {
        let grant = GrantState {
            patient: id(PatientId::new, 1),
            grantee: Grantee::Member(MemberId::new(1)),
            access: GrantAccess::Read,
            purposes: List::empty(),
            indexes: List::empty(),
            until_ms: UNTIL,
            revoked_ms: ended.then_some(TimestampMs::new(50)),
        };
        assert_eq!(grant.is_open(TimestampMs::new(now)), open, "{now} {ended}");
    }
}
