//! The envelope from outside: round trips, tampering, pinned formats.
mod at_rest;
mod golden;
mod letter;
mod record;
mod seed;
mod wrap;
