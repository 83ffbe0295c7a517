//! A change of the network: whether it is lawful, and what it does. Judged when it is proposed, and again when its epoch comes.
use super::State;
use crate::fault::{Fault, Stop, require};
use crate::view::{Actors, MembershipView};
use amanat_types::call::Unit;
use amanat_types::code::KeyPurpose;
use amanat_types::codec::List;
use amanat_types::genesis::GenesisMember;
use amanat_types::state::{
    Actor, Member, MemberActor, MemberKey, Retention, RosterState, Standing, consensus_keys,
};
use amanat_types::{Change, MemberId, PublicKey, Refusal, limits};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Judges a change while `protocol` is in force.
///
/// Refusals, in this order. `AdmitMember`: `MemberKeysUnfit`, `MemberExists`, `MembersFull`, `KeyTaken`. `SuspendMember`: `MemberUnknown`,
/// `TooFewValidators`. `ReinstateMember`: `MemberNotSuspended`, `MembersFull`. `RemoveMember`: `MemberGone`, `TooFewValidators`.
/// `RotateKeys`: `MemberKeysUnfit`, `MemberGone`, `KeyTaken`, `TooFewValidators`. `SetLimits`: `LimitsUnsound`. `SetProtocol`:
/// `ProtocolNotNext`; whether this program knows that version is not asked, because others may. `SetJurisdiction`: `MemberGone`.
/// `SetRetention`: `RetentionUnsound`.
pub fn judge(
    own: &State<'_>,
    actors: &Actors<'_>,
    protocol: u16,
    change: &Change,
) -> Result<(), Stop> {
    match change {
        Change::AdmitMember(new) => {
            fit(&new.keys)?;
            require(own.member(new.member)?.is_none(), Refusal::MemberExists)?;
            room(own)?;
            free(actors, &new.keys)
        }
        Change::SuspendMember(id) => {
            let member = own.member(*id)?.filter(|member| member.is_active());
            let member = member.ok_or(Refusal::MemberUnknown)?;
            enough_validators(own, &member, &[])
        }
        Change::ReinstateMember(id) => {
            let member = own.member(*id)?;
            let suspended = member.is_some_and(|own| own.standing == Standing::Suspended);
            require(suspended, Refusal::MemberNotSuspended)?;
            room(own)
        }
        Change::RemoveMember(id) => enough_validators(own, &*not_gone(own, *id)?, &[]),
        Change::RotateKeys(rotation) => {
            fit(&rotation.keys)?;
            let member = not_gone(own, rotation.member)?;
            free(actors, &rotation.keys)?;
            enough_validators(own, &member, &rotation.keys)
        }
        Change::SetLimits(limits) => Ok(require(limits.are_sound(), Refusal::LimitsUnsound)?),
        Change::SetProtocol(next) => {
            let lawful = protocol.checked_add(1) == Some(*next);
            Ok(require(lawful, Refusal::ProtocolNotNext)?)
        }
        Change::SetJurisdiction(place) => not_gone(own, place.member).map(drop),
        Change::SetRetention(days) => {
            let sound = *days <= limits::RETENTION_DAYS_MAX;
            Ok(require(sound, Refusal::RetentionUnsound)?)
        }
    }
}

/// Whether keys make a member: at least one signs transactions, at most one votes in consensus and is Ed25519, none stands twice.
fn fit(keys: &[MemberKey]) -> Result<(), Refusal> {
    let of = |purpose| {
        keys.iter()
            .filter(move |key| key.purpose == purpose)
            .count()
    };
    let consensus = of(KeyPurpose::Consensus);
    let distinct: BTreeSet<&PublicKey> = keys.iter().map(|key| &key.key).collect();
    let fit = of(KeyPurpose::Transaction) > 0
        && consensus <= 1
        && consensus_keys(keys).count() == consensus
        && distinct.len() == keys.len();
    require(fit, Refusal::MemberKeysUnfit)
}

/// Whether nobody holds or held any of the keys.
fn free(actors: &Actors<'_>, keys: &[MemberKey]) -> Result<(), Stop> {
    for key in keys {
        require(!actors.taken(&key.key)?, Refusal::KeyTaken)?;
    }
    Ok(())
}

/// Whether one more member may be active.
fn room(own: &State<'_>) -> Result<(), Stop> {
    let active = own.roster()?.members.len();
    Ok(require(active < limits::MEMBERS_MAX, Refusal::MembersFull)?)
}

/// A member, active or suspended.
fn not_gone(own: &State<'_>, member: MemberId) -> Result<Rc<Member>, Stop> {
    let member = own.member(member)?;
    let member = member.filter(|member| member.standing != Standing::Removed);
    Ok(member.ok_or(Refusal::MemberGone)?)
}

