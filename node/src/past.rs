//! Headers and certificates by height: of the blocks that this node has, and of older ones without their transactions, which it
//! fetched or whose transactions it dropped.
use crate::archive::{self, Archive};
use crate::assembly::Marshal;
use crate::boundaries::Boundaries;
use crate::config::Frame;
use crate::fault::Fault;
use crate::follow::Follow;
use crate::store::Runtime;
use amanat_types::block::{Block, Header};
use amanat_types::codec::List;
use amanat_types::proof::{Finalization, FinalizedHeader, LINKS_MAX};
use amanat_types::{Digest, Height};
use commonware_consensus::marshal::Identifier as Which;
use commonware_consensus::types::{Epoch, Epocher as _, FixedEpocher};
use commonware_glue::stateful::db::Shared;
use commonware_macros::select;
use commonware_runtime::{ContextCell, Handle, spawn_cell};
use commonware_storage::archive::{Archive as _, Identifier, prunable};
use commonware_storage::translator::EightCap;
use std::sync::Arc;
use std::time::Duration;

/// A header and its certificate, if it has one of its own.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    header: Header,
    finalization: List<Finalization, 1>,
}
amanat_types::codec_struct!(Past {
    header,
    finalization
});

type Store<E> = prunable::Archive<EightCap, E, Digest, Past>;
type Found<E> = prunable::Archive<EightCap, E, Digest, Finalization>;

/// Headers of finalised blocks; clones share them.
pub struct Headers<E: Runtime> {
    marshal: Marshal,
    epocher: FixedEpocher,
    boundaries: Boundaries<E>,
    kept: Shared<Store<E>>,
    /// Certificates that others gave for blocks that had none here, and some that were here, to know how far was looked.
    found: Shared<Found<E>>,
}

impl<E: Runtime> Clone for Headers<E> {
    fn clone(&self) -> Self {
        Self {
            marshal: self.marshal.clone(),
            epocher: self.epocher.clone(),
            boundaries: self.boundaries.clone(),
            kept: self.kept.clone(),
            found: self.found.clone(),
        }
    }
}

impl<E: Runtime> Headers<E> {
    /// Opens what is kept beside the blocks of `marshal`; the last blocks of epochs have their certificates in `boundaries`.
    pub async fn open(
        context: E,
        frame: &Frame,
        (marshal, boundaries): (Marshal, Boundaries<E>),
    ) -> Result<Self, Fault> {
        let config = archive::config(frame, "headers", ());
        let kept = Store::init(context.child("kept"), config).await;
        let config = archive::config(frame, "certificates-found", ());
        let found = Found::init(context.child("found"), config).await;
        Ok(Self {
            marshal,
            epocher: frame.epocher.clone(),
            boundaries,
            kept: Shared::new("headers", kept.map_err(storage)?),
            found: Shared::new("certificates_found", found.map_err(storage)?),
        })
    }

    /// The block at `height`, if its transactions are here.
    pub async fn block(&self, height: Height) -> Option<Arc<Block>> {
        let height = commonware_consensus::types::Height::new(height.get());
        let block = self.marshal.get_block(height).await?;
        Some(block.inner_shared())
    }

    /// The header at `height` with its own certificate, if it has one.
    pub async fn get(
        &self,
        height: Height,
    ) -> Result<Option<(Header, List<Finalization, 1>)>, Fault> {
        let (header, own) = match self.block(height).await {
            Some(block) => (block.header().clone(), self.certificate(height).await?),
            None => match self.past(height).await? {
                Some(past) => {
                    let own = match past.finalization.into_vec().pop() {
                        Some(own) => Some(own),
                        None => self.found_at(height).await?,
                    };
                    (past.header, own)
                }
                None => return Ok(None),
            },
        };
        let own = List::new(own.into_iter().collect());
        Ok(Some((header, own.unwrap_or_else(|_| List::empty()))))
    }

    async fn past(&self, height: Height) -> Result<Option<Past>, Fault> {
        let kept = self.kept.read().await;
        let past = kept.get(Identifier::Index(height.get())).await;
        past.map_err(storage)
    }

    /// The certificate of the block at `height` itself, if one is here.
    pub async fn certificate(&self, height: Height) -> Result<Option<Finalization>, Fault> {
        let engine = commonware_consensus::types::Height::new(height.get());
        if let Some(own) = self.marshal.get_finalization(engine).await {
            return Ok(Some(Finalization(own)));
        }
        let past = self.past(height).await?;
        if let Some(own) = past.and_then(|past| past.finalization.into_vec().pop()) {
            return Ok(Some(own));
        }
        self.found_at(height).await
    }

    async fn found_at(&self, height: Height) -> Result<Option<Finalization>, Fault> {
        let found = self.found.read().await;
        let own = found.get(Identifier::Index(height.get())).await;
        own.map_err(storage)
    }

    /// The newest height of which [`Self::found`] keeps a certificate; 0 if it keeps none.
    pub async fn searched(&self) -> u64 {
        let found = self.found.read().await;
        found.last_index().unwrap_or(0)
    }

