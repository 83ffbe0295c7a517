//! `amanat verify`: checks a receipt offline and says in words what it proves.
//!
//! A receipt file is eight bytes that name its kind and version, then the proof. Nothing but the file and the genesis is
//! trusted: no node is asked.
use amanat_types::event::Event;
use amanat_types::genesis::Genesis;
use amanat_types::proof::{ReceiptProof, StateProof};
use amanat_types::receipt::Outcome;
use amanat_types::{TimestampMs, limits};
use commonware_codec::{DecodeExt as _, Encode as _};
use serde::Serialize;
use std::path::Path;

/// First bytes of a receipt file.
const RECEIPT: &[u8; 8] = b"AMANATR1";
/// First bytes of a state proof file.
const STATE: &[u8; 8] = b"AMANATS1";
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

/// Reads and checks a receipt or state proof file.
pub fn verify_file(path: &Path, genesis: &Genesis) -> Result<Proven, VerifyError> {
    let named = path.display().to_string();
    let failed = |source| VerifyError::File {
        path: named.clone(),
        source,
    };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > FILE_BYTES_MAX {
        return Err(VerifyError::Shape {
            path: named,
            why: format!("it has {size} bytes; at most {FILE_BYTES_MAX} are read"),
        });
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    verify_bytes(&bytes, genesis).map_err(|error| match error {
        VerifyError::Shape { why, .. } => VerifyError::Shape { path: named, why },
        other => other,
    })
}

/// Checks the bytes of a receipt or state proof file.
pub fn verify_bytes(bytes: &[u8], genesis: &Genesis) -> Result<Proven, VerifyError> {
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
        return receipt(&proof, genesis);
    }
    if kind == STATE {
        let proof = StateProof::decode(proof.to_vec());
        let proof = proof.map_err(|error| shape(&format!("it does not decode: {error}")))?;
        return state(&proof, genesis);
    }
    Err(shape("it does not begin with AMANATR1 or AMANATS1"))
}

fn receipt(proof: &ReceiptProof, genesis: &Genesis) -> Result<Proven, VerifyError> {
    let proven = proof
        .verify(genesis)
        .map_err(|error| VerifyError::Proof(error.to_string()))?;
    let outcome = match proven.receipt.outcome {
        Outcome::Accepted(_) => format!("accepted, {} units", proven.receipt.units),
        Outcome::Refused(refused) => {
            format!("refused: call {}: {}", refused.call, refused.refusal)
        }
    };
    Ok(Proven {
        kind: "receipt",
        network: hex::encode(genesis.digest().0),
        height: proven.height.get(),
        time: instant(proven.time),
        header: hex::encode(proven.header.0),
        subject: proven.receipt.transaction.to_string(),
        outcome,
        events: proven.events.events.iter().map(describe).collect(),
    })
}

fn state(proof: &StateProof, genesis: &Genesis) -> Result<Proven, VerifyError> {
    let proven = proof
        .verify(genesis)
        .map_err(|error| VerifyError::Proof(error.to_string()))?;
    let outcome = match &proven.value {
        Some(value) => format!(
            "has a value of {} bytes: {}",
            value.len(),
            hex::encode(value)
        ),
        None => "has no value".to_owned(),
    };
    Ok(Proven {
        kind: "state",
        network: hex::encode(genesis.digest().0),
        height: proven.height.get(),
        time: instant(proven.time),
        header: hex::encode(proven.header.0),
        subject: proof.key.to_string(),
        outcome,
        events: Vec::new(),
    })
}

impl Proven {
    /// What is proven, in words.
    pub fn words(&self) -> String {
        let validators = "more than two thirds of the validators that the genesis names, or that their successors named,";
        let mut text = format!(
            "Proven, from the genesis file alone: {validators}\nsigned block {} of network {}\n(time {}, header {}).\n",
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
