//! Who is refused: strangers, proofs of other lines, members that are none any more, whoever says nothing.
use crate::world::{
    Active, Behind, RELAY, Running, ask, keeper, limits, network, port, signer, through, until,
};
use amanat_relay::{NotKept, ROUTE, Refused, Service, probe};
use amanat_tls::{Acceptor, Broken, Pin};
use amanat_types::release::SignedRequest;
use amanat_types::{MemberId, TimestampMs};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

type Line = amanat_tls::Stream<TcpStream>;

/// Bounds under which a member that says nothing keeps its line for a test.
fn patient() -> amanat_relay::Limits {
    amanat_relay::Limits {
        alive_time: crate::world::PATIENCE,
        proof_every: crate::world::PATIENCE,
        ..limits()
    }
}

/// Connects to a relay as anybody may; its challenge.
async fn connect(relay: &Running) -> (Line, [u8; 32]) {
    let pin = Pin::new(&signer(RELAY).public_key()).expect("Ed25519");
    let stream = TcpStream::connect(relay.at).await.expect("connects");
    let mut line = pin.connect(stream).await.expect("its key");
    let frame = frame(&mut line).await;
    let (tag, challenge) = frame.split_first().expect("a word");
    assert_eq!(*tag, 1);
    (line, challenge.try_into().expect("32 bytes"))
}

/// The next word; nothing if the line ends.
async fn frame(line: &mut Line) -> Vec<u8> {
    let mut length = [0u8; 2];
    if line.read_exact(&mut length).await.is_err() {
        return Vec::new();
    }
    let mut frame = vec![0u8; usize::from(u16::from_be_bytes(length))];
    line.read_exact(&mut frame).await.expect("whole");
    frame
}

async fn say(line: &mut Line, frame: &[u8]) {
    let length = u16::try_from(frame.len()).expect("short").to_be_bytes();
    line.write_all(&[&length, frame].concat())
        .await
        .expect("says");
    line.flush().await.expect("says");
}

/// A proof as the wire has it.
fn proof(
    member: u16,
    seed: u8,
    relay: u16,
    challenge: &[u8; 32],
    signed_for: u8,
    said: u8,
) -> Vec<u8> {
    let body = [&relay.to_be_bytes(), challenge.as_slice(), &[signed_for, 1]].concat();
    let (member, time) = (MemberId::new(member), TimestampMs::new(1));
    let signed =
        SignedRequest::sign(&signer(seed), &network(), ROUTE, member, time, body).expect("short");
    [&[1, said, 0], signed.to_bytes().as_slice()].concat()
}

#[tokio::test]
async fn a_proof_is_of_this_relay_this_challenge_this_service_and_this_member() {
    let relay = Running::start(Active::new(&[2, 3]), limits()).await;
    let own = u16::from(RELAY);
    let other = [0u8; 32];
    for (what, refused, make) in [
        (
            "itself",
            0,
            Box::new(|c: &[u8; 32]| proof(2, 2, own, c, 1, 1)) as Box<dyn Fn(&[u8; 32]) -> Vec<u8>>,
        ),
        (
            "another challenge",
            2,
            Box::new(|_| proof(2, 2, own, &other, 1, 1)),
        ),
        ("another relay", 2, Box::new(|c| proof(2, 2, 7, c, 1, 1))),
        (
            "another service",
            2,
            Box::new(|c| proof(2, 2, own, c, 1, 3)),
        ),
        (
            "the key of another",
            3,
            Box::new(|c| proof(2, 3, own, c, 1, 1)),
        ),
        (
            "a member that is not named",
            1,
            Box::new(|c| proof(4, 4, own, c, 1, 1)),
        ),
    ] {
        let (mut line, challenge) = connect(&relay).await;
        say(&mut line, &make(&challenge)).await;
        let answer = frame(&mut line).await;
        match refused {
            0 => assert_eq!(answer, [2], "{what}"),
            number => assert_eq!(answer, [3, number], "{what}"),
        }
    }
    until("the one line ended", || relay.counts.lines() == 0).await;
    assert_eq!(relay.counts.refusals("proof_wrong"), 3);
}

#[tokio::test]
async fn who_is_no_member_any_more_loses_its_line_and_its_streams() {
    let active = Active::new(&[2]);
    let relay = Running::start(active.clone(), limits()).await;
    let behind = Behind::start(2, Service::Node, relay.through(), limits()).await;
    until("a line", || relay.counts.lines() == 1).await;
    let mut stream = TcpStream::connect(relay.doors[0]).await.expect("connects");
    assert_eq!(crate::world::talk(&mut stream, b"a").await, b"\x02a");
    // It proves itself anew, and goes on.
    tokio::time::sleep(limits().proof_every * 3).await;
    assert_eq!(crate::world::talk(&mut stream, b"b").await, b"\x02b");
    active.0.lock().expect("whole").clear();
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
    until("no line", || relay.counts.lines() == 0).await;
    until("refused", || relay.counts.refusals("not_admitted") > 1).await;
    assert_eq!(ask(relay.doors[0], b"c").await, b"");
    // By a vote it comes back.
    active.0.lock().expect("whole").insert(2);
    until("a line again", || relay.counts.lines() == 1).await;
    let line = behind
        .counts
        .line_to(MemberId::new(1), Service::Node)
        .expect("kept");
    assert!(line.made >= 2, "{line:?}");
}

