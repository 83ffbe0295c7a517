//! `amanat verify`: checks a receipt offline and says in words what it proves.
//!
//! A receipt file is eight bytes that name its kind and version, then the proof. Nothing but the file and the genesis is
//! trusted, or a checkpoint that was written by an earlier check: no node is asked.
use crate::answer::Answer;
use crate::command_error::CommandError;
use crate::genesis_file;
use amanat_types::event::Event;
use amanat_types::genesis::Genesis;
use amanat_types::proof::{Checkpoint, ProofError, ReceiptProof, StateProof};
use amanat_types::receipt::Outcome;
use amanat_types::{Height, StateKey, TimestampMs, limits};
use commonware_codec::{DecodeExt as _, Encode as _};
use serde::Serialize;
use std::path::Path;

/// First bytes of a receipt file.
const RECEIPT: &[u8; 8] = b"AMANATR1";
/// First bytes of a state proof file.
const STATE: &[u8; 8] = b"AMANATS1";
/// First bytes of a checkpoint file.
const CHECKPOINT: &[u8; 8] = b"AMANATC1";
/// Largest file that is read: boundary headers, one header, and a transaction's events.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Why a file proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The file cannot be read, so nothing is known.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is not a receipt.
    #[error("{path} is not a receipt of this program: {why}")]
    Shape {
        /// Which file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// It is not a checkpoint of this network, so nothing is known of the receipt.
    #[error("{path} is not a checkpoint of this network: {why}")]
    Checkpoint {
        /// Which file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// It is a receipt, and it is wrong.
    #[error("the receipt proves nothing: {0}")]
    Proof(String),
}

impl VerifyError {
    /// Whether it was shown that the file proves nothing, rather than that it could not be read.
    pub const fn is_no(&self) -> bool {
        matches!(self, Self::Proof(_) | Self::Shape { .. })
    }
}

impl From<VerifyError> for CommandError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::File { path, source } => Self::File { path, source },
            error @ VerifyError::Checkpoint { .. } => Self::Unknown(error.to_string()),
            VerifyError::Shape { path, why } => Self::rule(
                path,
                "receipt",
                format!("it is none of this program: {why}"),
            ),
            VerifyError::Proof(why) => Self::rule(
                "the receipt",
                "proof",
                format!("the receipt proves nothing: {why}"),
            ),
        }
    }
}

/// Checks the file `receipt` against the genesis, or from a checkpoint on; once it held, writes the checkpoint of its epoch to `write`.
pub fn answer(
    receipt: &Path,
    genesis: &Path,
    checkpoint: Option<&Path>,
    write: Option<&Path>,
) -> Result<Answer, CommandError> {
    // Without the genesis nothing is known of the receipt: it was not shown to prove nothing.
    let genesis = genesis_file::read(genesis);
    let genesis = genesis.map_err(|error| CommandError::Unknown(error.to_string()))?;
    let trust = match checkpoint {
        Some(path) => Trust::checkpoint(genesis, path)?,
        None => Trust::genesis(genesis)?,
    };
    let (proven, at) = verify_file(receipt, &trust)?;
    write.map_or(Ok(()), |path| write_checkpoint(path, &at))?;
    Ok(Answer::yes(proven.words(), &proven))
}

/// What a file proves.
#[derive(Clone, Debug, Serialize)]
pub struct Proven {
    /// `receipt` or `state`.
    pub kind: &'static str,
    /// Network id.
    pub network: String,
    /// Height of the block.
    pub height: u64,
    /// Its time.
    pub time: String,
    /// Its epoch.
    pub epoch: u64,
    /// `genesis`, or `checkpoint`: where the check started.
    pub from: &'static str,
    /// Digest of its header.
    pub header: String,
    /// The transaction, or the key of the state.
    pub subject: String,
    /// Accepted, refused, a value, or none.
    pub outcome: String,
    /// Names of the events, in order.
    pub events: Vec<String>,
}

/// The bytes of a receipt file.
pub fn receipt_file(proof: &ReceiptProof) -> Vec<u8> {
    [RECEIPT.as_slice(), &proof.encode()].concat()
}

/// The bytes of a state proof file.
pub fn state_file(proof: &StateProof) -> Vec<u8> {
    [STATE.as_slice(), &proof.encode()].concat()
}

