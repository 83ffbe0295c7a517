//! The run: start, import, checks, report.
use super::input;
use super::report::{Check, Machine, Report, Running, Versions};
use super::world::World;
use crate::answer::Answer;
use crate::clients::ClientFileError;
use crate::command_error::Held;
use crate::layout::LayoutError;
use crate::network::NetworkError;
use amanat_client::{Failure, Fault};
use std::path::{Path, PathBuf};

/// What to show.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Folder of FHIR Bundles; the fixtures if none.
    pub fhir: Option<PathBuf>,
    /// Where report, receipts and what was read back go.
    pub out: Option<PathBuf>,
    /// Whether the network's folder stays.
    pub keep: bool,
}

/// Why the demonstration could not be made. A check that does not hold is no error.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The input.
    #[error("{file}: {why}")]
    Input {
        /// Which file.
        file: String,
        /// What is wrong; never a value.
        why: String,
    },
    /// Too few patients for a check.
    #[error("{0}")]
    TooFew(String),
    /// Something did not work that every check stands on.
    #[error("{0}")]
    Broken(String),
    /// The network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Its folder.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A client's file.
    #[error(transparent)]
    Client(#[from] ClientFileError),
    /// A node, a vault or a custodian.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// A use case in this process: cards and letters.
    #[error(transparent)]
    Exchange(#[from] amanat_exchange::Error),
}

impl From<Fault> for DemoError {
    fn from(fault: Fault) -> Self {
        Self::Failure(fault.into())
    }
}

/// Runs the demonstration; it holds if every check held.
pub async fn run(options: &Options) -> Result<Answer, DemoError> {
    let inputs = input::read(options.fhir.as_deref())?;
    let cards = inputs.iter().filter(|input| input.has_card()).count();
    if cards < 4 {
        return Err(DemoError::TooFew(format!(
            "the checks need four living adults; the input has {cards}: checks a to j cannot be made"
        )));
    }
    let folder = Folder::new(options)?;
    crate::answer::tell(&format!(
        "Amanat: four members on this machine, in {}",
        folder.path.display()
    ));
    let mut world = World::start(&folder.path, options.out.clone(), inputs).await?;
    world.import().await?;
    let counts = world.counts().await?;
    let checks = all_checks(&mut world).await;
    let clean = world.network.stop();
    let report = Report {
        checks,
        counts,
        versions: Versions {
            amanat: env!("CARGO_PKG_VERSION"),
            protocol: world.network.layout.genesis.protocol,
        },
        seed: None,
        genesis_digest: hex::encode(world.network.layout.network().0),
        machine: Machine::here(),
    };
    conclude(&report, clean, options, &folder)
}

/// The checks: letter, promises, claim.
const CLAIMS: [(&str, &str, &str); 18] = [
    (
        "a",
        "P1 P4",
        "without a basis nothing opens, and the refusal is on the ledger",
    ),
    (
        "b",
        "P1 P4",
        "a card grants two categories for seven days: those open, a third and another purpose do not",
    ),
    (
        "c",
        "P4",
        "after the revocation nothing opens, and the older ticket is dead at vault and custodian",
    ),
    (
        "d",
        "P4",
        "a check-in opens the record for the visit and lets the hospital write; discharge ends both",
    ),
    (
        "e",
        "P4",
        "broken glass opens at once, is flagged, ends by itself and wants a justification",
    ),
    (
        "f",
        "P8 P9",
        "what is forged, replayed, foreign, late or without basis is refused by its number; its allowed twin succeeds",
    ),
    (
        "g",
        "P3",
        "a flipped byte of a stored blob is named, never served, and healed from another holder",
    ),
    (
        "h",
        "P5",
        "one node killed: the others go on and nothing acknowledged is missing; two killed: nothing is acknowledged; then all resumes",
    ),
    (
        "i",
        "P3",
        "everything of a patient comes back as it was imported",
    ),
    (
        "j",
        "P1 P3",
        "the access log is complete and in order, and each receipt verifies offline in a separate process",
    ),
    (
        "m",
        "P4",
        "in a ward, staff without cards read by role and ward; a strict team shuts out the rest of the house, and the house alone cannot loosen it",
    ),
    (
        "n",
        "P4",
        "what a patient keeps from a hospital is left out of its lists and refused by name, under open tickets too, until it is lifted; who could, and who did, is told before and after",
    ),
    (
        "o",
        "P4",
        "while two clinicians say that a patient cannot decide, the guardian that it named decides, and its own card does not; then again it does",
    ),
    (
        "p",
        "P4",
        "a lost card, suspended, is of no use to its finder; a new one takes officer, registrar and seven days, and the old one, found, vetoes it",
    ),
    (
        "r",
        "P4",
        "a child's parent is linked by its own card and the registrar, from the next day on; until it comes of age the child's card decides nothing",
    ),
    (
        "q",
        "P3 P4",
        "a patient asks that a record be amended; its hospital alone answers; refused, the patient's disagreement goes with the record to whoever opens it",
    ),
    (
        "l",
        "P3 P5",
        "a flipped byte of a node's block archive is named; the damaged ledger is moved aside and the node comes back from the others",
    ),
    (
        "k",
        "P2",
        "the canary scan finds nothing personal at rest or on the ledger, and finds a planted canary",
    ),
];

/// Makes every check in order. One that could not be made did not hold.
async fn all_checks(world: &mut World) -> Vec<Check> {
    let mut checks = Vec::new();
    for (id, promise, claim) in CLAIMS {
        let running = Running::new(id, promise, claim);
        let seen = match id {
            "a" => world.no_basis().await,
            "b" => world.grant().await,
            "c" => world.revoke().await,
            "d" => world.visit().await,
            "e" => world.break_glass().await,
            "f" => world.hostile().await,
            "g" => world.flipped_byte().await,
            "h" => world.outage().await,
            "m" => world.ward().await,
            "n" => world.restriction().await,
            "o" => world.guardian().await,
            "p" => world.lost_card().await,
            "r" => world.minor().await,
            "q" => world.amendment().await,
            "l" => world.flipped_block().await,
            "i" => world.read_back().await,
            "j" => world.access_log().await,
            _ => world.canary().await,
        };
        running.end(
            seen.unwrap_or_else(|error| Err(error.to_string())),
            &mut checks,
        );
    }
    checks
}

/// Where the network lives: a temporary folder, or one that stays.
struct Folder {
    path: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl Folder {
    fn new(options: &Options) -> Result<Self, DemoError> {
        let failed =
            |error: std::io::Error| DemoError::Broken(format!("temporary folder: {error}"));
        let temporary = tempfile::Builder::new()
            .prefix("amanat-demo-")
            .tempdir()
            .map_err(failed)?;
        let path = temporary.path().join("network");
        if options.keep {
            let path = temporary.keep().join("network");
            return Ok(Self {
                path,
                _temporary: None,
            });
        }
        Ok(Self {
            path,
            _temporary: Some(temporary),
        })
    }
}

/// Writes the report and says in three sentences what happened.
fn conclude(
    report: &Report,
    clean: bool,
    options: &Options,
    folder: &Folder,
) -> Result<Answer, DemoError> {
    if let Some(out) = &options.out {
        let text = serde_json::to_string_pretty(report).unwrap_or_default();
        write(&out.join("report.json"), text.as_bytes())?;
        crate::answer::tell(&format!(
            "report, receipts and what was read back are in {}",
            out.display()
        ));
    }
    if options.keep {
        crate::answer::tell(&format!(
            "the network's folder stays: {}",
            folder.path.display()
        ));
    }
    let held = report.checks.iter().filter(|check| check.ok).count();
    let all = held == report.checks.len() && report.counts.rejected.is_empty() && clean;
    let words = format!(
        "
Four institutions that need not trust each other kept {} sealed records, and each opening of one was allowed by a rule and logged on their common ledger before a byte left.
Patients opened their records with a card, took that back, and saw who had asked; what was forged, replayed, damaged or unlawful was refused by name.
{held} of {} checks held, {} of {} resources were stored, and {}.",
        report.counts.stored,
        report.checks.len(),
        report.counts.stored,
        report.counts.input,
        if clean {
            "every process stopped when asked"
        } else {
            "not every process stopped when asked"
        }
    );
    let held = if all { Held::Yes } else { Held::No };
    Ok(Answer::new(held, words, report))
}

/// Writes a file, making its folder.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), DemoError> {
    let failed = |error: std::io::Error| DemoError::Input {
        file: path.display().to_string(),
        why: error.to_string(),
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, bytes).map_err(failed)
}
