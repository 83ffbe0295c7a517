//! A ledger executed again from genesis or from the state after a later block, and every root of every block compared.
//!
//! Blocks and certificates come from a [`Source`] that is not trusted: the folder of a stopped node ([`Folder`]), or a
//! node that answers. Execution and state are the node's own ([`Rules`], [`store`]), in empty databases. Who signs in
//! an epoch is read from the boundary header before it, which its own epoch signed; the genesis names the first.
//!
//! A certificate finalises its block and all before it, so not every block has one of its own. What the last
//! certificate does not reach is not finalised as far as can be told, and said.
use crate::config::genesis_block;
use crate::execution::{Executed, Rules};
use crate::fault::Fault;
use crate::lawful::{fits, follows};
use crate::store::{self, Databases, Roots, Runtime};
use crate::verify::Verifier;
use amanat_types::block::{Block, Header, Roster};
use amanat_types::codec::List;
use amanat_types::proof::{Finalization, FinalizedHeader};
use amanat_types::wire::BlockEvents;
use amanat_types::{Digest, Genesis};
use bytes::Bytes;
use commonware_codec::DecodeExt as _;
use commonware_cryptography::Digestible as _;
use commonware_glue::stateful::db::DatabaseSet as _;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_utils::NZUsize;
use futures::future::FutureExt as _;
use std::time::Duration;

mod folder;
mod report;
mod run;
mod start;
mod witness;

pub use folder::Folder;
pub use report::{Answer, Broken, Ended, Hear, Progress, Report, Source, Unread};
pub use run::{Settings, run};
pub use start::Start;
pub use witness::{Past, Told, Witness};

/// Blocks between two syncs of the databases: they are thrown away, but must not grow in memory without bound.
const SYNC_BLOCKS: u64 = 64;
/// Time between two words on how far it is.
const PROGRESS: Duration = Duration::from_secs(5);
/// Blocks above the last that are asked for its certificate.
const AHEAD: u64 = 64;
/// Pages of 4 KiB in the cache.
const CACHE_PAGES: usize = 4096;

/// Why it goes no further.
enum Stop {
    Broken(Broken),
    Unknown(String),
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl From<Unread> for Stop {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Damaged(what) => Self::Broken(Broken::Damaged(what)),
            Unread::Silent(why) => Self::Unknown(why),
        }
    }
}

/// A ledger that is being executed again.
struct Replay<E: Runtime> {
    context: E,
    rules: Rules,
    network: Digest,
    verifier: Verifier,
    databases: Databases<E>,
    /// Who signs in the epoch of the next block.
    roster: Roster,
    last: Header,
    report: Report,
}

/// Which blocks are executed.
#[derive(Default)]
pub struct Range<'w> {
    /// Where to start, if not at genesis.
    pub start: Option<Start>,
    /// The last height, if not all.
    pub to: Option<u64>,
    /// Who looks on, and asks the state after the last block once all held.
    pub witness: Option<&'w mut dyn Witness>,
}

/// Executes what `source` holds from genesis on, or from the start that `range` names, up to its last height at most. `prefix` names the
/// databases, which must be empty; those of a start are a copy that lies where `context` keeps its files.
///
/// Faults: the databases, and contracts that break. What the source gives cannot fault.
pub async fn replay<E: Runtime>(
    context: E,
    genesis: &Genesis,
    prefix: &str,
    source: &mut dyn Source,
    mut range: Range<'_>,
    mut hear: Hear,
) -> Result<Report, Fault> {
    let mut replay = Replay::new(context, genesis, prefix).await?;
    let tip = match source.tip().await {
        Ok(tip) => tip.min(range.to.unwrap_or(tip)),
        Err(unread) => return replay.end(0, unread.into()),
    };
    if let Err(stop) = replay.founding(source).await {
        return replay.end(0, stop);
    }
    if let Some(start) = &range.start
        && let Err(stop) = replay.begin(genesis, start, tip, source).boxed().await
    {
        return replay.end(start.height, stop);
    }
    let first = replay.report.height.saturating_add(1);
    let mut heard = (replay.context.current(), replay.report.height);
    for height in first..=tip {
        match replay.advance(source, height, height == tip).boxed().await {
            Ok(outcome) => {
                if let Some(witness) = &mut range.witness {
                    witness.block(&outcome);
                }
            }
            Err(stop) => return replay.end(height, stop),
        }
        let now = replay.context.current();
        let since = now.duration_since(heard.0).unwrap_or_default();
        if since >= PROGRESS {
            hear(Progress {
                height,
                tip,
                blocks_per_second: rate(height.saturating_sub(heard.1), since),
            });
            heard = (now, height);
        }
    }
    let from = replay.report.finalised.saturating_add(1);
    match replay.reach(source, tip).await {
        Ok(true) => {
            if let Some(witness) = range.witness {
                let past = witness::After {
                    rules: &replay.rules,
                    databases: &replay.databases,
                    last: &replay.last,
                };
                witness.end(&past).await;
            }
            Ok(replay.report)
        }
        Ok(false) => {
            let why = format!("no certificate finalises blocks {from} to {tip}");
            replay.end(from, Stop::Unknown(why))
        }
        Err(stop) => replay.end(from, stop),
    }
}

