//! What each contract sees: its own state to write, those before it to read, and the list of events. The rights table of
//! LAYOUT.md is these types: a contract holds `&mut` to its own state only, and write methods are visible in its own module only.
use crate::access::State as Access;
use crate::cards::State as Cards;
use crate::consent::State as Consent;
use crate::encounters::State as Encounters;
use crate::env::Env;
use crate::fault::Fault;
use crate::keys::{ActorName, Loaded};
use crate::membership::State as Membership;
use crate::records::State as Records;
use crate::records::holding::Batch;
use crate::table::Table;
use amanat_types::state::Actor;
use amanat_types::transaction::Body;
use amanat_types::{Event, MemberId, PublicKey, StateKey};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Around one call: the block and the transaction in which it stands.
pub struct Context<'c> {
    /// The block.
    pub env: &'c Env,
    /// The transaction.
    pub body: &'c Body,
    /// What its `Stored` roots say about all its deposits together; found at the first use.
    pub batch: &'c Batch,
}

/// Who holds a key: one list for members, practitioners and cards, so that no key stands for two.
///
/// It only grows: membership and cards add to it, nothing leaves it, and only the end of an epoch changes it, where a member's
/// keys are replaced.
pub struct Actors<'a>(Table<'a, ActorName>);

impl Actors<'_> {
    /// Who holds `key`.
    pub fn of(&self, key: &PublicKey) -> Result<Option<Rc<Actor>>, Fault> {
        self.0.get(ActorName(*key))
    }

    /// Whether somebody holds `key`.
    pub fn taken(&self, key: &PublicKey) -> Result<bool, Fault> {
        self.0.has(ActorName(*key))
    }

    /// Takes a key of `member` out of use, for ever.
    pub fn retire(&mut self, key: &PublicKey, member: MemberId) {
        self.0.put(ActorName(*key), Actor::Retired(member));
    }

    /// Gives a free key to `actor`. The caller has refused a taken one.
    pub fn claim(&mut self, key: &PublicKey, actor: Actor) {
        self.0.put(ActorName(*key), actor);
    }
}

/// The whole state of a block under execution.
pub struct Ledger<'a> {
    actors: Actors<'a>,
    membership: Membership<'a>,
    cards: Cards<'a>,
    encounters: Encounters<'a>,
    consent: Consent<'a>,
    records: Records<'a>,
    access: Access<'a>,
    events: Vec<Event>,
}

/// What `membership` sees.
pub struct MembershipView<'v, 'a> {
    /// Its own.
    pub own: &'v mut Membership<'a>,
    /// Adds keys.
    pub actors: &'v mut Actors<'a>,
    /// Emits.
    pub events: &'v mut Vec<Event>,
}

/// What `cards` sees.
pub struct CardsView<'v, 'a> {
    /// Its own.
    pub own: &'v mut Cards<'a>,
    /// Adds keys.
    pub actors: &'v mut Actors<'a>,
    /// Earlier.
    pub membership: &'v Membership<'a>,
    /// Emits.
    pub events: &'v mut Vec<Event>,
}

/// What `encounters` sees.
pub struct EncountersView<'v, 'a> {
    /// Its own.
    pub own: &'v mut Encounters<'a>,
    /// Earlier.
    pub actors: &'v Actors<'a>,
    /// Earlier.
    pub membership: &'v Membership<'a>,
    /// Earlier.
    pub cards: &'v Cards<'a>,
    /// Emits.
    pub events: &'v mut Vec<Event>,
}

/// What `consent` sees.
pub struct ConsentView<'v, 'a> {
    /// Its own.
    pub own: &'v mut Consent<'a>,
    /// Earlier.
    pub actors: &'v Actors<'a>,
    /// Earlier.
    pub membership: &'v Membership<'a>,
    /// Earlier.
    pub cards: &'v Cards<'a>,
    /// Emits.
    pub events: &'v mut Vec<Event>,
}

/// What `records` sees.
pub struct RecordsView<'v, 'a> {
    /// Its own.
    pub own: &'v mut Records<'a>,
    /// Earlier.
    pub actors: &'v Actors<'a>,
    /// Earlier.
    pub membership: &'v Membership<'a>,
    /// Earlier.
    pub cards: &'v Cards<'a>,
    /// Earlier.
    pub encounters: &'v Encounters<'a>,
    /// Earlier.
    pub consent: &'v Consent<'a>,
    /// Emits.
    pub events: &'v mut Vec<Event>,
}

