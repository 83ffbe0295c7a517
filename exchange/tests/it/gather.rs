//! Deposits that come at the same time share the words of their holders; nobody fails, or waits, for another.
use crate::deposit::{observation, visit};
use crate::world::World;
use amanat_exchange::*;
use amanat_types::codec::List;
use amanat_types::state::RosterState;
use amanat_types::{MemberId, Refusal, StateKey};
use commonware_codec::Encode as _;
use futures::future::join_all;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::task::JoinHandle;

type Exchanged = Exchange<World, World>;

/// So many deposits at once, each by itself.
fn at_once(
    exchange: &Exchanged,
    world: &World,
    context: WriteContext,
    numbers: std::ops::Range<usize>,
) -> Vec<JoinHandle<Result<Deposited, Error>>> {
    let tasks = numbers.map(|n| {
        let (exchange, actor) = (exchange.clone(), world.actor());
        tokio::spawn(async move {
            exchange
                .deposit(&actor, Some(&context), observation(n))
                .await
        })
    });
    tasks.collect()
}

/// Batches that vaults were given since the last look.
fn puts(world: &World) -> Vec<(u16, usize, usize)> {
    world.ill(|ills| std::mem::take(&mut ills.puts))
}

/// Long enough for what was spawned to be waiting, short beside the vaults.
async fn a_while() {
    tokio::time::sleep(Duration::from_millis(150)).await;
}

