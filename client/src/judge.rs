//! Who may be served: what a vault and a custodian ask before anything leaves them.
//!
//! Both judge by their own member's node alone, never by what the asker shows. The node judges the ticket; what can be
//! checked here again is checked here again, so that a broken node alone opens nothing to a stranger.
use crate::fault::{Failure, Fault};
use crate::{Clock, Ledger};
use amanat_types::code::KeyPurpose;
use amanat_types::release::{REQUEST_SKEW_MS_MAX, Release, ReleaseRequest, SignedRequest};
use amanat_types::state::{Actor, Member};
use amanat_types::wire::{ReleaseAnswer, ReleaseQuestion};
use amanat_types::{Digest, Height, MemberId, Refusal, StateKey, TimestampMs, limits};
use commonware_codec::{DecodeExt as _, Read};

/// A member that signed a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Who.
    pub member: MemberId,
    /// Finalised height at which it was active.
    pub height: Height,
    /// Time of that block.
    pub time_ms: TimestampMs,
}

/// Judges requests by one's own node and clock.
#[derive(Clone, Debug)]
pub struct Judge<L> {
    ledger: L,
    network: Digest,
    clock: Clock,
}

impl<L: Ledger> Judge<L> {
    /// Judges for `network` by `ledger` and `clock`.
    pub const fn new(ledger: L, network: Digest, clock: Clock) -> Self {
        Self {
            ledger,
            network,
            clock,
        }
    }

    /// The own node.
    pub const fn ledger(&self) -> &L {
        &self.ledger
    }

    /// The time.
    pub fn now(&self) -> TimestampMs {
        self.clock.now()
    }

    /// Who signed `signed` for `route`: an active member, by a vault or transaction key of its own, just now.
    ///
    /// Refusals, in this order: [`Refusal::SignatureInvalid`], [`Refusal::RequestStale`], [`Refusal::DepositorUnknown`].
    pub async fn member(&self, signed: &SignedRequest, route: &str) -> Result<Known, Failure> {
        let check = signed.check(&self.network, route);
        check.verify().map_err(|_| Refusal::SignatureInvalid)?;
        if apart(self.now(), signed.time_ms) > REQUEST_SKEW_MS_MAX {
            return Err(Refusal::RequestStale.into());
        }
        let keys = vec![
            StateKey::actor(&signed.key),
            StateKey::member(signed.member),
        ];
        let answer = self.ledger.state(keys).await?;
        let [actor, member] = answer.values.as_ref() else {
            return Err(own_node("not one value for each key").into());
        };
        let actor: Option<Actor> = value(actor.as_deref())?;
        let member: Option<Member> = value(member.as_deref())?;
        let holds = match actor {
            Some(Actor::Member(actor)) => {
                actor.member == signed.member
                    && matches!(actor.purpose, KeyPurpose::Transaction | KeyPurpose::Vault)
            }
            _ => false,
        };
        if !holds || !member.is_some_and(|member| member.is_active()) {
            return Err(Refusal::DepositorUnknown.into());
        }
        Ok(Known {
            member: signed.member,
            height: answer.height,
            time_ms: answer.time_ms,
        })
    }

    /// [`Self::member`], at a tip that is recent.
    ///
    /// Refusals: those of [`Self::member`], then [`Refusal::TipTooOld`].
    pub async fn member_now(&self, signed: &SignedRequest, route: &str) -> Result<Known, Failure> {
        let known = self.member(signed, route).await?;
        self.recent(known.time_ms)?;
        Ok(known)
    }

    /// What `requester` may have now under the ticket that `request` names.
    ///
    /// Refusals: those of the node, then [`Refusal::ReaderWrong`], [`Refusal::TipBehindReader`], [`Refusal::TipTooOld`].
    pub async fn release(
        &self,
        requester: MemberId,
        request: &ReleaseRequest,
    ) -> Result<Release, Failure> {
        let question = ReleaseQuestion {
            requester,
            request: request.clone(),
        };
        let release = match self.ledger.release(question).await? {
            ReleaseAnswer::Released(release) => release,
            ReleaseAnswer::Refused(refusal) => return Err(refusal.into()),
        };
        if release.member != requester {
            return Err(Refusal::ReaderWrong.into());
        }
        if release.height < request.seen {
            return Err(Refusal::TipBehindReader.into());
        }
        self.recent(release.time_ms)?;
        let records = release.records.iter().map(|record| &record.record);
        if !records.eq(request.records.iter()) {
            return Err(own_node("other records than were asked").into());
        }
        Ok(release)
    }

    /// Whether a tip of this time is recent by the own clock.
    ///
    /// Refusal: [`Refusal::TipTooOld`], also when the clock itself is that far behind the chain and can judge nothing.
    pub fn recent(&self, time_ms: TimestampMs) -> Result<(), Refusal> {
        match apart(self.now(), time_ms) > limits::RECENCY_MS_MAX {
            true => Err(Refusal::TipTooOld),
            false => Ok(()),
        }
    }
}

/// Decodes one value of the own node's state.
pub fn value<T: Read<Cfg = ()>>(bytes: Option<&[u8]>) -> Result<Option<T>, Fault> {
    let decoded = bytes.map(|bytes| T::decode(bytes.to_vec())).transpose();
    decoded.map_err(|_| own_node("a state value does not decode"))
}

fn own_node(why: &str) -> Fault {
    Fault::damaged("the answer of the own node", why)
}

fn apart(a: TimestampMs, b: TimestampMs) -> u64 {
    a.since(b).max(b.since(a))
}
