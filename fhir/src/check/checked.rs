//! [`Checked`]: a resource that keeps the rules, and the one function that makes it.
use std::ops::Deref;

use super::resource;

use serde_json::{Map, Value};

use crate::flaw::{Flaw, Rule, Trail};
use crate::primitive::{is_id, is_instant};
use crate::resource::Resource;
use crate::resource_type::ResourceType;

/// A resource that keeps the rules. Only [`check()`] makes one (and what takes a checked Bundle apart).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    kind: ResourceType,
    resource: Resource,
}

/// Judges a resource, and every resource within it.
pub fn check(resource: Resource) -> Result<Checked, Flaw> {
    let root = resource
        .text("resourceType")
        .and_then(ResourceType::find)
        .map_or("Resource", ResourceType::name);
    match resource::judge(resource.elements(), None, 0) {
        Ok(kind) => Ok(Checked { kind, resource }),
        Err(trail) => Err(trail.finish(root)),
    }
}

impl Checked {
    /// A resource that stood in a checked one and was judged with it.
    pub(crate) fn nested(elements: Map<String, Value>) -> Result<Self, Trail> {
        let kind = resource::kind(&elements)?;
        Ok(Self {
            kind,
            resource: Resource::new(elements),
        })
    }

    /// The type.
    pub const fn kind(&self) -> ResourceType {
        self.kind
    }

    /// The id, if it has one yet.
    pub fn id(&self) -> Option<&str> {
        self.resource.text("id")
    }

    /// `Type/id`, if it has an id.
    pub fn reference(&self) -> Option<String> {
        self.id().map(|id| format!("{}/{id}", self.kind))
    }

    /// Sets the id: in the place of the old one, or after `resourceType`.
    pub fn set_id(&mut self, id: &str) -> Result<(), Flaw> {
        if !is_id(id) {
            return Err(Flaw::new(format!("{}.id", self.kind), Rule::IdForm));
        }
        put(self.resource.elements_mut(), "id", id.into(), 1);
        Ok(())
    }

    /// Removes the id.
    pub fn clear_id(&mut self) {
        self.resource.elements_mut().shift_remove("id");
    }

    /// Sets `meta.versionId` and `meta.lastUpdated` (an instant, as [`instant`](crate::instant()) writes it); the rest of `meta` stays.
    pub fn set_version(&mut self, version: &str, last_updated: &str) -> Result<(), Flaw> {
        if !is_id(version) {
            return Err(Flaw::new(
                format!("{}.meta.versionId", self.kind),
                Rule::IdForm,
            ));
        }
        if !is_instant(last_updated) {
            return Err(Flaw::new(
                format!("{}.meta.lastUpdated", self.kind),
                Rule::Expected("an instant"),
            ));
        }
        let elements = self.resource.elements_mut();
        if !elements.get("meta").is_some_and(Value::is_object) {
            put(elements, "meta", Value::Object(Map::new()), 2);
        }
        if let Some(Value::Object(meta)) = elements.get_mut("meta") {
            put(meta, "versionId", version.into(), 0);
            put(meta, "lastUpdated", last_updated.into(), 1);
        }
        Ok(())
    }

    /// The resource, with the freedom to change it: the rules would have to be judged anew.
    pub fn into_resource(self) -> Resource {
        self.resource
    }

    pub(crate) const fn elements_mut(&mut self) -> &mut Map<String, Value> {
        self.resource.elements_mut()
    }
}

impl Deref for Checked {
    type Target = Resource;

    fn deref(&self) -> &Resource {
        &self.resource
    }
}

/// Replaces an element where it stands, or inserts it at a place.
fn put(map: &mut Map<String, Value>, name: &str, value: Value, place: usize) {
    if let Some(slot) = map.get_mut(name) {
        *slot = value;
    } else {
        map.shift_insert(place.min(map.len()), name.to_owned(), value);
    }
}
