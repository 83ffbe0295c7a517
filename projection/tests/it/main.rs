//! Tests of the read models: what is folded, that it is folded once, and that a refold gives the same.
mod amendment;
mod erasure;
mod history;
mod journals;
mod law;
mod model;
mod opened;
mod outbox;
mod persons;
mod refold;
mod script;
mod store;
mod timeline;
