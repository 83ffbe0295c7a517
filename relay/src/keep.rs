//! The member's end: keeps a line to a relay, makes it again when it ends, and fetches the streams that come.
use crate::counts::Counts;
use crate::limits::Limits;
use crate::place::Place;
use crate::splice::splice;
use crate::wire::{
    Challenge, OfMember, OfRelay, Purpose, ROUTE, Refused, Service, Token, body, hear, tell,
};
use amanat_tls::{Broken, Pin, Stream};
use amanat_types::key::MemberSigner;
use amanat_types::release::SignedRequest;
use amanat_types::{Digest, MemberId, TimestampMs};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncRead;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// Words that wait to be said to a relay.
const WORDS_MAX: usize = 64;
/// A line that stood for so long was a good one: the next pause is the first again.
const GOOD: Duration = Duration::from_secs(10);

/// A relay, and the key that it must prove.
#[derive(Clone, Debug)]
pub struct Through {
    /// Whose it is.
    pub relay: MemberId,
    /// Where it takes lines; a name is looked up at each connection.
    pub at: Place,
    /// The key that it must prove.
    pub pin: Pin,
}

/// What is reached through a relay.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Which service.
    pub service: Service,
    /// Where it listens on this machine.
    pub local: SocketAddr,
}

/// Who keeps lines.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// Digest of the genesis.
    pub network: Digest,
    /// Own member.
    pub member: MemberId,
    /// Own vault key.
    pub signer: MemberSigner,
    /// The time, for proofs.
    pub now: fn() -> TimestampMs,
    /// Bounds.
    pub limits: Limits,
    /// Counts.
    pub counts: Counts,
}

