//! The encrypted FHIR index: by which ids, identifiers and patients a resource is found, of what the member authored or opened.
//!
//! A row of somebody else's record lives as long as the ticket under which it was opened. It says where to look, never what is
//! there: what a search finds is opened under a ticket.
use crate::exchange::decode;
use crate::matching;
use crate::seal::Plan;
use crate::{Error, Exchange};
use amanat_client::{Fault, Ledger, Stores};
use amanat_fhir::search::Identifier;
use amanat_fhir::{Checked, ResourceType};
use amanat_projection::{Batch, Row, Table};
use amanat_types::codec::List;
use amanat_types::{
    BlindIndex, Height, MemberId, PatientId, RecordId, TimestampMs, TransactionId, codec_struct,
};
use commonware_codec::Encode as _;

/// Record -> [`IndexRow`].
const ROW: Table = Table::new("fhir");
/// List: type; key: record.
const BY_KIND: Table = Table::new("fhir-by-type");
/// List: type and patient; key: record.
const BY_PATIENT: Table = Table::new("fhir-by-patient");
/// List: type and value; key: record.
const BY_VALUE: Table = Table::new("fhir-by-value");
/// Records of others; key: record; value: end.
const BORROWED: Table = Table::new("fhir-borrowed");
/// Bytes of a system or a value that is indexed; longer ones are found by id only.
const TEXT_BYTES_MAX: usize = 512;
/// Identifiers of one resource that are indexed.
const IDENTIFIERS_MAX: usize = 64;

/// An identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexedIdentifier {
    system: Option<List<u8, TEXT_BYTES_MAX>>,
    value: Option<List<u8, TEXT_BYTES_MAX>>,
}
codec_struct!(IndexedIdentifier { system, value });

/// What is known of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexRow {
    pub(crate) record: RecordId,
    pub(crate) kind: List<u8, 64>,
    pub(crate) member: MemberId,
    pub(crate) index: BlindIndex,
    pub(crate) patient: Option<PatientId>,
    identifiers: List<IndexedIdentifier, IDENTIFIERS_MAX>,
    /// Of another member's record: the end of the ticket under which it was opened.
    pub(crate) until_ms: Option<TimestampMs>,
    /// Keyed digest of what the caller brought; all zero for another member's record.
    pub(crate) tag: [u8; 32],
    pub(crate) updated_ms: TimestampMs,
    pub(crate) transaction: Option<TransactionId>,
    pub(crate) height: Height,
}
codec_struct!(IndexRow {
    record,
    kind,
    member,
    index,
    patient,
    identifiers,
    until_ms,
    tag,
    updated_ms,
    transaction,
    height
});

fn text(text: Option<&str>) -> Option<Option<List<u8, TEXT_BYTES_MAX>>> {
    match text {
        None => Some(None),
        Some(text) => List::new(text.as_bytes().to_vec()).ok().map(Some),
    }
}

fn identifiers(resource: &Checked) -> List<IndexedIdentifier, IDENTIFIERS_MAX> {
    let found = amanat_fhir::search::identifiers(resource).into_iter();
    let indexed = found.filter_map(|Identifier { system, value }| {
        Some(IndexedIdentifier {
            system: text(system)?,
            value: text(value)?,
        })
    });
    List::new(indexed.take(IDENTIFIERS_MAX).collect()).unwrap_or_else(|_| List::empty())
}

fn kind_of(resource: &Checked) -> List<u8, 64> {
    let name = resource.kind().name().as_bytes();
    List::new(name.to_vec()).unwrap_or_else(|_| List::empty())
}

impl IndexRow {
    /// The row of a record of this member.
    pub(crate) fn authored(
        member: MemberId,
        plan: &Plan,
        updated_ms: TimestampMs,
        height: Height,
    ) -> Self {
        Self {
            record: plan.record,
            kind: kind_of(&plan.resource),
            member,
            index: plan.index,
            patient: plan.patient,
            identifiers: identifiers(&plan.resource),
            until_ms: None,
            tag: plan.tag,
            updated_ms,
            transaction: None,
            height,
        }
    }

    /// The row of another member's record, opened under a ticket that ends at `until_ms`.
    pub(crate) fn borrowed(
        opened: &crate::Opened,
        patient: Option<PatientId>,
        until_ms: TimestampMs,
    ) -> Self {
        Self {
            record: opened.record,
            kind: kind_of(&opened.resource),
            member: opened.member,
            index: opened.index,
            patient,
            identifiers: identifiers(&opened.resource),
            until_ms: Some(until_ms),
            tag: [0; 32],
            updated_ms: TimestampMs::new(0),
            transaction: None,
            height: opened.height,
        }
    }

    /// The same, once the ledger has the record.
    pub(crate) fn landed(&self, transaction: Option<TransactionId>, height: Height) -> Self {
        Self {
            transaction,
            height,
            ..self.clone()
        }
    }

    /// Whether it may still be shown at `now`.
    pub(crate) fn is_live(&self, now: TimestampMs) -> bool {
        self.until_ms.is_none_or(|until_ms| now < until_ms)
    }

    /// Whether it is of this type.
    pub(crate) fn is_kind(&self, kind: ResourceType) -> bool {
        *self.kind == *kind.name().as_bytes()
    }

