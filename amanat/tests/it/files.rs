//! Files that the program reads: what is wrong is named by field and rule, and never taken.
use amanat::config::{self, NodeConfig};
use amanat::genesis_file;
use amanat::keys::{Keys, KeysError};
use amanat::layout::{Layout, LayoutError, Plan};
use amanat::verify::{Trust, VerifyError, verify_bytes, write_checkpoint};
use amanat_types::proof::Checkpoint;
use std::os::unix::fs::PermissionsExt as _;

fn network() -> (tempfile::TempDir, Layout) {
    let folder = tempfile::tempdir().expect("folder");
    let (layout, new) =
        Layout::open_or_create(&folder.path().join("net"), Plan::new(4)).expect("creates");
    assert!(new);
    (folder, layout)
}

#[test]
fn a_network_is_opened_again_as_it_was_made() {
    let (_folder, layout) = network();
    let (again, new) = Layout::open_or_create(&layout.dir, Plan::new(7)).expect("opens");
    assert!(!new);
    assert_eq!(again.network(), layout.network());
    assert_eq!(again.places.len(), 4);
    let mut addresses: Vec<_> = layout
        .places
        .iter()
        .flat_map(|place| {
            [
                place.listen,
                place.api,
                place.custodian,
                place.door,
                place.vault,
            ]
        })
        .collect();
    addresses.sort();
    addresses.dedup();
    assert_eq!(
        addresses.len(),
        20,
        "every socket has an address of its own"
    );
}

#[test]
fn a_folder_with_other_things_is_not_taken() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(folder.path().join("thesis.txt"), "precious").expect("writes");
    let refused = Layout::open_or_create(folder.path(), Plan::new(4));
    assert!(matches!(refused, Err(LayoutError::NotEmpty(_))));
    for members in [3, 11] {
        let refused = Layout::open_or_create(&folder.path().join("new"), Plan::new(members));
        assert!(matches!(refused, Err(LayoutError::Members(n)) if n == members));
    }
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let (_folder, layout) = network();
    let path = layout.member_dir(1).join("keys.toml");
    let mode = std::fs::metadata(&path).expect("stat").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(Keys::read(&path).is_ok());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("chmod");
    assert!(matches!(
        Keys::read(&path),
        Err(KeysError::Mode { mode: 0o640, .. })
    ));
}

#[test]
fn a_key_file_with_a_short_seed_names_the_field_and_not_the_seed() {
    let (_folder, layout) = network();
    let path = layout.member_dir(1).join("keys.toml");
    let text = std::fs::read_to_string(&path).expect("reads");
    let vault = text
        .lines()
        .find(|line| line.starts_with("vault"))
        .expect("vault");
    std::fs::write(&path, text.replace(vault, "vault = \"c0ffee\"")).expect("writes");
    let error = Keys::read(&path)
        .map(drop)
        .expect_err("refused")
        .to_string();
    assert!(error.contains("vault: 64 hexadecimal digits"), "{error}");
    assert!(!error.contains("c0ffee"), "{error}");
}

#[test]
fn an_unknown_key_of_a_configuration_is_refused() {
    let (_folder, layout) = network();
    let path = layout.member_dir(1).join("node.toml");
    assert!(config::read::<NodeConfig>(&path).is_ok());
    let text = std::fs::read_to_string(&path).expect("reads");
    std::fs::write(&path, format!("colour = \"green\"\n{text}")).expect("writes");
    let error = config::read::<NodeConfig>(&path)
        .expect_err("refused")
        .to_string();
    assert!(error.contains("colour"), "{error}");
}

#[test]
fn a_changed_genesis_is_refused() {
    let (_folder, layout) = network();
    let path = layout.dir.join("genesis.json");
    let text = std::fs::read_to_string(&path).expect("reads");
    assert_eq!(genesis_file::read(&path).expect("good"), layout.genesis);
    std::fs::write(&path, text.replace("Regulator", "Regulatoe")).expect("writes");
    let error = genesis_file::read(&path).expect_err("refused").to_string();
    assert!(error.contains("digest"), "{error}");
    std::fs::write(&path, text.replace("\"hospital\"", "\"castle\"")).expect("writes");
    let error = genesis_file::read(&path).expect_err("refused").to_string();
    assert!(error.contains("members[0].kind"), "{error}");
}

#[test]
fn what_is_no_receipt_proves_nothing() {
    let (_folder, layout) = network();
    let trust = Trust::genesis(layout.genesis).expect("names validators");
    for bytes in [
        b"".as_slice(),
        b"AMANATR",
        b"AMANATR1",
        b"AMANATX1....",
        b"AMANATS1\0\0\0",
    ] {
        let refused = verify_bytes(bytes, &trust).expect_err("refused");
        assert!(matches!(refused, VerifyError::Shape { .. }));
        assert!(refused.is_no());
    }
}

#[test]
fn a_checkpoint_is_of_its_network_and_whole() {
    let (folder, layout) = network();
    let path = folder.path().join("checkpoint");
    let checkpoint = Checkpoint::genesis(&layout.genesis).expect("names validators");
    write_checkpoint(&path, &checkpoint).expect("writes");
    assert!(Trust::checkpoint(layout.genesis.clone(), &path).is_ok());
    let mut other = layout.genesis.clone();
    other.time_ms = other.time_ms.plus(1);
    let words = |found: Result<Trust, VerifyError>| {
        let error = found.err().expect("refused");
        assert!(!error.is_no(), "nothing is known of the receipt");
        error.to_string()
    };
    assert!(words(Trust::checkpoint(other, &path)).contains("another network"));
    let bytes = std::fs::read(&path).expect("reads");
    std::fs::write(&path, &bytes[..bytes.len() - 1]).expect("writes");
    let error = words(Trust::checkpoint(layout.genesis.clone(), &path));
    assert!(error.contains("does not decode"), "{error}");
    std::fs::write(&path, b"AMANATR1").expect("writes");
    assert!(words(Trust::checkpoint(layout.genesis, &path)).contains("AMANATC1"));
}
