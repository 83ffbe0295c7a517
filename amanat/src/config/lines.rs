//! Lines through another member (decision 0007): a relay for others, and relays that carry this member.
use super::{GatewayConfig, NodeConfig};
use amanat_relay::{Place, Service};
use amanat_types::key::PublicKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// Members that one relay carries, at most; and relays that one member uses.
const CARRIED_MAX: usize = 100;
const THROUGH_MAX: usize = 4;

/// A relay for other members: `[relay]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayConfig {
    /// Where the members that are carried make their lines.
    pub listen: SocketAddr,
    /// Whom it carries, and where others reach them. Nobody else is carried.
    pub members: Vec<CarriedConfig>,
}

/// A member that is carried: `[[relay.members]]`. What has no address is not carried.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarriedConfig {
    /// Its number.
    pub member: u16,
    /// Where this machine takes streams for its node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<SocketAddr>,
    /// Where it takes streams for its custodian.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custodian: Option<SocketAddr>,
    /// Where it takes streams for its vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault: Option<SocketAddr>,
}

/// A relay that carries this member: `[[through]]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThroughConfig {
    /// Number of the relay's member.
    pub member: u16,
    /// Where it takes lines: its `[relay] listen`, as seen from here.
    pub at: Place,
    /// The key that it proves, hexadecimal: its vault key. By default the one in its public file, else in the genesis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Where others reach this member's node there; `amanat announce` writes it into the public file. All three, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Place>,
    /// Where others reach its custodian there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custodian: Option<Place>,
    /// Where others reach its vault there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault: Option<Place>,
}

