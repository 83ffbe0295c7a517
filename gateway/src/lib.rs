//! The FHIR door: FHIR R4 over HTTP with SMART Backend Services, in front of the exchange's use cases.
//!
//! A handler parses, calls one use case, renders; there are no rules of the exchange here. What a caller may do is asked in three
//! places: its access token's scopes (here), the basis and purpose that its request names (the ledger), a card's signature (the ledger).
//!
//! Every input is hostile. A caller is known before a body is read; bodies are bounded and paid for from one budget; slow
//! senders, slow readers and idle connections are dropped. Every error but OAuth's own is an OperationOutcome that names the field and the rule and never a value.
//! Log lines hold the method, the route's template, status, duration and a request id made here: nothing that a caller sent.
//!
//! Start: [`Door::new`] with a [`Config`] and an exchange, then [`serve()`].
mod archive;
mod asked;
mod body;
mod cases;
mod config;
mod context;
mod door;
mod handlers;
mod instant;
mod layer;
mod meter;
mod negotiate;
mod operation;
mod outcome;
mod render;
mod repeat;
mod rights;
mod route;
mod serve;
mod words;

pub use asked::{name_basis, read_basis};
pub use cases::{Call, Cases, ToSign};
pub use config::{Config, ConfigError, Limits};
pub use door::{Clock, Door, system_clock};
pub use handlers::hostile;
pub use meter::{Counts, Meter};
pub use outcome::Problem;
pub use rights::Rights;
pub use route::{Access, Class, Route, router, routes};
pub use serve::serve;
pub use words::Language;
