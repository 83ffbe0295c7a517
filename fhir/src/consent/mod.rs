//! `Consent`: what a patient permits and denies, read strictly and written back.
//!
//! R4 (<http://hl7.org/fhir/R4/consent.html>) gives a base rule (`policyRule` and the root of `provision`) and exceptions to it
//! (`provision.provision`), each of type permit or deny. It is read so:
//!
//! - The base rule is the network's: it denies, and opens by its own lawful bases (an open visit, an order, broken glass, law). A Consent
//!   says so by the `policyRule` `network` of [`POLICY`], or by `OPTINR` of HL7 v3 ActCode, whose definition is to assent to terms
//!   that leave the choice of restrictions. `OPTIN` and `OPTOUT` are defined to leave no choice, which contradicts the exceptions;
//!   `OPTOUTE` also rejects the network's bases, which an exception that permits could not outlive, since a deny beats every permit.
//! - The root has no type (R4: "not permitted in root rule, required in all nested rules") and no conditions, but a period that bounds all.
//! - Each nested provision is one exception: a permit adds, a deny takes away. A deny beats every permit, so their order says nothing.
//! - An exception to an exception is not supported: to permit within a deny would reopen what a deny closes, and a deny within a permit is the
//!   same deny beside it.
//! - Conditions of one provision hold together (and); the items of one condition are alternatives (or).
//! - Where a member is narrows an actor. R4 has no element for it, and its actors are no places; as an actor beside others it would be an
//!   alternative to them. So it is a modifier of the actor, [`WITHIN`] or [`OUTSIDE`] with a code of ISO 3166: of all members in a deny, of a role
//!   at members of a kind in a permit.
//!
//! Nothing is dropped in silence. Passed over are `meta`, `language`, the narrative `text`, and the words that only people read
//! (`display`, a concept's `text`); every other element is read, or refused with its place and the rule.

mod actor;
mod class;
mod judge;
mod model;
mod node;
mod provision;
mod read;
mod write;

pub use model::{
    ACTORS_MAX, Actor, CLASSES_MAX, Class, Coding, Consent, Deny, Identifier, LABELS_MAX, On,
    PROVISIONS_MAX, PURPOSES_MAX, Period, Permit, Policy, Provision, RECORDS_MAX, Status,
};
pub use read::read;
pub use write::write;

/// Prefix of the systems under which things of the ledger are named: `urn:amanat:ledger:member` and its kin.
pub const LEDGER: &str = "urn:amanat:ledger";
/// System of our own `policyRule`.
pub const POLICY: &str = "urn:amanat:consent-policy";
/// System of categories, the codes of `class`.
pub const CATEGORY: &str = "urn:amanat:category";
/// System of practitioners' roles.
pub const ROLE: &str = "urn:amanat:role";
/// Of a permit: the heights at which a record was deposited. A modifier, since whoever passes it over would permit more.
pub const DEPOSITED: &str = "urn:amanat:ledger:deposited";

/// Of an actor: only members within a jurisdiction, a code of ISO 3166. A modifier, since whoever passes it over would permit or deny more.
pub const WITHIN: &str = "urn:amanat:ledger:within";
/// Of an actor: only members outside of a jurisdiction.
pub const OUTSIDE: &str = "urn:amanat:ledger:outside";

const MEMBER: &str = "urn:amanat:ledger:member";
const PRACTITIONER: &str = "urn:amanat:ledger:practitioner";
const GROUP: &str = "urn:amanat:ledger:group";
const INDEX: &str = "urn:amanat:ledger:index";
const RECORD: &str = "urn:amanat:ledger:record";
const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const ACTION: &str = "http://terminology.hl7.org/CodeSystem/consentaction";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const RESOURCE_TYPES: &str = "http://hl7.org/fhir/resource-types";
const COUNTRY: &str = "urn:iso:std:iso:3166";
const SUBDIVISION: &str = "urn:iso:std:iso:3166:-2";
const SCOPE: &str = "http://terminology.hl7.org/CodeSystem/consentscope";
/// The participation of an actor of whom only the member or the practitioner counts: primary information recipient.
const RECIPIENT: &str = "PRCP";
/// The group of all members.
const EVERYONE: &str = "everyone";
