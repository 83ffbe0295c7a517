//! Consents: what is read and written back, and what is refused, each refusal with a twin that is read.
mod places;
mod reads;
mod refuses;
mod returns;

use amanat_fhir::consent::{
    Actor, Class, Coding, Consent, Deny, Identifier, On, Period, Permit, Policy, Provision, Status,
    read, write,
};
use amanat_fhir::{Category, Rule, canonical};
use amanat_types::call::{Heights, RoleAt, RoleAtKind, RoleAtKindWithin};
use amanat_types::code::{GrantAccess, MemberKind, Role};
use amanat_types::{
    BlindIndex, Height, Jurisdiction, MemberId, PractitionerId, Purpose, RecordId, TimestampMs,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{checked, written};

pub const CATEGORY: &str = "urn:amanat:category";
pub const REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
pub const ACTION: &str = "http://terminology.hl7.org/CodeSystem/consentaction";
pub const TYPES: &str = "http://hl7.org/fhir/resource-types";
pub const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";

pub fn code(system: &str, code: &str) -> Value {
    json!({ "system": system, "code": code })
}

pub fn concept(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

pub fn member(number: u16) -> Value {
    named("PRCP", "member", &number.to_string())
}

/// An actor: a participation or a role, at what is named on the ledger.
pub fn named(role: &str, system: &str, value: &str) -> Value {
    let role_system = match role {
        "PRCP" | "CST" => PARTICIPATION,
        _ => "urn:amanat:role",
    };
    json!({
        "role": concept(role_system, role),
        "reference": { "identifier": code_value(&format!("urn:amanat:ledger:{system}"), value) },
    })
}

pub fn code_value(system: &str, value: &str) -> Value {
    json!({ "system": system, "value": value })
}

pub fn permit() -> Value {
    json!({
        "type": "permit",
        "actor": [member(2)],
        "action": [concept(ACTION, "access")],
        "purpose": [code(REASON, "TREAT")],
        "class": [code(CATEGORY, "laboratory")],
    })
}

pub fn deny() -> Value {
    json!({ "type": "deny", "actor": [member(3)], "class": [code(CATEGORY, "psychiatry")] })
}

pub fn consent(provisions: &[Value]) -> Value {
    json!({
        "resourceType": "Consent",
        "status": "active",
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [concept("http://loinc.org", "59284-0")],
        "patient": { "reference": "Patient/p1" },
        "policyRule": concept("urn:amanat:consent-policy", "network"),
        "provision": {
            "period": { "end": "2027-01-31T18:59:59Z" },
            "provision": provisions,
        },
    })
}

/// A Consent with one element at a place changed; null takes it out.
pub fn with(mut consent: Value, place: &str, value: Value) -> Value {
    let (parent, name) = place.rsplit_once('/').expect("a place");
    let parent = match parent {
        "" => &mut consent,
        parent => consent.pointer_mut(parent).expect("the place is there"),
    };
    let parent = parent.as_object_mut().expect("an object");
    match value {
        Value::Null => drop(parent.remove(name)),
        value => drop(parent.insert(name.to_owned(), value)),
    }
    consent
}

/// Reads what must be sound, and sees that it comes back.
pub fn sound(value: &Value) -> Consent {
    let read_once = read(&checked(&value.to_string()));
    let once = read_once.unwrap_or_else(|flaw| panic!("{flaw}: {value}"));
    let back = checked(&written(&write(&once)));
    assert_eq!(read(&back).as_ref(), Ok(&once), "{value}");
    once
}

pub fn first(value: &Value) -> Provision {
    sound(value).provisions.swap_remove(0)
}

pub fn refused(value: &Value) -> (String, Rule) {
    match read(&checked(&value.to_string())) {
        Ok(_) => panic!("read: {value}"),
        Err(flaw) => (flaw.at().to_owned(), flaw.rule()),
    }
}

pub fn ms(text: &str) -> Option<TimestampMs> {
    amanat_fhir::instant_ms(text).map(TimestampMs::new)
}
