//! How much of each server one process bears: keys of the configuration with their ranges and defaults.
//!
//! None of these is a rule of the ledger: what every node must judge alike (units, sizes of transactions, quotas) is no key.
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use std::time::Duration;

/// One key of a table of limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub range: RangeInclusive<u64>,
    /// What it is if it is not there.
    pub default: u64,
}

/// Makes a table of limits: its keys with ranges and defaults. Unknown keys are refused, and each error names key and rule.
macro_rules! limits {
    ($(#[doc = $about:literal])+ $name:ident, read as $read:ident $as:literal, $rule:expr, {
        $($(#[doc = $text:literal])+ $key:ident: $low:literal to $high:literal, usual $usual:literal;)+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = $as)]
        pub struct $name { $($(#[doc = $text])+ pub $key: u64,)+ }

        #[derive(Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct $read { $($key: u64,)+ }

        impl Default for $read {
            fn default() -> Self {
                Self { $($key: $usual,)+ }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $usual,)+ }
            }
        }

        impl $name {
            /// Every key, in order.
            pub fn keys() -> Vec<Key> {
                vec![$(Key { name: stringify!($key), range: $low..=$high, default: $usual },)+]
            }

            /// Whether nothing differs from the defaults.
            pub fn is_default(&self) -> bool {
                *self == Self::default()
            }
        }

        impl TryFrom<$read> for $name {
            type Error = String;

            fn try_from(read: $read) -> Result<Self, String> {
                $(within(stringify!($key), read.$key, $low..=$high)?;)+
                let limits = Self { $($key: read.$key,)+ };
                let rule: fn(&Self) -> Result<(), String> = $rule;
                rule(&limits).map(|()| limits)
            }
        }
    };
}

fn within(key: &str, value: u64, range: RangeInclusive<u64>) -> Result<(), String> {
    match range.contains(&value) {
        true => Ok(()),
        false => Err(format!("{key} is {} to {}", range.start(), range.end())),
    }
}

fn not_above((key, value): (&str, u64), (bound, most): (&str, u64)) -> Result<(), String> {
    match value <= most {
        true => Ok(()),
        false => Err(format!(
            "{key} ({value}) is at most {bound} ({most}): else one address may take it all"
        )),
    }
}

limits! {
    /// Of the node's HTTP interface: `[api_limits]` of `node.toml`.
    ApiLimits, read as ApiRead "ApiRead", |limits| {
        let all = ("connections_max", limits.connections_max);
        not_above(("address_connections_max", limits.address_connections_max), all)?;
        let all = ("requests_per_second_max", limits.requests_per_second_max);
        let one = limits.address_requests_per_second_max;
        not_above(("address_requests_per_second_max", one), all)
    }, {
        /// Open connections; more wait in the kernel's queue.
        connections_max: 16 to 65_536, usual 1_024;
        /// Open connections of one address; more are answered 429.
        address_connections_max: 8 to 65_536, usual 768;
        /// Requests of all in a second; more are answered 503.
        requests_per_second_max: 50 to 1_000_000, usual 10_000;
        /// Requests of one address in a second; more are answered 429.
        address_requests_per_second_max: 20 to 1_000_000, usual 5_000;
        /// Bytes of a request's body; more are answered 413. The least is the largest transaction with room around it.
        body_bytes_max: 1_048_576 to 67_108_864, usual 8_388_608;
        /// Seconds for a request's head, and between requests.
        head_seconds_max: 1 to 300, usual 10;
        /// Seconds for a request's body.
        body_seconds_max: 1 to 300, usual 20;
        /// Seconds without progress of an answer.
        write_seconds_max: 1 to 300, usual 20;
        /// Seconds that a submission or a question waits for what is to become final.
        wait_seconds_max: 10 to 300, usual 45;
    }
}

limits! {
    /// Of a vault or a custodian: `[vault_limits]` of `gateway.toml`, `[custodian_limits]` of `node.toml`.
    StoreLimits, read as StoreRead "StoreRead", |_| Ok(()), {
        /// Connections at a time, those in a handshake included; more wait in the kernel's queue.
        connections_max: 8 to 65_536, usual 256;
        /// Seconds for a request's head, and between requests.
        head_seconds_max: 1 to 300, usual 10;
        /// Seconds for a request's body.
        body_seconds_max: 1 to 600, usual 30;
        /// Seconds without progress of an answer.
        write_seconds_max: 1 to 600, usual 30;
        /// Bytes of bodies and answers under way in all; more wait five seconds, then are answered 503. The least is the largest batch, twice.
        bytes_max: 134_217_728 to 68_719_476_736, usual 268_435_456;
    }
}

limits! {
    /// Of the FHIR door: `[door_limits]` of `gateway.toml`.
    DoorLimits, read as DoorRead "DoorRead", |_| Ok(()), {
        /// Connections at a time; more wait in the kernel's queue.
        connections_max: 8 to 65_536, usual 512;
        /// Seconds for a request's head, and between requests.
        head_seconds_max: 1 to 300, usual 10;
        /// Seconds for a request's body.
        body_seconds_max: 1 to 600, usual 30;
        /// Seconds without progress of an answer.
        write_seconds_max: 1 to 600, usual 15;
        /// Seconds for a request to be answered; what it began goes on.
        answer_seconds_max: 5 to 600, usual 90;
        /// Bytes of bodies in work at a time; parsed, a body takes about ten times its bytes. The least is the largest Bundle.
        bodies_bytes_max: 16_777_216 to 17_179_869_184, usual 33_554_432;
        /// Seconds that a request waits for room among them; then it is answered 503.
        bodies_wait_seconds_max: 1 to 120, usual 10;
        /// Seconds that a gateway which stops waits for requests in work.
        drain_seconds_max: 1 to 120, usual 10;
    }
}

fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

impl From<ApiLimits> for amanat_node::api::Limits {
    fn from(limits: ApiLimits) -> Self {
        let rate = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        Self {
            connections: size(limits.connections_max),
            address_connections: size(limits.address_connections_max),
            address_requests_per_second: rate(limits.address_requests_per_second_max),
            requests_per_second: rate(limits.requests_per_second_max),
            body_bytes: size(limits.body_bytes_max),
            head: Duration::from_secs(limits.head_seconds_max),
            body: Duration::from_secs(limits.body_seconds_max),
            write: Duration::from_secs(limits.write_seconds_max),
            wait: Duration::from_secs(limits.wait_seconds_max),
        }
    }
}

impl From<StoreLimits> for amanat_client::serve::Limits {
    fn from(limits: StoreLimits) -> Self {
        Self {
            connections_max: size(limits.connections_max),
            head_time: Duration::from_secs(limits.head_seconds_max),
            body_time: Duration::from_secs(limits.body_seconds_max),
            write_time: Duration::from_secs(limits.write_seconds_max),
            bytes_max: size(limits.bytes_max),
        }
    }
}

impl From<DoorLimits> for amanat_gateway::Limits {
    fn from(limits: DoorLimits) -> Self {
        Self {
            connections_max: size(limits.connections_max),
            header_timeout: Duration::from_secs(limits.head_seconds_max),
            body_timeout: Duration::from_secs(limits.body_seconds_max),
            write_timeout: Duration::from_secs(limits.write_seconds_max),
            answer_timeout: Duration::from_secs(limits.answer_seconds_max),
            budget_wait: Duration::from_secs(limits.bodies_wait_seconds_max),
            budget_bytes: size(limits.bodies_bytes_max),
            drain_timeout: Duration::from_secs(limits.drain_seconds_max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ApiLimits, DoorLimits, StoreLimits};
    use amanat_types::limits::TRANSACTION_BYTES_MAX;
    use serde::de::DeserializeOwned;

    fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn the_defaults_are_those_of_the_servers() {
        let shown = |limits: &dyn std::fmt::Debug| format!("{limits:?}");
        let api = amanat_node::api::Limits::from(ApiLimits::default());
        assert_eq!(shown(&api), shown(&amanat_node::api::Limits::default()));
        let store = amanat_client::serve::Limits::from(StoreLimits::default());
        assert_eq!(
            shown(&store),
            shown(&amanat_client::serve::Limits::default())
        );
        let door = amanat_gateway::Limits::from(DoorLimits::default());
        assert_eq!(shown(&door), shown(&amanat_gateway::Limits::default()));
    }

    #[test]
    fn every_key_holds_its_ends_and_nothing_beyond_them() {
        fn ends<T: DeserializeOwned + std::fmt::Debug>(keys: Vec<super::Key>) {
            for key in keys {
                let name = key.name;
                // Rules between keys are looked at elsewhere: what bounds this one is set to its most.
                let beside = match name {
                    "address_connections_max" => "connections_max = 65536\n",
                    "address_requests_per_second_max" => "requests_per_second_max = 1000000\n",
                    "connections_max" => "address_connections_max = 8\n",
                    "requests_per_second_max" => "address_requests_per_second_max = 20\n",
                    _ => "",
                };
                let of = |value: u64| {
                    let with = read::<T>(&format!("{beside}{name} = {value}"));
                    // Only the node's interface has keys for one address.
                    with.or_else(|error| match error.starts_with("unknown field") {
                        true => read::<T>(&format!("{name} = {value}")),
                        false => Err(error),
                    })
                };
                let (low, high) = (*key.range.start(), *key.range.end());
                for fits in [low, high, key.default] {
                    assert!(of(fits).is_ok(), "{name} = {fits}: {:?}", of(fits));
                }
                for beyond in [low - 1, high + 1] {
                    let error = of(beyond).expect_err("out of range");
                    assert_eq!(error, format!("{name} is {low} to {high}"));
                }
            }
        }
        ends::<ApiLimits>(ApiLimits::keys());
        ends::<StoreLimits>(StoreLimits::keys());
        ends::<DoorLimits>(DoorLimits::keys());
    }

    #[test]
    fn one_address_may_not_have_more_than_all() {
        let few = "connections_max = 100\naddress_connections_max = 100";
        assert!(read::<ApiLimits>(few).is_ok());
        let more = "connections_max = 100\naddress_connections_max = 101";
        let error = read::<ApiLimits>(more).expect_err("more than all");
        assert!(
            error.starts_with("address_connections_max (101) is at most connections_max (100)")
        );
        let more = "requests_per_second_max = 60\naddress_requests_per_second_max = 61";
        let error = read::<ApiLimits>(more).expect_err("more than all");
        assert!(error.starts_with("address_requests_per_second_max (61) is at most"));
    }

    #[test]
    fn unknown_keys_words_and_signs_are_refused() {
        for text in [
            "connections = 100",
            "connections_max = -1",
            "connections_max = \"9\"",
        ] {
            assert!(read::<StoreLimits>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_least_leaves_room_for_the_largest_of_what_must_pass() {
        let low = |keys: Vec<super::Key>, name: &str| {
            let key = keys.into_iter().find(|key| key.name == name);
            usize::try_from(*key.expect("a key").range.start()).expect("small")
        };
        assert!(low(ApiLimits::keys(), "body_bytes_max") >= 2 * TRANSACTION_BYTES_MAX);
        let batch = amanat_client::wire::BODY_BYTES_MAX;
        assert!(low(StoreLimits::keys(), "bytes_max") >= 2 * batch);
        let bundle = amanat_fhir::BUNDLE_SIZE_BYTES_MAX;
        assert!(low(DoorLimits::keys(), "bodies_bytes_max") >= bundle);
    }
}
