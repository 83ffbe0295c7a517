//! What ends: a relay, a member, the line between them.
use crate::world::{Active, Behind, Running, ask, limits, port, talk, through, until};
use amanat_relay::Service;
use amanat_types::MemberId;
use std::net::SocketAddr;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

#[tokio::test]
async fn a_relay_that_stops_cuts_its_streams_and_the_line_is_made_again_when_it_returns() {
    let relay = Running::start(Active::new(&[2]), limits()).await;
    let hop = Hop::to(relay.at).await;
    let behind = Behind::start(2, Service::Node, through(hop.at), limits()).await;
    until("a line", || relay.counts.lines() == 1).await;
    let mut stream = TcpStream::connect(relay.doors[0]).await.expect("connects");
    assert_eq!(talk(&mut stream, b"a").await, b"\x02a");
    relay.stop().await;
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
    let line = || {
        behind
            .counts
            .line_to(MemberId::new(1), Service::Node)
            .expect("kept")
    };
    until("the member knows", || {
        !line().up && behind.counts.streams() == 0
    })
    .await;
    let again = Running::start(Active::new(&[2]), limits()).await;
    hop.lead(again.at);
    until("a line again", || again.counts.lines() == 1).await;
    assert_eq!(ask(again.doors[0], b"b").await, b"\x02b");
    assert_eq!(line().made, 2);
}

/// What a NAT does that forgets, or a machine that loses its power: nothing arrives any more, and nobody is told.
#[tokio::test]
async fn silence_is_the_end_of_a_line_at_both_ends() {
    let relay = Running::start(Active::new(&[2]), limits()).await;
    let hop = Hop::to(relay.at).await;
    let behind = Behind::start(2, Service::Node, through(hop.at), limits()).await;
    until("a line", || relay.counts.lines() == 1).await;
    let mut stream = TcpStream::connect(relay.doors[0]).await.expect("connects");
    assert_eq!(talk(&mut stream, b"a").await, b"\x02a");
    hop.freeze();
    let line = || {
        behind
            .counts
            .line_to(MemberId::new(1), Service::Node)
            .expect("kept")
    };
    until("both ends know", || relay.counts.lines() == 0 && !line().up).await;
    // The stream ended with it, at both ends.
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
    until("no stream", || {
        relay.counts.streams() == 0 && behind.counts.streams() == 0
    })
    .await;
    hop.thaw();
    until("a line again", || relay.counts.lines() == 1).await;
    assert_eq!(ask(relay.doors[0], b"b").await, b"\x02b");
}

#[tokio::test]
async fn a_newer_line_of_a_member_takes_the_place_of_the_older() {
    let relay = Running::start(Active::new(&[2]), limits()).await;
    let older = Behind::start(2, Service::Node, relay.through(), limits()).await;
    until("a line", || relay.counts.lines() == 1).await;
    let newer = Behind::start(2, Service::Node, relay.through(), limits()).await;
    until("it was made", || {
        newer
            .counts
            .line_to(MemberId::new(1), Service::Node)
            .is_some_and(|line| line.made > 0)
    })
    .await;
    drop(older);
    // Until it was gone the two took turns.
    let answered = async {
        while ask(relay.doors[0], b"a").await != b"\x02a" {
            tokio::time::sleep(limits().pause_min).await;
        }
    };
    let answered = tokio::time::timeout(crate::world::PATIENCE, answered).await;
    answered.expect("the newer line carries");
    assert_eq!(relay.counts.lines(), 1);
}

#[tokio::test]
async fn a_member_whose_service_is_down_says_so_at_once() {
    let long = amanat_relay::Limits {
        fetch_time: crate::world::PATIENCE * 2,
        ..limits()
    };
    let relay = Running::start(Active::new(&[2]), long).await;
    let closed = port().await.local_addr().expect("bound");
    let keeper = crate::world::keeper(2, limits());
    let kept = amanat_relay::Kept {
        service: Service::Node,
        local: closed,
    };
    let task = tokio::spawn(amanat_relay::keep(keeper, relay.through(), kept));
    until("a line", || relay.counts.lines() == 1).await;
    assert_eq!(ask(relay.doors[0], b"a").await, b"");
    assert_eq!(relay.counts.refusals("not_fetched"), 1);
    task.abort();
}

/// A hop between a member and its relay that can be led elsewhere, and frozen.
struct Hop {
    at: SocketAddr,
    to: tokio::sync::watch::Sender<SocketAddr>,
    frozen: tokio::sync::watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Hop {
    async fn to(at: SocketAddr) -> Self {
        let listener = port().await;
        let (to, led) = tokio::sync::watch::channel(at);
        let (frozen, freezes) = tokio::sync::watch::channel(false);
        let at = listener.local_addr().expect("bound");
        Self {
            at,
            to,
            frozen,
            task: tokio::spawn(serve(listener, led, freezes)),
        }
    }

    fn lead(&self, at: SocketAddr) {
        self.to.send_replace(at);
    }

    fn freeze(&self) {
        self.frozen.send_replace(true);
    }

    fn thaw(&self) {
        self.frozen.send_replace(false);
    }
}

impl Drop for Hop {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    listener: TcpListener,
    led: tokio::sync::watch::Receiver<SocketAddr>,
    frozen: tokio::sync::watch::Receiver<bool>,
) {
    let mut all = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let (to, mut frozen) = (*led.borrow(), frozen.clone());
        all.spawn(async move {
            let Ok(far) = TcpStream::connect(to).await else {
                return;
            };
            let (mut near, mut far) = (near, far);
            let ended = tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut near, &mut far) => true,
                _ = frozen.wait_for(|frozen| *frozen) => false,
            };
            if !ended {
                // Both stay open, and nothing moves; after a thaw what was lost stays lost.
                std::future::pending::<()>().await;
            }
        });
    }
}
