//! A network that was set up file by file, run as processes, and looked at as an operator does.
use crate::member::{Network, PASSPHRASE, Process};
use amanat::keys::Keys;
use amanat::passphrase::Source;
use amanat::run::key;
use amanat::verify::receipt_file;
use amanat_client::http::HttpClient;
use amanat_client::{Ledger as _, NodeClient};
use amanat_types::call::Revoke;
use amanat_types::codec::List;
use amanat_types::id::GrantId;
use amanat_types::transaction::{Body, Transaction, VERSION};
use amanat_types::wire::{Finalized, Submitted};
use amanat_types::{Call, Height, MemberId};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long anything may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// Asks until `good`, and gives the answer; the last one is told when the time is up.
pub fn until<T: std::fmt::Debug>(
    what: &str,
    mut ask: impl FnMut() -> T,
    good: impl Fn(&T) -> bool,
) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        let answer = ask();
        if good(&answer) {
            return answer;
        }
        assert!(Instant::now() < end, "{what}: {answer:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Status line and body of `GET path`, or why there is none.
pub fn get(address: SocketAddr, path: &str) -> Result<(String, String), std::io::Error> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let line = head.lines().next().unwrap_or_default();
    Ok((line.to_owned(), body.to_owned()))
}

pub fn json(network: &Network, line: &str) -> (i32, Value) {
    let (code, told, errors) = network.run(&format!("{line} --json"));
    let told = serde_json::from_str(&told);
    (code, told.unwrap_or_else(|_| panic!("{line}: {errors}")))
}

/// Submits a revocation of a grant that is not there: it stands in a block, refused, and does nothing.
pub fn refused_transaction(network: &Network) -> (Finalized, Vec<u8>) {
    let keys = network.file("m1/keys.toml");
    let source = Source::existing(Some(network.file("passphrase")));
    let keys = Keys::open(&keys, &source).expect("opens");
    let signer = keys.transaction_signer(key::HAND).expect("a key");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let node = NodeClient::new(HttpClient::new(), &network.places[0][1].to_string());
        let status = node.status().await.expect("answers");
        let genesis = amanat::genesis_file::read(&network.file("genesis.json")).expect("reads");
        let body = Body {
            version: VERSION,
            network: genesis.digest(),
            sponsor: MemberId::new(1),
            sequence: 1,
            last_height: Height::new(status.height + 300),
            signers: List::new(vec![signer.public_key()]).expect("one"),
            stored: List::empty(),
            calls: List::new(vec![Call::Revoke(Revoke {
                grant: GrantId::new([7; 16]),
            })])
            .expect("one"),
        };
        let transaction = Transaction::with(body, &signer, Vec::new());
        let answers = node.submit(vec![transaction]).await.expect("submits");
        let Some(Submitted::Final(done)) = answers.into_iter().next() else {
            panic!("it is not final");
        };
        assert!(!done.receipt.is_accepted());
        let proof = node.receipt(done.receipt.transaction).await.expect("asks");
        (done, receipt_file(&proof.expect("a proof")))
    })
}

#[test]
fn four_members_from_their_files_run_and_tell_how_they_stand() {
    let network = Network::founded();
    let mut nodes: Vec<Process> = (1..=4)
        .map(|number| network.start("node", number))
        .collect();
    let _gateway = network.start("gateway", 1);
    let api = network.places[0][1];
    let ready = |answer: &(i32, String, String)| answer.0 == 0 && answer.1.contains("3 of 3 heard");
    let (_, told, _) = until(
        "status",
        || network.run("status --config m1/node.toml"),
        ready,
    );
    assert!(told.contains("3 of 3 heard; 3 votes are needed"), "{told}");
    let (code, status) = json(&network, "status --config m1/gateway.toml");
    assert_eq!(
        (code, &status["member"], &status["peers"]),
        (0, &1.into(), &3.into())
    );
    assert!(status["height"].as_u64() > Some(0) && status["data_bytes"].as_u64() > Some(0));
    let (code, told) = json(&network, "why-stalled --config m1/node.toml");
    assert_eq!((code, &told["advances"]), (0, &true.into()), "{told}");
    assert_eq!(told["missing"], serde_json::json!([]));
    let opened = until(
        "gateway",
        || get(network.places[0][4], "/readyz"),
        |answer| answer.as_ref().is_ok_and(|(line, _)| line.contains("204")),
    );
    assert!(opened.is_ok());
    until(
        "readyz",
        || get(api, "/readyz").expect("answers"),
        |(line, _)| line.contains("204"),
    );
    assert!(get(api, "/healthz").expect("answers").0.contains("204"));
    let (code, doctor) = json(&network, "doctor --config m1/node.toml");
    assert_eq!(code, 0, "{doctor}");
    assert!(
        doctor.to_string().contains("held by our own process"),
        "{doctor}"
    );
    inspected(&network);
    stalled(&network, &mut nodes, api);
    let log = network.text("m1/node.log");
    assert!(log.contains("node takes part") && !log.contains(PASSPHRASE));
}

