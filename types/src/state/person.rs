//! State of a person: who speaks for a patient beside, or instead of, the patient's own card. Since protocol version 3.
use crate::call::LinkRights;
use crate::code::LinkKind;
use crate::codec::List;
use crate::id::PatientId;
use crate::key::PublicKey;
use crate::limits;
use crate::{Height, TimestampMs};

/// A guardian's link to a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Who.
    pub guardian: PatientId,
    /// Of what kind.
    pub kind: LinkKind,
    /// To do what.
    pub rights: LinkRights,
    /// Begin, inclusive.
    pub from_ms: TimestampMs,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// When it was ended, if it was.
    pub ended_ms: Option<TimestampMs>,
    /// Height at which it was made, or at which a death that silenced it was taken back: a ticket that is older does not stand on it.
    pub height: Height,
}
codec_struct!(Link {
    guardian,
    kind,
    rights,
    from_ms,
    until_ms,
    ended_ms,
    height
});

impl Link {
    /// Whether it is neither ended nor over by time; it may begin later.
    pub fn lasts(&self, now: TimestampMs) -> bool {
        self.ended_ms.is_none() && now < self.until_ms
    }
    /// Whether it has begun and lasts.
    pub fn in_force(&self, now: TimestampMs) -> bool {
        self.lasts(now) && self.from_ms <= now
    }
}

/// Links of one patient.
pub type Links = List<Link, { limits::LINKS_MAX }>;

/// A recorded incapacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incapacity {
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// Whether officers of an authority recorded it, so that only they end it.
    pub by_authority: bool,
}
codec_struct!(Incapacity {
    until_ms,
    by_authority
});

/// A reissue that is pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reissue {
    /// The new card.
    pub card: PublicKey,
    /// From when on it may be activated.
    pub ready_ms: TimestampMs,
}
codec_struct!(Reissue { card, ready_ms });

/// A patient's second key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondKey {
    /// The passkey.
    pub key: PublicKey,
    /// From when on it counts.
    pub from_ms: TimestampMs,
}
codec_struct!(SecondKey { key, from_ms });

/// What is known of a patient beside the pseudonym and the card: absent until a call of protocol version 3 writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Guardians, in the order in which they were linked; what was over when another was added is dropped.
    pub links: Links,
    /// Until when the patient is a minor: the end of the first parent's link, which outlasts the links themselves.
    pub minor_until_ms: Option<TimestampMs>,
    /// A recorded incapacity; over by its end.
    pub incapacity: Option<Incapacity>,
    /// When death was recorded.
    pub died_ms: Option<TimestampMs>,
    /// When the card was suspended, if it is.
    pub suspended_ms: Option<TimestampMs>,
    /// When the card expires, if it does.
    pub expires_ms: Option<TimestampMs>,
    /// A reissue that is pending.
    pub reissue: Option<Reissue>,
    /// The second key.
    pub second: Option<SecondKey>,
    /// Height at which the card last lost its word, by whatever cause: a ticket of this height or an older one stands no more on the card.
    pub silenced: Height,
}
codec_struct!(Person {
    links,
    minor_until_ms,
    incapacity,
    died_ms,
    suspended_ms,
    expires_ms,
    reissue,
    second,
    silenced
});

impl Default for Person {
    /// What holds of a patient of whom nothing is written: nobody is linked, nothing is recorded.
    fn default() -> Self {
        Self {
            links: Links::empty(),
            minor_until_ms: None,
            incapacity: None,
            died_ms: None,
            suspended_ms: None,
            expires_ms: None,
            reissue: None,
            second: None,
            silenced: Height::default(),
        }
    }
}

impl Person {
    /// Whether incapacity is recorded at `now`.
    pub fn is_incapable(&self, now: TimestampMs) -> bool {
        self.incapacity.is_some_and(|kept| now < kept.until_ms)
    }
    /// Whether the patient is a minor at `now`.
    pub fn is_minor(&self, now: TimestampMs) -> bool {
        self.minor_until_ms.is_some_and(|until_ms| now < until_ms)
    }
}

/// A guardian who asked for a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// For whom.
    pub patient: PatientId,
    /// Who.
    pub guardian: PatientId,
    /// By which link.
    pub kind: LinkKind,
}
codec_struct!(Spoken {
    patient,
    guardian,
    kind
});
