//! Lines between processes of members that were set up by their operators: who proves which key, and what is refused in plain.
use crate::member::{Network, Process};
use crate::operate::{get, json, until};
use std::path::Path;
use std::process::Command;

fn fixture(name: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/tls");
    let path = Path::new(root).join(name);
    let path = path.canonicalize().expect("is there");
    path.display().to_string()
}

/// Changes a file of a member; what is replaced must be there.
fn edit(network: &Network, file: &str, from: &str, to: &str) {
    let text = network.text(file);
    assert!(text.contains(from), "{file}: {from}");
    std::fs::write(network.file(file), text.replacen(from, to, 1)).expect("writes");
}

/// What a line of a configuration file says.
fn said(network: &Network, file: &str, key: &str) -> String {
    let text = network.text(file);
    let mut lines = text.lines();
    let line = lines.find_map(|line| line.strip_prefix(&format!("{key} = ")));
    line.expect("a line").trim_matches('"').to_owned()
}

#[test]
fn a_member_is_set_up_with_tls_where_others_reach_it() {
    let network = Network::members();
    let [_, api, custodian, vault, _] = network.places[0];
    assert_eq!(said(&network, "m1/node.toml", "api"), api.to_string());
    for (file, key, at) in [
        ("m1/node.toml", "custodian", custodian),
        ("m1/gateway.toml", "vault", vault),
        ("m1/member.toml", "custodian_at", custodian),
        ("m1/member.toml", "vault_at", vault),
    ] {
        assert_eq!(said(&network, file, key), format!("https://{at}"));
    }
    // The signature covers whether it is TLS: nobody takes it away on the way.
    edit(
        &network,
        "m1/member.toml",
        "custodian_at = \"https://",
        "custodian_at = \"",
    );
    let line = "genesis --out genesis.json --name test m1/member.toml m2/member.toml m3/member.toml m4/member.toml";
    let (code, _, errors) = network.run(line);
    assert_eq!(code, 1);
    assert!(errors.contains("m1/member.toml: signature"), "{errors}");
}

/// Checks that the configuration is refused at `field`, before a start and at one.
fn refused(network: &Network, what: &str, field: &str, word: &str) {
    let (code, told, _) = network.run(&format!("config check --config m1/{what}.toml"));
    assert_eq!(code, 1, "{told}");
    let line = told.lines().find(|line| line.starts_with("fail"));
    assert!(line.expect("it fails").contains(field), "{told}");
    assert!(told.contains(word), "{told}");
    let start = format!("{what} --config m1/{what}.toml --passphrase-file passphrase");
    let (code, _, errors) = network.run(&start);
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains(field) && errors.contains(word), "{errors}");
}

#[test]
fn plain_http_beyond_loopback_is_refused_with_what_to_do() {
    let network = Network::founded();
    let passes = |what: &str| {
        network
            .run(&format!("config check --config m1/{what}.toml"))
            .0
            == 0
    };
    assert!(passes("node") && passes("gateway"));
    for (what, key) in [
        ("node", "custodian"),
        ("node", "api"),
        ("gateway", "vault"),
        ("gateway", "node"),
        ("gateway", "listen"),
    ] {
        let file = format!("m1/{what}.toml");
        let before = network.text(&file);
        let at = said(&network, &file, key);
        let port = at.rsplit(':').next().expect("a port");
        let (from, to) = (
            format!("\n{key} = \"{at}\""),
            format!("\n{key} = \"0.0.0.0:{port}\""),
        );
        edit(&network, &file, &from, &to);
        refused(&network, what, key, "plain_http = \"behind a proxy\"");
        let proxy = format!("plain_http = \"behind a proxy\"\n{}", network.text(&file));
        std::fs::write(network.file(&file), proxy).expect("writes");
        assert!(passes(what), "{key} behind a proxy");
        std::fs::write(network.file(&file), before).expect("writes");
    }
}

#[test]
fn a_certificate_that_cannot_be_shown_is_refused_by_name() {
    let network = Network::founded();
    let plain = network.text("m1/gateway.toml");
    let with = |lines: &str| {
        std::fs::write(network.file("m1/gateway.toml"), format!("{lines}\n{plain}"))
            .expect("writes");
    };
    let certificate = format!("tls_certificate = \"{}\"", fixture("door.pem"));
    let key = |name: &str| format!("tls_key = \"{}\"", fixture(name));
    with(&certificate);
    refused(
        &network,
        "gateway",
        "tls_certificate",
        "tls_key is needed too",
    );
    with(&key("door.key.pem"));
    refused(
        &network,
        "gateway",
        "tls_key",
        "tls_certificate is needed too",
    );
    with(&format!("{certificate}\n{}", key("other.key.pem")));
    refused(&network, "gateway", "tls_key", "it is not the key of");
    with("tls_certificate = \"absent.pem\"\ntls_key = \"absent.key.pem\"");
    refused(&network, "gateway", "tls_certificate", "absent.pem");
    with(&format!("{certificate}\n{}", key("door.key.pem")));
    let (code, told, _) = network.run("config check --config m1/gateway.toml");
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("it is valid for"), "{told}");
}

