//! Blocks and certificates of a stopped node, read without its engine.
use super::{Answer, Source, Unread};
use crate::disk::{Archive, DiskError, Entry, Lock, lock};
use crate::packed::Packed;
use amanat_types::Digest;
use amanat_types::proof::{Finalization, FinalizedHeader};
use bytes::Bytes;
use commonware_codec::DecodeExt as _;
use futures::future::{FutureExt as _, ready};
use std::collections::BTreeMap;
use std::path::Path;

/// The ledger's folder of a stopped node. While it is kept, no node starts on the folder.
pub struct Folder {
    blocks: Section,
    certificates: Section,
    boundaries: Section,
    _lock: Lock,
}

/// An archive of which one section's index is kept.
struct Section {
    archive: Archive,
    at: Option<u64>,
    entries: BTreeMap<u64, Entry>,
}

fn unread(error: DiskError) -> Unread {
    match error {
        DiskError::Damaged { .. } => Unread::Damaged(error.to_string()),
        DiskError::Io { .. } => Unread::Silent(error.to_string()),
    }
}

impl Section {
    fn open(folder: &Path, name: &str) -> Result<Self, Unread> {
        Ok(Self {
            archive: Archive::open(folder, name).map_err(unread)?,
            at: None,
            entries: BTreeMap::new(),
        })
    }

    /// Reads the index of the section that holds `height`, unless it is the one that is kept.
    fn find(&mut self, height: u64) -> Result<Option<(u64, Entry)>, Unread> {
        let section = self.archive.sections().range(..=height).next_back();
        let Some(section) = section.copied() else {
            return Ok(None);
        };
        self.load(section)?;
        let entry = self.entries.get(&height).cloned();
        Ok(entry.map(|entry| (section, entry)))
    }

    fn load(&mut self, section: u64) -> Result<(), Unread> {
        if self.at != Some(section) {
            let entries = self.archive.entries(section).map_err(unread)?;
            let entries = entries.into_iter().map(|entry| (entry.height, entry));
            (self.at, self.entries) = (Some(section), entries.collect());
        }
        Ok(())
    }

    fn value(&mut self, height: u64) -> Result<Option<(Entry, Bytes)>, Unread> {
        let Some((section, entry)) = self.find(height)? else {
            return Ok(None);
        };
        let values = self.archive.values(section).map_err(unread)?;
        let value = entry.value(&values).map_err(unread)?;
        Ok(Some((entry, value)))
    }

    fn last(&mut self) -> Result<u64, Unread> {
        for section in self.archive.sections().clone().into_iter().rev() {
            self.load(section)?;
            if let Some((last, _)) = self.entries.last_key_value() {
                return Ok(*last);
            }
        }
        Ok(0)
    }

    fn after(&mut self, height: u64) -> Result<Option<u64>, Unread> {
        for section in self.archive.sections().clone() {
            self.load(section)?;
            let above = height.saturating_add(1)..;
            if let Some((next, _)) = self.entries.range(above).next() {
                return Ok(Some(*next));
            }
        }
        Ok(None)
    }
}

impl Folder {
    /// Opens the ledger's folder of a stopped node whose files begin with `prefix`.
    ///
    /// [`Unread::Silent`] if a node runs on it, or if there is no ledger.
    pub fn open(folder: &Path, prefix: &str) -> Result<Self, Unread> {
        let named = folder.display();
        if !folder.is_dir() {
            return Err(Unread::Silent(format!("{named}: there is no ledger")));
        }
        let lock = lock(folder).map_err(unread)?;
        let lock = lock.ok_or_else(|| Unread::Silent(format!("{named}: a node runs on it")))?;
        Ok(Self {
            blocks: Section::open(folder, &format!("{prefix}-blocks"))?,
            certificates: Section::open(folder, &format!("{prefix}-certificates"))?,
            boundaries: Section::open(folder, &format!("{prefix}-boundaries"))?,
            _lock: lock,
        })
    }

    /// The highest height of which it has a block; 0 if it has none.
    pub fn last(&mut self) -> Result<u64, Unread> {
        self.blocks.last()
    }

    fn block_at(&mut self, height: u64) -> Result<Option<Bytes>, Unread> {
        let Some((_, value)) = self.blocks.value(height)? else {
            return Ok(None);
        };
        let wrong = |error| Unread::Damaged(format!("the block of height {height}: {error}"));
        let packed = Packed::decode(value).map_err(wrong)?;
        packed.plain().map(Some).map_err(wrong)
    }

    fn certificate_at(&mut self, height: u64) -> Result<Option<Finalization>, Unread> {
        let Some((entry, value)) = self.certificates.value(height)? else {
            return Ok(None);
        };
        let wrong =
            |what: &str| Unread::Damaged(format!("the certificate of height {height} {what}"));
        let certificate = Finalization::decode(value).map_err(|_| wrong("does not decode"))?;
        match certificate.0.proposal.payload == Digest::from(entry.key) {
            true => Ok(Some(certificate)),
            false => Err(wrong("names another block than its entry")),
        }
    }
}

impl Folder {
    fn boundary_of(&mut self, epoch: u64) -> Result<Option<FinalizedHeader>, Unread> {
        let Some((_, value)) = self.boundaries.value(epoch)? else {
            return Ok(None);
        };
        let header = FinalizedHeader::decode(value);
        let header = header.map_err(|_| {
            Unread::Damaged(format!("the last header of epoch {epoch} does not decode"))
        });
        header.map(Some)
    }
}

impl Source for Folder {
    fn tip(&mut self) -> Answer<'_, u64> {
        ready(self.blocks.last()).boxed()
    }

    fn block(&mut self, height: u64) -> Answer<'_, Option<Bytes>> {
        ready(self.block_at(height)).boxed()
    }

    fn certificate(&mut self, height: u64) -> Answer<'_, Option<Finalization>> {
        ready(self.certificate_at(height)).boxed()
    }

    fn next(&mut self, height: u64) -> Answer<'_, Option<u64>> {
        ready(self.blocks.after(height)).boxed()
    }

    fn boundary(&mut self, epoch: u64) -> Answer<'_, Option<FinalizedHeader>> {
        ready(self.boundary_of(epoch)).boxed()
    }
}
