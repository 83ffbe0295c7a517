//! Why a member may write a record: deny by default.
use crate::fault::{Stop, require};
use crate::view::{Context, RecordsView};
use amanat_types::call::{Grantee, WriteBasis};
use amanat_types::{BlindIndex, EncounterId, GrantId, Refusal};

/// Judges the basis to write a record of `index`.
///
/// Refusals, in this order. Encounter: `EncounterUnknown`, `EncounterNotYours`, `EncounterEnded`, `EncounterNoWrite`. Grant: `GrantUnknown`,
/// `GranteeNotYou`, `GrantExpired`, `GrantRevoked`, `GrantNoWrite`. All: `IndexOutsideBasis`.
pub fn may_write(
    ctx: &Context<'_>,
    view: &RecordsView<'_, '_>,
    index: BlindIndex,
    basis: WriteBasis,
) -> Result<(), Stop> {
    let inside = match basis {
        WriteBasis::Encounter(encounter) => by_encounter(ctx, view, index, encounter)?,
        WriteBasis::Grant(grant) => by_grant(ctx, view, index, grant)?,
        WriteBasis::Directory(_) => index == BlindIndex::directory(ctx.body.sponsor),
    };
    Ok(require(inside, Refusal::IndexOutsideBasis)?)
}

/// Whether `index` is in the open encounter, or why the encounter does not let the sponsor write.
fn by_encounter(
    ctx: &Context<'_>,
    view: &RecordsView<'_, '_>,
    index: BlindIndex,
    encounter: EncounterId,
) -> Result<bool, Stop> {
    let encounter = view.encounters.encounter(encounter)?;
    let encounter = encounter.ok_or(Refusal::EncounterUnknown)?;
    require(
        encounter.member == ctx.body.sponsor,
        Refusal::EncounterNotYours,
    )?;
    require(encounter.is_open(ctx.env.time_ms), Refusal::EncounterEnded)?;
    require(encounter.write, Refusal::EncounterNoWrite)?;
    Ok(encounter.indexes.binary_search(&index).is_ok())
}

/// Whether `index` is in the open grant, or why the grant does not let the sponsor write.
fn by_grant(
    ctx: &Context<'_>,
    view: &RecordsView<'_, '_>,
    index: BlindIndex,
    grant: GrantId,
) -> Result<bool, Stop> {
    let grant = view.consent.grant(grant)?.ok_or(Refusal::GrantUnknown)?;
    let yours = match grant.grantee {
        Grantee::Member(member) => member == ctx.body.sponsor,
        Grantee::Practitioner(grantee) => ctx
            .practitioners(view.actors, view.membership)?
            .iter()
            .any(|(practitioner, _)| *practitioner == grantee),
    };
    require(yours, Refusal::GranteeNotYou)?;
    require(ctx.env.time_ms < grant.until_ms, Refusal::GrantExpired)?;
    require(grant.revoked_ms.is_none(), Refusal::GrantRevoked)?;
    require(grant.access.writes(), Refusal::GrantNoWrite)?;
    Ok(grant.indexes.binary_search(&index).is_ok())
}
