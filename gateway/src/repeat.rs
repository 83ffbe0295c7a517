//! The ids by which a repeated request is known: from the caller's own id for it, or from what it holds.
//!
//! They go to the exchange as digests: a caller's id may say more than it should.
use amanat_login::Session;
use amanat_types::digest;

use crate::outcome::Problem;

/// Ids of the entries of one request.
pub(crate) struct CallerIds(String);

impl CallerIds {
    /// From the caller's id for the request; without one, the request is like no other.
    pub(crate) fn of_request(session: &Session, id: Option<&str>) -> Result<Self, Problem> {
        match id {
            Some(id) => Ok(Self::named(session, b"request", id.as_bytes())),
            None => {
                let mut bytes = [0u8; 32];
                getrandom::fill(&mut bytes).map_err(|_| Problem::fault())?;
                Ok(Self(hex::encode(bytes)))
            }
        }
    }

    /// From the caller's id, else from the Bundle's identifier, else from the body: the same Bundle sent twice is one.
    pub(crate) fn of_bundle(
        session: &Session,
        id: Option<&str>,
        identifier: Option<&str>,
        body: &[u8],
    ) -> Self {
        match (id, identifier) {
            (Some(id), _) => Self::named(session, b"request", id.as_bytes()),
            (None, Some(identifier)) => Self::named(session, b"bundle", identifier.as_bytes()),
            (None, None) => Self::named(session, b"body", body),
        }
    }

    /// From the id that a caller gives to a call of its own making.
    pub(crate) fn of_call(session: &Session, id: &str) -> Self {
        Self::named(session, b"call", id.as_bytes())
    }

    fn named(session: &Session, kind: &[u8], id: &[u8]) -> Self {
        // A client's name is visible ASCII, so a zero byte ends it.
        let parts = [session.client.as_bytes(), &[0], kind, &[0], id];
        Self(hex::encode(digest("amanat/gateway/caller", &parts).0))
    }

    /// The id of one entry.
    pub(crate) fn entry(&self, index: usize) -> Vec<u8> {
        format!("{}/{index}", self.0).into_bytes()
    }
}
