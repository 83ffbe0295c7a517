//! Classes: categories of this exchange, blind indexes, or resource types where they are exactly one category.
use std::collections::BTreeSet;

use amanat_types::BlindIndex;
use serde_json::{Value, json};

use super::model::Class;

use super::node::{Node, coding, sorted};
use super::{CATEGORY, CLASSES_MAX, INDEX, RESOURCE_TYPES};
use crate::Category;
use crate::flaw::{Rule, Trail};
use crate::resource_type::ResourceType;

const SYSTEM: Rule = Rule::Expected(
    "urn:amanat:category, urn:amanat:ledger:index, or http://hl7.org/fhir/resource-types in a permit",
);
const DENIED: &str = "a deny names categories of urn:amanat:category: by resource type it would miss what a type holds of a sensitive category";
const UNLIKE: &str = "access is judged by category, and this type's records are of several: name categories of urn:amanat:category";
const PART: &str = "access is judged by category: a resource type stands for one only together with all other types of docs/categories.md in it";

/// Reads `class`, sorted.
///
/// A resource type is taken in a permit alone, and only if all types of its category are named: with fewer the permit would open more
/// than it says. What a sensitive category holds of these types stays closed until that category is named.
pub(super) fn read(node: Node<'_>, deny: bool) -> Result<Vec<Class>, Trail> {
    let codings = node.each("class", CLASSES_MAX, coding)?;
    let flaw = |place: usize, rule, name| {
        let trail = Trail::new(rule).within(name);
        trail.item(place).within("class")
    };
    let (mut classes, mut types) = (Vec::new(), Vec::new());
    for (place, (system, code)) in codings.iter().enumerate() {
        match *system {
            CATEGORY => {
                let category = Category::from_name(code).filter(|one| one.is_patient());
                let rule = Rule::Expected("a category of a patient, of docs/categories.md");
                let category = category.ok_or_else(|| flaw(place, rule, "code"))?;
                classes.push(Class::Category(category));
            }
            INDEX => {
                let index = BlindIndex::from_hex(code).map(Class::Index);
                let rule = Rule::Expected("32 hexadecimal digits");
                classes.push(index.ok_or_else(|| flaw(place, rule, "code"))?);
            }
            RESOURCE_TYPES if deny => {
                return Err(flaw(place, Rule::Unsupported(DENIED), "system"));
            }
            RESOURCE_TYPES => {
                let kind = ResourceType::find(code);
                let kind = kind.ok_or_else(|| flaw(place, Rule::TypeUnknown, "code"))?;
                if !is_of_types(kind.category()) {
                    return Err(flaw(place, Rule::Unsupported(UNLIKE), "code"));
                }
                types.push((place, kind));
            }
            _ => return Err(flaw(place, SYSTEM, "system")),
        }
    }
    let touched: BTreeSet<Category> = types.iter().map(|(_, kind)| kind.category()).collect();
    for category in touched {
        let mut wanted = ResourceType::all().filter(|kind| kind.category() == category);
        let whole = wanted.all(|kind| types.iter().any(|(_, named)| *named == kind));
        let first = types.iter().find(|(_, kind)| kind.category() == category);
        match first {
            Some((place, _)) if !whole => {
                return Err(flaw(*place, Rule::Unsupported(PART), "code"));
            }
            _ => classes.push(Class::Category(category)),
        }
    }
    sorted(classes).map_err(|rule| Trail::new(rule).within("class"))
}

/// Whether nothing but the type decides that a record is of this category, sensitive content apart.
const fn is_of_types(category: Category) -> bool {
    matches!(
        category,
        Category::Demographics
            | Category::Encounter
            | Category::Condition
            | Category::Allergy
            | Category::Medication
            | Category::Immunization
            | Category::CarePlan
            | Category::Billing
            | Category::Device
    )
}

/// Writes one of `class`.
pub(super) fn write(class: &Class) -> Value {
    match class {
        Class::Category(category) => json!({ "system": CATEGORY, "code": category.name() }),
        Class::Index(index) => json!({ "system": INDEX, "code": index.to_string() }),
    }
}
