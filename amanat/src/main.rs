//! `amanat`: a member's processes, a network on one machine, the demonstration, offline checks.
use amanat::answer::{self, Answer};
use amanat::command::{self, Disk, Govern, Leave, Look, SetUp};
use amanat::command_error::Held;
use amanat::passphrase::Source;
use amanat::run::RunError;
use amanat::{demo, run, token, up, verify};
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
    /// Print one JSON object, an error too.
    #[arg(long, global = true)]
    json: bool,
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
    },
    /// Asks a gateway for an access token as one of its clients.
    Token {
        /// The client's own file.
        client: PathBuf,
        /// PEM file with the certificate of a gateway at https://, or of who signed it; else the one that the client's file names at `ca`.
        #[arg(long)]
        ca: Option<PathBuf>,
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
    let Arguments { json, command } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return answer::misread(&error),
    };
    answer::in_json(json);
    match command {
        Command::Demo { fhir, out, keep } => {
            let options = demo::Options { fhir, out, keep };
            said(block_on(demo::run(&options)), json)
        }
        Command::Up { dir, members } => said(block_on(up::run(&dir, members)), json),
        Command::Node {
            server: arguments,
            resync,
        } => server(arguments, json, |path, passphrase| {
            run::node::run(path, passphrase, resync)
        }),
        Command::Gateway(arguments) => server(arguments, json, run::gateway::run),
        Command::Verify {
            receipt,
            genesis,
            checkpoint,
            write_checkpoint,
        } => {
            let (from, write) = (checkpoint.as_deref(), write_checkpoint.as_deref());
            answer::exit(verify::answer(&receipt, &genesis, from, write), json)
        }
        Command::Token { client, ca } => {
            let token = block_on(token::fetch(&client, ca.as_deref()));
            let token = token.map(|token| Answer::yes(token.access_token.clone(), &token));
            answer::exit(token, json)
        }
        Command::SetUp(command) => answer::exit(command::set_up(command), json),
        Command::Govern(command) => answer::exit(block_on(command::govern(command)), json),
        Command::Look(command) => answer::exit(block_on(command::look(command)), json),
        Command::Disk(command) => answer::exit(command::disk(command), json),
        Command::Leave(command) => {
            log();
            answer::exit(block_on(command::leave(command)), json)
        }
    }
}

/// Exit status of a command that speaks while it runs: held, not held, or could not be told.
fn said<E: Error>(result: Result<Answer, E>, json: bool) -> ExitCode {
    match result {
        Ok(answer) => answer.print(json).into(),
        Err(error) => answer::fail(&error, Held::Unknown, json),
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

/// Runs a server of ours until it is asked to stop.
fn server(
    arguments: ServerArguments,
    json: bool,
    run: impl FnOnce(&Path, &Source) -> Result<(), RunError>,
) -> ExitCode {
    log();
    run::last_words();
    if arguments.with_parent {
        run::stop_with_stdin();
    }
    let passphrase = Source::existing(arguments.passphrase_file);
    match run(&arguments.config, &passphrase) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => answer::fail(&error, Held::Unknown, json),
    }
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
