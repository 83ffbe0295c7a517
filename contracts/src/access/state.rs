//! State of `access`: tickets, mandates, disclosures, emergencies that wait for a justification, anchors of release journals.
use crate::fault::Fault;
use crate::keys::{AnchorName, DisclosureName, EmergenciesName, Loaded, MandateName, TicketName};
use crate::table::Table;
use amanat_types::code::JournalKind;
use amanat_types::codec::List;
use amanat_types::state::{
    AnchorState, DisclosureState, Emergencies, MandateState, PendingEmergency, Ticket,
};
use amanat_types::{DisclosureId, MandateId, MemberId, PractitionerId, StateKey, TicketId};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What `access` keeps. Everybody after it reads; only it writes.
pub struct State<'a> {
    tickets: Table<'a, TicketName>,
    emergencies: Table<'a, EmergenciesName>,
    anchors: Table<'a, AnchorName>,
    mandates: Table<'a, MandateName>,
    disclosures: Table<'a, DisclosureName>,
}

impl<'a> State<'a> {
    /// As loaded.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            tickets: Table::new(loaded),
            emergencies: Table::new(loaded),
            anchors: Table::new(loaded),
            mandates: Table::new(loaded),
            disclosures: Table::new(loaded),
        }
    }

    /// A ticket.
    pub fn ticket(&self, ticket: TicketId) -> Result<Option<Rc<Ticket>>, Fault> {
        self.tickets.get(TicketName(ticket))
    }

    /// Writes a ticket.
    pub(super) fn put_ticket(&mut self, ticket: TicketId, value: Ticket) {
        self.tickets.put(TicketName(ticket), value);
    }

    /// Emergencies of a practitioner that wait for a justification, in the order in which the glass was broken.
    pub fn pending(&self, practitioner: PractitionerId) -> Result<Vec<PendingEmergency>, Fault> {
        let state = self.emergencies.get(EmergenciesName(practitioner))?;
        Ok(state.map_or_else(Vec::new, |state| state.pending.to_vec()))
    }

    /// Writes the emergencies of a practitioner.
    pub(super) fn put_pending(
        &mut self,
        practitioner: PractitionerId,
        pending: Vec<PendingEmergency>,
    ) -> Result<(), Fault> {
        let what = "emergencies";
        let pending = List::new(pending).map_err(|_| Fault::Outgrown { what })?;
        let name = EmergenciesName(practitioner);
        self.emergencies.put(name, Emergencies { pending });
        Ok(())
    }

    /// The last anchor of a journal.
    pub fn anchor(
        &self,
        member: MemberId,
        journal: JournalKind,
    ) -> Result<Option<Rc<AnchorState>>, Fault> {
        self.anchors.get(AnchorName(member, journal))
    }

    /// Writes an anchor.
    pub(super) fn put_anchor(
        &mut self,
        member: MemberId,
        journal: JournalKind,
        value: AnchorState,
    ) {
        self.anchors.put(AnchorName(member, journal), value);
    }

    /// A mandate.
    pub fn mandate(&self, mandate: MandateId) -> Result<Option<Rc<MandateState>>, Fault> {
        self.mandates.get(MandateName(mandate))
    }

    /// Writes a mandate.
    pub(super) fn put_mandate(&mut self, mandate: MandateId, value: MandateState) {
        self.mandates.put(MandateName(mandate), value);
    }

    /// A disclosure.
    pub fn disclosure(&self, id: DisclosureId) -> Result<Option<Rc<DisclosureState>>, Fault> {
        self.disclosures.get(DisclosureName(id))
    }

    /// Writes a disclosure.
    pub(super) fn put_disclosure(&mut self, id: DisclosureId, value: DisclosureState) {
        self.disclosures.put(DisclosureName(id), value);
    }

    /// Keeps the overlay.
    pub fn keep(&mut self) {
        self.tickets.keep();
        self.emergencies.keep();
        self.anchors.keep();
        self.mandates.keep();
        self.disclosures.keep();
    }

    /// Drops the overlay.
    pub fn forget(&mut self) {
        self.tickets.forget();
        self.emergencies.forget();
        self.anchors.forget();
        self.mandates.forget();
        self.disclosures.forget();
    }

    /// Adds what the block changed.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        self.tickets.changes(writes);
        self.emergencies.changes(writes);
        self.anchors.changes(writes);
        self.mandates.changes(writes);
        self.disclosures.changes(writes);
    }
}
