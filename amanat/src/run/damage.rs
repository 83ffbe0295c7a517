//! What a node says when it cannot run: which file of its ledger is damaged, rather than what the engine met in it.
use amanat_node::disk::PREFIX;
use amanat_node::{Fault, scrub};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

/// Bytes of the ledger that are looked through before the process ends: seconds of work.
const BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Damaged files that are named.
const NAMED_MAX: usize = 10;

/// Runs a node; if it ends by a fault of storage or a panic, names what is damaged in `ledger` on standard error.
pub fn named(ledger: &Path, run: impl FnOnce() -> Result<(), Fault>) -> Result<(), Fault> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Err(fault)) => {
            let of_configuration = matches!(fault, Fault::Config(_) | Fault::Address(_));
            if !of_configuration {
                eprintln!("amanat: {}", explain(ledger));
            }
            Err(fault)
        }
        Ok(ended) => ended,
        Err(panic) => {
            eprintln!("amanat: {}", explain(ledger));
            resume_unwind(panic)
        }
    }
}

/// Names the damaged files of a ledger on which no node runs.
fn explain(ledger: &Path) -> String {
    let report = match scrub::bytes(ledger, PREFIX, BYTES_MAX, &mut |_| {}) {
        Ok(report) => report,
        Err(error) => return format!("the ledger cannot be read: {error}"),
    };
    let files = report.findings.iter().map(|finding| {
        let blob = finding.blob.as_deref().unwrap_or_default();
        let offset = finding.offset.unwrap_or_default();
        format!(
            "{}/{blob} at byte {offset} ({})",
            finding.partition,
            finding.part.meaning()
        )
    });
    let files: Vec<String> = files.take(NAMED_MAX).collect();
    match files.is_empty() {
        true => "no file of the ledger fails its checksums; if it does not start again, stop it and run `amanat scrub`".to_owned(),
        false => format!(
            "the ledger is damaged: {}: leave the node stopped and run `amanat scrub --config FILE`, which says what helps",
            files.join(", ")
        ),
    }
}
