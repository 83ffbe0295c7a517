//! Checkers: each looks at the evidence of one run and says which promise it breaks.
//!
//! Every checker is proven able to fail: the tests beside the seeds (`tests/it`) break the evidence of a
//! good run and expect it to say so.
use crate::evidence::Evidence;

pub mod answers;
pub mod chain;
pub mod hostile;
pub mod joined;
pub mod once;
pub mod receipts;
pub mod release;
pub mod same;
pub mod voting;

/// A check of one promise of the design.
#[derive(Clone, Copy)]
pub struct Checker {
    /// The promise's number.
    pub promise: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What is wrong, if anything.
    pub check: fn(&Evidence) -> Result<(), String>,
}

macro_rules! checkers {
    ($($promise:literal $module:ident::$name:ident),* $(,)?) => {
        /// All checkers of one run. That the same run gives the same trace is [`same::same_trace`].
        pub const CHECKERS: &[Checker] = &[$(Checker {
            promise: $promise,
            name: stringify!($name),
            check: $module::$name,
        }),*];
    };
}

checkers! {
    "P1" release::no_release_before_its_ticket,
    "P3" receipts::receipts_verify_and_agree,
    "P3" receipts::a_mutated_byte_fails,
    "P3" joined::every_node_has_every_outcome,
    "P4" release::no_release_after_a_revocation,
    "P4" release::no_ticket_after_a_revocation,
    "P5" chain::no_fork,
    "P5" chain::nothing_acknowledged_is_missing,
    "P5" chain::the_chain_goes_on,
    "P5" chain::no_honest_node_is_cut_off,
    "P5" chain::what_passed_is_in_force,
    "P5" hostile::no_honest_validator_votes_twice,
    "P5" voting::only_validators_vote,
    "P5" voting::no_key_votes_where_its_votes_are_lost,
    "P5" voting::who_may_vote_votes,
    "P5" hostile::no_node_ignores_its_disk,
    "P5" hostile::no_lie_is_believed,
    "P8" once::no_transaction_twice,
    "P8" once::no_sequence_twice,
    "P8" once::no_record_twice,
    "P9" answers::answers_follow_the_rules,
    "P9" answers::what_is_barred_stays_out,
    "P10" same::replay_gives_the_headers,
    "P10" same::replay_gives_the_state,
    "P10" same::a_fresh_store_gives_the_roots,
}

/// A promise that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Number of the promise.
    pub promise: &'static str,
    /// Which checker says so.
    pub checker: &'static str,
    /// What it saw.
    pub what: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.promise, self.checker, self.what)
    }
}

/// Everything that the evidence breaks.
pub fn violations(evidence: &Evidence) -> Vec<Violation> {
    let judged = CHECKERS.iter().filter_map(|checker| {
        let what = (checker.check)(evidence).err()?;
        Some(Violation {
            promise: checker.promise,
            checker: checker.name,
            what,
        })
    });
    judged.collect()
}
