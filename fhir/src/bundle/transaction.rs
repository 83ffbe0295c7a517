//! A transaction Bundle, taken apart into resources with new ids and references that lead to them: all of it, or a [`Flaw`].
//!
//! Judged in this order: the Bundle's type; entry by entry its request, resource and fullUrl; the ids that the caller assigns;
//! entry by entry the references. Only POST is supported; batch, PUT, PATCH, DELETE and everything conditional are refused.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::rewrite::{Origin, Origins, Rewrite};
use crate::check::Checked;
use crate::flaw::{Flaw, Rule, Trail};
use crate::parse::BUNDLE_ENTRIES_MAX;
use crate::primitive::is_uuid_urn;
use crate::reference::{Reference, has_scheme};
use crate::resource_type::ResourceType;

/// A transaction whose references are put right.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// One for each entry, in the Bundle's order.
    pub entries: Vec<Entry>,
}

/// One resource to create.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The resource, under its new id.
    pub resource: Checked,
    /// What it was called before.
    pub origin: Origin,
}

impl Entry {
    /// `Type/id` under the new id.
    pub fn reference(&self) -> String {
        self.resource.reference().unwrap_or_default()
    }
}

impl Transaction {
    /// From each new `Type/id` to what it was before, for [`restore`](super::restore).
    pub fn origins(&self) -> Origins {
        self.entries
            .iter()
            .map(|entry| (entry.reference(), entry.origin.clone()))
            .collect()
    }
}

/// Takes a transaction apart. `assign` is asked once for each entry, in order, for its new id.
pub fn transaction(
    bundle: Checked,
    mut assign: impl FnMut(usize, ResourceType) -> String,
) -> Result<Transaction, Flaw> {
    judge_type(&bundle)?;
    let mut entries = open(bundle).map_err(|trail| trail.finish("Bundle"))?;
    let mut known = BTreeMap::new();
    let mut taken = BTreeMap::new();
    for (index, entry) in entries.iter_mut().enumerate() {
        let kind = entry.resource.kind();
        let id = assign(index, kind);
        entry
            .resource
            .set_id(&id)
            .map_err(|flaw| Flaw::new(format!("Bundle.entry[{index}].resource.id"), flaw.rule()))?;
        let reference = format!("{kind}/{id}");
        if taken.insert(reference.clone(), index).is_some() {
            return Err(Flaw::new(
                format!("Bundle.entry[{index}].resource.id"),
                Rule::IdTwice,
            ));
        }
        if let Some(url) = &entry.origin.full_url {
            known.insert(url.clone(), reference);
        }
    }
    for (index, entry) in entries.iter_mut().enumerate() {
        let rewrite = Rewrite::forward(&known, entry.origin.full_url.as_deref());
        rewrite.resource(&mut entry.resource).map_err(|trail| {
            trail
                .within("resource")
                .item(index)
                .within("entry")
                .finish("Bundle")
        })?;
    }
    Ok(Transaction { entries })
}

/// A resource that is created on its own: a transaction of one, without a name for others to use.
pub fn single(mut resource: Checked, id: &str) -> Result<Entry, Flaw> {
    let origin = Origin {
        full_url: None,
        id: resource.id().map(str::to_owned),
    };
    resource.set_id(id)?;
    let kind = resource.kind();
    let rewrite = Rewrite::forward(&BTreeMap::new(), None).resource(&mut resource);
    rewrite.map_err(|trail| trail.finish(kind.name()))?;
    Ok(Entry { resource, origin })
}

fn judge_type(bundle: &Checked) -> Result<(), Flaw> {
    let rule = match (bundle.kind().name(), bundle.text("type")) {
        ("Bundle", Some("transaction")) => return Ok(()),
        ("Bundle", Some("batch")) => Rule::BatchUnsupported,
        _ => Rule::BundleType,
    };
    Err(Flaw::new("Bundle.type", rule))
}

fn open(bundle: Checked) -> Result<Vec<Entry>, Trail> {
    let items = match bundle.into_resource().into_elements().shift_remove("entry") {
        None => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(Trail::new(Rule::Expected("an array of entries")).within("entry")),
    };
    if items.len() > BUNDLE_ENTRIES_MAX {
        return Err(Trail::new(Rule::TooManyEntries {
            entries_max: BUNDLE_ENTRIES_MAX,
        })
        .within("entry"));
    }
    let mut seen = BTreeMap::new();
    let mut entries = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let entry = open_entry(item).map_err(|trail| trail.item(index).within("entry"))?;
        if let Some(url) = &entry.origin.full_url
            && seen.insert(url.clone(), index).is_some()
        {
            return Err(Trail::new(Rule::FullUrlTwice)
                .within("fullUrl")
                .item(index)
                .within("entry"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn open_entry(item: Value) -> Result<Entry, Trail> {
    let Value::Object(mut entry) = item else {
        return Err(Trail::new(Rule::NotObject));
    };
    let resource = match entry.shift_remove("resource") {
        Some(Value::Object(elements)) => {
            Checked::nested(elements).map_err(|trail| trail.within("resource"))
        }
        Some(_) => Err(Trail::new(Rule::NotObject).within("resource")),
        None => Err(Trail::new(Rule::Required).within("resource")),
    };
    // The request first: a DELETE has no resource, and the method is then what is wrong.
    match entry.get("request") {
        Some(Value::Object(request)) => {
            judge_request(request).map_err(|trail| trail.within("request"))?
        }
        Some(_) => return Err(Trail::new(Rule::NotObject).within("request")),
        None => return Err(Trail::new(Rule::Required).within("request")),
    }
    let resource = resource?;
    if entry
        .get("request")
        .and_then(|request| request.get("url"))
        .and_then(Value::as_str)
        != Some(resource.kind().name())
    {
        return Err(Trail::new(Rule::UrlMismatch)
            .within("url")
            .within("request"));
    }
    let full_url = match entry.shift_remove("fullUrl") {
        None => None,
        Some(Value::String(url)) if is_full_url(&url) => Some(url),
        Some(_) => return Err(Trail::new(Rule::FullUrlForm).within("fullUrl")),
    };
    let id = resource.id().map(str::to_owned);
    Ok(Entry {
        resource,
        origin: Origin { full_url, id },
    })
}

fn judge_request(request: &Map<String, Value>) -> Result<(), Trail> {
    if request.get("method").and_then(Value::as_str) != Some("POST") {
        return Err(Trail::new(Rule::MethodUnsupported).within("method"));
    }
    for name in ["ifNoneExist", "ifMatch", "ifNoneMatch", "ifModifiedSince"] {
        if request.contains_key(name) {
            return Err(Trail::new(Rule::ConditionalUnsupported).within(name));
        }
    }
    Ok(())
}

fn is_full_url(url: &str) -> bool {
    if url.starts_with("urn:uuid:") {
        return is_uuid_urn(url);
    }
    has_scheme(url)
        && matches!(
            Reference::parse(url),
            Some(Reference::Urn(_) | Reference::Absolute(_))
        )
}
