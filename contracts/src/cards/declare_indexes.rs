//! Declares blind indexes with salted commitments to their owners.
use super::opening::distinct;
use crate::fault::{Stop, require};
use crate::view::CardsView;
use amanat_types::call::DeclareIndexes;
use amanat_types::event::{Event, IndexDeclared};
use amanat_types::state::IndexOwner;
use amanat_types::{BlindIndex, MemberId, Refusal};

/// Gives the directory index of an admitted member to it, at the end of an epoch.
///
/// Anybody can compute that index, so whoever declared it before, out of malice, loses it: no honest index collides with it.
pub fn open_directory(view: &mut CardsView<'_, '_>, member: MemberId) {
    let index = BlindIndex::directory(member);
    view.own.put_index(index, IndexOwner::Directory(member));
}

/// Declares indexes. One call may mix patients, so that the declaration does not link them.
///
/// Refusals, in this order: `NoDeclarations`, `IndexRepeated`, `IndexTaken`.
/// Reads: index. Writes: index. Events: `IndexDeclared` for each, in the order of the call.
pub fn declare_indexes(view: &mut CardsView<'_, '_>, call: &DeclareIndexes) -> Result<(), Stop> {
    require(!call.declarations.is_empty(), Refusal::NoDeclarations)?;
    distinct(call.declarations.iter().map(|declared| declared.index))?;
    for declared in &call.declarations {
        let owner = view.own.index(declared.index)?;
        require(owner.is_none(), Refusal::IndexTaken)?;
    }

    for declared in &call.declarations {
        let owner = IndexOwner::Committed(declared.owner);
        view.own.put_index(declared.index, owner);
        view.events.push(Event::IndexDeclared(IndexDeclared {
            index: declared.index,
        }));
    }
    Ok(())
}
