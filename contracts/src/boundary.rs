//! The end of an epoch: which values it touches, and what it does once the last transaction has run.
//!
//! Validators come from the members themselves, loaded once an epoch in one batch. Keeping their keys in the roster instead would
//! save that batch and cost every block, which loads the roster, up to 4 KiB.
use crate::env::Env;
use crate::fault::Fault;
use crate::keys::{
    ActorName, IndexName, JurisdictionName, LimitsName, Loaded, MemberName, ProposalName,
    ProposalsName, RetentionName, RosterName, Touched,
};
use crate::table::{Name, load};
use crate::view::Ledger;
use crate::{cards, membership};
use amanat_types::state::NetworkLimits;
use amanat_types::{BlindIndex, Change, StateKey};
use commonware_cryptography::ed25519;
use std::collections::BTreeSet;

/// How the next epoch starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextEpoch {
    /// Consensus keys of the active members, sorted as the engine sorts its participants.
    pub validators: Vec<ed25519::PublicKey>,
    /// Version of the rules, which this program may not know: its next block is then [`Fault::ProtocolUnknown`].
    pub protocol: u16,
}

/// Keys that the end of an epoch touches in any case. Load them, then ask [`more_boundary_keys`].
pub fn boundary_keys() -> Vec<StateKey> {
    vec![
        RosterName().key(),
        ProposalsName().key(),
        LimitsName().key(),
        RetentionName().key(),
    ]
}

/// Keys that the end of an epoch may touch and that are not in `loaded` yet: proposals and active members; then whom and which keys the
/// proposals name; then the present keys of whom they name.
///
/// Load them and ask again until there is none, which is after three rounds at most. What the transactions of the same block do adds
/// nothing: a proposal that they make or pass is not due yet.
pub fn more_boundary_keys(loaded: &Loaded) -> Result<Vec<StateKey>, Fault> {
    let mut names: BTreeSet<Touched> = BTreeSet::new();
    let roster = load(loaded, RosterName())?.ok_or(Fault::Absent { what: "roster" })?;
    for member in &roster.members {
        names.insert(MemberName(*member).into());
    }
    let proposals = load(loaded, ProposalsName())?;
    for pending in proposals.iter().flat_map(|all| &all.pending) {
        let name = ProposalName(pending.proposal);
        names.insert(name.into());
        if let Some(proposal) = so_far(loaded, name)? {
            touched(loaded, &proposal.change, &mut names)?;
        }
    }
    let keys = names.iter().map(Touched::key);
    Ok(keys.filter(|key| !loaded.contains_key(key)).collect())
}

/// What applying `change` touches, as far as it is known.
fn touched(loaded: &Loaded, change: &Change, names: &mut BTreeSet<Touched>) -> Result<(), Fault> {
    for key in change.new_keys() {
        names.insert(ActorName(key.key).into());
    }
    let Some(id) = change.member() else {
        return Ok(());
    };
    names.insert(MemberName(id).into());
    match change {
        Change::AdmitMember(_) => {
            names.insert(IndexName(BlindIndex::directory(id)).into());
        }
        Change::SetJurisdiction(_) => {
            names.insert(JurisdictionName(id).into());
        }
        Change::RotateKeys(_) => {
            let member = so_far(loaded, MemberName(id))?;
            for key in member.iter().flat_map(|member| &member.keys) {
                names.insert(ActorName(key.key).into());
            }
        }
        _ => {}
    }
    Ok(())
}

/// A value, if it is there and is loaded already.
fn so_far<N: Name>(loaded: &Loaded, name: N) -> Result<Option<N::Value>, Fault> {
    match loaded.contains_key(&name.key()) {
        true => load(loaded, name),
        false => Ok(None),
    }
}

/// Applies what is due, and says how the next epoch starts.
pub fn end(env: &Env, ledger: &mut Ledger<'_>) -> Result<NextEpoch, Fault> {
    let ended = membership::end_of_epoch(env, &mut ledger.membership())?;
    for member in ended.admitted {
        cards::open_directory(&mut ledger.cards(), member);
    }
    Ok(NextEpoch {
        validators: ended.validators,
        protocol: ended.protocol,
    })
}

/// The limits that members set, of a state in which [`StateKey::limits`] is loaded.
pub fn network_limits(loaded: &Loaded) -> Result<NetworkLimits, Fault> {
    load(loaded, LimitsName())?.ok_or(Fault::Absent { what: "limits" })
}
