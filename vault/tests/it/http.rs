//! Goal: the same over HTTP, between two vaults, one of which speaks TLS; and hostile bytes get a numbered no.
use crate::fake::{FakeLedger, member, network, seed, signer};
use crate::world::{DEPOSITOR, OWN, READER, item, request, ticket};
use amanat_client::disk::LocalDisk;
use amanat_client::fault::{Failure, Fault};
use amanat_client::http::Bounds;
use amanat_client::serve::Limits;
use amanat_client::stores::{BlobPut, Stores as _};
use amanat_client::wire::{self, Problem, PutItem};
use amanat_client::{Asker, Doors, HttpClient, MemberClient};
use amanat_tls::Acceptor;
use amanat_types::code::JournalKind;
use amanat_types::release::JournalRequest;
use amanat_types::{MemberId, Refusal};
use amanat_vault::{Config, Vault, serve};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The member whose vault speaks TLS.
const OVER_TLS: u16 = 4;

/// Vaults of members 1 and 4, served; their folders and addresses.
struct Served {
    ledger: FakeLedger,
    folders: Vec<tempfile::TempDir>,
    doors: BTreeMap<MemberId, Doors>,
}

impl Served {
    async fn new(limits: Limits) -> Self {
        let ledger = FakeLedger::new(4);
        let mut listeners = Vec::new();
        let mut doors = BTreeMap::new();
        for number in [OWN, OVER_TLS] {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
            let address = listener.local_addr().expect("bound").to_string();
            let address = match number {
                OVER_TLS => format!("https://{address}"),
                _ => address,
            };
            let door = Doors {
                key: Some(signer(number).public_key()),
                vault: address.clone(),
                custodian: address,
            };
            doors.insert(member(number), door);
            listeners.push((number, listener));
        }
        let mut served = Self {
            ledger,
            folders: Vec::new(),
            doors,
        };
        for (number, listener) in listeners {
            let folder = tempfile::tempdir().expect("folder");
            let config = Config {
                folder: folder.path().to_owned(),
                network: network(),
                member: member(number),
                signer: signer(number),
                capacity_bytes: 1 << 30,
                segment_bytes: 64 << 20,
                scrub_bytes_per_s: 1 << 30,
                limits,
            };
            let (ledger, peers) = (served.ledger.clone(), served.client(number));
            let clock = served.ledger.clock();
            let vault = Vault::open(config, Arc::new(LocalDisk), ledger, peers, clock);
            let tls = (number == OVER_TLS).then(|| Acceptor::member(&seed(number)).expect("a key"));
            let vault = vault.expect("opens");
            tokio::spawn(serve(listener, vault, tls, std::future::pending()));
            served.folders.push(folder);
        }
        served
    }

    fn client(&self, by: u16) -> MemberClient {
        let asker = Asker {
            network: network(),
            member: member(by),
            signer: signer(by),
            clock: self.ledger.clock(),
        };
        MemberClient::new(asker, self.doors.clone()).expect("Ed25519 keys")
    }

    fn base(&self) -> &str {
        &self.doors[&member(OWN)].vault
    }
}

fn put(item: &PutItem) -> BlobPut {
    BlobPut {
        blob: item.blob,
        record: item.record,
        wrap: item.wrap.to_vec(),
        bytes: item.bytes.to_vec(),
    }
}

#[tokio::test]
async fn put_get_rot_heal_scrub_and_journal_between_two_vaults() {
    let served = Served::new(Limits::default()).await;
    let items = [item(1, 512), item(2, 65_536)];
    let blobs: Vec<BlobPut> = items.iter().map(put).collect();
    let depositor = served.client(DEPOSITOR);
    for holder in [OWN, 4] {
        let stored = depositor.put(member(holder), blobs.clone()).await;
        assert_eq!(stored.expect("stored").holder, signer(holder).public_key());
    }
    for item in &items {
        served
            .ledger
            .deposit(item.record, item.blob, DEPOSITOR, &[OWN, 4]);
    }
    let records: Vec<_> = items.iter().map(|item| item.record).collect();
    served.ledger.ticket(ticket(), READER, &records);

    let segment = served.folders[0].path().join("segments/00000000.seg");
    let mut bytes = std::fs::read(&segment).expect("reads");
    bytes[5000] ^= 1;
    std::fs::write(&segment, bytes).expect("writes");

    let report = served.client(OWN).scrub().await.expect("walks");
    assert_eq!(
        (report.checked, report.healed.to_vec()),
        (2, vec![items[1].blob])
    );
    let refused = served.client(READER).scrub().await;
    assert!(refused.is_err());

    let reader = served.client(READER);
    let (_, got) = reader
        .get(member(OWN), request(&items))
        .await
        .expect("released");
    for (got, put) in got.iter().zip(&items) {
        assert_eq!(got.bytes, put.bytes.to_vec());
    }
    served
        .ledger
        .script()
        .tickets
        .get_mut(&ticket())
        .expect("one")
        .ended = true;
    let ended = reader.get(member(OWN), request(&items)).await;
    assert!(matches!(ended, Err(Failure::Refused(Refusal::TicketEnded))));

    let ask = JournalRequest {
        journal: JournalKind::Vault,
        from: 0,
        limit: 10,
    };
    let page = reader
        .journal(member(OWN), ask.clone())
        .await
        .expect("page");
    assert_eq!((page.count, page.entries.len()), (1, 1));
    let page = reader.journal(member(4), ask).await.expect("page");
    assert_eq!(page.entries[0].reader, member(OWN), "the copy that healed");
}

