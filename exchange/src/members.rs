//! The members as the own node's state has them: who is active, where keys for each are sealed to, how many may fail; and the rules in
//! force.
use crate::exchange::lock;
use crate::{Error, Exchange};
use amanat_client::{Ledger, Stores};
use amanat_types::id::SealingKey;
use amanat_types::state::{Member, RosterState};
use amanat_types::{MemberId, Refusal, StateKey, TimestampMs};
use std::sync::Arc;

/// How long roster and rules are believed.
const AGE_MS_MAX: u64 = 60_000;

/// The roster and the version of the rules, and when they were read.
pub(crate) type Known = Option<(Arc<RosterState>, u16, TimestampMs)>;

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// The active members, at most [`AGE_MS_MAX`] old.
    pub(crate) async fn roster(&self) -> Result<Arc<RosterState>, Error> {
        Ok(self.in_force().await?.0)
    }

    /// The version of the rules, at most [`AGE_MS_MAX`] old.
    pub(crate) async fn protocol(&self) -> Result<u16, Error> {
        Ok(self.in_force().await?.1)
    }

    async fn in_force(&self) -> Result<(Arc<RosterState>, u16), Error> {
        let now = self.now();
        if let Some((roster, protocol, seen_ms)) = &*lock(&self.inner.roster)
            && now.since(*seen_ms) < AGE_MS_MAX
        {
            return Ok((Arc::clone(roster), *protocol));
        }
        let protocol = self.inner.ledger.status().await?.protocol;
        let roster: Option<RosterState> = self.state(StateKey::roster()).await?;
        let roster = roster.ok_or_else(|| Error::damaged("the state", "it has no roster"))?;
        let roster = Arc::new(roster);
        *lock(&self.inner.roster) = Some((Arc::clone(&roster), protocol, now));
        Ok((roster, protocol))
    }

    /// Where keys and letters for a member are sealed to now, whether it is active or not.
    ///
    /// Errors: [`Error::Refused`] with `MemberUnknown`, [`Error::Fault`].
    pub(crate) async fn sealing(&self, member: MemberId) -> Result<SealingKey, Error> {
        let state: Option<Member> = self.state(StateKey::member(member)).await?;
        Ok(state.ok_or(Refusal::MemberUnknown)?.sealing)
    }
}
