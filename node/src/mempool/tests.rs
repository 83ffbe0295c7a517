//! The pool: what waits and what comes back, who gives way, and who is offered to a block.
use crate::mempool::pool::{Inserted, Pool, Waiter};
use crate::mempool::{Dropped, Limits, Mempool, Origin};
use amanat_contracts::Quotas;
use amanat_types::block::Parcel;
use amanat_types::call::{Anchor, BreakGlass, Call};
use amanat_types::code::JournalKind;
use amanat_types::codec::List;
use amanat_types::id::{LocalId, PatientId, SealingKey};
use amanat_types::key::MemberSigner;
use amanat_types::transaction::{Body, Transaction, VERSION};
use amanat_types::wire::Submitted;
use amanat_types::{Digest, Height, MemberId, Refusal, TimestampMs, limits};
use commonware_utils::channel::oneshot;
use futures::FutureExt as _;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Bytes of a block among four.
const BYTES: usize = limits::block_bytes(3, 4);

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

/// Ordinary calls: so many anchors, three units each.
pub fn anchor(count: usize) -> Vec<Call> {
    let anchor = Anchor {
        journal: JournalKind::Vault,
        count: 1,
        head: Digest::from([0; 32]),
    };
    vec![Call::Anchor(anchor); count]
}

/// An emergency of one call, fifteen units with its transaction.
fn glass() -> Vec<Call> {
    vec![Call::BreakGlass(BreakGlass {
        local: LocalId::new([1; 16]),
        patient: PatientId::new([2; 16]),
        until_ms: TimestampMs::new(1),
        reader: SealingKey::new([7; 32]),
    })]
}

/// A transaction of a member; its signature is of one key for all, which the pool does not ask about.
pub fn parcel(member: u16, sequence: u64, calls: Vec<Call>) -> Arc<Parcel> {
    let signer = MemberSigner::from_seed([1; 32]);
    let body = Body {
        version: VERSION,
        network: Digest::from([0; 32]),
        sponsor: MemberId::new(member),
        sequence,
        last_height: Height::new(100),
        signers: List::new(vec![signer.public_key()]).expect("one"),
        stored: List::empty(),
        calls: List::new(calls).expect("few"),
    };
    Arc::new(Parcel::new(Transaction::sign(body, &signer)))
}

/// Quotas of a network of four that kept what it started with.
const START: Quotas = Quotas {
    member_units: limits::MEMBER_UNITS_START,
    ordinary_units: limits::BLOCK_UNITS_MAX - limits::EMERGENCY_UNITS_START,
    lane_units: limits::EMERGENCY_UNITS_START / 4,
};

fn insert(pool: &mut Pool, parcel: &Arc<Parcel>) -> Result<Inserted, Refusal> {
    pool.insert(parcel.clone(), Origin::Here, NOW)
}

fn put(pool: &mut Pool, parcel: &Arc<Parcel>) {
    assert!(insert(pool, parcel).is_ok_and(|inserted| inserted.fresh));
}

/// A pool that holds so many transactions at most.
fn small(transactions: usize) -> Pool {
    Pool::new(Limits {
        transactions,
        ..Limits::default()
    })
}

fn members(taken: &[Arc<Parcel>]) -> BTreeMap<u16, usize> {
    let mut count = BTreeMap::new();
    for parcel in taken {
        let member = parcel.transaction.body.sponsor.number();
        *count.entry(member).or_default() += 1;
    }
    count
}

/// A transaction that arrives while a block that is not final holds it already.
#[test]
fn what_a_block_above_the_tip_could_not_hold_waits_for_its_parent() {
    let mut pool = small(9);
    let parcel = parcel(1, 1, anchor(1));
    put(&mut pool, &parcel);
    let (parent, tip) = (Height::new(9), Height::new(8));
    assert!(pool.doubt(&parcel.id, parent, tip).is_none());
    assert_eq!((pool.fresh(), pool.len()), (0, 1), "set aside, not offered");
    pool.decide(tip);
    assert_eq!(pool.fresh(), 0);
    pool.decide(parent);
    assert_eq!(pool.fresh(), 1, "offered again: the parent did not hold it");
    let judged = pool.doubt(&parcel.id, Height::new(10), parent);
    assert_eq!(
        judged.map(|one| one.id),
        Some(parcel.id),
        "now it is judged"
    );
    assert_eq!((pool.fresh(), pool.len()), (0, 1), "and waits for that");
}

