//! Records of a member that leaves. Since protocol version 3.
use super::Records;
use crate::id::MemberId;

/// Names the member that may take over the records of the sponsor, or nobody any more. Co-signed by a transaction key of the
/// successor, which so agrees. Since protocol version 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameSuccessor {
    /// Whom; in place of whoever was named before.
    pub successor: Option<MemberId>,
}
codec_struct!(NameSuccessor { successor });

/// Becomes custodian of records of `from`, which named the sponsor its successor, or places own records anew. Every `Stored` root of
/// the transaction covers exactly the blobs of `records`, in their order. Since protocol version 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Who is custodian so far: the sponsor itself where only the holders change.
    pub from: MemberId,
    /// Which; sorted, no repeats, at least one.
    pub records: Records,
}
codec_struct!(Keep { from, records });
