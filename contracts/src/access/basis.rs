//! The decision: why a request to read is lawful, or why not.
use crate::cards::owned;
use crate::fault::{Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::call::{Grantee, Indexes, ReadBasis, Request};
use amanat_types::state::BasisRef;
use amanat_types::{EncounterId, GrantId, PatientId, PractitionerId, Purpose, Refusal};

/// What a lawful basis lets its holder open.
pub struct Reach {
    /// What the ticket will name.
    pub basis: BasisRef,
    /// Who acts: the practitioner to whom the grant is, else the first who co-signed.
    pub practitioner: Option<PractitionerId>,
    /// Whose records; none for directory records.
    pub patient: Option<PatientId>,
    /// Which indexes; none where records themselves show that they are directory records.
    pub indexes: Option<Indexes>,
}

/// Judges the basis of a request; `present` are the active practitioners of the sponsor who co-signed.
///
/// Refusals, in this order. Consent: `GrantUnknown`, `GranteeNotYou`, `GrantExpired`, `GrantRevoked`, `GrantNoRead`, `PurposeNotAllowed`.
/// Treatment: `EncounterUnknown`, `EncounterNotYours`, `RegistrationIsWriteOnly`, `EncounterEnded`, `PurposeNotAllowed`. Patient:
/// `CardNotPresent`, `CardBlocked`, `PurposeNotAllowed`, for each opening `IndexUnknown`, `IndexNotOwned`, then `IndexRepeated`.
/// Directory: `PurposeNotAllowed`. None: `NoBasis`.
pub fn may_read(
    ctx: &Context<'_>,
    view: &AccessView<'_, '_>,
    call: &Request,
    present: &[PractitionerId],
) -> Result<Reach, Stop> {
    match call.basis {
        ReadBasis::Consent(grant) => by_consent(ctx, view, call.purpose, grant, present),
        ReadBasis::Treatment(encounter) => {
            by_treatment(ctx, view, call.purpose, encounter, present)
        }
        ReadBasis::Patient(patient) => by_patient(ctx, view, call, patient, present),
        ReadBasis::Directory(nothing) => {
            let lawful = matches!(call.purpose, Purpose::Hoperat | Purpose::Treat);
            require(lawful, Refusal::PurposeNotAllowed)?;
            Ok(Reach {
                basis: BasisRef::Directory(nothing),
                practitioner: present.first().copied(),
                patient: None,
                indexes: None,
            })
        }
        ReadBasis::None(_) => Err(Refusal::NoBasis.into()),
    }
}

fn by_consent(
    ctx: &Context<'_>,
    view: &AccessView<'_, '_>,
    purpose: Purpose,
    id: GrantId,
    present: &[PractitionerId],
) -> Result<Reach, Stop> {
    let grant = view.consent.grant(id)?.ok_or(Refusal::GrantUnknown)?;
    let first = present.first().copied();
    let (yours, practitioner) = match grant.grantee {
        Grantee::Member(member) => (member == ctx.body.sponsor, first),
        Grantee::Practitioner(id) => (present.contains(&id), Some(id)),
    };
    require(yours, Refusal::GranteeNotYou)?;
    require(ctx.env.time_ms < grant.until_ms, Refusal::GrantExpired)?;
    require(grant.revoked_ms.is_none(), Refusal::GrantRevoked)?;
    require(grant.access.reads(), Refusal::GrantNoRead)?;
    require(
        grant.purposes.contains(&purpose),
        Refusal::PurposeNotAllowed,
    )?;
    Ok(Reach {
        basis: BasisRef::Grant(id),
        practitioner,
        patient: Some(grant.patient),
        indexes: Some(grant.indexes.clone()),
    })
}

fn by_treatment(
    ctx: &Context<'_>,
    view: &AccessView<'_, '_>,
    purpose: Purpose,
    id: EncounterId,
    present: &[PractitionerId],
) -> Result<Reach, Stop> {
    let encounter = view.encounters.encounter(id)?;
    let encounter = encounter.ok_or(Refusal::EncounterUnknown)?;
    require(
        encounter.member == ctx.body.sponsor,
        Refusal::EncounterNotYours,
    )?;
    require(
        encounter.registration.is_none(),
        Refusal::RegistrationIsWriteOnly,
    )?;
    require(encounter.is_open(ctx.env.time_ms), Refusal::EncounterEnded)?;
    require(purpose == Purpose::Treat, Refusal::PurposeNotAllowed)?;
    Ok(Reach {
        basis: BasisRef::Encounter(id),
        practitioner: present.first().copied(),
        patient: Some(encounter.patient),
        indexes: Some(encounter.indexes.clone()),
    })
}

fn by_patient(
    ctx: &Context<'_>,
    view: &AccessView<'_, '_>,
    call: &Request,
    patient: PatientId,
    present: &[PractitionerId],
) -> Result<Reach, Stop> {
    ctx.card_of(view.actors, view.cards, patient)?;
    require(call.purpose == Purpose::Patrqt, Refusal::PurposeNotAllowed)?;
    Ok(Reach {
        basis: BasisRef::Patient(patient),
        practitioner: present.first().copied(),
        patient: Some(patient),
        indexes: Some(owned(view.cards, &patient, &call.openings)?),
    })
}
