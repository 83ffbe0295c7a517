//! Finalised headers and the walk from genesis to the epoch that signed them.
use crate::block::{Header, Roster, Scheme};
use crate::codec::List;
use crate::proof::ProofError;
use crate::{Digest, Genesis, limits};
use bytes::BufMut;
use commonware_codec::{Buf, Encode as _, EncodeSize, Error, Read, Write};
use commonware_consensus::simplex::types;
use commonware_cryptography::transcript::{Transcript, Version};
use commonware_parallel::Sequential;

/// Headers between a header and the descendant that carries its certificate. A node that was cut off may have many blocks in a row without one: 153
/// were seen.
pub const LINKS_MAX: usize = 512;
/// Boundary headers in one proof: changes of the validators since genesis.
pub const BOUNDARIES_MAX: usize = 4096;

/// A certificate by which a quorum finalised a header and all before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finalization(pub types::Finalization<Scheme, Digest>);

impl Write for Finalization {
    fn write(&self, buf: &mut impl BufMut) {
        self.0.write(buf);
    }
}
impl EncodeSize for Finalization {
    fn encode_size(&self) -> usize {
        self.0.encode_size()
    }
}
impl Read for Finalization {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        types::Finalization::read_cfg(buf, &limits::MEMBERS_MAX).map(Self)
    }
}

/// A header with the certificate that finalised it.
///
/// Not every block gets a certificate of its own: a certificate finalises all before it. Then `links`
/// are the headers that follow, each naming the one before as its parent, up to the one that has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalizedHeader {
    /// The header.
    pub header: Header,
    /// Headers after it, the last of which the certificate names; empty if it names `header`.
    pub links: List<Header, LINKS_MAX>,
    /// The certificate.
    pub finalization: Finalization,
}
codec_struct!(FinalizedHeader {
    header,
    links,
    finalization
});

impl FinalizedHeader {
    /// Checks links and certificate against the `roster` of the header's epoch; gives the header's digest.
    ///
    /// Errors, in this order: [`ProofError::LinkBroken`], [`ProofError::LinkEpoch`], [`ProofError::CertificateOther`],
    /// [`ProofError::CertificateEpoch`], [`ProofError::CertificateWrong`].
    pub fn verify(&self, network: &Digest, roster: &Roster) -> Result<Digest, ProofError> {
        let digest = self.header.digest();
        let mut last = (self.header.height, digest);
        for link in &self.links {
            if link.parent != last.1 || link.height != last.0.plus(1) {
                return Err(ProofError::LinkBroken(link.height));
            }
            if link.epoch() != self.header.epoch() {
                return Err(ProofError::LinkEpoch(link.height));
            }
            last = (link.height, link.digest());
        }
        let proposal = &self.finalization.0.proposal;
        if proposal.payload != last.1 {
            return Err(ProofError::CertificateOther(last.0));
        }
        if proposal.round.epoch().get() != self.header.epoch() {
            return Err(ProofError::CertificateEpoch(last.0));
        }
        // A batch check needs weights that the prover could not foresee: they are derived from all that
        // is checked, so that the same proof gives the same answer everywhere.
        let mut weights = Transcript::new(b"amanat/proof/weights", Version::V1);
        weights.commit(self.finalization.encode());
        let mut weights = weights.noise(b"finalization");
        match self
            .finalization
            .0
            .verify(&mut weights, &roster.verifier(network), &Sequential)
        {
            true => Ok(digest),
            false => Err(ProofError::CertificateWrong(last.0)),
        }
    }
}

/// Boundary headers of the epochs before the one that is proven, ascending: those at which the validators change.
pub type Boundaries = List<FinalizedHeader, BOUNDARIES_MAX>;

/// Checks one boundary header against the `roster` of its epoch; gives the roster of the next.
///
/// A node's own store holds those of all epochs. A proof carries fewer: [`Checkpoint::walk`](super::Checkpoint::walk).
///
/// Errors: [`ProofError::BoundaryEpoch`] if it is of another epoch, [`ProofError::BoundaryHeight`], those of [`FinalizedHeader::verify`],
/// [`ProofError::BoundaryRoster`].
pub fn step(
    genesis: &Genesis,
    (epoch, roster): (u64, &Roster),
    boundary: &FinalizedHeader,
) -> Result<Roster, ProofError> {
    if boundary.header.epoch() != epoch {
        return Err(ProofError::BoundaryEpoch(epoch));
    }
    let last = last_height(genesis, epoch).ok_or(ProofError::BoundaryHeight(epoch))?;
    if boundary.header.height.get() != last {
        return Err(ProofError::BoundaryHeight(epoch));
    }
    boundary.verify(&genesis.digest(), roster)?;
    let next = boundary.header.next.clone();
    Ok(next.ok_or(ProofError::BoundaryRoster(epoch))?.roster)
}

/// Height of the last block of `epoch`.
fn last_height(genesis: &Genesis, epoch: u64) -> Option<u64> {
    epoch
        .checked_add(1)?
        .checked_mul(genesis.epoch_blocks)?
        .checked_sub(1)
}
