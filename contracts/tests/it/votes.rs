//! Numbered properties of membership by vote, over random histories of proposals, votes and ends of epochs.
//!
//! - V1: a proposal passes when, and only when, two thirds of the members that are active at that vote have approved it, each once.
//! - V2: at least four validate; the next validators are the consensus keys of the active members; the roster is who is active.
//! - V3: a number and a key are one member's for ever; a removed member stays removed.
//! - V4: the same history gives the same bytes; changes are judged in the order in which they passed, a whole epoch later.
//! - V5: the keys that the end of an epoch names cover everything that it writes.
use super::book::{Book, printed};
use amanat_contracts::{Execution, Failure};
use amanat_types::code::KeyPurpose;
use amanat_types::codec::List;
use amanat_types::state::{
    Actor, Member, MemberActor, Proposal, ProposalStatus, RosterState, Standing, consensus_keys,
};
use amanat_types::{Event, MemberId, ProposalId, PublicKey, StateKey};
use commonware_codec::DecodeExt as _;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A ledger, and the proposals so far.
struct World {
    book: Book,
    names: Vec<String>,
}

/// Six members, five of which validate.
fn world() -> World {
    World {
        book: Book::of(6, 5),
        names: Vec::new(),
    }
}

/// The numbers that a history may name: six members and two more.
const NUMBERS: std::ops::RangeInclusive<u16> = 1..=8;

const PROPOSALS: &[&str] = &[
    " propose {n} suspend {t}",
    " propose {n} remove {t}",
    " propose {n} reinstate {t}",
    "+seed:{k} propose {n} rotate {t} keys=tx@seed:{k}",
    "+seed:{k}+seed:c{k} propose {n} rotate {t} keys=tx@seed:{k},con@seed:c{k}",
    "+seed:{k}+seed:c{k} propose {n} admit {t} keys=tx@seed:{k},con@seed:c{k}",
    "+seed:{k} propose {n} admit {t} keys=tx@seed:{k}",
    " propose {n} limits 5000 6000",
    " propose {n} place {t} PK-SD",
];

#[derive(Clone, Debug)]
enum Step {
    /// A member proposes.
    Propose(u16, String),
    /// A member votes on a proposal, counted from the last.
    Vote(u16, usize, bool),
    /// Everybody approves a proposal, counted from the last.
    Carry(usize),
    /// A member proposes to reinstate whoever is suspended.
    Recall(u16),
    /// The epoch ends.
    End,
}

fn step() -> impl Strategy<Value = Step> {
    let pick = |words: &'static [&'static str]| prop::sample::select(words);
    let propose = (
        NUMBERS,
        pick(PROPOSALS),
        pick(&LETTERS),
        pick(&["1", "2", "3", "4", "5"]),
    )
        .prop_map(|(by, template, t, k)| {
            Step::Propose(by, template.replace("{t}", t).replace("{k}", k))
        });
    let vote = (NUMBERS, 0usize..3, prop::bool::weighted(0.6))
        .prop_map(|(by, back, yes)| Step::Vote(by, back, yes));
    prop_oneof![
        4 => propose,
        6 => vote,
        3 => (0usize..3).prop_map(Step::Carry),
        2 => NUMBERS.prop_map(Step::Recall),
        2 => Just(Step::End),
    ]
}

fn history() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 0..80)
}

fn member_of(book: &Book, number: u16) -> Option<Member> {
    let key = StateKey::member(MemberId::new(number));
    let bytes = book.state.get(&key)?;
    Some(Member::decode(bytes.clone()).unwrap())
}

fn roster(book: &Book) -> RosterState {
    RosterState::decode(book.state[&StateKey::roster()].clone()).unwrap()
}

fn proposal_of(book: &Book, id: &ProposalId) -> Proposal {
    Proposal::decode(book.state[&StateKey::proposal(id)].clone()).unwrap()
}

/// What a member says with its present transaction key, unless admission refuses it.
fn say(book: &mut Book, number: u16, text: &str) -> Option<Execution> {
    let mut tx = book.tx(&format!("0 a{text}"));
    let keys = member_of(book, number)?.keys;
    let own = keys
        .iter()
        .find(|key| key.purpose == KeyPurpose::Transaction)?;
    let mut signers = tx.body.signers.into_vec();
    signers[0] = own.key;
    tx.body.sponsor = MemberId::new(number);
    tx.body.signers = List::new(signers).unwrap();
    match book.try_block(std::slice::from_ref(&tx)) {
        Ok(_) => Some(book.block(&[tx])),
        Err(Failure::Inadmissible(_)) => None,
        Err(Failure::Fault(fault)) => panic!("{fault}"),
    }
}

