//! A short run of the torture by the real program: every rule holds, and nothing is left behind.
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

fn torture(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_amanat-lab"))
        .arg("torture")
        .args(arguments)
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .output()
        .expect("runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// Processes whose command line names `folder`, and mounts below it.
fn left_behind(folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    let mut left = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("lists") {
        let path = entry.expect("an entry").path().join("cmdline");
        // Others' processes may end meanwhile.
        let line = std::fs::read(path).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(&folder) {
            left.push(line);
        }
    }
    let mounts = std::fs::read_to_string("/proc/mounts").expect("reads");
    let below = mounts.lines().filter(|line| line.contains(&folder));
    left.extend(below.map(str::to_owned));
    left
}

#[test]
fn what_clients_were_told_holds_through_faults() {
    let folder = tempfile::tempdir().expect("folder");
    let arguments = "--minutes 0.34 --seed 1 --members 4 --json";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let (code, told, progress) = torture(folder.path(), &arguments);
    assert_eq!(code, Some(0), "{told}\n{progress}");
    let told: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(
        (&told["held"], &told["seed"], &told["members"]),
        (&true.into(), &1.into(), &4.into()),
        "{told}"
    );
    let number = |at: &str| told.pointer(at).and_then(Value::as_u64).unwrap_or(0);
    // The run was one: a load, the blackout and another fault, and something to judge.
    assert_eq!(number("/faults/blackout"), 1, "{told}");
    assert!(
        told["faults"].as_object().is_some_and(|f| f.len() > 1),
        "{told}"
    );
    let accepted = number("/transactions/accepted");
    assert!(accepted > 20, "{told}");
    assert!(number("/transactions/refused") > 0, "{told}");
    assert!(number("/ledger_transactions") > accepted, "{told}");
    assert!(number("/answers") > 2 * accepted, "{told}");
    assert!(number("/receipts") > 80, "{told}");
    assert_eq!(left_behind(folder.path()), Vec::<String>::new());
    let files = std::fs::read_dir(folder.path()).expect("lists");
    assert_eq!(files.count(), 0, "files were left");
}

#[test]
fn what_cannot_be_told_ends_with_2() {
    let folder = tempfile::tempdir().expect("folder");
    for arguments in [["--members", "3"], ["--minutes", "0"]] {
        let (code, told, errors) = torture(folder.path(), &arguments);
        assert_eq!((code, told.as_str()), (Some(2), ""), "{errors}");
        let option = arguments[0];
        assert!(errors.contains(option), "{errors}");
    }
}
