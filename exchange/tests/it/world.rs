//! A scripted ledger, vaults and custodians in memory, with faults on demand.
//!
//! The ledger keeps just enough of the rules for the use cases to be told apart: unique ids, grants that cover what is asked, ended bases.
use amanat_client::stores::{BlobGot, BlobPut, JournalPage};
use amanat_client::{Clock, Failure, Fault, Ledger, Stores};
use amanat_envelope::{Custody as _, SealingSecret, SingleCustodian, Wrap};
use amanat_exchange::{Actor, Config, Exchange, StorageKey};
use amanat_types::call::*;
use amanat_types::code::*;
use amanat_types::codec::{List, Text};
use amanat_types::event::*;
use amanat_types::journal::JournalEntry;
use amanat_types::key::MemberSigner;
use amanat_types::proof::{ReceiptProof, StateProof};
use amanat_types::receipt::{Outcome, Receipt, Refused, TransactionEvents};
use amanat_types::release::{JournalRequest, ReleaseRequest};
use amanat_types::state::*;
use amanat_types::stored::{StoredRoot, sign_stored};
use amanat_types::wire::*;
use amanat_types::*;
use commonware_codec::{DecodeExt as _, Encode as _};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex};

pub const MEMBERS: u16 = 4;

/// What the network is made to do wrong.
#[derive(Default)]
pub struct Ills {
    /// Members whose vaults and custodians do not answer.
    pub down: BTreeSet<u16>,
    /// Members whose vaults refuse, and why.
    pub refuses: BTreeMap<u16, Refusal>,
    /// Members whose vaults give wraps that are none.
    pub wraps: BTreeSet<u16>,
    /// Members whose vaults flip a byte of what they give.
    pub flips: BTreeSet<u16>,
    /// The next submissions that fail before they reach the ledger.
    pub lost: usize,
    /// The next submissions that reach the ledger and whose answer is lost.
    pub unheard: usize,
    /// Submission after which (counted from 1) every deposit is refused.
    pub refuse_after: Option<usize>,
    pub submissions: usize,
}

#[derive(Default)]
pub struct Inside {
    pub ills: Ills,
    pub state: HashMap<StateKey, Vec<u8>>,
    pub blocks: Vec<BlockEvents>,
    finals: HashMap<TransactionId, Finalized>,
    pub vaults: HashMap<(u16, RecordId), BlobPut>,
    pub gets: usize,
}

/// The network as one member sees it.
#[derive(Clone)]
pub struct World {
    pub inside: Arc<Mutex<Inside>>,
    pub me: MemberId,
}

pub fn secret(member: MemberId) -> SealingSecret {
    SealingSecret::from_seed(&[member.number() as u8 + 100; 32])
}
fn signer(member: MemberId) -> MemberSigner {
    MemberSigner::from_seed([member.number() as u8; 32])
}
pub fn network() -> Digest {
    digest("test", &[b"network"])
}
pub fn later(ms: u64) -> TimestampMs {
    Clock::system().now().plus(ms)
}

impl World {
    pub fn new() -> Self {
        let mut inside = Inside::default();
        let members = (1..=MEMBERS).map(MemberId::new).collect();
        let roster = RosterState {
            members: List::new(members).unwrap(),
            validators: MEMBERS,
        };
        inside
            .state
            .insert(StateKey::roster(), roster.encode().to_vec());
        for id in (1..=MEMBERS).map(MemberId::new) {
            let member = Member {
                name: Text::new("a hospital").unwrap(),
                kind: MemberKind::Hospital,
                standing: Standing::Active,
                keys: List::empty(),
                sealing: *secret(id).public(),
            };
            let key = StateKey::member(id);
            inside.state.insert(key, member.encode().to_vec());
        }
        Self {
            inside: Arc::new(Mutex::new(inside)),
            me: MemberId::new(1),
        }
    }

    pub fn of(&self, member: u16) -> Self {
        Self {
            inside: self.inside.clone(),
            me: MemberId::new(member),
        }
    }

    pub async fn open(&self, folder: &Path) -> Exchange<Self, Self> {
        let config = Config {
            member: self.me,
            network: network(),
            signer: signer(self.me),
            sealing: secret(self.me),
            storage: StorageKey::new([9; 32]),
            clock: Clock::system(),
        };
        Exchange::open(folder, config, self.clone(), self.clone())
            .await
            .unwrap()
    }

    pub fn actor(&self) -> Actor {
        Actor::new(self.me, "test").unwrap()
    }

