//! Requests that a record be amended: asked, answered, disagreed with; and what goes with a record because of them.
//!
//! What each side says is a record of its own, deposited before: a FHIR `Communication` that is `about` the one record goes under that record's index
//! ([`about`]; that record may come in the same batch), so that whoever may open the record may open it.
use crate::read::{Opened, READ_RECORDS_MAX, Wants};
use crate::{Actor, Draft, Error, Exchange, ReadContext, id};
use amanat_client::{Ledger, Stores};
use amanat_fhir::Checked;
use amanat_projection::{AmendmentRow, RecordRow};
use amanat_types::call::{AnswerAmendment, AskAmendment, Call, Disagree};
use amanat_types::{BlindIndex, PatientId, PublicKey, RecordId};
use std::collections::{BTreeMap, BTreeSet};

/// A call about a request for amendment.
#[derive(Clone, Debug)]
pub enum AmendmentAsk {
    /// Asks that a record be amended; the own record that says why.
    Ask(RecordId, RecordId),
    /// Answers one.
    Answer(AnswerAmendment),
    /// Disagrees with a refusal.
    Disagree(Disagree),
}

/// The one record that a `Communication` is about; nothing for anything else.
fn about(resource: &Checked) -> Option<RecordId> {
    if resource.kind().name() != "Communication" {
        return None;
    }
    let [only] = resource.get("about")?.as_array()?.as_slice() else {
        return None;
    };
    let (_, logical) = only.get("reference")?.as_str()?.rsplit_once('/')?;
    id::record_of(logical)
}

