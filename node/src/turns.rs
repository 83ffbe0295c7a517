//! Whose turn it is to lead a view.
//!
//! Since protocol version 3 the leader of a term leads six views in a row, in the order of the roster, and sends up to three blocks ahead of the last one
//! that it knows to be notarised. A term that its leader breaks, or never begins since it is dead, is passed over as a whole
//! (`docs/decisions/0016-terms-of-six.md`). Before that, each view was another leader's.
use commonware_consensus::simplex::elector::RoundRobin;
use commonware_consensus::types::{TermLength, ViewDelta};
use commonware_utils::NZU32;
use std::time::Duration;

/// The first protocol version under which terms have more than one view.
const SINCE: u16 = 3;

/// Views of a term.
const TERM: TermLength = TermLength::new(NZU32!(6));

/// How many blocks a leader may be ahead of the last one that was notarised.
const AHEAD: ViewDelta = ViewDelta::new(3);

/// How long a view of a term may wait to be final until its leader loses the rest of the term: two time-outs of a block.
const STALL: Duration = Duration::from_secs(4);

/// The turns of an epoch.
pub type Turns = RoundRobin;

/// The turns of an epoch under a protocol version.
pub fn of(protocol: u16) -> Turns {
    match protocol < SINCE {
        true => RoundRobin::default(),
        false => RoundRobin::default().with_term(TERM, STALL, AHEAD),
    }
}

#[cfg(test)]
mod tests {
    use super::of;
    use amanat_types::block::{Roster, Scheme};
    use commonware_consensus::simplex::elector::{Config, Elector as _};
    use commonware_consensus::types::{Epoch, Round, View};
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};

    fn leads(protocol: u16, epoch: u64, views: std::ops::RangeInclusive<u64>) -> Vec<u32> {
        let keys = (1..=4).map(|seed| PrivateKey::from_seed(seed).public_key());
        let roster = Roster::new(keys.collect()).expect("four");
        let elector = Config::<Scheme>::build(of(protocol), roster.keys());
        let round = |view| Round::new(Epoch::new(epoch), View::new(view));
        views
            .map(|view| elector.elect(round(view), ()).get())
            .collect()
    }

    /// Under old rules as in old programs; each epoch begins one turn later.
    #[test]
    fn turns_are_of_one_view_and_since_version_3_of_six() {
        for protocol in [1, 2] {
            assert_eq!(leads(protocol, 0, 1..=5), [1, 2, 3, 0, 1]);
            assert_eq!(leads(protocol, 7, 1..=5), [0, 1, 2, 3, 0]);
        }
        let terms = |places: [u32; 4]| places.map(|place| [place; 6]).concat();
        assert_eq!(leads(3, 0, 1..=24), terms([1, 2, 3, 0]));
        assert_eq!(leads(3, 7, 1..=24), terms([0, 1, 2, 3]));
    }
}
