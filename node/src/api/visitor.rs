//! Who is connected: connections and requests of each address, bounded, and requests of all together.
//!
//! An address is an IPv4 address, or the first 64 bits of an IPv6 address, within which one customer chooses freely.
use crate::api::Limits;
use commonware_utils::sync::Mutex;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use tokio::time::Instant;

/// Addresses that are remembered without a connection.
const ADDRESSES: usize = 4_096;
/// Parts of one request: a bucket fills by one a nanosecond for each request a second.
const REQUEST: u64 = 1_000_000_000;

/// Why somebody is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TurnedAway {
    /// The address has as many connections as it may have.
    Connections,
    /// The address sends more requests a second than it may.
    AddressRequests,
    /// All together send more requests a second than the node takes.
    Requests,
}

impl TurnedAway {
    /// The label of a metric.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Connections => "address_connections",
            Self::AddressRequests => "address_requests",
            Self::Requests => "requests",
        }
    }
}

/// Requests that may come now: at most those of one second.
struct Bucket {
    parts: u64,
    at: Instant,
}

impl Bucket {
    fn full(rate: u32, now: Instant) -> Self {
        Self {
            parts: u64::from(rate).saturating_mul(REQUEST),
            at: now,
        }
    }

    fn fill(&mut self, rate: u32, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_nanos();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let rate = u64::from(rate);
        let parts = self.parts.saturating_add(passed.saturating_mul(rate));
        self.parts = parts.min(rate.saturating_mul(REQUEST));
        self.at = now;
    }

    const fn has(&self) -> bool {
        self.parts >= REQUEST
    }

    const fn take(&mut self) {
        self.parts = self.parts.saturating_sub(REQUEST);
    }
}

struct Visitor {
    connections: usize,
    bucket: Bucket,
}

struct Seen {
    visitors: HashMap<IpAddr, Visitor>,
    all: Bucket,
    connections: usize,
}

/// Everybody; clones share it.
#[derive(Clone)]
pub struct Visitors {
    limits: Limits,
    seen: Arc<Mutex<Seen>>,
}

/// One connection, until it is dropped.
pub struct Visit {
    visitors: Visitors,
    address: IpAddr,
}

/// What counts as one address.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

impl Visitors {
    /// Nobody yet.
    pub fn new(limits: Limits) -> Self {
        let seen = Seen {
            visitors: HashMap::new(),
            all: Bucket::full(limits.requests_per_second, Instant::now()),
            connections: 0,
        };
        Self {
            limits,
            seen: Arc::new(Mutex::new(seen)),
        }
    }

    /// Open connections.
    pub fn connections(&self) -> usize {
        self.seen.lock().connections
    }

    /// Takes a connection from `address`, if it may have one more.
    pub fn arrive(&self, address: IpAddr) -> Result<Visit, TurnedAway> {
        let address = neighbourhood(address);
        let mut seen = self.seen.lock();
        if seen.visitors.len() >= ADDRESSES {
            seen.visitors.retain(|_, visitor| visitor.connections > 0);
        }
        let rate = self.limits.address_requests_per_second;
        let new = || Visitor {
            connections: 0,
            bucket: Bucket::full(rate, Instant::now()),
        };
        let visitor = seen.visitors.entry(address).or_insert_with(new);
        if visitor.connections >= self.limits.address_connections {
            return Err(TurnedAway::Connections);
        }
        visitor.connections += 1;
        seen.connections += 1;
        drop(seen);
        Ok(Visit {
            visitors: self.clone(),
            address,
        })
    }
}

