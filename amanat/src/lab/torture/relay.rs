//! Small TCP relays between the members: what one node sends another goes through a relay of this process, which can cut, stall and delay.
//!
//! There is one for each directed pair of members, since each node's configuration says for itself where the others are. A connection carries
//! both directions; whichever of two nodes dialled, a fault of the pair meets it.
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until};

/// Bytes that are read at a time.
const CHUNK: usize = 16 * 1024;
/// Chunks of one direction that are under way; more are not read.
const CHUNKS_MAX: usize = 128;

/// What a relay does; the worse of two is the greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// It carries.
    #[default]
    Open,
    /// It carries, and each chunk is late by this.
    Delay(Duration),
    /// It keeps connections, takes new ones, and carries nothing.
    Stall,
    /// It closes connections, new ones at once.
    Cut,
}

/// One directed pair.
struct Relay {
    mode: watch::Sender<Mode>,
    task: JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A free port of this machine, not one of those that processes yet to start were given.
async fn bind(kept: &BTreeSet<SocketAddr>) -> std::io::Result<(TcpListener, SocketAddr)> {
    loop {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        if !kept.contains(&address) {
            return Ok((listener, address));
        }
    }
}

/// The relays between all members.
pub struct Mesh {
    relays: BTreeMap<(u16, u16), Relay>,
    addresses: BTreeMap<(u16, u16), SocketAddr>,
    /// What is wrong with a member's network, and towards whom.
    troubles: Mutex<BTreeMap<u16, (Mode, Vec<u16>)>>,
}

impl Mesh {
    /// A relay from each member to each other's address, at none of the addresses `kept`.
    pub async fn start(
        members: &BTreeMap<u16, SocketAddr>,
        kept: &BTreeSet<SocketAddr>,
    ) -> std::io::Result<Self> {
        let mut mesh = Self {
            relays: BTreeMap::new(),
            addresses: BTreeMap::new(),
            troubles: Mutex::default(),
        };
        for from in members.keys() {
            for (to, target) in members.iter().filter(|(to, _)| *to != from) {
                let (listener, address) = bind(kept).await?;
                let (mode, seen) = watch::channel(Mode::Open);
                let task = tokio::spawn(accept(listener, *target, seen));
                mesh.relays.insert((*from, *to), Relay { mode, task });
                mesh.addresses.insert((*from, *to), address);
            }
        }
        Ok(mesh)
    }

    /// Where member `from` is to dial member `to`.
    pub fn address(&self, from: u16, to: u16) -> Option<SocketAddr> {
        self.addresses.get(&(from, to)).copied()
    }

    /// Makes the network between `member` and `others` what `mode` says; with [`Mode::Open`] it is whole again.
    pub fn set(&self, member: u16, mode: Mode, others: &[u16]) {
        let troubles = self.troubles.lock();
        let mut troubles = troubles.unwrap_or_else(PoisonError::into_inner);
        match mode {
            Mode::Open => drop(troubles.remove(&member)),
            mode => drop(troubles.insert(member, (mode, others.to_vec()))),
        }
        let of = |member: &u16, other: &u16| match troubles.get(member) {
            Some((mode, others)) if others.contains(other) => *mode,
            _ => Mode::Open,
        };
        for ((from, to), relay) in &self.relays {
            let mode = of(from, to).max(of(to, from));
            relay.mode.send_if_modified(|known| {
                let is_new = *known != mode;
                *known = mode;
                is_new
            });
        }
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, mode: watch::Receiver<Mode>) {
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((inbound, _)) = listener.accept().await else {
            // Too many open files, for instance: it may pass.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        if *mode.borrow() != Mode::Cut {
            connections.spawn(connection(inbound, target, mode.clone()));
        }
    }
}

async fn connection(inbound: TcpStream, target: SocketAddr, mut mode: watch::Receiver<Mode>) {
    let Ok(outbound) = TcpStream::connect(target).await else {
        return;
    };
    // On loopback a connection to a port on which nobody listens may meet itself.
    if outbound.local_addr().ok() == outbound.peer_addr().ok() {
        return;
    }
    // A failure shows as slowness alone.
    let _ = (inbound.set_nodelay(true), outbound.set_nodelay(true));
    let (from, to) = (inbound.into_split(), outbound.into_split());
    let pumps = (
        pump(from.0, to.1, mode.clone()),
        pump(to.0, from.1, mode.clone()),
    );
    tokio::select! {
        () = pumps.0 => {}
        () = pumps.1 => {}
        _ = mode.wait_for(|mode| *mode == Mode::Cut) => {}
    }
}

/// Carries one direction until either side ends it.
async fn pump(from: OwnedReadHalf, to: OwnedWriteHalf, mode: watch::Receiver<Mode>) {
    let (sender, receiver) = mpsc::channel(CHUNKS_MAX);
    let reading = take(from, sender, mode.clone());
    tokio::select! {
        // What was read is written, also after the last was read.
        () = give(to, receiver, mode) => {}
        () = async { reading.await; std::future::pending().await } => {}
    }
}

/// Reads chunks and says when each is due. It goes on reading while the relay stalls, as a network does, until the queue is full.
async fn take(
    mut from: OwnedReadHalf,
    sender: mpsc::Sender<(Instant, Vec<u8>)>,
    mode: watch::Receiver<Mode>,
) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        let late = match *mode.borrow() {
            Mode::Delay(late) => late,
            _ => Duration::ZERO,
        };
        let bytes = chunk.get(..count).unwrap_or_default().to_vec();
        if sender.send((Instant::now() + late, bytes)).await.is_err() {
            break;
        }
    }
}

