//! The decision: who may open or write what, and why. One function for tickets, writes and each release.
//!
//! Something is lawful if the basis that it names is in force for whoever asks, now, for this purpose, and covers the item, and nothing
//! denies it (`docs/decisions/0008`). [`decide`] is pure over [`Facts`], typed reads of the state at one height, which the views of the
//! contracts implement and, for a release, the values that its node loaded. It notes every permit and every denial that counted;
//! [`Decision::verdict`] gives the first refusal in the documented order.
mod amendment;
mod answer;
mod basis;
mod facts;
mod judge;
mod law;
mod question;
mod restriction;
mod study;

pub use answer::{Decision, Effect, Extent, Finding, Reach, Source};
pub use facts::{Facts, Found, Word};
pub use judge::decide;
pub use question::{Claim, Moment, Question, Read, Release, Write};

pub(crate) use facts::Seen;
