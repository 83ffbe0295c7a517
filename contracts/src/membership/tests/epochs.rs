//! What the end of an epoch leaves behind: validators, members, keys, limits; what does not fit; and what breaks.
use crate::book::{Book, key, member, member_key, printed, proposal, start, start_of, told};
use crate::{Failure, Fault, Loaded, NextEpoch, boundary_keys, execute, more_boundary_keys};
use amanat_types::call::Propose;
use amanat_types::code::KeyPurpose;
use amanat_types::codec::List;
use amanat_types::genesis::{Genesis, GenesisMember};
use amanat_types::limits::{EVENTS_MAX, MEMBERS_MAX, PROPOSALS_OF_MEMBER_MAX, PROPOSALS_OPEN_MAX};
use amanat_types::state::{
    Actor, IndexOwner, Member, MemberActor, Proposal, ProposalStatus, RosterState, Standing,
    consensus_keys,
};
use amanat_types::{
    BlindIndex, Call, Change, MemberId, PublicKey, Refusal, StateKey, TransactionId,
};
use commonware_codec::Decode;
use commonware_cryptography::ed25519;

fn value<T: Decode<Cfg = ()>>(book: &Book, key: StateKey) -> T {
    T::decode_cfg(book.state[&key].clone(), &()).unwrap()
}

/// The validators of the next epoch after an empty last block.
pub(super) fn next(book: &mut Book) -> NextEpoch {
    book.last_block(&[]).next.unwrap()
}

/// Runs two epochs to their ends, after which all that passed is in force.
fn pass(book: &mut Book) -> NextEpoch {
    next(book);
    next(book)
}

/// The lines by which four of five members pass what `line` proposes as `a/p`.
fn passed(line: &str) -> String {
    format!(
        "
        0 {line} => ok
        0 b vote a/p yes => ok
        0 c vote a/p yes => ok
        0 d vote a/p yes => ok [VoteCast ProposalPassed]"
    )
}

fn point(word: &str) -> ed25519::PublicKey {
    key(word).to_ed25519().unwrap()
}

/// `Some` at the end of an epoch and nowhere else; as at genesis if nothing changed.
#[test]
fn nothing_changed() {
    for (members, validators) in [(4, 4), (5, 4), (9, 7), (128, 128)] {
        let genesis = start_of(members, validators);
        let mut book = Book::founded(&genesis);
        let before = book.state.clone();
        assert_eq!(book.block(&[]).next, None);
        let execution = book.last_block(&[]);
        let unchanged = NextEpoch {
            validators: genesis.validators(),
            protocol: genesis.protocol,
        };
        assert_eq!(execution.next, Some(unchanged));
        assert_eq!(execution.boundary_events(), None);
        assert_eq!(book.state, before);
        assert_eq!(book.env.epoch, 1);
    }
}

/// The events of the end of an epoch are one leaf of no transaction, apart from those of the block's transactions.
#[test]
fn events_of_no_transaction() {
    let mut book = Book::new();
    book.check(&passed("a propose p suspend e"));
    next(&mut book);
    let tx = book.tx("0 a anchor vault 1");
    let execution = book.last_block(&[tx]);
    assert_eq!(execution.events.len(), 1);
    assert_eq!(execution.receipts.len(), 1);
    let events = execution.boundary_events().unwrap();
    assert_eq!(events.transaction, TransactionId::BOUNDARY);
    assert_eq!(events.events.to_vec(), execution.boundary);
    let names: Vec<String> = events.events.iter().map(told).collect();
    assert_eq!(names, ["ChangeApplied"]);
    const { assert!(PROPOSALS_OPEN_MAX <= EVENTS_MAX) };
    let done: Proposal = value(&book, StateKey::proposal(&proposal("a/p")));
    assert_eq!(done.status, ProposalStatus::Applied(2));
    assert_eq!(done.ballots.len(), 4);
}

