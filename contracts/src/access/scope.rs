//! How the scope of a ticket is stored: sorted and without repeats, so that whoever reads it may search it.
use crate::fault::Fault;
use amanat_types::call::{Indexes, Records, Scope};

/// What was asked, sorted and without repeats.
pub fn stored(asked: &Scope) -> Result<Scope, Fault> {
    match asked {
        Scope::Records(records) => {
            let records = Records::new(sorted(records));
            let outgrown = |_| Fault::Outgrown { what: "records" };
            Ok(Scope::Records(records.map_err(outgrown)?))
        }
        Scope::Indexes(indexes) => {
            let indexes = Indexes::new(sorted(indexes));
            let outgrown = |_| Fault::Outgrown { what: "indexes" };
            Ok(Scope::Indexes(indexes.map_err(outgrown)?))
        }
    }
}

fn sorted<T: Copy + Ord>(items: &[T]) -> Vec<T> {
    let mut items = items.to_vec();
    items.sort_unstable();
    items.dedup();
    items
}
