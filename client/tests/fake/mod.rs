//! A ledger that does what a test tells it: shared by the tests of client, vault and keeper.
#![allow(dead_code)]
use amanat_client::disk::{AppendFile, Disk, LocalDisk, PatchFile};
use amanat_client::{Clock, Fault, Ledger};
use amanat_types::call::Unit;
use amanat_types::code::{KeyPurpose, MemberKind};
use amanat_types::codec::{List, Text};
use amanat_types::id::{BlindIndex, BlobDigest, SealingKey};
use amanat_types::key::{MemberSigner, PublicKey};
use amanat_types::proof::{ReceiptProof, StateProof};
use amanat_types::receipt::{Outcome, Receipt, TransactionEvents};
use amanat_types::release::{Release, ReleasedRecord, SignedRequest};
use amanat_types::state::{
    Actor, ErasureState, Member, MemberActor, MemberKey, Record, Sequence, Standing,
};
use amanat_types::wire::*;
use amanat_types::{
    Digest, Height, MemberId, RecordId, Refusal, StateKey, TicketId, TimestampMs, Transaction,
    TransactionId,
};
use commonware_codec::Encode;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// The network of all tests.
pub fn network() -> Digest {
    amanat_types::digest("test/network", &[])
}

/// Signer of a member, by its number.
pub fn signer(member: u16) -> MemberSigner {
    MemberSigner::from_seed(seed(member))
}

/// Seed of that signer.
pub const fn seed(member: u16) -> [u8; 32] {
    let [high, low] = member.to_be_bytes();
    let mut seed = [7; 32];
    seed[0] = high;
    seed[1] = low;
    seed
}

/// A member.
pub const fn member(number: u16) -> MemberId {
    MemberId::new(number)
}

/// A ticket.
pub struct FakeTicket {
    pub member: MemberId,
    pub reader: SealingKey,
    pub records: BTreeSet<RecordId>,
    pub ended: bool,
}

/// What happens to the next submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Takes effect, but the answer is lost.
    Lose,
    /// Does not arrive.
    Drop,
    /// Not final in time; never in a block.
    TimeOut,
    /// Refused.
    Refuse(Refusal),
    /// Not taken: to be sent again after so many milliseconds.
    Busy(u64),
}

#[derive(Default)]
pub struct Script {
    pub state: BTreeMap<StateKey, Vec<u8>>,
    pub height: u64,
    pub time_ms: u64,
    pub tickets: BTreeMap<TicketId, FakeTicket>,
    pub acts: VecDeque<Act>,
    pub receipts: BTreeMap<TransactionId, ReceiptProof>,
    pub finals: BTreeMap<TransactionId, Finalized>,
    pub sent: Vec<Transaction>,
    pub numbers: BTreeMap<u64, TransactionId>,
    pub pages: VecDeque<EventPage>,
    pub released: Option<ReleaseAnswer>,
    pub questions: u64,
    pub states: u64,
    pub down: bool,
}

/// The ledger. Clones are the same one.
#[derive(Clone, Default)]
pub struct FakeLedger {
    script: Arc<Mutex<Script>>,
    now: Arc<AtomicU64>,
}

