//! How a resource gets its category: sensitive labels, then sensitive codes, then its type and `category`.

use serde_json::{Map, Value};

use super::Category::{self, *};
use super::code;
use crate::check::Checked;

/// Of several sensitive categories that a resource touches, the first of these counts.
const PRECEDENCE: [Category; 5] = [Violence, SexualHealth, SubstanceUse, Psychiatry, Genetics];

pub(super) fn category(resource: &Checked) -> Category {
    let plain = resource.kind().category();
    if plain == Directory {
        return Directory;
    }
    let mut sensitive = Sensitive::default();
    sensitive.labels(resource.elements());
    // Who a patient is must be known to treat at all; only a label that someone set on purpose hides it.
    if plain != Demographics {
        sensitive.object(resource.elements());
    }
    sensitive.first().unwrap_or_else(|| refine(resource, plain))
}

/// The sensitive categories that were touched, in the order of [`PRECEDENCE`].
#[derive(Default)]
struct Sensitive([bool; PRECEDENCE.len()]);

impl Sensitive {
    fn mark(&mut self, found: Option<Category>) {
        for (touched, category) in self.0.iter_mut().zip(PRECEDENCE) {
            *touched |= found == Some(category);
        }
    }

    fn first(&self) -> Option<Category> {
        self.0
            .iter()
            .zip(PRECEDENCE)
            .find_map(|(touched, category)| touched.then_some(category))
    }

    fn labels(&mut self, elements: &Map<String, Value>) {
        let security = elements
            .get("meta")
            .and_then(|meta| meta.get("security"))
            .and_then(Value::as_array);
        for label in security.into_iter().flatten() {
            self.mark(
                label
                    .get("code")
                    .and_then(Value::as_str)
                    .and_then(code::label),
            );
        }
    }

    /// Every Coding in the resource counts, wherever it stands: a reason, a diagnosis, an answer, a contained resource.
    fn object(&mut self, map: &Map<String, Value>) {
        if let (Some(Value::String(system)), Some(Value::String(code))) =
            (map.get("system"), map.get("code"))
        {
            self.mark(code::sensitive(system, code));
        }
        // A contained resource, and a resource in a Bundle, may have labels of its own.
        if map.contains_key("resourceType") {
            self.labels(map);
        }
        for value in map.values() {
            self.value(value);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Object(map) => self.object(map),
            Value::Array(items) => items.iter().for_each(|item| self.value(item)),
            _ => {}
        }
    }
}

/// What the `category` of an Observation or a DiagnosticReport says more than the type.
fn refine(resource: &Checked, plain: Category) -> Category {
    let pick: fn(&str) -> Option<Category> = match resource.kind().name() {
        "Observation" => code::observation,
        "DiagnosticReport" => code::report,
        _ => return plain,
    };
    let categories = resource.get("category").and_then(Value::as_array);
    let codings = categories
        .into_iter()
        .flatten()
        .filter_map(|one| one.get("coding")?.as_array())
        .flatten();
    let mut codes = codings.filter_map(|coding| coding.get("code")?.as_str());
    codes.find_map(pick).unwrap_or(plain)
}
