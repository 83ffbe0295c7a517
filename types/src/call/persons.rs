//! Calls of protocol version 3 about persons: the state of a card, its reissue, guardians, incapacity and death.
//!
//! `authority` names the regulator whose officers sign, where the call stands on their word: its kind is then known from the bytes.
use super::{LinkKind, MemberId, PatientId, PublicKey, TimestampMs};

/// Suspends a patient's card until it is resumed. Signed by the card, the second key, a guardian in force, or a registrar of the sponsor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspendCard {
    /// Whose card.
    pub patient: PatientId,
    /// Which card.
    pub card: PublicKey,
}
codec_struct!(SuspendCard { patient, card });

/// Lets a suspended card act again. Signed by the card, and by the second key or a registrar of the sponsor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumeCard {
    /// Whose card.
    pub patient: PatientId,
    /// Which card.
    pub card: PublicKey,
}
codec_struct!(ResumeCard { patient, card });

/// Sets until when a card acts. Signed by the card and a registrar of the sponsor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewCard {
    /// Whose card.
    pub patient: PatientId,
    /// Which card.
    pub card: PublicKey,
    /// End of the card, exclusive.
    pub until_ms: TimestampMs,
}
codec_struct!(RenewCard {
    patient,
    card,
    until_ms
});

/// Asks that another card takes the place of a patient's. Signed by the new card, and by half of the guardians in force (at least two)
/// or by an officer of `authority` and a registrar of another member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskReissue {
    /// Whose card.
    pub patient: PatientId,
    /// The new card, P-256.
    pub card: PublicKey,
    /// Whose officer signs, if guardians do not.
    pub authority: Option<MemberId>,
}
codec_struct!(AskReissue {
    patient,
    card,
    authority
});

/// Drops a reissue that is pending. Signed by the old card if it still acts, by any guardian in force, or by an officer of `authority`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VetoReissue {
    /// Whose card.
    pub patient: PatientId,
    /// Whose officer signs, if neither card nor guardian does.
    pub authority: Option<MemberId>,
}
codec_struct!(VetoReissue { patient, authority });

/// Puts the new card in the place of the old one once its seven days are over. Signed by the new card and a registrar of the sponsor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivateCard {
    /// Whose card.
    pub patient: PatientId,
    /// The new card.
    pub card: PublicKey,
}
codec_struct!(ActivateCard { patient, card });

/// What a guardian may do in a patient's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkRights {
    /// Open the patient's records, at the patient's request.
    pub reads: bool,
    /// Decide: consent, check-in, and what else the patient's card signs.
    pub decides: bool,
}
codec_struct!(LinkRights { reads, decides });

/// Links a guardian to a patient. Signed by the guardian's card; who else signs depends on the kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkGuardian {
    /// For whom.
    pub patient: PatientId,
    /// Who.
    pub guardian: PatientId,
    /// Of what kind.
    pub kind: LinkKind,
    /// To do what; at least one thing.
    pub rights: LinkRights,
    /// From when on, if that is later than the rules let it begin.
    pub from_ms: TimestampMs,
    /// End, exclusive. For a parent: the first of the month after the child comes of age.
    pub until_ms: TimestampMs,
    /// Whose officers sign, for a court's guardian and for an executor after death.
    pub authority: Option<MemberId>,
}
codec_struct!(LinkGuardian {
    patient,
    guardian,
    kind,
    rights,
    from_ms,
    until_ms,
    authority
});

/// Ends a link at once. Signed by the guardian's own card, by who may end links of this kind, or by two officers of `authority`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlinkGuardian {
    /// For whom.
    pub patient: PatientId,
    /// Who.
    pub guardian: PatientId,
    /// Of what kind.
    pub kind: LinkKind,
    /// Whose officers sign.
    pub authority: Option<MemberId>,
}
codec_struct!(UnlinkGuardian {
    patient,
    guardian,
    kind,
    authority
});

/// Records that a patient cannot decide. Signed by two clinicians of the sponsor, or by two officers of `authority`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordIncapacity {
    /// Who.
    pub patient: PatientId,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// Whose officers sign.
    pub authority: Option<MemberId>,
}
codec_struct!(RecordIncapacity {
    patient,
    until_ms,
    authority
});

/// Ends a recorded incapacity. Signed by the patient's card and a clinician of the sponsor, or by two officers of `authority`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndIncapacity {
    /// Who.
    pub patient: PatientId,
    /// Whether the patient also counts as of age from now on; officers only.
    pub of_age: bool,
    /// Whose officers sign.
    pub authority: Option<MemberId>,
}
codec_struct!(EndIncapacity {
    patient,
    of_age,
    authority
});

/// Records a death. Signed by a clinician and a registrar of the sponsor, or by two officers of `authority`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordDeath {
    /// Who.
    pub patient: PatientId,
    /// Whose officers sign.
    pub authority: Option<MemberId>,
}
codec_struct!(RecordDeath { patient, authority });

/// Takes back a death that was recorded in error. Signed by two officers of `authority`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetractDeath {
    /// Who.
    pub patient: PatientId,
    /// Whose officers sign.
    pub authority: MemberId,
}
codec_struct!(RetractDeath { patient, authority });

/// Sets the patient's second key: a passkey, the second channel. Signed by the card and the new key, and by the second key that is there or
/// a registrar of the sponsor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetSecondKey {
    /// Whose.
    pub patient: PatientId,
    /// The new key, P-256.
    pub key: PublicKey,
}
codec_struct!(SetSecondKey { patient, key });
