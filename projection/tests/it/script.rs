//! A small ledger in words: blocks of events, and a random script of them.
use amanat_client::Fault;
use amanat_projection::{Lookups, ReadModel};
use amanat_types::call::{Grantee, Scope, Unit};
use amanat_types::code::{BasisKind, GrantAccess, RetractReason};
use amanat_types::codec::List;
use amanat_types::event::*;
use amanat_types::receipt::{Outcome, Receipt, TransactionEvents};
use amanat_types::state::BasisRef;
use amanat_types::wire::{BlockEvents, EventPage};
use amanat_types::*;
use std::path::Path;

/// The storage key of the tests.
pub const KEY: [u8; 32] = [7; 32];

pub fn patient(n: u8) -> PatientId {
    PatientId::new([n; 16])
}
pub fn index(n: u8) -> BlindIndex {
    BlindIndex::new([n; 16])
}
pub fn record(n: u8) -> RecordId {
    RecordId::new([n; 16])
}
pub fn ticket(n: u8) -> TicketId {
    TicketId::new([n; 16])
}
pub fn grant(n: u8) -> GrantId {
    GrantId::new([n; 16])
}
pub fn member(n: u16) -> MemberId {
    MemberId::new(n)
}

/// Blocks as they are made, and what their events leave to the state.
#[derive(Default)]
pub struct Script {
    pub blocks: Vec<BlockEvents>,
    pub lookups: Lookups,
}

impl Script {
    /// Appends a block with one transaction for each list of events, `step_ms` after the last.
    pub fn block(&mut self, step_ms: u64, transactions: Vec<Vec<Event>>) {
        let number = u64::try_from(self.blocks.len()).unwrap() + 1;
        let last = self.blocks.last().map_or(0, |block| block.time_ms.get());
        let ids = (0u64..).map(|at| {
            TransactionId::from(digest("test", &[&number.to_be_bytes(), &at.to_be_bytes()]))
        });
        let (mut receipts, mut events) = (Vec::new(), Vec::new());
        for (id, list) in ids.zip(transactions) {
            receipts.push(Receipt {
                transaction: id,
                outcome: Outcome::Accepted(Unit),
                units: 1,
            });
            events.push(TransactionEvents {
                transaction: id,
                events: List::new(list).unwrap(),
            });
        }
        self.blocks.push(BlockEvents {
            height: Height::new(number),
            time_ms: TimestampMs::new(last + step_ms),
            receipts: List::new(receipts).unwrap(),
            events: List::new(events).unwrap(),
        });
    }

    /// Folds everything into a fresh model in `folder`, in pages of `page` blocks.
    pub fn fold_in(&self, folder: &Path, page: usize) -> ReadModel {
        let model = ReadModel::open(&folder.join("model.redb"), &KEY).unwrap();
        for blocks in self.blocks.chunks(page) {
            self.fold(&model, blocks).unwrap();
        }
        model
    }

    /// Folds some blocks.
    pub fn fold(&self, model: &ReadModel, blocks: &[BlockEvents]) -> Result<Height, Fault> {
        let next = blocks
            .last()
            .map_or(model.height(), |block| block.height)
            .plus(1);
        let page = EventPage {
            tip: next,
            time_ms: TimestampMs::new(0),
            next,
            blocks: List::new(blocks.to_vec()).unwrap(),
        };
        model.fold(&page, &self.lookups)
    }

    pub fn grants(&mut self, n: u8, whose: u8, to: u16, until_ms: u64) -> Event {
        self.lookups.grants.insert(grant(n), GrantAccess::Read);
        Event::ConsentGranted(ConsentGranted {
            grant: grant(n),
            patient: patient(whose),
            grantee: Grantee::Member(member(to)),
            indexes: List::new(vec![index(whose)]).unwrap(),
            until_ms: TimestampMs::new(until_ms),
        })
    }

    pub fn issues(&mut self, n: u8, whose: u8, on: u8, until_ms: u64) -> Event {
        self.lookups
            .bases
            .insert(ticket(n), BasisRef::Grant(grant(on)));
        Event::TicketIssued(TicketIssued {
            ticket: ticket(n),
            member: member(2),
            practitioner: None,
            patient: Some(patient(whose)),
            basis: BasisKind::Consent,
            purpose: Purpose::Treat,
            scope: Scope::Indexes(List::new(vec![index(whose)]).unwrap()),
            until_ms: TimestampMs::new(until_ms),
        })
    }
}

pub fn deposits(n: u8, under: u8) -> Event {
    Event::RecordDeposited(RecordDeposited {
        record: record(n),
        index: index(under),
        member: member(1),
        bucket: 1,
    })
}
pub fn revokes(n: u8, whose: u8) -> Event {
    Event::ConsentRevoked(ConsentRevoked {
        grant: grant(n),
        patient: patient(whose),
    })
}
pub fn retracts(n: u8) -> Event {
    Event::RecordRetracted(RecordRetracted {
        record: record(n),
        member: member(1),
        reason: RetractReason::Duplicate,
    })
}
pub fn keeps(n: u8, from: u16, by: u16) -> Event {
    Event::RecordsKept(RecordsKept {
        from: member(from),
        member: member(by),
        records: List::new(vec![record(n)]).unwrap(),
    })
}
pub fn refuses(claimed: Option<u8>, wanted: u8) -> Event {
    Event::AccessRefused(AccessRefused {
        member: member(3),
        patient: claimed.map(patient),
        basis: BasisKind::None,
        purpose: Purpose::Treat,
        scope: Scope::Records(List::new(vec![record(wanted)]).unwrap()),
        refusal: Refusal::NoBasis,
    })
}
