//! Bundles that are answered: what a transaction made, and what a search found.

use serde_json::{Map, Value, json};

use crate::matching::Agreement;
use crate::resource::Resource;

/// One resource that a transaction created.
#[derive(Clone, Copy, Debug)]
pub struct Created<'a> {
    /// `Type/id`.
    pub reference: &'a str,
    /// `meta.versionId`.
    pub version: &'a str,
    /// `meta.lastUpdated`, an instant.
    pub last_modified: &'a str,
}

/// The `transaction-response` to a transaction all of whose entries were created, in the transaction's order.
pub fn transaction_response<'a>(created: impl IntoIterator<Item = Created<'a>>) -> Resource {
    let entries = created.into_iter().map(|one| {
        json!({ "response": {
            "status": "201 Created",
            "location": format!("{}/_history/{}", one.reference, one.version),
            "etag": format!("W/\"{}\"", one.version),
            "lastModified": one.last_modified,
        } })
    });
    bundle("transaction-response", Vec::new(), entries.collect())
}

/// Where a page of a search stands.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The URL of this page.
    pub own_url: &'a str,
    /// The URL of the next page, if there is one.
    pub next_url: Option<&'a str>,
}

/// One entry of a search's answer.
#[derive(Clone, Debug)]
pub enum Found {
    /// What was searched for.
    Match {
        /// The absolute URL of the resource.
        full_url: String,
        /// The resource.
        resource: Resource,
    },
    /// What goes with a match: because it was asked for with it, or because it belongs to it.
    Include {
        /// The absolute URL of the resource.
        full_url: String,
        /// The resource.
        resource: Resource,
    },
    /// A Patient who may be the one who was looked for (FHIR R4, Patient-match).
    Graded {
        /// The absolute URL of the resource.
        full_url: String,
        /// The resource.
        resource: Resource,
        /// How sure.
        agreement: Agreement,
    },
    /// An OperationOutcome about the search as a whole.
    Notice(Resource),
}

/// How sure a match is.
const MATCH_GRADE: &str = "http://hl7.org/fhir/StructureDefinition/match-grade";

/// A page of a search. There is never a `total`: it would betray how much was withheld.
pub fn searchset(page: Page<'_>, found: impl IntoIterator<Item = Found>) -> Resource {
    let mut links = vec![json!({ "relation": "self", "url": page.own_url })];
    links.extend(
        page.next_url
            .map(|url| json!({ "relation": "next", "url": url })),
    );
    let entries = found.into_iter().map(|one| match one {
        Found::Match { full_url, resource } => {
            entry(full_url, resource, json!({ "mode": "match" }))
        }
        Found::Include { full_url, resource } => {
            entry(full_url, resource, json!({ "mode": "include" }))
        }
        Found::Graded {
            full_url,
            resource,
            agreement,
        } => {
            let extension = json!([{ "url": MATCH_GRADE, "valueCode": agreement.grade.code() }]);
            let (whole, rest) = (agreement.hundredths / 100, agreement.hundredths % 100);
            let score: Value =
                serde_json::from_str(&format!("{whole}.{rest:02}")).unwrap_or_default();
            let search = json!({ "extension": extension, "mode": "match", "score": score });
            entry(full_url, resource, search)
        }
        Found::Notice(outcome) => {
            json!({ "resource": outcome.into_value(), "search": { "mode": "outcome" } })
        }
    });
    bundle("searchset", links, entries.collect())
}

fn entry(full_url: String, resource: Resource, search: Value) -> Value {
    let mut entry = Map::new();
    entry.insert("fullUrl".to_owned(), full_url.into());
    entry.insert("resource".to_owned(), resource.into_value());
    entry.insert("search".to_owned(), search);
    Value::Object(entry)
}

fn bundle(kind: &str, links: Vec<Value>, entries: Vec<Value>) -> Resource {
    let mut map = Map::new();
    map.insert("resourceType".to_owned(), "Bundle".into());
    map.insert("type".to_owned(), kind.into());
    for (name, items) in [("link", links), ("entry", entries)] {
        // FHIR has no empty arrays.
        if !items.is_empty() {
            map.insert(name.to_owned(), Value::Array(items));
        }
    }
    Resource::new(map)
}
