//! Values that a judgement borrows from whoever has them in memory.
use super::keys::{basis, first};
use crate::fault::Fault;
use crate::keys::Touched;
use crate::table::{Name, Source};
use amanat_types::StateKey;
use amanat_types::release::ReleaseRequest;
use amanat_types::state::Ticket;
use commonware_codec::{Copying, DecodeExt as _};

/// How many values a round usually needs: more take another allocation, and nothing else.
const USUAL: usize = 4;

/// What one round of reading needs, each with its key: hashed here and nowhere after.
pub struct Needs(Vec<(Touched, StateKey)>);

impl Needs {
    fn of(names: impl Iterator<Item = Touched>) -> Self {
        let mut hashed = Vec::with_capacity(USUAL);
        hashed.extend(names.map(|name| {
            let key = name.key();
            (name, key)
        }));
        Self(hashed)
    }

    /// The first round, with the keys of [`super::first_keys`].
    pub fn first(request: &ReleaseRequest) -> Self {
        Self::of(first(request))
    }

    /// The second, with those of [`super::basis_keys`].
    pub fn basis(ticket: &Ticket) -> Self {
        Self::of(basis(ticket).into_iter())
    }

    /// The keys, in the order in which [`Values::take`] wants what they are of.
    pub fn keys(&self) -> impl Iterator<Item = &StateKey> {
        self.0.iter().map(|(_, key)| key)
    }
}

/// Encoded values of one finalised tip, as [`Needs`] named them. Each is looked for among all of them, so this is for releases of few records:
/// whoever judges one of many loads [`crate::Loaded`].
#[derive(Default)]
pub struct Values<'v>(Vec<(Touched, Option<&'v [u8]>)>);

impl<'v> Values<'v> {
    /// Takes what was found for the keys of `needs`, in their order; `None` where the state has no value. What is missing at the end was
    /// not read.
    pub fn take(&mut self, needs: Needs, found: impl Iterator<Item = Option<&'v [u8]>>) {
        if self.0.is_empty() {
            self.0.reserve(2 * USUAL);
        }
        let named = needs.0.into_iter().zip(found);
        self.0.extend(named.map(|((name, _), value)| (name, value)));
    }
}

impl Source for Values<'_> {
    fn value<N: Name>(&self, name: N) -> Result<Option<N::Value>, Fault> {
        let (what, wanted) = (N::WHAT, name.into());
        let held = self.0.iter().find(|(held, _)| *held == wanted);
        match held {
            Some((_, Some(bytes))) => match N::Value::decode(Copying(bytes)) {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(Fault::Corrupt {
                    what,
                    key: name.key(),
                }),
            },
            Some((_, None)) => Ok(None),
            None => Err(Fault::NotLoaded {
                what,
                key: name.key(),
            }),
        }
    }
}