fn rate(blocks: u64, since: Duration) -> u64 {
    let milliseconds = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    blocks
        .saturating_mul(1000)
        .checked_div(milliseconds)
        .unwrap_or(0)
}

impl<E: Runtime> Replay<E> {
    async fn new(context: E, genesis: &Genesis, prefix: &str) -> Result<Self, Fault> {
        let (first, roster) = genesis_block(genesis)?;
        let cache = CacheRef::new(crate::config::PAGE, NZUsize!(CACHE_PAGES));
        let config = store::config::<E>(prefix, &cache);
        let databases = Databases::init(context.child("state"), config, None).await;
        let last = first.header().clone();
        Ok(Self {
            context,
            rules: Rules::new(genesis),
            network: genesis.digest(),
            verifier: Verifier::default(),
            databases,
            roster,
            report: Report {
                from: 0,
                values: 0,
                height: 0,
                blocks: 0,
                transactions: 0,
                certificates: 0,
                finalised: 0,
                epoch: 0,
                state_root: last.state_root,
                header: last.digest(),
                ended: Ended::Held,
            },
            last,
        })
    }

    fn end(mut self, height: u64, stop: Stop) -> Result<Report, Fault> {
        self.report.ended = match stop {
            Stop::Broken(broken) => Ended::Broken(height, broken),
            Stop::Unknown(why) => Ended::Unknown(height, why),
            Stop::Fault(fault) => return Err(fault),
        };
        Ok(self.report)
    }

    /// The stored block of height 0, if there is one, is the genesis's.
    async fn founding(&self, source: &mut dyn Source) -> Result<(), Stop> {
        let Some(bytes) = source.block(0).await? else {
            return Ok(());
        };
        match decode(bytes)?.digest() == self.last.digest() {
            true => Ok(()),
            false => Err(Broken::Other.into()),
        }
    }

    /// Takes the state after the block of `start` in the place of the genesis's.
    async fn begin(
        &mut self,
        genesis: &Genesis,
        start: &Start,
        tip: u64,
        source: &mut dyn Source,
    ) -> Result<(), Stop> {
        let height = start.height;
        if height > tip {
            let why = format!("there is no such block: the last one to be executed is {tip}");
            return Err(Stop::Unknown(why));
        }
        let Some(bytes) = source.block(height).await? else {
            return Err(Stop::Unknown(missing(source, height).await?));
        };
        let block = decode(bytes)?;
        let header = block.header();
        if header.height.get() != height {
            return Err(Broken::Other.into());
        }
        let epoch = self.rules.epoch(header.height);
        if header.epoch() != epoch {
            return Err(Broken::Epoch.into());
        }
        self.roster = start::roster(genesis, start.checkpoint.as_ref(), epoch, source).await?;
        self.last = header.clone();
        if let Some(certificate) = source.certificate(height).await? {
            self.certified(header, certificate)?;
        }
        if !self.reach(source, height).await? {
            let why = format!("no certificate finalises block {height}");
            return Err(Stop::Unknown(why));
        }
        let context = self.context.child("start");
        let opened = start::open(&context, &start.prefix, header, source).await?;
        self.databases = opened.databases;
        if let Some(next) = &header.next {
            self.roster = next.roster.clone();
        }
        let report = &mut self.report;
        (report.from, report.height, report.values) = (height, height, opened.values);
        (report.epoch, report.state_root) = (epoch, header.state_root);
        report.header = block.digest();
        Ok(())
    }

    async fn advance(
        &mut self,
        source: &mut dyn Source,
        height: u64,
        end: bool,
    ) -> Result<BlockEvents, Stop> {
        let Some(bytes) = source.block(height).await? else {
            return Err(Stop::Unknown(missing(source, height).await?));
        };
        let block = decode(bytes)?;
        let header = block.header();
        self.beside(header, height)?;
        if !self.verifier.signed(&mut self.context, block.payload()) {
            return Err(Broken::Signature.into());
        }
        // Boxed: the engine's futures nest deeper than the compiler looks.
        let outcome = self.execute(&block).boxed().await?;
        let certificate = source.certificate(height).await?;
        let boundary = self.rules.is_last(header.height);
        match certificate {
            Some(certificate) => self.certified(header, certificate)?,
            None if boundary && !end => return Err(Broken::Boundary.into()),
            None => {}
        }
        if let Some(next) = &header.next {
            self.roster = next.roster.clone();
        }
        let report = &mut self.report;
        let transactions = u64::try_from(block.payload().ids().len()).unwrap_or(u64::MAX);
        report.transactions = report.transactions.saturating_add(transactions);
        report.height = height;
        report.blocks = height.saturating_sub(report.from);
        (report.epoch, report.state_root) = (header.epoch(), header.state_root);
        report.header = block.digest();
        self.last = header.clone();
        if height.is_multiple_of(SYNC_BLOCKS) && !self.databases.finalize().await.durable().await {
            return Err(Stop::Unknown("the program was asked to stop".into()));
        }
        Ok(outcome)
    }