#[test]
fn what_a_block_on_the_tip_could_not_hold_is_judged_at_once() {
    let mut pool = small(9);
    let held = parcel(1, 2, anchor(1));
    put(&mut pool, &held);
    let judged = pool.doubt(&held.id, Height::new(8), Height::new(8));
    assert_eq!(judged.map(|one| one.id), Some(held.id));
    assert!(
        pool.holds(&held.id),
        "who waits for it is told by the judgement"
    );
    pool.decide(Height::new(8));
    assert_eq!(pool.fresh(), 1);
    let other = parcel(1, 3, anchor(1));
    assert!(
        pool.doubt(&other.id, Height::new(9), Height::new(8))
            .is_none()
    );
}

#[test]
fn what_is_placed_is_not_offered_until_its_height_is_decided_and_what_expired_is_gone() {
    let mut pool = small(9);
    let parcels = [parcel(1, 1, anchor(1)), parcel(1, 2, glass())];
    parcels.iter().for_each(|one| put(&mut pool, one));
    let again = insert(&mut pool, &parcels[0]);
    assert!(again.is_ok_and(|again| !again.fresh), "held once");
    let ids = parcels.clone().map(|one| one.id);
    pool.place(Height::new(7), &ids);
    assert_eq!((pool.fresh(), pool.take(&START, BYTES).len()), (0, 0));
    pool.decide(Height::new(6));
    assert_eq!(pool.fresh(), 0);
    pool.remove(&ids[0]);
    pool.decide(Height::new(7));
    assert_eq!((pool.fresh(), pool.emergencies(), pool.len()), (1, 1, 1));
    assert_eq!(pool.expire(Height::new(99)).len(), 0);
    assert_eq!(pool.len(), 1, "may stand in block 100");
    pool.expire(Height::new(100));
    assert_eq!((pool.len(), pool.fresh(), pool.bytes()), (0, 0, 0));
}

/// One member fills the pool; the others still get in, each as much as its fair part, and take nothing from each other.
#[test]
fn the_flood_of_one_member_gives_way_to_the_others() {
    let mut pool = small(100);
    for sequence in 0..100 {
        put(&mut pool, &parcel(1, sequence, anchor(1)));
    }
    let more = insert(&mut pool, &parcel(1, 100, anchor(1)));
    assert_eq!(more.err(), Some(Refusal::MempoolShareFull));
    for sequence in 0..25 {
        for member in 2..=4 {
            put(&mut pool, &parcel(member, sequence, anchor(1)));
            let flood = insert(&mut pool, &parcel(1, 1_000 + sequence, anchor(1)));
            assert_eq!(flood.err(), Some(Refusal::MempoolShareFull));
        }
    }
    let even = BTreeMap::from([(1, 25), (2, 25), (3, 25), (4, 25)]);
    assert_eq!(members(&pool.take(&START, BYTES)), even);
    // Now all hold as much: nobody displaces anybody.
    for member in 1..=4 {
        let refused = insert(&mut pool, &parcel(member, 2_000, anchor(1)));
        assert_eq!(refused.err(), Some(Refusal::MempoolShareFull));
    }
    // The first of the flood stayed, the latest went.
    let kept = pool.take(&START, BYTES);
    let kept = kept.iter().map(|one| &one.transaction.body);
    let own = kept.filter(|body| body.sponsor == MemberId::new(1));
    assert!(own.map(|body| body.sequence).eq(0..25));
}

/// The same by bytes: a few large transactions fill the pool, and give way to small ones.
#[test]
fn a_flood_of_bytes_gives_way_too() {
    let large = |sequence| parcel(1, sequence, anchor(1_000));
    let size = large(0).bytes.len();
    let mut pool = Pool::new(Limits {
        transactions: 1_000,
        bytes: 10 * size,
    });
    for sequence in 0..10 {
        put(&mut pool, &large(sequence));
    }
    assert_eq!(
        insert(&mut pool, &large(10)).err(),
        Some(Refusal::MempoolShareFull)
    );
    for sequence in 0..50 {
        put(&mut pool, &parcel(2, sequence, anchor(1)));
    }
    assert!(pool.bytes() <= 10 * size);
    assert_eq!(members(&pool.take(&START, BYTES)).get(&2), Some(&50));
    // What could never fit is refused, and displaces nothing for good that it does not need.
    let mut tiny = Pool::new(Limits {
        transactions: 9,
        bytes: size - 1,
    });
    let refused = insert(&mut tiny, &large(1)).err();
    assert_eq!(refused, Some(Refusal::MempoolShareFull));
}

