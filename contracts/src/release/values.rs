//! Values that judgements borrow from whoever has them in memory.
use super::keys::{basis, first};
use crate::fault::Fault;
use crate::keys::{RosterName, Touched};
use crate::table::{Name, Source};
use amanat_types::StateKey;
use amanat_types::release::ReleaseRequest;
use amanat_types::state::{RosterState, Ticket};
use commonware_codec::{Copying, DecodeExt as _};
use std::cell::OnceCell;
use std::rc::Rc;

/// How many names a judgement usually needs in a round.
const USUAL: usize = 4;

/// What is known of a key: nothing, that the state has no value, or its value.
pub type Known<'v> = Option<Option<&'v [u8]>>;

/// What one round of reading needs for several judgements, one behind the other: names, each with its key, hashed here and nowhere after.
pub struct Needs {
    names: Vec<Touched>,
    keys: Vec<StateKey>,
    /// Where the names of each judgement end.
    ends: Vec<usize>,
    /// Where those of names first stand that many judgements need alike.
    alike: Vec<usize>,
}

impl Needs {
    /// Nothing yet, of so many judgements.
    pub fn of_many(judgements: usize) -> Self {
        let usual = judgements.saturating_mul(USUAL);
        Self {
            names: Vec::with_capacity(usual),
            keys: Vec::with_capacity(usual),
            ends: Vec::with_capacity(judgements),
            alike: Vec::new(),
        }
    }

    /// The first round of the next judgement, with the keys of [`super::first_keys`].
    pub fn first(&mut self, request: &ReleaseRequest) {
        self.names.extend(first(request));
        self.end();
    }

    /// The second, with those of [`super::basis_keys`].
    pub fn basis(&mut self, ticket: &Ticket) {
        basis(ticket, &mut self.names);
        self.end();
    }

    /// Nothing, of a judgement that needs nothing more.
    pub fn nothing(&mut self) {
        self.end();
    }

    /// Ends the names of a judgement, and hashes those that did not stand before.
    fn end(&mut self) {
        while let Some(name) = self.names.get(self.keys.len()) {
            let alike = matches!(name, Touched::RosterName(_) | Touched::JurisdictionName(_));
            let mut before = self.alike.iter();
            let before = before.find(|at| alike && self.names.get(**at) == Some(name));
            let key = before.and_then(|at| self.keys.get(*at)).copied();
            if alike && key.is_none() {
                self.alike.push(self.keys.len());
            }
            self.keys.push(key.unwrap_or_else(|| name.key()));
        }
        self.ends.push(self.names.len());
    }

    /// The keys of all of them.
    pub fn keys(&self) -> &[StateKey] {
        &self.keys
    }

    /// What the judgement of this number, counted from 0, needs of what was found for [`Self::keys`], in their order; `None` without such a
    /// judgement, or if fewer were found.
    pub fn of<'r, 'v>(&'r self, nth: usize, found: &'r [Known<'v>]) -> Option<Round<'r, 'v>> {
        let from = match nth.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        let mine = from..*self.ends.get(nth)?;
        let (names, found) = (self.names.get(mine.clone())?, found.get(mine)?);
        Some(Round { names, found })
    }
}

/// What one round of one judgement found.
#[derive(Clone, Copy, Default)]
pub struct Round<'r, 'v> {
    names: &'r [Touched],
    found: &'r [Known<'v>],
}

impl Round<'_, '_> {
    /// Whether all of it is known.
    pub fn is_whole(&self) -> bool {
        self.found.iter().all(Option::is_some)
    }
}

/// What judgements at one tip read alike, decoded once for all of them.
#[derive(Default)]
pub struct Common {
    roster: OnceCell<Option<Rc<RosterState>>>,
}

/// Encoded values of one finalised tip, as [`Needs`] named them in two rounds. Each is looked for among all of them, so this is for releases of
/// few records: whoever judges one of many loads [`crate::Loaded`].
pub struct Values<'r, 'v> {
    /// Of one tip, as the values are.
    pub common: &'r Common,
    /// The first round, and the second; what is not known in either was not read.
    pub rounds: [Round<'r, 'v>; 2],
}

impl<'v> Values<'_, 'v> {
    /// What is known of a name.
    pub(super) fn known(&self, wanted: &Touched) -> Known<'v> {
        let mut rounds = self.rounds.iter();
        rounds.find_map(|round| {
            let mut named = round.names.iter().zip(round.found);
            let (_, known) = named.find(|(name, _)| *name == wanted)?;
            *known
        })
    }
}

impl Source for Values<'_, '_> {
    fn value<N: Name>(&self, name: N) -> Result<Option<N::Value>, Fault> {
        let what = N::WHAT;
        let key = || name.key();
        match self.known(&name.into()) {
            Some(Some(bytes)) => match N::Value::decode(Copying(bytes)) {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(Fault::Corrupt { what, key: key() }),
            },
            Some(None) => Ok(None),
            None => Err(Fault::NotLoaded { what, key: key() }),
        }
    }

    fn roster(&self) -> Result<Option<Rc<RosterState>>, Fault> {
        let roster = &self.common.roster;
        if let Some(roster) = roster.get() {
            return Ok(roster.clone());
        }
        let read = self.value(RosterName())?.map(Rc::new);
        Ok(roster.get_or_init(|| read).clone())
    }
}