    /// Keeps the certificate of the block at `height` itself; durable when it returns.
    pub async fn found(&self, height: Height, own: &Finalization) -> Result<(), Fault> {
        let (slot, found) = self.found.write().await;
        let put = found.put(height.get(), own.0.proposal.payload, own).await;
        slot.put(put.map_err(storage)?.sync().await.map_err(storage)?);
        Ok(())
    }

    /// The header at `height` with the certificate that finalised it, its own or a later one of its epoch.
    pub async fn finalized(&self, height: Height) -> Result<Option<FinalizedHeader>, Fault> {
        let Some((header, own)) = self.get(height).await? else {
            return Ok(None);
        };
        let mut certificate = own.into_vec().pop();
        let mut links: Vec<Header> = Vec::new();
        let mut at = height;
        let epoch = header.epoch();
        let end = self.epocher.last(Epoch::new(epoch));
        loop {
            if certificate.is_none() && end.is_some_and(|end| end.get() == at.get()) {
                let boundary = self.boundaries.get(epoch).await?;
                certificate = boundary.map(|boundary| boundary.finalization);
            }
            if let Some(finalization) = certificate {
                return Ok(Some(FinalizedHeader {
                    header,
                    links: List::new(links).unwrap_or_else(|_| List::empty()),
                    finalization,
                }));
            }
            at = at.plus(1);
            if links.len() == LINKS_MAX {
                return Ok(None);
            }
            let Some((next, own)) = self.get(at).await? else {
                return Ok(None);
            };
            if next.epoch() != header.epoch() {
                return Ok(None);
            }
            links.push(next);
            certificate = own.into_vec().pop();
        }
    }

    /// The newest finalised header that has a certificate of its own.
    pub async fn newest(&self) -> Option<FinalizedHeader> {
        let (height, _) = self.marshal.get_info(Which::Latest).await?;
        let finalization = self.marshal.get_finalization(height).await?;
        let block = self.marshal.get_block(height).await?;
        Some(FinalizedHeader {
            header: block.inner().header().clone(),
            links: List::empty(),
            finalization: Finalization(finalization),
        })
    }

    /// The newest height whose header is kept beside the blocks; 0 if none is.
    async fn kept(&self) -> u64 {
        let kept = self.kept.read().await;
        kept.last_index().unwrap_or(0)
    }

    /// Keeps headers; durable when it returns.
    pub async fn keep(
        &self,
        past: impl Iterator<Item = (Header, List<Finalization, 1>)>,
    ) -> Result<(), Fault> {
        let (slot, mut kept) = self.kept.write().await;
        for (header, finalization) in past {
            let height = header.height.get();
            let key = header.digest();
            let item = Past {
                header,
                finalization,
            };
            kept = kept.put(height, key, &item).await.map_err(storage)?;
        }
        slot.put(kept.sync().await.map_err(storage)?);
        Ok(())
    }
}

/// Blocks between the tip and the newest header that is kept: certificates may come a little after their blocks.
const LAG: u64 = 64;
/// Headers written at a time.
const BATCH: u64 = 256;
/// Pause when a block is not here yet.
const PAUSE: Duration = Duration::from_millis(500);

/// Keeps the headers of blocks whose transactions will be dropped, well before they are.
pub struct Keeper<E: Runtime> {
    context: ContextCell<E>,
    headers: Headers<E>,
    archive: Archive<E>,
    follow: Follow,
}

impl<E: Runtime> Keeper<E> {
    /// Joins the parts.
    pub fn new(context: E, (headers, archive): (Headers<E>, Archive<E>), follow: Follow) -> Self {
        Self {
            context: ContextCell::new(context),
            headers,
            archive,
            follow,
        }
    }

    /// Runs until the node stops.
    pub fn start(mut self) -> Handle<()> {
        spawn_cell!(self.context, self.run())
    }

    async fn run(mut self) {
        let mut stopped = self.context.as_present().stopped();
        select! {
            _ = &mut stopped => {},
            kept = self.keep() => {
                let Err(fault) = kept;
                fault.stop()
            },
        }
    }

    async fn keep(&mut self) -> Result<std::convert::Infallible, Fault> {
        let mut next = 1;
        loop {
            next = next.max(self.headers.kept().await.saturating_add(1));
            self.follow.reached(next.saturating_add(LAG)).await;
            let tip = self.follow.tip().height;
            let end = tip.get().saturating_sub(LAG);
            let mut batch = Vec::new();
            for height in (next..=end).take_while(|height| *height < next.saturating_add(BATCH)) {
                match self.headers.get(Height::new(height)).await? {
                    Some(past) => batch.push(past),
                    None => break,
                }
            }
            match batch.is_empty() {
                // The file that held it was damaged and moved aside.
                true if self.archive.whole(tip).await => next = next.saturating_add(1),
                // A node that took its state over fetches older headers first.
                true => self.context.as_present().sleep(PAUSE).await,
                false => self.headers.keep(batch.into_iter()).await?,
            }
        }
    }
}

fn storage(error: impl std::fmt::Display) -> Fault {
    Fault::storage("headers", error)
}
