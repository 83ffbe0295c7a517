//! Reads a Consent.
use serde_json::{Map, Value};

use super::model::{
    Coding, Consent, Identifier, LABELS_MAX, PROVISIONS_MAX, Period, Policy, Provision, Status,
};
use super::node::{Node, concept, identifier, some};
use super::{SCOPE, actor, judge, provision};
use crate::check::Checked;
use crate::flaw::{Flaw, Rule, Trail};
use crate::primitive::{is_date, is_id, is_instant, is_uri};
use crate::reference::Reference;

const KNOWN: [&str; 15] = [
    "resourceType",
    "id",
    "meta",
    "language",
    "text",
    "identifier",
    "status",
    "scope",
    "category",
    "patient",
    "dateTime",
    "performer",
    "organization",
    "policyRule",
    "provision",
];
const REFUSED: [(&str, &str); 6] = [
    ("policy", "the base rule is named by policyRule"),
    (
        "sourceAttachment",
        "a form is handed in with a permit on paper; the ledger keeps a commitment to it",
    ),
    (
        "sourceReference",
        "a form is handed in with a permit on paper; the ledger keeps a commitment to it",
    ),
    (
        "verification",
        "who speaks for a patient shows it by signing the call",
    ),
    (
        "implicitRules",
        "rules outside of the resource are not read",
    ),
    (
        "contained",
        "actors and records are named by reference, not contained",
    ),
];
const CONDITION: &str =
    "the root provision is the base rule, which denies: conditions stand in provision.provision";
const REFUSED_IN_ROOT: [(&str, &str); 9] = [
    (
        "type",
        "the root provision has no type (R4: not permitted in root rule): permit and deny stand in provision.provision",
    ),
    ("actor", CONDITION),
    ("action", CONDITION),
    ("securityLabel", CONDITION),
    ("purpose", CONDITION),
    ("class", CONDITION),
    ("code", CONDITION),
    ("dataPeriod", provision::CLINICAL_DATES),
    ("data", CONDITION),
];

/// Reads a Consent of a patient's privacy, strictly: see the [module](super) for how.
///
/// Flaws, each with its place, in this order: another type; an element that is not supported; then of `id`, `identifier`, `status`,
/// `scope`, `category`, `patient`, `dateTime`, `performer`, `organization`, `policyRule`, `provision.period` and of each
/// provision what is missing, of another form, repeated, too many or not supported; a permit that a deny leaves nothing of.
pub fn read(resource: &Checked) -> Result<Consent, Flaw> {
    if resource.kind().name() != "Consent" {
        let rule = Rule::Expected("Consent");
        return Err(Flaw::new("Resource.resourceType", rule));
    }
    consent(resource.elements()).map_err(|trail| trail.finish("Consent"))
}

fn consent(map: &Map<String, Value>) -> Result<Consent, Trail> {
    let node = Node::of(map, &KNOWN, &REFUSED)?;
    let id = node.text("id")?.map(str::to_owned);
    let identifiers = node.each("identifier", LABELS_MAX, |map| {
        let (system, value) = identifier(map)?;
        let (system, value) = (system.to_owned(), value.to_owned());
        Ok(Identifier { system, value })
    })?;
    let status = Status::find(node.text_there("status")?);
    let status = status.ok_or_else(|| {
        let rule = "draft, proposed, active, rejected, inactive or entered-in-error";
        Trail::new(Rule::Expected(rule)).within("status")
    })?;
    node.one_there("scope", scope)?;
    let categories = some("category", node.each("category", LABELS_MAX, category)?)?;
    let patient = node.one_there("patient", patient)?;
    let date_time = node.text("dateTime")?;
    if date_time.is_some_and(|text| !is_date(text) && !is_instant(text)) {
        let rule = Rule::Expected("a date, or a time with a zone");
        return Err(Trail::new(rule).within("dateTime"));
    }
    let performers = node.each("performer", 1, |map| by_patient(map, &patient))?;
    let organization = node.each("organization", 1, actor::member)?;
    let policy = node.one_there("policyRule", policy)?;
    let (period, provisions) = node.one_there("provision", root)?;
    let consent = Consent {
        id,
        identifiers,
        status,
        categories,
        patient,
        date_time: date_time.map(str::to_owned),
        by_patient: !performers.is_empty(),
        organization: organization.into_iter().next(),
        policy,
        period,
        provisions,
    };
    let judged = judge::judge(&consent);
    judged.map_err(|trail| trail.within("provision").within("provision"))?;
    Ok(consent)
}

fn scope(map: &Map<String, Value>) -> Result<(), Trail> {
    match concept(map)? {
        (SCOPE, "patient-privacy") => Ok(()),
        _ => {
            let why = "only patient-privacy of http://terminology.hl7.org/CodeSystem/consentscope is supported";
            Err(Trail::new(Rule::Unsupported(why)))
        }
    }
}

fn category(map: &Map<String, Value>) -> Result<Coding, Trail> {
    let (system, code) = concept(map)?;
    if !is_uri(system) {
        let system = |trail: Trail| trail.within("system").item(0).within("coding");
        return Err(system(Trail::new(Rule::Expected("a URI"))));
    }
    let (system, code) = (system.to_owned(), code.to_owned());
    Ok(Coding { system, code })
}

fn patient(map: &Map<String, Value>) -> Result<String, Trail> {
    let node = Node::of(map, &["reference", "type", "display"], &[])?;
    match Reference::parse(node.text_there("reference")?) {
        Some(Reference::Local {
            kind,
            id,
            version: None,
        }) if kind.name() == "Patient" && is_id(id) => Ok(id.to_owned()),
        _ => Err(Trail::new(Rule::PatientMissing).within("reference")),
    }
}

fn by_patient(map: &Map<String, Value>, whose: &str) -> Result<(), Trail> {
    let by = patient(map).is_ok_and(|performer| performer == whose);
    let why = "only the patient itself is named: who speaks for it, the signature tells";
    by.then_some(())
        .ok_or_else(|| Trail::new(Rule::Unsupported(why)))
}

fn policy(map: &Map<String, Value>) -> Result<Policy, Trail> {
    let why = "only network of urn:amanat:consent-policy and OPTINR of HL7 v3 ActCode are supported: the network's rules, with exceptions";
    Policy::find(concept(map)?).ok_or_else(|| Trail::new(Rule::Unsupported(why)))
}

fn root(map: &Map<String, Value>) -> Result<(Period, Vec<Provision>), Trail> {
    let node = Node::of(map, &["period", "provision"], &REFUSED_IN_ROOT)?;
    let period = provision::period(node)?;
    let read = |map: &Map<String, Value>| provision::read(map, period);
    let provisions = node.each("provision", PROVISIONS_MAX, read)?;
    Ok((period, some("provision", provisions)?))
}
