//! Where others reach a service of a member: each connection waits for the member to fetch it.
use super::address::{Addresses, Held};
use super::shared::{Key, Shared, Standing};
use super::{Gate, Relayed};
use crate::counts::Turned;
use crate::splice::splice;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// Pause after a connection that could not be accepted: the system has no place for it.
const PAUSE: Duration = Duration::from_millis(50);

/// Places of one service.
struct Places {
    streams: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    from: Addresses,
    bucket: Bucket,
}

/// The places that one stream holds.
struct Taken {
    _held: (OwnedSemaphorePermit, OwnedSemaphorePermit, Held),
    waiting: OwnedSemaphorePermit,
}

/// So many a second, and twice as many at once.
struct Bucket {
    per_s: f64,
    left: f64,
    at: Instant,
}

impl Bucket {
    fn new(per_s: u32) -> Self {
        let per_s = f64::from(per_s);
        Self {
            per_s,
            left: per_s * 2.0,
            at: Instant::now(),
        }
    }

    fn take(&mut self, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.left = since.mul_add(self.per_s, self.left).min(self.per_s * 2.0);
        let is_one = self.left >= 1.0;
        if is_one {
            self.left -= 1.0;
        }
        is_one
    }
}

impl Places {
    fn take(&mut self, all: &Arc<Semaphore>, from: IpAddr) -> Option<Taken> {
        if !self.bucket.take(Instant::now()) {
            return None;
        }
        let address = self.from.take(from)?;
        let one = |of: &Arc<Semaphore>| Arc::clone(of).try_acquire_owned().ok();
        let waiting = one(&self.waiting)?;
        Some(Taken {
            _held: (one(all)?, one(&self.streams)?, address),
            waiting,
        })
    }
}

/// Takes connections for a service of a member, for ever.
pub async fn serve<G: Gate>(relayed: Relayed, shared: Arc<Shared<G>>) {
    let key = (relayed.member, relayed.service);
    let limits = shared.limits;
    let mut places = Places {
        streams: Arc::new(Semaphore::new(limits.streams_service_max)),
        waiting: Arc::new(Semaphore::new(limits.waiting_max)),
        from: Addresses::new(limits.streams_address_max),
        bucket: Bucket::new(limits.streams_per_s),
    };
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = relayed.listener.accept() => accepted,
            Some(_) = tasks.join_next() => continue,
        };
        let Ok((stream, from)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let Some(line) = shared.standing(key) else {
            shared.counts.turned(Turned::NoLine);
            continue;
        };
        let Some(taken) = places.take(&shared.streams, from.ip()) else {
            shared.counts.turned(Turned::Full);
            continue;
        };
        let _best_effort = stream.set_nodelay(true);
        tasks.spawn(one(key, stream, line, taken, Arc::clone(&shared)));
    }
}

/// One stream, until it ends or the line of its member does.
async fn one<G: Gate>(
    key: Key,
    near: TcpStream,
    mut line: Standing,
    taken: Taken,
    shared: Arc<Shared<G>>,
) {
    let Taken { _held, waiting } = taken;
    let fetched = async {
        let mut wait = shared.wait(key)?;
        line.fetch.try_send(wait.token).ok()?;
        tokio::select! {
            fetched = timeout(shared.limits.fetch_time, &mut wait.fetched) => fetched.ok()?.ok(),
            _ = line.ends.changed() => None,
        }
    };
    let Some(far) = fetched.await else {
        return shared.counts.turned(Turned::NotFetched);
    };
    drop((waiting, line.fetch));
    let _stream = shared.counts.stream();
    tokio::select! {
        () = splice(near, far, shared.limits.idle_time, &shared.counts) => {}
        // Nothing is ever sent: it ends with the line.
        _ = line.ends.changed() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::Bucket;
    use std::time::Duration;
    use tokio::time::Instant;

    #[test]
    fn a_bucket_gives_so_many_a_second_and_twice_as_many_at_once() {
        let start = Instant::now();
        let mut bucket = Bucket::new(3);
        bucket.at = start;
        let given = |bucket: &mut Bucket, ms| {
            (0..20)
                .filter(|_| bucket.take(start + Duration::from_millis(ms)))
                .count()
        };
        assert_eq!(given(&mut bucket, 0), 6);
        assert_eq!(given(&mut bucket, 1_001), 3);
        assert_eq!(given(&mut bucket, 3_600_000), 6);
    }
}
