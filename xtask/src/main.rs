//! Repository chores: `cargo xtask arrows | tidy | ci | mutants | absence`.
//!
//! Knows no crate of the project. Each chore prints what it found, one finding a line, and ends with status 1 if there was any.

mod absence;
mod arrows;
mod ci;
mod mutants;
mod repository;
mod tidy;

use repository::Repository;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask CHORE

  arrows             compare the crates' dependencies with docs/arrows.toml
  tidy               check sizes, names, leftovers and forbidden words in the sources
  ci                 everything that .ci/run checks: format, arrows, tidy, lints, tests
  mutants [FOLDER]   mutate the guards of docs/guards.toml and demand that a test fails for each
  mutants --list     print the command of `mutants` without running it
  absence [FOLDER]   leave out single checks of the same guards, one at a time, and demand the same";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = Repository::here().and_then(|repository| match words.as_slice() {
        ["arrows"] => arrows::run(&repository).map(|findings| report("arrows", &findings)),
        ["tidy"] => tidy::run(&repository).map(|findings| report("tidy", &findings)),
        ["ci"] => ci::run(&repository),
        ["mutants", "--list"] => mutants::list(&repository, None),
        ["mutants", "--list", folder] => mutants::list(&repository, Some(folder)),
        ["mutants"] => mutants::run(&repository, None),
        ["mutants", folder] => mutants::run(&repository, Some(folder)),
        ["absence"] => absence::run(&repository, None),
        ["absence", folder] => absence::run(&repository, Some(folder)),
        _ => Err(USAGE.to_owned()),
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(text) => {
            eprintln!("{text}");
            ExitCode::from(2)
        }
    }
}

/// Prints the findings of a chore; true if there were none.
fn report(chore: &str, findings: &[String]) -> bool {
    for finding in findings {
        println!("{chore}: {finding}");
    }
    match findings.len() {
        0 => println!("{chore}: nothing to report"),
        1 => println!("{chore}: 1 finding"),
        many => println!("{chore}: {many} findings"),
    }
    findings.is_empty()
}
