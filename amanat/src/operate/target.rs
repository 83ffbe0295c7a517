//! Which nodes a command asks: the one of a configuration file, or those named by address; and which key each must prove.
use crate::command_error::CommandError;
use crate::config::check::Configured;
use crate::run::{OWN_NODE, own_key};
use amanat_client::NodeClient;
use amanat_client::http::HttpClient;
use amanat_types::key::PublicKey;
use clap::Args;
use std::path::{Path, PathBuf};

/// Where to ask.
#[derive(Args, Clone, Debug)]
pub struct Target {
    /// Configuration file of the node or gateway; by default node.toml here, if it is there.
    #[arg(long, conflicts_with = "api")]
    pub config: Option<PathBuf>,
    /// HTTP interface of a node, HOST:PORT or https://HOST:PORT, in place of a configuration file; may be repeated.
    #[arg(long)]
    pub api: Vec<String>,
    /// Key that a node proves over TLS: `vault` in its member's public file. One for each --api with https://, in their order.
    #[arg(long)]
    pub node_key: Vec<String>,
}

/// A node that is asked, and how.
#[derive(Clone, Debug)]
pub struct Api {
    /// `HOST:PORT`, with `https://` if over TLS.
    pub address: String,
    /// The client that knows its key.
    pub http: HttpClient,
}

/// The own node first, then others; and the configuration, if one was read.
#[derive(Clone, Debug)]
pub struct Asked {
    own: Api,
    more: Vec<Api>,
    /// The configuration and its path.
    pub config: Option<(PathBuf, Configured)>,
}

impl Api {
    /// The node at `address`, which proves `key` if it speaks TLS.
    pub fn new(address: &str, key: Option<&PublicKey>) -> Result<Self, CommandError> {
        let address = address.trim_end_matches('/');
        let http = match (address.starts_with("https://"), key) {
            (false, _) => HttpClient::new(),
            (true, Some(key)) => HttpClient::proving(key, OWN_NODE).map_err(|error| {
                CommandError::rule("the command", "node-key", error.to_string())
            })?,
            (true, None) => {
                let rule = "an address with https:// needs the key that the node proves: `vault` in its member's public file";
                return Err(CommandError::rule("the command", "node-key", rule));
            }
        };
        Ok(Self {
            address: address.to_owned(),
            http,
        })
    }

    /// The node of a configuration. Without `key` the own public file says it, or the genesis.
    pub fn configured(
        path: &Path,
        config: &Configured,
        key: Option<PublicKey>,
    ) -> Result<Self, CommandError> {
        let at = config.api();
        let key = key.or_else(|| own_key(path, config).filter(|_| at.tls));
        Self::new(&at.to_string(), key.as_ref())
    }

    /// A client of it.
    pub fn node(&self) -> NodeClient {
        NodeClient::new(self.http.clone(), &self.address)
    }
}

/// Reads a key from the command line.
pub fn node_key(text: &str) -> Result<PublicKey, CommandError> {
    let key = PublicKey::from_hex(text).filter(|key| key.to_ed25519().is_some());
    let rule = "64 hexadecimal digits of an Ed25519 key are needed";
    key.ok_or_else(|| CommandError::rule("the command", "node-key", rule))
}

impl Target {
    /// Reads the configuration, if there is one to be read.
    pub fn asked(&self) -> Result<Asked, CommandError> {
        let keys = self.node_key.iter().map(|text| node_key(text));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if !self.api.is_empty() {
            return self.named(&keys);
        }
        let default = Path::new("node.toml");
        let path = match &self.config {
            Some(path) => path.clone(),
            None if default.is_file() => default.to_owned(),
            None => {
                let rule =
                    "none is named, and there is no node.toml here: name one, or --api HOST:PORT";
                return Err(CommandError::rule("the command", "config", rule));
            }
        };
        let config = Configured::read(&path)?;
        Ok(Asked {
            own: Api::configured(&path, &config, keys.first().copied())?,
            more: Vec::new(),
            config: Some((path, config)),
        })
    }

    /// The nodes that were named by address, each with TLS beside its key.
    fn named(&self, keys: &[PublicKey]) -> Result<Asked, CommandError> {
        let mut keys = keys.iter();
        let mut more = Vec::new();
        for address in &self.api {
            let key = match address.starts_with("https://") {
                true => keys.next(),
                false => None,
            };
            more.push(Api::new(address, key)?);
        }
        if keys.next().is_some() {
            let rule = "there are more keys than addresses with https://";
            return Err(CommandError::rule("the command", "node-key", rule));
        }
        let own = more.remove(0);
        Ok(Asked {
            own,
            more,
            config: None,
        })
    }
}

impl Asked {
    /// The own node.
    pub const fn own(&self) -> &Api {
        &self.own
    }

    /// All that are asked, the own node first.
    pub fn all(&self) -> Vec<&Api> {
        std::iter::once(&self.own).chain(&self.more).collect()
    }
}
