//! State of `consent`: grants, permits, restrictions.
use crate::fault::Fault;
use crate::keys::{GrantName, Loaded, PermitName, RestrictionsName};
use crate::table::Table;
use amanat_types::state::{GrantState, PermitState, Restrictions};
use amanat_types::{GrantId, PatientId, PermitId, StateKey};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What `consent` keeps. Everybody after it reads; only it writes.
pub struct State<'a> {
    grants: Table<'a, GrantName>,
    permits: Table<'a, PermitName>,
    restrictions: Table<'a, RestrictionsName>,
}

impl<'a> State<'a> {
    /// As loaded.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            grants: Table::new(loaded),
            permits: Table::new(loaded),
            restrictions: Table::new(loaded),
        }
    }

    /// A grant.
    pub fn grant(&self, grant: GrantId) -> Result<Option<Rc<GrantState>>, Fault> {
        self.grants.get(GrantName(grant))
    }

    /// A permit.
    pub fn permit(&self, permit: PermitId) -> Result<Option<Rc<PermitState>>, Fault> {
        self.permits.get(PermitName(permit))
    }

    /// What a patient denies.
    pub fn restrictions(&self, patient: PatientId) -> Result<Option<Rc<Restrictions>>, Fault> {
        self.restrictions.get(RestrictionsName(patient))
    }

    /// Writes a permit.
    pub(super) fn put_permit(&mut self, permit: PermitId, value: PermitState) {
        self.permits.put(PermitName(permit), value);
    }

    /// Writes what a patient denies.
    pub(super) fn put_restrictions(&mut self, patient: PatientId, value: Restrictions) {
        self.restrictions.put(RestrictionsName(patient), value);
    }

    /// Writes a grant.
    pub(super) fn put_grant(&mut self, grant: GrantId, value: GrantState) {
        self.grants.put(GrantName(grant), value);
    }

    /// Keeps the overlay.
    pub fn keep(&mut self) {
        self.grants.keep();
        self.permits.keep();
        self.restrictions.keep();
    }

    /// Drops the overlay.
    pub fn forget(&mut self) {
        self.grants.forget();
        self.permits.forget();
        self.restrictions.forget();
    }

    /// Adds what the block changed.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        self.grants.changes(writes);
        self.permits.changes(writes);
        self.restrictions.changes(writes);
    }
}
