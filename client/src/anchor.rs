//! Anchors a release journal on the ledger, so that nobody, its owner included, can shorten or rewrite it unseen.
use crate::fault::Failure;
use crate::judge::value;
use crate::submit::{Submitter, accepted};
use crate::{Fault, Journal, Ledger};
use amanat_types::call::Anchor;
use amanat_types::state::AnchorState;
use amanat_types::{Call, Height, Refusal, StateKey};
use std::time::Duration;

/// How often a journal that grew is anchored, at the least (DESIGN).
pub const ANCHOR_EVERY: Duration = Duration::from_secs(60);

/// Compares the journal with its last anchor in state. A journal that is shorter, or other, is [`Fault::Damaged`].
pub async fn check_anchor<L: Ledger>(journal: &Journal, ledger: &L) -> Result<(), Fault> {
    let key = StateKey::anchor(journal.releaser(), journal.kind());
    let answer = ledger.state(vec![key]).await?;
    let bytes = answer.values.first().and_then(Option::as_deref);
    let Some(anchor) = value::<AnchorState>(bytes)? else {
        return Ok(());
    };
    let at = anchor.count.saturating_sub(1);
    let page = journal.page(at, 1).await?;
    let entry = page.entries.first();
    if !entry.is_some_and(|entry| entry.number == at && entry.hash() == anchor.head) {
        return Err(Fault::damaged(
            format!("entry {at} of the release journal"),
            "it is not the one that was anchored on the ledger",
        ));
    }
    journal.note_anchored(anchor.count);
    Ok(())
}

/// Anchors what is not anchored yet; gives the height of the anchor. Nothing new is `None`.
pub async fn anchor_once<L: Ledger>(
    journal: &Journal,
    submitter: &Submitter<L>,
) -> Result<Option<Height>, Failure> {
    let Some((count, head)) = journal.unanchored() else {
        return Ok(None);
    };
    let call = Call::Anchor(Anchor {
        journal: journal.kind(),
        count,
        head,
    });
    match submitter.submit(call).await.and_then(accepted) {
        Ok(done) => {
            journal.note_anchored(count);
            Ok(Some(done.height))
        }
        Err(Failure::Refused(Refusal::AnchorNotAhead)) => {
            check_anchor(journal, submitter.ledger()).await?;
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// Checks the journal against its last anchor, then anchors it every `period` for as long as it is polled.
///
/// Returns only when the journal is not what was anchored: whoever runs this must stop releasing then.
pub async fn anchor_every<L: Ledger>(
    journal: Journal,
    submitter: Submitter<L>,
    period: Duration,
) -> Fault {
    let clock = submitter.clock().clone();
    let mut checked = false;
    loop {
        if !checked {
            match check_anchor(&journal, submitter.ledger()).await {
                Ok(()) => checked = true,
                Err(fault @ Fault::Damaged { .. }) => return fault,
                Err(fault) => tracing::warn!(%fault, "could not read the last anchor"),
            }
        }
        clock.sleep(period).await;
        match anchor_once(&journal, &submitter).await {
            Ok(None) => {}
            Ok(Some(height)) => tracing::info!(%height, journal = %journal.kind(), "anchored"),
            Err(Failure::Fault(fault @ Fault::Damaged { .. })) => return fault,
            Err(failure) => tracing::warn!(%failure, "could not anchor the release journal"),
        }
    }
}