/// Whether enough validators remain once `member` has `keys` only. One that is not active validates nothing now.
fn enough_validators(own: &State<'_>, member: &Member, keys: &[MemberKey]) -> Result<(), Stop> {
    if !member.is_active() {
        return Ok(());
    }
    let after = usize::from(own.roster()?.validators)
        .saturating_sub(consensus_keys(&member.keys).count())
        .saturating_add(consensus_keys(keys).count());
    Ok(require(
        after >= limits::VALIDATORS_MIN,
        Refusal::TooFewValidators,
    )?)
}

/// What a change does beyond the state of membership.
pub enum Effect {
    /// Nothing.
    None(Unit),
    /// There is a new member.
    Admitted(MemberId),
    /// Another version of the rules is next.
    Protocol(u16),
}

/// Makes a change that [`judge`] has just allowed.
pub fn make(view: &mut MembershipView<'_, '_>, change: &Change) -> Result<Effect, Fault> {
    match change {
        Change::AdmitMember(new) => {
            admit(view, new)?;
            return Ok(Effect::Admitted(new.member));
        }
        Change::SuspendMember(id) => stand(view, *id, Standing::Suspended)?,
        Change::ReinstateMember(id) => stand(view, *id, Standing::Active)?,
        Change::RemoveMember(id) => stand(view, *id, Standing::Removed)?,
        Change::RotateKeys(rotation) => {
            let id = rotation.member;
            let old = present(view.own, id)?;
            for key in &old.keys {
                view.actors.retire(&key.key, id);
            }
            claim(view, id, &rotation.keys);
            let new = Member {
                keys: rotation.keys.clone(),
                sealing: rotation.sealing,
                ..(*old).clone()
            };
            put(view, id, Some(&old), new)?;
        }
        Change::SetLimits(limits) => view.own.put_limits(*limits),
        Change::SetProtocol(next) => return Ok(Effect::Protocol(*next)),
        Change::SetJurisdiction(place) => {
            view.own.put_jurisdiction(place.member, place.jurisdiction);
        }
        Change::SetRetention(days) => {
            // What tells how old records are stays: a longer time must not make them younger.
            let old = view.own.retention()?;
            let marks = old.map_or_else(List::empty, |old| old.marks.clone());
            view.own.put_retention(Retention { days: *days, marks });
        }
    }
    Ok(Effect::None(Unit))
}

fn admit(view: &mut MembershipView<'_, '_>, new: &GenesisMember) -> Result<(), Fault> {
    claim(view, new.member, &new.keys);
    let member = Member {
        name: new.name.clone(),
        kind: new.kind,
        standing: Standing::Active,
        keys: new.keys.clone(),
        sealing: new.sealing,
    };
    put(view, new.member, None, member)
}

fn stand(view: &mut MembershipView<'_, '_>, id: MemberId, standing: Standing) -> Result<(), Fault> {
    let old = present(view.own, id)?;
    let new = Member {
        standing,
        ..(*old).clone()
    };
    put(view, id, Some(&old), new)
}

fn present(own: &State<'_>, id: MemberId) -> Result<Rc<Member>, Fault> {
    own.member(id)?.ok_or(Fault::Absent { what: "member" })
}

fn claim(view: &mut MembershipView<'_, '_>, member: MemberId, keys: &[MemberKey]) {
    for key in keys {
        let purpose = key.purpose;
        let actor = Actor::Member(MemberActor { member, purpose });
        view.actors.claim(&key.key, actor);
    }
}

/// Writes a member, and the roster to match: M8.
fn put(
    view: &mut MembershipView<'_, '_>,
    id: MemberId,
    old: Option<&Member>,
    new: Member,
) -> Result<(), Fault> {
    let validates = |member: &Member| match member.is_active() {
        true => consensus_keys(&member.keys).count(),
        false => 0,
    };
    let roster = view.own.roster()?;
    let mut members: BTreeSet<MemberId> = roster.members.iter().copied().collect();
    match new.is_active() {
        true => members.insert(id),
        false => members.remove(&id),
    };
    let validators = usize::from(roster.validators)
        .saturating_sub(old.map_or(0, validates))
        .saturating_add(validates(&new));
    let outgrown = |_| Fault::Outgrown { what: "members" };
    view.own.put_roster(RosterState {
        members: List::new(members.into_iter().collect()).map_err(outgrown)?,
        validators: u16::try_from(validators)
            .map_err(|_| Fault::Outgrown { what: "validators" })?,
    });
    view.own.put_member(id, new);
    Ok(())
}
