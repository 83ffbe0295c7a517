//! A relay of member 1 that carries members 2 and 3, and what they serve: an echo that says whose it is.
use amanat_relay::{
    Counts, Gate, Keeper, Kept, Limits, Place, ROUTE, Refused, Relay, Relayed, Service, Through,
    carry, keep,
};
use amanat_tls::{Acceptor, Pin};
use amanat_types::key::MemberSigner;
use amanat_types::release::SignedRequest;
use amanat_types::{Digest, MemberId, TimestampMs};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The network.
pub fn network() -> Digest {
    Digest::from([9; 32])
}
/// Seed of the relay's key; a member's is its number.
pub const RELAY: u8 = 1;

/// Patience of a test: only a failure takes so long.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Bounds at which nothing takes long.
pub fn limits() -> Limits {
    Limits {
        enter_time: Duration::from_secs(2),
        fetch_time: Duration::from_secs(2),
        alive_every: Duration::from_millis(100),
        alive_time: Duration::from_millis(800),
        proof_every: Duration::from_millis(300),
        pause_min: Duration::from_millis(20),
        pause_max: Duration::from_millis(200),
        ..Limits::default()
    }
}

/// Active members, each with the key of its number.
#[derive(Clone, Debug)]
pub struct Active(pub Arc<Mutex<BTreeSet<u16>>>);

impl Active {
    /// These.
    pub fn new(members: &[u16]) -> Self {
        Self(Arc::new(Mutex::new(members.iter().copied().collect())))
    }
}

impl Gate for Active {
    async fn admits(&self, signed: &SignedRequest) -> Result<MemberId, Refused> {
        let number = signed.member.number();
        let of = signer(u8::try_from(number).expect("small")).public_key();
        let held = signed.key == of && signed.check(&network(), ROUTE).verify().is_ok();
        let active = self.0.lock().expect("whole").contains(&number);
        (held && active)
            .then_some(signed.member)
            .ok_or(Refused::NotAdmitted)
    }
}

/// The key of a seed.
pub fn signer(seed: u8) -> MemberSigner {
    MemberSigner::from_seed([seed; 32])
}

/// A port of this machine.
pub async fn port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a port")
}

/// A relay that runs.
pub struct Running {
    /// Where members make their lines.
    pub at: SocketAddr,
    /// Where the nodes of members 2 and 3 are reached, and the vault of 2.
    pub doors: [SocketAddr; 3],
    /// Its counts.
    pub counts: Counts,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    /// Runs one.
    pub async fn start(gate: Active, limits: Limits) -> Self {
        let listener = port().await;
        let counts = Counts::default();
        let at = listener.local_addr().expect("bound");
        let mut relayed = Vec::new();
        let mut doors = Vec::new();
        for (member, service) in [(2, Service::Node), (3, Service::Node), (2, Service::Vault)] {
            let listener = port().await;
            doors.push(listener.local_addr().expect("bound"));
            relayed.push(Relayed {
                member: MemberId::new(member),
                service,
                listener,
            });
        }
        let relay = Relay {
            own: MemberId::new(u16::from(RELAY)),
            listener,
            acceptor: Acceptor::member(&[RELAY; 32]).expect("a key"),
            relayed,
            gate,
            limits,
            counts: counts.clone(),
        };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(carry(relay, async {
            let _ = stopped.await;
        }));
        Self {
            at,
            doors: doors.try_into().expect("three"),
            counts,
            stop: Some(stop),
            task,
        }
    }

    /// Stops it, and returns once it stopped.
    pub async fn stop(mut self) {
        let _ = self.stop.take().expect("runs").send(());
        tokio::time::timeout(PATIENCE, &mut self.task)
            .await
            .expect("in time")
            .expect("no panic");
    }

    /// How members find it.
    pub fn through(&self) -> Through {
        through(self.at)
    }
}

/// The relay, at another address.
pub fn through(at: SocketAddr) -> Through {
    Through {
        relay: MemberId::new(u16::from(RELAY)),
        at: Place::from(at),
        pin: Pin::new(&signer(RELAY).public_key()).expect("Ed25519"),
    }
}

/// Keeps lines as a member.
pub fn keeper(member: u8, limits: Limits) -> Keeper {
    Keeper {
        network: network(),
        member: MemberId::new(u16::from(member)),
        signer: signer(member),
        now: || TimestampMs::new(1),
        limits,
        counts: Counts::default(),
    }
}

/// A service that answers with its number and what it was told. Ends with its handle.
pub async fn echo(number: u8) -> (SocketAddr, JoinHandle<()>) {
    let listener = port().await;
    let at = listener.local_addr().expect("bound");
    let task = tokio::spawn(async move {
        let mut all = tokio::task::JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            all.spawn(async move {
                let mut buffer = vec![0u8; 4096];
                while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                    let answer = [&[number], &buffer[..count]].concat();
                    if stream.write_all(&answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (at, task)
}

/// A member behind the relay.
pub struct Behind {
    /// Its counts.
    pub counts: Counts,
    tasks: [JoinHandle<()>; 2],
}

impl Behind {
    /// Keeps a line for `service`, which echoes.
    pub async fn start(member: u8, service: Service, through: Through, limits: Limits) -> Self {
        let (local, served) = echo(member).await;
        let keeper = keeper(member, limits);
        let counts = keeper.counts.clone();
        let kept = tokio::spawn(keep(keeper, through, Kept { service, local }));
        Self {
            counts,
            tasks: [kept, served],
        }
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Waits until it holds.
pub async fn until(what: &str, holds: impl Fn() -> bool) {
    let waited = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(
        tokio::time::timeout(PATIENCE, waited).await.is_ok(),
        "not in time: {what}"
    );
}

/// Says something to whoever is at `at`, and gives the answer: nothing if the connection ends first.
pub async fn ask(at: SocketAddr, said: &[u8]) -> Vec<u8> {
    let Ok(mut stream) = TcpStream::connect(at).await else {
        return Vec::new();
    };
    talk(&mut stream, said).await
}

/// Says something more.
pub async fn talk(stream: &mut TcpStream, said: &[u8]) -> Vec<u8> {
    if stream.write_all(said).await.is_err() {
        return Vec::new();
    }
    let mut answer = vec![0u8; said.len() + 1];
    let read = tokio::time::timeout(PATIENCE, stream.read_exact(&mut answer)).await;
    match read.expect("an answer or an end") {
        Ok(_) => answer,
        Err(_) => Vec::new(),
    }
}
