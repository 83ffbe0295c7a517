//! Releases that are judged together, from memory: each by its own values, those of which one is missing not at all.
use crate::encoded::encoded;
use crate::world::{NOW, READER, World};
use amanat_contracts::release::{Tip, basis_keys, first_keys, judge, ticket};
use amanat_node::Fault;
use amanat_node::release::{RECORDS_TOGETHER, together};
use amanat_node::tip_cache::TipCache;
use amanat_types::block::{Header, Roster};
use amanat_types::codec::List;
use amanat_types::wire::{ReleaseAnswer, ReleaseQuestion};
use amanat_types::{Digest, Height, MemberId, RecordId, Refusal, StateKey, TicketId};
use commonware_cryptography::{Signer as _, ed25519};
use std::collections::BTreeMap;
use std::sync::Arc;

type State = BTreeMap<StateKey, Option<Vec<u8>>>;

const PATIENTS: usize = 40;

fn header() -> Header {
    let roster = Roster::new(vec![ed25519::PrivateKey::from_seed(1).public_key()]).unwrap();
    let mut header = Header::genesis(Digest::from([1; 32]), NOW, 1, &roster);
    header.height = Height::new(2);
    header
}

/// What patients have, and a question about each that is answered with a release; every eighth restricts something.
fn asked() -> (State, Vec<ReleaseQuestion>) {
    let (world, asked) = World::of(0..PATIENTS, 10);
    let mut state = State::new();
    let requests = encoded(&world, &asked, &mut |key, value| {
        state.insert(key, Some(value));
    });
    let questions = requests.into_iter().map(|request| ReleaseQuestion {
        requester: READER,
        request,
    });
    let questions: Vec<_> = questions.collect();
    for question in &questions {
        for key in keys(&state, question) {
            state.entry(key).or_default();
        }
    }
    (state, questions)
}

/// All that a release reads.
fn keys(state: &State, question: &ReleaseQuestion) -> Vec<StateKey> {
    let held = ticket(&question.request, state).unwrap();
    let mut keys = first_keys(&question.request);
    keys.extend(held.iter().flat_map(basis_keys));
    keys
}

fn answers(state: &State, questions: &[ReleaseQuestion]) -> Vec<Option<ReleaseAnswer>> {
    let cache = TipCache::new(1 << 20);
    cache.advance(Arc::new(header()), state);
    let answers = together(&cache, questions.iter(), NOW);
    answers
        .into_iter()
        .map(|answer| answer.map(Result::unwrap))
        .collect()
}

#[test]
fn each_is_answered_as_it_is_alone() {
    let (state, mut questions) = asked();
    let tip = Tip {
        height: header().height,
        time_ms: NOW,
    };
    // Another member's ticket, another's record, a tip that is not reached.
    questions[3].requester = MemberId::new(2);
    questions[4].request.records = questions[5].request.records.clone();
    questions[6].request.seen = Height::new(3);
    let alone = |question: &ReleaseQuestion| {
        let request = &question.request;
        let held = ticket(request, &state).unwrap();
        match judge(request, question.requester, tip, NOW, held.as_ref(), &state) {
            Ok(released) => ReleaseAnswer::Released(released),
            Err(amanat_contracts::Stop::Refused(refusal)) => ReleaseAnswer::Refused(refusal),
            Err(fault) => panic!("{fault:?}"),
        }
    };
    let expected: Vec<_> = questions.iter().map(|asked| Some(alone(asked))).collect();
    assert_eq!(answers(&state, &questions), expected);
    let refusals = expected.iter().flatten();
    let refusals = refusals.filter(|answer| matches!(answer, ReleaseAnswer::Refused(_)));
    assert_eq!(refusals.count(), 3);
}

#[test]
fn one_value_that_is_missing_leaves_only_its_own_unanswered() {
    let (state, questions) = asked();
    let all = answers(&state, &questions);
    assert!(all.iter().all(Option::is_some));
    for key in keys(&state, &questions[7]) {
        let mut without = state.clone();
        without.remove(&key);
        let found = answers(&without, &questions);
        for (at, (found, question)) in found.into_iter().zip(&questions).enumerate() {
            match keys(&state, question).contains(&key) {
                true => assert_eq!(found, None, "question {at} without {key}"),
                false => assert_eq!(found, all[at], "question {at} without {key}"),
            }
        }
    }
}

#[test]
fn a_ticket_is_unknown_only_if_the_state_is_known_not_to_have_it() {
    let (mut state, mut questions) = asked();
    let all = answers(&state, &questions);
    questions[1].request.ticket = TicketId::new([9; 16]);
    assert_eq!(answers(&state, &questions)[1], None);
    state.insert(StateKey::ticket(&TicketId::new([9; 16])), None);
    let mut expected = all;
    expected[1] = Some(ReleaseAnswer::Refused(Refusal::TicketUnknown));
    assert_eq!(answers(&state, &questions), expected);
}

#[test]
fn one_that_asks_for_many_records_goes_its_own_way() {
    let (mut state, mut questions) = asked();
    let all = answers(&state, &questions);
    let many = |count: usize| -> Vec<RecordId> {
        let numbers = (0..count).map(|number| u128::try_from(number).unwrap());
        numbers
            .map(|number| RecordId::new(number.to_le_bytes()))
            .collect()
    };
    for id in many(RECORDS_TOGETHER + 1) {
        state.insert(StateKey::record(&id), None);
    }
    questions[2].request.records = List::new(many(RECORDS_TOGETHER)).unwrap();
    let found = answers(&state, &questions);
    assert!(matches!(found[2], Some(ReleaseAnswer::Refused(_))));
    questions[2].request.records = List::new(many(RECORDS_TOGETHER + 1)).unwrap();
    let mut expected = all;
    expected[2] = None;
    assert_eq!(answers(&state, &questions), expected);
}

#[test]
fn a_value_that_does_not_decode_is_a_fault() {
    let (state, questions) = asked();
    for key in keys(&state, &questions[0]) {
        let mut rotten = state.clone();
        if let Some(Some(value)) = rotten.get_mut(&key) {
            value.push(0);
            let cache = TipCache::new(1 << 20);
            cache.advance(Arc::new(header()), &rotten);
            let answers = together(&cache, questions.iter(), NOW);
            for (answer, question) in answers.into_iter().zip(&questions) {
                let is_broken = matches!(answer, Some(Err(Fault::Contract(_))));
                let reads = keys(&state, question).contains(&key);
                assert_eq!(is_broken, reads, "{key}");
            }
        }
    }
}

#[test]
fn nothing_is_answered_before_the_first_block() {
    let (_, questions) = asked();
    let found = together(&TipCache::new(1 << 20), questions.iter(), NOW);
    assert_eq!(found.len(), questions.len());
    assert!(found.iter().all(Option::is_none));
}
