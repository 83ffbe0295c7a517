//! Why a member may write or read: what a door learns from a token or a request, and passes on.
use crate::Error;
use amanat_types::call::{Care, Disclosed, Enrolled, ReadBasis, Unit, WriteBasis};
use amanat_types::code::{BasisKind, DisclosureCause};
use amanat_types::{
    BlindIndex, EncounterId, GrantId, MandateId, OrderId, PatientId, PermitId, Purpose, Refusal,
    TicketId, TimestampMs,
};

/// Why records may be opened, as the asker claims; the ledger judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// A grant that says read.
    Consent(GrantId),
    /// An open encounter of the member after a check-in.
    Treatment(EncounterId),
    /// Glass that was broken before: its ticket.
    Emergency(TicketId),
    /// The patient, for whom a card or a guardian's co-signed a ticket before ([`crate::Exchange::request_ticket`]).
    Patient(PatientId),
    /// A permit that says read.
    Permit(PermitId),
    /// An open encounter of the member, by staff without a card ([`crate::Exchange::staff`]).
    Care(Care),
    /// An order: its results for who placed it, what a referral names for its recipient.
    Order(OrderId),
    /// A mandate of this authority.
    Mandate(MandateId),
    /// What another member disclosed to this one.
    Disclosure(Disclosed),
    /// What a subject enrolled in a study of this member.
    Study(Enrolled),
    /// Directory records.
    Directory,
    /// None: refused, and on the ledger.
    None,
}

impl Basis {
    /// What a request names as its basis; broken glass has a call of its own.
    ///
    /// Error: [`Error::Refused`] with `RecordOutsideTicket`, of broken glass.
    pub fn asked(&self) -> Result<ReadBasis, Error> {
        match self {
            Self::Consent(grant) => Ok(ReadBasis::Consent(*grant)),
            Self::Treatment(encounter) => Ok(ReadBasis::Treatment(*encounter)),
            Self::Patient(patient) => Ok(ReadBasis::Patient(*patient)),
            Self::Directory => Ok(ReadBasis::Directory(Unit)),
            Self::None => Ok(ReadBasis::None(Unit)),
            Self::Permit(permit) => Ok(ReadBasis::Permit(*permit)),
            Self::Care(care) => Ok(ReadBasis::Care(*care)),
            Self::Order(order) => Ok(ReadBasis::Order(*order)),
            Self::Mandate(mandate) => Ok(ReadBasis::Mandate(*mandate)),
            Self::Disclosure(disclosed) => Ok(ReadBasis::Disclosure(*disclosed)),
            Self::Study(enrolled) => Ok(ReadBasis::Study(*enrolled)),
            Self::Emergency(_) => Err(Refusal::RecordOutsideTicket.into()),
        }
    }

    /// Its kind.
    pub const fn kind(&self) -> BasisKind {
        match self {
            Self::Consent(_) | Self::Permit(_) => BasisKind::Consent,
            Self::Treatment(_) | Self::Care(_) => BasisKind::Treatment,
            Self::Order(_) => BasisKind::Order,
            Self::Mandate(_) => BasisKind::Law,
            Self::Disclosure(disclosed) => match disclosed.cause {
                DisclosureCause::Payment => BasisKind::Payment,
                DisclosureCause::Report => BasisKind::Law,
            },
            Self::Study(_) => BasisKind::Research,
            Self::Emergency(_) => BasisKind::Emergency,
            Self::Patient(_) => BasisKind::Patient,
            Self::Directory => BasisKind::Directory,
            Self::None => BasisKind::None,
        }
    }
}

/// Under what a read is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadContext {
    /// Why it is lawful.
    pub basis: Basis,
    /// What for.
    pub purpose: Purpose,
    /// Whose records, as far as the asker knows; a wrong claim is refused.
    pub patient: Option<PatientId>,
}

impl ReadContext {
    /// Look-ups in the members' directories.
    pub const fn directory() -> Self {
        Self {
            basis: Basis::Directory,
            purpose: Purpose::Hoperat,
            patient: None,
        }
    }
}

/// Under what drafts are deposited. Directory resources need none of it: they go to the member's own directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteContext {
    /// Whose records.
    pub patient: PatientId,
    /// Why the member may write them: an encounter, a grant, a permit, or an order to perform.
    pub basis: WriteBasis,
}

/// A basis that the read model knows of and that is open at its tip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownBasis {
    /// Whose records.
    pub patient: PatientId,
    /// What to claim when reading; nothing if it does not let the member read.
    pub read: Option<Basis>,
    /// What to claim when writing; nothing if it does not let the member write.
    pub write: Option<WriteBasis>,
    /// The indexes that it covers.
    pub indexes: Vec<BlindIndex>,
    /// Its end, exclusive.
    pub until_ms: TimestampMs,
}
