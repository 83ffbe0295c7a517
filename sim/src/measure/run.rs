//! One measurement.
use super::Setting;
use super::figures::Figures;
use super::meter::{Count, Meter};
use super::network::start;
use crate::cluster::Doors;
use crate::plan::START;
use crate::run::reached;
use crate::workload::craft::Author;
use amanat_types::{Digest, Genesis, Height};
use commonware_cryptography::Digestible as _;
use commonware_runtime::deterministic::{self, Context};
use commonware_runtime::{Clock as _, Runner as _, Spawner as _, Supervisor as _};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Height at which those die that die: until then nodes start and leaders find each other.
pub const WARM: u64 = 3;
/// Virtual time after which a measurement is given up.
const STUCK: Duration = Duration::from_secs(600);
/// Virtual time that each round of tasks takes: a block passes some thirty from one part of a node to the next, so it adds 0.3 ms.
const STEP: Duration = Duration::from_micros(10);

/// Measures; a network that stops is the error.
///
/// # Panics
/// If the setting cannot be simulated: fewer than four or more than 128 validators, or more than f dead.
pub fn measure(setting: Setting) -> Figures {
    let config = deterministic::Config::new()
        .with_seed(setting.seed)
        .with_cycle(STEP)
        .with_start_time(UNIX_EPOCH + START)
        .with_timeout(Some(STUCK));
    deterministic::Runner::new(config).start(|context| async move { drive(context, setting).await })
}

async fn drive(context: Context, setting: Setting) -> Figures {
    let genesis = Arc::new(crate::party::genesis_of(
        setting.validators,
        setting.epoch_blocks,
    ));
    let (doors, meter, mortal) = start(&context, &setting, &genesis, &setting.tills()).await;
    let ask = context.child("load");
    let (asked, network) = (doors.clone(), genesis.clone());
    ask.spawn(move |context| load(context, setting, asked, network));
    let last = setting.from + setting.blocks;
    let watchers = setting.running().map(|member| {
        let (doors, meter) = (doors.clone(), meter.clone());
        let context = context.child("watcher").with_attribute("member", member);
        context.spawn(move |context| watch(context, doors, meter, (member, last)))
    });
    let watchers: Vec<_> = watchers.collect();
    let first = setting.running().next().unwrap_or(1);
    reached(&context, &doors, first, WARM).await;
    mortal.into_iter().for_each(|node| node.abort());
    let mut seen = Vec::new();
    for watcher in watchers {
        seen.push(watcher.await.expect("a watcher ends"));
    }
    figures(&doors, &meter, setting, &seen).await
}

/// When one node had each block final, from the first on, and what was sent until then.
type Seen = Vec<(SystemTime, Count)>;

async fn watch(
    context: Context,
    doors: Doors,
    meter: Arc<Meter>,
    (member, last): (u16, u64),
) -> Seen {
    let mut seen = Vec::new();
    for height in 1..=last {
        reached(&context, &doors, member, height).await;
        seen.push((context.current(), meter.count()));
    }
    seen
}

/// Asks for transactions of one call each, of one running member after the other, each at its own node.
async fn load(context: Context, setting: Setting, doors: Doors, genesis: Arc<Genesis>) {
    let Some(pause) = Duration::from_secs(1).checked_div(setting.load) else {
        return;
    };
    let network = genesis.digest();
    let author = |member| (member, Author::new(member, network));
    let mut authors: Vec<_> = setting.running().map(author).collect();
    loop {
        for (member, author) in &mut authors {
            context.sleep(pause).await;
            if let Some(door) = doors.get(*member) {
                let transaction = author.anchor();
                let context = context.child("ask");
                context.spawn(|_| async move { door.submit(vec![transaction], false).await });
            }
        }
    }
}

async fn figures(doors: &Doors, meter: &Meter, setting: Setting, seen: &[Seen]) -> Figures {
    let first = usize::try_from(setting.from).expect("few") - 1;
    let last = setting.from + setting.blocks;
    let member = setting.running().next().unwrap_or(1);
    let door = doors.get(member).expect("the first that lives runs");
    let (mut finality, mut transactions) = (Vec::new(), 0);
    let (mut straight, mut across) = (Vec::new(), Vec::new());
    for (at, height) in (setting.from + 1..=last).enumerate() {
        let block = door
            .block(Height::new(height))
            .await
            .expect("the node runs");
        let block = block.expect("it is final");
        transactions += u64::try_from(block.payload().ids().len()).unwrap_or(0);
        let digest: Digest = block.digest();
        let context = &block.header().context;
        let own = &seen[0][first + at..];
        let gap = own[1].0.duration_since(own[0].0).unwrap_or_default();
        match context.round.view() == context.parent.0.next() {
            true => straight.push(gap),
            false => across.push(gap),
        }
        let proposed = meter.proposed(&digest).expect("it was sent");
        let done = seen.iter().map(|seen| seen[first + 1 + at].0).max();
        let done = done.expect("some node runs");
        finality.push(done.duration_since(proposed).unwrap_or_default());
    }
    finality.sort_unstable();
    let (straight, across) = (median(straight), median(across));
    let own = &seen[0][first + 1..];
    let (start, end) = (own[0], own[own.len() - 1]);
    let before = seen[0][first].1;
    let gaps = own
        .windows(2)
        .map(|two| two[1].0.duration_since(two[0].0).unwrap_or_default());
    Figures {
        way_us: setting.places.median_us(setting.validators),
        finality,
        span: end.0.duration_since(start.0).unwrap_or_default(),
        gap: gaps.max().unwrap_or_default(),
        straight,
        across,
        sent: Count {
            messages: end.1.messages - before.messages,
            bytes: end.1.bytes - before.bytes,
        },
        transactions,
        setting,
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
