//! An encrypted store of tables: a table has lists, a list has rows, a row has a key and a value.
//!
//! One redb file. A row's name is an HMAC of (table, list, key), its content AES-256-GCM over (table, list, key, value) bound to
//! that name, so that a row can be neither read, moved nor exchanged without the member's storage key. Rows of one list
//! share the first half of their names: that a list is read by one range, and what a reader of the file may count.
//!
//! A write is one transaction. After a failed write the store must be opened anew.
use crate::cipher::{Keys, LIST_BYTES, NAME_BYTES};
use amanat_client::Fault;
use amanat_types::{Digest, digest};
use redb::{Builder, Database, Durability, ReadableDatabase as _, ReadableTable, TableDefinition};
use std::path::Path;
use std::sync::Arc;

const ROWS: TableDefinition<&[u8; NAME_BYTES], &[u8]> = TableDefinition::new("rows");
/// Memory that the store may keep of its file.
const CACHE_BYTES: usize = 16 * 1024 * 1024;
const FORMAT: Table = Table::new("format");
const FORMAT_VERSION: &[u8] = b"1";

/// A table, by its name. Names are the program's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table(&'static str);

impl Table {
    /// The table of this name.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }
}

/// A row in the clear.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    table: Vec<u8>,
    list: Vec<u8>,
    /// Its key in its list.
    pub key: Vec<u8>,
    /// Its value.
    pub value: Vec<u8>,
}

/// The encrypted store. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    database: Database,
    keys: Keys,
}

/// The store as it stood when the view was taken.
pub struct View<'s> {
    keys: &'s Keys,
    rows: redb::ReadOnlyTable<&'static [u8; NAME_BYTES], &'static [u8]>,
}

/// Writes on their way; they see each other.
pub struct Batch<'t> {
    keys: &'t Keys,
    rows: redb::Table<'t, &'static [u8; NAME_BYTES], &'static [u8]>,
}

/// How soon a write must be on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Before the write returns.
    Durable,
    /// With the next durable write: for what can be folded again.
    Later,
}

fn failed(what: &str, error: impl Into<redb::Error>) -> Fault {
    Fault::Storage {
        what: format!("{what} the encrypted store"),
        source: std::io::Error::other(error.into()),
    }
}

fn damaged(why: impl std::fmt::Display) -> Fault {
    Fault::Damaged {
        what: "the encrypted store".into(),
        why: why.to_string(),
    }
}

impl Row {
    fn encode(table: &[u8], list: &[u8], key: &[u8], value: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64 + list.len() + key.len() + value.len());
        for part in [table, list, key] {
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes.extend_from_slice(value);
        bytes
    }

    fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut part = || {
            let (length, rest) = bytes.split_first_chunk::<4>()?;
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            let (part, rest) = rest.split_at_checked(length)?;
            bytes = rest;
            Some(part.to_vec())
        };
        let (table, list, key) = (part()?, part()?, part()?);
        Some(Self {
            table,
            list,
            key,
            value: bytes.to_vec(),
        })
    }
}

impl Store {
    /// Opens or creates the store in `file`, encrypted under `storage`.
    ///
    /// Faults: `Storage`; `Damaged` if the file is encrypted under another key.
    pub fn open(file: &Path, storage: &[u8; 32]) -> Result<Self, Fault> {
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE_BYTES);
        let database = builder.create(file).map_err(|e| failed("open", e))?;
        let keys = Keys::new(storage).map_err(damaged)?;
        let store = Self {
            shared: Arc::new(Shared { database, keys }),
        };
        store.check_format()?;
        Ok(store)
    }

    /// A row of the format says that the key is the right one; a new file gets it.
    fn check_format(&self) -> Result<(), Fault> {
        let fresh = self.write(Urgency::Durable, |batch| {
            let version = batch.get(FORMAT, b"", b"version")?;
            let fresh = version.is_none() && batch.is_empty()?;
            if fresh {
                batch.put(FORMAT, b"", b"version", FORMAT_VERSION)?;
            }
            Ok(fresh || version.as_deref() == Some(FORMAT_VERSION))
        })?;
        match fresh {
            true => Ok(()),
            false => Err(damaged("it is of another key or another format")),
        }
    }

    /// A view of the store as it stands.
    pub fn view(&self) -> Result<View<'_>, Fault> {
        let read = self.shared.database.begin_read();
        let read = read.map_err(|e| failed("read", e))?;
        let rows = read.open_table(ROWS).map_err(|e| failed("read", e))?;
        Ok(View {
            keys: &self.shared.keys,
            rows,
        })
    }

    /// Runs `work` and commits all that it wrote, or nothing if it fails.
    pub fn write<T>(
        &self,
        urgency: Urgency,
        work: impl FnOnce(&mut Batch<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let begun = self.shared.database.begin_write();
        let mut transaction = begun.map_err(|e| failed("write", e))?;
        let durability = match urgency {
            Urgency::Durable => Durability::Immediate,
            Urgency::Later => Durability::None,
        };
        let set = transaction.set_durability(durability);
        set.map_err(|e| failed("write", e))?;
        let done = {
            let rows = transaction.open_table(ROWS);
            let mut batch = Batch {
                keys: &self.shared.keys,
                rows: rows.map_err(|e| failed("write", e))?,
            };
            work(&mut batch)?
        };
        transaction.commit().map_err(|e| failed("write", e))?;
        Ok(done)
    }

    /// Digest of everything in the store but the tables `except`, in the clear, sorted: equal if and only if the content is.
    pub fn fingerprint(&self, except: &[Table]) -> Result<Digest, Fault> {
        let view = self.view()?;
        let all = view.rows.iter().map_err(|e| failed("read", e))?;
        let mut rows = all
            .map(|entry| {
                let (name, sealed) = entry.map_err(|e| failed("read", e))?;
                open_row(view.keys, name.value(), sealed.value())
            })
            .collect::<Result<Vec<Row>, Fault>>()?;
        rows.retain(|row| !except.iter().any(|table| table.0.as_bytes() == row.table));
        rows.sort();
        let rows = rows.iter().map(|row| {
            let parts = [&row.table, &row.list, &row.key, &row.value];
            let lengths = parts.map(|part| u64::try_from(part.len()).unwrap_or(u64::MAX));
            let lengths = lengths.map(u64::to_be_bytes).concat();
            digest(
                "amanat/store/row",
                &[&lengths, parts[0], parts[1], parts[2], parts[3]],
            )
            .0
        });
        Ok(digest(
            "amanat/store",
            &[&rows.collect::<Vec<_>>().concat()],
        ))
    }
}

