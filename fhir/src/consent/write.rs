//! Writes a Consent.
use amanat_types::call::Heights;
use amanat_types::code::GrantAccess;
use amanat_types::{Purpose, RecordId, TimestampMs};
use serde_json::{Map, Value, json};

use super::model::{Actor, Class, Coding, Consent, Deny, On, Period, Permit, Provision};
use super::{ACT_REASON, ACTION, DEPOSITED, RECORD, SCOPE, actor, class};
use crate::Resource;
use crate::instant::instant;

/// Elements in the order in which they are put.
#[derive(Default)]
struct Elements(Map<String, Value>);

impl Elements {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn list(&mut self, name: &str, items: impl Iterator<Item = Value>) {
        let items: Vec<Value> = items.collect();
        if !items.is_empty() {
            self.put(name, items);
        }
    }
}

/// Writes the Consent that [`read`](super::read()) reads as the same.
pub fn write(consent: &Consent) -> Resource {
    let mut out = Elements::default();
    out.put("resourceType", "Consent");
    if let Some(id) = &consent.id {
        out.put("id", id.as_str());
    }
    let identifiers = consent.identifiers.iter();
    out.list(
        "identifier",
        identifiers.map(|one| json!({ "system": one.system, "value": one.value })),
    );
    out.put("status", consent.status.code());
    out.put("scope", concept(SCOPE, "patient-privacy"));
    let categories = consent.categories.iter();
    out.list(
        "category",
        categories.map(|Coding { system, code }| concept(system, code)),
    );
    let patient = json!({ "reference": format!("Patient/{}", consent.patient) });
    out.put("patient", patient.clone());
    if let Some(date_time) = &consent.date_time {
        out.put("dateTime", date_time.as_str());
    }
    out.list(
        "performer",
        consent.by_patient.then_some(patient).into_iter(),
    );
    out.list(
        "organization",
        consent.organization.map(actor::to_member).into_iter(),
    );
    let (system, code) = consent.policy.coding();
    out.put("policyRule", concept(system, code));
    let mut root = Elements::default();
    period(&mut root, consent.period);
    root.list("provision", consent.provisions.iter().map(provision));
    out.put("provision", root.0);
    Resource::new(out.0)
}

fn provision(provision: &Provision) -> Value {
    let mut out = Elements::default();
    match provision {
        Provision::Permit(one) => permit(&mut out, one),
        Provision::Deny(one) => deny(&mut out, one),
    }
    Value::Object(out.0)
}

fn permit(out: &mut Elements, permit: &Permit) {
    out.list("modifierExtension", permit.deposited.iter().map(deposited));
    out.put("type", "permit");
    period(out, permit.period);
    who(out, &permit.actors, permit.access, &permit.purposes);
    classes(out, &permit.classes);
    data(out, &permit.records);
}

fn deny(out: &mut Elements, deny: &Deny) {
    out.put("type", "deny");
    period(out, deny.period());
    who(out, &deny.actors, deny.access, &deny.purposes);
    match &deny.on {
        On::All => {}
        On::Classes(all) => classes(out, all),
        On::Records(records) => data(out, records),
    }
}

fn who(out: &mut Elements, actors: &[Actor], access: GrantAccess, purposes: &[Purpose]) {
    out.list("actor", actors.iter().map(actor::write));
    let reads = access.reads().then_some("access");
    let writes = access.writes().then_some("collect");
    let actions = reads.into_iter().chain(writes);
    out.list("action", actions.map(|code| concept(ACTION, code)));
    let purposes = purposes.iter();
    out.list(
        "purpose",
        purposes.map(|one| json!({ "system": ACT_REASON, "code": one.as_str() })),
    );
}

fn classes(out: &mut Elements, classes: &[Class]) {
    out.list("class", classes.iter().map(class::write));
}

fn data(out: &mut Elements, records: &[RecordId]) {
    let records = records.iter().map(|record| {
        let name = json!({ "system": RECORD, "value": record.to_string() });
        json!({ "meaning": "instance", "reference": { "identifier": name } })
    });
    out.list("data", records);
}

fn period(out: &mut Elements, period: Period) {
    let mut inner = Elements::default();
    if let Some(from) = period.from_ms {
        inner.put("start", instant(from.get()));
    }
    if let Some(until) = period.until_ms {
        // FHIR's end is inclusive.
        inner.put("end", instant(last(until)));
    }
    if !inner.0.is_empty() {
        out.put("period", inner.0);
    }
}

fn last(until: TimestampMs) -> u64 {
    until.get().saturating_sub(1)
}

fn deposited(heights: &Heights) -> Value {
    let end = |name, height: amanat_types::Height| json!({ "url": name, "valueString": height.get().to_string() });
    json!({ "url": DEPOSITED, "extension": [end("first", heights.first), end("last", heights.last)] })
}

fn concept(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}
