//! Words of permits, restrictions, care teams and orders.
use super::line::{Words, owner_of, until};
use super::word::*;
use amanat_types::call::*;
use amanat_types::code::GrantAccess;
use amanat_types::codec::List;
use amanat_types::{EncounterId, Height, LocalId, MemberKind, Purpose, Role};

/// The call of a line, if it is one of these.
pub fn call(w: &Words<'_>) -> Option<Call> {
    Some(match w.at(0) {
        "permit" => Call::Permit(permit(w)),
        "unpermit" => Call::RevokePermit(RevokePermit {
            permit: permit_id(w.at(1)),
        }),
        "restrict" => Call::Restrict(Restrict {
            local: local(w.at(1)),
            patient: patient(w.at(2)),
            restriction: Restriction {
                who: denied(w.get("who", "everyone")),
                access: GrantAccess::parse(w.get("access", "read")).unwrap(),
                purposes: purposes(w.get("for", "")),
                what: covered(w),
                until_ms: until(w),
            },
        }),
        "lift" => Call::LiftRestriction(LiftRestriction {
            patient: patient(w.at(1)),
            restriction: restriction(w.at(2)),
        }),
        "team" => Call::AssignCare(AssignCare {
            encounter: encounter(w.at(1)),
            strict: w.has("strict"),
            seats: List::new(sorted(split(w.get("seats", "")).map(seat))).unwrap(),
        }),
        "close" => Call::CloseVisit(CloseVisit {
            encounter: encounter(w.at(1)),
            grace_ms: ms(w.get("grace", "0")),
        }),
        "order" => Call::PlaceOrder(PlaceOrder {
            local: local(w.at(1)),
            encounter: encounter(w.at(2)),
            performer: member(w.get("to", "b")),
            work: match w.has("refer") {
                true => Work::Referral(Referral {
                    write: w.has("write"),
                    records: records(w),
                }),
                false => Work::Test(Unit),
            },
            indexes: List::new(sorted(split(w.get("indexes", "")).map(index))).unwrap(),
            until_ms: until(w),
        }),
        "endorder" => Call::EndOrder(EndOrder {
            order: order(w.at(1)),
        }),
        _ => return None,
    })
}

fn permit(w: &Words<'_>) -> Permit {
    let heights = |word: &str| {
        let (first, last) = word.split_once('-').unwrap();
        let height = |word: &str| Height::new(word.parse().unwrap());
        Heights {
            first: height(first),
            last: height(last),
        }
    };
    Permit {
        local: local(w.at(1)),
        patient: patient(w.at(2)),
        grantee: grantee(w.get("to", "b")),
        access: GrantAccess::parse(w.get("access", "read")).unwrap(),
        purposes: purposes(w.get("for", "TREAT")),
        openings: openings(w.get("open", "")),
        records: records(w),
        deposited: Some(w.get("heights", ""))
            .filter(|word| !word.is_empty())
            .map(heights),
        from_ms: time(w.get("from", "0")),
        until_ms: until(w),
        form: w.has("paper").then(|| owner_of("form", "signed")),
    }
}

/// `b`, `b/dr`, `nurse@b`, `nurse@hospital`, `nurse@hospital:PK`.
fn grantee(word: &str) -> PermitGrantee {
    if let Some((role, at)) = word.split_once('@') {
        let role = Role::parse(role).unwrap();
        if let Some((kind, within)) = at.split_once(':') {
            return PermitGrantee::RoleAtKindWithin(RoleAtKindWithin {
                role,
                kind: MemberKind::parse(kind).unwrap(),
                within: place(within),
            });
        }
        return match MemberKind::parse(at) {
            Some(kind) => PermitGrantee::RoleAtKind(RoleAtKind { role, kind }),
            None => PermitGrantee::RoleAt(RoleAt {
                role,
                member: member(at),
            }),
        };
    }
    match word.contains('/') {
        true => PermitGrantee::Practitioner(practitioner(word)),
        false => PermitGrantee::Member(member(word)),
    }
}

/// `everyone`, `b`, `b/dr`, `nurse`, `nurse@b`, `outside:PK`, `within:PK-SD`; `b/dr!c` says that the practitioner is of another member.
fn denied(word: &str) -> Denied {
    if word == "everyone" {
        return Denied::Everyone(Unit);
    }
    if let Some(code) = word.strip_prefix("outside:") {
        return Denied::Outside(place(code));
    }
    if let Some(code) = word.strip_prefix("within:") {
        return Denied::Within(place(code));
    }
    if let Some((role, at)) = word.split_once('@') {
        let role = Role::parse(role).unwrap();
        let member = member(at);
        return Denied::RoleAt(RoleAt { role, member });
    }
    if let Some(role) = Role::parse(word) {
        return Denied::Role(role);
    }
    let (word, of) = word.split_once('!').unwrap_or((word, &word[..1]));
    match word.contains('/') {
        true => Denied::Practitioner(PractitionerAt {
            practitioner: practitioner(word),
            member: member(of),
        }),
        false => Denied::Member(member(word)),
    }
}

fn covered(w: &Words<'_>) -> Covered {
    match (w.get("indexes", "-"), w.get("records", "-")) {
        ("-", "-") => Covered::All(Unit),
        (indexes, "-") => Covered::Indexes(List::new(sorted(split(indexes).map(index))).unwrap()),
        _ => Covered::Records(records(w)),
    }
}

/// Records of `records=a/r1,b/r2`, sorted; what stands twice still does.
pub fn records(w: &Words<'_>) -> Records {
    List::new(sorted(split(w.get("records", "")).map(record))).unwrap()
}

fn purposes(words: &str) -> Purposes {
    let words = split(words);
    List::new(words.map(|word| Purpose::parse(word).unwrap()).collect()).unwrap()
}

/// `a/dr`, `staff:ann`, `icu:nurse`.
fn seat(word: &str) -> Seat {
    match word.split_once(':') {
        Some(("staff", name)) => Seat::Staff(local(name)),
        Some((ward, role)) => Seat::Ward(WardRole {
            ward: local(ward),
            role: Role::parse(role).unwrap(),
        }),
        None => Seat::Practitioner(practitioner(word)),
    }
}

/// Sorted; what stands twice still does.
fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort();
    items
}

/// `a/v:ann:nurse:icu`: staff without a card at a visit.
pub fn care(word: &str) -> Care {
    let mut parts = word.split(':');
    let mut next = || parts.next().unwrap();
    let visit: EncounterId = encounter(next());
    let staff: LocalId = local(next());
    let role = Role::parse(next()).unwrap();
    Care {
        encounter: visit,
        staff,
        role,
        ward: local(next()),
    }
}
