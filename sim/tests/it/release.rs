//! P1 and P4: releases and tickets on the wrong side of a revocation are seen.
use crate::good::evidence;
use amanat_sim::check::release::{
    no_release_after_a_revocation, no_release_before_its_ticket, no_ticket_after_a_revocation,
};
use amanat_sim::client::{Release, Told};
use amanat_sim::evidence::Evidence;
use amanat_sim::workload::Expected;
use amanat_types::receipt::Outcome;
use amanat_types::{Height, Refusal, TransactionId};

fn place(evidence: &Evidence, id: TransactionId) -> Height {
    let mut blocks = evidence.views[0].blocks.iter();
    let block = blocks.find(|block| block.payload().ids().contains(&id));
    block.expect("it stands").header().height
}

/// The first release of the quiet run that was granted, changed.
fn broken(change: impl FnOnce(&mut Release, Height, Height)) -> Evidence {
    let mut broken = evidence();
    let mut granted = broken.releases.iter();
    let at = granted.position(|release| release.said.is_ok());
    let at = at.expect("one that was granted");
    let (asked, revokes) = (broken.releases[at].asked, broken.releases[at].revokes);
    let (asked, revoked) = (place(&broken, asked), place(&broken, revokes));
    change(&mut broken.releases[at], asked, revoked);
    broken
}

#[test]
fn a_release_before_its_ticket_is_seen() {
    let early = broken(|release, asked, _| release.said = Ok(Height::new(asked.get() - 1)));
    assert!(no_release_before_its_ticket(&early).is_err());
    let just = broken(|release, asked, _| release.said = Ok(asked));
    assert!(no_release_before_its_ticket(&just).is_ok());
    let nowhere = broken(|release, _, _| release.asked = TransactionId::new([9; 32]));
    assert!(no_release_before_its_ticket(&nowhere).is_err());
}

#[test]
fn a_release_after_a_revocation_is_seen() {
    let late = broken(|release, _, revoked| release.said = Ok(revoked));
    assert!(no_release_after_a_revocation(&late).is_err());
    let just = broken(|release, _, revoked| release.said = Ok(Height::new(revoked.get() - 1)));
    assert!(no_release_after_a_revocation(&just).is_ok());
    // Who shows that it has seen the revocation is not answered from before it.
    let shown = broken(|release, _, revoked| release.seen = revoked);
    assert!(no_release_after_a_revocation(&shown).is_err());
    let other = broken(|release, _, _| release.said = Err(Refusal::ReaderWrong));
    assert!(no_release_after_a_revocation(&other).is_err());
    let nowhere = broken(|release, _, _| release.revokes = TransactionId::new([9; 32]));
    assert!(no_release_after_a_revocation(&nowhere).is_err());
}

#[test]
fn a_ticket_on_the_wrong_side_of_a_revocation_is_seen() {
    let mut broken = evidence();
    let raced = |expected: &Expected| matches!(expected, Expected::Raced(_));
    let mut answers = broken.answers.iter();
    let refused = answers.find_map(|answer| match &answer.told {
        Told::Final(last) if raced(&answer.expected) => match last.receipt.outcome {
            Outcome::Refused(_) => Some(answer.told.clone()),
            Outcome::Accepted(_) => None,
        },
        _ => None,
    });
    let refused = refused.expect("one that was too late");
    let accepted = |told: &Told| match told {
        Told::Final(last) => matches!(last.receipt.outcome, Outcome::Accepted(_)),
        Told::Refused(_) => false,
    };
    let mut answers = broken.answers.iter_mut();
    let answer = answers.find(|answer| raced(&answer.expected) && accepted(&answer.told));
    answer.expect("one that was not too late").told = refused;
    assert!(no_ticket_after_a_revocation(&broken).is_err());
}
