//! Takes single checks out of the guards of `docs/guards.toml` and demands that a test fails each time.
//!
//! cargo-mutants changes expressions and whole functions but never leaves out a statement. Two kinds are left out here, one at a
//! time: what is done for its refusal alone (`require(..)?;`, `journal.append(..).await?;`), and an `if` whose body returns at
//! once. Work is done in a copy below `target/`.

use crate::mutants::{Guard, guards};
use crate::repository::Repository;
use crate::tidy::{Function, Source, functions};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Longest run of a crate's tests, with one check missing; a run that hangs counts as noticed.
const SECONDS_MAX: &str = "600";

/// Lines that hold one check, from 0, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cut {
    first: usize,
    last: usize,
}

/// What became of the tests without a check.
#[derive(PartialEq)]
enum Verdict {
    Noticed,
    Survived,
    DoesNotBuild,
}

/// The part of a manifest that matters here.
#[derive(Deserialize)]
struct Manifest {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

/// Leaves out each check of the guards of one folder, or of all. True if every absence was noticed.
pub fn run(repository: &Repository, folder: Option<&str>) -> Result<bool, String> {
    let copy = Copy::make(repository)?;
    let mut survivors = Vec::new();
    let mut count = 0;
    let mut sound = Vec::new();
    for guard in guards(repository, folder)? {
        let packages = match guard.tested_by.is_empty() {
            true => vec![package_of(repository, &guard.file)?],
            false => guard.tested_by.clone(),
        };
        if sound != packages {
            let names = packages.join(", ");
            println!("tests of {names} with every check in place");
            if copy.judge(&packages)? != Verdict::Survived {
                return Err(format!("the tests of {names} fail as they are"));
            }
            sound.clone_from(&packages);
        }
        let text = repository.read(&guard.file)?;
        for cut in cuts(&Source::new(&text), &guard) {
            copy.write(&guard.file, &without(&text, cut))?;
            let verdict = copy.judge(&packages)?;
            copy.write(&guard.file, &text)?;
            count += 1;
            let check = text.lines().nth(cut.first).unwrap_or_default().trim();
            let place = format!("{}:{}: {check}", guard.file, cut.first + 1);
            match verdict {
                Verdict::Noticed => println!("noticed         {place}"),
                Verdict::DoesNotBuild => println!("does not build  {place}"),
                Verdict::Survived => {
                    println!("SURVIVED        {place}");
                    survivors.push(place);
                }
            }
        }
    }
    println!("{count} checks left out, {} survived", survivors.len());
    Ok(survivors.is_empty())
}

/// The checks in the functions that a guard names.
fn cuts(source: &Source, guard: &Guard) -> Vec<Cut> {
    let named = |function: &Function| guard.functions.contains(&function.name);
    let mut found = Vec::new();
    for function in functions(source.code_untested())
        .iter()
        .filter(|f| named(f))
    {
        let end = function.line - 1 + function.lines;
        let mut at = function.line;
        while at < end {
            match cut_at(&source.code[..end], at) {
                Some(cut) => {
                    found.push(cut);
                    at = cut.last + 1;
                }
                None => at += 1,
            }
        }
    }
    found
}

/// The check that begins on a line of rustfmt-ed code.
fn cut_at(code: &[String], first: usize) -> Option<Cut> {
    let line = code[first].trim();
    let before = code[..first].iter().rev().map(|line| line.trim());
    let begins = before
        .into_iter()
        .find(|line| !line.is_empty())
        .is_some_and(|line| line.ends_with([';', '{', '}']));
    if !begins || line.is_empty() {
        return None;
    }
    match line.starts_with("if ") {
        true => early_return(code, first),
        false => statement(code, first),
    }
}

/// A statement that ends in `?;` and gives nothing a name.
fn statement(code: &[String], first: usize) -> Option<Cut> {
    let mut depth = 0i32;
    let mut text = String::new();
    for (index, line) in code[first..].iter().enumerate() {
        for c in line.chars() {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
        }
        text.push_str(line.trim());
        if depth < 0 {
            return None;
        }
        if depth == 0 && text.ends_with(';') {
            let named = ["let ", "return ", "for ", "while ", "match "];
            let is_check = text.ends_with("?;")
                && !named.iter().any(|word| text.starts_with(word))
                && !text.contains(" = ");
            let last = first + index;
            return is_check.then_some(Cut { first, last });
        }
        if depth == 0 && text.ends_with('}') {
            return None;
        }
    }
    None
}

/// An `if` without `else` whose body begins with `return`.
fn early_return(code: &[String], first: usize) -> Option<Cut> {
    let opens = code[first..]
        .iter()
        .position(|line| line.trim_end().ends_with('{'))?;
    let open = first + opens;
    let indent = code[first].len() - code[first].trim_start().len();
    let closing = format!("{}}}", " ".repeat(indent));
    let last = open + code[open..].iter().position(|line| *line == closing)?;
    let returns = code.get(open + 1)?.trim().starts_with("return ");
    returns.then_some(Cut { first, last })
}

fn without(text: &str, cut: Cut) -> String {
    text.lines()
        .enumerate()
        .filter(|(index, _)| !(cut.first..=cut.last).contains(index))
        .map(|(_, line)| format!("{line}\n"))
        .collect()
}

fn package_of(repository: &Repository, file: &str) -> Result<String, String> {
    let folder = file.split('/').next().unwrap_or_default();
    let path = format!("{folder}/Cargo.toml");
    let manifest: Manifest =
        toml::from_str(&repository.read(&path)?).map_err(|error| format!("{path}: {error}"))?;
    Ok(manifest.package.name)
}

/// A copy of the files that git knows.
struct Copy {
    tree: PathBuf,
    build: PathBuf,
}

impl Copy {
    fn make(repository: &Repository) -> Result<Self, String> {
        let folder = repository.root().join("target").join("absence");
        let copy = Self {
            tree: folder.join("tree"),
            build: folder.join("build"),
        };
        if copy.tree.exists() {
            std::fs::remove_dir_all(&copy.tree).map_err(|error| failed(&copy.tree, &error))?;
        }
        for file in repository.files()? {
            let to = copy.tree.join(&file);
            let parent = to.parent().unwrap_or(&copy.tree);
            std::fs::create_dir_all(parent).map_err(|error| failed(parent, &error))?;
            std::fs::copy(repository.root().join(&file), &to)
                .map_err(|error| failed(&to, &error))?;
        }
        Ok(copy)
    }

