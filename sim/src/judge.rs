//! One seed from plan to verdict.
use crate::check::same::same_trace;
use crate::check::{Violation, violations};
use crate::liar::Lie;
use crate::plan::Plan;
use crate::run::{Run, run};
use amanat_types::{Height, Refusal};
use std::time::Duration;

/// What a seed that held every promise has to tell.
#[derive(Clone, Debug)]
pub struct Report {
    /// The plan.
    pub plan: Plan,
    /// Height of the lowest honest node.
    pub height: u64,
    /// Releases that a node granted, and that it refused because the consent was revoked.
    pub releases: (usize, usize),
    /// Requests that lost against a revocation.
    pub outrun: usize,
    /// Validators of the last epoch that any honest node knows of: more than at the start once the newcomer is admitted.
    pub validators: usize,
    /// Transactions that clients were told are final.
    pub acknowledged: usize,
    /// Transactions that clients were told were refused before a block.
    pub barred: usize,
    /// Views in which the equivocator voted for two blocks.
    pub contradictions: usize,
    /// What was wrong with each block that was a lie.
    pub lies: Vec<Lie>,
    /// Lies about what lies behind the tip that were told to whoever joined.
    pub past_lies: usize,
    /// Nodes that took the state of others over.
    pub took_over: usize,
    /// Keys whose votes were lost with their disks.
    pub lost: usize,
    /// Members whose nodes went on under new keys.
    pub rekeyed: usize,
    /// Honest nodes that cut the hostile member off.
    pub cut_off: usize,
    /// How many times a node stopped because its disk had refused.
    pub stopped: usize,
    /// Writes of which a power cut kept a part only.
    pub torn: usize,
    /// Votes of honest validators.
    pub votes: usize,
    /// Virtual time from the last fault until all honest nodes had gone on.
    pub recovered: Duration,
    /// Virtual time of the run.
    pub elapsed: Duration,
}

/// What a seed broke.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The plan.
    pub plan: Plan,
    /// Promises that do not hold.
    pub violations: Vec<Violation>,
}

/// Runs a seed, twice if its trace is to be compared, and judges it.
pub fn judge(seed: u64, twice: bool) -> Result<Report, Box<Failure>> {
    let plan = Plan::new(seed);
    let fail = |violations| {
        Box::new(Failure {
            plan: plan.clone(),
            violations,
        })
    };
    let stopped = |what| {
        fail(vec![Violation {
            promise: "P5",
            checker: "no_honest_node_stops",
            what,
        }])
    };
    let first = run(&plan).map_err(stopped)?;
    let mut broken = violations(&first.evidence);
    if twice {
        let second = run(&plan).map_err(stopped)?;
        if let Err(what) = same_trace(&first.trace, &second.trace) {
            broken.push(Violation {
                promise: "P10",
                checker: "same_trace",
                what,
            });
        }
    }
    if !broken.is_empty() {
        return Err(fail(broken));
    }
    Ok(report(plan, &first))
}

fn report(plan: Plan, run: &Run) -> Report {
    let evidence = &run.evidence;
    let acknowledged = evidence.acknowledged().count();
    let said = |of: fn(&Result<Height, Refusal>) -> bool| {
        let all = evidence.releases.iter();
        all.filter(|release| of(&release.said)).count()
    };
    Report {
        height: evidence.height(),
        releases: (
            said(Result::is_ok),
            said(|said| *said == Err(Refusal::BasisEnded)),
        ),
        outrun: evidence.outrun(),
        validators: evidence.validators(),
        acknowledged,
        barred: evidence.answers.len() - acknowledged,
        contradictions: evidence.contradictions,
        lies: evidence.lies.values().copied().collect(),
        past_lies: evidence.past_lies.values().sum(),
        took_over: evidence.took_over(),
        lost: evidence.lost.len(),
        rekeyed: evidence.rekeyed.len(),
        cut_off: evidence.recovery.cut_off,
        stopped: evidence.stopped,
        torn: evidence.torn,
        votes: evidence.votes,
        recovered: evidence.recovery.reached.unwrap_or_default(),
        elapsed: run.trace.elapsed,
        plan,
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "seed {} ok: height={} validators={} acknowledged={} barred={} released={} revoked={} outrun={} votes={} contradictions={} lies={} past_lies={} took_over={} lost={} rekeyed={} cut_off={} stopped={} torn={} \
             recovered={:.1}s virtual={:.1}s {}",
            self.plan.seed,
            self.height,
            self.validators,
            self.acknowledged,
            self.barred,
            self.releases.0,
            self.releases.1,
            self.outrun,
            self.votes,
            self.contradictions,
            self.lies.len(),
            self.past_lies,
            self.took_over,
            self.lost,
            self.rekeyed,
            self.cut_off,
            self.stopped,
            self.torn,
            self.recovered.as_secs_f64(),
            self.elapsed.as_secs_f64(),
            self.plan.describe(),
        )
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seed = self.plan.seed;
        writeln!(f, "seed {seed} FAILED: {}", self.plan.describe())?;
        for violation in &self.violations {
            writeln!(f, "  {violation}")?;
        }
        for (at, fault) in &self.plan.faults {
            writeln!(f, "  fault at {:.1}s: {fault:?}", at.as_secs_f64())?;
        }
        write!(
            f,
            "  again: cargo run -p amanat-sim --release -- --seed {seed}"
        )
    }
}
