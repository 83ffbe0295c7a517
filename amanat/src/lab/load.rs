//! Pre-signed deposits: what each transaction holds, and when it is meant to be sent.
use super::LabError;
use super::nodes::{Basis, Nodes};
use amanat_types::call::{Deposit, StoredPaths, WriteBasis};
use amanat_types::codec::List;
use amanat_types::id::{BlobDigest, LocalId, MemberId};
use amanat_types::key::MemberSigner;
use amanat_types::stored::{GATHERED_MAX, StoredPath, StoredRoot, sign_stored};
use amanat_types::transaction::{Body, SHARED_VERSION, Transaction};
use amanat_types::{Call, Digest, Height};

/// What the load is.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Number of the first transaction.
    pub first: usize,
    /// Transactions.
    pub transactions: usize,
    /// Deposits in each.
    pub batch: usize,
}

/// Who signs for one member.
struct Author {
    member: MemberId,
    signers: Vec<MemberSigner>,
    basis: Basis,
}

/// What every transaction of the load shares.
struct Frame {
    network: Digest,
    last_height: Height,
    holders: Vec<MemberSigner>,
    authors: Vec<Author>,
    batch: usize,
}

/// Signs transactions of the load; transaction `i` is by member `i % members`.
pub fn sign(
    nodes: &Nodes,
    bases: &[Basis],
    shape: Shape,
    tip: Height,
) -> Result<Vec<Transaction>, LabError> {
    let faulty_max = (nodes.keys.len() - 1) / 3;
    let holders = nodes.keys.iter().take(faulty_max + 1);
    let authors = nodes.layout.places.iter().zip(&nodes.keys).zip(bases);
    let frame = Frame {
        network: nodes.layout.network(),
        last_height: tip.plus(amanat_types::limits::WINDOW_BLOCKS - 10),
        holders: holders.map(|keys| keys.vault_signer()).collect(),
        authors: authors
            .map(|((place, keys), basis)| Author {
                member: MemberId::new(place.member),
                // The first key signed the set-up.
                signers: (1..).map_while(|at| keys.transaction_signer(at)).collect(),
                basis: *basis,
            })
            .collect(),
        batch: shape.batch,
    };
    let groups = if shape.batch == 1 { GATHERED_MAX } else { 1 };
    let last = shape.first + shape.transactions;
    let starts: Vec<usize> = (shape.first..last).step_by(groups).collect();
    let half = starts.len() / 2;
    let (first, second) = starts.split_at(half);
    let work = |starts: &[usize]| -> Result<Vec<Transaction>, LabError> {
        let mut signed = Vec::new();
        for start in starts {
            let end = (start + groups).min(last);
            signed.extend(frame.group(*start, end)?);
        }
        Ok(signed)
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| work(second));
        let mut all = work(first)?;
        let rest = other
            .join()
            .map_err(|_| LabError::Ledger("a signing thread panicked".to_owned()))?;
        all.extend(rest?);
        Ok(all)
    })
}

impl Frame {
    /// Transactions `start..end`, whose blobs lie under one root of each holder (or one root each when batched).
    fn group(&self, start: usize, end: usize) -> Result<Vec<Transaction>, LabError> {
        let blobs: Vec<BlobDigest> = (start * self.batch..end * self.batch).map(blob).collect();
        let stored: Vec<StoredRoot> = self
            .holders
            .iter()
            .map(|holder| sign_stored(holder, &self.network, &blobs))
            .collect();
        let failed = || LabError::Ledger("the load cannot be signed: paths".to_owned());
        let paths = match self.batch {
            1 => StoredPath::of_batch(&blobs).ok_or_else(failed)?,
            _ => Vec::new(),
        };
        let mut paths = paths.into_iter();
        let mut transactions = Vec::new();
        for (at, number) in (start..end).enumerate() {
            let path = paths.next().into_iter().collect();
            let paths = List::new(path).map_err(|_| failed())?;
            let own = blobs.chunks(self.batch).nth(at).unwrap_or_default();
            transactions.push(self.transaction(number, own, stored.clone(), paths)?);
        }
        Ok(transactions)
    }

    fn transaction(
        &self,
        number: usize,
        blobs: &[BlobDigest],
        stored: Vec<StoredRoot>,
        paths: StoredPaths,
    ) -> Result<Transaction, LabError> {
        let failed = |what: &str| LabError::Ledger(format!("the load cannot be signed: {what}"));
        let members = self.authors.len();
        let author = self
            .authors
            .get(number % members)
            .ok_or_else(|| failed("no member"))?;
        let turn = number / members;
        let keys = author.signers.len().max(1);
        let signer = author
            .signers
            .get(turn % keys)
            .ok_or_else(|| failed("no key"))?;
        let calls = blobs.iter().map(|blob| {
            Call::Deposit(Deposit {
                local: local(blob),
                blob: *blob,
                bucket: 2,
                index: author.basis.index,
                basis: WriteBasis::Encounter(author.basis.encounter),
                stored: paths.clone(),
            })
        });
        let body = Body {
            version: SHARED_VERSION,
            network: self.network,
            sponsor: author.member,
            sequence: u64::try_from(turn / keys).unwrap_or(0) + 1,
            last_height: self.last_height,
            signers: List::new(vec![signer.public_key()]).map_err(|_| failed("signers"))?,
            stored: List::new(stored).map_err(|_| failed("roots"))?,
            calls: List::new(calls.collect()).map_err(|_| failed("calls"))?,
        };
        Ok(Transaction::sign(body, signer))
    }
}

/// What a caller names a record: as random as its blob's digest, and no part of it, which would compress better than life.
fn local(blob: &BlobDigest) -> LocalId {
    let digest = amanat_types::digest("amanat-lab/local", &[blob.as_bytes()]);
    let mut local = [0u8; 16];
    local.copy_from_slice(&digest.0[..16]);
    LocalId::new(local)
}

/// A digest that stands for a sealed blob; vaults have no part in this measurement.
fn blob(number: usize) -> BlobDigest {
    let number = u64::try_from(number).unwrap_or(0).to_be_bytes();
    BlobDigest::new(amanat_types::digest("amanat-lab/blob", &[&number]).0)
}
