//! Permits and restrictions: whom they name, and on what.
use amanat_types::call::{
    Call, Covered, Denied, PermitGrantee, PractitionerAt, RoleAt, RoleAtKind, RoleAtKindWithin,
    Unit,
};
use amanat_types::code::{GrantAccess, MemberKind};
use amanat_types::{
    BlindIndex, Height, Jurisdiction, MemberId, PractitionerId, Purpose, RecordId, Role,
};
use serde_json::{Value, json};

use super::{call, number, prepare, prepared, truth, until, word};
use crate::desk::Desk;

fn place(code: &str) -> Jurisdiction {
    Jurisdiction::parse(code).expect("a code")
}

#[tokio::test]
async fn a_permit_says_to_whom_and_on_what() {
    let desk = Desk::start().await;
    let record = RecordId::new([0x66; 16]);
    let detail = |grantee: &[Value]| {
        let mut all = call(
            "permit",
            &[
                word("id", "permit-1"),
                word("access", "read"),
                word("purpose", "TREAT"),
                word("record", record.to_string()),
                word("deposited-first", "7"),
                word("deposited-last", "18446744073709551615"),
                until(),
            ],
        );
        all.extend_from_slice(grantee);
        all
    };
    let practitioner = PractitionerId::new([0x44; 16]);
    let hospital = MemberId::new(2);
    let cases = [
        (
            vec![number("grantee-member", 2)],
            PermitGrantee::Member(hospital),
        ),
        (
            vec![word("grantee-practitioner", practitioner.to_string())],
            PermitGrantee::Practitioner(practitioner),
        ),
        (
            vec![number("grantee-member", 2), word("grantee-role", "nurse")],
            PermitGrantee::RoleAt(RoleAt {
                role: Role::Nurse,
                member: hospital,
            }),
        ),
        (
            vec![
                word("grantee-role", "pharmacist"),
                word("grantee-kind", "pharmacy"),
            ],
            PermitGrantee::RoleAtKind(RoleAtKind {
                role: Role::Pharmacist,
                kind: MemberKind::Pharmacy,
            }),
        ),
        (
            vec![
                word("grantee-role", "nurse"),
                word("grantee-kind", "hospital"),
                word("grantee-within", "PK-SD"),
            ],
            PermitGrantee::RoleAtKindWithin(RoleAtKindWithin {
                role: Role::Nurse,
                kind: MemberKind::Hospital,
                within: place("PK-SD"),
            }),
        ),
    ];
    for (grantee, expected) in cases {
        let Call::Permit(permit) = prepared(&desk, &detail(&grantee)).await else {
            panic!("a permit");
        };
        assert_eq!(permit.grantee, expected);
        assert_eq!(permit.access, GrantAccess::Read);
        assert_eq!(permit.purposes.to_vec(), [Purpose::Treat]);
        assert_eq!(permit.records.to_vec(), [record]);
        let heights = permit.deposited.expect("heights");
        assert_eq!(
            (heights.first, heights.last),
            (Height::new(7), Height::new(u64::MAX))
        );
    }
    for wrong in [
        vec![],
        vec![word("grantee-role", "nurse")],
        vec![
            number("grantee-member", 2),
            word("grantee-kind", "pharmacy"),
        ],
        vec![
            number("grantee-member", 2),
            word("grantee-practitioner", practitioner.to_string()),
        ],
        vec![number("grantee-member", 2), word("grantee-within", "PK")],
        vec![word("grantee-role", "nurse"), word("grantee-within", "PK")],
        vec![word("grantee-within", "PK")],
    ] {
        let answer = prepare(&desk, &detail(&wrong)).await;
        assert_eq!(answer.status, 422, "{wrong:?}");
        assert_eq!(answer.expression(), "Parameters.parameter", "{wrong:?}");
    }
    let mut open = detail(&[number("grantee-member", 2)]);
    open.retain(|one| one["name"] != "deposited-last");
    let answer = prepare(&desk, &open).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.expression(), "Parameters.parameter[7]");
    let mut paper = detail(&[number("grantee-member", 2)]);
    paper.push(json!({ "name": "form", "valueBase64Binary": "Zm9ybQ==" }));
    let answer = prepare(&desk, &paper).await;
    assert_eq!(answer.status, 422, "paper has two witnesses");
}

#[tokio::test]
async fn a_restriction_says_whom_and_what() {
    let desk = Desk::start().await;
    let denies = |rest: &[Value]| {
        let mut all = call(
            "restrict",
            &[word("id", "r-1"), word("access", "read-write"), until()],
        );
        all.extend_from_slice(rest);
        all
    };
    let practitioner = PractitionerId::new([0x44; 16]);
    let member = MemberId::new(2);
    let cases = [
        (vec![truth("denied-everyone", true)], Denied::Everyone(Unit)),
        (vec![number("denied-member", 2)], Denied::Member(member)),
        (
            vec![
                number("denied-member", 2),
                word("denied-practitioner", practitioner.to_string()),
            ],
            Denied::Practitioner(PractitionerAt {
                practitioner,
                member,
            }),
        ),
        (
            vec![word("denied-role", "nurse")],
            Denied::Role(Role::Nurse),
        ),
        (
            vec![number("denied-member", 2), word("denied-role", "nurse")],
            Denied::RoleAt(RoleAt {
                role: Role::Nurse,
                member,
            }),
        ),
        (
            vec![word("denied-outside", "PK")],
            Denied::Outside(place("PK")),
        ),
        (
            vec![word("denied-within", "GB-ENG")],
            Denied::Within(place("GB-ENG")),
        ),
    ];
    for (who, expected) in cases {
        let Call::Restrict(restrict) = prepared(&desk, &denies(&who)).await else {
            panic!("a restriction");
        };
        assert_eq!(restrict.restriction.who, expected);
        assert_eq!(restrict.restriction.access, GrantAccess::ReadWrite);
        assert_eq!(restrict.restriction.what, Covered::All(Unit));
    }
    let everyone = || truth("denied-everyone", true);
    let (index, record) = (BlindIndex::new([1; 16]), RecordId::new([2; 16]));
    let on = [everyone(), word("index", index.to_string())];
    let Call::Restrict(restrict) = prepared(&desk, &denies(&on)).await else {
        panic!("a restriction");
    };
    assert!(matches!(restrict.restriction.what, Covered::Indexes(all) if *all == [index]));
    let on = [everyone(), word("record", record.to_string())];
    let Call::Restrict(restrict) = prepared(&desk, &denies(&on)).await else {
        panic!("a restriction");
    };
    assert!(matches!(restrict.restriction.what, Covered::Records(all) if *all == [record]));
    for wrong in [
        vec![],
        vec![truth("denied-everyone", false)],
        vec![everyone(), number("denied-member", 2)],
        vec![everyone(), word("denied-outside", "PK")],
        vec![number("denied-member", 2), word("denied-within", "PK")],
        vec![word("denied-outside", "PK"), word("denied-within", "IN")],
        vec![word("denied-outside", "pk")],
        vec![word("denied-outside", "PAK")],
        vec![word("denied-within", "PK-SINDH")],
        vec![number("denied-outside", 92)],
        vec![word("denied-practitioner", practitioner.to_string())],
        vec![
            everyone(),
            word("index", index.to_string()),
            word("record", record.to_string()),
        ],
    ] {
        assert_eq!(
            prepare(&desk, &denies(&wrong)).await.status,
            422,
            "{wrong:?}"
        );
    }
}
