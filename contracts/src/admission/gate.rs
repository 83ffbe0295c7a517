//! The gate of a block: admission rules in the order of their numbers, and what admitted transactions use up.
use super::quota::Meter;
use super::sequence;
use crate::env::Env;
use crate::fault::{Fault, Stop, require};
use crate::keys::{Loaded, MemberName, SequenceName};
use crate::table::Table;
use amanat_types::code::KeyPurpose;
use amanat_types::transaction::Body;
use amanat_types::{PublicKey, Refusal, StateKey, Transaction, limits};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Sequence numbers and units of one block.
pub struct Gate<'a> {
    members: Table<'a, MemberName>,
    sequences: Table<'a, SequenceName>,
    meter: Meter<'a>,
}

impl<'a> Gate<'a> {
    /// The gate of an empty block.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            members: Table::new(loaded),
            sequences: Table::new(loaded),
            meter: Meter::new(loaded),
        }
    }

    /// Lets `tx` through and takes its sequence number and units, which it gives; or refuses it and takes nothing.
    ///
    /// Refusals, in order: see [`super::admit`].
    pub fn pass(&mut self, env: &Env, tx: &Transaction) -> Result<u64, Stop> {
        tx.shape()?;
        let body = &tx.body;
        require(body.network == env.network, Refusal::WrongNetwork)?;
        require(body.last_height >= env.height, Refusal::TransactionExpired)?;
        require(
            body.last_height.since(env.height) <= limits::WINDOW_BLOCKS,
            Refusal::ValidTooFarAhead,
        )?;
        let key = self.sponsor_key(body)?;
        let name = SequenceName(key);
        let used = self.sequences.get(name)?;
        sequence::judge(used.as_deref(), body.sequence)?;
        drop(used);
        let mut since = body.calls.iter().map(amanat_types::Call::since);
        let known = since.all(|since| since <= env.protocol) && body.since() <= env.protocol;
        require(known, Refusal::CallNotInForce)?;
        let units = self.meter.charge(tx)?;

        let used = self.sequences.take(name)?;
        let used = sequence::taken(used.map(Rc::unwrap_or_clone), body.sequence)?;
        self.sequences.settle(name, Rc::new(used));
        Ok(units)
    }

    /// Units of everything that passed.
    pub const fn spent(&self) -> u64 {
        self.meter.spent()
    }

    /// Adds the sequence windows that changed.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        self.sequences.changes(writes);
    }

    /// The first signer, once it is known to be a transaction key of the active sponsor.
    ///
    /// Refusals, in this order: `SponsorUnknown`, `SponsorKeyWrong`.
    fn sponsor_key(&self, body: &Body) -> Result<PublicKey, Stop> {
        let sponsor = self.members.get(MemberName(body.sponsor))?;
        let sponsor = sponsor.ok_or(Refusal::SponsorUnknown)?;
        require(sponsor.is_active(), Refusal::SponsorUnknown)?;
        let key = body.signers.first().ok_or(Fault::Absent {
            what: "first signer",
        })?;
        let yours = sponsor
            .keys
            .iter()
            .any(|own| own.purpose == KeyPurpose::Transaction && own.key == *key);
        require(yours, Refusal::SponsorKeyWrong)?;
        Ok(*key)
    }
}
