//! Why a request would be granted or refused: every permit and denial that counts, each with the state record that it comes from.
//!
//! Question and answer of `POST /v1/explain`. Nothing of it is on the ledger: nobody asked for anything.
use crate::call::{Request, Unit};
use crate::codec::List;
use crate::{Height, MemberId, PractitionerId, Refusal, TimestampMs};

/// Practitioners that a question names: as many as may co-sign beside a member.
pub const PRESENT_MAX: usize = 9;
/// Findings of one explanation. A request names at most 256 records or 64 indexes, each with at most 32 restrictions.
pub const FINDINGS_MAX: usize = 16_384;
/// Bytes of the longest id.
pub const ID_BYTES_MAX: usize = 64;

/// Body of `POST /v1/explain`: a request as a member might make it, with the practitioners who would co-sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainQuestion {
    /// Who would ask.
    pub member: MemberId,
    /// Who would co-sign.
    pub present: List<PractitionerId, PRESENT_MAX>,
    /// For what. `local`, `until_ms` and `reader` do not count.
    pub request: Request,
}
codec_struct!(ExplainQuestion {
    member,
    present,
    request
});

codec_words!(
    /// What a finding came from.
    SourceKind {
        /// The question itself.
        1 Question "question",
        /// A member, by the roster.
        2 Member "member",
        /// A practitioner's registration.
        3 Practitioner "practitioner",
        /// A patient's pseudonym and card.
        4 Patient "patient",
        /// The owner of a blind index.
        5 Index "index",
        /// An encounter.
        6 Encounter "encounter",
        /// A grant.
        7 Grant "grant",
        /// A record.
        8 Record "record",
        /// A permit.
        9 Permit "permit",
        /// The care team of an encounter.
        10 Team "team",
        /// An order.
        11 Order "order",
        /// A restriction of the patient.
        12 Restriction "restriction",
        /// A mandate.
        13 Mandate "mandate",
        /// A disclosure.
        14 Disclosure "disclosure",
        /// A study, by what a subject enrolled.
        15 Enrolment "enrolment",
    }
);

/// A denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denial {
    /// What the asker would be told.
    pub refusal: Refusal,
    /// Why, where what is told says less.
    pub because: Refusal,
}
codec_struct!(Denial { refusal, because });

/// What a finding says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It permits.
    Permit(Unit),
    /// It denies.
    Deny(Denial),
    /// It denies a part of what is asked, which is kept back at each release; the rest stands.
    Withhold(Refusal),
}
codec_enum!(Effect { 1 => Permit, 2 => Deny, 3 => Withhold });

/// One permit or denial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it came from.
    pub kind: SourceKind,
    /// Its id: the bytes of the state's own id, of a member its number in two bytes, big-endian; empty for the question itself.
    pub id: List<u8, ID_BYTES_MAX>,
    /// What it says.
    pub effect: Effect,
}
codec_struct!(Finding { kind, id, effect });

/// Answer to `POST /v1/explain`, at the finalised tip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Height.
    pub height: Height,
    /// Time of that block.
    pub time_ms: TimestampMs,
    /// Every permit and denial, denials in the order of the documented refusals: the first is what the asker would be told.
    pub findings: List<Finding, FINDINGS_MAX>,
}
codec_struct!(Explanation {
    height,
    time_ms,
    findings
});

impl Explanation {
    /// Why the request would be refused; nothing if it would be granted.
    pub fn refusal(&self) -> Option<Refusal> {
        self.findings
            .iter()
            .find_map(|finding| match &finding.effect {
                Effect::Deny(denial) => Some(denial.refusal),
                Effect::Permit(_) | Effect::Withhold(_) => None,
            })
    }

    /// Restrictions that would keep a part back, by their ids.
    pub fn withheld(&self) -> impl Iterator<Item = &[u8]> {
        self.findings
            .iter()
            .filter_map(|finding| match finding.effect {
                Effect::Withhold(_) => Some(&*finding.id),
                Effect::Permit(_) | Effect::Deny(_) => None,
            })
    }
}
