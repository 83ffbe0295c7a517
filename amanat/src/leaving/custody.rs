//! `amanat custody`: who keeps how many records, and whether they would be lost with their custodian or their holders.
use super::unknown;
use crate::answer::Answer;
use crate::command_error::{CommandError, Held};
use crate::operate::target::Target;
use amanat_client::judge::value;
use amanat_client::{Ledger as _, NodeClient};
use amanat_exchange::Custody;
use amanat_types::state::{Member, Record, RosterState, Standing};
use amanat_types::{MemberId, StateKey, limits};
use clap::Args;
use commonware_codec::Read;
use serde::Serialize;

/// Arguments of `amanat custody`.
#[derive(Args)]
pub struct Arguments {
    /// Where to ask.
    #[command(flatten)]
    target: Target,
    /// Only of this member.
    #[arg(long)]
    of: Option<u16>,
}

/// What one member keeps.
#[derive(Clone, Debug, Serialize)]
struct Keeps {
    /// Its number.
    member: u16,
    /// `active`, `suspended` or `removed`.
    standing: &'static str,
    /// Records that may be opened.
    records: u64,
    /// Of these, superseded ones.
    superseded: u64,
    /// Of these, those that fewer than f+1 active members hold.
    short: u64,
    /// Records that were retracted.
    retracted: u64,
}

impl Keeps {
    /// Whether its records can be opened and would outlive f holders.
    fn is_well(&self) -> bool {
        self.records == 0 || (self.standing == Standing::Active.as_str() && self.short == 0)
    }
}

/// Tells who keeps how many records. It holds if each has an active custodian and f+1 active holders.
pub async fn run(arguments: &Arguments) -> Result<Answer, CommandError> {
    let node = arguments.target.asked()?.own().node();
    let custody = Custody::read(node.clone()).await;
    let custody = custody.map_err(|fault| unknown(&fault))?;
    let roster: Option<RosterState> = one(&node, StateKey::roster()).await?;
    let none = || CommandError::Unknown("the state has no roster".to_owned());
    let roster = roster.ok_or_else(none)?;
    let mut all = Vec::new();
    for (member, count) in custody.counts() {
        if arguments.of.is_some_and(|of| MemberId::new(of) != member) {
            continue;
        }
        let state: Option<Member> = one(&node, StateKey::member(member)).await?;
        let standing = state.map_or(Standing::Removed, |state| state.standing);
        all.push(Keeps {
            member: member.number(),
            standing: standing.as_str(),
            records: count.open,
            superseded: count.superseded,
            short: short(&node, &roster, &custody, member).await?,
            retracted: count.retracted,
        });
    }
    let held = match all.iter().all(Keeps::is_well) {
        true => Held::Yes,
        false => Held::No,
    };
    let shape = serde_json::json!({ "height": custody.height().get(), "members": all });
    Ok(Answer::new(held, words(&all), shape))
}

fn words(all: &[Keeps]) -> String {
    if all.is_empty() {
        return "no record is kept".to_owned();
    }
    let line = |one: &Keeps| {
        format!(
            "member {} ({}) keeps {} records, {} of them superseded; {} are held by too few active members; {} more are retracted",
            one.member, one.standing, one.records, one.superseded, one.short, one.retracted
        )
    };
    let lines: Vec<String> = all.iter().map(line).collect();
    lines.join("\n")
}

/// How many open records of `member` fewer than f+1 active members hold.
async fn short(
    node: &NodeClient,
    roster: &RosterState,
    custody: &Custody,
    member: MemberId,
) -> Result<u64, CommandError> {
    let mut short = 0u64;
    for some in custody.open_of(member).chunks(limits::STATE_KEYS_MAX) {
        let keys = some.iter().map(StateKey::record).collect();
        let states: Vec<Option<Record>> = values(node, keys).await?;
        let held = |state: &Record| {
            let active = |holder: &&MemberId| roster.members.binary_search(holder).is_ok();
            state.holders.iter().filter(active).count()
        };
        let few = states.iter().flatten();
        let few = few.filter(|state| held(state) <= roster.faulty_max());
        short = short.saturating_add(u64::try_from(few.count()).unwrap_or(u64::MAX));
    }
    Ok(short)
}

/// Refuses, unless `member` keeps no record that may be opened.
///
/// Errors: [`CommandError::Rule`] if it keeps some, [`CommandError::Unknown`] if the own node does not tell.
pub async fn demand_no_records(node: &NodeClient, member: MemberId) -> Result<(), CommandError> {
    let custody = Custody::read(node.clone()).await;
    let custody = custody.map_err(|fault| unknown(&fault))?;
    let count = custody.counts().remove(&member).unwrap_or_default().open;
    if count == 0 {
        return Ok(());
    }
    let number = member.number();
    let rule = format!(
        "member {number} still keeps {count} records, which nobody could open without it: it hands them over first (`amanat hand-over`, docs/operate/members.md), or propose it with --despite-records"
    );
    Err(CommandError::rule("propose remove", "member", rule))
}

async fn one<T: Read<Cfg = ()>>(
    node: &NodeClient,
    key: StateKey,
) -> Result<Option<T>, CommandError> {
    Ok(values(node, vec![key]).await?.pop().flatten())
}

async fn values<T: Read<Cfg = ()>>(
    node: &NodeClient,
    keys: Vec<StateKey>,
) -> Result<Vec<Option<T>>, CommandError> {
    let answer = node.state(keys).await.map_err(|fault| unknown(&fault))?;
    let values = answer.values.iter();
    let values = values.map(|bytes| value(bytes.as_deref()));
    values
        .collect::<Result<_, _>>()
        .map_err(|fault| unknown(&fault))
}
