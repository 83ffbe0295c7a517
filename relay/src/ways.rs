//! Several addresses of one member as one: a listener on loopback that goes by the first address that answers.
//!
//! Whoever connects speaks first, as nodes and clients of vaults and custodians do. Until somebody answers, what was said is
//! kept and said again at the next address: a relay that has no line to its member takes connections, and closes them unanswered.
use crate::counts::Counts;
use crate::limits::Limits;
use crate::place::Place;
use crate::splice::{BUFFER, splice};
use rustix::net::sockopt;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// For connecting to one address.
const CONNECT_TIME: Duration = Duration::from_secs(2);
/// For its first answer, connecting included.
const ANSWER_TIME: Duration = Duration::from_secs(4);
/// For whoever connects to speak.
const SPEAK_TIME: Duration = Duration::from_secs(10);
/// Pause after a connection that could not be accepted.
const PAUSE: Duration = Duration::from_millis(50);
/// The other end is asked whether it is there after so long, and again so often, three times.
const KEEPALIVE: Duration = Duration::from_secs(5);

/// Addresses of one service of a member, the best first. Cheap to clone; clones share them.
#[derive(Clone, Debug)]
pub struct Ways {
    places: Arc<RwLock<Vec<Place>>>,
    last: Arc<AtomicUsize>,
}

impl Ways {
    /// These.
    pub fn new(places: Vec<Place>) -> Self {
        Self {
            places: Arc::new(RwLock::new(places)),
            last: Arc::default(),
        }
    }

    /// From now on these; streams that stand go on.
    pub fn replace(&self, places: Vec<Place>) {
        *self.places.write().unwrap_or_else(PoisonError::into_inner) = places;
    }

    /// All, beginning with the one that answered last.
    fn all(&self) -> Vec<(usize, Place)> {
        let places = self.places.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<(usize, Place)> = places.iter().cloned().enumerate().collect();
        let last = self.last.load(Ordering::Relaxed);
        if last < all.len() {
            all.rotate_left(last);
        }
        all
    }
}

/// Takes connections and leads them to `ways`, for ever; dropped, all end.
pub async fn serve(listener: TcpListener, ways: Ways, limits: Limits, counts: Counts) {
    let places = Arc::new(Semaphore::new(limits.streams_service_max));
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = tasks.join_next() => continue,
        };
        let Ok((near, _)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        // Without a place it is closed.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            continue;
        };
        let _best_effort = near.set_nodelay(true);
        let (ways, counts) = (ways.clone(), counts.clone());
        tasks.spawn(async move {
            let _place = place;
            lead(near, &ways, limits.idle_time, &counts).await;
        });
    }
}

async fn lead(mut near: TcpStream, ways: &Ways, idle: Duration, counts: &Counts) {
    let mut said = vec![0u8; BUFFER];
    let Ok(Ok(count @ 1..)) = timeout(SPEAK_TIME, near.read(&mut said)).await else {
        return;
    };
    said.truncate(count);
    for (number, place) in ways.all() {
        let answered = timeout(ANSWER_TIME, ask(&mut near, &place, &mut said)).await;
        match answered {
            Ok(Ok(Answer::Came(far, first))) => {
                ways.last.store(number, Ordering::Relaxed);
                let _stream = counts.stream();
                if near.write_all(&first).await.is_ok() {
                    splice(near, far, idle, counts).await;
                }
                return;
            }
            Ok(Ok(Answer::NotWanted)) => return,
            Ok(Err(_)) | Err(_) => {}
        }
    }
}

enum Answer {
    /// Somebody answered, with this.
    Came(TcpStream, Vec<u8>),
    /// Whoever connected is gone, or says more than is kept.
    NotWanted,
}

/// Says at `place` what was said so far and what comes, until the first answer.
async fn ask(near: &mut TcpStream, place: &Place, said: &mut Vec<u8>) -> io::Result<Answer> {
    let connecting = TcpStream::connect(place.to_string());
    let mut far = timeout(CONNECT_TIME, connecting)
        .await
        .map_err(|_| io::ErrorKind::TimedOut)??;
    let _best_effort = (far.set_nodelay(true), watch(&far));
    far.write_all(said).await?;
    let (mut more, mut first) = (vec![0u8; BUFFER], vec![0u8; BUFFER]);
    loop {
        tokio::select! {
            count = near.read(&mut more) => {
                let count = count.unwrap_or(0);
                let more = more.get(..count).unwrap_or_default();
                if more.is_empty() || said.len() + count > BUFFER {
                    return Ok(Answer::NotWanted);
                }
                said.extend_from_slice(more);
                far.write_all(more).await?;
            }
            count = far.read(&mut first) => {
                let count = count?;
                if count == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                first.truncate(count);
                return Ok(Answer::Came(far, first));
            }
        }
    }
}

/// Has the system find out within about 20 seconds that the other machine is gone, which sends nothing when it is.
fn watch(stream: &TcpStream) -> rustix::io::Result<()> {
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, KEEPALIVE)?;
    sockopt::set_tcp_keepintvl(stream, KEEPALIVE)?;
    sockopt::set_tcp_keepcnt(stream, 3)?;
    sockopt::set_tcp_user_timeout(stream, 20_000)
}
