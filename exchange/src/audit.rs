//! The access log of a patient: every request, ticket, refusal, release and end, in order, each with its receipt's id.
use crate::exchange::lock;
use crate::{Actor, Error, Exchange};
use amanat_client::{Ledger, Stores};
use amanat_fhir::Resource;
use amanat_fhir::audit::{Action, Agent, Audit, Entity, EntityKind, Outcome, audit_event};
use amanat_projection::{AccessEntry, AccessLog, Act, Attribution};
use amanat_types::call::{AmendmentAnswer, Scope};
use amanat_types::code::JournalKind;
use amanat_types::event::{
    AmendmentAnswered, BreachDeclared, EmergencyJustified, ErasureConfirmed, GlassBroken,
    GlassReviewed, NameDemanded, RecordsErased, RecordsHeld, StaffNamed,
};
use amanat_types::{BlindIndex, MemberId, PatientId, Purpose, RecordId, TicketId, digest};
use commonware_codec::Encode as _;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Whose a record or an index is, by the own keyring. The first fault is kept and reported by the use case.
struct Known<'e, L, S> {
    exchange: &'e Exchange<L, S>,
    owners: Mutex<BTreeMap<BlindIndex, Option<PatientId>>>,
    fault: Mutex<Option<Error>>,
}

impl<L: Ledger, S: Stores> Known<'_, L, S> {
    fn noted<T>(&self, found: Result<Option<T>, Error>) -> Option<T> {
        found.unwrap_or_else(|error| {
            lock(&self.fault).get_or_insert(error);
            None
        })
    }
}

impl<L: Ledger, S: Stores> Attribution for Known<'_, L, S> {
    fn record(&self, record: &RecordId) -> Option<PatientId> {
        let row = self.exchange.inner.model.record(record);
        let row = self.noted(row.map_err(Error::from))?;
        self.index(&row.index)
    }

    fn index(&self, index: &BlindIndex) -> Option<PatientId> {
        if let Some(owner) = lock(&self.owners).get(index) {
            return *owner;
        }
        let owner = self.noted(self.exchange.owner_of(index));
        let owner = owner.map(|(patient, _)| patient);
        lock(&self.owners).insert(*index, owner);
        owner
    }
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// The access log of a patient up to the tip, releases included.
    ///
    /// Reads the release journals of all members, checks their chains, and compares them with the anchors on the ledger.
    pub async fn access_log(&self, actor: &Actor, patient: &PatientId) -> Result<AccessLog, Error> {
        self.admit(actor)?;
        self.wait_for_tip().await?;
        let model = &self.inner.model;
        let members: Vec<MemberId> = self.roster().await?.members.to_vec();
        let journals = model.follow_journals(&self.inner.stores, members).await?;
        let known = Known {
            exchange: self,
            owners: Mutex::default(),
            fault: Mutex::default(),
        };
        let log = model.access_log(patient, &known)?;
        match lock(&known.fault).take() {
            Some(error) => Err(error),
            None => Ok(AccessLog { journals, ..log }),
        }
    }

    /// The same as FHIR AuditEvents, each with the id of its transaction; `logical` is the FHIR id of the Patient to name.
    pub async fn audit_events(
        &self,
        actor: &Actor,
        patient: &PatientId,
        logical: &str,
    ) -> Result<Vec<Resource>, Error> {
        let log = self.access_log(actor, patient).await?;
        Ok(events(log.entries, logical.to_owned()).collect())
    }
}

/// What an entry says in words of an AuditEvent.
struct Words {
    action: Action,
    outcome: Outcome,
    description: String,
    agent: String,
    purpose: Option<Purpose>,
    entities: Vec<(EntityKind, String)>,
}

impl Words {
    fn new(action: Action, description: impl Into<String>) -> Self {
        Self {
            action,
            outcome: Outcome::Success,
            description: description.into(),
            agent: "ledger".to_owned(),
            purpose: None,
            entities: Vec::new(),
        }
    }

    fn by(mut self, agent: impl ToString) -> Self {
        self.agent = agent.to_string();
        self
    }

