//! One walk that exchanges references, in both directions: names of a Bundle to new `Type/id`, and back.
//!
//! As R4 says of transactions, what is exchanged is `Reference.reference`, elements of type uri, url, oid and uuid whose whole text
//! is a known name, and `href` and `src` in narratives. Plain text, identifiers' values and a nested Bundle's inside (which has
//! names of its own) stay as they are.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::narrative;
use crate::check::{Checked, is_reference};
use crate::flaw::{Rule, Trail};
use crate::reference::Reference;

/// What a resource was called in the Bundle that brought it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// `Bundle.entry.fullUrl`.
    pub full_url: Option<String>,
    /// `resource.id`.
    pub id: Option<String>,
}

/// From each new `Type/id` to what it was before.
pub type Origins = BTreeMap<String, Origin>;

/// Gives a resource back the id and the references with which it came: the inverse of [`transaction`](super::transaction).
///
/// A relative reference that the transaction resolved against an entry's `http` fullUrl comes back absolute.
pub fn restore(resource: &mut Checked, origins: &Origins) {
    let back = origins
        .iter()
        .filter_map(|(new, origin)| Some((new.clone(), origin.full_url.clone()?)))
        .collect();
    let rewrite = Rewrite {
        known: &back,
        base: None,
        strict: false,
    };
    // Not strict, so there is nothing that it could refuse.
    let _ = rewrite.resource(resource);
    let Some(origin) = resource
        .reference()
        .and_then(|reference| origins.get(&reference))
    else {
        return;
    };
    match &origin.id {
        Some(id) => drop(resource.set_id(id)),
        None => resource.clear_id(),
    }
}

/// Elements that hold a uri, url, oid or uuid somewhere in R4, sorted. Left out are five names that are nearly always something
/// else (`code`, `identifier`, `name`, `project`, `type`).
const URI_NAMES: [&str; 43] = [
    "address",
    "authority",
    "authorizationUrl",
    "contentReference",
    "defaultValueOid",
    "defaultValueUri",
    "defaultValueUrl",
    "defaultValueUuid",
    "definition",
    "definitionUri",
    "derivedFromUri",
    "detail",
    "endpoint",
    "event",
    "fixedOid",
    "fixedUri",
    "fixedUrl",
    "fixedUuid",
    "instantiates",
    "instantiatesUri",
    "issuer",
    "jurisdiction",
    "link",
    "location",
    "module",
    "onlineInformation",
    "patternOid",
    "patternUri",
    "patternUrl",
    "patternUuid",
    "policy",
    "protocol",
    "reference",
    "rendering",
    "source",
    "system",
    "target",
    "uri",
    "url",
    "valueOid",
    "valueUri",
    "valueUrl",
    "valueUuid",
];

pub(super) struct Rewrite<'a> {
    known: &'a BTreeMap<String, String>,
    /// The server that a relative reference of this resource means: `http://host/fhir/` of the entry's fullUrl.
    base: Option<&'a str>,
    /// Refuse references that lead nowhere.
    strict: bool,
}

impl<'a> Rewrite<'a> {
    pub(super) fn forward(known: &'a BTreeMap<String, String>, full_url: Option<&'a str>) -> Self {
        Self {
            known,
            base: full_url.and_then(base_of),
            strict: true,
        }
    }

    pub(super) fn resource(&self, resource: &mut Checked) -> Result<(), Trail> {
        if resource.kind().name() == "Bundle" {
            Ok(())
        } else {
            self.object(resource.elements_mut(), "")
        }
    }

    fn object(&self, map: &mut Map<String, Value>, parent: &str) -> Result<(), Trail> {
        let reference =
            map.get("reference").is_some_and(Value::is_string) && is_reference(map, parent);
        for (name, value) in map.iter_mut() {
            let done = match value {
                Value::String(text) if reference && name == "reference" => self.reference(text),
                _ => self.value(name, value),
            };
            done.map_err(|trail| trail.within(name))?;
        }
        Ok(())
    }

    fn value(&self, name: &str, value: &mut Value) -> Result<(), Trail> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
            Value::String(text) if name == "div" => {
                narrative::rewrite(text, |link| self.known.get(link).map(String::as_str))
            }
            Value::String(text) if is_uri_name(name) => {
                if let Some(new) = self.known.get(text.as_str()) {
                    text.clone_from(new);
                }
            }
            Value::String(_) => {}
            Value::Object(inner) => return self.object(inner, name),
            Value::Array(items) => {
                for (place, item) in items.iter_mut().enumerate() {
                    self.value(name, item).map_err(|trail| trail.item(place))?;
                }
            }
        }
        Ok(())
    }

    fn reference(&self, text: &mut String) -> Result<(), Trail> {
        if let Some(new) = self.known.get(text.as_str()) {
            text.clone_from(new);
            return Ok(());
        }
        match Reference::parse(text) {
            Some(Reference::Urn(urn)) if self.strict && urn.starts_with("urn:uuid:") => {
                return Err(Trail::new(Rule::ReferenceDangling));
            }
            Some(Reference::Conditional(_)) if self.strict => {
                return Err(Trail::new(Rule::ReferenceConditional));
            }
            Some(Reference::Local { version: None, .. }) => {
                let absolute = self.base.map(|base| format!("{base}{text}"));
                if let Some(new) = absolute.and_then(|url| self.known.get(&url)) {
                    text.clone_from(new);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn is_uri_name(name: &str) -> bool {
    URI_NAMES.binary_search(&name).is_ok()
}

/// `http://host/fhir/` of `http://host/fhir/Patient/1`.
fn base_of(url: &str) -> Option<&str> {
    let mut slashes = url.rmatch_indices('/').map(|(place, _)| place);
    let _id = slashes.next()?;
    let kind = slashes.next()?.checked_add(1)?;
    let (base, tail) = url.split_at_checked(kind)?;
    matches!(Reference::parse(tail), Some(Reference::Local { .. })).then_some(base)
}
