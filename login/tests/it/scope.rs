//! Scopes of both versions of SMART, as a table.
use amanat_login::{Interaction, Scope, Scopes};

#[test]
fn scopes_are_read_strictly() {
    let table = [
        ("system/*.read", Some("system/*.rs")),
        ("system/*.write", Some("system/*.cud")),
        ("system/*.*", Some("system/*.cruds")),
        ("system/Patient.read", Some("system/Patient.rs")),
        ("system/Patient.cruds", Some("system/Patient.cruds")),
        ("system/Patient.rs", Some("system/Patient.rs")),
        ("system/Patient.s", Some("system/Patient.s")),
        ("system/Patient.sr", None),
        ("system/Patient.rr", None),
        ("system/Patient.", None),
        ("system/Patient.x", None),
        ("system/Patient", None),
        ("system/.read", None),
        ("system/patient.read", None),
        ("system/Pat ient.read", None),
        ("system/Patient.rs?category=lab", None),
        ("patient/*.read", None),
        ("user/*.read", None),
        ("openid", None),
        ("", None),
    ];
    for (text, expected) in table {
        let scope = Scope::parse(text).map(|scope| scope.to_string());
        assert_eq!(scope.as_deref(), expected, "{text}");
    }
}

#[test]
fn rights_by_type_and_interaction() {
    let scopes =
        Scopes::parse("system/Patient.r system/Observation.cs system/Patient.u").expect("scopes");
    let mut matrix = String::new();
    for kind in [
        Some("Patient"),
        Some("Observation"),
        Some("Encounter"),
        None,
    ] {
        let rights = Interaction::ALL.map(|one| if scopes.allow(one, kind) { 'x' } else { '-' });
        matrix.push_str(&format!(
            "{} {}\n",
            kind.unwrap_or("*"),
            rights.iter().collect::<String>()
        ));
    }
    assert_eq!(
        matrix,
        "Patient -xx--\nObservation x---x\nEncounter -----\n* -----\n"
    );
}

#[test]
fn covering_adds_up_over_scopes_but_not_over_types() {
    let own = Scopes::parse("system/*.read system/Patient.c").expect("scopes");
    for (text, covered) in [
        ("system/Patient.crs", true),
        ("system/Observation.rs", true),
        ("system/Observation.c", false),
        ("system/*.c", false),
        ("system/*.rs", true),
    ] {
        assert_eq!(
            own.cover(&Scopes::parse(text).expect("scopes")),
            covered,
            "{text}"
        );
    }
}

#[test]
fn their_number_is_bounded() {
    assert!(Scopes::parse(&vec!["system/*.rs"; 64].join(" ")).is_ok());
    assert!(Scopes::parse(&vec!["system/*.rs"; 65].join(" ")).is_err());
}