impl FakeLedger {
    /// Members 1 to `members`, each with its one key, at height 10.
    pub fn new(members: u16) -> Self {
        let fake = Self::default();
        fake.set_now(1_000_000);
        {
            let mut script = fake.script();
            script.height = 10;
            script.time_ms = 1_000_000;
        }
        for number in 1..=members {
            fake.admit(number, KeyPurpose::Vault, true);
        }
        fake
    }

    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().expect("not poisoned")
    }

    pub fn set_now(&self, ms: u64) {
        self.now.store(ms, Ordering::Relaxed);
    }

    pub fn clock(&self) -> Clock {
        let now = self.now.clone();
        let sleeping = self.now.clone();
        Clock::with_sleep(
            move || TimestampMs::new(now.load(Ordering::Relaxed)),
            move |time| {
                let ms = u64::try_from(time.as_millis()).expect("short");
                sleeping.fetch_add(ms, Ordering::Relaxed);
                tokio::task::yield_now()
            },
        )
    }

    pub fn put(&self, key: StateKey, value: impl Encode) {
        self.script().state.insert(key, value.encode().to_vec());
    }

    pub fn admit(&self, number: u16, purpose: KeyPurpose, active: bool) {
        let key = signer(number).public_key();
        let actor = MemberActor {
            member: member(number),
            purpose,
        };
        self.put(StateKey::actor(&key), Actor::Member(actor));
        let keys = List::new(vec![MemberKey { purpose, key }]).expect("one");
        let state = Member {
            name: Text::new("member").expect("short"),
            kind: MemberKind::Hospital,
            standing: match active {
                true => Standing::Active,
                false => Standing::Suspended,
            },
            keys,
            sealing: SealingKey::new([0; 32]),
        };
        self.put(StateKey::member(member(number)), state);
    }

    pub fn deposit(&self, record: RecordId, blob: BlobDigest, depositor: u16, holders: &[u16]) {
        let state = Record {
            member: member(depositor),
            blob,
            bucket: 0,
            index: BlindIndex::new([1; 16]),
            holders: List::new(holders.iter().map(|h| member(*h)).collect()).expect("few"),
            height: Height::new(5),
            supersedes: None,
            superseded_by: None,
            retracted: None,
        };
        self.put(StateKey::record(&record), state);
    }

    /// Takes a record back.
    pub fn retract(&self, record: RecordId) {
        let key = StateKey::record(&record);
        let bytes = self.script().state[&key].clone();
        let state: Record = commonware_codec::DecodeExt::decode(bytes).expect("a record");
        let retracted = Some(amanat_types::code::RetractReason::Duplicate);
        self.put(key, Record { retracted, ..state });
    }

    /// Erases a record, which `confirmed` have said to have deleted.
    pub fn erase(&self, record: RecordId, confirmed: &[u16]) {
        let key = StateKey::record(&record);
        let bytes = self.script().state[&key].clone();
        let state: Record = commonware_codec::DecodeExt::decode(bytes).expect("a record");
        let retracted = Some(amanat_types::code::RetractReason::Erased);
        self.put(key, Record { retracted, ..state });
        let erasure = ErasureState {
            patient: amanat_types::PatientId::new([8; 16]),
            time_ms: TimestampMs::new(1),
            confirmed: List::new(confirmed.iter().map(|one| member(*one)).collect()).expect("few"),
        };
        self.put(StateKey::erasure(&record), erasure);
    }

    pub fn ticket(&self, ticket: TicketId, reader: u16, records: &[RecordId]) {
        let fake = FakeTicket {
            member: member(reader),
            reader: SealingKey::new([3; 32]),
            records: records.iter().copied().collect(),
            ended: false,
        };
        self.script().tickets.insert(ticket, fake);
    }

    pub fn sign(&self, by: u16, route: &str, body: impl Encode) -> SignedRequest {
        let time = TimestampMs::new(self.now.load(Ordering::Relaxed));
        let body = body.encode().to_vec();
        SignedRequest::sign(&signer(by), &network(), route, member(by), time, body).expect("short")
    }

    /// The question is put to the script, as a node would judge it.
    fn judge(script: &Script, question: &ReleaseQuestion) -> Result<Release, Refusal> {
        let request = &question.request;
        let ticket = script.tickets.get(&request.ticket);
        let ticket = ticket.ok_or(Refusal::TicketUnknown)?;
        if ticket.ended {
            return Err(Refusal::TicketEnded);
        }
        let records = request.records.iter().map(|record| {
            if !ticket.records.contains(record) {
                return Err(Refusal::RecordOutsideTicket);
            }
            let bytes = script.state.get(&StateKey::record(record));
            let bytes = bytes.ok_or(Refusal::RecordUnknown)?;
            let state: Record =
                commonware_codec::DecodeExt::decode(bytes.clone()).expect("a record");
            Ok(ReleasedRecord {
                record: *record,
                blob: state.blob,
                custodian: state.member,
            })
        });
        Ok(Release {
            height: Height::new(script.height),
            time_ms: TimestampMs::new(script.time_ms),
            member: ticket.member,
            reader: ticket.reader,
            records: List::new(records.collect::<Result<_, _>>()?).expect("bounded"),
        })
    }

    fn execute(script: &mut Script, transaction: &Transaction) -> Submitted {
        let id = transaction.id();
        if let Some(done) = script.finals.get(&id) {
            return Submitted::Final(done.clone());
        }
        if transaction.body.last_height < Height::new(script.height) {
            return Submitted::Refused(Refusal::TransactionExpired);
        }
        if script.numbers.contains_key(&transaction.body.sequence) {
            return Submitted::Refused(Refusal::SequenceUsed);
        }
        script.numbers.insert(transaction.body.sequence, id);
        script.height += 1;
        let done = Finalized {
            height: Height::new(script.height),
            time_ms: TimestampMs::new(script.time_ms),
            receipt: Receipt {
                transaction: id,
                outcome: Outcome::Accepted(Unit),
                units: 1,
            },
            events: TransactionEvents {
                transaction: id,
                events: List::empty(),
            },
        };
        script.finals.insert(id, done.clone());
        Submitted::Final(done)
    }
}

/// A sequence window whose highest number is `top`.
pub fn sequence(top: u64) -> Sequence {
    let ring = List::new(vec![0; 512]).expect("the window's size");
    Sequence { top, ring }
}

fn lost() -> Fault {
    Fault::TimedOut {
        address: "fake".into(),
        after_ms: 1,
    }
}

