//! A finalised header whose certificate stands over a later block of its epoch: the links between the two are all checked.
use crate::samples::digest;
use amanat_types::block::{Header, Roster};
use amanat_types::codec::List;
use amanat_types::proof::{Finalization, FinalizedHeader, LINKS_MAX, ProofError};
use amanat_types::{Height, TimestampMs};
use commonware_codec::{DecodeExt as _, Encode as _};
use commonware_consensus::simplex::types::{self, Finalize, Proposal};
use commonware_consensus::types::{Epoch, Round, View};
use commonware_cryptography::{Signer as _, ed25519};
use commonware_parallel::Sequential;
use commonware_utils::non_empty;

fn key() -> ed25519::PrivateKey {
    ed25519::PrivateKey::from_seed(1)
}

fn roster() -> Roster {
    Roster::new(vec![key().public_key()]).expect("one")
}

/// A chain of three headers above height 4.
fn chain() -> Vec<Header> {
    chain_of(3)
}

/// A chain of so many headers above height 4.
fn chain_of(count: usize) -> Vec<Header> {
    let mut chain: Vec<Header> = Vec::new();
    for height in (5..).take(count) {
        let mut header = Header::genesis(digest(1), TimestampMs::new(height), 1, &roster());
        header.height = Height::new(height);
        if let Some(below) = chain.last() {
            header.parent = below.digest();
        }
        chain.push(header);
    }
    chain
}

/// The first of `chain`, with the others as links and a certificate over the last.
fn finalized(chain: &[Header], epoch: u64) -> FinalizedHeader {
    let scheme = roster().signer(&digest(1), key()).expect("in the roster");
    let last = chain.last().expect("a header");
    let round = Round::new(Epoch::new(epoch), View::new(9));
    let proposal = Proposal::new(round, View::zero(), last.digest());
    let votes = [Finalize::sign(&scheme, proposal).expect("signs")];
    let votes = non_empty![@votes.iter()];
    let finalization = types::Finalization::from_finalizes(&scheme, votes, &Sequential);
    FinalizedHeader {
        header: chain[0].clone(),
        links: List::new(chain[1..].to_vec()).expect("few"),
        finalization: Finalization(finalization.expect("a quorum of one")),
    }
}

#[test]
fn links_lead_from_the_header_to_the_certificate() {
    let chain = chain();
    for count in 1..=3 {
        let verified = finalized(&chain[..count], 0).verify(&digest(1), &roster());
        assert_eq!(verified, Ok(chain[0].digest()), "{count}");
    }
}

/// As many as a node had in a row without a certificate, and as many as there may be.
#[test]
fn a_certificate_may_stand_far_above_its_header() {
    for links in [153, LINKS_MAX] {
        let chain = chain_of(links + 1);
        let proof = finalized(&chain, 0);
        let decoded = FinalizedHeader::decode(proof.encode()).expect("its own bytes");
        assert_eq!(decoded, proof);
        let verified = decoded.verify(&digest(1), &roster());
        assert_eq!(verified, Ok(chain[0].digest()), "{links}");
        let mut broken = proof;
        broken.links = List::new(chain[2..].to_vec()).expect("one less");
        let verified = broken.verify(&digest(1), &roster());
        assert_eq!(verified, Err(ProofError::LinkBroken(Height::new(7))));
    }
    assert!(List::<Header, LINKS_MAX>::new(chain_of(LINKS_MAX + 1)).is_err());
}

#[test]
fn each_link_has_its_parent_its_height_and_its_epoch() {
    type Break = (&'static str, fn(&mut Header), ProofError);
    let table: [Break; 4] = [
        (
            "another parent",
            |link| link.parent = digest(9),
            ProofError::LinkBroken(Height::new(6)),
        ),
        (
            "the same height",
            |link| link.height = Height::new(5),
            ProofError::LinkBroken(Height::new(5)),
        ),
        (
            "a height left out",
            |link| link.height = Height::new(7),
            ProofError::LinkBroken(Height::new(7)),
        ),
        (
            "another epoch",
            |link| link.context.round = Round::new(Epoch::new(1), View::zero()),
            ProofError::LinkEpoch(Height::new(6)),
        ),
    ];
    for (name, change, error) in table {
        let mut two = chain()[..2].to_vec();
        change(&mut two[1]);
        let verified = finalized(&two, 0).verify(&digest(1), &roster());
        assert_eq!(verified, Err(error), "{name}");
    }
}

#[test]
fn the_certificate_is_of_the_last_link_its_epoch_its_roster_and_its_network() {
    let chain = chain();
    let good = finalized(&chain, 0);
    let mut other = good.clone();
    other.finalization = finalized(&chain[..2], 0).finalization;
    let height = Height::new(7);
    let of = |header: &FinalizedHeader| header.verify(&digest(1), &roster());
    assert_eq!(of(&other), Err(ProofError::CertificateOther(height)));
    assert_eq!(
        of(&finalized(&chain, 1)),
        Err(ProofError::CertificateEpoch(height))
    );
    assert_eq!(
        good.verify(&digest(2), &roster()),
        Err(ProofError::CertificateWrong(height))
    );
    let strangers = vec![ed25519::PrivateKey::from_seed(2).public_key()];
    let strangers = Roster::new(strangers).expect("one");
    assert_eq!(
        good.verify(&digest(1), &strangers),
        Err(ProofError::CertificateWrong(height))
    );
}
