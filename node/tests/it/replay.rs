//! A ledger executed again from genesis: the honest one holds, and whatever is changed is named by height and root.
use crate::cluster::{Cluster, NODES, member_signer};
use crate::finality::{finalise, transaction};
use amanat_node::replay::{Answer, Broken, Ended, Range, Report, Source, Unread, replay};
use amanat_types::block::{Block, Header, NextEpoch, Parcel, Payload, Roster, SyncTarget};
use amanat_types::proof::{Finalization, FinalizedHeader};
use amanat_types::{Digest, Genesis, Height, Transaction};
use bytes::Bytes;
use commonware_codec::{DecodeExt as _, Encode as _, EncodeSize as _};
use commonware_consensus::types::{Epoch, Round};
use commonware_runtime::{Clock as _, Runner as _, Supervisor as _, deterministic};
use futures::future::{FutureExt as _, ready};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

const EPOCH_BLOCKS: u64 = 10;
pub const TIP: u64 = 23;

/// Blocks and certificates that are kept, some of them changed.
#[derive(Clone, Default)]
pub struct Kept {
    pub blocks: BTreeMap<u64, Bytes>,
    pub certificates: BTreeMap<u64, Finalization>,
    /// Last headers of epochs.
    pub boundaries: BTreeMap<u64, FinalizedHeader>,
    silent: Option<u64>,
    pub damaged: Option<u64>,
}

impl Source for Kept {
    fn tip(&mut self) -> Answer<'_, u64> {
        let tip = self
            .blocks
            .last_key_value()
            .map_or(0, |(height, _)| *height);
        ready(Ok(tip)).boxed()
    }
    fn block(&mut self, height: u64) -> Answer<'_, Option<Bytes>> {
        let answer = match Some(height) {
            at if at == self.silent => Err(Unread::Silent("no answer".into())),
            at if at == self.damaged => Err(Unread::Damaged("file 7 at byte 9".into())),
            _ => Ok(self.blocks.get(&height).cloned()),
        };
        ready(answer).boxed()
    }
    fn certificate(&mut self, height: u64) -> Answer<'_, Option<Finalization>> {
        ready(Ok(self.certificates.get(&height).cloned())).boxed()
    }
    fn next(&mut self, height: u64) -> Answer<'_, Option<u64>> {
        let next = self.blocks.range(height + 1..).next();
        ready(Ok(next.map(|(height, _)| *height))).boxed()
    }
    fn boundary(&mut self, epoch: u64) -> Answer<'_, Option<FinalizedHeader>> {
        ready(Ok(self.boundaries.get(&epoch).cloned())).boxed()
    }
}

/// A finished ledger.
pub struct Ledger {
    context: deterministic::Context,
    pub genesis: Arc<Genesis>,
    pub source: Kept,
    /// Height of the transaction.
    filled: u64,
    runs: u64,
}

impl Ledger {
    pub async fn make(context: deterministic::Context) -> Self {
        let cluster = Cluster::start(context, EPOCH_BLOCKS).await;
        Self::of(cluster, TIP).await
    }

    /// The ledger that a network makes up to `tip`; its nodes are killed.
    pub async fn of(mut cluster: Cluster, tip: u64) -> Self {
        finalise(&cluster, 1, transaction(&cluster.genesis, 1, 1)).await;
        let second = finalise(&cluster, 2, transaction(&cluster.genesis, 2, 1)).await;
        cluster.handle(1).reached(Height::new(tip + 2)).await;
        cluster.context.sleep(Duration::from_secs(2)).await;
        let mut source = Kept::default();
        for height in 0..=tip {
            let at = Height::new(height);
            let block = cluster.handle(1).block(at).await.expect("up");
            source.blocks.insert(height, block.expect("final").encode());
            let header = cluster.handle(1).header(at).await.expect("up");
            if let Some(header) = header.filter(|header| header.links.is_empty()) {
                if header.header.next.is_some() {
                    let epoch = header.header.epoch();
                    source.boundaries.insert(epoch, header.clone());
                }
                source.certificates.insert(height, header.finalization);
            }
        }
        for member in 1..=NODES {
            cluster.kill(member);
        }
        // Their files are closed once the tasks have ended.
        cluster.context.sleep(Duration::from_secs(1)).await;
        Self {
            context: cluster.context,
            genesis: cluster.genesis,
            source,
            filled: second.height.get(),
            runs: 0,
        }
    }

