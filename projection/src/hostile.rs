//! What is decoded from the member's own store, by kind: the way in for fuzz targets.
use crate::amendment::AmendmentRow;
use crate::cipher::{Keys, NAME_BYTES};
use crate::custody::TakenOver;
use crate::fold::{BasisRow, TicketRow, Tip};
use crate::journals::{Anchored, JournalRow};
use crate::log::{AccessEntry, Place};
use crate::notice::Notice;
use crate::opened::{GlassRow, OpenedRow};
use crate::outbox::Told;
use crate::record::RecordRow;
use crate::same::SamePerson;
use crate::timeline::Moment;
use commonware_codec::{DecodeExt, Encode};

/// A kind of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A row as it lies on the disk, encrypted: none that is made up opens.
    Sealed,
    /// A row in the clear: table, list, key and value.
    Row,
    /// An entry of a patient's access log.
    Access,
    /// A request for amendment.
    Amendment,
    /// An anchor of a release journal.
    Anchored,
    /// A grant or an encounter.
    Basis,
    /// Broken glass that waits for a review.
    Glass,
    /// How a release journal stands.
    Journal,
    /// One moment of a patient's timeline.
    Moment,
    /// A notice that is put off.
    Notice,
    /// A ticket on a patient's records.
    Opened,
    /// Where on the ledger something happened.
    Place,
    /// A record.
    Record,
    /// Another pseudonym of one person.
    Same,
    /// A change of custodian.
    TakenOver,
    /// What later events must know of a ticket.
    Ticket,
    /// The last block that was folded.
    Tip,
    /// A row of the outbox.
    Told,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::Sealed,
        Self::Row,
        Self::Access,
        Self::Amendment,
        Self::Anchored,
        Self::Basis,
        Self::Glass,
        Self::Journal,
        Self::Moment,
        Self::Notice,
        Self::Opened,
        Self::Place,
        Self::Record,
        Self::Same,
        Self::TakenOver,
        Self::Ticket,
        Self::Tip,
        Self::Told,
    ];
}

/// Decodes `bytes` and gives what it came to, encoded again; nothing if they are refused.
pub fn decode(kind: Kind, bytes: &[u8]) -> Option<Vec<u8>> {
    match kind {
        Kind::Sealed => {
            let keys = Keys::new(&[7; 32]).ok()?;
            let opened = keys.open(&[7; NAME_BYTES], bytes).ok()?;
            Some(opened.to_vec())
        }
        Kind::Row => crate::store::again(bytes),
        Kind::Access => again::<AccessEntry>(bytes),
        Kind::Amendment => again::<AmendmentRow>(bytes),
        Kind::Anchored => again::<Anchored>(bytes),
        Kind::Basis => again::<BasisRow>(bytes),
        Kind::Glass => again::<GlassRow>(bytes),
        Kind::Journal => again::<JournalRow>(bytes),
        Kind::Moment => again::<Moment>(bytes),
        Kind::Notice => again::<Notice>(bytes),
        Kind::Opened => again::<OpenedRow>(bytes),
        Kind::Place => again::<Place>(bytes),
        Kind::Record => again::<RecordRow>(bytes),
        Kind::Same => again::<SamePerson>(bytes),
        Kind::TakenOver => again::<TakenOver>(bytes),
        Kind::Ticket => again::<TicketRow>(bytes),
        Kind::Tip => again::<Tip>(bytes),
        Kind::Told => again::<Told>(bytes),
    }
}

fn again<T: DecodeExt<()> + Encode>(bytes: &[u8]) -> Option<Vec<u8>> {
    let decoded = T::decode(bytes.to_vec()).ok()?;
    Some(decoded.encode().to_vec())
}

#[cfg(test)]
mod tests {
    use super::{Kind, decode};
    use crate::log::{AccessEntry, Act, Place, Released};
    use crate::record::RecordRow;
    use crate::timeline::Moment;
    use amanat_types::code::{BasisKind, JournalKind, Purpose, RetractReason};
    use amanat_types::codec::List;
    use amanat_types::event::RecordRetracted;
    use amanat_types::{
        BlindIndex, Event, Height, MemberId, PatientId, RecordId, TicketId, TimestampMs,
        TransactionId,
    };
    use commonware_codec::Encode as _;
    use proptest::prelude::*;

    const PLACE: Place = Place::event(Height::new(7), 2, 1);
    const TIME: TimestampMs = TimestampMs::new(9);
    const TRANSACTION: TransactionId = TransactionId::new([3; 32]);

    fn moment() -> Moment {
        Moment {
            place: PLACE,
            time_ms: TIME,
            transaction: TRANSACTION,
            event: Event::RecordRetracted(RecordRetracted {
                record: RecordId::new([4; 16]),
                member: MemberId::new(5),
                reason: RetractReason::Duplicate,
            }),
        }
    }

    fn samples() -> Vec<(Kind, Vec<u8>)> {
        let record = RecordRow {
            record: RecordId::new([4; 16]),
            index: BlindIndex::new([6; 16]),
            member: MemberId::new(5),
            bucket: 2,
            place: PLACE,
            time_ms: TIME,
            transaction: TRANSACTION,
            supersedes: None,
            superseded_by: Some(RecordId::new([8; 16])),
            retracted: None,
        };
        let released = AccessEntry {
            place: PLACE,
            time_ms: TIME,
            transaction: None,
            act: Act::Released(Released {
                ticket: TicketId::new([1; 16]),
                releaser: MemberId::new(2),
                reader: MemberId::new(3),
                journal: JournalKind::Vault,
                number: 4,
                records: List::new(vec![RecordId::new([5; 16])]).expect("one"),
            }),
        };
        let opened = crate::opened::OpenedRow {
            ticket: TicketId::new([1; 16]),
            time_ms: TIME,
            patient: PatientId::new([2; 16]),
            practitioner: None,
            basis: BasisKind::Consent,
            purpose: Purpose::Treat,
            until_ms: TIME,
        };
        let row = b"\0\0\0\x01t\0\0\0\x02ll\0\0\0\0value".to_vec();
        vec![
            (Kind::Row, row),
            (Kind::Access, released.encode().to_vec()),
            (Kind::Moment, moment().encode().to_vec()),
            (Kind::Told, (TIME, moment()).encode().to_vec()),
            (Kind::Opened, opened.encode().to_vec()),
            (Kind::Place, PLACE.encode().to_vec()),
            (Kind::Record, record.encode().to_vec()),
        ]
    }

    #[test]
    fn good_rows_come_back_and_no_cut_of_one_does() {
        for (kind, good) in samples() {
            assert_eq!(decode(kind, &good).as_ref(), Some(&good), "{kind:?}");
            // What is left of a row in the clear is its value: only the lengths before it can be cut.
            let most = if kind == Kind::Row { 15 } else { good.len() };
            for end in 0..most {
                assert_eq!(decode(kind, &good[..end]), None, "{kind:?} cut at {end}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_decodes_is_written_again_as_the_same_bytes_and_nothing_panics(
            changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..4),
            random in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            for (kind, mut bytes) in samples() {
                for (at, byte) in &changes {
                    let at = at % bytes.len();
                    bytes[at] = *byte;
                }
                if let Some(again) = decode(kind, &bytes) {
                    prop_assert_eq!(again, bytes, "{:?}", kind);
                }
            }
            for kind in Kind::ALL {
                if let Some(again) = decode(kind, &random) {
                    prop_assert_eq!(&again, &random, "{:?}", kind);
                }
            }
            prop_assert_eq!(decode(Kind::Sealed, &random), None);
        }
    }
}
