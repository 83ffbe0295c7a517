//! P8: exactly once where it matters. Ids, sequence numbers and record ids stand at most once in the chain.
use crate::evidence::Evidence;
use crate::replay::replay;
use amanat_types::block::Block;
use amanat_types::{RecordId, Transaction};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

/// Says where something stands for the second time.
pub fn twice<K: Ord + Display>(
    things: impl Iterator<Item = (u64, K)>,
    what: &str,
) -> Result<(), String> {
    let mut first = BTreeMap::new();
    for (height, thing) in things {
        if let Some(before) = first.get(&thing) {
            return Err(format!(
                "{what} {thing} at height {before} and again at {height}"
            ));
        }
        first.insert(thing, height);
    }
    Ok(())
}

fn transactions(blocks: &[Arc<Block>]) -> impl Iterator<Item = (u64, &Transaction)> {
    blocks.iter().flat_map(|block| {
        let height = block.header().height.get();
        let transactions = block.payload().transactions().iter();
        transactions.map(move |transaction| (height, transaction))
    })
}

/// No transaction stands twice in the chain of any node.
pub fn no_transaction_twice(evidence: &Evidence) -> Result<(), String> {
    let mut views = evidence.views.iter();
    views.try_for_each(|view| {
        let ids =
            transactions(&view.blocks).map(|(height, transaction)| (height, transaction.id()));
        twice(ids, "transaction")
    })
}

/// No key uses a sequence number twice.
pub fn no_sequence_twice(evidence: &Evidence) -> Result<(), String> {
    let mut views = evidence.views.iter();
    views.try_for_each(|view| {
        let used = transactions(&view.blocks).map(|(height, transaction)| {
            let body = &transaction.body;
            let key = body.signers.first().map(ToString::to_string);
            let key = key.unwrap_or_default();
            (height, format!("{key}/{:020}", body.sequence))
        });
        twice(used, "sequence number")
    })
}

/// No record is deposited twice: by the transactions themselves, where the contracts accepted them.
pub fn no_record_twice(evidence: &Evidence) -> Result<(), String> {
    for view in &evidence.views {
        let chain = evidence.chain(view);
        let (replayed, _) = replay(&evidence.genesis, &chain)?;
        let receipts = replayed.iter().flat_map(|block| &block.receipts);
        let accepted = transactions(&chain).zip(receipts);
        let accepted = accepted.filter(|(_, receipt)| receipt.is_accepted());
        let records = accepted.flat_map(|((height, transaction), _)| {
            let sponsor = transaction.body.sponsor;
            let calls = transaction.body.calls.iter();
            let deposits = calls.filter_map(|call| call.deposit());
            deposits.map(move |deposit| (height, RecordId::derive(sponsor, deposit.local)))
        });
        twice(records, "record")?;
    }
    Ok(())
}
