//! Erasure and legal holds: the calls, and what this member itself forgets of what was erased.
//!
//! Vaults forget bytes and wraps by themselves. What is left here is what the own store knows of a record: its row in the FHIR index, and what a
//! Patient is found by. A client that still asks for the record is told that it is gone ([`Exchange::read`]).
use crate::id::check_caller_id;
use crate::{Actor, Error, Exchange};
use amanat_client::{Ledger, Stores};
use amanat_fhir::Category;
use amanat_types::call::{Call, EndHold, Erase, HeldRecords, Hold, Openings};
use amanat_types::codec::List;
use amanat_types::state::Record;
use amanat_types::{HoldId, PatientId, PublicKey, RecordId, StateKey, TimestampMs};

/// Records that are forgotten at once.
pub const ERASED_MAX: usize = 1024;
/// No key: nothing is signed by it.
const NOBODY: PublicKey = PublicKey::P256([0; 33]);

/// A legal hold to place.
#[derive(Clone, Debug)]
pub struct HoldAsk {
    /// What the caller calls it; unique for ever.
    pub caller_id: Vec<u8>,
    /// Which records.
    pub records: Vec<RecordId>,
    /// Statute, order or claim.
    pub ground: String,
    /// End, exclusive.
    pub until_ms: TimestampMs,
}

/// A call of holds or erasure.
#[derive(Clone, Debug)]
pub enum ErasureAsk {
    /// Places a hold.
    Hold(HoldAsk),
    /// Ends one.
    EndHold(HoldId),
    /// Erases records of one patient.
    Erase(Vec<RecordId>),
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    pub(crate) async fn erasure_call(&self, actor: &Actor, ask: ErasureAsk) -> Result<Call, Error> {
        Ok(match ask {
            ErasureAsk::Hold(ask) => self.hold_call(actor, ask).await?,
            ErasureAsk::EndHold(hold) => Call::EndHold(EndHold { hold }),
            ErasureAsk::Erase(records) => {
                let records = named(records)?;
                let rule = "must be records of one patient who is known here";
                let whose = self.whose(&records).await?;
                let (patient, categories) = whose.ok_or_else(|| Error::invalid("record", rule))?;
                Call::Erase(Erase {
                    patient,
                    openings: self.shown(actor, patient, &categories)?,
                    records,
                })
            }
        })
    }

    /// A hold says whose the records are, if they are one patient's and that is known here.
    async fn hold_call(&self, actor: &Actor, ask: HoldAsk) -> Result<Call, Error> {
        check_caller_id("caller_id", &ask.caller_id)?;
        let records = named(ask.records)?;
        let whose = self.whose(&records).await?;
        let openings = match &whose {
            Some((patient, categories)) => self.shown(actor, *patient, categories)?,
            None => List::empty(),
        };
        Ok(Call::Hold(Hold {
            local: self.local_id("hold", &ask.caller_id),
            patient: whose.map(|(patient, _)| patient),
            records,
            openings,
            ground: self.words(&ask.caller_id, &ask.ground).await?,
            until_ms: ask.until_ms,
        }))
    }

    /// The one patient whose these records are, with their categories; nothing if one of them is not known here, or another's.
    async fn whose(
        &self,
        records: &[RecordId],
    ) -> Result<Option<(PatientId, Vec<Category>)>, Error> {
        // What was deposited a moment ago may not have been folded yet.
        self.wait_for_tip().await?;
        let mut found: Option<(PatientId, Vec<Category>)> = None;
        for record in records {
            let Some(row) = self.inner.model.record(record)? else {
                return Ok(None);
            };
            let Some((owner, category)) = self.owner_of(&row.index)? else {
                return Ok(None);
            };
            let (patient, categories) = found.get_or_insert((owner, Vec::new()));
            if *patient != owner {
                return Ok(None);
            }
            categories.push(category);
        }
        Ok(found)
    }

    fn shown(
        &self,
        actor: &Actor,
        patient: PatientId,
        categories: &[Category],
    ) -> Result<Openings, Error> {
        self.paper_of(actor, patient, categories, NOBODY)?
            .openings()
    }

    /// At most [`ERASED_MAX`] erased records after so many, in the order of the ledger, once what is known of them here is removed. May be repeated.
    pub async fn erased_after(&self, count: u64) -> Result<Vec<RecordId>, Error> {
        let records = self.inner.model.erased(count, ERASED_MAX)?;
        if !records.is_empty() {
            self.forget_records(records.clone()).await?;
        }
        Ok(records)
    }

    /// Whether finalised state calls a record erased.
    pub(crate) async fn is_erased(&self, record: &RecordId) -> Result<bool, Error> {
        let state: Option<Record> = self.state(StateKey::record(record)).await?;
        Ok(state.is_some_and(|state| state.is_erased()))
    }
}

/// Records sorted, each once.
fn named(mut records: Vec<RecordId>) -> Result<HeldRecords, Error> {
    records.sort_unstable();
    records.dedup();
    List::new(records).map_err(|error| Error::invalid("record", error.to_string()))
}
