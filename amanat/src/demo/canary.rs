//! The canary scan: nothing that the input says of a person may stand anywhere at rest or on the ledger.
//!
//! Needles are every name, identifier, telecom, address, birth date, narrative, `display` and `text` of the input of six
//! bytes or more, each as UTF-8, hexadecimal in both cases, base64 at the three alignments, and its unsalted
//! SHA-256 as bytes and as hexadecimal. What is exempt is vocabulary that the program itself prints, and is listed.
use super::DemoError;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use commonware_cryptography::{Hasher as _, Sha256};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

/// Shortest string that is looked for.
const NEEDLE_BYTES_MIN: usize = 6;
/// How much of a file is looked at in one go; windows overlap by the longest needle.
const WINDOW_BYTES: usize = 8 * 1024 * 1024;
/// Longest piece of a long string (a narrative) that is looked for: its first and its middle pieces stand for it.
const PIECE_BYTES: usize = 64;

/// Words of the input that the program itself uses, so that finding them says nothing.
pub const VOCABULARY: &[&str] = &[
    "hospital",
    "Hospital",
    "pharmacy",
    "Pharmacy",
    "Patient",
    "patient",
    "emergency",
    "Emergency",
    "laboratory",
    "Laboratory",
    "insurer",
    "Insurer",
    "regulator",
    "Regulator",
    "deceased",
    "treatment",
    "Treatment",
    "consent",
    "Consent",
    "directory",
    "research",
    "Encounter",
    "encounter",
    "immunization",
    "Immunization",
    "procedure",
    "Procedure",
    "condition",
    "Condition",
    "medication",
    "Medication",
    "document",
    "Document",
    "billing",
    "transaction",
    "unknown",
    "number",
    "routine",
    "accepted",
    "status",
    "active",
    "current",
    "length",
    "member",
];

/// Where a needle was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// In which file or on which part of the ledger.
    pub place: String,
    /// In which form.
    pub form: &'static str,
    /// Digest of the needle, shortened: a report must not repeat what must not be seen.
    pub needle: String,
}

/// The needles, ready to be looked for.
pub struct Canary {
    machine: AhoCorasick,
    forms: Vec<(&'static str, String)>,
    longest: usize,
    /// Strings that are looked for.
    pub strings: usize,
    /// Vocabulary that stood in the input and was left out.
    pub exempt: BTreeSet<String>,
}

impl Canary {
    /// Gathers the needles of Bundles and adds `planted`.
    pub fn new<'a>(
        bundles: impl Iterator<Item = &'a Value>,
        planted: &str,
    ) -> Result<Self, DemoError> {
        let mut strings = BTreeSet::new();
        for bundle in bundles {
            gather(bundle, &mut strings);
        }
        strings.insert(planted.to_owned());
        let exempt: BTreeSet<String> = strings
            .iter()
            .filter(|string| VOCABULARY.contains(&string.as_str()))
            .cloned()
            .collect();
        strings.retain(|string| !exempt.contains(string));
        let mut patterns: BTreeMap<Vec<u8>, (&'static str, String)> = BTreeMap::new();
        for string in &strings {
            let name = hex::encode(&Sha256::hash(&[string.as_bytes()]).0[..6]);
            for (form, bytes) in forms(string) {
                patterns.entry(bytes).or_insert((form, name.clone()));
            }
        }
        let longest = patterns.keys().map(Vec::len).max().unwrap_or(0);
        let machine = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .match_kind(MatchKind::Standard)
            .build(patterns.keys())
            .map_err(|error| DemoError::Broken(format!("canary needles: {error}")))?;
        Ok(Self {
            machine,
            forms: patterns.into_values().collect(),
            longest,
            strings: strings.len(),
            exempt,
        })
    }

    /// Looks through bytes; gives the first of each needle.
    pub fn scan(&self, place: &str, bytes: &[u8]) -> Vec<Found> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for hit in self.machine.find_overlapping_iter(bytes) {
            let at = hit.pattern().as_usize();
            if let Some((form, needle)) = self.forms.get(at)
                && seen.insert(at)
            {
                found.push(Found {
                    place: place.to_owned(),
                    form,
                    needle: needle.clone(),
                });
            }
        }
        found
    }

    /// Looks through every file under a folder; gives what was found and how many bytes were read.
    pub fn scan_folder(&self, folder: &Path) -> Result<(Vec<Found>, u64), DemoError> {
        let failed = |path: &Path, source: std::io::Error| DemoError::Input {
            file: path.display().to_string(),
            why: source.to_string(),
        };
        let (mut found, mut total) = (Vec::new(), 0);
        let mut folders = vec![folder.to_owned()];
        while let Some(at) = folders.pop() {
            for entry in std::fs::read_dir(&at).map_err(|e| failed(&at, e))? {
                let path = entry.map_err(|e| failed(&at, e))?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.is_file() {
                    let (more, bytes) = self.scan_file(&path).map_err(|e| failed(&path, e))?;
                    found.extend(more);
                    total += bytes;
                }
            }
        }
        Ok((found, total))
    }

