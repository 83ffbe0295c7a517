//! The runtime as one node sees it.
use super::alive::{Alive, Life};
use super::blob::Blob;
use super::processor::{Gate, Way};
use super::{House, Skew};
use commonware_runtime::telemetry::metrics::{Metric, Registered};
use commonware_runtime::{
    BlobVersion, Clock, Error, Handle, Metrics, Name, Spawner, Storage, Supervisor,
    deterministic::Context, signal::Signal,
};
use governor::clock::{Clock as Instants, ReasonablyRealtime};
use rand_core::{TryCryptoRng, TryRng};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The deterministic runtime behind one node's clock and disk.
pub struct Machine {
    inner: Context,
    house: House,
    life: Life,
}

impl Machine {
    /// A process that starts in `house`.
    pub const fn new(inner: Context, house: House, life: Life) -> Self {
        Self { inner, house, life }
    }

    fn with(&self, inner: Context) -> Self {
        Self::new(inner, self.house.clone(), self.life.clone())
    }

    fn skew(&self) -> Skew {
        self.house.skew()
    }
}

impl Supervisor for Machine {
    fn name(&self) -> Name {
        self.inner.name()
    }

    fn child(&self, label: &'static str) -> Self {
        self.with(self.inner.child(label))
    }

    fn with_attribute(self, key: &'static str, value: impl std::fmt::Display) -> Self {
        let Self { inner, house, life } = self;
        Self::new(inner.with_attribute(key, value), house, life)
    }
}

impl Spawner for Machine {
    fn shared(self, blocking: bool) -> Self {
        let Self { inner, house, life } = self;
        Self::new(inner.shared(blocking), house, life)
    }

    fn dedicated(self) -> Self {
        let Self { inner, house, life } = self;
        Self::new(inner.dedicated(), house, life)
    }

    fn spawn<F, Fut, T>(self, f: F) -> Handle<T>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let Self { inner, house, life } = self;
        inner.spawn(move |inner| {
            let disk = house.disk().clone();
            let way = Way::of(&house.computing, &inner);
            let task = f(Self::new(inner, house, life.clone()));
            Alive::new(Gate::new(task, way), life, disk)
        })
    }

    async fn stop(self, value: i32, timeout: Option<Duration>) -> Result<(), Error> {
        self.inner.stop(value, timeout).await
    }

    fn stopped(&self) -> Signal {
        self.inner.stopped()
    }
}

impl Metrics for Machine {
    fn register<N: Into<String>, H: Into<String>, M: Metric>(
        &self,
        name: N,
        help: H,
        metric: M,
    ) -> Registered<M> {
        self.inner.register(name, help, metric)
    }

    fn encode(&self) -> String {
        self.inner.encode()
    }
}

impl Instants for Machine {
    type Instant = SystemTime;

    fn now(&self) -> SystemTime {
        self.current()
    }
}

impl ReasonablyRealtime for Machine {}

impl Clone for Machine {
    fn clone(&self) -> Self {
        self.child("clone")
    }
}

impl Clock for Machine {
    fn current(&self) -> SystemTime {
        self.skew().shown(self.inner.current())
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.inner.sleep(duration)
    }

    fn sleep_until(
        &self,
        deadline: SystemTime,
    ) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.inner.sleep_until(self.skew().truly(deadline))
    }
}

impl TryRng for Machine {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.inner.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.inner.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.inner.try_fill_bytes(bytes)
    }
}

impl TryCryptoRng for Machine {}

impl Storage for Machine {
    type Blob = Blob;

    async fn open_versioned(
        &self,
        partition: &str,
        name: &[u8],
        versions: RangeInclusive<BlobVersion>,
    ) -> Result<(Blob, u64, BlobVersion), Error> {
        let opened = self
            .inner
            .open_versioned(partition, name, versions.clone())
            .await;
        let (inner, size, version) = opened?;
        let file = self.house.disk().opened(partition, name, versions);
        let clock = Arc::new(self.inner.child("disk"));
        let blob = Blob::new(inner, file, self.house.disk().clone(), clock);
        Ok((blob, size, version))
    }

    async fn remove(&self, partition: &str, name: Option<&[u8]>) -> Result<(), Error> {
        self.inner.remove(partition, name).await?;
        self.house.disk().removed(partition, name);
        Ok(())
    }

    async fn scan(&self, partition: &str) -> Result<Vec<Vec<u8>>, Error> {
        self.inner.scan(partition).await
    }
}
