//! The chain executed again from genesis on an empty store: the node's execution and state store, and nothing else of it.
use crate::machine::Machine;
use amanat_node::execution::Rules;
use amanat_node::store::{self, Databases};
use amanat_types::Genesis;
use amanat_types::block::{Block, Header, Roster};
use commonware_glue::stateful::db::DatabaseSet as _;
use commonware_runtime::Supervisor as _;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_utils::{NZU16, NZUsize};
use std::sync::Arc;

/// Executes `blocks`, which start at height 1; the error names the first block whose header commits to something else.
pub async fn replay(
    context: Machine,
    genesis: &Genesis,
    blocks: &[Arc<Block>],
) -> Result<(), String> {
    let cache = CacheRef::new(NZU16!(4084), NZUsize!(64));
    let config = store::config::<Machine>("fresh", &cache);
    let databases = Databases::<Machine>::init(context.child("fresh"), config, None).await;
    let rules = Rules::new(genesis);
    let roster = Roster::new(genesis.validators()).map_err(|error| error.to_string())?;
    let network = genesis.digest();
    let mut parent = Header::genesis(network, genesis.time_ms, genesis.protocol, &roster);
    for block in blocks {
        let header = block.header();
        let at = header.height;
        let broke = |fault: amanat_node::Fault| format!("block {at} on an empty store: {fault}");
        let env = rules.env(&parent, header.time);
        let transactions = block.payload().transactions();
        let all: Vec<_> = transactions.iter().collect();
        let batches = databases.new_batches().await;
        let (loaded, stage) = rules.load(at, batches, &all).await.map_err(broke)?;
        let executed = rules.execute(&env, loaded, transactions).map_err(broke)?;
        let executed = executed.map_err(|refusal| format!("block {at}: {}", refusal.name()))?;
        let sealed = store::seal(stage, &executed.writes).await;
        let (sealed, roots) = sealed.map_err(broke)?;
        let same = header.state_root == roots.state
            && header.records == roots.records
            && header.bodies == roots.bodies
            && header.receipts_root == executed.receipts_root
            && header.events_root == executed.events_root
            && header.next == executed.next;
        if !same {
            return Err(format!(
                "block {at} commits to other roots than an empty store gives"
            ));
        }
        databases.apply(sealed).await;
        parent = header.clone();
    }
    Ok(())
}
