//! One kind of state value: loaded bytes below, values of this block above them, writes of the running transaction on top.
//!
//! A value is hashed, looked up and decoded at its first read in a block and shared from then on. Writes go
//! to an overlay that is kept or dropped whole, in time of its own size.
use crate::fault::Fault;
use crate::keys::{Loaded, RosterName, Touched};
use amanat_types::StateKey;
use amanat_types::state::RosterState;
use commonware_codec::{Copying, Decode, DecodeExt as _, Encode};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Names a state value: an id, and which key and value belong to it.
pub trait Name: Copy + Ord + Into<Touched> {
    /// The value.
    type Value: Encode + Decode<Cfg = ()>;
    /// Name of the kind in faults and in `docs/state.md`.
    const WHAT: &'static str;
    /// Its key.
    fn key(&self) -> StateKey;
}

/// What the block knows of one value.
struct Cell<V> {
    key: StateKey,
    value: Option<Rc<V>>,
    written: bool,
}

/// All values of one kind.
pub struct Table<'a, N: Name> {
    loaded: &'a Loaded,
    cells: RefCell<BTreeMap<N, Cell<N::Value>>>,
    overlay: BTreeMap<N, Rc<N::Value>>,
}

/// Decodes a stored value.
pub fn decode<N: Name>(key: StateKey, bytes: &[u8]) -> Result<N::Value, Fault> {
    N::Value::decode(Copying(bytes)).map_err(|_| Fault::Corrupt { what: N::WHAT, key })
}

/// Reads a value straight from what was loaded.
pub fn load<N: Name>(loaded: &Loaded, name: N) -> Result<Option<N::Value>, Fault> {
    load_at::<N>(loaded, name.key())
}

fn load_at<N: Name>(loaded: &Loaded, key: StateKey) -> Result<Option<N::Value>, Fault> {
    match loaded.get(&key) {
        Some(Some(bytes)) => decode::<N>(key, bytes).map(Some),
        Some(None) => Ok(None),
        None => Err(Fault::NotLoaded { what: N::WHAT, key }),
    }
}

/// Encoded values of the state, whoever holds them.
pub trait Source {
    /// A value, `None` if the state has none; a fault if it was not read, or does not decode.
    fn value<N: Name>(&self, name: N) -> Result<Option<N::Value>, Fault>;
    /// The roster, which every judgement reads.
    fn roster(&self) -> Result<Option<Rc<RosterState>>, Fault> {
        Ok(self.value(RosterName())?.map(Rc::new))
    }
}

impl Source for Loaded {
    fn value<N: Name>(&self, name: N) -> Result<Option<N::Value>, Fault> {
        load(self, name)
    }
}

impl<'a, N: Name> Table<'a, N> {
    /// An untouched table over what was loaded.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            loaded,
            cells: RefCell::new(BTreeMap::new()),
            overlay: BTreeMap::new(),
        }
    }

    /// The value as the running transaction sees it.
    pub fn get(&self, name: N) -> Result<Option<Rc<N::Value>>, Fault> {
        if let Some(value) = self.overlay.get(&name) {
            return Ok(Some(Rc::clone(value)));
        }
        if let Some(cell) = self.cells.borrow().get(&name) {
            return Ok(cell.value.clone());
        }
        let key = name.key();
        let value = load_at::<N>(self.loaded, key)?.map(Rc::new);
        let cell = Cell {
            key,
            value: value.clone(),
            written: false,
        };
        self.cells.borrow_mut().insert(name, cell);
        Ok(value)
    }

    /// Whether there is such a value.
    pub fn has(&self, name: N) -> Result<bool, Fault> {
        self.get(name).map(|value| value.is_some())
    }

    /// Writes a value in the running transaction.
    pub fn put(&mut self, name: N, value: N::Value) {
        self.overlay.insert(name, Rc::new(value));
    }

    /// Keeps what the running transaction wrote.
    pub fn keep(&mut self) {
        while let Some((name, value)) = self.overlay.pop_first() {
            self.settle(name, value);
        }
    }

    /// Drops what the running transaction wrote.
    pub fn forget(&mut self) {
        self.overlay.clear();
    }

    /// Takes a value out to change it in place; [`Self::settle`] puts it back.
    pub fn take(&mut self, name: N) -> Result<Option<Rc<N::Value>>, Fault> {
        self.get(name)?;
        let cell = self.cells.get_mut().get_mut(&name);
        Ok(cell.and_then(|cell| cell.value.take()))
    }

    /// Writes a value that stays, whatever becomes of the running transaction.
    pub fn settle(&mut self, name: N, value: Rc<N::Value>) {
        let cell = self.cells.get_mut().entry(name).or_insert_with(|| Cell {
            key: name.key(),
            value: None,
            written: true,
        });
        cell.value = Some(value);
        cell.written = true;
    }

    /// Adds every value that the block changed to `writes`, encoded.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        for cell in self.cells.into_inner().into_values() {
            let Some(value) = cell.value.filter(|_| cell.written) else {
                continue;
            };
            let bytes = Some(value.encode().to_vec());
            if self.loaded.get(&cell.key) != Some(&bytes) {
                writes.insert(cell.key, bytes);
            }
        }
    }
}
