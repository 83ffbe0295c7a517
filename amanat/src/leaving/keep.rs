//! `amanat take-over` and `amanat spread`, as they are typed and what they print.
use super::member::{Actor, Member};
use super::{failed, unknown};
use crate::answer::Answer;
use crate::command_error::{CommandError, Held};
use amanat_exchange::keeping::Report;
use amanat_exchange::{Custody, Error};
use amanat_types::{MemberId, RecordId};
use clap::Args;
use serde_json::{Value, json};

/// Arguments of `amanat take-over`.
#[derive(Args)]
pub struct TakeOverArguments {
    /// Who acts: the successor.
    #[command(flatten)]
    actor: Actor,
    /// Number of the member that leaves.
    #[arg(long)]
    from: u16,
}

/// Arguments of `amanat spread`.
#[derive(Args)]
pub struct SpreadArguments {
    /// Who acts: the custodian.
    #[command(flatten)]
    actor: Actor,
}

/// Takes over the records of a member. It holds if the member keeps none any more that may be opened.
pub async fn take_over(arguments: &TakeOverArguments) -> Result<Answer, CommandError> {
    let member = arguments.actor.open()?;
    let from = MemberId::new(arguments.from);
    let records = records(&member, from).await?;
    let total = records.len();
    let keeping = &member.keeping;
    let report = keeping.take_over(from, records, |report| step(report, total));
    let report = report.await.map_err(|error| stopped("take-over", &error))?;
    let words = format!(
        "member {} keeps {} records that member {} kept; {} were not to be moved any more",
        member.member.number(),
        report.done,
        from.number(),
        report.none
    );
    Ok(told(&report, words, json!({ "from": from.number() })))
}

/// Places own records anew. It holds if none is left that fewer than f+1 active members hold.
pub async fn spread(arguments: &SpreadArguments) -> Result<Answer, CommandError> {
    let member = arguments.actor.open()?;
    let records = records(&member, member.member).await?;
    let total = records.len();
    let keeping = &member.keeping;
    let report = keeping.spread(records, |report| step(report, total));
    let report = report.await.map_err(|error| stopped("spread", &error))?;
    let words = format!(
        "{} records have f+1 active holders again; {} had them before",
        report.done, report.none
    );
    Ok(told(&report, words, json!({})))
}

/// The records of `of` that may be opened, as the own node tells.
async fn records(member: &Member, of: MemberId) -> Result<Vec<RecordId>, CommandError> {
    let custody = Custody::read(member.keeping.ledger().clone()).await;
    Ok(custody.map_err(|fault| unknown(&fault))?.open_of(of))
}

/// Progress, on standard error.
fn step(report: &Report, total: usize) {
    eprintln!("{} of {total} records", report.seen());
}

fn stopped(command: &str, error: &Error) -> CommandError {
    match failed(command, error) {
        CommandError::Unknown(why) => CommandError::Unknown(format!(
            "{why}; what has moved stays moved: run {command} again"
        )),
        other => other,
    }
}

fn told(report: &Report, mut words: String, mut shape: Value) -> Answer {
    let left = report.left.iter();
    let left: Vec<Value> = left
        .map(|(record, why)| json!({ "record": record.to_string(), "why": why.to_string() }))
        .collect();
    for (record, why) in &report.left {
        words.push_str(&format!("\nrecord {record} did not move: {why}"));
    }
    shape["done"] = report.done.into();
    shape["none"] = report.none.into();
    shape["left"] = left.into();
    let held = match report.left.is_empty() {
        true => Held::Yes,
        false => Held::No,
    };
    Answer::new(held, words, shape)
}
