//! From what a request claims to the context of a use case: whose records, under which basis.
//!
//! A header wins. Without one, what the exchange knows to be open for the patient is claimed; without that, none is, and the ledger refuses.
use std::collections::{BTreeMap, BTreeSet};

use amanat_exchange::{Actor, Basis, Draft, ReadContext, WriteContext};
use amanat_fhir::{Category, ResourceType, patient};
use amanat_types::call::WriteBasis;
use amanat_types::{PatientId, Refusal};

use crate::asked::{Asked, Claim};
use crate::cases::Cases;
use crate::door::Door;
use crate::outcome::Problem;

impl<C: Cases> Door<C> {
    /// The pseudonym behind the id of a Patient.
    fn patient_of(&self, actor: &Actor, logical: &str) -> Result<Option<PatientId>, Problem> {
        Ok(self.cases.patient_of(actor, logical)?)
    }

    /// Whom the header names; 404 if it names nobody who is known here.
    fn named(&self, actor: &Actor, asked: &Asked) -> Result<Option<PatientId>, Problem> {
        let Some(logical) = asked.patient.as_deref() else {
            return Ok(None);
        };
        let patient = self.patient_of(actor, logical)?;
        patient.map(Some).ok_or_else(Problem::not_found)
    }

    /// Under what resources of a type are read; `logical` is whose the URL says that they are.
    ///
    /// A patient that is not known here is 404, like one whose records may not be seen.
    pub(crate) async fn to_read(
        &self,
        actor: &Actor,
        asked: &Asked,
        kind: Option<ResourceType>,
        logical: Option<&str>,
    ) -> Result<ReadContext, Problem> {
        let patient = match logical {
            Some(logical) => Some(
                self.patient_of(actor, logical)?
                    .ok_or_else(Problem::not_found)?,
            ),
            None => self.named(actor, asked)?,
        };
        let basis = match asked.basis {
            Some(claim) => claim.to_read(patient)?,
            None if kind.is_some_and(is_directory) => Basis::Directory,
            None => self.open_to_read(actor, patient)?,
        };
        let basis = match (&asked.staff, basis) {
            (Some(staff), Basis::Treatment(encounter)) => {
                Basis::Care(self.cases.staff(actor, encounter, staff).await?)
            }
            (Some(_), _) => {
                let rule = "goes with an encounter only";
                return Err(Problem::bad("X-Amanat-Staff", rule));
            }
            (None, basis) => basis,
        };
        Ok(ReadContext {
            basis,
            purpose: asked.purpose,
            patient,
        })
    }

    fn open_to_read(&self, actor: &Actor, patient: Option<PatientId>) -> Result<Basis, Problem> {
        let Some(patient) = patient else {
            return Ok(Basis::None);
        };
        let bases = self.cases.bases(actor, &patient)?;
        Ok(bases
            .into_iter()
            .find_map(|known| known.read)
            .unwrap_or(Basis::None))
    }

