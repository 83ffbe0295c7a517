//! What both processes of a member say of themselves, and that what the alerts, the dashboard and the documents name is there.
use crate::member::{Network, Process};
use crate::operate::{get, json, until};
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};

const ALERTS: &str = include_str!("../../../docs/operate/prometheus-alerts.yml");
const DASHBOARD: &str = include_str!("../../../docs/operate/grafana-dashboard.json");
const PAGE: &str = concat!(
    include_str!("../../../docs/operate/explain.md"),
    include_str!("../../../docs/operate/nat.md")
);

/// Names of our own metrics in a text: words that begin with `amanat_`.
fn named(text: &str) -> BTreeSet<String> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c: char| !word(c));
    words
        .filter(|word| word.starts_with("amanat_"))
        .map(str::to_owned)
        .collect()
}

/// Names of metrics that an answer has, by its lines of help.
fn helped(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("# HELP "));
    let names = lines.filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

fn value(text: &str, name: &str) -> Option<f64> {
    let mut lines = text.lines();
    let line = lines.find(|line| line.starts_with(name) && !line.starts_with('#'))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// The first member's gateway shows its metrics at the address that is given back.
fn observed(network: &Network) -> SocketAddr {
    let at = network.free(1)[0][0];
    let file = network.file("m1/gateway.toml");
    let text = network.text("m1/gateway.toml");
    std::fs::write(file, format!("metrics = \"{at}\"\n{text}")).expect("writes");
    at
}

fn metrics(at: SocketAddr) -> String {
    let (line, body) = get(at, "/metrics").expect("answers");
    assert!(line.contains("200"), "{line}");
    body
}

#[test]
fn both_processes_show_what_alerts_dashboard_and_documents_name() {
    let network = Network::founded();
    let at = observed(&network);
    let mut nodes: Vec<Process> = (1..=4)
        .map(|number| network.start("node", number))
        .collect();
    let _gateway = network.start("gateway", 1);
    let ready = || get(at, "/readyz").map(|(line, _)| line.contains("204"));
    let met = until("the gateway is ready", ready, |ready| {
        matches!(ready, Ok(true))
    });
    assert!(matches!(met, Ok(true)));
    let (line, _) = get(at, "/healthz").expect("answers");
    assert!(line.contains("204"), "{line}");
    let [_, api, _, _, door] = network.places[0];
    let blocks = || value(&metrics(api), "amanat_blocks_kept_all");
    until("blocks are known", blocks, |kept| *kept == Some(1.0));
    // Block times are known after a while.
    let times = || value(&metrics(api), "amanat_block_seconds");
    until("block times", times, Option::is_some);
    requests(door);
    let (node, gateway) = (metrics(api), metrics(at));
    let shown: BTreeSet<String> = helped(&node).union(&helped(&gateway)).cloned().collect();
    for (name, text) in [("alerts", ALERTS), ("dashboard", DASHBOARD)] {
        for metric in named(text) {
            let bare = metric.trim_end_matches("_sum").trim_end_matches("_count");
            assert!(shown.contains(bare), "{name}: no process shows {metric}");
        }
    }
    for metric in shown.iter().filter(|metric| metric.starts_with("amanat_")) {
        assert!(named(PAGE).contains(metric), "{metric} is not documented");
    }
    stands(&gateway, at);
    // The door itself shows none of it.
    let (line, _) = get(door, "/metrics").expect("answers");
    assert!(line.contains("401"), "{line}");
    disk_is_shown(&network);
    node_goes(&network, &mut nodes, at);
}

/// What nobody may do, so that it is counted.
fn requests(door: SocketAddr) {
    for path in ["/metadata", "/Patient/secret-id", "/no/such/route/at/all"] {
        get(door, path).expect("answers");
    }
}

fn stands(gateway: &str, at: SocketAddr) {
    assert_eq!(value(gateway, "amanat_gateway_ready"), Some(1.0));
    assert_eq!(value(gateway, "amanat_gateway_node_up"), Some(1.0));
    assert_eq!(
        value(gateway, "amanat_gateway_unfinished_deposits"),
        Some(0.0)
    );
    assert!(value(gateway, "amanat_gateway_lag_blocks") <= Some(64.0));
    for line in [
        "amanat_gateway_requests_total{class=\"discovery\",status=\"200\"} 1",
        "amanat_gateway_requests_total{class=\"read\",status=\"401\"} 1",
        "amanat_gateway_requests_total{class=\"unknown\",status=\"404\"} 1",
        "amanat_gateway_sign_ins_refused_total{reason=\"TokenMissing\"} 1",
    ] {
        assert!(gateway.contains(line), "{line}: {gateway}");
    }
    assert!(!gateway.contains("secret-id") && !gateway.contains("such"));
    for (path, status) in [("/", "404"), ("/metrics/", "404")] {
        let (line, _) = get(at, path).expect("answers");
        assert!(line.contains(status), "{path}: {line}");
    }
}

fn disk_is_shown(network: &Network) {
    let (code, status) = json(network, "status --config m1/node.toml");
    assert_eq!(code, 0, "{status}");
    let parts = status["data_parts"].as_array().expect("parts");
    for part in ["ledger", "vault", "read_models"] {
        let found = parts.iter().find(|one| one["part"] == part);
        let bytes = found.and_then(|found| found["bytes"].as_u64());
        assert!(bytes > Some(0) || part == "vault", "{part}: {status}");
    }
    assert_eq!(status["blocks"], "all");
    let (_, told) = json(network, "doctor --config m1/node.toml");
    let checks = told["checks"].as_array().expect("checks");
    let blocks = checks.iter().find(|check| check["check"] == "blocks");
    assert_eq!(blocks.expect("it is looked at")["verdict"], "ok", "{told}");
}

/// Without its node the gateway says so, and goes on saying it.
fn node_goes(network: &Network, nodes: &mut Vec<Process>, at: SocketAddr) {
    drop(nodes.remove(0));
    let (line, body) = get(at, "/readyz").expect("answers");
    assert!(
        line.contains("503") && body.contains("the own node does not answer"),
        "{line} {body}"
    );
    let text = metrics(at);
    assert_eq!(value(&text, "amanat_gateway_node_up"), Some(0.0));
    assert_eq!(value(&text, "amanat_gateway_ready"), Some(0.0));
    assert_eq!(value(&text, "amanat_gateway_lag_blocks"), None);
    let (line, _) = get(at, "/healthz").expect("answers");
    assert!(line.contains("204"), "{line}");
    nodes.push(network.start("node", 1));
    let ready = || get(at, "/readyz").map(|(line, _)| line.contains("204"));
    let met = until("it is ready again", ready, |ready| {
        matches!(ready, Ok(true))
    });
    assert!(matches!(met, Ok(true)));
}

#[test]
fn metrics_beyond_loopback_and_on_a_taken_port_are_refused_by_key() {
    let network = Network::founded();
    let good = network.text("m1/gateway.toml");
    let with = |at: &str| {
        let text = format!("metrics = \"{at}\"\n{good}");
        std::fs::write(network.file("m1/gateway.toml"), text).expect("writes");
        let check = network.run("config check --config m1/gateway.toml");
        let start = "gateway --config m1/gateway.toml --passphrase-file passphrase";
        (check, network.run(start))
    };
    let (check, start) = with("0.0.0.0:7005");
    assert_eq!((check.0, start.0), (1, 2), "{check:?} {start:?}");
    assert!(check.1.contains("metrics") && start.2.contains("metrics"));
    let vault = network.places[0][3];
    let (check, _) = with(&vault.to_string());
    assert_eq!(check.0, 1);
    assert!(check.1.contains("stands at vault too"), "{}", check.1);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (check, start) = with(&taken.local_addr().expect("bound").to_string());
    assert_eq!((check.0, start.0), (0, 2), "{check:?} {start:?}");
    assert!(start.2.contains("metrics 127.0.0.1"), "{}", start.2);
}

#[test]
fn init_writes_where_the_gateway_shows_its_metrics() {
    let network = Network::members();
    let ports = network.free(2).concat();
    let line = |member: u16, at: SocketAddr| {
        let [node, api, custodian, vault, door] = [0, 1, 2, 3, 4].map(|port| ports[port]);
        format!(
            "init --dir n{member} --member {member} --name N --kind hospital --listen {node} --api {api} --custodian {custodian} \
             --vault {vault} --door {door} --metrics {at} --passphrase-file passphrase"
        )
    };
    let (code, _, errors) = network.run(&line(8, ports[4]));
    assert_eq!(code, 1);
    assert!(
        errors.contains("metrics: is the same address as door"),
        "{errors}"
    );
    let (code, _, errors) = network.run(&line(9, ports[5]));
    assert_eq!(code, 0, "{errors}");
    let text = network.text("n9/gateway.toml");
    assert!(
        text.contains(&format!("\nmetrics = \"{}\"\n", ports[5])),
        "{text}"
    );
    // Without it the file says how it would be written.
    assert!(network.text("m1/gateway.toml").contains("\n# metrics = "));
}
