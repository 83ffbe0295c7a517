//! Signed deposits, as a gateway makes them: every blob held by f+1 members, who signed for it.
//!
//! Deposits that are signed one by one lie 64 together under one root that each holder signed, with one path for all, as a gateway gathers them;
//! a batch has roots of its own. They name no patient: a member's own directory is the basis.
use crate::party::{member_signer, vault_signer};
use amanat_types::call::{Deposit, StoredPaths, Unit, WriteBasis};
use amanat_types::codec::List;
use amanat_types::id::BlobDigest;
use amanat_types::key::MemberSigner;
use amanat_types::stored::{GATHERED_MAX, StoredPath, StoredRoot, sign_stored};
use amanat_types::transaction::{Body, SHARED_VERSION, Transaction};
use amanat_types::{BlindIndex, Call, Digest, Height, LocalId, MemberId, digest, limits};
use std::collections::VecDeque;

/// Signs deposits of members in turn.
pub struct Depositor {
    network: Digest,
    members: u16,
    batch: usize,
    holders: Vec<MemberSigner>,
    made: usize,
    ready: VecDeque<Transaction>,
}

impl Depositor {
    /// Deposits of so many members, so many in a transaction.
    pub fn new(network: Digest, members: u16, batch: usize) -> Self {
        let faulty = members.saturating_sub(1) / 3;
        Self {
            network,
            members,
            batch: batch.clamp(1, limits::CALLS_MAX),
            holders: (1..=faulty + 1).map(vault_signer).collect(),
            made: 0,
            ready: VecDeque::new(),
        }
    }

    /// Whose transaction the one of this number is.
    fn member(&self, number: usize) -> u16 {
        let members = usize::from(self.members);
        u16::try_from(number % members).unwrap_or(0) + 1
    }

    /// The next transaction, and whose it is.
    pub fn next(&mut self) -> (u16, Transaction) {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return (ready.body.sponsor.number(), ready);
            }
            self.group();
        }
    }

    fn group(&mut self) {
        let count = if self.batch == 1 { GATHERED_MAX } else { 1 };
        let first = self.made;
        self.made += count;
        let blobs: Vec<BlobDigest> = (first * self.batch..self.made * self.batch)
            .map(blob)
            .collect();
        let holders = self.holders.iter();
        let stored = holders.map(|holder| sign_stored(holder, &self.network, &blobs));
        let stored: Vec<StoredRoot> = stored.collect();
        let mut paths = match self.batch {
            1 => StoredPath::of_batch(&blobs).expect("a small batch"),
            _ => Vec::new(),
        }
        .into_iter();
        for (at, own) in blobs.chunks(self.batch).enumerate() {
            let paths = List::new(paths.next().into_iter().collect()).expect("one");
            let transaction = self.transaction(first + at, own, (stored.clone(), paths));
            self.ready.push_back(transaction);
        }
    }

    fn transaction(
        &self,
        number: usize,
        blobs: &[BlobDigest],
        (stored, paths): (Vec<StoredRoot>, StoredPaths),
    ) -> Transaction {
        let member = self.member(number);
        let turn = number / usize::from(self.members);
        let calls = blobs.iter().map(|blob| {
            let mut local = [0u8; 16];
            local.copy_from_slice(&blob.as_bytes()[..16]);
            Call::Deposit(Deposit {
                local: LocalId::new(local),
                blob: *blob,
                bucket: 2,
                index: BlindIndex::directory(MemberId::new(member)),
                basis: WriteBasis::Directory(Unit),
                stored: paths.clone(),
            })
        });
        let signer = member_signer(member);
        let body = Body {
            version: SHARED_VERSION,
            network: self.network,
            sponsor: MemberId::new(member),
            sequence: u64::try_from(turn).unwrap_or(0) + 1,
            last_height: Height::new(limits::WINDOW_BLOCKS - 10),
            signers: List::new(vec![signer.public_key()]).expect("one"),
            stored: List::new(stored).expect("few"),
            calls: List::new(calls.collect()).expect("a batch fits"),
        };
        Transaction::sign(body, &signer)
    }
}

/// A digest that stands for a sealed blob: vaults have no part in this.
fn blob(number: usize) -> BlobDigest {
    let number = u64::try_from(number).unwrap_or(0).to_be_bytes();
    BlobDigest::new(digest("amanat-sim/blob", &[&number]).0)
}
