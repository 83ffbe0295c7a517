//! Samples of protocol version 3 about persons.
use super::{id, list};
use amanat_types::call::*;
use amanat_types::code::*;
use amanat_types::event::{self, Event};
use amanat_types::id::*;
use amanat_types::key::PublicKey;
use amanat_types::state::*;
use amanat_types::{Call, Height, TimestampMs};
use commonware_codec::Encode;

const CARD: PublicKey = PublicKey::P256([9; 33]);
const AUTHORITY: Option<MemberId> = Some(MemberId::new(5));
const UNTIL: TimestampMs = TimestampMs::new(1_800_000_000_000);
const RIGHTS: LinkRights = LinkRights {
    reads: true,
    decides: false,
};

fn patient() -> PatientId {
    id(PatientId::new, 8)
}

fn guardian() -> PatientId {
    id(PatientId::new, 24)
}

pub fn calls() -> Vec<Call> {
    let (patient, card, authority) = (patient(), CARD, AUTHORITY);
    vec![
        Call::SuspendCard(SuspendCard { patient, card }),
        Call::ResumeCard(ResumeCard { patient, card }),
        Call::RenewCard(RenewCard {
            patient,
            card,
            until_ms: UNTIL,
        }),
        Call::AskReissue(AskReissue {
            patient,
            card,
            authority,
        }),
        Call::VetoReissue(VetoReissue {
            patient,
            authority: None,
        }),
        Call::ActivateCard(ActivateCard { patient, card }),
        Call::LinkGuardian(LinkGuardian {
            patient,
            guardian: guardian(),
            kind: LinkKind::Contingent,
            rights: RIGHTS,
            from_ms: TimestampMs::new(1),
            until_ms: UNTIL,
            authority,
        }),
        Call::UnlinkGuardian(UnlinkGuardian {
            patient,
            guardian: guardian(),
            kind: LinkKind::Parent,
            authority,
        }),
        Call::RecordIncapacity(RecordIncapacity {
            patient,
            until_ms: UNTIL,
            authority,
        }),
        Call::EndIncapacity(EndIncapacity {
            patient,
            of_age: true,
            authority,
        }),
        Call::RecordDeath(RecordDeath { patient, authority }),
        Call::RetractDeath(RetractDeath {
            patient,
            authority: MemberId::new(5),
        }),
        Call::SetSecondKey(SetSecondKey { patient, key: card }),
    ]
}

pub fn events() -> Vec<Event> {
    let (patient, card, authority) = (patient(), CARD, AUTHORITY);
    let member = MemberId::new(3);
    let until_ms = TimestampMs::new(4);
    vec![
        Event::CardWasSuspended(event::CardWasSuspended { patient, card }),
        Event::CardWasResumed(event::CardWasResumed { patient, card }),
        Event::CardRenewed(event::CardRenewed {
            patient,
            card,
            until_ms,
        }),
        Event::ReissueAsked(event::ReissueAsked {
            patient,
            card,
            authority,
            ready_ms: until_ms,
        }),
        Event::ReissueVetoed(event::ReissueVetoed { patient, card }),
        Event::CardActivated(event::CardActivated {
            member,
            patient,
            card,
        }),
        Event::GuardianLinked(event::GuardianLinked {
            patient,
            guardian: guardian(),
            kind: LinkKind::Court,
            rights: RIGHTS,
            from_ms: TimestampMs::new(2),
            until_ms,
        }),
        Event::GuardianUnlinked(event::GuardianUnlinked {
            patient,
            guardian: guardian(),
            kind: LinkKind::Proxy,
        }),
        Event::IncapacityRecorded(event::IncapacityRecorded {
            patient,
            until_ms,
            authority,
        }),
        Event::IncapacityEnded(event::IncapacityEnded {
            patient,
            of_age: true,
        }),
        Event::DeathRecorded(event::DeathRecorded { patient, member }),
        Event::DeathRetracted(event::DeathRetracted { patient }),
        Event::SecondKeyWasSet(event::SecondKeyWasSet {
            patient,
            from_ms: until_ms,
        }),
    ]
}

/// Values of the state, empty and full.
pub fn states() -> Vec<(&'static str, Vec<u8>)> {
    let full = Person {
        links: list(vec![Link {
            guardian: guardian(),
            kind: LinkKind::Executor,
            rights: RIGHTS,
            from_ms: TimestampMs::new(1),
            until_ms: UNTIL,
            ended_ms: Some(TimestampMs::new(2)),
            height: Height::new(3),
        }]),
        minor_until_ms: Some(TimestampMs::new(4)),
        incapacity: Some(Incapacity {
            until_ms: TimestampMs::new(5),
            by_authority: true,
        }),
        died_ms: Some(TimestampMs::new(6)),
        suspended_ms: Some(TimestampMs::new(7)),
        expires_ms: Some(TimestampMs::new(8)),
        reissue: Some(Reissue {
            card: CARD,
            ready_ms: TimestampMs::new(9),
        }),
        second: Some(SecondKey {
            key: CARD,
            from_ms: TimestampMs::new(10),
        }),
        silenced: Height::new(11),
    };
    let basis = BasisRef::Guardian(Spoken {
        patient: patient(),
        guardian: guardian(),
        kind: LinkKind::Proxy,
    });
    vec![
        ("state/person", full.encode().to_vec()),
        ("state/person/empty", Person::default().encode().to_vec()),
        ("state/basis/guardian", basis.encode().to_vec()),
        (
            "state/actor/second",
            Actor::Second(patient()).encode().to_vec(),
        ),
        ("role/officer", Role::Officer.encode().to_vec()),
        ("role/privacy", Role::Privacy.encode().to_vec()),
    ]
}