impl Visit {
    /// Counts one request at `now`, if it may come.
    pub fn request(&self, now: Instant) -> Result<(), TurnedAway> {
        let limits = &self.visitors.limits;
        let mut seen = self.visitors.seen.lock();
        let Seen { visitors, all, .. } = &mut *seen;
        all.fill(limits.requests_per_second, now);
        if let Some(visitor) = visitors.get_mut(&self.address) {
            let bucket = &mut visitor.bucket;
            bucket.fill(limits.address_requests_per_second, now);
            if !bucket.has() {
                return Err(TurnedAway::AddressRequests);
            }
            if all.has() {
                bucket.take();
            }
        }
        if !all.has() {
            return Err(TurnedAway::Requests);
        }
        all.take();
        Ok(())
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut seen = self.visitors.seen.lock();
        seen.connections = seen.connections.saturating_sub(1);
        // Kept without a connection for the rate, until there are too many.
        if let Some(visitor) = seen.visitors.get_mut(&self.address) {
            visitor.connections = visitor.connections.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ADDRESSES, TurnedAway, Visit, Visitors};
    use crate::api::Limits;
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;
    use tokio::time::Instant;

    fn visitors() -> Visitors {
        Visitors::new(Limits {
            address_connections: 2,
            address_requests_per_second: 3,
            requests_per_second: 5,
            ..Limits::default()
        })
    }

    fn arrive(visitors: &Visitors, address: &str) -> Result<Visit, TurnedAway> {
        visitors.arrive(address.parse().expect("an address"))
    }

    #[test]
    fn connections_of_an_address_are_bounded_and_come_back() {
        let visitors = visitors();
        for (own, same, other) in [
            ("10.0.0.1", "::ffff:10.0.0.1", "10.0.0.2"),
            ("2001:db8:1:2::3", "2001:db8:1:2:9::9", "2001:db8:1:3::3"),
        ] {
            let first = arrive(&visitors, own);
            let second = arrive(&visitors, same);
            assert!(first.is_ok() && second.is_ok());
            let third = arrive(&visitors, own);
            assert_eq!(third.err(), Some(TurnedAway::Connections), "{own}");
            assert!(arrive(&visitors, other).is_ok(), "{other}");
            assert_eq!(visitors.connections(), 2);
            drop(first);
            assert!(arrive(&visitors, own).is_ok());
            drop(second);
        }
        assert_eq!(visitors.connections(), 0);
    }

    #[test]
    fn requests_are_bounded_by_address_and_in_all_and_room_comes_back() {
        let visitors = visitors();
        let (one, two) = (arrive(&visitors, "10.0.0.1"), arrive(&visitors, "10.0.0.2"));
        let (one, two) = (one.expect("room"), two.expect("room"));
        let now = Instant::now();
        let times = |visit: &Visit, at, count: usize| -> Vec<Result<(), TurnedAway>> {
            (0..count).map(|_| visit.request(at)).collect()
        };
        let refused = Err(TurnedAway::AddressRequests);
        assert_eq!(times(&one, now, 4), [Ok(()), Ok(()), Ok(()), refused]);
        // A new connection of the same address brings no new room.
        let again = arrive(&visitors, "10.0.0.1").expect("room");
        assert_eq!(again.request(now), refused);
        let all = Err(TurnedAway::Requests);
        assert_eq!(times(&two, now, 3), [Ok(()), Ok(()), all]);
        let later = now + Duration::from_secs(1);
        assert_eq!(times(&one, later, 4), [Ok(()), Ok(()), Ok(()), refused]);
        // What was turned away for all was not counted for the address.
        assert_eq!(two.request(later), Ok(()));
    }

    #[test]
    fn the_memory_of_addresses_is_bounded() {
        let visitors = visitors();
        let stays = arrive(&visitors, "192.0.2.1");
        for at in 0..u32::try_from(3 * ADDRESSES).expect("small") {
            let address = IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + at));
            assert!(visitors.arrive(address).is_ok());
        }
        let seen = visitors.seen.lock();
        assert!(seen.visitors.len() <= ADDRESSES + 1);
        assert_eq!(seen.connections, 1);
        assert_eq!(
            seen.visitors[&"192.0.2.1".parse::<IpAddr>().expect("one")].connections,
            1
        );
        drop(seen);
        drop(stays);
    }
}
