//! What the read models tell of a record's past, and of a model that an earlier program wrote.
use crate::script::*;
use amanat_projection::store::Urgency;
use amanat_projection::{ReadModel, Store, Table};
use amanat_types::event::RecordAmended;
use amanat_types::{Event, Height, TimestampMs};

fn amends(old: u8, new: u8, under: u8) -> Event {
    Event::RecordAmended(RecordAmended {
        superseded: record(old),
        record: record(new),
        index: index(under),
        member: member(1),
        bucket: 1,
    })
}

#[test]
fn a_record_knows_when_by_which_transaction_and_in_whose_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    script.block(7, vec![vec![deposits(9, 1)], vec![deposits(8, 1)]]);
    script.block(5, vec![vec![amends(9, 10, 1)]]);
    let model = script.fold_in(folder.path(), 8);
    let row = |n: u8| model.record(&record(n)).unwrap().unwrap();
    let transaction = |block: usize, at: usize| script.blocks[block].events[at].transaction;
    assert_eq!(
        (row(8).time_ms, row(8).transaction),
        (TimestampMs::new(7), transaction(0, 1))
    );
    assert_eq!((row(8).supersedes, row(8).superseded_by), (None, None));
    assert_eq!(row(9).superseded_by, Some(record(10)));
    assert_eq!(row(9).transaction, transaction(0, 0));
    let new = row(10);
    assert_eq!(new.supersedes, Some(record(9)));
    assert_eq!(
        (new.time_ms, new.transaction, new.place.height),
        (TimestampMs::new(12), transaction(1, 0), Height::new(2))
    );
}

#[test]
fn changes_of_custodian_are_told_in_order_and_other_holders_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    script.block(1, vec![vec![deposits(9, 1), deposits(2, 1)]]);
    script.block(1, vec![vec![keeps(9, 1, 1)]]);
    script.block(1, vec![vec![keeps(9, 1, 3)]]);
    script.block(1, vec![vec![keeps(9, 3, 4)], vec![keeps(2, 1, 1)]]);
    let model = script.fold_in(folder.path(), 2);
    let taken = model.taken_over(&record(9)).unwrap();
    let told: Vec<_> = taken
        .iter()
        .map(|one| {
            (
                one.place.height.get(),
                one.time_ms.get(),
                one.from,
                one.member,
            )
        })
        .collect();
    assert_eq!(
        told,
        [(3, 3, member(1), member(3)), (4, 4, member(3), member(4))]
    );
    assert_eq!(taken[0].transaction, script.blocks[2].events[0].transaction);
    assert_eq!(model.taken_over(&record(2)).unwrap(), []);
}

#[test]
fn a_model_of_another_shape_is_folded_again_and_one_of_this_shape_is_kept() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut script = Script::default();
    script.block(1, vec![vec![deposits(9, 1)]]);
    script.block(1, vec![vec![keeps(9, 1, 3)]]);
    let whole = script.fold_in(one.path(), 8).fingerprint().unwrap();

    let file = two.path().join("model.redb");
    let model = script.fold_in(two.path(), 8);
    model.flush().unwrap();
    drop(model);
    let model = ReadModel::open(&file, &KEY).unwrap();
    assert_eq!(model.height(), Height::new(2));
    drop(model);

    let store = Store::open(&file, &KEY).unwrap();
    let shape = Table::new("shape");
    store
        .write(Urgency::Durable, |batch| {
            batch.put(Table::new("record"), b"", record(9).as_bytes(), b"of old")?;
            batch.remove(shape, b"", b"")
        })
        .unwrap();
    drop(store);
    let model = ReadModel::open(&file, &KEY).unwrap();
    assert_eq!(model.height(), Height::new(0));
    assert_eq!(model.record(&record(9)).unwrap(), None);
    drop(model);
    let model = script.fold_in(two.path(), 8);
    assert_eq!(model.fingerprint().unwrap(), whole);
}
