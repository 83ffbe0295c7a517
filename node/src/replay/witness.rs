//! Who looks on while a ledger is executed again, and what may be asked of the state after its last block.
use crate::execution::Rules;
use crate::fault::Fault;
use crate::store::{self, Databases, Loaded, Runtime, Stage};
use amanat_contracts::explain::{self, Tip};
use amanat_types::block::Header;
use amanat_types::explain::{ExplainQuestion, Explanation};
use amanat_types::wire::BlockEvents;
use amanat_types::{Height, StateKey, TimestampMs};
use commonware_glue::stateful::db::DatabaseSet as _;
use futures::future::{BoxFuture, FutureExt as _};

/// What the state after the last block will answer.
pub type Told<'a, T> = BoxFuture<'a, Result<T, Fault>>;

/// Looks on while a ledger is executed again.
pub trait Witness: Send {
    /// What a block did that held. Whether it is final may not be known yet: nothing counts before [`Self::end`].
    fn block(&mut self, outcome: &BlockEvents);
    /// Every block held, and all are final: the state after the last may be asked. Not called if one did not, or if that could not be told.
    fn end<'a>(&'a mut self, past: &'a dyn Past) -> BoxFuture<'a, ()>;
}

/// The state after the last block that was executed.
pub trait Past: Send + Sync {
    /// Height of that block; 0 is the genesis.
    fn height(&self) -> Height;
    /// Its time.
    fn time_ms(&self) -> TimestampMs;
    /// Values, in the order of their keys.
    fn values(&self, keys: Vec<StateKey>) -> Told<'_, Vec<Option<Vec<u8>>>>;
    /// What would have become of a request by that state, at that block's time.
    fn explain(&self, asked: ExplainQuestion) -> Told<'_, Explanation>;
}

/// The state after `last`.
pub(super) struct After<'r, E: Runtime> {
    pub(super) rules: &'r Rules,
    pub(super) databases: &'r Databases<E>,
    pub(super) last: &'r Header,
}

fn broken(fault: amanat_contracts::Fault) -> Fault {
    Fault::Contract(fault.to_string())
}

impl<E: Runtime> After<'_, E> {
    /// The first block writes the founding state: before it there is nothing in the databases.
    fn found(&self, loaded: &mut Loaded) {
        if self.last.height.get() == 0 {
            self.rules.found(self.last.height, loaded);
        }
    }

    async fn load(&self, keys: Vec<StateKey>) -> Result<(Loaded, Stage<E>), Fault> {
        let batches = self.databases.new_batches().await;
        let (mut loaded, stage) = store::load(batches, keys).await?;
        self.found(&mut loaded);
        Ok((loaded, stage))
    }

    async fn explained(&self, asked: ExplainQuestion) -> Result<Explanation, Fault> {
        let (mut loaded, stage) = self.load(explain::keys(&asked)).await?;
        let more = explain::more_keys(&asked, &loaded).map_err(broken)?;
        let (mut extra, _) = stage.extend(more).await?;
        self.found(&mut extra);
        loaded.append(&mut extra);
        let tip = Tip {
            height: self.last.height,
            time_ms: self.last.time,
        };
        explain::explain(&asked, tip, &loaded).map_err(broken)
    }
}

impl<E: Runtime> Past for After<'_, E> {
    fn height(&self) -> Height {
        self.last.height
    }

    fn time_ms(&self) -> TimestampMs {
        self.last.time
    }

    fn values(&self, keys: Vec<StateKey>) -> Told<'_, Vec<Option<Vec<u8>>>> {
        async move {
            let (loaded, _) = self.load(keys.clone()).await?;
            let values = keys.iter().map(|key| loaded.get(key).cloned().flatten());
            Ok(values.collect())
        }
        .boxed()
    }

    fn explain(&self, asked: ExplainQuestion) -> Told<'_, Explanation> {
        self.explained(asked).boxed()
    }
}
