//! What stands before and behind every handler.
mod auth;
mod guard;
mod trace;

pub(crate) use auth::{bearer, require_session};
pub(crate) use guard::guard;
pub(crate) use trace::trace;
