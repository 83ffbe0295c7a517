//! Between the contracts, which are pure, and the store: the environment of a block, its keys, its outcome.
//!
//! The founding state is written by the first block, whatever else it holds, so that a new node starts from
//! two empty databases and the genesis header needs no storage to be known.
use crate::fault::Fault;
use crate::store::{Batches, Loaded, Runtime, Stage, load};
use amanat_contracts::{Env, Execution, Failure, Quotas, Stop};
use amanat_types::block::{Header, NextEpoch, Roster};
use amanat_types::codec::List;
use amanat_types::receipt::TransactionEvents;
use amanat_types::wire::BlockEvents;
use amanat_types::{
    Digest, Genesis, Height, Receipt, Refusal, StateKey, TimestampMs, Transaction, merkle,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Writes of a block, `None` where a key is deleted.
pub type Writes = BTreeMap<StateKey, Option<Vec<u8>>>;

/// The rules of one network; clones share the founding state.
#[derive(Clone)]
pub struct Rules {
    network: Digest,
    epoch_blocks: u64,
    founding: Arc<BTreeMap<StateKey, Vec<u8>>>,
}

/// A block executed but not yet sealed.
pub struct Executed {
    /// What it writes.
    pub writes: Writes,
    /// What it did.
    pub outcome: BlockEvents,
    /// Root over the receipts.
    pub receipts_root: Digest,
    /// Root over the events.
    pub events_root: Digest,
    /// What the next epoch begins with, if the block is its epoch's last.
    pub next: Option<NextEpoch>,
}

/// What becomes of a transaction that a proposer looks at.
pub enum Screened {
    /// It stands in the block.
    Admitted,
    /// It does not fit any more, and waits for the next block.
    Later,
    /// It may never stand in a block.
    Refused(Refusal),
}

/// Leaves under a header's receipts root.
pub fn receipt_leaves(outcome: &BlockEvents) -> Vec<Digest> {
    outcome.receipts.iter().map(Receipt::leaf).collect()
}

/// Leaves under a header's events root.
pub fn event_leaves(outcome: &BlockEvents) -> Vec<Digest> {
    outcome.events.iter().map(TransactionEvents::leaf).collect()
}

/// What the header of an epoch's last block says of the next one.
fn next_epoch(next: amanat_contracts::NextEpoch) -> Result<NextEpoch, Fault> {
    let roster = Roster::new(next.validators);
    Ok(NextEpoch {
        roster: roster.map_err(|error| Fault::Contract(error.to_string()))?,
        protocol: next.protocol,
    })
}

fn broken(fault: amanat_contracts::Fault) -> Fault {
    Fault::Contract(fault.to_string())
}

impl Rules {
    /// The rules of the network that starts with `genesis`.
    pub fn new(genesis: &Genesis) -> Self {
        Self {
            network: genesis.digest(),
            epoch_blocks: genesis.epoch_blocks,
            founding: Arc::new(amanat_contracts::genesis(genesis)),
        }
    }

    /// The epoch of a height. Height 0 counts into the first one.
    pub fn epoch(&self, height: Height) -> u64 {
        height.get().checked_div(self.epoch_blocks).unwrap_or(0)
    }

    /// Whether the block at `height` is its epoch's last.
    pub fn is_last(&self, height: Height) -> bool {
        self.epoch(height) != self.epoch(height.plus(1))
    }

    /// The environment of a block on top of `parent` at `time`.
    pub fn env(&self, parent: &Header, time: TimestampMs) -> Env {
        let height = parent.height.plus(1);
        Env {
            network: self.network,
            height,
            time_ms: time,
            protocol: parent.protocol_after(),
            epoch: self.epoch(height),
            last_of_epoch: self.is_last(height),
        }
    }

    /// Puts the founding state under what was read for a block that comes before or writes it.
    pub fn found(&self, height: Height, loaded: &mut Loaded) {
        if height.get() <= 1 {
            for (key, value) in loaded.iter_mut() {
                *value = self.founding.get(key).cloned();
            }
        }
    }

    /// Reads all that a block's transactions may touch: what their bytes name, then what the values name.
    pub async fn load<E: Runtime>(
        &self,
        height: Height,
        batches: Batches<E>,
        transactions: &[&Transaction],
    ) -> Result<(Loaded, Stage<E>), Fault> {
        let keys = transactions.iter().copied();
        let mut keys: Vec<StateKey> = keys.flat_map(amanat_contracts::keys).collect();
        let ends = self.is_last(height);
        if ends {
            keys.extend(amanat_contracts::boundary_keys());
        }
        let (mut loaded, stage) = load(batches, keys).await?;
        self.found(height, &mut loaded);
        let mut more = Vec::new();
        for transaction in transactions {
            more.extend(amanat_contracts::more_keys(&loaded, transaction).map_err(broken)?);
        }
        let (mut extra, mut stage) = stage.extend(more).await?;
        self.found(height, &mut extra);
        loaded.append(&mut extra);
        if !ends {
            return Ok((loaded, stage));
        }
        loop {
            let more = amanat_contracts::more_boundary_keys(&loaded).map_err(broken)?;
            if more.is_empty() {
                return Ok((loaded, stage));
            }
            let (mut extra, next) = stage.extend(more).await?;
            self.found(height, &mut extra);
            loaded.append(&mut extra);
            stage = next;
        }
    }

    /// Keys that admission of each of `transactions` reads.
    pub fn admission_keys<'t>(
        transactions: impl Iterator<Item = &'t Transaction>,
    ) -> Vec<StateKey> {
        let mut keys = vec![StateKey::limits(), StateKey::roster()];
        for transaction in transactions {
            let body = &transaction.body;
            keys.push(StateKey::member(body.sponsor));
            keys.extend(body.signers.first().map(StateKey::sequence));
        }
        keys
    }

    /// How the units of a block that was loaded for some transaction are divided.
    pub fn quotas(loaded: &Loaded) -> Result<Quotas, Fault> {
        Quotas::read(loaded).map_err(broken)
    }

    /// Whether one transaction may stand in the block of `env`, alone.
    pub fn admit(
        env: &Env,
        loaded: &Loaded,
        transaction: &Transaction,
    ) -> Result<Result<(), Refusal>, Fault> {
        match amanat_contracts::admit(env, loaded, transaction) {
            Ok(()) => Ok(Ok(())),
            Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
            Err(Stop::Fault(fault)) => Err(broken(fault)),
        }
    }

    /// Which of `transactions` a proposer may put into the block of `env`, each after those before it.
    pub fn screen(
        env: &Env,
        loaded: &Loaded,
        transactions: &[&Transaction],
    ) -> Result<Vec<Screened>, Fault> {
        let answers = amanat_contracts::screen(env, loaded, transactions.iter().copied());
        let answers = answers.map_err(broken)?;
        let screened = transactions.iter().zip(answers);
        screened
            .map(|(transaction, answer)| match answer {
                Ok(()) => Ok(Screened::Admitted),
                // The block is full, or the sponsor's quota is spent.
                Err(Refusal::TooCostly | Refusal::QuotaExceeded) => {
                    Ok(match Self::admit(env, loaded, transaction)? {
                        Ok(()) => Screened::Later,
                        Err(refusal) => Screened::Refused(refusal),
                    })
                }
                Err(refusal) => Ok(Screened::Refused(refusal)),
            })
            .collect()
    }

    /// Runs a block; the refusal if it holds an inadmissible transaction and is invalid.
    pub fn execute(
        &self,
        env: &Env,
        loaded: Loaded,
        transactions: &[Transaction],
    ) -> Result<Result<Executed, Refusal>, Fault> {
        let execution = match amanat_contracts::execute(env, loaded, transactions) {
            Ok(execution) => execution,
            Err(Failure::Inadmissible(inadmissible)) => return Ok(Err(inadmissible.refusal)),
            Err(Failure::Fault(fault)) => return Err(broken(fault)),
        };
        let boundary = execution.boundary_events();
        let Execution {
            mut writes,
            receipts,
            mut events,
            next,
            ..
        } = execution;
        events.extend(boundary);
        let next = next.map(next_epoch).transpose()?;
        if env.height.get() == 1 {
            for (key, value) in self.founding.iter() {
                writes.entry(*key).or_insert_with(|| Some(value.clone()));
            }
        }
        let outgrown = |_| Fault::Contract("more outcomes than a block holds".into());
        let outcome = BlockEvents {
            height: env.height,
            time_ms: env.time_ms,
            receipts: List::new(receipts).map_err(outgrown)?,
            events: List::new(events).map_err(outgrown)?,
        };
        Ok(Ok(Executed {
            writes,
            receipts_root: merkle::root(receipt_leaves(&outcome).iter()),
            events_root: merkle::root(event_leaves(&outcome).iter()),
            next,
            outcome,
        }))
    }
}
