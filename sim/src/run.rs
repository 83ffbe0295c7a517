//! One run: the plan is carried out, the faults end, the nodes recover, and what they hold is taken down.
use crate::client::{Answer, Answers, Client, Told};
use crate::cluster::{Cluster, Doors};
use crate::evidence::{Evidence, Recovery, Trace, whole};
use crate::fresh;
use crate::observe;
use crate::party::genesis;
use crate::plan::{CALM, Plan, START, Sequel};
use crate::rekeying::Rekeying;
use crate::watch::Watch;
use crate::workload::steps;
use amanat_types::{Genesis, Height, digest};
use commonware_codec::Encode as _;
use commonware_macros::select;
use commonware_runtime::deterministic::{self, Context};
use commonware_runtime::{Clock as _, Handle, Runner as _, Spawner as _, Supervisor as _};
use futures::future::join_all;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// Virtual time in which the network must have recovered after the last fault.
pub const BOUND: Duration = Duration::from_secs(30);
/// Blocks that every node must add after the last fault.
pub const ONWARD: u64 = 5;
/// Virtual time in which every client must have its answers after the last fault, without what it waits for epochs.
const BOUND_CLIENTS: Duration = Duration::from_secs(60);
/// Virtual time that a block may take on the average while f validators are hostile or down: two of eight views are theirs, each
/// lost to a time-out of 1.5 to 2.2 s, and a quorum needs every vote of the others.
const BOUND_BLOCK: Duration = Duration::from_secs(2);
/// Virtual time after which a run is stuck.
const STUCK: Duration = Duration::from_secs(500);
/// How often something is looked for.
pub(crate) const LOOK: Duration = Duration::from_millis(100);

/// What a run gives.
#[derive(Clone, Debug)]
pub struct Run {
    /// For the checkers.
    pub evidence: Evidence,
    /// For the same seed run again.
    pub trace: Trace,
}

/// Carries out a plan. A node that stops on a fault of its own, or anything else that panics, is the error.
pub fn run(plan: &Plan) -> Result<Run, String> {
    let config = deterministic::Config::new()
        .with_seed(plan.seed)
        .with_start_time(UNIX_EPOCH + START)
        .with_timeout(Some(STUCK));
    let runner = deterministic::Runner::new(config);
    let plan = plan.clone();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        runner.start(|context| async move { drive(context, &plan).await })
    }));
    outcome.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).into()));
        text.unwrap_or_else(|| "a panic without words".into())
    })
}

async fn drive(context: Context, plan: &Plan) -> Run {
    let start = context.current();
    let genesis = Arc::new(genesis(plan.epoch_blocks));
    let mut cluster = Cluster::start(context.child("cluster"), genesis.clone(), plan).await;
    let doors = cluster.doors().clone();
    let watch = cluster.seen().watch.clone();
    let answers = Answers::default();
    let (owed, clients) = start_clients(&context, plan, &genesis, (&doors, &answers));
    let mut rekeying = Rekeying::new(plan, start + CALM);
    for (at, fault) in &plan.faults {
        rekeying.until(&context, &mut cluster, start + *at).await;
        cluster.apply(fault).await;
    }
    rekeying.until(&context, &mut cluster, start + CALM).await;
    cluster.calm().await;
    let after = async {
        let recovery = recover(&context, &doors, plan, clients).await;
        let unheard = match plan.goes_on() {
            true => in_force(&context, (&doors, &watch), plan, &answers.all()).await,
            false => Vec::new(),
        };
        (recovery, unheard)
    };
    let (mut recovery, unheard) = select! {
        ended = after => ended,
        _ = rekeying.forever(&context, &mut cluster) => unreachable!("it goes on for ever"),
    };
    recovery.owed = owed;
    let honest = plan.nodes();
    let blocked = cluster.links().blocked().await;
    let by_honest = blocked.iter().filter(|(by, _)| honest.contains(by));
    recovery.cut_off = by_honest.filter(|(_, whom)| !honest.contains(whom)).count();
    recovery.blocked = honest_pairs(blocked, &honest);
    let (answers, releases) = (answers.all(), answers.releases());
    let (asked, views) = observe::views(&context, &doors, &genesis, (plan, &answers)).await;
    let fresh = match whole(&views) {
        Some(view) => fresh::replay(cluster.bench(), &genesis, &view.blocks).await,
        None => Err("no honest node was seen that has every block".into()),
    };
    let seen = cluster.seen();
    let evidence = Evidence {
        genesis,
        views,
        answers,
        releases,
        asked,
        recovery,
        contradictions: seen.contradictions.count(),
        votes: seen.watch.votes(),
        validators_after: plan.validators_after(),
        votes_twice: seen.watch.contradictions(),
        voted: seen.watch.voted(),
        lost: seen.watch.lost(),
        unheard,
        rekeyed: rekeying.done(),
        lies: seen.told.all(),
        past_lies: seen.told.past(),
        ignored: cluster.ignored().to_vec(),
        stopped: cluster.stopped(),
        torn: cluster.torn(),
        fresh,
    };
    let elapsed = context.current().duration_since(start);
    let trace = Trace {
        chain: chain(&evidence),
        auditor: context.auditor().state(),
        elapsed: elapsed.unwrap_or_default(),
    };
    Run { evidence, trace }
}

