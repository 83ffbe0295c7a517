//! `amanat-sim`: runs seeds and prints one line each; exit status 1 on the first kept promise that was not kept.
use amanat_sim::judge;
use clap::Parser;
use std::process::ExitCode;

/// Simulates seven validators under faults and checks the promises.
#[derive(Parser)]
#[command(name = "amanat-sim", version)]
struct Arguments {
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

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seeds = match arguments.seed {
        Some(seed) => seed..seed.saturating_add(1),
        None => arguments.from..arguments.from.saturating_add(arguments.seeds),
    };
    let mut failed = 0u64;
    for seed in seeds {
        match judge(seed, !arguments.once) {
            Ok(report) => println!("{report}"),
            Err(failure) => {
                println!("{failure}");
                failed += 1;
            }
        }
    }
    if failed == 0 {
        return ExitCode::SUCCESS;
    }
    println!("{failed} seeds failed");
    ExitCode::FAILURE
}
