//! Read model 6: which pseudonyms are one person (FHIR `Patient.link`), as links of kind [`LinkKind::Same`] say.
//!
//! Two rows for each link that was not ended, one under each pseudonym.
use crate::model::{ReadModel, decode};
use crate::store::{Batch, Table};
use amanat_client::Fault;
use amanat_types::code::LinkKind;
use amanat_types::event::{GuardianLinked, GuardianUnlinked};
use amanat_types::{PatientId, TimestampMs, codec_struct};
use commonware_codec::Encode as _;

/// List: pseudonym; key: the other one.
const SAME: Table = Table::new("same-person");

/// Another pseudonym of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SamePerson {
    /// Which.
    pub other: PatientId,
    /// Whether the person goes on under the other one, and not under the one that was asked about.
    pub replaced: bool,
    /// From when on the other card speaks for both.
    pub from_ms: TimestampMs,
    /// End, exclusive.
    pub until_ms: TimestampMs,
}
codec_struct!(SamePerson {
    other,
    replaced,
    from_ms,
    until_ms
});

impl SamePerson {
    /// Whether the link is in force.
    pub fn in_force(&self, now: TimestampMs) -> bool {
        self.from_ms <= now && now < self.until_ms
    }
}

/// Notes a link, if it is one of these.
pub(crate) fn linked(batch: &mut Batch<'_>, event: &GuardianLinked) -> Result<(), Fault> {
    if event.kind != LinkKind::Same {
        return Ok(());
    }
    let (from_ms, until_ms) = (event.from_ms, event.until_ms);
    for (one, other, replaced) in [
        (event.patient, event.guardian, true),
        (event.guardian, event.patient, false),
    ] {
        let row = SamePerson {
            other,
            replaced,
            from_ms,
            until_ms,
        };
        batch.put(SAME, one.as_bytes(), other.as_bytes(), &row.encode())?;
    }
    Ok(())
}

/// Forgets a link that was ended.
pub(crate) fn unlinked(batch: &mut Batch<'_>, event: &GuardianUnlinked) -> Result<(), Fault> {
    if event.kind != LinkKind::Same {
        return Ok(());
    }
    batch.remove(SAME, event.patient.as_bytes(), event.guardian.as_bytes())?;
    batch.remove(SAME, event.guardian.as_bytes(), event.patient.as_bytes())
}

impl ReadModel {
    /// The other pseudonyms of a person, in the order of their bytes, whose links were not ended; they may begin later or be over.
    pub fn same_person(&self, patient: &PatientId) -> Result<Vec<SamePerson>, Fault> {
        let rows = self.store().view()?.scan(SAME, patient.as_bytes())?;
        rows.iter().map(|row| decode(&row.value)).collect()
    }
}
