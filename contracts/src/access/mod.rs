//! Access: tickets, mandates, disclosures, broken glass, anchors of release journals. What a ticket may be issued on is judged by [`crate::decision`].
//!
//! A request names one basis and one purpose. What is granted is a ticket in the state and an event; what is refused is an event
//! too. A ticket names its basis record, which every release reads again ([`crate::release`]).
//!
//! - A1: a ticket has a basis that was open, the asker's own, and allowed its purpose when it was issued.
//! - A2: a ticket covers nothing outside its basis.
//! - A3: a ticket lasts at most 24 hours, an emergency ticket at most 4.
//! - A4: a practitioner with an overdue justification, or eight that wait, breaks no more glass; nor who did 64 times on a day, or whose
//!   member did 1,024 times.
//! - A5: the anchor of a journal only ever counts up.
//! - A6: a refused request leaves an `AccessRefused` event.
//! - A8: a mandate is an authority's and two of its officers opened it; a disclosure names records of its maker, which were shown to be its
//!   patient's.
//! - A9: a member that did not say in time who a staff pseudonym was opens nothing by staff without cards until it does.
//!
//! Reads: actors, practitioners, patients, index owners, encounters, grants, records.
mod anchor;
mod break_glass;
mod declare_breach;
mod demand_name;
mod disclose;
mod end_disclosure;
mod end_mandate;
mod issue;
mod justify;
mod name_staff;
mod open_mandate;
mod request;
mod review_glass;
mod scope;
mod state;
#[cfg(test)]
mod tests;

pub use anchor::anchor;
pub use break_glass::break_glass;
pub use declare_breach::declare_breach;
pub use demand_name::demand_name;
pub use disclose::disclose;
pub use end_disclosure::end_disclosure;
pub use end_mandate::end_mandate;
pub use issue::issue_for_visit;
pub use justify::justify;
pub use name_staff::name_staff;
pub use open_mandate::open_mandate;
pub use request::{refused, request};
pub use review_glass::review_glass;
pub use state::State;
