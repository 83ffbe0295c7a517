//! Release journals: folded once, and every way to lie about one is named.
use crate::script::*;
use amanat_client::stores::{BlobGot, BlobPut, JournalPage};
use amanat_client::{Failure, Fault, Stores};
use amanat_projection::{Act, Attribution, JournalFlaw, ReadModel, Standing};
use amanat_types::code::JournalKind;
use amanat_types::codec::List;
use amanat_types::event::{Event, JournalAnchored};
use amanat_types::journal::JournalEntry;
use amanat_types::release::{JournalRequest, ReleaseRequest};
use amanat_types::stored::StoredRoot;
use amanat_types::*;
use std::sync::{Arc, Mutex};

/// One member's vault journal, as its keeper shows it; the custodian's is empty.
#[derive(Clone, Default)]
struct Keeper(Arc<Mutex<Vec<JournalEntry>>>);

impl Keeper {
    fn releases(&self, under: u8, height: u64) {
        let mut entries = self.0.lock().unwrap();
        let previous = entries
            .last()
            .map_or_else(JournalEntry::start, JournalEntry::hash);
        let number = u64::try_from(entries.len()).unwrap();
        entries.push(JournalEntry {
            number,
            previous,
            journal: JournalKind::Vault,
            releaser: member(1),
            reader: member(2),
            ticket: ticket(under),
            height: Height::new(height),
            time_ms: TimestampMs::new(100 + number),
            records: List::new(vec![record(1)]).unwrap(),
        });
    }

    fn anchor(&self) -> Event {
        let entries = self.0.lock().unwrap();
        Event::JournalAnchored(JournalAnchored {
            member: member(1),
            journal: JournalKind::Vault,
            count: u64::try_from(entries.len()).unwrap(),
            head: entries.last().unwrap().hash(),
        })
    }
}

impl Stores for Keeper {
    async fn put(&self, _: MemberId, _: Vec<BlobPut>) -> Result<StoredRoot, Failure> {
        Err(Fault::invalid("not here").into())
    }
    async fn get(&self, _: MemberId, _: ReleaseRequest) -> Result<(Height, Vec<BlobGot>), Failure> {
        Err(Fault::invalid("not here").into())
    }
    async fn keys(
        &self,
        _: MemberId,
        _: ReleaseRequest,
        _: Vec<(RecordId, Vec<u8>)>,
    ) -> Result<(Height, Vec<u8>), Failure> {
        Err(Fault::invalid("not here").into())
    }
    async fn journal(&self, of: MemberId, request: JournalRequest) -> Result<JournalPage, Fault> {
        if of != member(1) {
            return Err(Fault::TimedOut {
                address: "a member".into(),
                after_ms: 1,
            });
        }
        let entries = match request.journal {
            JournalKind::Vault => self.0.lock().unwrap().clone(),
            JournalKind::Custodian => Vec::new(),
        };
        let from = usize::try_from(request.from).unwrap().min(entries.len());
        let limit = usize::try_from(request.limit).unwrap();
        Ok(JournalPage {
            count: u64::try_from(entries.len()).unwrap(),
            head: entries
                .last()
                .map_or_else(JournalEntry::start, JournalEntry::hash),
            entries: entries[from..].iter().take(limit).cloned().collect(),
        })
    }
}

struct Nobody;
impl Attribution for Nobody {
    fn record(&self, _: &RecordId) -> Option<PatientId> {
        None
    }
    fn index(&self, _: &BlindIndex) -> Option<PatientId> {
        None
    }
}

async fn standing(model: &ReadModel, keeper: &Keeper) -> Standing {
    model.follow_journals(keeper, [member(1)]).await.unwrap()[0].standing
}

/// A model with a ticket of patient 1, and 300 releases under it, anchored.
async fn released() -> (tempfile::TempDir, Script, ReadModel, Keeper) {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Script::default();
    let keeper = Keeper::default();
    let granted = script.grants(1, 1, 2, 9_000);
    let issued = script.issues(1, 1, 1, 9_000);
    script.block(1, vec![vec![granted], vec![issued]]);
    for _ in 0..300 {
        keeper.releases(1, 1);
    }
    script.block(1, vec![vec![keeper.anchor()]]);
    let model = script.fold_in(folder.path(), 1);
    assert_eq!(standing(&model, &keeper).await, Standing::Whole);
    (folder, script, model, keeper)
}

