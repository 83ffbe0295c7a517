//! Seven real nodes in one process, and what the plan does to them.
//!
//! A node runs below one task of the runtime, on a [`Machine`] of its own; to crash it, that task is aborted and everything below
//! it goes. What the node had written but not synced goes too, or a part of it, as its disk decides when it is started again.
mod host;

pub(crate) use host::{host, network, register};

use crate::liar::{Liar, Told, Voice};
use crate::links::Links;
use crate::machine::{House, Life, Machine, Skew};
use crate::party::{LAST_AGAIN, NEWCOMER, address, again, consensus_key, holder, members, numbers};
use crate::plan::{Face, Fault, Hostile, Malice, Plan};
use crate::twins::{self, Contradictions};
use crate::watch::Watch;
use crate::wire::{self, Tap};
use crate::workload::craft::Author;
use amanat_node::network::VOTES;
use amanat_node::{Cache, Config, NodeHandle, Pace, PastVotes};
use amanat_types::{Genesis, MemberId};
use commonware_p2p::{Recipients, Sender as _};
use commonware_runtime::{
    Clock as _, Handle, Spawner as _, Supervisor as _, deterministic::Context,
};
use commonware_utils::NZUsize;
use commonware_utils::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Time after which an empty block is built, as in life.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Ends of all channels of one node, by number.
pub type Channels<S, R> = BTreeMap<u64, (S, R)>;

/// The nodes that run, by member, as their clients reach them; clones share it.
#[derive(Clone, Default)]
pub struct Doors(Arc<Mutex<BTreeMap<u16, NodeHandle>>>);

impl Doors {
    /// The node of a member, if it runs.
    pub fn get(&self, member: u16) -> Option<NodeHandle> {
        self.0.lock().get(&member).cloned()
    }

    /// All of them.
    pub fn all(&self) -> Vec<NodeHandle> {
        self.0.lock().values().cloned().collect()
    }

    fn open(&self, member: u16, handle: NodeHandle) {
        self.0.lock().insert(member, handle);
    }

    fn close(&self, member: u16) {
        self.0.lock().remove(&member);
    }
}

/// What is seen from outside while the nodes run; clones share it.
#[derive(Clone, Default)]
pub struct Seen {
    /// Where the equivocator contradicted itself.
    pub contradictions: Contradictions,
    /// Votes of honest validators.
    pub watch: Watch,
    /// Lies that were told.
    pub told: Told,
}

/// What a member keeps beside the disk of its node.
struct Desk {
    /// Number of the keys that its node starts under.
    number: u16,
    /// Disks that it lost.
    lost: u64,
    /// Whether the disk has what its key voted, or what it lacks is known: set by the node itself.
    settled: Arc<AtomicBool>,
}

/// The nodes and the network between them.
pub struct Cluster {
    context: Context,
    genesis: Arc<Genesis>,
    plan: Plan,
    links: Links,
    doors: Doors,
    houses: BTreeMap<u16, House>,
    desks: BTreeMap<u16, Desk>,
    running: BTreeMap<u16, Handle<()>>,
    starts: u64,
    pace: Pace,
    brief_from: usize,
    seen: Seen,
    ignored: Vec<u16>,
    stopped: usize,
}

impl Cluster {
    /// Starts the network, the hostile member if the plan has one, and every honest node.
    pub async fn start(context: Context, genesis: Arc<Genesis>, plan: &Plan) -> Self {
        let links = Links::start(&context, plan).await;
        let mut cluster = Self {
            context,
            genesis,
            plan: plan.clone(),
            links,
            doors: Doors::default(),
            houses: BTreeMap::new(),
            desks: BTreeMap::new(),
            running: BTreeMap::new(),
            starts: 0,
            pace: Pace {
                interval: plan.interval,
                heartbeat: HEARTBEAT,
            },
            brief_from: if plan.seed.is_multiple_of(2) {
                4
            } else {
                usize::MAX
            },
            seen: Seen::default(),
            ignored: Vec::new(),
            stopped: 0,
        };
        members().for_each(|member| cluster.settle_in(member));
        if let Some(hostile) = &plan.hostile {
            cluster.start_hostile(hostile, plan.seed).await;
        }
        cluster.start_all().await;
        cluster
    }

