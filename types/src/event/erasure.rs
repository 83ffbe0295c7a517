//! Events of legal holds and of erasure, since protocol version 3.
use crate::TimestampMs;
use crate::call::HeldRecords;
use crate::id::{Commitment, HoldId, MemberId, PatientId};

event! {
    /// Records may not be erased for now.
    RecordsHeld {
        /// Which hold.
        hold: HoldId,
        /// Who placed it.
        member: MemberId,
        /// Whether as an authority, not as their custodian.
        authority: bool,
        /// Whose records, if that was said.
        patient: Option<PatientId>,
        /// Which records.
        records: HeldRecords,
        /// Commitment to the ground.
        ground: Commitment,
        /// End, exclusive.
        until_ms: TimestampMs,
    }
    /// A hold was ended.
    HoldEnded {
        /// Which.
        hold: HoldId,
        /// Who had placed it.
        member: MemberId,
        /// Whose records, if that was said.
        patient: Option<PatientId>,
        /// Of which records.
        records: HeldRecords,
    }
    /// Records were erased: whoever holds them deletes keys and bytes.
    RecordsErased {
        /// Whose.
        patient: PatientId,
        /// Their custodian.
        member: MemberId,
        /// Which.
        records: HeldRecords,
    }
    /// A holder has deleted keys and bytes of erased records.
    ErasureConfirmed {
        /// Who.
        member: MemberId,
        /// Of which; those that it had not confirmed before.
        records: HeldRecords,
    }
}
