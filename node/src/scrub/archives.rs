//! Blocks, certificates, outcomes and the index, each against what it says of itself and against the block of its height.
use super::{Finding, Report, ScrubError, Settings};
use crate::archive::{MARK, Place};
use crate::config::genesis_block;
use crate::disk::{Archive, Blob, DiskError, Entry, Part};
use crate::execution::{event_leaves, receipt_leaves};
use crate::packed::Packed;
use amanat_types::block::{Block, Header, Roster};
use amanat_types::proof::{self, Finalization, FinalizedHeader, ProofError};
use amanat_types::wire::BlockEvents;
use amanat_types::{Digest, Genesis, merkle};
use commonware_codec::{Codec, DecodeExt as _, Error};
use commonware_cryptography::Digestible as _;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Headers that are kept for the comparison with the state: it may lag behind the blocks.
const HEADERS: usize = 256;

/// Which blocks are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    /// The lowest height, the genesis not counted.
    pub lowest: Option<u64>,
    /// The highest height.
    pub highest: Option<u64>,
    /// Heights between them that are missing, as ranges with both ends.
    pub missing: Vec<(u64, u64)>,
    /// Certificates.
    pub certificates: u64,
}

/// Ranges of missing blocks that are listed.
const MISSING_MAX: usize = 100;

/// One archive, and a section of it.
struct Reader {
    name: String,
    part: Part,
    archive: Option<Archive>,
    entries: BTreeMap<u64, Vec<Entry>>,
    values: Option<Blob>,
    section: u64,
}

impl Reader {
    fn open(
        settings: &Settings<'_>,
        name: &str,
        part: Part,
        damaged: &[Part],
    ) -> Result<Self, DiskError> {
        let name = format!("{}-{name}", settings.prefix);
        let archive = match damaged.contains(&part) {
            true => None,
            false => Some(Archive::open(settings.folder, &name)?),
        };
        Ok(Self {
            name,
            part,
            archive,
            entries: BTreeMap::new(),
            values: None,
            section: 0,
        })
    }

    fn sections(&self) -> BTreeSet<u64> {
        let archive = self.archive.as_ref();
        archive.map_or_else(BTreeSet::new, |archive| archive.sections().clone())
    }

    fn load(&mut self, section: u64) -> Result<(), DiskError> {
        self.section = section;
        (self.entries, self.values) = (BTreeMap::new(), None);
        let Some(archive) = &self.archive else {
            return Ok(());
        };
        if archive.sections().contains(&section) {
            for entry in archive.entries(section)? {
                self.entries.entry(entry.height).or_default().push(entry);
            }
            if !self.entries.is_empty() {
                self.values = Some(archive.values(section)?);
            }
        }
        Ok(())
    }

    fn at(&self, height: u64) -> &[Entry] {
        self.entries.get(&height).map_or(&[], Vec::as_slice)
    }

    /// Decodes a value. One that does not decode is a finding.
    fn decode<T>(
        &self,
        entry: &Entry,
        decode: impl FnOnce(bytes::Bytes) -> Result<T, commonware_codec::Error>,
        report: &mut Report,
    ) -> Result<Option<T>, DiskError> {
        let Some(values) = &self.values else {
            return Ok(None);
        };
        match decode(entry.value(values)?) {
            Ok(value) => Ok(Some(value)),
            Err(_) => {
                self.find(entry, "does not decode", report);
                Ok(None)
            }
        }
    }

    fn find(&self, entry: &Entry, what: &str, report: &mut Report) {
        report.find(Finding {
            partition: format!("{}-value", self.name),
            blob: Some(hex::encode(self.section.to_be_bytes())),
            offset: Some(crate::disk::HEADER_BYTES.saturating_add(entry.offset)),
            what: format!("the entry of height {} {what}", entry.height),
            part: self.part,
        });
    }
}

/// Looks through all four archives; gives the headers of the highest blocks.
pub fn check(
    settings: &Settings<'_>,
    damaged: &[Part],
    report: &mut Report,
) -> Result<VecDeque<Header>, ScrubError> {
    let open = |name, part| Reader::open(settings, name, part, damaged);
    let mut look = Look {
        blocks: open("blocks", Part::Blocks)?,
        certificates: open("certificates", Part::Certificates)?,
        found: open("certificates-found", Part::Certificates)?,
        outcomes: open("outcomes", Part::Outcomes)?,
        index: open("transactions", Part::Index)?,
        genesis: genesis_block(settings.genesis)
            .ok()
            .map(|(block, _)| block.digest()),
        headers: VecDeque::new(),
    };
    let boundaries = open("boundaries", Part::Boundaries)?;
    walk(settings.genesis, boundaries, report)?;
    let mut sections = look.blocks.sections();
    for other in [&look.certificates, &look.found, &look.outcomes, &look.index] {
        sections.extend(other.sections());
    }
    for section in sections {
        look.section(section, report)?;
    }
    Ok(look.headers)
}

/// The last headers of the epochs lead from genesis on, each signed by the validators that the one before names.
fn walk(genesis: &Genesis, mut reader: Reader, report: &mut Report) -> Result<(), DiskError> {
    let mut roster = Roster::new(genesis.validators()).map_err(|_| ProofError::GenesisRoster);
    let mut epoch = 0u64;
    for section in reader.sections() {
        reader.load(section)?;
        for entry in reader.entries.values().filter_map(|at| at.first()) {
            let Some(boundary) = reader.decode(entry, FinalizedHeader::decode, report)? else {
                continue;
            };
            roster = roster.and_then(|roster| proof::step(genesis, (epoch, &roster), &boundary));
            epoch = epoch.saturating_add(1);
        }
    }
    if let Err(error) = roster {
        report.find(Finding {
            partition: format!("{}-value", reader.name),
            blob: None,
            offset: None,
            what: error.to_string(),
            part: reader.part,
        });
    }
    Ok(())
}