#[tokio::test]
async fn releases_stand_in_the_log_once() {
    let (_folder, _, model, keeper) = released().await;
    let before = model.fingerprint().unwrap();
    assert_eq!(standing(&model, &keeper).await, Standing::Whole);
    assert_eq!(model.fingerprint().unwrap(), before);
    let log = model.access_log(&patient(1), &Nobody).unwrap();
    let released = log
        .entries
        .iter()
        .filter(|entry| matches!(entry.act, Act::Released(_)));
    assert_eq!(released.clone().count(), 300);
    assert!(released.clone().all(|entry| entry.transaction.is_some()));
    assert!(log.entries.is_sorted_by_key(|entry| entry.place));
}

#[tokio::test]
async fn a_refold_with_its_journals_gives_the_same() {
    let (_folder, script, model, keeper) = released().await;
    let other = tempfile::tempdir().unwrap();
    let again = script.fold_in(other.path(), 7);
    assert_eq!(standing(&again, &keeper).await, Standing::Whole);
    assert_eq!(again.fingerprint().unwrap(), model.fingerprint().unwrap());
}

#[tokio::test]
async fn a_release_above_the_tip_waits_for_its_block() {
    let (_folder, mut script, model, keeper) = released().await;
    keeper.releases(1, 3);
    assert_eq!(standing(&model, &keeper).await, Standing::Whole);
    let count = |model: &ReadModel| {
        model
            .access_log(&patient(1), &Nobody)
            .unwrap()
            .entries
            .len()
    };
    let before = count(&model);
    script.block(1, vec![]);
    script.fold(&model, &script.blocks).unwrap();
    assert_eq!(standing(&model, &keeper).await, Standing::Whole);
    assert_eq!(count(&model), before + 1);
}

#[tokio::test]
async fn a_changed_entry_a_cut_journal_and_a_false_anchor_are_named() {
    // A page that does not follow what was read before.
    let (_folder, _, model, keeper) = released().await;
    keeper.releases(1, 1);
    keeper.0.lock().unwrap()[300].previous = JournalEntry::start();
    assert_eq!(
        standing(&model, &keeper).await,
        Standing::Flawed(JournalFlaw::Broken(300))
    );

    // A journal that lost its end.
    let (_folder, _, model, keeper) = released().await;
    keeper.0.lock().unwrap().truncate(200);
    assert_eq!(
        standing(&model, &keeper).await,
        Standing::Flawed(JournalFlaw::Shortened(300))
    );

    // Rewritten from the start, before we read it: the anchor does not agree.
    let (_folder, script, _, keeper) = released().await;
    keeper.0.lock().unwrap().clear();
    for _ in 0..300 {
        keeper.releases(2, 1);
    }
    let other = tempfile::tempdir().unwrap();
    let model = script.fold_in(other.path(), 7);
    let flaw = Standing::Flawed(JournalFlaw::AnchorDiffers(300));
    assert_eq!(standing(&model, &keeper).await, flaw);
    // And it stays so.
    assert_eq!(standing(&model, &keeper).await, flaw);

    // Fewer entries than were anchored, never read before.
    keeper.0.lock().unwrap().truncate(10);
    let other = tempfile::tempdir().unwrap();
    let model = script.fold_in(other.path(), 7);
    assert_eq!(
        standing(&model, &keeper).await,
        Standing::Flawed(JournalFlaw::Shortened(300))
    );
}

#[tokio::test]
async fn a_keeper_who_does_not_answer_is_said_so() {
    let (_folder, _, model, keeper) = released().await;
    let standings = model.follow_journals(&keeper, [member(4)]).await.unwrap();
    assert!(standings.iter().all(|one| one.standing == Standing::Unread));
}
