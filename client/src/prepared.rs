//! Transactions whose co-signers sign elsewhere: a body is made here, leaves the house, and comes back signed.
//!
//! [`crate::Submitter`] signs anew when a transaction has died; a body that left the house cannot be. It takes a sequence number well
//! above the submitter's, so that the two do not meet, and drawn from many, so that two bodies do not; if they do, one is refused as a replay,
//! nothing is doubled, and it is prepared again.
use crate::fault::Failure;
use crate::judge::value;
use crate::submit::Sponsor;
use crate::{Clock, Fault, Ledger};
use amanat_types::codec::{List, TooMany};
use amanat_types::state::Sequence;
use amanat_types::transaction::{Body, VERSION};
use amanat_types::wire::{Finalized, Submitted};
use amanat_types::{Call, PublicKey, Refusal, StateKey, Transaction};
use std::time::Duration;

/// Where the numbers of prepared bodies begin above the highest that was used, and over how many they are spread.
const NUMBER_GAP: u64 = 1024;
/// Times that a prepared transaction is sent before its fate is reported as unknown.
const SENDS_MAX: u32 = 20;
/// Pause between two sends, unless the node says when.
const PAUSE_MS: u64 = 250;
/// Longest pause that the node may ask for.
const ASKED_PAUSE_MS_MAX: u64 = 2_000;

/// A body of `calls` for the sponsor and `cosigners`, valid for so many blocks from the tip on.
///
/// Errors: [`Fault::Invalid`] (too many calls or co-signers), those of the ledger.
pub async fn prepare<L: Ledger>(
    ledger: &L,
    sponsor: &Sponsor,
    calls: Vec<Call>,
    cosigners: &[PublicKey],
    valid_blocks: u64,
) -> Result<Body, Fault> {
    let key = sponsor.signer.public_key();
    let answer = ledger.state(vec![StateKey::sequence(&key)]).await?;
    let used: Option<Sequence> = value(answer.values.first().and_then(Option::as_deref))?;
    let mut spread = [0u8; 8];
    aws_lc_rs::rand::fill(&mut spread)
        .map_err(|_| Fault::invalid("the operating system gives no randomness"))?;
    let spread = u64::from_be_bytes(spread) % NUMBER_GAP;
    let top = used.map_or(0, |used| used.top);
    let mut signers = vec![key];
    signers.extend(cosigners);
    let too_many = |error: TooMany| Fault::invalid(error.to_string());
    Ok(Body {
        version: VERSION,
        network: sponsor.network,
        sponsor: sponsor.member,
        sequence: top.saturating_add(NUMBER_GAP).saturating_add(spread),
        last_height: answer.height.plus(valid_blocks),
        signers: List::new(signers).map_err(too_many)?,
        stored: List::empty(),
        calls: List::new(calls).map_err(too_many)?,
    })
}

/// Sends the same bytes until their fate is known; the receipt may be a refusal.
///
/// Errors: [`Failure::Refused`] (at admission), [`Failure::Fault`]; a time-out leaves the fate unknown, and the same may be sent again.
pub async fn send<L: Ledger>(
    ledger: &L,
    clock: &Clock,
    transaction: Transaction,
) -> Result<Finalized, Failure> {
    let mut waited_ms = 0;
    for _ in 0..SENDS_MAX {
        let mut pause_ms = PAUSE_MS;
        let sent = ledger.submit(vec![transaction.clone()]).await;
        match sent.map(|answers| answers.into_iter().next()) {
            Ok(Some(Submitted::Final(done))) => return Ok(done),
            Ok(Some(Submitted::Refused(refusal)))
                if !matches!(
                    refusal,
                    Refusal::MempoolFull | Refusal::MempoolShareFull | Refusal::Stopping
                ) =>
            {
                return Err(refusal.into());
            }
            Err(Fault::Unavailable { retry_after_ms, .. }) => {
                pause_ms = retry_after_ms.clamp(PAUSE_MS, ASKED_PAUSE_MS_MAX);
            }
            Err(fault) if !fault.is_passing() => return Err(fault.into()),
            _ => {}
        }
        clock.sleep(Duration::from_millis(pause_ms)).await;
        waited_ms += pause_ms;
    }
    Err(Fault::TimedOut {
        address: "the ledger".into(),
        after_ms: waited_ms,
    }
    .into())
}