    fn about(mut self, kind: EntityKind, id: impl ToString) -> Self {
        self.entities.push((kind, id.to_string()));
        self
    }

    fn records(mut self, records: &[RecordId]) -> Self {
        let records = records
            .iter()
            .map(|id| (EntityKind::Record, id.to_string()));
        self.entities.extend(records);
        self
    }

    fn scope(self, scope: &Scope) -> Self {
        match scope {
            Scope::Records(records) => self.records(records),
            Scope::Indexes(_) => self,
        }
    }

    fn purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = Some(purpose);
        self
    }
}

const fn when(in_time: bool) -> &'static str {
    match in_time {
        true => "in time",
        false => "too late",
    }
}

fn broken(one: &GlassBroken) -> Words {
    let text = format!("glass broken by practitioner {}", one.practitioner);
    let words = Words::new(Action::Execute, text).by(one.member);
    words
        .purpose(Purpose::Etreat)
        .about(EntityKind::Ticket, one.ticket)
}

fn justified(one: &EmergencyJustified) -> Words {
    let text = format!("emergency justified {}", when(one.in_time));
    let words = Words::new(Action::Execute, text).by(one.practitioner);
    words.about(EntityKind::Ticket, one.ticket)
}

fn reviewed(one: &GlassReviewed) -> Words {
    let found = match one.upheld {
        true => "upheld",
        false => "not upheld",
    };
    let words = Words::new(Action::Execute, format!("broken glass reviewed: {found}"));
    words.by(one.reviewer).about(EntityKind::Ticket, one.ticket)
}

fn demanded(one: &NameDemanded) -> Words {
    let text = format!("{} must say who its staff was", one.member);
    let words = Words::new(Action::Execute, text).by(one.authority);
    words.about(EntityKind::Ticket, one.ticket)
}

fn named(one: &StaffNamed) -> Words {
    let text = format!("staff named to the authority {}", when(one.in_time));
    let words = Words::new(Action::Execute, text).by(one.member);
    words.about(EntityKind::Ticket, one.ticket)
}

fn breached(one: &BreachDeclared) -> Words {
    let text = format!("breach declared of what {} had opened", one.member);
    let words = Words::new(Action::Execute, text).by(one.declared_by);
    words.about(EntityKind::Ticket, one.ticket)
}

/// What a patient said of a record.
fn said(text: impl Into<String>, record: RecordId) -> Words {
    let words = Words::new(Action::Execute, text).by("patient");
    words.about(EntityKind::Record, record)
}

fn answered(one: &AmendmentAnswered) -> Words {
    let what = match one.answer {
        AmendmentAnswer::Accepted(_) => "granted".to_owned(),
        AmendmentAnswer::Refused(refused) => format!("refused, {}", refused.reason),
        AmendmentAnswer::Extended(_) => "to be answered later".to_owned(),
    };
    let text = format!("request for amendment {what}; {}", when(one.in_time));
    let words = Words::new(Action::Execute, text).by(one.member);
    words.about(EntityKind::Record, one.amendment.record)
}

/// A hold or its end. What names no patient may be of several: the records of others are not named.
fn held(text: &str, by: MemberId, patient: Option<PatientId>, records: &[RecordId]) -> Words {
    let words = Words::new(Action::Execute, text).by(by);
    match patient {
        Some(_) => words.records(records),
        None => words,
    }
}

fn placed(one: &RecordsHeld) -> Words {
    let text = "legal hold placed: records may not be erased";
    held(text, one.member, one.patient, &one.records)
}

fn erased(one: &RecordsErased) -> Words {
    let words = Words::new(Action::Delete, "records erased").by(one.member);
    words.records(&one.records)
}

/// Of whole batches, as copies are.
fn deleted(one: &ErasureConfirmed) -> Words {
    let text = "keys and bytes of erased records deleted";
    Words::new(Action::Delete, text).by(one.member)
}

