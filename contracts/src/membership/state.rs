//! State of `membership`: the roster, limits, for how long records are kept, members and where they are, proposals,
//! practitioners.
use crate::fault::Fault;
use crate::keys::{
    JurisdictionName, LimitsName, Loaded, MemberName, PractitionerName, ProposalName,
    ProposalsName, RetentionName, RosterName,
};
use crate::table::Table;
use amanat_types::codec::List;
use amanat_types::state::{
    Member, NetworkLimits, Pending, Practitioner, Proposal, Proposals, Retention, RosterState,
};
use amanat_types::{Jurisdiction, MemberId, PractitionerId, ProposalId, StateKey};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What `membership` keeps. Everybody after it reads; only it writes.
pub struct State<'a> {
    roster: Table<'a, RosterName>,
    limits: Table<'a, LimitsName>,
    pending: Table<'a, ProposalsName>,
    proposals: Table<'a, ProposalName>,
    members: Table<'a, MemberName>,
    jurisdictions: Table<'a, JurisdictionName>,
    retention: Table<'a, RetentionName>,
    practitioners: Table<'a, PractitionerName>,
}

impl<'a> State<'a> {
    /// As loaded.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            roster: Table::new(loaded),
            limits: Table::new(loaded),
            pending: Table::new(loaded),
            proposals: Table::new(loaded),
            members: Table::new(loaded),
            jurisdictions: Table::new(loaded),
            retention: Table::new(loaded),
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

    /// Where a member is, if the members have said so.
    pub fn jurisdiction(&self, member: MemberId) -> Result<Option<Jurisdiction>, Fault> {
        let place = self.jurisdictions.get(JurisdictionName(member))?;
        Ok(place.map(|place| *place))
    }

    /// For how long records are kept, if the members have said so.
    pub fn retention(&self) -> Result<Option<Rc<Retention>>, Fault> {
        self.retention.get(RetentionName())
    }

    /// Writes for how long records are kept.
    pub(super) fn put_retention(&mut self, value: Retention) {
        self.retention.put(RetentionName(), value);
    }

    /// Whether a member exists and may act: whether it is in the roster.
    pub fn is_active(&self, member: MemberId) -> Result<bool, Fault> {
        Ok(self.roster()?.members.binary_search(&member).is_ok())
    }

    /// A proposal, whatever became of it.
    pub fn proposal(&self, proposal: ProposalId) -> Result<Option<Rc<Proposal>>, Fault> {
        self.proposals.get(ProposalName(proposal))
    }

    /// The proposals that are open or scheduled; the scheduled ones in the order in which they passed.
    pub fn pending(&self) -> Result<Vec<Pending>, Fault> {
        let proposals = self.pending.get(ProposalsName())?;
        Ok(proposals.map_or_else(Vec::new, |proposals| proposals.pending.to_vec()))
    }

    /// Writes the roster.
    pub(super) fn put_roster(&mut self, roster: RosterState) {
        self.roster.put(RosterName(), roster);
    }

    /// Writes the limits.
    pub(super) fn put_limits(&mut self, limits: NetworkLimits) {
        self.limits.put(LimitsName(), limits);
    }

    /// Writes a member.
    pub(super) fn put_member(&mut self, member: MemberId, value: Member) {
        self.members.put(MemberName(member), value);
    }

    /// Writes where a member is.
    pub(super) fn put_jurisdiction(&mut self, member: MemberId, value: Jurisdiction) {
        self.jurisdictions.put(JurisdictionName(member), value);
    }

    /// Writes a proposal.
    pub(super) fn put_proposal(&mut self, proposal: ProposalId, value: Proposal) {
        self.proposals.put(ProposalName(proposal), value);
    }

    /// Writes the proposals that are open or scheduled.
    pub(super) fn put_pending(&mut self, pending: Vec<Pending>) -> Result<(), Fault> {
        let outgrown = |_| Fault::Outgrown { what: "proposals" };
        let pending = List::new(pending).map_err(outgrown)?;
        self.pending.put(ProposalsName(), Proposals { pending });
        Ok(())
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
        self.limits.keep();
        self.pending.keep();
        self.proposals.keep();
        self.members.keep();
        self.jurisdictions.keep();
        self.retention.keep();
        self.practitioners.keep();
    }

    /// Drops the overlay.
    pub fn forget(&mut self) {
        self.roster.forget();
        self.limits.forget();
        self.pending.forget();
        self.proposals.forget();
        self.members.forget();
        self.jurisdictions.forget();
        self.retention.forget();
        self.practitioners.forget();
    }

    /// Adds what the block changed.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        self.roster.changes(writes);
        self.limits.changes(writes);
        self.pending.changes(writes);
        self.proposals.changes(writes);
        self.members.changes(writes);
        self.jurisdictions.changes(writes);
        self.retention.changes(writes);
        self.practitioners.changes(writes);
    }
}
