//! What the stand-in tells of a patient: to whom records went, who could open them, and why.
use super::*;

use amanat_types::code::BasisKind;
use amanat_types::explain::{Denial, Effect, Finding, SourceKind};
use amanat_types::state::BasisRef;
use amanat_types::{Jurisdiction, MemberKind, Role};

/// A line of an accounting.
pub fn disclosure() -> Disclosure {
    Disclosure {
        first_ms: UPDATED,
        last_ms: UPDATED,
        recipient: MemberId::new(2),
        purpose: Some(Purpose::Treat),
        basis: Some(BasisKind::Treatment),
        records: 3,
        categories: vec![Category::Laboratory],
        ticket: amanat_types::TicketId::new([4; 16]),
        transaction: None,
    }
}

/// Ways to the patient's records; to one of them the first alone.
pub fn ways(record: Option<RecordId>) -> Vec<Way> {
    let nurses = call::RoleAtKindWithin {
        role: Role::Nurse,
        kind: MemberKind::Hospital,
        within: Jurisdiction::parse("PK-SD").expect("a code"),
    };
    let within = Way {
        reader: Reader::RoleAtKindWithin(nurses),
        basis: BasisRef::Permit(amanat_types::PermitId::new([7; 16])),
        verdict: Verdict::WhenAsked,
        ..way(record)
    };
    let alone = record.is_some();
    let more = (!alone).then_some(within);
    std::iter::once(way(record)).chain(more).collect()
}

/// A way to the patient's records, or to one of them, which is restricted.
pub fn way(record: Option<RecordId>) -> Way {
    Way {
        reader: Reader::Member(MemberId::new(2)),
        basis: BasisRef::Encounter(ENCOUNTER),
        purpose: Purpose::Treat,
        categories: vec![Category::Laboratory],
        until_ms: UPDATED,
        verdict: match record {
            Some(_) => Verdict::Refused(Refusal::Restricted),
            None => Verdict::Granted,
        },
        withheld: Vec::new(),
    }
}

/// Why a read would be granted, or refused without a basis.
pub fn explanation(context: &ReadContext) -> Result<Explanation, Error> {
    let refusal = match context.basis {
        Basis::None => Some(Refusal::NoBasis),
        _ => None,
    };
    let effect = match refusal {
        None => Effect::Permit(call::Unit),
        Some(refusal) => Effect::Deny(Denial {
            refusal,
            because: refusal,
        }),
    };
    let found = Finding {
        kind: SourceKind::Question,
        id: List::empty(),
        effect,
    };
    Ok(Explanation {
        height: Height::new(7),
        time_ms: UPDATED,
        findings: List::new(vec![found]).map_err(|_| Error::NotFound)?,
    })
}
