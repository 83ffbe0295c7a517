//! Tests of the words: formats pinned by hash, strict decoding, signatures, `Stored` roots.
mod conformance;
mod decoding;
mod events;
mod genesis;
mod jurisdiction;
mod links;
mod open;
mod samples;
mod signatures;
mod stored;
