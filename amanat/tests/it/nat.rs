//! Members that nobody reaches, through members that everybody reaches: processes as their operators run them.
use crate::member::{Network, PASSPHRASE, Places, Process};
use crate::operate::{get, json, until};
use amanat::keys::Keys;
use amanat::member_file::MemberFile;
use amanat::passphrase::Source;
use amanat_client::stores::BlobPut;
use amanat_client::{Asker, Clock, Doors, MemberClient, Stores as _};
use amanat_types::MemberId;
use amanat_types::code::JournalKind;
use amanat_types::id::RecordId;
use amanat_types::key::PublicKey;
use amanat_types::release::JournalRequest;
use std::collections::BTreeMap;
use std::io::Write as _;

/// Adds to a configuration file.
fn add(network: &Network, file: &str, text: &str) {
    let file = std::fs::OpenOptions::new()
        .append(true)
        .open(network.file(file));
    write!(file.expect("is there"), "{text}").expect("writes");
}

/// What relay `number` says of members 3 and 4: where it takes lines, and where others reach each.
fn relay(ports: &[Places]) -> String {
    let [own, three, four] = ports else {
        panic!("three sets of ports");
    };
    let carried = [(3, three), (4, four)].map(|(member, [node, custodian, vault, ..])| {
        format!(
            "[[relay.members]]\nmember = {member}\nnode = \"{node}\"\ncustodian = \"{custodian}\"\nvault = \"{vault}\"\n"
        )
    });
    let listen = own[0];
    format!("[relay]\nlisten = \"{listen}\"\n{}", carried.concat())
}

/// What a member says of a relay, which it finds under `host`.
fn through(
    number: usize,
    host: &str,
    own: &Places,
    [node, custodian, vault, ..]: &Places,
) -> String {
    let at = own[0].port();
    format!(
        "[[through]]\nmember = {number}\nat = \"{host}:{at}\"\nnode = \"{host}:{}\"\ncustodian = \"{host}:{}\"\nvault = \"{host}:{}\"\n",
        node.port(),
        custodian.port(),
        vault.port()
    )
}

/// Members 1 and 2 are reached, 2 by its name; 3 and 4 are reached through both, and nobody knows where they listen.
fn behind() -> Network {
    let network = Network::members();
    let ports = network.free(6);
    for (relay_of, ports) in [(1, &ports[..3]), (2, &ports[3..])] {
        add(&network, &format!("m{relay_of}/node.toml"), &relay(ports));
    }
    for (at, member) in [(1, 3), (2, 4)] {
        let text = format!(
            "{}{}",
            through(1, "127.0.0.1", &ports[0], &ports[at]),
            through(2, "localhost", &ports[3], &ports[3 + at])
        );
        add(&network, &format!("m{member}/node.toml"), &text);
        add(&network, &format!("m{member}/gateway.toml"), &text);
    }
    for line in ["--dir m2 --reach localhost", "--dir m3", "--dir m4"] {
        let (code, _, errors) =
            network.run(&format!("announce {line} --passphrase-file passphrase"));
        assert_eq!(code, 0, "{errors}");
    }
    network.found(20)
}

/// Waits until the node of `member` hears so many others.
fn hears(network: &Network, member: usize, others: u64) -> u64 {
    let asked = || json_or_null(network, member);
    let heard = |status: &serde_json::Value| status["peers"] == others;
    let status = until(&format!("member {member} hears {others}"), asked, heard);
    status["height"].as_u64().expect("a height")
}

fn json_or_null(network: &Network, member: usize) -> serde_json::Value {
    let line = format!("status --config m{member}/node.toml --json");
    serde_json::from_str(&network.run(&line).1).unwrap_or_default()
}

fn advances(network: &Network, member: usize, from: u64) {
    let asked = || json_or_null(network, member);
    let higher = |status: &serde_json::Value| status["height"].as_u64() > Some(from + 5);
    let _higher = until("blocks become final", asked, higher);
}

fn metric(network: &Network, member: usize, name: &str) -> u64 {
    let (_, text) = get(network.places[member - 1][1], "/metrics").expect("answers");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok())
        .unwrap_or_else(|| panic!("{name}: {text}"))
}

