//! What is carried, and whose.
use crate::world::{Active, Behind, Running, ask, keeper, limits, until};
use amanat_relay::{NotKept, Refused, Service, probe};
use std::net::{IpAddr, Ipv4Addr};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[tokio::test]
async fn each_member_and_service_is_reached_at_its_own_address() {
    let relay = Running::start(Active::new(&[2, 3]), limits()).await;
    let [node_2, node_3, vault_2] = relay.doors;
    assert_eq!(ask(node_2, b"nobody").await, b"");
    assert_eq!(relay.counts.refusals("no_line"), 1);
    let two = Behind::start(2, Service::Node, relay.through(), limits()).await;
    let three = Behind::start(3, Service::Node, relay.through(), limits()).await;
    until("two lines", || relay.counts.lines() == 2).await;
    assert_eq!(ask(node_2, b"a").await, b"\x02a");
    assert_eq!(ask(node_3, b"bc").await, b"\x03bc");
    assert_eq!(ask(vault_2, b"d").await, b"");
    let vault = Behind::start(2, Service::Vault, relay.through(), limits()).await;
    until("three lines", || relay.counts.lines() == 3).await;
    assert_eq!(ask(vault_2, b"d").await, b"\x02d");
    until("streams ended", || relay.counts.streams() == 0).await;
    drop((two, three, vault));
    until("lines ended", || relay.counts.lines() == 0).await;
    assert_eq!(ask(node_3, b"e").await, b"");
}

#[tokio::test]
async fn many_streams_cross_whole_and_at_once() {
    let relay = Running::start(Active::new(&[2]), limits()).await;
    let behind = Behind::start(2, Service::Node, relay.through(), limits()).await;
    until("a line", || relay.counts.lines() == 1).await;
    let at = relay.doors[0];
    let mut all = tokio::task::JoinSet::new();
    for number in 0..20u8 {
        all.spawn(async move {
            let mut stream = TcpStream::connect(at).await.expect("connects");
            let said: Vec<u8> = (0..300_000u32)
                .map(|at| number.wrapping_add(at.to_le_bytes()[0]))
                .collect();
            let (mut from, mut to) = stream.split();
            let says = async {
                to.write_all(&said).await.expect("says");
                to.shutdown().await.expect("ends");
            };
            let mut heard = Vec::new();
            let hears = async { from.read_to_end(&mut heard).await.expect("hears") };
            tokio::join!(says, hears);
            // The echo marks each piece that it read; without the marks all is there, in its order.
            heard.len() > said.len() && is_subsequence(&said, &heard)
        });
    }
    let whole = all.join_all().await;
    assert_eq!(whole, [true; 20]);
    until("streams ended", || {
        relay.counts.streams() == 0 && behind.counts.streams() == 0
    })
    .await;
    assert!(relay.counts.bytes() > 20 * 600_000);
    assert!(relay.counts.text().contains("amanat_relay_lines 1\n"));
}

fn is_subsequence(part: &[u8], whole: &[u8]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|byte| whole.any(|other| other == byte))
}

#[tokio::test]
async fn one_address_does_not_take_all_places_and_an_ended_stream_gives_its_own_back() {
    let limits = amanat_relay::Limits {
        streams_address_max: 2,
        ..limits()
    };
    let relay = Running::start(Active::new(&[2]), limits).await;
    let _behind = Behind::start(2, Service::Node, relay.through(), limits).await;
    until("a line", || relay.counts.lines() == 1).await;
    let (mut first, mut second) = (
        TcpStream::connect(relay.doors[0]).await.expect("connects"),
        TcpStream::connect(relay.doors[0]).await.expect("connects"),
    );
    assert_eq!(crate::world::talk(&mut first, b"1").await, b"\x021");
    assert_eq!(crate::world::talk(&mut second, b"2").await, b"\x022");
    assert_eq!(ask(relay.doors[0], b"3").await, b"");
    assert_eq!(relay.counts.refusals("streams_full"), 1);
    // Another address of this machine has its own.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket
        .bind((IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)), 0).into())
        .expect("binds");
    let mut other = socket.connect(relay.doors[0]).await.expect("connects");
    assert_eq!(crate::world::talk(&mut other, b"4").await, b"\x024");
    drop(first);
    until("one ended", || relay.counts.streams() == 2).await;
    assert_eq!(ask(relay.doors[0], b"5").await, b"\x025");
}

#[tokio::test]
async fn whoever_is_probed_says_whether_it_would_carry() {
    let relay = Running::start(Active::new(&[2]), limits()).await;
    let asked =
        async |member, service| probe(&keeper(member, limits()), &relay.through(), service).await;
    asked(2, Service::Node).await.expect("named and active");
    // It would, and it does not yet.
    assert_eq!(
        (relay.counts.lines(), ask(relay.doors[0], b"a").await),
        (0, Vec::new())
    );
    let not_active = asked(3, Service::Node).await.expect_err("not active");
    assert!(
        matches!(not_active, NotKept::Refused(Refused::NotAdmitted)),
        "{not_active}"
    );
    for (member, service) in [(2, Service::Custodian), (4, Service::Node)] {
        let not_named = asked(member, service).await.expect_err("not named");
        assert!(
            matches!(not_named, NotKept::Refused(Refused::NotNamed)),
            "{not_named}"
        );
    }
}