    pub fn ill<T>(&self, change: impl FnOnce(&mut Ills) -> T) -> T {
        change(&mut self.inside.lock().unwrap().ills)
    }

    pub fn records(&self) -> usize {
        let inside = self.inside.lock().unwrap();
        let events = inside
            .blocks
            .iter()
            .flat_map(|b| b.events.iter())
            .flat_map(|e| e.events.iter());
        events
            .filter(|e| matches!(e, Event::RecordDeposited(_)))
            .count()
    }
}

impl Inside {
    pub fn get<T: commonware_codec::Read<Cfg = ()>>(&self, key: &StateKey) -> Option<T> {
        self.state
            .get(key)
            .map(|bytes| T::decode(bytes.clone()).unwrap())
    }
    fn put(&mut self, key: StateKey, value: &impl commonware_codec::Encode) {
        self.state.insert(key, value.encode().to_vec());
    }

    #[expect(
        clippy::result_large_err,
        reason = "a test: the refused event beside its refusal"
    )]
    fn apply(
        &mut self,
        body: &transaction::Body,
        height: Height,
    ) -> Result<Vec<Event>, (u16, Refusal, Option<Event>)> {
        let before = self.state.clone();
        let mut events = Vec::new();
        for (at, call) in (0u16..).zip(&body.calls) {
            if let Err((refusal, event)) = self.call(body, call, height, &mut events) {
                self.state = before;
                return Err((at, refusal, event));
            }
        }
        Ok(events)
    }

    #[expect(
        clippy::result_large_err,
        reason = "a test: the refused event beside its refusal"
    )]
    fn call(
        &mut self,
        body: &transaction::Body,
        call: &Call,
        height: Height,
        events: &mut Vec<Event>,
    ) -> Result<(), (Refusal, Option<Event>)> {
        let member = body.sponsor;
        match call {
            Call::Deposit(deposit) => {
                let record = RecordId::derive(member, deposit.local);
                if self
                    .ills
                    .refuse_after
                    .is_some_and(|n| self.ills.submissions > n)
                {
                    return Err((Refusal::EncounterEnded, None));
                }
                if self.state.contains_key(&StateKey::record(&record)) {
                    return Err((Refusal::RecordExists, None));
                }
                let blobs: Vec<_> = body
                    .calls
                    .iter()
                    .filter_map(Call::deposit)
                    .map(|d| d.blob)
                    .collect();
                let root = stored::batch_root(&blobs);
                assert!(
                    body.stored.iter().all(|stored| stored.root == root),
                    "roots cover the blobs in order"
                );
                assert!(body.stored.len() >= 2, "f+1 holders");
                let holders = (1..=MEMBERS).map(MemberId::new);
                let mut holders: Vec<MemberId> = holders
                    .filter(|m| {
                        body.stored
                            .iter()
                            .any(|s| s.holder == signer(*m).public_key())
                    })
                    .collect();
                holders.sort();
                let value = Record {
                    member,
                    blob: deposit.blob,
                    bucket: deposit.bucket,
                    index: deposit.index,
                    holders: List::new(holders).unwrap(),
                    height,
                    supersedes: None,
                    superseded_by: None,
                    retracted: None,
                };
                self.put(StateKey::record(&record), &value);
                events.push(Event::RecordDeposited(RecordDeposited {
                    record,
                    index: deposit.index,
                    member,
                    bucket: deposit.bucket,
                }));
            }
            Call::Retract(retract) => {
                let key = StateKey::record(&retract.record);
                let mut value: Record = self.get(&key).ok_or((Refusal::RecordUnknown, None))?;
                value.retracted = Some(retract.reason);
                self.put(key, &value);
                events.push(Event::RecordRetracted(RecordRetracted {
                    record: retract.record,
                    member,
                    reason: retract.reason,
                }));
            }
            Call::DeclareIndexes(call) => {
                for one in &call.declarations {
                    self.put(
                        StateKey::index(&one.index),
                        &IndexOwner::Committed(one.owner),
                    );
                }
            }
            Call::RegisterPatient(call) => {
                events.push(Event::PatientRegistered(PatientRegistered {
                    member,
                    patient: call.patient,
                    card: true,
                }));
            }
            Call::CheckIn(call) => {
                let encounter = EncounterId::derive(member, call.local);
                if self.state.contains_key(&StateKey::encounter(&encounter)) {
                    return Err((Refusal::EncounterExists, None));
                }
                let indexes = sorted(&call.openings);
                let value = Encounter {
                    member,
                    patient: call.patient,
                    registration: None,
                    write: call.write,
                    indexes: indexes.clone(),
                    until_ms: call.until_ms,
                    closed_ms: None,
                };
                self.put(StateKey::encounter(&encounter), &value);
                events.push(Event::EncounterOpened(EncounterOpened {
                    encounter,
                    member,
                    patient: call.patient,
                    registration: None,
                    write: call.write,
                    indexes: indexes.clone(),
                    until_ms: call.until_ms,
                }));
                let ticket = Ticket {
                    member,
                    practitioner: None,
                    patient: Some(call.patient),
                    basis: BasisRef::Encounter(encounter),
                    purpose: Purpose::Treat,
                    scope: Scope::Indexes(indexes),
                    reader: call.reader,
                    height,
                    until_ms: call.ticket_until_ms,
                    justification: None,
                };
                self.issue(TicketId::derive(member, call.local), ticket, events);
            }
            Call::Grant(call) => {
                let grant = GrantId::derive(member, call.local);
                if self.state.contains_key(&StateKey::grant(&grant)) {
                    return Err((Refusal::GrantExists, None));
                }
                let indexes = sorted(&call.openings);
                let value = GrantState {
                    patient: call.patient,
                    grantee: call.grantee,
                    access: call.access,
                    purposes: call.purposes.clone(),
                    indexes: indexes.clone(),
                    until_ms: call.until_ms,
                    revoked_ms: None,
                };
                self.put(StateKey::grant(&grant), &value);
                events.push(Event::ConsentGranted(ConsentGranted {
                    grant,
                    patient: call.patient,
                    grantee: call.grantee,
                    indexes,
                    until_ms: call.until_ms,
                }));
            }
            Call::Revoke(call) => {
                let key = StateKey::grant(&call.grant);
                let mut value: GrantState = self.get(&key).ok_or((Refusal::GrantUnknown, None))?;
                value.revoked_ms = Some(TimestampMs::new(1));
                self.put(key, &value);
                events.push(Event::ConsentRevoked(ConsentRevoked {
                    grant: call.grant,
                    patient: value.patient,
                }));
            }
            Call::Request(call) => {
                let ticket = self.judge(member, call, height).map_err(|refusal| {
                    let basis = match call.basis {
                        ReadBasis::Consent(_) => BasisKind::Consent,
                        _ => BasisKind::None,
                    };
                    (
                        refusal,
                        Some(Event::AccessRefused(AccessRefused {
                            member,
                            patient: call.patient,
                            basis,
                            purpose: call.purpose,
                            scope: call.scope.clone(),
                            refusal,
                        })),
                    )
                })?;
                self.issue(TicketId::derive(member, call.local), ticket, events);
            }
            other => panic!("the scripted ledger does not know {}", other.name()),
        }
        Ok(())
    }

    fn judge(&self, member: MemberId, call: &Request, height: Height) -> Result<Ticket, Refusal> {
        let (indexes, patient, basis) = match call.basis {
            ReadBasis::Consent(id) => {
                let grant: GrantState = self
                    .get(&StateKey::grant(&id))
                    .ok_or(Refusal::GrantUnknown)?;
                if grant.revoked_ms.is_some() {
                    return Err(Refusal::GrantRevoked);
                }
                if !grant.purposes.contains(&call.purpose) {
                    return Err(Refusal::PurposeNotAllowed);
                }
                (grant.indexes.to_vec(), grant.patient, BasisRef::Grant(id))
            }
            ReadBasis::Treatment(id) => {
                let visit: Encounter = self
                    .get(&StateKey::encounter(&id))
                    .ok_or(Refusal::EncounterUnknown)?;
                if visit.closed_ms.is_some() {
                    return Err(Refusal::EncounterEnded);
                }
                (
                    visit.indexes.to_vec(),
                    visit.patient,
                    BasisRef::Encounter(id),
                )
            }
            _ => return Err(Refusal::NoBasis),
        };
        let reached = match &call.scope {
            Scope::Indexes(wanted) => {
                !wanted.is_empty() && wanted.iter().all(|i| indexes.contains(i))
            }
            Scope::Records(wanted) => wanted.iter().all(|id| {
                self.get::<Record>(&StateKey::record(id))
                    .is_some_and(|r| indexes.contains(&r.index))
            }),
        };
        if !reached {
            return Err(Refusal::ScopeOutsideBasis);
        }
        Ok(Ticket {
            member,
            practitioner: None,
            patient: Some(patient),
            basis,
            purpose: call.purpose,
            scope: call.scope.clone(),
            reader: call.reader,
            height,
            until_ms: call.until_ms,
            justification: None,
        })
    }

    fn issue(&mut self, id: TicketId, ticket: Ticket, events: &mut Vec<Event>) {
        events.push(Event::TicketIssued(TicketIssued {
            ticket: id,
            member: ticket.member,
            practitioner: None,
            patient: ticket.patient,
            basis: ticket.basis.kind(),
            purpose: ticket.purpose,
            scope: ticket.scope.clone(),
            until_ms: ticket.until_ms,
        }));
        self.put(StateKey::ticket(&id), &ticket);
    }

    fn include(&mut self, transaction: &Transaction) -> Finalized {
        if let Some(done) = self.finals.get(&transaction.id()) {
            return done.clone();
        }
        assert_eq!(transaction.shape(), Ok(()));
        assert!(
            transaction
                .checks()
                .iter()
                .all(|check| check.verify().is_ok()),
            "every signature verifies"
        );
        self.ills.submissions += 1;
        let height = Height::new(self.blocks.len() as u64 + 1);
        let (outcome, events) = match self.apply(&transaction.body, height) {
            Ok(events) => (Outcome::Accepted(Unit), events),
            Err((call, refusal, event)) => (
                Outcome::Refused(Refused { call, refusal }),
                event.into_iter().collect(),
            ),
        };
        let id = transaction.id();
        let receipt = Receipt {
            transaction: id,
            outcome,
            units: 1,
        };
        let events = TransactionEvents {
            transaction: id,
            events: List::new(events).unwrap(),
        };
        let time_ms = Clock::system().now();
        self.blocks.push(BlockEvents {
            height,
            time_ms,
            receipts: List::new(vec![receipt.clone()]).unwrap(),
            events: List::new(vec![events.clone()]).unwrap(),
        });
        let done = Finalized {
            height,
            time_ms,
            receipt,
            events,
        };
        self.finals.insert(id, done.clone());
        done
    }

    /// Whether `reader`'s ticket is open for all of `records`.
    fn released(&self, reader: MemberId, request: &ReleaseRequest) -> Result<Ticket, Refusal> {
        let ticket: Ticket = self
            .get(&StateKey::ticket(&request.ticket))
            .ok_or(Refusal::TicketUnknown)?;
        if ticket.member != reader {
            return Err(Refusal::ReaderWrong);
        }
        if let BasisRef::Grant(id) = ticket.basis {
            let grant: GrantState = self.get(&StateKey::grant(&id)).unwrap();
            if grant.revoked_ms.is_some() {
                return Err(Refusal::BasisEnded);
            }
        }
        for id in &request.records {
            let record: Record = self
                .get(&StateKey::record(id))
                .ok_or(Refusal::RecordUnknown)?;
            let covered = match &ticket.scope {
                Scope::Records(records) => records.contains(id),
                Scope::Indexes(indexes) => indexes.contains(&record.index),
            };
            if !covered {
                return Err(Refusal::RecordOutsideTicket);
            }
        }
        Ok(ticket)
    }
}

