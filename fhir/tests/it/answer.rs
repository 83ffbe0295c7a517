//! What the server says: each is sound FHIR by our own rules.

use amanat_fhir::audit::{Action, Agent, Audit, Entity, EntityKind, Outcome, audit_event};
use amanat_fhir::capability::{
    Capability, Interaction, SearchParameter, SystemInteraction, capability_statement,
};
use amanat_fhir::outcome::{Issue, IssueType, operation_outcome};
use amanat_fhir::provenance::{Activity, Proof, Provenance, provenance};
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
            SearchParameter::Target,
        ],
        everything: true,
        archive: Some("urn:amanat:operation:archive"),
        provenance: true,
    };
    let statement = check(capability_statement(&full)).expect("sound");
    let text = written(&statement);
    assert!(text.contains(r#"{"url":"token","valueUri":"http://127.0.0.1:8080/token"}"#));
    let rest = &statement.get("rest").unwrap()[0];
    assert_eq!(rest["resource"].as_array().unwrap().len(), 146);
    let of = |name: &str| {
        let all = rest["resource"].as_array().unwrap();
        all.iter().find(|one| one["type"] == name).unwrap().clone()
    };
    let finds = |name: &str, by: &str| {
        let parameters = of(name)["searchParam"].as_array().unwrap().clone();
        parameters.iter().any(|parameter| parameter["name"] == by)
    };
    assert!(finds("Observation", "patient") && !finds("Organization", "patient"));
    assert!(finds("Provenance", "target") && !finds("Observation", "target"));
    assert_eq!(of("Basic")["searchRevInclude"][0], "Provenance:target");
    let operations = of("Patient")["operation"].as_array().unwrap().clone();
    let names: Vec<_> = operations.iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["everything", "archive"]);
    assert!(of("Observation").get("operation").is_none());
    let bare = Capability {
        interactions: &[],
        system_interactions: &[],
        search_parameters: &[],
        everything: false,
        archive: None,
        provenance: false,
        ..full
    };
    let statement = check(capability_statement(&bare)).expect("sound");
    assert!(!written(&statement).contains("operation"));
    assert!(!written(&statement).contains("searchRevInclude"));
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

#[test]
fn provenances() {
    let taken = Provenance {
        id: "r-1",
        target: "Observation/r",
        recorded_ms: 1_795_167_120_007,
        activity: Activity::TakeOver("member-1"),
        author: "member-1",
        custodian: "member-2",
        supersedes: None,
        proof: Proof {
            transaction: "ab",
            height: 12,
        },
    };
    let agents = |custodian: &str| {
        let agent = |code: &str, display: &str, member: &str| {
            format!(
                r#"{{"type":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/provenance-participant-type","code":"{code}","display":"{display}"}}]}},"who":{{"identifier":{{"system":"urn:amanat:ledger","value":"{member}"}},"display":"{member}"}}}}"#
            )
        };
        format!(
            r#""agent":[{},{}]"#,
            agent("author", "Author", "member-1"),
            agent("custodian", "Custodian", custodian)
        )
    };
    let proof = concat!(
        r#"{"role":"source","what":{"identifier":{"system":"urn:amanat:ledger:transaction","value":"ab"}}},"#,
        r#"{"role":"source","what":{"identifier":{"system":"urn:amanat:ledger:height","value":"12"}}},"#,
        r#"{"role":"source","what":{"identifier":{"system":"urn:amanat:ledger:receipt","value":"/v1/receipts/ab"}}}]}"#
    );
    let activity = |code: &str, display: &str| {
        format!(
            r#""activity":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/v3-DataOperation","code":"{code}","display":"{display}"}}]"#
        )
    };
    let head = r#"{"resourceType":"Provenance","id":"r-1","target":[{"reference":"Observation/r"}],"recorded":"2026-11-20T09:32:00.007Z","#;
    let text = r#","text":"custody of the record's key taken over from member-1"}"#;
    let of = |one: Provenance<'_>| written(&check(provenance(&one)).expect("sound"));
    assert_eq!(
        of(taken),
        format!(
            r#"{head}{}{text},{},"entity":[{proof}"#,
            activity("OPERATE", "operate"),
            agents("member-2")
        )
    );
    let amended = Provenance {
        activity: Activity::Update,
        custodian: "member-1",
        supersedes: Some("cd"),
        ..taken
    };
    let old = r#"{"role":"revision","what":{"identifier":{"system":"urn:amanat:ledger:record","value":"cd"}}}"#;
    assert_eq!(
        of(amended),
        format!(
            r#"{head}{}}},{},"entity":[{old},{proof}"#,
            activity("UPDATE", "revise"),
            agents("member-1")
        )
    );
    let created = Provenance {
        activity: Activity::Create,
        supersedes: None,
        ..amended
    };
    assert_eq!(
        of(created),
        format!(
            r#"{head}{}}},{},"entity":[{proof}"#,
            activity("CREATE", "create"),
            agents("member-1")
        )
    );
}
