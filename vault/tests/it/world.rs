//! One vault in a temporary folder, a scripted ledger, and scripted co-holders.
use crate::fake::{FakeLedger, FaultyDisk, member, network, signer};
use amanat_client::fault::{Failure, Fault};
use amanat_client::serve::Limits;
use amanat_client::stores::{BlobGot, Holders};
use amanat_client::wire::{self, PutBatch, PutItem, blob_digest};
use amanat_types::codec::List;
use amanat_types::release::{ReleaseRequest, SignedRequest};
use amanat_types::{Height, MemberId, RecordId, Refusal, TicketId};
use amanat_vault::{Config, Key, Vault};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The member whose vault it is.
pub const OWN: u16 = 1;
/// The member that puts.
pub const DEPOSITOR: u16 = 2;
/// The member that reads.
pub const READER: u16 = 3;

pub type TestVault = Vault<FakeLedger, Peers>;

type After = Option<Box<dyn Fn() + Send>>;

/// What other holders answer; `after` runs first.
#[derive(Clone, Default)]
pub struct Peers {
    pub blobs: Arc<Mutex<BTreeMap<(MemberId, RecordId), BlobGot>>>,
    pub after: Arc<Mutex<After>>,
    pub asked: Arc<Mutex<Vec<MemberId>>>,
}

impl Holders for Peers {
    async fn copy(
        &self,
        holder: MemberId,
        records: Vec<RecordId>,
    ) -> Result<Vec<BlobGot>, Failure> {
        self.asked.lock().expect("lock").push(holder);
        if let Some(after) = self.after.lock().expect("lock").as_ref() {
            after();
        }
        let blobs = self.blobs.lock().expect("lock");
        let found = records
            .iter()
            .map(|record| blobs.get(&(holder, *record)).cloned());
        let found: Option<Vec<BlobGot>> = found.collect();
        found.ok_or(Failure::Refused(Refusal::BlobUnknown))
    }
}

pub struct World {
    pub folder: tempfile::TempDir,
    pub ledger: FakeLedger,
    pub peers: Peers,
    pub disk: FaultyDisk,
    pub vault: Option<TestVault>,
}

impl World {
    pub fn new() -> Self {
        Self::with(1 << 30, 64 << 20)
    }

    pub fn with(capacity_bytes: u64, segment_bytes: u64) -> Self {
        let mut world = Self {
            folder: tempfile::tempdir().expect("folder"),
            ledger: FakeLedger::new(4),
            peers: Peers::default(),
            disk: FaultyDisk::default(),
            vault: None,
        };
        world.open(capacity_bytes, segment_bytes);
        world
    }

    pub fn open(&mut self, capacity_bytes: u64, segment_bytes: u64) {
        self.vault = None;
        let config = Config {
            folder: self.folder.path().to_owned(),
            network: network(),
            member: member(OWN),
            signer: signer(OWN),
            capacity_bytes,
            segment_bytes,
            scrub_bytes_per_s: 0,
            limits: Limits::default(),
        };
        let disk = Arc::new(self.disk.clone());
        let clock = self.ledger.clock();
        let vault = Vault::open(config, disk, self.ledger.clone(), self.peers.clone(), clock);
        self.vault = Some(vault.expect("opens"));
    }

    pub fn restart(&mut self) {
        self.open(1 << 30, 64 << 20);
    }

    pub fn vault(&self) -> &TestVault {
        self.vault.as_ref().expect("open")
    }

    pub fn segment(&self, number: u32) -> PathBuf {
        let name = format!("{number:08}.seg");
        self.folder.path().join("segments").join(name)
    }

    pub fn segment_bytes(&self) -> u64 {
        std::fs::metadata(self.segment(0)).map_or(0, |file| file.len())
    }

    /// Flips one byte of the first segment, in place.
    pub fn flip(&self, at: usize) {
        let mut bytes = std::fs::read(self.segment(0)).expect("reads");
        bytes[at] ^= 0x04;
        std::fs::write(self.segment(0), bytes).expect("writes");
    }

    pub async fn put(&self, items: Vec<PutItem>) -> Result<(), Failure> {
        let signed = self.ledger.sign(DEPOSITOR, wire::BLOBS, batch(items));
        self.vault().put(signed).await.map(|_| ())
    }

    /// Puts `count` small blobs, deposits them on the ledger with holders own and 4, and gives the reader a ticket.
    pub async fn filled(count: u8) -> Self {
        let world = Self::new();
        let items: Vec<PutItem> = (0..count).map(|byte| item(byte, 512)).collect();
        world.put(items.clone()).await.expect("puts");
        world.deposit(&items);
        world
    }

    pub fn deposit(&self, items: &[PutItem]) {
        let mut records = Vec::new();
        for item in items {
            self.ledger
                .deposit(item.record, item.blob, DEPOSITOR, &[OWN, 4]);
            records.push(item.record);
        }
        self.ledger.ticket(ticket(), READER, &records);
    }

    /// A signed request of the reader for these records.
    pub fn ask(&self, items: &[PutItem]) -> SignedRequest {
        self.ledger.sign(READER, wire::RELEASE, request(items))
    }

    /// What member 4 would give for `item`.
    pub fn peer_has(&self, item: &PutItem) {
        let got = BlobGot {
            record: item.record,
            wrap: item.wrap.to_vec(),
            bytes: item.bytes.to_vec(),
        };
        let mut blobs = self.peers.blobs.lock().expect("lock");
        blobs.insert((member(4), item.record), got);
    }
}

pub fn ticket() -> TicketId {
    TicketId::new([9; 16])
}

pub fn request(items: &[PutItem]) -> ReleaseRequest {
    ReleaseRequest {
        ticket: ticket(),
        seen: Height::new(10),
        records: List::new(items.iter().map(|item| item.record).collect()).expect("few"),
    }
}

pub fn batch(items: Vec<PutItem>) -> PutBatch {
    PutBatch {
        items: List::new(items).expect("few"),
    }
}

/// A sealed record of a bucket of `size` bytes.
pub fn item(byte: u8, size: usize) -> PutItem {
    let bytes = vec![byte; size + 16];
    PutItem {
        blob: blob_digest(&bytes),
        record: RecordId::new([byte; 16]),
        wrap: List::new(vec![byte ^ 0xff; 60]).expect("short"),
        bytes: List::new(bytes).expect("a bucket"),
    }
}

pub fn key(item: &PutItem) -> Key {
    Key {
        blob: item.blob,
        record: item.record,
        depositor: member(DEPOSITOR),
    }
}

pub fn refused<T: std::fmt::Debug>(result: Result<T, Failure>) -> Refusal {
    match result {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// What a damaged thing is called.
pub fn named<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    match result {
        Err(Failure::Fault(Fault::Damaged { what, .. })) => what,
        other => panic!("not named: {other:?}"),
    }
}
