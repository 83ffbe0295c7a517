//! What a node is asked and answers, what is kept of it, and ids as text: the first byte says which, the rest is written again as the same bytes.
#![no_main]

use amanat_types::block::{Header, Roster};
use amanat_types::explain::{ExplainQuestion, Explanation};
use amanat_types::genesis::Genesis;
use amanat_types::journal::JournalEntry;
use amanat_types::proof::{Body as StateBody, Checkpoint, Finalization, FinalizedHeader};
use amanat_types::receipt::{Receipt, TransactionEvents};
use amanat_types::release::{Release, ReleaseRequest};
use amanat_types::state::StateKey;
use amanat_types::stored::{StoredPath, StoredRoot};
use amanat_types::transaction::Body;
use amanat_types::wire::{
    BlockEvents, EventPage, Finalized, ReleaseAnswer, ReleaseQuestion, StateAnswer, StateQuery,
    Status, Submission, SubmitAnswer, Validators,
};
use amanat_types::{Call, Change, Event, Jurisdiction, PublicKey, RecordId, TransactionId};
use commonware_codec::{DecodeExt, Encode};
use libfuzzer_sys::fuzz_target;

fn again<T: DecodeExt<()> + Encode>(bytes: &[u8]) {
    if let Ok(value) = T::decode(bytes.to_vec()) {
        assert_eq!(value.encode().as_ref(), bytes);
    }
}

/// A genesis that passes its rules has a digest, validators in order, and a checkpoint or none.
fn genesis(bytes: &[u8]) {
    again::<Genesis>(bytes);
    if let Ok(genesis) = Genesis::from_bytes(bytes) {
        assert!(genesis.validators().is_sorted());
        let _ = Checkpoint::genesis(&genesis);
    }
}

/// A submission's transactions are judged one by one before anybody is known.
fn submission(bytes: &[u8]) {
    again::<Submission>(bytes);
    let Ok(submission) = Submission::decode(bytes.to_vec()) else {
        return;
    };
    for transaction in &submission.transactions {
        let _ = (transaction.id(), transaction.shape());
    }
}

/// Text that is an id is printed again as itself, but for capitals.
fn text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let printed = [
        RecordId::from_hex(text).map(|id| id.to_string()),
        TransactionId::from_hex(text).map(|id| id.to_string()),
        StateKey::from_hex(text).map(|key| hex(key.as_bytes())),
        PublicKey::from_hex(text).map(|key| key.to_string()),
        Jurisdiction::parse(text).map(|place| place.as_str().to_ascii_lowercase()),
    ];
    for printed in printed.into_iter().flatten() {
        assert_eq!(printed, text.to_ascii_lowercase());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The two answers in JSON: what is read is written as what reads the same.
fn json(bytes: &[u8]) {
    if let Ok(status) = serde_json::from_slice::<Status>(bytes) {
        let written = serde_json::to_vec(&status).expect("it is written");
        let read: Status = serde_json::from_slice(&written).expect("it is read");
        assert_eq!(serde_json::to_vec(&read).expect("it is written"), written);
    }
    if let Ok(validators) = serde_json::from_slice::<Validators>(bytes) {
        let written = serde_json::to_vec(&validators).expect("it is written");
        assert!(serde_json::from_slice::<Validators>(&written).is_ok());
    }
}

const KINDS: &[fn(&[u8])] = &[
    genesis,
    submission,
    text,
    json,
    again::<BlockEvents>,
    again::<Body>,
    again::<Call>,
    again::<Change>,
    again::<Checkpoint>,
    again::<Event>,
    again::<EventPage>,
    again::<ExplainQuestion>,
    again::<Explanation>,
    again::<Finalization>,
    again::<Finalized>,
    again::<FinalizedHeader>,
    again::<Header>,
    again::<JournalEntry>,
    again::<Receipt>,
    again::<Release>,
    again::<ReleaseAnswer>,
    again::<ReleaseQuestion>,
    again::<ReleaseRequest>,
    again::<Roster>,
    again::<StateAnswer>,
    again::<StateBody>,
    again::<StateQuery>,
    again::<StoredPath>,
    again::<StoredRoot>,
    again::<SubmitAnswer>,
    again::<TransactionEvents>,
];

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else {
        return;
    };
    KINDS[usize::from(*first) % KINDS.len()](bytes);
});