struct Look {
    blocks: Reader,
    certificates: Reader,
    found: Reader,
    outcomes: Reader,
    index: Reader,
    genesis: Option<Digest>,
    headers: VecDeque<Header>,
}

impl Look {
    fn section(&mut self, section: u64, report: &mut Report) -> Result<(), ScrubError> {
        let mut heights = BTreeSet::new();
        for reader in [
            &mut self.blocks,
            &mut self.certificates,
            &mut self.found,
            &mut self.outcomes,
            &mut self.index,
        ] {
            reader.load(section)?;
            heights.extend(reader.entries.keys().copied());
        }
        for height in heights {
            let header = self.block(height, report)?;
            let own = self.certificate(&self.certificates, height, report)?;
            report.blocks.certificates = report.blocks.certificates.saturating_add(own);
            self.certificate(&self.found, height, report)?;
            let outcome = self.outcome(height, header.as_ref(), report)?;
            self.places(height, outcome.as_ref(), report)?;
            if let Some(header) = header {
                self.headers.push_back(header);
                if self.headers.len() > HEADERS {
                    self.headers.pop_front();
                }
            }
        }
        Ok(())
    }

    fn block(&self, height: u64, report: &mut Report) -> Result<Option<Header>, DiskError> {
        let Some(entry) = self.blocks.at(height).first() else {
            return Ok(None);
        };
        let Some(block) = self.blocks.decode(entry, unpacked::<Block>, report)? else {
            return Ok(None);
        };
        let header = block.header();
        let parent = self.headers.back();
        let parent = parent.filter(|parent| parent.height.plus(1) == header.height);
        if header.height.get() != height || block.digest() != Digest::from(entry.key) {
            self.blocks.find(entry, "is another block", report);
        } else if parent.is_some_and(|parent| parent.digest() != header.parent) {
            let what = "does not name the block before it as its parent";
            self.blocks.find(entry, what, report);
        } else if height == 0
            && self
                .genesis
                .is_some_and(|genesis| genesis != block.digest())
        {
            self.blocks.find(entry, "is of another network", report);
        }
        if height > 0 {
            note(&mut report.blocks, height);
        }
        Ok(Some(header.clone()))
    }

    /// How many certificates `archive` has of a height.
    fn certificate(
        &self,
        archive: &Reader,
        height: u64,
        report: &mut Report,
    ) -> Result<u64, DiskError> {
        let Some(entry) = archive.at(height).first() else {
            return Ok(0);
        };
        let Some(certificate) = archive.decode(entry, Finalization::decode, report)? else {
            return Ok(0);
        };
        let payload = certificate.0.proposal.payload;
        let block = self.blocks.at(height).first();
        if payload != Digest::from(entry.key) || block.is_some_and(|block| block.key != entry.key) {
            let what = "names another block than the one of its height";
            archive.find(entry, what, report);
        }
        Ok(1)
    }

    fn outcome(
        &self,
        height: u64,
        header: Option<&Header>,
        report: &mut Report,
    ) -> Result<Option<BlockEvents>, DiskError> {
        let Some(entry) = self.outcomes.at(height).first() else {
            return Ok(None);
        };
        let Some(outcome) = self
            .outcomes
            .decode(entry, unpacked::<BlockEvents>, report)?
        else {
            return Ok(None);
        };
        let header = header.filter(|header| header.height.get() > 0);
        if outcome.height.get() != height {
            self.outcomes.find(entry, "is of another height", report);
        } else if header.is_some_and(|header| !same(header, &outcome)) {
            let what = "is not what the block's header commits to";
            self.outcomes.find(entry, what, report);
        }
        Ok(Some(outcome))
    }

    fn places(
        &self,
        height: u64,
        outcome: Option<&BlockEvents>,
        report: &mut Report,
    ) -> Result<(), DiskError> {
        for entry in self.index.at(height) {
            let Some(place) = self.index.decode(entry, Place::decode, report)? else {
                continue;
            };
            if place.height.get() != height {
                self.index.find(entry, "is of another height", report);
            }
            let Some(outcome) = outcome.filter(|_| place.position != MARK) else {
                continue;
            };
            let at = usize::try_from(place.position).unwrap_or(usize::MAX);
            let receipt = outcome.receipts.get(at);
            if receipt.is_none_or(|receipt| *receipt.transaction.as_bytes() != entry.key) {
                let what = "leads to the receipt of another transaction";
                self.index.find(entry, what, report);
            }
        }
        Ok(())
    }
}

/// Decodes what an archive keeps packed.
fn unpacked<T: Codec<Cfg = ()>>(value: bytes::Bytes) -> Result<T, Error> {
    Packed::decode(value)?.open()
}

fn same(header: &Header, outcome: &BlockEvents) -> bool {
    header.receipts_root == merkle::root(receipt_leaves(outcome).iter())
        && header.events_root == merkle::root(event_leaves(outcome).iter())
        && header.time == outcome.time_ms
}

/// Notes that the block of a height is there; heights ascend.
fn note(blocks: &mut Blocks, height: u64) {
    let expected = blocks.highest.map(|highest| highest.saturating_add(1));
    if let Some(expected) = expected.filter(|expected| *expected < height)
        && blocks.missing.len() < MISSING_MAX
    {
        blocks.missing.push((expected, height.saturating_sub(1)));
    }
    blocks.lowest.get_or_insert(height);
    blocks.highest = Some(height);
}
