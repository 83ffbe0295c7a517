//! State of `consent`: grants, permits, restrictions.
use crate::fault::Fault;
use crate::keys::{EnrolmentName, GrantName, Loaded, PermitName, RestrictionsName, StudyName};
use crate::table::Table;
use amanat_types::state::{EnrolmentState, GrantState, PermitState, Restrictions, StudyState};
use amanat_types::{EnrolmentId, GrantId, PatientId, PermitId, StateKey, StudyId};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What `consent` keeps. Everybody after it reads; only it writes.
pub struct State<'a> {
    grants: Table<'a, GrantName>,
    permits: Table<'a, PermitName>,
    studies: Table<'a, StudyName>,
    enrolments: Table<'a, EnrolmentName>,
    restrictions: Table<'a, RestrictionsName>,
}

impl<'a> State<'a> {
    /// As loaded.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            grants: Table::new(loaded),
            permits: Table::new(loaded),
            studies: Table::new(loaded),
            enrolments: Table::new(loaded),
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

    /// A study.
    pub fn study(&self, study: StudyId) -> Result<Option<Rc<StudyState>>, Fault> {
        self.studies.get(StudyName(study))
    }

    /// Writes a study.
    pub(super) fn put_study(&mut self, study: StudyId, value: StudyState) {
        self.studies.put(StudyName(study), value);
    }

    /// An enrolment.
    pub fn enrolment(&self, id: EnrolmentId) -> Result<Option<Rc<EnrolmentState>>, Fault> {
        self.enrolments.get(EnrolmentName(id))
    }

    /// Writes an enrolment.
    pub(super) fn put_enrolment(&mut self, id: EnrolmentId, value: EnrolmentState) {
        self.enrolments.put(EnrolmentName(id), value);
    }

    /// Keeps the overlay.
    pub fn keep(&mut self) {
        self.grants.keep();
        self.permits.keep();
        self.studies.keep();
        self.enrolments.keep();
        self.restrictions.keep();
    }

    /// Drops the overlay.
    pub fn forget(&mut self) {
        self.grants.forget();
        self.permits.forget();
        self.studies.forget();
        self.enrolments.forget();
        self.restrictions.forget();
    }

    /// Adds what the block changed.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        self.grants.changes(writes);
        self.permits.changes(writes);
        self.studies.changes(writes);
        self.enrolments.changes(writes);
        self.restrictions.changes(writes);
    }
}