/// What a row holds, read and written again: the way in for fuzz targets.
pub(crate) fn again(content: &[u8]) -> Option<Vec<u8>> {
    let row = Row::decode(content)?;
    Some(Row::encode(&row.table, &row.list, &row.key, &row.value))
}

fn open_row(keys: &Keys, name: &[u8; NAME_BYTES], sealed: &[u8]) -> Result<Row, Fault> {
    let content = keys.open(name, sealed).map_err(damaged)?;
    Row::decode(&content).ok_or_else(|| damaged("a row is cut short"))
}

/// First and last name that a row of the list may have.
fn bounds(list: [u8; LIST_BYTES]) -> ([u8; NAME_BYTES], [u8; NAME_BYTES]) {
    let (mut first, mut last) = ([0u8; NAME_BYTES], [0xffu8; NAME_BYTES]);
    first[..LIST_BYTES].copy_from_slice(&list);
    last[..LIST_BYTES].copy_from_slice(&list);
    (first, last)
}

fn get(
    rows: &impl ReadableTable<&'static [u8; NAME_BYTES], &'static [u8]>,
    keys: &Keys,
    (table, list, key): (Table, &[u8], &[u8]),
) -> Result<Option<Vec<u8>>, Fault> {
    let name = keys.name(table.0, list, key);
    let found = rows.get(&name).map_err(|e| failed("read", e))?;
    let row = found.map(|sealed| open_row(keys, &name, sealed.value()));
    Ok(row.transpose()?.map(|row| row.value))
}

fn scan(
    rows: &impl ReadableTable<&'static [u8; NAME_BYTES], &'static [u8]>,
    keys: &Keys,
    table: Table,
    list: &[u8],
) -> Result<Vec<Row>, Fault> {
    let (first, last) = bounds(keys.list(table.0, list));
    let range = rows.range::<&[u8; NAME_BYTES]>(&first..=&last);
    let range = range.map_err(|e| failed("read", e))?;
    let mut found = range
        .map(|entry| {
            let (name, sealed) = entry.map_err(|e| failed("read", e))?;
            open_row(keys, name.value(), sealed.value())
        })
        .collect::<Result<Vec<Row>, Fault>>()?;
    found.sort();
    Ok(found)
}

impl View<'_> {
    /// The value of a row.
    pub fn get(&self, table: Table, list: &[u8], key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        get(&self.rows, self.keys, (table, list, key))
    }

    /// The rows of a list, sorted by key.
    pub fn scan(&self, table: Table, list: &[u8]) -> Result<Vec<Row>, Fault> {
        scan(&self.rows, self.keys, table, list)
    }
}

impl Batch<'_> {
    /// The value of a row, as written so far.
    pub fn get(&self, table: Table, list: &[u8], key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        get(&self.rows, self.keys, (table, list, key))
    }

    /// The rows of a list as written so far, sorted by key.
    pub fn scan(&self, table: Table, list: &[u8]) -> Result<Vec<Row>, Fault> {
        scan(&self.rows, self.keys, table, list)
    }

    /// Writes a row, over the one of the same key.
    pub fn put(
        &mut self,
        table: Table,
        list: &[u8],
        key: &[u8],
        value: &[u8],
    ) -> Result<(), Fault> {
        let name = self.keys.name(table.0, list, key);
        let content = zeroize::Zeroizing::new(Row::encode(table.0.as_bytes(), list, key, value));
        let sealed = self.keys.seal(&name, &content).map_err(damaged)?;
        let put = self.rows.insert(&name, sealed.as_slice());
        put.map(drop).map_err(|e| failed("write", e))
    }

    /// Removes a row, if it is there.
    pub fn remove(&mut self, table: Table, list: &[u8], key: &[u8]) -> Result<(), Fault> {
        let name = self.keys.name(table.0, list, key);
        let removed = self.rows.remove(&name);
        removed.map(drop).map_err(|e| failed("write", e))
    }

    /// Removes every row, and says anew which format this is.
    pub(crate) fn clear(&mut self) -> Result<(), Fault> {
        self.rows
            .retain(|_, _| false)
            .map_err(|e| failed("empty", e))?;
        self.put(FORMAT, b"", b"version", FORMAT_VERSION)
    }

    fn is_empty(&self) -> Result<bool, Fault> {
        use redb::ReadableTableMetadata as _;
        self.rows.is_empty().map_err(|e| failed("read", e))
    }
}
