//! A genesis is checked before anything is built on it.
use crate::samples::list;
use amanat_types::TimestampMs;
use amanat_types::code::{KeyPurpose, MemberKind};
use amanat_types::codec::Text;
use amanat_types::genesis::{Genesis, GenesisError, GenesisMember, PROTOCOL, VERSION};
use amanat_types::id::{MemberId, SealingKey};
use amanat_types::key::MemberSigner;
use amanat_types::state::{MemberKey, RosterState};
use commonware_codec::Encode as _;

fn member(number: u16) -> GenesisMember {
    let key = |purpose, byte| MemberKey {
        purpose,
        key: MemberSigner::from_seed([byte; 32]).public_key(),
    };
    let base = number as u8 * 10;
    GenesisMember {
        member: MemberId::new(number),
        name: Text::new(format!("m{number}")).expect("short"),
        kind: MemberKind::Hospital,
        keys: list(vec![
            key(KeyPurpose::Consensus, base + 1),
            key(KeyPurpose::Transaction, base + 2),
        ]),
        sealing: SealingKey::new([base; 32]),
    }
}

fn genesis(members: Vec<GenesisMember>) -> Genesis {
    Genesis {
        version: VERSION,
        name: Text::new("test").expect("short"),
        time_ms: TimestampMs::new(1),
        protocol: PROTOCOL,
        epoch_blocks: 10,
        members: list(members),
    }
}

fn four() -> Vec<GenesisMember> {
    (1..=4).map(member).collect()
}

#[test]
fn a_good_one_comes_back_with_its_digest() {
    let good = genesis(four());
    let again = Genesis::from_bytes(&good.encode()).expect("good");
    assert_eq!(again.digest(), good.digest());
    assert_eq!(good.validators().len(), 4);
    assert!(good.validators().is_sorted());
    assert_eq!(good.member(MemberId::new(3)), Some(&member(3)));
    assert_eq!(good.member(MemberId::new(9)), None);
}

#[test]
fn each_rule_refuses() {
    let mut version = genesis(four());
    version.version = 9;
    assert_eq!(version.check(), Err(GenesisError::Version(9)));
    let three = genesis((1..=3).map(member).collect());
    assert_eq!(three.check(), Err(GenesisError::Validators(3)));
    let mut order = four();
    order.swap(0, 1);
    assert_eq!(genesis(order).check(), Err(GenesisError::MemberOrder));
    let mut twice = four();
    twice[1].keys = twice[0].keys.clone();
    assert_eq!(genesis(twice).check(), Err(GenesisError::KeyTwice));
    let mut number = four();
    number[1].member = MemberId::new(1);
    assert_eq!(genesis(number).check(), Err(GenesisError::MemberOrder));
    let mut votes = four();
    votes[1].keys = list(
        votes[1]
            .keys
            .iter()
            .chain(&member(5).keys)
            .cloned()
            .collect(),
    );
    assert_eq!(genesis(votes).check(), Err(GenesisError::ConsensusKeys(2)));
    let mut short = genesis(four());
    short.epoch_blocks = 9;
    assert_eq!(short.check(), Err(GenesisError::EpochBlocks(9)));
    assert!(matches!(
        Genesis::from_bytes(&[1, 2, 3]),
        Err(GenesisError::Malformed(_))
    ));
}

#[test]
fn f_is_a_third() {
    for (validators, f) in [(4, 1), (6, 1), (7, 2), (10, 3), (100, 33)] {
        let roster = RosterState {
            members: list(vec![]),
            validators,
        };
        assert_eq!(roster.faulty_max(), f);
    }
}
