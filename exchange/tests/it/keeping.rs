//! Keeping: what a custodian kept is its successor's, through whatever breaks on the way; a record is opened through whoever the ledger
//! names, before, between and after.
use crate::deposit::{drafts, visit};
use crate::world::{World, later};
use amanat_exchange::consent::GrantAsk;
use amanat_exchange::custody::Count;
use amanat_exchange::keeping::Report;
use amanat_exchange::*;
use amanat_fhir::Category;
use amanat_types::call::Grantee;
use amanat_types::code::GrantAccess;
use amanat_types::{MemberId, Purpose, RecordId, Refusal};

/// Member 1 leaves, member 2 succeeds it, member 3 reads under a grant.
pub struct Leaving {
    pub world: World,
    _folders: [tempfile::TempDir; 2],
    leaver: Exchange<World, World>,
    pub reader: Exchange<World, World>,
    pub read: ReadContext,
    pub records: Vec<RecordId>,
}

pub async fn leaving(count: usize) -> Leaving {
    let world = World::new();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (one, three) = (world.of(1), world.of(3));
    let leaver = one.open(folders[0].path()).await;
    let reader = three.open(folders[1].path()).await;
    let (card, context, _) = visit(&leaver, &one).await;
    let done = leaver
        .deposit_bundle(&one.actor(), Some(&context), drafts(count))
        .await
        .unwrap();
    let ask = GrantAsk {
        caller_id: b"g".to_vec(),
        grantee: Grantee::Member(MemberId::new(3)),
        access: GrantAccess::Read,
        purposes: vec![Purpose::Treat],
        until_ms: later(1_000_000),
    };
    let all = amanat_exchange::card::patient_categories();
    let granted = leaver.grant(&one.actor(), &card, &all, ask).await.unwrap();
    let letter = reader.accept_letter(&three.actor(), &granted.letter).await;
    assert!(letter.unwrap().1.contains(&Category::Laboratory));
    Leaving {
        read: ReadContext {
            basis: Basis::Consent(granted.grant),
            purpose: Purpose::Treat,
            patient: Some(context.patient),
        },
        records: done.iter().map(|one| one.record).collect(),
        leaver,
        reader,
        world,
        _folders: folders,
    }
}

impl Leaving {
    /// Which of the records the reader can open now.
    async fn opens(&self) -> usize {
        let actor = self.world.of(3).actor();
        let mut opened = 0;
        for record in &self.records {
            let read = self.reader.read(&actor, &self.read, *record).await;
            opened += usize::from(read.is_ok());
        }
        opened
    }

    /// How many the ledger says that `member` keeps.
    fn kept_by(&self, member: u16) -> usize {
        let kept = self.records.iter();
        kept.filter(|record| self.world.record(**record).member == MemberId::new(member))
            .count()
    }

    pub async fn take(&self, successor: u16) -> Result<Report, Error> {
        let from = MemberId::new(1);
        let custody = Custody::read(self.world.clone()).await.unwrap();
        let keeping = self.world.of(successor).keeping();
        keeping.take_over(from, custody.open_of(from), |_| {}).await
    }
}

#[tokio::test]
async fn what_was_handed_over_is_opened_without_the_member_that_left() {
    let leaving = leaving(5).await;
    leaving.world.name(1, Some(2));
    let report = leaving.take(2).await.unwrap();
    assert_eq!((report.done, report.none, report.left.len()), (5, 0, 0));
    assert_eq!((leaving.kept_by(1), leaving.kept_by(2)), (0, 5));
    leaving.world.without(1);
    assert_eq!(leaving.opens().await, 5);
    // Both who deposited and who keeps are told apart.
    let actor = leaving.world.of(3).actor();
    let read = leaving
        .reader
        .read(&actor, &leaving.read, leaving.records[0]);
    assert_eq!(read.await.unwrap().member, MemberId::new(1));
    // Once more: nothing is left to do.
    let report = leaving.take(2).await.unwrap();
    assert_eq!((report.done, report.none), (0, 0));
    let custody = Custody::read(leaving.world.clone()).await.unwrap();
    let count = Count {
        open: 5,
        ..Count::default()
    };
    assert_eq!(
        custody.counts().into_iter().collect::<Vec<_>>(),
        [(MemberId::new(2), count)]
    );
}

#[tokio::test]
async fn nobody_takes_over_who_was_not_named() {
    let leaving = leaving(2).await;
    for named in [None, Some(3)] {
        leaving.world.name(1, named);
        let error = leaving.take(2).await.unwrap_err();
        assert!(
            matches!(error, Error::Refused(Refusal::NotSuccessor)),
            "{error}"
        );
    }
    assert_eq!((leaving.kept_by(1), leaving.opens().await), (2, 2));
}

/// The custodian falls silent, the submission is lost, its answer is lost: each record is opened through one custodian, and another
/// run ends what was begun.
#[tokio::test]
async fn a_run_that_breaks_anywhere_is_run_again() {
    // More than one batch of 256 records.
    let leaving = leaving(300).await;
    leaving.world.name(1, Some(2));
    leaving.world.ill(|ills| ills.hands = Some(1));
    let error = leaving.take(2).await.unwrap_err();
    assert!(matches!(error, Error::Fault(_)), "{error}");
    assert_eq!((leaving.kept_by(1), leaving.kept_by(2)), (44, 256));
    assert_eq!(leaving.opens().await, 300);
    leaving.world.ill(|ills| ills.hands = None);
    // Stored, but not on the ledger.
    leaving.world.ill(|ills| ills.lost = 1);
    assert!(leaving.take(2).await.is_err());
    assert_eq!((leaving.kept_by(1), leaving.opens().await), (44, 300));
    // On the ledger, but not known here.
    leaving.world.ill(|ills| ills.unheard = 1);
    assert!(leaving.take(2).await.is_err());
    assert_eq!((leaving.kept_by(1), leaving.opens().await), (0, 300));
    let report = leaving.take(2).await.unwrap();
    assert_eq!((report.done, report.left.len()), (0, 0));
    leaving.world.without(1);
    assert_eq!(leaving.opens().await, 300);
}

