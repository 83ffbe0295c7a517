//! Measurements and trials of the exchange; kept out of production.
use amanat::answer::{self, Answer};
use amanat::command_error::Held;
use amanat::lab::{LabError, bench, torture};
use amanat::signals;
use clap::{Parser, Subcommand};
use serde::Serialize;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "amanat-lab",
    about = "Measures and tries the exchange on this machine"
)]
struct Arguments {
    /// Print one JSON object, an error too.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Puts one part under load.
    Bench {
        #[command(subcommand)]
        what: Bench,
    },
    /// Real nodes under load while they are killed, stopped, cut off, filled and misled; exit status 0: every promise held, 1: one did
    /// not, 2: it could not be told.
    Torture {
        /// How long faults come, minutes; a part of one is written 0.5.
        #[arg(long, default_value_t = 3.0)]
        minutes: f64,
        /// What the faults follow from.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Members, each a node: 4 to 10.
        #[arg(long, default_value_t = 7)]
        members: usize,
        /// Keep the network's folder; it is kept in any case if a promise did not hold.
        #[arg(long)]
        keep: bool,
    },
}

#[derive(Subcommand)]
enum Bench {
    /// Pre-signed deposits through the HTTP interface of N node processes, open-loop.
    Ledger {
        /// Members, each a validator: 4 to 10.
        #[arg(long, default_value_t = 4)]
        validators: usize,
        /// Length of the load.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        /// Deposits in one transaction: 1 to 1024.
        #[arg(long, default_value_t = 1)]
        batch: usize,
        /// Transactions offered a second; by default somewhat above what the machine carries.
        #[arg(long)]
        rate: Option<f64>,
        /// Afterwards let a node join the ledger anew with the state of the others, and time it.
        #[arg(long)]
        join: bool,
        /// Afterwards kill a node, let the others go on for so many seconds, start it again, and time it.
        #[arg(long, value_name = "SECONDS")]
        away: Option<u64>,
        /// Blocks whose changes of the state the nodes keep, as in `node.toml`.
        #[arg(long)]
        state_blocks: Option<u32>,
        /// Memory of each node for pages of the ledger's files, as in `node.toml`; by default as there.
        #[arg(long)]
        cache_mib: Option<u32>,
    },
}

fn main() -> ExitCode {
    let Arguments { json, command } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return answer::misread(&error),
    };
    answer::in_json(json);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let answered = match runtime {
        Ok(runtime) => runtime.block_on(run(command)),
        Err(error) => return answer::fail(&error, Held::Unknown, json),
    };
    match answered {
        Ok(answer) => answer.print(json).into(),
        Err(error) => answer::fail(&error, Held::Unknown, json),
    }
}

async fn run(command: Command) -> Result<Answer, LabError> {
    match command {
        Command::Bench {
            what:
                Bench::Ledger {
                    validators,
                    seconds,
                    batch,
                    rate,
                    join,
                    away,
                    state_blocks,
                    cache_mib,
                },
        } => {
            let options = bench::Options {
                validators,
                seconds,
                batch,
                rate,
                join,
                away,
                state_blocks,
                cache_mib,
            };
            Ok(measured(&bench::run(options).await?))
        }
        Command::Torture {
            minutes,
            seed,
            members,
            keep,
        } => {
            let options = torture::Options {
                members,
                // Out of range, it saturates, and is refused.
                seconds: (minutes * 60.0).ceil() as u64,
                seed,
                keep,
            };
            let stop = signals::stop().map_err(|source| LabError::Machine {
                what: "signals".to_owned(),
                source,
            })?;
            // What runs is then ended, unmounted and removed before this program ends.
            let summary = tokio::select! {
                summary = torture::run(options) => summary?,
                () = stop.notified() => {
                    return Err(LabError::Ledger("interrupted: nothing was judged".to_owned()));
                }
            };
            let held = if summary.held { Held::Yes } else { Held::No };
            Ok(Answer::new(held, summary.words(), &summary))
        }
    }
}

/// A measurement: a line a figure.
fn measured(report: &impl Serialize) -> Answer {
    let value = serde_json::to_value(report).unwrap_or_default();
    let lines = value.as_object().into_iter().flatten();
    let words: String = lines
        .map(|(key, value)| format!("{key:32} {value}\n"))
        .collect();
    Answer::yes(words, value)
}
