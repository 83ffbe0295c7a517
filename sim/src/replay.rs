//! The chain executed again from genesis by the contracts alone, over a plain map.
//!
//! It shares the rules with the node and nothing else: no store, no mempool, no consensus.
use amanat_contracts::{
    Env, Execution, boundary_keys, execute, keys, more_boundary_keys, more_keys,
};
use amanat_types::block::Block;
use amanat_types::receipt::TransactionEvents;
use amanat_types::{Digest, Genesis, Receipt, StateKey, merkle};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The values that the contracts wrote.
pub type State = BTreeMap<StateKey, Vec<u8>>;

/// What one block did.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// Receipts in the order of the transactions.
    pub receipts: Vec<Receipt>,
    /// Root over them.
    pub receipts_root: Digest,
    /// Root over the events.
    pub events_root: Digest,
}

/// The chain so far.
pub struct Replay {
    network: Digest,
    epoch_blocks: u64,
    state: State,
}

impl Replay {
    /// Before the first block.
    pub fn new(genesis: &Genesis) -> Self {
        Self {
            network: genesis.digest(),
            epoch_blocks: genesis.epoch_blocks,
            state: amanat_contracts::genesis(genesis),
        }
    }

    /// The state so far.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Executes one block; an error says what the contracts said.
    pub fn block(&mut self, block: &Block) -> Result<Replayed, String> {
        let header = block.header();
        let env = Env {
            network: self.network,
            height: header.height,
            time_ms: header.time,
            protocol: header.protocol,
            epoch: header.epoch(),
            last_of_epoch: header
                .height
                .plus(1)
                .get()
                .is_multiple_of(self.epoch_blocks),
        };
        let transactions = block.payload().transactions();
        let mut loaded = BTreeMap::new();
        for key in transactions.iter().flat_map(keys) {
            loaded.insert(key, self.state.get(&key).cloned());
        }
        let mut more = Vec::new();
        for transaction in transactions {
            more.extend(more_keys(&loaded, transaction).map_err(|fault| fault.to_string())?);
        }
        for key in more {
            loaded.insert(key, self.state.get(&key).cloned());
        }
        if env.last_of_epoch {
            self.load(boundary_keys(), &mut loaded);
            loop {
                let more = more_boundary_keys(&loaded).map_err(|fault| fault.to_string())?;
                if more.is_empty() {
                    break;
                }
                self.load(more, &mut loaded);
            }
        }
        let execution = execute(&env, loaded, transactions);
        let execution = execution.map_err(|failure| failure.to_string())?;
        if execution.next.as_ref().map(|next| &next.validators)
            != header
                .next
                .as_ref()
                .map(|next| next.roster.keys().as_ref().to_vec())
                .as_ref()
        {
            return Err("its header names other validators for the next epoch".into());
        }
        Ok(self.keep(execution))
    }

    fn load(&self, keys: Vec<StateKey>, loaded: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        for key in keys {
            loaded.insert(key, self.state.get(&key).cloned());
        }
    }

    fn keep(&mut self, execution: Execution) -> Replayed {
        let boundary = execution.boundary_events();
        for (key, value) in execution.writes {
            match value {
                Some(value) => self.state.insert(key, value),
                None => self.state.remove(&key),
            };
        }
        let receipts: Vec<Digest> = execution.receipts.iter().map(Receipt::leaf).collect();
        let events = execution
            .events
            .iter()
            .chain(&boundary)
            .map(TransactionEvents::leaf);
        let events: Vec<Digest> = events.collect();
        Replayed {
            receipts_root: merkle::root(receipts.iter()),
            events_root: merkle::root(events.iter()),
            receipts: execution.receipts,
        }
    }
}

/// Executes a whole chain.
pub fn replay(genesis: &Genesis, blocks: &[Arc<Block>]) -> Result<(Vec<Replayed>, State), String> {
    let mut replay = Replay::new(genesis);
    let mut done = Vec::with_capacity(blocks.len());
    for block in blocks {
        let height = block.header().height;
        let replayed = replay.block(block);
        done.push(replayed.map_err(|why| format!("block {height}: {why}"))?);
    }
    Ok((done, replay.state))
}