#[tokio::test]
async fn a_successor_that_vanishes_midway_is_replaced_by_another() {
    let leaving = leaving(300).await;
    leaving.world.name(1, Some(2));
    leaving.world.ill(|ills| ills.hands = Some(1));
    assert!(leaving.take(2).await.is_err());
    leaving.world.ill(|ills| ills.hands = None);
    leaving.world.name(1, Some(4));
    let report = leaving.take(4).await.unwrap();
    assert_eq!(report.done, 44);
    assert_eq!((leaving.kept_by(2), leaving.kept_by(4)), (256, 44));
    let refused = leaving.take(2).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::NotSuccessor)));
    assert_eq!(leaving.opens().await, 300);
}

#[tokio::test]
async fn one_record_that_cannot_move_keeps_no_other() {
    let leaving = leaving(4).await;
    let bad = leaving.records[2];
    leaving.world.name(1, Some(2));
    leaving.world.ill(|ills| ills.unopened.insert(bad));
    let report = leaving.take(2).await.unwrap();
    assert_eq!(report.done, 3);
    let [(record, why)] = &report.left[..] else {
        panic!("{report:?}");
    };
    assert_eq!(*record, bad);
    assert!(matches!(why, Error::Refused(Refusal::WrapWrong)), "{why}");
    assert_eq!((leaving.kept_by(1), leaving.kept_by(2)), (1, 3));
}

#[tokio::test]
async fn copies_that_are_not_the_ledgers_are_sought_at_another_holder() {
    let leaving = leaving(3).await;
    leaving.world.name(1, Some(2));
    // The first holder flips bytes, and its wraps are none: the other one has both whole.
    leaving.world.ill(|ills| ills.flips.insert(1));
    let report = leaving.take(2).await.unwrap();
    assert_eq!((report.done, leaving.opens().await), (3, 3));
    leaving.world.name(2, Some(3));
    leaving.world.ill(|ills| ills.flips.clear());
    leaving.world.ill(|ills| ills.wraps.insert(2));
    let keeping = leaving.world.of(3).keeping();
    let report = keeping
        .take_over(MemberId::new(2), leaving.records.clone(), |_| {})
        .await
        .unwrap();
    assert_eq!((report.done, leaving.kept_by(3)), (3, 3));
}

#[tokio::test]
async fn a_retracted_record_stays_where_it_is() {
    let leaving = leaving(3).await;
    let gone = leaving.records[0];
    let actor = leaving.world.of(1).actor();
    let reason = amanat_types::code::RetractReason::EnteredInError;
    leaving.leaver.retract(&actor, gone, reason).await.unwrap();
    leaving.world.name(1, Some(2));
    // Also where it is asked for.
    let keeping = leaving.world.of(2).keeping();
    let report = keeping
        .take_over(MemberId::new(1), leaving.records.clone(), |_| {})
        .await
        .unwrap();
    assert_eq!((report.done, report.none), (2, 1));
    assert_eq!(leaving.world.record(gone).member, MemberId::new(1));
    let custody = Custody::read(leaving.world.clone()).await.unwrap();
    assert_eq!(custody.counts()[&MemberId::new(1)].retracted, 1);
    assert_eq!(custody.open_of(MemberId::new(1)), []);
    assert_eq!(custody.all_of(MemberId::new(1)), [gone]);
}

/// A holder leaves: the custodian brings its records back to f+1 active holders, and those of others it does not touch.
#[tokio::test]
async fn records_that_lost_a_holder_are_placed_anew() {
    let leaving = leaving(4).await;
    let holders = leaving.world.record(leaving.records[0]).holders.to_vec();
    assert_eq!((holders.len(), holders[0]), (2, MemberId::new(1)));
    let lost = holders[1].number();
    leaving.world.without(lost);
    let keeping = leaving.world.of(1).keeping();
    let report = keeping
        .spread(leaving.records.clone(), |_| {})
        .await
        .unwrap();
    assert_eq!((report.done, report.none), (4, 0));
    for record in &leaving.records {
        let holders = leaving.world.record(*record).holders;
        assert_eq!(holders.len(), 2);
        assert!(!holders.contains(&MemberId::new(lost)), "{holders:?}");
    }
    let report = keeping
        .spread(leaving.records.clone(), |_| {})
        .await
        .unwrap();
    assert_eq!((report.done, report.none), (0, 4));
    let other = leaving.world.of(3).keeping();
    let report = other.spread(leaving.records.clone(), |_| {}).await.unwrap();
    assert_eq!((report.done, report.none), (0, 4));
}

#[tokio::test]
async fn what_is_exported_is_sealed_and_only_the_own() {
    let leaving = leaving(3).await;
    let mut got = Vec::new();
    let keeping = leaving.world.of(1).keeping();
    let each = |blob: amanat_client::stores::BlobGot| {
        got.push((blob.record, amanat_envelope::blob_digest(&blob.bytes)));
        Ok(())
    };
    keeping.sealed(&leaving.records, each).await.unwrap();
    got.sort();
    let mut expected: Vec<_> = leaving
        .records
        .iter()
        .map(|record| (*record, leaving.world.record(*record).blob))
        .collect();
    expected.sort();
    assert_eq!(got, expected);
    let other = leaving.world.of(2).keeping();
    let none = |_| panic!("another's record");
    other.sealed(&leaving.records, none).await.unwrap();
}
