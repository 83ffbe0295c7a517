//! Submits transactions of one member's key and waits until each is final, so that no retry doubles anything.
//!
//! Why nothing is doubled. A transaction is sent again only as the same bytes: its id is the digest of its body, and the
//! ledger takes an id once (its sequence number is used). A *new* transaction for the same calls is signed only after
//! the old one is provably dead: the own node's finalised tip has passed its last height and the node has no receipt
//! for it, or the node refused its sequence number and has no receipt for it, so another transaction took the number. And if the proof
//! itself were wrong, or the process dies between sending and learning, ids of records, grants, encounters and tickets
//! are chosen by the caller and unique for ever: the second of two such transactions is refused, on the ledger.
//!
//! After a restart numbers start 64 above the highest that the ledger saw, above whatever the process that died may
//! still have under way. One key belongs to one process at a time.
use crate::fault::Failure;
use crate::judge::value;
use crate::{Clock, Fault, Ledger};
use amanat_types::codec::List;
use amanat_types::key::{MemberSigner, PublicKey, Signature};
use amanat_types::receipt::Outcome;
use amanat_types::state::Sequence;
use amanat_types::stored::StoredRoot;
use amanat_types::transaction::{Body, SHARED_VERSION, VERSION};
use amanat_types::wire::{Finalized, Submitted};
use amanat_types::{
    Call, Digest, Height, MemberId, Refusal, StateKey, TimestampMs, Transaction, TransactionId,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};

/// Blocks that a transaction stays valid.
pub const VALID_BLOCKS: u64 = 100;
/// Numbers left out after a restart.
pub const RESTART_GAP: u64 = 64;
/// Transactions under way at a time: half of the ledger's window, so that none falls out of it.
const UNDER_WAY_MAX: usize = 2048;
/// How old the known tip may be when a last height is set.
const TIP_AGE_MS_MAX: u64 = 1_000;
/// First and longest pause before the same bytes are sent again, unless the node says when.
const PAUSE_MS: (u64, u64) = (25, 1_000);
/// Longest pause that the node may ask for.
const ASKED_PAUSE_MS_MAX: u64 = 10_000;

/// Who submits.
#[derive(Clone, Debug)]
pub struct Sponsor {
    /// Digest of the genesis.
    pub network: Digest,
    /// Own member.
    pub member: MemberId,
    /// A transaction key of it, used by this process alone.
    pub signer: MemberSigner,
    /// How long to try before the fate of a transaction is reported as unknown.
    pub deadline: Duration,
}

/// What is to be submitted.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The calls, all or none.
    pub calls: Vec<Call>,
    /// `Stored` roots that the deposits name.
    pub stored: Vec<StoredRoot>,
    /// Whether `Stored` roots that are the same are written once, which protocol version 3 lets.
    pub shared: bool,
    /// Keys that sign after the sponsor's.
    pub cosigners: Vec<PublicKey>,
}

impl From<Call> for Draft {
    fn from(call: Call) -> Self {
        Self {
            calls: vec![call],
            ..Self::default()
        }
    }
}

/// Submits for one key. Cheap to clone; clones share the numbers.
#[derive(Debug)]
pub struct Submitter<L> {
    ledger: L,
    inner: Arc<Inner>,
}

impl<L: Clone> Clone for Submitter<L> {
    fn clone(&self) -> Self {
        Self {
            ledger: self.ledger.clone(),
            inner: self.inner.clone(),
        }
    }
}

#[derive(Debug)]
struct Inner {
    sponsor: Sponsor,
    clock: Clock,
    numbers: Mutex<Numbers>,
    under_way: Semaphore,
}

/// Next sequence number, and the tip as it was last seen.
#[derive(Debug, Default)]
struct Numbers {
    next: Option<u64>,
    tip: Height,
    seen_ms: TimestampMs,
}

/// What is known of a transaction that was sent.
enum Fate {
    Final(Finalized),
    /// It never was and never will be in a block.
    Dead,
    /// Not known yet.
    Open,
}

/// What one sending came to.
enum Step {
    Done(Finalized),
    SignAnew,
    SendAgain,
    /// Not before so many milliseconds, as the node asks: it took nothing.
    SendLater(u64),
}

impl<L: Ledger> Submitter<L> {
    /// Submits through `ledger` as `sponsor`.
    pub fn new(ledger: L, sponsor: Sponsor, clock: Clock) -> Self {
        let inner = Inner {
            sponsor,
            clock,
            numbers: Mutex::default(),
            under_way: Semaphore::new(UNDER_WAY_MAX),
        };
        Self {
            ledger,
            inner: Arc::new(inner),
        }
    }