#[tokio::test]
async fn hostile_bytes_get_a_numbered_no() {
    let served = Served::new(Limits::default()).await;
    let http = HttpClient::new();
    let bounds = Bounds {
        time: Duration::from_secs(5),
        bytes_max: 10_000,
    };
    for route in [
        wire::BLOBS,
        wire::RELEASE,
        wire::HEAL,
        wire::SCRUB,
        wire::JOURNAL,
    ] {
        for body in [Vec::new(), vec![0xff; 500]] {
            let reply = http.post(served.base(), route, body.into(), bounds).await;
            let reply = reply.expect("answers");
            assert_eq!(reply.status.as_u16(), 400);
            let problem: Problem = serde_json::from_slice(&reply.body).expect("a problem");
            assert_eq!(problem.number, Refusal::Malformed.number());
        }
    }
    let large = Bytes::from(vec![0; 200_000]);
    let reply = http.post(served.base(), wire::RELEASE, large, bounds).await;
    assert_eq!(reply.expect("answers").status.as_u16(), 400);
    let health = http
        .get(served.base(), "/healthz", bounds)
        .await
        .expect("answers");
    let health: serde_json::Value = serde_json::from_slice(&health.body).expect("JSON");
    assert_eq!(health["holding"]["blobs"], 0);
    let wrong = served
        .client(DEPOSITOR)
        .put(member(OWN), vec![put(&item(1, 100))])
        .await;
    assert!(matches!(wrong, Err(Failure::Fault(Fault::Invalid { .. }))));
}

#[tokio::test]
async fn slow_and_half_open_connections_are_cut_off() {
    let limits = Limits {
        connections_max: 2,
        head_time: Duration::from_millis(200),
        body_time: Duration::from_millis(200),
        ..Limits::default()
    };
    let served = Served::new(limits).await;
    let mut head = TcpStream::connect(served.base()).await.expect("connects");
    head.write_all(b"POST /v1/release HT")
        .await
        .expect("writes");
    let mut body = TcpStream::connect(served.base()).await.expect("connects");
    let start = b"POST /v1/release HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc";
    body.write_all(start).await.expect("writes");
    // Both places are taken; a third is served once they are cut off.
    let bounds = Bounds {
        time: Duration::from_secs(5),
        bytes_max: 10_000,
    };
    let third = HttpClient::new()
        .get(served.base(), "/healthz", bounds)
        .await;
    assert_eq!(third.expect("answers").status.as_u16(), 200);
    let mut rest = Vec::new();
    body.read_to_end(&mut rest).await.expect("ends");
    assert!(rest.starts_with(b"HTTP/1.1 400"));
    let mut rest = Vec::new();
    head.read_to_end(&mut rest).await.expect("ends");
}

#[tokio::test]
async fn without_room_a_request_is_told_to_come_back() {
    let limits = Limits {
        bytes_max: 64 * 1024,
        ..Limits::default()
    };
    let served = Served::new(limits).await;
    let large = served
        .client(DEPOSITOR)
        .put(member(OWN), vec![put(&item(1, 131_072))])
        .await;
    assert!(matches!(
        large,
        Err(Failure::Fault(Fault::Unavailable { .. }))
    ));
    let small = served
        .client(DEPOSITOR)
        .put(member(OWN), vec![put(&item(1, 4096))])
        .await;
    assert!(small.is_ok());
}
