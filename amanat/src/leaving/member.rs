//! A member that acts on records by hand: its node, its keys, and the vaults and custodians of all.
use crate::command_error::CommandError;
use crate::config::{self, GatewayConfig, beside};
use crate::genesis_file;
use crate::keys::{Keys, seed_bytes};
use crate::passphrase::Source;
use crate::run::{Lines, RunError, key, member_doors, own_node, stores_doors};
use amanat_client::submit::Sponsor;
use amanat_client::{Asker, Clock, MemberClient, NodeClient, Submitter};
use amanat_envelope::SealingSecret;
use amanat_exchange::Keeping;
use amanat_types::MemberId;
use amanat_types::genesis::Genesis;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// How long a submission is tried.
const DEADLINE: Duration = Duration::from_secs(60);

/// Who acts.
#[derive(Args)]
pub struct Actor {
    /// Configuration file of the gateway.
    #[arg(long, default_value = "gateway.toml")]
    config: PathBuf,
    /// File whose first line is the passphrase of the keys; else AMANAT_PASSPHRASE, else the terminal.
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
}

/// A member at work.
pub struct Member {
    /// Who.
    pub member: MemberId,
    /// The network.
    pub genesis: Genesis,
    /// Its file.
    pub genesis_path: PathBuf,
    /// What it does.
    pub keeping: Keeping<NodeClient, MemberClient>,
    /// What leads to members that are reached by several ways.
    _lines: Lines,
}

impl Actor {
    /// Reads the configuration and opens the keys.
    pub fn open(&self) -> Result<Member, CommandError> {
        let path = &self.config;
        let config: GatewayConfig = config::read(path)?;
        let genesis_path = beside(path, &config.genesis);
        let genesis = genesis_file::read(&genesis_path)?;
        let passphrase = Source::existing(self.passphrase_file.clone());
        let keys = Keys::open(&beside(path, &config.keys), &passphrase)?;
        let signer = keys.transaction_signer(key::HAND);
        let missing = || CommandError::rule("keys", "transaction", "a key is missing");
        let member = MemberId::new(config.member);
        let sponsor = Sponsor {
            network: genesis.digest(),
            member,
            signer: signer.ok_or_else(missing)?,
            deadline: DEADLINE,
        };
        let asker = Asker {
            network: genesis.digest(),
            member,
            signer: keys.vault_signer(),
            clock: Clock::system(),
        };
        let lines = Lines::new().map_err(configured)?;
        let doors = member_doors(path, &config)
            .and_then(|doors| stores_doors(&doors, &genesis, &lines.crossings()));
        let doors = doors.map_err(configured)?;
        let stores = MemberClient::new(asker, doors).map_err(|fault| configured(fault.into()))?;
        let node = own_node(config.node, &keys).map_err(|fault| configured(fault.into()))?;
        let secret = SealingSecret::from_seed(&seed_bytes(&keys.sealing).unwrap_or_default());
        let submitter = Submitter::new(node, sponsor, Clock::system());
        Ok(Member {
            member,
            genesis,
            genesis_path,
            keeping: Keeping::new(submitter, stores, secret),
            _lines: lines,
        })
    }
}

fn configured(error: RunError) -> CommandError {
    match error {
        RunError::Members(error) => error,
        other => CommandError::rule("configuration", "members", other.to_string()),
    }
}
