//! The exchange of one member: what every use case stands on.
use crate::intent::Unsettled;
use crate::ticket::OpenTicket;
use crate::{Actor, Config, Error};
use amanat_client::submit::Sponsor;
use amanat_client::{Fault, Ledger, Stores, Submitter, disk};
use amanat_projection::store::Urgency;
use amanat_projection::{Batch, Follower, ReadModel, Store};
use amanat_types::{Digest, Height, MemberId, StateKey, TimestampMs};
use aws_lc_rs::hmac;
use commonware_codec::DecodeExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// File of what must outlive the process: keyring, FHIR index, intents, tickets.
const STORE_FILE: &str = "exchange.redb";
/// File of the read model, which may be deleted.
const MODEL_FILE: &str = "read-model.redb";
/// How long a submission is tried.
const SUBMIT_LIMIT: Duration = Duration::from_secs(30);
/// How long the read model is waited for.
const FOLD_LIMIT: Duration = Duration::from_secs(15);

/// The exchange of one member. Cheap to clone; all clones are one.
pub struct Exchange<L, S> {
    pub(crate) inner: Arc<Inner<L, S>>,
}

pub(crate) struct Inner<L, S> {
    pub(crate) config: Config,
    pub(crate) ledger: L,
    pub(crate) stores: S,
    pub(crate) submitter: Submitter<L>,
    pub(crate) store: Store,
    pub(crate) model: ReadModel,
    pub(crate) follower: Follower,
    pub(crate) unsettled: Unsettled,
    pub(crate) tickets: Mutex<Vec<OpenTicket>>,
    /// Under which callers' ids become local ids, and contents become tags.
    pub(crate) secret: hmac::Key,
    pub(crate) roster: Mutex<crate::members::Known>,
    pub(crate) turns: crate::holders::Turns,
    pub(crate) gathering: crate::gather::Gathering,
}

impl<L, S> Clone for Exchange<L, S> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

/// Takes a lock; what it guards is whole at every step, so a panic elsewhere does not spoil it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Decodes a value of the own store or of the ledger's state.
pub(crate) fn decode<T>(bytes: &[u8]) -> Result<T, Error>
where
    T: commonware_codec::Read<Cfg = ()>,
{
    T::decode(bytes.to_vec()).map_err(|e| Error::damaged("a stored value", e))
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Opens the exchange on a folder, finishes or takes back what a crash left half-done, and starts to follow the ledger.
    ///
    /// Needs a tokio runtime. One process a folder.
    pub async fn open(folder: &Path, config: Config, ledger: L, stores: S) -> Result<Self, Error> {
        let (path, key) = (folder.to_path_buf(), config.storage.clone());
        let opened = disk::offload(move || {
            std::fs::create_dir_all(&path)
                .map_err(|e| Fault::storage("make the exchange's folder", e))?;
            let store = Store::open(&path.join(STORE_FILE), key.as_bytes())?;
            let model = ReadModel::open(&path.join(MODEL_FILE), key.as_bytes())?;
            Ok::<_, Fault>((store, model))
        });
        let (store, model) = opened.await??;
        let sponsor = Sponsor {
            network: config.network,
            member: config.member,
            signer: config.signer.clone(),
            deadline: SUBMIT_LIMIT,
        };
        let root = hmac::Key::new(hmac::HMAC_SHA256, config.storage.as_bytes());
        let secret = hmac::sign(&root, b"amanat/exchange/ids");
        let exchange = Self {
            inner: Arc::new(Inner {
                submitter: Submitter::new(ledger.clone(), sponsor, config.clock.clone()),
                follower: Follower::start(model.clone(), ledger.clone()),
                unsettled: Unsettled::load(&store)?,
                tickets: Mutex::new(Vec::new()),
                secret: hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref()),
                roster: Mutex::new(None),
                turns: crate::holders::Turns::default(),
                gathering: crate::gather::Gathering::default(),
                config,
                ledger,
                stores,
                store,
                model,
            }),
        };
        exchange.settle_all().await;
        exchange.forget_ended().await?;
        Ok(exchange)
    }

    /// Whose exchange.
    pub fn member(&self) -> MemberId {
        self.inner.config.member
    }

    /// The network.
    pub fn network(&self) -> Digest {
        self.inner.config.network
    }

    /// The member's own node.
    pub fn ledger(&self) -> &L {
        &self.inner.ledger
    }

    /// The vaults and custodians of the members.
    pub fn stores(&self) -> &S {
        &self.inner.stores
    }

    /// The read model.
    pub fn model(&self) -> &ReadModel {
        &self.inner.model
    }

    /// Waits until the read model has folded the block at `height`.
    pub async fn wait_for(&self, height: Height) -> Result<(), Error> {
        let follower = &self.inner.follower;
        Ok(follower.wait_for(height, FOLD_LIMIT).await?)
    }

    /// The height up to which the read model has folded.
    pub fn folded(&self) -> Height {
        self.inner.follower.height()
    }

    /// Stops following, and makes the read model durable.
    pub async fn close(&self) -> Result<(), Error> {
        self.inner.follower.stop().await;
        let model = self.inner.model.clone();
        Ok(disk::offload(move || model.flush()).await??)
    }

    /// Refuses another member's actor: a door that mixes members up must not sign for the wrong one.
    pub(crate) fn admit(&self, actor: &Actor) -> Result<(), Error> {
        match actor.member() == self.member() {
            true => Ok(()),
            false => Err(Error::invalid("actor", "must be of this exchange's member")),
        }
    }

    pub(crate) fn now(&self) -> TimestampMs {
        self.inner.config.clock.now()
    }

    /// One value of the state.
    pub(crate) async fn state<T>(&self, key: StateKey) -> Result<Option<T>, Error>
    where
        T: commonware_codec::Read<Cfg = ()>,
    {
        let mut all = self.states(vec![key]).await?;
        Ok(all.pop().flatten())
    }

    /// Values of the state, in the order of their keys.
    pub(crate) async fn states<T>(&self, keys: Vec<StateKey>) -> Result<Vec<Option<T>>, Error>
    where
        T: commonware_codec::Read<Cfg = ()>,
    {
        let count = keys.len();
        if count == 0 {
            return Ok(Vec::new());
        }
        let answer = self.inner.ledger.state(keys).await?;
        if answer.values.len() != count {
            let what = "not one value for each key";
            return Err(Fault::protocol("the own node", what).into());
        }
        let values = answer.values.iter();
        values
            .map(|value| value.as_deref().map(decode).transpose())
            .collect()
    }

    /// Writes to the own store, durably, aside.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Batch<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Error> {
        let store = self.inner.store.clone();
        let done = disk::offload(move || store.write(Urgency::Durable, work)).await?;
        Ok(done?)
    }
}
