//! Categories: the list, the page about it, and the rule.

use std::collections::BTreeMap;

use amanat_fhir::{Category, ResourceType};

use super::checked;

const PAGE: &str = include_str!("../../../docs/categories.md");

#[test]
fn the_page_and_the_code_agree() {
    let yes = |flag| if flag { "yes" } else { "-" }.to_owned();
    let mut types: BTreeMap<Category, Vec<&str>> = BTreeMap::new();
    for kind in ResourceType::all() {
        types.entry(kind.category()).or_default().push(kind.name());
    }
    let code: Vec<Vec<String>> = Category::ALL
        .into_iter()
        .map(|category| {
            let listed = types
                .get(&category)
                .map_or("-".to_owned(), |names| names.join(" "));
            let number = category.number().to_string();
            vec![
                number,
                category.name().to_owned(),
                yes(category.is_emergency()),
                yes(category.is_sensitive()),
                listed,
            ]
        })
        .collect();
    let page: Vec<Vec<String>> = PAGE
        .lines()
        .filter(|line| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit())
        .map(|line| {
            let cells: Vec<String> = line
                .trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect();
            [0, 1, 3, 4, 5].map(|cell| cells[cell].clone()).to_vec()
        })
        .collect();
    assert_eq!(page, code);
}

#[test]
fn numbers_and_names_are_stable_and_lead_back() {
    for category in Category::ALL {
        assert_eq!(Category::from_number(category.number()), Some(category));
        assert_eq!(Category::from_name(category.name()), Some(category));
    }
    assert_eq!(Category::from_number(0), None);
    assert_eq!(Category::from_number(22), None);
    assert_eq!(Category::from_name("Demographics"), None);
    assert!(
        Category::ALL
            .windows(2)
            .all(|pair| pair[0].number() < pair[1].number())
    );
    assert!(
        Category::ALL
            .into_iter()
            .all(|category| category.is_patient() == (category != Category::Directory))
    );
}

fn of(text: &str) -> Category {
    Category::of(&checked(text))
}

fn coded(kind: &str, system: &str, code: &str) -> Category {
    of(&format!(
        r#"{{"resourceType":"{kind}","code":{{"coding":[{{"system":"{system}","code":"{code}"}}]}}}}"#
    ))
}

