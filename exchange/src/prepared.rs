//! Two-phase signing: a body is prepared here, its co-signers sign the id elsewhere (a card in a reader), and it is submitted.
//!
//! Co-signers at hand sign at once, by the client's [`amanat_client::Submitter`], which signs anew when a transaction has died.
//! A body that leaves the house cannot be signed anew: see [`amanat_client::prepared`].
use crate::card::Cosigner;
use crate::{Actor, Error, Exchange};
use amanat_client::submit::{Draft, VALID_BLOCKS, accepted};
use amanat_client::{Failure, Fault, Ledger, Stores, prepared};
use amanat_types::transaction::Body;
use amanat_types::wire::Finalized;
use amanat_types::{
    Call, Event, Height, PublicKey, Signature, TimestampMs, Transaction, TransactionId,
};

/// A transaction that waits for its co-signers. It is theirs to look at: the body says all that they sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// What is signed.
    pub body: Body,
}

impl Prepared {
    /// What each co-signer signs, under [`amanat_types::key::NAMESPACE_TRANSACTION`].
    pub fn id(&self) -> TransactionId {
        self.body.id()
    }

    /// The co-signers, in the order in which their signatures are to be given.
    pub fn cosigners(&self) -> &[PublicKey] {
        self.body.signers.get(1..).unwrap_or_default()
    }
}

/// A transaction that is final, and took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Which.
    pub transaction: TransactionId,
    /// Height of its block.
    pub height: Height,
    /// Time of its block.
    pub time_ms: TimestampMs,
    /// What happened.
    pub events: Vec<Event>,
}

impl Accepted {
    pub(crate) fn of(done: Finalized) -> Result<Self, Error> {
        let done = accepted(done)?;
        Ok(Self {
            transaction: done.receipt.transaction,
            height: done.height,
            time_ms: done.time_ms,
            events: done.events.events.into_vec(),
        })
    }
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Submits a prepared transaction with its co-signers' signatures, and waits until it is final. May be repeated.
    ///
    /// Errors: [`Error::Invalid`] (not prepared by this member, a change of the network, or not one signature for each co-signer), [`Error::Refused`] if a
    /// call is refused (then it is on the ledger) or admission is, [`Error::Fault`].
    pub async fn submit_prepared(
        &self,
        actor: &Actor,
        prepared: Prepared,
        cosignatures: Vec<Signature>,
    ) -> Result<Accepted, Error> {
        self.admit(actor)?;
        let signer = &self.inner.config.signer;
        let own = prepared.body.signers.first() == Some(&signer.public_key());
        if !own || prepared.body.sponsor != self.member() {
            return Err(Error::invalid("body", "must be prepared by this member"));
        }
        // The body comes back from outside: whoever may sign in must not vote for the member by it.
        let votes = |call: &Call| matches!(call, Call::Propose(_) | Call::Vote(_));
        if prepared.body.calls.iter().any(votes) {
            return Err(Error::invalid("body", "must not change the network"));
        }
        if cosignatures.len() != prepared.cosigners().len() {
            return Err(Error::invalid(
                "signatures",
                "must be one for each co-signer",
            ));
        }
        let calls = prepared.body.calls.to_vec();
        let transaction = Transaction::with(prepared.body, signer, cosignatures);
        let (ledger, clock) = (&self.inner.ledger, &self.inner.config.clock);
        let done = Accepted::of(prepared::send(ledger, clock, transaction).await?)?;
        self.learn(&calls, &done).await?;
        Ok(done)
    }

    /// A body with a number of its own, for co-signers elsewhere.
    pub(crate) async fn prepare(
        &self,
        calls: Vec<Call>,
        cosigners: &[PublicKey],
    ) -> Result<Prepared, Error> {
        let (ledger, sponsor) = (&self.inner.ledger, self.inner.submitter.sponsor());
        let body = prepared::prepare(ledger, sponsor, calls, cosigners, VALID_BLOCKS).await?;
        Ok(Prepared { body })
    }

    /// Submits calls that the member and co-signers at hand sign, and learns from what was accepted.
    pub(crate) async fn submit(
        &self,
        calls: Vec<Call>,
        cosigners: &[&dyn Cosigner],
    ) -> Result<Accepted, Error> {
        let draft = Draft {
            calls: calls.clone(),
            stored: Vec::new(),
            shared: false,
            cosigners: cosigners.iter().map(|one| one.public_key()).collect(),
        };
        let cosign = |id: &TransactionId| {
            let signed = cosigners.iter().map(|one| one.cosign(id));
            signed.collect::<Result<Vec<_>, _>>().map_err(cosign_failed)
        };
        let done = self.inner.submitter.submit_with(draft, cosign).await?;
        let done = Accepted::of(done)?;
        self.learn(&calls, &done).await?;
        Ok(done)
    }

    /// Keeps what accepted calls opened: tickets, and the categories that a card showed.
    async fn learn(&self, calls: &[Call], done: &Accepted) -> Result<(), Error> {
        for call in calls {
            match call {
                Call::CheckIn(call) => {
                    self.learn_check_in(call).await?;
                    self.keep_ticket(crate::ticket::of_check_in(self.member(), call, done));
                }
                Call::Request(call) => {
                    let ticket = crate::ticket::of_request(self.member(), call, done);
                    self.keep_ticket(ticket);
                }
                Call::BreakGlass(_) => {
                    self.keep_ticket(crate::ticket::of_broken_glass(done));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// A co-signer's error on its way through the submitter.
fn cosign_failed(error: Error) -> Failure {
    match error {
        Error::Refused(refusal) => Failure::Refused(refusal),
        Error::Fault(fault) => Failure::Fault(fault),
        other => Failure::Fault(Fault::invalid(other.to_string())),
    }
}
