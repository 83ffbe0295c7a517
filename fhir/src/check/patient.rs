//! The shape of a Patient's own elements: what the identity index, search and the portal rely on.

use serde_json::{Map, Value};

use crate::flaw::{Rule, Trail};
use crate::primitive::is_date;

const LISTS: [&str; 8] = [
    "identifier",
    "name",
    "telecom",
    "address",
    "contact",
    "communication",
    "generalPractitioner",
    "link",
];
const GENDERS: [&str; 4] = ["male", "female", "other", "unknown"];

pub(super) fn judge(elements: &Map<String, Value>) -> Result<(), Trail> {
    for name in LISTS {
        if elements.get(name).is_some_and(|value| {
            !value
                .as_array()
                .is_some_and(|items| items.iter().all(Value::is_object))
        }) {
            return Err(Trail::new(Rule::Expected("an array of objects")).within(name));
        }
    }
    if elements
        .get("gender")
        .is_some_and(|value| !value.as_str().is_some_and(|code| GENDERS.contains(&code)))
    {
        return Err(Trail::new(Rule::Expected("male, female, other or unknown")).within("gender"));
    }
    if elements
        .get("birthDate")
        .is_some_and(|value| !value.as_str().is_some_and(is_date))
    {
        return Err(
            Trail::new(Rule::Expected("a date: YYYY, YYYY-MM or YYYY-MM-DD")).within("birthDate"),
        );
    }
    for name in ["active", "deceasedBoolean", "multipleBirthBoolean"] {
        if elements.get(name).is_some_and(|value| !value.is_boolean()) {
            return Err(Trail::new(Rule::Expected("true or false")).within(name));
        }
    }
    Ok(())
}
