//! Keeper: keys leave only under an open ticket, for records of the own member, sealed to the ticket's reader, after the
//! journal. Method: one allowed request, then the same with one thing wrong.
#[path = "../../../client/tests/fake/mod.rs"]
mod fake;
mod succession;

use amanat_client::fault::{Failure, Fault};
use amanat_client::serve::Limits;
use amanat_client::stores::{Predecessors as _, Stores as _};
use amanat_client::wire::{self, KeysAnswer, KeysRequest, WrapItem};
use amanat_client::{Asker, Doors, MemberClient};
use amanat_envelope::{Bundle, Custody as _, Sealed, SealingSecret, SingleCustodian};
use amanat_keeper::{Config, Custodian, Entropy, serve};
use amanat_tls::Acceptor;
use amanat_types::code::JournalKind;
use amanat_types::codec::List;
use amanat_types::release::{JournalRequest, ReleaseRequest, SignedRequest};
use amanat_types::{Height, RecordId, Refusal, TicketId, limits};
use fake::{FakeLedger, FaultyDisk, member, network, seed, signer};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use tokio::net::TcpListener;

/// The custodian's member.
const OWN: u16 = 1;
/// The member that reads.
const READER: u16 = 3;

struct World {
    _folder: tempfile::TempDir,
    ledger: FakeLedger,
    disk: FaultyDisk,
    custodian: Custodian<FakeLedger>,
    sealed: Vec<Sealed>,
    wraps: Vec<(RecordId, Vec<u8>)>,
    reader: SealingSecret,
}

fn ticket() -> TicketId {
    TicketId::new([9; 16])
}

fn rng() -> StdRng {
    StdRng::from_seed([5; 32])
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let ledger = FakeLedger::new(4);
        let disk = FaultyDisk::default();
        let secret = SealingSecret::from_seed(&[1; 32]);
        let reader = SealingSecret::from_seed(&[2; 32]);
        let mut rng = rng();
        let mut sealed = Vec::new();
        let mut wraps = Vec::new();
        for byte in 0..3u8 {
            let record = RecordId::new([byte; 16]);
            let one = amanat_envelope::seal(record, b"content", &mut rng).expect("seals");
            let wrap =
                SingleCustodian::wrap(secret.public(), &network(), record, &one.key, &mut rng);
            ledger.deposit(record, one.digest, OWN, &[OWN, 4]);
            wraps.push((record, wrap.expect("wraps").to_bytes()));
            sealed.push(one);
        }
        let records: Vec<RecordId> = wraps.iter().map(|(record, _)| *record).collect();
        ledger.ticket(ticket(), READER, &records);
        let mut script = ledger.script();
        script.tickets.get_mut(&ticket()).expect("one").reader = *reader.public();
        drop(script);
        let config = Config {
            folder: folder.path().join("custodian"),
            network: network(),
            member: member(OWN),
            limits: Limits::default(),
        };
        let clock = ledger.clock();
        let entropy = Entropy::system();
        let custodian = Custodian::open(config, secret, &disk, ledger.clone(), clock, entropy);
        Self {
            _folder: folder,
            ledger,
            disk,
            custodian: custodian.expect("opens"),
            sealed,
            wraps,
            reader,
        }
    }

    fn request(&self) -> KeysRequest {
        let wraps = self.wraps.iter().map(|(record, wrap)| WrapItem {
            record: *record,
            wrap: List::new(wrap.clone()).expect("short"),
        });
        KeysRequest {
            request: ReleaseRequest {
                ticket: ticket(),
                seen: Height::new(10),
                records: List::new(self.wraps.iter().map(|(record, _)| *record).collect())
                    .expect("few"),
            },
            wraps: List::new(wraps.collect()).expect("few"),
        }
    }

    fn ask(&self) -> SignedRequest {
        self.ledger.sign(READER, wire::KEYS, self.request())
    }

    fn opens(&self, bundle: &[u8]) {
        let bundle = Bundle::from_bytes(bundle).expect("a bundle");
        let records: Vec<RecordId> = self.wraps.iter().map(|(record, _)| *record).collect();
        let own = SealingSecret::from_seed(&[1; 32]);
        let keys = SingleCustodian::open_bundles(
            own.public(),
            &self.reader,
            &network(),
            ticket(),
            &records,
            &[bundle],
        );
        for (key, sealed) in keys.expect("opens").iter().zip(&self.sealed) {
            assert_eq!(*key, sealed.key);
        }
    }

    fn entries(&self) -> u64 {
        self.custodian.journal().head().0
    }
}

