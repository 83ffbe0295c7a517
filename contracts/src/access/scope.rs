//! What a ticket covers: nothing outside its basis.
use super::basis::Reach;
use crate::fault::{Fault, Stop, require};
use crate::view::AccessView;
use amanat_types::call::{Indexes, Records, Scope};
use amanat_types::state::{IndexOwner, Record};
use amanat_types::{BlindIndex, Refusal};

/// The scope of the ticket: what was asked, sorted and without repeats, all of it within `reach`.
///
/// Refusals, in this order, for each record `RecordUnknown`, `ScopeOutsideBasis`; for each index `ScopeOutsideBasis`.
pub fn within(view: &AccessView<'_, '_>, asked: &Scope, reach: &Reach) -> Result<Scope, Stop> {
    match asked {
        Scope::Records(records) => {
            for id in records {
                let record = view.records.record(*id)?.ok_or(Refusal::RecordUnknown)?;
                require(covers(reach, &record), Refusal::ScopeOutsideBasis)?;
            }
            let records = Records::new(sorted(records));
            let outgrown = |_| Fault::Outgrown { what: "records" };
            Ok(Scope::Records(records.map_err(outgrown)?))
        }
        Scope::Indexes(indexes) => {
            for index in indexes {
                require(opens(view, reach, index)?, Refusal::ScopeOutsideBasis)?;
            }
            let indexes = Indexes::new(sorted(indexes));
            let outgrown = |_| Fault::Outgrown { what: "indexes" };
            Ok(Scope::Indexes(indexes.map_err(outgrown)?))
        }
    }
}

/// Whether the basis reaches a record. A directory record shows it by itself: its index is the public one of its member, which
/// genesis gave to that directory.
fn covers(reach: &Reach, record: &Record) -> bool {
    match &reach.indexes {
        Some(indexes) => indexes.binary_search(&record.index).is_ok(),
        None => record.index == BlindIndex::directory(record.member),
    }
}

/// Whether the basis reaches an index.
fn opens(view: &AccessView<'_, '_>, reach: &Reach, index: &BlindIndex) -> Result<bool, Fault> {
    match &reach.indexes {
        Some(indexes) => Ok(indexes.binary_search(index).is_ok()),
        None => Ok(view
            .cards
            .index(*index)?
            .is_some_and(|owner| matches!(*owner, IndexOwner::Directory(_)))),
    }
}

fn sorted<T: Copy + Ord>(items: &[T]) -> Vec<T> {
    let mut items = items.to_vec();
    items.sort_unstable();
    items.dedup();
    items
}
