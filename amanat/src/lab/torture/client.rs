//! A client of one member: deposits under a key of its own, sends the same bytes until it knows what became of them, and notes what it is told.
//!
//! It begins at its own member's node and goes to another's when that does not answer. One in eight transactions deposits a record that is there
//! already and must be refused on the ledger, one in five expires after a few blocks; some whose end is known are sent once more, and of some the receipt is fetched and checked offline.
use super::super::LabError;
use super::super::nodes::Basis;
use super::check::{Finding, Rule};
use super::dice::Dice;
use super::history::{Heard, Place, outcome};
use super::log::{End, Log};
use super::seat::QUESTION;
use amanat_client::submit::VALID_BLOCKS;
use amanat_client::{Fault, Ledger as _, NodeClient};
use amanat_types::call::{Deposit, StoredPaths, WriteBasis};
use amanat_types::codec::List;
use amanat_types::genesis::Genesis;
use amanat_types::id::{BlobDigest, LocalId, MemberId, RecordId};
use amanat_types::key::MemberSigner;
use amanat_types::proof::ReceiptProof;
use amanat_types::stored::sign_stored;
use amanat_types::transaction::{Body, Transaction, VERSION};
use amanat_types::wire::{Finalized, Submitted};
use amanat_types::{Call, Digest, Height, Refusal, TransactionId};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// How long a client waits for one answer to a submission before it asks elsewhere.
const ANSWER: Duration = Duration::from_secs(6);
/// Longest pause that a node may ask for.
const ASKED_MS_MAX: u64 = 10_000;
/// Pause before the same bytes go to another node.
const ELSEWHERE: Duration = Duration::from_millis(100);
/// Shortest and longest time between two transactions of a client, milliseconds.
const PAUSE_MS: (u64, u64) = (20, 300);
/// Of a hundred transactions, those that soon expire, and how many blocks they are valid.
const SHORT_PERCENT: u64 = 20;
const SHORT_BLOCKS: (u64, u64) = (1, 8);
/// Records that a client remembers, to deposit one again.
const KNOWN_MAX: usize = 64;

/// Who signs a client's deposits.
pub struct Author {
    /// Sponsor.
    pub member: MemberId,
    /// Its key, which no other client or process uses.
    pub signer: MemberSigner,
    /// Under what it writes.
    pub basis: Basis,
    /// Vault keys of f + 1 members: no vault runs, their word is what the ledger asks for.
    pub holders: Vec<MemberSigner>,
}

/// How far the run is, as clients see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// New transactions.
    Load,
    /// What is under way is seen to its end.
    Ending,
    /// What is under way is given up.
    Over,
}

/// One client.
pub struct Client {
    /// Its number.
    pub number: usize,
    /// Who signs.
    pub author: Author,
    /// Genesis of the network.
    pub genesis: Arc<Genesis>,
    /// Digest of it.
    pub network: Digest,
    /// Every member's node.
    pub nodes: Vec<(u16, NodeClient)>,
    /// Where it notes what it is told.
    pub log: Arc<Log>,
    /// What it draws from.
    pub dice: Dice,
    /// How far the run is.
    pub phase: watch::Receiver<Phase>,
}

/// What one sending came to.
enum Step {
    Done(End),
    /// Here, not before so long.
    Here(Duration),
    Elsewhere,
}

impl Client {
    /// Runs until the load is over and its last transaction has an end.
    pub async fn run(mut self) -> Result<(), LabError> {
        let mut known: Vec<LocalId> = Vec::new();
        let mut at = self.number % self.nodes.len().max(1);
        let mut sequence = 0;
        while *self.phase.borrow() == Phase::Load {
            let pause = self.dice.millis(PAUSE_MS.0, PAUSE_MS.1);
            sleep(pause).await;
            let Some(tip) = self.tip(at).await else {
                at = self.other(at);
                continue;
            };
            let again = self.dice.percent(12) && !known.is_empty();
            let local = match again {
                true => known.swap_remove(self.dice.at(known.len())),
                false => LocalId::new(self.dice.bytes()),
            };
            sequence += 1;
            let valid = match self.dice.percent(SHORT_PERCENT) {
                true => self.dice.within(SHORT_BLOCKS.0, SHORT_BLOCKS.1),
                false => VALID_BLOCKS,
            };
            let transaction = self.deposit(sequence, tip.plus(valid), local)?;
            let record = RecordId::derive(self.author.member, local);
            self.log.sent(transaction.id(), record);
            let end = self.see_through(&transaction, &mut at).await;
            self.log.count(|tally| match end {
                End::Accepted => tally.accepted += 1,
                End::Refused => tally.refused += 1,
                End::GivenUp => tally.given_up += 1,
            });
            self.look_again(&transaction).await;
            if end != End::GivenUp {
                known.truncate(KNOWN_MAX - 1);
                known.push(local);
            }
            if !again && end == End::Refused {
                let what = format!("a right deposit was refused: {}", transaction.id());
                self.log.find(Finding::new(Rule::Node, what));
            }
        }
        Ok(())
    }

