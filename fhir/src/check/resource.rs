//! What a resource as a whole must keep: its type, id, contained resources, meta and narrative.

use serde_json::{Map, Value};

use super::{patient, value};
use crate::flaw::{Rule, Trail};
use crate::primitive::{is_id, is_instant, is_uri};
use crate::resource_type::ResourceType;

/// What the elements of a resource must know of it.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// `contained` of the outermost resource: where `#id` leads.
    pub(super) contained: &'a [Value],
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
    let scope = scope(elements, container)?;
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
    let Some(name) = elements.get("resourceType") else { return Err(Trail::new(Rule::TypeMissing)) };
    let kind = name.as_str().and_then(ResourceType::find);
    kind.ok_or_else(|| Trail::new(Rule::TypeUnknown).within("resourceType"))
}

fn scope<'a>(elements: &'a Map<String, Value>, container: Option<Scope<'a>>) -> Result<Scope<'a>, Trail> {
    let contained = match (elements.get("contained"), container) {
        (None, Some(outer)) => return Ok(Scope { inner: true, ..outer }),
        (None, None) => return Ok(Scope { contained: &[], inner: false }),
        (Some(_), Some(_)) => return Err(Trail::new(Rule::ContainedNested).within("contained")),
        (Some(Value::Array(items)), None) => items,
        (Some(_), None) => return Err(Trail::new(Rule::Expected("an array of resources")).within("contained")),
    };
    Ok(Scope { contained, inner: false })
}

fn judge_meta(meta: &Value) -> Result<(), Trail> {
    let Value::Object(meta) = meta else { return Err(Trail::new(Rule::NotObject)) };
    let text = |name: &str, fits: fn(&str) -> bool, rule| match meta.get(name) {
        Some(value) if !value.as_str().is_some_and(fits) => Err(Trail::new(rule).within(name)),
        _ => Ok(()),
    };
    text("versionId", is_id, Rule::IdForm)?;
    text("lastUpdated", is_instant, Rule::Expected("an instant: YYYY-MM-DDThh:mm:ss.sss+zz:zz"))?;
    text("source", is_uri, Rule::Expected("a URI"))?;
    for name in ["profile", "security", "tag"] {
        let fits = |item: &Value| if name == "profile" { !item.is_object() } else { item.is_object() };
        let good = meta.get(name).is_none_or(|value| value.as_array().is_some_and(|items| items.iter().all(fits)));
        if !good {
            let wanted = if name == "profile" { "an array of URIs" } else { "an array of Codings" };
            return Err(Trail::new(Rule::Expected(wanted)).within(name));
        }
    }
    Ok(())
}

fn judge_narrative(text: &Value) -> Result<(), Trail> {
    let Value::Object(text) = text else { return Err(Trail::new(Rule::NotObject)) };
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