/// An admitted validator votes from the next epoch on; suspended it does not; reinstated it does; removed it never does.
#[test]
fn validators() {
    let genesis = start_of(5, 5);
    let mut book = Book::founded(&genesis);
    let mut expected = genesis.validators();
    book.check(&passed(
        "a+tx:f+vault:f+con:f+gov:f propose p admit f keys=tx,vault,con,gov",
    ));
    assert_eq!(next(&mut book).validators, expected);
    expected.push(point("con:f"));
    expected.sort();
    assert_eq!(next(&mut book).validators, expected);
    let roster: RosterState = value(&book, StateKey::roster());
    assert_eq!((roster.members.len(), roster.validators), (6, 6));
    let f: Member = value(&book, StateKey::member(member("f")));
    assert_eq!(
        (f.name.as_str(), f.standing, f.keys.len()),
        ("new", Standing::Active, 4)
    );
    for key in &f.keys {
        let actor = Actor::Member(MemberActor {
            member: member("f"),
            purpose: key.purpose,
        });
        assert_eq!(value::<Actor>(&book, StateKey::actor(&key.key)), actor);
    }
    let directory: IndexOwner = value(&book, StateKey::index(&BlindIndex::directory(member("f"))));
    assert_eq!(directory, IndexOwner::Directory(member("f")));

    let without = |word: &str| {
        let mut keys = expected.clone();
        keys.retain(|key| *key != point(word));
        keys
    };
    book.check(&passed("a propose q suspend f").replace("a/p", "a/q"));
    assert_eq!(pass(&mut book).validators, without("con:f"));
    let roster: RosterState = value(&book, StateKey::roster());
    assert_eq!((roster.members.len(), roster.validators), (5, 5));
    book.check(&passed("a propose r reinstate f").replace("a/p", "a/r"));
    assert_eq!(pass(&mut book).validators, expected);
    book.check(&passed("a propose s remove e").replace("a/p", "a/s"));
    assert_eq!(pass(&mut book).validators, without("con:e"));
    let e: Member = value(&book, StateKey::member(member("e")));
    assert_eq!(e.standing, Standing::Removed);
}

/// Rotation puts new keys in place of old ones, which stay taken by nobody; without a consensus key the member observes.
#[test]
fn rotation() {
    let mut book = Book::of(5, 5);
    book.check(&passed(
        "a+seed:1+seed:2 propose p rotate e keys=tx@seed:1,con@seed:2",
    ));
    let mut expected = start_of(5, 5).validators();
    expected.retain(|key| *key != point("con:e"));
    expected.push(point("seed:2"));
    expected.sort();
    assert_eq!(pass(&mut book).validators, expected);
    for word in ["tx:e", "vault:e", "con:e"] {
        let actor: Actor = value(&book, StateKey::actor(&key(word)));
        assert_eq!(actor, Actor::Retired(member("e")));
    }
    let e: Member = value(&book, StateKey::member(member("e")));
    assert_eq!(e.keys.len(), 2);
    assert_ne!(e.sealing, start().members[4].sealing);
    book.check(&passed("a+seed:3 propose q rotate e keys=tx@seed:3").replace("a/p", "a/q"));
    expected.retain(|key| *key != point("seed:2"));
    assert_eq!(pass(&mut book).validators, expected);
    let roster: RosterState = value(&book, StateKey::roster());
    assert_eq!((roster.members.len(), roster.validators), (5, 4));
}

/// A suspended member's keys may be replaced: it comes back with the new ones. Nothing of it is loaded by the roster.
#[test]
fn rotation_while_suspended() {
    let mut book = Book::new();
    book.check(&passed("a propose p suspend e"));
    pass(&mut book);
    book.check(
        "
        0 a+seed:1 propose q rotate e keys=tx@seed:1 => ok
        0 b propose q reinstate e => ok
        0 b vote a/q yes => ok
        0 c vote a/q yes => ok [VoteCast ProposalPassed]
        0 a vote b/q yes => ok
        0 c vote b/q yes => ok [VoteCast ProposalPassed]
        epoch => ok []
        epoch => ok [ChangeApplied ChangeApplied]
        0 e anchor vault 1 => !SponsorKeyWrong
        0 e@seed:1 anchor vault 1 => ok
    ",
    );
}

