//! Which members hold a blob: the own one and f others, in turn; another if one does not answer.
use crate::{Error, Exchange};
use amanat_client::stores::BlobPut;
use amanat_client::{Failure, Fault, Ledger, Stores};
use amanat_types::stored::StoredRoot;
use amanat_types::{MemberId, limits};
use futures::stream::{FuturesUnordered, StreamExt as _};
use std::sync::atomic::Ordering;

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// The members in the order in which they are asked to hold the next batch: the own one, then the others in turn.
    fn holders(&self, members: &[MemberId]) -> Vec<MemberId> {
        let own = self.member();
        let members = members.iter().copied();
        let mut others: Vec<MemberId> = members.filter(|member| *member != own).collect();
        if !others.is_empty() {
            let turn = self.inner.rotation.fetch_add(1, Ordering::Relaxed);
            let start = turn % others.len();
            others.rotate_left(start);
        }
        std::iter::once(own).chain(others).collect()
    }

    /// Puts a batch at f+1 holders at once; whoever fails is replaced by the next. Gives their roots.
    ///
    /// Errors: the last failure, if fewer than f+1 members took the batch.
    pub(crate) async fn put_at_holders(
        &self,
        blobs: Vec<BlobPut>,
    ) -> Result<Vec<StoredRoot>, Error> {
        let roster = self.roster().await?;
        let wanted = roster.faulty_max().saturating_add(1);
        let wanted = wanted.min(limits::HOLDERS_MAX);
        let order = self.holders(&roster.members);
        Ok(put_at(&self.inner.stores, order, wanted, blobs).await?)
    }
}

/// Puts a batch at the first `wanted` of `order` at once; whoever fails is replaced by the next. Gives their roots.
pub(crate) async fn put_at<S: Stores>(
    stores: &S,
    order: Vec<MemberId>,
    wanted: usize,
    blobs: Vec<BlobPut>,
) -> Result<Vec<StoredRoot>, Failure> {
    let mut next = order.into_iter();
    let mut under_way = FuturesUnordered::new();
    for holder in next.by_ref().take(wanted) {
        under_way.push(stores.put(holder, blobs.clone()));
    }
    let mut roots = Vec::with_capacity(wanted);
    let mut last: Option<Failure> = None;
    while let Some(put) = under_way.next().await {
        match put {
            Ok(root) => roots.push(root),
            Err(failure) => {
                tracing::warn!(%failure, "a vault did not take a batch: another is asked");
                last = Some(failure);
                if let Some(holder) = next.next() {
                    under_way.push(stores.put(holder, blobs.clone()));
                }
            }
        }
    }
    if roots.len() >= wanted {
        return Ok(roots);
    }
    let none = || Failure::Fault(Fault::invalid("fewer than f+1 members have a vault"));
    Err(last.unwrap_or_else(none))
}
