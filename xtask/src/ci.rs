//! What `.ci/run` checks, in one list. Every step runs, so that one run shows all that is wrong.

use crate::repository::Repository;
use crate::{arrows, report, tidy};
use std::time::Instant;

const FORMAT: &[&str] = &["fmt", "--all", "--check"];
const LINTS: &[&str] = &[
    "clippy",
    "--workspace",
    "--all-targets",
    "--locked",
    "--",
    "-D",
    "warnings",
];
const TESTS: &[&str] = &["test", "--workspace"];

/// Runs every step; true if all passed. The cheap ones come first.
pub fn run(repository: &Repository) -> Result<bool, String> {
    let mut failed = Vec::new();
    let mut step = |name: &str, work: &dyn Fn() -> Result<bool, String>| {
        println!("==> {name}");
        let start = Instant::now();
        let passed = work().unwrap_or_else(|text| {
            println!("{text}");
            false
        });
        let verdict = if passed { "passed" } else { "FAILED" };
        println!("<== {name}: {verdict} in {} s", start.elapsed().as_secs());
        if !passed {
            failed.push(name.to_owned());
        }
    };
    step("arrows", &|| {
        Ok(report("arrows", &arrows::run(repository)?))
    });
    step("tidy", &|| Ok(report("tidy", &tidy::run(repository)?)));
    for arguments in [FORMAT, LINTS, TESTS] {
        let name = format!("cargo {}", arguments.join(" "));
        step(&name, &|| repository.run("cargo", arguments));
    }
    if failed.is_empty() {
        println!("ci: every step passed");
    } else {
        println!("ci: failed: {}", failed.join("; "));
    }
    Ok(failed.is_empty())
}
