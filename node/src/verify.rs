//! Signatures: each transaction is verified once a node, in batches.
//!
//! What was verified is remembered by the digest of the full bytes (`fingerprint`), so that a transaction admitted
//! here is not verified again when its block comes. A holder's signature on a `Stored` root is shared
//! by many deposits and is remembered by itself. A batch that fails is halved until the culprits stand alone.
use amanat_types::block::Parcel;
use amanat_types::key::{Check, NAMESPACE_STORED, SignatureError};
use amanat_types::{Digest, PublicKey, Refusal, Signature, Transaction, digest};
use commonware_codec::DecodeExt as _;
use commonware_cryptography::{BatchEntry, BatchVerifier as _, ed25519};
use commonware_parallel::Sequential;
use commonware_utils::sync::Mutex;
use rand_core::CryptoRng;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Digests remembered in one generation; two generations are kept.
const GENERATION: usize = 16_384;
/// Decoded keys that are kept: members' keys sign most transactions.
const KEYS: usize = 4_096;

/// A bounded memory: when the newer half is full, the older half is forgotten.
#[derive(Default)]
struct Memory {
    newer: HashSet<Digest>,
    older: HashSet<Digest>,
}

impl Memory {
    fn holds(&self, digest: &Digest) -> bool {
        self.newer.contains(digest) || self.older.contains(digest)
    }

    fn keep(&mut self, digest: Digest) {
        if self.newer.len() >= GENERATION {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(digest);
    }
}

#[derive(Default)]
struct State {
    transactions: Memory,
    stored: Memory,
    keys: HashMap<[u8; 32], Option<ed25519::PublicKey>>,
}

/// Verifies signatures and remembers which hold; clones share the memory.
#[derive(Clone, Default)]
pub struct Verifier(Arc<Mutex<State>>);

/// An Ed25519 signature ready for the batch, and whose it is: a `Stored` root has many owners.
struct Item {
    owners: Vec<usize>,
    key: ed25519::PublicKey,
    signature: ed25519::Signature,
    check: Check,
}

/// What is verified: a transaction and its fingerprint.
pub struct Subject<'a> {
    /// The transaction.
    pub transaction: &'a Transaction,
    /// Digest of its full bytes.
    pub fingerprint: Digest,
}

impl<'a> From<&'a Parcel> for Subject<'a> {
    fn from(parcel: &'a Parcel) -> Self {
        Self {
            transaction: &parcel.transaction,
            fingerprint: parcel.fingerprint,
        }
    }
}

impl Verifier {
    /// Verifies all `subjects`; the answers stand in their order.
    ///
    /// Refusals: [`Refusal::SignatureInvalid`], [`Refusal::SignatureHighS`].
    pub fn verify(
        &self,
        rng: &mut impl CryptoRng,
        subjects: &[Subject<'_>],
    ) -> Vec<Result<(), Refusal>> {
        let mut answers = vec![Ok(()); subjects.len()];
        let mut state = self.0.lock();
        let mut items = Items::default();
        for (owner, subject) in subjects.iter().enumerate() {
            if state.transactions.holds(&subject.fingerprint) {
                continue;
            }
            if let Err(refusal) = collect(&mut state, owner, subject.transaction, &mut items) {
                refuse(&mut answers, owner, refusal);
            }
        }
        drop(state);
        let mut culprits = Vec::new();
        search(rng, &items.list, &mut culprits);
        for owner in culprits {
            refuse(&mut answers, owner, Refusal::SignatureInvalid);
        }
        self.remember(subjects, &answers, &items.list);
        answers
    }

    fn remember(&self, subjects: &[Subject<'_>], answers: &[Result<(), Refusal>], items: &[Item]) {
        let mut state = self.0.lock();
        for (subject, answer) in subjects.iter().zip(answers) {
            if answer.is_ok() && !state.transactions.holds(&subject.fingerprint) {
                state.transactions.keep(subject.fingerprint);
            }
        }
        for item in items {
            let good = |owner: &usize| matches!(answers.get(*owner), Some(Ok(())));
            if item.check.namespace == NAMESPACE_STORED && item.owners.iter().any(good) {
                state.stored.keep(stored_digest(&item.check));
            }
        }
    }
}

fn refuse(answers: &mut [Result<(), Refusal>], owner: usize, refusal: Refusal) {
    if let Some(answer) = answers.get_mut(owner)
        && answer.is_ok()
    {
        *answer = Err(refusal);
    }
}

/// Signatures of one batch, each `Stored` root once.
#[derive(Default)]
struct Items {
    list: Vec<Item>,
    stored: HashMap<Digest, usize>,
}

impl Items {
    /// Adds a signature on a `Stored` root, or one more owner of it.
    fn share(&mut self, digest: Digest, item: Item) {
        match self
            .stored
            .get(&digest)
            .and_then(|at| self.list.get_mut(*at))
        {
            Some(present) => present.owners.extend(item.owners),
            None => {
                self.stored.insert(digest, self.list.len());
                self.list.push(item);
            }
        }
    }
}

/// Checks P-256 signatures at once and lays Ed25519 signatures out for the batch.
fn collect(
    state: &mut State,
    owner: usize,
    transaction: &Transaction,
    items: &mut Items,
) -> Result<(), Refusal> {
    for check in transaction.checks() {
        let (PublicKey::Ed25519(bytes), Signature::Ed25519(signature)) =
            (&check.key, &check.signature)
        else {
            check.verify().map_err(|error| match error {
                SignatureError::HighS => Refusal::SignatureHighS,
                SignatureError::Kind | SignatureError::Wrong => Refusal::SignatureInvalid,
            })?;
            continue;
        };
        let stored = (check.namespace == NAMESPACE_STORED).then(|| stored_digest(&check));
        if stored.is_some_and(|digest| state.stored.holds(&digest)) {
            continue;
        }
        let item = Item {
            owners: vec![owner],
            key: decoded(state, bytes, &check.key).ok_or(Refusal::SignatureInvalid)?,
            signature: ed25519::Signature::decode(signature.to_vec())
                .map_err(|_| Refusal::SignatureInvalid)?,
            check,
        };
        match stored {
            Some(digest) => items.share(digest, item),
            None => items.list.push(item),
        }
    }
    Ok(())
}

fn decoded(state: &mut State, bytes: &[u8; 32], key: &PublicKey) -> Option<ed25519::PublicKey> {
    if let Some(key) = state.keys.get(bytes) {
        return key.clone();
    }
    let key = key.to_ed25519();
    if state.keys.len() >= KEYS {
        state.keys.clear();
    }
    state.keys.insert(*bytes, key.clone());
    key
}

fn stored_digest(check: &Check) -> Digest {
    digest(
        "amanat/verified/stored",
        &[
            check.key.as_bytes(),
            &check.message,
            check.signature.as_bytes(),
        ],
    )
}

/// Finds the owners of signatures that do not hold.
fn search(rng: &mut impl CryptoRng, items: &[Item], culprits: &mut Vec<usize>) {
    if items.is_empty() || holds(rng, items) {
        return;
    }
    match items {
        [item] => culprits.extend(&item.owners),
        _ => {
            let (left, right) = items.split_at(items.len() / 2);
            search(rng, left, culprits);
            search(rng, right, culprits);
        }
    }
}

fn holds(rng: &mut impl CryptoRng, items: &[Item]) -> bool {
    ed25519::PublicKey::verify_batch(
        rng,
        items,
        |_, item| BatchEntry {
            namespace: item.check.namespace,
            message: &item.check.message,
            public_key: &item.key,
            signature: &item.signature,
        },
        &Sequential,
    )
}
