//! P8: exactly once where it matters. Ids, sequence numbers and record ids stand at most once in the chain.
use crate::evidence::{Evidence, View};
use crate::replay::replay;
use amanat_types::{RecordId, Transaction};
use std::collections::BTreeMap;
use std::fmt::Display;

/// Says where something stands for the second time.
fn twice<K: Ord + Display>(things: impl Iterator<Item = (u64, K)>, what: &str) -> Result<(), String> {
    let mut first = BTreeMap::new();
    for (height, thing) in things {
        if let Some(before) = first.get(&thing) {
            return Err(format!("{what} {thing} at height {before} and again at {height}"));
        }
        first.insert(thing, height);
    }
    Ok(())
}

fn transactions(view: &View) -> impl Iterator<Item = (u64, &Transaction)> {
    view.blocks.iter().flat_map(|block| {
        let height = block.header().height.get();
        let transactions = block.payload().transactions().iter();
        transactions.map(move |transaction| (height, transaction))
    })
}

/// No transaction stands twice in the chain of any node.
pub fn no_transaction_twice(evidence: &Evidence) -> Result<(), String> {
    let mut views = evidence.views.iter();
    views.try_for_each(|view| {
        let ids = transactions(view).map(|(height, transaction)| (height, transaction.id()));
        twice(ids, "transaction")
    })
}

/// No key uses a sequence number twice.
pub fn no_sequence_twice(evidence: &Evidence) -> Result<(), String> {
    let mut views = evidence.views.iter();
    views.try_for_each(|view| {
        let used = transactions(view).map(|(height, transaction)| {
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
        let (replayed, _) = replay(&evidence.genesis, &view.blocks)?;
        let receipts = replayed.iter().flat_map(|block| &block.receipts);
        let accepted = transactions(view).zip(receipts);
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

#[cfg(test)]
mod tests {
    use super::{no_record_twice, no_sequence_twice, no_transaction_twice, twice};
    use crate::check::good::{busy, evidence, forge};
    use crate::party::member_signer;
    use amanat_types::Transaction;
    use amanat_types::block::Parcel;

    #[test]
    fn a_transaction_twice_is_seen() {
        let mut broken = evidence();
        let at = busy(&broken);
        let again = broken.views[2].blocks[at].payload().transactions()[0].clone();
        let last = broken.views[2].blocks.len() - 1;
        let block = broken.views[2].blocks[last].clone();
        broken.views[2].blocks[last] =
            forge(&block, |_, parcels| parcels.push(Parcel::new(again)));
        assert!(no_transaction_twice(&broken).is_err());
        assert!(no_sequence_twice(&broken).is_err());
        // The contracts themselves do not take it: then the replay is what fails.
        assert!(no_record_twice(&broken).is_err());
    }

    #[test]
    fn a_sequence_number_twice_is_seen() {
        let mut broken = evidence();
        let at = busy(&broken);
        let block = broken.views[0].blocks[at].clone();
        broken.views[0].blocks[at] = forge(&block, |_, parcels| {
            let mut body = parcels[0].transaction.body.clone();
            body.last_height = body.last_height.plus(1);
            let signer = member_signer(body.sponsor.number());
            parcels.push(Parcel::new(Transaction::sign(body, &signer)));
        });
        assert!(no_sequence_twice(&broken).is_err());
        assert_eq!(no_transaction_twice(&broken), Ok(()));
    }

    #[test]
    fn a_record_twice_is_seen() {
        let records = [(3, "r1"), (4, "r2"), (9, "r1")];
        let told = twice(records.into_iter(), "record");
        assert_eq!(told, Err("record r1 at height 3 and again at 9".into()));
        assert_eq!(twice(records.into_iter().take(2), "record"), Ok(()));
    }
}
