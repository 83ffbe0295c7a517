//! Commands that set a member up. Each ends with 0 (it held), 1 (it did not), 2 (it could not be told).
use crate::answer::Answer;
use crate::command_error::CommandError;
use crate::config::check;
use crate::config::endpoint::Endpoint;
use crate::keys::Keys;
use crate::member_file::{Identity, grouped};
use crate::passphrase::Source;
use crate::{founding, init, now_ms, rotation};
use amanat_types::TimestampMs;
use clap::{Args, Subcommand};
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Commands that set a member up; none asks a node.
#[derive(Subcommand)]
pub enum SetUp {
    /// Makes a member: sealed keys, configuration files, and the public file for the others.
    Init(Box<InitArguments>),
    /// Makes the public file anew after addresses changed in the configuration files.
    Announce {
        /// Folder of the member.
        #[arg(long)]
        dir: PathBuf,
        /// Address or name at which the others reach this member, if not the one it listens at. Relays that node.toml names are written
        /// beside it, and alone without it.
        #[arg(long)]
        reach: Option<init::Host>,
        /// File whose first line is the passphrase of the keys.
        #[arg(long)]
        passphrase_file: Option<PathBuf>,
    },
    /// Joins the members' public files into the genesis of a network.
    Genesis {
        /// The file to write; it must not exist.
        #[arg(long)]
        out: PathBuf,
        /// Name of the network.
        #[arg(long)]
        name: String,
        /// Blocks of an epoch, at least 10.
        #[arg(long, default_value_t = crate::layout::EPOCH_BLOCKS)]
        epoch_blocks: u64,
        /// Time of block 0 in milliseconds since 1970; by default now. With the same time every member gets the same bytes.
        #[arg(long)]
        time_ms: Option<u64>,
        /// Public files, one a member, at least four.
        #[arg(required = true)]
        members: Vec<PathBuf>,
    },
    /// Looks after key files.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Looks after configuration files.
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// Arguments of `amanat init`.
#[derive(Args)]
pub struct InitArguments {
    /// Folder of the member; none of its files may be there.
    #[arg(long)]
    dir: PathBuf,
    /// Number of the member: each member another, from 1.
    #[arg(long)]
    member: u16,
    /// Public name of the organisation.
    #[arg(long)]
    name: String,
    /// hospital, laboratory, pharmacy, insurer, manufacturer, distributor, research or regulator.
    #[arg(long)]
    kind: String,
    /// Where other members' nodes reach the node.
    #[arg(long)]
    listen: SocketAddr,
    /// HTTP interface of the node, for this member's own processes; over TLS unless it is on loopback, or with https://.
    #[arg(long)]
    api: Endpoint,
    /// Where other members reach the custodian of record keys, over TLS.
    #[arg(long)]
    custodian: Endpoint,
    /// Where other members reach the vault, over TLS.
    #[arg(long)]
    vault: Endpoint,
    /// The FHIR door, for this member's own systems.
    #[arg(long)]
    door: SocketAddr,
    /// Health and metrics of the gateway, for this member's own monitoring, on loopback; without it there are none.
    #[arg(long)]
    metrics: Option<SocketAddr>,
    /// Address or name at which the others reach this member, if not the one it listens at.
    #[arg(long)]
    reach: Option<init::Host>,
    /// File whose first line is the passphrase; else AMANAT_PASSPHRASE, else the terminal.
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
}

/// Commands on key files.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Changes the passphrase of a key file, or seals a plain one.
    Passphrase {
        /// The key file. A process that runs keeps the keys that it has read.
        #[arg(long)]
        keys: PathBuf,
        /// File whose first line is the present passphrase; else AMANAT_PASSPHRASE, else the terminal.
        #[arg(long)]
        passphrase_file: Option<PathBuf>,
        /// File whose first line is the new one; else AMANAT_NEW_PASSPHRASE, else the terminal.
        #[arg(long)]
        new_passphrase_file: Option<PathBuf>,
    },
    /// Makes new keys beside the old ones, which are not touched, and the public file that proposes them.
    Rotate {
        /// Folder of the member.
        #[arg(long)]
        dir: PathBuf,
        /// File whose first line is the passphrase, of the old keys and the new; else AMANAT_PASSPHRASE, else the terminal.
        #[arg(long)]
        passphrase_file: Option<PathBuf>,
    },
}

/// Commands on configuration files.
#[derive(Subcommand)]
pub enum ConfigCommand {
    /// Checks a file and all that it names, without starting anything.
    Check {
        /// Configuration file of the node or gateway.
        #[arg(long)]
        config: PathBuf,
    },
}

