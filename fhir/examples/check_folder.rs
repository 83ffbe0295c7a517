//! Parses, checks and canonicalises every `.json` of the folders given, takes transactions apart, and says what was found:
//! `cargo run --release -p amanat-fhir --example check_folder -- DIR...`

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use amanat_fhir::{Category, Checked, Limits, bundle, canonical, check, parse, patient};

#[derive(Default)]
struct Report {
    files: usize,
    bytes: usize,
    sound: usize,
    spent: [Duration; 4],
    flaws: Vec<String>,
    unsupported: Vec<String>,
    categories: BTreeMap<Category, usize>,
    without_patient: BTreeMap<String, usize>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut report = Report::default();
    for folder in std::env::args_os().skip(1) {
        let mut files = Vec::new();
        collect(Path::new(&folder), &mut files)?;
        files.sort();
        for file in files {
            let body = std::fs::read(&file)?;
            report.files += 1;
            report.bytes += body.len();
            match one(&body, &mut report) {
                Ok(()) => report.sound += 1,
                Err(flaw) => report.flaws.push(format!("{}: {flaw}", file.display())),
            }
        }
    }
    for flaw in &report.flaws {
        println!("{flaw}");
    }
    println!(
        "{} files, {} bytes, {} sound",
        report.files, report.bytes, report.sound
    );
    let [parsed, checked, written, taken] = report.spent;
    println!("parse {parsed:?}, check {checked:?}, canonical {written:?}, transaction {taken:?}");
    println!("unsupported transactions {:?}", report.unsupported);
    println!(
        "categories {:?}\nwithout a patient {:?}",
        report.categories, report.without_patient
    );
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    Ok(())
}

fn one(body: &[u8], report: &mut Report) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let resource = parse(body, Limits::BUNDLE)?;
    report.spent[0] += start.elapsed();
    let start = Instant::now();
    let checked = check(resource)?;
    report.spent[1] += start.elapsed();
    let start = Instant::now();
    let bytes = canonical(&checked);
    report.spent[2] += start.elapsed();
    if canonical(&parse(&bytes, Limits::BUNDLE)?) != bytes {
        return Err("the canonical bytes changed".into());
    }
    if checked.kind().name() != "Bundle" || checked.text("type") != Some("transaction") {
        count(&checked, report);
        return Ok(());
    }
    let start = Instant::now();
    let transaction = match bundle::transaction(checked, |index, _| format!("new-{index}")) {
        Ok(transaction) => transaction,
        Err(flaw) => {
            // Sound FHIR, but not what this exchange supports.
            report.unsupported.push(flaw.to_string());
            return Ok(());
        }
    };
    report.spent[3] += start.elapsed();
    let origins = transaction.origins();
    for mut entry in transaction.entries {
        count(&entry.resource, report);
        bundle::restore(&mut entry.resource, &origins);
        let text = String::from_utf8(canonical(&entry.resource))?;
        let original = String::from_utf8_lossy(&bytes);
        if !original.contains(&text) {
            return Err("restored differs".into());
        }
    }
    Ok(())
}

fn count(resource: &Checked, report: &mut Report) {
    *report.categories.entry(Category::of(resource)).or_default() += 1;
    if let Err(flaw) = patient::of(resource) {
        *report
            .without_patient
            .entry(flaw.at().to_owned())
            .or_default() += 1;
    }
}
