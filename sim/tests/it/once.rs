//! P8: whatever stands twice is seen.
use crate::good::{busy, evidence, forge};
use amanat_sim::check::once::{no_record_twice, no_sequence_twice, no_transaction_twice, twice};
use amanat_sim::party::member_signer;
use amanat_types::Transaction;
use amanat_types::block::Parcel;

#[test]
fn a_transaction_twice_is_seen() {
    let mut broken = evidence();
    let at = busy(&broken);
    let again = broken.views[2].blocks[at].payload().transactions()[0].clone();
    let last = broken.views[2].blocks.len() - 1;
    let block = broken.views[2].blocks[last].clone();
    broken.views[2].blocks[last] = forge(&block, |_, parcels| parcels.push(Parcel::new(again)));
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
