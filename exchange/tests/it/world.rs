//! A scripted ledger, vaults and custodians in memory, with faults on demand.
//!
//! The ledger keeps just enough of the rules for the use cases to be told apart ([`rules`]): unique ids, grants that cover what is
//! asked, ended bases.
mod amend;
mod erase;
mod ledger;
mod rules;
mod stores;

use amanat_client::Submitter;
use amanat_client::stores::{BlobGot, BlobPut, Holders, JournalPage, Predecessors};
use amanat_client::submit::Sponsor;
use amanat_client::{Clock, Failure, Fault, Ledger, Stores};
use amanat_envelope::{Custody as _, SealingSecret, SingleCustodian, Wrap};
use amanat_exchange::{Actor, Config, Exchange, Keeping, StorageKey};
use amanat_types::call::*;
use amanat_types::code::*;
use amanat_types::codec::{List, Text};
use amanat_types::event::*;
use amanat_types::journal::JournalEntry;
use amanat_types::key::MemberSigner;
use amanat_types::proof::{ReceiptProof, StateProof};
use amanat_types::receipt::{Outcome, Receipt, Refused, TransactionEvents};
use amanat_types::release::{JournalRequest, Release, ReleaseRequest};
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
    /// Members whose vaults take so long to store.
    pub slow_ms: BTreeMap<u16, u64>,
    /// Whether vaults fail whatever has more than one blob.
    pub no_batches: bool,
    /// Batches that vaults were given: whose vault, how many blobs, how many bytes.
    pub puts: Vec<(u16, usize, usize)>,
    /// Members whose vaults refuse, and why.
    pub refuses: BTreeMap<u16, Refusal>,
    /// Members whose vaults give wraps that are none.
    pub wraps: BTreeSet<u16>,
    /// Members whose vaults flip a byte of what they give.
    pub flips: BTreeSet<u16>,
    /// Records that their patient has restricted.
    pub restricted: BTreeSet<RecordId>,
    /// Records whose wraps custodians cannot open.
    pub unopened: BTreeSet<RecordId>,
    /// Batches after which the custodians answer no successor.
    pub hands: Option<usize>,
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
    /// By holder, record, and whose name it was put in.
    pub vaults: HashMap<(u16, RecordId, MemberId), BlobPut>,
    /// Whose each request for the amendment of a record is.
    pub amendments: BTreeMap<RecordId, Vec<PatientId>>,
    /// What was disclosed, one list a disclosure.
    pub disclosed: Vec<Vec<RecordId>>,
    /// Hand-overs that custodians gave.
    pub handed: usize,
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

    /// What a successor, or a custodian that places its records anew, does.
    pub fn keeping(&self) -> Keeping<Self, Self> {
        let sponsor = Sponsor {
            network: network(),
            member: self.me,
            signer: signer(self.me),
            deadline: std::time::Duration::from_secs(5),
        };
        let submitter = Submitter::new(self.clone(), sponsor, Clock::system());
        Keeping::new(submitter, self.clone(), secret(self.me))
    }

    /// Who the ledger says is custodian of a record, and who holds it.
    pub fn record(&self, record: RecordId) -> Record {
        let inside = self.inside.lock().unwrap();
        inside.get(&StateKey::record(&record)).unwrap()
    }

    /// Names the successor of `member`, as the ledger would after both have signed.
    pub fn name(&self, member: u16, successor: Option<u16>) {
        let value = Succession {
            successor: successor.map(MemberId::new),
            height: Height::new(1),
        };
        let key = StateKey::succession(MemberId::new(member));
        self.inside.lock().unwrap().put(key, &value);
    }

    /// Takes a member off the roster.
    pub fn without(&self, member: u16) {
        let left = (1..=MEMBERS).filter(|one| *one != member);
        let roster = RosterState {
            members: List::new(left.map(MemberId::new).collect()).unwrap(),
            validators: MEMBERS,
        };
        let mut inside = self.inside.lock().unwrap();
        inside.put(StateKey::roster(), &roster);
        inside.ills.down.insert(member);
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
