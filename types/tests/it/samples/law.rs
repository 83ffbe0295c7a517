//! Mandates and disclosures: since protocol version 3.
use super::*;

fn statute() -> Commitment {
    Commitment::new([1; 32])
}

fn disclosed(cause: DisclosureCause) -> Disclosed {
    Disclosed {
        disclosure: id(DisclosureId::new, 2),
        cause,
    }
}

pub fn calls() -> Vec<Call> {
    let patient = id(PatientId::new, 3);
    let until_ms = TimestampMs::new(4);
    vec![
        Call::OpenMandate(OpenMandate {
            local: id(LocalId::new, 5),
            patient,
            purpose: Purpose::Hlegal,
            statute: statute(),
            openings: openings(),
            until_ms,
            notice_ms: Some(TimestampMs::new(6)),
        }),
        Call::EndMandate(EndMandate {
            mandate: id(MandateId::new, 7),
        }),
        Call::Disclose(Disclose {
            local: id(LocalId::new, 5),
            patient,
            recipient: MemberId::new(8),
            cause: DisclosureCause::Report,
            ground: statute(),
            records: list(vec![id(RecordId::new, 9)]),
            openings: openings(),
            until_ms,
            notice_ms: None,
        }),
        Call::EndDisclosure(EndDisclosure {
            disclosure: id(DisclosureId::new, 2),
        }),
    ]
}

pub fn events() -> Vec<Event> {
    let patient = id(PatientId::new, 3);
    let member = MemberId::new(1);
    let until_ms = TimestampMs::new(4);
    let mandate = id(MandateId::new, 7);
    let disclosure = id(DisclosureId::new, 2);
    vec![
        Event::MandateOpened(event::MandateOpened {
            mandate,
            member,
            patient,
            purpose: Purpose::Pubhlth,
            statute: statute(),
            indexes: list(vec![id(BlindIndex::new, 5)]),
            until_ms,
            notice_ms: Some(TimestampMs::new(6)),
        }),
        Event::MandateClosed(event::MandateClosed {
            mandate,
            member,
            patient,
        }),
        Event::RecordsDisclosed(event::RecordsDisclosed {
            disclosure,
            member,
            patient,
            recipient: MemberId::new(8),
            cause: DisclosureCause::Payment,
            ground: statute(),
            records: list(vec![id(RecordId::new, 9)]),
            until_ms,
            notice_ms: None,
        }),
        Event::DisclosureClosed(event::DisclosureClosed {
            disclosure,
            member,
            patient,
            cause: DisclosureCause::Report,
        }),
    ]
}

/// State values, and the variants that they add to older shapes.
pub fn values() -> Vec<(&'static str, Vec<u8>)> {
    let mandate = MandateState {
        member: MemberId::new(1),
        patient: id(PatientId::new, 2),
        purpose: Purpose::Pubhlth,
        statute: statute(),
        indexes: list(vec![id(BlindIndex::new, 3)]),
        until_ms: TimestampMs::new(4),
        notice_ms: Some(TimestampMs::new(5)),
        ended_ms: Some(TimestampMs::new(6)),
    };
    let disclosure = DisclosureState {
        member: MemberId::new(1),
        patient: id(PatientId::new, 2),
        recipient: MemberId::new(3),
        cause: DisclosureCause::Payment,
        ground: statute(),
        records: list(vec![id(RecordId::new, 4)]),
        until_ms: TimestampMs::new(5),
        notice_ms: None,
        ended_ms: None,
    };
    let by_mandate = id(MandateId::new, 1);
    vec![
        ("state/mandate", mandate.encode().to_vec()),
        ("state/disclosure", disclosure.encode().to_vec()),
        (
            "basis/mandate",
            BasisRef::Mandate(by_mandate).encode().to_vec(),
        ),
        (
            "basis/disclosure",
            BasisRef::Disclosure(disclosed(DisclosureCause::Report))
                .encode()
                .to_vec(),
        ),
        (
            "read/mandate",
            ReadBasis::Mandate(by_mandate).encode().to_vec(),
        ),
        (
            "read/disclosure",
            ReadBasis::Disclosure(disclosed(DisclosureCause::Payment))
                .encode()
                .to_vec(),
        ),
        (
            "basis/kinds",
            vec![BasisKind::Law, BasisKind::Payment].encode().to_vec(),
        ),
    ]
}

pub fn state_keys() -> Vec<(&'static str, amanat_types::StateKey)> {
    use amanat_types::StateKey;
    vec![
        ("mandate", StateKey::mandate(&id(MandateId::new, 1))),
        (
            "disclosure",
            StateKey::disclosure(&id(DisclosureId::new, 1)),
        ),
    ]
}
