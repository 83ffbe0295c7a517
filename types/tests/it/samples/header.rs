//! Headers, of any block and of the last of an epoch.
use super::*;
use amanat_types::block::{Header, NextEpoch, Roster};
use commonware_cryptography::{Signer as _, ed25519};

pub fn roster() -> Roster {
    let keys = (1..=4).map(|seed| ed25519::PrivateKey::from_seed(seed).public_key());
    Roster::new(keys.collect()).expect("four")
}

pub fn header(next: Option<NextEpoch>) -> Header {
    let mut header = Header::genesis(digest(1), TimestampMs::new(2), 1, &roster());
    header.next = next;
    header
}
