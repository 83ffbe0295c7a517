//! State of `records`: sealed records, by digest of their ciphertext, the results of orders, requests for amendment, legal holds, erasures.
use crate::fault::Fault;
use crate::keys::{
    AmendmentsName, ErasureName, HoldName, HoldsName, Loaded, RecordName, ResultsName,
    SuccessionName,
};
use crate::table::Table;
use amanat_types::state::{
    Amendments, ErasureState, HoldState, Holds, Record, Results, Succession,
};
use amanat_types::{HoldId, MemberId, OrderId, RecordId, StateKey};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What `records` keeps. Everybody after it reads; only it writes.
pub struct State<'a> {
    records: Table<'a, RecordName>,
    successions: Table<'a, SuccessionName>,
    results: Table<'a, ResultsName>,
    amendments: Table<'a, AmendmentsName>,
    holds: Table<'a, HoldName>,
    holds_on: Table<'a, HoldsName>,
    erasures: Table<'a, ErasureName>,
}

impl<'a> State<'a> {
    /// As loaded.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            records: Table::new(loaded),
            successions: Table::new(loaded),
            results: Table::new(loaded),
            amendments: Table::new(loaded),
            holds: Table::new(loaded),
            holds_on: Table::new(loaded),
            erasures: Table::new(loaded),
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

    /// A legal hold.
    pub fn hold(&self, hold: HoldId) -> Result<Option<Rc<HoldState>>, Fault> {
        self.holds.get(HoldName(hold))
    }

    /// Writes a legal hold.
    pub(super) fn put_hold(&mut self, hold: HoldId, value: HoldState) {
        self.holds.put(HoldName(hold), value);
    }

    /// The legal holds on a record.
    pub fn holds(&self, record: RecordId) -> Result<Option<Rc<Holds>>, Fault> {
        self.holds_on.get(HoldsName(record))
    }

    /// Writes the legal holds on a record.
    pub(super) fn put_holds(&mut self, record: RecordId, value: Holds) {
        self.holds_on.put(HoldsName(record), value);
    }

    /// That a record was erased, and who has deleted it.
    pub fn erasure(&self, record: RecordId) -> Result<Option<Rc<ErasureState>>, Fault> {
        self.erasures.get(ErasureName(record))
    }

    /// Writes that a record was erased.
    pub(super) fn put_erasure(&mut self, record: RecordId, value: ErasureState) {
        self.erasures.put(ErasureName(record), value);
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
        self.holds.keep();
        self.holds_on.keep();
        self.erasures.keep();
    }

    /// Drops the overlay.
    pub fn forget(&mut self) {
        self.records.forget();
        self.successions.forget();
        self.results.forget();
        self.amendments.forget();
        self.holds.forget();
        self.holds_on.forget();
        self.erasures.forget();
    }

    /// Adds what the block changed.
    pub fn changes(self, writes: &mut BTreeMap<StateKey, Option<Vec<u8>>>) {
        self.records.changes(writes);
        self.successions.changes(writes);
        self.results.changes(writes);
        self.amendments.changes(writes);
        self.holds.changes(writes);
        self.holds_on.changes(writes);
        self.erasures.changes(writes);
    }
}
