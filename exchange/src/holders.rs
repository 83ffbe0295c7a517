//! Which members hold a blob: the own one and f others, in turn; another if one does not answer.
//!
//! A member that does not answer is not waited for: after a while one more is asked, and whoever answers first counts. Who failed, or was
//! slow, is asked last for a minute, so that one dead member costs its peers a wait a minute and not one a deposit.
use crate::exchange::lock;
use crate::{Error, Exchange};
use amanat_client::stores::BlobPut;
use amanat_client::{Clock, Failure, Fault, Ledger, Stores};
use amanat_types::stored::StoredRoot;
use amanat_types::{MemberId, TimestampMs, limits};
use futures::future::{Either, select};
use futures::stream::{FuturesUnordered, StreamExt as _};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How long holders are waited for before one more is asked, beside the time that their bytes take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Bytes a millisecond of the slowest line on which a batch is still waited for.
const BYTES_PER_MS: usize = 100;
/// How long a member that failed is asked last.
const LAST_MS: u64 = 60_000;

/// Whose turn it is to hold, and who did not answer of late.
#[derive(Default)]
pub(crate) struct Turns {
    rotation: AtomicUsize,
    failed: Mutex<BTreeMap<MemberId, TimestampMs>>,
}

impl Turns {
    /// The members in the order in which they are asked to hold the next batch: the own one, then the others in turn, then who failed
    /// of late.
    fn order(&self, own: MemberId, members: &[MemberId], now: TimestampMs) -> Vec<MemberId> {
        let members = members.iter().copied();
        let mut others: Vec<MemberId> = members.filter(|member| *member != own).collect();
        if !others.is_empty() {
            let turn = self.rotation.fetch_add(1, Ordering::Relaxed);
            let start = turn % others.len();
            others.rotate_left(start);
        }
        let mut order: Vec<MemberId> = std::iter::once(own).chain(others).collect();
        let mut failed = lock(&self.failed);
        failed.retain(|_, at| now.since(*at) < LAST_MS);
        order.sort_by_key(|member| failed.contains_key(member));
        order
    }

    fn failed(&self, members: &[MemberId], now: TimestampMs) {
        lock(&self.failed).extend(members.iter().map(|member| (*member, now)));
    }
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
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
        let turns = &self.inner.turns;
        let order = turns.order(self.member(), &roster.members, self.now());
        let clock = &self.inner.config.clock;
        let mut failed = Vec::new();
        let roots = put_at(
            (&self.inner.stores, clock),
            order,
            wanted,
            blobs,
            &mut failed,
        )
        .await;
        turns.failed(&failed, self.now());
        Ok(roots?)
    }
}

/// Puts a batch at the first `wanted` of `order` at once; whoever fails, or keeps it waiting, is joined by the next, and named in `failed`.
/// Gives the first `wanted` roots.
///
/// Errors: the last failure, if fewer than `wanted` of `order` took the batch.
pub(crate) async fn put_at<S: Stores>(
    (stores, clock): (&S, &Clock),
    order: Vec<MemberId>,
    wanted: usize,
    blobs: Vec<BlobPut>,
    failed: &mut Vec<MemberId>,
) -> Result<Vec<StoredRoot>, Failure> {
    let bytes: usize = blobs.iter().map(|blob| blob.bytes.len()).sum();
    let line_ms = u64::try_from(bytes / BYTES_PER_MS).unwrap_or(u64::MAX);
    let patience = PATIENCE.saturating_add(Duration::from_millis(line_ms));
    let put = |holder| {
        let blobs = blobs.clone();
        async move { (holder, stores.put(holder, blobs).await) }
    };
    let mut next = order.into_iter();
    let mut asked: Vec<MemberId> = next.by_ref().take(wanted).collect();
    let mut under_way: FuturesUnordered<_> = asked.iter().copied().map(put).collect();
    let mut roots = Vec::with_capacity(wanted);
    let mut last: Option<Failure> = None;
    let mut waited = Box::pin(clock.sleep(patience));
    while roots.len() < wanted {
        let more = match select(under_way.next(), waited.as_mut()).await {
            Either::Left((None, _)) => break,
            Either::Left((Some((holder, done)), _)) => {
                asked.retain(|one| *one != holder);
                match done {
                    Ok(root) => {
                        roots.push(root);
                        None
                    }
                    Err(failure) => {
                        tracing::warn!(%holder, %failure, "a vault did not take a batch: another is asked");
                        last = Some(failure);
                        failed.push(holder);
                        next.next()
                    }
                }
            }
            Either::Right(_) => {
                waited.set(clock.sleep(patience));
                let more = next.next();
                if more.is_some() {
                    tracing::warn!(slow = ?asked, "vaults keep a batch waiting: another is asked");
                    failed.append(&mut asked);
                }
                more
            }
        };
        if let Some(holder) = more {
            asked.push(holder);
            under_way.push(put(holder));
        }
    }
    if roots.len() >= wanted {
        return Ok(roots);
    }
    let none = || Failure::Fault(Fault::invalid("fewer than f+1 members have a vault"));
    Err(last.unwrap_or_else(none))
}
