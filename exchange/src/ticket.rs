//! Tickets: asked for on the ledger, kept while they are open, used again where they cover what is asked.
//!
//! Kept in memory only: after a restart a ticket is asked for anew, which costs one finality; broken glass is found again in
//! the state, since the caller names its ticket.
use crate::card::{CardPaper, Cosigner};
use crate::exchange::lock;
use crate::{Accepted, Actor, Basis, Error, Exchange, Prepared, ReadContext, ways};
use amanat_client::{Ledger, Stores};
use amanat_types::call::{Call, CheckIn, ReadBasis, Request, Scope, Unit};
use amanat_types::codec::List;
use amanat_types::event::TicketIssued;
use amanat_types::state::{BasisRef, Ticket};
use amanat_types::{
    BlindIndex, EncounterId, Event, Height, LocalId, MemberId, Purpose, RecordId, Refusal,
    StateKey, TicketId, TimestampMs, limits,
};

/// How long a ticket is asked for when the caller does not say.
const TICKET_MS: u64 = 30 * 60_000;
/// A ticket that ends within this is not used any more.
const MARGIN_MS: u64 = 2_000;
/// Tickets that are kept.
const KEPT_MAX: usize = 10_000;

/// A ticket that this member holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTicket {
    /// Which.
    pub ticket: TicketId,
    /// Under what it was given; the patient is the one of the basis.
    pub context: ReadContext,
    /// What it covers.
    pub scope: Scope,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// Height at which it was issued.
    pub height: Height,
}

/// What a ticket is asked for.
#[derive(Clone, Debug)]
pub struct TicketAsk {
    /// Under what.
    pub context: ReadContext,
    /// For what.
    pub scope: Scope,
    /// End, exclusive; at most 24 hours ahead.
    pub until_ms: TimestampMs,
    /// With basis `Patient`: what the card handed over.
    pub paper: Option<CardPaper>,
}

/// Records with the ticket that covers them.
pub(crate) type Covered = (OpenTicket, Vec<RecordId>);

impl OpenTicket {
    fn serves(&self, context: &ReadContext, now: TimestampMs) -> bool {
        let patient = context.patient.is_none() || context.patient == self.context.patient;
        let same = self.context.basis == context.basis && self.context.purpose == context.purpose;
        same && patient && now.plus(MARGIN_MS) < self.until_ms
    }

    fn covers(&self, record: &RecordId, index: Option<&BlindIndex>) -> bool {
        match &self.scope {
            Scope::Records(records) => records.contains(record),
            Scope::Indexes(indexes) => index.is_some_and(|index| indexes.contains(index)),
        }
    }
}

fn issued(done: &Accepted, wanted: impl Fn(&TicketIssued) -> bool) -> Option<&TicketIssued> {
    done.events.iter().find_map(|event| match event {
        Event::TicketIssued(issued) if wanted(issued) => Some(issued),
        _ => None,
    })
}

fn open(issued: &TicketIssued, basis: Basis, height: Height) -> OpenTicket {
    OpenTicket {
        ticket: issued.ticket,
        context: ReadContext {
            basis,
            purpose: issued.purpose,
            patient: issued.patient,
        },
        scope: issued.scope.clone(),
        until_ms: issued.until_ms,
        height,
    }
}

/// The ticket of an accepted request.
pub(crate) fn of_request(member: MemberId, call: &Request, done: &Accepted) -> Option<OpenTicket> {
    let id = TicketId::derive(member, call.local);
    let basis = match call.basis {
        ReadBasis::Consent(grant) => Basis::Consent(grant),
        ReadBasis::Treatment(encounter) => Basis::Treatment(encounter),
        ReadBasis::Patient(patient) => Basis::Patient(patient),
        ReadBasis::Directory(Unit) => Basis::Directory,
        ReadBasis::Permit(permit) => Basis::Permit(permit),
        ReadBasis::Care(care) => Basis::Care(care),
        ReadBasis::Order(order) => Basis::Order(order),
        ReadBasis::Mandate(mandate) => Basis::Mandate(mandate),
        ReadBasis::Disclosure(disclosed) => Basis::Disclosure(disclosed),
        ReadBasis::Study(enrolled) => Basis::Study(enrolled),
        ReadBasis::None(Unit) => return None,
    };
    let issued = issued(done, |issued| issued.ticket == id)?;
    Some(open(issued, basis, done.height))
}

/// The first ticket of an accepted check-in.
pub(crate) fn of_check_in(member: MemberId, call: &CheckIn, done: &Accepted) -> Option<OpenTicket> {
    let id = TicketId::derive(member, call.local);
    let basis = Basis::Treatment(EncounterId::derive(member, call.local));
    let issued = issued(done, |issued| issued.ticket == id)?;
    Some(open(issued, basis, done.height))
}

