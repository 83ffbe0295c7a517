//! Configuration files: what is wrong in them is named by line, key and rule, and every key is documented.
use crate::member::Network;
use amanat::config::cache::{CacheMib, Room};
use amanat::config::endpoint::Endpoint;
use amanat::config::limits::{ApiLimits, DoorLimits, StoreLimits};
use amanat::config::lines::{CarriedConfig, RelayConfig, ThroughConfig};
use amanat::config::open::PlainHttp;
use amanat::config::{GatewayConfig, MemberDoors, NodeConfig, Peer, StateBlocks};
use std::net::SocketAddr;

#[test]
fn configuration_files_that_are_wrong_are_named_by_line_key_and_rule() {
    let network = Network::founded();
    let good = network.text("m1/node.toml");
    let check = |text: &str, word: &str| {
        std::fs::write(network.file("m1/node.toml"), text).expect("writes");
        let (code, told, _) = network.run("config check --config m1/node.toml --json");
        assert_eq!(code, 1, "{told}");
        let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        let lines = told["checks"].as_array().expect("checks");
        let failed = lines.iter().filter(|line| line["verdict"] == "fail");
        let failed: Vec<String> = failed.map(|line| line["found"].to_string()).collect();
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert!(failed[0].contains(word), "{failed:?}");
    };
    check(
        &format!("{good}colour = \"green\"\n"),
        "line 23: unknown field `colour`",
    );
    check(
        &good.replace("custodian = ", "# custodian = "),
        "missing field `custodian`",
    );
    check(
        &good.replace("member = 1", "member = \"one\""),
        "line 3: member: invalid type",
    );
    check(
        &good.replace("cache_mib = 16", "cache_mib = 15"),
        "line 20: cache_mib is 16 to 65,536",
    );
    let (half, _) = good
        .split_once("# Where other")
        .expect("the keys after data");
    check(half, "not whole");
    let (cut, _) = good.split_once("node\"").expect("the folder");
    check(cut, "line 9: ");
    check("", "not whole");
    check(&good.replace("keys.toml", "absent.toml"), "absent.toml");
    let [_, api, custodian, ..] = network.places[0];
    let same = good.replace(&custodian.to_string(), &api.to_string());
    check(&same, "stands at api too");
    std::fs::write(network.file("m1/node.toml"), &good).expect("writes");
    assert_eq!(network.run("config check --config m1/node.toml").0, 0);
    assert_eq!(network.run("config check --config m1/absent.toml").0, 2);
    // A member that was admitted by vote stands in no genesis: said, and no failure.
    let newcomer = good.replace("member = 1", "member = 9");
    std::fs::write(network.file("m1/node.toml"), newcomer).expect("writes");
    let (code, told, _) = network.run("config check --config m1/node.toml");
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("the genesis names no member 9"), "{told}");
}

#[test]
fn a_cache_for_which_the_machine_has_no_room_is_refused_by_check_and_start() {
    let most = CacheMib::try_from(65_536).expect("in its range");
    let Room::TooLittle(found) = most.room() else {
        eprintln!("skipped: this machine has more than 64 GiB of memory, or does not say");
        return;
    };
    let network = Network::founded();
    let good = network.text("m1/node.toml");
    let large = good.replace("cache_mib = 16", "cache_mib = 65536");
    std::fs::write(network.file("m1/node.toml"), large).expect("writes");
    let (code, told, _) = network.run("config check --config m1/node.toml");
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("cache_mib") && told.contains(&found),
        "{told}"
    );
    let start = "node --config m1/node.toml --passphrase-file passphrase";
    let (code, _, errors) = network.run(start);
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains(&format!("cache_mib: {found}")), "{errors}");
}

/// Limits that differ from the defaults, so that they are written.
fn other<T: serde::de::DeserializeOwned>() -> T {
    toml::from_str("write_seconds_max = 7").expect("a limit")
}

/// `1000000` as the page writes it: `1,000,000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn keys_of(table: &str) -> usize {
    match table {
        "api_limits" => ApiLimits::keys().len(),
        "door_limits" => DoorLimits::keys().len(),
        _ => StoreLimits::keys().len(),
    }
}

