//! Fixed seeds, and those that failed once.
mod seeds;
