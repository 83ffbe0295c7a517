//! Which waiting transactions a block is offered: fairly between members.
//!
//! Whoever was given the least comes next. What a transaction is given is the largest of its parts of a block: of its bytes, its units,
//! and the number of transactions (dominant resource fairness). So a member that sends many, or large, or costly transactions gets
//! what the others leave, and one that sends little waits for nobody.
use amanat_types::block::Parcel;
use amanat_types::{MemberId, limits};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A block, in parts of which transactions are weighed.
const WHOLE: u64 = 1_000_000_000;

/// What is left of a block.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Transactions.
    pub transactions: usize,
    /// Bytes.
    pub bytes: usize,
    /// Bytes of a whole block, in parts of which they are weighed.
    pub block_bytes: usize,
    /// Units of all members.
    pub units: u64,
    /// Units of each member.
    pub member_units: u64,
}

/// One waiting transaction.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    /// It.
    pub parcel: &'a Arc<Parcel>,
    /// Units that it is counted with.
    pub units: u64,
}

/// One member's transactions in their order.
struct Line<I> {
    items: I,
    units: u64,
}

/// The largest part of a block that an item takes.
fn part(item: &Item<'_>, block_bytes: usize) -> u64 {
    let of = |much: u64, all: u64| much.saturating_mul(WHOLE).checked_div(all).unwrap_or(WHOLE);
    let size = |much: usize| u64::try_from(much).unwrap_or(u64::MAX);
    let bytes = of(size(item.parcel.bytes.len()), size(block_bytes));
    let count = of(1, size(limits::BLOCK_TRANSACTIONS_MAX));
    bytes
        .max(count)
        .max(of(item.units, limits::BLOCK_UNITS_MAX))
}

/// Takes from the members' queues as much as `room` holds, and takes it from `room`; at the start, the member at `turn` comes first.
///
/// A member whose next transaction does not fit waits for the next block, so that its order is kept and large ones are not passed over.
pub fn draw<'a, I: Iterator<Item = Item<'a>>>(
    queues: Vec<(MemberId, I)>,
    room: &mut Room,
    turn: usize,
) -> Vec<Arc<Parcel>> {
    let count = queues.len().max(1);
    let mut lines = BTreeMap::new();
    for (at, (_, items)) in queues.into_iter().enumerate() {
        let rank = (at + count - turn % count) % count;
        lines.insert((0u64, rank), Line { items, units: 0 });
    }
    let mut taken = Vec::new();
    while room.transactions > 0
        && let Some(((given, rank), mut line)) = lines.pop_first()
    {
        let Some(item) = line.items.next() else {
            continue;
        };
        let size = item.parcel.bytes.len();
        let units = line.units.saturating_add(item.units);
        if size > room.bytes || item.units > room.units || units > room.member_units {
            continue;
        }
        room.transactions -= 1;
        room.bytes -= size;
        room.units -= item.units;
        line.units = units;
        taken.push(item.parcel.clone());
        let part = part(&item, room.block_bytes);
        lines.insert((given.saturating_add(part), rank), line);
    }
    taken
}
