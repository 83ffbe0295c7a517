//! Measurements of the exchange; kept out of production.
use amanat::lab::bench;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "amanat-lab", about = "Measures the exchange on this machine")]
struct Arguments {
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
        /// Blocks whose changes of the state the nodes keep, as in `node.toml`.
        #[arg(long)]
        state_blocks: Option<u32>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    let Command::Bench {
        what:
            Bench::Ledger {
                validators,
                seconds,
                batch,
                rate,
                join,
                state_blocks,
                json,
            },
    } = Arguments::parse().command;
    let options = bench::Options {
        validators,
        seconds,
        batch,
        rate,
        join,
        state_blocks,
    };
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("amanat-lab: no runtime: {error}");
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(bench::run(options)) {
        Ok(report) => {
            print_report(&report, json);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("amanat-lab: {error}");
            ExitCode::from(2)
        }
    }
}

fn print_report(report: &bench::Report, json: bool) {
    let value = serde_json::to_value(report).unwrap_or_default();
    if json {
        println!("{value}");
        return;
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        println!("{key:32} {value}");
    }
}
