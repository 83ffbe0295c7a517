//! What a patient denies: restrictions that bind a basis, for whoever acts, now.
//!
//! A restriction beats every permit of the bases consent, treatment, order, payment and research. It does not bind emergency (broken glass opens only
//! what the patient left open for it), law (which stands above the patient's word), the patient and its guardians, or directories.
use super::answer::Reach;
use super::facts::Facts;
use super::judge::Judge;
use super::question::Claim;
use crate::fault::Fault;
use amanat_types::call::{Covered, Denied, Restriction};
use amanat_types::code::DisclosureCause;
use amanat_types::state::{BasisRef, Restrictions};
use amanat_types::{BlindIndex, Jurisdiction, Purpose, RecordId, RestrictionId, Role, limits};
use std::rc::Rc;

/// The restrictions of one patient, and which of them apply to one question.
#[derive(Default)]
pub struct Bound {
    restrictions: Option<Rc<Restrictions>>,
    /// A bit for each of them, the lowest for the first.
    applies: u32,
}

const _: () = assert!(limits::RESTRICTIONS_MAX <= 32, "a bit for each restriction");

impl Bound {
    /// Whether none applies, whatever is asked for.
    pub const fn is_empty(&self) -> bool {
        self.applies == 0
    }

    /// The first restriction that applies to a record, or to everything of an index.
    pub fn on(&self, index: &BlindIndex, record: Option<&RecordId>) -> Option<RestrictionId> {
        if self.is_empty() {
            return None;
        }
        let held = &self.restrictions.as_ref()?.held;
        let mut applying = held
            .iter()
            .enumerate()
            .filter(|(at, _)| self.applies >> at & 1 == 1);
        let first = applying.find(|(_, held)| is_on(&held.restriction.what, index, record));
        first.map(|(_, held)| held.id)
    }
}

/// Whether a restriction is on a record, or on everything of an index.
fn is_on(what: &Covered, index: &BlindIndex, record: Option<&RecordId>) -> bool {
    match what {
        Covered::All(_) => true,
        Covered::Indexes(indexes) => indexes.binary_search(index).is_ok(),
        Covered::Records(records) => record.is_some_and(|id| records.binary_search(id).is_ok()),
    }
}

/// Who asks, as far as restrictions tell askers apart beside their member and practitioners.
struct Asker {
    /// Roles of those who act; nobody says who acts if there is none.
    roles: Vec<Role>,
    /// Where the member is, if the ledger says so.
    place: Option<Jurisdiction>,
}

impl<F: Facts> Judge<'_, F> {
    /// The restrictions that apply to what a basis reaches.
    pub fn bound(&self, reach: &Reach) -> Result<Bound, Fault> {
        let staff = match reach.basis {
            BasisRef::Emergency(_)
            | BasisRef::Patient(_)
            | BasisRef::Guardian(_)
            | BasisRef::Directory(_)
            | BasisRef::Mandate(_) => return Ok(Bound::default()),
            BasisRef::Disclosure(disclosed) => match disclosed.cause {
                DisclosureCause::Payment => None,
                DisclosureCause::Report => return Ok(Bound::default()),
            },
            BasisRef::Care(care) => Some(care.role),
            BasisRef::Grant(_)
            | BasisRef::Encounter(_)
            | BasisRef::Permit(_)
            | BasisRef::Order(_)
            | BasisRef::Study(_) => None,
        };
        let Some(patient) = reach.patient else {
            return Ok(Bound::default());
        };
        let Some(restrictions) = self.facts.restrictions(patient)? else {
            return Ok(Bound::default());
        };
        let asker = Asker {
            roles: self.roles(staff)?,
            place: self.place(&restrictions)?,
        };
        let held = restrictions.held.iter().enumerate();
        let applies = held
            .filter(|(_, held)| self.applies(&held.restriction, &asker))
            .fold(0, |applies, (at, _)| applies | 1 << at);
        Ok(Bound {
            restrictions: Some(restrictions),
            applies,
        })
    }

    /// Roles of those who act; nobody says who acts if there is none.
    fn roles(&self, staff: Option<Role>) -> Result<Vec<Role>, Fault> {
        let mut roles: Vec<Role> = staff.into_iter().collect();
        for id in self.question.present {
            if let Some(practitioner) = self.facts.practitioner(*id)? {
                roles.push(practitioner.role);
            }
        }
        Ok(roles)
    }

    /// Where the member is that asks, if a restriction hangs on it.
    fn place(&self, restrictions: &Restrictions) -> Result<Option<Jurisdiction>, Fault> {
        let mut held = restrictions.held.iter();
        let hangs =
            held.any(|held| matches!(held.restriction.who, Denied::Outside(_) | Denied::Within(_)));
        match hangs {
            true => self.facts.jurisdiction(self.question.member),
            false => Ok(None),
        }
    }

    fn applies(&self, restriction: &Restriction, asker: &Asker) -> bool {
        let (access, purpose) = match self.question.claim {
            Claim::Read(read) => (restriction.access.reads(), read.purpose),
            Claim::Release(release) => (restriction.access.reads(), release.ticket.purpose),
            Claim::Write(_) => (restriction.access.writes(), Purpose::Treat),
        };
        let purposes = &restriction.purposes;
        access
            && (purposes.is_empty() || purposes.contains(&purpose))
            && self.question.moment.earliest < restriction.until_ms
            && self.denied(restriction.who, asker)
    }

    /// Whether the asker is whom a restriction denies. Who does not say who acts may be anybody of the member, and a member of which the
    /// ledger does not say where it is may be anywhere; so may one in a country, within that country.
    fn denied(&self, who: Denied, asker: &Asker) -> bool {
        let (member, roles) = (self.question.member, &asker.roles);
        let anybody = roles.is_empty();
        match who {
            Denied::Everyone(_) => true,
            Denied::Member(denied) => denied == member,
            Denied::Practitioner(at) => {
                let present = self.question.present.contains(&at.practitioner);
                present || (anybody && at.member == member)
            }
            Denied::Role(role) => anybody || roles.contains(&role),
            Denied::RoleAt(at) => at.member == member && (anybody || roles.contains(&at.role)),
            Denied::Outside(of) => asker.place.is_none_or(|place| !place.is_within(of)),
            Denied::Within(of) => asker.place.is_none_or(|place| place.meets(of)),
        }
    }
}
