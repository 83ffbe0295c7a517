//! Whether this member is reached through its relays: each relay proves its key, each line stands, and others reach what was announced.
use super::probe;
use super::target::Api;
use crate::config::check::Configured;
use crate::finding::Findings;
use crate::member_file::{self, MemberFile};
use crate::run::throughs;
use amanat_relay::Through;
use amanat_types::genesis::Genesis;
use amanat_types::key::PublicKey;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a relay may take.
const PATIENCE: Duration = Duration::from_secs(6);

/// Checks relays and lines. A node that runs is asked which lines stand; a gateway shows it by what others reach.
pub async fn check(
    config: &Configured,
    path: &Path,
    (genesis, node_runs): (&Genesis, bool),
    findings: &mut Findings,
) {
    if let Some((field, rule)) = config.broken_line() {
        return findings.fail(field, rule, "docs/operate/nat.md says how it is set up");
    }
    if config.through().is_empty() {
        return;
    }
    match throughs(config.through(), config.members_folder(path), genesis) {
        Err(error) => {
            return findings.fail(
                "through",
                error.to_string(),
                "amanat config check says more",
            );
        }
        Ok(all) => {
            for named in &all {
                relay(&named.through, findings).await;
            }
        }
    }
    if let Configured::Node(_) = config
        && node_runs
    {
        lines(config, path, findings).await;
    }
    announced(config, path, findings).await;
}

/// Whether a relay is there and proves its key.
async fn relay(through: &Through, findings: &mut Findings) {
    let found = format!("relay of {} at {}", through.relay, through.at);
    let asked = async {
        let stream = TcpStream::connect(through.at.to_string()).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let made = through.pin.connect(stream).await;
        made.map(drop).map_err(|error| error.to_string())
    };
    match timeout(PATIENCE, asked).await {
        Ok(Ok(())) => findings.ok("through", format!("{found} proves its key")),
        Ok(Err(why)) => {
            let todo =
                "ask whoever runs it; another key means another machine, or an old public file";
            findings.fail("through", format!("{found}: {why}"), todo);
        }
        Err(_) => findings.fail(
            "through",
            format!("{found} does not answer"),
            "ask whoever runs it; a firewall may be between",
        ),
    }
}

/// Which lines the own node says that it keeps.
async fn lines(config: &Configured, path: &Path, findings: &mut Findings) {
    let todo = "the node's log says why the relay refuses, or does not answer";
    let api = Api::configured(path, config, None).map_err(|error| error.to_string());
    let page = match &api {
        Ok(api) => probe::get(api, "/metrics").await,
        Err(why) => Err(why.clone()),
    };
    let text = match page {
        Ok(reply) => String::from_utf8_lossy(&reply.body).into_owned(),
        Err(why) => return findings.unknown("line", why, "start the node"),
    };
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("amanat_relay_line_up{"));
    let mut any = false;
    for line in lines {
        any = true;
        let (of, up) = line.split_once("} ").unwrap_or((line, "0"));
        match up == "1" {
            true => findings.ok("line", format!("{of}: it stands")),
            false => findings.fail("line", format!("{of}: it does not stand"), todo),
        }
    }
    if !any {
        let found = "the node runs and keeps no line";
        findings.fail(
            "line",
            found,
            "it was started with another configuration: start it again",
        );
    }
}

/// Whether others reach what the own public file says: vault and custodian prove the own key there.
async fn announced(config: &Configured, path: &Path, findings: &mut Findings) {
    let folder = config.members_folder(path);
    let files = folder.and_then(|folder| member_file::read_folder(&folder).ok());
    let Some(file) = files.and_then(|mut files| files.remove(&config.member())) else {
        let todo = "put the own public file into members_folder: `amanat announce` does";
        return findings.unknown("reach", "the own public file is not there", todo);
    };
    let key = PublicKey::from_hex(&file.vault);
    let todo = "run `amanat announce` and hand the file out, if it is older than the relay; else look whether the line stands";
    for (what, at) in ours(config, &file) {
        let found = format!("own {what} at {at}");
        // Whoever answers over TLS has proven the key; which page there is does not matter.
        let asked = match Api::new(&at, key.as_ref()) {
            Ok(api) => probe::get(&api, "/").await.map(drop),
            Err(error) => Err(error.to_string()),
        };
        match asked {
            Ok(()) => findings.ok("reach", format!("{found} is reached, and proves our key")),
            Err(why) => findings.fail("reach", format!("{found}: {why}"), todo),
        }
    }
}

/// What this process serves of what the own public file announces.
fn ours(config: &Configured, file: &MemberFile) -> Vec<(&'static str, String)> {
    let ways = file.ways().into_iter();
    let of = ways.map(|way| match config {
        Configured::Node(_) => ("custodian", way.custodian.to_string()),
        Configured::Gateway(_) => ("vault", way.vault.to_string()),
    });
    of.collect()
}
