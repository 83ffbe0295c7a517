//! Bounded, strict encoding: lists with a limit in their type, and macros that derive the codec field by field.
use bytes::BufMut;
use commonware_codec::{Buf, EncodeSize, Error, RangeCfg, Read, Write};

/// A vector of at most `MAX` items; a longer one cannot be made or decoded.
///
/// Encoded as a varint length and the items. Order is the caller's and is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct List<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> List<T, MAX> {
    /// The largest number of items.
    pub const MAX: usize = MAX;

    /// Takes `items`, or gives them back as an error if there are more than `MAX`.
    pub fn new(items: Vec<T>) -> Result<Self, TooMany> {
        if items.len() > MAX {
            return Err(TooMany {
                count: items.len(),
                max: MAX,
            });
        }
        Ok(Self(items))
    }

    /// An empty list.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// The items as a vector.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

/// More items were given than the list may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} items where at most {max} are allowed")]
pub struct TooMany {
    /// Items given.
    pub count: usize,
    /// Items allowed.
    pub max: usize,
}

impl<T, const MAX: usize> std::ops::Deref for List<T, MAX> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T, const MAX: usize> IntoIterator for &'a List<T, MAX> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T, const MAX: usize> TryFrom<Vec<T>> for List<T, MAX> {
    type Error = TooMany;
    fn try_from(items: Vec<T>) -> Result<Self, TooMany> {
        Self::new(items)
    }
}

impl<T: Write, const MAX: usize> Write for List<T, MAX> {
    fn write(&self, buf: &mut impl BufMut) {
        self.0.write(buf);
    }
}

impl<T: EncodeSize, const MAX: usize> EncodeSize for List<T, MAX> {
    fn encode_size(&self) -> usize {
        self.0.encode_size()
    }
}

impl<T: Read<Cfg = ()>, const MAX: usize> Read for List<T, MAX> {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        Ok(Self(Vec::<T>::read_cfg(
            buf,
            &(RangeCfg::from(0..=MAX), ()),
        )?))
    }
}

/// Text of at most `MAX` bytes of UTF-8.
///
/// Only configuration words (names of members, addresses) are text; no call carries any.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// Takes `text`, unless it is longer than `MAX` bytes.
    pub fn new(text: impl Into<String>) -> Result<Self, TooMany> {
        let text = text.into();
        if text.len() > MAX {
            return Err(TooMany {
                count: text.len(),
                max: MAX,
            });
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Write for Text<MAX> {
    fn write(&self, buf: &mut impl BufMut) {
        self.0.as_bytes().to_vec().write(buf);
    }
}

impl<const MAX: usize> EncodeSize for Text<MAX> {
    fn encode_size(&self) -> usize {
        self.0.len().encode_size() + self.0.len()
    }
}

impl<const MAX: usize> Read for Text<MAX> {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        let bytes = Vec::<u8>::read_cfg(buf, &(RangeCfg::from(0..=MAX), ()))?;
        String::from_utf8(bytes)
            .map(Self)
            .map_err(|_| Error::Invalid("Text", "not UTF-8"))
    }
}

/// Implements the codec of a struct: its fields in the order given, nothing between them.
#[macro_export]
macro_rules! codec_struct {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl ::commonware_codec::Write for $name {
            fn write(&self, _buf: &mut impl ::bytes::BufMut) {
                $( ::commonware_codec::Write::write(&self.$field, _buf); )*
            }
        }
        impl ::commonware_codec::EncodeSize for $name {
            fn encode_size(&self) -> usize {
                0 $( + ::commonware_codec::EncodeSize::encode_size(&self.$field) )*
            }
        }
        impl ::commonware_codec::Read for $name {
            type Cfg = ();
            fn read_cfg(
                _buf: &mut impl ::commonware_codec::Buf,
                _: &(),
            ) -> Result<Self, ::commonware_codec::Error> {
                $( let $field = ::commonware_codec::ReadExt::read(_buf)?; )*
                Ok(Self { $($field),* })
            }
        }
    };
}

/// Implements the codec of an enum whose variants each hold one value: a tag byte, then the value.
#[macro_export]
macro_rules! codec_enum {
    ($name:ident { $($tag:literal => $variant:ident),* $(,)? }) => {
        impl ::commonware_codec::Write for $name {
            fn write(&self, buf: &mut impl ::bytes::BufMut) {
                match self {
                    $( Self::$variant(value) => {
                        ::commonware_codec::Write::write(&($tag as u8), buf);
                        ::commonware_codec::Write::write(value, buf);
                    } )*
                }
            }
        }
        impl ::commonware_codec::EncodeSize for $name {
            fn encode_size(&self) -> usize {
                1 + match self {
                    $( Self::$variant(value) => ::commonware_codec::EncodeSize::encode_size(value), )*
                }
            }
        }
        impl ::commonware_codec::Read for $name {
            type Cfg = ();
            fn read_cfg(
                buf: &mut impl ::commonware_codec::Buf,
                _: &(),
            ) -> Result<Self, ::commonware_codec::Error> {
                let tag: u8 = ::commonware_codec::ReadExt::read(buf)?;
                match tag {
                    $( $tag => Ok(Self::$variant(::commonware_codec::ReadExt::read(buf)?)), )*
                    other => Err(::commonware_codec::Error::InvalidEnum(other)),
                }
            }
        }
    };
}

/// Defines an enum of numbered words: one byte on the wire, a name in print, `ALL` in order.
#[macro_export]
macro_rules! codec_words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $tag:literal $variant:ident $word:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$doc])* $variant = $tag),* }
        impl $name {
            /// Every word, in the order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The number on the wire.
            pub const fn number(self) -> u8 {
                match self { $(Self::$variant => $tag),* }
            }
            /// The word with this number.
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($tag => Some(Self::$variant),)* _ => None }
            }
            /// The word in print.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
            /// The word printed as `word`.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl ::commonware_codec::Write for $name {
            fn write(&self, buf: &mut impl ::bytes::BufMut) {
                ::commonware_codec::Write::write(&self.number(), buf);
            }
        }
        impl ::commonware_codec::FixedSize for $name {
            const SIZE: usize = 1;
        }
        impl ::commonware_codec::Read for $name {
            type Cfg = ();
            fn read_cfg(
                buf: &mut impl ::commonware_codec::Buf,
                _: &(),
            ) -> Result<Self, ::commonware_codec::Error> {
                let number: u8 = ::commonware_codec::ReadExt::read(buf)?;
                Self::from_number(number).ok_or(::commonware_codec::Error::InvalidEnum(number))
            }
        }
    };
}
