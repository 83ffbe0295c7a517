//! The archive of finalised blocks, as the engine wants it: each block is packed on its way to the disk.
use crate::archive;
use crate::config::Frame;
use crate::fault::Fault;
use crate::packed::Packed;
use crate::store::Runtime;
use amanat_types::Digest;
use amanat_types::block::Block;
use commonware_consensus::marshal::store::Blocks;
use commonware_consensus::types::Height;
use commonware_runtime::Handle;
use commonware_storage::archive::{Archive as _, Error, Identifier, prunable};
use commonware_storage::journal;
use commonware_storage::translator::EightCap;
use std::sync::Arc;

type Store<E> = prunable::Archive<EightCap, E, Digest, Packed>;

/// Finalised blocks by height.
pub struct BlockArchive<E: Runtime>(Store<E>);

impl<E: Runtime> BlockArchive<E> {
    /// Opens it.
    pub async fn open(context: E, frame: &Frame) -> Result<Self, Fault> {
        let store = Store::init(context, archive::config(frame, "blocks", ())).await;
        let store = store.map_err(|error| Fault::storage("blocks", error))?;
        Ok(Self(store))
    }
}

impl<E: Runtime> Blocks for BlockArchive<E> {
    type Block = Arc<Block>;
    type Error = Error;

    async fn put(self, digest: Digest, block: &Arc<Block>) -> Result<Self, Error> {
        let height = block.header().height.get();
        let packed = Packed::new(block.as_ref());
        self.0.put(height, digest, &packed).await.map(Self)
    }

    async fn sync(self) -> Result<Self, Error> {
        self.0.sync().await.map(Self)
    }

    async fn start_sync(self) -> Result<(Self, Handle<()>), Error> {
        let (store, durable) = self.0.start_sync().await?;
        Ok((Self(store), durable))
    }

    async fn get(&self, id: Identifier<'_, Digest>) -> Result<Option<Arc<Block>>, Error> {
        let Some(packed) = self.0.get(id).await? else {
            return Ok(None);
        };
        let block = packed.open::<Block>().map_err(journal::Error::Codec)?;
        Ok(Some(Arc::new(block)))
    }

    async fn prune(self, min: Height) -> Result<Self, Error> {
        self.0.prune(min.get()).await.map(Self)
    }

    fn missing_items(&self, start: Height, max: usize) -> Vec<Height> {
        let missing = self.0.missing_items(start.get(), max);
        missing.into_iter().map(Height::new).collect()
    }

    fn next_gap(&self, value: Height) -> (Option<Height>, Option<Height>) {
        let (end, next) = self.0.next_gap(value.get());
        (end.map(Height::new), next.map(Height::new))
    }

    fn last_index(&self) -> Option<Height> {
        self.0.last_index().map(Height::new)
    }
}
