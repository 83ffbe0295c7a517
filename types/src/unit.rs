//! Heights and times, each a type of its own.
use bytes::BufMut;
use commonware_codec::{Buf, Error, FixedSize, Read, ReadExt as _, Write};

macro_rules! unit {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);
        impl $name {
            /// Wraps a number.
            pub const fn new(value: u64) -> Self {
                Self(value)
            }
            /// The number.
            pub const fn get(self) -> u64 {
                self.0
            }
            /// This plus `more`, at most the largest number.
            pub const fn plus(self, more: u64) -> Self {
                Self(self.0.saturating_add(more))
            }
            /// This less `other`, at least zero.
            pub const fn since(self, other: Self) -> u64 {
                self.0.saturating_sub(other.0)
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl Write for $name {
            fn write(&self, buf: &mut impl BufMut) {
                self.0.write(buf);
            }
        }
        impl FixedSize for $name {
            const SIZE: usize = 8;
        }
        impl Read for $name {
            type Cfg = ();
            fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
                Ok(Self(u64::read(buf)?))
            }
        }
    };
}

unit!(
    /// Number of a block; genesis is 0. `plus` and `since` saturate.
    Height
);
unit!(
    /// Milliseconds since 1970-01-01T00:00:00Z. `plus` and `since` saturate.
    TimestampMs
);
