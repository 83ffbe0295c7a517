//! What the list of calls becomes: one type of all, with their names.

macro_rules! calls {
    ($($tag:literal $name:ident $contract:literal),* $(,)?) => {
        /// One call.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Call { $(#[doc = $contract] $name($name)),* }
        codec_enum!(Call { $($tag => $name),* });
        impl Call {
            /// Name of every call, in the order of its tag.
            pub const ALL: [&'static str; [$($tag),*].len()] = [$(stringify!($name)),*];

            /// Name of this call.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),* }
            }
        }
    };
}