/// Member 1's node and FHIR door over TLS too.
fn secured() -> Network {
    let network = Network::founded();
    let [_, api, _, _, door] = network.places[0];
    for (file, key) in [("m1/node.toml", "api"), ("m1/gateway.toml", "node")] {
        let (plain, tls) = (
            format!("\n{key} = \"{api}\""),
            format!("\n{key} = \"https://{api}\""),
        );
        edit(&network, file, &plain, &tls);
    }
    let text = network.text("m1/gateway.toml");
    let text = format!(
        "tls_certificate = \"{}\"\ntls_key = \"{}\"\nbase_url = \"https://localhost:{}\"\n{text}",
        fixture("door.pem"),
        fixture("door.key.pem"),
        door.port()
    );
    std::fs::write(network.file("m1/gateway.toml"), text).expect("writes");
    let base = format!("https://localhost:{}", door.port());
    std::fs::create_dir(network.file("m1/made")).expect("a folder");
    amanat::clients::generate(&network.file("m1/made"), "his", 1, &base).expect("a client");
    for file in ["clients.toml", "his.client.toml"] {
        let from = network.file(&format!("m1/made/{file}"));
        std::fs::copy(from, network.file(&format!("m1/{file}"))).expect("copies");
    }
    network
}

#[test]
fn four_members_run_over_tls_and_are_asked_by_those_who_know_their_keys() {
    let network = secured();
    let _nodes: Vec<Process> = (1..=4)
        .map(|number| network.start("node", number))
        .collect();
    let gateway = network.start("gateway", 1);
    let [_, api, _, _, door] = network.places[0];
    let ready = |answer: &(i32, String, String)| answer.0 == 0 && answer.1.contains("3 of 3 heard");
    until(
        "status",
        || network.run("status --config m1/node.toml"),
        ready,
    );
    // Plain questions are told what is spoken there.
    let (line, body) = get(api, "/v1/status").expect("answers");
    assert!(
        line.contains("400") && body.contains("speaks TLS 1.3 alone"),
        "{line} {body}"
    );
    // Another's key is not taken, and without one nothing is asked.
    let (own, other) = (
        said(&network, "m1/member.toml", "vault"),
        said(&network, "m2/member.toml", "vault"),
    );
    let (code, _, errors) = network.run(&format!("status --api https://{api}"));
    assert_eq!(code, 1);
    assert!(errors.contains("node-key"), "{errors}");
    let asks = |key: &str| network.run(&format!("status --api https://{api} --node-key {key}"));
    let (code, _, errors) = asks(&other);
    assert_eq!(code, 2);
    let rule = format!("the own node at https://{api}: it proved another key");
    assert!(errors.contains(&rule), "{errors}");
    assert_eq!(asks(&own).0, 0);
    let plain = network.places[1][1];
    let line = format!("why-stalled --api https://{api} --api {plain} --node-key {own}");
    assert_eq!(network.run(&line).0, 0);
    let line =
        format!("replay --node https://{api} --node-key {own} --genesis genesis.json --to 2");
    let (code, told, errors) = network.run(&line);
    assert_eq!(code, 0, "{told} {errors}");
    door_answers(&network, door);
    tokens(&network, door);
    doctor_knows_its_own(&network);
    reloads(&network, &gateway);
}

/// The gateway is ready, which it is once it follows its own node over TLS; and says so to a client that trusts its certificate.
fn door_answers(network: &Network, door: std::net::SocketAddr) {
    let asked = || {
        let output = Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--max-time",
                "20",
                "--noproxy",
                "*",
            ])
            .args(["--resolve", &format!("localhost:{}:127.0.0.1", door.port())])
            .args(["--write-out", "%{http_code}", "--output", "/dev/null"])
            .args(["--cacert", &fixture("door.pem")])
            .arg(format!("https://localhost:{}/readyz", door.port()))
            .output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    if asked().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return eprintln!("skipped: there is no curl here");
    }
    let good = |answer: &Result<String, std::io::Error>| {
        answer.as_ref().is_ok_and(|status| status == "204")
    };
    let _ready = until("the door", asked, good);
    let log = network.text("m1/gateway.log");
    assert!(
        log.contains("the certificate of the door is valid"),
        "{log}"
    );
}

