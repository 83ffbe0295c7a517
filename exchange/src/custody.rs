//! Who is custodian of which record, by folding the events of the whole ledger: the state has no list of a member's records.
use amanat_client::{Fault, Follower, Ledger};
use amanat_types::wire::BlockEvents;
use amanat_types::{Event, Height, MemberId, RecordId};
use std::collections::BTreeMap;

/// Whose key keeps a record, and whether anybody may still open it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The custodian.
    pub member: MemberId,
    /// Whether another record supersedes it.
    pub superseded: bool,
    /// Whether it was taken back.
    pub retracted: bool,
}

/// Every record of the ledger up to a height.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Custody {
    records: BTreeMap<RecordId, Kept>,
    height: Height,
}

/// How many records a member is custodian of; erased ones are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// That may be opened under a ticket; those that were superseded are among them.
    pub open: u64,
    /// Of these, superseded ones.
    pub superseded: u64,
    /// That were retracted: nobody may open them any more.
    pub retracted: u64,
}

impl Custody {
    /// Reads all events of `ledger` up to its tip. Takes as long as the ledger is; faults are those of the node.
    pub async fn read<L: Ledger>(ledger: L) -> Result<Self, Fault> {
        let mut follower = Follower::new(ledger, Height::new(1));
        let mut custody = Self::default();
        loop {
            let blocks = follower.page(0).await?;
            blocks.iter().for_each(|block| custody.block(block));
            if follower.next_height() > follower.tip() {
                custody.height = follower.tip();
                return Ok(custody);
            }
        }
    }

    /// The height up to which it was read.
    pub const fn height(&self) -> Height {
        self.height
    }

    /// The records of `member` that may be opened under a ticket, sorted.
    pub fn open_of(&self, member: MemberId) -> Vec<RecordId> {
        let of = |kept: &Kept| kept.member == member && !kept.retracted;
        let records = self.records.iter().filter(|(_, kept)| of(kept));
        records.map(|(record, _)| *record).collect()
    }

    /// All records of `member`, retracted ones too and no erased ones, sorted.
    pub fn all_of(&self, member: MemberId) -> Vec<RecordId> {
        let records = self.records.iter();
        let own = records.filter(|(_, kept)| kept.member == member);
        own.map(|(record, _)| *record).collect()
    }

    /// How many records each custodian has.
    pub fn counts(&self) -> BTreeMap<MemberId, Count> {
        let mut counts: BTreeMap<MemberId, Count> = BTreeMap::new();
        for kept in self.records.values() {
            let count = counts.entry(kept.member).or_default();
            match kept.retracted {
                true => count.retracted += 1,
                false => count.open += 1,
            }
            count.superseded += u64::from(kept.superseded && !kept.retracted);
        }
        counts
    }

    fn block(&mut self, block: &BlockEvents) {
        let groups = block.events.iter();
        groups
            .flat_map(|group| group.events.iter())
            .for_each(|event| self.event(event));
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::RecordDeposited(event) => self.add(event.record, event.member),
            Event::RecordAmended(event) => {
                self.add(event.record, event.member);
                self.change(event.superseded, |kept| kept.superseded = true);
            }
            Event::RecordRetracted(event) => {
                self.change(event.record, |kept| kept.retracted = true)
            }
            // There is nothing left to keep, to hand over or to export.
            Event::RecordsErased(event) => {
                for record in &event.records {
                    self.records.remove(record);
                }
            }
            Event::RecordsKept(event) => {
                for record in &event.records {
                    self.change(*record, |kept| kept.member = event.member);
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, record: RecordId, member: MemberId) {
        let kept = Kept {
            member,
            superseded: false,
            retracted: false,
        };
        self.records.insert(record, kept);
    }

    fn change(&mut self, record: RecordId, change: impl FnOnce(&mut Kept)) {
        if let Some(kept) = self.records.get_mut(&record) {
            change(kept);
        }
    }
}
