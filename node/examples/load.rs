//! Four node processes on loopback under an open-loop load of signed deposits: a quick look while tuning.
//!
//! `cargo run --release -p amanat-node --example load -- RATE SECONDS [BATCH] [INTERVAL_MS]`
use amanat_node::run::{Settings, run};
use amanat_node::{Config, Pace};
use amanat_types::call::{Call, Deposit, Unit, WriteBasis};
use amanat_types::code::{KeyPurpose, MemberKind};
use amanat_types::codec::{List, Text};
use amanat_types::genesis::{Genesis, GenesisMember, PROTOCOL, VERSION};
use amanat_types::id::{BlobDigest, LocalId, SealingKey};
use amanat_types::key::MemberSigner;
use amanat_types::state::MemberKey;
use amanat_types::stored::sign_stored;
use amanat_types::transaction::{self, Body};
use amanat_types::wire::{Submission, SubmitAnswer, Submitted};
use amanat_types::{BlindIndex, Height, MemberId, PublicKey, TimestampMs, Transaction};
use commonware_codec::{DecodeExt as _, Encode as _};
use commonware_cryptography::{Signer as _, ed25519};
use http_body_util::{BodyExt as _, Full};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const NODES: u16 = 4;

fn consensus_key(member: u16) -> ed25519::PrivateKey {
    ed25519::PrivateKey::from_seed(u64::from(member))
}

fn signer(kind: u8, member: u16) -> MemberSigner {
    let mut seed = [kind; 32];
    seed[..2].copy_from_slice(&member.to_be_bytes());
    MemberSigner::from_seed(seed)
}

fn genesis(time_ms: u64) -> Genesis {
    let members = (1..=NODES).map(|number| {
        let keys = vec![
            (KeyPurpose::Transaction, signer(1, number).public_key()),
            (KeyPurpose::Vault, signer(2, number).public_key()),
            (
                KeyPurpose::Consensus,
                PublicKey::from(&consensus_key(number).public_key()),
            ),
        ];
        let keys = keys
            .into_iter()
            .map(|(purpose, key)| MemberKey { purpose, key });
        GenesisMember {
            member: MemberId::new(number),
            name: Text::new(format!("hospital {number}")).unwrap(),
            kind: MemberKind::Hospital,
            keys: List::new(keys.collect()).unwrap(),
            sealing: SealingKey::new([7; 32]),
        }
    });
    Genesis {
        version: VERSION,
        name: Text::new("load").unwrap(),
        time_ms: TimestampMs::new(time_ms),
        protocol: PROTOCOL,
        epoch_blocks: 1_000_000,
        members: List::new(members.collect()).unwrap(),
    }
}

fn node(args: &[String]) {
    let member: u16 = args[0].parse().unwrap();
    let base: u16 = args[1].parse().unwrap();
    let dir = args[2].clone();
    let time: u64 = args[3].parse().unwrap();
    let interval: u64 = args[4].parse().unwrap();
    let address = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    let mut config = Config::new(Arc::new(genesis(time)), consensus_key(member));
    config.pace = Pace {
        interval: Duration::from_millis(interval),
        ..Pace::default()
    };
    let settings = Settings {
        config,
        folder: format!("{dir}/{member}").into(),
        listen: address(base + member),
        api: TcpListener::bind(address(base + 10 + member)).unwrap(),
        peers: (1..=NODES)
            .map(|n| (consensus_key(n).public_key(), address(base + n)))
            .collect(),
    };
    run(settings, || ()).unwrap();
}