/// A client signs in over TLS if the door's certificate is one that it was given, and in no other case.
fn tokens(network: &Network, door: std::net::SocketAddr) {
    let client = network.text("m1/his.client.toml");
    let named = format!("https://localhost:{}", door.port());
    assert!(client.contains(&named), "{client}");
    let asks = |file: &str, more: &str| {
        let (code, told, errors) = network.run(&format!("token m1/{file} --json{more}"));
        let told: serde_json::Value = serde_json::from_str(&told).expect(&errors);
        (code, told)
    };
    let text = |told: &serde_json::Value| told["error"]["text"].to_string();
    let (code, told) = asks("his.client.toml", "");
    assert_eq!(code, 1, "{told}");
    assert!(text(&told).contains("name with --ca"), "{told}");
    let ca = |name: &str| format!(" --ca {}", fixture(name));
    let (code, told) = asks("his.client.toml", &ca("door.pem"));
    assert_eq!(code, 0, "{told}");
    assert!(
        told["access_token"]
            .as_str()
            .is_some_and(|token| token.len() > 20)
    );
    // Another authority's certificate (the door's own may sign others, so it counts only where it was named); a file that is none; a file
    // that is not there.
    let (code, told) = asks("his.client.toml", &ca("ca.pem"));
    assert_eq!(code, 1, "{told}");
    assert!(
        text(&told).contains("its certificate is not one that was named"),
        "{told}"
    );
    let (code, told) = asks("his.client.toml", &ca("door.key.pem"));
    assert_eq!(code, 1, "{told}");
    assert!(text(&told).contains("holds no CERTIFICATE"), "{told}");
    let (code, told) = asks("his.client.toml", " --ca absent.pem");
    assert_eq!(code, 2, "{told}");
    // The client's own file may name it.
    let with = format!("ca = \"{}\"\n{client}", fixture("door.pem"));
    std::fs::write(network.file("m1/with.client.toml"), &with).expect("writes");
    assert_eq!(asks("with.client.toml", "").0, 0);
    // A custodian proves a key and shows no certificate; and nobody answers at a port that is closed.
    let [_, _, custodian, ..] = network.places[0];
    let at_node = with.replace(&named, &format!("https://localhost:{}", custodian.port()));
    std::fs::write(network.file("m1/node.client.toml"), at_node).expect("writes");
    let (code, told) = asks("node.client.toml", "");
    assert_eq!(code, 1, "{told}");
    assert!(text(&told).contains("it has no certificate"), "{told}");
    let nowhere = with.replace(&named, "https://localhost:1");
    std::fs::write(network.file("m1/nowhere.client.toml"), nowhere).expect("writes");
    assert_eq!(asks("nowhere.client.toml", "").0, 2);
    // A client that is not registered is told no.
    let stranger = with.replace("client_id = \"his\"", "client_id = \"hers\"");
    std::fs::write(network.file("m1/hers.client.toml"), stranger).expect("writes");
    let (code, told) = asks("hers.client.toml", "");
    assert_eq!(code, 1, "{told}");
    assert!(
        text(&told).contains("the client is not registered"),
        "{told}"
    );
}

fn doctor_knows_its_own(network: &Network) {
    for (what, keys) in [
        ("node", ["api", "custodian"]),
        ("gateway", ["listen", "vault"]),
    ] {
        let (_, told) = json(network, &format!("doctor --config m1/{what}.toml"));
        let checks = told["checks"].as_array().expect("checks");
        for key in keys {
            let held = checks.iter().any(|line| {
                line["check"] == key
                    && line["found"]
                        .as_str()
                        .is_some_and(|found| found.contains("our own"))
            });
            assert!(held, "{what} {key}: {told}");
        }
    }
}

/// Reads members and certificate anew, and what is wrong does not end the process.
fn reloads(network: &Network, gateway: &Process) {
    let hang_up = || {
        let kill = Command::new("kill")
            .args(["-HUP", &gateway.0.id().to_string()])
            .status();
        assert!(kill.expect("runs").success());
    };
    let log = || network.text("m1/gateway.log");
    hang_up();
    until("read anew", log, |log| log.contains("were read anew"));
    edit(network, "m1/gateway.toml", "door.key.pem", "other.key.pem");
    hang_up();
    let wrong = |log: &String| log.contains("it is not the key of");
    until("not read", log, wrong);
    let door = network.places[0][4];
    let (line, _) = get(door, "/readyz").expect("the door is still open");
    assert!(line.contains("400"), "{line}");
}