/// A suspended validator is none, so the four that remain are no reason to keep it, or its keys.
#[test]
fn removed_while_suspended() {
    let mut book = Book::of(5, 5);
    book.check(&passed("a propose p suspend e"));
    pass(&mut book);
    book.check(
        "
        0 a+seed:1 propose q rotate e keys=tx@seed:1 => ok
        0 b vote a/q yes => ok
        0 c vote a/q yes => ok [VoteCast ProposalPassed]
        0 a propose r remove e => ok
        0 b vote a/r yes => ok
        0 c vote a/r yes => ok [VoteCast ProposalPassed]
        0 a propose s suspend d => TooFewValidators
        epoch => ok []
        epoch => ok [ChangeApplied ChangeApplied]
    ",
    );
    let roster: RosterState = value(&book, StateKey::roster());
    assert_eq!((roster.members.len(), roster.validators), (4, 4));
}

/// Two that each leave four validators leave three together: the second is dropped.
#[test]
fn four_remain() {
    let mut book = Book::of(5, 5);
    book.check(&passed("a propose p remove e"));
    book.check(
        "
        0 a propose q suspend d => ok
        0 b vote a/q yes => ok
        0 c vote a/q yes => ok
        0 e vote a/q yes => ok
        epoch => ok []
        epoch => ok [ChangeApplied ChangeDropped:TooFewValidators]
    ",
    );
    let roster: RosterState = value(&book, StateKey::roster());
    assert_eq!((roster.members.len(), roster.validators), (4, 4));
    let dropped: Proposal = value(&book, StateKey::proposal(&proposal("a/q")));
    assert_eq!(
        dropped.status,
        ProposalStatus::Dropped(Refusal::TooFewValidators)
    );
}

/// A line of text said by a member that has no letter.
fn said(book: &mut Book, sponsor: u16, text: &str) -> String {
    let mut tx = book.tx(&format!("0 a{text}"));
    let mut signers = tx.body.signers.into_vec();
    signers[0] = member_key(MemberId::new(sponsor), KeyPurpose::Transaction);
    tx.body.sponsor = MemberId::new(sponsor);
    tx.body.signers = List::new(signers).unwrap();
    // Nor has a new member one.
    let calls = tx.body.calls.into_vec().into_iter().map(|call| match call {
        Call::Propose(Propose {
            local,
            change: Change::AdmitMember(new),
        }) => {
            let member = MemberId::new(500 + new.member.number());
            let change = Change::AdmitMember(GenesisMember { member, ..new });
            Call::Propose(Propose { local, change })
        }
        other => other,
    });
    tx.body.calls = List::new(calls.collect()).unwrap();
    printed(&book.block(&[tx])).0
}

const MOST: u16 = 128;

/// A network of 128 members takes no more; 64 proposals are open or scheduled at most.
#[test]
fn full() {
    assert_eq!(usize::from(MOST), MEMBERS_MAX);
    let admit = "+seed:1 propose p admit f keys=tx@seed:1";
    assert_eq!(said(&mut Book::of(MOST - 1, 4), 1, admit), "ok");
    assert_eq!(said(&mut Book::of(MOST, 4), 1, admit), "MembersFull");

    let mut book = Book::of(17, 4);
    for sponsor in 1..=16 {
        for at in 0..PROPOSALS_OF_MEMBER_MAX {
            let text = format!(" propose p{at} limits 5000 5000");
            assert_eq!(said(&mut book, sponsor, &text), "ok");
        }
    }
    let more = " propose p limits 5000 5000";
    assert_eq!(said(&mut book, 17, more), "TooManyProposals");
    assert_eq!(said(&mut book, 16, more), "ProposerBusy");
    for voter in 2..=7 {
        assert_eq!(said(&mut book, voter, " vote a/p0 no"), "ok");
    }
    assert_eq!(said(&mut book, 17, more), "ok");
    let another = " propose q limits 5000 5000";
    assert_eq!(said(&mut book, 17, another), "TooManyProposals");
}

