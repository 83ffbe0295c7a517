//! Events about cards' owners as persons, since protocol version 3: guardians, incapacity, death, second keys.
use crate::TimestampMs;
use crate::call::LinkRights;
use crate::code::LinkKind;
use crate::id::{MemberId, PatientId};

event! {
    /// A guardian was linked.
    GuardianLinked {
        /// For whom.
        patient: PatientId,
        /// Who.
        guardian: PatientId,
        /// Of what kind.
        kind: LinkKind,
        /// To do what.
        rights: LinkRights,
        /// Begin, inclusive; until then any speaker may take it back.
        from_ms: TimestampMs,
        /// End, exclusive.
        until_ms: TimestampMs,
    }
    /// A guardian's link ended.
    GuardianUnlinked {
        /// For whom.
        patient: PatientId,
        /// Who.
        guardian: PatientId,
        /// Of what kind.
        kind: LinkKind,
    }
    /// A patient cannot decide.
    IncapacityRecorded {
        /// Who.
        patient: PatientId,
        /// End, exclusive.
        until_ms: TimestampMs,
        /// The authority whose officers signed; none if clinicians did.
        authority: Option<MemberId>,
    }
    /// A patient can decide again.
    IncapacityEnded {
        /// Who.
        patient: PatientId,
        /// Whether the patient counts as of age from now on.
        of_age: bool,
    }
    /// A death was recorded.
    DeathRecorded {
        /// Whose.
        patient: PatientId,
        /// The sponsor.
        member: MemberId,
    }
    /// A death was recorded in error.
    DeathRetracted {
        /// Whose.
        patient: PatientId,
    }
    /// A patient has a second key.
    SecondKeyWasSet {
        /// Whose.
        patient: PatientId,
        /// From when on it counts.
        from_ms: TimestampMs,
    }
}
