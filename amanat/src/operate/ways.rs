//! Which ways to a patient's records were open at the height up to which a ledger was executed again: `amanat replay --to HEIGHT --patient ...`.
//!
//! The rule is the door's `$who-could`: the patient's events are folded into a read model, which says what is open, and each way is judged by the
//! contracts, here by the state after the last block.
use super::past::{findings, headed};
use super::replay::work_folder;
use crate::command_error::CommandError;
use amanat_client::{Fault, LedgerState};
use amanat_exchange::explain::{Reader, Verdict};
use amanat_exchange::ways::{self, Judged};
use amanat_gateway::{Language, name_basis};
use amanat_node::replay::Past;
use amanat_projection::{ReadModel, follower, of_patient};
use amanat_types::codec::List;
use amanat_types::explain::{ExplainQuestion, Explanation};
use amanat_types::wire::{BlockEvents, EVENT_BLOCKS_MAX, EventPage, StateValue};
use amanat_types::{Height, PatientId, RecordId, StateKey, TimestampMs};
use serde_json::{Value, json};
use std::path::PathBuf;

/// File of the read model, in a folder for work.
const MODEL_FILE: &str = "read-model.redb";

/// What of a ledger is kept while it is executed: the events of one patient.
pub struct Follows {
    patient: PatientId,
    record: Option<RecordId>,
    work: Option<PathBuf>,
    blocks: Vec<BlockEvents>,
}

/// The ways that were open.
pub struct Ways {
    height: Height,
    time_ms: TimestampMs,
    record: Option<RecordId>,
    judged: Vec<Judged>,
}

/// The state after the last block.
struct State<'p>(&'p dyn Past);

fn unread(error: impl std::fmt::Display) -> Fault {
    Fault::protocol("the state after the last block", error.to_string())
}

impl LedgerState for State<'_> {
    async fn values(&self, keys: Vec<StateKey>) -> Result<Vec<Option<StateValue>>, Fault> {
        let values = self.0.values(keys).await.map_err(unread)?.into_iter();
        let values = values.map(|value| value.map(List::new).transpose());
        values.collect::<Result<_, _>>().map_err(unread)
    }

    async fn explained(&self, question: ExplainQuestion) -> Result<Explanation, Fault> {
        self.0.explain(question).await.map_err(unread)
    }
}

impl Follows {
    /// Will say which ways were open to a patient's records, or to one record. The read model is made below `work`, and removed again.
    pub const fn new(patient: PatientId, record: Option<RecordId>, work: Option<PathBuf>) -> Self {
        Self {
            patient,
            record,
            work,
            blocks: Vec::new(),
        }
    }

    /// Keeps what a block did that is the patient's.
    pub fn block(&mut self, outcome: &BlockEvents) {
        self.blocks.extend(of_patient(outcome, &self.patient));
    }

    /// Says which ways are open by the state after the last block.
    pub async fn end(&self, past: &dyn Past) -> Result<Ways, CommandError> {
        let failed = |error: &dyn std::fmt::Display| CommandError::Unknown(error.to_string());
        let folder = work_folder(self.work.as_deref())?;
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| failed(&error))?;
        let state = State(past);
        let model = ReadModel::open(&folder.path().join(MODEL_FILE), &key);
        let model = model.map_err(|error| failed(&error))?;
        let folded = self.fold(&model, &state).await;
        folded.map_err(|error| failed(&error))?;
        let open = model.open_bases(&self.patient);
        let open = open.map_err(|error| failed(&error))?;
        let judged = ways::judge(&state, &open, &self.patient, self.record).await;
        Ok(Ways {
            height: past.height(),
            time_ms: past.time_ms(),
            record: self.record,
            judged: judged.map_err(|error| failed(&error))?,
        })
    }

    /// Folds what was kept, and then says how far the ledger goes, so that what has ended by time alone is over.
    async fn fold(&self, model: &ReadModel, state: &State<'_>) -> Result<(), Fault> {
        let (tip, time_ms) = (state.0.height(), state.0.time_ms());
        for blocks in self.blocks.chunks(EVENT_BLOCKS_MAX) {
            let last = blocks.last().map_or(tip, |block| block.height);
            let page = EventPage {
                tip,
                time_ms,
                next: last.plus(1),
                blocks: List::new(blocks.to_vec()).map_err(unread)?,
            };
            let lookups = follower::lookups(state, blocks).await?;
            model.fold(&page, &lookups)?;
        }
        let end = EventPage {
            tip,
            time_ms,
            next: tip.plus(1),
            blocks: List::empty(),
        };
        model.fold(&end, &Default::default()).map(drop)
    }
}

impl Ways {
    /// For people.
    pub fn words(&self, language: Language) -> String {
        let at = (self.height, self.time_ms);
        let count = self.judged.len();
        let opened = language.were_open(at, self.record.is_some(), count);
        let mut words = headed("who could", language, &opened);
        for one in &self.judged {
            let (basis, way) = (name_basis(&one.basis), one.way(Vec::new()));
            words.push_str(&format!("  {basis}\n    {}\n", language.way(&way)));
            for finding in one.explained.iter().flat_map(|one| one.findings.iter()) {
                words.push_str(&format!("      {}\n", language.finding(finding)));
            }
        }
        words.push_str(&format!("  {}\n", language.beside_the_past()));
        words
    }

    /// For programs.
    pub fn shape(&self) -> Value {
        json!({
            "height": self.height.get(),
            "time_ms": self.time_ms.get(),
            "ways": self.judged.iter().map(way).collect::<Vec<Value>>(),
        })
    }
}

/// One way, for programs; `granted` is null of a reader who is known by a role only and is judged when it asks.
fn way(one: &Judged) -> Value {
    let told = one.way(Vec::new());
    let (granted, refusal) = match told.verdict {
        Verdict::Granted => (Some(true), None),
        Verdict::Refused(refusal) => (Some(false), Some(refusal.name())),
        Verdict::WhenAsked => (None, None),
    };
    let withheld = told.withheld.iter().map(ToString::to_string);
    json!({
        "reader": reader(&one.reader),
        "basis": name_basis(&one.basis),
        "purpose": one.purpose.as_str(),
        "until_ms": one.until_ms.get(),
        "granted": granted,
        "refusal": refusal,
        "withheld": withheld.collect::<Vec<String>>(),
        "findings": one.explained.as_ref().map(findings).unwrap_or_default(),
    })
}

fn reader(reader: &Reader) -> Value {
    match reader {
        Reader::Member(member) => json!({ "member": member.number() }),
        Reader::Practitioner(member, one) => {
            json!({ "member": member.number(), "practitioner": one.to_string() })
        }
        Reader::Staff(member) => json!({ "member": member.number(), "seat": "staff" }),
        Reader::Role(member, role) => {
            json!({ "member": member.number(), "role": role.as_str() })
        }
        Reader::RoleAtKind(at) => json!({ "role": at.role.as_str(), "kind": at.kind.as_str() }),
        Reader::RoleAtKindWithin(at) => json!({
            "role": at.role.as_str(),
            "kind": at.kind.as_str(),
            "within": at.within.as_str(),
        }),
    }
}
