//! Guards are tested by their absence: `cargo mutants` over the functions listed in `docs/guards.toml`.
//!
//! Each listed function judges whether something may happen (basis, revocation, certificate, digest, replay, recency, co-signature).
//! A mutant of one that no test notices is a survivor, and the chore fails.

use crate::repository::Repository;
use crate::tidy::{Source, functions};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const GUARDS: &str = "docs/guards.toml";

/// `docs/guards.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guards {
    #[serde(default)]
    guard: Vec<Guard>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// What the functions judge.
    pub judges: String,
    /// The file, from the root.
    pub file: String,
    /// Names of functions in it.
    pub functions: Vec<String>,
    /// The packages whose tests judge its absence, if not the file's own.
    #[serde(default)]
    pub tested_by: Vec<String>,
}

/// Runs cargo-mutants over the guards of one folder, or of all; installs it first if it is missing. True if no mutant survived.
pub fn run(repository: &Repository, folder: Option<&str>) -> Result<bool, String> {
    let guards = below(read(repository)?, folder)?;
    let findings = check(repository)?;
    if !findings.is_empty() {
        return Err(findings.join("\n"));
    }
    let installed = repository.output("cargo", &["mutants", "--version"]);
    if installed.is_err() {
        println!("installing cargo-mutants");
        if !repository.run("cargo", &["install", "cargo-mutants", "--locked"])? {
            return Err("cargo-mutants could not be installed".to_owned());
        }
    }
    let mut held = true;
    for group in groups(guards) {
        let arguments = arguments(&group);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mutants = repository.output("cargo", &[&arguments[..], &["--list"]].concat())?;
        let unchanged = unchanged(&group, &mutants);
        if !unchanged.is_empty() {
            return Err(unchanged.join("\n"));
        }
        println!("{} mutants", mutants.lines().count());
        held &= repository.run("cargo", &arguments)?;
    }
    Ok(held)
}

/// Guards that the same packages test, together: one run of cargo-mutants has one list of them.
fn groups(guards: Guards) -> Vec<Guards> {
    let mut groups: BTreeMap<Vec<String>, Vec<Guard>> = BTreeMap::new();
    for guard in guards.guard {
        let group = groups.entry(guard.tested_by.clone()).or_default();
        group.push(guard);
    }
    let groups = groups.into_values();
    groups.map(|guard| Guards { guard }).collect()
}

/// The guards of one folder, or all.
pub fn guards(repository: &Repository, folder: Option<&str>) -> Result<Vec<Guard>, String> {
    Ok(below(read(repository)?, folder)?.guard)
}

/// Prints the commands that `run` would run.
pub fn list(repository: &Repository, folder: Option<&str>) -> Result<bool, String> {
    let guards = below(read(repository)?, folder)?;
    for guard in &guards.guard {
        println!(
            "# {}: {} ({})",
            guard.judges,
            guard.functions.join(", "),
            guard.file
        );
    }
    for group in groups(guards) {
        let quoted: Vec<String> = arguments(&group)
            .iter()
            .map(|argument| match argument.contains(['|', '*', '\\']) {
                true => format!("'{argument}'"),
                false => argument.clone(),
            })
            .collect();
        println!("cargo {}", quoted.join(" "));
    }
    Ok(true)
}

/// Guards of which cargo-mutants lists no mutant: they would count as tested without a test.
fn unchanged(guards: &Guards, mutants: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let has_mutant = |file: &str, name: &str| {
        let start = format!("{file}:");
        mutants
            .lines()
            .filter_map(|line| line.strip_prefix(&start))
            .any(|rest| rest.split(|c| !is_word(c)).any(|word| word == name))
    };
    let named = guards
        .guard
        .iter()
        .flat_map(|guard| guard.functions.iter().map(move |name| (&guard.file, name)));
    named
        .filter(|(file, name)| !has_mutant(file, name))
        .map(|(file, name)| format!("{GUARDS}: cargo-mutants knows no change of {name} in {file}"))
        .collect()
}

/// Guards whose file or function does not exist: a renamed guard would go untested in silence.
pub fn check(repository: &Repository) -> Result<Vec<String>, String> {
    let mut findings = Vec::new();
    for guard in read(repository)?.guard {
        let Ok(text) = repository.read(&guard.file) else {
            findings.push(format!("{GUARDS}: {} does not exist", guard.file));
            continue;
        };
        let found: BTreeSet<String> = functions(&Source::new(&text).code)
            .into_iter()
            .map(|function| function.name)
            .collect();
        for name in guard.functions {
            if !found.contains(&name) {
                findings.push(format!("{GUARDS}: {} has no function {name}", guard.file));
            }
        }
    }
    Ok(findings)
}