    async fn replay_to(&mut self, source: &Kept, to: Option<u64>) -> Report {
        let range = Range {
            to,
            ..Range::default()
        };
        self.replay_range(source, range).await
    }

    pub async fn replay_range(&mut self, source: &Kept, range: Range<'_>) -> Report {
        self.runs += 1;
        let context = self
            .context
            .child("replay")
            .with_attribute("run", self.runs);
        let prefix = format!("replay-{}", self.runs);
        let mut source = source.clone();
        let hear = Box::new(|_| {});
        let report = replay(context, &self.genesis, &prefix, &mut source, range, hear);
        report.await.expect("no fault")
    }

    async fn replay(&mut self, source: &Kept) -> Report {
        self.replay_to(source, None).await
    }

    pub fn block(&self, height: u64) -> Block {
        Block::decode(self.source.blocks[&height].clone()).expect("a block")
    }

    /// The ledger with another header at `height`, and how it ends.
    async fn with_header(&mut self, height: u64, change: impl FnOnce(&mut Header)) -> Ended {
        let block = self.block(height);
        let mut header = block.header().clone();
        change(&mut header);
        let payload = self.source.blocks[&height].slice(block.header().encode_size()..);
        let mut source = self.source.clone();
        let bytes = [header.encode().as_ref(), &payload].concat();
        source.blocks.insert(height, bytes.into());
        self.replay(&source).await.ended
    }

    /// The ledger with other transactions in the block that has one, under a header that names them.
    async fn with_transactions(&mut self, transactions: Vec<Transaction>) -> Ended {
        let height = self.filled;
        let mut header = self.block(height).header().clone();
        let parcels = transactions.into_iter().map(Parcel::new).collect();
        let payload = Payload::new(parcels).expect("few");
        header.transactions_root = payload.root();
        let mut source = self.source.clone();
        let block = Block::new(header, payload);
        source.blocks.insert(height, block.encode());
        self.replay(&source).await.ended
    }
}

fn some() -> Digest {
    Digest::from([9; 32])
}

fn other(target: &SyncTarget) -> SyncTarget {
    SyncTarget {
        root: some(),
        range: target.range.clone(),
    }
}

#[test]
fn an_honest_ledger_holds_over_its_epochs() {
    deterministic::Runner::timed(Duration::from_secs(600)).start(|context| async move {
        let mut ledger = Ledger::make(context).await;
        let source = ledger.source.clone();
        let report = ledger.replay(&source).await;
        assert_eq!(report.ended, Ended::Held);
        let last = ledger.block(TIP);
        assert_eq!(
            (report.height, report.blocks, report.transactions),
            (TIP, TIP, 2)
        );
        assert_eq!((report.epoch, report.finalised), (2, TIP));
        assert_eq!(report.state_root, last.header().state_root);
        assert_eq!(report.header, last.header().digest());
        // Up to a height whose block has no certificate of its own: a later one of its epoch finalises it.
        let mut later = source.clone();
        later.certificates.remove(&15);
        let report = ledger.replay_to(&later, Some(15)).await;
        assert_eq!(
            (report.ended, report.height, report.finalised),
            (Ended::Held, 15, 16)
        );
        // No certificate of the first epoch's last block, or above the last block.
        later.certificates.remove(&9);
        assert_eq!(
            ledger.replay(&later).await.ended,
            Ended::Broken(9, Broken::Boundary)
        );
        let mut open = source.clone();
        open.certificates = open
            .certificates
            .split_off(&0)
            .into_iter()
            .filter(|(height, _)| *height < 21)
            .collect();
        let ended = ledger.replay(&open).await.ended;
        assert!(
            matches!(&ended, Ended::Unknown(21, why) if why.contains("21 to 23")),
            "{ended:?}"
        );
    });
}

