//! Where a member is: a country, or a subdivision of one.
use bytes::BufMut;
use commonware_codec::{Buf, Error, FixedSize, Read, ReadExt as _, Write};

/// Bytes of the longest code.
const BYTES: usize = 6;

/// A country (ISO 3166-1 alpha-2, `PK`) or a subdivision of one (ISO 3166-2, `PK-SD`), in capitals.
///
/// Its form is checked, not whether the code is assigned: the lists change, and members vote on each. Encoded as six bytes of ASCII, the
/// rest of which are zero, so that a code has one encoding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jurisdiction([u8; BYTES]);

impl Jurisdiction {
    /// Reads a code as it is printed; nothing if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; BYTES];
        bytes
            .get_mut(..text.len())?
            .copy_from_slice(text.as_bytes());
        is_code(text.as_bytes()).then_some(Self(bytes))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        let code = self.0.split(|byte| *byte == 0).next();
        // A code is ASCII.
        str::from_utf8(code.unwrap_or_default()).unwrap_or_default()
    }

    /// Whether it is a country, not a subdivision.
    pub const fn is_country(&self) -> bool {
        let [_, _, third, ..] = self.0;
        third == 0
    }

    /// Whether whoever is here is in `other` for certain: the same place, or the country of this subdivision.
    pub fn is_within(&self, other: Self) -> bool {
        *self == other || (other.is_country() && self.0.get(..2) == other.0.get(..2))
    }

    /// Whether whoever is here may be in `other`: one lies within the other.
    pub fn meets(&self, other: Self) -> bool {
        self.is_within(other) || other.is_within(*self)
    }
}

/// Two letters; then nothing, or a hyphen and one to three letters or digits.
fn is_code(text: &[u8]) -> bool {
    let (country, rest) = text.split_at(text.len().min(2));
    let subdivision = match rest {
        [] => true,
        [b'-', rest @ ..] => {
            let fits = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            matches!(rest.len(), 1..=3) && rest.iter().all(fits)
        }
        _ => false,
    };
    country.len() == 2 && country.iter().all(u8::is_ascii_uppercase) && subdivision
}

impl std::fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
impl std::fmt::Debug for Jurisdiction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Jurisdiction({self})")
    }
}
impl Write for Jurisdiction {
    fn write(&self, buf: &mut impl BufMut) {
        buf.put_slice(&self.0);
    }
}
impl FixedSize for Jurisdiction {
    const SIZE: usize = BYTES;
}
impl Read for Jurisdiction {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        let bytes = <[u8; BYTES]>::read(buf)?;
        let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(BYTES);
        let (code, rest) = bytes.split_at(length);
        match is_code(code) && rest.iter().all(|byte| *byte == 0) {
            true => Ok(Self(bytes)),
            false => Err(Error::Invalid("Jurisdiction", "not a code of ISO 3166")),
        }
    }
}
