//! A member whose keys were replaced: its node follows without a vote until it is started again, on its disk, under the new ones.
use crate::cluster::Cluster;
use crate::party::{NEWCOMER, NODES, address, again};
use crate::plan::{Fault, Plan, Sequel};
use crate::run::LOOK;
use amanat_types::PublicKey;
use commonware_runtime::{Clock as _, deterministic::Context};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// What comes next of one member.
#[derive(Clone, Copy)]
enum Next {
    /// Its new keys are looked for among the validators.
    InForce,
    /// Its node starts under them then.
    Start(SystemTime),
    /// Its node dies then.
    Crash(SystemTime),
    /// And starts again then.
    Restart(SystemTime),
    /// Nothing.
    Done,
}

/// Who starts under new keys once they are in force.
pub struct Rekeying {
    members: BTreeMap<u16, Next>,
    delay: Duration,
    upset: Option<Duration>,
    calm: SystemTime,
    done: Vec<u16>,
}

/// Between a crash and the start that follows.
const DOWN: Duration = Duration::from_millis(400);

impl Rekeying {
    /// By a plan whose faults end at `calm`.
    pub fn new(plan: &Plan, calm: SystemTime) -> Self {
        let last = plan.rotates.then_some(NODES);
        let newcomer = plan.newcomer && plan.sequel == Sequel::RotateNewcomer;
        let members = last.into_iter().chain(newcomer.then_some(NEWCOMER));
        Self {
            members: members.map(|member| (member, Next::InForce)).collect(),
            delay: plan.rekey,
            upset: plan.upset,
            calm,
            done: Vec::new(),
        }
    }

    /// Members whose nodes started under new keys, in this order.
    pub fn done(&self) -> Vec<u16> {
        self.done.clone()
    }

    /// Does what comes until some time.
    pub async fn until(&mut self, context: &Context, cluster: &mut Cluster, end: SystemTime) {
        loop {
            let now = context.current();
            if now >= end {
                return;
            }
            let idle = self.members.values().all(|next| matches!(next, Next::Done));
            let look = if idle { end } else { end.min(now + LOOK) };
            context.sleep_until(look).await;
            self.look(context.current(), cluster).await;
        }
    }

    /// Does what comes, without an end.
    pub async fn forever(&mut self, context: &Context, cluster: &mut Cluster) {
        loop {
            context.sleep(LOOK).await;
            self.look(context.current(), cluster).await;
        }
    }

    async fn look(&mut self, now: SystemTime, cluster: &mut Cluster) {
        for (member, next) in self.members.clone() {
            let after = self.step((member, next), now, cluster).await;
            self.members.insert(member, after);
        }
    }

    async fn step(
        &mut self,
        (member, next): (u16, Next),
        now: SystemTime,
        cluster: &mut Cluster,
    ) -> Next {
        match next {
            Next::InForce if in_force(member, cluster) => Next::Start(now + self.delay),
            Next::Start(at) if now >= at => {
                cluster.rekey(member).await;
                self.done.push(member);
                match self.upset.map(|upset| now + upset) {
                    Some(at) if at + DOWN < self.calm => Next::Crash(at),
                    _ => Next::Done,
                }
            }
            Next::Crash(at) if now >= at => {
                cluster.apply(&Fault::Crash(member)).await;
                Next::Restart(now + DOWN)
            }
            Next::Restart(at) if now >= at => {
                cluster.apply(&Fault::Restart(member)).await;
                Next::Done
            }
            next => next,
        }
    }
}

/// Whether the epoch that any honest node is in names the new key of a member. The validators of the next one are known once this one
/// has ended, and it may not have a block before they vote.
fn in_force(member: u16, cluster: &Cluster) -> bool {
    let Some(key) = again(member).map(|number| PublicKey::from(&address(number))) else {
        return false;
    };
    cluster.doors().all().iter().any(|door| {
        let epoch = door.status().epoch;
        let mut known = [epoch, epoch.saturating_add(1)].into_iter();
        known.any(|epoch| door.validators(epoch).contains(&key))
    })
}
