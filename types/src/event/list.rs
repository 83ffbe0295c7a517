//! What a list of events becomes: a type for each, and one of all.

/// A type for an event whose place in the list is elsewhere.
macro_rules! event {
    ($($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident : $type:ty),* $(,)? })*) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name { $($(#[$doc])* pub $field: $type),* }
            codec_struct!($name { $($field),* });
        )*
    };
}

/// The events that stand here, then those of which only the place does.
macro_rules! events {
    (
        $($(#[$meta:meta])* $tag:literal $name:ident { $($(#[$doc:meta])* $field:ident : $type:ty),* $(,)? })*
        ; $($(#[$far_meta:meta])* $far_tag:literal $far:ident,)*
    ) => {
        event! { $($(#[$meta])* $name { $($(#[$doc])* $field: $type),* })* }
        /// What happened.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Event { $($(#[$meta])* $name($name),)* $($(#[$far_meta])* $far($far),)* }
        codec_enum!(Event { $($tag => $name,)* $($far_tag => $far,)* });
        impl Event {
            /// Name of this event.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($name),)*
                    $(Self::$far(_) => stringify!($far),)*
                }
            }
        }
    };
}
