//! State of `cards`: patients, what is known of them as persons, and the owners of blind indexes.
use crate::fault::Fault;
use crate::keys::{IndexName, Loaded, PatientName, PersonName};
use crate::table::Table;
use amanat_types::state::{IndexOwner, Patient, Person};
use amanat_types::{BlindIndex, PatientId, StateKey};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What `cards` keeps. Everybody after it reads; only it writes.
pub struct State<'a> {
    patients: Table<'a, PatientName>,
    indexes: Table<'a, IndexName>,
    persons: Table<'a, PersonName>,
}

impl<'a> State<'a> {
    /// As loaded.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            patients: Table::new(loaded),
            indexes: Table::new(loaded),
            persons: Table::new(loaded),
        }
    }

    /// A patient.
    pub fn patient(&self, patient: PatientId) -> Result<Option<Rc<Patient>>, Fault> {
        self.patients.get(PatientName(patient))
    }

    /// What is known of a patient as a person, if anything is written.
    pub fn person(&self, patient: PatientId) -> Result<Option<Rc<Person>>, Fault> {
        self.persons.get(PersonName(patient))
    }

    /// The person to be written next: as it is, or as one of whom nothing is written.
    pub(super) fn person_to_change(&self, patient: PatientId) -> Result<Person, Fault> {
        let person = self.person(patient)?;
        Ok(person.map_or_else(Person::default, Rc::unwrap_or_clone))
    }

    /// Who owns an index.
    pub fn index(&self, index: BlindIndex) -> Result<Option<Rc<IndexOwner>>, Fault> {
        self.indexes.get(IndexName(index))
    }

    /// Writes a patient.
    pub(super) fn put_patient(&mut self, patient: PatientId, value: Patient) {
        self.patients.put(PatientName(patient), value);
    }

    /// Writes what is known of a person.
    pub(super) fn put_person(&mut self, patient: PatientId, value: Person) {
        self.persons.put(PersonName(patient), value);
    }

    /// Writes the owner of an index.
    pub(super) fn put_index(&mut self, index: BlindIndex, value: IndexOwner) {
        self.indexes.put(IndexName(index), value);
    }

    /// Keeps the overlay.
    pub fn keep(&mut self) {
        self.patients.keep();
        self.indexes.keep();
        self.persons.keep();
    }

    /// Drops the overlay.
    pub fn forget(&mut self) {
        self.patients.forget();
        self.indexes.forget();
        self.persons.forget();
    }

    /// Adds what the block changed.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        self.patients.changes(writes);
        self.indexes.changes(writes);
        self.persons.changes(writes);
    }
}