/// Blocks, a transaction, state, a receipt and metrics of a running network.
fn inspected(network: &Network) {
    let (done, receipt) = refused_transaction(network);
    let id = done.receipt.transaction.to_string();
    let inspect = |line: &str| json(network, &format!("inspect --config m1/node.toml {line}"));
    let (code, block) = inspect(&format!("block {}", done.height));
    assert_eq!(
        (code, &block["transactions"][0]["id"]),
        (0, &id.clone().into())
    );
    assert_eq!(
        block["transactions"][0]["calls"],
        serde_json::json!(["Revoke"])
    );
    assert_eq!(inspect("block 0").0, 0);
    let refused = network.run("inspect --config m1/node.toml block 99999999");
    assert_eq!(refused.0, 1);
    assert!(
        refused.2.contains("height: there is no finalised block"),
        "{}",
        refused.2
    );
    let (code, found) = inspect(&format!("tx {id}"));
    assert_eq!(
        (code, found["height"].as_u64()),
        (0, Some(done.height.get()))
    );
    let outcome = found["outcome"].as_str().expect("words").to_owned();
    assert!(outcome.starts_with("refused: call 0: "), "{outcome}");
    let absent = format!("inspect --config m1/node.toml tx {}", "0".repeat(64));
    assert_eq!(network.run(&absent).0, 1);
    let (code, member) = inspect("state member 2");
    assert_eq!(
        (
            code,
            member["value"]
                .as_str()
                .map(|value| value.contains("Hospital"))
        ),
        (0, Some(true))
    );
    let (code, none) = inspect(&format!("state grant {}", "7".repeat(32)));
    assert_eq!((code, &none["value"]), (0, &Value::Null));
    assert_eq!(
        network.run("inspect --config m1/node.toml state castle").0,
        1
    );
    std::fs::write(network.file("one.receipt"), &receipt).expect("writes");
    assert_eq!(inspect("receipt one.receipt").0, 0);
    let mut broken = receipt;
    *broken.last_mut().expect("bytes") ^= 1;
    std::fs::write(network.file("two.receipt"), &broken).expect("writes");
    assert_eq!(
        network
            .run("inspect --config m1/node.toml receipt two.receipt")
            .0,
        1
    );
    let (_, metrics) = get(network.places[0][1], "/metrics").expect("answers");
    let number = outcome.split(' ').nth(3).expect("a number");
    for line in [
        "\namanat_validators 4\n",
        "\namanat_quorum 3\n",
        "\namanat_validator_heard{member=\"4\"} 1\n",
        "\namanat_submissions_total{outcome=\"refused_ledger\"} 1\n",
        &format!("\namanat_refused_total{{number=\"{number}\","),
        "\nprocess_resident_memory_bytes ",
        "\nnode_amanat_",
    ] {
        assert!(
            metrics.contains(line),
            "{line} is not in {}",
            metrics.get(..3000).unwrap_or(&metrics)
        );
    }
    assert!(!metrics.contains("# EOF"));
}