fn deposits(
    network: amanat_types::Digest,
    member: u16,
    count: usize,
    batch: usize,
    stored_batch: usize,
) -> Vec<Transaction> {
    let key = signer(1, member);
    let holders = [signer(2, 1), signer(2, 2)];
    let mut all = Vec::with_capacity(count);
    let mut next = 0u64;
    let blob = |n: u64| {
        let mut b = [0u8; 32];
        b[..8].copy_from_slice(&n.to_be_bytes());
        b[31] = member as u8;
        BlobDigest::new(b)
    };
    let local = |n: u64| {
        let mut b = [0u8; 16];
        b[..8].copy_from_slice(&n.to_be_bytes());
        LocalId::new(b)
    };
    let mut sequence = 1;
    while all.len() < count {
        // Individually signed: one Stored root covers `stored_batch` deposits, each with its path.
        let group = if batch == 1 { stored_batch } else { batch };
        let blobs: Vec<_> = (0..group as u64).map(|i| blob(next + i)).collect();
        let stored: Vec<_> = holders
            .iter()
            .map(|h| sign_stored(h, &network, &blobs))
            .collect();
        let leaves: Vec<_> = blobs.iter().map(amanat_types::stored::leaf).collect();
        let tree = amanat_types::merkle::tree(leaves.iter());
        let mut calls = Vec::new();
        for i in 0..group {
            let paths = if batch == 1 {
                (0..2u8)
                    .map(|root| amanat_types::stored::StoredPath {
                        root,
                        position: i as u16,
                        leaf_count: group as u16,
                        siblings: List::new(tree.proof(i as u32).unwrap().siblings).unwrap(),
                    })
                    .collect()
            } else {
                Vec::new()
            };
            calls.push(Call::Deposit(Deposit {
                local: local(next + i as u64),
                blob: blobs[i],
                bucket: 1,
                index: BlindIndex::directory(MemberId::new(member)),
                basis: WriteBasis::Directory(Unit),
                stored: List::new(paths).unwrap(),
            }));
        }
        next += group as u64;
        let chunks: Vec<Vec<Call>> = if batch == 1 {
            calls.into_iter().map(|c| vec![c]).collect()
        } else {
            vec![calls]
        };
        for chunk in chunks {
            let body = Body {
                version: transaction::VERSION,
                network,
                sponsor: MemberId::new(member),
                sequence,
                last_height: Height::new(590),
                signers: List::new(vec![key.public_key()]).unwrap(),
                stored: List::new(stored.clone()).unwrap(),
                calls: List::new(chunk).unwrap(),
            };
            sequence += 1;
            all.push(Transaction::sign(body, &key));
        }
    }
    all.truncate(count);
    all
}

fn cpu_ms(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let rest = stat.rsplit(") ").next().unwrap();
    let f: Vec<&str> = rest.split(' ').collect();
    (f[11].parse::<u64>().unwrap() + f[12].parse::<u64>().unwrap()) * 10
}

fn rss_mb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        / 1024
}

type Client = hyper::client::conn::http1::SendRequest<Full<bytes::Bytes>>;
type Pool = Arc<Mutex<Vec<Client>>>;

async fn post(pool: Pool, address: SocketAddr, body: bytes::Bytes) -> Option<SubmitAnswer> {
    let client = pool.lock().unwrap().pop();
    let mut client = match client {
        Some(client) => client,
        None => {
            let stream = tokio::net::TcpStream::connect(address).await.ok()?;
            stream.set_nodelay(true).ok()?;
            let (client, connection) =
                hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream))
                    .await
                    .ok()?;
            tokio::spawn(connection);
            client
        }
    };
    let request = hyper::Request::post("/v1/transactions?wait=true")
        .header("host", "x")
        .body(Full::new(body))
        .ok()?;
    let reply = client.send_request(request).await.ok()?;
    let bytes = reply.into_body().collect().await.ok()?.to_bytes();
    pool.lock().unwrap().push(client);
    SubmitAnswer::decode(bytes).ok()
}

