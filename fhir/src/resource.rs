//! A parsed resource: JSON that kept its order, its unknown elements and its decimals as they were written.

use serde_json::{Map, Value};

/// A JSON object that claims to be a resource. Nothing of it has been judged but its size; see [`check`](crate::check()).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource(Map<String, Value>);

impl Resource {
    /// Wraps an object that our own code built.
    pub const fn new(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// Wraps a value that our own code built; `None` if it is not an object.
    pub fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self(map)),
            _ => None,
        }
    }

    /// What a builder of this crate wrote with `json!({ ... })`, which is always an object.
    pub(crate) fn built(value: Value) -> Self {
        Self::from_value(value).unwrap_or_else(|| Self(Map::new()))
    }

    /// The elements, in the order in which they were written.
    pub const fn elements(&self) -> &Map<String, Value> {
        &self.0
    }

    /// One element.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// One element that is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// The JSON itself.
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    pub(crate) const fn elements_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.0
    }

    pub(crate) fn into_elements(self) -> Map<String, Value> {
        self.0
    }
}
