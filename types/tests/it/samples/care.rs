//! Permits, restrictions, care teams, orders: since protocol version 3.
use super::*;

fn restriction() -> Restriction {
    Restriction {
        who: Denied::Practitioner(PractitionerAt {
            practitioner: id(PractitionerId::new, 1),
            member: MemberId::new(2),
        }),
        access: GrantAccess::ReadWrite,
        purposes: list(vec![Purpose::Treat]),
        what: Covered::Indexes(list(vec![id(BlindIndex::new, 3)])),
        until_ms: TimestampMs::new(4),
    }
}

fn work() -> Work {
    Work::Referral(Referral {
        write: true,
        records: list(vec![id(RecordId::new, 5)]),
    })
}

fn care() -> Care {
    Care {
        encounter: id(EncounterId::new, 6),
        staff: id(LocalId::new, 7),
        role: Role::Nurse,
        ward: id(LocalId::new, 8),
    }
}

pub fn calls() -> Vec<Call> {
    let patient = id(PatientId::new, 9);
    let until_ms = TimestampMs::new(10);
    vec![
        Call::AssignCare(AssignCare {
            encounter: id(EncounterId::new, 6),
            strict: true,
            seats: list(vec![
                Seat::Practitioner(id(PractitionerId::new, 1)),
                Seat::Staff(id(LocalId::new, 7)),
                Seat::Ward(WardRole {
                    ward: id(LocalId::new, 8),
                    role: Role::Nurse,
                }),
            ]),
        }),
        Call::PlaceOrder(PlaceOrder {
            local: id(LocalId::new, 11),
            encounter: id(EncounterId::new, 6),
            performer: MemberId::new(2),
            work: work(),
            indexes: list(vec![id(BlindIndex::new, 3)]),
            until_ms,
        }),
        Call::EndOrder(EndOrder {
            order: id(OrderId::new, 12),
        }),
        Call::CloseVisit(CloseVisit {
            encounter: id(EncounterId::new, 6),
            grace_ms: 13,
        }),
        Call::Permit(Permit {
            local: id(LocalId::new, 14),
            patient,
            grantee: PermitGrantee::RoleAtKind(RoleAtKind {
                role: Role::Nurse,
                kind: MemberKind::Hospital,
            }),
            access: GrantAccess::Read,
            purposes: list(vec![Purpose::Treat]),
            openings: openings(),
            records: list(vec![id(RecordId::new, 5)]),
            deposited: Some(Heights {
                first: Height::new(1),
                last: Height::new(2),
            }),
            from_ms: TimestampMs::new(3),
            until_ms,
            form: Some(Commitment::new([15; 32])),
        }),
        Call::RevokePermit(RevokePermit {
            permit: id(PermitId::new, 16),
        }),
        Call::Restrict(Restrict {
            local: id(LocalId::new, 17),
            patient,
            restriction: restriction(),
        }),
        Call::LiftRestriction(LiftRestriction {
            patient,
            restriction: id(RestrictionId::new, 18),
        }),
    ]
}

pub fn events() -> Vec<Event> {
    let patient = id(PatientId::new, 1);
    let encounter = id(EncounterId::new, 2);
    let order = id(OrderId::new, 3);
    let permit = id(PermitId::new, 4);
    let member = MemberId::new(5);
    let until_ms = TimestampMs::new(6);
    let restriction_id = id(RestrictionId::new, 7);
    vec![
        Event::CareAssigned(event::CareAssigned {
            encounter,
            patient,
            practitioner: id(PractitionerId::new, 8),
            strict: true,
            seats: team().seats,
        }),
        Event::OrderPlaced(event::OrderPlaced {
            order,
            member,
            patient,
            performer: member,
            work: work(),
            indexes: list(vec![]),
            until_ms,
        }),
        Event::OrderClosed(event::OrderClosed { order, patient }),
        Event::VisitClosed(event::VisitClosed {
            encounter,
            patient,
            until_ms,
        }),
        Event::PermitGiven(event::PermitGiven {
            permit,
            patient,
            member,
            grantee: PermitGrantee::RoleAt(RoleAt {
                role: Role::Nurse,
                member,
            }),
            access: GrantAccess::Read,
            indexes: list(vec![]),
            from_ms: until_ms,
            until_ms,
            form: None,
        }),
        Event::PermitTakenBack(event::PermitTakenBack { permit, patient }),
        Event::RestrictionSet(event::RestrictionSet {
            restriction: restriction_id,
            patient,
            what: restriction(),
        }),
        Event::RestrictionLifted(event::RestrictionLifted {
            restriction: restriction_id,
            patient,
        }),
    ]
}

fn team() -> TeamState {
    TeamState {
        strict: true,
        seats: list(vec![
            TeamSeat::Practitioner(id(PractitionerId::new, 1)),
            TeamSeat::Staff(id(StaffId::new, 2)),
            TeamSeat::Ward(WardSeat {
                ward: id(WardId::new, 3),
                role: Role::Nurse,
            }),
        ]),
    }
}