    /// The own node.
    pub const fn ledger(&self) -> &L {
        &self.ledger
    }

    /// The clock that it waits by.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Who submits.
    pub fn sponsor(&self) -> &Sponsor {
        &self.inner.sponsor
    }

    /// Submits `draft`, signed by the sponsor alone; see [`Self::submit_with`].
    pub async fn submit(&self, draft: impl Into<Draft>) -> Result<Finalized, Failure> {
        self.submit_with(draft.into(), |_| Ok(Vec::new())).await
    }

    /// Submits `draft` and waits until it is in a finalised block, accepted or refused there: read the receipt, or pass
    /// the answer through [`accepted`].
    ///
    /// `cosign` gives the co-signers' signatures over the id of the body, in the order of `draft.cosigners`. It is asked again when the
    /// transaction must be signed anew, and may fail. [`Failure::Refused`] is a refusal at admission: the calls never were in
    /// a block. A fault, or cancelling, leaves the fate unknown: submit the same calls, with the same ids, again.
    pub async fn submit_with(
        &self,
        draft: Draft,
        cosign: impl Fn(&TransactionId) -> Result<Vec<Signature>, Failure> + Send + Sync,
    ) -> Result<Finalized, Failure> {
        let permit = self.inner.under_way.acquire().await;
        let _permit = permit.map_err(|_| Fault::invalid("the submitter is closed"))?;
        let end = self.inner.clock.now().plus(self.deadline_ms());
        let mut pause = PAUSE_MS.0;
        loop {
            let transaction = match self.prepare(&draft, &cosign).await {
                Ok(transaction) => transaction,
                Err(Failure::Fault(fault)) if fault.is_passing() => {
                    self.rest(&mut pause, asked(&fault), end).await?;
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            loop {
                match self.send(&transaction).await? {
                    Step::Done(done) => return Ok(done),
                    Step::SignAnew => break,
                    Step::SendAgain => self.rest(&mut pause, 0, end).await?,
                    Step::SendLater(after_ms) => self.rest(&mut pause, after_ms, end).await?,
                }
            }
            self.rest(&mut pause, 0, end).await?;
        }
    }

    fn deadline_ms(&self) -> u64 {
        u64::try_from(self.inner.sponsor.deadline.as_millis()).unwrap_or(u64::MAX)
    }

    /// Waits a little longer each time, and for as long as the node `asked` up to [`ASKED_PAUSE_MS_MAX`], but not past the end.
    async fn rest(&self, pause: &mut u64, asked: u64, end: TimestampMs) -> Result<(), Fault> {
        let left = end.since(self.inner.clock.now());
        if left == 0 {
            return Err(Fault::TimedOut {
                address: "the ledger".into(),
                after_ms: self.deadline_ms(),
            });
        }
        let wait = asked.min(ASKED_PAUSE_MS_MAX).max(*pause).min(left);
        self.inner.clock.sleep(Duration::from_millis(wait)).await;
        *pause = pause.saturating_mul(2).min(PAUSE_MS.1);
        Ok(())
    }

    /// Signs `draft` under a fresh number.
    async fn prepare(
        &self,
        draft: &Draft,
        cosign: &(impl Fn(&TransactionId) -> Result<Vec<Signature>, Failure> + Sync),
    ) -> Result<Transaction, Failure> {
        let (sequence, tip) = self.number().await?;
        let sponsor = &self.inner.sponsor;
        let mut signers = vec![sponsor.signer.public_key()];
        signers.extend(&draft.cosigners);
        let invalid = |error: amanat_types::codec::TooMany| Fault::invalid(error.to_string());
        let body = Body {
            version: if draft.shared {
                SHARED_VERSION
            } else {
                VERSION
            },
            network: sponsor.network,
            sponsor: sponsor.member,
            sequence,
            last_height: tip.plus(VALID_BLOCKS),
            signers: List::new(signers).map_err(invalid)?,
            stored: List::new(draft.stored.clone()).map_err(invalid)?,
            calls: List::new(draft.calls.clone()).map_err(invalid)?,
        };
        let signatures = cosign(&body.id())?;
        Ok(Transaction::with(body, &sponsor.signer, signatures))
    }

    /// Takes the next number and tells the tip. One question a second at most, however many transactions are signed.
    async fn number(&self) -> Result<(u64, Height), Fault> {
        let mut numbers = self.inner.numbers.lock().await;
        let now = self.inner.clock.now();
        let known = match now.since(numbers.seen_ms) <= TIP_AGE_MS_MAX {
            true => numbers.next,
            false => None,
        };
        let sequence = match known {
            Some(next) => next,
            None => {
                let (tip, top) = self.top().await?;
                numbers.tip = numbers.tip.max(tip);
                numbers.seen_ms = now;
                match numbers.next {
                    Some(next) => next.max(top.saturating_add(1)),
                    None => top.saturating_add(RESTART_GAP),
                }
            }
        };
        numbers.next = Some(sequence.saturating_add(1));
        Ok((sequence, numbers.tip))
    }

    /// The tip and the highest number that the key has used.
    async fn top(&self) -> Result<(Height, u64), Fault> {
        let key = self.inner.sponsor.signer.public_key();
        let answer = self.ledger.state(vec![StateKey::sequence(&key)]).await?;
        let bytes = answer.values.first().and_then(Option::as_deref);
        let sequence: Option<Sequence> = value(bytes)?;
        Ok((answer.height, sequence.map_or(0, |sequence| sequence.top)))
    }

    /// Sends the same bytes once more.
    async fn send(&self, transaction: &Transaction) -> Result<Step, Failure> {
        let answer = match self.ledger.submit(vec![transaction.clone()]).await {
            Ok(answers) => answers.into_iter().next(),
            Err(Fault::Unavailable { retry_after_ms, .. }) => {
                return Ok(Step::SendLater(retry_after_ms));
            }
            Err(fault) if fault.is_passing() => None,
            Err(fault) => return Err(fault.into()),
        };
        let refusal = match answer {
            Some(Submitted::Final(done)) if done.receipt.transaction == transaction.id() => {
                return Ok(Step::Done(done));
            }
            Some(Submitted::Refused(refusal)) => Some(refusal),
            Some(Submitted::Pending(_) | Submitted::TimedOut(_)) | None => None,
            Some(Submitted::Final(_)) => {
                return Err(Fault::protocol("the own node", "a receipt of another id").into());
            }
        };
        match refusal {
            Some(
                Refusal::MempoolFull
                | Refusal::MempoolShareFull
                | Refusal::Stopping
                | Refusal::ValidTooFarAhead,
            ) => Ok(Step::SendAgain),
            Some(
                refusal @ (Refusal::SequenceUsed
                | Refusal::SequenceOutsideWindow
                | Refusal::TransactionExpired),
            ) => self.judge(transaction, Some(refusal)).await,
            Some(refusal) => Err(refusal.into()),
            None => self.judge(transaction, None).await,
        }
    }

    async fn judge(
        &self,
        transaction: &Transaction,
        refusal: Option<Refusal>,
    ) -> Result<Step, Failure> {
        match self.fate(transaction, refusal).await {
            Ok(Fate::Final(done)) => Ok(Step::Done(done)),
            Ok(Fate::Dead) => {
                let mut numbers = self.inner.numbers.lock().await;
                numbers.seen_ms = TimestampMs::new(0);
                if refusal == Some(Refusal::SequenceOutsideWindow) {
                    numbers.next = None;
                }
                Ok(Step::SignAnew)
            }
            Ok(Fate::Open) => Ok(Step::SendAgain),
            Err(fault) if fault.is_passing() => Ok(Step::SendAgain),
            Err(fault) => Err(fault.into()),
        }
    }

    /// What became of a transaction that did not come back final.
    ///
    /// The tip is read before the receipt: a receipt that is missing after the tip has passed the last height never comes.
    async fn fate(
        &self,
        transaction: &Transaction,
        refusal: Option<Refusal>,
    ) -> Result<Fate, Fault> {
        let (tip, _) = self.top().await?;
        if let Some(proof) = self.ledger.receipt(transaction.id()).await? {
            return Ok(Fate::Final(Finalized {
                height: proof.header.header.height,
                time_ms: proof.header.header.time,
                receipt: proof.receipt,
                events: proof.events,
            }));
        }
        let expired = tip >= transaction.body.last_height;
        let number_gone = matches!(
            refusal,
            Some(Refusal::SequenceUsed | Refusal::SequenceOutsideWindow)
        );
        Ok(match expired || number_gone {
            true => Fate::Dead,
            false => Fate::Open,
        })
    }
}

/// For how long a fault asks to wait.
const fn asked(fault: &Fault) -> u64 {
    match fault {
        Fault::Unavailable { retry_after_ms, .. } => *retry_after_ms,
        _ => 0,
    }
}

/// A final transaction that took effect, or the refusal that stands in its receipt.
pub fn accepted(done: Finalized) -> Result<Finalized, Failure> {
    match done.receipt.outcome {
        Outcome::Accepted(_) => Ok(done),
        Outcome::Refused(refused) => Err(refused.refusal.into()),
    }
}