    /// Whether one of its identifiers satisfies `fits`.
    pub(crate) fn identifier_fits(&self, fits: impl Fn(Identifier<'_>) -> bool) -> bool {
        self.identifiers.iter().any(|one| {
            let text = |text: &'_ Option<List<u8, TEXT_BYTES_MAX>>| {
                let bytes = text.as_deref().map(<[u8]>::to_vec);
                bytes.and_then(|bytes| String::from_utf8(bytes).ok())
            };
            let (system, value) = (text(&one.system), text(&one.value));
            fits(Identifier {
                system: system.as_deref(),
                value: value.as_deref(),
            })
        })
    }

    /// Lists that the row stands in.
    fn lists(&self) -> Vec<(Table, Vec<u8>)> {
        let mut lists = vec![(BY_KIND, self.kind.to_vec())];
        if let Some(patient) = &self.patient {
            lists.push((BY_PATIENT, joined(&self.kind, patient.as_bytes())));
        }
        let values = self
            .identifiers
            .iter()
            .filter_map(|one| one.value.as_deref());
        lists.extend(values.map(|value| (BY_VALUE, joined(&self.kind, value))));
        lists
    }

    pub(crate) fn put(&self, batch: &mut Batch<'_>) -> Result<(), Fault> {
        let key = self.record.as_bytes();
        batch.put(ROW, b"", key, &self.encode())?;
        for (table, list) in self.lists() {
            batch.put(table, &list, key, b"")?;
        }
        match self.until_ms {
            Some(until_ms) => batch.put(BORROWED, b"", key, &until_ms.encode()),
            None => batch.remove(BORROWED, b"", key),
        }
    }
}

/// Type and what follows it; types hold no zero byte.
fn joined(kind: &[u8], rest: &[u8]) -> Vec<u8> {
    [kind, &[0], rest].concat()
}

fn remove(batch: &mut Batch<'_>, record: &[u8]) -> Result<(), Fault> {
    let Some(bytes) = batch.get(ROW, b"", record)? else {
        return Ok(());
    };
    let row: Result<IndexRow, Error> = decode(&bytes);
    let row = row.map_err(|_| Fault::damaged("the FHIR index", "a row does not decode"))?;
    for (table, list) in row.lists() {
        batch.remove(table, &list, record)?;
    }
    batch.remove(BORROWED, b"", record)?;
    batch.remove(ROW, b"", record)
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// The rows of these records, where there are any.
    pub(crate) fn index_rows(&self, records: &[RecordId]) -> Result<Vec<Option<IndexRow>>, Error> {
        let view = self.inner.store.view()?;
        let rows = records.iter().map(|record| {
            let row = view.get(ROW, b"", record.as_bytes())?;
            row.map(|bytes| decode(&bytes)).transpose()
        });
        rows.collect()
    }

    /// The row of one record.
    pub(crate) fn index_row(&self, record: &RecordId) -> Result<Option<IndexRow>, Error> {
        Ok(self.index_rows(&[*record])?.pop().flatten())
    }

    /// Records of a type, and of a patient if one is named.
    pub(crate) fn index_list(
        &self,
        kind: ResourceType,
        patient: Option<&PatientId>,
    ) -> Result<Vec<RecordId>, Error> {
        let kind = kind.name().as_bytes();
        let view = self.inner.store.view()?;
        let rows = match patient {
            Some(patient) => view.scan(BY_PATIENT, &joined(kind, patient.as_bytes()))?,
            None => view.scan(BY_KIND, kind)?,
        };
        keys(&rows)
    }

    /// Records of a type with an identifier of this value.
    pub(crate) fn index_by_value(
        &self,
        kind: ResourceType,
        value: &str,
    ) -> Result<Vec<RecordId>, Error> {
        let list = joined(kind.name().as_bytes(), value.as_bytes());
        keys(&self.inner.store.view()?.scan(BY_VALUE, &list)?)
    }

    /// Writes rows.
    pub(crate) async fn put_rows(&self, rows: Vec<IndexRow>) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write(move |batch| rows.iter().try_for_each(|row| row.put(batch)))
            .await
    }

    /// Removes rows.
    pub(crate) async fn forget_records(&self, records: Vec<RecordId>) -> Result<(), Error> {
        let forget = move |batch: &mut Batch<'_>| {
            let mut records = records.iter();
            records.try_for_each(|record| {
                matching::forget(batch, record.as_bytes())?;
                remove(batch, record.as_bytes())
            })
        };
        self.write(forget).await
    }

    /// Removes the rows of other members' records whose tickets have ended.
    pub(crate) async fn forget_ended(&self) -> Result<(), Error> {
        let now = self.now();
        let rows = self.inner.store.view()?.scan(BORROWED, b"")?;
        let mut ended = Vec::new();
        for row in &rows {
            let until_ms: TimestampMs = decode(&row.value)?;
            if until_ms <= now {
                ended.push(decode(&row.key)?);
            }
        }
        match ended.is_empty() {
            true => Ok(()),
            false => self.forget_records(ended).await,
        }
    }
}

fn keys(rows: &[Row]) -> Result<Vec<RecordId>, Error> {
    rows.iter().map(|row| decode(&row.key)).collect()
}