fn sorted(openings: &Openings) -> Indexes {
    let mut indexes: Vec<BlindIndex> = openings.iter().map(|o| o.index).collect();
    indexes.sort();
    List::new(indexes).unwrap()
}

fn broken() -> Fault {
    Fault::protocol("the own node", "broken on purpose")
}

impl Ledger for World {
    async fn submit(&self, transactions: Vec<Transaction>) -> Result<Vec<Submitted>, Fault> {
        let mut inside = self.inside.lock().unwrap();
        if inside.ills.lost > 0 {
            inside.ills.lost -= 1;
            return Err(broken());
        }
        let done = transactions
            .iter()
            .map(|t| Submitted::Final(inside.include(t)))
            .collect();
        if inside.ills.unheard > 0 {
            inside.ills.unheard -= 1;
            return Err(broken());
        }
        Ok(done)
    }
    async fn receipt(&self, _: TransactionId) -> Result<Option<ReceiptProof>, Fault> {
        Ok(None)
    }
    async fn events(&self, from: Height, limit: u32, wait_ms: u64) -> Result<EventPage, Fault> {
        for _ in 0..=(wait_ms / 5) {
            {
                let inside = self.inside.lock().unwrap();
                let blocks: Vec<BlockEvents> = inside
                    .blocks
                    .iter()
                    .filter(|b| b.height >= from)
                    .take(limit as usize)
                    .cloned()
                    .collect();
                if !blocks.is_empty() {
                    let tip = Height::new(inside.blocks.len() as u64);
                    let next = blocks.last().unwrap().height.plus(1);
                    return Ok(EventPage {
                        tip,
                        time_ms: TimestampMs::new(0),
                        next,
                        blocks: List::new(blocks).unwrap(),
                    });
                }
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let tip = Height::new(self.inside.lock().unwrap().blocks.len() as u64);
        Ok(EventPage {
            tip,
            time_ms: Clock::system().now(),
            next: from,
            blocks: List::empty(),
        })
    }
    async fn state(&self, keys: Vec<StateKey>) -> Result<StateAnswer, Fault> {
        let inside = self.inside.lock().unwrap();
        let values = keys
            .iter()
            .map(|key| inside.state.get(key).map(|v| List::new(v.clone()).unwrap()));
        Ok(StateAnswer {
            height: Height::new(inside.blocks.len() as u64),
            time_ms: TimestampMs::new(0),
            values: List::new(values.collect()).unwrap(),
        })
    }
    async fn state_proof(&self, _: StateKey) -> Result<StateProof, Fault> {
        Err(broken())
    }
    async fn release(&self, _: ReleaseQuestion) -> Result<ReleaseAnswer, Fault> {
        Err(broken())
    }
    async fn status(&self) -> Result<Status, Fault> {
        let height = self.inside.lock().unwrap().blocks.len() as u64;
        Ok(Status {
            version: String::new(),
            network: String::new(),
            member: 1,
            height,
            time_ms: 0,
            epoch: 0,
            view: 0,
            state_root: String::new(),
            header: String::new(),
            mempool: 0,
            validators: 4,
            stopping: false,
        })
    }
}

impl Stores for World {
    async fn put(&self, holder: MemberId, blobs: Vec<BlobPut>) -> Result<StoredRoot, Failure> {
        let mut inside = self.inside.lock().unwrap();
        if inside.ills.down.contains(&holder.number()) {
            return Err(Fault::TimedOut {
                address: holder.to_string(),
                after_ms: 1,
            }
            .into());
        }
        let digests: Vec<_> = blobs.iter().map(|b| b.blob).collect();
        for blob in blobs {
            inside.vaults.insert((holder.number(), blob.record), blob);
        }
        Ok(sign_stored(&signer(holder), &network(), &digests))
    }
    async fn get(
        &self,
        holder: MemberId,
        request: ReleaseRequest,
    ) -> Result<(Height, Vec<BlobGot>), Failure> {
        let mut inside = self.inside.lock().unwrap();
        inside.gets += 1;
        if inside.ills.down.contains(&holder.number()) {
            return Err(Fault::TimedOut {
                address: holder.to_string(),
                after_ms: 1,
            }
            .into());
        }
        if let Some(refusal) = inside.ills.refuses.get(&holder.number()) {
            return Err((*refusal).into());
        }
        inside.released(self.me, &request)?;
        let flips = inside.ills.flips.contains(&holder.number());
        let unwrapped = inside.ills.wraps.contains(&holder.number());
        let mut got = Vec::new();
        for record in &request.records {
            let blob = inside
                .vaults
                .get(&(holder.number(), *record))
                .ok_or(Refusal::BlobUnknown)?;
            let mut bytes = blob.bytes.clone();
            bytes[3] ^= u8::from(flips);
            got.push(BlobGot {
                record: *record,
                wrap: match unwrapped {
                    true => vec![0; 3],
                    false => blob.wrap.clone(),
                },
                bytes,
            });
        }
        Ok((Height::new(1), got))
    }
    async fn keys(
        &self,
        custodian: MemberId,
        request: ReleaseRequest,
        wraps: Vec<(RecordId, Vec<u8>)>,
    ) -> Result<(Height, Vec<u8>), Failure> {
        let inside = self.inside.lock().unwrap();
        let ticket = inside.released(self.me, &request)?;
        let wraps: Vec<(RecordId, Wrap)> = wraps
            .into_iter()
            .map(|(id, w)| (id, Wrap::decode(w).unwrap()))
            .collect();
        let bundle = SingleCustodian::rewrap(
            &secret(custodian),
            &network(),
            request.ticket,
            &ticket.reader,
            &wraps,
            &mut rand::rng(),
        );
        Ok((Height::new(1), bundle.unwrap().encode().to_vec()))
    }
    async fn journal(&self, _: MemberId, _: JournalRequest) -> Result<JournalPage, Fault> {
        Ok(JournalPage {
            count: 0,
            head: JournalEntry::start(),
            entries: Vec::new(),
        })
    }
}
