//! What two files in a node's data folder say of the votes of its key.
//!
//! `new-keys` was written when the keys were made and goes with the first start: a key that never voted may vote at once. `restored` says
//! that this folder came back from a copy, so votes may be missing. With neither, what is on the disk is all; on an
//! empty disk the node follows until the epochs are over in which the key may have voted.
use amanat_client::disk::sync_folder;
use amanat_node::PastVotes;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Says that the keys never voted.
const NEW_KEYS: &str = "new-keys";
/// Says that votes may be missing.
const RESTORED: &str = "restored";

/// Makes a node's data folder for keys that were just made.
pub fn mark_new(data: &Path) -> io::Result<()> {
    std::fs::create_dir_all(data)?;
    let text = "The keys of this node were made for it and never voted. Its first start removes this file.\n";
    std::fs::write(data.join(NEW_KEYS), text)?;
    std::fs::File::open(data.join(NEW_KEYS))?.sync_all()?;
    sync_folder(data)
}

/// What is known of the votes of the key whose node keeps its data in `data`.
pub fn votes(data: &Path) -> PastVotes {
    match (data.join(RESTORED).exists(), data.join(NEW_KEYS).exists()) {
        (true, _) => PastVotes::Elsewhere,
        (false, true) => PastVotes::None,
        (false, false) => PastVotes::Here,
    }
}

/// Removes both files once the node has noted on its disk in which epochs it votes.
///
/// A file that cannot be removed stops the node: a later start would take it at its word.
pub fn settled(data: &Path) -> Arc<dyn Fn() + Send + Sync> {
    let data: PathBuf = data.to_owned();
    Arc::new(move || {
        for name in [NEW_KEYS, RESTORED] {
            match std::fs::remove_file(data.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    let path = data.join(name);
                    panic!("{} cannot be removed: {error}", path.display());
                }
                _ => {}
            }
        }
        if let Err(error) = sync_folder(&data) {
            panic!("{} cannot be written: {error}", data.display());
        }
    })
}

/// Moves the ledger of a node aside, so that it joins anew; gives where it lies now. Nothing is deleted.
pub fn move_aside(ledger: &Path, now_ms: u64) -> io::Result<Option<PathBuf>> {
    if !ledger.exists() {
        return Ok(None);
    }
    let mut name = ledger.file_name().unwrap_or_default().to_owned();
    name.push(format!(".before-{now_ms}"));
    let aside = ledger.with_file_name(name);
    std::fs::rename(ledger, &aside)?;
    if let Some(folder) = ledger.parent() {
        sync_folder(folder)?;
    }
    Ok(Some(aside))
}

#[cfg(test)]
mod tests {
    use super::{NEW_KEYS, RESTORED, mark_new, move_aside, settled, votes};
    use amanat_node::PastVotes;

    #[test]
    fn new_keys_are_new_once_and_a_restored_folder_is_never_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("node");
        assert_eq!(votes(&data), PastVotes::Here);
        mark_new(&data).expect("marks");
        assert_eq!(votes(&data), PastVotes::None);
        std::fs::write(data.join(RESTORED), "").expect("writes");
        assert_eq!(votes(&data), PastVotes::Elsewhere);
        settled(&data)();
        assert_eq!(votes(&data), PastVotes::Here);
        assert!(!data.join(NEW_KEYS).exists() && !data.join(RESTORED).exists());
        settled(&data)();
    }

    #[test]
    fn a_ledger_that_is_moved_aside_is_whole_and_elsewhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = folder.path().join("ledger");
        assert_eq!(move_aside(&ledger, 5).expect("nothing to do"), None);
        std::fs::create_dir(&ledger).expect("makes");
        std::fs::write(ledger.join("blob"), "1").expect("writes");
        let aside = move_aside(&ledger, 5).expect("moves").expect("a place");
        assert!(!ledger.exists());
        assert_eq!(aside.file_name(), Some("ledger.before-5".as_ref()));
        assert_eq!(std::fs::read(aside.join("blob")).expect("reads"), b"1");
    }
}