#[test]
fn two_members_behind_nat_vote_and_are_read_through_one_relay_and_then_another() {
    let network = behind();
    for member in [1, 3] {
        let (code, told, _) = network.run(&format!("config check --config m{member}/node.toml"));
        assert_eq!(code, 0, "{told}");
    }
    // Without member 2 the votes of 1, 3 and 4 are all needed; 3 and 4 hear each other through 1 alone.
    let mut first = network.start("node", 1);
    let _behind = [network.start("node", 3), network.start("node", 4)];
    let height = hears(&network, 3, 2);
    hears(&network, 4, 2);
    advances(&network, 3, height);
    assert!(metric(&network, 1, "amanat_relay_lines") >= 4);
    assert!(metric(&network, 1, "amanat_relay_streams") >= 1);
    assert!(metric(&network, 1, "amanat_relay_bytes_total") > 10_000);
    let _second = network.start("node", 2);
    for member in 2..=4 {
        hears(&network, member, 3);
    }
    until(
        "both relays",
        || json(&network, "doctor --config m3/node.toml").1.to_string(),
        |told| told.contains("relay of member-2 ") && !told.contains("\"fail\""),
    );
    // The relay dies: no promise of its, no word. The other carries, and the votes of 2, 3 and 4 are all needed.
    first.0.kill().expect("runs");
    first.0.wait().expect("ended");
    let height = hears(&network, 3, 2);
    hears(&network, 4, 2);
    advances(&network, 4, height);
    assert!(metric(&network, 2, "amanat_relay_streams") >= 1);
    stored_and_told(&network);
}

/// The vault and the custodian of member 3 answer member 2 through the relay that is left, and only with their own key.
fn stored_and_told(network: &Network) {
    let _gateway: Process = network.start("gateway", 3);
    let told = until(
        "the doctor of member 3",
        || {
            json(network, "doctor --config m3/gateway.toml")
                .1
                .to_string()
        },
        |told| {
            told.contains("own vault at https://localhost")
                && told.contains("is reached, and proves our key")
        },
    );
    // The first relay is dead, and said to be.
    assert!(told.contains("\"fail\""), "{told}");
    let file = MemberFile::read(&network.file("m3/member.toml")).expect("its own");
    let way = file.ways().pop().expect("the second relay");
    let keys = Keys::open(
        &network.file("m2/keys.toml"),
        &Source::existing(Some(network.file("passphrase"))),
    );
    let genesis = amanat::genesis_file::read(&network.file("genesis.json")).expect("a genesis");
    let client = |key: Option<PublicKey>| {
        let asker = Asker {
            network: genesis.digest(),
            member: MemberId::new(2),
            signer: keys.as_ref().expect("opens").vault_signer(),
            clock: Clock::system(),
        };
        let doors = Doors {
            key,
            vault: way.vault.to_string(),
            custodian: way.custodian.to_string(),
        };
        MemberClient::new(asker, BTreeMap::from([(MemberId::new(3), doors)])).expect("a key")
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let three = client(PublicKey::from_hex(&file.vault));
        let bytes = vec![7u8; 4096 + 16];
        let put = || BlobPut {
            blob: amanat_envelope::blob_digest(&bytes),
            record: RecordId::new([5; 16]),
            wrap: vec![1; 64],
            bytes: bytes.clone(),
        };
        let stored = three.put(MemberId::new(3), vec![put()]).await;
        assert_eq!(
            stored.expect("member 3 signs for it").holder.to_string(),
            file.vault
        );
        let request = JournalRequest {
            journal: JournalKind::Custodian,
            from: 0,
            limit: 1,
        };
        three
            .journal(MemberId::new(3), request)
            .await
            .expect("its custodian tells");
        // A relay that would answer itself does not have the key.
        let other = MemberFile::read(&network.file("m2/member.toml")).expect("another's");
        let refused = client(PublicKey::from_hex(&other.vault))
            .put(MemberId::new(3), vec![put()])
            .await;
        let refused = refused.expect_err("another key").to_string();
        assert!(refused.contains("another key"), "{refused}");
    });
    let log = network.text("m2/node.log");
    assert!(
        log.contains("line to this relay stands") && !log.contains(PASSPHRASE),
        "{log}"
    );
}

