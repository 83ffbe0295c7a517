//! The members as the own node's state has them: who is active, where keys for each are sealed to, how many may fail.
use crate::exchange::lock;
use crate::{Error, Exchange};
use amanat_client::{Ledger, Stores};
use amanat_types::id::SealingKey;
use amanat_types::state::{Member, RosterState};
use amanat_types::{MemberId, Refusal, StateKey, TimestampMs};
use std::sync::Arc;

/// How long the roster is believed.
const AGE_MS_MAX: u64 = 60_000;

/// The roster, and when it was read.
pub(crate) type Known = Option<(Arc<RosterState>, TimestampMs)>;

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// The active members, at most [`AGE_MS_MAX`] old.
    pub(crate) async fn roster(&self) -> Result<Arc<RosterState>, Error> {
        let now = self.now();
        if let Some((roster, seen_ms)) = &*lock(&self.inner.roster)
            && now.since(*seen_ms) < AGE_MS_MAX
        {
            return Ok(Arc::clone(roster));
        }
        let roster: Option<RosterState> = self.state(StateKey::roster()).await?;
        let roster = roster.ok_or_else(|| Error::damaged("the state", "it has no roster"))?;
        let roster = Arc::new(roster);
        *lock(&self.inner.roster) = Some((Arc::clone(&roster), now));
        Ok(roster)
    }

    /// Where keys and letters for a member are sealed to now, whether it is active or not.
    ///
    /// Errors: [`Error::Refused`] with `MemberUnknown`, [`Error::Fault`].
    pub(crate) async fn sealing(&self, member: MemberId) -> Result<SealingKey, Error> {
        let state: Option<Member> = self.state(StateKey::member(member)).await?;
        Ok(state.ok_or(Refusal::MemberUnknown)?.sealing)
    }
}