/// Starts one client a member; gives how many answers they are to get, too.
fn start_clients(
    context: &Context,
    plan: &Plan,
    genesis: &Genesis,
    (doors, answers): (&Doors, &Answers),
) -> (usize, Vec<Handle<()>>) {
    let mut owed = 0;
    let mut clients = Vec::new();
    for member in plan.clients() {
        let steps = steps(plan, member, genesis.digest());
        let client = Client {
            member,
            nodes: plan.nodes(),
            doors: doors.clone(),
            answers: answers.clone(),
            epoch_blocks: plan.epoch_blocks,
        };
        let copies = |step: &crate::workload::Step| step.spread.min(client.nodes.len());
        owed += steps
            .iter()
            .map(|step| step.transactions.len() * copies(step))
            .sum::<usize>();
        let context = context.child("client").with_attribute("member", member);
        clients.push(context.spawn(move |context| client.run(context, steps)));
    }
    (owed, clients)
}

/// Waits until every honest node has gone on and every client is done, or the time runs out.
async fn recover(
    context: &Context,
    doors: &Doors,
    plan: &Plan,
    clients: Vec<Handle<()>>,
) -> Recovery {
    let calm = context.current();
    let since = || context.current().duration_since(calm).unwrap_or_default();
    let honest = plan.nodes();
    let heights = || {
        honest
            .iter()
            .map(|member| (*member, height(doors, *member)))
    };
    let calm_height = heights().map(|(_, height)| height).max().unwrap_or(0);
    let goal = calm_height + ONWARD;
    let onward = async {
        join_all(
            honest
                .iter()
                .map(|member| reached(context, doors, *member, goal)),
        )
        .await;
        since()
    };
    let finish = async {
        join_all(clients).await;
        since()
    };
    let (reached, clients_done) = futures::join!(
        within(context, BOUND, onward),
        within(context, clients_bound(plan), finish)
    );
    Recovery {
        calm_height,
        goal,
        reached,
        clients_done,
        clients_bound: clients_bound(plan),
        heights: heights().collect(),
        owed: 0,
        cut_off: 0,
        blocked: Vec::new(),
    }
}

/// Waits until what the last answers decided is in force at every honest node and every validator that may vote has voted since, or the
/// time runs out; gives the numbers of those that have not.
async fn in_force(
    context: &Context,
    (doors, watch): (&Doors, &Watch),
    plan: &Plan,
    answers: &[Answer],
) -> Vec<u16> {
    let heights = answers.iter().filter_map(|answer| match &answer.told {
        Told::Final(last) => Some(last.height.get()),
        Told::Refused(_) => None,
    });
    let last = heights.max().unwrap_or(0);
    let epoch = last / plan.epoch_blocks + 2;
    let goal = epoch * plan.epoch_blocks;
    let honest = plan.nodes();
    let all = join_all(
        honest
            .iter()
            .map(|member| reached(context, doors, *member, goal)),
    );
    // What is not in force in time is for the checkers to say.
    within(context, force_bound(plan), all).await;
    let voters = plan.voters_after();
    let silent = || {
        let voters = voters.iter().copied();
        voters.filter(|number| !watch.heard_since(*number, epoch))
    };
    let all = async {
        while silent().next().is_some() {
            context.sleep(LOOK).await;
        }
    };
    within(context, votes_bound(plan), all).await;
    silent().collect()
}

/// Virtual time in which a validator must vote once all is in force: one that lost its disk follows for two epochs after the one in
/// which it came back, or for three if it came back at its end.
fn votes_bound(plan: &Plan) -> Duration {
    let blocks = u32::try_from(3 * plan.epoch_blocks).unwrap_or(u32::MAX);
    BOUND.saturating_add(BOUND_BLOCK.saturating_mul(blocks))
}

/// Virtual time in which every client must have its answers after the last fault: the votes of a sequel wait for two epochs.
fn clients_bound(plan: &Plan) -> Duration {
    match plan.sequel {
        Sequel::None => BOUND_CLIENTS,
        _ => force_bound(plan),
    }
}

/// Virtual time in which what was voted for must be in force: two epochs, and what the votes take.
fn force_bound(plan: &Plan) -> Duration {
    let blocks = u32::try_from(2 * plan.epoch_blocks).unwrap_or(u32::MAX);
    BOUND_CLIENTS.saturating_add(BOUND_BLOCK.saturating_mul(blocks))
}

async fn within<T>(context: &Context, bound: Duration, work: impl Future<Output = T>) -> Option<T> {
    select! {
        done = work => Some(done),
        _ = context.sleep(bound) => None,
    }
}

fn height(doors: &Doors, member: u16) -> u64 {
    doors.get(member).map_or(0, |door| door.status().height)
}

/// Resolves once a node runs and has reached a height.
pub(crate) async fn reached(context: &Context, doors: &Doors, member: u16, height: u64) {
    loop {
        // A node that is stopped meanwhile says no more; the one that is started in its place does.
        if let Some(door) = doors.get(member) {
            select! {
                _ = door.reached(Height::new(height)) => return,
                _ = context.sleep(10 * LOOK) => {},
            }
        } else {
            context.sleep(LOOK).await;
        }
    }
}

fn honest_pairs(pairs: Vec<(u16, u16)>, honest: &[u16]) -> Vec<(u16, u16)> {
    let both = |(by, whom): &(u16, u16)| honest.contains(by) && honest.contains(whom);
    pairs.into_iter().filter(both).collect()
}

fn chain(evidence: &Evidence) -> amanat_types::Digest {
    let mut text = Vec::new();
    for view in &evidence.views {
        for block in &view.blocks {
            text.extend_from_slice(&block.header().encode());
        }
    }
    for answer in &evidence.answers {
        text.extend_from_slice(format!("{answer:?}").as_bytes());
    }
    for release in &evidence.releases {
        text.extend_from_slice(format!("{release:?}").as_bytes());
    }
    digest("amanat/sim/trace", &[&text])
}
