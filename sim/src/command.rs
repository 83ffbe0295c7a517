//! The commands that measure.
use amanat_sim::measure::{
    Account, Cores, Costs, Figures, Highest, Places, Setting, Trial, account, calibrate, highest,
    measure, signatures, trial,
};
use clap::{Args, ValueEnum};
use std::fmt::Display;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

/// What networks are measured.
#[derive(Args)]
pub struct Network {
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
    /// Cores of each node; without it computing takes no time.
    #[arg(long, requires = "costs", value_parser = clap::value_parser!(u16).range(1..=64))]
    cores: Option<u16>,
    /// All nodes compute on the same cores.
    #[arg(long, requires = "cores")]
    shared: bool,
    /// What work costs: a file of what `amanat-sim costs` printed, to which `system_ns` may have been added.
    #[arg(long, requires = "cores")]
    costs: Option<PathBuf>,
    /// What work costs, in hundredths of that.
    #[arg(long, default_value_t = 100, requires = "cores")]
    cost_percent: u64,
    /// Blocks always travel whole, and transactions to the next f+1 leaders.
    #[arg(long)]
    whole: bool,
    /// The seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Where {
    /// Ten cities of Pakistan.
    Pakistan,
    /// Ten regions of the world.
    World,
}

impl Network {
    fn setting(&self, validators: u16) -> Result<Setting, String> {
        let cores = match self.cores {
            Some(count) => Some(Cores {
                count,
                shared: self.shared,
                costs: self.costs()?.percent(self.cost_percent),
            }),
            None => None,
        };
        Ok(Setting {
            places: match (self.even_ms, self.places) {
                (Some(ms), _) => Places::Even(ms),
                (None, Where::Pakistan) => Places::Pakistan,
                (None, Where::World) => Places::World,
            },
            uplink_mbit: self.uplink_mbit,
            cores,
            whole: self.whole,
            ..Setting::of(validators, self.seed)
        })
    }

    fn costs(&self) -> Result<Costs, String> {
        let Some(file) = &self.costs else {
            return Err("--cores: what work costs is measured first (--costs)".into());
        };
        let text = std::fs::read_to_string(file);
        let text = text.map_err(|error| format!("--costs {}: {error}", file.display()))?;
        Costs::parse(&text).map_err(|error| format!("--costs {}: {error}", file.display()))
    }
}

/// Settings of a measurement of finality.
#[derive(Args)]
pub struct Measure {
    #[command(flatten)]
    network: Network,
    /// Validators that die, once the first three blocks are there; at most f of each number.
    #[arg(long, default_value_t = 0)]
    dead: u16,
    /// The first of those that die; without it the last ones do.
    #[arg(long, requires = "dead")]
    dead_from: Option<u16>,
    /// Blocks to measure; without it 8 to 100, fewer for more validators.
    #[arg(long)]
    blocks: Option<u64>,
    /// Height of the block before the first that counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(3..=100_000))]
    from: u64,
    /// Blocks of an epoch; without it none ends.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(10..))]
    epoch_blocks: u64,
    /// Transactions a second, one small call each.
    #[arg(long, default_value_t = 50)]
    load: u32,
    /// One line of JSON each in place of a table.
    #[arg(long)]
    json: bool,
}

impl Measure {
    /// One row for each number of validators.
    pub fn run(&self) -> Result<(), String> {
        if !self.json {
            say(Figures::head());
        }
        for validators in &self.network.validators {
            if self.dead > (validators - 1) / 3 {
                return Err(format!("--dead: more than f of {validators} validators"));
            }
            let last = validators - self.dead + 1;
            let dead_from = self.dead_from.unwrap_or(last);
            if dead_from == 0 || dead_from > last {
                return Err("--dead-from: so many do not die from there on".into());
            }
            let figures = measure(Setting {
                dead: self.dead,
                dead_from,
                blocks: self.blocks.unwrap_or(Setting::blocks(*validators)),
                from: self.from,
                epoch_blocks: self.epoch_blocks,
                load: self.load,
                ..self.network.setting(*validators)?
            });
            match self.json {
                true => say(figures.json()),
                false => say(figures.row()),
            }
        }
        Ok(())
    }
}

/// A load of deposits.
#[derive(Args)]
pub struct Load {
    #[command(flatten)]
    network: Network,
    /// Deposits in a transaction.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1_024))]
    batch: u16,
    /// Deposits a second: the first that are tried.
    #[arg(long, default_value_t = 4_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    rate: u64,
    /// Try this load alone.
    #[arg(long)]
    once: bool,
    /// How long the load comes before it is measured, in milliseconds.
    #[arg(long, default_value_t = 1_500)]
    warm_ms: u64,
    /// How long it is measured, in milliseconds.
    #[arg(long, default_value_t = 2_500)]
    span_ms: u64,
}

impl Load {
    fn trial(&self, validators: u16) -> Result<Trial, String> {
        Ok(Trial {
            setting: self.network.setting(validators)?,
            batch: usize::from(self.batch),
            rate: self.rate,
            warm: Duration::from_millis(self.warm_ms),
            span: Duration::from_millis(self.span_ms),
        })
    }

    /// The highest load that is sustained, one row for each number of validators.
    pub fn search(&self) -> Result<(), String> {
        say(Highest::head());
        for validators in &self.network.validators {
            let first = self.trial(*validators)?;
            let found = match self.once {
                true => Highest {
                    trial: first,
                    outcome: trial(first),
                    over: None,
                },
                false => highest(first),
            };
            say(found.row());
        }
        Ok(())
    }

    /// What each part of the nodes takes under this load, on this machine.
    pub fn profile(&self) -> Result<(), String> {
        let known = Costs {
            signatures_ns: signatures(),
            ..Costs::default()
        };
        for validators in &self.network.validators {
            let Account { parts, counts } = account(self.trial(*validators)?, &known);
            say("| part | runs | ms |\n|-|-|-|");
            for (label, part) in &parts {
                let line = format!("| {label} | {} | {} |", part.polls, part.time.as_millis());
                say(line);
            }
            say("| what | count |\n|-|-|");
            for (what, count) in &counts {
                say(format_args!("| {what} | {count} |"));
            }
        }
        Ok(())
    }
}

/// Prints a line. What nobody takes ends the program with 2.
pub fn say(line: impl Display) {
    if writeln!(std::io::stdout(), "{line}").is_err() {
        std::process::exit(2);
    }
}

/// Measures what work costs on this machine, and prints it as `--costs` takes it.
pub fn costs() -> Result<(), String> {
    say(calibrate()?.print());
    Ok(())
}
