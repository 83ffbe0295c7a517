//! State of `access`: tickets, mandates, disclosures, emergencies that wait for a justification, anchors of release journals.
use crate::fault::Fault;
use crate::keys::{
    AnchorName, BreachName, DisclosureName, EmergenciesName, GlassMemberName,
    GlassPractitionerName, Loaded, MandateName, NameName, NamesOwedName, ReviewName, TicketName,
};
use crate::table::Table;
use amanat_types::code::JournalKind;
use amanat_types::codec::List;
use amanat_types::state::{
    AnchorState, BreachState, DisclosureState, Emergencies, GlassDay, MandateState, NameState,
    NamesOwed, PendingEmergency, ReviewState, Ticket,
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
    glass: Table<'a, GlassMemberName>,
    glass_of: Table<'a, GlassPractitionerName>,
    reviews: Table<'a, ReviewName>,
    owed: Table<'a, NamesOwedName>,
    names: Table<'a, NameName>,
    breaches: Table<'a, BreachName>,
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
            glass: Table::new(loaded),
            glass_of: Table::new(loaded),
            reviews: Table::new(loaded),
            owed: Table::new(loaded),
            names: Table::new(loaded),
            breaches: Table::new(loaded),
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

    /// How often a member broke the glass on the last day on which it did.
    pub fn glass(&self, member: MemberId) -> Result<GlassDay, Fault> {
        let day = self.glass.get(GlassMemberName(member))?;
        Ok(day.map_or_else(GlassDay::default, |day| *day))
    }

    /// Writes how often a member broke the glass.
    pub(super) fn put_glass(&mut self, member: MemberId, value: GlassDay) {
        self.glass.put(GlassMemberName(member), value);
    }

    /// How often a practitioner broke the glass on the last day on which it did.
    pub fn glass_of(&self, practitioner: PractitionerId) -> Result<GlassDay, Fault> {
        let day = self.glass_of.get(GlassPractitionerName(practitioner))?;
        Ok(day.map_or_else(GlassDay::default, |day| *day))
    }

    /// Writes how often a practitioner broke the glass.
    pub(super) fn put_glass_of(&mut self, practitioner: PractitionerId, value: GlassDay) {
        self.glass_of
            .put(GlassPractitionerName(practitioner), value);
    }

    /// What a member found of broken glass.
    pub fn review(
        &self,
        ticket: TicketId,
        reviewer: MemberId,
    ) -> Result<Option<Rc<ReviewState>>, Fault> {
        self.reviews.get(ReviewName(ticket, reviewer))
    }

    /// Writes what a member found of broken glass.
    pub(super) fn put_review(&mut self, ticket: TicketId, reviewer: MemberId, value: ReviewState) {
        self.reviews.put(ReviewName(ticket, reviewer), value);
    }

    /// Names that a member owes.
    pub fn names_owed(&self, member: MemberId) -> Result<Option<Rc<NamesOwed>>, Fault> {
        self.owed.get(NamesOwedName(member))
    }

    /// Writes the names that a member owes.
    pub(super) fn put_names_owed(&mut self, member: MemberId, value: NamesOwed) {
        self.owed.put(NamesOwedName(member), value);
    }

    /// Who the staff on a ticket was, if that was demanded.
    pub fn name(&self, ticket: TicketId) -> Result<Option<Rc<NameState>>, Fault> {
        self.names.get(NameName(ticket))
    }

    /// Writes who the staff on a ticket was.
    pub(super) fn put_name(&mut self, ticket: TicketId, value: NameState) {
        self.names.put(NameName(ticket), value);
    }

    /// The breach that was declared of a ticket.
    pub fn breach(&self, ticket: TicketId) -> Result<Option<Rc<BreachState>>, Fault> {
        self.breaches.get(BreachName(ticket))
    }

    /// Writes the breach of a ticket.
    pub(super) fn put_breach(&mut self, ticket: TicketId, value: BreachState) {
        self.breaches.put(BreachName(ticket), value);
    }

    /// Keeps the overlay.
    pub fn keep(&mut self) {
        self.tickets.keep();
        self.emergencies.keep();
        self.anchors.keep();
        self.mandates.keep();
        self.disclosures.keep();
        self.glass.keep();
        self.glass_of.keep();
        self.reviews.keep();
        self.owed.keep();
        self.names.keep();
        self.breaches.keep();
    }

    /// Drops the overlay.
    pub fn forget(&mut self) {
        self.tickets.forget();
        self.emergencies.forget();
        self.anchors.forget();
        self.mandates.forget();
        self.disclosures.forget();
        self.glass.forget();
        self.glass_of.forget();
        self.reviews.forget();
        self.owed.forget();
        self.names.forget();
        self.breaches.forget();
    }

    /// Adds what the block changed.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        self.tickets.changes(writes);
        self.emergencies.changes(writes);
        self.anchors.changes(writes);
        self.mandates.changes(writes);
        self.disclosures.changes(writes);
        self.glass.changes(writes);
        self.glass_of.changes(writes);
        self.reviews.changes(writes);
        self.owed.changes(writes);
        self.names.changes(writes);
        self.breaches.changes(writes);
    }
}