/// State values, and the variants that version 3 adds to older shapes.
pub fn values() -> Vec<(&'static str, Vec<u8>)> {
    let permit = PermitState {
        patient: id(PatientId::new, 1),
        sponsor: MemberId::new(2),
        grantee: PermitGrantee::Practitioner(id(PractitionerId::new, 3)),
        access: GrantAccess::Write,
        purposes: list(vec![Purpose::Treat]),
        indexes: list(vec![id(BlindIndex::new, 4)]),
        records: list(vec![]),
        deposited: None,
        from_ms: TimestampMs::new(5),
        until_ms: TimestampMs::new(6),
        form: None,
        revoked_ms: Some(TimestampMs::new(7)),
    };
    let order = OrderState {
        member: MemberId::new(1),
        patient: id(PatientId::new, 2),
        encounter: id(EncounterId::new, 3),
        performer: MemberId::new(4),
        work: Work::Test(Unit),
        indexes: list(vec![id(BlindIndex::new, 5)]),
        until_ms: TimestampMs::new(6),
        ended_ms: None,
    };
    let results = Results {
        records: list(vec![id(RecordId::new, 1)]),
    };
    let restrictions = Restrictions {
        held: list(vec![HeldRestriction {
            id: id(RestrictionId::new, 1),
            restriction: restriction(),
        }]),
    };
    let care_ref = BasisRef::Care(CareRef {
        encounter: id(EncounterId::new, 1),
        staff: id(StaffId::new, 2),
        role: Role::Nurse,
        ward: id(WardId::new, 3),
    });
    let grantees = vec![
        PermitGrantee::Member(MemberId::new(1)),
        PermitGrantee::Practitioner(id(PractitionerId::new, 2)),
    ];
    let place = |code| Jurisdiction::parse(code).expect("a code");
    let grantee_within = PermitGrantee::RoleAtKindWithin(RoleAtKindWithin {
        role: Role::Nurse,
        kind: MemberKind::Hospital,
        within: place("PK-SD"),
    });
    let places = vec![
        Denied::Outside(place("PK")),
        Denied::Within(place("GB-ENG")),
    ];
    let denied = vec![
        Denied::Everyone(Unit),
        Denied::Member(MemberId::new(1)),
        Denied::Role(Role::Nurse),
        Denied::RoleAt(RoleAt {
            role: Role::Nurse,
            member: MemberId::new(1),
        }),
    ];
    let covered = vec![
        Covered::All(Unit),
        Covered::Records(list(vec![id(RecordId::new, 1)])),
    ];
    vec![
        ("state/permit", permit.encode().to_vec()),
        ("state/order", order.encode().to_vec()),
        ("state/results", results.encode().to_vec()),
        ("state/restrictions", restrictions.encode().to_vec()),
        ("state/team", team().encode().to_vec()),
        ("basis/care", care_ref.encode().to_vec()),
        (
            "basis/permit",
            BasisRef::Permit(id(PermitId::new, 1)).encode().to_vec(),
        ),
        (
            "basis/order",
            BasisRef::Order(id(OrderId::new, 1)).encode().to_vec(),
        ),
        ("read/care", ReadBasis::Care(care()).encode().to_vec()),
        (
            "read/permit",
            ReadBasis::Permit(id(PermitId::new, 1)).encode().to_vec(),
        ),
        (
            "read/order",
            ReadBasis::Order(id(OrderId::new, 1)).encode().to_vec(),
        ),
        (
            "write/permit",
            WriteBasis::Permit(id(PermitId::new, 1)).encode().to_vec(),
        ),
        (
            "write/order",
            WriteBasis::Order(id(OrderId::new, 1)).encode().to_vec(),
        ),
        ("permit/grantees", grantees.encode().to_vec()),
        ("restriction/who", denied.encode().to_vec()),
        ("restriction/what", covered.encode().to_vec()),
        ("permit/grantee/within", grantee_within.encode().to_vec()),
        ("restriction/who/places", places.encode().to_vec()),
        ("state/jurisdiction", place("PK").encode().to_vec()),
    ]
}

pub fn state_keys() -> Vec<(&'static str, amanat_types::StateKey)> {
    use amanat_types::StateKey;
    vec![
        (
            "restrictions",
            StateKey::restrictions(&id(PatientId::new, 1)),
        ),
        ("permit", StateKey::permit(&id(PermitId::new, 1))),
        ("team", StateKey::team(&id(EncounterId::new, 1))),
        ("order", StateKey::order(&id(OrderId::new, 1))),
        ("results", StateKey::results(&id(OrderId::new, 1))),
        (
            "jurisdiction",
            StateKey::jurisdiction(amanat_types::MemberId::new(1)),
        ),
    ]
}
