//! The FHIR door over real sockets on loopback, in front of stand-in use cases.
mod archive;
mod body;
mod calls;
mod capability;
mod consent;
mod create;
mod desk;
mod fake;
mod hostile;
mod legal;
mod meter;
mod operations;
mod provenance;
mod reading;
mod refused;
mod tls;
mod transaction;
