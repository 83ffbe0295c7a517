//! Messages about what lies behind the tip.
use amanat_types::Height;
use amanat_types::block::Header;
use amanat_types::codec::List;
use amanat_types::proof::{BOUNDARIES_MAX, Finalization, FinalizedHeader};
use amanat_types::wire::BlockEvents;
use commonware_codec::EncodeSize as _;

/// Bytes of one answer, unless one item alone is larger.
pub const ANSWER_BYTES: usize = 1024 * 1024;
/// Blocks in one answer.
pub const BLOCKS_MAX: usize = 1_024;

/// Where the ledger stands at a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Boundary headers from the epoch that was asked for on, as many as fit.
    pub boundaries: List<FinalizedHeader, BOUNDARIES_MAX>,
    /// Its newest finalised block that has a certificate of its own; none before the first.
    pub tip: List<FinalizedHeader, 1>,
}
amanat_types::codec_struct!(Standing { boundaries, tip });

/// One old block without its transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastBlock {
    /// Its header.
    pub header: Header,
    /// Its certificate, if it has one of its own.
    pub finalization: List<Finalization, 1>,
    /// What it did.
    pub outcome: BlockEvents,
}
amanat_types::codec_struct!(PastBlock {
    header,
    finalization,
    outcome
});

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Where the ledger stands, with the boundary headers from this epoch on.
    Standing(u64),
    /// Old blocks from this height downwards.
    Blocks(Height),
}
amanat_types::codec_enum!(Ask { 1 => Standing, 2 => Blocks });

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tell {
    /// Where the ledger stands.
    Standing(Standing),
    /// Old blocks, descending; none if the peer does not have the first of them.
    Blocks(List<PastBlock, BLOCKS_MAX>),
}
amanat_types::codec_enum!(Tell { 1 => Standing, 2 => Blocks });

/// A question with the number by which its answer is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Chosen by who asks.
    pub number: u64,
    /// The question.
    pub ask: Ask,
}
amanat_types::codec_struct!(Asked { number, ask });

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The question's number.
    pub number: u64,
    /// The answer.
    pub tell: Tell,
}
amanat_types::codec_struct!(Told { number, tell });

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A question.
    Ask(Asked),
    /// An answer.
    Tell(Told),
}
amanat_types::codec_enum!(Message { 1 => Ask, 2 => Tell });

/// Upper bound on an encoded message: [`ANSWER_BYTES`], or one block alone with what one member may do in it.
///
/// Units bound that to some 5 MB, of declared breaches. Only broken glass tells more for a unit, up to 64 indexes that the patient's state holds; a
/// member breaks it 1,024 times a day, 1.2 MB. Eight members that together do so in one block tell more than a message holds, and what that
/// block did cannot be fetched.
pub const MESSAGE_SIZE_MAX: usize = 8 * ANSWER_BYTES;

/// Takes items while the answer has room: the first always.
#[derive(Default)]
pub struct Room(usize);

impl Room {
    /// Whether an item of this kind still fits; it then counts.
    pub fn takes(&mut self, item: &PastBlock) -> bool {
        let first = self.0 == 0;
        self.0 = self.0.saturating_add(item.encode_size());
        first || self.0 <= ANSWER_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::{MESSAGE_SIZE_MAX, PastBlock};
    use amanat_types::block::{Header, Roster};
    use amanat_types::call::Scope;
    use amanat_types::code::{BasisKind, JournalKind};
    use amanat_types::codec::List;
    use amanat_types::event::{BreachDeclared, JournalAnchored, RecordDeposited, TicketIssued};
    use amanat_types::id::{Commitment, PatientId, PractitionerId, TicketId, TransactionId};
    use amanat_types::receipt::{Outcome, TransactionEvents};
    use amanat_types::wire::BlockEvents;
    use amanat_types::{
        BlindIndex, Digest, Event, Height, MemberId, Purpose, Receipt, RecordId, TimestampMs,
        limits,
    };
    use commonware_codec::EncodeSize as _;
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};

    /// What calls of three units each do, the cheapest that tell so much, and a day's broken glass of one member: a block of nothing else fits.
    #[test]
    fn what_one_member_does_in_a_block_fits_one_message() {
        let member = MemberId::new(u16::MAX);
        let breach = Event::BreachDeclared(BreachDeclared {
            ticket: TicketId::new([1; 16]),
            member,
            patient: Some(PatientId::new([2; 16])),
            declared_by: member,
            statement: Commitment::new([3; 32]),
        });
        let anchor = Event::JournalAnchored(JournalAnchored {
            member,
            journal: JournalKind::Vault,
            count: u64::MAX,
            head: Digest::from([4; 32]),
        });
        let deposit = Event::RecordDeposited(RecordDeposited {
            record: RecordId::new([5; 16]),
            index: BlindIndex::new([6; 16]),
            member,
            bucket: u8::MAX,
        });
        let patient = PatientId::new([2; 16]);
        let indexes = vec![BlindIndex::new([6; 16]); limits::INDEXES_MAX];
        let glass = Event::TicketIssued(TicketIssued {
            ticket: TicketId::new([1; 16]),
            member,
            practitioner: Some(PractitionerId::new([9; 16])),
            patient: Some(patient),
            basis: BasisKind::Emergency,
            purpose: Purpose::Treat,
            scope: Scope::Indexes(List::new(indexes).expect("as many")),
            until_ms: TimestampMs::new(u64::MAX),
        });
        // Each with what says who broke it, which is shorter than this.
        let glasses = 2 * usize::try_from(limits::GLASS_OF_MEMBER_MAX).expect("few");
        let roster = Roster::new(vec![PrivateKey::from_seed(1).public_key()]).expect("one");
        let network = Digest::from([7; 32]);
        let count = usize::try_from(limits::BLOCK_UNITS_MAX / 3).expect("few");
        for (event, count) in [
            (breach, count),
            (anchor, count),
            (deposit, count),
            (glass, glasses),
        ] {
            let transaction = TransactionId::new([8; 32]);
            let events = vec![event; count];
            let lists = events
                .chunks(limits::EVENTS_MAX)
                .map(|some| TransactionEvents {
                    transaction,
                    events: List::new(some.to_vec()).expect("as many"),
                });
            let receipt = Receipt {
                transaction,
                outcome: Outcome::Accepted(amanat_types::call::Unit),
                units: u32::MAX,
            };
            let block = PastBlock {
                header: Header::genesis(network, TimestampMs::new(1), 3, &roster),
                finalization: List::empty(),
                outcome: BlockEvents {
                    height: Height::new(u64::MAX),
                    time_ms: TimestampMs::new(u64::MAX),
                    receipts: List::new(vec![receipt; limits::BLOCK_TRANSACTIONS_MAX])
                        .expect("as many"),
                    events: List::new(lists.collect()).expect("few"),
                },
            };
            // A header and a certificate of the largest roster, and lists of their own for each transaction, are within the rest.
            let rest = 512 * 1024;
            assert!(block.encode_size() + rest < MESSAGE_SIZE_MAX);
        }
    }
}
