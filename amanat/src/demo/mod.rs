//! `amanat demo`: the whole road on one machine, with a check for each claim.
//!
//! Everything goes through the doors that a hospital would use: FHIR over HTTP at the gateways, co-signatures by software
//! cards, and for the attacks the ledger's, the vaults' and the custodians' own interfaces.
mod access;
mod amend;
mod archive;
mod canary;
mod damage;
mod desk;
mod door;
mod fixtures;
mod hostile;
mod import;
mod input;
mod outage;
mod persons;
mod report;
mod run;
mod visit;
mod ward;
mod whole;
mod world;

use run::write;
pub use run::{DemoError, Options, run};
