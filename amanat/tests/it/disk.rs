//! The disk of a real node: executed again, read through, and flipped byte by byte.
use crate::member::Network;
use crate::operate::{json, refused_transaction, until};
use amanat_node::disk::{Archive, Blob, HEADER_BYTES, Kind, PREFIX, Part, Partition, partitions};
use amanat_node::scrub;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// A network that ran over two epochs with a transaction, and was killed.
fn ran() -> Network {
    let network = Network::with_epochs(10);
    let nodes: Vec<_> = (1..=4)
        .map(|number| network.start("node", number))
        .collect();
    let status = || network.run("status --config m1/node.toml").0;
    until("it is ready", status, |code| *code == 0);
    refused_transaction(&network);
    let high = || height(&network) > 22;
    until("it is high", high, |high| *high);
    let node = network.places[0][1];
    let line = format!("replay --config m1/node.toml --node {node}");
    let (code, replayed) = json(&network, &line);
    assert_eq!((code, &replayed["held"]), (0, &true.into()), "{replayed}");
    assert!(replayed["height"].as_u64() > Some(20), "{replayed}");
    // While it runs nobody else reads its files.
    for line in [
        "replay --config m1/node.toml",
        "scrub --config m1/node.toml",
        "backup --config m1/node.toml --out b1",
    ] {
        let (code, _, errors) = network.run(line);
        assert_eq!(code, 2, "{line}: {errors}");
        assert!(errors.contains("a node runs on it"), "{errors}");
    }
    drop(nodes);
    network
}

fn height(network: &Network) -> u64 {
    let (_, status) = json(network, "status --config m1/node.toml");
    status["height"].as_u64().unwrap_or(0)
}

/// Changes one byte of a file.
fn flip(path: &Path, offset: u64) {
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path);
    let file = file.expect("opens");
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).expect("reads");
    file.write_all_at(&[byte[0] ^ 0x10], offset)
        .expect("writes");
}

/// What a file says, without padding; none if it does not check.
fn said(folder: &Path, partition: &Partition, blob: &str) -> Option<Vec<u8>> {
    let path = partition.path.join(blob);
    match partition.kind(blob) {
        Kind::Paged => Blob::open(&path).expect("opens").data(1 << 30).ok(),
        Kind::Metadata => Some(std::fs::read(&path).expect("reads")),
        Kind::Values => {
            let name = partition.name.strip_suffix("-value").expect("values");
            let archive = Archive::open(folder, name).expect("opens");
            let section = u64::from_str_radix(blob, 16).expect("hexadecimal");
            let mut said = Vec::new();
            if archive.sections().contains(&section) {
                let values = archive.values(section).ok()?;
                for entry in archive.entries(section).ok()? {
                    said.extend(entry.value(&values).ok()?);
                }
            }
            Some(said)
        }
    }
}

/// Files of a ledger; of votes only the first two, which are all made alike.
fn files(folder: &Path) -> Vec<(Partition, String)> {
    let mut files = Vec::new();
    for partition in partitions(folder, PREFIX).expect("lists") {
        assert_ne!(partition.part, Part::Foreign, "{}", partition.name);
        let most = match partition.part {
            Part::Votes(_) => 2,
            _ => usize::MAX,
        };
        for blob in partition.blobs.iter().take(most) {
            files.push((partition.clone(), blob.clone()));
        }
    }
    files
}

#[test]
fn a_stopped_nodes_ledger_holds_and_each_flipped_byte_is_named() {
    let network = ran();
    let (code, replayed) = json(&network, "replay --config m1/node.toml");
    assert_eq!((code, &replayed["held"]), (0, &true.into()), "{replayed}");
    assert_eq!(replayed["transactions"], 1);
    assert!(replayed["epoch"].as_u64() >= Some(2), "{replayed}");
    let (code, scrubbed) = json(&network, "scrub --config m1/node.toml");
    assert_eq!(code, 0, "{scrubbed}");
    assert_eq!(scrubbed["highest_block"], replayed["height"]);
    assert!(scrubbed["state_values"].as_u64() > Some(4), "{scrubbed}");
    from_a_state(&network);
    each_byte(&network.file("m1/node/ledger"));
    deeper(&network);
    starts(&network);
}

