//! The ZIP: files of one JSON document a line, and at the end a manifest with counts and digests.
use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};
use zip::result::ZipError;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The name of the manifest, the last file.
const MANIFEST: &str = "manifest.json";

/// What was written and not taken yet.
#[derive(Clone, Default)]
struct Pending(Arc<Mutex<Vec<u8>>>);

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pending.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One file of an archive.
pub(crate) struct Entry {
    /// Its folder.
    pub(crate) folder: &'static str,
    /// The type of its resources.
    pub(crate) kind: String,
    /// Which of that folder and type it is.
    pub(crate) number: usize,
    /// Its lines, without their ends.
    pub(crate) lines: Vec<Vec<u8>>,
}

/// A ZIP on its way. It holds what was not taken yet, and of each file its name and what the manifest says of it.
pub(crate) struct Pack {
    zip: ZipWriter<StreamWriter<Pending>>,
    pending: Pending,
    options: SimpleFileOptions,
    output: Vec<Value>,
}

impl Pack {
    /// An empty one, whose files bear this time, an instant of FHIR.
    pub(crate) fn new(instant: &str) -> Self {
        let pending = Pending::default();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(modified(instant).unwrap_or_default())
            .unix_permissions(0o644);
        Self {
            zip: ZipWriter::new_stream(pending.clone()),
            pending,
            options,
            output: Vec::new(),
        }
    }

    /// Adds a file; none if it has no lines.
    pub(crate) fn add(&mut self, entry: Entry) -> Result<(), ZipError> {
        let Entry {
            folder,
            kind,
            number,
            lines,
        } = entry;
        if lines.is_empty() {
            return Ok(());
        }
        let url = format!("{folder}/{kind}-{number:03}.ndjson");
        let count = lines.len();
        let mut content = Vec::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
        for line in lines {
            content.extend_from_slice(&line);
            content.push(b'\n');
        }
        let sha256 = hex::encode(digest(&SHA256, &content));
        self.write(&url, &content)?;
        self.output.push(json!({
            "type": kind, "url": url, "count": count, "bytes": content.len(), "sha256": sha256,
        }));
        Ok(())
    }

    /// What was written since the last time.
    pub(crate) fn take(&self) -> Vec<u8> {
        let pending = self.pending.0.lock();
        mem::take(&mut *pending.unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds the manifest, in which `head` comes before the files, and ends the ZIP: the rest of its bytes.
    pub(crate) fn finish(mut self, mut head: Map<String, Value>) -> Result<Vec<u8>, ZipError> {
        head.insert("output".to_owned(), mem::take(&mut self.output).into());
        let manifest = serde_json::to_vec_pretty(&head).map_err(io::Error::other)?;
        self.write(MANIFEST, &manifest)?;
        let pending = self.pending.clone();
        self.zip.finish()?;
        let rest = pending.0.lock();
        Ok(mem::take(
            &mut *rest.unwrap_or_else(PoisonError::into_inner),
        ))
    }

    fn write(&mut self, name: &str, content: &[u8]) -> Result<(), ZipError> {
        self.zip.start_file(name, self.options)?;
        Ok(self.zip.write_all(content)?)
    }
}

/// An instant as ZIP has times, to two seconds and without a zone: this is UTC.
fn modified(instant: &str) -> Option<DateTime> {
    let number = |from: usize, to: usize| instant.get(from..to)?.parse::<u8>().ok();
    let year = instant.get(..4)?.parse().ok()?;
    let (month, day) = (number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    DateTime::from_date_and_time(year, month, day, hour, minute, second).ok()
}

#[cfg(test)]
mod tests {
    use super::{Entry, Pack};
    use serde_json::{Map, Value};
    use std::io::{Cursor, Read as _};
    use zip::ZipArchive;

    fn entry(number: usize, lines: &[&str]) -> Entry {
        Entry {
            folder: "records",
            kind: "Basic".to_owned(),
            number,
            lines: lines.iter().map(|line| line.as_bytes().to_vec()).collect(),
        }
    }

    #[test]
    fn what_is_taken_piece_by_piece_is_a_whole_zip_and_a_byte_less_is_none() {
        let mut pack = Pack::new("2026-11-28T12:34:56.000Z");
        let mut bytes = Vec::new();
        for one in [
            entry(1, &["{}", "{\"a\":1}"]),
            entry(2, &[]),
            entry(3, &["{}"]),
        ] {
            pack.add(one).expect("added");
            bytes.extend(pack.take());
        }
        let head = Map::from_iter([("first".to_owned(), Value::from(1))]);
        bytes.extend(pack.finish(head).expect("finished"));

        let mut zip = ZipArchive::new(Cursor::new(&bytes)).expect("a ZIP");
        let names: Vec<String> = zip
            .file_names()
            .map(|name| name.expect("a name").into_owned())
            .collect();
        let all = [
            "records/Basic-001.ndjson",
            "records/Basic-003.ndjson",
            "manifest.json",
        ];
        assert_eq!(names, all);
        let mut text = String::new();
        let mut first = zip.by_name(all[0]).expect("it");
        let time = first.last_modified().expect("a time");
        assert_eq!((time.year(), time.hour(), time.second()), (2026, 12, 56));
        first.read_to_string(&mut text).expect("UTF-8");
        assert_eq!(text, "{}\n{\"a\":1}\n");
        drop(first);
        let manifest: Value =
            serde_json::from_reader(zip.by_name(all[2]).expect("it")).expect("JSON");
        assert_eq!(manifest["first"], 1);
        // What `printf '{}\n' | sha256sum` says.
        assert_eq!(
            manifest["output"][1]["sha256"],
            "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"
        );
        assert_eq!(manifest["output"][0]["count"], 2);
        assert_eq!(manifest["output"][0]["bytes"], 11);

        let short = bytes.get(..bytes.len() - 1).expect("one less");
        assert!(ZipArchive::new(Cursor::new(short)).is_err());
    }
}