#[test]
fn a_relay_that_breaks_a_rule_is_named_by_key_before_a_start_and_at_one() {
    let network = Network::founded();
    let plain = network.text("m1/node.toml");
    let relay = "[relay]\nlisten = \"127.0.0.1:1\"\n[[relay.members]]\nmember = ";
    for (added, field, word) in [
        (
            "[[through]]\nmember = 1\nat = \"127.0.0.1:1\"\n".to_owned(),
            "through.member",
            "another member",
        ),
        (
            "[[through]]\nmember = 2\nat = \"0.0.0.0:1\"\n".to_owned(),
            "through.at",
            "reached",
        ),
        (
            "[[through]]\nmember = 9\nat = \"127.0.0.1:1\"\n".to_owned(),
            "through",
            "none is named",
        ),
        (
            format!("{relay}1\nnode = \"127.0.0.1:2\"\n"),
            "relay.members",
            "another member",
        ),
        (format!("{relay}2\n"), "relay.members", "name an address"),
    ] {
        std::fs::write(network.file("m1/node.toml"), format!("{plain}{added}")).expect("writes");
        let (code, told, _) = network.run("config check --config m1/node.toml");
        assert_eq!(code, 1, "{told}");
        let line = told
            .lines()
            .find(|line| line.starts_with("fail"))
            .expect("it fails");
        assert!(line.contains(field) && line.contains(word), "{told}");
        let (code, _, errors) =
            network.run("node --config m1/node.toml --passphrase-file passphrase");
        assert_eq!(code, 2, "{errors}");
        assert!(errors.contains(field) && errors.contains(word), "{errors}");
    }
    let through = "[[through]]\nmember = 2\nat = \"127.0.0.1:1\"\n";
    let open = plain.replace("\ncustodian = \"https://", "\ncustodian = \"");
    std::fs::write(network.file("m1/node.toml"), format!("{open}{through}")).expect("writes");
    let (code, told, _) = network.run("config check --config m1/node.toml");
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("a relay reads what it carries in plain"),
        "{told}"
    );
    std::fs::write(network.file("m1/node.toml"), format!("{plain}{through}")).expect("writes");
    let (code, told, _) = network.run("config check --config m1/node.toml");
    assert_eq!(code, 0, "{told}");
}

#[test]
fn a_public_file_says_every_way_and_the_signature_covers_each() {
    let network = behind();
    let file = MemberFile::read(&network.file("m3/member.toml")).expect("its own");
    assert_eq!(file.ways().len(), 2);
    assert_eq!(file.node_at.ip(), Some([127, 0, 0, 1].into()));
    let second = file.also.first().expect("two ways");
    assert!(second.node.to_string().starts_with("localhost:"));
    assert!(second.vault.to_string().starts_with("https://localhost:"));
    let named = MemberFile::read(&network.file("m2/member.toml")).expect("its own");
    assert!(named.node_at.to_string().starts_with("localhost:") && named.also.is_empty());
    let text = network.text("m3/member.toml");
    let (start, end) = text.split_once("[[also]]").expect("a second way");
    for altered in [
        start.to_owned(),
        format!("{start}[[also]]{end}[[also]]{end}"),
        format!(
            "{start}[[also]]{}",
            end.replacen("localhost", "elsewhere", 1)
        ),
    ] {
        std::fs::write(network.file("altered.toml"), altered).expect("writes");
        let refused = MemberFile::read(&network.file("altered.toml")).expect_err("altered");
        assert!(refused.to_string().contains("signature"), "{refused}");
    }
    // A way that speaks plain where the first speaks TLS is refused by its name, whatever is signed.
    let open = text.replacen("https://localhost", "localhost", 1);
    std::fs::write(network.file("altered.toml"), open).expect("writes");
    let refused = MemberFile::read(&network.file("altered.toml")).expect_err("open");
    assert!(refused.to_string().contains("also"), "{refused}");
}