/// Executed again from the state after a later block, with its own databases, which stay as they are; and with some that are damaged.
fn from_a_state(network: &Network) {
    let replay = |more: &str| json(network, &format!("replay --config m1/node.toml {more}"));
    let (_, whole) = replay("--to 22");
    for from in [21, 12, 9] {
        let (code, found) = replay(&format!("--from {from} --to 22"));
        assert_eq!((code, &found["held"]), (0, &true.into()), "{found}");
        assert_eq!(
            (&found["from"], &found["blocks"]),
            (&from.into(), &(22 - from).into())
        );
        assert!(found["state_values"].as_u64() > Some(4), "{found}");
        assert_eq!(found["header"], whole["header"]);
    }
    // What would have become of a request at a height.
    let record = "05".repeat(16);
    let asked = format!("--to 9 --member 2 --basis directory --purpose TREAT --record {record}");
    let (code, found) = replay(&asked);
    let explained = &found["explained"];
    assert_eq!((code, &explained["height"]), (0, &9.into()), "{found}");
    assert_eq!(explained["granted"], false, "{found}");
    assert_eq!(explained["refusal"], "RecordUnknown", "{found}");
    let findings = explained["findings"].as_array().expect("findings");
    let mut denials = findings.iter().filter(|one| one["effect"] == "deny");
    let denial = denials.next().expect("a denial");
    assert_eq!(denial["because"], "RecordUnknown", "{found}");
    let (code, told, _) = network.run(&format!("replay --config m1/node.toml {asked}"));
    assert!(
        code == 0 && told.contains("at height 9, would have been refused"),
        "{told}"
    );
    let (code, found) = replay("--to 9 --member 2 --basis gossip --purpose TREAT");
    assert_eq!((code, &found["held"]), (1, &false.into()), "{found}");
    assert_eq!(replay("--to 9 --basis directory --purpose TREAT").0, 2);
    let (code, found) = replay("--from 1000000");
    assert_eq!(
        (code, &found["held"]),
        (2, &serde_json::Value::Null),
        "{found}"
    );
    std::fs::write(network.file("forged"), b"AMANATC1forged").expect("writes");
    let (code, found) = replay("--from 12 --checkpoint forged");
    assert_eq!(code, 2, "{found}");
    let text = found["error"]["text"].as_str().unwrap_or_default();
    assert!(
        text.contains("forged is not a checkpoint of this network"),
        "{found}"
    );
    // Each file of the state in turn, a byte in its midst; never is it said to hold.
    let folder = network.file("m1/node/ledger");
    let mut damaged = 0;
    for (partition, blob) in files(&folder) {
        if !matches!(partition.part, Part::Records | Part::Bodies) {
            continue;
        }
        let path = partition.path.join(&blob);
        let length = std::fs::metadata(&path).expect("is there").len();
        if length <= HEADER_BYTES {
            continue;
        }
        let before = said(&folder, &partition, &blob);
        let offset = HEADER_BYTES + 5;
        flip(&path, offset);
        let (code, found) = replay("--from 12");
        // Metadata stand twice in their file: the older of both says nothing, and what is opened by them is proven value by value.
        let changed =
            partition.kind(&blob) != Kind::Metadata && said(&folder, &partition, &blob) != before;
        assert!(code != 0 || !changed, "{} {blob}: {found}", partition.name);
        damaged += usize::from(code != 0);
        flip(&path, offset);
    }
    assert!(damaged > 1, "{damaged}");
    let (code, found) = replay("--from 12");
    assert_eq!(code, 0, "what was looked at stays as it was: {found}");
}

/// A byte of every file, in its header, at the beginning of its data, in the middle and at the end.
fn each_byte(folder: &Path) {
    let named = || {
        scrub::bytes(folder, PREFIX, u64::MAX, &mut |_| {})
            .expect("reads")
            .findings
    };
    assert_eq!(named(), []);
    let mut padding = 0;
    for (partition, blob) in files(folder) {
        let path = partition.path.join(&blob);
        let length = std::fs::metadata(&path).expect("is there").len();
        let before = said(folder, &partition, &blob);
        let offsets = [
            0,
            9,
            HEADER_BYTES - 1,
            HEADER_BYTES,
            (HEADER_BYTES + length) / 2,
            length - 1,
        ];
        for offset in offsets.into_iter().filter(|offset| *offset < length) {
            flip(&path, offset);
            let found = named();
            let ours = |finding: &scrub::Finding| {
                finding.partition == partition.name && finding.blob.as_ref() == Some(&blob)
            };
            if found.is_empty() {
                assert_eq!(
                    said(folder, &partition, &blob),
                    before,
                    "{} {blob} {offset}",
                    partition.name
                );
                padding += 1;
            } else {
                assert!(
                    found.iter().all(ours),
                    "{} {blob} {offset}: {found:?}",
                    partition.name
                );
            }
            let empty =
                partition.kind(&blob) == Kind::Values && before.as_ref().is_some_and(Vec::is_empty);
            assert!(
                !found.is_empty() || offset > HEADER_BYTES || empty,
                "{} {blob} {offset}",
                partition.name
            );
            flip(&path, offset);
        }
    }
    // Ends of pages that are not full.
    assert!(padding > 0);
    assert_eq!(named(), []);
}

