//! `amanat replay`: the ledger executed again from genesis, of a stopped node or of one that answers and is not trusted.
use super::past::{Answered, Asked, Inquiry};
use super::target::{Api, node_key};
use crate::answer::Answer;
use crate::command_error::{CommandError, Held};
use crate::config::check::Configured;
use crate::genesis_file;
use crate::verify::Trust;
use amanat_client::{Fault, Ledger as _, NodeClient};
use amanat_node::disk::PREFIX;
use amanat_node::replay::{
    Answer as Told, Broken, Ended, Folder, Progress, Report, Settings, Source, Start, Unread,
    Witness,
};
use amanat_types::proof::{Finalization, FinalizedHeader};
use amanat_types::{Genesis, Height};
use bytes::Bytes;
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Heights below the tip that are asked for a certificate: the last one's may be on its way.
const TIP_STEPS: u64 = 16;

/// Arguments of `amanat replay`.
#[derive(Args)]
pub struct Arguments {
    /// Configuration of the node: its genesis, and, unless --node is given, its folder; the node must be stopped.
    #[arg(long, default_value = "node.toml")]
    config: PathBuf,
    /// Take the blocks from this running node's HTTP interface, HOST:PORT or https://HOST:PORT. It is not trusted.
    #[arg(long)]
    node: Option<String>,
    /// Key that this node proves over TLS: `vault` in its member's public file. Needed if --node begins with https://.
    #[arg(long, requires = "node")]
    node_key: Option<String>,
    /// Genesis file, with --node in place of a configuration.
    #[arg(long, requires = "node")]
    genesis: Option<PathBuf>,
    /// Begin with the state after this block, from the node's own databases, rather than at genesis. They reach as far back as `state_blocks`.
    #[arg(long, conflicts_with = "node")]
    from: Option<u64>,
    /// With --from: trust this file, which `amanat verify --write-checkpoint` wrote, rather than walk from the genesis.
    #[arg(long, requires = "from")]
    checkpoint: Option<PathBuf>,
    /// Execute up to this height only.
    #[arg(long)]
    to: Option<u64>,
    #[command(flatten)]
    asked: Asked,
    /// Folder under which the state is made, and removed again: as large as a node's. By default the system's for temporary files.
    #[arg(long)]
    work: Option<PathBuf>,
}

/// Executes a ledger again and says whether it held.
pub fn run(arguments: &Arguments) -> Result<Answer, CommandError> {
    let below = arguments.work.as_deref();
    let mut inquiry = arguments.asked.inquiry(arguments.from, below)?;
    let (genesis, folder) = match &arguments.genesis {
        Some(genesis) => (genesis.clone(), None),
        None => {
            let config = Configured::read(&arguments.config)?;
            (
                config.genesis(&arguments.config),
                Some(config.data(&arguments.config).join("ledger")),
            )
        }
    };
    let genesis = genesis_file::read(&genesis)?;
    let ledger = folder.clone();
    let source: Box<dyn Source> = match (&arguments.node, folder) {
        (Some(node), _) => Box::new(Answers::new(node, arguments.node_key.as_deref())?),
        (None, Some(folder)) => match Folder::open(&folder, PREFIX) {
            Ok(folder) => Box::new(folder),
            Err(Unread::Silent(why)) => return Err(CommandError::Unknown(why)),
            Err(Unread::Damaged(what)) => {
                return Err(CommandError::rule("the ledger", "files", what));
            }
        },
        (None, None) => return Err(CommandError::Unknown("nothing is named".to_owned())),
    };
    let start = start(arguments, &genesis, ledger)?;
    let work = work_folder(below)?;
    let settings = Settings {
        genesis,
        work: work.path().to_owned(),
        to: arguments.to,
        start,
        witness: inquiry.as_mut().map(|one| one as &mut dyn Witness),
    };
    let report = amanat_node::replay::run(settings, source, Box::new(tell));
    let report = report.map_err(|fault| CommandError::Unknown(fault.to_string()))?;
    let answered = inquiry.map(Inquiry::answer).transpose()?.flatten();
    Ok(answer(&report, answered.as_ref()))
}

/// Where to start, if not at genesis.
fn start(
    arguments: &Arguments,
    genesis: &Genesis,
    ledger: Option<PathBuf>,
) -> Result<Option<Start>, CommandError> {
    let (Some(height), Some(folder)) = (arguments.from.filter(|height| *height > 0), ledger) else {
        return Ok(None);
    };
    let checkpoint = arguments.checkpoint.as_ref();
    let checkpoint = checkpoint.map(|path| Trust::checkpoint(genesis.clone(), path));
    Ok(Some(Start {
        height,
        checkpoint: checkpoint.transpose()?.map(Trust::into_checkpoint),
        folder,
        prefix: PREFIX.to_owned(),
    }))
}

/// A folder for work that is removed when it is dropped.
pub fn work_folder(below: Option<&Path>) -> Result<tempfile::TempDir, CommandError> {
    let below = below.map_or_else(std::env::temp_dir, Path::to_owned);
    let made = tempfile::Builder::new()
        .prefix("amanat-")
        .tempdir_in(&below);
    made.map_err(CommandError::file(&below.display().to_string()))
}

fn tell(progress: Progress) {
    let Progress {
        height,
        tip,
        blocks_per_second,
    } = progress;
    eprintln!("  height {height} of {tip}, {blocks_per_second} blocks/s");
}

