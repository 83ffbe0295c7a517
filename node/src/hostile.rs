//! What is decoded from peers and from the disk, by kind: the way in for fuzz targets.
use crate::archive::Place;
use crate::brief::wire as brief;
use crate::history::wire as history;
use crate::mempool::wire as mempool;
use crate::packed::Packed;
use crate::past::Past;
use amanat_types::wire::BlockEvents;
use commonware_codec::{DecodeExt, Encode};

/// A kind of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message about what lies behind the tip, from a peer.
    History,
    /// A message about transactions, from a peer.
    Mempool,
    /// A message about blocks in brief, from a peer.
    Brief,
    /// Header and certificate of an old block, from the disk.
    Header,
    /// Where a transaction stands, from the disk.
    Place,
    /// Receipts and events of a block, from the disk and from peers.
    Outcome,
    /// A block or an outcome as an archive keeps it, from the disk.
    Packed,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::History,
        Self::Mempool,
        Self::Brief,
        Self::Header,
        Self::Place,
        Self::Outcome,
        Self::Packed,
    ];
}

/// Decodes `bytes` and gives what it came to, encoded again; nothing if they are refused.
pub fn decode(kind: Kind, bytes: &[u8]) -> Option<Vec<u8>> {
    match kind {
        Kind::History => again::<history::Message>(bytes),
        Kind::Mempool => again::<mempool::Message>(bytes),
        Kind::Brief => again::<brief::Message>(bytes),
        Kind::Header => again::<Past>(bytes),
        Kind::Place => again::<Place>(bytes),
        Kind::Outcome => again::<BlockEvents>(bytes),
        Kind::Packed => {
            let packed = Packed::decode(bytes.to_vec()).ok()?;
            packed.plain().ok()?;
            Some(packed.encode().to_vec())
        }
    }
}

fn again<T: DecodeExt<()> + Encode>(bytes: &[u8]) -> Option<Vec<u8>> {
    let decoded = T::decode(bytes.to_vec()).ok()?;
    Some(decoded.encode().to_vec())
}

#[cfg(test)]
mod tests {
    use super::{Kind, decode};
    use crate::archive::Place;
    use crate::brief::wire as brief;
    use crate::history::wire::{Ask, Asked, Message, PastBlock, Standing, Tell, Told};
    use crate::mempool::tests::{anchor, parcel};
    use crate::mempool::wire as mempool;
    use crate::packed::Packed;
    use amanat_types::block::{Header, NextEpoch, Roster};
    use amanat_types::codec::List;
    use amanat_types::wire::BlockEvents;
    use amanat_types::{Height, TimestampMs};
    use commonware_codec::Encode as _;
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};

    fn samples() -> Vec<(Kind, Vec<u8>)> {
        let keys = (1..=4).map(|seed| PrivateKey::from_seed(seed).public_key());
        let roster = Roster::new(keys.collect()).expect("four");
        let network = amanat_types::digest("test", &[]);
        let mut header = Header::genesis(network, TimestampMs::new(5), 1, &roster);
        header.next = Some(NextEpoch {
            roster,
            protocol: 2,
        });
        let outcome = BlockEvents {
            height: Height::new(7),
            time_ms: TimestampMs::new(5),
            receipts: List::empty(),
            events: List::empty(),
        };
        let past = PastBlock {
            header: header.clone(),
            finalization: List::empty(),
            outcome: outcome.clone(),
        };
        let tell = |tell| Message::Tell(Told { number: 9, tell });
        let standing = Standing {
            boundaries: List::empty(),
            tip: List::empty(),
        };
        let blocks = List::new(vec![past.clone(), past]).expect("two");
        let ask = Asked {
            number: 9,
            ask: Ask::Blocks(Height::new(8)),
        };
        let histories = [
            Message::Ask(ask),
            tell(Tell::Standing(standing)),
            tell(Tell::Blocks(blocks)),
        ];
        let histories = histories.map(|message| (Kind::History, message.encode().to_vec()));
        let waiting = (1..=3).map(|number| parcel(1, number, anchor(9)).bytes.clone());
        let messages = mempool::pack(waiting);
        let messages = messages.iter().map(|one| (Kind::Mempool, one.encode()));
        let mut all: Vec<_> = messages.map(|(kind, one)| (kind, one.to_vec())).collect();
        all.extend(histories);
        all.extend(briefs(&header));
        let finalization: List<amanat_types::proof::Finalization, 1> = List::empty();
        let kept = [header.encode(), finalization.encode()].concat();
        let place = Place {
            height: Height::new(7),
            position: 3,
        };
        all.push((Kind::Header, kept));
        all.push((Kind::Place, place.encode().to_vec()));
        all.push((Kind::Outcome, outcome.encode().to_vec()));
        let packed = Packed::new(&vec![7u8; 900]);
        all.push((Kind::Packed, packed.encode().to_vec()));
        all
    }

    fn briefs(header: &Header) -> Vec<(Kind, Vec<u8>)> {
        let block = amanat_types::digest("test", &[b"block"]);
        let fingerprints = List::new(vec![block; 3]).expect("three");
        let ask = brief::Ask {
            block,
            positions: List::new(vec![0, 2]).expect("two"),
        };
        let frame = mempool::Frame(parcel(1, 1, anchor(9)).bytes.clone());
        let rest = brief::Rest {
            block,
            frames: List::new(vec![frame]).expect("one"),
        };
        let header = header.clone();
        let messages = [
            brief::Message::Brief(brief::Brief {
                header,
                fingerprints,
            }),
            brief::Message::Ask(ask),
            brief::Message::Rest(rest),
        ];
        let messages = messages.iter().map(|one| one.encode().to_vec());
        messages.map(|bytes| (Kind::Brief, bytes)).collect()
    }

    /// A small generator: the test is the same each time.
    struct Bytes(u64);

    impl Bytes {
        fn next(&mut self, below: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let high = usize::try_from(self.0 >> 33).unwrap_or(0);
            high % below.max(1)
        }

        fn byte(&mut self) -> u8 {
            u8::try_from(self.next(256)).unwrap_or(0)
        }
    }

    #[test]
    fn what_decodes_is_written_again_as_the_same_bytes_and_nothing_panics() {
        let samples = samples();
        for kind in Kind::ALL {
            assert!(samples.iter().any(|(of, _)| *of == kind), "{kind:?}");
        }
        let mut dice = Bytes(7);
        let mut refused = 0u32;
        for (kind, good) in &samples {
            assert_eq!(decode(*kind, good).as_deref(), Some(&**good), "{kind:?}");
            for _ in 0..3_000 {
                let mut bytes = good.clone();
                for _ in 0..=dice.next(3) {
                    let at = dice.next(bytes.len());
                    match dice.next(4) {
                        0 => bytes.truncate(at),
                        1 => bytes.insert(at, dice.byte()),
                        _ => {
                            if let Some(byte) = bytes.get_mut(at) {
                                *byte = dice.byte();
                            }
                        }
                    }
                }
                match decode(*kind, &bytes) {
                    Some(again) => assert_eq!(again, bytes, "{kind:?}"),
                    None => refused += 1,
                }
            }
        }
        assert!(refused > 1_000, "{refused}");
    }
}
