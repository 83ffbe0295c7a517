//! The FHIR door over real sockets on loopback, in front of stand-in use cases.
mod capability;
mod desk;
mod fake;
mod hostile;
mod interactions;
mod operations;
mod refused;
