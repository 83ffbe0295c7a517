//! Receipts: what became of a transaction, as it stands under a header's receipts root.
use crate::codec::List;
use crate::{Digest, Event, Refusal, TransactionId, digest, limits};
use commonware_codec::Encode as _;

/// A call that was refused; the whole transaction had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Position of the call.
    pub call: u16,
    /// Why.
    pub refusal: Refusal,
}
codec_struct!(Refused { call, refusal });

/// What became of a transaction in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every call took effect.
    Accepted(crate::call::Unit),
    /// None did.
    Refused(Refused),
}
codec_enum!(Outcome { 1 => Accepted, 2 => Refused });

/// Receipt of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Which transaction.
    pub transaction: TransactionId,
    /// What became of it.
    pub outcome: Outcome,
    /// Metered units that it cost.
    pub units: u32,
}
codec_struct!(Receipt {
    transaction,
    outcome,
    units
});

impl Receipt {
    /// Leaf under the receipts root.
    pub fn leaf(&self) -> Digest {
        digest("amanat/receipt", &[self.encode().as_ref()])
    }

    /// Whether every call took effect.
    pub const fn is_accepted(&self) -> bool {
        matches!(self.outcome, Outcome::Accepted(_))
    }
}

/// Events of one transaction, in order; the leaf beside its receipt under the events root.
///
/// Events of no transaction, which the end of an epoch emits, are one further leaf under [`TransactionId::BOUNDARY`], without a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionEvents {
    /// Which transaction.
    pub transaction: TransactionId,
    /// What happened.
    pub events: List<Event, { limits::EVENTS_MAX }>,
}
codec_struct!(TransactionEvents {
    transaction,
    events
});

impl TransactionEvents {
    /// Leaf under the events root.
    pub fn leaf(&self) -> Digest {
        digest("amanat/events", &[self.encode().as_ref()])
    }
}