/// Runs a command that sets up.
pub fn set_up(command: SetUp) -> Result<Answer, CommandError> {
    match command {
        SetUp::Init(arguments) => make(*arguments),
        SetUp::Announce {
            dir,
            reach,
            passphrase_file,
        } => {
            let made = init::announce(&dir, reach.as_ref(), &Source::existing(passphrase_file))?;
            Ok(told(&made, "", None))
        }
        SetUp::Genesis {
            out,
            name,
            epoch_blocks,
            time_ms,
            members,
        } => {
            let plan = founding::Plan {
                name,
                epoch_blocks,
                time: time_ms.map_or_else(now_ms, TimestampMs::new),
            };
            found(&out, &plan, &members)
        }
        SetUp::Keys(KeysCommand::Passphrase {
            keys,
            passphrase_file,
            new_passphrase_file,
        }) => {
            let opened = Keys::open(&keys, &Source::existing(passphrase_file))?;
            let named = keys.display().to_string();
            let new = Source::replacing(new_passphrase_file).get(&named)?;
            opened.replace_sealed(&keys, &new)?;
            let words = format!(
                "{named} is sealed under the new passphrase.\nCopies of the old file still open with the old one: destroy them."
            );
            Ok(Answer::yes(words, json!({ "keys": named })))
        }
        SetUp::Keys(KeysCommand::Rotate {
            dir,
            passphrase_file,
        }) => {
            let made = rotation::rotate(&dir, passphrase_file)?;
            let keys = dir.join(rotation::NEXT_KEYS);
            let more = format!(
                "The new keys are sealed in {}; the old ones count until members have voted and the change is in force.\n",
                keys.display()
            );
            Ok(told(&made, &more, Some(&keys)))
        }
        SetUp::Config(ConfigCommand::Check { config }) => Ok(check::check(&config)?.answer()),
    }
}

fn make(arguments: InitArguments) -> Result<Answer, CommandError> {
    let plan = init::Plan {
        identity: Identity {
            member: arguments.member,
            name: arguments.name,
            kind: arguments.kind,
        },
        listen: init::Listen {
            node: arguments.listen,
            api: arguments.api,
            custodian: arguments.custodian,
            vault: arguments.vault,
            door: arguments.door,
            metrics: arguments.metrics,
        }
        .secured(),
        reach: arguments.reach,
    };
    let made = init::init(
        &arguments.dir,
        &plan,
        &Source::fresh(arguments.passphrase_file),
    )?;
    let more = "The keys are sealed in keys.toml. Without the file or its passphrase they are lost: keep copies, apart.
When the genesis is there: put genesis.json and every member's public file (into members) in this folder.\n";
    Ok(told(&made, more, Some(&arguments.dir.join("keys.toml"))))
}

fn told(made: &init::Made, more: &str, keys: Option<&Path>) -> Answer {
    let (file, fingerprint) = (made.member_file.display().to_string(), &made.fingerprint);
    let words = format!(
        "Public file, for every other member: {file}\nIts fingerprint, to be read out to them: {fingerprint}\n{more}"
    );
    let keys = keys.map(|keys| keys.display().to_string());
    let shape = json!({ "public_file": file, "fingerprint": fingerprint, "keys": keys });
    Answer::yes(words, shape)
}

fn found(out: &Path, plan: &founding::Plan, members: &[PathBuf]) -> Result<Answer, CommandError> {
    let (genesis, taken) = founding::found(out, plan, members)?;
    let mut words =
        "Members and the fingerprints of their public files; each confirms its own by telephone:\n"
            .to_owned();
    let mut shapes = Vec::new();
    for taken in &taken {
        let founding::Taken { file, fingerprint } = taken;
        words.push_str(&format!(
            "  {:3}  {fingerprint}  {} ({})\n",
            file.member, file.name, file.kind
        ));
        shapes.push(json!({
            "member": file.member, "name": file.name, "kind": file.kind, "fingerprint": fingerprint,
        }));
    }
    let time_ms = plan.time.get();
    words.push_str(&format!(
        "Genesis: {}\nNetwork id, the same at every member:\n  {}\nMade again elsewhere with --time-ms {time_ms} it is the same, byte for byte.\n",
        out.display(),
        grouped(&genesis.digest().0)
    ));
    let shape = json!({
        "genesis": out.display().to_string(), "network": hex::encode(genesis.digest().0),
        "time_ms": time_ms, "members": shapes,
    });
    Ok(Answer::yes(words, shape))
}
