//! State of `membership`: the roster, members, practitioners.
use crate::fault::Fault;
use crate::keys::{Loaded, MemberName, PractitionerName, RosterName};
use crate::table::Table;
use amanat_types::state::{Member, Practitioner, RosterState};
use amanat_types::{MemberId, PractitionerId, StateKey};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What `membership` keeps. Everybody after it reads; only it writes.
pub struct State<'a> {
    roster: Table<'a, RosterName>,
    members: Table<'a, MemberName>,
    practitioners: Table<'a, PractitionerName>,
}

impl<'a> State<'a> {
    /// As loaded.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            roster: Table::new(loaded),
            members: Table::new(loaded),
            practitioners: Table::new(loaded),
        }
    }

    /// The roster.
    pub fn roster(&self) -> Result<Rc<RosterState>, Fault> {
        let roster = self.roster.get(RosterName())?;
        roster.ok_or(Fault::Absent { what: "roster" })
    }

    /// A member.
    pub fn member(&self, member: MemberId) -> Result<Option<Rc<Member>>, Fault> {
        self.members.get(MemberName(member))
    }

    /// Whether a member exists and may act.
    pub fn is_active(&self, member: MemberId) -> Result<bool, Fault> {
        Ok(self.member(member)?.is_some_and(|member| member.active))
    }

    /// A practitioner, active or not.
    pub fn practitioner(
        &self,
        practitioner: PractitionerId,
    ) -> Result<Option<Rc<Practitioner>>, Fault> {
        self.practitioners.get(PractitionerName(practitioner))
    }

    /// Writes a practitioner.
    pub(super) fn put_practitioner(&mut self, practitioner: PractitionerId, value: Practitioner) {
        self.practitioners
            .put(PractitionerName(practitioner), value);
    }

    /// Keeps the overlay.
    pub fn keep(&mut self) {
        self.roster.keep();
        self.members.keep();
        self.practitioners.keep();
    }

    /// Drops the overlay.
    pub fn forget(&mut self) {
        self.roster.forget();
        self.members.forget();
        self.practitioners.forget();
    }

    /// Adds what the block changed.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        self.roster.changes(writes);
        self.members.changes(writes);
        self.practitioners.changes(writes);
    }
}
