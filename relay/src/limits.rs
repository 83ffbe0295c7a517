//! Bounds of a relay and of whoever uses one.
use std::time::Duration;

/// Bounds.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections of members at a time whose first words are not over.
    pub entering_max: usize,
    /// Of these, from one address.
    pub entering_address_max: usize,
    /// From connecting to the end of the first words; TLS included.
    pub enter_time: Duration,
    /// Streams at a time, of all members; each holds two buffers of 16 KiB and those of TLS.
    pub streams_max: usize,
    /// Streams at a time to one service of a member.
    pub streams_service_max: usize,
    /// Of these, from one address.
    pub streams_address_max: usize,
    /// New streams a second to one service of a member; twice as many at once.
    pub streams_per_s: u32,
    /// Streams to one service of a member that it has not fetched yet.
    pub waiting_max: usize,
    /// For the member to fetch a stream.
    pub fetch_time: Duration,
    /// A stream on which nothing moves ends.
    pub idle_time: Duration,
    /// How often a relay says that it is there.
    pub alive_every: Duration,
    /// Without a word for so long a line is dead.
    pub alive_time: Duration,
    /// How often a member proves anew who it is.
    pub proof_every: Duration,
    /// First pause before a line is made again; it doubles.
    pub pause_min: Duration,
    /// Longest pause.
    pub pause_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entering_max: 256,
            entering_address_max: 32,
            enter_time: Duration::from_secs(10),
            streams_max: 1024,
            streams_service_max: 256,
            streams_address_max: 64,
            streams_per_s: 32,
            waiting_max: 32,
            fetch_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(300),
            alive_every: Duration::from_secs(5),
            alive_time: Duration::from_secs(15),
            proof_every: Duration::from_secs(60),
            pause_min: Duration::from_millis(500),
            pause_max: Duration::from_secs(30),
        }
    }
}
