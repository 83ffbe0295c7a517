//! `amanat take-over` and `amanat spread`, as they are typed and what they print.
use super::member::{Actor, Member};
use super::{failed, unknown};
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
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Arguments of `amanat spread`.
#[derive(Args)]
pub struct SpreadArguments {
    /// Who acts: the custodian.
    #[command(flatten)]
    actor: Actor,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Takes over the records of a member. It holds if the member keeps none any more that may be opened.
pub async fn take_over(arguments: &TakeOverArguments) -> Result<Held, CommandError> {
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
    Ok(told(
        &report,
        &words,
        json!({ "from": from.number() }),
        arguments.json,
    ))
}

/// Places own records anew. It holds if none is left that fewer than f+1 active members hold.
pub async fn spread(arguments: &SpreadArguments) -> Result<Held, CommandError> {
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
    Ok(told(&report, &words, json!({}), arguments.json))
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

fn told(report: &Report, words: &str, mut told: Value, as_json: bool) -> Held {
    let left = report.left.iter();
    let left: Vec<Value> = left
        .map(|(record, why)| json!({ "record": record.to_string(), "why": why.to_string() }))
        .collect();
    match as_json {
        true => {
            told["done"] = report.done.into();
            told["none"] = report.none.into();
            told["left"] = left.into();
            println!("{told}");
        }
        false => {
            println!("{words}");
            for (record, why) in &report.left {
                println!("record {record} did not move: {why}");
            }
        }
    }
    match report.left.is_empty() {
        true => Held::Yes,
        false => Held::No,
    }
}
