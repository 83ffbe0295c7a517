//! Where a verifier starts: the validators of an epoch that it already trusts.
//!
//! The genesis file names those of epoch 0. Whoever has verified a later header may keep the validators that sign today, and start
//! there the next time: keys that were given up before then can sign nothing that it would believe. Decision 0004.
use crate::block::Roster;
use crate::proof::{FinalizedHeader, ProofError, header};
use crate::{Digest, Genesis};

/// The validators of one epoch of a network, as a verifier trusts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Digest of the network's genesis.
    pub network: Digest,
    /// The epoch.
    pub epoch: u64,
    /// Its validators.
    pub roster: Roster,
}
codec_struct!(Checkpoint {
    network,
    epoch,
    roster
});

impl Checkpoint {
    /// The first epoch, as the genesis names it.
    ///
    /// Errors: [`ProofError::GenesisRoster`].
    pub fn genesis(genesis: &Genesis) -> Result<Self, ProofError> {
        let roster = Roster::new(genesis.validators()).map_err(|_| ProofError::GenesisRoster)?;
        Ok(Self {
            network: genesis.digest(),
            epoch: 0,
            roster,
        })
    }

    /// Goes on to the validators that a proof's boundary headers lead to.
    ///
    /// A proof carries those boundaries only at which the validators change. An epoch without one has the validators of the epoch
    /// before, so each boundary must be signed by those known so far. Boundaries before the checkpoint are passed over: it vouches
    /// for what they led to.
    ///
    /// Errors, in this order: [`ProofError::CheckpointNetwork`]; for each boundary [`ProofError::BoundaryEpoch`] if it does not come
    /// after the one before, then those of [`header::step`].
    pub fn walk(
        &self,
        genesis: &Genesis,
        boundaries: &[FinalizedHeader],
    ) -> Result<Self, ProofError> {
        if self.network != genesis.digest() {
            return Err(ProofError::CheckpointNetwork);
        }
        let mut at = self.clone();
        let passed = |boundary: &&FinalizedHeader| boundary.header.epoch() < self.epoch;
        for boundary in boundaries.iter().skip_while(passed) {
            let epoch = boundary.header.epoch();
            if epoch < at.epoch {
                return Err(ProofError::BoundaryEpoch(epoch));
            }
            at.roster = header::step(genesis, (epoch, &at.roster), boundary)?;
            at.epoch = epoch
                .checked_add(1)
                .ok_or(ProofError::BoundaryEpoch(epoch))?;
        }
        Ok(at)
    }

    /// Checks a finalised header over the boundaries that lead to it; gives its digest and a checkpoint of its epoch.
    ///
    /// Errors: [`ProofError::CheckpointLater`] if the header is of an epoch before this one; those of [`Checkpoint::walk`];
    /// [`ProofError::HeaderEpoch`], [`ProofError::HeaderHeight`]; those of [`FinalizedHeader::verify`].
    pub fn verify(
        &self,
        genesis: &Genesis,
        boundaries: &[FinalizedHeader],
        header: &FinalizedHeader,
    ) -> Result<(Digest, Self), ProofError> {
        let epoch = header.header.epoch();
        if epoch < self.epoch {
            return Err(ProofError::CheckpointLater(self.epoch));
        }
        let mut at = self.walk(genesis, boundaries)?;
        if epoch < at.epoch {
            return Err(ProofError::HeaderEpoch);
        }
        let height = header.header.height.get();
        if height.checked_div(genesis.epoch_blocks) != Some(epoch) {
            return Err(ProofError::HeaderHeight);
        }
        let digest = header.verify(&self.network, &at.roster)?;
        at.epoch = epoch;
        Ok((digest, at))
    }
}
