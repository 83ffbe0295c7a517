//! Who holds a blob: the members whose `Stored` roots cover it, at least f+1 of them.
//!
//! The usual batch signs each root over exactly the transaction's deposits in their order; that root is computed and
//! compared once a transaction. A deposit from a larger batch carries paths instead: one for each root, or, since protocol version 3, one for
//! all that are the same.
use crate::fault::{Fault, Stop, require};
use crate::view::{Actors, Context, RecordsView};
use amanat_types::call::{Call, Deposit, StoredPaths};
use amanat_types::code::KeyPurpose;
use amanat_types::codec::List;
use amanat_types::id::BlobDigest;
use amanat_types::state::{Actor, MemberActor, RosterState};
use amanat_types::stored::{ONE_PATH_SINCE, StoredRoot, batch_root};
use amanat_types::{MemberId, PublicKey, Refusal, limits};
use std::cell::OnceCell;
use std::collections::BTreeSet;

/// Holders of one blob, sorted.
pub type Holders = List<MemberId, { limits::HOLDERS_MAX }>;

/// What the roots of one transaction say about all its deposits together, once it is known.
#[derive(Default)]
pub struct Batch(OnceCell<Result<Holders, Refusal>>);

/// The members that hold the blob of `deposit`.
///
/// Refusals. With paths, for each path in order: `StoredPathWrong` (no such root), `HolderUnknown`, `StoredPathWrong`, since protocol version
/// 3 `HolderUnknown` of the other roots that are the same. Without, for each root of the transaction in order: `HolderUnknown`,
/// `StoredPathWrong` (the root is not the batch's). Then `TooFewHolders`, last because holders are counted once they are known to be holders.
pub fn holders(
    ctx: &Context<'_>,
    view: &RecordsView<'_, '_>,
    deposit: &Deposit,
) -> Result<Holders, Stop> {
    let roster = view.membership.roster()?;
    if !deposit.stored.is_empty() {
        return by_paths(ctx, view.actors, &roster, &deposit.blob, &deposit.stored);
    }
    if let Some(known) = ctx.batch.0.get() {
        return Ok(known.clone()?);
    }
    let found = match by_batch(ctx, view.actors, &roster) {
        Ok(holders) => Ok(holders),
        Err(Stop::Refused(refusal)) => Err(refusal),
        Err(Stop::Fault(fault)) => return Err(fault.into()),
    };
    Ok(ctx.batch.0.get_or_init(|| found).clone()?)
}

/// The holders when every root covers exactly this transaction's blobs in order.
fn by_batch(ctx: &Context<'_>, actors: &Actors<'_>, roster: &RosterState) -> Result<Holders, Stop> {
    let deposits = ctx.body.calls.iter().filter_map(Call::deposit);
    let blobs: Vec<BlobDigest> = deposits.map(|deposit| deposit.blob).collect();
    let root = batch_root(&blobs);
    let mut members = BTreeSet::new();
    for stored in &ctx.body.stored {
        members.insert(holder(actors, roster, &stored.holder)?);
        require(stored.root == root, Refusal::StoredPathWrong)?;
    }
    enough(roster, members)
}

/// The holders of records that change hands: every root of the transaction covers exactly these blobs in order. `leaving` counts for
/// nothing, because it is about to go.
///
/// Refusals. For each root of the transaction in order: `HolderUnknown`, `HolderLeaves`, `StoredPathWrong`. Then `TooFewHolders`.
pub fn holders_of(
    ctx: &Context<'_>,
    view: &RecordsView<'_, '_>,
    blobs: &[BlobDigest],
    leaving: Option<MemberId>,
) -> Result<Holders, Stop> {
    let roster = view.membership.roster()?;
    let root = batch_root(blobs);
    let mut members = BTreeSet::new();
    for stored in &ctx.body.stored {
        let member = holder(view.actors, &roster, &stored.holder)?;
        require(Some(member) != leaving, Refusal::HolderLeaves)?;
        require(stored.root == root, Refusal::StoredPathWrong)?;
        members.insert(member);
    }
    enough(&roster, members)
}

/// The holders of one blob by its own paths. A path that leads to one root leads to every root that is the same.
fn by_paths(
    ctx: &Context<'_>,
    actors: &Actors<'_>,
    roster: &RosterState,
    blob: &BlobDigest,
    paths: &StoredPaths,
) -> Result<Holders, Stop> {
    let (mut members, mut roots) = (BTreeSet::new(), BTreeSet::new());
    for path in paths {
        let stored: Option<&StoredRoot> = ctx.body.stored.get(usize::from(path.root));
        let stored = stored.ok_or(Refusal::StoredPathWrong)?;
        members.insert(holder(actors, roster, &stored.holder)?);
        require(path.leads(blob, &stored.root), Refusal::StoredPathWrong)?;
        if ctx.env.protocol >= ONE_PATH_SINCE && roots.insert(stored.root) {
            let same = ctx.body.stored.iter().filter(|one| one.root == stored.root);
            for one in same {
                members.insert(holder(actors, roster, &one.holder)?);
            }
        }
    }
    enough(roster, members)
}

/// The active member whose vault key `key` is.
fn holder(actors: &Actors<'_>, roster: &RosterState, key: &PublicKey) -> Result<MemberId, Stop> {
    let actor = actors.of(key)?.ok_or(Refusal::HolderUnknown)?;
    match *actor {
        Actor::Member(MemberActor {
            member,
            purpose: KeyPurpose::Vault,
        }) if roster.members.binary_search(&member).is_ok() => Ok(member),
        _ => Err(Refusal::HolderUnknown.into()),
    }
}

/// Demands more members than may be faulty.
fn enough(roster: &RosterState, members: BTreeSet<MemberId>) -> Result<Holders, Stop> {
    require(members.len() > roster.faulty_max(), Refusal::TooFewHolders)?;
    let outgrown = |_| Fault::Outgrown { what: "holders" };
    Ok(List::new(members.into_iter().collect()).map_err(outgrown)?)
}
