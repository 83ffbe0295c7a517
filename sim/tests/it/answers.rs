//! P9: wrong answers are seen.
use crate::good::evidence;
use amanat_sim::check::answers::{answers_follow_the_rules, what_is_barred_stays_out};
use amanat_sim::client::Told;
use amanat_sim::evidence::Evidence;
use amanat_sim::workload::Expected;
use amanat_types::Refusal;

fn break_one(broken: &mut Evidence, kind: fn(&Expected) -> bool) {
    let mut answers = broken.answers.iter_mut();
    let answer = answers
        .find(|answer| kind(&answer.expected))
        .expect("one of each kind");
    answer.told = Told::Refused(Refusal::Malformed);
}

#[test]
fn a_wrong_answer_is_seen() {
    let kinds: [fn(&Expected) -> bool; 4] = [
        |expected| matches!(expected, Expected::Accepted),
        |expected| matches!(expected, Expected::Refused(_)),
        |expected| matches!(expected, Expected::Barred(_)),
        |expected| matches!(expected, Expected::Rival(_)),
    ];
    for kind in kinds {
        let mut broken = evidence();
        break_one(&mut broken, kind);
        assert!(answers_follow_the_rules(&broken).is_err());
    }
}

#[test]
fn two_winners_are_seen() {
    let mut broken = evidence();
    let accepted = broken.answers.iter();
    let mut accepted = accepted.filter(|answer| answer.expected == Expected::Accepted);
    let winner = accepted.next().expect("an accepted one").told.clone();
    for answer in &mut broken.answers {
        if matches!(answer.expected, Expected::Rival(_)) {
            answer.told = winner.clone();
        }
    }
    assert!(answers_follow_the_rules(&broken).is_err());
}

#[test]
fn what_was_barred_and_stands_is_seen() {
    let mut broken = evidence();
    break_one(&mut broken, |expected| {
        matches!(expected, Expected::Accepted)
    });
    assert!(what_is_barred_stays_out(&broken).is_err());
}
