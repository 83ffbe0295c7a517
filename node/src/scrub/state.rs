//! The state, opened by the engine on a copy: it repairs what it opens, and the original must stay as it is.
use super::{Finding, Report, ScrubError, Settings};
use crate::disk::{DiskError, Part, partitions};
use crate::fault::Fault;
use crate::store::{self, Databases};
use amanat_types::block::{Header, SyncTarget};
use amanat_types::proof::{Record, body_digest};
use amanat_types::{Digest, StateKey};
use commonware_glue::stateful::db::DatabaseSet as _;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_runtime::{Runner as _, Supervisor as _, tokio as runtime};
use commonware_storage::merkle::Location;
use commonware_utils::NZUsize;
use futures::{FutureExt as _, StreamExt as _};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

const CACHE_PAGES: usize = 4096;

/// What the copy holds.
struct Opened {
    root: Digest,
    targets: (SyncTarget, SyncTarget),
    values: u64,
    /// The first value that is not the one of its record.
    wrong: Option<String>,
}

/// Compares the state with the header at its tip, and every value with its digest.
pub fn check(
    settings: &Settings<'_>,
    work: &Path,
    damaged: &[Part],
    headers: &VecDeque<Header>,
    report: &mut Report,
) -> Result<(), ScrubError> {
    if damaged.contains(&Part::Records) || damaged.contains(&Part::Bodies) {
        let why = "the state was not opened: bytes of it are damaged";
        report.unchecked.push(why.to_owned());
        return Ok(());
    }
    if let Err(error) = copy(settings.folder, settings.prefix, work) {
        let why = format!("the state was not opened: it could not be copied: {error}");
        report.unchecked.push(why);
        return Ok(());
    }
    let opened = match open(work, settings.prefix) {
        Ok(opened) => opened,
        Err(fault) => {
            find(settings, Part::Records, "rec", fault.to_string(), report);
            return Ok(());
        }
    };
    report.values = opened.values;
    if let Some(wrong) = opened.wrong {
        find(settings, Part::Bodies, "body", wrong, report);
    }
    compare(settings, headers, (opened.root, &opened.targets), report);
    Ok(())
}

fn compare(
    settings: &Settings<'_>,
    headers: &VecDeque<Header>,
    (root, targets): (Digest, &(SyncTarget, SyncTarget)),
    report: &mut Report,
) {
    let of = |header: &&Header| header.records == targets.0 || header.bodies == targets.1;
    let Some(header) = headers.iter().rev().find(of) else {
        match headers.back() {
            Some(_) => {
                let what = "the state is not that of any of the last blocks";
                find(settings, Part::Records, "rec", what.to_owned(), report);
            }
            None => {
                let why = "the state was not compared: there are no blocks to compare it with; if the node does not start on it, `amanat node --resync` helps";
                report.unchecked.push(why.to_owned());
            }
        }
        return;
    };
    report.state_height = Some(header.height.get());
    // A node that has executed nothing holds empty databases, and the genesis header no root of them.
    if header.height.get() > 0 && header.state_root != root {
        let what = format!("the state root is not that of block {}", header.height);
        find(settings, Part::Records, "rec", what, report);
    }
    for (part, name, same) in [
        (Part::Records, "rec", header.records == targets.0),
        (Part::Bodies, "body", header.bodies == targets.1),
    ] {
        if !same {
            let what = format!("its root is not that of block {}", header.height);
            find(settings, part, name, what, report);
        }
    }
}

fn find(settings: &Settings<'_>, part: Part, name: &str, what: String, report: &mut Report) {
    report.find(Finding {
        partition: format!("{}-{name}", settings.prefix),
        blob: None,
        offset: None,
        what,
        part,
    });
}

/// Copies the partitions of the state.
pub fn copy(folder: &Path, prefix: &str, work: &Path) -> Result<(), DiskError> {
    for partition in partitions(folder, prefix)? {
        if !matches!(partition.part, Part::Records | Part::Bodies) {
            continue;
        }
        let to = work.join(&partition.name);
        std::fs::create_dir_all(&to).map_err(DiskError::io(&to))?;
        for blob in &partition.blobs {
            let to = to.join(blob);
            let copied = std::fs::copy(partition.path.join(blob), &to);
            copied.map_err(DiskError::io(&to))?;
        }
    }
    Ok(())
}

/// Opens the copy; the engine's panics are faults.
fn open(work: &Path, prefix: &str) -> Result<Opened, Fault> {
    let config = runtime::Config::new()
        .with_worker_threads(1)
        .with_storage_directory(work);
    let prefix = prefix.to_owned();
    let opened = catch_unwind(AssertUnwindSafe(|| {
        runtime::Runner::new(config).start(|context| read(context, prefix).boxed())
    }));
    opened.unwrap_or_else(|panic| Err(Fault::storage("state", crate::fault::said(&*panic))))
}

async fn read(context: runtime::Context, prefix: String) -> Result<Opened, Fault> {
    let cache = CacheRef::new(crate::config::PAGE, NZUsize!(CACHE_PAGES));
    let config = store::config::<runtime::Context>(&prefix, &cache);
    let databases: Databases<runtime::Context> =
        Databases::init(context.child("state"), config, None).await;
    let targets = databases.committed_targets().await;
    let records = databases.0.read().await;
    let bodies = databases.1.read().await;
    let (mut values, mut wrong) = (0u64, None);
    let failed = |error| Fault::storage("records", error);
    let mut all = records.stream_range(..).boxed();
    while let Some(found) = all.next().await {
        let (key, record) = found.map_err(failed)?;
        let record = Record::from_bytes(&record);
        let key = StateKey::new(key.0);
        // A body that cannot be read is not the one either.
        let body = bodies.get(Location::new(record.location)).await;
        let body = body.ok().flatten();
        let same = body.as_ref().and_then(|body| body.split());
        let same = same.is_some_and(|(_, value)| body_digest(&key, value) == record.digest);
        if !same && wrong.is_none() {
            let location = record.location;
            wrong = Some(format!(
                "the value at location {location} is not the one that its record names"
            ));
        }
        values = values.saturating_add(1);
    }
    Ok(Opened {
        root: records.root(),
        targets,
        values,
        wrong,
    })
}
