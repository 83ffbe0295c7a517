//! Events of access by law and for payment, since protocol version 3.
use crate::TimestampMs;
use crate::call::{Indexes, Records};
use crate::code::{DisclosureCause, Purpose};
use crate::id::{Commitment, DisclosureId, MandateId, MemberId, PatientId};

event! {
    /// An authority may read by law. Whoever informs the patient waits until the notice, if there is one.
    MandateOpened {
        /// Which.
        mandate: MandateId,
        /// The authority.
        member: MemberId,
        /// Whose records.
        patient: PatientId,
        /// What for.
        purpose: Purpose,
        /// Commitment to statute and order.
        statute: Commitment,
        /// On what.
        indexes: Indexes,
        /// End, exclusive.
        until_ms: TimestampMs,
        /// Until when whoever informs the patient waits.
        notice_ms: Option<TimestampMs>,
    }
    /// An authority may read no more.
    MandateClosed {
        /// Which.
        mandate: MandateId,
        /// The authority.
        member: MemberId,
        /// Whose records.
        patient: PatientId,
    }
    /// A member disclosed records of its own. Whoever informs the patient waits until the notice, if there is one.
    RecordsDisclosed {
        /// Which disclosure.
        disclosure: DisclosureId,
        /// By whom.
        member: MemberId,
        /// Whose records.
        patient: PatientId,
        /// To whom.
        recipient: MemberId,
        /// What for.
        cause: DisclosureCause,
        /// Commitment to the claim, or to the statute.
        ground: Commitment,
        /// Which records.
        records: Records,
        /// End, exclusive.
        until_ms: TimestampMs,
        /// Until when whoever informs the patient waits.
        notice_ms: Option<TimestampMs>,
    }
    /// A disclosure was ended.
    DisclosureClosed {
        /// Which.
        disclosure: DisclosureId,
        /// By whom it was made.
        member: MemberId,
        /// Whose records.
        patient: PatientId,
        /// What for.
        cause: DisclosureCause,
    }
}
