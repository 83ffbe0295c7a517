//! `Provenance`: what the ledger says of where a record is from, in the manner of [`audit`](crate::audit).
//!
//! Built when it is asked for. It tells nothing of a record's content, and names no patient; but that a record exists is the patient's, so it
//! is shown to whom its target is shown.
//!
//! What proves it stands among the entities (role `source`): the transaction, the height of its block, and where any member's node gives
//! its receipt. `signature` is not used: what members signed are transactions, and FHIR's signature is over the resource.

use serde_json::{Map, Value, json};

use crate::audit::SYSTEM;
use crate::instant::instant;
use crate::resource::Resource;

/// One step in the life of a record.
#[derive(Clone, Copy, Debug)]
pub struct Provenance<'a> {
    /// The id of the Provenance.
    pub id: &'a str,
    /// Of what: `Type/id`.
    pub target: &'a str,
    /// When it stood on the ledger: block time, in milliseconds since 1970.
    pub recorded_ms: u64,
    /// What was done.
    pub activity: Activity<'a>,
    /// The member that deposited this version, by its id on the ledger.
    pub author: &'a str,
    /// The member that is custodian from this step on.
    pub custodian: &'a str,
    /// The ledger's id of the record that this one superseded.
    pub supersedes: Option<&'a str>,
    /// The transaction that proves it.
    pub proof: Proof<'a>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity<'a> {
    /// It was deposited.
    Create,
    /// It was deposited in the place of another.
    Update,
    /// Another member became custodian of its key: the record itself is as it was. Who was custodian.
    TakeOver(&'a str),
}

/// What proves a step.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// The transaction's id.
    pub transaction: &'a str,
    /// The height of its block.
    pub height: u64,
}

impl Activity<'_> {
    /// Code and display of HL7 v3 DataOperation.
    const fn code(self) -> (&'static str, &'static str) {
        match self {
            Self::Create => ("CREATE", "create"),
            Self::Update => ("UPDATE", "revise"),
            Self::TakeOver(_) => ("OPERATE", "operate"),
        }
    }
}

/// Builds the Provenance.
pub fn provenance(one: &Provenance<'_>) -> Resource {
    let mut entities = Vec::new();
    if let Some(old) = one.supersedes {
        entities.push(entity("revision", "record", old));
    }
    let Proof {
        transaction,
        height,
    } = one.proof;
    entities.push(entity("source", "transaction", transaction));
    entities.push(entity("source", "height", &height.to_string()));
    let receipt = format!("/v1/receipts/{transaction}");
    entities.push(entity("source", "receipt", &receipt));
    Resource::built(json!({
        "resourceType": "Provenance",
        "id": one.id,
        "target": [{ "reference": one.target }],
        "recorded": instant(one.recorded_ms),
        "activity": activity(one.activity),
        "agent": [
            agent("author", "Author", one.author),
            agent("custodian", "Custodian", one.custodian),
        ],
        "entity": entities,
    }))
}

fn activity(activity: Activity<'_>) -> Value {
    let (code, display) = activity.code();
    let mut map = Map::new();
    let coding = json!({
        "system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation", "code": code, "display": display,
    });
    map.insert("coding".to_owned(), json!([coding]));
    if let Activity::TakeOver(from) = activity {
        let text = format!("custody of the record's key taken over from {from}");
        map.insert("text".to_owned(), text.into());
    }
    Value::Object(map)
}

fn agent(code: &str, display: &str, member: &str) -> Value {
    json!({
        "type": { "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code": code, "display": display,
        }] },
        "who": { "identifier": { "system": SYSTEM, "value": member }, "display": member },
    })
}

fn entity(role: &str, kind: &str, id: &str) -> Value {
    json!({
        "role": role,
        "what": { "identifier": { "system": format!("{SYSTEM}:{kind}"), "value": id } },
    })
}
