//! State of `cards`: patients and the owners of blind indexes.
use crate::fault::Fault;
use crate::keys::{IndexName, Loaded, PatientName};
use crate::table::Table;
use amanat_types::state::{IndexOwner, Patient};
use amanat_types::{BlindIndex, PatientId, StateKey};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What `cards` keeps. Everybody after it reads; only it writes.
pub struct State<'a> {
    patients: Table<'a, PatientName>,
    indexes: Table<'a, IndexName>,
}

impl<'a> State<'a> {
    /// As loaded.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            patients: Table::new(loaded),
            indexes: Table::new(loaded),
        }
    }

    /// A patient.
    pub fn patient(&self, patient: PatientId) -> Result<Option<Rc<Patient>>, Fault> {
        self.patients.get(PatientName(patient))
    }

    /// Who owns an index.
    pub fn index(&self, index: BlindIndex) -> Result<Option<Rc<IndexOwner>>, Fault> {
        self.indexes.get(IndexName(index))
    }

    /// Writes a patient.
    pub(super) fn put_patient(&mut self, patient: PatientId, value: Patient) {
        self.patients.put(PatientName(patient), value);
    }

    /// Writes the owner of an index.
    pub(super) fn put_index(&mut self, index: BlindIndex, value: IndexOwner) {
        self.indexes.put(IndexName(index), value);
    }

    /// Keeps the overlay.
    pub fn keep(&mut self) {
        self.patients.keep();
        self.indexes.keep();
    }

    /// Drops the overlay.
    pub fn forget(&mut self) {
        self.patients.forget();
        self.indexes.forget();
    }

    /// Adds what the block changed.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        self.patients.changes(writes);
        self.indexes.changes(writes);
    }
}
