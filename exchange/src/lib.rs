//! Use cases: deposit, read, consent, check in, break glass ...: one file a use case, no transport.
//!
//! A door parses, makes an [`Actor`], calls one method of [`Exchange`], and renders. Nothing here knows HTTP, HL7 or MQTT;
//! the ledger and the vaults are reached through [`Ledger`] and [`Stores`], so that the simulator runs this very code.
//!
//! Write: vault first, ledger last ([`deposit`]). Read: ledger first, vault last ([`read`]). What must outlive the process
//! (keyring, FHIR index, intents) is encrypted in the exchange's folder, beside a read model that may be deleted.
//!
//! A member that leaves is succeeded by [`keeping`], which needs no [`Exchange`]: it keeps nothing but what the ledger says.

pub mod accounting;
pub mod actor;
pub mod amend;
pub mod amendment;
pub mod archive;
pub mod audit;
pub mod basis;
pub mod card;
pub mod care;
pub mod check_in;
mod committed;
pub mod config;
pub mod consent;
pub mod custody;
pub mod deposit;
pub mod discharge;
pub mod emergency;
pub mod erasure;
pub mod error;
pub mod everything;
pub mod exchange;
pub mod explain;
mod fetch;
pub mod fhir_consent;
mod fhir_index;
mod gather;
mod holders;
pub mod hostile;
pub mod id;
pub mod in_force;
mod intent;
pub mod keeping;
pub mod keyring;
pub mod legal;
pub mod matching;
mod members;
pub mod notices;
pub mod opened;
pub mod order;
pub mod permit;
pub mod persons;
pub mod prepared;
pub mod provenance;
pub mod read;
pub mod register;
pub mod restrict;
pub mod retract;
mod seal;
pub mod search;
mod seek;
pub mod standing;
pub mod ticket;
pub mod ways;
mod withheld;

pub use actor::Actor;
pub use amanat_client::{Clock, Failure, Fault, Ledger, Stores};
pub use amanat_envelope::{Context, SealingSecret};
pub use amanat_projection::{AmendmentRow, GlassRow, Moment, Notice, OpenedRow, Place, SamePerson};
pub use basis::{Basis, KnownBasis, ReadContext, WriteContext};
pub use card::{Card, CardPaper, Cosigner, SoftCard, SoftKey};
pub use config::{Config, StorageKey};
pub use custody::Custody;
pub use deposit::{Deposited, Draft};
pub use error::Error;
pub use exchange::Exchange;
pub use keeping::Keeping;
pub use prepared::{Accepted, Prepared};
pub use read::{Opened, ReadSet};
pub use standing::{Standing, Unready};
