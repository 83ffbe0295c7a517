//! Execution of a block: every transaction in its order, all or none of its calls.
use crate::access::refused;
use crate::admission::Gate;
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
use amanat_types::{Receipt, StateKey, Transaction};
use std::collections::BTreeMap;

/// What a block does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// Values that changed, encoded; `None` would delete a key, which no call of protocol version 1 does.
    pub writes: BTreeMap<StateKey, Option<Vec<u8>>>,
    /// One for each transaction, in their order.
    pub receipts: Vec<Receipt>,
    /// One list for each transaction, in their order.
    pub events: Vec<TransactionEvents>,
    /// Metered units of all.
    pub units: u64,
}

/// Executes a block over the values of [`crate::keys`] and [`crate::more_keys`] of all its transactions.
///
/// A refused call drops everything that its transaction did; the receipt names the call, and one event says so: `AccessRefused` for
/// `Request` and `BreakGlass`, else `CallRefused`. The sequence number stays used and the units stay spent.
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
    let units = gate.spent();
    let mut writes = ledger.changes();
    gate.changes(&mut writes);
    Ok(Execution {
        writes,
        receipts,
        events,
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
