//! `AuditEvent`: the face of the ledger's access log, in the manner of IHE's Basic Audit Log Patterns (BALP).
//!
//! Built when it is asked for, from what the ledger says; it names a patient, so it is treated like any other record of that patient.

use serde_json::{Map, Value, json};

use crate::instant::instant;
use crate::resource::Resource;

/// One line of the access log, in plain words.
#[derive(Clone, Copy, Debug)]
pub struct Audit<'a> {
    /// The id of the AuditEvent.
    pub id: &'a str,
    /// When it happened: block time, in milliseconds since 1970.
    pub recorded_ms: u64,
    /// What was done.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// What it was, in words: `access requested`, `ticket refused` ...
    pub description: &'a str,
    /// Who did it.
    pub agent: Agent<'a>,
    /// Why: a code of HL7 v3 ActReason (`TREAT`, `ETREAT`, `PATRQT` ...), if one was named.
    pub purpose: Option<&'a str>,
    /// Whose record: the id of the Patient.
    pub patient: Option<&'a str>,
    /// The ledger's ids that prove it.
    pub entities: &'a [Entity<'a>],
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Created.
    Create,
    /// Read.
    Read,
    /// Changed.
    Update,
    /// Deleted.
    Delete,
    /// Done: a request, a refusal, a consent.
    Execute,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused.
    Refused,
    /// Something broke.
    Fault,
}

/// Who did it.
#[derive(Clone, Copy, Debug)]
pub struct Agent<'a> {
    /// The member's or practitioner's id on the ledger.
    pub id: &'a str,
    /// A name to show.
    pub display: &'a str,
}

/// A thing of the ledger that was involved.
#[derive(Clone, Copy, Debug)]
pub struct Entity<'a> {
    /// Of which kind.
    pub kind: EntityKind,
    /// Its id.
    pub id: &'a str,
}

/// The kinds of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityKind {
    /// A ticket.
    Ticket,
    /// A record.
    Record,
    /// A transaction.
    Transaction,
}

/// Where ids of the ledger are from.
pub(crate) const SYSTEM: &str = "urn:amanat:ledger";

/// Builds the AuditEvent.
pub fn audit_event(audit: &Audit<'_>) -> Resource {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| drop(map.insert(name.to_owned(), value));
    put("resourceType", "AuditEvent".into());
    put("id", audit.id.into());
    put(
        "type",
        coding(
            "http://terminology.hl7.org/CodeSystem/audit-event-type",
            "rest",
            "RESTful Operation",
        ),
    );
    put("action", audit.action.code().into());
    put("recorded", instant(audit.recorded_ms).into());
    put("outcome", audit.outcome.code().into());
    if !audit.description.is_empty() {
        put("outcomeDesc", audit.description.into());
    }
    if let Some(purpose) = audit.purpose {
        put(
            "purposeOfEvent",
            json!([{ "coding": [act_reason(purpose)] }]),
        );
    }
    put("agent", json!([agent(audit)]));
    put(
        "source",
        json!({ "observer": { "identifier": { "system": SYSTEM, "value": "ledger" }, "display": "Amanat ledger" } }),
    );
    let entities: Vec<Value> = audit
        .patient
        .map(patient)
        .into_iter()
        .chain(audit.entities.iter().map(entity))
        .collect();
    if !entities.is_empty() {
        put("entity", entities.into());
    }
    Resource::new(map)
}

fn agent(audit: &Audit<'_>) -> Value {
    let Agent { id, display } = audit.agent;
    let mut who = Map::new();
    who.insert(
        "identifier".to_owned(),
        json!({ "system": SYSTEM, "value": id }),
    );
    if !display.is_empty() {
        who.insert("display".to_owned(), display.into());
    }
    json!({
        "type": { "coding": [coding("http://dicom.nema.org/resources/ontology/DCM", "110153", "Source Role ID")] },
        "who": who,
        "requestor": true,
    })
}

fn patient(id: &str) -> Value {
    json!({
        "what": { "reference": format!("Patient/{id}") },
        "type": coding("http://terminology.hl7.org/CodeSystem/audit-entity-type", "1", "Person"),
        "role": coding("http://terminology.hl7.org/CodeSystem/object-role", "1", "Patient"),
    })
}

fn entity(entity: &Entity<'_>) -> Value {
    let (role, display) = entity.kind.role();
    json!({
        "what": { "identifier": { "system": format!("{SYSTEM}:{}", entity.kind.name()), "value": entity.id } },
        "type": coding("http://terminology.hl7.org/CodeSystem/audit-entity-type", "2", "System Object"),
        "role": coding("http://terminology.hl7.org/CodeSystem/object-role", role, display),
        "name": entity.kind.name(),
    })
}

fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({ "system": system, "code": code, "display": display })
}

fn act_reason(code: &str) -> Value {
    json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": code })
}

impl Action {
    const fn code(self) -> &'static str {
        match self {
            Self::Create => "C",
            Self::Read => "R",
            Self::Update => "U",
            Self::Delete => "D",
            Self::Execute => "E",
        }
    }
}

impl Outcome {
    /// R4 knows success (0) and minor (4), serious (8) and major (12) failure.
    const fn code(self) -> &'static str {
        match self {
            Self::Success => "0",
            Self::Refused => "4",
            Self::Fault => "8",
        }
    }
}

impl EntityKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Record => "record",
            Self::Transaction => "transaction",
        }
    }

    const fn role(self) -> (&'static str, &'static str) {
        match self {
            Self::Ticket => ("13", "Security Resource"),
            Self::Record => ("4", "Domain Resource"),
            Self::Transaction => ("21", "Job Stream"),
        }
    }
}
