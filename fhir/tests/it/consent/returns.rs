//! Whatever is written comes back.
use super::*;

fn some<T: Clone + Ord + std::fmt::Debug + 'static>(
    all: Vec<T>,
    least: usize,
    most: usize,
) -> impl Strategy<Value = Vec<T>> {
    let most = most.min(all.len());
    proptest::sample::subsequence(all, least..=most).prop_map(|mut some| {
        some.sort();
        some
    })
}

fn actors(permit: bool) -> impl Strategy<Value = Vec<Actor>> {
    let mut all = vec![];
    for number in [0, 1, 2, u16::MAX] {
        all.push(Actor::Member(MemberId::new(number)));
        all.push(Actor::RoleAt(RoleAt {
            role: Role::Nurse,
            member: MemberId::new(number),
        }));
    }
    for byte in [0, 7, 255] {
        all.push(Actor::Practitioner(PractitionerId::new([byte; 16])));
    }
    for role in Role::ALL {
        if permit {
            let kind = MemberKind::Pharmacy;
            all.push(Actor::RoleAtKind(RoleAtKind { role: *role, kind }));
        } else {
            all.push(Actor::Role(*role));
        }
    }
    for code in ["PK", "PK-SD", "GB-ENG"] {
        let within = Jurisdiction::parse(code).expect("a code");
        if permit {
            let (role, kind) = (Role::Nurse, MemberKind::Hospital);
            all.push(Actor::RoleAtKindWithin(RoleAtKindWithin {
                role,
                kind,
                within,
            }));
        } else {
            all.push(Actor::Outside(within));
            all.push(Actor::Within(within));
        }
    }
    some(all, usize::from(permit), 16)
}

fn moment() -> impl Strategy<Value = Option<TimestampMs>> {
    proptest::option::of((1u64..4_000_000_000_000).prop_map(TimestampMs::new))
}

fn classes(least: usize) -> impl Strategy<Value = Vec<Class>> {
    let all = Category::ALL.into_iter().filter(|one| one.is_patient());
    let indexes = (0..3).map(|byte| Class::Index(BlindIndex::new([byte; 16])));
    some(all.map(Class::Category).chain(indexes).collect(), least, 24)
}

fn records(least: usize) -> impl Strategy<Value = Vec<RecordId>> {
    some(
        (0..6).map(|byte| RecordId::new([byte; 16])).collect(),
        least,
        5,
    )
}

fn access() -> impl Strategy<Value = GrantAccess> {
    proptest::sample::select(GrantAccess::ALL)
}

fn permits() -> impl Strategy<Value = Provision> {
    let heights =
        proptest::option::of(
            (any::<u64>(), any::<u64>()).prop_map(|(one, other)| Heights {
                first: Height::new(one.min(other)),
                last: Height::new(one.max(other)),
            }),
        );
    let purposes = some(Purpose::ALL.to_vec(), 1, 8);
    let what = (classes(1), records(0), heights);
    ((moment(), moment()), actors(true), access(), purposes, what).prop_map(
        |((from_ms, until_ms), actors, access, purposes, (classes, records, deposited))| {
            Provision::Permit(Permit {
                period: Period { from_ms, until_ms },
                actors,
                access,
                purposes,
                classes,
                records,
                deposited,
            })
        },
    )
}

fn denies() -> impl Strategy<Value = Provision> {
    let purposes: Vec<Purpose> = Purpose::ALL
        .iter()
        .copied()
        .filter(|one| !matches!(one, Purpose::Etreat | Purpose::Patrqt))
        .collect();
    let on = prop_oneof![
        Just(On::All),
        classes(1).prop_map(On::Classes),
        records(1).prop_map(On::Records)
    ];
    (moment(), actors(false), access(), some(purposes, 0, 6), on).prop_map(
        |(until_ms, actors, access, purposes, on)| {
            Provision::Deny(Deny {
                until_ms,
                actors,
                access,
                purposes,
                on,
            })
        },
    )
}

/// Consents of which most are sound.
fn consents() -> impl Strategy<Value = Consent> {
    let text = "[a-z0-9:]{1,8}";
    let label = (text, text).prop_map(|(system, code)| Coding { system, code });
    let identifier = (text, text).prop_map(|(system, value)| Identifier { system, value });
    let head = (
        proptest::option::of("[A-Za-z0-9.-]{1,64}"),
        proptest::collection::vec(identifier, 0..3),
        proptest::sample::select(&Status::ALL[..]),
        proptest::collection::vec(label, 1..3),
        "[A-Za-z0-9.-]{1,64}",
    );
    let more = (
        proptest::option::of(Just("2026-11-20T12:00:00+05:00".to_owned())),
        any::<bool>(),
        proptest::option::of(any::<u16>().prop_map(MemberId::new)),
        proptest::sample::select(&Policy::ALL[..]),
    );
    let until = (4_000_000_000_000u64..200_000_000_000_000).prop_map(TimestampMs::new);
    let period = proptest::option::of(until).prop_map(|until_ms| Period {
        from_ms: None,
        until_ms,
    });
    let provisions = proptest::collection::vec(prop_oneof![permits(), denies()], 1..4);
    (head, more, period, provisions).prop_map(|(head, more, period, provisions)| {
        let (id, identifiers, status, categories, patient) = head;
        let (date_time, by_patient, organization, policy) = more;
        Consent {
            id,
            identifiers,
            status,
            categories,
            patient,
            date_time,
            by_patient,
            organization,
            policy,
            period,
            provisions,
        }
    })
}

proptest! {
    /// What is written is read as the same, or refused; and what is read is written as the same bytes.
    #[test]
    fn consents_come_back(consent in consents()) {
        let bytes = canonical(&write(&consent));
        let resource = checked(std::str::from_utf8(&bytes).unwrap());
        if let Ok(back) = read(&resource) {
            prop_assert_eq!(&back, &consent);
            prop_assert_eq!(canonical(&write(&back)), bytes);
        }
    }

    /// One provision alone contradicts nothing: it is refused only for its period, or for what is written of named records.
    #[test]
    fn one_provision_comes_back(consent in consents(), end in 5_000_000_000_000u64..6_000_000_000_000) {
        let mut consent = consent;
        consent.provisions.truncate(1);
        consent.period = Period { from_ms: None, until_ms: Some(TimestampMs::new(end)) };
        if let Some(Provision::Permit(permit)) = consent.provisions.first_mut() {
            permit.period.until_ms = None;
            if permit.access.writes() {
                permit.records.clear();
                permit.deposited = None;
            }
        }
        let back = read(&checked(&written(&write(&consent))));
        prop_assert_eq!(back, Ok(consent));
    }

    /// A Consent of which any value was exchanged for another gets an answer, and what is read of it comes back.
    #[test]
    fn any_change_gets_an_answer(place in any::<prop::sample::Index>(), with in "(permit|deny|access|TREAT|everyone|PRCP|nurse|[a-z0-9]{0,5}|2027-01-01T00:00:00Z)") {
        let text = consent(&[permit(), deny()]).to_string();
        let quoted: Vec<(usize, &str)> = text.match_indices('"').collect();
        let pair = place.index(quoted.len() / 2) * 2;
        let changed = format!("{}{with}{}", &text[..=quoted[pair].0], &text[quoted[pair + 1].0..]);
        let parsed = amanat_fhir::parse(changed.as_bytes(), amanat_fhir::Limits::RESOURCE).and_then(amanat_fhir::check);
        if let Ok(once) = parsed.and_then(|resource| read(&resource)) {
            let back = read(&checked(&written(&write(&once))));
            prop_assert_eq!(back, Ok(once));
        }
    }
}
