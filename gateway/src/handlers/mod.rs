//! One file an interaction: parse, one use case, render.
mod accounting;
mod amendments;
mod archive;
mod audit;
mod committed;
mod create;
mod discharge;
mod everything;
mod explain;
mod health;
pub mod hostile;
mod letter;
mod matching;
mod metadata;
mod notices;
mod opened;
mod prepare;
mod provenance;
mod read;
mod retract;
mod search;
mod smart_configuration;
mod submit;
mod token;
mod told;
mod transaction;

pub(crate) use accounting::accounting;
pub(crate) use amendments::amendments;
pub(crate) use archive::archive;
pub(crate) use audit::{audit, in_force};
pub(crate) use committed::committed;
pub(crate) use create::{amend, create};
pub(crate) use discharge::discharge;
pub(crate) use everything::everything;
pub(crate) use explain::{who_could, why};
pub(crate) use health::{healthz, readyz};
pub(crate) use letter::letter;
pub(crate) use matching::match_patient;
pub(crate) use metadata::metadata;
pub(crate) use notices::notices;
pub(crate) use opened::{glass_to_review, opened};
pub(crate) use prepare::prepare;
pub(crate) use read::{read, version_read};
pub(crate) use retract::retract;
pub(crate) use search::{search, search_by_form};
pub(crate) use smart_configuration::smart_configuration;
pub(crate) use submit::submit;
pub(crate) use token::token;
pub(crate) use transaction::transaction;

use amanat_fhir::ResourceType;

use crate::outcome::Problem;

/// The resource type of a path; 404 for another word (FHIR R4, 3.1.0.1.4: an unknown type is not found).
fn kind_of(path: &str) -> Result<ResourceType, Problem> {
    ResourceType::find(path).ok_or_else(|| {
        let mut problem = Problem::new(
            axum::http::StatusCode::NOT_FOUND,
            amanat_fhir::outcome::IssueType::NotSupported,
            "not a resource type of FHIR R4 (4.0.1)",
        );
        problem = problem.at("url");
        problem
    })
}
