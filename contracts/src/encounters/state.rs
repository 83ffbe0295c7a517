//! State of `encounters`: visits and registrations without a card.
use crate::fault::Fault;
use crate::keys::{EncounterName, Loaded};
use crate::table::Table;
use amanat_types::state::Encounter;
use amanat_types::{EncounterId, StateKey};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What `encounters` keeps. Everybody after it reads; only it writes.
pub struct State<'a> {
    encounters: Table<'a, EncounterName>,
}

impl<'a> State<'a> {
    /// As loaded.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            encounters: Table::new(loaded),
        }
    }

    /// An encounter.
    pub fn encounter(&self, encounter: EncounterId) -> Result<Option<Rc<Encounter>>, Fault> {
        self.encounters.get(EncounterName(encounter))
    }

    /// Writes an encounter.
    pub(super) fn put_encounter(&mut self, encounter: EncounterId, value: Encounter) {
        self.encounters.put(EncounterName(encounter), value);
    }

    /// Keeps the overlay.
    pub fn keep(&mut self) {
        self.encounters.keep();
    }

    /// Drops the overlay.
    pub fn forget(&mut self) {
        self.encounters.forget();
    }

    /// Adds what the block changed.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        self.encounters.changes(writes);
    }
}