#[test]
fn limits_out_of_their_range_and_unknown_ones_are_refused_by_key_and_rule() {
    let network = Network::founded();
    for (what, table, line, word) in [
        (
            "node",
            "api_limits",
            "connections_max = 15",
            "connections_max is 16 to 65536",
        ),
        (
            "node",
            "api_limits",
            "body_bytes_max = 1",
            "body_bytes_max is 1048576 to 67108864",
        ),
        (
            "node",
            "api_limits",
            "connections_max = 100",
            "address_connections_max (768) is at most connections_max (100)",
        ),
        (
            "node",
            "api_limits",
            "connection_max = 100",
            "unknown field `connection_max`",
        ),
        (
            "node",
            "custodian_limits",
            "head_seconds_max = 0",
            "head_seconds_max is 1 to 300",
        ),
        (
            "node",
            "door_limits",
            "head_seconds_max = 1",
            "unknown field `door_limits`",
        ),
        (
            "gateway",
            "door_limits",
            "bodies_bytes_max = 16777215",
            "bodies_bytes_max is 16777216",
        ),
        ("gateway", "vault_limits", "bytes_max = -1", ": bytes_max: "),
        (
            "gateway",
            "vault_limits",
            "write_seconds_max = 601",
            "write_seconds_max is 1 to 600",
        ),
    ] {
        let file = format!("m1/{what}.toml");
        let good = network.text(&file);
        let with = format!("{good}\n[{table}]\n{line}\n");
        std::fs::write(network.file(&file), with).expect("writes");
        let (code, told, _) = network.run(&format!("config check --config {file}"));
        assert_eq!(code, 1, "{line}: {told}");
        assert!(told.contains(word), "{line}: {told}");
        assert!(told.contains("line "), "{line}: {told}");
        let start = format!("{what} --config {file} --passphrase-file passphrase");
        let (code, _, errors) = network.run(&start);
        assert_eq!(code, 2, "{line}: {errors}");
        assert!(errors.contains(word), "{line}: {errors}");
        std::fs::write(network.file(&file), good).expect("writes");
    }
    // Their twins, at the ends of what is allowed.
    let lines = "[api_limits]\nconnections_max = 16\naddress_connections_max = 16\nbody_bytes_max = 1048576\n[custodian_limits]\nhead_seconds_max = 1\n";
    let with = format!("{}\n{lines}", network.text("m1/node.toml"));
    std::fs::write(network.file("m1/node.toml"), with).expect("writes");
    let (code, told, _) = network.run("config check --config m1/node.toml");
    assert_eq!(code, 0, "{told}");
}

#[test]
fn every_key_of_the_configuration_is_documented() {
    let page = include_str!("../../../docs/operate/configuration.md");
    let at: SocketAddr = "127.0.0.1:1".parse().expect("an address");
    let through = ThroughConfig {
        member: 2,
        at: at.into(),
        key: Some("00".repeat(32)),
        node: Some(at.into()),
        custodian: Some(at.into()),
        vault: Some(at.into()),
    };
    let node = NodeConfig {
        member: 1,
        genesis: "g".into(),
        keys: "k".into(),
        data: "d".into(),
        listen: at,
        api: at.into(),
        custodian: at.into(),
        plain_http: PlainHttp::BehindProxy,
        blocks: amanat::config::Blocks::Recent,
        state_blocks: StateBlocks::try_from(64).ok(),
        cache_mib: CacheMib::try_from(64).ok(),
        api_limits: other(),
        custodian_limits: other(),
        members_folder: Some("m".into()),
        peers: vec![Peer {
            member: 2,
            address: at.into(),
        }],
        through: vec![through.clone()],
        relay: Some(RelayConfig {
            listen: at,
            members: vec![CarriedConfig {
                member: 2,
                node: Some(at),
                custodian: Some(at),
                vault: Some(at),
            }],
        }),
    };
    let gateway = GatewayConfig {
        member: 1,
        genesis: "g".into(),
        keys: "k".into(),
        data: "d".into(),
        listen: at,
        tls_certificate: Some("door.pem".into()),
        tls_key: Some("door.key.pem".into()),
        base_url: Some("https://fhir.example".to_owned()),
        plain_http: PlainHttp::BehindProxy,
        metrics: Some(at),
        door_limits: other(),
        vault_limits: other(),
        vault: at.into(),
        vault_bytes_max: 1,
        node: at.into(),
        clients: "c".into(),
        members_folder: Some("m".into()),
        members: vec![MemberDoors {
            member: 2,
            vault: Endpoint::from(at).into(),
            custodian: Endpoint::from(at).into(),
            key: Some("00".repeat(32)),
            also: Vec::new(),
        }],
        through: vec![through],
    };
    let (node, gateway) = (toml::to_string(&node), toml::to_string(&gateway));
    let text = format!("{}{}", node.expect("TOML"), gateway.expect("TOML"));
    let keys: Vec<&str> = text
        .lines()
        .map(|line| {
            line.trim_matches(['[', ']'])
                .split(' ')
                .next()
                .unwrap_or_default()
        })
        .filter(|key| !key.is_empty())
        .collect();
    // Tables are named once more by their own lines.
    let limits = [
        ("api_limits", ApiLimits::keys()),
        ("custodian_limits", StoreLimits::keys()),
        ("door_limits", DoorLimits::keys()),
        ("vault_limits", StoreLimits::keys()),
    ];
    let bounds: usize = limits.iter().map(|(_, keys)| keys.len()).sum();
    assert_eq!(keys.len(), 29 + 26 + 1 + 4 + bounds);
    for key in keys {
        assert!(
            page.contains(&format!("| `{key}` |")),
            "{key} is not documented"
        );
    }
    for (table, keys) in limits {
        let heading = format!("### `[{table}]`");
        let section = page.split(&heading).nth(1).expect(table);
        let section = section.split("\n#").next().unwrap_or_default();
        for key in keys {
            let (low, high) = (grouped(*key.range.start()), grouped(*key.range.end()));
            let row = format!(
                "| `{}` | {low} to {high} | {} |",
                key.name,
                grouped(key.default)
            );
            assert!(section.contains(&row), "{table}: {row}");
        }
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        assert_eq!(
            rows.count(),
            keys_of(table),
            "{table} documents a key that is none"
        );
    }
}
