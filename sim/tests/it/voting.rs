//! P5: a key that votes where it may not, where its votes are lost, or not at all is seen.
use crate::good::comings;
use crate::hostile::notarize;
use amanat_sim::check::voting::{
    no_key_votes_where_its_votes_are_lost, only_validators_vote, who_may_vote_votes,
};
use amanat_sim::party::{LAST_AGAIN, NEWCOMER, NODES};
use amanat_sim::watch::Watch;

#[test]
fn keys_vote_in_their_epochs() {
    let good = comings();
    assert_eq!(only_validators_vote(&good), Ok(()));
    let epochs = |number: u16| good.voted.get(&number).cloned().unwrap_or_default();
    // The newcomer and the new keys once they are in force, the old keys until then.
    let (old, new) = (epochs(NODES), epochs(LAST_AGAIN));
    assert!(old.contains(&0) && !new.contains(&0) && !new.is_empty());
    assert!(old.last() < new.first(), "{old:?} {new:?}");
    assert!(!epochs(NEWCOMER).is_empty() && !epochs(NEWCOMER).contains(&0));
}

#[test]
fn a_vote_of_who_does_not_validate_is_seen() {
    for (number, epoch) in [(NEWCOMER, 0), (LAST_AGAIN, 1)] {
        let mut broken = comings();
        broken.voted.entry(number).or_default().insert(epoch);
        assert!(only_validators_vote(&broken).is_err(), "{number}");
    }
    let mut broken = comings();
    // The first epoch of the new keys: blocks may end before the last one whose votes were heard.
    let theirs = broken.voted[&LAST_AGAIN].first().copied().expect("one");
    broken.voted.entry(NODES).or_default().insert(theirs);
    assert!(only_validators_vote(&broken).is_err());
}

#[test]
fn a_vote_where_votes_are_lost_is_seen() {
    let good = comings();
    assert_eq!(no_key_votes_where_its_votes_are_lost(&good), Ok(()));
    let lost = &good.lost[0];
    // It voted before and again after: else this shows nothing.
    assert_eq!(lost.number, 3);
    let before = lost.before.expect("it voted before");
    assert!(lost.after.first() > Some(&before), "{lost:?}");
    let mut broken = good.clone();
    broken.lost[0].after.insert(before);
    assert!(no_key_votes_where_its_votes_are_lost(&broken).is_err());
}

#[test]
fn what_is_heard_of_a_key_that_lost_its_votes_counts_apart() {
    let watch = Watch::default();
    watch.hear(1, &notarize(1, 1));
    watch.lose(1);
    watch.lose(2);
    let lost = watch.lost();
    assert_eq!((lost[0].before, lost[1].before), (Some(0), None));
    assert!(lost.iter().all(|lost| lost.after.is_empty()));
    assert!(watch.heard_since(1, 0) && !watch.heard_since(1, 1));
    assert!(!watch.heard_since(2, 0));
    // Another block in the same view, from the empty disk: twice, and where its votes are lost.
    watch.hear(1, &notarize(1, 2));
    assert_eq!(watch.contradictions().len(), 1);
    assert!(watch.lost()[0].after.contains(&0) && watch.lost()[1].after.is_empty());
}

#[test]
fn a_validator_that_does_not_vote_is_seen() {
    let mut broken = comings();
    assert_eq!(who_may_vote_votes(&broken), Ok(()));
    broken.unheard.push(NEWCOMER);
    assert!(who_may_vote_votes(&broken).is_err());
}
