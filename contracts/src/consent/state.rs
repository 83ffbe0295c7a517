//! State of `consent`: grants.
use crate::fault::Fault;
use crate::keys::{GrantName, Loaded};
use crate::table::Table;
use amanat_types::state::GrantState;
use amanat_types::{GrantId, StateKey};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What `consent` keeps. Everybody after it reads; only it writes.
pub struct State<'a> {
    grants: Table<'a, GrantName>,
}

impl<'a> State<'a> {
    /// As loaded.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            grants: Table::new(loaded),
        }
    }

    /// A grant.
    pub fn grant(&self, grant: GrantId) -> Result<Option<Rc<GrantState>>, Fault> {
        self.grants.get(GrantName(grant))
    }

    /// Writes a grant.
    pub(super) fn put_grant(&mut self, grant: GrantId, value: GrantState) {
        self.grants.put(GrantName(grant), value);
    }

    /// Keeps the overlay.
    pub fn keep(&mut self) {
        self.grants.keep();
    }

    /// Drops the overlay.
    pub fn forget(&mut self) {
        self.grants.forget();
    }

    /// Adds what the block changed.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        self.grants.changes(writes);
    }
}
