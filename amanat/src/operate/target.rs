//! Which nodes a command asks: the one of a configuration file, or those named by address.
use crate::command_error::CommandError;
use crate::config::check::Configured;
use clap::Args;
use std::path::{Path, PathBuf};

/// Where to ask.
#[derive(Args, Clone, Debug)]
pub struct Target {
    /// Configuration file of the node or gateway; by default node.toml here, if it is there.
    #[arg(long, conflicts_with = "api")]
    pub config: Option<PathBuf>,
    /// HTTP interface of a node, HOST:PORT, in place of a configuration file; may be repeated.
    #[arg(long)]
    pub api: Vec<String>,
}

/// The own node's address first, then others; and the configuration, if one was read.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Addresses, at least one.
    pub apis: Vec<String>,
    /// The configuration and its path.
    pub config: Option<(PathBuf, Configured)>,
}

impl Target {
    /// Reads the configuration, if there is one to be read.
    pub fn asked(&self) -> Result<Asked, CommandError> {
        if !self.api.is_empty() {
            let strip = |api: &String| {
                let api = api.trim_end_matches('/');
                api.strip_prefix("http://").unwrap_or(api).to_owned()
            };
            return Ok(Asked {
                apis: self.api.iter().map(strip).collect(),
                config: None,
            });
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
            apis: vec![config.api().to_string()],
            config: Some((path, config)),
        })
    }
}

impl Asked {
    /// The own node.
    pub fn own(&self) -> &str {
        self.apis.first().map_or("", String::as_str)
    }
}