/// What is trusted when a file is checked.
pub struct Trust {
    genesis: Genesis,
    from: Checkpoint,
    word: &'static str,
}

impl Trust {
    /// The genesis alone.
    ///
    /// Errors: [`VerifyError::Proof`] if it names no validators.
    pub fn genesis(genesis: Genesis) -> Result<Self, VerifyError> {
        let from = Checkpoint::genesis(&genesis).map_err(proof)?;
        let word = "genesis";
        Ok(Self {
            genesis,
            from,
            word,
        })
    }

    /// Whom it trusts.
    pub fn into_checkpoint(self) -> Checkpoint {
        self.from
    }

    /// A checkpoint that [`write_checkpoint`] made.
    ///
    /// Errors: [`VerifyError::File`], [`VerifyError::Shape`] if it is too large, [`VerifyError::Checkpoint`].
    pub fn checkpoint(genesis: Genesis, path: &Path) -> Result<Self, VerifyError> {
        let refused = |why: String| VerifyError::Checkpoint {
            path: path.display().to_string(),
            why,
        };
        let bytes = read(path)?;
        let rest = bytes.strip_prefix(CHECKPOINT.as_slice());
        let rest = rest.ok_or_else(|| refused("it does not begin with AMANATC1".to_owned()))?;
        let from = Checkpoint::decode(rest.to_vec())
            .map_err(|error| refused(format!("it does not decode: {error}")))?;
        if from.network != genesis.digest() {
            return Err(refused(ProofError::CheckpointNetwork.to_string()));
        }
        let word = "checkpoint";
        Ok(Self {
            genesis,
            from,
            word,
        })
    }
}

