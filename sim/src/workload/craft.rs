//! One client's transactions, signed.
pub mod consent;
mod decision;

use crate::dice::Dice;
use crate::party::{FAULTY, NODES, member_signer, members, vault_signer};
use amanat_types::call::{
    Anchor, Call, DeclareIndexes, Deposit, Discharge, IndexDeclaration, ReadBasis, Request, Scope,
    Unit, WriteBasis,
};
use amanat_types::code::JournalKind;
use amanat_types::codec::List;
use amanat_types::id::{BlobDigest, Commitment, SealingKey};

use amanat_types::stored::{StoredRoot, sign_stored};
use amanat_types::transaction::{Body, VERSION};
use amanat_types::{
    BlindIndex, Digest, EncounterId, Height, LocalId, MemberId, Purpose, RecordId, TimestampMs,
    Transaction, digest,
};

/// Last height of lawful transactions: within the window from the start, beyond the end of every run.
const LAST: u64 = 590;

/// The client of one member: what it made so far, so that it can repeat it.
pub struct Author {
    member: u16,
    network: Digest,
    sequence: u64,
    anchored: u64,
    first: Option<Transaction>,
    index: Option<BlindIndex>,
    local: Option<LocalId>,
}

impl Author {
    /// A client that has made nothing.
    pub const fn new(member: u16, network: Digest) -> Self {
        Self {
            member,
            network,
            sequence: 0,
            anchored: 0,
            first: None,
            index: None,
            local: None,
        }
    }

    const fn number(&self) -> MemberId {
        MemberId::new(self.member)
    }

    fn body(&mut self, stored: Vec<StoredRoot>, calls: Vec<Call>) -> Body {
        self.sequence += 1;
        Body {
            version: VERSION,
            network: self.network,
            sponsor: self.number(),
            sequence: self.sequence,
            last_height: Height::new(LAST),
            signers: List::new(vec![member_signer(self.member).public_key()]).expect("one"),
            stored: List::new(stored).expect("few"),
            calls: List::new(calls).expect("few"),
        }
    }

    fn sign(&mut self, body: Body) -> Transaction {
        let transaction = Transaction::sign(body, &member_signer(self.member));
        self.first.get_or_insert_with(|| transaction.clone());
        transaction
    }

    /// Deposits held by so many members.
    fn deposits(&mut self, calls: Vec<Deposit>, holders: usize) -> Body {
        let blobs: Vec<BlobDigest> = calls.iter().map(|deposit| deposit.blob).collect();
        // The last member may be suspended on the way.
        let from = members()
            .filter(|member| *member != NODES)
            .cycle()
            .skip(usize::from(self.member))
            .take(holders);
        let stored = from.map(|holder| sign_stored(&vault_signer(holder), &self.network, &blobs));
        let stored = stored.collect();
        self.body(stored, calls.into_iter().map(Call::Deposit).collect())
    }

    fn record(&self, local: LocalId) -> Deposit {
        Deposit {
            local,
            blob: BlobDigest::new(digest("amanat/sim/blob", &[local.as_bytes()]).0),
            bucket: 2,
            index: BlindIndex::directory(self.number()),
            basis: WriteBasis::Directory(Unit),
            stored: List::empty(),
        }
    }

    /// A lawful batch of one to five records.
    pub fn deposit(&mut self, dice: &mut Dice) -> Transaction {
        let locals: Vec<LocalId> = (0..dice.within(1, 5))
            .map(|_| LocalId::new(dice.bytes()))
            .collect();
        self.local = locals.first().copied();
        let calls = locals.into_iter().map(|local| self.record(local)).collect();
        let body = self.deposits(calls, FAULTY + 1);
        self.sign(body)
    }

    /// A record id that was used, and a new one beside it: all or none.
    pub fn deposit_again(&mut self, dice: &mut Dice) -> Transaction {
        let used = self.local.unwrap_or(LocalId::new([0; 16]));
        let calls = vec![self.record(LocalId::new(dice.bytes())), self.record(used)];
        let body = self.deposits(calls, FAULTY + 1);
        self.sign(body)
    }

    /// The same record in two transactions.
    pub fn record_race(&mut self, dice: &mut Dice) -> Vec<Transaction> {
        let record = self.record(LocalId::new(dice.bytes()));
        (0..2)
            .map(|_| {
                let body = self.deposits(vec![record.clone()], FAULTY + 1);
                self.sign(body)
            })
            .collect()
    }

