//! Every command answers a program as well as a person: `--json`, one shape of an error, and a status that says the same.
use crate::member::{Network, amanat, told};
use serde_json::Value;
use std::process::Command;

fn lab() -> Command {
    Command::new(env!("CARGO_BIN_EXE_amanat-lab"))
}

/// Commands of a help text, by their names.
fn commands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let names = names.filter(|name| !name.is_empty() && *name != "help");
    names.map(str::to_owned).collect()
}

/// Asks a program for the help of each of its commands, and of theirs; gives those that have none.
fn walk(program: fn() -> Command, path: &[String], leaves: &mut Vec<String>) {
    let output = program().args(path).arg("--help").output();
    let (code, help, errors) = told(output.expect("runs"));
    assert_eq!(code, 0, "{path:?}: {errors}");
    assert!(help.contains("--json"), "{path:?} has no --json: {help}");
    let below = commands(&help);
    if below.is_empty() {
        leaves.push(path.join(" "));
    }
    for name in below {
        walk(program, &[path, &[name]].concat(), leaves);
    }
}

#[test]
fn every_command_takes_json() {
    let mut leaves = Vec::new();
    walk(amanat, &[], &mut leaves);
    // Those that are known to be there: the walk went all the way down.
    for command in [
        "demo",
        "up",
        "node",
        "gateway",
        "verify",
        "token",
        "init",
        "genesis",
        "config check",
        "keys rotate",
        "propose admit",
        "vote",
        "proposals",
        "status",
        "why-stalled",
        "doctor",
        "inspect receipt",
        "replay",
        "scrub",
        "backup",
        "restore",
    ] {
        assert!(
            leaves.iter().any(|leaf| leaf == command),
            "{command}: {leaves:?}"
        );
    }
    leaves.clear();
    walk(lab, &[], &mut leaves);
    assert!(
        leaves.iter().any(|leaf| leaf == "bench ledger"),
        "{leaves:?}"
    );
}

/// The one object that a run printed, and its status.
fn object(network: &Network, line: &str) -> (i32, Value) {
    let (code, out, errors) = network.run(&format!("{line} --json"));
    let mut lines = out.lines();
    let first = lines
        .next()
        .unwrap_or_else(|| panic!("{line}: nothing: {errors}"));
    assert_eq!(lines.next(), None, "{line}: {out}");
    let object: Value = serde_json::from_str(first).unwrap_or_else(|_| panic!("{line}: {first}"));
    assert!(object.is_object(), "{line}: {object}");
    (code, object)
}

#[test]
fn what_held_what_did_not_and_what_could_not_be_told_are_one_shape() {
    let network = Network::founded();
    // It held.
    for line in [
        "config check --config m1/node.toml",
        "genesis --out again.json --name test m1/member.toml m2/member.toml m3/member.toml m4/member.toml",
        "announce --dir m1 --passphrase-file passphrase",
        "keys rotate --dir m1 --passphrase-file passphrase",
    ] {
        let (code, found) = object(&network, line);
        assert_eq!((code, &found["held"]), (0, &true.into()), "{line}: {found}");
        assert!(found.get("error").is_none(), "{line}: {found}");
    }
    std::fs::write(network.file("no-receipt"), b"nothing of ours").expect("writes");
    // It did not hold, and could not be told.
    let not = Value::Bool(false);
    for (line, code, held, word) in [
        (
            "init --dir m1 --member 1 --name A --kind hospital --listen 127.0.0.1:1 --api 127.0.0.1:2 --custodian 127.0.0.1:3 --vault 127.0.0.1:4 --door 127.0.0.1:5 --passphrase-file passphrase",
            1,
            &not,
            "is there already",
        ),
        (
            "verify no-receipt --genesis genesis.json",
            1,
            &not,
            "none of this program",
        ),
        (
            "verify no-receipt --genesis no-receipt",
            2,
            &Value::Null,
            "no-receipt",
        ),
        (
            "inspect receipt no-receipt --genesis genesis.json",
            1,
            &not,
            "none of this program",
        ),
        (
            "verify absent --genesis genesis.json",
            2,
            &Value::Null,
            "absent",
        ),
        (
            "status --api 127.0.0.1:1",
            2,
            &Value::Null,
            "does not answer",
        ),
        (
            "why-stalled --api 127.0.0.1:1",
            2,
            &Value::Null,
            "no node answers",
        ),
        (
            "config check --config absent.toml",
            2,
            &Value::Null,
            "absent.toml",
        ),
        ("scrub --config absent.toml", 2, &Value::Null, "absent.toml"),
        ("node --config absent.toml", 2, &Value::Null, "absent.toml"),
        (
            "gateway --config absent.toml",
            2,
            &Value::Null,
            "absent.toml",
        ),
        (
            "token absent.client.toml",
            2,
            &Value::Null,
            "absent.client.toml",
        ),
        (
            "vote --config m1/node.toml --passphrase-file passphrase zz yes",
            1,
            &not,
            "32 hexadecimal digits",
        ),
        (
            "replay --config m1/node.toml",
            2,
            &Value::Null,
            "there is no ledger",
        ),
        (
            "status --no-such-argument",
            2,
            &Value::Null,
            "no-such-argument",
        ),
    ] {
        let (status, found) = object(&network, line);
        assert_eq!((status, &found["held"]), (code, held), "{line}: {found}");
        let text = found["error"]["text"].as_str().unwrap_or_default();
        assert!(text.contains(word), "{line}: {found}");
        assert!(found["error"]["because"].is_array(), "{line}: {found}");
    }
    // Findings that fail are an answer, not an error.
    let text = network
        .text("m1/node.toml")
        .replace("member = 1", "member = \"one\"");
    std::fs::write(network.file("m1/node.toml"), text).expect("writes");
    let (code, found) = object(&network, "config check --config m1/node.toml");
    assert_eq!((code, &found["held"]), (1, &not), "{found}");
    assert!(found["checks"].is_array(), "{found}");
}

#[test]
fn an_answer_that_nobody_reads_ends_as_it_held_and_one_that_is_lost_does_not() {
    let network = Network::founded();
    let status = |line: &str, out: std::process::Stdio| {
        let mut command = amanat();
        command.args(line.split(' ')).current_dir(network.path());
        let (code, _, errors) = told(command.stdout(out).output().expect("runs"));
        (code, errors)
    };
    let lines = [
        ("config check --config m1/node.toml", 0),
        ("config check --config m1/node.toml --json", 0),
        ("config check --config absent.toml --json", 2),
    ];
    for (line, held) in lines {
        // As with `| head -0`.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        assert_eq!(status(line, writer.into()), (held, String::new()), "{line}");
    }
    let full = || std::fs::File::options().write(true).open("/dev/full");
    for (line, _) in &lines[..2] {
        let (code, errors) = status(line, full().expect("Linux").into());
        assert_eq!(code, 2, "{errors}");
        assert!(
            errors.contains("standard output: No space left"),
            "{errors}"
        );
    }
}
