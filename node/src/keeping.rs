//! Archives of the engine that drop less than the engine asks.
//!
//! The engine drops old blocks, certificates and changes of the state together, counted from its start. Here the state keeps a short
//! history on every node, blocks a longer one or all of it, and that does not begin anew with each start.
use amanat_types::Digest;
use commonware_consensus::Block;
use commonware_consensus::marshal::store::{Blocks, Certificates};
use commonware_consensus::simplex::types::Finalization;
use commonware_consensus::types::Height;
use commonware_cryptography::Digestible;
use commonware_runtime::Handle;
use commonware_storage::archive::Identifier;

/// What an archive keeps below what the engine would drop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Everything.
    All,
    /// So many blocks.
    Blocks(u64),
}

impl Keep {
    /// The lowest height that must stay, if anything may be dropped when the engine asks for all below `min`.
    fn least(self, min: Height) -> Option<Height> {
        match self {
            Self::All => None,
            Self::Blocks(more) => Some(Height::new(min.get().saturating_sub(more))),
        }
    }
}

/// An archive, and what it keeps.
pub struct Keeping<A> {
    archive: A,
    keep: Keep,
}

impl<A> Keeping<A> {
    /// Joins both.
    pub const fn new(archive: A, keep: Keep) -> Self {
        Self { archive, keep }
    }

    const fn with(keep: Keep) -> impl FnOnce(A) -> Self {
        move |archive| Self { archive, keep }
    }
}

impl<A: Certificates<BlockDigest = Digest>> Certificates for Keeping<A> {
    type BlockDigest = Digest;
    type Commitment = A::Commitment;
    type Scheme = A::Scheme;
    type Error = A::Error;

    async fn put(
        self,
        height: Height,
        digest: Digest,
        finalization: &Finalization<A::Scheme, A::Commitment>,
    ) -> Result<Self, A::Error> {
        let put = self.archive.put(height, digest, finalization).await;
        put.map(Self::with(self.keep))
    }

    async fn sync(self) -> Result<Self, A::Error> {
        self.archive.sync().await.map(Self::with(self.keep))
    }

    async fn start_sync(self) -> Result<(Self, Handle<()>), A::Error> {
        let (archive, durable) = self.archive.start_sync().await?;
        Ok((Self::new(archive, self.keep), durable))
    }

    async fn get(
        &self,
        id: Identifier<'_, Digest>,
    ) -> Result<Option<Finalization<A::Scheme, A::Commitment>>, A::Error> {
        self.archive.get(id).await
    }

    async fn has(&self, height: Height) -> Result<bool, A::Error> {
        self.archive.has(height).await
    }

    async fn prune(self, min: Height) -> Result<Self, A::Error> {
        match self.keep.least(min) {
            Some(least) => self.archive.prune(least).await.map(Self::with(self.keep)),
            None => Ok(self),
        }
    }

    fn last_index(&self) -> Option<Height> {
        self.archive.last_index()
    }

    fn ranges_from(&self, from: Height) -> impl Iterator<Item = (Height, Height)> {
        self.archive.ranges_from(from)
    }
}

impl<A: Blocks<Block: Block>> Blocks for Keeping<A> {
    type Block = A::Block;
    type Error = A::Error;

    async fn put(
        self,
        digest: <A::Block as Digestible>::Digest,
        block: &A::Block,
    ) -> Result<Self, A::Error> {
        let put = self.archive.put(digest, block).await;
        put.map(Self::with(self.keep))
    }

    async fn sync(self) -> Result<Self, A::Error> {
        self.archive.sync().await.map(Self::with(self.keep))
    }

    async fn start_sync(self) -> Result<(Self, Handle<()>), A::Error> {
        let (archive, durable) = self.archive.start_sync().await?;
        Ok((Self::new(archive, self.keep), durable))
    }

    async fn get(
        &self,
        id: Identifier<'_, <A::Block as Digestible>::Digest>,
    ) -> Result<Option<A::Block>, A::Error> {
        self.archive.get(id).await
    }

    async fn prune(self, min: Height) -> Result<Self, A::Error> {
        match self.keep.least(min) {
            Some(least) => self.archive.prune(least).await.map(Self::with(self.keep)),
            None => Ok(self),
        }
    }

    fn missing_items(&self, start: Height, max: usize) -> Vec<Height> {
        self.archive.missing_items(start, max)
    }

    fn next_gap(&self, value: Height) -> (Option<Height>, Option<Height>) {
        self.archive.next_gap(value)
    }

    fn last_index(&self) -> Option<Height> {
        self.archive.last_index()
    }
}

#[cfg(test)]
mod tests {
    use super::Keep;
    use commonware_consensus::types::Height;

    #[test]
    fn less_is_dropped_than_the_engine_asks() {
        let least = |keep: Keep, min| keep.least(Height::new(min)).map(Height::get);
        assert_eq!(least(Keep::All, 9), None);
        assert_eq!(least(Keep::Blocks(0), 9), Some(9));
        assert_eq!(least(Keep::Blocks(4), 9), Some(5));
        assert_eq!(least(Keep::Blocks(10), 9), Some(0));
    }
}