/// One place, and two that passed for it, or one that passed and one that comes back: what no longer fits is dropped.
#[test]
fn no_room() {
    let vote = |book: &mut Book, id: &str| {
        for voter in 40..=126 {
            said(book, voter, &format!(" vote {id} yes"));
        }
    };
    let end = |book: &mut Book| -> Vec<String> {
        next(book);
        book.last_block(&[]).boundary.iter().map(told).collect()
    };
    let mut book = Book::of(MOST - 1, 4);
    for (name, seed) in [("f", "1"), ("g", "2")] {
        let text = format!("+seed:{seed} propose {name} admit {name} keys=tx@seed:{seed}");
        assert_eq!(said(&mut book, 1, &text), "ok");
        vote(&mut book, &format!("a/{name}"));
    }
    assert_eq!(
        end(&mut book),
        ["ChangeApplied", "ChangeDropped:MembersFull"]
    );

    let mut book = Book::of(MOST, 4);
    assert_eq!(said(&mut book, 1, " propose s suspend z"), "ok");
    vote(&mut book, "a/s");
    assert_eq!(end(&mut book), ["ChangeApplied"]);
    assert_eq!(
        said(&mut book, 1, "+seed:1 propose n admit f keys=tx@seed:1"),
        "ok"
    );
    assert_eq!(said(&mut book, 1, " propose r reinstate z"), "ok");
    vote(&mut book, "a/n");
    vote(&mut book, "a/r");
    assert_eq!(
        end(&mut book),
        ["ChangeApplied", "ChangeDropped:MembersFull"]
    );
    assert_eq!(said(&mut book, 1, " propose q reinstate z"), "MembersFull");
    let roster: RosterState = value(&book, StateKey::roster());
    assert_eq!(roster.members.len(), MEMBERS_MAX);
}

/// Every key that the end of an epoch names is needed, or its absence does no harm; a rotten one is a fault, never a refusal.
#[test]
fn faults() {
    let mut book = Book::new();
    book.check(&passed("a+tx:f+con:f propose p admit f keys=tx,con"));
    next(&mut book);
    book.env.last_of_epoch = true;
    let loaded = book.loaded(&[]);
    assert_eq!(more_boundary_keys(&loaded), Ok(Vec::new()));
    let good = execute(&book.env, loaded.clone(), &[]).unwrap();
    assert!(good.writes.keys().all(|key| loaded.contains_key(key)));
    for key in loaded.keys() {
        let mut less = loaded.clone();
        less.remove(key);
        match execute(&book.env, less, &[]) {
            Ok(same) => assert_eq!(same, good),
            Err(Failure::Fault(fault)) => assert!(matches!(fault, Fault::NotLoaded { .. })),
            Err(other) => panic!("{other}"),
        }
        let mut rotten = loaded.clone();
        rotten.insert(*key, Some(vec![0xff; 3]));
        match execute(&book.env, rotten, &[]) {
            Ok(same) => assert_eq!(same.next, good.next),
            Err(Failure::Fault(Fault::Corrupt { .. })) => {}
            Err(other) => panic!("{other}"),
        }
    }
    let absent: Loaded = boundary_keys().into_iter().map(|key| (key, None)).collect();
    let nothing = Err(Fault::Absent { what: "roster" });
    assert_eq!(more_boundary_keys(&absent), nothing);
}

/// The roster, the members and their keys agree: M8.
#[test]
fn consensus_keys_of_members() {
    let genesis: Genesis = start();
    let keys = genesis
        .members
        .iter()
        .map(|own| consensus_keys(&own.keys).count());
    assert_eq!(keys.sum::<usize>(), genesis.validators().len());
    assert!(matches!(key("seed:1"), PublicKey::Ed25519(_)));
    assert_eq!(boundary_keys().len(), 4);
}