#[test]
fn by_type_and_category() {
    let categorised = |kind: &str, code: &str| {
        of(&format!(
            r#"{{"resourceType":"{kind}","category":[{{"coding":[{{"code":"unknown"}},{{"code":"{code}"}}]}}]}}"#
        ))
    };
    let table = [
        ("Observation", "laboratory", Category::Laboratory),
        ("Observation", "vital-signs", Category::VitalSigns),
        ("Observation", "survey", Category::SocialHistory),
        ("Observation", "imaging", Category::Imaging),
        ("Observation", "procedure", Category::Procedure),
        ("Observation", "nothing", Category::Other),
        ("DiagnosticReport", "LAB", Category::Laboratory),
        ("DiagnosticReport", "RAD", Category::Imaging),
        ("DiagnosticReport", "GE", Category::Genetics),
        ("DiagnosticReport", "nothing", Category::Document),
        ("Condition", "laboratory", Category::Condition),
    ];
    for (kind, code, want) in table {
        assert_eq!(categorised(kind, code), want, "{kind} {code}");
    }
    // `category` of an odd shape is no category.
    assert_eq!(
        of(r#"{"resourceType":"Observation","category":{"coding":[{"code":"laboratory"}]}}"#),
        Category::Other
    );
    assert_eq!(of(r#"{"resourceType":"Claim"}"#), Category::Billing);
}

#[test]
fn sensitive_codes_override() {
    use Category::{Condition, Genetics, Psychiatry, SexualHealth, SubstanceUse, Violence};
    let icd = "http://hl7.org/fhir/sid/icd-10-cm";
    let table = [
        (icd, "F10.2", SubstanceUse),
        (icd, "F19", SubstanceUse),
        (icd, "f32.1", Psychiatry),
        (icd, "F09", Psychiatry),
        (icd, "F20", Psychiatry),
        (icd, "B20", SexualHealth),
        (icd, "B24", SexualHealth),
        (icd, "B25", Condition),
        (icd, "B19", Condition),
        (icd, "Z21", SexualHealth),
        (icd, "O80", SexualHealth),
        (icd, "O9A.1", Condition),
        (icd, "T74.1", Violence),
        (icd, "T75", Condition),
        (icd, "T76", Violence),
        (icd, "Z04.4", Violence),
        (icd, "Z04.1", Condition),
        (icd, "Q90.9", Genetics),
        (icd, "I10", Condition),
        (icd, "F", Condition),
        (icd, "é10", Condition),
        ("http://hl7.org/fhir/sid/icd-10", "B21", SexualHealth),
        ("urn:oid:2.16.840.1.113883.6.90", "B21", SexualHealth),
        ("http://hl7.org/fhir/sid/icd-9-cm", "B21", Condition),
        ("http://snomed.info/sct", "86406008", SexualHealth),
        ("http://snomed.info/sct", "55680006", SubstanceUse),
        ("http://snomed.info/sct", "5602001", SubstanceUse),
        ("http://snomed.info/sct", "7200002", SubstanceUse),
        ("http://snomed.info/sct", "706893006", Violence),
        ("http://snomed.info/sct", "72892002", SexualHealth),
        ("http://snomed.info/sct", "44054006", Condition),
        ("http://loinc.org", "44261-6", Psychiatry),
        ("http://loinc.org", "69737-5", Psychiatry),
        ("http://loinc.org", "70274-6", Psychiatry),
        ("http://www.whocc.no/atc", "J05AR02", SexualHealth),
        ("http://www.whocc.no/atc", "N07BC01", SubstanceUse),
        ("http://www.whocc.no/atc", "A10BA02", Condition),
        ("http://example.org", "86406008", Condition),
    ];
    for (system, code, want) in table {
        assert_eq!(coded("Condition", system, code), want, "{system} {code}");
    }
    // Wherever the code stands, billing included; but never in the directory, and not for who a patient is.
    let hiv = r#"{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}]}"#;
    assert_eq!(
        of(&format!(
            r#"{{"resourceType":"Claim","item":[{{"productOrService":{hiv}}}]}}"#
        )),
        SexualHealth
    );
    assert_eq!(
        of(&format!(
            r#"{{"resourceType":"Basic","contained":[{{"resourceType":"Condition","id":"c","code":{hiv}}}]}}"#
        )),
        SexualHealth
    );
    assert_eq!(
        of(&format!(
            r#"{{"resourceType":"PractitionerRole","specialty":[{hiv}]}}"#
        )),
        Category::Directory
    );
    assert_eq!(
        of(&format!(
            r#"{{"resourceType":"Patient","maritalStatus":{hiv}}}"#
        )),
        Category::Demographics
    );
}

#[test]
fn sensitive_labels_override_and_have_an_order() {
    let labelled = |kind: &str, codes: &[&str]| {
        let labels: Vec<String> = codes
            .iter()
            .map(|code| format!(r#"{{"code":"{code}"}}"#))
            .collect();
        of(&format!(
            r#"{{"resourceType":"{kind}","meta":{{"security":[{}]}}}}"#,
            labels.join(",")
        ))
    };
    let table = [
        ("PSY", Category::Psychiatry),
        ("BH", Category::Psychiatry),
        ("HIV", Category::SexualHealth),
        ("STD", Category::SexualHealth),
        ("SEX", Category::SexualHealth),
        ("ETH", Category::SubstanceUse),
        ("SUD", Category::SubstanceUse),
        ("SDV", Category::Violence),
        ("GDIS", Category::Genetics),
        ("N", Category::Condition),
        ("psy", Category::Condition),
    ];
    for (code, want) in table {
        assert_eq!(labelled("Condition", &[code]), want, "{code}");
    }
    assert_eq!(
        labelled("Condition", &["GDIS", "PSY", "SUD", "HIV", "SDV"]),
        Category::Violence
    );
    assert_eq!(
        labelled("Condition", &["GDIS", "PSY", "SUD", "HIV"]),
        Category::SexualHealth
    );
    assert_eq!(
        labelled("Condition", &["GDIS", "PSY", "SUD"]),
        Category::SubstanceUse
    );
    assert_eq!(
        labelled("Condition", &["GDIS", "PSY"]),
        Category::Psychiatry
    );
    assert_eq!(labelled("Patient", &["HIV"]), Category::SexualHealth);
    assert_eq!(labelled("Organization", &["HIV"]), Category::Directory);
}