fn read(repository: &Repository) -> Result<Guards, String> {
    let text = repository.read(GUARDS)?;
    toml::from_str(&text).map_err(|error| format!("{GUARDS}: {error}"))
}

/// The guards of one folder, or all. A folder without guards is an error: nothing would be tested.
fn below(mut guards: Guards, folder: Option<&str>) -> Result<Guards, String> {
    if let Some(folder) = folder {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        guards.guard.retain(|guard| guard.file.starts_with(&prefix));
    }
    match guards.guard.is_empty() {
        true => Err(format!("{GUARDS} lists no guard here")),
        false => Ok(guards),
    }
}

/// The arguments of cargo for guards that the same packages test; one run builds each crate once.
fn arguments(guards: &Guards) -> Vec<String> {
    // Without --workspace only the default member would be looked at.
    let mut arguments = ["mutants", "--workspace", "--no-shuffle"]
        .map(str::to_owned)
        .to_vec();
    let tested_by = guards.guard.iter().flat_map(|guard| &guard.tested_by);
    for package in tested_by.collect::<BTreeSet<_>>() {
        arguments.extend(["--test-package".to_owned(), package.clone()]);
    }
    for guard in &guards.guard {
        arguments.extend(["--file".to_owned(), guard.file.clone()]);
    }
    for guard in &guards.guard {
        arguments.extend(["--re".to_owned(), pattern(guard)]);
    }
    arguments
}

/// Matches a mutant's description, which begins with `path:line:column:` and names the function after `replace` or `in`.
fn pattern(guard: &Guard) -> String {
    let file = guard.file.replace('.', "\\.");
    format!(
        "^{file}:[0-9]+:[0-9]+: .*\\b({})\\b",
        guard.functions.join("|")
    )
}

#[cfg(test)]
mod tests {
    use super::{Guards, arguments, below, groups, unchanged};

    fn two() -> Guards {
        toml::from_str(
            r#"
            [[guard]]
            judges = "basis"
            file = "a/src/x.rs"
            functions = ["one", "two"]
            [[guard]]
            judges = "replay"
            file = "b/src/y.rs"
            functions = ["three"]
            "#,
        )
        .expect("well formed")
    }

    #[test]
    fn a_folder_chooses_its_guards_and_none_is_an_error() {
        let chosen = |folder| below(two(), folder).map(|guards| guards.guard.len());
        assert_eq!(chosen(None), Ok(2));
        assert_eq!(chosen(Some("b")), Ok(1));
        assert_eq!(chosen(Some("b/")), Ok(1));
        assert!(chosen(Some("c")).is_err());
    }

    #[test]
    fn one_command_names_every_file_and_function() {
        assert_eq!(
            arguments(&two()),
            [
                "mutants",
                "--workspace",
                "--no-shuffle",
                "--file",
                "a/src/x.rs",
                "--file",
                "b/src/y.rs",
                "--re",
                r"^a/src/x\.rs:[0-9]+:[0-9]+: .*\b(one|two)\b",
                "--re",
                r"^b/src/y\.rs:[0-9]+:[0-9]+: .*\b(three)\b",
            ]
        );
    }

    #[test]
    fn guards_that_others_test_run_apart() {
        let mut guards = two();
        guards.guard[1].tested_by = vec!["amanat-c".to_owned()];
        let lines: Vec<String> = groups(guards)
            .iter()
            .map(|group| arguments(group).join(" "))
            .collect();
        assert_eq!(lines.len(), 2);
        assert!(!lines[0].contains("--test-package") && lines[0].contains("a/src/x.rs"));
        assert!(lines[1].contains("--test-package amanat-c --file b/src/y.rs"));
    }

    #[test]
    fn a_guard_without_a_mutant_is_found() {
        let listed = "a/src/x.rs:1:2: replace one -> bool with true\na/src/x.rs:3:4: replace == with != in T::two\n";
        assert_eq!(
            unchanged(&two(), listed),
            ["docs/guards.toml: cargo-mutants knows no change of three in b/src/y.rs"]
        );
    }
}
