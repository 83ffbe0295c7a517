//! Values of an archive, compressed one by one.
//!
//! ```text
//! 1 | length of the plain bytes u32 | one zstd frame of them
//! plain bytes, which begin with 0
//! ```
//! What the node keeps so begins with a height or with a version of two bytes, so the first byte of plain bytes is 0 and
//! tells the two apart. Plain is what is not shorter when compressed, and all that an earlier program wrote: a disk may hold
//! both, and nothing is written again. A length above [`PLAIN_BYTES_MAX`] is refused before memory is taken.
use bytes::{BufMut, Bytes};
use commonware_codec::{Buf, Codec, DecodeExt as _, EncodeSize, Error, Read, Write};

/// Plain bytes of one value at most: what a block of the largest size leads to is a fraction of this.
pub const PLAIN_BYTES_MAX: usize = 16 * 1024 * 1024;
/// First byte of what is plain.
const PLAIN: u8 = 0;
/// First byte of what is compressed.
const ZSTD: u8 = 1;
/// Bytes before the frame.
const HEAD: usize = 5;
/// Ids, indexes and bases that come again within a block are most of what can be saved; higher levels found hardly more.
const LEVEL: i32 = 1;
const WHAT: &str = "packed value";

/// A value as an archive keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed(Bytes);

impl Packed {
    /// Packs a value.
    pub fn new(value: &impl Codec) -> Self {
        let plain = value.encode();
        let starts_plain = plain.first() == Some(&PLAIN);
        let packed = pack(&plain).filter(|packed| !starts_plain || packed.len() < plain.len());
        Self(packed.unwrap_or(plain))
    }

    /// The value. An error: the bytes are no packed value, or none of this kind.
    pub fn open<T: Codec<Cfg = ()>>(&self) -> Result<T, Error> {
        T::decode(self.plain()?)
    }

    /// The encoded value. An error: the bytes are no packed value.
    pub fn plain(&self) -> Result<Bytes, Error> {
        match self.0.first() {
            Some(&PLAIN) => Ok(self.0.clone()),
            Some(&ZSTD) => unpack(&self.0),
            _ => Err(Error::Invalid(WHAT, "of no known kind")),
        }
    }
}

fn pack(plain: &[u8]) -> Option<Bytes> {
    let length = u32::try_from(plain.len()).ok()?;
    if plain.len() > PLAIN_BYTES_MAX {
        return None;
    }
    let frame = zstd::bulk::compress(plain, LEVEL).ok()?;
    let length = length.to_be_bytes();
    Some([&[ZSTD][..], &length, &frame].concat().into())
}

fn unpack(bytes: &[u8]) -> Result<Bytes, Error> {
    let wrong = |why| Error::Invalid(WHAT, why);
    let (head, frame) = bytes.split_at_checked(HEAD).ok_or(wrong("cut off"))?;
    let length = head.get(1..).and_then(|length| length.try_into().ok());
    let length = length.map(u32::from_be_bytes).ok_or(wrong("cut off"))?;
    let length = usize::try_from(length).map_err(|_| wrong("too long"))?;
    if length > PLAIN_BYTES_MAX {
        return Err(wrong("too long"));
    }
    let plain = zstd::bulk::decompress(frame, length).map_err(|_| wrong("damaged"))?;
    match plain.len() == length {
        true => Ok(plain.into()),
        false => Err(wrong("of another length")),
    }
}

impl Write for Packed {
    fn write(&self, buf: &mut impl BufMut) {
        buf.put_slice(&self.0);
    }
}
impl EncodeSize for Packed {
    fn encode_size(&self) -> usize {
        self.0.len()
    }
}
impl Read for Packed {
    type Cfg = ();
    /// Takes all that is left: an archive knows where a value ends.
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        let left = buf.remaining();
        Ok(Self(buf.copy_to_bytes(left)))
    }
}