#[tokio::main(flavor = "current_thread")]
async fn load(rate: usize, seconds: usize, batch: usize, interval: &str) {
    let dir = std::env::temp_dir().join(format!("amanat-load-{}", std::process::id()));
    let base = 21_000 + (std::process::id() % 1_000) as u16 * 30;
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as u64;
    let me = std::env::current_exe().unwrap();
    let mut children: Vec<_> = (1..=NODES)
        .map(|n| {
            std::process::Command::new(&me)
                .args([
                    "node",
                    &n.to_string(),
                    &base.to_string(),
                    dir.to_str().unwrap(),
                    &time.to_string(),
                    interval,
                ])
                .spawn()
                .unwrap()
        })
        .collect();
    let network = genesis(time).digest();
    let transactions = rate * seconds / batch;
    let per = transactions.div_ceil(NODES as usize);
    let mut work: Vec<_> = (1..=NODES)
        .map(|n| deposits(network, n, per, batch, 64).into_iter())
        .collect();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let idle: Vec<u64> = children.iter().map(|c| cpu_ms(c.id())).collect();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let idle: Vec<u64> = children
        .iter()
        .zip(&idle)
        .map(|(c, b)| cpu_ms(c.id()) - b)
        .collect();
    println!("idle cpu over 5 s, ms: {idle:?}");
    let before: Vec<u64> = children.iter().map(|c| cpu_ms(c.id())).collect();
    let pools: Vec<Pool> = (0..NODES).map(|_| Pool::default()).collect();
    let latencies = Arc::new(Mutex::new(Vec::new()));
    let refused = Arc::new(Mutex::new(
        std::collections::BTreeMap::<String, usize>::new(),
    ));
    let start = Instant::now();
    let mut sent = 0usize;
    let mut tasks = Vec::new();
    while sent < per * NODES as usize {
        tokio::time::sleep(Duration::from_millis(4)).await;
        let due = ((start.elapsed().as_secs_f64() * rate as f64 / batch as f64) as usize)
            .min(per * NODES as usize);
        while sent < due {
            let n = sent % NODES as usize;
            let mut intended = Vec::new();
            let mut chunk = Vec::new();
            let mut at = sent;
            // one request a node and tick
            while at < due && chunk.len() < 256 {
                if at % NODES as usize == n {
                    if let Some(t) = work[n].next() {
                        chunk.push(t);
                        intended.push(
                            start + Duration::from_secs_f64(at as f64 * batch as f64 / rate as f64),
                        );
                    }
                }
                at += NODES as usize;
            }
            if chunk.is_empty() {
                break;
            }
            let body = Submission {
                transactions: List::new(chunk).unwrap(),
            }
            .encode();
            let (pool, lat, refd) = (pools[n].clone(), latencies.clone(), refused.clone());
            let address = SocketAddr::from(([127, 0, 0, 1], base + 11 + n as u16));
            tasks.push(tokio::spawn(async move {
                let answer = post(pool, address, body).await;
                let now = Instant::now();
                match answer {
                    Some(answer) => {
                        for (result, at) in answer.results.iter().zip(intended) {
                            match result {
                                Submitted::Final(f) if f.receipt.is_accepted() => lat
                                    .lock()
                                    .unwrap()
                                    .push(now.duration_since(at).as_micros() as u64),
                                Submitted::Final(f) => {
                                    *refd
                                        .lock()
                                        .unwrap()
                                        .entry(format!("{:?}", f.receipt.outcome))
                                        .or_default() += 1
                                }
                                other => {
                                    *refd
                                        .lock()
                                        .unwrap()
                                        .entry(format!("{other:?}"))
                                        .or_default() += 1
                                }
                            }
                        }
                    }
                    None => *refd.lock().unwrap().entry("no answer".into()).or_default() += 1,
                }
            }));
            sent += 1;
            // advance past this node's share only once every node of the tick is served
            if sent % NODES as usize == 0 {
                sent = due.max(sent) / NODES as usize * NODES as usize;
                if sent + NODES as usize > due {
                    break;
                }
            }
        }
    }
    for task in tasks {
        let _ = task.await;
    }
    let took = start.elapsed().as_secs_f64();
    let after: Vec<u64> = children.iter().map(|c| cpu_ms(c.id())).collect();
    let mut lat = latencies.lock().unwrap().clone();
    lat.sort_unstable();
    let done = lat.len();
    let at = |q: f64| lat.get(((done as f64) * q) as usize).copied().unwrap_or(0) as f64 / 1000.0;
    let cpu: u64 = after.iter().zip(&before).map(|(a, b)| a - b).sum();
    println!(
        "rate {rate} rec/s batch {batch}: {done} tx final in {took:.1} s = {:.0} tx/s, {:.0} rec/s; p50 {:.0} ms p99 {:.0} ms; cpu {:.0} us/record/replica; rss {:?} MB; refused {:?}",
        done as f64 / took,
        (done * batch) as f64 / took,
        at(0.5),
        at(0.99),
        cpu as f64 * 1000.0 / NODES as f64 / (done * batch).max(1) as f64,
        children.iter().map(|c| rss_mb(c.id())).collect::<Vec<_>>(),
        refused.lock().unwrap()
    );
    for child in &mut children {
        let _ = std::process::Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status();
    }
    for child in &mut children {
        println!("exit {:?}", child.wait().map(|s| s.code()));
    }
    let _ = std::fs::remove_dir_all(&dir);
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|a| a == "node") {
        return node(&args[1..]);
    }
    let number = |at: usize, or: usize| args.get(at).and_then(|a| a.parse().ok()).unwrap_or(or);
    load(
        number(0, 1000),
        number(1, 10),
        number(2, 1),
        args.get(3).map_or("60", String::as_str),
    );
}