/// Writes the checkpoint that a check ended at: whoever keeps the file may start there the next time.
///
/// Errors: [`VerifyError::File`].
pub fn write_checkpoint(path: &Path, checkpoint: &Checkpoint) -> Result<(), VerifyError> {
    let bytes = [CHECKPOINT.as_slice(), &checkpoint.encode()].concat();
    std::fs::write(path, bytes).map_err(|source| VerifyError::File {
        path: path.display().to_string(),
        source,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, VerifyError> {
    let named = || path.display().to_string();
    let failed = |source| VerifyError::File {
        path: named(),
        source,
    };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > FILE_BYTES_MAX {
        return Err(VerifyError::Shape {
            path: named(),
            why: format!("it has {size} bytes; at most {FILE_BYTES_MAX} are read"),
        });
    }
    std::fs::read(path).map_err(failed)
}

fn proof(error: ProofError) -> VerifyError {
    VerifyError::Proof(error.to_string())
}

/// Checks the bytes of a state proof file; gives the key, and its value with the height at which it stood.
///
/// Errors, in this order: [`VerifyError::Shape`], [`VerifyError::Proof`].
pub fn state_value(
    bytes: &[u8],
    trust: &Trust,
) -> Result<(StateKey, Option<Vec<u8>>, Height), VerifyError> {
    let shape = |why: String| VerifyError::Shape {
        path: String::new(),
        why,
    };
    let rest = bytes.strip_prefix(STATE.as_slice());
    let rest = rest.ok_or_else(|| shape("it does not begin with AMANATS1".to_owned()))?;
    let held = StateProof::decode(rest.to_vec());
    let held = held.map_err(|error| shape(format!("it does not decode: {error}")))?;
    let proven = held
        .verify_from(&trust.genesis, &trust.from)
        .map_err(proof)?;
    Ok((held.key, proven.value, proven.height))
}

/// Reads and checks a receipt or state proof file; gives where a later check may start, too.
///
/// Errors, in this order: [`VerifyError::File`], [`VerifyError::Shape`], [`VerifyError::Proof`].
pub fn verify_file(path: &Path, trust: &Trust) -> Result<(Proven, Checkpoint), VerifyError> {
    verify_bytes(&read(path)?, trust).map_err(|error| match error {
        VerifyError::Shape { why, .. } => VerifyError::Shape {
            path: path.display().to_string(),
            why,
        },
        other => other,
    })
}

/// Checks the bytes of a receipt or state proof file.
///
/// Errors, in this order: [`VerifyError::Shape`], [`VerifyError::Proof`].
pub fn verify_bytes(bytes: &[u8], trust: &Trust) -> Result<(Proven, Checkpoint), VerifyError> {
    let shape = |why: &str| VerifyError::Shape {
        path: String::new(),
        why: why.to_owned(),
    };
    let Some((kind, proof)) = bytes.split_first_chunk::<8>() else {
        return Err(shape("it is too short"));
    };
    if kind == RECEIPT {
        let proof = ReceiptProof::decode(proof.to_vec());
        let proof = proof.map_err(|error| shape(&format!("it does not decode: {error}")))?;
        return receipt(&proof, trust);
    }
    if kind == STATE {
        let proof = StateProof::decode(proof.to_vec());
        let proof = proof.map_err(|error| shape(&format!("it does not decode: {error}")))?;
        return state(&proof, trust);
    }
    Err(shape("it does not begin with AMANATR1 or AMANATS1"))
}

fn receipt(held: &ReceiptProof, trust: &Trust) -> Result<(Proven, Checkpoint), VerifyError> {
    let proven = held
        .verify_from(&trust.genesis, &trust.from)
        .map_err(proof)?;
    let outcome = match proven.receipt.outcome {
        Outcome::Accepted(_) => format!("accepted, {} units", proven.receipt.units),
        Outcome::Refused(refused) => {
            format!("refused: call {}: {}", refused.call, refused.refusal)
        }
    };
    let told = Proven {
        kind: "receipt",
        network: hex::encode(trust.from.network.0),
        height: proven.height.get(),
        time: instant(proven.time),
        epoch: proven.checkpoint.epoch,
        from: trust.word,
        header: hex::encode(proven.header.0),
        subject: proven.receipt.transaction.to_string(),
        outcome,
        events: proven.events.events.iter().map(describe).collect(),
    };
    Ok((told, proven.checkpoint))
}

fn state(held: &StateProof, trust: &Trust) -> Result<(Proven, Checkpoint), VerifyError> {
    let proven = held
        .verify_from(&trust.genesis, &trust.from)
        .map_err(proof)?;
    let outcome = match &proven.value {
        Some(value) => format!(
            "has a value of {} bytes: {}",
            value.len(),
            hex::encode(value)
        ),
        None => "has no value".to_owned(),
    };
    let told = Proven {
        kind: "state",
        network: hex::encode(trust.from.network.0),
        height: proven.height.get(),
        time: instant(proven.time),
        epoch: proven.checkpoint.epoch,
        from: trust.word,
        header: hex::encode(proven.header.0),
        subject: held.key.to_string(),
        outcome,
        events: Vec::new(),
    };
    Ok((told, proven.checkpoint))
}

impl Proven {
    /// What is proven, in words.
    pub fn words(&self) -> String {
        let (start, named) = match self.from {
            "genesis" => ("the genesis file", "the genesis"),
            _ => ("genesis file and checkpoint", "the checkpoint"),
        };
        let validators = format!(
            "more than two thirds of the validators that {named} names, or that their successors named,"
        );
        let mut text = format!(
            "Proven, from {start} alone: {validators}\nsigned block {} of network {}\n(time {}, header {}).\n",
            self.height, self.network, self.time, self.header
        );
        match self.kind {
            "receipt" => {
                text.push_str(&format!(
                    "In that block stands transaction {}:\n{}.\n",
                    self.subject, self.outcome
                ));
                for event in &self.events {
                    text.push_str(&format!("  {event}\n"));
                }
            }
            _ => text.push_str(&format!(
                "After that block, key {} of the state {}.\n",
                self.subject, self.outcome
            )),
        }
        text
    }
}

/// An event in one line: its name and the ids in it.
fn describe(event: &Event) -> String {
    // Events hold pseudonyms, ids and numbers only, so printing them shows nothing personal.
    format!("{event:?}")
}

/// Block time as an instant of ISO 8601 in UTC (days to civil date after Howard Hinnant's algorithm).
pub fn instant(time: TimestampMs) -> String {
    let seconds = time.get() / 1000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        rest / 3600,
        rest / 60 % 60,
        rest % 60,
        time.get() % 1000
    )
}

/// Events are bounded, so that a hostile file cannot make the words endless.
const _: () = assert!(limits::EVENTS_MAX < 10_000);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_iso_8601() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_164_799_999, "2024-02-28T23:59:59.999Z"),
            (4_102_444_800_001, "2100-01-01T00:00:00.001Z"),
        ] {
            assert_eq!(instant(TimestampMs::new(ms)), text);
        }
    }
}
