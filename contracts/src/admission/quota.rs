//! Whose the units of a block are: a quota for each member, and a lane for emergencies that nothing else may use.
//!
//! Q1. Ordinary transactions of one member take at most its quota, and those of all members at most what the lane leaves.
//! Q2. The lane is divided evenly between the members that are active at the start of the block. A member's emergency transaction is
//! admitted while its own part has room, whatever others sent and in whatever order.
//! Q3. An emergency transaction for which the member's part has no room left counts as ordinary.
//! Q4. A block holds at most [`limits::BLOCK_UNITS_MAX`] units: the two together are never more.
//!
//! Limits and roster are those of the start of the block: they change at the end of an epoch only, after its last transaction.
use crate::boundary::network_limits;
use crate::cost::{events_most, units};
use crate::fault::{Fault, Stop, require};
use crate::keys::{Loaded, RosterName};
use crate::table::load;
use amanat_types::{Call, MemberId, Refusal, Transaction, limits};
use std::collections::BTreeMap;

/// Whether `tx` is an emergency: it breaks the glass and does nothing else. A batch with any other call is ordinary.
pub fn is_emergency(tx: &Transaction) -> bool {
    let calls = &tx.body.calls;
    let glass = |call: &Call| matches!(call, Call::BreakGlass(_));
    !calls.is_empty() && calls.iter().all(glass)
}

/// How the units of a block are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Units of ordinary transactions of one member.
    pub member_units: u64,
    /// Units of ordinary transactions of all members together.
    pub ordinary_units: u64,
    /// Units of one member in the emergency lane.
    pub lane_units: u64,
}

impl Quotas {
    /// The division of a block on a state of which the limits and the roster are loaded.
    pub fn read(loaded: &Loaded) -> Result<Self, Fault> {
        let set = network_limits(loaded)?;
        let roster = load(loaded, RosterName())?.ok_or(Fault::Absent { what: "roster" })?;
        let active = u64::try_from(roster.members.len()).unwrap_or(u64::MAX);
        let lane = set.emergency_units_per_block;
        Ok(Self {
            member_units: set.member_units_per_block,
            ordinary_units: limits::BLOCK_UNITS_MAX.saturating_sub(lane),
            lane_units: lane.checked_div(active).unwrap_or(0),
        })
    }
}

/// What one member has spent in a block.
#[derive(Clone, Copy, Default)]
struct Spent {
    ordinary: u64,
    lane: u64,
}

/// What everybody has spent in a block.
pub struct Meter<'a> {
    loaded: &'a Loaded,
    quotas: Option<Quotas>,
    members: BTreeMap<MemberId, Spent>,
    ordinary: u64,
    all: u64,
}

impl<'a> Meter<'a> {
    /// The meter of an empty block, which reads the quotas when the first transaction comes.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            loaded,
            quotas: None,
            members: BTreeMap::new(),
            ordinary: 0,
            all: 0,
        }
    }

    /// Units of everything that was charged.
    pub const fn spent(&self) -> u64 {
        self.all
    }

    /// Charges the units of `tx` to its sponsor and gives them; or refuses it and charges nothing.
    ///
    /// Refusals, in this order: `TooCostly` if the transaction could emit more events than one list of them holds
    /// ([`limits::EVENTS_MAX`]), or if it does not fit beside the lane; `QuotaExceeded`.
    pub fn charge(&mut self, tx: &Transaction) -> Result<u64, Stop> {
        require(events_most(tx) <= limits::EVENTS_MAX, Refusal::TooCostly)?;
        let quotas = match self.quotas {
            Some(quotas) => quotas,
            None => *self.quotas.insert(Quotas::read(self.loaded)?),
        };
        let units = units(tx);
        let own = self.members.entry(tx.body.sponsor).or_default();
        let lane = own.lane.saturating_add(units);
        if is_emergency(tx) && lane <= quotas.lane_units {
            own.lane = lane;
        } else {
            let ordinary = self.ordinary.saturating_add(units);
            require(ordinary <= quotas.ordinary_units, Refusal::TooCostly)?;
            let spent = own.ordinary.saturating_add(units);
            require(spent <= quotas.member_units, Refusal::QuotaExceeded)?;
            own.ordinary = spent;
            self.ordinary = ordinary;
        }
        self.all = self.all.saturating_add(units);
        Ok(units)
    }
}