fn answer(report: &Report, answered: Option<&Answered>) -> Answer {
    let held = match &report.ended {
        Ended::Held => Held::Yes,
        Ended::Broken(..) => Held::No,
        Ended::Unknown(..) => Held::Unknown,
    };
    let (mut words, mut shape) = (words(report), shape(report));
    if let Some(answered) = answered {
        words.push_str(&answered.words());
        let (name, answer) = answered.shape();
        shape[name] = answer;
    }
    Answer::new(held, words, shape)
}

fn shape(report: &Report) -> serde_json::Value {
    let (at, why, root) = match &report.ended {
        Ended::Held => (None, None, None),
        Ended::Broken(height, broken) => {
            let root = match broken {
                Broken::Root(root) => Some(*root),
                _ => None,
            };
            (Some(*height), Some(broken.to_string()), root)
        }
        Ended::Unknown(height, why) => (Some(*height), Some(why.clone()), None),
    };
    json!({
        "from": report.from,
        "state_values": report.values,
        "height": report.height,
        "blocks": report.blocks,
        "transactions": report.transactions,
        "certificates": report.certificates,
        "certified_height": report.finalised,
        "epoch": report.epoch,
        "state_root": hex::encode(report.state_root),
        "header": hex::encode(report.header),
        "at": at,
        "why": why,
        "root": root,
        "explained": null,
        "who_could": null,
    })
}

fn words(report: &Report) -> String {
    let mut words = match &report.ended {
        Ended::Held => {
            "Held: every root of every block, every parent, every certificate.\n".to_owned()
        }
        Ended::Broken(height, broken) => format!("Did not hold: block {height}: {broken}.\n"),
        Ended::Unknown(height, why) => {
            format!("Could not be told from height {height} on: {why}.\n")
        }
    };
    let Report {
        from,
        values,
        height,
        blocks,
        transactions,
        certificates,
        finalised,
        epoch,
        ..
    } = report;
    if *from > 0 {
        words.push_str(&format!(
            "  started      with the state after block {from}: {values} values, each under its root\n"
        ));
    }
    words.push_str(&format!(
        "  executed     {blocks} blocks with {transactions} transactions, up to height {height}, epoch {epoch}\n  certificates {certificates}, the last of height {finalised}\n  state root   {}\n  header       {}\n",
        hex::encode(report.state_root),
        hex::encode(report.header)
    ));
    words
}

/// A running node's answers.
struct Answers {
    node: NodeClient,
    /// Below this height no block has a certificate of its own, by what the node answered.
    next_certificate: u64,
}

impl Answers {
    fn new(node: &str, key: Option<&str>) -> Result<Self, CommandError> {
        let key = key.map(node_key).transpose()?;
        Ok(Self {
            node: Api::new(node, key.as_ref())?.node(),
            next_certificate: 0,
        })
    }

    async fn header(&self, height: u64) -> Result<Option<FinalizedHeader>, Unread> {
        self.node.header(Height::new(height)).await.map_err(silent)
    }

    async fn certified_tip(&self) -> Result<u64, Unread> {
        let status = self.node.status().await.map_err(silent)?;
        for height in (0..=status.height)
            .rev()
            .take(usize::try_from(TIP_STEPS).unwrap_or(1))
        {
            if self.header(height).await?.is_some() {
                return Ok(height);
            }
        }
        Ok(status.height)
    }

    async fn own_certificate(&mut self, height: u64) -> Result<Option<Finalization>, Unread> {
        if height < self.next_certificate {
            return Ok(None);
        }
        let Some(found) = self.header(height).await? else {
            return Ok(None);
        };
        let links = u64::try_from(found.links.len()).unwrap_or(u64::MAX);
        self.next_certificate = height.saturating_add(links);
        Ok((links == 0).then_some(found.finalization))
    }

    /// The lowest block above `height`, of a node that holds all blocks from some height on.
    async fn lowest_above(&self, height: u64) -> Result<Option<u64>, Unread> {
        let has = async |height| {
            let block = self.node.block(Height::new(height)).await;
            block.map(|block| block.is_some()).map_err(silent)
        };
        let status = self.node.status().await.map_err(silent)?;
        let (mut without, mut with) = (height, status.height);
        if with <= without || !has(with).await? {
            return Ok(None);
        }
        while with.saturating_sub(without) > 1 {
            let middle = without.midpoint(with);
            match has(middle).await? {
                true => with = middle,
                false => without = middle,
            }
        }
        Ok(Some(with))
    }
}

fn silent(fault: Fault) -> Unread {
    Unread::Silent(fault.to_string())
}

impl Source for Answers {
    fn tip(&mut self) -> Told<'_, u64> {
        Box::pin(self.certified_tip())
    }

    fn block(&mut self, height: u64) -> Told<'_, Option<Bytes>> {
        Box::pin(async move { self.node.block(Height::new(height)).await.map_err(silent) })
    }

    fn certificate(&mut self, height: u64) -> Told<'_, Option<Finalization>> {
        Box::pin(self.own_certificate(height))
    }

    fn next(&mut self, height: u64) -> Told<'_, Option<u64>> {
        Box::pin(self.lowest_above(height))
    }

    fn boundary(&mut self, _: u64) -> Told<'_, Option<FinalizedHeader>> {
        // A start needs a node's databases, which a node that answers does not show.
        Box::pin(async { Ok(None) })
    }
}
