//! Check h: nodes are killed under load, and what was acknowledged is looked for afterwards.
use super::DemoError;
use super::report::Seen;
use super::world::{A, World};
use amanat_client::Ledger as _;
use amanat_types::call::{DeclareIndexes, IndexDeclaration};
use amanat_types::codec::List;
use amanat_types::id::{BlindIndex, Commitment, MemberId};
use amanat_types::key::MemberSigner;
use amanat_types::state::Sequence;
use amanat_types::transaction::{Body, Transaction, VERSION};
use amanat_types::wire::Submitted;
use amanat_types::{Call, Digest, Height, StateKey, TransactionId};
use commonware_codec::DecodeExt as _;
use std::time::{Duration, Instant};

/// Nodes that are killed, by position: the last two.
const FIRST: usize = 3;
const SECOND: usize = 2;
/// Transactions of one round of load.
const ROUND: usize = 20;
/// How long the load lasts with one node down.
const ONE_DOWN: Duration = Duration::from_secs(4);
/// How long an acknowledgement is waited for with two nodes down.
const TWO_DOWN: Duration = Duration::from_secs(5);
/// How long the returned nodes may take.
const RETURN: Duration = Duration::from_secs(60);

/// A steady client of A's node: it keeps the ids that were acknowledged to it.
struct Load {
    signer: MemberSigner,
    network: Digest,
    sequence: u64,
    acknowledged: Vec<TransactionId>,
}

impl Load {
    fn next(&mut self, tip: Height) -> Result<Transaction, DemoError> {
        self.sequence += 1;
        let mut bytes = [0u8; 48];
        getrandom::fill(&mut bytes).map_err(|error| DemoError::Broken(error.to_string()))?;
        let (index, owner) = bytes.split_at(16);
        let wrong = |error: amanat_types::codec::TooMany| DemoError::Broken(error.to_string());
        let declarations = List::new(vec![IndexDeclaration {
            index: BlindIndex::new(index.try_into().unwrap_or_default()),
            owner: Commitment::new(owner.try_into().unwrap_or_default()),
        }]);
        let call = Call::DeclareIndexes(DeclareIndexes {
            declarations: declarations.map_err(wrong)?,
        });
        let body = Body {
            version: VERSION,
            network: self.network,
            sponsor: MemberId::new(A),
            sequence: self.sequence,
            last_height: tip.plus(500),
            signers: List::new(vec![self.signer.public_key()]).map_err(wrong)?,
            stored: List::empty(),
            calls: List::new(vec![call]).map_err(wrong)?,
        };
        Ok(Transaction::sign(body, &self.signer))
    }
}

impl World {
    /// h. Kill one node under load, then a second; bring both back.
    pub async fn outage(&mut self) -> Result<Seen, DemoError> {
        let mut load = self.load().await?;
        self.round(&mut load, Duration::from_secs(20)).await?;
        let before = load.acknowledged.len();
        self.kill(FIRST);
        let end = Instant::now() + ONE_DOWN;
        while Instant::now() < end {
            self.round(&mut load, Duration::from_secs(20)).await?;
        }
        let with_one_down = load.acknowledged.len() - before;
        self.kill(SECOND);
        // What was in flight when the second node died may still be on its way: let it end.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mark = load.acknowledged.len();
        self.round(&mut load, TWO_DOWN).await?;
        let with_two_down = load.acknowledged.len() - mark;
        for at in [FIRST, SECOND] {
            self.network.restart_node(at)?;
            self.network.node_ready(at).await?;
        }
        let start = Instant::now();
        let mark = load.acknowledged.len();
        while load.acknowledged.len() == mark && start.elapsed() < RETURN {
            self.round(&mut load, Duration::from_secs(10)).await?;
        }
        let resumed = load.acknowledged.len() - mark;
        let missing = self.missing(&load, FIRST).await?;
        let roots = self.same_roots().await?;
        let seen = format!(
            "acknowledged {before} before, {with_one_down} with one of four dead, {with_two_down} with two dead, {resumed} after their return; of all {} acknowledged the returned node lacks {missing}; {roots}",
            load.acknowledged.len()
        );
        let ok = with_one_down > 0
            && with_two_down == 0
            && resumed > 0
            && missing == 0
            && roots.starts_with("same");
        Ok(if ok { Ok(seen) } else { Err(seen) })
    }

    async fn load(&self) -> Result<Load, DemoError> {
        let layout = &self.network.layout;
        let keys = layout.keys(A).map_err(crate::layout::LayoutError::from)?;
        let signer = keys.transaction_signer(crate::run::key::HAND);
        let signer =
            signer.ok_or_else(|| DemoError::Broken("there is no second key".to_owned()))?;
        let key = StateKey::sequence(&signer.public_key());
        let answer = self.node(A)?.state(vec![key]).await?;
        let used = answer.values.first().and_then(Option::as_ref);
        let used = used.and_then(|value| Sequence::decode(value.to_vec()).ok());
        Ok(Load {
            signer,
            network: layout.network(),
            sequence: used.map_or(0, |sequence| sequence.top),
            acknowledged: Vec::new(),
        })
    }

    fn kill(&mut self, at: usize) {
        if let Some(member) = self.network.members.get_mut(at) {
            member.node.kill();
        }
    }

    /// One round of load; keeps what was acknowledged as final and accepted within `patience`.
    async fn round(&self, load: &mut Load, patience: Duration) -> Result<(), DemoError> {
        let node = self.node(A)?;
        let tip = Height::new(node.status().await?.height);
        let mut group = Vec::new();
        for _ in 0..ROUND {
            group.push(load.next(tip)?);
        }
        let ids: Vec<TransactionId> = group.iter().map(Transaction::id).collect();
        let answers = tokio::time::timeout(patience, node.submit(group)).await;
        let Ok(Ok(answers)) = answers else {
            return Ok(());
        };
        for (id, answer) in ids.into_iter().zip(answers) {
            if matches!(&answer, Submitted::Final(done) if done.receipt.is_accepted()) {
                load.acknowledged.push(id);
            }
        }
        Ok(())
    }

    /// How many acknowledged transactions a node has no receipt of.
    async fn missing(&self, load: &Load, at: usize) -> Result<usize, DemoError> {
        let node = self.network.nodes.get(at);
        let node = node.ok_or_else(|| DemoError::Broken("no such node".to_owned()))?;
        let tip = self.tip().await?;
        let start = Instant::now();
        while node.status().await?.height < tip.get() && start.elapsed() < RETURN {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let mut missing = 0;
        for id in &load.acknowledged {
            if node.receipt(*id).await?.is_none() {
                missing += 1;
            }
        }
        Ok(missing)
    }

    /// Whether all nodes show the same state root at the same height.
    pub(super) async fn same_roots(&self) -> Result<String, DemoError> {
        let start = Instant::now();
        while start.elapsed() < RETURN {
            let mut statuses = Vec::new();
            for node in &self.network.nodes {
                statuses.push(node.status().await?);
            }
            let height = statuses.first().map_or(0, |status| status.height);
            if statuses.iter().all(|status| status.height == height) {
                let root = statuses.first().map_or("", |status| &status.state_root);
                let same = statuses.iter().all(|status| status.state_root == root);
                let word = if same { "same" } else { "different" };
                return Ok(format!("{word} state root at height {height} on all four"));
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        Ok("the nodes did not come to one height".to_owned())
    }
}