    fn scan_file(&self, path: &Path) -> std::io::Result<(Vec<Found>, u64)> {
        let mut file = match std::fs::File::open(path) {
            Ok(file) => file,
            // A running process may remove a file between the listing and the look.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok((Vec::new(), 0));
            }
            Err(error) => return Err(error),
        };
        let place = path.display().to_string();
        let (mut found, mut total, mut window) = (Vec::new(), 0, Vec::new());
        loop {
            let mut chunk = Vec::new();
            let read = file
                .by_ref()
                .take(WINDOW_BYTES as u64)
                .read_to_end(&mut chunk)?;
            if read == 0 {
                return Ok((found, total));
            }
            total += read as u64;
            window.extend_from_slice(&chunk);
            found.extend(self.scan(&place, &window));
            let keep = window.len().min(self.longest.saturating_sub(1));
            window.drain(..window.len() - keep);
        }
    }
}

/// Collects what the input says of people.
fn gather(value: &Value, strings: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                match name.as_str() {
                    "name" | "identifier" | "telecom" | "address" => all_text(inner, strings),
                    "birthDate" | "display" | "div" => all_text(inner, strings),
                    "text" if inner.is_string() => all_text(inner, strings),
                    _ => gather(inner, strings),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, strings)),
        _ => {}
    }
}

/// Collects every string under a value, but for web addresses of code systems, which are vocabulary of FHIR.
fn all_text(value: &Value, strings: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let system = text.starts_with("http://") || text.starts_with("urn:oid:");
            if !system {
                pieces(text.trim(), strings);
            }
        }
        Value::Object(map) => map
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "system" | "use" | "url" | "resourceType"))
            .for_each(|(_, inner)| all_text(inner, strings)),
        Value::Array(items) => items.iter().for_each(|item| all_text(item, strings)),
        _ => {}
    }
}

/// Adds a string, or pieces from its beginning and its middle if it is long.
fn pieces(text: &str, strings: &mut BTreeSet<String>) {
    let piece = |from: usize| -> Option<String> {
        let from = (from..text.len()).find(|at| text.is_char_boundary(*at))?;
        let to = (from + PIECE_BYTES..=text.len()).find(|at| text.is_char_boundary(*at));
        text.get(from..to.unwrap_or(text.len())).map(str::to_owned)
    };
    if text.len() < NEEDLE_BYTES_MIN {
        return;
    }
    if text.len() <= PIECE_BYTES {
        strings.insert(text.to_owned());
        return;
    }
    // The beginning of a narrative is the same markup everywhere, so its middle speaks for it.
    let middle = if text.starts_with('<') {
        None
    } else {
        piece(0)
    };
    for part in [middle, piece(text.len() / 2)].into_iter().flatten() {
        if part.len() >= NEEDLE_BYTES_MIN {
            strings.insert(part);
        }
    }
}

/// Every form in which a string is looked for.
fn forms(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = text.as_bytes();
    let digest = Sha256::hash(&[bytes]).0;
    let mut forms = vec![
        ("UTF-8", bytes.to_vec()),
        ("hexadecimal", hex::encode(bytes).into_bytes()),
        ("hexadecimal", hex::encode_upper(bytes).into_bytes()),
        ("SHA-256", digest.to_vec()),
        ("SHA-256 in hexadecimal", hex::encode(digest).into_bytes()),
    ];
    // Inside a longer base64 text a string begins at one of three alignments; looked for are the characters that it alone decides.
    for lead in 0..3usize {
        let padded = [&[0u8; 3][..lead], bytes].concat();
        let (from, to) = ((8 * lead).div_ceil(6), 8 * padded.len() / 6);
        for encoded in [
            STANDARD_NO_PAD.encode(&padded),
            URL_SAFE_NO_PAD.encode(&padded),
        ] {
            if let Some(own) = encoded.get(from..to) {
                forms.push(("base64", own.as_bytes().to_vec()));
            }
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn canary() -> Canary {
        let bundle = json!({"entry": [{"resource": {
            "resourceType": "Patient",
            "name": [{"family": "Farooqi-Baig", "given": ["Zainab"]}],
            "birthDate": "1988-04-13",
            "maritalStatus": {"text": "emergency"},
        }}]});
        Canary::new([&bundle].into_iter(), "PLANTED-CANARY").expect("builds")
    }

    #[test]
    fn every_form_of_a_needle_is_found() {
        let canary = canary();
        assert_eq!(canary.strings, 4);
        assert!(canary.exempt.contains("emergency"));
        for text in ["Farooqi-Baig", "Zainab", "1988-04-13", "PLANTED-CANARY"] {
            for (form, bytes) in forms(text) {
                let mut hay = b"....".to_vec();
                hay.extend(&bytes);
                hay.extend(b"....");
                assert!(!canary.scan("x", &hay).is_empty(), "{text} as {form}");
            }
            for lead in ["", "a", "ab"] {
                let hay = STANDARD_NO_PAD.encode(format!("{lead}{text}tail"));
                let found = canary.scan("x", hay.as_bytes());
                assert!(!found.is_empty(), "{text} in base64 after {lead:?}");
            }
        }
        assert!(
            canary
                .scan("x", b"nothing of the kind, but emergency")
                .is_empty()
        );
    }

    #[test]
    fn a_needle_across_two_windows_is_found() {
        let folder = tempfile::tempdir().expect("folder");
        let mut bytes = vec![b'.'; WINDOW_BYTES - 5];
        bytes.extend(b"Farooqi-Baig");
        std::fs::write(folder.path().join("log"), bytes).expect("writes");
        let (found, _) = canary().scan_folder(folder.path()).expect("scans");
        assert_eq!(found.len(), 1);
    }
}
