//! Opens the folder and rebuilds the index.
use super::scan::scan;
use super::writer::{Current, Writer};
use super::{Index, Place, Size, Store, forget};
use amanat_client::Fault;
use amanat_client::disk::{Disk, lock_alone, sync_folder};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

impl Store {
    /// Opens the store in `folder`, or begins one. Reads every head.
    ///
    /// What a process that died had written without syncing is synced now, so that whatever the index has is durable.
    /// Damage does not keep the store from opening: it is logged here by segment and offset, and healed by the scrubber.
    pub fn open(folder: &Path, size: Size, disk: Arc<dyn Disk>) -> Result<Self, Fault> {
        let fault = |what: &'static str| move |source| Fault::storage(what, source);
        std::fs::create_dir_all(folder).map_err(fault("make the segments folder"))?;
        sync_folder(folder).map_err(fault("sync the segments folder"))?;
        let lock = lock_alone(&folder.join("lock"))?;
        let mut index = Index::default();
        let mut full_bytes = 0u64;
        let mut last = None;
        for (number, path) in segments(folder)? {
            let (bytes, end) = load(disk.as_ref(), &mut index, number, &path)?;
            full_bytes = full_bytes.saturating_add(bytes);
            last = Some((number, path, bytes, end));
        }
        let next = last
            .as_ref()
            .map_or(0, |(number, ..)| number.saturating_add(1));
        let mut current = None;
        if let Some((number, path, bytes, end)) = last {
            full_bytes = full_bytes.saturating_sub(bytes);
            current = Some(resume(disk.as_ref(), number, &path, bytes, end)?);
        }
        Ok(Self {
            folder: folder.to_owned(),
            size,
            disk,
            index: Mutex::new(index),
            queue: Mutex::default(),
            writer: Mutex::new(Writer {
                current,
                next,
                full_bytes,
            }),
            barred: Mutex::default(),
            _lock: lock,
        })
    }
}

/// The segments in `folder`, by number.
fn segments(folder: &Path) -> Result<Vec<(u32, PathBuf)>, Fault> {
    let fault = |source| Fault::storage("list the segments", source);
    let mut segments = Vec::new();
    for file in std::fs::read_dir(folder).map_err(fault)? {
        let path = file.map_err(fault)?.path();
        let number = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok());
        if let (Some(number), true) = (number, path.extension().is_some_and(|end| end == "seg")) {
            segments.push((number, path));
        }
    }
    segments.sort_unstable();
    Ok(segments)
}

/// Takes one segment into the index; gives its length and where its last finished entry ends. What was begun to be forgotten is finished.
fn load(disk: &dyn Disk, index: &mut Index, number: u32, path: &Path) -> Result<(u64, u64), Fault> {
    let fault = |source| Fault::storage("open a segment", source);
    let file = File::open(path).map_err(fault)?;
    let length = file.metadata().map_err(fault)?.len();
    let segment = scan(&file, length)?;
    for (offset, head) in &segment.entries {
        let place = Place::of(number, *offset, head);
        index.insert(head.key, place);
    }
    let finished = forget::resume(disk, path, &file, &segment.forgotten);
    finished.map_err(|source| Fault::storage("finish to forget", source))?;
    for offset in &segment.lost {
        tracing::error!(
            segment = number,
            offset,
            "a rotten entry says no more what it was"
        );
    }
    index.files.insert(number, Arc::new(file));
    Ok((length, segment.end))
}

/// Goes on writing to the last segment, without the end of an unfinished write.
fn resume(
    disk: &dyn Disk,
    number: u32,
    path: &Path,
    length: u64,
    end: u64,
) -> Result<Current, Fault> {
    let fault = |source| Fault::storage("reopen the last segment", source);
    if end < length {
        let torn = length - end;
        tracing::warn!(
            segment = number,
            offset = end,
            torn,
            "cut off an unfinished write"
        );
        let file = OpenOptions::new().write(true).open(path).map_err(fault)?;
        file.set_len(end)
            .and_then(|()| file.sync_all())
            .map_err(fault)?;
    }
    let mut file = disk.open(path).map_err(fault)?;
    file.sync().map_err(fault)?;
    Ok(Current {
        number,
        file,
        synced: end,
        written: end,
    })
}