/// What a draft is about, as far as that decides under which index it goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum About {
    /// Nothing: its own category decides.
    Nothing,
    /// A record of this index.
    Index(BlindIndex),
    /// The draft at this place of the same batch.
    Draft(usize),
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// What each of `drafts` of a patient is about.
    ///
    /// Error: [`Error::Invalid`] (`about`), if that record is neither among the drafts nor known here to be this patient's.
    pub(crate) async fn abouts(
        &self,
        actor: &Actor,
        drafts: &[Draft],
        patient: &PatientId,
    ) -> Result<Vec<About>, Error> {
        let named: Vec<Option<RecordId>> =
            drafts.iter().map(|draft| about(&draft.resource)).collect();
        let mut abouts = vec![About::Nothing; drafts.len()];
        if named.iter().all(Option::is_none) {
            return Ok(abouts);
        }
        let ids = drafts
            .iter()
            .map(|one| self.record_id(actor, &one.caller_id));
        let places: BTreeMap<RecordId, usize> = ids.zip(0..).collect();
        for (about, record) in abouts.iter_mut().zip(named) {
            let Some(record) = record else { continue };
            *about = match places.get(&record) {
                Some(at) => About::Draft(*at),
                None => self.index_about(&record, patient).await?,
            };
        }
        Ok(abouts)
    }

    async fn index_about(&self, record: &RecordId, patient: &PatientId) -> Result<About, Error> {
        // What was deposited a moment ago may not have been folded yet.
        if self.inner.model.record(record)?.is_none() {
            self.wait_for_tip().await?;
        }
        let row = self.inner.model.record(record)?;
        if row.is_some_and(|row| row.index == BlindIndex::directory(row.member)) {
            return Ok(About::Nothing);
        }
        match self.record_known(record, "about")? {
            (owner, _, index) if owner == *patient => Ok(About::Index(index)),
            _ => Err(Error::invalid("about", KNOWN)),
        }
    }

    fn record_known(
        &self,
        record: &RecordId,
        field: &'static str,
    ) -> Result<(PatientId, amanat_fhir::Category, BlindIndex), Error> {
        let row = self.inner.model.record(record)?;
        let row = row.ok_or_else(|| Error::invalid(field, KNOWN))?;
        let owner = self.owner_of(&row.index)?;
        let (patient, category) = owner.ok_or_else(|| Error::invalid(field, KNOWN))?;
        Ok((patient, category, row.index))
    }

    pub(crate) fn amendment_call(&self, actor: &Actor, ask: AmendmentAsk) -> Result<Call, Error> {
        Ok(match ask {
            AmendmentAsk::Ask(record, request) => {
                let (patient, category, _) = self.record_known(&record, "record")?;
                let nobody = PublicKey::P256([0; 33]);
                let paper = self.paper_of(actor, patient, &[category], nobody)?;
                Call::AskAmendment(AskAmendment {
                    patient,
                    record,
                    request,
                    openings: paper.openings()?,
                })
            }
            AmendmentAsk::Answer(call) => Call::AnswerAmendment(call),
            AmendmentAsk::Disagree(call) => Call::Disagree(call),
        })
    }

    /// The requests for the amendment of a patient's records up to the tip, by record, in the order in which they were made.
    pub async fn amendments(
        &self,
        actor: &Actor,
        patient: &PatientId,
    ) -> Result<Vec<AmendmentRow>, Error> {
        self.admit(actor)?;
        self.wait_for_tip().await?;
        Ok(self.inner.model.amendments(patient)?)
    }

    /// The records that go with a record: after a refusal to amend it what was asked, what was answered, and what the patient says to that.
    pub fn notes(&self, actor: &Actor, record: &RecordId) -> Result<Vec<RecordId>, Error> {
        self.admit(actor)?;
        Ok(self.inner.model.notes(record)?)
    }

    /// Opens the records that go with `records` and that the basis reaches, beside those.
    pub(crate) async fn read_notes(
        &self,
        actor: &Actor,
        context: &ReadContext,
        records: &[RecordId],
        reachable: &BTreeMap<RecordId, &RecordRow>,
    ) -> Result<Vec<Opened>, Error> {
        let mut notes = BTreeSet::new();
        for record in records {
            notes.extend(self.inner.model.notes(record)?);
        }
        notes.retain(|note| reachable.contains_key(note) && !records.contains(note));
        let notes: Vec<RecordId> = notes.into_iter().collect();
        let mut opened = Vec::with_capacity(notes.len());
        for some in notes.chunks(READ_RECORDS_MAX) {
            let set = self.read_as(actor, context, some, Wants::Released).await?;
            opened.extend(set.opened);
        }
        Ok(opened)
    }

    /// What the patient wrote at other members about a refusal to amend one of `records`, and did not take back. What was said about a record that one of
    /// these replaced is not among it: a disclosure takes such a note with the record itself only.
    pub(crate) fn notes_elsewhere(
        &self,
        patient: &PatientId,
        records: &[RecordId],
    ) -> Result<Vec<RecordId>, Error> {
        let mine = |record: &RecordId| -> Result<bool, Error> {
            let row = self.inner.model.record(record)?;
            Ok(row.is_some_and(|row| row.member == self.member()))
        };
        let mut notes = Vec::new();
        for asked in self.inner.model.amendments(patient)? {
            let about = asked.amendment.record;
            if !records.contains(&about) || !mine(&about)? {
                continue;
            }
            for note in asked.notes() {
                let row = self.inner.model.record(&note)?;
                let theirs =
                    |row: &RecordRow| row.member != self.member() && row.retracted.is_none();
                notes.extend(row.filter(theirs).map(|row| row.record));
            }
        }
        Ok(notes)
    }

    /// The own records among those that go with `record`, and are not taken back.
    pub(crate) fn own_notes(&self, record: &RecordId) -> Result<Vec<RecordId>, Error> {
        let mut own = Vec::new();
        for note in self.inner.model.notes(record)? {
            let row = self.inner.model.record(&note)?;
            let mine = |row: &RecordRow| row.member == self.member() && row.retracted.is_none();
            own.extend(row.filter(mine).map(|row| row.record));
        }
        Ok(own)
    }
}

/// What is said of a record of which nothing is known here.
const KNOWN: &str = "must be a record of the patient that is known here";
