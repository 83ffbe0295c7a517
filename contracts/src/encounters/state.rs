//! State of `encounters`: visits and registrations without a card, care teams, orders.
use crate::fault::Fault;
use crate::keys::{EncounterName, Loaded, OrderName, TeamName};
use crate::table::Table;
use amanat_types::state::{Encounter, OrderState, TeamState};
use amanat_types::{EncounterId, OrderId, StateKey};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What `encounters` keeps. Everybody after it reads; only it writes.
pub struct State<'a> {
    encounters: Table<'a, EncounterName>,
    teams: Table<'a, TeamName>,
    orders: Table<'a, OrderName>,
}

impl<'a> State<'a> {
    /// As loaded.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            encounters: Table::new(loaded),
            teams: Table::new(loaded),
            orders: Table::new(loaded),
        }
    }

    /// An encounter.
    pub fn encounter(&self, encounter: EncounterId) -> Result<Option<Rc<Encounter>>, Fault> {
        self.encounters.get(EncounterName(encounter))
    }

    /// The care team of an encounter.
    pub fn team(&self, encounter: EncounterId) -> Result<Option<Rc<TeamState>>, Fault> {
        self.teams.get(TeamName(encounter))
    }

    /// An order.
    pub fn order(&self, order: OrderId) -> Result<Option<Rc<OrderState>>, Fault> {
        self.orders.get(OrderName(order))
    }

    /// Writes the care team of an encounter.
    pub(super) fn put_team(&mut self, encounter: EncounterId, value: TeamState) {
        self.teams.put(TeamName(encounter), value);
    }

    /// Writes an order.
    pub(super) fn put_order(&mut self, order: OrderId, value: OrderState) {
        self.orders.put(OrderName(order), value);
    }

    /// Writes an encounter.
    pub(super) fn put_encounter(&mut self, encounter: EncounterId, value: Encounter) {
        self.encounters.put(EncounterName(encounter), value);
    }

    /// Keeps the overlay.
    pub fn keep(&mut self) {
        self.encounters.keep();
        self.teams.keep();
        self.orders.keep();
    }

    /// Drops the overlay.
    pub fn forget(&mut self) {
        self.encounters.forget();
        self.teams.forget();
        self.orders.forget();
    }

    /// Adds what the block changed.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        self.encounters.changes(writes);
        self.teams.changes(writes);
        self.orders.changes(writes);
    }
}
