//! `amanat`: a member's processes, a network on one machine, the demonstration, offline checks.
use amanat::command::{self, Disk, Govern, Leave, Look, SetUp};
use amanat::passphrase::Source;
use amanat::run::RunError;
use amanat::verify::Trust;
use amanat::{command_error, demo, genesis_file, run, token, up, verify};
use clap::{Args, Parser, Subcommand};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Exit status 0: it held; 1: it did not hold; 2: it could not be told.
#[derive(Parser)]
#[command(
    name = "amanat",
    version,
    about = "A health-record exchange on a ledger that its members keep together"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows the whole road of a record on this machine and checks every claim.
    Demo {
        /// Folder of FHIR R4 Bundles; by default six synthetic patients that are built in.
        #[arg(long)]
        fhir: Option<PathBuf>,
        /// Folder for report.json, receipts and what was read back.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Keep the network's folder.
        #[arg(long)]
        keep: bool,
    },
    /// Runs a network with its gateways on this machine until Ctrl-C.
    Up {
        /// Its folder; started again on the same folder it goes on.
        #[arg(long, default_value = "amanat-network")]
        dir: PathBuf,
        /// Members of a new network: 4 to 10.
        #[arg(long, default_value_t = 4)]
        members: usize,
    },
    /// Runs one member's node: validator, and custodian of record keys.
    Node {
        #[command(flatten)]
        server: ServerArguments,
        /// Move this node's ledger aside and take the state from other members.
        #[arg(long)]
        resync: bool,
    },
    /// Runs one member's gateway: FHIR door and vault.
    Gateway(ServerArguments),
    /// Checks a receipt or state proof offline and says in words what it proves.
    Verify {
        /// The file.
        receipt: PathBuf,
        /// Genesis file of the network.
        #[arg(long)]
        genesis: PathBuf,
        /// Start from this checkpoint rather than from the genesis: a file that an earlier check wrote.
        #[arg(long)]
        checkpoint: Option<PathBuf>,
        /// Write the validators of the receipt's epoch to this file once it held, for later checks.
        #[arg(long)]
        write_checkpoint: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Asks a gateway for an access token as one of its clients.
    Token {
        /// The client's own file.
        client: PathBuf,
    },
    #[command(flatten)]
    SetUp(SetUp),
    #[command(flatten)]
    Govern(Govern),
    #[command(flatten)]
    Look(Look),
    #[command(flatten)]
    Disk(Disk),
    #[command(flatten)]
    Leave(Leave),
}

/// Arguments of a member's servers.
#[derive(Args)]
struct ServerArguments {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
    /// File whose first line is the passphrase of the keys; else AMANAT_PASSPHRASE, else the terminal.
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
    /// Stop when standard input ends: for whoever starts it through a pipe.
    #[arg(long, hide = true)]
    with_parent: bool,
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Demo { fhir, out, keep } => {
            let options = demo::Options { fhir, out, keep };
            told(block_on(demo::run(&options)))
        }
        Command::Up { dir, members } => told(block_on(up::run(&dir, members))),
        Command::Node {
            server: arguments,
            resync,
        } => server(arguments, |path, passphrase| {
            run::node::run(path, passphrase, resync)
        }),
        Command::Gateway(arguments) => server(arguments, run::gateway::run),
        Command::Verify {
            receipt,
            genesis,
            checkpoint,
            write_checkpoint,
            json,
        } => verify_receipt(
            (&receipt, &genesis),
            (checkpoint.as_deref(), write_checkpoint.as_deref()),
            json,
        ),
        Command::Token { client } => told(block_on(token::fetch(&client)).map(|token| {
            println!("{token}");
            true
        })),
        Command::SetUp(command) => command_error::exit(command::set_up(command)),
        Command::Govern(command) => command_error::exit(block_on(command::govern(command))),
        Command::Look(command) => command_error::exit(block_on(command::look(command))),
        Command::Disk(command) => command_error::exit(command::disk(command)),
        Command::Leave(command) => {
            log();
            command_error::exit(block_on(command::leave(command)))
        }
    }
}

/// Exit status of a result: held, not held, or could not be told.
fn told<E: Error>(result: Result<bool, E>) -> ExitCode {
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            command_error::say(&error);
            ExitCode::from(2)
        }
    }
}

fn block_on<T>(task: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(task),
        Err(error) => {
            eprintln!("amanat: no runtime: {error}");
            std::process::exit(2);
        }
    }
}

fn verify_receipt(
    (receipt, genesis): (&Path, &Path),
    (checkpoint, write): (Option<&Path>, Option<&Path>),
    json: bool,
) -> ExitCode {
    let genesis = match genesis_file::read(genesis) {
        Ok(genesis) => genesis,
        Err(error) => {
            eprintln!("amanat: {error}");
            return ExitCode::from(2);
        }
    };
    let trust = match checkpoint {
        Some(path) => Trust::checkpoint(genesis, path),
        None => Trust::genesis(genesis),
    };
    let verified = trust.and_then(|trust| verify::verify_file(receipt, &trust));
    let written = verified.and_then(|(proven, at)| {
        write.map_or(Ok(()), |path| verify::write_checkpoint(path, &at))?;
        Ok(proven)
    });
    match written {
        Ok(proven) if json => {
            println!("{}", serde_json::to_string(&proven).unwrap_or_default());
            ExitCode::SUCCESS
        }
        Ok(proven) => {
            print!("{}", proven.words());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("amanat: {error}");
            ExitCode::from(if error.is_no() { 1 } else { 2 })
        }
    }
}

/// Runs a server of ours until it is asked to stop.
fn server(
    arguments: ServerArguments,
    run: impl FnOnce(&Path, &Source) -> Result<(), RunError>,
) -> ExitCode {
    log();
    run::last_words();
    if arguments.with_parent {
        run::stop_with_stdin();
    }
    let passphrase = Source::existing(arguments.passphrase_file);
    told(run(&arguments.config, &passphrase).map(|()| true))
}

/// Structured log lines on standard error; `RUST_LOG` chooses.
fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,commonware=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}
