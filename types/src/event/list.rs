//! What a list of events becomes: a type for each, and one of all.

macro_rules! events {
    ($($(#[$meta:meta])* $tag:literal $name:ident { $($(#[$doc:meta])* $field:ident : $type:ty),* $(,)? })*) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name { $($(#[$doc])* pub $field: $type),* }
            codec_struct!($name { $($field),* });
        )*
        /// What happened.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Event { $($(#[$meta])* $name($name)),* }
        codec_enum!(Event { $($tag => $name),* });
        impl Event {
            /// Name of this event.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),* }
            }
        }
    };
}