    fn deposit(
        &self,
        sequence: u64,
        last_height: Height,
        local: LocalId,
    ) -> Result<Transaction, LabError> {
        let mark = amanat_types::digest("amanat-lab/torture", &[local.as_bytes()]);
        let blob = BlobDigest::new(mark.0);
        let holders = self.author.holders.iter();
        let stored = holders.map(|holder| sign_stored(holder, &self.network, &[blob]));
        let call = Call::Deposit(Deposit {
            local,
            blob,
            bucket: 2,
            index: self.author.basis.index,
            basis: WriteBasis::Encounter(self.author.basis.encounter),
            stored: StoredPaths::empty(),
        });
        let signer = &self.author.signer;
        let body = Body {
            version: VERSION,
            network: self.network,
            sponsor: self.author.member,
            sequence,
            last_height,
            signers: list(vec![signer.public_key()])?,
            stored: list(stored.collect())?,
            calls: list(vec![call])?,
        };
        Ok(Transaction::sign(body, signer))
    }

    /// Sends the same bytes until their end is known.
    async fn see_through(&mut self, transaction: &Transaction, at: &mut usize) -> End {
        loop {
            match self.send(transaction, *at).await {
                Step::Done(end) => return end,
                Step::Here(pause) => sleep(pause).await,
                Step::Elsewhere => {
                    *at = self.other(*at);
                    sleep(ELSEWHERE).await;
                }
            }
            if *self.phase.borrow() == Phase::Over {
                return End::GivenUp;
            }
            self.log.count(|tally| tally.retries += 1);
        }
    }

    async fn send(&mut self, transaction: &Transaction, at: usize) -> Step {
        let (member, node) = self.node(at);
        let asked = self.log.now_us();
        let sent = timeout(ANSWER, node.submit(vec![transaction.clone()])).await;
        let answer = match sent {
            Ok(Ok(answers)) => answers.into_iter().next(),
            Ok(Err(Fault::Unavailable { retry_after_ms, .. })) => {
                self.log.count(|tally| tally.waits += 1);
                return Step::Here(Duration::from_millis(retry_after_ms.min(ASKED_MS_MAX)));
            }
            Ok(Err(fault)) if fault.is_passing() => None,
            Ok(Err(fault)) => {
                let what = format!("member {member}: {fault}");
                self.log.find(Finding::new(Rule::Node, what));
                None
            }
            Err(_) => None,
        };
        let refusal = match answer {
            Some(Submitted::Final(done)) => {
                return Step::Done(self.note(member, asked, &done));
            }
            Some(Submitted::Refused(refusal)) => refusal,
            Some(Submitted::Pending(_) | Submitted::TimedOut(_)) | None => return Step::Elsewhere,
        };
        match refusal {
            Refusal::MempoolFull | Refusal::MempoolShareFull | Refusal::ValidTooFarAhead => {
                Step::Here(ELSEWHERE)
            }
            Refusal::Stopping => Step::Elsewhere,
            Refusal::TransactionExpired | Refusal::SequenceUsed => self.fate(transaction, at).await,
            refusal => {
                let what = format!("member {member} refused what is right: {refusal}");
                self.log.find(Finding::new(Rule::Node, what));
                Step::Done(End::GivenUp)
            }
        }
    }

