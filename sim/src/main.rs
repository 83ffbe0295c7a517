//! `amanat-sim`: runs seeds and prints one line each, exit status 1 if a promise was not kept; or measures.
use amanat_sim::judge;
use amanat_sim::measure::{Figures, Places, Setting, measure};
use clap::{Args, Parser, Subcommand, ValueEnum};
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
}

#[derive(Args)]
struct Measure {
    /// Numbers of validators, 4 to 128 each.
    #[arg(long, value_delimiter = ',', default_values_t = [4, 7, 10, 25], value_parser = clap::value_parser!(u16).range(4..=128))]
    validators: Vec<u16>,
    /// Where they are.
    #[arg(long, value_enum, default_value_t = Where::Pakistan)]
    places: Where,
    /// One way between any two, in milliseconds, in place of places.
    #[arg(long)]
    even_ms: Option<u64>,
    /// Megabits a second that each may send, and receive; without it there is no bound.
    #[arg(long)]
    uplink_mbit: Option<u32>,
    /// Validators that die when the measurement begins; at most f of each number.
    #[arg(long, default_value_t = 0)]
    dead: u16,
    /// Blocks to measure; without it 8 to 100, fewer for more validators.
    #[arg(long)]
    blocks: Option<u64>,
    /// Transactions a second, one small call each.
    #[arg(long, default_value_t = 50)]
    load: u32,
    /// The seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One line of JSON each in place of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Where {
    /// Ten cities of Pakistan.
    Pakistan,
    /// Ten regions of the world.
    World,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Measure(measure)) => rows(&measure),
        None => seeds(&arguments),
    }
}

fn rows(wanted: &Measure) -> ExitCode {
    let places = match (wanted.even_ms, wanted.places) {
        (Some(ms), _) => Places::Even(ms),
        (None, Where::Pakistan) => Places::Pakistan,
        (None, Where::World) => Places::World,
    };
    if !wanted.json {
        println!("{}", Figures::head());
    }
    for validators in &wanted.validators {
        if wanted.dead > (validators - 1) / 3 {
            eprintln!("--dead: more than f of {validators} validators");
            return ExitCode::FAILURE;
        }
        let figures = measure(Setting {
            validators: *validators,
            dead: wanted.dead,
            places,
            uplink_mbit: wanted.uplink_mbit,
            blocks: wanted.blocks.unwrap_or(Setting::blocks(*validators)),
            load: wanted.load,
            seed: wanted.seed,
        });
        match wanted.json {
            true => println!("{}", figures.json()),
            false => println!("{}", figures.row()),
        }
    }
    ExitCode::SUCCESS
}

fn seeds(arguments: &Arguments) -> ExitCode {
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
