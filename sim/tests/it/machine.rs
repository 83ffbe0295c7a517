//! The machine under a node: what a power cut leaves, what a disk refuses, and that a process that stops stops.
use amanat_sim::machine::disk::{Refused, Tear};
use amanat_sim::machine::{Computing, House, Life, Machine, Processor, Skew};
use commonware_runtime::{
    Blob as _, Clock as _, ReadOptions, Runner as _, Spawner as _, Storage as _, Supervisor as _,
    WriteOptions, deterministic,
};
use commonware_utils::sync::Mutex;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

fn in_house<F: Future>(test: impl FnOnce(deterministic::Context, House) -> F) -> F::Output {
    let config = deterministic::Config::new().with_start_time(UNIX_EPOCH + Duration::from_secs(60));
    deterministic::Runner::new(config).start(|context| test(context, House::new(5)))
}

fn machine(context: &deterministic::Context, house: &House, life: &Life) -> Machine {
    Machine::new(context.child("machine"), house.clone(), life.clone())
}

/// Writes `synced` and syncs it, writes `unsynced` behind it, loses power, and gives what is left.
async fn after_power_cut(context: deterministic::Context, house: House, tear: Tear) -> Vec<u8> {
    house.disk().set_habit(tear, 2);
    let machine = machine(&context, &house, &Life::default());
    let (blob, _) = machine.open("part", b"name").await.expect("opens");
    let write = |at, bytes: Vec<u8>| blob.write_at(at, bytes, WriteOptions::default());
    write(0, vec![1; 1_000]).await.expect("writes");
    blob.sync().await.expect("syncs");
    write(1_000, vec![2; 1_000]).await.expect("writes");
    drop(blob);
    house.disk().power_back(&context).await;
    let (blob, len) = machine.open("part", b"name").await.expect("opens");
    let len = usize::try_from(len).expect("short");
    let bytes = blob.read_at(0, len, ReadOptions::default()).await;
    bytes.expect("reads").coalesce().as_ref().to_vec()
}

#[test]
fn a_power_cut_keeps_what_was_synced_and_parts_of_the_rest() {
    for tear in [
        Tear::Lose,
        Tear::Prefix(100),
        Tear::Pieces(100),
        Tear::Pieces(1),
    ] {
        let left = in_house(|context, house| after_power_cut(context, house, tear));
        assert_eq!(left[..1_000], vec![1; 1_000], "{tear:?}");
        let rest = &left[1_000..];
        let kept = rest.iter().filter(|byte| **byte == 2).count();
        match tear {
            Tear::Lose => assert!(rest.is_empty()),
            Tear::Prefix(_) => assert!(kept == rest.len() && kept > 0, "{kept}"),
            Tear::Pieces(1) => assert!(kept > 300 && kept < 700, "{kept}"),
            Tear::Pieces(size) => assert!(kept > 0 && kept < 1_000 && kept % size == 0, "{kept}"),
        }
    }
}

/// What a disk refuses is an error, and the task that panics on it is the last of its process.
#[test]
fn a_process_stops_when_its_disk_refuses() {
    for what in [Refused::Write, Refused::Sync] {
        in_house(|context, house| async move {
            let life = Life::default();
            let beats = Arc::new(Mutex::new(0));
            let counted = beats.clone();
            machine(&context, &house, &life).spawn(move |machine| async move {
                loop {
                    *counted.lock() += 1;
                    machine.sleep(Duration::from_millis(10)).await;
                }
            });
            house.disk().refuse(what, 100);
            machine(&context, &house, &life).spawn(move |machine| async move {
                let (blob, _) = machine.open("part", b"name").await.expect("opens");
                machine.sleep(Duration::from_secs(1)).await;
                let written = blob.write_at(0, vec![1], WriteOptions::SYNC).await;
                written.expect("the disk refuses");
            });
            context.sleep(Duration::from_millis(900)).await;
            assert!(!life.ended());
            context.sleep(Duration::from_millis(200)).await;
            let before = *beats.lock();
            assert!(before > 80 && life.ended());
            context.sleep(Duration::from_secs(5)).await;
            assert_eq!(*beats.lock(), before);
            assert!(!house.disk().was_ignored(context.current()));
        });
    }
}

#[test]
fn a_process_that_goes_on_is_seen() {
    in_house(|context, house| async move {
        let machine = machine(&context, &house, &Life::default());
        let (blob, _) = machine.open("part", b"name").await.expect("opens");
        house.disk().refuse(Refused::Sync, 100);
        assert!(blob.sync().await.is_err());
        assert!(!house.disk().was_ignored(context.current()));
        context.sleep(Duration::from_secs(2)).await;
        assert!(house.disk().was_ignored(context.current()));
    });
}

#[test]
fn a_clock_may_be_wrong() {
    in_house(|context, house| async move {
        let machine = machine(&context, &house, &Life::default());
        for (skew, shown) in [
            (Skew::NONE, 60),
            (Skew::Ahead(Duration::from_secs(30)), 90),
            (Skew::Behind(Duration::from_secs(30)), 30),
        ] {
            house.set_clock(skew);
            let start = context.current();
            let since = machine.current().duration_since(
                UNIX_EPOCH
                    + (start
                        .duration_since(UNIX_EPOCH + Duration::from_secs(60))
                        .expect("later")),
            );
            assert_eq!(since.expect("after 1970").as_secs(), shown);
            machine
                .sleep_until(machine.current() + Duration::from_secs(1))
                .await;
            let slept = context.current().duration_since(start).expect("later");
            assert_eq!(slept.as_secs(), 1);
        }
    });
}

/// When each of three tasks that compute for ten milliseconds begins, on so many cores.
fn begins(cores: u16) -> Vec<u128> {
    let config = deterministic::Config::new().with_cycle(Duration::from_micros(1));
    deterministic::Runner::new(config).start(|context| async move {
        let processor = Processor::new(cores);
        let house = House::default().computing(Computing::Charged(processor.clone()));
        let machine = machine(&context, &house, &Life::default());
        let start = context.current();
        let tasks: Vec<_> = (0..3)
            .map(|_| {
                let processor = processor.clone();
                machine.child("work").spawn(move |context| async move {
                    processor.charge(context.current(), Duration::from_millis(10));
                    context.current()
                })
            })
            .collect();
        let mut begins = Vec::new();
        for task in tasks {
            let at = task.await.expect("it ends");
            begins.push(at.duration_since(start).unwrap_or_default().as_millis());
        }
        begins.sort_unstable();
        assert_eq!(processor.busy(), Duration::from_millis(30));
        begins
    })
}

#[test]
fn work_waits_for_a_core() {
    assert_eq!(begins(1), [0, 10, 20]);
    assert_eq!(begins(2), [0, 0, 10]);
    assert_eq!(begins(3), [0, 0, 0]);
}
