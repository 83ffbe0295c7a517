//! What the server says: each is sound FHIR by our own rules.

use amanat_fhir::audit::{Action, Agent, Audit, Entity, EntityKind, Outcome, audit_event};
use amanat_fhir::capability::{
    Capability, Interaction, SearchParameter, SystemInteraction, capability_statement,
};
use amanat_fhir::outcome::{Issue, IssueType, operation_outcome};
use amanat_fhir::{Flaw, Rule, check, patient};

use super::{flaw, written};

#[test]
fn outcomes() {
    let flaw = flaw(r#"{"resourceType":"Patient","gender":"canary"}"#);
    assert_eq!(
        written(&operation_outcome(&[Issue::from(&flaw)])),
        r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"value","diagnostics":"Patient.gender: must be male, female, other or unknown","expression":["Patient.gender"]}]}"#
    );
    let empty = Flaw::new("", Rule::Required);
    for issues in [
        vec![],
        vec![Issue::from(&empty)],
        vec![Issue::error(IssueType::Forbidden, "").at("")],
    ] {
        check(operation_outcome(&issues)).expect("sound");
    }
}

#[test]
fn capabilities() {
    let full = Capability {
        base_url: "http://127.0.0.1:8080/fhir",
        token_url: "http://127.0.0.1:8080/token",
        version: "0.1.0",
        date: "2026-11-20",
        interactions: &[
            Interaction::Create,
            Interaction::Read,
            Interaction::VersionRead,
            Interaction::Search,
        ],
        system_interactions: &[SystemInteraction::Transaction],
        search_parameters: &[
            SearchParameter::Id,
            SearchParameter::Identifier,
            SearchParameter::Patient,
        ],
        everything: true,
    };
    let statement = check(capability_statement(&full)).expect("sound");
    let text = written(&statement);
    assert!(text.contains(r#"{"url":"token","valueUri":"http://127.0.0.1:8080/token"}"#));
    let rest = &statement.get("rest").unwrap()[0];
    assert_eq!(rest["resource"].as_array().unwrap().len(), 146);
    let patients = |name: &str| {
        let all = rest["resource"].as_array().unwrap();
        let one = all.iter().find(|one| one["type"] == name).unwrap();
        one["searchParam"]
            .as_array()
            .unwrap()
            .iter()
            .any(|parameter| parameter["name"] == "patient")
    };
    assert!(patients("Observation") && !patients("Organization"));
    let bare = Capability {
        interactions: &[],
        system_interactions: &[],
        search_parameters: &[],
        everything: false,
        ..full
    };
    check(capability_statement(&bare)).expect("sound");
}

#[test]
fn audit_events() {
    let audit = Audit {
        id: "a-1",
        recorded_ms: 1_795_167_120_007,
        action: Action::Read,
        outcome: Outcome::Refused,
        description: "access refused",
        agent: Agent {
            id: "m-2",
            display: "Hospital B",
        },
        purpose: Some("TREAT"),
        patient: Some("p-1"),
        entities: &[Entity {
            kind: EntityKind::Ticket,
            id: "t-9",
        }],
    };
    let event = check(audit_event(&audit)).expect("sound");
    assert_eq!(patient::of(&event), Ok(Some("p-1")));
    assert_eq!(
        written(&event),
        concat!(
            r#"{"resourceType":"AuditEvent","id":"a-1","type":{"system":"http://terminology.hl7.org/CodeSystem/audit-event-type","code":"rest","#,
            r#""display":"RESTful Operation"},"action":"R","recorded":"2026-11-20T09:32:00.007Z","outcome":"4","outcomeDesc":"access refused","#,
            r#""purposeOfEvent":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"TREAT"}]}],"#,
            r#""agent":[{"type":{"coding":[{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"110153","display":"Source Role ID"}]},"#,
            r#""who":{"identifier":{"system":"urn:amanat:ledger","value":"m-2"},"display":"Hospital B"},"requestor":true}],"#,
            r#""source":{"observer":{"identifier":{"system":"urn:amanat:ledger","value":"ledger"},"display":"Amanat ledger"}},"#,
            r#""entity":[{"what":{"reference":"Patient/p-1"},"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"1","#,
            r#""display":"Person"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"1","display":"Patient"}},"#,
            r#"{"what":{"identifier":{"system":"urn:amanat:ledger:ticket","value":"t-9"}},"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","#,
            r#""code":"2","display":"System Object"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"13","#,
            r#""display":"Security Resource"},"name":"ticket"}]}"#
        )
    );
    let bare = Audit {
        description: "",
        agent: Agent {
            id: "m-2",
            display: "",
        },
        purpose: None,
        patient: None,
        entities: &[],
        ..audit
    };
    check(audit_event(&bare)).expect("sound");
}