/// What `access` sees.
pub struct AccessView<'v, 'a> {
    /// Its own.
    pub own: &'v mut Access<'a>,
    /// Earlier.
    pub actors: &'v Actors<'a>,
    /// Earlier.
    pub membership: &'v Membership<'a>,
    /// Earlier.
    pub cards: &'v Cards<'a>,
    /// Earlier.
    pub encounters: &'v Encounters<'a>,
    /// Earlier.
    pub consent: &'v Consent<'a>,
    /// Earlier.
    pub records: &'v Records<'a>,
    /// Emits.
    pub events: &'v mut Vec<Event>,
}

impl<'a> Ledger<'a> {
    /// The state as loaded, untouched.
    pub const fn new(loaded: &'a Loaded) -> Self {
        Self {
            actors: Actors(Table::new(loaded)),
            membership: Membership::new(loaded),
            cards: Cards::new(loaded),
            encounters: Encounters::new(loaded),
            consent: Consent::new(loaded),
            records: Records::new(loaded),
            access: Access::new(loaded),
            events: Vec::new(),
        }
    }

    /// For calls of `membership`.
    pub const fn membership(&mut self) -> MembershipView<'_, 'a> {
        MembershipView {
            own: &mut self.membership,
            actors: &mut self.actors,
            events: &mut self.events,
        }
    }

    /// For calls of `cards`.
    pub const fn cards(&mut self) -> CardsView<'_, 'a> {
        CardsView {
            own: &mut self.cards,
            actors: &mut self.actors,
            membership: &self.membership,
            events: &mut self.events,
        }
    }

    /// For calls of `encounters`.
    pub const fn encounters(&mut self) -> EncountersView<'_, 'a> {
        EncountersView {
            own: &mut self.encounters,
            actors: &self.actors,
            membership: &self.membership,
            cards: &self.cards,
            events: &mut self.events,
        }
    }

    /// For calls of `consent`.
    pub const fn consent(&mut self) -> ConsentView<'_, 'a> {
        ConsentView {
            own: &mut self.consent,
            actors: &self.actors,
            membership: &self.membership,
            cards: &self.cards,
            events: &mut self.events,
        }
    }

    /// For calls of `records`.
    pub const fn records(&mut self) -> RecordsView<'_, 'a> {
        RecordsView {
            own: &mut self.records,
            actors: &self.actors,
            membership: &self.membership,
            cards: &self.cards,
            encounters: &self.encounters,
            consent: &self.consent,
            events: &mut self.events,
        }
    }

    /// For calls of `access`.
    pub const fn access(&mut self) -> AccessView<'_, 'a> {
        AccessView {
            own: &mut self.access,
            actors: &self.actors,
            membership: &self.membership,
            cards: &self.cards,
            encounters: &self.encounters,
            consent: &self.consent,
            records: &self.records,
            events: &mut self.events,
        }
    }

    /// Keeps what the running transaction wrote, and gives its events.
    pub fn keep(&mut self) -> Vec<Event> {
        self.actors.0.keep();
        self.membership.keep();
        self.cards.keep();
        self.encounters.keep();
        self.consent.keep();
        self.records.keep();
        self.access.keep();
        std::mem::take(&mut self.events)
    }

    /// Drops what the running transaction wrote and emitted.
    pub fn forget(&mut self) {
        self.actors.0.forget();
        self.membership.forget();
        self.cards.forget();
        self.encounters.forget();
        self.consent.forget();
        self.records.forget();
        self.access.forget();
        self.events.clear();
    }

    /// Every value that the block changed, encoded.
    pub fn changes(self) -> BTreeMap<StateKey, Option<Vec<u8>>> {
        let mut writes = BTreeMap::new();
        self.actors.0.changes(&mut writes);
        self.membership.changes(&mut writes);
        self.cards.changes(&mut writes);
        self.encounters.changes(&mut writes);
        self.consent.changes(&mut writes);
        self.records.changes(&mut writes);
        self.access.changes(&mut writes);
        writes
    }
}
