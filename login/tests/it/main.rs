//! Tests of the sign-in as a whole: one honest road, and hostile ones by name.
mod assertion;
mod client;
mod desk;
mod scope;
mod token;