#[test]
fn an_emergency_gets_into_a_full_pool() {
    let mut pool = small(10);
    for sequence in 0..10 {
        put(&mut pool, &parcel(1, sequence, anchor(1)));
    }
    // Of another member, and of the very one that fills it.
    put(&mut pool, &parcel(2, 1, glass()));
    put(&mut pool, &parcel(1, 11, glass()));
    assert_eq!((pool.len(), pool.emergencies()), (10, 2));
    // A flood of emergencies is bounded as any other, and keeps nobody's emergency out.
    for sequence in 0..8 {
        put(&mut pool, &parcel(1, 20 + sequence, glass()));
    }
    let full = insert(&mut pool, &parcel(1, 40, glass()));
    assert_eq!(full.err(), Some(Refusal::MempoolShareFull));
    put(&mut pool, &parcel(3, 1, glass()));
    put(&mut pool, &parcel(3, 2, anchor(1)));
    assert_eq!(
        members(&pool.take(&START, BYTES)),
        BTreeMap::from([(1, 7), (2, 1), (3, 2)])
    );
}

#[test]
fn what_stands_in_a_block_gives_way_to_nobody() {
    let mut pool = small(2);
    let held = [parcel(1, 1, anchor(1)), parcel(1, 2, glass())];
    held.iter().for_each(|one| put(&mut pool, one));
    pool.place(Height::new(3), &held.clone().map(|one| one.id));
    let other = parcel(2, 1, anchor(1));
    assert_eq!(insert(&mut pool, &other).err(), Some(Refusal::MempoolFull));
    pool.decide(Height::new(3));
    put(&mut pool, &other);
    assert!(pool.holds(&held[1].id) && !pool.holds(&held[0].id));
}

/// Who waited for what gave way is told to come again, and the reasons are counted.
#[test]
fn who_waits_for_what_gave_way_is_told() {
    let mempool = Mempool::new(Limits {
        transactions: 2,
        ..Limits::default()
    });
    let put = |parcel: &Arc<Parcel>| mempool.insert(parcel.clone(), Origin::Here, NOW);
    let held = [parcel(1, 1, anchor(1)), parcel(1, 2, anchor(1))];
    assert!(held.iter().all(|one| put(one) == Ok(true)));
    let (waiter, mut answer): (Waiter, _) = oneshot::channel();
    assert!(mempool.wait(&held[1].id, waiter).is_none());
    assert_eq!(
        put(&parcel(1, 3, anchor(1))),
        Err(Refusal::MempoolShareFull)
    );
    assert!(answer.try_recv().is_err(), "still held");
    assert_eq!(put(&parcel(2, 1, glass())), Ok(true));
    let told = answer.try_recv();
    assert_eq!(told, Ok(Submitted::Refused(Refusal::MempoolShareFull)));
    let report = mempool.report();
    let dropped = BTreeMap::from([(Dropped::Share, 1), (Dropped::Evicted, 1)]);
    assert_eq!(report.dropped, dropped);
    assert_eq!((report.transactions, report.waiting), (2, 2));
    assert_eq!((report.emergencies, report.block_units), (1, None));
    let bytes = held[0].bytes.len() + parcel(2, 1, glass()).bytes.len();
    assert_eq!(report.bytes, bytes);
}

/// Nobody is told what a block thinks: what it could not hold is given out to be judged, once, and waits.
#[test]
fn who_waits_for_what_a_block_could_not_hold_is_told_by_the_judgement() {
    let mempool = Mempool::new(Limits::default());
    let held = parcel(1, 1, anchor(1));
    assert_eq!(mempool.insert(held.clone(), Origin::Here, NOW), Ok(true));
    let (waiter, mut answer): (Waiter, _) = oneshot::channel();
    assert!(mempool.wait(&held.id, waiter).is_none());
    // Set aside for a parent that is not final: nothing to judge yet.
    mempool.doubt(&held.id, Height::new(9), Height::new(8));
    assert!(mempool.doubted().now_or_never().is_none());
    mempool.doubt(&held.id, Height::new(9), Height::new(9));
    let judged = mempool
        .doubted()
        .now_or_never()
        .expect("something to judge");
    assert_eq!(
        judged.iter().map(|one| one.id).collect::<Vec<_>>(),
        [held.id]
    );
    assert!(mempool.doubted().now_or_never().is_none(), "once");
    assert!(mempool.holds(&held.id) && answer.try_recv().is_err());
    let waiters = mempool.let_go(&held.id);
    assert_eq!((waiters.len(), mempool.size()), (1, 0));
}