fn words(act: &Act) -> Words {
    match act {
        Act::TicketIssued(one) => {
            let text = format!("access requested: ticket issued on the basis {}", one.basis);
            let words = Words::new(Action::Execute, text).by(one.member);
            let words = words
                .purpose(one.purpose)
                .about(EntityKind::Ticket, one.ticket);
            words.scope(&one.scope)
        }
        Act::AccessRefused(one) => {
            let text = format!("access requested: refused, {}", one.refusal);
            let words = Words::new(Action::Execute, text).by(one.member);
            Words {
                outcome: Outcome::Refused,
                ..words.purpose(one.purpose).scope(&one.scope)
            }
        }
        Act::GlassBroken(one) => broken(one),
        Act::EmergencyJustified(one) => justified(one),
        Act::GlassReviewed(one) => reviewed(one),
        Act::NameDemanded(one) => demanded(one),
        Act::StaffNamed(one) => named(one),
        Act::BreachDeclared(one) => breached(one),
        Act::AmendmentAsked(one) => {
            let text = format!("amendment asked of {}", one.member);
            said(text, one.amendment.record)
        }
        Act::AmendmentAnswered(one) => answered(one),
        Act::DisagreementStated(one) => {
            let text = "the patient disagrees with a refusal to amend";
            said(text, one.amendment.record)
        }
        Act::RecordRetracted(one) => {
            let text = format!("record retracted: {}", one.reason);
            let words = Words::new(Action::Delete, text).by(one.member);
            words.about(EntityKind::Record, one.record)
        }
        Act::RecordsHeld(one) => placed(one),
        Act::HoldEnded(one) => held("legal hold ended", one.member, one.patient, &one.records),
        Act::RecordsErased(one) => erased(one),
        Act::ErasureConfirmed(one) => deleted(one),
        // A copy to a holder, or a hand-over to a successor: of a whole batch, so the records of others are not named.
        Act::Released(one) if one.ticket == TicketId::new([0; 16]) => {
            let text = match one.journal {
                JournalKind::Vault => format!("sealed copy given by the vault of {}", one.releaser),
                JournalKind::Custodian => format!("keys handed over by {}", one.releaser),
            };
            Words::new(Action::Execute, text).by(one.reader)
        }
        Act::RecordsKept(one) if one.from == one.member => {
            Words::new(Action::Execute, "holders of sealed records changed").by(one.member)
        }
        Act::RecordsKept(one) => {
            let text = format!("custody of records taken over from {}", one.from);
            Words::new(Action::Execute, text).by(one.member)
        }
        Act::Released(one) => {
            let text = format!("released by the {} of {}", one.journal, one.releaser);
            let words = Words::new(Action::Read, text).by(one.reader);
            words
                .about(EntityKind::Ticket, one.ticket)
                .records(&one.records)
        }
        Act::TicketEnded(one) => {
            let words = Words::new(Action::Execute, format!("ticket ended: {}", one.cause));
            words.about(EntityKind::Ticket, one.ticket)
        }
    }
}

/// Entries as AuditEvents, each made when it is taken.
pub(crate) fn events(
    entries: Vec<AccessEntry>,
    logical: String,
) -> impl Iterator<Item = Resource> + Send {
    let entries = entries.into_iter();
    entries.map(move |entry| rendered(&entry, &logical))
}

fn rendered(entry: &AccessEntry, logical: &str) -> Resource {
    let mut words = words(&entry.act);
    if let Some(transaction) = entry.transaction {
        words = words.about(EntityKind::Transaction, transaction);
    }
    let id = hex::encode(&digest("amanat/audit-event", &[&entry.encode()]).0[..16]);
    let entities: Vec<Entity<'_>> = words
        .entities
        .iter()
        .map(|(kind, id)| Entity { kind: *kind, id })
        .collect();
    audit_event(&Audit {
        id: &id,
        recorded_ms: entry.time_ms.get(),
        action: words.action,
        outcome: words.outcome,
        description: &words.description,
        agent: Agent {
            id: &words.agent,
            display: &words.agent,
        },
        purpose: words.purpose.map(Purpose::as_str),
        patient: Some(logical),
        entities: &entities,
    })
}
