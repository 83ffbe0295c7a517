//! What peers forwarded: judged as what comes in here, and held.
use crate::fault::Fault;
use crate::mempool::intake::Intake;
use crate::mempool::judge::Judge;
use crate::mempool::{Dropped, Mempool, Origin};
use crate::store::Runtime;
use crate::work::{Account, Work};
use amanat_types::block::Parcel;
use commonware_cryptography::ed25519;
use commonware_macros::select;
use commonware_p2p::Blocker;
use commonware_runtime::{ContextCell, Handle, spawn_cell};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Transactions judged together.
const BATCH: usize = 512;

/// How far apart batches are: many peers forward a few each, and a batch check of a dozen signatures costs a third of single ones.
const APART: Duration = Duration::from_millis(8);

/// Judges what waits in the intake.
pub struct Relay<E: Runtime, B> {
    context: ContextCell<E>,
    intake: Intake,
    mempool: Mempool,
    judge: Judge<E>,
    blocker: B,
    account: Account,
}

impl<E: Runtime, B: Blocker<PublicKey = ed25519::PublicKey>> Relay<E, B> {
    /// Joins the parts.
    pub fn new(
        context: E,
        (intake, mempool): (Intake, Mempool),
        judge: Judge<E>,
        (blocker, account): (B, Account),
    ) -> Self {
        Self {
            context: ContextCell::new(context),
            intake,
            mempool,
            judge,
            blocker,
            account,
        }
    }

    /// Runs until the node stops.
    pub fn start(mut self) -> Handle<()> {
        spawn_cell!(self.context, self.run())
    }

    async fn run(mut self) {
        let mut stopped = self.context.as_present().stopped();
        let intake = self.intake.clone();
        let mut judged = SystemTime::UNIX_EPOCH;
        loop {
            select! {
                _ = &mut stopped => return,
                _ = intake.work() => {},
            }
            // A clock that was put back has nobody wait for it.
            let since = self.context.as_present().current().duration_since(judged);
            let rest = APART.saturating_sub(since.unwrap_or(APART));
            self.context.as_present().sleep(rest).await;
            let batch = intake.draw(BATCH);
            judged = self.context.as_present().current();
            if let Err(fault) = self.take(batch).await {
                fault.stop();
            }
        }
    }

    async fn take(&mut self, batch: Vec<(ed25519::PublicKey, Parcel)>) -> Result<(), Fault> {
        let batch = self.verified(batch);
        if batch.is_empty() {
            return Ok(());
        }
        let parcels = batch.iter().map(|(_, parcel)| parcel).collect();
        let answers = self.judge.admit(self.context.as_present(), parcels).await?;
        self.account.tell(Work::Relayed(batch.len()));
        let now = self.context.as_present().current();
        for ((_, parcel), answer) in batch.into_iter().zip(answers) {
            match answer {
                // A full pool drops it: its own node forwards it again, and its caller was promised nothing yet.
                Ok(()) => drop(self.mempool.insert(Arc::new(parcel), Origin::Peer, now)),
                // The tip here and there may differ, so the peer is not to blame.
                Err(_) => self.mempool.note(Dropped::Admission),
            }
        }
        Ok(())
    }

    /// Leaves out what is held already or has no lawful shape or signature. Nodes forward only what they verified: who forwards
    /// anything else is cut off.
    fn verified(
        &mut self,
        mut batch: Vec<(ed25519::PublicKey, Parcel)>,
    ) -> Vec<(ed25519::PublicKey, Parcel)> {
        batch.retain(|(_, parcel)| !self.mempool.holds(&parcel.id));
        let parcels = batch.iter().map(|(_, parcel)| parcel);
        let answers = self
            .judge
            .verify(self.context.as_present_mut(), parcels.clone());
        let shapes = parcels.map(|parcel| parcel.transaction.shape());
        let answers: Vec<_> = shapes.zip(answers).map(|(a, b)| a.and(b)).collect();
        let mut answers = answers.into_iter();
        batch.retain(|(peer, _)| match answers.next() {
            Some(Err(refusal)) => {
                self.mempool.note(Dropped::Signature);
                self.intake.forget(peer);
                let number = refusal.number();
                commonware_p2p::block!(self.blocker, peer.clone(), number, "forwarded a forgery");
                false
            }
            _ => true,
        });
        batch
    }
}