    /// Under what drafts are written. `None` if all of them are directory resources.
    ///
    /// A draft that names another patient than the header, or than the draft before it, is refused by its place: filing
    /// under the wrong patient cannot be undone. Problems: 404, 422, 403 (`NoBasis`).
    pub(crate) async fn to_write(
        &self,
        actor: &Actor,
        asked: &Asked,
        drafts: &[Draft],
        in_bundle: bool,
    ) -> Result<Option<WriteContext>, Problem> {
        if drafts
            .iter()
            .all(|draft| is_directory(draft.resource.kind()))
        {
            return Ok(None);
        }
        let brought = brought(drafts);
        if brought.len() > 1 {
            return Err(Problem::unprocessable(
                "Bundle.entry",
                "holds more than one Patient",
            ));
        }
        let mut whose = self.named(actor, asked)?;
        if let Some(owner) = self.owner_of_basis(actor, asked).await? {
            if whose.is_some_and(|named| named != owner) {
                let rule = "names another patient than the basis";
                return Err(Problem::unprocessable("X-Amanat-Patient", rule));
            }
            whose = Some(owner);
        }
        let mut known = BTreeMap::new();
        for (index, draft) in drafts.iter().enumerate() {
            let place = Place { index, in_bundle };
            let Some(id) = place.patient(draft)?.filter(|id| !brought.contains(id)) else {
                continue;
            };
            let named = match known.get(id) {
                Some(patient) => *patient,
                None => *known.entry(id).or_insert(self.patient_of(actor, id)?),
            };
            let named = named.ok_or_else(|| {
                place.problem(draft, "refers to a Patient that is not known here")
            })?;
            // A Bundle that brings a Patient of its own says by a header who that is.
            if whose.is_none() && brought.is_empty() {
                whose = Some(named);
            }
            if whose != Some(named) {
                return Err(
                    place.problem(draft, "names another patient than the rest of the request")
                );
            }
        }
        let patient = whose.ok_or_else(|| {
            let rule = "or a basis is required to say whose records these are";
            Problem::unprocessable("X-Amanat-Patient", rule)
        })?;
        self.basis_to_write(actor, asked, patient).map(Some)
    }

    /// Whose basis the header names: what is written under an encounter is its patient's.
    async fn owner_of_basis(
        &self,
        actor: &Actor,
        asked: &Asked,
    ) -> Result<Option<PatientId>, Problem> {
        let Some(basis) = asked.basis.and_then(Claim::to_write) else {
            return Ok(None);
        };
        match (self.cases.patient_of_basis(actor, &basis).await?, basis) {
            (Some(owner), _) => Ok(Some(owner)),
            (None, WriteBasis::Grant(_)) => Err(Refusal::GrantUnknown.into()),
            (None, WriteBasis::Permit(_)) => Err(Refusal::PermitUnknown.into()),
            (None, WriteBasis::Order(_)) => Err(Refusal::OrderUnknown.into()),
            (None, WriteBasis::Amendment(_)) => Err(Refusal::AmendmentUnknown.into()),
            (None, _) => Err(Refusal::EncounterUnknown.into()),
        }
    }

    fn basis_to_write(
        &self,
        actor: &Actor,
        asked: &Asked,
        patient: PatientId,
    ) -> Result<WriteContext, Problem> {
        let basis = match asked.basis {
            Some(claim) => claim.to_write(),
            None => {
                let bases = self.cases.bases(actor, &patient)?;
                bases.into_iter().find_map(|known| known.write)
            }
        };
        let basis = basis.ok_or(Refusal::NoBasis)?;
        Ok(WriteContext { patient, basis })
    }
}

/// Ids of the Patients that a request itself brings.
fn brought(drafts: &[Draft]) -> BTreeSet<&str> {
    let patients = drafts
        .iter()
        .filter(|draft| draft.resource.kind().name() == "Patient");
    patients.filter_map(|draft| draft.resource.id()).collect()
}

/// Where a draft stands in its request.
#[derive(Clone, Copy)]
struct Place {
    index: usize,
    in_bundle: bool,
}

impl Place {
    /// The id of the Patient whom a draft names.
    ///
    /// In a Bundle the rest may say whose it is (a Binary, a Provenance of its entries); alone, nothing does.
    fn patient(self, draft: &Draft) -> Result<Option<&str>, Problem> {
        match patient::of(&draft.resource) {
            Err(_) if self.in_bundle => Ok(None),
            other => other.map_err(Problem::from),
        }
    }

    fn problem(self, draft: &Draft, rule: &str) -> Problem {
        if self.in_bundle {
            Problem::unprocessable(&format!("Bundle.entry[{}].resource", self.index), rule)
        } else {
            Problem::unprocessable(draft.resource.kind().name(), rule)
        }
    }
}

/// Whether resources of a type go to the members' directories.
pub(crate) fn is_directory(kind: ResourceType) -> bool {
    kind.category() == Category::Directory
}
