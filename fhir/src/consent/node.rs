//! Elements read strictly: a known name, the right shape, at most so many.
use serde_json::{Map, Value};

use crate::flaw::{Rule, Trail};

/// What is said of an element that is read nowhere here.
const UNREAD: Rule =
    Rule::Unsupported("this element is not supported: the ledger would not keep it");

/// An object on its way into a Consent.
#[derive(Clone, Copy)]
pub(super) struct Node<'a>(&'a Map<String, Value>);

impl<'a> Node<'a> {
    /// An object whose elements are all among `known`, or among `refused`, which say why they are not.
    pub(super) fn of(
        map: &'a Map<String, Value>,
        known: &[&str],
        refused: &[(&str, &'static str)],
    ) -> Result<Self, Trail> {
        let odd = map.keys().find(|name| !known.contains(&name.as_str()));
        let Some(name) = odd else {
            return Ok(Self(map));
        };
        let why = refused.iter().find(|(refused, _)| refused == name);
        let rule = why.map_or(UNREAD, |(_, why)| Rule::Unsupported(why));
        Err(Trail::new(rule).within(name))
    }

    /// The elements.
    pub(super) const fn map(self) -> &'a Map<String, Value> {
        self.0
    }

    /// A string, if it is there.
    pub(super) fn text(self, name: &str) -> Result<Option<&'a str>, Trail> {
        let text = |value: &'a Value| {
            let text = value.as_str();
            text.ok_or_else(|| Trail::new(Rule::Expected("a string")).within(name))
        };
        self.0.get(name).map(text).transpose()
    }

    /// A string that must be there.
    pub(super) fn text_there(self, name: &str) -> Result<&'a str, Trail> {
        there(name, self.text(name)?)
    }

    /// An object read by `read`, if it is there.
    pub(super) fn one<T>(
        self,
        name: &str,
        read: impl FnOnce(&'a Map<String, Value>) -> Result<T, Trail>,
    ) -> Result<Option<T>, Trail> {
        let read = |value: &'a Value| {
            let read = object(value).and_then(read);
            read.map_err(|trail| trail.within(name))
        };
        self.0.get(name).map(read).transpose()
    }

    /// An object read by `read` that must be there.
    pub(super) fn one_there<T>(
        self,
        name: &str,
        read: impl FnOnce(&'a Map<String, Value>) -> Result<T, Trail>,
    ) -> Result<T, Trail> {
        there(name, self.one(name, read)?)
    }

    /// Objects read by `read`, at most `items_max`; none if the element is not there.
    pub(super) fn each<T>(
        self,
        name: &str,
        items_max: usize,
        read: impl Fn(&'a Map<String, Value>) -> Result<T, Trail>,
    ) -> Result<Vec<T>, Trail> {
        let Some(value) = self.0.get(name) else {
            return Ok(Vec::new());
        };
        let flaw = |rule| Trail::new(rule).within(name);
        let items = value.as_array();
        let items = items.ok_or_else(|| flaw(Rule::Expected("an array of objects")))?;
        if items.len() > items_max {
            return Err(flaw(Rule::TooManyItems { items_max }));
        }
        let items = items.iter().enumerate().map(|(place, item)| {
            let read = object(item).and_then(&read);
            read.map_err(|trail| trail.item(place).within(name))
        });
        items.collect()
    }

    /// The same, sorted, of which there may be no two alike.
    pub(super) fn set<T: Ord>(
        self,
        name: &str,
        items_max: usize,
        read: impl Fn(&'a Map<String, Value>) -> Result<T, Trail>,
    ) -> Result<Vec<T>, Trail> {
        sorted(self.each(name, items_max, read)?).map_err(|rule| Trail::new(rule).within(name))
    }
}

/// Sorts what may not have two alike.
pub(super) fn sorted<T: Ord>(mut items: Vec<T>) -> Result<Vec<T>, Rule> {
    items.sort_unstable();
    if items.is_sorted_by(|one, next| one < next) {
        Ok(items)
    } else {
        Err(Rule::Repeated)
    }
}

/// An element that must be there.
pub(super) fn there<T>(name: &str, found: Option<T>) -> Result<T, Trail> {
    found.ok_or_else(|| Trail::new(Rule::Required).within(name))
}

/// A list that must have something.
pub(super) fn some<T>(name: &str, items: Vec<T>) -> Result<Vec<T>, Trail> {
    let items = (!items.is_empty()).then_some(items);
    there(name, items)
}

fn object(value: &Value) -> Result<&Map<String, Value>, Trail> {
    value.as_object().ok_or_else(|| Trail::new(Rule::NotObject))
}

/// System and code of a Coding.
pub(super) fn coding(map: &Map<String, Value>) -> Result<(&str, &str), Trail> {
    let node = Node::of(map, &["system", "code", "display"], &[])?;
    Ok((node.text_there("system")?, node.text_there("code")?))
}

/// The one coding of a CodeableConcept: with several it would not be clear which is meant.
pub(super) fn concept(map: &Map<String, Value>) -> Result<(&str, &str), Trail> {
    let node = Node::of(map, &["coding", "text"], &[])?;
    let codings = node.each("coding", 1, coding)?;
    there("coding", codings.into_iter().next())
}

/// System and value of an Identifier.
pub(super) fn identifier(map: &Map<String, Value>) -> Result<(&str, &str), Trail> {
    let node = Node::of(map, &["system", "value"], &[])?;
    Ok((node.text_there("system")?, node.text_there("value")?))
}
