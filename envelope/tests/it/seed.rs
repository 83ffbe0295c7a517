//! Entropy that is the same in every run, and the parties of the tests.
use amanat_envelope::SealingSecret;
use amanat_types::{Digest, RecordId, TicketId};
use commonware_cryptography::{Hasher as _, Sha256};
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

/// SHA-256 of seed and counter, block after block. For tests alone.
pub struct Seed {
    seed: u64,
    counter: u64,
}

impl Seed {
    pub fn new(seed: u64) -> Self {
        Self { seed, counter: 0 }
    }
}

impl TryRng for Seed {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0u8; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0u8; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(32) {
            let input = [self.seed.to_be_bytes(), self.counter.to_be_bytes()].concat();
            chunk.copy_from_slice(&Sha256::hash(&[&input])[..chunk.len()]);
            self.counter += 1;
        }
        Ok(())
    }
}
impl TryCryptoRng for Seed {}

pub fn network() -> Digest {
    amanat_types::digest("amanat/test/network", &[])
}

pub fn custodian() -> SealingSecret {
    SealingSecret::from_seed(&[1; 32])
}

pub fn reader() -> SealingSecret {
    SealingSecret::from_seed(&[2; 32])
}

pub fn record(number: u8) -> RecordId {
    RecordId::new([number; 16])
}

pub const TICKET: TicketId = TicketId::new([0x77; 16]);

/// Every copy of `bytes` with one bit flipped.
pub fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}
