//! Release journals of vaults and custodians: read page by page, their chains checked, compared with the anchors on the ledger.
//!
//! A journal is its keeper's word; the chain and the anchors are what it cannot take back. A flaw is kept and named in every
//! access log from then on; what was read before it stays.
use crate::fold::TicketRow;
use crate::log::{self, AccessEntry, Act, Place, Released};
use crate::model::{ReadModel, decode};
use crate::store::{Batch, Table, Urgency};
use amanat_client::stores::JournalPage;
use amanat_client::{Fault, Stores};
use amanat_types::code::JournalKind;
use amanat_types::event::JournalAnchored;
use amanat_types::journal::JournalEntry;
use amanat_types::release::JournalRequest;
use amanat_types::{Digest, Height, MemberId, TransactionId, codec_enum, codec_struct};
use commonware_codec::Encode as _;

/// Journal -> [`JournalRow`].
const JOURNAL: Table = Table::new("journal");
/// List: journal; key: number of entries; value: [`Anchored`].
const ANCHOR: Table = Table::new("journal-anchor");
/// List: journal; key: number of entries up to here; value: hash of the last of them.
const HEAD: Table = Table::new("journal-head");
/// Entries of a page.
const PAGE_ENTRIES: u32 = 128;

/// What is wrong with a release journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalFlaw {
    /// The entry with this number does not follow the one before it.
    Broken(u64),
    /// The entry with this number is of another member or another journal.
    Foreign(u64),
    /// The journal differs from the anchor over this many entries.
    AnchorDiffers(u64),
    /// The journal has fewer entries than were anchored or read before.
    Shortened(u64),
}
codec_enum!(JournalFlaw { 1 => Broken, 2 => Foreign, 3 => AnchorDiffers, 4 => Shortened });

impl std::fmt::Display for JournalFlaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Broken(number) => write!(f, "entry {number} does not follow the one before it"),
            Self::Foreign(number) => write!(f, "entry {number} is of another journal"),
            Self::AnchorDiffers(count) => write!(f, "differs from the anchor over {count} entries"),
            Self::Shortened(count) => write!(f, "ends before {count} entries, which it had before"),
        }
    }
}

/// How a release journal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Whole, as far as it was read.
    Whole,
    /// Its keeper did not answer; what it held when it was read last is in the log.
    Unread,
    /// Not whole.
    Flawed(JournalFlaw),
}

/// A release journal and how it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalStanding {
    /// Whose.
    pub member: MemberId,
    /// Which.
    pub journal: JournalKind,
    /// Entries that are in the log.
    pub entries: u64,
    /// Entries that an anchor on the ledger covers.
    pub anchored: u64,
    /// How it stands.
    pub standing: Standing,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JournalRow {
    count: u64,
    head: Digest,
    anchored: u64,
    flaw: Option<JournalFlaw>,
}
codec_struct!(JournalRow {
    count,
    head,
    anchored,
    flaw
});

pub(crate) struct Anchored {
    head: Digest,
    height: Height,
    transaction: TransactionId,
}
codec_struct!(Anchored {
    head,
    height,
    transaction
});

/// Name of a journal: member and kind.
fn name(member: MemberId, journal: JournalKind) -> Vec<u8> {
    (member, journal).encode().to_vec()
}

/// Keeps an anchor; compared when the journal is read.
pub(crate) fn anchored(
    batch: &mut Batch<'_>,
    height: Height,
    transaction: TransactionId,
    event: &JournalAnchored,
) -> Result<(), Fault> {
    let anchor = Anchored {
        head: event.head,
        height,
        transaction,
    };
    let list = name(event.member, event.journal);
    batch.put(ANCHOR, &list, &event.count.to_be_bytes(), &anchor.encode())
}

fn load(bytes: Option<Vec<u8>>) -> Result<JournalRow, Fault> {
    let start = JournalRow {
        count: 0,
        head: JournalEntry::start(),
        anchored: 0,
        flaw: None,
    };
    bytes.map_or(Ok(start), |bytes| decode(&bytes))
}

