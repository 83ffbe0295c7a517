//! Read model 3: the access log. Who asked, what was given or refused, what left which vault, and when it ended.
//!
//! Entries stand in the order of the ledger ([`Place`]): first the tickets that ended by time before a block, then the block's
//! events, then the releases that were judged at its height.
use crate::fold::TicketRow;
use crate::journals::JournalStanding;
use crate::model::{ReadModel, decode};
use crate::notice::Untold;
use crate::store::{Batch, Table};
use amanat_client::Fault;
use amanat_types::call::Scope;
use amanat_types::code::JournalKind;
use amanat_types::codec::List;
use amanat_types::event::{
    AccessRefused, AmendmentAnswered, AmendmentAsked, BreachDeclared, DisagreementStated,
    EmergencyJustified, ErasureConfirmed, GlassBroken, GlassReviewed, HoldEnded, NameDemanded,
    RecordRetracted, RecordsErased, RecordsHeld, RecordsKept, StaffNamed, TicketIssued,
};
use amanat_types::{
    BlindIndex, Height, MemberId, PatientId, RecordId, TicketId, TimestampMs, TransactionId,
    codec_enum, codec_struct, codec_words, limits,
};
use commonware_codec::Encode as _;

/// List: patient, or [`NOBODY`]; key: place, then what makes it unique.
const LOG: Table = Table::new("access-log");
/// List of entries that name no patient.
const NOBODY: &[u8] = b"";

/// Where on the ledger something happened. Sorts as it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Height of the block.
    pub height: Height,
    /// 0 before the block's events, 1 an event, 2 after them.
    pub rank: u8,
    /// Position of the transaction in the block.
    pub transaction: u32,
    /// Position of the event in the transaction.
    pub event: u32,
}
codec_struct!(Place {
    height,
    rank,
    transaction,
    event
});

impl Place {
    /// The place of an event.
    pub const fn event(height: Height, transaction: u32, event: u32) -> Self {
        Self {
            height,
            rank: 1,
            transaction,
            event,
        }
    }

    pub(crate) const fn before(height: Height) -> Self {
        Self {
            height,
            rank: 0,
            transaction: 0,
            event: 0,
        }
    }

    pub(crate) const fn after(height: Height) -> Self {
        Self {
            height,
            rank: 2,
            transaction: 0,
            event: 0,
        }
    }
}

codec_words!(
    /// Why a ticket ended.
    EndCause {
        /// Its time was over.
        1 Expired "expired",
        /// The grant that it stood on was revoked.
        2 ConsentRevoked "consent-revoked",
        /// The encounter that it stood on was closed.
        3 Discharged "discharged",
        /// The time of the grant or encounter that it stood on was over.
        4 BasisExpired "basis-expired",
        /// The practitioner who broke the glass left.
        5 PractitionerLeft "practitioner-left",
        /// The card by which the patient asked was blocked.
        6 CardBlocked "card-blocked",
        /// Who asked for the patient, by card or as a guardian, speaks no more.
        7 SpeakerSilent "speaker-silent",
        /// The order that it stood on was ended.
        8 OrderEnded "order-ended",
        /// The mandate that it stood on was ended.
        9 MandateEnded "mandate-ended",
        /// The disclosure that it stood on was ended.
        10 DisclosureEnded "disclosure-ended",
        /// The study that it was for was ended.
        11 StudyEnded "study-ended",
        /// The subject was withdrawn from the study.
        12 Withdrawn "withdrawn",
    }
);

/// A release, as the journal of its releaser tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// Under which ticket.
    pub ticket: TicketId,
    /// Who released.
    pub releaser: MemberId,
    /// To whom.
    pub reader: MemberId,
    /// Blobs or keys.
    pub journal: JournalKind,
    /// Number of the journal's entry.
    pub number: u64,
    /// What.
    pub records: List<RecordId, { limits::RELEASE_RECORDS_MAX }>,
}
codec_struct!(Released {
    ticket,
    releaser,
    reader,
    journal,
    number,
    records
});