fn refused(result: Result<KeysAnswer, Failure>) -> Refusal {
    match result {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn keys_are_sealed_to_the_tickets_reader_and_journalled() {
    let world = World::new();
    let answer = world.custodian.keys(world.ask()).await.expect("released");
    assert_eq!(answer.height, Height::new(10));
    world.opens(&answer.bundle);
    let page = world.custodian.journal().page(0, 5).await.expect("page");
    let entry = &page.entries[0];
    assert_eq!(entry.journal, JournalKind::Custodian);
    assert_eq!(
        (entry.releaser, entry.reader),
        (member(OWN), member(READER))
    );
    assert_eq!((entry.ticket, entry.height), (ticket(), Height::new(10)));
    assert_eq!(entry.records, world.request().request.records);
}

#[tokio::test]
async fn without_an_open_ticket_no_key_leaves() {
    let world = World::new();
    let ask = world.ask();
    world.custodian.keys(ask.clone()).await.expect("released");
    world
        .ledger
        .script()
        .tickets
        .get_mut(&ticket())
        .expect("one")
        .ended = true;
    let replayed = world.custodian.keys(ask).await;
    assert_eq!(refused(replayed), Refusal::TicketEnded);
    world
        .ledger
        .script()
        .tickets
        .get_mut(&ticket())
        .expect("one")
        .ended = false;
    let other = world.ledger.sign(2, wire::KEYS, world.request());
    assert_eq!(
        refused(world.custodian.keys(other).await),
        Refusal::ReaderWrong
    );
    let stranger = world.ledger.sign(9, wire::KEYS, world.request());
    let stranger = world.custodian.keys(stranger).await;
    assert_eq!(refused(stranger), Refusal::DepositorUnknown);
    let elsewhere = world.ledger.sign(READER, wire::RELEASE, world.request());
    let elsewhere = world.custodian.keys(elsewhere).await;
    assert_eq!(refused(elsewhere), Refusal::SignatureInvalid);
    let rubbish = world.ledger.sign(READER, wire::KEYS, 1u8);
    assert_eq!(
        refused(world.custodian.keys(rubbish).await),
        Refusal::Malformed
    );
    assert_eq!(world.entries(), 1);
}

#[tokio::test]
async fn a_stale_request_or_tip_opens_nothing() {
    let world = World::new();
    let ask = world.ask();
    world.ledger.set_now(ask.time_ms.get() + 60_001);
    assert_eq!(
        refused(world.custodian.keys(ask).await),
        Refusal::RequestStale
    );
    world.ledger.set_now(1_000_000 + limits::RECENCY_MS_MAX + 1);
    let stalled = world.custodian.keys(world.ask()).await;
    assert_eq!(refused(stalled), Refusal::TipTooOld);
}

#[tokio::test]
async fn another_custodians_record_is_refused_whole() {
    let world = World::new();
    let (record, _) = world.wraps[1];
    world
        .ledger
        .deposit(record, world.sealed[1].digest, 2, &[OWN, 4]);
    let refusal = refused(world.custodian.keys(world.ask()).await);
    assert_eq!(refusal, Refusal::RecordNotYours);
    assert_eq!(world.entries(), 0);
}

#[tokio::test]
async fn wraps_must_be_those_of_the_records() {
    let world = World::new();
    let mut request = world.request();
    let mut wraps = request.wraps.into_vec();
    wraps.swap(0, 1);
    request.wraps = List::new(wraps.clone()).expect("few");
    let swapped = world.ledger.sign(READER, wire::KEYS, request.clone());
    let swapped = world.custodian.keys(swapped).await;
    assert!(matches!(
        swapped,
        Err(Failure::Fault(Fault::Invalid { .. }))
    ));
    assert_eq!(world.entries(), 0);

    // The wrap of one record under the name of another does not open.
    wraps.swap(0, 1);
    wraps[0].wrap = wraps[1].wrap.clone();
    request.wraps = List::new(wraps.clone()).expect("few");
    let wrong = world.ledger.sign(READER, wire::KEYS, request.clone());
    assert_eq!(
        refused(world.custodian.keys(wrong).await),
        Refusal::WrapWrong
    );
    wraps[0].wrap = List::new(vec![1, 2, 3]).expect("short");
    request.wraps = List::new(wraps).expect("few");
    let rubbish = world.ledger.sign(READER, wire::KEYS, request);
    assert_eq!(
        refused(world.custodian.keys(rubbish).await),
        Refusal::WrapWrong
    );
}

#[tokio::test]
async fn no_journal_no_key() {
    let world = World::new();
    world.disk.unsynced.store(true, Ordering::SeqCst);
    let result = world.custodian.keys(world.ask()).await;
    assert!(matches!(result, Err(Failure::Fault(Fault::Storage { .. }))));
    assert_eq!(world.entries(), 0);
}

#[tokio::test]
async fn without_entropy_no_key() {
    let world = World::new();
    let config = Config {
        folder: world.custodian.config().folder.join("other"),
        ..world.custodian.config().clone()
    };
    let entropy = Entropy::new(|| Err(Fault::invalid("none")));
    let secret = SealingSecret::from_seed(&[1; 32]);
    let (ledger, clock) = (world.ledger.clone(), world.ledger.clock());
    let custodian = Custodian::open(config, secret, &world.disk, ledger, clock, entropy);
    let result = custodian.expect("opens").keys(world.ask()).await;
    assert!(matches!(result, Err(Failure::Fault(_))));
}

#[tokio::test]
async fn the_same_over_tls() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = format!("https://{}", listener.local_addr().expect("bound"));
    let tls = Acceptor::member(&seed(OWN)).expect("a key");
    tokio::spawn(serve(
        listener,
        world.custodian.clone(),
        Some(tls),
        std::future::pending(),
    ));
    let door = Doors {
        key: Some(signer(OWN).public_key()),
        vault: address.clone(),
        custodian: address,
    };
    let asker = Asker {
        network: network(),
        member: member(READER),
        signer: signer(READER),
        clock: world.ledger.clock(),
    };
    let doors = BTreeMap::from([(member(OWN), door)]);
    let reader = MemberClient::new(asker, doors).expect("an Ed25519 key");
    let request = world.request().request;
    let (height, bundle) = reader
        .keys(member(OWN), request.clone(), world.wraps.clone())
        .await
        .expect("released");
    assert_eq!(height, Height::new(10));
    world.opens(&bundle);
    let ask = JournalRequest {
        journal: JournalKind::Custodian,
        from: 0,
        limit: 9,
    };
    let page = reader.journal(member(OWN), ask).await.expect("page");
    assert_eq!((page.count, page.entries.len()), (1, 1));
    let not_named = reader.hand_over(member(OWN), world.wraps.clone()).await;
    assert!(matches!(
        not_named,
        Err(Failure::Refused(Refusal::NotSuccessor))
    ));
    world.name(Some(READER));
    // The reader of these tests has no sealing key that can be sealed to.
    let no_key = reader.hand_over(member(OWN), world.wraps.clone()).await;
    assert!(matches!(no_key, Err(Failure::Fault(Fault::Damaged { .. }))));
    world.sealing_of(READER);
    let handed = reader
        .hand_over(member(OWN), world.wraps.clone())
        .await
        .expect("handed");
    let records = handed.iter().map(|(record, _)| *record);
    assert!(records.eq(world.wraps.iter().map(|(record, _)| *record)));
    world
        .ledger
        .script()
        .tickets
        .get_mut(&ticket())
        .expect("one")
        .ended = true;
    let ended = reader.keys(member(OWN), request, world.wraps.clone()).await;
    assert!(matches!(ended, Err(Failure::Refused(Refusal::TicketEnded))));
}

#[tokio::test]
async fn the_journal_is_read_by_known_members_only() {
    let world = World::new();
    world.custodian.keys(world.ask()).await.expect("released");
    let sign = |by, journal| {
        let ask = JournalRequest {
            journal,
            from: 0,
            limit: 5,
        };
        world.ledger.sign(by, wire::JOURNAL, ask)
    };
    let custodian = &world.custodian;
    let known = custodian
        .journal_page(sign(4, JournalKind::Custodian))
        .await;
    assert_eq!(known.expect("page").entries.len(), 1);
    let stranger = custodian
        .journal_page(sign(9, JournalKind::Custodian))
        .await;
    assert!(matches!(
        stranger,
        Err(Failure::Refused(Refusal::DepositorUnknown))
    ));
    let other = custodian.journal_page(sign(4, JournalKind::Vault)).await;
    assert!(matches!(other, Err(Failure::Refused(Refusal::Malformed))));
}
