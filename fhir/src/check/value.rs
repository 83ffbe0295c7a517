//! What every element must keep: no empties, no stray nulls, arrays of one kind, extensions, references.

use serde_json::{Map, Value};

use super::resource::{self, Scope};
use crate::flaw::{Rule, Trail, is_element_name};
use crate::parse::DEPTH_MAX;
use crate::reference::Reference;

/// Judges the elements of one object. `parent` is the name of the element whose value it is; empty at a resource's root.
pub(super) fn object(
    map: &Map<String, Value>,
    scope: Scope<'_>,
    parent: &str,
    depth: usize,
) -> Result<(), Trail> {
    if depth >= DEPTH_MAX {
        return Err(Trail::new(Rule::TooDeep {
            depth_max: DEPTH_MAX,
        }));
    }
    if map.is_empty() {
        return Err(Trail::new(Rule::Empty));
    }
    let depth = depth.saturating_add(1);
    let shadow = parent.starts_with('_');
    for (name, value) in map {
        if !is_element_name(name) {
            return Err(Trail::new(Rule::NameForm));
        }
        let judged = if shadow && name != "id" && name != "extension" {
            Err(Trail::new(Rule::ShadowForm))
        } else {
            element(map, name, value, scope, depth)
        };
        judged.map_err(|trail| trail.within(name))?;
    }
    match map.get("reference") {
        Some(Value::String(text)) if is_reference(map, parent) => {
            reference(text, scope).map_err(|trail| trail.within("reference"))
        }
        _ => Ok(()),
    }
}

fn element(
    map: &Map<String, Value>,
    name: &str,
    value: &Value,
    scope: Scope<'_>,
    depth: usize,
) -> Result<(), Trail> {
    if name.starts_with('_') && !(value.is_object() || value.is_array()) {
        return Err(Trail::new(Rule::ShadowForm));
    }
    if matches!(name, "extension" | "modifierExtension") {
        extensions(value)?;
    }
    let objects = |value: &Value| {
        value
            .as_array()
            .is_some_and(|items| items.iter().all(Value::is_object))
    };
    if name == "coding" && !objects(value) {
        return Err(Trail::new(Rule::Expected("an array of Codings")));
    }
    match value {
        Value::Null => Err(Trail::new(Rule::Null)),
        Value::Bool(_) | Value::Number(_) => Ok(()),
        Value::String(text) => string(text),
        Value::Object(inner) => nested(inner, name, scope, depth),
        Value::Array(items) => array(map, name, items, scope, depth),
    }
}

fn array(
    map: &Map<String, Value>,
    name: &str,
    items: &[Value],
    scope: Scope<'_>,
    depth: usize,
) -> Result<(), Trail> {
    if depth >= DEPTH_MAX {
        return Err(Trail::new(Rule::TooDeep {
            depth_max: DEPTH_MAX,
        }));
    }
    let Some(first) = items.iter().find(|item| !item.is_null()) else {
        return Err(Trail::new(Rule::Empty));
    };
    let depth = depth.saturating_add(1);
    for (place, item) in items.iter().enumerate() {
        let judged = match item {
            Value::Null if twin_has(map, name, place) => Ok(()),
            Value::Null => Err(Trail::new(Rule::Null)),
            Value::Array(_) => Err(Trail::new(Rule::NestedArray)),
            _ if item.is_object() != first.is_object() => Err(Trail::new(Rule::MixedArray)),
            Value::Object(inner) => nested(inner, name, scope, depth),
            Value::String(text) => string(text),
            Value::Bool(_) | Value::Number(_) => Ok(()),
        };
        judged.map_err(|trail| trail.item(place))?;
    }
    Ok(())
}

/// Whether the array beside this one (`given` beside `_given`) has a value where this one has null.
fn twin_has(map: &Map<String, Value>, name: &str, place: usize) -> bool {
    let twin = match name.strip_prefix('_') {
        Some(bare) => map.get(bare),
        None => map.get(&format!("_{name}")),
    };
    twin.and_then(|twin| twin.get(place))
        .is_some_and(|item| !item.is_null())
}

/// An object that may be a resource in its own right.
fn nested(
    inner: &Map<String, Value>,
    name: &str,
    scope: Scope<'_>,
    depth: usize,
) -> Result<(), Trail> {
    match name {
        "contained" => resource::judge(inner, Some(scope), depth).map(drop),
        // Bundle.entry.resource, Bundle.entry.response.outcome and Parameters.parameter.resource; elsewhere these names are plain
        // elements, and those have no resourceType.
        "resource" | "outcome" if inner.contains_key("resourceType") && !scope.inner => {
            resource::judge(inner, None, depth).map(drop)
        }
        _ => object(inner, scope, name, depth),
    }
}

fn string(text: &str) -> Result<(), Trail> {
    if text.is_empty() {
        Err(Trail::new(Rule::Empty))
    } else if text
        .bytes()
        .any(|b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r'))
    {
        Err(Trail::new(Rule::ControlCharacter))
    } else {
        Ok(())
    }
}

fn extensions(value: &Value) -> Result<(), Trail> {
    let Value::Array(items) = value else {
        return Err(Trail::new(Rule::Expected("an array of extensions")));
    };
    for (place, item) in items.iter().enumerate() {
        extension(item).map_err(|trail| trail.item(place))?;
    }
    Ok(())
}

/// `url`, and either a value or extensions (ext-1).
fn extension(item: &Value) -> Result<(), Trail> {
    let Value::Object(map) = item else {
        return Err(Trail::new(Rule::NotObject));
    };
    if !map.get("url").is_some_and(Value::is_string) {
        return Err(Trail::new(Rule::Required).within("url"));
    }
    let valued = map
        .keys()
        .any(|name| name.strip_prefix('_').unwrap_or(name).starts_with("value"));
    if valued == map.contains_key("extension") {
        Err(Trail::new(Rule::ExtensionForm))
    } else {
        Ok(())
    }
}

/// Whether an object with an element `reference` is a Reference. The same name is a plain URI in three places of R4
/// (Expression, DetectedIssue, Immunization.education), of which the last can look like one.
pub(crate) fn is_reference(map: &Map<String, Value>, parent: &str) -> bool {
    const MEMBERS: [&str; 5] = ["reference", "type", "identifier", "display", "id"];
    parent != "education"
        && map.keys().all(|name| {
            let bare = name.strip_prefix('_').unwrap_or(name);
            MEMBERS.contains(&bare) || bare == "extension"
        })
}

fn reference(text: &str, scope: Scope<'_>) -> Result<(), Trail> {
    match Reference::parse(text) {
        None => Err(Trail::new(Rule::ReferenceForm)),
        Some(Reference::Contained(id)) if !id.is_empty() && !scope.contained.contains(id) => {
            Err(Trail::new(Rule::ContainedMissing))
        }
        Some(_) => Ok(()),
    }
}