    /// Whether a certificate finalises the blocks up to `tip`: one of a later block of the same epoch does, too.
    async fn reach(&mut self, source: &mut dyn Source, tip: u64) -> Result<bool, Stop> {
        let mut ahead = self.last.clone();
        while self.report.finalised < tip {
            let height = ahead.height.plus(1);
            let far = height.get().saturating_sub(tip) > AHEAD;
            let ended = far || self.rules.is_last(ahead.height);
            let bytes = match ended {
                true => None,
                false => source.block(height.get()).await?,
            };
            let Some(bytes) = bytes else {
                return Ok(false);
            };
            let block = decode(bytes)?;
            let header = block.header();
            if header.height != height || header.parent != ahead.digest() {
                return Err(Broken::Parent.into());
            }
            if let Some(certificate) = source.certificate(height.get()).await? {
                self.certified(header, certificate)?;
            }
            ahead = header.clone();
        }
        Ok(true)
    }

    /// What a header must be beside the one before it.
    fn beside(&self, header: &Header, height: u64) -> Result<(), Broken> {
        let last = self.rules.is_last(header.height);
        if header.height.get() != height {
            Err(Broken::Other)
        } else if header.parent != self.last.digest() || header.context.parent.1 != header.parent {
            Err(Broken::Parent)
        } else if header.epoch() != self.rules.epoch(header.height) {
            Err(Broken::Epoch)
        } else if !follows(header, &self.last, last) {
            Err(Broken::Header)
        } else {
            Ok(())
        }
    }

    async fn execute(&mut self, block: &Block) -> Result<BlockEvents, Stop> {
        let header = block.header();
        let transactions = block.payload().transactions();
        let env = self.rules.env(&self.last, header.time);
        let all: Vec<_> = transactions.iter().collect();
        let batches = self.databases.new_batches().await;
        if !fits(block, self.roster.keys().len()) {
            return Err(Broken::Inadmissible.into());
        }
        let (loaded, stage) = self.rules.load(env.height, batches, &all).await?;
        let Ok(executed) = self.rules.execute(&env, loaded, transactions)? else {
            return Err(Broken::Inadmissible.into());
        };
        let (sealed, roots) = store::seal(stage, &executed.writes).await?;
        if let Some(root) = disagreement(header, &executed, &roots) {
            return Err(Broken::Root(root).into());
        }
        self.databases.apply(sealed).await;
        Ok(executed.outcome)
    }

    fn certified(&mut self, header: &Header, finalization: Finalization) -> Result<(), Broken> {
        let finalised = FinalizedHeader {
            header: header.clone(),
            links: List::empty(),
            finalization,
        };
        let verified = finalised.verify(&self.network, &self.roster);
        verified.map_err(|error| Broken::Certificate(error.to_string()))?;
        self.report.certificates = self.report.certificates.saturating_add(1);
        self.report.finalised = header.height.get();
        Ok(())
    }
}

fn decode(bytes: Bytes) -> Result<Block, Broken> {
    Block::decode(bytes).map_err(|error| Broken::Shape(error.to_string()))
}

async fn missing(source: &mut dyn Source, height: u64) -> Result<String, Unread> {
    Ok(match source.next(height).await? {
        Some(next) if next > height.saturating_add(1) => {
            let last = next.saturating_sub(1);
            format!("blocks {height} to {last} are missing; the lowest after them is {next}")
        }
        Some(_) => format!("block {height} is missing"),
        None => format!("block {height} and all after it are missing"),
    })
}

/// The first root of a header to which executing its block does not lead.
fn disagreement(header: &Header, executed: &Executed, roots: &Roots) -> Option<&'static str> {
    let compared = [
        (
            "receipts root",
            header.receipts_root == executed.receipts_root,
        ),
        ("events root", header.events_root == executed.events_root),
        (
            "roster or protocol version of the next epoch",
            header.next == executed.next,
        ),
        ("state root", header.state_root == roots.state),
        (
            "sync target of the records",
            header.records == roots.records,
        ),
        ("sync target of the bodies", header.bodies == roots.bodies),
    ];
    let mut compared = compared.into_iter();
    compared.find(|(_, same)| !same).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::rate;
    use std::time::Duration;

    #[test]
    fn a_rate_is_of_whole_seconds_and_of_no_time_none() {
        assert_eq!(rate(10, Duration::from_secs(5)), 2);
        assert_eq!(rate(1, Duration::from_millis(100)), 10);
        assert_eq!(rate(1, Duration::ZERO), 0);
    }
}
