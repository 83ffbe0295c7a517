//! The members of a run: a fresh network whose nodes reach each other through relays.
use super::super::LabError;
use super::super::nodes::Nodes;
use super::clock::Clock;
use super::disk::Disk;
use super::plan::Kind;
use super::relay::Mesh;
use super::seat::Seat;
use super::summary::LeftOut;
use crate::config::{self, NodeConfig};
use crate::layout::{Layout, LayoutError, Place, Plan};
use crate::run::key;
use amanat_client::NodeClient;
use amanat_client::http::HttpClient;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tokio::sync::Mutex;

/// The first transaction key of a member that a client uses: those before are for the member's own processes.
pub const CLIENT_KEY: usize = key::COUNT;
/// Clients of each member.
pub const CLIENTS: usize = 2;
/// Blocks of an epoch: a run of a few minutes goes over several ends of one.
const EPOCH_BLOCKS: u64 = 500;

/// All members.
pub struct Fleet {
    /// The nodes; who does something to one holds it until the node is well again.
    pub seats: BTreeMap<u16, Mutex<Seat>>,
    /// What lies between them.
    pub mesh: Mesh,
    /// The network without processes of its own: keys, genesis, clients.
    pub nodes: Nodes,
    /// Faults that cannot be had here.
    pub left_out: Vec<LeftOut>,
    folder: Folder,
}

/// Where the network's files are; removed when it is dropped, after the processes have ended, unless it is kept.
struct Folder {
    temporary: Option<tempfile::TempDir>,
    path: PathBuf,
}

impl Fleet {
    /// Makes a network in a new temporary folder; no process is started.
    pub async fn new(members: usize, disk: u16, clock: u16) -> Result<Self, LabError> {
        let temporary = tempfile::Builder::new().prefix("amanat-torture-").tempdir();
        let temporary = temporary.map_err(|source| LabError::Machine {
            what: "temporary folder".to_owned(),
            source,
        })?;
        let path = temporary.path().to_owned();
        let plan = Plan {
            transaction_keys: CLIENT_KEY + CLIENTS,
            epoch_blocks: EPOCH_BLOCKS,
            ..Plan::new(members)
        };
        let (layout, _) = Layout::open_or_create(&path.join("network"), plan)?;
        let places = layout.places.clone();
        let listen = places.iter().map(|place| (place.member, place.listen));
        let kept = places.iter().flat_map(Place::addresses).collect();
        let mesh = Mesh::start(&listen.collect(), &kept).await;
        let mesh = mesh.map_err(|source| LabError::Machine {
            what: "relays".to_owned(),
            source,
        })?;
        let mut fleet = Self {
            seats: BTreeMap::new(),
            mesh,
            left_out: Vec::new(),
            nodes: nodes(layout)?,
            folder: Folder {
                temporary: Some(temporary),
                path,
            },
        };
        for place in &places {
            let mut seat = fleet.seat(place)?;
            if place.member == disk {
                let mounted = Disk::mount(&fleet.member_dir(disk).join("node"));
                seat.disk = fleet.or_left_out(Kind::FullDisk, mounted);
            }
            if place.member == clock {
                let shifts = Clock::new(&fleet.member_dir(clock).join("clock"));
                seat.clock = fleet.or_left_out(Kind::ClockJump, shifts);
            }
            fleet.seats.insert(place.member, Mutex::new(seat));
        }
        Ok(fleet)
    }

    fn member_dir(&self, member: u16) -> PathBuf {
        self.nodes.layout.member_dir(member)
    }

    /// The folder of all files of the run.
    pub fn folder(&self) -> &Path {
        &self.folder.path
    }

    fn or_left_out<T>(&mut self, kind: Kind, means: Result<T, LabError>) -> Option<T> {
        let why = match means {
            Ok(means) => return Some(means),
            Err(error) => error.to_string(),
        };
        self.left_out.push(LeftOut { fault: kind, why });
        None
    }

    /// Writes the member's configuration anew, with the relays in place of the other nodes.
    fn seat(&self, place: &Place) -> Result<Seat, LabError> {
        let folder = self.member_dir(place.member);
        let path = folder.join("node.toml");
        let mut node: NodeConfig = config::read(&path).map_err(LayoutError::from)?;
        for peer in &mut node.peers {
            let relay = self.mesh.address(place.member, peer.member);
            let missing = || LabError::Ledger(format!("no relay leads to member {}", peer.member));
            peer.address = relay.ok_or_else(missing)?.into();
        }
        config::write(&path, &node).map_err(LayoutError::from)?;
        let client = NodeClient::new(HttpClient::new(), &place.api.to_string());
        Ok(Seat::new(place.member, folder, client))
    }

    /// Starts every node and waits until each has a finalised block.
    pub async fn start(&self) -> Result<(), LabError> {
        for seat in self.seats.values() {
            seat.lock().await.start()?;
        }
        for seat in self.seats.values() {
            let ready = seat.lock().await.ready(1).await;
            ready.map_err(|finding| LabError::Ledger(finding.what))?;
        }
        Ok(())
    }

    /// Ends every process; keeps the files if asked to, and says where.
    pub fn end(mut self, keep: bool) -> Result<Option<PathBuf>, LabError> {
        for seat in self.seats.values_mut() {
            let seat = seat.get_mut();
            seat.kill();
            if let Some(disk) = seat.disk.take().filter(|_| keep) {
                disk.keep()?;
            }
        }
        let temporary = self.folder.temporary.take().filter(|_| keep);
        Ok(temporary.map(tempfile::TempDir::keep))
    }
}

fn nodes(layout: Layout) -> Result<Nodes, LabError> {
    let mut nodes = Nodes {
        processes: Vec::new(),
        clients: Vec::new(),
        keys: Vec::new(),
        layout,
    };
    for place in &nodes.layout.places {
        let client = NodeClient::new(HttpClient::new(), &place.api.to_string());
        nodes.clients.push(client);
        let keys = nodes.layout.keys(place.member);
        nodes.keys.push(keys.map_err(LayoutError::from)?);
    }
    Ok(nodes)
}
