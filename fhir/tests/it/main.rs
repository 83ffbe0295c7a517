//! What the crate promises, tested from outside.

mod answer;
mod bundle;
mod canonical;
mod category;
mod check;
mod consent;
mod matching;
mod parse;
mod patient;
mod properties;
mod search;

use amanat_fhir::{Checked, Flaw, Limits, Resource};

/// Parses a resource that must be sound JSON.
fn parsed(text: &str) -> Resource {
    amanat_fhir::parse(text.as_bytes(), Limits::BUNDLE)
        .unwrap_or_else(|flaw| panic!("{flaw}: {text}"))
}

/// Parses and checks a resource that must be sound.
fn checked(text: &str) -> Checked {
    amanat_fhir::check(parsed(text)).unwrap_or_else(|flaw| panic!("{flaw}: {text}"))
}

/// The flaw that parsing, or else checking, finds.
fn flaw(text: &str) -> Flaw {
    match amanat_fhir::parse(text.as_bytes(), Limits::BUNDLE).and_then(amanat_fhir::check) {
        Ok(_) => panic!("sound: {text}"),
        Err(flaw) => flaw,
    }
}

/// The canonical bytes as text.
fn written(resource: &Resource) -> String {
    String::from_utf8(amanat_fhir::canonical(resource)).expect("UTF-8")
}
