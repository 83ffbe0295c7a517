//! What a resource as a whole must keep: its type, id, contained resources, meta and narrative.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{patient, value};
use crate::flaw::{Rule, Trail};
use crate::primitive::{is_id, is_instant, is_uri};
use crate::resource_type::ResourceType;

/// What the elements of a resource must know of it.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// The ids in `contained` of the outermost resource: where `#id` leads.
    pub(super) contained: &'a BTreeSet<&'a str>,
    /// This is a contained resource.
    pub(super) inner: bool,
}

/// Judges one resource; `container` is the scope around a contained one.
pub(super) fn judge(
    elements: &Map<String, Value>,
    container: Option<Scope<'_>>,
    depth: usize,
) -> Result<ResourceType, Trail> {
    let kind = kind(elements)?;
    match elements.get("id") {
        None => {}
        Some(Value::String(id)) if is_id(id) => {}
        Some(_) => return Err(Trail::new(Rule::IdForm).within("id")),
    }
    let own;
    let scope = match container {
        Some(_) if elements.contains_key("contained") => {
            return Err(Trail::new(Rule::ContainedNested).within("contained"));
        }
        Some(outer) => Scope {
            inner: true,
            ..outer
        },
        None => {
            own = contained_ids(elements)?;
            Scope {
                contained: &own,
                inner: false,
            }
        }
    };
    if let Some(meta) = elements.get("meta") {
        judge_meta(meta).map_err(|trail| trail.within("meta"))?;
    }
    if let Some(text) = elements.get("text") {
        judge_narrative(text).map_err(|trail| trail.within("text"))?;
    }
    if kind.name() == "Patient" {
        patient::judge(elements)?;
    }
    value::object(elements, scope, "", depth)?;
    Ok(kind)
}

/// The type that the object claims, if it is one.
pub(super) fn kind(elements: &Map<String, Value>) -> Result<ResourceType, Trail> {
    let Some(name) = elements.get("resourceType") else {
        return Err(Trail::new(Rule::TypeMissing));
    };
    let kind = name.as_str().and_then(ResourceType::find);
    kind.ok_or_else(|| Trail::new(Rule::TypeUnknown).within("resourceType"))
}

/// A set, as a hostile resource could have many contained ones and refer to each.
fn contained_ids(elements: &Map<String, Value>) -> Result<BTreeSet<&str>, Trail> {
    match elements.get("contained") {
        None => Ok(BTreeSet::new()),
        Some(Value::Array(items)) => Ok(items
            .iter()
            .filter_map(|item| item.get("id")?.as_str())
            .collect()),
        Some(_) => Err(Trail::new(Rule::Expected("an array of resources")).within("contained")),
    }
}

fn judge_meta(meta: &Value) -> Result<(), Trail> {
    let Value::Object(meta) = meta else {
        return Err(Trail::new(Rule::NotObject));
    };
    let text = |name: &str, fits: fn(&str) -> bool, rule| match meta.get(name) {
        Some(value) if !value.as_str().is_some_and(fits) => Err(Trail::new(rule).within(name)),
        _ => Ok(()),
    };
    text("versionId", is_id, Rule::IdForm)?;
    text(
        "lastUpdated",
        is_instant,
        Rule::Expected("an instant: YYYY-MM-DDThh:mm:ss.sss+zz:zz"),
    )?;
    text("source", is_uri, Rule::Expected("a URI"))?;
    for name in ["profile", "security", "tag"] {
        let fits = |item: &Value| {
            if name == "profile" {
                !item.is_object()
            } else {
                item.is_object()
            }
        };
        let good = meta
            .get(name)
            .is_none_or(|value| value.as_array().is_some_and(|items| items.iter().all(fits)));
        if !good {
            let wanted = if name == "profile" {
                "an array of URIs"
            } else {
                "an array of Codings"
            };
            return Err(Trail::new(Rule::Expected(wanted)).within(name));
        }
    }
    Ok(())
}

fn judge_narrative(text: &Value) -> Result<(), Trail> {
    let Value::Object(text) = text else {
        return Err(Trail::new(Rule::NotObject));
    };
    for name in ["status", "div"] {
        match text.get(name) {
            None if text.contains_key(if name == "div" { "_div" } else { "_status" }) => {}
            None => return Err(Trail::new(Rule::Required).within(name)),
            Some(Value::String(_)) => {}
            Some(_) => return Err(Trail::new(Rule::Expected("a string")).within(name)),
        }
    }
    Ok(())
}