/// Why there is no line to a relay.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// Nobody takes connections there.
    #[error("it does not take connections")]
    Unreachable(#[source] io::Error),
    /// Whoever does proves another key, or none.
    #[error(transparent)]
    Tls(#[from] Broken),
    /// The relay said no.
    #[error("it refuses: {0}")]
    Refused(Refused),
    /// The line broke, or what came on it are not words of a relay.
    #[error("the line broke")]
    Line(#[from] io::Error),
    /// The relay was silent for too long.
    #[error("it was silent for {} s", .0.as_secs())]
    Silent(Duration),
}

impl NotKept {
    /// The same again leads nowhere for a while.
    const fn is_lasting(&self) -> bool {
        match self {
            Self::Refused(refused) => !matches!(refused, Refused::Later | Refused::Full),
            Self::Tls(broken) => !broken.is_passing(),
            _ => false,
        }
    }
}

/// Keeps a line for `kept` through a relay, for ever; dropped, the line and its streams end.
pub async fn keep(keeper: Keeper, through: Through, kept: Kept) {
    let (relay, service) = (through.relay, kept.service);
    let _counted = Counted {
        counts: keeper.counts.clone(),
        of: (relay, service),
    };
    keeper.counts.kept(relay, service, false);
    let mut pause = keeper.limits.pause_min;
    loop {
        let begun = Instant::now();
        let Err(why) = line(&keeper, &through, kept).await;
        keeper.counts.kept(relay, service, false);
        if begun.elapsed() >= GOOD {
            pause = keeper.limits.pause_min;
        }
        if why.is_lasting() {
            pause = keeper.limits.pause_max;
        }
        tracing::warn!(%relay, %service, %why, "there is no line to the relay; it is made again");
        tokio::time::sleep(jittered(pause)).await;
        pause = pause.saturating_mul(2).min(keeper.limits.pause_max);
    }
}

/// A line that is counted as kept until this is dropped.
struct Counted {
    counts: Counts,
    of: (MemberId, Service),
}

impl Drop for Counted {
    fn drop(&mut self) {
        let (relay, service) = self.of;
        self.counts.forgotten(relay, service);
    }
}

/// Half to all of a pause, so that the members of a relay that returns do not come at once.
fn jittered(pause: Duration) -> Duration {
    let mut random = [0u8; 4];
    // Without randomness the whole pause is as good.
    let share = match getrandom::fill(&mut random) {
        Ok(()) => f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX),
        Err(_) => 1.0,
    };
    pause.mul_f64(share.mul_add(0.5, 0.5))
}

/// Asks a relay whether it would take a line.
pub async fn probe(keeper: &Keeper, through: &Through, service: Service) -> Result<(), NotKept> {
    let made = begin(keeper, through, service, Purpose::Probe);
    let made = timeout(keeper.limits.enter_time, made).await;
    made.map_err(|_| NotKept::Silent(keeper.limits.enter_time))?
        .map(drop)
}

/// Connects, and hears what the relay wants signed.
async fn connect(through: &Through) -> Result<(Stream<TcpStream>, Challenge), NotKept> {
    let stream = TcpStream::connect(through.at.to_string()).await;
    let stream = stream.map_err(NotKept::Unreachable)?;
    let _best_effort = stream.set_nodelay(true);
    let mut stream = through.pin.connect(stream).await?;
    match hear(&mut stream).await? {
        OfRelay::Challenge(challenge) => Ok((stream, challenge)),
        _ => Err(NotKept::Line(io::ErrorKind::InvalidData.into())),
    }
}

async fn begin(
    keeper: &Keeper,
    through: &Through,
    service: Service,
    purpose: Purpose,
) -> Result<Stream<TcpStream>, NotKept> {
    let (mut stream, challenge) = connect(through).await?;
    let proof = proof(keeper, through.relay, &challenge, (service, purpose))?;
    tell(&mut stream, &proof).await?;
    match hear(&mut stream).await? {
        OfRelay::Taken => Ok(stream),
        OfRelay::Refused(refused) => Err(NotKept::Refused(refused)),
        _ => Err(NotKept::Line(io::ErrorKind::InvalidData.into())),
    }
}

fn proof(
    keeper: &Keeper,
    relay: MemberId,
    challenge: &Challenge,
    (service, purpose): (Service, Purpose),
) -> io::Result<OfMember> {
    let body = body(relay.number(), challenge, service, purpose);
    let time = (keeper.now)();
    let signed = SignedRequest::sign(
        &keeper.signer,
        &keeper.network,
        ROUTE,
        keeper.member,
        time,
        body,
    );
    let signed = signed.map_err(io::Error::other)?;
    Ok(OfMember::Proof(service, purpose, Box::new(signed)))
}

/// One line, until it ends.
async fn line(
    keeper: &Keeper,
    through: &Through,
    kept: Kept,
) -> Result<std::convert::Infallible, NotKept> {
    let limits = &keeper.limits;
    let made = begin(keeper, through, kept.service, Purpose::Keep);
    let made = timeout(limits.enter_time, made).await;
    let stream = made.map_err(|_| NotKept::Silent(limits.enter_time))??;
    let (relay, service) = (through.relay, kept.service);
    keeper.counts.kept(relay, service, true);
    tracing::info!(%relay, %service, "the line to the relay stands");
    let (mut from, mut to) = tokio::io::split(stream);
    let (words, mut unsaid) = mpsc::channel(WORDS_MAX);
    let speak = async {
        while let Some(word) = unsaid.recv().await {
            tell(&mut to, &word).await?;
        }
        Err(NotKept::Line(io::ErrorKind::BrokenPipe.into()))
    };
    tokio::select! {
        ended = listen(keeper, through, kept, (&mut from, words)) => ended,
        ended = speak => ended,
    }
}

/// Does what a relay says. The streams end with this.
async fn listen(
    keeper: &Keeper,
    through: &Through,
    kept: Kept,
    (from, words): (&mut (impl AsyncRead + Unpin), mpsc::Sender<OfMember>),
) -> Result<std::convert::Infallible, NotKept> {
    let limits = &keeper.limits;
    let places = Arc::new(Semaphore::new(limits.streams_service_max));
    let mut streams = JoinSet::new();
    // A relay that does not read has no use of answers.
    let stuck = |_| NotKept::Line(io::ErrorKind::WouldBlock.into());
    loop {
        let word = timeout(limits.alive_time, hear(from)).await;
        let word = word.map_err(|_| NotKept::Silent(limits.alive_time))??;
        while streams.try_join_next().is_some() {}
        match word {
            OfRelay::Alive => words.try_send(OfMember::Alive).map_err(stuck)?,
            OfRelay::Challenge(challenge) => {
                let proof = proof(
                    keeper,
                    through.relay,
                    &challenge,
                    (kept.service, Purpose::Keep),
                )?;
                words.try_send(proof).map_err(stuck)?;
            }
            OfRelay::Fetch(token) => match Arc::clone(&places).try_acquire_owned() {
                Err(_) => words.try_send(OfMember::Gone(token)).map_err(stuck)?,
                Ok(place) => {
                    let (keeper, through, words) = (keeper.clone(), through.clone(), words.clone());
                    streams.spawn(async move {
                        let _place = place;
                        stream(&keeper, &through, kept, token, words).await;
                    });
                }
            },
            OfRelay::Refused(refused) => return Err(NotKept::Refused(refused)),
            OfRelay::Taken => return Err(NotKept::Line(io::ErrorKind::InvalidData.into())),
        }
    }
}

/// Fetches a stream and joins it with the own service.
async fn stream(
    keeper: &Keeper,
    through: &Through,
    kept: Kept,
    token: Token,
    words: mpsc::Sender<OfMember>,
) {
    let fetched = async {
        let (mut far, _) = connect(through).await?;
        // Last, because a service gives whoever connects little time to speak.
        let near = TcpStream::connect(own(kept.local)).await?;
        let _best_effort = near.set_nodelay(true);
        tell(&mut far, &OfMember::Join(token)).await?;
        Ok::<_, NotKept>((near, far))
    };
    let Ok(Ok((near, far))) = timeout(keeper.limits.fetch_time, fetched).await else {
        // If the line is too full for it, the relay finds out by its own time-out.
        let _ = words.try_send(OfMember::Gone(token));
        return;
    };
    let _stream = keeper.counts.stream();
    splice(near, far, keeper.limits.idle_time, &keeper.counts).await;
}

/// Where this machine reaches what listens at `at`.
fn own(at: SocketAddr) -> SocketAddr {
    let ip = match at.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, at.port())
}

#[cfg(test)]
mod tests {
    use super::{jittered, own};
    use std::time::Duration;

    #[test]
    fn a_pause_is_half_to_all_of_itself() {
        let pause = Duration::from_secs(8);
        let all: Vec<Duration> = (0..100).map(|_| jittered(pause)).collect();
        assert!(
            all.iter()
                .all(|one| (Duration::from_secs(4)..=pause).contains(one))
        );
        assert!(all.iter().any(|one| Some(one) != all.first()));
    }

    #[test]
    fn what_listens_everywhere_is_reached_on_loopback() {
        for (at, reached) in [
            ("0.0.0.0:7", "127.0.0.1:7"),
            ("[::]:7", "[::1]:7"),
            ("10.0.0.1:7", "10.0.0.1:7"),
        ] {
            assert_eq!(own(at.parse().expect("one")), reached.parse().expect("one"));
        }
    }
}