/// Folds a page of a journal from where it was read last; says whether more may be had.
fn fold_page(
    batch: &mut Batch<'_>,
    list: &[u8],
    (member, journal): (MemberId, JournalKind),
    page: &JournalPage,
    tip: Height,
) -> Result<bool, Fault> {
    let mut row = load(batch.get(JOURNAL, b"", list)?)?;
    if row.flaw.is_some() {
        return Ok(false);
    }
    let mut flaw = (page.count < row.count).then_some(JournalFlaw::Shortened(row.count));
    let mut waits = false;
    for entry in &page.entries {
        // Judged at a height that is not folded yet: its ticket may not be known. It is read again next time.
        waits = entry.height > tip;
        if waits || flaw.is_some() {
            break;
        }
        match JournalEntry::chain(row.count, row.head, std::slice::from_ref(entry)) {
            Err(number) => flaw = Some(JournalFlaw::Broken(number)),
            Ok(_) if entry.releaser != member || entry.journal != journal => {
                flaw = Some(JournalFlaw::Foreign(entry.number));
            }
            Ok(head) => {
                released(batch, entry)?;
                row.count = row.count.saturating_add(1);
                row.head = head;
                batch.put(HEAD, list, &row.count.to_be_bytes(), &head.encode())?;
            }
        }
    }
    let whole = !waits && flaw.is_none() && row.count == page.count;
    if whole && row.head != page.head {
        flaw = Some(JournalFlaw::Broken(row.count));
    }
    row.flaw = match flaw {
        Some(flaw) => Some(flaw),
        None => compare(batch, list, &mut row, whole)?,
    };
    batch.put(JOURNAL, b"", list, &row.encode())?;
    Ok(row.flaw.is_none() && !waits && row.count < page.count && !page.entries.is_empty())
}

/// Compares what was read with the anchors that cover it.
fn compare(
    batch: &Batch<'_>,
    list: &[u8],
    row: &mut JournalRow,
    whole: bool,
) -> Result<Option<JournalFlaw>, Fault> {
    for anchor in batch.scan(ANCHOR, list)? {
        let count: u64 = decode(&anchor.key)?;
        if count <= row.anchored {
            continue;
        }
        if count > row.count {
            return Ok(whole.then_some(JournalFlaw::Shortened(count)));
        }
        let anchor: Anchored = decode(&anchor.value)?;
        let head = batch.get(HEAD, list, &count.to_be_bytes())?;
        let head: Option<Digest> = head.map(|bytes| decode(&bytes)).transpose()?;
        if head != Some(anchor.head) {
            return Ok(Some(JournalFlaw::AnchorDiffers(count)));
        }
        row.anchored = count;
    }
    Ok(None)
}

/// A release goes to the log of the patient whose ticket it was under.
fn released(batch: &mut Batch<'_>, entry: &JournalEntry) -> Result<(), Fault> {
    let ticket = TicketRow::load(batch, &entry.ticket)?;
    let logged = AccessEntry {
        place: Place::after(entry.height),
        time_ms: entry.time_ms,
        transaction: ticket.as_ref().map(|ticket| ticket.transaction),
        act: Act::Released(Released {
            ticket: entry.ticket,
            releaser: entry.releaser,
            reader: entry.reader,
            journal: entry.journal,
            number: entry.number,
            records: entry.records.clone(),
        }),
    };
    log::put(batch, ticket.and_then(|ticket| ticket.patient), &logged)
}

impl ReadModel {
    /// Reads what is new in the release journals of `members`, checks it and folds it in; says how each stands.
    ///
    /// A journal whose keeper does not answer is `Unread`. Faults: of the own store only.
    pub async fn follow_journals<S: Stores>(
        &self,
        stores: &S,
        members: impl IntoIterator<Item = MemberId>,
    ) -> Result<Vec<JournalStanding>, Fault> {
        let mut standings = Vec::new();
        for member in members {
            for journal in JournalKind::ALL {
                standings.push(self.follow_journal(stores, member, *journal).await?);
            }
        }
        Ok(standings)
    }

    async fn follow_journal<S: Stores>(
        &self,
        stores: &S,
        member: MemberId,
        journal: JournalKind,
    ) -> Result<JournalStanding, Fault> {
        let list = name(member, journal);
        let mut read = true;
        loop {
            let row = load(self.store().view()?.get(JOURNAL, b"", &list)?)?;
            let request = JournalRequest {
                journal,
                from: row.count,
                limit: PAGE_ENTRIES,
            };
            let Ok(page) = stores.journal(member, request).await else {
                read = false;
                break;
            };
            let tip = self.height();
            let more = self.store().write(Urgency::Later, |batch| {
                fold_page(batch, &list, (member, journal), &page, tip)
            })?;
            if !more {
                break;
            }
        }
        let row = load(self.store().view()?.get(JOURNAL, b"", &list)?)?;
        let standing = match row.flaw {
            Some(flaw) => Standing::Flawed(flaw),
            None if read => Standing::Whole,
            None => Standing::Unread,
        };
        Ok(JournalStanding {
            member,
            journal,
            entries: row.count,
            anchored: row.anchored,
            standing,
        })
    }
}