    /// Where clients find the honest nodes.
    pub const fn doors(&self) -> &Doors {
        &self.doors
    }

    /// What is seen from outside.
    pub const fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Nodes that went on although their disk had refused.
    pub fn ignored(&self) -> &[u16] {
        &self.ignored
    }

    /// How many times a node stopped because its disk had refused.
    pub const fn stopped(&self) -> usize {
        self.stopped
    }

    /// Writes of which a power cut kept a part only.
    pub fn torn(&self) -> usize {
        self.houses.values().map(|house| house.disk().torn()).sum()
    }

    /// What a node runs on that is none of the network's.
    pub fn bench(&self) -> Machine {
        let context = self.context.child("bench");
        Machine::new(context, House::default(), Life::default())
    }

    /// The links.
    pub const fn links(&self) -> &Links {
        &self.links
    }

    /// Lets a fault happen.
    pub async fn apply(&mut self, fault: &Fault) {
        match fault {
            Fault::Crash(member) => self.crash(*member),
            Fault::Restart(member) => self.start_node(*member).await,
            Fault::Blackout => self.plan.nodes().into_iter().for_each(|m| self.crash(m)),
            Fault::PowerBack => self.start_all().await,
            Fault::Cut(side) => self.links.cut(side).await,
            Fault::Eclipse(victim) => self.links.eclipse(*victim).await,
            Fault::Heal => self.links.heal().await,
            Fault::DiskRefuses(member, what, percent) => {
                self.houses[member].disk().refuse(*what, *percent);
            }
            Fault::Clock(member, skew) => self.houses[member].set_clock(*skew),
            Fault::LoseDisk(member) => self.lose_disk(*member),
        }
    }

    /// Ends every fault but the hostile member.
    pub async fn calm(&mut self) {
        self.links.calm().await;
        for house in self.houses.values() {
            house.set_clock(Skew::NONE);
        }
        self.start_all().await;
    }

    /// Stops the node of a member and starts it on its disk under the keys that replace its own.
    pub async fn rekey(&mut self, member: u16) {
        self.crash(member);
        if let (Some(desk), Some(number)) = (self.desks.get_mut(&member), again(member)) {
            desk.number = number;
        }
        self.start_node(member).await;
    }

    /// Starts every node that ran before.
    async fn start_all(&mut self) {
        for member in self.plan.nodes() {
            if self.houses.contains_key(&member) {
                self.start_node(member).await;
            }
        }
    }

    /// Gives a member a disk, and makes its keys.
    fn settle_in(&mut self, member: u16) {
        let house = self.house(member, 0);
        self.houses.insert(member, house);
        let desk = Desk {
            number: member,
            lost: 0,
            settled: Arc::default(),
        };
        self.desks.insert(member, desk);
    }

    fn house(&self, member: u16, lost: u64) -> House {
        let house = House::new(self.plan.seed ^ (u64::from(member) << 32) ^ (lost << 48));
        let (tear, delay) = (self.plan.tear, self.plan.sync_ms_max);
        house.disk().set_habit(tear, delay);
        house
    }

    /// Puts an empty disk in place of a member's, whose node ends if it runs. That its keys were new stood on the old one.
    fn lose_disk(&mut self, member: u16) {
        self.crash(member);
        let Some(desk) = self.desks.get_mut(&member) else {
            return;
        };
        desk.lost += 1;
        desk.settled.store(true, Ordering::SeqCst);
        let (number, lost) = (desk.number, desk.lost);
        self.seen.watch.lose(number);
        let house = self.house(member, lost);
        self.houses.insert(member, house);
    }

    fn crash(&mut self, member: u16) {
        self.doors.close(member);
        if let Some(task) = self.running.remove(&member) {
            task.abort();
        }
        // A member that has not come yet has none.
        let Some(house) = self.houses.get(&member) else {
            return;
        };
        let disk = house.disk();
        if disk.was_ignored(self.context.current()) {
            self.ignored.push(member);
        }
        self.stopped += usize::from(disk.refused().is_some());
    }

    async fn start_node(&mut self, member: u16) {
        if self.running.contains_key(&member) {
            return;
        }
        if !self.houses.contains_key(&member) {
            self.settle_in(member);
        }
        let number = self.desks[&member].number;
        self.links.admit(member, number).await;
        self.houses[&member].disk().power_back(&self.context).await;
        let tap = self.seen.watch.ear(number);
        let door = Some(self.doors.clone());
        self.start_tapped(member, |_| tap, door).await;
    }

