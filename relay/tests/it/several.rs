//! Several addresses of one member as one.
use crate::world::{Active, Behind, Running, ask, echo, limits, port, talk, until};
use amanat_relay::{Counts, Place, Service, ways};
use std::net::SocketAddr;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

async fn led(ways: &ways::Ways) -> (SocketAddr, Counts, JoinHandle<()>) {
    let listener = port().await;
    let (at, counts) = (listener.local_addr().expect("bound"), Counts::default());
    let task = tokio::spawn(ways::serve(
        listener,
        ways.clone(),
        limits(),
        counts.clone(),
    ));
    (at, counts, task)
}

#[tokio::test]
async fn the_first_address_that_answers_is_taken_and_kept_until_it_does_not() {
    let (one, serves_one) = echo(1).await;
    let (two, serves_two) = echo(2).await;
    let closed = port().await.local_addr().expect("bound");
    let ways = ways::Ways::new([closed, one, two].map(Place::from).to_vec());
    let (at, _, task) = led(&ways).await;
    assert_eq!(ask(at, b"a").await, b"\x01a");
    serves_one.abort();
    let _ended = serves_one.await;
    assert_eq!(ask(at, b"b").await, b"\x02b");
    // A name is looked up.
    let named: Place = format!("localhost:{}", two.port()).parse().expect("a name");
    ways.replace(vec![named]);
    assert_eq!(ask(at, b"c").await, b"\x02c");
    serves_two.abort();
    task.abort();
}

/// A relay whose member has no line takes connections and answers nothing: what was said is said again through the other.
#[tokio::test]
async fn of_two_relays_the_one_that_has_the_line_carries() {
    let (first, second) = (
        Running::start(Active::new(&[2]), limits()).await,
        Running::start(Active::new(&[2]), limits()).await,
    );
    let ways = ways::Ways::new(vec![first.doors[0].into(), second.doors[0].into()]);
    let (at, counts, task) = led(&ways).await;
    let kept_first = Behind::start(2, Service::Node, first.through(), limits()).await;
    let kept_second = Behind::start(2, Service::Node, second.through(), limits()).await;
    until("two lines", || {
        first.counts.lines() == 1 && second.counts.lines() == 1
    })
    .await;
    let mut stream = TcpStream::connect(at).await.expect("connects");
    assert_eq!(talk(&mut stream, b"a").await, b"\x02a");
    assert_eq!((first.counts.streams(), second.counts.streams()), (1, 0));
    drop(kept_first);
    until("the first has none", || first.counts.lines() == 0).await;
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
    // Until it is closed, half of it stands: whoever hears the end may still speak.
    drop(stream);
    assert_eq!(ask(at, b"b").await, b"\x02b");
    assert_eq!(first.counts.refusals("no_line"), 1);
    first.stop().await;
    assert_eq!(ask(at, b"c").await, b"\x02c");
    drop(kept_second);
    until("none", || second.counts.lines() == 0).await;
    assert_eq!(ask(at, b"d").await, b"");
    until("none", || counts.streams() == 0).await;
    task.abort();
}
