//! `CapabilityStatement`: what this server says that it can do. It must not say more than is true.

use serde_json::{Map, Value, json};

use crate::resource::Resource;
use crate::resource_type::ResourceType;

/// What defines `$everything` of a Patient.
const EVERYTHING: &str = "http://hl7.org/fhir/OperationDefinition/Patient-everything";

/// What a server is and does.
#[derive(Clone, Copy, Debug)]
pub struct Capability<'a> {
    /// The FHIR base URL, without a slash at its end.
    pub base_url: &'a str,
    /// Where SMART Backend Services clients get tokens.
    pub token_url: &'a str,
    /// The software's version.
    pub version: &'a str,
    /// When the software was made: a date, or an instant.
    pub date: &'a str,
    /// What each resource type takes.
    pub interactions: &'a [Interaction],
    /// What the server as a whole takes.
    pub system_interactions: &'a [SystemInteraction],
    /// Which search parameters each resource type takes.
    pub search_parameters: &'a [SearchParameter],
    /// Whether a Patient has `$everything`.
    pub everything: bool,
    /// Whether a Patient has `$archive`: what defines it.
    pub archive: Option<&'a str>,
    /// Whether what is found comes with its Provenance, by `_revinclude=Provenance:target`.
    pub provenance: bool,
}

/// An interaction with a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interaction {
    /// `POST Type`
    Create,
    /// `GET Type/id`
    Read,
    /// `GET Type/id/_history/version`
    VersionRead,
    /// `GET Type?...`
    Search,
}

/// An interaction with the whole server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemInteraction {
    /// `POST /` with a transaction Bundle.
    Transaction,
}

/// A search parameter that [`search`](crate::search) knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchParameter {
    /// `_id`, on all types.
    Id,
    /// `identifier`, on all types.
    Identifier,
    /// `patient`, on the types that are of a patient.
    Patient,
    /// `target`, on Provenance.
    Target,
}

/// Builds the statement: each of the 146 resource types with its interactions.
pub fn capability_statement(capability: &Capability<'_>) -> Resource {
    let mut rest = Map::new();
    rest.insert("mode".to_owned(), "server".into());
    rest.insert("security".to_owned(), security(capability.token_url));
    rest.insert(
        "resource".to_owned(),
        ResourceType::all()
            .map(|kind| resource(capability, kind))
            .collect(),
    );
    if !capability.system_interactions.is_empty() {
        let codes = capability
            .system_interactions
            .iter()
            .map(|one| json!({ "code": one.code() }));
        rest.insert("interaction".to_owned(), codes.collect());
    }
    Resource::built(json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": capability.date,
        "kind": "instance",
        "software": { "name": "Amanat", "version": capability.version },
        "implementation": { "description": "Amanat health-record exchange", "url": capability.base_url },
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [rest],
    }))
}

fn resource(capability: &Capability<'_>, kind: ResourceType) -> Value {
    let mut map = Map::new();
    map.insert("type".to_owned(), kind.name().into());
    let interactions = capability
        .interactions
        .iter()
        .map(|one| json!({ "code": one.code() }));
    let known = capability
        .search_parameters
        .iter()
        .filter(|one| one.applies(kind));
    let parameters = known.map(|one| json!({ "name": one.name(), "type": one.kind() }));
    let everything = capability.everything.then_some(("everything", EVERYTHING));
    let archive = capability.archive.map(|definition| ("archive", definition));
    let operations = everything
        .into_iter()
        .chain(archive)
        .filter(|_| kind.name() == "Patient")
        .map(|(name, definition)| json!({ "name": name, "definition": definition }));
    let with: Option<Value> = capability.provenance.then(|| "Provenance:target".into());
    // In the order of FHIR.
    let lists: [(&str, Vec<Value>); 4] = [
        ("interaction", interactions.collect()),
        ("searchRevInclude", with.into_iter().collect()),
        ("searchParam", parameters.collect()),
        ("operation", operations.collect()),
    ];
    for (name, items) in lists {
        // FHIR has no empty arrays.
        if !items.is_empty() {
            map.insert(name.to_owned(), items.into());
        }
    }
    Value::Object(map)
}

/// SMART App Launch: the service, and the extension that names the token endpoint.
fn security(token_url: &str) -> Value {
    json!({
        "extension": [{
            "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
            "extension": [{ "url": "token", "valueUri": token_url }],
        }],
        "service": [{
            "coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                "code": "SMART-on-FHIR",
            }],
            "text": "SMART Backend Services (private_key_jwt)",
        }],
    })
}

impl Interaction {
    const fn code(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::VersionRead => "vread",
            Self::Search => "search-type",
        }
    }
}

impl SystemInteraction {
    const fn code(self) -> &'static str {
        match self {
            Self::Transaction => "transaction",
        }
    }
}

impl SearchParameter {
    const fn name(self) -> &'static str {
        match self {
            Self::Id => "_id",
            Self::Identifier => "identifier",
            Self::Patient => "patient",
            Self::Target => "target",
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Id | Self::Identifier => "token",
            Self::Patient | Self::Target => "reference",
        }
    }

    fn applies(self, kind: ResourceType) -> bool {
        match self {
            Self::Id | Self::Identifier => true,
            Self::Patient => !kind.patient_elements().is_empty(),
            Self::Target => kind.name() == "Provenance",
        }
    }
}