    fn write(&self, file: &str, text: &str) -> Result<(), String> {
        let path = self.tree.join(file);
        std::fs::write(&path, text).map_err(|error| failed(&path, &error))
    }

    /// Builds and runs the tests of packages.
    fn judge(&self, packages: &[String]) -> Result<Verdict, String> {
        for package in packages {
            if !self.cargo(&["test", "--package", package, "--no-run"])? {
                return Ok(Verdict::DoesNotBuild);
            }
            if !self.cargo(&["test", "--package", package])? {
                return Ok(Verdict::Noticed);
            }
        }
        Ok(Verdict::Survived)
    }

    fn cargo(&self, arguments: &[&str]) -> Result<bool, String> {
        Command::new("timeout")
            .args(["--kill-after=5", SECONDS_MAX, "cargo"])
            .args(arguments)
            .current_dir(&self.tree)
            .env("CARGO_TARGET_DIR", &self.build)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map(|status| status.success())
            .map_err(|error| format!("timeout: {error}"))
    }
}

fn failed(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::{Cut, cuts, without};
    use crate::mutants::Guard;
    use crate::tidy::Source;

    const TEXT: &str = "//! A file.
fn judge(x: u8) -> Result<(), No> {
    require(x > 1, No)?;
    require(
        x > 2, // ;
        No,
    )?;
    if x > 3 {
        return Err(No);
    }
    if x > 4
        && y
    {
        return Err(No);
    }
    if x > 5 {
        f();
    }
    let named = g(x)?;
    kept = g(x)?;
    self.journal
        .append(x)
        .await?;
    let long = h(
        x,
        g(x)?,
    );
    Ok(())
}
fn other() {
    require(x, No)?;
}
";

    fn found(function: &str) -> Vec<Cut> {
        let guard = Guard {
            judges: String::new(),
            file: String::new(),
            functions: vec![function.to_owned()],
            tested_by: Vec::new(),
        };
        cuts(&Source::new(TEXT), &guard)
    }

    #[test]
    fn checks_of_the_named_function_are_found() {
        let expected = [(2, 2), (3, 6), (7, 9), (10, 14), (20, 22)];
        assert_eq!(
            found("judge"),
            expected.map(|(first, last)| Cut { first, last })
        );
        assert_eq!(found("other").len(), 1);
        assert!(found("none").is_empty());
    }

    #[test]
    fn only_the_check_is_left_out() {
        let text = without(TEXT, Cut { first: 3, last: 6 });
        assert_eq!(text.lines().count(), TEXT.lines().count() - 4);
        assert!(!text.contains("x > 2") && text.contains("x > 1") && text.contains("x > 3"));
    }
}
