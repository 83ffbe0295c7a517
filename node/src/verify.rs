//! Signatures: each transaction is verified once a node, in batches.
//!
//! What was verified is remembered by the digest of the full bytes (`fingerprint`), so that a transaction admitted
//! here is not verified again when its block comes. A holder's signature on a `Stored` root is shared
//! by many deposits and is remembered as it stands: hashing each to look it up was about a seventh of what a forwarded deposit of nine holders cost a
//! node. A batch that fails is halved until the culprits stand alone.
use crate::work::{Account, Work};
use amanat_types::block::{Parcel, Payload};
use amanat_types::key::{Check, SignatureError};
use amanat_types::stored::StoredRoot;
use amanat_types::{Digest, PublicKey, Refusal, Signature, Transaction, TransactionId};
use commonware_codec::DecodeExt as _;
use commonware_cryptography::{BatchEntry, BatchVerifier as _, ed25519};
use commonware_parallel::Sequential;
use commonware_utils::sync::Mutex;
use rand_core::CryptoRng;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

/// What is remembered in one generation; two generations are kept.
const GENERATION: usize = 16_384;
/// Decoded keys that are kept: members' keys sign most transactions.
const KEYS: usize = 4_096;

/// A bounded memory: when the newer half is full, the older half is forgotten.
struct Memory<T> {
    newer: HashSet<T>,
    older: HashSet<T>,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self {
            newer: HashSet::new(),
            older: HashSet::new(),
        }
    }
}

impl<T: Eq + Hash> Memory<T> {
    fn holds(&self, item: &T) -> bool {
        self.newer.contains(item) || self.older.contains(item)
    }

    fn keep(&mut self, item: T) {
        if self.newer.len() >= GENERATION {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(item);
    }
}

/// A holder's word and the network in which it is given: all that its signature depends on, and the signature.
type Word = (Digest, StoredRoot);

#[derive(Default)]
struct State {
    transactions: Memory<Digest>,
    stored: Memory<Word>,
    keys: HashMap<[u8; 32], Option<ed25519::PublicKey>>,
}

/// Verifies signatures and remembers which hold; clones share the memory.
#[derive(Clone, Default)]
pub struct Verifier {
    state: Arc<Mutex<State>>,
    account: Account,
}

/// An Ed25519 signature ready for the batch, and whose it is: a `Stored` root has many owners.
struct Item {
    owners: Vec<usize>,
    key: ed25519::PublicKey,
    signature: ed25519::Signature,
    check: Check,
    word: Option<Word>,
}

/// What is verified: a transaction, its id and its fingerprint.
pub struct Subject<'a> {
    /// The transaction.
    pub transaction: &'a Transaction,
    /// Its id.
    pub id: &'a TransactionId,
    /// Digest of its full bytes.
    pub fingerprint: Digest,
}

impl<'a> From<&'a Parcel> for Subject<'a> {
    fn from(parcel: &'a Parcel) -> Self {
        Self {
            transaction: &parcel.transaction,
            id: &parcel.id,
            fingerprint: parcel.fingerprint,
        }
    }
}

impl Verifier {
    /// Remembers nothing yet, and tells what it checks.
    pub fn new(account: Account) -> Self {
        let state = Arc::default();
        Self { state, account }
    }

