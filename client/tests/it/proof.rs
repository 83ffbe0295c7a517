//! A receipt proof with a certificate of one validator: enough for whoever only reads its receipt.
use crate::fake::network;
use amanat_types::block::{Header, Roster};
use amanat_types::call::Unit;
use amanat_types::codec::List;
use amanat_types::merkle;
use amanat_types::proof::{Finalization, FinalizedHeader, ReceiptProof};
use amanat_types::receipt::{Outcome, Receipt, TransactionEvents};
use amanat_types::{Height, TimestampMs, TransactionId};
use commonware_consensus::simplex::types::{self, Finalize, Proposal};
use commonware_consensus::types::View;
use commonware_cryptography::{Signer as _, ed25519};
use commonware_parallel::Sequential;
use commonware_utils::non_empty;

pub fn receipt(transaction: TransactionId, height: Height) -> ReceiptProof {
    let key = ed25519::PrivateKey::from_seed(1);
    let roster = Roster::new(vec![key.public_key()]).expect("one");
    let mut header = Header::genesis(network(), TimestampMs::new(77), 1, &roster);
    header.height = height;
    let scheme = roster.signer(&network(), key).expect("in the roster");
    let proposal = Proposal::new(header.context.round, View::zero(), header.digest());
    let vote = Finalize::sign(&scheme, proposal).expect("signs");
    let votes = [vote];
    let finalization =
        types::Finalization::from_finalizes(&scheme, non_empty![@votes.iter()], &Sequential);
    let receipt = Receipt {
        transaction,
        outcome: Outcome::Accepted(Unit),
        units: 3,
    };
    let events = TransactionEvents {
        transaction,
        events: List::empty(),
    };
    let path = |leaf: amanat_types::Digest| {
        let tree = merkle::tree([leaf].iter());
        tree.proof(0).expect("one leaf")
    };
    ReceiptProof {
        boundaries: List::empty(),
        header: FinalizedHeader {
            header,
            links: List::empty(),
            finalization: Finalization(finalization.expect("a quorum of one")),
        },
        position: 0,
        receipt_path: path(receipt.leaf()),
        receipt,
        events_path: path(events.leaf()),
        events,
    }
}
