//! Openings: showing that blind indexes belong to a patient.
use super::State;
use crate::fault::{Fault, Stop, require};
use amanat_types::call::{Indexes, Openings};
use amanat_types::id::Commitment;
use amanat_types::state::IndexOwner;
use amanat_types::{BlindIndex, PatientId, Refusal};
use std::rc::Rc;

/// The indexes that `openings` show to be `patient`'s, sorted.
///
/// Refusals, in this order: for each opening `IndexUnknown`, `IndexNotOwned`; then `IndexRepeated`.
pub fn owned(cards: &State<'_>, patient: &PatientId, openings: &Openings) -> Result<Indexes, Stop> {
    owned_by(|index| cards.index(index), patient, openings)
}

/// As [`owned`], by whoever reads owners of indexes.
pub fn owned_by(
    owner: impl Fn(BlindIndex) -> Result<Option<Rc<IndexOwner>>, Fault>,
    patient: &PatientId,
    openings: &Openings,
) -> Result<Indexes, Stop> {
    for opening in openings {
        let owner = owner(opening.index)?;
        let owner = owner.ok_or(Refusal::IndexUnknown)?;
        let commitment = Commitment::owner(&opening.salt, patient, &opening.index);
        require(
            *owner == IndexOwner::Committed(commitment),
            Refusal::IndexNotOwned,
        )?;
    }
    distinct(openings.iter().map(|opening| opening.index))
}

/// `indexes` sorted. Refusal: `IndexRepeated`.
pub fn distinct(indexes: impl Iterator<Item = BlindIndex>) -> Result<Indexes, Stop> {
    let mut indexes: Vec<BlindIndex> = indexes.collect();
    let count = indexes.len();
    indexes.sort_unstable();
    indexes.dedup();
    require(indexes.len() == count, Refusal::IndexRepeated)?;
    let outgrown = |_| Fault::Outgrown { what: "indexes" };
    Ok(Indexes::new(indexes).map_err(outgrown)?)
}