/// What checksums do not tell: another ledger's files, and the program's words.
fn deeper(network: &Network) {
    let ledger = network.file("m1/node/ledger");
    let kept = ledger.with_extension("kept");
    copy(&ledger, &kept);
    let replace = |name: &str| {
        let to = ledger.join(name);
        std::fs::remove_dir_all(&to).expect("removes");
        copy(&kept.join(name), &to);
    };
    let path = ledger.join("amanat-blocks-value/0000000000000000");
    flip(&path, HEADER_BYTES + 40);
    let (code, told, _) = network.run("scrub --config m1/node.toml");
    assert_eq!(code, 1);
    assert!(
        told.contains("DAMAGED amanat-blocks-value/0000000000000000 at byte 4096"),
        "{told}"
    );
    assert!(told.contains("amanat node --resync"), "{told}");
    let (code, told, _) = network.run("replay --config m1/node.toml");
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("block 0: it is damaged where it is stored"),
        "{told}"
    );
    flip(&path, HEADER_BYTES + 40);
    // The state of an earlier height, whole in itself: records of a ledger that never ran.
    for name in partitions(&ledger, PREFIX).expect("lists") {
        if name.part == Part::Bodies {
            std::fs::remove_dir_all(&name.path).expect("removes");
        }
    }
    let (code, told) = json(network, "scrub --config m1/node.toml");
    assert_eq!(code, 1, "{told}");
    assert!(told.to_string().contains("amanat-body"), "{told}");
    for name in partitions(&kept, PREFIX).expect("lists") {
        if name.part == Part::Bodies {
            copy(&name.path, &ledger.join(&name.name));
        }
    }
    // An archive without the end of its values.
    let values = ledger.join("amanat-outcomes-value/0000000000000000");
    let length = std::fs::metadata(&values).expect("is there").len();
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(&values)
        .expect("opens");
    file.set_len(length - 3).expect("cuts");
    let (code, told) = json(network, "scrub --config m1/node.toml");
    assert_eq!(code, 1, "{told}");
    assert!(told.to_string().contains("is cut off"), "{told}");
    replace("amanat-outcomes-value");
    assert_eq!(json(network, "scrub --config m1/node.toml").0, 0);
    std::fs::remove_dir_all(kept).expect("removes");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("makes");
    for entry in std::fs::read_dir(from).expect("lists") {
        let entry = entry.expect("lists");
        let to = to.join(entry.file_name());
        match entry.file_type().expect("kind").is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).expect("copies")),
        }
    }
}

/// A node on a damaged file runs, or says which one it is and what to do.
fn starts(network: &Network) {
    let ledger = network.file("m1/node/ledger");
    let kept = network.file("kept");
    copy(&ledger, &kept);
    let (mut refused, mut tried, mut unnamed) = (0, 0, Vec::new());
    let all = partitions(&kept, PREFIX).expect("lists").into_iter();
    let all = all.filter(|partition| partition.part != Part::Cache);
    // The header's padding, or the first byte of the data: each other one.
    let offsets = [HEADER_BYTES - 1, HEADER_BYTES].into_iter().cycle();
    for (partition, offset) in all.zip(offsets) {
        let Some(blob) = partition.blobs.first() else {
            continue;
        };
        let file = ledger.join(&partition.name).join(blob);
        let length = std::fs::metadata(&file).expect("is there").len();
        flip(&file, offset.min(length - 1));
        let mut node = network.start("node", 1);
        let log = || network.text("m1/node.log");
        let mut ended = || node.0.try_wait().expect("a child").is_some();
        let runs = || {
            let log = log();
            log.contains("entered epoch") || log.contains("asking the validators")
        };
        let ends = || (ended(), runs());
        let (ended, _) = until(&partition.name, ends, |(ended, entered)| *ended || *entered);
        tried += 1;
        if ended {
            refused += 1;
            let named = format!("the ledger is damaged: {}/{blob} at byte", partition.name);
            if !log().contains(&named) || !log().contains("amanat scrub --config") {
                let last = log().lines().last().unwrap_or_default().to_owned();
                unnamed.push(format!("{} {offset}: {last}", partition.name));
            }
        }
        drop(node);
        std::fs::remove_dir_all(&ledger).expect("removes");
        copy(&kept, &ledger);
    }
    assert_eq!(unnamed, Vec::<String>::new(), "{refused} of {tried}");
    assert!(refused > tried / 3, "{refused} of {tried} were refused");
}

