//! Members decide together, by the commands of their operators, on processes that run.
use crate::member::{Network, Process, init_line};
use serde_json::Value;
use std::time::{Duration, Instant};

/// How long anything may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(180);

pub fn status(network: &Network, member: usize) -> Value {
    let line = format!("status --config m{member}/node.toml --json");
    serde_json::from_str(&network.run(&line).1).unwrap_or(Value::Null)
}

pub fn until(network: &Network, member: usize, good: impl Fn(&Value) -> bool) {
    let end = Instant::now() + PATIENCE;
    loop {
        let status = status(network, member);
        if good(&status) {
            return;
        }
        assert!(Instant::now() < end, "member {member}: {status}");
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// Runs a command of member `member` that must end with `code`; gives what it said.
pub fn act(network: &Network, code: i32, member: usize, command: &str) -> String {
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    let line = format!("{verb} --config m{member}/node.toml --passphrase-file passphrase {rest}");
    let (status, told, errors) = network.run(&line);
    assert_eq!(status, code, "{line}: {told} {errors}");
    format!("{told}{errors}")
}

pub fn proposal(told: &str) -> String {
    let id = told.lines().find_map(|line| line.strip_prefix("proposal "));
    id.expect("an id").to_owned()
}

#[test]
fn a_fifth_member_is_admitted_by_vote_and_votes_and_one_is_suspended() {
    let network = Network::with_epochs(10);
    let (code, _, errors) = network.run(&init_line(5, &network.free(1)[0]));
    assert_eq!(code, 0, "{errors}");
    std::fs::copy(
        network.file("genesis.json"),
        network.file("m5/genesis.json"),
    )
    .expect("copies");
    for other in 1..=4 {
        let own = network.file(&format!("m{other}/member.toml"));
        std::fs::copy(
            own,
            network.file(&format!("m5/members/member-{other}.toml")),
        )
        .expect("copies");
        let new = network.file(&format!("m{other}/members/member-5.toml"));
        std::fs::copy(network.file("m5/member.toml"), new).expect("copies");
    }
    let mut nodes: Vec<Process> = (1..=5)
        .map(|member| network.start("node", member))
        .collect();
    until(&network, 1, |status| status["height"].as_u64() > Some(1));
    // It follows, and has no vote yet.
    until(&network, 5, |status| status["height"].as_u64() > Some(1));
    until(&network, 5, |status| status["peers"] == 4);
    let following = status(&network, 5);
    assert_eq!(
        (&following["validators"], &following["others"]),
        (&4.into(), &4.into())
    );
    assert_eq!(status(&network, 1)["others"], 3);
    let (code, told, _) = network.run("config check --config m5/node.toml");
    assert!(
        code == 0 && told.contains("the genesis names no member 5"),
        "{told}"
    );

    let told = act(
        &network,
        0,
        1,
        "propose admit m5/member.toml --out admit.json",
    );
    assert!(
        told.contains("proposes to admit member 5, Member-5 (hospital)"),
        "{told}"
    );
    let told = act(&network, 1, 1, "submit admit.json");
    assert!(
        told.contains("is missing: `amanat cosign` adds it"),
        "{told}"
    );
    let cosign = "cosign admit.json --passphrase-file passphrase --keys";
    let (code, _, errors) = network.run(&format!("{cosign} m2/keys.toml"));
    assert!(
        code == 1 && errors.contains("the proposal brings others"),
        "{errors}"
    );
    let (code, told, errors) = network.run(&format!("{cosign} m5/keys.toml"));
    assert!(
        code == 0 && told.contains("6 keys signed it"),
        "{told} {errors}"
    );
    let id = proposal(&act(&network, 0, 1, "submit admit.json"));

    let (_, told, _) = network.run("proposals --config m3/node.toml");
    assert!(
        told.contains(&id) && told.contains("for: 1; against: none"),
        "{told}"
    );
    let told = act(&network, 1, 1, &format!("vote {id} no"));
    assert!(told.contains("VoteFinal"), "{told}");
    act(&network, 0, 2, &format!("vote {id} yes"));
    act(&network, 0, 3, &format!("vote {id} yes"));
    let (_, told, _) = network.run("proposals --config m3/node.toml");
    assert!(told.contains("passed; in force from epoch"), "{told}");
    until(&network, 5, |status| status["validators"] == 5);

    // Four of five must vote now: without member 4 it is member 5's vote that makes blocks final.
    drop(nodes.remove(3));
    let height = status(&network, 1)["height"].as_u64();
    until(&network, 1, |status| {
        status["height"].as_u64() > height.map(|at| at + 3)
    });
    let told = act(&network, 0, 5, "propose suspend 4");
    let id = proposal(&told);
    for member in 1..=3 {
        act(&network, 0, member, &format!("vote {id} yes"));
    }
    until(&network, 5, |status| status["validators"] == 4);
    let (code, told, _) = network.run("why-stalled --config m1/node.toml");
    assert!(code == 0 && !told.contains("member 4"), "{told}");
    limits_are_voted_on(&network);
    a_place_is_voted_on(&network);
    keys_are_rotated(&network, nodes);
}

/// What member 5 is told of proposals once this one is among them: its node may be a block behind the one that took it.
fn seen_by_5(network: &Network, id: &str) -> String {
    let end = Instant::now() + PATIENCE;
    loop {
        let (_, told, _) = network.run("proposals --config m5/node.toml");
        if told.contains(id) {
            return told;
        }
        assert!(Instant::now() < end, "{told}");
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// Limits outside their bounds are refused; others can be seen by all.
fn limits_are_voted_on(network: &Network) {
    let told = act(
        network,
        1,
        1,
        "propose limits --member-units 999 --emergency-units 20000",
    );
    assert!(told.contains("LimitsUnsound"), "{told}");
    let told = act(
        network,
        0,
        1,
        "propose limits --member-units 150000 --emergency-units 20000",
    );
    let id = proposal(&told);
    let told = seen_by_5(network, &id);
    let says = "allow one member 150000 units of a block, and keep 20000 for emergencies";
    assert!(told.contains(&id) && told.contains(says), "{told}");
    act(network, 0, 2, &format!("vote {id} yes"));
    act(network, 0, 3, &format!("vote {id} yes"));
}

/// Where member 5 is: a code that is none is refused, by its name; the others see who is said to be where, and vote.
fn a_place_is_voted_on(network: &Network) {
    for code in ["pk", "PAK", "PK-SINDH"] {
        let told = act(network, 1, 1, &format!("propose jurisdiction 5 {code}"));
        assert!(told.contains("code") && told.contains("ISO 3166"), "{told}");
    }
    let told = act(network, 1, 1, "propose jurisdiction 9 PK");
    assert!(told.contains("MemberGone"), "{told}");
    let told = act(network, 0, 1, "propose jurisdiction 5 PK-SD");
    let id = proposal(&told);
    let told = seen_by_5(network, &id);
    let says = "say that member 5 is in PK-SD";
    assert!(told.contains(&id) && told.contains(says), "{told}");
    act(network, 0, 2, &format!("vote {id} yes"));
    act(network, 0, 3, &format!("vote {id} yes"));
}

/// Member 2 gets new keys by vote; `nodes` are those of members 1, 2, 3 and 5.
fn keys_are_rotated(network: &Network, mut nodes: Vec<Process>) {
    let old = network.text("m2/keys.toml");
    let rotate = "keys rotate --dir m2 --passphrase-file passphrase";
    let (code, told, errors) = network.run(rotate);
    assert!(
        code == 0 && told.contains("m2/member.next.toml"),
        "{told} {errors}"
    );
    let (code, _, errors) = network.run(rotate);
    assert!(
        code == 1 && errors.contains("keys.next.toml is there already"),
        "{errors}"
    );
    assert_eq!(network.text("m2/keys.toml"), old);
    act(
        network,
        0,
        2,
        "propose keys m2/member.next.toml --out rotate.json",
    );
    // The old keys do not prove the new ones.
    let cosign = "cosign rotate.json --passphrase-file passphrase --keys";
    assert_eq!(network.run(&format!("{cosign} m2/keys.toml")).0, 0);
    let told = act(network, 1, 2, "submit rotate.json");
    assert!(told.contains("is missing: `amanat cosign`"), "{told}");
    let (code, told, _) = network.run(&format!("{cosign} m2/keys.next.toml"));
    assert!(code == 0 && told.contains("6 keys signed it"), "{told}");
    let id = proposal(&act(network, 0, 2, "submit rotate.json"));
    act(network, 0, 1, &format!("vote {id} yes"));
    act(network, 0, 3, &format!("vote {id} yes"));
    let end = Instant::now() + PATIENCE;
    let waits = || network.run("proposals --config m1/node.toml").1;
    while !waits().contains("no proposal is open") {
        assert!(Instant::now() < end, "{}", waits());
        std::thread::sleep(Duration::from_millis(300));
    }
    let (_, told, _) = network.run("inspect --config m1/node.toml state jurisdiction 5");
    assert!(told.contains("Jurisdiction(PK-SD)"), "{told}");
    // The old transaction key acts no more.
    let told = act(network, 1, 2, "propose suspend 5");
    assert!(told.contains("refused"), "{told}");

    drop(nodes.remove(1));
    for (from, to) in [
        ("keys.toml", "keys.old.toml"),
        ("keys.next.toml", "keys.toml"),
        ("member.next.toml", "member.toml"),
    ] {
        let at = |name: &str| network.file(&format!("m2/{name}"));
        std::fs::rename(at(from), at(to)).expect("renames");
    }
    for other in [1, 2, 3, 5] {
        let to = network.file(&format!("m{other}/members/member-2.toml"));
        std::fs::copy(network.file("m2/member.toml"), to).expect("copies");
    }
    for node in &nodes {
        let told = std::process::Command::new("kill")
            .args(["-HUP", &node.0.id().to_string()])
            .status();
        assert!(told.expect("runs").success());
    }
    let _second = network.start("node", 2);
    until(network, 2, |status| status["ready"] == true);
    // Three of four must vote now: without member 5 the new consensus key of member 2 is needed, and its transaction key acts.
    drop(nodes.pop());
    let height = status(network, 1)["height"].as_u64();
    until(network, 1, |status| {
        status["height"].as_u64() > height.map(|at| at + 3)
    });
    let told = act(network, 1, 2, "propose protocol 9");
    assert!(told.contains("ProtocolNotNext"), "{told}");
}
