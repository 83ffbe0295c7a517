//! A member is backed up, lost and brought back, by the commands that docs/operate/backup.md names.
use crate::member::{Network, PASSPHRASE};
use crate::operate::{get, json, refused_transaction, until};
use std::path::Path;
use std::process::Command;

const DRILL: &str = include_str!("../../../docs/operate/backup.md");

/// The commands of the page under `### title`.
fn steps(title: &str) -> String {
    let after = DRILL.split(&format!("### {title}\n")).nth(1);
    let block = after.and_then(|text| text.split("```sh\n").nth(1));
    let block = block.and_then(|text| text.split("```").next());
    block
        .unwrap_or_else(|| panic!("the page has no {title}"))
        .to_owned()
}

/// Runs commands of the page; standard output and error.
fn sh(folder: &Path, script: &str) -> (bool, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_amanat"));
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", program.parent().expect("a folder").display());
    let run = Command::new("sh")
        .args(["-e", "-c", script])
        .env("PATH", path)
        .current_dir(folder)
        .output()
        .expect("runs");
    let text = [run.stdout, run.stderr].concat();
    (
        run.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[test]
fn the_drill_of_the_page_brings_a_member_back() {
    let network = Network::with_epochs(10);
    let folder = network.path();
    let others: Vec<_> = (2..=4)
        .map(|number| network.start("node", number))
        .collect();
    let node = network.start("node", 1);
    let gateway = network.start("gateway", 1);
    let door = network.places[0][4];
    let open = || get(door, "/readyz").is_ok_and(|(line, _)| line.contains("204"));
    until("the gateway is ready", open, |open| *open);
    let (done, receipt) = refused_transaction(&network);
    std::fs::write(network.file("one.receipt"), receipt).expect("writes");
    let (code, _, errors) = network.run("backup --config m1/node.toml --out early");
    assert_eq!(code, 2, "{errors}");
    drop(gateway);
    drop(node);

    let (good, told) = sh(folder, &steps("Back up"));
    assert!(good, "{told}");
    assert!(
        told.contains("Backed up member 1") && told.contains("is whole"),
        "{told}"
    );
    refusals(&network);
    let (good, told) = sh(folder, &steps("Lose it"));
    assert!(good && !network.file("m1").exists(), "{told}");
    let (good, told) = sh(folder, &steps("Bring it back"));
    assert!(good, "{told}");
    assert!(told.contains("keeps the node from voting"), "{told}");
    let _node = network.start("node", 1);
    let _gateway = network.start("gateway", 1);
    until("the gateway is ready again", open, |open| *open);
    let log = network.text("m1/node.log");
    assert!(log.contains("does not have all votes of its key"), "{log}");
    assert!(!network.file("m1/node/restored").exists());
    let line = format!(
        "inspect --config m1/node.toml tx {}",
        done.receipt.transaction
    );
    until(
        "it has its ledger again",
        || network.run(&line).0,
        |code| *code == 0,
    );
    let (code, _, errors) = network.run("verify one.receipt --genesis m1/genesis.json");
    assert_eq!(code, 0, "{errors}");
    let status = || network.run("status --config m1/node.toml");
    let heard =
        |(code, told, _): &(i32, String, String)| *code == 0 && told.contains("3 of 3 heard");
    until("all are heard", status, heard);
    drop(others);
}

/// What is not a whole backup is refused before anything is written, and nothing is overwritten.
fn refusals(network: &Network) {
    let refused = |line: &str, says: &str| {
        let (code, _, errors) = network.run(line);
        assert_eq!(code, 1, "{line}: {errors}");
        assert!(errors.contains(says), "{line}: {errors}");
        assert!(!errors.contains(PASSPHRASE));
    };
    refused(
        "backup --config m1/node.toml --out backup-m1",
        "is there already",
    );
    refused("restore --from backup-m1 --dir m2", "is there already");
    let keys = network.file("backup-m1/keys.toml");
    let good = std::fs::read(&keys).expect("reads");
    let mut bad = good.clone();
    bad[good.len() / 2] ^= 1;
    std::fs::write(&keys, &bad).expect("writes");
    refused(
        "restore --from backup-m1 --dir m9",
        "keys.toml: file: is not what the manifest says",
    );
    std::fs::remove_file(&keys).expect("removes");
    refused("restore --check --from backup-m1", "is missing");
    std::fs::write(&keys, &good).expect("writes");
    let strange = network.file("backup-m1/strange");
    std::fs::write(&strange, "x").expect("writes");
    refused(
        "restore --check --from backup-m1",
        "does not stand in the manifest",
    );
    std::fs::remove_file(&strange).expect("removes");
    std::os::unix::fs::symlink("/etc/passwd", &strange).expect("links");
    refused(
        "restore --check --from backup-m1",
        "neither a file nor a folder",
    );
    std::fs::remove_file(&strange).expect("removes");
    let manifest = network.file("backup-m1/MANIFEST");
    let text = std::fs::read_to_string(&manifest).expect("reads");
    std::fs::write(&manifest, text.replace("node.toml", "../up.toml")).expect("writes");
    refused("restore --check --from backup-m1", "end: the lines before");
    std::fs::write(&manifest, &text).expect("writes");
    assert!(!network.file("m9").exists());
    assert!(
        !text.contains("simplex") && !text.contains("read-model") && text.contains("exchange.redb")
    );
    // The ledger, if it is asked for, comes without votes, and whole.
    let (code, _, errors) = network.run("backup --config m1/node.toml --out with-ledger --ledger");
    assert_eq!(code, 0, "{errors}");
    let (code, _, errors) = network.run("restore --from with-ledger --dir m9");
    assert_eq!(code, 0, "{errors}");
    assert!(network.file("m9/node/restored").is_file());
    let ledger = std::fs::read_dir(network.file("m9/node/ledger")).expect("a ledger");
    let names: Vec<_> = ledger
        .map(|entry| {
            entry
                .expect("a name")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    assert!(
        !names.iter().any(|name| name.contains("simplex")),
        "{names:?}"
    );
    let (code, told) = json(network, "scrub --config m9/node.toml");
    assert_eq!(code, 0, "{told}");
    assert_eq!(json(network, "replay --config m9/node.toml").0, 0);
}
