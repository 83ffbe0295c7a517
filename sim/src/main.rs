//! `amanat-sim`: runs seeds and prints one line each, exit status 1 if a promise was not kept; or measures.
mod command;

use amanat_sim::judge;
use clap::{Parser, Subcommand};
use command::{Load, Measure, say};
use std::process::ExitCode;

/// Simulates seven validators under faults and checks the promises; or measures networks of many sizes.
#[derive(Parser)]
#[command(name = "amanat-sim", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// How many seeds to run.
    #[arg(long, default_value_t = 10)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Run this seed alone.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Run each seed once and do not compare its trace with a second run.
    #[arg(long)]
    once: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Measures finality, messages and bytes in virtual time, one row for each number of validators.
    Measure(Measure),
    /// Searches the highest load of deposits that a network sustains, one row for each number of validators.
    Throughput(Load),
    /// What each part of a node takes under a load on this machine; computing takes no virtual time then.
    Profile(Load),
    /// Measures what work costs on this machine.
    Costs,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        Some(Command::Measure(measure)) => measure.run(),
        Some(Command::Throughput(load)) => load.search(),
        Some(Command::Profile(load)) => load.profile(),
        Some(Command::Costs) => command::costs(),
        None => return seeds(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn seeds(arguments: &Arguments) -> ExitCode {
    let seeds = match arguments.seed {
        Some(seed) => seed..seed.saturating_add(1),
        None => arguments.from..arguments.from.saturating_add(arguments.seeds),
    };
    let mut failed = 0u64;
    for seed in seeds {
        match judge(seed, !arguments.once) {
            Ok(report) => say(report),
            Err(failure) => {
                say(failure);
                failed += 1;
            }
        }
    }
    if failed == 0 {
        return ExitCode::SUCCESS;
    }
    say(format_args!("{failed} seeds failed"));
    ExitCode::FAILURE
}