fn slow(world: &World, ms: u64) {
    world.ill(|ills| ills.slow_ms.extend((1..=4).map(|member| (member, ms))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deposits_at_once_go_together_and_a_lone_one_at_once() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (_, context, _) = visit(&exchange, &world).await;
    puts(&world);
    let alone = at_once(&exchange, &world, context, 0..1);
    join_all(alone).await.remove(0).unwrap().unwrap();
    assert!(matches!(&puts(&world)[..], [(1, 1, _), (_, 1, _)]));

    slow(&world, 500);
    let done = join_all(at_once(&exchange, &world, context, 1..201)).await;
    let records: BTreeSet<_> = done
        .into_iter()
        .map(|done| done.unwrap().unwrap().record)
        .collect();
    // The scripted ledger takes a deposit only if its path leads to the root that each holder signed.
    assert_eq!((records.len(), world.records()), (200, 201));
    for record in records {
        assert_eq!(world.record(record).holders.len(), 2);
    }
    let puts = puts(&world);
    let blobs: usize = puts.iter().map(|(_, blobs, _)| blobs).sum();
    assert_eq!(blobs, 400, "each blob goes to two holders once");
    assert!(puts.iter().all(|(_, blobs, _)| *blobs <= 64), "{puts:?}");
    // Each by itself would be 400.
    assert!(puts.len() < 100, "{} batches for 200 deposits", puts.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_and_a_large_resource_go_by_themselves() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (_, context, _) = visit(&exchange, &world).await;
    slow(&world, 500);
    puts(&world);
    // Batches are under way, and others wait to go together.
    let tasks = at_once(&exchange, &world, context, 0..20);
    a_while().await;
    let (actor, five) = (world.actor(), (100..105).map(observation).collect());
    let bundle = exchange.deposit_bundle(&actor, Some(&context), five);
    let mut large = observation(200);
    let text = format!(
        r#"{{"resourceType":"Observation","status":"final","code":{{"text":"{}"}}}}"#,
        "t".repeat(300_000)
    );
    large.resource = crate::deposit::resource(&text);
    let large = exchange.deposit(&actor, Some(&context), large);
    let (bundle, large) = futures::join!(bundle, large);
    assert_eq!(bundle.unwrap().len(), 5);
    large.unwrap();
    for done in join_all(tasks).await {
        done.unwrap().unwrap();
    }
    let puts = puts(&world);
    let bundles = puts.iter().filter(|(_, blobs, _)| *blobs == 5).count();
    assert!(bundles >= 2, "the bundle's own: {puts:?}");
    let large = puts.iter().filter(|(_, _, bytes)| *bytes > 300_000);
    let large: Vec<_> = large.map(|(_, blobs, _)| *blobs).collect();
    assert_eq!(large, [1, 1], "{puts:?}");
    assert!(puts.iter().any(|(_, blobs, _)| *blobs == 18), "{puts:?}");
    assert_eq!(world.records(), 26);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_fails_is_repeated_by_each_alone() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (_, context, _) = visit(&exchange, &world).await;
    slow(&world, 60);
    world.ill(|ills| ills.down.extend([1, 2, 3]));
    let tasks = at_once(&exchange, &world, context, 0..30);
    for done in join_all(tasks).await {
        let error = done.unwrap().unwrap_err();
        assert!(matches!(error, Error::Fault(_)), "{error}");
    }
    world.ill(|ills| ills.down.clear());
    for done in join_all(at_once(&exchange, &world, context, 0..30)).await {
        done.unwrap().unwrap();
    }
    assert_eq!(world.records(), 30);
    // What the ledger refuses, it refuses to one of them alone.
    let so_far = world.ill(|ills| ills.submissions);
    world.ill(|ills| ills.refuse_after = Some(so_far + 29));
    let done = join_all(at_once(&exchange, &world, context, 30..60)).await;
    let refused = done.into_iter().filter(|done| {
        let done = done.as_ref().unwrap();
        matches!(done, Err(Error::Refused(Refusal::EncounterEnded)))
    });
    assert_eq!((refused.count(), world.records()), (1, 59));
}

/// A vault that takes each blob and no batch: whoever was in one goes alone, and is not failed by the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_failed_by_the_batch_it_was_in() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (_, context, _) = visit(&exchange, &world).await;
    slow(&world, 200);
    world.ill(|ills| ills.no_batches = true);
    puts(&world);
    for done in join_all(at_once(&exchange, &world, context, 0..12)).await {
        done.unwrap().unwrap();
    }
    assert_eq!(world.records(), 12);
    let tried = puts(&world).iter().any(|(_, blobs, _)| *blobs > 1);
    assert!(tried, "they were together first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_hangs_up_takes_nobody_along() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (_, context, _) = visit(&exchange, &world).await;
    slow(&world, 600);
    puts(&world);
    // Two are under way alone; the first that waits will carry the batch of all that wait.
    let first = at_once(&exchange, &world, context, 0..2);
    a_while().await;
    let carrier = at_once(&exchange, &world, context, 2..3);
    a_while().await;
    let others = at_once(&exchange, &world, context, 3..13);
    for done in join_all(first).await {
        done.unwrap().unwrap();
    }
    // Its batch is with the vaults.
    while !world.ill(|ills| ills.puts.iter().any(|(_, blobs, _)| *blobs > 1)) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    carrier[0].abort();
    assert!(
        join_all(carrier)
            .await
            .remove(0)
            .unwrap_err()
            .is_cancelled()
    );
    for done in join_all(others).await {
        done.unwrap().unwrap();
    }
    assert_eq!(world.records(), 12);
    let again = join_all(at_once(&exchange, &world, context, 0..13)).await;
    for done in again {
        done.unwrap().unwrap();
    }
    assert_eq!(world.records(), 13);
}

/// One vault that never answers costs a wait; then it is asked last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vault_that_does_not_answer_is_not_waited_for() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (_, context, _) = visit(&exchange, &world).await;
    world.ill(|ills| ills.slow_ms.insert(2, 3_600_000));
    puts(&world);
    for n in 0..12 {
        let done = exchange
            .deposit(&world.actor(), Some(&context), observation(n))
            .await;
        let record = done.unwrap().record;
        assert!(!world.record(record).holders.contains(&MemberId::new(2)));
    }
    let asked = puts(&world)
        .iter()
        .filter(|(holder, ..)| *holder == 2)
        .count();
    assert_eq!(asked, 1, "in twelve deposits");
    // With nobody else left it is asked, and waited for.
    let roster = RosterState {
        members: List::new(vec![MemberId::new(1), MemberId::new(2)]).unwrap(),
        validators: 4,
    };
    world.ill(|ills| ills.slow_ms.insert(2, 3_000));
    let key = StateKey::roster();
    world
        .inside
        .lock()
        .unwrap()
        .state
        .insert(key, roster.encode().to_vec());
    exchange.close().await.unwrap();
    drop(exchange);
    let exchange = crate::deposit::reopen(&world, folder.path()).await;
    let done = exchange
        .deposit(&world.actor(), Some(&context), observation(12))
        .await;
    let holders = world.record(done.unwrap().record).holders;
    assert_eq!(&holders[..], &[MemberId::new(1), MemberId::new(2)]);
}
