//! Every bound of the wire and of the rules, in one place. A change here changes the protocol.
mod care;
pub use care::*;

/// Encoded bytes of one transaction.
pub const TRANSACTION_BYTES_MAX: usize = 512 * 1024;
/// Calls in one transaction.
pub const CALLS_MAX: usize = 1024;
/// Keys that sign one transaction: the sponsor's first, then co-signers. The most sign a proposal with new keys: the sponsor's
/// transaction and governance keys, and [`MEMBER_KEYS_MAX`] new ones.
pub const SIGNERS_MAX: usize = 2 + MEMBER_KEYS_MAX;
/// `Stored` roots that one transaction carries.
pub const STORED_ROOTS_MAX: usize = 16;
/// Levels of the Merkle tree under a `Stored` root: up to 4,096 blobs.
pub const STORED_PATH_MAX: usize = 12;
/// Members in a network.
pub const MEMBERS_MAX: usize = 128;
/// Keys of one member.
pub const MEMBER_KEYS_MAX: usize = 8;
/// The fewest validators: one may be faulty.
pub const VALIDATORS_MIN: usize = 4;
/// Proposals that are open or scheduled.
pub const PROPOSALS_OPEN_MAX: usize = 64;
/// Proposals of one member that are open or scheduled.
pub const PROPOSALS_OF_MEMBER_MAX: usize = 4;
/// How long a proposal is open to votes.
pub const PROPOSAL_LIFE_MS_MAX: u64 = 30 * 24 * 3_600_000;
/// Whole epochs between the epoch in which a proposal passed and the first in which it is in force.
pub const ACTIVATION_DELAY_EPOCHS: u64 = 1;
/// Encoded bytes of the transactions of one block, whatever the rules: what is decoded at most.
pub const BLOCK_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The same of a block that its leader sends whole to every other validator.
const BLOCK_BYTES_WHOLE: usize = 2 * 1024 * 1024;
/// The fewest validators among whom blocks travel in brief.
pub const BRIEF_VALIDATORS_MIN: usize = 8;
/// Version of the rules since which they do.
pub const BRIEF_SINCE: u16 = 3;

/// Encoded bytes of the transactions of one block under the rules of `protocol`, among so many validators: 4 MiB where blocks travel in brief
/// (`docs/decisions/0009-blocks-in-brief.md`), so that a leader's line does not carry them to each, else 2 MiB.
pub const fn block_bytes(protocol: u16, validators: usize) -> usize {
    match protocol >= BRIEF_SINCE && validators >= BRIEF_VALIDATORS_MIN {
        true => BLOCK_BYTES_MAX,
        false => BLOCK_BYTES_WHOLE,
    }
}
/// Transactions in one block.
pub const BLOCK_TRANSACTIONS_MAX: usize = 8192;
/// Metered units in one block.
pub const BLOCK_UNITS_MAX: u64 = 200_000;
/// Units of a block that one member may spend, until members vote otherwise: all that the emergency lane leaves.
pub const MEMBER_UNITS_START: u64 = BLOCK_UNITS_MAX;
/// Units of a block that are kept for emergency calls, until members vote otherwise.
pub const EMERGENCY_UNITS_START: u64 = BLOCK_UNITS_MAX / 10;
/// The least that members may set for one member, and leave to all beside the emergency lane: a vote can still be cast.
pub const MEMBER_UNITS_MIN: u64 = 1_000;
/// The least that members may keep for emergency calls: each of [`MEMBERS_MAX`] may break the glass once a block, which costs 20 units.
pub const EMERGENCY_UNITS_MIN: u64 = 4_096;
/// The most that members may keep for emergency calls.
pub const EMERGENCY_UNITS_MAX: u64 = BLOCK_UNITS_MAX - MEMBER_UNITS_MIN;
/// How far above the current height a transaction may stay valid.
pub const WINDOW_BLOCKS: u64 = 600;
/// Sequence numbers that each key keeps; the window slides (RFC 6479).
pub const SEQUENCE_WINDOW: u64 = 4096;
/// Milliseconds by which block time may exceed its parent's.
pub const BLOCK_TIME_STEP_MS_MAX: u64 = 10_000;
/// Blind indexes in one grant, encounter or ticket.
pub const INDEXES_MAX: usize = 64;
/// Index declarations in one call.
pub const DECLARATIONS_MAX: usize = 64;
/// Records named by one ticket.
pub const TICKET_RECORDS_MAX: usize = 256;
/// Holders of one record's blob.
pub const HOLDERS_MAX: usize = 16;
/// Longest life of a ticket.
pub const TICKET_MS_MAX: u64 = 24 * 3_600_000;
/// Longest life of an emergency ticket.
pub const EMERGENCY_MS_MAX: u64 = 4 * 3_600_000;
/// Longest open encounter.
pub const ENCOUNTER_MS_MAX: u64 = 180 * 24 * 3_600_000;
/// Longest registration encounter (write-only, without a card).
pub const REGISTRATION_MS_MAX: u64 = 24 * 3_600_000;
/// Longest grant.
pub const GRANT_MS_MAX: u64 = 10 * 366 * 24 * 3_600_000;
/// How soon broken glass must be justified.
pub const JUSTIFY_MS_MAX: u64 = 24 * 3_600_000;
/// Unjustified emergency tickets that one practitioner may have open at a time.
pub const EMERGENCIES_PENDING_MAX: usize = 8;
/// How old the finalised tip may be at whoever releases bytes or keys.
pub const RECENCY_MS_MAX: u64 = 10_000;
/// Records in one release request.
pub const RELEASE_RECORDS_MAX: usize = 4096;
/// Padded sizes of a sealed record, bytes; the last is the largest record.
pub const SIZE_BUCKETS: [u32; 14] = [
    512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576,
    2_097_152, 4_194_304,
];
/// Keys in one state query.
pub const STATE_KEYS_MAX: usize = 8192;
/// Bytes of one state value.
pub const STATE_VALUE_BYTES_MAX: usize = 16 * 1024;
/// Events of one transaction.
pub const EVENTS_MAX: usize = 4 * CALLS_MAX;
/// Guardians of one patient that are linked and not over.
pub const LINKS_MAX: usize = 16;
/// Longest link of a parent: eighteen years of 366 days, and a month.
pub const PARENT_MS_MAX: u64 = (18 * 366 + 31) * 24 * 3_600_000;
/// Longest link of a proxy or a court's guardian.
pub const LINK_MS_MAX: u64 = 10 * 366 * 24 * 3_600_000;
/// Longest link of a contingent guardian or an executor, named long before they act.
pub const WILL_MS_MAX: u64 = 100 * 366 * 24 * 3_600_000;
/// How long what a card signs alone waits for a second channel, and an executor after a recorded death.
pub const SECOND_CHANNEL_MS: u64 = 24 * 3_600_000;
/// Most tickets of which one call declares a breach.
pub const BREACH_TICKETS_MAX: usize = 64;
/// A permit, a grant or an enrolment that lasts longer is standing: it takes the second channel.
pub const STANDING_MS_MIN: u64 = 30 * 24 * 3_600_000;
/// How long a reissue waits.
pub const REISSUE_MS: u64 = 7 * 24 * 3_600_000;
/// Longest life of a card, once an end is set.
pub const CARD_MS_MAX: u64 = 10 * 366 * 24 * 3_600_000;
/// Longest incapacity that clinicians record; officers may record [`LINK_MS_MAX`].
pub const INCAPACITY_MS_MAX: u64 = 30 * 24 * 3_600_000;
