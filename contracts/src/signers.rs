//! Co-signatures: who besides the sponsor's key signed. Signatures themselves are checked by the node before anything runs here.
use crate::cards::State as Cards;
use crate::fault::{Fault, Stop};
use crate::membership::State as Membership;
use crate::view::{Actors, Context};
use amanat_types::state::{Actor, Practitioner};
use amanat_types::{PatientId, PractitionerId, PublicKey, Refusal};
use std::rc::Rc;

impl Context<'_> {
    /// Whether `key` is among the signers: possession is proven.
    pub fn signed_by(&self, key: &PublicKey) -> bool {
        self.body.signers.contains(key)
    }

    /// Whether `practitioner` is among the signers, active or not.
    pub fn names_practitioner(
        &self,
        actors: &Actors<'_>,
        practitioner: PractitionerId,
    ) -> Result<bool, Fault> {
        for key in &self.body.signers {
            if actors.of(key)?.as_deref() == Some(&Actor::Practitioner(practitioner)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The active practitioners of the sponsor among the signers, in their order.
    pub fn practitioners(
        &self,
        actors: &Actors<'_>,
        membership: &Membership<'_>,
    ) -> Result<Vec<(PractitionerId, Rc<Practitioner>)>, Fault> {
        let mut found = Vec::new();
        for key in &self.body.signers {
            let Some(actor) = actors.of(key)? else {
                continue;
            };
            let Actor::Practitioner(id) = *actor else {
                continue;
            };
            if let Some(practitioner) = membership.practitioner(id)?
                && practitioner.member == self.body.sponsor
                && self.env.time_ms < practitioner.until_ms
            {
                found.push((id, practitioner));
            }
        }
        Ok(found)
    }

    /// Demands that the unblocked card of `patient` is among the signers.
    ///
    /// Refusals, in this order: `CardNotPresent`, `CardBlocked`.
    pub fn card_of(
        &self,
        actors: &Actors<'_>,
        cards: &Cards<'_>,
        patient: PatientId,
    ) -> Result<(), Stop> {
        for key in &self.body.signers {
            if actors.of(key)?.as_deref() != Some(&Actor::Card(patient)) {
                continue;
            }
            let state = cards.patient(patient)?;
            let card = state.as_ref().and_then(|state| state.card.as_ref());
            match card {
                Some(card) if card.key == *key && card.blocked_ms.is_some() => {
                    return Err(Refusal::CardBlocked.into());
                }
                Some(card) if card.key == *key => return Ok(()),
                _ => {}
            }
        }
        Err(Refusal::CardNotPresent.into())
    }
}
