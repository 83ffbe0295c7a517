//! Commands that look at a member and change nothing. Each ends with 0 (it held), 1 (it did not), 2 (it could not be told).
use crate::answer::Answer;
use crate::command_error::CommandError;
use crate::operate::target::Target;
use crate::operate::{doctor, inspect, stalled, status};
use crate::verify;
use clap::Subcommand;
use std::path::{Path, PathBuf};

/// Commands that look at a member.
#[derive(Subcommand)]
pub enum Look {
    /// Checks what commonly keeps a member from running, and says what to do.
    Doctor {
        /// Configuration file of the node or gateway.
        #[arg(long)]
        config: PathBuf,
    },
    /// How the own node stands.
    Status {
        /// Where to ask.
        #[command(flatten)]
        target: Target,
    },
    /// Whether the chain advances; if not, who is missing since when.
    WhyStalled {
        /// Where to ask.
        #[command(flatten)]
        target: Target,
    },
    /// Shows a block, a transaction, a value of the state, a receipt.
    Inspect {
        /// Where to ask.
        #[command(flatten)]
        target: Target,
        /// What to show.
        #[command(subcommand)]
        what: What,
    },
}

/// What is shown.
#[derive(Subcommand)]
pub enum What {
    /// A finalised block.
    Block {
        /// Its height.
        height: u64,
    },
    /// What became of a transaction.
    Tx {
        /// Its id, 64 hexadecimal digits.
        id: String,
    },
    /// A value of the state at the finalised tip.
    #[command(after_help = inspect::STATE_NAMES)]
    State {
        /// Name of the key.
        name: String,
        /// What the name needs.
        arguments: Vec<String>,
    },
    /// What a receipt file proves; checked against the genesis of --config, or --genesis.
    Receipt {
        /// The file.
        file: PathBuf,
        /// Genesis file of the network.
        #[arg(long)]
        genesis: Option<PathBuf>,
    },
}

/// Runs a command that looks.
pub async fn look(command: Look) -> Result<Answer, CommandError> {
    match command {
        Look::Doctor { config } => Ok(doctor::run(&config).await?.answer()),
        Look::Status { target } => Ok(status::ask(&target.asked()?).await?.answer()),
        Look::WhyStalled { target } => {
            let asked = target.asked()?;
            Ok(stalled::diagnose(&asked.all()).await?.answer())
        }
        Look::Inspect { target, what } => show(&target, what).await,
    }
}

async fn show(target: &Target, what: What) -> Result<Answer, CommandError> {
    let asked = || target.asked();
    let shown = match what {
        What::Block { height } => inspect::block(asked()?.own(), height).await?,
        What::Tx { id } => inspect::transaction(asked()?.own(), &id).await?,
        What::State { name, arguments } => {
            inspect::state(asked()?.own(), &name, &arguments).await?
        }
        What::Receipt { file, genesis } => return receipt(target, &file, genesis),
    };
    Ok(shown.into())
}

fn receipt(target: &Target, file: &Path, genesis: Option<PathBuf>) -> Result<Answer, CommandError> {
    let genesis = match (genesis, target.asked().map(|asked| asked.config)) {
        (Some(genesis), _) => genesis,
        (None, Ok(Some((path, config)))) => config.genesis(&path),
        (None, _) => {
            let rule = "name it, or --config; a receipt is checked against the genesis alone";
            return Err(CommandError::rule("inspect receipt", "genesis", rule));
        }
    };
    verify::answer(file, &genesis, None, None)
}