    /// Verifies all `subjects`; the answers stand in their order.
    ///
    /// Refusals: [`Refusal::SignatureInvalid`], [`Refusal::SignatureHighS`].
    pub fn verify(
        &self,
        rng: &mut impl CryptoRng,
        subjects: &[Subject<'_>],
    ) -> Vec<Result<(), Refusal>> {
        let mut answers = vec![Ok(()); subjects.len()];
        let mut state = self.state.lock();
        let mut items = Items::default();
        for (owner, subject) in subjects.iter().enumerate() {
            if state.transactions.holds(&subject.fingerprint) {
                continue;
            }
            if let Err(refusal) = collect(&mut state, owner, subject, &mut items) {
                refuse(&mut answers, owner, refusal);
            }
        }
        drop(state);
        if !items.list.is_empty() {
            self.account.tell(Work::Signatures(items.list.len()));
        }
        let mut culprits = Vec::new();
        search(rng, &items.list, &mut culprits);
        for owner in culprits {
            refuse(&mut answers, owner, Refusal::SignatureInvalid);
        }
        self.remember(subjects, &answers, &items.list);
        answers
    }

    /// Whether every signature of a block's transactions holds.
    pub fn signed(&self, rng: &mut impl CryptoRng, payload: &Payload) -> bool {
        let subjects: Vec<Subject<'_>> = payload
            .transactions()
            .iter()
            .zip(payload.ids())
            .zip(payload.fingerprints())
            .map(|((transaction, id), fingerprint)| Subject {
                transaction,
                id,
                fingerprint: *fingerprint,
            })
            .collect();
        self.verify(rng, &subjects).iter().all(Result::is_ok)
    }

    fn remember(&self, subjects: &[Subject<'_>], answers: &[Result<(), Refusal>], items: &[Item]) {
        let mut state = self.state.lock();
        for (subject, answer) in subjects.iter().zip(answers) {
            if answer.is_ok() && !state.transactions.holds(&subject.fingerprint) {
                state.transactions.keep(subject.fingerprint);
            }
        }
        for item in items {
            let good = |owner: &usize| matches!(answers.get(*owner), Some(Ok(())));
            if let Some(word) = &item.word
                && item.owners.iter().any(good)
            {
                state.stored.keep(word.clone());
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
    stored: HashMap<Word, usize>,
}

impl Items {
    /// Lays an Ed25519 signature out for the batch; checks a P-256 signature at once.
    fn add(
        &mut self,
        state: &mut State,
        owner: usize,
        check: Check,
        word: Option<Word>,
    ) -> Result<(), Refusal> {
        let (PublicKey::Ed25519(bytes), Signature::Ed25519(signature)) =
            (&check.key, &check.signature)
        else {
            return check.verify().map_err(|error| match error {
                SignatureError::HighS => Refusal::SignatureHighS,
                SignatureError::Kind | SignatureError::Wrong => Refusal::SignatureInvalid,
            });
        };
        let key = decoded(state, bytes, &check.key).ok_or(Refusal::SignatureInvalid)?;
        let signature = ed25519::Signature::decode(signature.to_vec())
            .map_err(|_| Refusal::SignatureInvalid)?;
        if let Some(word) = &word {
            self.stored.insert(word.clone(), self.list.len());
        }
        self.list.push(Item {
            owners: vec![owner],
            key,
            signature,
            check,
            word,
        });
        Ok(())
    }

    /// Adds one more owner of a word, if it stands here already.
    fn share(&mut self, word: &Word, owner: usize) -> bool {
        let at = self.stored.get(word);
        let present = at.and_then(|at| self.list.get_mut(*at));
        present.map(|present| present.owners.push(owner)).is_some()
    }
}

/// Takes in what is to be checked of a transaction, without what was before.
fn collect(
    state: &mut State,
    owner: usize,
    subject: &Subject<'_>,
    items: &mut Items,
) -> Result<(), Refusal> {
    let transaction = subject.transaction;
    for check in transaction.signer_checks(subject.id) {
        items.add(state, owner, check, None)?;
    }
    let network = transaction.body.network;
    for stored in transaction.body.stored.iter() {
        let word = (network, stored.clone());
        if !state.stored.holds(&word) && !items.share(&word, owner) {
            items.add(state, owner, stored.check(&network), Some(word))?;
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

#[cfg(test)]
mod tests {
    use super::{GENERATION, Memory, Subject, Verifier};
    use amanat_types::block::{Parcel, Payload};
    use amanat_types::call::{Call, Discharge};
    use amanat_types::codec::List;
    use amanat_types::id::{BlobDigest, EncounterId};
    use amanat_types::key::MemberSigner;
    use amanat_types::stored::{StoredRoot, sign_stored};
    use amanat_types::transaction::{Body, VERSION};
    use amanat_types::{Digest, Height, MemberId, Refusal, Transaction, digest};
    use commonware_utils::test_rng;

    fn network() -> Digest {
        digest("test", &[])
    }

    fn stored(holder: u8) -> StoredRoot {
        let blobs = [BlobDigest::new([1; 32])];
        sign_stored(&MemberSigner::from_seed([holder; 32]), &network(), &blobs)
    }

    fn transaction(sequence: u64, stored: Vec<StoredRoot>) -> Transaction {
        let signer = MemberSigner::from_seed([1; 32]);
        let call = Call::Discharge(Discharge {
            encounter: EncounterId::new([2; 16]),
        });
        let body = Body {
            version: VERSION,
            network: network(),
            sponsor: MemberId::new(1),
            sequence,
            last_height: Height::new(9),
            signers: List::new(vec![signer.public_key()]).expect("one"),
            stored: List::new(stored).expect("few"),
            calls: List::new(vec![call]).expect("one"),
        };
        Transaction::sign(body, &signer)
    }

    fn judge(verifier: &Verifier, all: &[Transaction]) -> Vec<Result<(), Refusal>> {
        let parcels: Vec<Parcel> = all.iter().cloned().map(Parcel::new).collect();
        let subjects: Vec<Subject<'_>> = parcels.iter().map(Subject::from).collect();
        verifier.verify(&mut test_rng(), &subjects)
    }

    #[test]
    fn whose_signature_does_not_hold_is_named_whatever_the_size_of_the_batch() {
        for count in 1..=9 {
            for forged in 0..count {
                let mut all: Vec<Transaction> = (1..=count)
                    .map(|number| transaction(number, vec![stored(5)]))
                    .collect();
                let at = usize::try_from(forged).expect("small");
                // The signature of another body.
                all[at].signatures = transaction(99, Vec::new()).signatures;
                let verifier = Verifier::default();
                for _ in 0..2 {
                    let answers = judge(&verifier, &all);
                    for (own, answer) in answers.into_iter().enumerate() {
                        let expected = (own == at).then_some(Refusal::SignatureInvalid);
                        assert_eq!(answer.err(), expected, "{own} of {count}, {forged} forged");
                    }
                }
            }
        }
    }

    #[test]
    fn a_block_with_one_forged_signature_is_not_signed() {
        let signed = |all: Vec<Transaction>| {
            let parcels = all.into_iter().map(Parcel::new).collect();
            let payload = Payload::new(parcels).expect("fits");
            Verifier::default().signed(&mut test_rng(), &payload)
        };
        assert!(signed(Vec::new()));
        let good = vec![transaction(1, Vec::new()), transaction(2, Vec::new())];
        assert!(signed(good.clone()));
        let mut forged = good;
        forged[1].signatures = forged[0].signatures.clone();
        assert!(!signed(forged));
    }

    #[test]
    fn a_holders_forged_word_spoils_all_who_carry_it() {
        let mut forged = stored(5);
        forged.signature = stored(6).signature;
        let all = [
            transaction(1, vec![stored(5)]),
            transaction(2, vec![forged.clone()]),
            transaction(3, vec![stored(6), forged]),
            transaction(4, Vec::new()),
        ];
        let answers = judge(&Verifier::default(), &all);
        let good: Vec<bool> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(good, [true, false, false, true]);
    }

    /// A word that held in one network says nothing in another, nor does it with another signature.
    #[test]
    fn a_remembered_word_is_no_word_in_another_network() {
        let verifier = Verifier::default();
        let good = transaction(1, vec![stored(5)]);
        assert_eq!(judge(&verifier, &[good]), [Ok(())]);
        let mut forged = stored(5);
        forged.signature = stored(6).signature;
        let mut body = transaction(2, vec![stored(5)]).body;
        body.network = digest("another", &[]);
        let elsewhere = Transaction::sign(body, &MemberSigner::from_seed([1; 32]));
        let answers = judge(&verifier, &[transaction(3, vec![forged]), elsewhere]);
        let refused = Err(Refusal::SignatureInvalid);
        assert_eq!(answers, [refused, refused]);
        assert_eq!(
            judge(&verifier, &[transaction(4, vec![stored(5)])]),
            [Ok(())]
        );
    }

    #[test]
    fn the_memory_is_bounded_and_keeps_the_newer_half() {
        let mut memory: Memory<Digest> = Memory::default();
        let of = |number: usize| digest("test", &[&number.to_be_bytes()]);
        for number in 0..GENERATION + 1 {
            assert!(!memory.holds(&of(number)));
            memory.keep(of(number));
        }
        assert!((0..=GENERATION).all(|number| memory.holds(&of(number))));
        for number in GENERATION + 1..2 * GENERATION + 1 {
            memory.keep(of(number));
        }
        assert!(!memory.holds(&of(0)) && memory.holds(&of(GENERATION)));
        assert!(memory.newer.len() + memory.older.len() <= 2 * GENERATION);
    }
}