/// The ticket of accepted broken glass.
pub(crate) fn of_broken_glass(done: &Accepted) -> Option<OpenTicket> {
    let issued = issued(done, |issued| issued.purpose == Purpose::Etreat)?;
    Some(open(issued, Basis::Emergency(issued.ticket), done.height))
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Asks the ledger for a ticket, co-signed as the basis demands (a practitioner's grant, a patient's own request).
    ///
    /// Refusals are on the ledger. The ticket is kept, and used by later reads under the same context.
    pub async fn request_ticket(
        &self,
        actor: &Actor,
        ask: TicketAsk,
        cosigners: &[&dyn Cosigner],
    ) -> Result<OpenTicket, Error> {
        self.admit(actor)?;
        let call = self.request_call(ask)?;
        let done = self
            .submit(vec![Call::Request(call.clone())], cosigners)
            .await?;
        let opened = of_request(self.member(), &call, &done);
        opened.ok_or_else(|| Error::damaged("a receipt", "it has no ticket"))
    }

    /// The transaction of [`Self::request_ticket`], for co-signers elsewhere; end it with [`Exchange::submit_prepared`].
    pub async fn prepare_ticket(
        &self,
        actor: &Actor,
        ask: TicketAsk,
        cosigners: &[amanat_types::PublicKey],
    ) -> Result<Prepared, Error> {
        self.admit(actor)?;
        let call = self.request_call(ask)?;
        self.prepare(vec![Call::Request(call)], cosigners).await
    }

    fn request_call(&self, ask: TicketAsk) -> Result<Request, Error> {
        let mut local = [0u8; 16];
        aws_lc_rs::rand::fill(&mut local).map_err(|e| Error::damaged("the entropy", e))?;
        let openings = ask.paper.as_ref().map(CardPaper::openings).transpose()?;
        Ok(Request {
            local: LocalId::new(local),
            patient: ask.context.patient,
            scope: ask.scope,
            basis: ask.context.basis.asked()?,
            purpose: ask.context.purpose,
            until_ms: ask.until_ms,
            reader: *self.inner.config.sealing.public(),
            openings: openings.unwrap_or_else(List::empty),
        })
    }

    /// Keeps a ticket for later reads.
    pub(crate) fn keep_ticket(&self, ticket: Option<OpenTicket>) {
        let Some(ticket) = ticket else { return };
        let now = self.now();
        let mut kept = lock(&self.inner.tickets);
        kept.retain(|one| now < one.until_ms && one.ticket != ticket.ticket);
        if kept.len() < KEPT_MAX {
            kept.push(ticket);
        }
    }

    /// Drops tickets that ended before their time.
    pub(crate) fn drop_tickets(&self, ended: impl Fn(&OpenTicket) -> bool) {
        lock(&self.inner.tickets).retain(|ticket| !ended(ticket));
    }

    async fn request(
        &self,
        actor: &Actor,
        context: &ReadContext,
        scope: Scope,
    ) -> Result<OpenTicket, Error> {
        let ask = TicketAsk {
            context: *context,
            scope,
            until_ms: self.now().plus(TICKET_MS),
            paper: None,
        };
        self.request_ticket(actor, ask, &[]).await
    }

    /// What a basis reaches, sorted, as the own node's state says: its indexes, or the records that it names. Nothing of a basis that is
    /// not there.
    pub(crate) async fn reach(&self, context: &ReadContext) -> Result<Scope, Error> {
        if context.basis != Basis::Directory {
            return ways::reach(&self.inner.ledger, &context.basis).await;
        }
        let roster = self.roster().await?;
        let members = roster.members.iter().take(limits::INDEXES_MAX);
        let mut all: Vec<BlindIndex> = members
            .map(|member| BlindIndex::directory(*member))
            .collect();
        all.sort_unstable();
        let all = List::new(all);
        Ok(Scope::Indexes(all.unwrap_or_else(|_| List::empty())))
    }

    /// The ticket of broken glass, from the state.
    async fn emergency(&self, context: &ReadContext, id: TicketId) -> Result<OpenTicket, Error> {
        let ticket: Option<Ticket> = self.state(StateKey::ticket(&id)).await?;
        let ticket = ticket.ok_or(Refusal::TicketUnknown)?;
        let emergency = matches!(ticket.basis, BasisRef::Emergency(_));
        if !emergency || ticket.member != self.member() {
            return Err(Refusal::NotAnEmergency.into());
        }
        let opened = OpenTicket {
            ticket: id,
            context: ReadContext {
                basis: context.basis,
                purpose: ticket.purpose,
                patient: ticket.patient,
            },
            scope: ticket.scope,
            until_ms: ticket.until_ms,
            height: ticket.height,
        };
        self.keep_ticket(Some(opened.clone()));
        match opened.serves(context, self.now()) {
            true => Ok(opened),
            false if context.purpose != opened.context.purpose => {
                Err(Refusal::PurposeNotAllowed.into())
            }
            false if self.now().plus(MARGIN_MS) >= opened.until_ms => {
                Err(Refusal::TicketEnded.into())
            }
            false => Err(Refusal::PatientMismatch.into()),
        }
    }

    /// A ticket on all that the basis reaches.
    ///
    /// A basis that reaches nothing is asked for all the same, so that the refusal is on the ledger; but a test without results yet is no
    /// refusal, and gives no ticket.
    pub(crate) async fn ticket_on_reach(
        &self,
        actor: &Actor,
        context: &ReadContext,
    ) -> Result<Option<OpenTicket>, Error> {
        if let Basis::Emergency(id) = context.basis {
            let mut kept = self.kept(context).into_iter();
            return match kept.next() {
                Some(kept) => Ok(Some(kept)),
                None => Ok(Some(self.emergency(context, id).await?)),
            };
        }
        // The patient's own ticket was made before, by a card: its scope is all there is.
        let reach = match context.basis {
            Basis::Patient(_) => None,
            _ => Some(self.reach(context).await?),
        };
        let mut kept = self.kept(context).into_iter();
        let serves = |ticket: &OpenTicket| match &reach {
            Some(reach) => ticket.scope == *reach,
            None => matches!(ticket.scope, Scope::Indexes(_)),
        };
        if let Some(kept) = kept.find(serves) {
            return Ok(Some(kept));
        }
        match (reach, context.basis) {
            (Some(Scope::Records(records)), Basis::Order(_)) if records.is_empty() => Ok(None),
            (reach, _) => {
                let scope = reach.unwrap_or_else(|| Scope::Indexes(List::empty()));
                Ok(Some(self.request(actor, context, scope).await?))
            }
        }
    }

    /// The kept tickets that serve a context.
    fn kept(&self, context: &ReadContext) -> Vec<OpenTicket> {
        let now = self.now();
        let kept = lock(&self.inner.tickets);
        let serving = kept.iter().filter(|ticket| ticket.serves(context, now));
        serving.cloned().collect()
    }

    /// Tickets that cover all of `records`: kept ones, else new ones. The first refusal is the answer.
    pub(crate) async fn tickets_for(
        &self,
        actor: &Actor,
        context: &ReadContext,
        records: &[RecordId],
    ) -> Result<Vec<Covered>, Error> {
        let mut indexed = Vec::with_capacity(records.len());
        for record in records {
            let row = self.inner.model.record(record)?;
            indexed.push((*record, row.map(|row| row.index)));
        }
        let mut covered = Vec::new();
        for ticket in self.kept(context) {
            cover(&mut indexed, &mut covered, ticket);
        }
        if indexed.is_empty() {
            return Ok(covered);
        }
        if let Basis::Emergency(id) = context.basis {
            let ticket = self.emergency(context, id).await?;
            cover(&mut indexed, &mut covered, ticket);
        } else {
            let reach = self.reach(context).await?;
            let within = |(record, index): &(RecordId, Option<BlindIndex>)| match &reach {
                Scope::Indexes(all) => index.is_some_and(|one| all.binary_search(&one).is_ok()),
                Scope::Records(all) => all.binary_search(record).is_ok(),
            };
            let outside = indexed.iter().filter(|one| !within(one));
            let outside: Vec<RecordId> = outside.map(|(record, _)| *record).collect();
            for some in outside.chunks(limits::TICKET_RECORDS_MAX) {
                let scope = List::new(some.to_vec()).unwrap_or_else(|_| List::empty());
                let ticket = self.request(actor, context, Scope::Records(scope)).await?;
                cover(&mut indexed, &mut covered, ticket);
            }
            if !indexed.is_empty() {
                let ticket = self.request(actor, context, reach).await?;
                cover(&mut indexed, &mut covered, ticket);
            }
        }
        match indexed.is_empty() {
            true => Ok(covered),
            false => Err(Refusal::RecordOutsideTicket.into()),
        }
    }
}

/// Moves what a ticket covers from the open ones to the covered.
fn cover(
    open: &mut Vec<(RecordId, Option<BlindIndex>)>,
    covered: &mut Vec<Covered>,
    ticket: OpenTicket,
) {
    let inside = open.extract_if(.., |(record, index)| ticket.covers(record, index.as_ref()));
    let records: Vec<RecordId> = inside.map(|(record, _)| record).collect();
    if !records.is_empty() {
        covered.push((ticket, records));
    }
}