const LETTERS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// Proposes under a name of its own.
fn propose(world: &mut World, by: u16, text: &str) -> Option<Execution> {
    let local = format!("n{}", world.names.len());
    let made = say(&mut world.book, by, &text.replace("{n}", &local))?;
    if printed(&made).0 == "ok" {
        let letter = LETTERS[usize::from(by) - 1];
        world.names.push(format!("{letter}/{local}"));
    }
    Some(made)
}

/// Runs one step; the blocks that it made.
fn run(world: &mut World, step: &Step) -> Vec<Execution> {
    let name = |world: &World, back: usize| world.names.iter().rev().nth(back).cloned();
    match step {
        Step::Propose(by, text) => propose(world, *by, text).into_iter().collect(),
        Step::Recall(by) => {
            let standing = |number| member_of(&world.book, number).map(|own| own.standing);
            let mut away = NUMBERS.filter(|number| standing(*number) == Some(Standing::Suspended));
            let Some(number) = away.next() else {
                return Vec::new();
            };
            let letter = LETTERS[usize::from(number) - 1];
            let text = format!(" propose {{n}} reinstate {letter}");
            propose(world, *by, &text).into_iter().collect()
        }
        Step::Vote(by, back, yes) => {
            let word = if *yes { "yes" } else { "no" };
            let said = name(world, *back)
                .and_then(|id| say(&mut world.book, *by, &format!(" vote {id} {word}")));
            said.into_iter().collect()
        }
        Step::Carry(back) => match name(world, *back) {
            Some(id) => NUMBERS
                .filter_map(|by| say(&mut world.book, by, &format!(" vote {id} yes")))
                .collect(),
            None => Vec::new(),
        },
        Step::End => vec![world.book.last_block(&[])],
    }
}

/// A slow and obvious record of who voted how.
#[derive(Default)]
struct Ledger {
    votes: BTreeMap<ProposalId, BTreeMap<MemberId, bool>>,
    passed: BTreeSet<ProposalId>,
    due: Vec<(u64, ProposalId)>,
}

impl Ledger {
    fn approvals(&self, id: &ProposalId, active: &[MemberId]) -> usize {
        let votes = &self.votes[id];
        let yes = votes
            .iter()
            .filter(|(member, yes)| **yes && active.contains(member));
        yes.count()
    }

    /// V1.
    fn follow(&mut self, event: &Event, active: &[MemberId], epoch: u64) {
        match event {
            Event::ProposalMade(made) => {
                let votes = BTreeMap::from([(made.member, true)]);
                assert!(self.votes.insert(made.proposal, votes).is_none());
            }
            Event::VoteCast(cast) => {
                let votes = self.votes.get_mut(&cast.proposal).unwrap();
                assert!(votes.insert(cast.member, cast.approve).is_none());
                assert!(active.contains(&cast.member));
                if 3 * self.approvals(&cast.proposal, active) >= 2 * active.len() {
                    self.passed.insert(cast.proposal);
                    self.due.push((epoch + 2, cast.proposal));
                }
            }
            Event::ProposalPassed(passed) => {
                assert_eq!(self.due.last(), Some(&(epoch + 2, passed.proposal)));
                assert_eq!(passed.activates_epoch, epoch + 2);
            }
            _ => {}
        }
    }
}

