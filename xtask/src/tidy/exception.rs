//! `docs/tidy.toml`: files and functions above their limit. The list only shrinks.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Where the list stands.
pub const PATH: &str = "docs/tidy.toml";

/// The list, each entry with its present size.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exceptions {
    /// Path -> lines outside of tests.
    #[serde(default)]
    pub file_lines: BTreeMap<String, usize>,
    /// `path:function` -> lines.
    #[serde(default)]
    pub function_lines: BTreeMap<String, usize>,
}

/// Compares measured sizes with a limit and the exceptions to it.
///
/// An exception allows exactly the size that it states: above it is growth, below it the entry must be lowered, at the limit it must go.
pub fn compare(
    what: &str,
    limit: usize,
    measured: &BTreeMap<String, usize>,
    exceptions: &BTreeMap<String, usize>,
) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, &lines) in measured {
        match exceptions.get(name) {
            None if lines > limit => {
                findings.push(format!("{name}: {what} of {lines} lines, limit {limit}"));
            }
            Some(&allowed) if lines > allowed => findings.push(format!(
                "{name}: {what} grew to {lines} lines, its exception is {allowed}"
            )),
            Some(_) if lines <= limit => findings.push(format!(
                "{PATH}: {name} is within the limit now: remove its exception"
            )),
            Some(&allowed) if lines < allowed => findings.push(format!(
                "{PATH}: {name} has {lines} lines now: lower its exception from {allowed}"
            )),
            None | Some(_) => {}
        }
    }
    for name in exceptions.keys() {
        if !measured.contains_key(name) {
            findings.push(format!(
                "{PATH}: {name} does not exist: remove its exception"
            ));
        }
    }
    findings
}
