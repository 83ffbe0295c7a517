//! The `jti` values that were used and could still be repeated (SMART App Launch 2.2.0, "the jti has not been previously
//! encountered for the given iss within the maximum allowed authentication JWT lifetime").
//!
//! Bounded for each client by itself, so a busy or hostile client cannot push another's out or lock it out.
use std::collections::{BTreeMap, BTreeSet};

use crate::LoginRefusal;

/// Sign-ins of one client that can be remembered at a time. At five minutes a token, fifty a second sustained stay below it.
const JTIS_MAX: usize = 16_384;

/// What one client used.
#[derive(Debug, Default)]
struct Used {
    jtis: BTreeSet<String>,
    by_end: BTreeSet<(u64, String)>,
}

/// The memory of used assertions.
#[derive(Debug, Default)]
pub(crate) struct Replays {
    clients: BTreeMap<String, Used>,
}

impl Replays {
    /// Takes a `jti` once. `until_s` is when its assertion can no longer be presented.
    ///
    /// Refusals, in this order: `AssertionReplayed`, `TooManyLogins`.
    pub(crate) fn take(
        &mut self,
        client: &str,
        jti: &str,
        until_s: u64,
        now_s: u64,
    ) -> Result<(), LoginRefusal> {
        if !self.clients.contains_key(client) {
            self.clients.insert(client.to_owned(), Used::default());
        }
        let Some(used) = self.clients.get_mut(client) else {
            return Err(LoginRefusal::TooManyLogins);
        };
        used.forget_before(now_s);
        if used.jtis.contains(jti) {
            return Err(LoginRefusal::AssertionReplayed);
        }
        if used.jtis.len() >= JTIS_MAX {
            return Err(LoginRefusal::TooManyLogins);
        }
        used.jtis.insert(jti.to_owned());
        used.by_end.insert((until_s, jti.to_owned()));
        Ok(())
    }
}

impl Used {
    fn forget_before(&mut self, now_s: u64) {
        while let Some((until_s, _)) = self.by_end.first() {
            if *until_s > now_s {
                return;
            }
            if let Some((_, jti)) = self.by_end.pop_first() {
                self.jtis.remove(&jti);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_within_its_life_and_for_each_client() {
        let mut replays = Replays::default();
        assert_eq!(replays.take("a", "1", 100, 10), Ok(()));
        assert_eq!(
            replays.take("a", "1", 100, 99),
            Err(LoginRefusal::AssertionReplayed)
        );
        assert_eq!(replays.take("b", "1", 100, 99), Ok(()));
        assert_eq!(replays.take("a", "1", 200, 100), Ok(()));
    }

    #[test]
    fn a_flood_locks_out_its_own_client_alone_and_only_for_a_while() {
        let mut replays = Replays::default();
        for number in 0..JTIS_MAX {
            assert_eq!(replays.take("a", &number.to_string(), 100, 10), Ok(()));
        }
        assert_eq!(
            replays.take("a", "more", 100, 10),
            Err(LoginRefusal::TooManyLogins)
        );
        assert_eq!(replays.take("b", "more", 100, 10), Ok(()));
        assert_eq!(replays.take("a", "more", 200, 100), Ok(()));
    }
}