/// V2 and V3 of a state, and what V3 remembers.
fn sound(book: &Book, keys: &mut BTreeMap<PublicKey, MemberId>, removed: &mut BTreeSet<u16>) {
    let roster = roster(book);
    let mut validators = 0;
    for number in NUMBERS {
        let id = MemberId::new(number);
        let member = member_of(book, number);
        let active = member.as_ref().is_some_and(Member::is_active);
        assert_eq!(roster.members.contains(&id), active);
        let Some(member) = member else {
            continue;
        };
        if active {
            validators += consensus_keys(&member.keys).count();
        }
        let gone = member.standing == Standing::Removed;
        assert!(gone || !removed.contains(&number));
        if gone {
            removed.insert(number);
        }
        for key in &member.keys {
            assert_eq!(*keys.entry(key.key).or_insert(id), id);
        }
    }
    assert_eq!(validators, usize::from(roster.validators));
    assert!(validators >= 4);
    for (key, member) in &*keys {
        let actor = Actor::decode(book.state[&StateKey::actor(key)].clone()).unwrap();
        let now = member_of(book, member.number()).unwrap();
        match now.keys.iter().find(|own| own.key == *key) {
            Some(own) => {
                let purpose = own.purpose;
                let member = *member;
                assert_eq!(actor, Actor::Member(MemberActor { member, purpose }));
            }
            None => assert_eq!(actor, Actor::Retired(*member)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn v1_to_v4_votes(steps in history()) {
        let mut world = world();
        let mut ledger = Ledger::default();
        let (mut keys, mut removed) = (BTreeMap::new(), BTreeSet::new());
        for step in &steps {
            let active = roster(&world.book).members.to_vec();
            let epoch = world.book.env.epoch;
            let executions = run(&mut world, step);
            for execution in &executions {
                for event in execution.events.iter().flat_map(|all| &all.events) {
                    ledger.follow(event, &active, epoch);
                }
            }
            sound(&world.book, &mut keys, &mut removed);
            if let Some(next) = executions.iter().find_map(|one| one.next.as_ref()) {
                let mut expected = Vec::new();
                for member in NUMBERS.filter_map(|number| member_of(&world.book, number)) {
                    if member.is_active() {
                        expected.extend(consensus_keys(&member.keys));
                    }
                }
                expected.sort();
                prop_assert_eq!(&next.validators, &expected);
                // V4: what is due, all of it, in the order in which it passed.
                let told = executions[0].boundary.iter().map(|event| match event {
                    Event::ChangeApplied(applied) => applied.proposal,
                    Event::ChangeDropped(dropped) => dropped.proposal,
                    other => panic!("{other:?}"),
                });
                let due: Vec<ProposalId> = ledger.due.extract_if(.., |(at, _)| *at == epoch + 1)
                    .map(|(_, id)| id)
                    .collect();
                prop_assert_eq!(told.collect::<Vec<_>>(), due);
            }
        }
        for id in ledger.votes.keys() {
            let status = proposal_of(&world.book, id).status;
            let passed = !matches!(status, ProposalStatus::Open(_) | ProposalStatus::Failed(_));
            prop_assert_eq!(passed, ledger.passed.contains(id));
        }
    }

    #[test]
    fn v4_same_history_same_bytes(steps in history()) {
        let (mut one, mut two) = (world(), world());
        for step in &steps {
            prop_assert_eq!(run(&mut one, step), run(&mut two, step));
        }
        prop_assert_eq!(one.book.state, two.book.state);
    }

    #[test]
    fn v5_keys_cover_the_end(steps in history()) {
        let mut world = world();
        for step in &steps {
            run(&mut world, step);
        }
        let mut book = world.book;
        book.env.last_of_epoch = true;
        let loaded = book.loaded(&[]);
        let execution = book.try_block(&[]).unwrap();
        prop_assert!(execution.writes.keys().all(|key| loaded.contains_key(key)));
    }
}

/// How much of it happens: too little, and the properties above would say little.
#[test]
fn histories_change_something() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeMap::<String, u32>::new();
    for _ in 0..200 {
        let steps = history().new_tree(&mut runner).unwrap().current();
        let mut world = world();
        for step in &steps {
            for execution in run(&mut world, step) {
                let events = execution.events.iter().flat_map(|all| all.events.to_vec());
                for event in events.chain(execution.boundary.clone()) {
                    let name = match &event {
                        Event::ChangeApplied(applied) => format!("{:?}", applied.change),
                        other => other.name().to_owned(),
                    };
                    let name = name.split(['(', ' ']).next().unwrap_or_default();
                    *seen.entry(name.to_owned()).or_default() += 1;
                }
            }
        }
    }
    for name in [
        "AdmitMember",
        "SuspendMember",
        "ReinstateMember",
        "RemoveMember",
        "RotateKeys",
        "SetLimits",
        "SetJurisdiction",
        "ChangeDropped",
        "ProposalPassed",
        "ProposalFailed",
    ] {
        assert!(seen.contains_key(name), "no {name}: {seen:?}");
    }
    println!("{seen:?}");
}
