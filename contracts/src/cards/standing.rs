//! Whose word counts for a patient now: rules over values alone, for calls and for releases.
use crate::fault::require;
use amanat_types::code::LinkKind;
use amanat_types::state::{BasisRef, Link, Patient, Person, Spoken};
use amanat_types::{Height, PatientId, Refusal, TimestampMs, limits};

/// What somebody wants to do in a patient's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Open the patient's records, at the patient's request.
    Reads,
    /// Decide in the patient's name.
    Decides,
}

impl Right {
    /// Whether `link` gives it.
    pub const fn given_by(self, link: &Link) -> bool {
        match self {
            Self::Reads => link.rights.reads,
            Self::Decides => link.rights.decides,
        }
    }
}

/// Who speaks for a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The patient's own card.
    Own,
    /// A guardian, by its own card and a link of this kind.
    Guardian(PatientId, LinkKind),
}

impl Speaker {
    /// What a ticket that this speaker asks for stands on.
    pub const fn basis(self, patient: PatientId) -> BasisRef {
        match self {
            Self::Own => BasisRef::Patient(patient),
            Self::Guardian(guardian, kind) => BasisRef::Guardian(Spoken {
                patient,
                guardian,
                kind,
            }),
        }
    }
}

/// Whether the card that the patient has is in working order, whoever decides for the patient.
///
/// Refusals, in this order: `CardUnknown` (there is none), `CardBlocked`, `CardSuspended`, `CardExpired`.
pub fn card_works(
    patient: &Patient,
    person: Option<&Person>,
    now: TimestampMs,
) -> Result<(), Refusal> {
    let card = patient.card.as_ref().ok_or(Refusal::CardUnknown)?;
    require(card.blocked_ms.is_none(), Refusal::CardBlocked)?;
    let Some(person) = person else {
        return Ok(());
    };
    require(person.suspended_ms.is_none(), Refusal::CardSuspended)?;
    let expires_ms = person.expires_ms;
    require(
        expires_ms.is_none_or(|end_ms| now < end_ms),
        Refusal::CardExpired,
    )
}

/// Whether the patient's own card speaks: for the patient, and as a guardian for others.
///
/// Refusals, in this order: `PatientDead`, `GuardianDecides` (incapacity is recorded, or the patient is a minor), those of
/// [`card_works`], `ReissuePending`.
pub fn own_speaks(
    patient: &Patient,
    person: Option<&Person>,
    now: TimestampMs,
) -> Result<(), Refusal> {
    decides_itself(person, now)?;
    card_works(patient, person, now)?;
    let pending = person.is_some_and(|person| person.reissue.is_some());
    require(!pending, Refusal::ReissuePending)
}

/// Whether what the patient signed on paper counts, before witnesses: it decides for itself, and has no card in working order to sign
/// with.
///
/// Refusals, in this order: `PatientDead`, `GuardianDecides`, `PatientHasCard`.
pub fn paper_speaks(
    patient: &Patient,
    person: Option<&Person>,
    now: TimestampMs,
) -> Result<(), Refusal> {
    decides_itself(person, now)?;
    let works = card_works(patient, person, now).is_ok();
    require(!works, Refusal::PatientHasCard)
}

/// Whether the patient lives and neither is incapable, as recorded, nor a minor.
fn decides_itself(person: Option<&Person>, now: TimestampMs) -> Result<(), Refusal> {
    let Some(person) = person else {
        return Ok(());
    };
    require(person.died_ms.is_none(), Refusal::PatientDead)?;
    let decides = !person.is_incapable(now) && !person.is_minor(now);
    require(decides, Refusal::GuardianDecides)
}

/// Whether a link lets its guardian speak, as far as the patient is concerned: by its time, and by what is recorded of the patient.
///
/// After death only an executor speaks, and only once the death has stood for [`limits::SECOND_CHANNEL_MS`]; a contingent guardian while
/// incapacity is recorded, a parent while the patient is a minor, a court's guardian and a proxy while the patient lives, and the same person under
/// another pseudonym while the patient decides for itself.
pub fn link_speaks(person: &Person, link: &Link, now: TimestampMs) -> bool {
    let called_for = match (link.kind, person.died_ms) {
        (LinkKind::Executor, died_ms) => {
            died_ms.is_some_and(|died_ms| died_ms.plus(limits::SECOND_CHANNEL_MS) <= now)
        }
        (_, Some(_)) => false,
        (LinkKind::Contingent, None) => person.is_incapable(now),
        (LinkKind::Parent, None) => person.is_minor(now),
        (LinkKind::Court | LinkKind::Proxy, None) => true,
        (LinkKind::Same, None) => !person.is_incapable(now) && !person.is_minor(now),
    };
    called_for && link.in_force(now)
}

/// Whether a link makes somebody one of the guardians in force: those who watch over a reissue, and suspend a lost card.
pub fn is_guardian(link: &Link, now: TimestampMs) -> bool {
    link.kind != LinkKind::Executor && link.in_force(now)
}

/// The link of a patient to another pseudonym of the same person, if it has one that is neither ended nor over.
pub fn same_person(person: Option<&Person>, now: TimestampMs) -> Option<&Link> {
    let same = |link: &&Link| link.kind == LinkKind::Same && link.lasts(now);
    person.and_then(|person| person.links.iter().find(same))
}

/// Whether visits go on under another pseudonym of the same person: the link to it is in force.
pub fn is_replaced(person: Option<&Person>, now: TimestampMs) -> bool {
    same_person(person, now).is_some_and(|link| link.in_force(now))
}

/// Whether a ticket of `height` that the patient's own card asked for still stands.
///
/// What took the card's word away in the meantime ended it for good, also when the card speaks again.
///
/// Refusals, in this order: `CardUnknown` (no such patient), those of [`own_speaks`], `BasisEnded`.
pub fn own_ticket_stands(
    patient: Option<&Patient>,
    person: Option<&Person>,
    height: Height,
    now: TimestampMs,
) -> Result<(), Refusal> {
    let patient = patient.ok_or(Refusal::CardUnknown)?;
    own_speaks(patient, person, now)?;
    let since = person.is_none_or(|person| person.silenced < height);
    require(since, Refusal::BasisEnded)
}

/// Whether a ticket of `height` that a guardian asked for may stand on the patient's side (`person`): the link by which it was asked for
/// speaks and lets read, and is not younger than the ticket. One whose word hangs on what is recorded of the patient (a contingent
/// guardian, an executor, the same person) lost it if something was recorded anew since.
///
/// Refusal: `LinkNotInForce`.
pub fn guardian_ticket_stands(
    person: Option<&Person>,
    spoken: &Spoken,
    height: Height,
    now: TimestampMs,
) -> Result<(), Refusal> {
    let person = person.ok_or(Refusal::LinkNotInForce)?;
    let called = matches!(
        spoken.kind,
        LinkKind::Contingent | LinkKind::Executor | LinkKind::Same
    );
    let since = !called || person.silenced < height;
    let linked = person.links.iter().any(|link| {
        (link.guardian, link.kind) == (spoken.guardian, spoken.kind)
            && link.height <= height
            && link.rights.reads
            && link_speaks(person, link, now)
    });
    require(since && linked, Refusal::LinkNotInForce)
}
