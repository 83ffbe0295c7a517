//! A disk whose blocks and outcomes were kept plain, as an earlier program did, opens; what comes on top is compressed.
use crate::cluster::{Cluster, NODES};
use crate::finality::{finalise, transaction};
use amanat_node::packed::Packed;
use amanat_types::block::Block;
use amanat_types::wire::{BlockEvents, Submitted};
use amanat_types::{Digest, Height};
use commonware_codec::{Codec, Encode as _};
use commonware_cryptography::Digestible as _;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_runtime::{Clock as _, Runner as _, Supervisor as _, deterministic};
use commonware_storage::archive::{Archive as _, Identifier, prunable};
use commonware_storage::translator::EightCap;
use commonware_utils::{NZU16, NZU64, NZUsize};
use std::collections::BTreeMap;
use std::time::Duration;

type Context = deterministic::Context;
type Store<V> = prunable::Archive<EightCap, Context, Digest, V>;

async fn open<V: Codec<Cfg = ()> + Send + Sync>(
    context: &Context,
    name: &str,
    step: &'static str,
) -> Store<V> {
    let config = prunable::Config {
        translator: EightCap,
        metadata_partition: format!("node-1-0-{name}-meta"),
        key_partition: format!("node-1-0-{name}-key"),
        key_page_cache: CacheRef::new(NZU16!(4084), NZUsize!(64)),
        value_partition: format!("node-1-0-{name}-value"),
        compression: None,
        codec_config: (),
        items_per_section: NZU64!(64),
        key_write_buffer: NZUsize!(1024),
        value_write_buffer: NZUsize!(1024),
        replay_buffer: NZUsize!(1024),
    };
    let context = context.child(step);
    Store::init(context, config).await.expect("opens")
}

/// What each height of the first node's archive holds, as it lies there.
async fn raw(context: &Context, name: &str, step: &'static str) -> BTreeMap<u64, Packed> {
    let store = open::<Packed>(context, name, step).await;
    let mut all = BTreeMap::new();
    let ranges: Vec<_> = store.ranges().collect();
    for height in ranges.into_iter().flat_map(|(first, last)| first..=last) {
        let value = store.get(Identifier::Index(height)).await.expect("reads");
        all.insert(height, value.expect("is there"));
    }
    all
}

/// Writes an archive anew as the earlier program did; `key` is what a value is kept under.
async fn make_plain<V: Codec<Cfg = ()> + Send + Sync>(
    context: &Context,
    name: &str,
    steps: [&'static str; 3],
    key: impl Fn(u64, &V) -> Digest,
) {
    let all = raw(context, name, steps[0]).await;
    let old = open::<Packed>(context, name, steps[1]).await;
    old.destroy().await.expect("removes");
    let mut store = open::<V>(context, name, steps[2]).await;
    for (height, packed) in &all {
        let value = packed.open::<V>().expect("decodes");
        let key = key(*height, &value);
        store = store.put(*height, key, &value).await.expect("writes");
    }
    store.sync().await.expect("syncs");
}

fn compressed(packed: &Packed) -> bool {
    packed.encode().first() == Some(&1)
}

#[test]
fn a_plain_disk_opens_and_grows_compressed() {
    deterministic::Runner::timed(Duration::from_secs(300)).start(|context| async move {
        let mut cluster = Cluster::start(context.child("cluster"), 1_000).await;
        let mut kept = Vec::new();
        for sequence in 1..=5 {
            let transaction = transaction(&cluster.genesis, 1, sequence);
            let last = finalise(&cluster, 1, transaction.clone()).await;
            kept.push((transaction, last));
        }
        for member in 1..=NODES {
            cluster.kill(member);
        }
        cluster.context.sleep(Duration::from_secs(3)).await;
        let steps = ["look_blocks", "drop_blocks", "plain_blocks"];
        let key = |_, block: &Block| block.digest();
        make_plain::<Block>(&context, "blocks", steps, key).await;
        let digests = raw(&context, "blocks", "plain").await;
        let old = *digests.last_key_value().expect("blocks").0;
        assert!(!digests.values().any(compressed), "plain now");
        let key = |height, _: &BlockEvents| {
            let block = digests[&height].open::<Block>();
            block.expect("decodes").digest()
        };
        let steps = ["look_outcomes", "drop_outcomes", "plain_outcomes"];
        make_plain::<BlockEvents>(&context, "outcomes", steps, key).await;
        for member in 1..=NODES {
            cluster.start_node(member).await;
        }
        for (transaction, last) in kept {
            let again = cluster.handle(1).submit(vec![transaction], true).await;
            assert_eq!(again, vec![Submitted::Final(last)]);
        }
        let height = Height::new(old.saturating_sub(1));
        let served = cluster.handle(1).block(height).await.expect("up");
        assert_eq!(served.expect("is there").header().height, height);
        let more = (6..30).map(|sequence| transaction(&cluster.genesis, 1, sequence));
        let answers = cluster.handle(1).submit(more.collect(), true).await;
        for answer in answers {
            assert!(matches!(answer, Submitted::Final(_)), "{answer:?}");
        }
        for member in 1..=NODES {
            cluster.kill(member);
        }
        cluster.context.sleep(Duration::from_secs(3)).await;
        for (name, step) in [
            ("blocks", "blocks_at_last"),
            ("outcomes", "outcomes_at_last"),
        ] {
            let all = raw(&context, name, step).await;
            assert!(
                !all.range(..old).any(|(_, packed)| compressed(packed)),
                "{name}"
            );
            assert!(
                all.range(old..).any(|(_, packed)| compressed(packed)),
                "{name}"
            );
        }
    });
}
