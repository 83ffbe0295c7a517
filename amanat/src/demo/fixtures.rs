//! The fixtures, built into the program, so that the demonstration needs no file. Source and licence: `fixtures/fhir/SOURCE.md`.

/// Name and text of each file.
pub const ALL: &[(&str, &str)] = &[
    (
        "adult-1.json",
        include_str!("../../../fixtures/fhir/adult-1.json"),
    ),
    (
        "adult-2.json",
        include_str!("../../../fixtures/fhir/adult-2.json"),
    ),
    (
        "adult-3.json",
        include_str!("../../../fixtures/fhir/adult-3.json"),
    ),
    (
        "adult-4.json",
        include_str!("../../../fixtures/fhir/adult-4.json"),
    ),
    (
        "child.json",
        include_str!("../../../fixtures/fhir/child.json"),
    ),
    (
        "dead.json",
        include_str!("../../../fixtures/fhir/dead.json"),
    ),
    (
        "hospitals.json",
        include_str!("../../../fixtures/fhir/hospitals.json"),
    ),
    (
        "practitioners.json",
        include_str!("../../../fixtures/fhir/practitioners.json"),
    ),
];
