//! Where members make their lines to a relay: first words, proof, and the line itself.
use super::Gate;
use super::address::Held;
use super::shared::{Key, Shared};
use crate::wire::{Challenge, OfMember, OfRelay, Purpose, Refused, Token, listen, say};
use amanat_tls::Stream;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Pause after a connection that could not be accepted: the system has no place for it.
const PAUSE: Duration = Duration::from_millis(50);

/// Takes connections of members, for ever.
pub async fn serve<G: Gate>(listener: TcpListener, shared: Arc<Shared<G>>) {
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = tasks.join_next() => continue,
        };
        let Ok((stream, from)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let Some(place) = place(&shared, from.ip()) else {
            shared.counts.refused(Refused::Full);
            continue;
        };
        let _best_effort = stream.set_nodelay(true);
        tasks.spawn(one(stream, place, Arc::clone(&shared)));
    }
}

type Place = (OwnedSemaphorePermit, Held);

fn place<G>(shared: &Shared<G>, from: IpAddr) -> Option<Place> {
    let held = shared.entering_from.take(from)?;
    let permit = Arc::clone(&shared.entering).try_acquire_owned().ok()?;
    Some((permit, held))
}

async fn one<G: Gate>(stream: TcpStream, place: Place, shared: Arc<Shared<G>>) {
    let entered = timeout(shared.limits.enter_time, enter(stream, &shared)).await;
    drop(place);
    if let Ok(Ok(Some((key, stream)))) = entered {
        hold(key, stream, &shared).await;
    }
}

/// First words. A stream that is fetched is handed on; a line that is to be kept is given back.
async fn enter<G: Gate>(
    stream: TcpStream,
    shared: &Shared<G>,
) -> io::Result<Option<(Key, Stream<TcpStream>)>> {
    let accepted = shared.acceptor.accept(stream, |stream| stream).await;
    let mut stream = accepted.map_err(io::Error::other)?;
    let challenge = challenge()?;
    say(&mut stream, &OfRelay::Challenge(challenge)).await?;
    match listen(&mut stream).await? {
        OfMember::Join(token) => {
            shared.join(&token, stream);
            Ok(None)
        }
        OfMember::Proof(service, purpose, signed) => {
            match shared.judge(&challenge, (service, purpose), &signed).await {
                Err(refused) => {
                    shared.counts.refused(refused);
                    say(&mut stream, &OfRelay::Refused(refused)).await?;
                    Ok(None)
                }
                Ok(key) => {
                    say(&mut stream, &OfRelay::Taken).await?;
                    Ok((purpose == Purpose::Keep).then_some((key, stream)))
                }
            }
        }
        OfMember::Gone(_) | OfMember::Alive => Ok(None),
    }
}

fn challenge() -> io::Result<Challenge> {
    let mut challenge = [0u8; 32];
    getrandom::fill(&mut challenge).map_err(io::Error::other)?;
    Ok(challenge)
}

/// Holds a line until it breaks, is silent, is replaced by a newer one, or its member cannot prove itself any more.
async fn hold<G: Gate>(key: Key, stream: Stream<TcpStream>, shared: &Shared<G>) {
    let (fetch, asked) = mpsc::channel(shared.limits.waiting_max.max(1));
    let (ended, ends) = watch::channel(());
    let number = shared.stand(key, fetch, ends);
    let counted = shared.counts.line();
    let (mut from, mut to) = tokio::io::split(stream);
    let (member, service) = key;
    tracing::info!(%member, %service, "a member's line to this relay stands");
    let open = Mutex::new(None);
    let refused = tokio::select! {
        refused = hear(key, &mut from, &open, shared) => refused,
        () = speak(&mut to, asked, &open, shared) => None,
    };
    shared.fell(key, number);
    // Its streams end with it.
    drop((ended, counted));
    tracing::info!(%member, %service, refused = refused.map(Refused::as_str), "a member's line to this relay ended");
    if let Some(refused) = refused {
        shared.counts.refused(refused);
        // It may be gone.
        let _ = timeout(
            shared.limits.enter_time,
            say(&mut to, &OfRelay::Refused(refused)),
        )
        .await;
    }
}

/// Hears a member until its line is over, and says whether it was refused.
async fn hear<G: Gate>(
    key: Key,
    from: &mut (impl AsyncRead + Unpin),
    open: &Mutex<Option<Challenge>>,
    shared: &Shared<G>,
) -> Option<Refused> {
    loop {
        let word = timeout(shared.limits.alive_time, listen(from)).await;
        match word.ok()?.ok()? {
            OfMember::Alive => {}
            OfMember::Gone(token) => shared.gone(&token, key),
            OfMember::Proof(service, Purpose::Keep, signed) if service == key.1 => {
                let asked = open.lock().unwrap_or_else(PoisonError::into_inner).take();
                let Some(challenge) = asked else {
                    return Some(Refused::ProofWrong);
                };
                match shared
                    .judge(&challenge, (service, Purpose::Keep), &signed)
                    .await
                {
                    Ok(again) if again == key => {}
                    // It was a member a minute ago, and is asked again in a minute.
                    Err(Refused::Later) => {}
                    Ok(_) => return Some(Refused::ProofWrong),
                    Err(refused) => return Some(refused),
                }
            }
            OfMember::Proof(..) | OfMember::Join(_) => return Some(Refused::ProofWrong),
        }
    }
}

/// Speaks to a member until its line is over: that the relay is there, what to fetch, what to sign.
async fn speak<G>(
    to: &mut (impl AsyncWrite + Unpin),
    mut asked: mpsc::Receiver<Token>,
    open: &Mutex<Option<Challenge>>,
    shared: &Shared<G>,
) {
    let mut alive = interval(shared.limits.alive_every);
    let mut proof = interval(shared.limits.proof_every);
    alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    proof.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first is at once, and was just made.
    proof.tick().await;
    loop {
        let word = tokio::select! {
            // A newer line of the member took its place.
            token = asked.recv() => match token {
                Some(token) => OfRelay::Fetch(token),
                None => return,
            },
            _ = alive.tick() => OfRelay::Alive,
            _ = proof.tick() => {
                let Ok(challenge) = challenge() else { return };
                let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
                // The last one was not answered.
                if open.replace(challenge).is_some() {
                    return;
                }
                OfRelay::Challenge(challenge)
            }
        };
        if say(to, &word).await.is_err() {
            return;
        }
    }
}