#[test]
fn what_a_node_can_do_without_is_moved_aside_and_made_again() {
    let network = ran();
    let ledger = network.file("m1/node/ledger");
    let index = ledger.join("amanat-transactions-key/0000000000000000");
    let index = match index.exists() {
        true => index,
        // A node that was killed before the first sync of its index has none on disk.
        false => ledger.join("amanat-transactions-meta/6c656674"),
    };
    flip(&index, HEADER_BYTES - 1);
    let (code, told) = json(&network, "scrub --config m1/node.toml --quarantine");
    assert_eq!(code, 1, "{told}");
    let moved = told["quarantine"]["folder"].as_str().expect("a folder");
    assert!(moved.starts_with("m1/node/quarantine/"), "{moved}");
    let moved = network.file(moved).join("amanat-transactions-meta");
    assert!(moved.is_dir());
    assert!(!ledger.join("amanat-transactions-meta").exists());
    assert!(!network.file("m1/node/restored").exists());
    assert_eq!(json(&network, "scrub --config m1/node.toml").0, 0);
    let nodes: Vec<_> = (1..=4)
        .map(|number| network.start("node", number))
        .collect();
    let before = refused_height(&network);
    until(
        "it has the index again",
        || network.run(&before.1).0,
        |code| *code == 0,
    );
    drop(nodes);
    // Votes are moved aside only with a word that keeps the node from voting.
    let votes = partitions(&ledger, PREFIX).expect("lists");
    let votes = votes
        .iter()
        .rev()
        .find(|partition| matches!(partition.part, Part::Votes(_)));
    let votes = votes.expect("votes");
    flip(&votes.path.join(&votes.blobs[0]), HEADER_BYTES - 1);
    let (code, told) = json(&network, "scrub --config m1/node.toml --quarantine");
    assert_eq!(code, 1, "{told}");
    let marker = network.text("m1/node/restored");
    assert!(marker.contains("reason = \"quarantine\""), "{marker}");
    let nodes: Vec<_> = (1..=4)
        .map(|number| network.start("node", number))
        .collect();
    let follows = || network.text("m1/node.log");
    until("it follows", follows, |log| {
        log.contains("does not have all votes of its key")
    });
    assert!(!network.file("m1/node/restored").exists());
    drop(nodes);
    // What only a re-sync cures stays where it is.
    flip(
        &ledger.join("amanat-rec-log-blobs/0000000000000000"),
        HEADER_BYTES + 5,
    );
    let (code, told) = json(&network, "scrub --config m1/node.toml --quarantine");
    assert_eq!(
        (code, &told["resync"], &told["quarantine"]),
        (1, &true.into(), &serde_json::Value::Null)
    );
    assert!(ledger.join("amanat-rec-log-blobs").is_dir());
}

/// Height of the transaction, and the command that finds it.
fn refused_height(network: &Network) -> (u64, String) {
    let mut found = None;
    until(
        "a block with a transaction",
        || {
            for height in 1..40 {
                let (code, told, _) = network.run(&format!(
                    "inspect --config m2/node.toml --json block {height}"
                ));
                let told: serde_json::Value = serde_json::from_str(&told).unwrap_or_default();
                if let Some(id) = told["transactions"][0]["id"].as_str().filter(|_| code == 0) {
                    found = Some((height, format!("inspect --config m1/node.toml tx {id}")));
                    return true;
                }
            }
            false
        },
        |found| *found,
    );
    found.expect("found")
}
