//! State of `records`: sealed records, by digest of their ciphertext, the results of orders, and requests for amendment.
use crate::fault::Fault;
use crate::keys::{AmendmentsName, Loaded, RecordName, ResultsName, SuccessionName};
use crate::table::Table;
use amanat_types::state::{Amendments, Record, Results, Succession};
use amanat_types::{MemberId, OrderId, RecordId, StateKey};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What `records` keeps. Everybody after it reads; only it writes.
pub struct State<'a> {
    records: Table<'a, RecordName>,
    successions: Table<'a, SuccessionName>,
    results: Table<'a, ResultsName>,
    amendments: Table<'a, AmendmentsName>,
}

impl<'a> State<'a> {
    /// As loaded.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            records: Table::new(loaded),
            successions: Table::new(loaded),
            results: Table::new(loaded),
            amendments: Table::new(loaded),
        }
    }

    /// A record.
    pub fn record(&self, record: RecordId) -> Result<Option<Rc<Record>>, Fault> {
        self.records.get(RecordName(record))
    }

    /// Whom `member` named its successor.
    pub fn succession(&self, member: MemberId) -> Result<Option<Rc<Succession>>, Fault> {
        self.successions.get(SuccessionName(member))
    }

    /// Writes whom `member` named.
    pub(super) fn put_succession(&mut self, member: MemberId, value: Succession) {
        self.successions.put(SuccessionName(member), value);
    }

    /// The results of an order.
    pub fn results(&self, order: OrderId) -> Result<Option<Rc<Results>>, Fault> {
        self.results.get(ResultsName(order))
    }

    /// Writes the results of an order.
    pub(super) fn put_results(&mut self, order: OrderId, value: Results) {
        self.results.put(ResultsName(order), value);
    }

    /// Requests for the amendment of a record.
    pub fn amendments(&self, record: RecordId) -> Result<Option<Rc<Amendments>>, Fault> {
        self.amendments.get(AmendmentsName(record))
    }

    /// Writes the requests for the amendment of a record.
    pub(super) fn put_amendments(&mut self, record: RecordId, value: Amendments) {
        self.amendments.put(AmendmentsName(record), value);
    }

    /// Writes a record.
    pub(super) fn put_record(&mut self, record: RecordId, value: Record) {
        self.records.put(RecordName(record), value);
    }

    /// Keeps the overlay.
    pub fn keep(&mut self) {
        self.records.keep();
        self.successions.keep();
        self.results.keep();
        self.amendments.keep();
    }

    /// Drops the overlay.
    pub fn forget(&mut self) {
        self.records.forget();
        self.successions.forget();
        self.results.forget();
        self.amendments.forget();
    }

    /// Adds what the block changed.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        self.records.changes(writes);
        self.successions.changes(writes);
        self.results.changes(writes);
        self.amendments.changes(writes);
    }
}