/// A rule that is broken: of which key, and which.
pub type Broken = (&'static str, String);

impl CarriedConfig {
    /// What is carried, and where.
    pub fn services(&self) -> impl Iterator<Item = (Service, SocketAddr)> {
        [
            (Service::Node, self.node),
            (Service::Custodian, self.custodian),
            (Service::Vault, self.vault),
        ]
        .into_iter()
        .filter_map(|(service, at)| Some((service, at?)))
    }
}

impl RelayConfig {
    /// Where it listens, each address with its key.
    pub fn listens(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> {
        let carried = self.members.iter().flat_map(CarriedConfig::services);
        let carried = carried.map(|(_, at)| ("relay.members", at));
        std::iter::once(("relay.listen", self.listen)).chain(carried)
    }

    /// The first rule that it breaks as the relay of member `own`.
    fn broken(&self, own: u16) -> Option<Broken> {
        let wrong = |rule: String| Some(("relay.members", rule));
        if self.members.len() > CARRIED_MAX {
            return wrong(format!("at most {CARRIED_MAX} members are carried"));
        }
        let mut seen = BTreeSet::new();
        for carried in &self.members {
            let number = carried.member;
            if number == 0 || number == own {
                return wrong(format!("member {number}: name another member, from 1"));
            }
            if !seen.insert(number) {
                return wrong(format!("member {number} stands twice"));
            }
            if carried.services().next().is_none() {
                return wrong(format!(
                    "member {number}: name an address for node, custodian or vault"
                ));
            }
        }
        None
    }
}

impl ThroughConfig {
    /// Its three addresses for others, if they are named.
    pub fn announced(&self) -> Option<[Place; 3]> {
        let at = [&self.node, &self.custodian, &self.vault];
        let [node, custodian, vault] = at.map(Option::as_ref);
        Some([node?.clone(), custodian?.clone(), vault?.clone()])
    }

    fn broken(&self, own: u16) -> Option<Broken> {
        let number = self.member;
        let wrong = |field, rule: &str| Some((field, format!("member {number}: {rule}")));
        if number == 0 || number == own {
            return wrong("through.member", "name another member, from 1");
        }
        if !self.at.is_reachable() {
            return wrong(
                "through.at",
                "must be an address at which the relay is reached",
            );
        }
        let key = self.key.as_deref().map(PublicKey::from_hex);
        let is_key = key.is_none_or(|key| key.is_some_and(|key| key.to_ed25519().is_some()));
        if !is_key {
            let rule = "64 hexadecimal digits of an Ed25519 key are needed";
            return wrong("through.key", rule);
        }
        let some = [&self.node, &self.custodian, &self.vault];
        let some: Vec<&Place> = some.into_iter().flatten().collect();
        if some.iter().any(|at| !at.is_reachable()) {
            return wrong(
                "through",
                "node, custodian and vault must be addresses at which others reach the relay",
            );
        }
        match some.len() {
            0 | 3 => None,
            _ => wrong("through", "name node, custodian and vault, or none of them"),
        }
    }
}

fn broken(through: &[ThroughConfig], own: u16) -> Option<Broken> {
    if through.len() > THROUGH_MAX {
        return Some(("through", format!("at most {THROUGH_MAX} relays are used")));
    }
    let mut seen = BTreeSet::new();
    for one in through {
        if let Some(broken) = one.broken(own) {
            return Some(broken);
        }
        if !seen.insert(one.member) {
            let rule = format!("member {} stands twice", one.member);
            return Some(("through.member", rule));
        }
    }
    None
}

/// Others ask what is carried over TLS alone: a relay would read it otherwise.
fn plain(field: &'static str, through: &[ThroughConfig], tls: bool) -> Option<Broken> {
    let rule = "write https:// before it: a relay reads what it carries in plain";
    (!through.is_empty() && !tls).then(|| (field, rule.to_owned()))
}

impl NodeConfig {
    /// The first rule on relays that it breaks.
    pub fn broken_line(&self) -> Option<Broken> {
        let relay = self.relay.as_ref();
        relay
            .and_then(|relay| relay.broken(self.member))
            .or_else(|| broken(&self.through, self.member))
            .or_else(|| plain("custodian", &self.through, self.custodian.tls))
    }
}

impl GatewayConfig {
    /// The first rule on relays that it breaks.
    pub fn broken_line(&self) -> Option<Broken> {
        broken(&self.through, self.member).or_else(|| plain("vault", &self.through, self.vault.tls))
    }
}

#[cfg(test)]
mod tests {
    use super::{Broken, RelayConfig, ThroughConfig, broken};

    fn relay(members: &str) -> Option<Broken> {
        let text = format!("listen = \"0.0.0.0:1\"\nmembers = [{members}]");
        toml::from_str::<RelayConfig>(&text)
            .expect("parses")
            .broken(1)
    }

    #[test]
    fn a_relay_names_each_other_member_once_and_what_of_it() {
        let good = "{ member = 2, node = \"0.0.0.0:2\" }";
        assert_eq!(relay(good), None);
        for (members, word) in [
            (format!("{good}, {good}"), "stands twice"),
            ("{ member = 2 }".to_owned(), "name an address"),
            (
                "{ member = 1, node = \"0.0.0.0:2\" }".to_owned(),
                "another member",
            ),
            ("{ member = 0, node = \"0.0.0.0:2\" }".to_owned(), "from 1"),
        ] {
            let (field, rule) = relay(&members).expect("broken");
            assert_eq!(field, "relay.members");
            assert!(rule.contains(word), "{rule}");
        }
        let many: Vec<String> = (2..=102)
            .map(|n| format!("{{ member = {n}, node = \"0.0.0.0:2\" }}"))
            .collect();
        assert!(relay(&many.join(",")).is_some_and(|(_, rule)| rule.contains("at most 100")));
        assert_eq!(relay(&many[1..].join(",")), None);
    }

    fn through(tables: &[&str]) -> Option<Broken> {
        let all = tables
            .iter()
            .map(|table| toml::from_str::<ThroughConfig>(table).expect("parses"));
        broken(&all.collect::<Vec<_>>(), 1)
    }

    #[test]
    fn relays_are_other_members_with_whole_addresses() {
        let key = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";
        let with_key = format!("member = 2\nat = \"a:1\"\nkey = \"{key}\"");
        assert_eq!(
            through(&[
                "member = 2\nat = \"a:1\"",
                "member = 3\nat = \"10.0.0.1:1\""
            ]),
            None
        );
        assert_eq!(through(&[&with_key]), None);
        assert_eq!(
            through(&[
                "member = 2\nat = \"a:1\"\nnode = \"a:2\"\ncustodian = \"a:3\"\nvault = \"a:4\""
            ]),
            None
        );
        let two = "member = 2\nat = \"a:1\"";
        for (tables, field, word) in [
            (vec![two, two], "through.member", "stands twice"),
            (
                vec!["member = 1\nat = \"a:1\""],
                "through.member",
                "another member",
            ),
            (
                vec!["member = 2\nat = \"0.0.0.0:1\""],
                "through.at",
                "reached",
            ),
            (vec!["member = 2\nat = \"a:0\""], "through.at", "reached"),
            (
                vec!["member = 2\nat = \"a:1\"\nkey = \"00\""],
                "through.key",
                "Ed25519",
            ),
            (
                vec!["member = 2\nat = \"a:1\"\nnode = \"a:2\""],
                "through",
                "or none",
            ),
            (
                vec![
                    "member = 2\nat = \"a:1\"\nnode = \"a:0\"\ncustodian = \"a:3\"\nvault = \"a:4\"",
                ],
                "through",
                "others reach",
            ),
        ] {
            let (found, rule) = through(&tables).expect("broken");
            assert_eq!(found, field);
            assert!(rule.contains(word), "{rule}");
        }
        let many: Vec<String> = (2..=6)
            .map(|n| format!("member = {n}\nat = \"a:1\""))
            .collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(through(&many).is_some_and(|(_, rule)| rule.contains("at most 4")));
        assert_eq!(through(&many[1..]), None);
    }
}
