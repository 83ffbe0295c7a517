//! Sizes, names, leftovers, forbidden words, files that documents name, and fuzz targets, checked over the files that git knows.
//!
//! Sizes, and the words forbidden in pure crates, are not checked in tests: [`TestCode`] and a closing `#[cfg(test)] mod NAME { .. }`.

mod document;
mod exception;
mod function;
mod fuzz;
mod source;
mod test_code;
mod word;

pub use function::{Function, functions};
pub use source::Source;

use crate::mutants;
use crate::repository::Repository;
use exception::Exceptions;
use std::collections::BTreeMap;
use test_code::TestCode;

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
const ROOT_LINES_MAX: usize = 99;

/// Crates without input, output, clocks, threads and randomness.
const PURE: &[&str] = &["types", "contracts", "envelope", "fhir"];

/// Names that say nothing of what is inside.
const NAMES_BANNED: &[&str] = &[
    "utils", "common", "helpers", "misc", "manager", "core", "base",
];

/// What is gathered over all files.
#[derive(Default)]
struct Survey {
    tests: TestCode,
    file_lines: BTreeMap<String, usize>,
    function_lines: BTreeMap<String, usize>,
}

/// Checks every file.
pub fn run(repository: &Repository) -> Result<Vec<String>, String> {
    let mut findings = Vec::new();
    let mut survey = Survey::default();
    let mut sources = Vec::new();
    let files = repository.files()?;
    for path in &files {
        let Some(text) = repository.read_text(path)? else {
            continue;
        };
        let paths = word::foreign_paths(&text);
        findings.extend(paths.into_iter().map(|found| at(path, found)));
        if document::is_checked(path) {
            let missing = document::missing(&text, &files);
            findings.extend(missing.into_iter().map(|found| at(path, found)));
        }
        if path.ends_with(".rs") {
            let source = Source::new(&text);
            survey.tests.note(path, &source);
            sources.push((path, source));
        }
    }
    for (path, source) in &sources {
        findings.extend(survey.check(path, source));
    }
    let list = repository.read(exception::PATH)?;
    let exceptions: Exceptions =
        toml::from_str(&list).map_err(|error| format!("{}: {error}", exception::PATH))?;
    findings.extend(compare(&survey, &exceptions));
    let (manifest, decoders) = (
        repository.read(fuzz::MANIFEST)?,
        repository.read(fuzz::LIST)?,
    );
    findings.extend(fuzz::unnamed(&files, &manifest, &decoders));
    findings.extend(mutants::check(repository)?);
    Ok(findings)
}

fn compare(survey: &Survey, exceptions: &Exceptions) -> Vec<String> {
    let mut findings = exception::compare(
        "a file",
        FILE_LINES_MAX,
        &survey.file_lines,
        &exceptions.file_lines,
    );
    findings.extend(exception::compare(
        "a function",
        FUNCTION_LINES_MAX,
        &survey.function_lines,
        &exceptions.function_lines,
    ));
    findings
}

impl Survey {
    /// Checks one Rust file and notes its sizes.
    fn check(&mut self, path: &str, source: &Source) -> Vec<String> {
        let mut findings = Vec::new();
        if !source.has_head {
            findings.push(format!("{path}: a file begins with `//!` and what it is"));
        }
        if let Some(name) = banned_name(path) {
            findings.push(format!("{path}: `{name}` says nothing of what is inside"));
        }
        let leftovers = word::leftovers(&source.code, &source.words);
        findings.extend(leftovers.into_iter().map(|found| at(path, found)));
        if self.tests.holds(path) {
            return findings;
        }
        let code = source.code_untested();
        if is_pure(path) {
            let impurities = word::impurities(code);
            findings.extend(impurities.into_iter().map(|found| at(path, found)));
        }
        let is_root = path.ends_with("/lib.rs") || path.ends_with("/mod.rs");
        if is_root && source.lines_untested > ROOT_LINES_MAX {
            findings.push(format!(
                "{path}: {} lines; docs, `mod` and `pub use` need fewer than 100",
                source.lines_untested
            ));
        }
        self.file_lines
            .insert(path.to_owned(), source.lines_untested);
        for function in functions(code) {
            let name = format!("{path}:{}", function.name);
            let lines = self.function_lines.entry(name).or_default();
            *lines = function.lines.max(*lines);
        }
        findings
    }
}

fn at(path: &str, (line, text): (usize, String)) -> String {
    format!("{path}:{line}: {text}")
}

/// Only the sources of a crate are pure; its benches and examples may read files.
fn is_pure(path: &str) -> bool {
    PURE.iter()
        .any(|folder| path.starts_with(&format!("{folder}/src/")))
}

fn banned_name(path: &str) -> Option<&str> {
    path.split('/')
        .map(|part| part.strip_suffix(".rs").unwrap_or(part))
        .find(|part| NAMES_BANNED.contains(part))
}

#[cfg(test)]
mod tests;