/// A ticket that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketEnded {
    /// Which.
    pub ticket: TicketId,
    /// Why.
    pub cause: EndCause,
}
codec_struct!(TicketEnded { ticket, cause });

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A request was granted: the ticket.
    TicketIssued(TicketIssued),
    /// A request was refused.
    AccessRefused(AccessRefused),
    /// The glass was broken; a `TicketIssued` goes with it.
    GlassBroken(GlassBroken),
    /// Broken glass was justified.
    EmergencyJustified(EmergencyJustified),
    /// A record was taken back: no ticket opens it any more.
    RecordRetracted(RecordRetracted),
    /// Blobs or keys left.
    Released(Released),
    /// A ticket ended.
    TicketEnded(TicketEnded),
    /// Records have another custodian, or other holders.
    RecordsKept(RecordsKept),
    /// Broken glass was reviewed.
    GlassReviewed(GlassReviewed),
    /// An authority demanded who a staff pseudonym was.
    NameDemanded(NameDemanded),
    /// A member said who a staff pseudonym was, by a commitment.
    StaffNamed(StaffNamed),
    /// The patient asked that a record be amended.
    AmendmentAsked(AmendmentAsked),
    /// A request for amendment was answered.
    AmendmentAnswered(AmendmentAnswered),
    /// The patient disagreed with a refusal to amend.
    DisagreementStated(DisagreementStated),
    /// What was opened under a ticket was breached.
    BreachDeclared(BreachDeclared),
    /// Records may not be erased for now.
    RecordsHeld(RecordsHeld),
    /// A hold was ended.
    HoldEnded(HoldEnded),
    /// Records were erased: no ticket opens them any more.
    RecordsErased(RecordsErased),
    /// A holder deleted keys and bytes of erased records.
    ErasureConfirmed(ErasureConfirmed),
}
codec_enum!(Act {
    1 => TicketIssued,
    2 => AccessRefused,
    3 => GlassBroken,
    4 => EmergencyJustified,
    5 => RecordRetracted,
    6 => Released,
    7 => TicketEnded,
    8 => RecordsKept,
    9 => GlassReviewed,
    10 => NameDemanded,
    11 => StaffNamed,
    12 => AmendmentAsked,
    13 => AmendmentAnswered,
    14 => DisagreementStated,
    15 => BreachDeclared,
    16 => RecordsHeld,
    17 => HoldEnded,
    18 => RecordsErased,
    19 => ErasureConfirmed,
});

/// One entry of the access log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessEntry {
    /// Where on the ledger: of a release, the height at which it was judged.
    pub place: Place,
    /// Time of the block; of a release, by the releaser's clock.
    pub time_ms: TimestampMs,
    /// The transaction whose receipt proves it: of a release, that of its ticket; of an end by time, none.
    pub transaction: Option<TransactionId>,
    /// What was done.
    pub act: Act,
}
codec_struct!(AccessEntry {
    place,
    time_ms,
    transaction,
    act
});

/// The access log of one patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLog {
    /// In order.
    pub entries: Vec<AccessEntry>,
    /// Whether the release journals behind it are whole.
    pub journals: Vec<JournalStanding>,
    /// Height up to which it was folded.
    pub height: Height,
}

/// Whose a record or an index is, as far as the asker's own keyring tells: the ledger does not.
pub trait Attribution {
    /// Whose record.
    fn record(&self, record: &RecordId) -> Option<PatientId>;
    /// Whose index.
    fn index(&self, index: &BlindIndex) -> Option<PatientId>;
}

impl AccessEntry {
    /// Key in its list: place, then what tells entries of one place apart.
    fn key(&self) -> Vec<u8> {
        let mut key = self.place.encode().to_vec();
        match &self.act {
            Act::Released(released) => {
                key.extend_from_slice(&self.time_ms.get().to_be_bytes());
                key.extend_from_slice(&released.releaser.number().to_be_bytes());
                key.push(released.journal.number());
                key.extend_from_slice(&released.number.to_be_bytes());
            }
            Act::TicketEnded(ended) => key.extend_from_slice(ended.ticket.as_bytes()),
            _ => {}
        }
        key
    }