#[test]
fn every_changed_root_and_field_is_named_with_its_height() {
    deterministic::Runner::timed(Duration::from_secs(600)).start(|context| async move {
        let mut ledger = Ledger::make(context).await;
        type Change = fn(&mut Header);
        let roots: [(&str, Change); 5] = [
            ("receipts root", |header| header.receipts_root = some()),
            ("events root", |header| header.events_root = some()),
            ("state root", |header| header.state_root = some()),
            ("sync target of the records", |header| {
                header.records = other(&header.records);
            }),
            ("sync target of the bodies", |header| {
                header.bodies = other(&header.bodies);
            }),
        ];
        for (root, change) in roots {
            let ended = ledger.with_header(12, change).await;
            assert_eq!(ended, Ended::Broken(12, Broken::Root(root)));
        }
        let ended = ledger
            .with_header(12, |header| header.transactions_root = some())
            .await;
        assert!(
            matches!(ended, Ended::Broken(12, Broken::Shape(_))),
            "{ended:?}"
        );
        let ended = ledger.with_header(12, |header| header.version += 1).await;
        assert!(
            matches!(ended, Ended::Broken(12, Broken::Shape(_))),
            "{ended:?}"
        );
        let fewer = |header: &mut Header| {
            let next = header.next.as_ref().expect("the last of its epoch");
            let keys = next.roster.keys().iter().take(3).cloned().collect();
            header.next = Some(NextEpoch {
                roster: Roster::new(keys).expect("three"),
                protocol: next.protocol,
            });
        };
        let ended = ledger.with_header(9, fewer).await;
        let root = "roster or protocol version of the next epoch";
        assert_eq!(ended, Ended::Broken(9, Broken::Root(root)));
        let fields: [(Broken, Change); 5] = [
            (Broken::Parent, |header| header.parent = some()),
            (Broken::Parent, |header| header.context.parent.1 = some()),
            (Broken::Other, |header| header.height = Height::new(13)),
            (Broken::Header, |header| header.protocol += 1),
            (Broken::Epoch, |header| {
                header.context.round = Round::new(Epoch::new(3), header.context.round.view());
            }),
        ];
        for (broken, change) in fields {
            let ended = ledger.with_header(12, change).await;
            assert_eq!(ended, Ended::Broken(12, broken));
        }
        // Unchanged it holds; and what no root tells, the certificate does.
        assert_eq!(ledger.with_header(12, |_| {}).await, Ended::Held);
        let ended = ledger
            .with_header(12, |header| header.time = header.time.plus(1))
            .await;
        assert!(
            matches!(ended, Ended::Broken(12, Broken::Certificate(_))),
            "{ended:?}"
        );
        let ended = ledger
            .with_header(0, |header| header.time = header.time.plus(1))
            .await;
        assert_eq!(ended, Ended::Broken(0, Broken::Other));
    });
}

#[test]
fn transactions_certificates_and_holes_are_named() {
    deterministic::Runner::timed(Duration::from_secs(600)).start(|context| async move {
        let mut ledger = Ledger::make(context).await;
        let filled = ledger.filled;
        let genesis = ledger.genesis.clone();
        let forged = Transaction::sign(transaction(&genesis, 2, 1).body, &member_signer(3));
        let ended = ledger.with_transactions(vec![forged]).await;
        assert_eq!(ended, Ended::Broken(filled, Broken::Signature));
        let replayed = transaction(&genesis, 1, 1);
        let ended = ledger.with_transactions(vec![replayed]).await;
        assert_eq!(ended, Ended::Broken(filled, Broken::Inadmissible));
        let ended = ledger.with_transactions(Vec::new()).await;
        assert_eq!(ended, Ended::Broken(filled, Broken::Root("receipts root")));
        let mut source = ledger.source.clone();
        let of_another = source.certificates[&13].clone();
        source.certificates.insert(12, of_another);
        let ended = ledger.replay(&source).await.ended;
        assert!(
            matches!(ended, Ended::Broken(12, Broken::Certificate(_))),
            "{ended:?}"
        );
        let mut source = ledger.source.clone();
        let holes: BTreeSet<u64> = (5..=7).collect();
        source.blocks.retain(|height, _| !holes.contains(height));
        let report = ledger.replay(&source).await;
        assert!(
            matches!(&report.ended, Ended::Unknown(5, why) if why.contains("blocks 5 to 7")),
            "{report:?}"
        );
        assert_eq!(report.height, 4);
        source.blocks.retain(|height, _| *height > 7);
        let ended = ledger.replay(&source).await.ended;
        assert!(
            matches!(&ended, Ended::Unknown(1, why) if why.contains("lowest after them is 8")),
            "{ended:?}"
        );
        let mut source = ledger.source.clone();
        source.silent = Some(6);
        let ended = ledger.replay(&source).await.ended;
        assert_eq!(ended, Ended::Unknown(6, "no answer".into()));
        source.damaged = Some(5);
        let ended = ledger.replay(&source).await.ended;
        assert_eq!(
            ended,
            Ended::Broken(5, Broken::Damaged("file 7 at byte 9".into()))
        );
    });
}