/// Writes each chunk when it is due, and none while the relay stalls.
async fn give(
    mut to: OwnedWriteHalf,
    mut receiver: mpsc::Receiver<(Instant, Vec<u8>)>,
    mut mode: watch::Receiver<Mode>,
) {
    while let Some((due, bytes)) = receiver.recv().await {
        sleep_until(due).await;
        if mode.wait_for(|mode| *mode != Mode::Stall).await.is_err()
            || to.write_all(&bytes).await.is_err()
        {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Mesh, Mode};
    use std::collections::{BTreeMap, BTreeSet};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::timeout;

    const PATIENCE: Duration = Duration::from_secs(20);
    const A_WHILE: Duration = Duration::from_millis(200);

    async fn byte(stream: &mut TcpStream) -> Option<u8> {
        let mut byte = [0];
        let read = timeout(PATIENCE, stream.read(&mut byte)).await;
        let read = read.expect("in time").unwrap_or(0);
        (read == 1).then_some(byte[0])
    }

    #[tokio::test]
    async fn a_relay_carries_stalls_delays_and_cuts() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let address = listener.local_addr().expect("bound");
        let nowhere = "127.0.0.1:9".parse().expect("an address");
        let members = BTreeMap::from([(1, nowhere), (2, address), (3, nowhere)]);
        let mesh = Mesh::start(&members, &BTreeSet::new())
            .await
            .expect("starts");
        let relay = mesh.address(1, 2).expect("a relay");
        let mut near = TcpStream::connect(relay).await.expect("connects");
        let (mut far, _) = listener.accept().await.expect("accepts");
        near.write_all(b"a").await.expect("writes");
        assert_eq!(byte(&mut far).await, Some(b'a'));

        // A fault of either end meets the pair, and one of others does not.
        for (member, other) in [(1, 2), (2, 1)] {
            mesh.set(member, Mode::Stall, &[other]);
            far.write_all(b"b").await.expect("writes");
            let mut stalled = [0];
            let read = timeout(A_WHILE, near.read(&mut stalled)).await;
            assert!(read.is_err(), "a stalled relay carried");
            mesh.set(member, Mode::Open, &[]);
            assert_eq!(byte(&mut near).await, Some(b'b'));
        }
        mesh.set(1, Mode::Cut, &[3]);
        mesh.set(3, Mode::Cut, &[2]);
        near.write_all(b"c").await.expect("writes");
        assert_eq!(byte(&mut far).await, Some(b'c'));

        mesh.set(2, Mode::Delay(A_WHILE), &[1]);
        let sent = std::time::Instant::now();
        near.write_all(b"d").await.expect("writes");
        assert_eq!(byte(&mut far).await, Some(b'd'));
        assert!(sent.elapsed() >= A_WHILE);

        mesh.set(2, Mode::Cut, &[1]);
        assert_eq!(byte(&mut near).await, None);
        assert_eq!(byte(&mut far).await, None);
        let mut refused = TcpStream::connect(relay).await.expect("connects");
        assert_eq!(byte(&mut refused).await, None);
        mesh.set(2, Mode::Open, &[]);
        let mut again = TcpStream::connect(relay).await.expect("connects");
        let (mut far, _) = listener.accept().await.expect("accepts");
        again.write_all(b"e").await.expect("writes");
        assert_eq!(byte(&mut far).await, Some(b'e'));
    }
}