#[tokio::test]
async fn a_member_that_does_not_prove_itself_again_loses_its_line() {
    let relay = Running::start(Active::new(&[2]), limits()).await;
    let (mut line, challenge) = connect(&relay).await;
    say(&mut line, &proof(2, 2, u16::from(RELAY), &challenge, 1, 1)).await;
    assert_eq!(frame(&mut line).await, [2]);
    // It says that it is there, and no more.
    loop {
        match frame(&mut line).await.as_slice() {
            [] => break,
            [5] => say(&mut line, &[4]).await,
            [1, ..] => {}
            other => panic!("{other:?}"),
        }
    }
    until("no line", || relay.counts.lines() == 0).await;
}

#[tokio::test]
async fn a_name_that_nobody_gave_fetches_nothing_and_a_member_ends_no_stream_of_another() {
    let limits = patient();
    let relay = Running::start(Active::new(&[2, 3]), limits).await;
    let (mut thief, _) = connect(&relay).await;
    say(&mut thief, &[[2].as_slice(), &[0; 32]].concat()).await;
    assert_eq!(frame(&mut thief).await, b"");
    // Member 2 is slow to fetch; member 3 says that it cannot be fetched.
    let (mut two, challenge) = connect(&relay).await;
    say(&mut two, &proof(2, 2, u16::from(RELAY), &challenge, 1, 1)).await;
    assert_eq!(frame(&mut two).await, [2]);
    let (mut three, challenge) = connect(&relay).await;
    say(&mut three, &proof(3, 3, u16::from(RELAY), &challenge, 1, 1)).await;
    assert_eq!(frame(&mut three).await, [2]);
    let mut stranger = TcpStream::connect(relay.doors[0]).await.expect("connects");
    stranger.write_all(b"a").await.expect("says");
    let token = loop {
        let word = frame(&mut two).await;
        if let [4, token @ ..] = word.as_slice() {
            break token.to_vec();
        }
    };
    say(&mut three, &[[3].as_slice(), &token].concat()).await;
    tokio::time::sleep(limits.alive_every).await;
    let (mut fetches, _) = connect(&relay).await;
    say(&mut fetches, &[[2].as_slice(), &token].concat()).await;
    assert_eq!(
        fetches.read_u8().await.expect("what the stranger said"),
        b'a'
    );
    // A name is good once.
    let (mut again, _) = connect(&relay).await;
    say(&mut again, &[[2].as_slice(), &token].concat()).await;
    assert_eq!(frame(&mut again).await, b"");
}

#[tokio::test]
async fn whoever_says_nothing_is_cut_off_and_takes_no_place_from_others_for_long() {
    let limits = amanat_relay::Limits {
        entering_address_max: 2,
        ..limits()
    };
    let relay = Running::start(Active::new(&[2]), limits).await;
    let mut silent = TcpStream::connect(relay.at).await.expect("connects");
    let (mut half, _) = connect(&relay).await;
    let full = probe(&keeper(2, limits), &relay.through(), Service::Node).await;
    assert!(
        matches!(full, Err(NotKept::Tls(_) | NotKept::Line(_))),
        "{full:?}"
    );
    assert_eq!(relay.counts.refusals("full"), 1);
    assert_eq!(silent.read(&mut [0]).await.unwrap_or(0), 0);
    assert_eq!(frame(&mut half).await, b"");
    probe(&keeper(2, limits), &relay.through(), Service::Node)
        .await
        .expect("there is room again");
}

#[tokio::test]
async fn a_member_that_does_not_fetch_costs_a_stream_its_time_and_no_more() {
    let limits = amanat_relay::Limits {
        waiting_max: 1,
        ..patient()
    };
    let relay = Running::start(Active::new(&[2]), limits).await;
    let (mut line, challenge) = connect(&relay).await;
    say(&mut line, &proof(2, 2, u16::from(RELAY), &challenge, 1, 1)).await;
    assert_eq!(frame(&mut line).await, [2]);
    let mut first = TcpStream::connect(relay.doors[0]).await.expect("connects");
    let second = ask(relay.doors[0], b"a");
    let (second, ended) = tokio::join!(second, async { first.read(&mut [0]).await.unwrap_or(0) });
    assert_eq!((second, ended), (Vec::new(), 0));
    assert_eq!(
        relay.counts.refusals("streams_full") + relay.counts.refusals("not_fetched"),
        2
    );
}

#[tokio::test]
async fn nothing_is_said_to_a_relay_with_another_key() {
    let listener = port().await;
    let at = listener.local_addr().expect("bound");
    let other = Acceptor::member(&[8; 32]).expect("a key");
    let served = async {
        let (stream, _) = listener.accept().await.expect("a connection");
        other.accept(stream, |stream| stream).await.map(drop)
    };
    let (_, asked) = tokio::join!(served, async {
        probe(&keeper(2, limits()), &through(at), Service::Node).await
    });
    assert!(
        matches!(asked, Err(NotKept::Tls(Broken::OtherKey))),
        "{asked:?}"
    );
    let refused = Refused::ALL.map(Refused::as_str);
    assert_eq!(refused.len(), 5);
}
