//! What a node says when it cannot run: which file of its ledger is damaged, rather than what the engine met in it.
use amanat_node::disk::{PREFIX, Part, partitions, scan};
use amanat_node::{Fault, scrub};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

/// Bytes of the ledger that are looked through before the process ends: seconds of work.
const BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Bytes of a file that is looked at before the start, at most; there are a few dozen such files.
const NEWEST_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Free bytes with which a node can go on: what it writes at a time.
const ROOM: u64 = 1024 * 1024;
/// Damaged files that are named.
const NAMED_MAX: usize = 10;

/// Runs a node; if it ends by a fault of storage or a panic, names what is damaged in `ledger` on standard error.
pub fn named(ledger: &Path, run: impl FnOnce() -> Result<(), Fault>) -> Result<(), Fault> {
    let before = newest(ledger);
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Err(fault)) => {
            let of_configuration = matches!(fault, Fault::Config(_) | Fault::Address(_));
            if !of_configuration {
                eprintln!("amanat: {}", explain(ledger, before));
            }
            Err(fault)
        }
        Ok(ended) => ended,
        Err(panic) => {
            eprintln!("amanat: {}", explain(ledger, before));
            resume_unwind(panic)
        }
    }
}

/// A damaged file, and where.
fn place(partition: &str, blob: &str, offset: u64, part: Part) -> String {
    let meaning = part.meaning();
    format!("{partition}/{blob} at byte {offset} ({meaning})")
}

/// Damage in the newest files: the engine cuts it off when it opens them, and after that it cannot be named.
fn newest(ledger: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for partition in partitions(ledger, PREFIX).unwrap_or_default() {
        for blob in partition.blobs.iter().rev().take(2) {
            let about = std::fs::metadata(partition.path.join(blob));
            if about.is_ok_and(|about| about.len() <= NEWEST_BYTES_MAX)
                && let Ok(scanned) = scan(&partition, blob)
                && let Some(damage) = scanned.damage.first()
            {
                let offset = damage.offset;
                found.insert(place(&partition.name, blob, offset, partition.part));
            }
        }
    }
    found
}

/// What to say of a disk with so many free bytes, if they are too few to go on with.
fn full(ledger: &Path, free: u64) -> Option<String> {
    let named = ledger.display();
    (free < ROOM).then(|| format!("the disk under {named} is full ({free} bytes are free): make room and start again; what was acknowledged is kept"))
}

/// Says that the disk is full, or names the damaged files of a ledger on which no node runs, with those that were damaged before it ran.
fn explain(ledger: &Path, mut files: BTreeSet<String>) -> String {
    if let Ok(about) = rustix::fs::statvfs(ledger)
        && let Some(words) = full(ledger, about.f_bavail.saturating_mul(about.f_frsize))
    {
        return words;
    }
    let still = match scrub::bytes(ledger, PREFIX, BYTES_MAX, &mut |_| {}) {
        Ok(report) => {
            files.extend(report.findings.iter().map(|finding| {
                let blob = finding.blob.as_deref().unwrap_or_default();
                let offset = finding.offset.unwrap_or_default();
                place(&finding.partition, blob, offset, finding.part)
            }));
            !report.findings.is_empty()
        }
        Err(error) => return format!("the ledger cannot be read: {error}"),
    };
    // What the engine cuts off at a start leaves no wrong checksum.
    let cut = match still {
        true => "",
        false => {
            "; if that finds nothing, because this start cut the damage off, `amanat node --config FILE --resync` takes the ledger over from the other members"
        }
    };
    let files: Vec<String> = files.into_iter().take(NAMED_MAX).collect();
    match files.is_empty() {
        true => "no file of the ledger fails its checksums; if it does not start again, stop it and run `amanat scrub`".to_owned(),
        false => format!(
            "the ledger is damaged: {}: leave the node stopped and run `amanat scrub --config FILE`, which says what helps{cut}",
            files.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{ROOM, explain, full};
    use std::collections::BTreeSet;

    #[test]
    fn a_full_disk_is_said_before_anything_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let words = full(folder.path(), ROOM - 1).expect("too few");
        assert!(words.contains("is full"), "{words}");
        assert_eq!(full(folder.path(), ROOM), None);
        // There is room here, and no ledger that could be damaged.
        let words = explain(folder.path(), BTreeSet::new());
        assert!(words.contains("no file of the ledger fails"), "{words}");
        // There was damage before, and none is left to be found.
        let before = BTreeSet::from(["amanat-blocks/00 at byte 7 (blocks)".to_owned()]);
        let words = explain(folder.path(), before);
        assert!(
            words.contains("at byte 7 (blocks): leave the node stopped"),
            "{words}"
        );
        assert!(words.contains("--resync"), "{words}");
    }
}