    /// A record under an index that is not the member's.
    pub fn without_basis(&mut self, dice: &mut Dice) -> Transaction {
        let mut record = self.record(LocalId::new(dice.bytes()));
        record.index = BlindIndex::new(dice.bytes());
        let body = self.deposits(vec![record], FAULTY + 1);
        self.sign(body)
    }

    /// A record that f members hold.
    pub fn few_holders(&mut self, dice: &mut Dice) -> Transaction {
        let record = self.record(LocalId::new(dice.bytes()));
        let body = self.deposits(vec![record], FAULTY);
        self.sign(body)
    }

    fn declaration(&mut self, index: BlindIndex) -> Transaction {
        let owner = Commitment::new(digest("amanat/sim/owner", &[index.as_bytes()]).0);
        let declarations = List::new(vec![IndexDeclaration { index, owner }]).expect("one");
        let call = Call::DeclareIndexes(DeclareIndexes { declarations });
        let body = self.body(Vec::new(), vec![call]);
        self.sign(body)
    }

    /// A new index.
    pub fn declare(&mut self, dice: &mut Dice) -> Transaction {
        let index = BlindIndex::new(dice.bytes());
        self.index = Some(index);
        self.declaration(index)
    }

    /// An index that is declared.
    pub fn declare_again(&mut self) -> Transaction {
        let index = self.index.unwrap_or(BlindIndex::new([0; 16]));
        self.declaration(index)
    }

    fn anchor_at(&mut self, count: u64) -> Transaction {
        let call = Call::Anchor(Anchor {
            journal: JournalKind::Vault,
            count,
            head: digest("amanat/sim/journal", &[&count.to_be_bytes()]),
        });
        let body = self.body(Vec::new(), vec![call]);
        self.sign(body)
    }

    /// More entries than before.
    pub fn anchor(&mut self) -> Transaction {
        self.anchored += 3;
        self.anchor_at(self.anchored)
    }

    /// As many entries as before.
    pub fn anchor_back(&mut self) -> Transaction {
        self.anchor_at(self.anchored)
    }

    /// A request to read that claims no basis.
    pub fn ask(&mut self, dice: &mut Dice) -> Transaction {
        let theirs = MemberId::new(self.member % crate::party::NODES + 1);
        let record = RecordId::derive(theirs, LocalId::new(dice.bytes()));
        let call = Call::Request(Request {
            local: LocalId::new(dice.bytes()),
            patient: None,
            scope: Scope::Records(List::new(vec![record]).expect("one")),
            basis: ReadBasis::None(Unit),
            purpose: Purpose::Treat,
            until_ms: TimestampMs::new(3_600_000),
            reader: SealingKey::new([5; 32]),
            openings: List::empty(),
        });
        let body = self.body(Vec::new(), vec![call]);
        self.sign(body)
    }

    fn discharge_body(&mut self, dice: &mut Dice) -> Body {
        let encounter = EncounterId::new(dice.bytes());
        self.body(Vec::new(), vec![Call::Discharge(Discharge { encounter })])
    }

    /// The end of a visit that never was.
    pub fn discharge(&mut self, dice: &mut Dice) -> Transaction {
        let body = self.discharge_body(dice);
        self.sign(body)
    }

    /// What the client sent first, unchanged.
    pub fn first(&mut self) -> Transaction {
        match self.first.clone() {
            Some(first) => first,
            None => self.anchor(),
        }
    }

    /// Something new under a sequence number that was used.
    pub fn sequence_again(&mut self, dice: &mut Dice) -> Transaction {
        let mut body = self.discharge_body(dice);
        body.sequence = 1;
        self.sign(body)
    }

    /// Two transactions with one sequence number.
    pub fn sequence_race(&mut self, dice: &mut Dice) -> Vec<Transaction> {
        let kept = self.local;
        let one = self.deposit(dice);
        let mut body = self.deposit(dice).body;
        body.sequence = one.body.sequence;
        // The record that later steps repeat must exist; either of these may lose.
        self.local = kept;
        let other = self.sign(body);
        vec![one, other]
    }

    /// For a network that is not this one.
    pub fn other_network(&mut self, dice: &mut Dice) -> Transaction {
        let mut body = self.discharge_body(dice);
        body.network = digest("amanat/sim/network", &[]);
        self.sign(body)
    }

    /// With another last height.
    pub fn last_height(&mut self, height: u64, dice: &mut Dice) -> Transaction {
        let mut body = self.discharge_body(dice);
        body.last_height = Height::new(height);
        self.sign(body)
    }

    /// With the signature of another transaction.
    pub fn forged(&mut self, dice: &mut Dice) -> Transaction {
        let mut forged = self.discharge(dice);
        forged.signatures = self.first().signatures;
        forged
    }
}
