//! The judgement itself.
use crate::fault::{Fault, Stop, require};
use crate::keys::{
    EncounterName, GrantName, Loaded, PatientName, PractitionerName, RecordName, RosterName,
};
use crate::table::load;
use amanat_types::call::{Grantee, Scope};
use amanat_types::codec::List;
use amanat_types::release::{Release, ReleaseRequest, ReleasedRecord};
use amanat_types::state::{BasisRef, Record, Ticket};
use amanat_types::{Height, MemberId, PractitionerId, RecordId, Refusal, TimestampMs, limits};

/// The releasing node's finalised tip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Its height.
    pub height: Height,
    /// Time of that block.
    pub time_ms: TimestampMs,
}

/// Judges a release at `tip`, by the releaser's clock `now_ms`, for `requester`, whose signature on the request is checked already.
///
/// `loaded` holds the values of [`super::first_keys`] and [`super::basis_keys`] at the tip.
///
/// Refusals, in this order: `TipTooOld` (block time and clock are more than [`limits::RECENCY_MS_MAX`] apart, whichever is ahead),
/// `TipBehindReader`, `TicketUnknown`, `ReaderWrong`, `TicketEnded`, `BasisEnded`; then for each record in the order asked:
/// `RecordUnknown`, `RecordOutsideTicket`, `RecordRetracted`. One record that may not leave keeps them all.
pub fn judge(
    request: &ReleaseRequest,
    requester: MemberId,
    tip: Tip,
    now_ms: TimestampMs,
    ticket: Option<&Ticket>,
    loaded: &Loaded,
) -> Result<Release, Stop> {
    let apart_ms = now_ms.since(tip.time_ms).max(tip.time_ms.since(now_ms));
    require(apart_ms <= limits::RECENCY_MS_MAX, Refusal::TipTooOld)?;
    require(tip.height >= request.seen, Refusal::TipBehindReader)?;
    let ticket = ticket.ok_or(Refusal::TicketUnknown)?;
    require(ticket.member == requester, Refusal::ReaderWrong)?;
    // The later of both clocks decides whatever ends with time.
    let latest = tip.time_ms.max(now_ms);
    require(latest < ticket.until_ms, Refusal::TicketEnded)?;
    require(stands(ticket, latest, loaded)?, Refusal::BasisEnded)?;
    let mut records = Vec::new();
    for id in &request.records {
        records.push(released(ticket, *id, loaded)?);
    }
    let outgrown = |_| Fault::Outgrown { what: "records" };
    Ok(Release {
        height: tip.height,
        time_ms: tip.time_ms,
        member: ticket.member,
        reader: ticket.reader,
        records: List::new(records).map_err(outgrown)?,
    })
}

/// Whether the ticket's member is active, and the basis of the ticket still open: a grant not revoked or expired (and its practitioner not ended, if it is to one), a
/// visit not closed or expired, the practitioner of broken glass not ended, the patient's card not blocked.
fn stands(ticket: &Ticket, latest: TimestampMs, loaded: &Loaded) -> Result<bool, Fault> {
    let roster = load(loaded, RosterName())?.ok_or(Fault::Absent { what: "roster" })?;
    if roster.members.binary_search(&ticket.member).is_err() {
        return Ok(false);
    }
    match ticket.basis {
        BasisRef::Grant(id) => {
            let Some(grant) = load(loaded, GrantName(id))? else {
                return Ok(false);
            };
            let acts = match grant.grantee {
                Grantee::Member(_) => true,
                Grantee::Practitioner(practitioner) => acts(practitioner, latest, loaded)?,
            };
            Ok(acts && grant.is_open(latest))
        }
        BasisRef::Encounter(id) => {
            let encounter = load(loaded, EncounterName(id))?;
            Ok(encounter.is_some_and(|encounter| encounter.is_open(latest)))
        }
        BasisRef::Emergency(practitioner) => acts(practitioner, latest, loaded),
        BasisRef::Patient(id) => {
            let patient = load(loaded, PatientName(id))?;
            let card = patient.and_then(|patient| patient.card);
            Ok(card.is_some_and(|card| card.blocked_ms.is_none()))
        }
        BasisRef::Directory(_) => Ok(true),
    }
}

/// Whether a practitioner's registration has not ended.
fn acts(practitioner: PractitionerId, latest: TimestampMs, loaded: &Loaded) -> Result<bool, Fault> {
    let practitioner = load(loaded, PractitionerName(practitioner))?;
    Ok(practitioner.is_some_and(|practitioner| latest < practitioner.until_ms))
}

/// One record, if the ticket covers it and it was not taken back.
fn released(ticket: &Ticket, id: RecordId, loaded: &Loaded) -> Result<ReleasedRecord, Stop> {
    let record = load(loaded, RecordName(id))?.ok_or(Refusal::RecordUnknown)?;
    require(
        covers(&ticket.scope, id, &record),
        Refusal::RecordOutsideTicket,
    )?;
    require(record.retracted.is_none(), Refusal::RecordRetracted)?;
    Ok(ReleasedRecord {
        record: id,
        blob: record.blob,
        custodian: record.member,
    })
}

/// Whether the scope names the record, or its index. Scopes are stored sorted.
fn covers(scope: &Scope, id: RecordId, record: &Record) -> bool {
    match scope {
        Scope::Records(records) => records.binary_search(&id).is_ok(),
        Scope::Indexes(indexes) => indexes.binary_search(&record.index).is_ok(),
    }
}
