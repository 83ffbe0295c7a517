//! The scripted ledger as its member's node offers it.
use super::*;
use amanat_types::explain::{ExplainQuestion, Explanation};

fn broken() -> Fault {
    Fault::protocol("the own node", "broken on purpose")
}

impl Ledger for World {
    async fn submit(&self, transactions: Vec<Transaction>) -> Result<Vec<Submitted>, Fault> {
        let mut inside = self.inside.lock().unwrap();
        if inside.ills.lost > 0 {
            inside.ills.lost -= 1;
            return Err(broken());
        }
        let done = transactions
            .iter()
            .map(|t| Submitted::Final(inside.include(t)))
            .collect();
        if inside.ills.unheard > 0 {
            inside.ills.unheard -= 1;
            return Err(broken());
        }
        Ok(done)
    }
    async fn receipt(&self, _: TransactionId) -> Result<Option<ReceiptProof>, Fault> {
        Ok(None)
    }
    async fn events(&self, from: Height, limit: u32, wait_ms: u64) -> Result<EventPage, Fault> {
        for _ in 0..=(wait_ms / 5) {
            {
                let inside = self.inside.lock().unwrap();
                let blocks: Vec<BlockEvents> = inside
                    .blocks
                    .iter()
                    .filter(|b| b.height >= from)
                    .take(limit as usize)
                    .cloned()
                    .collect();
                if !blocks.is_empty() {
                    let tip = Height::new(inside.blocks.len() as u64);
                    let next = blocks.last().unwrap().height.plus(1);
                    return Ok(EventPage {
                        tip,
                        time_ms: TimestampMs::new(0),
                        next,
                        blocks: List::new(blocks).unwrap(),
                    });
                }
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let tip = Height::new(self.inside.lock().unwrap().blocks.len() as u64);
        Ok(EventPage {
            tip,
            time_ms: Clock::system().now(),
            next: from,
            blocks: List::empty(),
        })
    }
    async fn state(&self, keys: Vec<StateKey>) -> Result<StateAnswer, Fault> {
        let inside = self.inside.lock().unwrap();
        let values = keys
            .iter()
            .map(|key| inside.state.get(key).map(|v| List::new(v.clone()).unwrap()));
        Ok(StateAnswer {
            height: Height::new(inside.blocks.len() as u64),
            time_ms: TimestampMs::new(0),
            values: List::new(values.collect()).unwrap(),
        })
    }
    async fn state_proof(&self, _: StateKey) -> Result<StateProof, Fault> {
        Err(broken())
    }
    async fn release(&self, asked: ReleaseQuestion) -> Result<ReleaseAnswer, Fault> {
        let inside = self.inside.lock().unwrap();
        Ok(match inside.released(asked.requester, &asked.request) {
            Err(refusal) => ReleaseAnswer::Refused(refusal),
            Ok(ticket) => ReleaseAnswer::Released(Release {
                height: Height::new(inside.blocks.len() as u64),
                time_ms: TimestampMs::new(0),
                member: ticket.member,
                reader: ticket.reader,
                records: List::empty(),
            }),
        })
    }
    async fn explain(&self, _: ExplainQuestion) -> Result<Explanation, Fault> {
        Err(broken())
    }
    async fn status(&self) -> Result<Status, Fault> {
        let height = self.inside.lock().unwrap().blocks.len() as u64;
        Ok(Status {
            version: String::new(),
            network: String::new(),
            member: 1,
            height,
            time_ms: 0,
            epoch: 0,
            view: 0,
            state_root: String::new(),
            header: String::new(),
            mempool: 0,
            validators: 4,
            protocol: 3,
            protocol_known: 3,
            stopping: false,
        })
    }
}