    /// Starts a node behind a tap, which is made for a voice of the node.
    async fn start_tapped(
        &mut self,
        member: u16,
        tap: impl FnOnce(Voice) -> Arc<dyn Tap>,
        door: Option<Doors>,
    ) {
        let control = self.links.control().clone();
        let number = self.desks[&member].number;
        let channels = twins::alone(register(&control, number).await, LAST_AGAIN);
        let mut votes = channels[&VOTES].0.clone();
        let tap = tap(Box::new(move |vote| {
            votes.send(Recipients::All, vote, true);
        }));
        let config = self.config(member, "node");
        let network = network(&control, number, wire::tapped(channels, &tap));
        let task = self
            .host(member)
            .spawn(move |context| host(context, config, network, door));
        self.running.insert(member, task);
    }

    /// Starts the hostile member. It never crashes and is no one's door.
    async fn start_hostile(&mut self, hostile: &Hostile, seed: u64) {
        let member = hostile.member;
        match &hostile.malice {
            Malice::Equivocates(faces) => self.start_twins(member, faces).await,
            Malice::Silent => {
                self.start_tapped(member, |_| Arc::new(wire::Plain), None)
                    .await;
            }
            Malice::Lies => {
                let network = self.genesis.digest();
                let costly = Author::new(member, network).costly();
                let told = self.seen.told.clone();
                let liar = |voice| -> Arc<dyn Tap> {
                    let told = (told, voice);
                    Arc::new(Liar::new((seed, member), network, costly, told))
                };
                self.start_tapped(member, liar, None).await;
            }
        }
    }

    /// Starts two nodes under one key.
    async fn start_twins(&mut self, member: u16, faces: &[(u16, Face)]) {
        let control = self.links.control().clone();
        let channels = register(&control, member).await;
        let faces = numbers().filter_map(|number| {
            let mut faces = faces.iter();
            let (_, face) = faces.find(|(peer, _)| *peer == holder(number))?;
            Some((address(number), *face))
        });
        let context = self.context.child("twins");
        let contradictions = self.seen.contradictions.clone();
        let twins = twins::split(&context, channels, faces.collect(), &contradictions);
        let tap: Arc<dyn Tap> = Arc::new(wire::Plain);
        for (name, channels) in ["first", "second"].into_iter().zip(twins) {
            let config = self.config(member, name);
            let network = network(&control, member, wire::tapped(channels, &tap));
            let context = self.host(member);
            context.spawn(move |context| host(context, config, network, None));
        }
    }

    fn host(&mut self, member: u16) -> Machine {
        self.starts += 1;
        let context = self.context.child("host").with_attribute("member", member);
        let context = context.with_attribute("start", self.starts);
        Machine::new(context, self.houses[&member].clone(), Life::default())
    }

    fn config(&self, member: u16, name: &str) -> Config {
        let desk = &self.desks[&member];
        let mut config = Config::new(
            self.genesis.clone(),
            MemberId::new(member),
            consensus_key(desk.number),
        );
        config.prefix = match desk.lost {
            0 => format!("{name}-{member}"),
            lost => format!("{name}-{member}-{lost}"),
        };
        // Little enough that values give way, and are read from the disk again.
        config.cache = Cache {
            pages: NZUsize!(64),
            value_bytes: 16 * 1024,
        };
        config.pace = self.pace;
        let comes = member == NEWCOMER || desk.lost > 0;
        config.sync_above = (comes && self.plan.sync).then_some(1);
        // As the program does: keys are new until the node has noted on its disk from when on it votes.
        config.past_votes = match desk.settled.load(Ordering::SeqCst) {
            true => PastVotes::Here,
            false => PastVotes::None,
        };
        let settled = desk.settled.clone();
        config.settled = Arc::new(move || settled.store(true, Ordering::SeqCst));
        // The hostile member's blocks travel whole: what lies about them takes them apart.
        let hostile = self.plan.hostile.as_ref();
        config.brief_from = match hostile.is_some_and(|hostile| hostile.member == member) {
            true => usize::MAX,
            false => self.brief_from,
        };
        config
    }
}
