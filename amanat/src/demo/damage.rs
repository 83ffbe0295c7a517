//! Check g: one byte of a stored blob is flipped on the disk.
use super::DemoError;
use super::report::Seen;
use super::world::{A, World};
use amanat_client::Ledger as _;
use amanat_types::StateKey;
use amanat_types::id::BlobDigest;
use amanat_types::state::Record;
use commonware_codec::DecodeExt as _;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Where a blob's digest stands in the head of its entry in a vault's segment, and how long the head is
/// (the format is in the vault's own documentation).
const DIGEST_AT: usize = 28;
const WRAP_LENGTH_AT: usize = 4;
const HEAD_BYTES: usize = 76;

impl World {
    /// g. Flip a byte, look for it, and read the record again.
    pub async fn flipped_byte(&mut self) -> Result<Seen, DemoError> {
        let (reference, record, claim) = {
            let case = self.case(2)?;
            let stored = case
                .stored
                .first()
                .ok_or_else(|| DemoError::Broken("patient 2 has no record".to_owned()))?;
            let claim = super::door::Claim {
                basis: Some(format!("encounter/{}", case.encounter)),
                patient: Some(case.pseudonym.clone()),
                ..Default::default()
            };
            (stored.reference.clone(), stored.record, claim)
        };
        let before = self.a.get(&format!("/{reference}"), &claim).await?;
        let blob = self.blob_of(&record).await?;
        let folder = self.network.layout.member_dir(A).join("gateway");
        let place = flip(&folder, &blob)?;
        let during = self.a.get(&format!("/{reference}"), &claim).await?;
        let place_again = flip(&folder, &blob)?;
        let report = self.stores(A)?.scrub().await;
        let report = report?;
        let named = report.rotten.contains(&blob);
        let healed = report.healed.contains(&blob);
        let after = self.a.get(&format!("/{reference}"), &claim).await?;
        let clean = self.stores(A)?.scrub().await?;
        let seen = format!(
            "flipped a byte of blob {blob} in {place}, read: status {}, same bytes: {}; flipped {place_again}: the scrubber named {} of {} blobs and healed {}; read again: status {}, same bytes: {}; then {} rotten",
            during.status,
            during.bytes == before.bytes,
            report.rotten.len(),
            report.checked,
            report.healed.len(),
            after.status,
            after.bytes == before.bytes,
            clean.rotten.len()
        );
        let ok = before.status == 200
            && during.bytes == before.bytes
            && named
            && healed
            && after.bytes == before.bytes
            && clean.rotten.is_empty();
        Ok(if ok { Ok(seen) } else { Err(seen) })
    }

    async fn blob_of(&self, record: &amanat_types::RecordId) -> Result<BlobDigest, DemoError> {
        let answer = self.node(A)?.state(vec![StateKey::record(record)]).await?;
        let value = answer.values.first().and_then(Option::as_ref);
        let value = value.and_then(|value| Record::decode(value.to_vec()).ok());
        value
            .map(|record| record.blob)
            .ok_or_else(|| DemoError::Broken(format!("record {record} is not in the state")))
    }
}

/// Flips one byte of the newest copy of a blob under a vault's folder; says where.
fn flip(folder: &Path, blob: &BlobDigest) -> Result<String, DemoError> {
    let failed = |error: std::io::Error| DemoError::Broken(format!("segment: {error}"));
    let mut segments = Vec::new();
    collect(folder, &mut segments).map_err(failed)?;
    segments.sort();
    for path in segments.iter().rev() {
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(failed)?;
        // Digests stand in both heads of an entry; the newest entry's first head is the last but one.
        let heads: Vec<usize> = bytes
            .windows(32)
            .enumerate()
            .filter(|(_, window)| *window == blob.as_bytes())
            .filter_map(|(at, _)| at.checked_sub(DIGEST_AT))
            .collect();
        let Some(head) = heads.len().checked_sub(2).and_then(|at| heads.get(at)) else {
            continue;
        };
        let wrap = bytes
            .get(head + WRAP_LENGTH_AT..head + WRAP_LENGTH_AT + 2)
            .and_then(|two| two.try_into().ok())
            .map_or(0, u16::from_be_bytes);
        let at = head + HEAD_BYTES + usize::from(wrap) + 10;
        let Some(byte) = bytes.get(at) else { continue };
        let mut file = std::fs::File::options()
            .write(true)
            .open(path)
            .map_err(failed)?;
        let position = u64::try_from(at).unwrap_or(u64::MAX);
        file.seek(SeekFrom::Start(position)).map_err(failed)?;
        file.write_all(&[byte ^ 0x40]).map_err(failed)?;
        file.sync_data().map_err(failed)?;
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        return Ok(format!("{} at {at}", name.unwrap_or_default()));
    }
    Err(DemoError::Broken(format!("blob {blob} is in no segment")))
}

fn collect(folder: &Path, segments: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, segments)?;
        } else if path.extension().is_some_and(|ending| ending == "seg") {
            segments.push(path);
        }
    }
    Ok(())
}
