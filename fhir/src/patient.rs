//! Whose record a resource is: the patient whose compartment it belongs to.
//!
//! By the elements of the R4 Patient compartment that say whose it is; the first that names a Patient of this exchange counts.
//! To be asked after [`bundle::transaction`](crate::bundle::transaction): a `urn:uuid` does not tell what it leads to.

use serde_json::Value;

use crate::bundle::Entry;
use crate::category::Category;
use crate::check::Checked;
use crate::flaw::{Flaw, Rule};
use crate::reference::Reference;

/// The id of the Patient whose record this is; `None` for a directory resource, which has no patient.
///
/// A resource that should have a patient and names none of this exchange is refused ([`Rule::PatientMissing`]); within a
/// transaction, the caller may then take [`of_bundle`].
pub fn of(resource: &Checked) -> Result<Option<&str>, Flaw> {
    let kind = resource.kind();
    if kind.category() == Category::Directory {
        return Ok(None);
    }
    if kind.name() == "Patient" {
        return resource
            .id()
            .map(Some)
            .ok_or_else(|| Flaw::new("Patient.id", Rule::PatientMissing));
    }
    let elements = kind.patient_elements();
    let found = elements.iter().find_map(|path| {
        let (first, rest) = split(path);
        patient_at(resource.get(first)?, rest)
    });
    let missing = || {
        let at = elements
            .first()
            .map_or_else(|| kind.name().to_owned(), |path| format!("{kind}.{path}"));
        Flaw::new(at, Rule::PatientMissing)
    };
    found.map(Some).ok_or_else(missing)
}

/// The id of the one Patient of a transaction, for entries of it that name no patient (a Binary, a Provenance); `None` if there is
/// none, or more than one.
pub fn of_bundle(entries: &[Entry]) -> Option<&str> {
    let mut patients = entries
        .iter()
        .filter(|entry| entry.resource.kind().name() == "Patient");
    let only = patients.next()?;
    if patients.next().is_some() {
        None
    } else {
        only.resource.id()
    }
}

fn split(path: &str) -> (&str, &str) {
    path.split_once('.').unwrap_or((path, ""))
}

fn patient_at<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    match value {
        Value::Array(items) => items.iter().find_map(|item| patient_at(item, path)),
        Value::Object(map) if path.is_empty() => {
            match Reference::parse(map.get("reference")?.as_str()?)? {
                Reference::Local { kind, id, .. } if kind.name() == "Patient" => Some(id),
                _ => None,
            }
        }
        Value::Object(map) => {
            let (first, rest) = split(path);
            patient_at(map.get(first)?, rest)
        }
        _ => None,
    }
}
