//! The clock that judgement code is given: it never reads an ambient one.
use amanat_types::TimestampMs;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tells the time and waits. Cheap to clone.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> TimestampMs + Send + Sync>,
    sleep: Arc<dyn Fn(Duration) -> Sleep + Send + Sync>,
}

impl Clock {
    /// A clock that reads `now` and waits on the tokio timer.
    pub fn new(now: impl Fn() -> TimestampMs + Send + Sync + 'static) -> Self {
        Self::with_sleep(now, tokio::time::sleep)
    }

    /// A clock that reads `now` and waits by `sleep`: for a simulated runtime.
    pub fn with_sleep<F>(
        now: impl Fn() -> TimestampMs + Send + Sync + 'static,
        sleep: impl Fn(Duration) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self {
            now: Arc::new(now),
            sleep: Arc::new(move |time| Box::pin(sleep(time))),
        }
    }

    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            let ms = since.map_or(0, |since| since.as_millis());
            TimestampMs::new(u64::try_from(ms).unwrap_or(u64::MAX))
        })
    }

    /// The time.
    pub fn now(&self) -> TimestampMs {
        (self.now)()
    }

    /// Waits.
    pub async fn sleep(&self, time: Duration) {
        (self.sleep)(time).await;
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}
