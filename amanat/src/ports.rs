//! Ports of processes that run on this machine, now or after a restart: nobody else is given them while they are held.
//!
//! A held port is bound and not listened at. With `SO_REUSEADDR`, which listeners set by themselves, whoever was told of it listens there all the
//! same; the kernel gives it neither to who asks for any port nor to a connection that is made (Linux, `ip(7)` and `socket(7)`).
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpSocket;

/// Ports that are held until the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Ports {
    _held: Arc<Vec<TcpSocket>>,
}

impl Ports {
    /// Holds free loopback ports; gives their addresses.
    pub fn free(count: usize) -> io::Result<(Self, Vec<SocketAddr>)> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let held: Vec<TcpSocket> = (0..count).map(|_| bound(any)).collect::<io::Result<_>>()?;
        let addresses = held.iter().map(TcpSocket::local_addr);
        let addresses = addresses.collect::<io::Result<_>>()?;
        let _held = Arc::new(held);
        Ok((Self { _held }, addresses))
    }

    /// Holds these; an error names the first at which somebody listens.
    pub fn of(
        addresses: impl IntoIterator<Item = SocketAddr>,
    ) -> Result<Self, (SocketAddr, io::Error)> {
        let held = addresses
            .into_iter()
            .map(|at| bound(at).map_err(|error| (at, error)));
        let _held = Arc::new(held.collect::<Result<_, _>>()?);
        Ok(Self { _held })
    }
}

fn bound(at: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match at {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(at)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::Ports;
    use std::collections::BTreeSet;
    use std::io::ErrorKind;
    use std::net::TcpListener;

    /// Of the ports that the kernel gives to who asks for any, so many are asked for that some of the held ones would come.
    #[test]
    fn nobody_else_is_given_a_held_port_and_its_owner_listens_there() {
        let (ports, addresses) = Ports::free(200).expect("200 ports");
        let of_others: BTreeSet<_> = (0..10_000)
            .map(|_| {
                let other = TcpListener::bind("127.0.0.1:0").expect("a port");
                other.local_addr().expect("bound")
            })
            .collect();
        assert!(of_others.len() > 1_000);
        assert!(addresses.iter().all(|at| !of_others.contains(at)));
        for _ in 0..2 {
            let owner = TcpListener::bind(addresses[0]).expect("its own");
            let taken = Ports::of(addresses.iter().copied());
            let (at, error) = taken.expect_err("somebody listens");
            assert_eq!((at, error.kind()), (addresses[0], ErrorKind::AddrInUse));
            drop(owner);
        }
        drop(ports);
        Ports::of([addresses[0]]).expect("free again");
    }
}
