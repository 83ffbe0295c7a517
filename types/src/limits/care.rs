//! Bounds of permits, restrictions, care teams, orders, mandates, disclosures, amendments and erasure: since protocol version 3.

/// Restrictions of one patient that have not ended.
pub const RESTRICTIONS_MAX: usize = 32;
/// Indexes and records that the restrictions of one patient name together: with [`RESTRICTIONS_MAX`] heads of at most 64 bytes they fit
/// one state value.
pub const RESTRICTED_ITEMS_MAX: usize = 768;
/// Longest restriction: a life.
pub const RESTRICTION_MS_MAX: u64 = 120 * 366 * 24 * 3_600_000;
/// Longest permit on witnessed paper.
pub const PAPER_MS_MAX: u64 = 90 * 24 * 3_600_000;
/// Seats of one care team.
pub const SEATS_MAX: usize = 64;
/// Longest time for reading after a visit was closed.
pub const GRACE_MS_MAX: u64 = 72 * 3_600_000;
/// Longest order.
pub const ORDER_MS_MAX: u64 = 180 * 24 * 3_600_000;
/// Results of one order.
pub const RESULTS_MAX: usize = 256;
/// Longest mandate of an authority.
pub const MANDATE_MS_MAX: u64 = 366 * 24 * 3_600_000;
/// Longest disclosure.
pub const DISCLOSURE_MS_MAX: u64 = 180 * 24 * 3_600_000;
/// The longest for which the law may keep a patient from being told.
pub const NOTICE_MS_MAX: u64 = 180 * 24 * 3_600_000;
/// Records that one call holds, erases, or confirms to have deleted.
pub const HELD_RECORDS_MAX: usize = 64;
/// Legal holds on one record that are neither ended nor over.
pub const HOLDS_MAX: usize = 8;
/// Of these there may be so many before a custodian places one: the others are left for authorities.
pub const CUSTODIAN_HOLDS_MAX: usize = 4;
/// Longest legal hold; it may be placed anew.
pub const HOLD_MS_MAX: u64 = 10 * 366 * 24 * 3_600_000;
/// The longest for which members may vote that records are kept: a life.
pub const RETENTION_DAYS_MAX: u32 = 120 * 366;
/// How far apart the ledger notes when its blocks were made, so that it can tell how old a record is.
pub const RETENTION_MARK_MS: u64 = 30 * 24 * 3_600_000;
/// How many such notes are kept: 82 years.
pub const RETENTION_MARKS_MAX: usize = 1_000;
/// How often one member may break the glass on one day, UTC.
pub const GLASS_OF_MEMBER_MAX: u32 = 1_024;
/// How often one practitioner may on one day: far less, so that one alone does not spend what all of the member have.
pub const GLASS_OF_PRACTITIONER_MAX: u32 = 64;
/// How long a member has to say who a staff pseudonym was.
pub const NAME_MS: u64 = 30 * 24 * 3_600_000;
/// Names that one member owes at once.
pub const NAMES_OWED_MAX: usize = 64;
/// Longest study.
pub const STUDY_MS_MAX: u64 = 10 * 366 * 24 * 3_600_000;
/// Requests for the amendment of one record.
pub const AMENDMENTS_MAX: usize = 8;
/// How long a member has to answer one (45 CFR 164.526(b)(2)(i)).
pub const AMENDMENT_MS: u64 = 60 * 24 * 3_600_000;
/// By how much it may extend that, once (45 CFR 164.526(b)(2)(ii)).
pub const AMENDMENT_EXTENSION_MS: u64 = 30 * 24 * 3_600_000;
/// How long a request lets the member write: until it is answered, and after a refusal until the patient has disagreed.
pub const AMENDMENT_WRITE_MS: u64 = 366 * 24 * 3_600_000;