/// Two of four nodes are killed: the chain stops, and exactly these two are named.
fn stalled(network: &Network, nodes: &mut Vec<Process>, api: SocketAddr) {
    nodes.truncate(2);
    let ask = || json(network, "why-stalled --config m1/node.toml");
    let (code, told) = until("stall", ask, |(_, told)| {
        told["advances"] == false && told["present"] == 2
    });
    assert_eq!((code, &told["quorum"]), (1, &3.into()));
    let missing = told["missing"].as_array().expect("a list").iter();
    let missing: Vec<&Value> = missing.map(|missing| &missing["member"]).collect();
    assert_eq!(missing, [3, 4], "{told}");
    assert!(told["missing"][0]["heard"].is_string(), "{told}");
    let (_, words, _) = network.run("why-stalled --config m1/node.toml");
    assert!(
        words.contains("3 of 4 validators are needed; 2 answer."),
        "{words}"
    );
    assert!(words.contains("1 more of members 3 and 4"), "{words}");
    until(
        "readyz",
        || get(api, "/readyz").expect("answers"),
        |(line, body)| line.contains("503") && body.contains("NotReady"),
    );
    assert_eq!(network.run("status --config m1/node.toml").0, 1);
    let (code, doctor) = json(network, "doctor --config m1/node.toml");
    assert_eq!(code, 1);
    assert!(
        doctor
            .to_string()
            .contains("1 other nodes are reached; 3 of 4"),
        "{doctor}"
    );
    nodes.clear();
    assert_eq!(network.run("status --config m1/node.toml").0, 2);
    assert_eq!(network.run("why-stalled --config m1/node.toml").0, 2);
}

#[test]
fn a_server_stops_when_whoever_started_it_is_gone() {
    let network = Network::founded();
    let mut node = network.start_with("node", 1, &["--with-parent"]);
    until(
        "it answers",
        || get(network.places[0][1], "/healthz").is_ok(),
        |answers| *answers,
    );
    assert_eq!(node.0.try_wait().expect("a child"), None);
    // However a parent ends, its end of the pipe is closed.
    drop(node.0.stdin.take());
    let ended = until(
        "it stops",
        || node.0.try_wait().expect("a child"),
        Option::is_some,
    );
    assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
}

#[test]
fn a_node_whose_ledger_is_lost_or_given_up_comes_back_with_the_others_state() {
    let network = Network::founded();
    let mut nodes: Vec<Process> = (1..=4)
        .map(|number| network.start("node", number))
        .collect();
    let heard = |answer: &(i32, String, String)| answer.0 == 0 && answer.1.contains("3 of 3 heard");
    let status = || network.run("status --config m4/node.toml");
    until("status", status, heard);
    assert!(!network.file("m4/node/new-keys").exists());
    let (done, receipt) = refused_transaction(&network);
    std::fs::write(network.file("receipt"), receipt).expect("writes");
    // Given up by hand: the old ledger lies beside the new one.
    drop(nodes.pop());
    nodes.push(network.start_with("node", 4, &["--resync"]));
    until("status after --resync", status, heard);
    let beside = |name: &str| {
        let entries = std::fs::read_dir(network.file("m4/node")).expect("reads");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        names
            .filter(|one| one.to_string_lossy().starts_with(name))
            .count()
    };
    assert_eq!((beside("ledger.before-"), beside("ledger")), (1, 2));
    let known = |told: &(i32, Value)| told.0 == 0;
    let id = hex::encode(done.receipt.transaction.as_bytes());
    let line = format!("inspect --config m4/node.toml --json tx {id}");
    let inspect = || {
        let (code, told, _) = network.run(&line);
        (code, serde_json::from_str(&told).unwrap_or(Value::Null))
    };
    let (_, told) = until("inspect tx", inspect, known);
    assert_eq!(told["height"], done.height.get());
    // It has the header of an old block, and says that the transactions are not here.
    let (code, _, errors) = network.run("inspect --config m4/node.toml block 1");
    assert_ne!(code, 0, "{errors}");
    let log = std::fs::read_to_string(network.file("m4/node.log")).expect("a log");
    assert!(log.contains("the state is taken over"), "{log}");
    assert!(log.contains("follows without voting"), "{log}");
    // A new list of addresses is read without a stop; a wrong one is said, and the old one stays.
    std::fs::write(network.file("m4/members/strange.toml"), "member = ").expect("writes");
    let reload = || {
        let id = nodes[3].0.id().to_string();
        let told = std::process::Command::new("kill")
            .args(["-HUP", &id])
            .status();
        assert!(told.expect("kills").success());
        std::fs::read_to_string(network.file("m4/node.log")).expect("a log")
    };
    until("a refused list", reload, |log| {
        log.contains("the old ones stay")
    });
    std::fs::remove_file(network.file("m4/members/strange.toml")).expect("removes");
    until("a list", reload, |log| log.contains("were read anew"));
    until("status after a reload", status, heard);
    assert_eq!(network.run("verify receipt --genesis genesis.json").0, 0);
}