    fn note(&self, member: u16, asked_us: u64, done: &Finalized) -> End {
        let place = Place {
            height: done.height.get(),
            position: None,
            outcome: outcome(&done.receipt, &done.events),
            accepted: done.receipt.is_accepted(),
        };
        let heard = Heard::Final(done.receipt.transaction, place);
        self.log.hear(self.number, member, asked_us, heard);
        match place.accepted {
            true => End::Accepted,
            false => End::Refused,
        }
    }

    /// What became of a transaction that the node takes no more. The tip is read before the receipt: a receipt that is missing
    /// after the tip has passed the last height never comes.
    async fn fate(&mut self, transaction: &Transaction, at: usize) -> Step {
        let Some(tip) = self.tip(at).await else {
            return Step::Elsewhere;
        };
        let (member, node) = self.node(at);
        let asked = self.log.now_us();
        let id = transaction.id();
        match timeout(QUESTION, node.receipt(id)).await {
            Ok(Ok(Some(proof))) => Step::Done(self.check(member, asked, id, &proof)),
            Ok(Ok(None)) if tip >= transaction.body.last_height => {
                self.log.hear(self.number, member, asked, Heard::Dead(id));
                Step::Done(End::GivenUp)
            }
            _ => Step::Elsewhere,
        }
    }

    /// Checks a receipt offline and notes it.
    fn check(&self, member: u16, asked_us: u64, id: TransactionId, proof: &ReceiptProof) -> End {
        let heard = proven(&self.genesis, id, proof);
        let accepted = matches!(&heard, Ok(place) if place.accepted);
        let heard = Heard::Proof(id, heard);
        self.log.hear(self.number, member, asked_us, heard);
        match accepted {
            true => End::Accepted,
            false => End::Refused,
        }
    }

    /// Of some transactions whose end is known: the same bytes once more, the receipt, the height, at whichever node.
    async fn look_again(&mut self, transaction: &Transaction) {
        let at = self.dice.at(self.nodes.len());
        if self.dice.percent(15) {
            // The answer is noted if the node calls it final; it may not be there yet, and expires there in its turn.
            let _ = self.send_again(transaction, at).await;
        }
        if self.dice.percent(10) {
            let (member, node) = self.node(at);
            let asked = self.log.now_us();
            let id = transaction.id();
            if let Ok(Ok(Some(proof))) = timeout(QUESTION, node.receipt(id)).await {
                self.check(member, asked, id, &proof);
            }
        }
        if self.dice.percent(50) {
            self.tip(at).await;
        }
    }

    async fn send_again(&self, transaction: &Transaction, at: usize) -> Option<End> {
        let (member, node) = self.node(at);
        let asked = self.log.now_us();
        let sent = timeout(QUESTION, node.submit(vec![transaction.clone()])).await;
        match sent.ok()?.ok()?.into_iter().next()? {
            Submitted::Final(done) => Some(self.note(member, asked, &done)),
            _ => None,
        }
    }

    /// The finalised height of a node, noted.
    async fn tip(&self, at: usize) -> Option<Height> {
        let (member, node) = self.node(at);
        let asked = self.log.now_us();
        let status = timeout(QUESTION, node.status()).await.ok()?.ok()?;
        self.log.status(self.number, member, asked, &status);
        Some(Height::new(status.height))
    }

    fn node(&self, at: usize) -> (u16, NodeClient) {
        let (member, node) = &self.nodes[at];
        (*member, node.clone())
    }

    /// Its own node half of the time, else any other.
    fn other(&mut self, at: usize) -> usize {
        let home = self.number % self.nodes.len().max(1);
        match at == home || self.dice.percent(50) {
            true => self.dice.at(self.nodes.len()),
            false => home,
        }
    }
}

/// What a receipt proves of `id`, from the genesis alone.
pub fn proven(genesis: &Genesis, id: TransactionId, proof: &ReceiptProof) -> Result<Place, String> {
    let verified = proof.verify(genesis).map_err(|error| error.to_string())?;
    if verified.receipt.transaction != id {
        return Err("it is of another transaction".to_owned());
    }
    Ok(Place {
        height: verified.height.get(),
        position: Some(proof.position),
        outcome: outcome(&verified.receipt, &verified.events),
        accepted: verified.receipt.is_accepted(),
    })
}

fn list<T, const MAX: usize>(items: Vec<T>) -> Result<List<T, MAX>, LabError> {
    List::new(items).map_err(|error| LabError::Option(error.to_string()))
}
