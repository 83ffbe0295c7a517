//! What the demonstration reads: FHIR Bundles of a folder, or the fixtures that are built in.
//!
//! A Bundle with a Patient is a patient's; one without is directory (organisations, practitioners). Who is dead, or was a
//! child when the record was last written, gets no card.
use super::DemoError;
use serde_json::Value;
use std::path::Path;

/// The fixtures, built into the program.
const FIXTURES: &[(&str, &str)] = super::fixtures::ALL;

/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Age below which nobody gets a card.
const CARD_AGE_YEARS: i32 = 18;

/// Why a patient comes in without a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cardless {
    /// Dead.
    Deceased,
    /// A child.
    Child,
}

/// One file.
pub struct Input {
    /// Name of the file.
    pub file: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The Bundle, parsed.
    pub bundle: Value,
    /// Set when it is a patient's: position of the Patient, and why there is no card, if there is none.
    pub patient: Option<(usize, Option<Cardless>)>,
}

impl Input {
    /// The entries.
    pub fn entries(&self) -> &[Value] {
        self.bundle
            .get("entry")
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// Whether the patient gets a card.
    pub fn has_card(&self) -> bool {
        matches!(self.patient, Some((_, None)))
    }
}

/// Reads the Bundles of `folder`, or the fixtures: directory Bundles first, then patients by name of the file.
pub fn read(folder: Option<&Path>) -> Result<Vec<Input>, DemoError> {
    let mut inputs = Vec::new();
    match folder {
        None => {
            for (file, text) in FIXTURES {
                inputs.push(input((*file).to_owned(), text.as_bytes().to_vec())?);
            }
        }
        Some(folder) => {
            let failed = |source| DemoError::Input {
                file: folder.display().to_string(),
                why: std::io::Error::to_string(&source),
            };
            for entry in std::fs::read_dir(folder).map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                if path.extension().is_some_and(|ending| ending == "json") {
                    inputs.push(input_file(&path)?);
                }
            }
        }
    }
    inputs.sort_by(|a, b| (a.patient.is_some(), &a.file).cmp(&(b.patient.is_some(), &b.file)));
    Ok(inputs)
}

fn input_file(path: &Path) -> Result<Input, DemoError> {
    let file = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let failed = |why: String| DemoError::Input {
        file: file.clone(),
        why,
    };
    let size = std::fs::metadata(path)
        .map_err(|error| failed(error.to_string()))?
        .len();
    if size > FILE_BYTES_MAX {
        return Err(failed(format!(
            "{size} bytes; at most {FILE_BYTES_MAX} are read"
        )));
    }
    let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    input(file, bytes)
}

fn input(file: String, bytes: Vec<u8>) -> Result<Input, DemoError> {
    let failed = |why: &str| DemoError::Input {
        file: file.clone(),
        why: why.to_owned(),
    };
    let bundle: Value = serde_json::from_slice(&bytes).map_err(|_| failed("not JSON"))?;
    if bundle.get("resourceType").and_then(Value::as_str) != Some("Bundle") {
        return Err(failed("not a FHIR Bundle"));
    }
    let mut input = Input {
        file,
        bytes,
        bundle,
        patient: None,
    };
    let at = input.entries().iter().position(|entry| {
        entry
            .pointer("/resource/resourceType")
            .and_then(Value::as_str)
            == Some("Patient")
    });
    if let Some(at) = at {
        input.patient = Some((at, cardless(&input, at)));
    }
    Ok(input)
}

fn cardless(input: &Input, patient: usize) -> Option<Cardless> {
    let patient = input.entries().get(patient)?.get("resource")?;
    let deceased = patient.get("deceasedDateTime").is_some()
        || patient.get("deceasedBoolean").and_then(Value::as_bool) == Some(true);
    if deceased {
        return Some(Cardless::Deceased);
    }
    let born = patient.get("birthDate").and_then(Value::as_str)?;
    let starts = input.entries().iter().filter_map(|entry| {
        entry
            .pointer("/resource/period/start")
            .and_then(Value::as_str)
    });
    let last = starts.max()?;
    (age(born, last)? < CARD_AGE_YEARS).then_some(Cardless::Child)
}

/// Whole years from one FHIR date to another, each `YYYY-MM-DD...`.
fn age(born: &str, on: &str) -> Option<i32> {
    let year = |date: &str| date.get(..4)?.parse::<i32>().ok();
    let day = |date: &str| date.get(5..10).map(str::to_owned);
    let before_birthday = day(on)? < day(born)?;
    Some(year(on)? - year(born)? - i32::from(before_birthday))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_counts_whole_years() {
        assert_eq!(age("2001-05-20", "2019-05-20T00:00:00Z"), Some(18));
        assert_eq!(age("2001-05-21", "2019-05-20"), Some(17));
        assert_eq!(age("x", "2019-05-20"), None);
    }

    #[test]
    fn fixtures_hold_four_with_cards_a_dead_one_and_a_child() {
        let inputs = read(None).expect("fixtures are Bundles");
        let cards = inputs.iter().filter(|input| input.has_card()).count();
        let without = |why| {
            inputs
                .iter()
                .filter(|input| matches!(input.patient, Some((_, Some(is))) if is == why))
                .count()
        };
        assert!(cards >= 4, "{cards} with cards");
        assert!(without(Cardless::Deceased) >= 1);
        assert!(without(Cardless::Child) >= 1);
    }
}
