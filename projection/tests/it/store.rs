//! The encrypted store: nothing in the clear at rest, nothing opens under another key.
use amanat_client::Fault;
use amanat_projection::{Store, Table, Urgency};

const TABLE: Table = Table::new("things");

#[test]
fn rows_are_found_by_key_and_by_list_and_not_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("s"), &[1; 32]).unwrap();
    let put = store.write(Urgency::Durable, |batch| {
        batch.put(TABLE, b"a", b"2", b"two")?;
        batch.put(TABLE, b"a", b"1", b"one")?;
        batch.put(TABLE, b"b", b"1", b"other")?;
        batch.put(TABLE, b"b", b"9", b"gone")?;
        batch.remove(TABLE, b"b", b"9")
    });
    put.unwrap();
    let view = store.view().unwrap();
    let values = |list: &[u8]| {
        view.scan(TABLE, list)
            .unwrap()
            .into_iter()
            .map(|row| row.value)
            .collect::<Vec<_>>()
    };
    assert_eq!(values(b"a"), [b"one".to_vec(), b"two".to_vec()]);
    assert_eq!(values(b"b"), [b"other".to_vec()]);
    assert_eq!(view.get(TABLE, b"a1", b"").unwrap(), None);
    assert_eq!(view.get(Table::new("others"), b"a", b"1").unwrap(), None);
}

#[test]
fn a_failed_write_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("s"), &[1; 32]).unwrap();
    let before = store.fingerprint(&[]).unwrap();
    let failed: Result<(), Fault> = store.write(Urgency::Durable, |batch| {
        batch.put(TABLE, b"", b"1", b"one")?;
        Err(Fault::invalid("stop"))
    });
    assert!(failed.is_err());
    assert_eq!(store.fingerprint(&[]).unwrap(), before);
}

#[test]
fn another_key_does_not_open_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s");
    drop(Store::open(&file, &[1; 32]).unwrap());
    assert!(matches!(
        Store::open(&file, &[2; 32]),
        Err(Fault::Damaged { .. })
    ));
    assert!(Store::open(&file, &[1; 32]).is_ok());
}

#[test]
fn nothing_is_in_the_clear_at_rest() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s");
    let store = Store::open(&file, &[1; 32]).unwrap();
    let canary = b"canary-of-a-name";
    let put = store.write(Urgency::Durable, |batch| {
        batch.put(TABLE, canary, canary, canary)
    });
    put.unwrap();
    drop(store);
    let bytes = std::fs::read(&file).unwrap();
    assert!(!bytes.windows(canary.len()).any(|window| window == canary));
}
