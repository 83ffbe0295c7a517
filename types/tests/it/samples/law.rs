//! Mandates, disclosures, reviews and studies: since protocol version 3.
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
        Call::RegisterStudy(RegisterStudy {
            local: id(LocalId::new, 5),
            protocol: statute(),
            until_ms,
        }),
        Call::ApproveStudy(ApproveStudy {
            study: id(StudyId::new, 12),
        }),
        Call::EndStudy(EndStudy {
            study: id(StudyId::new, 12),
        }),
        Call::Enrol(Enrol {
            local: id(LocalId::new, 5),
            study: id(StudyId::new, 12),
            patient,
            openings: openings(),
        }),
        Call::Withdraw(Withdraw {
            enrolment: id(EnrolmentId::new, 13),
        }),
        Call::ReviewGlass(ReviewGlass {
            ticket: id(TicketId::new, 10),
            upheld: true,
            finding: statute(),
            authority: Some(MemberId::new(11)),
        }),
        Call::DeclareBreach(DeclareBreach {
            tickets: list(vec![id(TicketId::new, 10)]),
            statement: statute(),
            authority: Some(MemberId::new(11)),
        }),
        Call::DemandName(DemandName {
            ticket: id(TicketId::new, 10),
            authority: MemberId::new(11),
        }),
        Call::NameStaff(NameStaff {
            ticket: id(TicketId::new, 10),
            name: statute(),
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
        Event::StudyRegistered(event::StudyRegistered {
            study: id(StudyId::new, 12),
            member,
            protocol: statute(),
            until_ms,
        }),
        Event::StudyApproved(event::StudyApproved {
            study: id(StudyId::new, 12),
            authority: member,
        }),
        Event::StudyClosed(event::StudyClosed {
            study: id(StudyId::new, 12),
            member,
        }),
        Event::SubjectEnrolled(event::SubjectEnrolled {
            enrolment: id(EnrolmentId::new, 13),
            study: id(StudyId::new, 12),
            patient,
            indexes: list(vec![id(BlindIndex::new, 5)]),
            from_ms: until_ms,
            until_ms,
        }),
        Event::SubjectWithdrawn(event::SubjectWithdrawn {
            enrolment: id(EnrolmentId::new, 13),
            study: id(StudyId::new, 12),
            patient,
        }),
        Event::GlassReviewed(event::GlassReviewed {
            ticket: id(TicketId::new, 10),
            patient: Some(patient),
            practitioner: id(PractitionerId::new, 11),
            reviewer: member,
            upheld: false,
            finding: statute(),
        }),
        Event::BreachDeclared(event::BreachDeclared {
            ticket: id(TicketId::new, 10),
            member,
            patient: Some(patient),
            declared_by: MemberId::new(11),
            statement: statute(),
        }),
        Event::NameDemanded(event::NameDemanded {
            ticket: id(TicketId::new, 10),
            member,
            patient: Some(patient),
            authority: MemberId::new(11),
            by_ms: until_ms,
        }),
        Event::StaffNamed(event::StaffNamed {
            ticket: id(TicketId::new, 10),
            member,
            patient: Some(patient),
            name: statute(),
            in_time: true,
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
        notes: list(vec![id(RecordId::new, 5)]),
        until_ms: TimestampMs::new(5),
        notice_ms: None,
        ended_ms: None,
    };
    let day = GlassDay { day: 1, count: 2 };
    let review = ReviewState {
        upheld: true,
        finding: statute(),
        time_ms: TimestampMs::new(1),
    };
    let owed = NamesOwed {
        owed: list(vec![OwedName {
            ticket: id(TicketId::new, 1),
            by_ms: TimestampMs::new(2),
        }]),
    };
    let name = NameState {
        authority: MemberId::new(1),
        by_ms: TimestampMs::new(2),
        name: Some(statute()),
    };
    let breach = BreachState {
        declared_by: MemberId::new(1),
        statement: statute(),
        time_ms: TimestampMs::new(2),
    };
    let study = StudyState {
        member: MemberId::new(1),
        protocol: statute(),
        until_ms: TimestampMs::new(2),
        approved_by: Some(MemberId::new(3)),
        ended_ms: None,
    };
    let enrolment = EnrolmentState {
        study: id(StudyId::new, 1),
        patient: id(PatientId::new, 2),
        indexes: list(vec![id(BlindIndex::new, 3)]),
        from_ms: TimestampMs::new(4),
        withdrawn_ms: Some(TimestampMs::new(5)),
    };
    let enrolled = Enrolled {
        study: id(StudyId::new, 1),
        enrolment: id(EnrolmentId::new, 2),
    };
    let by_mandate = id(MandateId::new, 1);
    vec![
        ("state/mandate", mandate.encode().to_vec()),
        ("state/disclosure", disclosure.encode().to_vec()),
        ("state/glass", day.encode().to_vec()),
        ("state/study", study.encode().to_vec()),
        ("state/enrolment", enrolment.encode().to_vec()),
        ("basis/study", BasisRef::Study(enrolled).encode().to_vec()),
        ("read/study", ReadBasis::Study(enrolled).encode().to_vec()),
        ("state/review", review.encode().to_vec()),
        ("state/names-owed", owed.encode().to_vec()),
        ("state/name", name.encode().to_vec()),
        ("state/breach", breach.encode().to_vec()),
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
            vec![BasisKind::Law, BasisKind::Payment, BasisKind::Research]
                .encode()
                .to_vec(),
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
        ("study", StateKey::study(&id(StudyId::new, 1))),
        ("enrolment", StateKey::enrolment(&id(EnrolmentId::new, 1))),
        ("glass-member", StateKey::glass_member(MemberId::new(1))),
        (
            "glass-practitioner",
            StateKey::glass_practitioner(&id(PractitionerId::new, 1)),
        ),
        (
            "review",
            StateKey::review(&id(TicketId::new, 1), MemberId::new(1)),
        ),
        ("names-owed", StateKey::names_owed(MemberId::new(1))),
        ("name", StateKey::name(&id(TicketId::new, 1))),
        ("breach", StateKey::breach(&id(TicketId::new, 1))),
    ]
}