    /// Whether it names something of `patient` by what the asker knows.
    fn concerns(&self, patient: &PatientId, attribution: &impl Attribution) -> bool {
        let any = |records: &[RecordId]| {
            let mut records = records.iter();
            records.any(|record| attribution.record(record) == Some(*patient))
        };
        let scope = |scope: &Scope| match scope {
            Scope::Records(records) => any(records),
            Scope::Indexes(indexes) => indexes
                .iter()
                .any(|index| attribution.index(index) == Some(*patient)),
        };
        match &self.act {
            Act::TicketIssued(issued) => scope(&issued.scope),
            Act::AccessRefused(refused) => scope(&refused.scope),
            Act::RecordRetracted(event) => attribution.record(&event.record) == Some(*patient),
            Act::RecordsKept(kept) => any(&kept.records),
            Act::Released(released) => any(&released.records),
            Act::RecordsHeld(event) => any(&event.records),
            Act::HoldEnded(event) => any(&event.records),
            Act::ErasureConfirmed(event) => any(&event.records),
            Act::GlassBroken(_)
            | Act::EmergencyJustified(_)
            | Act::GlassReviewed(_)
            | Act::NameDemanded(_)
            | Act::StaffNamed(_)
            | Act::AmendmentAsked(_)
            | Act::AmendmentAnswered(_)
            | Act::DisagreementStated(_)
            | Act::BreachDeclared(_)
            | Act::RecordsErased(_)
            | Act::TicketEnded(_) => false,
        }
    }
}

/// Writes an entry to a patient's list, or to nobody's.
pub(crate) fn put(
    batch: &mut Batch<'_>,
    patient: Option<PatientId>,
    entry: &AccessEntry,
) -> Result<(), Fault> {
    let list = patient
        .as_ref()
        .map_or(NOBODY, |patient| patient.as_bytes());
    batch.put(LOG, list, &entry.key(), &entry.encode())
}

/// Writes a refusal: to the list of the patient who was claimed, and to nobody's, since a claim may be wrong.
pub(crate) fn put_refusal(
    batch: &mut Batch<'_>,
    claimed: Option<PatientId>,
    entry: &AccessEntry,
) -> Result<(), Fault> {
    if claimed.is_some() {
        put(batch, claimed, entry)?;
    }
    put(batch, None, entry)
}

impl ReadModel {
    /// The access log of a patient, as folded; [`Self::follow_journals`] brings the releases in first.
    ///
    /// What the law keeps from the patient for a while is held back until then, here and in the timeline.
    ///
    /// Entries that name no patient (a refusal by record ids, a retraction, another custodian, a hold) are his if `attribution` says so.
    pub fn access_log(
        &self,
        patient: &PatientId,
        attribution: &impl Attribution,
    ) -> Result<AccessLog, Fault> {
        let view = self.store().view()?;
        let decoded = |list: &[u8]| -> Result<Vec<AccessEntry>, Fault> {
            let rows = view.scan(LOG, list)?;
            rows.iter().map(|row| decode(&row.value)).collect()
        };
        let mut entries = decoded(patient.as_bytes())?;
        entries.extend(self.ends_since(patient)?);
        let others = decoded(NOBODY)?;
        entries.extend(
            others
                .into_iter()
                .filter(|e| e.concerns(patient, attribution)),
        );
        let untold = Untold::of(&view, patient, self.time_ms())?;
        let mut told = Vec::with_capacity(entries.len());
        for entry in entries {
            if untold.tells_entry(&view, &entry)? {
                told.push(entry);
            }
        }
        let mut entries = told;
        entries.sort_by_cached_key(AccessEntry::key);
        entries.dedup();
        Ok(AccessLog {
            entries,
            journals: Vec::new(),
            height: self.height(),
        })
    }

    /// Tickets of a patient that ended by time since the last block with a transaction: the fold will say so with the next one.
    fn ends_since(&self, patient: &PatientId) -> Result<Vec<AccessEntry>, Fault> {
        let view = self.store().view()?;
        let mut ended = Vec::new();
        for (end_ms, ticket) in self.ended_since() {
            let row = TicketRow::view(&view, &ticket)?;
            let row = row.filter(|row| row.patient.as_ref() == Some(patient));
            ended.extend(row.map(|row| row.ended_by_time(ticket, end_ms, self.height())));
        }
        Ok(ended)
    }
}
