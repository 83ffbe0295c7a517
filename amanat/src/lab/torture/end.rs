//! The end of a run: every member's ledger, and a sample of receipts from each.
use super::check::{Finding, Rule};
use super::client::proven;
use super::dice::Dice;
use super::fleet::Fleet;
use super::history::{Heard, Ledger, Place, outcome};
use super::log::Log;
use super::seat::{PATIENCE, QUESTION};
use amanat_client::{Fault, Ledger as _, NodeClient};
use amanat_types::wire::{BlockEvents, EventPage};
use amanat_types::{Genesis, Height, TransactionId};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Blocks asked for at a time.
const PAGE: u32 = 64;
/// Receipts of each member that are checked with their proofs.
const RECEIPTS: usize = 40;
/// Pause before a node that is busy is asked again.
const PAUSE: Duration = Duration::from_millis(200);

/// Reads every member's ledger up to one height that all have reached, the highest that anyone was told of.
pub async fn ledgers(fleet: &Fleet, log: &Log) -> Vec<Ledger> {
    let height = log.best();
    let mut ledgers = Vec::new();
    for (member, seat) in &fleet.seats {
        if let Err(finding) = seat.lock().await.ready(height).await {
            log.find(finding);
        }
        let client = client(fleet, *member);
        match ledger(client, *member, height).await {
            Ok(ledger) => ledgers.push(ledger),
            Err(fault) => {
                let what = format!("the ledger of member {member} cannot be read: {fault}");
                log.find(Finding::new(Rule::Missing, what));
            }
        }
    }
    ledgers
}

fn client(fleet: &Fleet, member: u16) -> Option<&NodeClient> {
    let mut both = fleet.nodes.layout.places.iter().zip(&fleet.nodes.clients);
    both.find(|(place, _)| place.member == member)
        .map(|(_, client)| client)
}

async fn ledger(client: Option<&NodeClient>, member: u16, height: u64) -> Result<Ledger, Fault> {
    let client = client.ok_or_else(|| Fault::invalid("there is no such member"))?;
    let end = Instant::now() + PATIENCE;
    let mut entries = Vec::new();
    let mut from = 1;
    while from <= height {
        let page = page(client, from, end).await?;
        let blocks = page.blocks.iter();
        for block in blocks.filter(|block| block.height.get() <= height) {
            add(block, &mut entries);
        }
        if page.next.get() <= from {
            return Err(Fault::protocol(client.address(), "a page does not go on"));
        }
        from = page.next.get();
    }
    let header = loop {
        // The certificate may be on its way to the disk still.
        match client.header(Height::new(height)).await {
            Ok(Some(header)) => break header.header,
            Ok(None) if Instant::now() < end => tokio::time::sleep(PAUSE).await,
            Err(fault) if fault.is_passing() && Instant::now() < end => {
                tokio::time::sleep(PAUSE).await;
            }
            Ok(None) => return Err(Fault::protocol(client.address(), "no header at its height")),
            Err(fault) => return Err(fault),
        }
    };
    Ok(Ledger {
        member,
        height,
        root: header.state_root,
        entries,
    })
}

async fn page(client: &NodeClient, from: u64, end: Instant) -> Result<EventPage, Fault> {
    loop {
        match client.events(Height::new(from), PAGE, 0).await {
            Err(fault) if fault.is_passing() && Instant::now() < end => {
                tokio::time::sleep(PAUSE).await;
            }
            answer => return answer,
        }
    }
}

fn add(block: &BlockEvents, entries: &mut Vec<(TransactionId, Place)>) {
    let both = block.receipts.iter().zip(&block.events);
    for (position, (receipt, events)) in (0..).zip(both) {
        let place = Place {
            height: block.height.get(),
            position: Some(position),
            outcome: outcome(receipt, events),
            accepted: receipt.is_accepted(),
        };
        entries.push((receipt.transaction, place));
    }
}

/// Fetches a sample of receipts from every member and checks them offline; how many there were.
pub async fn receipts(
    fleet: &Fleet,
    log: &Log,
    genesis: &Genesis,
    ledgers: &[Ledger],
    mut dice: Dice,
    number: usize,
) -> u64 {
    let mut checked = 0;
    for ledger in ledgers {
        let Some(client) = client(fleet, ledger.member) else {
            continue;
        };
        let ids: Vec<TransactionId> = ledger.entries.iter().map(|(id, _)| *id).collect();
        for id in dice.draw(ids, RECEIPTS) {
            let asked = log.now_us();
            let heard = match timeout(QUESTION * 5, client.receipt(id)).await {
                Ok(Ok(Some(proof))) => proven(genesis, id, &proof),
                Ok(Ok(None)) => Err("there is none".to_owned()),
                Ok(Err(fault)) => Err(fault.to_string()),
                Err(_) => Err("no answer in time".to_owned()),
            };
            log.hear(number, ledger.member, asked, Heard::Proof(id, heard));
            checked += 1;
        }
    }
    checked
}
