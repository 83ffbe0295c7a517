//! Execution of a block: every transaction in its order, all or none of its calls.
use crate::access::refused;
use crate::admission::Gate;
use crate::boundary::{self, NextEpoch};
use crate::dispatch::dispatch;
use crate::env::Env;
use crate::fault::{Failure, Fault, Inadmissible, Stop};
use crate::keys::Loaded;
use crate::records::holding::Batch;
use crate::view::{Context, Ledger};
use amanat_types::call::Unit;
use amanat_types::codec::List;
use amanat_types::event::{CallRefused, Event};
use amanat_types::receipt::{Outcome, Refused, TransactionEvents};
use amanat_types::{Receipt, StateKey, Transaction, TransactionId};
use std::collections::BTreeMap;

/// What a block does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// Values that changed, encoded; `None` would delete a key, which no call does yet.
    pub writes: BTreeMap<StateKey, Option<Vec<u8>>>,
    /// One for each transaction, in their order.
    pub receipts: Vec<Receipt>,
    /// One list for each transaction, in their order.
    pub events: Vec<TransactionEvents>,
    /// What the end of the epoch did, in order; empty but in the last block of an epoch. At most [`limits::PROPOSALS_OPEN_MAX`].
    pub boundary: Vec<Event>,
    /// How the next epoch starts: in the last block of an epoch, and nowhere else.
    pub next: Option<NextEpoch>,
    /// Metered units of all.
    pub units: u64,
}

impl Execution {
    /// The events of the end of the epoch, as the node commits to them: one further leaf under the events root, after those of the
    /// transactions, under [`TransactionId::BOUNDARY`] and without a receipt. Nothing if nothing happened, and then there is no leaf.
    pub fn boundary_events(&self) -> Option<TransactionEvents> {
        if self.boundary.is_empty() {
            return None;
        }
        Some(TransactionEvents {
            transaction: TransactionId::BOUNDARY,
            events: List::new(self.boundary.clone()).ok()?,
        })
    }
}

/// Executes a block over the values of [`crate::keys`] and [`crate::more_keys`] of all its transactions.
///
/// A refused call drops everything that its transaction did; the receipt names the call, and one event says so: `AccessRefused` for
/// `Request` and `BreakGlass`, else `CallRefused`. The sequence number stays used and the units stay spent.
///
/// In the last block of an epoch, once all transactions have run, the changes that are due are applied ([`crate::boundary_keys`] are
/// loaded too).
///
/// Failures: [`Failure::Inadmissible`] if admission refuses a transaction in its place, so that the block is invalid;
/// [`Failure::Fault`] if this node is broken and must stop.
pub fn execute(env: &Env, loaded: Loaded, txs: &[Transaction]) -> Result<Execution, Failure> {
    env.known()?;
    let mut gate = Gate::new(&loaded);
    let mut ledger = Ledger::new(&loaded);
    let mut receipts = Vec::new();
    let mut events = Vec::new();
    for (index, tx) in txs.iter().enumerate() {
        let units = match gate.pass(env, tx) {
            Ok(units) => units,
            Err(Stop::Refused(refusal)) => return Err(Inadmissible { index, refusal }.into()),
            Err(Stop::Fault(fault)) => return Err(fault.into()),
        };
        let transaction = tx.id();
        let (outcome, emitted) = run(env, &mut ledger, tx)?;
        receipts.push(Receipt {
            transaction,
            outcome,
            units: u32::try_from(units).unwrap_or(u32::MAX),
        });
        let outgrown = |_| Fault::Outgrown { what: "events" };
        events.push(TransactionEvents {
            transaction,
            events: List::new(emitted).map_err(outgrown)?,
        });
    }
    let (boundary, next) = match env.last_of_epoch {
        true => {
            let next = boundary::end(env, &mut ledger)?;
            (ledger.keep(), Some(next))
        }
        false => (Vec::new(), None),
    };
    let units = gate.spent();
    let mut writes = ledger.changes();
    gate.changes(&mut writes);
    Ok(Execution {
        writes,
        receipts,
        events,
        boundary,
        next,
        units,
    })
}

/// Runs the calls of one transaction until the first refusal, and keeps or forgets them all.
fn run(
    env: &Env,
    ledger: &mut Ledger<'_>,
    tx: &Transaction,
) -> Result<(Outcome, Vec<Event>), Fault> {
    let ctx = Context {
        env,
        body: &tx.body,
        batch: &Batch::default(),
    };
    for (position, call) in tx.body.calls.iter().enumerate() {
        match dispatch(&ctx, ledger, call) {
            Ok(()) => {}
            Err(Stop::Fault(fault)) => return Err(fault),
            Err(Stop::Refused(refusal)) => {
                ledger.forget();
                let member = tx.body.sponsor;
                let position = u16::try_from(position).unwrap_or(u16::MAX);
                let event = refused(member, call, refusal).unwrap_or({
                    Event::CallRefused(CallRefused {
                        member,
                        call: position,
                        refusal,
                    })
                });
                let refused = Refused {
                    call: position,
                    refusal,
                };
                return Ok((Outcome::Refused(refused), vec![event]));
            }
        }
    }
    Ok((Outcome::Accepted(Unit), ledger.keep()))
}