impl Ledger for FakeLedger {
    async fn submit(&self, transactions: Vec<Transaction>) -> Result<Vec<Submitted>, Fault> {
        let mut script = self.script();
        let mut answers = Vec::new();
        for transaction in transactions {
            script.sent.push(transaction.clone());
            let act = script.acts.pop_front();
            match act {
                Some(Act::Drop) => return Err(lost()),
                Some(Act::Lose) => {
                    Self::execute(&mut script, &transaction);
                    return Err(lost());
                }
                Some(Act::Busy(retry_after_ms)) => {
                    return Err(Fault::Unavailable {
                        address: "fake".into(),
                        retry_after_ms,
                    });
                }
                Some(Act::TimeOut) => answers.push(Submitted::TimedOut(Unit)),
                Some(Act::Refuse(refusal)) => answers.push(Submitted::Refused(refusal)),
                None => answers.push(Self::execute(&mut script, &transaction)),
            }
        }
        Ok(answers)
    }

    async fn receipt(&self, id: TransactionId) -> Result<Option<ReceiptProof>, Fault> {
        Ok(self.script().receipts.get(&id).cloned())
    }

    async fn events(&self, _: Height, _: u32, _: u64) -> Result<EventPage, Fault> {
        self.script().pages.pop_front().ok_or_else(lost)
    }

    async fn state(&self, keys: Vec<StateKey>) -> Result<StateAnswer, Fault> {
        let mut script = self.script();
        script.states += 1;
        if script.down {
            return Err(lost());
        }
        let values = keys.iter().map(|key| {
            let value = script.state.get(key).cloned();
            value.map(|bytes| List::new(bytes).expect("short"))
        });
        Ok(StateAnswer {
            height: Height::new(script.height),
            time_ms: TimestampMs::new(script.time_ms),
            values: List::new(values.collect()).expect("bounded"),
        })
    }

    async fn state_proof(&self, _: StateKey) -> Result<StateProof, Fault> {
        Err(lost())
    }

    async fn release(&self, question: ReleaseQuestion) -> Result<ReleaseAnswer, Fault> {
        let mut script = self.script();
        script.questions += 1;
        if let Some(answer) = &script.released {
            return Ok(answer.clone());
        }
        Ok(match Self::judge(&script, &question) {
            Ok(release) => ReleaseAnswer::Released(release),
            Err(refusal) => ReleaseAnswer::Refused(refusal),
        })
    }

    async fn explain(
        &self,
        _: amanat_types::explain::ExplainQuestion,
    ) -> Result<amanat_types::explain::Explanation, Fault> {
        Err(Fault::protocol("a fake", "it explains nothing"))
    }

    async fn status(&self) -> Result<Status, Fault> {
        Err(lost())
    }
}

/// A disk whose writes or syncs fail when told to; a failing write leaves half of its bytes. Of what is overwritten so many bytes are, and no more.
#[derive(Clone)]
pub struct FaultyDisk {
    pub full: Arc<AtomicBool>,
    pub unsynced: Arc<AtomicBool>,
    pub syncs: Arc<AtomicU64>,
    pub patch_left: Arc<AtomicUsize>,
}

impl Default for FaultyDisk {
    fn default() -> Self {
        Self {
            full: Arc::default(),
            unsynced: Arc::default(),
            syncs: Arc::default(),
            patch_left: Arc::new(AtomicUsize::new(usize::MAX)),
        }
    }
}

struct FaultyPatch {
    file: Box<dyn PatchFile>,
    disk: FaultyDisk,
}

impl PatchFile for FaultyPatch {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let left = self.disk.patch_left.load(Ordering::SeqCst);
        let some = bytes.len().min(left);
        self.file.write_at(&bytes[..some], offset)?;
        self.disk.patch_left.store(left - some, Ordering::SeqCst);
        match some == bytes.len() {
            true => Ok(()),
            false => Err(io::ErrorKind::Other.into()),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.syncs.fetch_add(1, Ordering::SeqCst);
        match self.disk.unsynced.load(Ordering::SeqCst) {
            true => Err(io::ErrorKind::Other.into()),
            false => self.file.sync(),
        }
    }
}

struct FaultyFile {
    file: Box<dyn AppendFile>,
    disk: FaultyDisk,
}

impl Disk for FaultyDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn AppendFile>> {
        let file = LocalDisk.open(path)?;
        let disk = self.clone();
        Ok(Box::new(FaultyFile { file, disk }))
    }

    fn patch(&self, path: &Path) -> io::Result<Box<dyn PatchFile>> {
        let file = LocalDisk.patch(path)?;
        let disk = self.clone();
        Ok(Box::new(FaultyPatch { file, disk }))
    }
}

impl AppendFile for FaultyFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.disk.full.load(Ordering::SeqCst) {
            self.file.append(&bytes[..bytes.len() / 2])?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.syncs.fetch_add(1, Ordering::SeqCst);
        if self.disk.unsynced.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::Other.into());
        }
        self.file.sync()
    }
}

/// The key of a member in state.
pub fn key(number: u16) -> PublicKey {
    signer(number).public_key()
}
