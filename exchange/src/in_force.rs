//! The grants, permits and restrictions of a patient that are in force, as FHIR Consents.
use crate::{Actor, Error, Exchange};
use amanat_client::{Ledger, Stores};
use amanat_fhir::Resource;
use amanat_fhir::consent::{
    self as fhir, Class, Coding, Consent, Deny, Identifier, LEDGER, On, Period, Permit, Policy,
    Provision, Status, write,
};
use amanat_types::call::{Covered, Denied, Grantee, PermitGrantee, Restriction};
use amanat_types::state::{BasisRef, GrantState, PermitState, Restrictions};
use amanat_types::{BlindIndex, MemberId, PatientId, StateKey, TimestampMs};

/// LOINC: patient consent.
const PATIENT_CONSENT: (&str, &str) = ("http://loinc.org", "59284-0");
/// Consent on a form that two of the staff witnessed.
const WITNESSED: (&str, &str) = ("urn:amanat:consent-form", "witnessed-paper");

/// What one Consent is made of.
struct Face {
    /// What it is on the ledger, and its id there.
    name: (&'static str, String),
    organization: Option<MemberId>,
    paper: bool,
    provision: Provision,
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// What a patient permits and denies at the tip, each grant, permit and restriction a Consent of its own; `logical` is the FHIR id of
    /// the Patient to name.
    ///
    /// Permits that have not begun are not among them. A class is the category where this member knows it, else the blind index.
    pub async fn consents_in_force(
        &self,
        actor: &Actor,
        patient: &PatientId,
        logical: &str,
    ) -> Result<Vec<Resource>, Error> {
        self.admit(actor)?;
        self.wait_for_tip().await?;
        let mut faces = self.permits_in_force(patient).await?;
        let held: Option<Restrictions> = self.state(StateKey::restrictions(patient)).await?;
        let now = self.inner.model.time_ms();
        for held in held.iter().flat_map(|held| held.held.iter()) {
            if now < held.restriction.until_ms {
                faces.push(Face {
                    name: ("restriction", held.id.to_string()),
                    organization: None,
                    paper: false,
                    provision: Provision::Deny(self.deny(&held.restriction)?),
                });
            }
        }
        let consents = faces.into_iter().map(|face| write(&face.consent(logical)));
        Ok(consents.collect())
    }

    async fn permits_in_force(&self, patient: &PatientId) -> Result<Vec<Face>, Error> {
        let (mut grants, mut permits) = (Vec::new(), Vec::new());
        for open in self.inner.model.open_bases(patient)? {
            match open.basis {
                BasisRef::Grant(id) => grants.push(id),
                BasisRef::Permit(id) => permits.push(id),
                _ => {}
            }
        }
        let keys = grants.iter().map(StateKey::grant).collect();
        let states: Vec<Option<GrantState>> = self.states(keys).await?;
        let mut faces = Vec::with_capacity(grants.len().saturating_add(permits.len()));
        for (id, state) in grants.iter().zip(states) {
            if let Some(state) = state.filter(|state| state.revoked_ms.is_none()) {
                faces.push(Face {
                    name: ("grant", id.to_string()),
                    organization: None,
                    paper: false,
                    provision: Provision::Permit(self.granted(&state)?),
                });
            }
        }
        let keys = permits.iter().map(StateKey::permit).collect();
        let states: Vec<Option<PermitState>> = self.states(keys).await?;
        for (id, state) in permits.iter().zip(states) {
            if let Some(state) = state.filter(|state| state.revoked_ms.is_none()) {
                faces.push(Face {
                    name: ("permit", id.to_string()),
                    organization: Some(state.sponsor),
                    paper: state.form.is_some(),
                    provision: Provision::Permit(self.permitted_by(&state)?),
                });
            }
        }
        Ok(faces)
    }

    fn granted(&self, state: &GrantState) -> Result<Permit, Error> {
        let actor = match state.grantee {
            Grantee::Member(member) => fhir::Actor::Member(member),
            Grantee::Practitioner(one) => fhir::Actor::Practitioner(one),
        };
        Ok(Permit {
            period: period(None, state.until_ms),
            actors: vec![actor],
            access: state.access,
            purposes: state.purposes.to_vec(),
            classes: self.classes(&state.indexes)?,
            records: Vec::new(),
            deposited: None,
        })
    }

    fn permitted_by(&self, state: &PermitState) -> Result<Permit, Error> {
        let actor = match state.grantee {
            PermitGrantee::Member(member) => fhir::Actor::Member(member),
            PermitGrantee::Practitioner(one) => fhir::Actor::Practitioner(one),
            PermitGrantee::RoleAt(at) => fhir::Actor::RoleAt(at),
            PermitGrantee::RoleAtKind(at) => fhir::Actor::RoleAtKind(at),
            PermitGrantee::RoleAtKindWithin(at) => fhir::Actor::RoleAtKindWithin(at),
        };
        Ok(Permit {
            period: period(Some(state.from_ms), state.until_ms),
            actors: vec![actor],
            access: state.access,
            purposes: state.purposes.to_vec(),
            classes: self.classes(&state.indexes)?,
            records: state.records.to_vec(),
            deposited: state.deposited,
        })
    }

    fn deny(&self, restriction: &Restriction) -> Result<Deny, Error> {
        let actors = match restriction.who {
            Denied::Everyone(_) => Vec::new(),
            Denied::Member(member) => vec![fhir::Actor::Member(member)],
            Denied::Practitioner(at) => vec![fhir::Actor::Practitioner(at.practitioner)],
            Denied::Role(role) => vec![fhir::Actor::Role(role)],
            Denied::RoleAt(at) => vec![fhir::Actor::RoleAt(at)],
            Denied::Outside(of) => vec![fhir::Actor::Outside(of)],
            Denied::Within(of) => vec![fhir::Actor::Within(of)],
        };
        let on = match &restriction.what {
            Covered::All(_) => On::All,
            Covered::Indexes(indexes) => On::Classes(self.classes(indexes)?),
            Covered::Records(records) => On::Records(records.to_vec()),
        };
        Ok(Deny {
            until_ms: Some(restriction.until_ms),
            actors,
            access: restriction.access,
            purposes: restriction.purposes.to_vec(),
            on,
        })
    }

    /// What this member knows of these indexes, sorted.
    fn classes(&self, indexes: &[BlindIndex]) -> Result<Vec<Class>, Error> {
        let mut classes = Vec::with_capacity(indexes.len());
        for index in indexes {
            let owner = self.owner_of(index)?;
            classes.push(owner.map_or(Class::Index(*index), |(_, category)| {
                Class::Category(category)
            }));
        }
        classes.sort_unstable();
        Ok(classes)
    }
}

const fn period(from_ms: Option<TimestampMs>, until_ms: TimestampMs) -> Period {
    Period {
        from_ms,
        until_ms: Some(until_ms),
    }
}

impl Face {
    fn consent(self, logical: &str) -> Consent {
        let (kind, id) = self.name;
        let coding = |(system, code): (&str, &str)| Coding {
            system: system.to_owned(),
            code: code.to_owned(),
        };
        let witnessed = self.paper.then(|| coding(WITNESSED));
        Consent {
            identifiers: vec![Identifier {
                system: format!("{LEDGER}:{kind}"),
                value: id.clone(),
            }],
            id: Some(id),
            status: Status::Active,
            categories: [coding(PATIENT_CONSENT)]
                .into_iter()
                .chain(witnessed)
                .collect(),
            patient: logical.to_owned(),
            date_time: None,
            by_patient: false,
            organization: self.organization,
            policy: Policy::Network,
            period: Period::default(),
            provisions: vec![self.provision],
        }
    }
}