#[cfg(test)]
mod tests {
    use super::{HEAD, PLAIN, PLAIN_BYTES_MAX, Packed, ZSTD, pack};
    use amanat_types::block::{Block, Header, Payload, Roster};
    use amanat_types::call::Unit;
    use amanat_types::codec::List;
    use amanat_types::receipt::{Outcome, Receipt};
    use amanat_types::wire::BlockEvents;
    use amanat_types::{Height, TimestampMs, TransactionId};
    use commonware_codec::{DecodeExt as _, Encode as _};
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};

    fn outcome(receipts: usize) -> BlockEvents {
        let receipt = Receipt {
            transaction: TransactionId::new([7; 32]),
            outcome: Outcome::Accepted(Unit),
            units: 7,
        };
        BlockEvents {
            height: Height::new(u64::MAX >> 8),
            time_ms: TimestampMs::new(5),
            receipts: List::new(vec![receipt; receipts]).expect("few"),
            events: List::empty(),
        }
    }

    fn block() -> Block {
        let keys = (1..=4).map(|seed| PrivateKey::from_seed(seed).public_key());
        let roster = Roster::new(keys.collect()).expect("four");
        let network = amanat_types::digest("test", &[]);
        let header = Header::genesis(network, TimestampMs::new(5), 1, &roster);
        Block::new(header, Payload::empty())
    }

    fn of(bytes: Vec<u8>) -> Packed {
        Packed::decode(bytes).expect("any bytes")
    }

    #[test]
    fn what_repeats_is_kept_shorter_and_comes_back() {
        let long = outcome(500);
        let packed = Packed::new(&long);
        let bytes = packed.encode();
        assert_eq!(bytes.first(), Some(&ZSTD));
        assert!(bytes.len() * 10 < long.encode().len(), "{}", bytes.len());
        let again = of(bytes.to_vec()).open::<BlockEvents>();
        assert_eq!(again.expect("opens"), long);
    }

    #[test]
    fn an_earlier_programs_plain_bytes_are_read_and_short_values_stay_plain() {
        let short = outcome(0);
        let plain = short.encode().to_vec();
        assert_eq!(Packed::new(&short).encode().to_vec(), plain);
        for value in [outcome(0), outcome(9)] {
            let plain = of(value.encode().to_vec());
            assert_eq!(plain.open::<BlockEvents>().expect("opens"), value);
        }
        // The other kind of value that a node keeps so. The highest height and every version of two bytes begin alike.
        let plain = block().encode().to_vec();
        assert_eq!(plain.first(), Some(&PLAIN));
        assert_eq!(of(plain).open::<Block>().expect("opens"), block());
    }

    #[test]
    fn damaged_bytes_are_refused_and_take_no_memory_beyond_the_bound() {
        let good = Packed::new(&outcome(500)).encode().to_vec();
        let refused = |bytes: Vec<u8>| of(bytes).open::<BlockEvents>().is_err();
        assert!(!refused(good.clone()));
        for length in 0..good.len() {
            assert!(refused(good[..length].to_vec()), "{length}");
        }
        for kind in 2..=u8::MAX {
            let mut other = good.clone();
            other[0] = kind;
            assert!(refused(other), "{kind}");
        }
        let with_length = |length: u32| {
            let mut other = good.clone();
            other[1..HEAD].copy_from_slice(&length.to_be_bytes());
            other
        };
        let length = u32::try_from(outcome(500).encode().len()).expect("short");
        assert_eq!(with_length(length), good);
        assert!(refused(with_length(length - 1)) && refused(with_length(length + 1)));
        // A frame that is right, of a length that is not allowed.
        let zeros = |length: usize| {
            let frame = zstd::bulk::compress(&vec![0; length], 1).expect("compresses");
            let length = u32::try_from(length).expect("short").to_be_bytes();
            of([&[ZSTD][..], &length, &frame].concat())
        };
        let most = zeros(PLAIN_BYTES_MAX).plain().expect("opens");
        assert_eq!(most.len(), PLAIN_BYTES_MAX);
        assert!(zeros(PLAIN_BYTES_MAX + 1).plain().is_err());
        assert_eq!(pack(&vec![0; PLAIN_BYTES_MAX + 1]), None);
        let mut longer = good;
        longer.push(0);
        assert!(refused(longer));
    }
}
