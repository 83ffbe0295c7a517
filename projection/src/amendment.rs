//! Read model 4: requests that records be amended, by patient and by record; and what travels with a record because of them.
use crate::model::{ReadModel, decode};
use crate::store::{Batch, Table, View};
use amanat_client::Fault;
use amanat_types::call::{AmendmentAnswer, AmendmentRef};
use amanat_types::event::{AmendmentAnswered, AmendmentAsked, DisagreementStated, RecordAmended};
use amanat_types::limits::AMENDMENT_EXTENSION_MS;
use amanat_types::state::{AmendmentState, AmendmentVerdict};
use amanat_types::{MemberId, PatientId, RecordId, TimestampMs, codec_struct};
use commonware_codec::Encode as _;

/// List: record; key: number of the request; value: [`AmendmentRow`].
const AMENDMENT: Table = Table::new("amendment");
/// List: patient; key: [`AmendmentRef`].
const OF_PATIENT: Table = Table::new("amendment-of-patient");

/// Record -> ids of the records before it, in one chain of amendments, of which one was asked to be amended. It grows by what patients ask only, however
/// long the chain is.
const BEFORE: Table = Table::new("amendment-before");
/// Bytes of a record's id.
const ID_BYTES: usize = 16;

/// A request for amendment as the events tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmendmentRow {
    /// Which.
    pub amendment: AmendmentRef,
    /// Whose record.
    pub patient: PatientId,
    /// The member that was asked.
    pub member: MemberId,
    /// What became of it.
    pub state: AmendmentState,
}
codec_struct!(AmendmentRow {
    amendment,
    patient,
    member,
    state
});

fn load(batch: &Batch<'_>, id: &AmendmentRef) -> Result<AmendmentRow, Fault> {
    let row = batch.get(AMENDMENT, id.record.as_bytes(), &[id.number])?;
    let row = row.ok_or_else(|| crate::model::damaged("a request for amendment is missing"))?;
    decode(&row)
}

fn save(batch: &mut Batch<'_>, row: &AmendmentRow) -> Result<(), Fault> {
    let AmendmentRef { record, number } = row.amendment;
    batch.put(AMENDMENT, record.as_bytes(), &[number], &row.encode())
}

pub(crate) fn asked(
    batch: &mut Batch<'_>,
    time_ms: TimestampMs,
    event: &AmendmentAsked,
) -> Result<(), Fault> {
    let row = AmendmentRow {
        amendment: event.amendment,
        patient: event.patient,
        member: event.member,
        state: AmendmentState {
            request: event.request,
            asked_ms: time_ms,
            by_ms: event.by_ms,
            extended: None,
            answered: None,
            disagreement: None,
        },
    };
    let key = event.amendment.encode();
    batch.put(OF_PATIENT, event.patient.as_bytes(), &key, b"")?;
    save(batch, &row)
}

pub(crate) fn answered(
    batch: &mut Batch<'_>,
    time_ms: TimestampMs,
    event: &AmendmentAnswered,
) -> Result<(), Fault> {
    let mut row = load(batch, &event.amendment)?;
    let refused = match event.answer {
        AmendmentAnswer::Extended(letter) => {
            row.state.extended = Some(letter);
            row.state.by_ms = row.state.by_ms.plus(AMENDMENT_EXTENSION_MS);
            return save(batch, &row);
        }
        AmendmentAnswer::Accepted(_) => None,
        AmendmentAnswer::Refused(refused) => Some(refused),
    };
    row.state.answered = Some(AmendmentVerdict { time_ms, refused });
    save(batch, &row)
}

pub(crate) fn disagreed(batch: &mut Batch<'_>, event: &DisagreementStated) -> Result<(), Fault> {
    let mut row = load(batch, &event.amendment)?;
    row.state.disagreement = Some(event.statement);
    save(batch, &row)
}

/// A record takes the place of another: what was said to a refusal goes on with it. Nobody asks about a record that is superseded, so that
/// what was asked is known now.
pub(crate) fn superseded(batch: &mut Batch<'_>, event: &RecordAmended) -> Result<(), Fault> {
    let old = event.superseded;
    let mut before = batch.get(BEFORE, b"", old.as_bytes())?.unwrap_or_default();
    if batch.get(AMENDMENT, old.as_bytes(), &[0])?.is_some() {
        before.extend_from_slice(old.as_bytes());
    }
    match before.is_empty() {
        true => Ok(()),
        false => batch.put(BEFORE, b"", event.record.as_bytes(), &before),
    }
}

impl AmendmentRow {
    /// The records that go with the one it is about, in the order in which they were written: after a refusal what was asked, what was
    /// answered, and what the patient says to that (45 CFR 164.526(d)(5)).
    pub fn notes(&self) -> impl Iterator<Item = RecordId> + use<> {
        let AmendmentState {
            request,
            answered,
            disagreement,
            ..
        } = self.state;
        let refused = answered.and_then(|answered| answered.refused);
        let notes = refused.map(|refused| [Some(request), Some(refused.letter), disagreement]);
        notes.into_iter().flatten().flatten()
    }
}

fn of_record(view: &View<'_>, record: &RecordId) -> Result<Vec<AmendmentRow>, Fault> {
    let rows = view.scan(AMENDMENT, record.as_bytes())?;
    rows.iter().map(|row| decode(&row.value)).collect()
}

impl ReadModel {
    /// The requests for the amendment of a patient's records, by record, in the order in which they were made.
    pub fn amendments(&self, patient: &PatientId) -> Result<Vec<AmendmentRow>, Fault> {
        let view = self.store().view()?;
        let mut found = Vec::new();
        for row in view.scan(OF_PATIENT, patient.as_bytes())? {
            let id: AmendmentRef = decode(&row.key)?;
            let row = view.get(AMENDMENT, id.record.as_bytes(), &[id.number])?;
            let row = row.ok_or_else(|| crate::model::damaged("a request is missing"))?;
            found.push(decode(&row)?);
        }
        Ok(found)
    }

    /// The records that go with `record`: [`AmendmentRow::notes`] of every refused request for its amendment, or for that of a record that it supersedes.
    pub fn notes(&self, record: &RecordId) -> Result<Vec<RecordId>, Fault> {
        let view = self.store().view()?;
        let before = view
            .get(BEFORE, b"", record.as_bytes())?
            .unwrap_or_default();
        let mut about: Vec<RecordId> = before
            .chunks_exact(ID_BYTES)
            .map(decode)
            .collect::<Result<_, _>>()?;
        about.push(*record);
        let mut notes = Vec::new();
        for record in about {
            for row in of_record(&view, &record)? {
                notes.extend(row.notes());
            }
        }
        Ok(notes)
    }
}
