//! Co-signatures: who besides the sponsor's key signed. Signatures themselves are checked by the node before anything runs here. Who
//! of them speaks for a patient is said in `cards/speaker.rs`.
use crate::fault::{Fault, Stop, require};
use crate::membership::State as Membership;
use crate::view::{Actors, Context};
use amanat_types::state::{Actor, Practitioner};
use amanat_types::{MemberId, MemberKind, PractitionerId, PublicKey, Refusal, Role};
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

    /// Demands an active practitioner of the sponsor with this role among the signers.
    ///
    /// Refusals, in this order: `PractitionerNotPresent`, `RoleNotAllowed`.
    pub fn staff(
        &self,
        actors: &Actors<'_>,
        membership: &Membership<'_>,
        role: Role,
    ) -> Result<(), Stop> {
        let practitioners = self.practitioners(actors, membership)?;
        require(!practitioners.is_empty(), Refusal::PractitionerNotPresent)?;
        let mut roles = practitioners.iter().map(|(_, own)| own.role);
        Ok(require(
            roles.any(|own| own == role),
            Refusal::RoleNotAllowed,
        )?)
    }

    /// The active practitioners of any active member among the signers, in their order; each says whose it is.
    pub fn staff_of_any(
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
                && self.env.time_ms < practitioner.until_ms
                && membership.is_active(practitioner.member)?
            {
                found.push((id, practitioner));
            }
        }
        Ok(found)
    }

    /// Demands that the sponsor is an authority, and that two of its officers co-signed.
    ///
    /// Refusals, in this order: `NotAnAuthority`, `TooFewOfficers`.
    pub fn by_authority(
        &self,
        actors: &Actors<'_>,
        membership: &Membership<'_>,
    ) -> Result<(), Stop> {
        let sponsor = self.body.sponsor;
        let member = membership.member(sponsor)?;
        let authority = member.is_some_and(|member| member.kind == MemberKind::Regulator);
        require(authority, Refusal::NotAnAuthority)?;
        self.officers(actors, membership, Some(sponsor), 2)
    }

    /// Demands that so many officers of `authority`, an active regulator that the call names, are among the signers.
    ///
    /// Refusals, in this order: `AuthorityUnknown`, `TooFewOfficers`.
    pub fn officers(
        &self,
        actors: &Actors<'_>,
        membership: &Membership<'_>,
        authority: Option<MemberId>,
        least: usize,
    ) -> Result<(), Stop> {
        let authority = authority.ok_or(Refusal::AuthorityUnknown)?;
        let member = membership.member(authority)?;
        require(
            member.is_some_and(|member| member.is_active() && member.kind == MemberKind::Regulator),
            Refusal::AuthorityUnknown,
        )?;
        let officers = self.staff_of_any(actors, membership)?;
        let officers = officers
            .iter()
            .filter(|(_, own)| own.member == authority && own.role == Role::Officer);
        Ok(require(officers.count() >= least, Refusal::TooFewOfficers)?)
    }
}