/// A block is full of whatever fills it; each of four members has a fourth of it, and one that sent little has all of that.
#[test]
fn a_block_is_offered_fairly() {
    let mut pool = Pool::new(Limits::default());
    // Member 1 by number, 2 by bytes, 3 by units; 4 sends five.
    for sequence in 0..9_000 {
        put(&mut pool, &parcel(1, sequence, anchor(1)));
    }
    for sequence in 0..60 {
        put(&mut pool, &parcel(2, sequence, anchor(1_000)));
        put(&mut pool, &parcel(3, sequence, anchor(1_000)));
    }
    for sequence in 0..5 {
        put(&mut pool, &parcel(4, sequence, anchor(10)));
    }
    let taken = pool.take(&START, BYTES);
    let count = members(&taken);
    assert_eq!(count[&4], 5);
    assert!(count[&1] > limits::BLOCK_TRANSACTIONS_MAX / 4, "{count:?}");
    assert!(count[&2] > 10 && count[&3] > 10, "{count:?}");
    assert!(taken.len() <= limits::BLOCK_TRANSACTIONS_MAX);
    let bytes: usize = taken.iter().map(|one| one.bytes.len()).sum();
    assert!(bytes <= BYTES);
    let units = taken
        .iter()
        .map(|one| amanat_contracts::units(&one.transaction));
    assert!(units.sum::<u64>() <= limits::BLOCK_UNITS_MAX);
    // Each member's own stand in the order in which they came.
    for member in 1..=4 {
        let own = taken.iter().map(|one| &one.transaction.body);
        let own = own.filter(|body| body.sponsor == MemberId::new(member));
        assert!(own.map(|body| body.sequence).is_sorted());
    }
}

/// Whoever stands first among equals is another one each time: large transactions of some do not keep out the last for ever.
#[test]
fn turns_change() {
    let mut pool = Pool::new(Limits::default());
    let full = Quotas {
        ordinary_units: 3_100,
        ..START
    };
    for member in 1..=4 {
        put(&mut pool, &parcel(member, 1, anchor(1_000)));
    }
    let first = |pool: &mut Pool| members(&pool.take(&full, BYTES)).into_keys().next();
    let mut seen: Vec<Option<u16>> = (0..4).map(|_| first(&mut pool)).collect();
    seen.sort_unstable();
    assert_eq!(seen, [Some(1), Some(2), Some(3), Some(4)]);
}

#[test]
fn emergencies_come_first_up_to_the_lane_and_then_in_their_members_turn() {
    let mut pool = Pool::new(Limits::default());
    for sequence in 0..5_000 {
        put(&mut pool, &parcel(1, sequence, anchor(1)));
    }
    put(&mut pool, &parcel(2, 1, glass()));
    let flood: Vec<_> = (0..1_000).map(|at| parcel(3, at, glass())).collect();
    flood.iter().for_each(|one| put(&mut pool, one));
    let taken = pool.take(&START, BYTES);
    // 5,000 units of the lane for each: 333 of fifteen.
    let urgent = taken.iter().take(334);
    assert!(
        urgent
            .clone()
            .all(|one| amanat_contracts::is_emergency(&one.transaction))
    );
    let urgent: Vec<_> = urgent.cloned().collect();
    assert_eq!(members(&urgent), BTreeMap::from([(2, 1), (3, 333)]));
    let next = taken.get(334..336).expect("more").to_vec();
    assert_eq!(members(&next).get(&1), Some(&1), "the rest waits in turn");
    assert_eq!(members(&taken)[&3], 1_000);
}

/// Quotas that were voted down: what fits no block any more is offered once, to be refused, and holds up nobody.
#[test]
fn what_fits_no_block_holds_up_nobody() {
    let mut pool = Pool::new(Limits::default());
    put(&mut pool, &parcel(1, 1, anchor(1_000)));
    put(&mut pool, &parcel(1, 2, anchor(100)));
    put(&mut pool, &parcel(1, 3, anchor(300)));
    put(&mut pool, &parcel(1, 4, anchor(1)));
    let quotas = Quotas {
        member_units: 1_000,
        ..START
    };
    let taken = pool.take(&quotas, BYTES);
    let sequences = taken.iter().map(|one| one.transaction.body.sequence);
    // 3,007, 307 and 907 units: the third waits, and what comes after it too.
    assert!(sequences.eq([1, 2]));
}

#[test]
fn what_is_forwarded_again_is_bounded_and_the_longest_ago_first() {
    let mut pool = Pool::new(Limits::default());
    let large: Vec<_> = (0..60).map(|at| parcel(1, at, anchor(1_000))).collect();
    large.iter().for_each(|one| put(&mut pool, one));
    let forwarded = pool.insert(parcel(1, 90, anchor(1)), Origin::Peer, NOW);
    assert!(forwarded.is_ok());
    put(&mut pool, &parcel(1, 91, glass()));
    let later = NOW + Duration::from_secs(2);
    let mut first = pool.stale(later, later);
    let bytes: usize = first.iter().map(|one| one.bytes.len()).sum();
    assert!(bytes <= 2 * 1024 * 1024 && first.len() < 60);
    assert_eq!(
        first.remove(0).transaction.body.sequence,
        91,
        "emergencies first"
    );
    let second = pool.stale(later, later);
    assert_eq!(first.len() + second.len(), 60, "the others, and none twice");
    assert!(pool.stale(later, later).is_empty());
    assert!(pool.stale(NOW, later).is_empty());
}
