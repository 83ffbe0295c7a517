//! `Stored` roots and paths, and the format in which roots that are the same are written once.
use crate::samples;
use amanat_types::Transaction;
use amanat_types::codec::List;
use amanat_types::id::BlobDigest;
use amanat_types::merkle;
use amanat_types::stored::{StoredPath, StoredRoot, batch_root, leaf, sign_stored};
use amanat_types::transaction::SHARED_VERSION;
use commonware_codec::Encode as _;

#[test]
fn each_blob_of_a_batch_leads_to_its_root_and_to_no_other() {
    for count in [1u8, 2, 3, 5, 64] {
        let blobs: Vec<BlobDigest> = (0..count).map(|b| BlobDigest::new([b; 32])).collect();
        let root = batch_root(&blobs);
        let leaves: Vec<_> = blobs.iter().map(leaf).collect();
        assert_eq!(merkle::tree(leaves.iter()).root(), root);
        let paths = StoredPath::of_batch(&blobs).expect("short");
        assert_eq!(paths.len(), blobs.len());
        for (position, (blob, path)) in blobs.iter().zip(&paths).enumerate() {
            let place = (path.root, path.position, path.leaf_count);
            assert_eq!(place, (0, position as u16, u16::from(count)));
            assert!(path.leads(blob, &root));
            assert!(!path.leads(&BlobDigest::new([0xee; 32]), &root));
            assert!(!path.leads(blob, &samples::digest(1)));
            let mut moved = path.clone();
            moved.position += 1;
            assert!(!moved.leads(blob, &root));
            let mut longer = path.clone();
            longer.leaf_count += 1;
            assert!(!longer.leads(blob, &root));
        }
    }
}

#[test]
fn paths_have_a_bound() {
    let blobs = |count: u16| -> Vec<BlobDigest> {
        let bytes = (0..count).map(|at| samples::digest(at as u8).0);
        bytes.map(BlobDigest::new).collect()
    };
    assert_eq!(StoredPath::of_batch(&[]), None);
    let most = StoredPath::of_batch(&blobs(4096)).expect("a path reaches so far");
    assert_eq!((most.len(), most[0].siblings.len()), (4096, 12));
    assert_eq!(StoredPath::of_batch(&blobs(4097)), None);
}

#[test]
fn order_counts() {
    let a = BlobDigest::new([1; 32]);
    let b = BlobDigest::new([2; 32]);
    assert_ne!(batch_root(&[a, b]), batch_root(&[b, a]));
    assert_ne!(batch_root(&[a]), batch_root(&[a, a]));
}

/// Roots of these batches, each signed by a holder of its own.
fn roots(batches: &[u8]) -> List<StoredRoot, 16> {
    let network = samples::digest(1);
    let signed = batches.iter().zip(1..).map(|(batch, holder)| {
        let signer = amanat_types::key::MemberSigner::from_seed([holder; 32]);
        sign_stored(&signer, &network, &[BlobDigest::new([*batch; 32])])
    });
    List::new(signed.collect()).expect("few")
}

/// The sample in this format, with roots over these batches.
pub fn with(version: u8, batches: &[u8]) -> Transaction {
    let mut transaction = samples::transaction();
    transaction.body.version = version;
    transaction.body.stored = roots(batches);
    transaction
}

#[test]
fn roots_that_are_the_same_are_written_once() {
    // Which batches holders signed, and how many roots are written.
    let table: [(&[u8], usize); 7] = [
        (&[], 0),
        (&[1], 1),
        (&[1, 1, 1], 1),
        (&[1, 2, 1], 3),
        (&[1, 1, 2, 2, 1], 3),
        (&[7; 16], 1),
        (&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], 16),
    ];
    for (batches, written) in table {
        let (plain, shared) = (with(1, batches), with(SHARED_VERSION, batches));
        let bytes = shared.encode();
        assert_eq!(Transaction::from_bytes(&bytes), Ok(shared.clone()));
        // Beside the roots: one count for each.
        let saved = 32 * (batches.len() - written);
        assert_eq!(
            bytes.len() + saved,
            plain.encode().len() + written,
            "{batches:?}"
        );
        assert_ne!(shared.id(), plain.id(), "the version is signed");
        assert_eq!(shared.shape(), Ok(()));
        assert_eq!((plain.body.since(), shared.body.since()), (1, 3));
    }
    let mut unknown = with(3, &[1, 1]);
    assert_eq!(unknown.shape(), Err(amanat_types::Refusal::Malformed));
    unknown.body.version = 0;
    assert_eq!(unknown.shape(), Err(amanat_types::Refusal::Malformed));
}

/// One list of roots has one encoding: what a hostile hand writes otherwise is no transaction.
#[test]
fn another_encoding_of_the_same_roots_is_refused() {
    let good = with(SHARED_VERSION, &[1, 2]);
    let bytes = good.encode().to_vec();
    let [one, two] = [1u8, 2].map(|batch| batch_root(&[BlobDigest::new([batch; 32])]));
    let at = |root: &amanat_types::Digest| {
        let found = bytes.windows(32).position(|bytes| bytes == root.0);
        found.expect("written once")
    };
    // The second group's root made the first's: both belong in one group.
    let mut split = bytes.clone();
    split[at(&two)..at(&two) + 32].copy_from_slice(&one.0);
    assert!(Transaction::from_bytes(&split).is_err());
    // A group that nobody signed, in place of the first.
    let mut empty = bytes.clone();
    let signed = at(&one) + 32;
    assert_eq!(empty[signed], 1, "how many signed");
    empty[signed] = 0;
    empty.drain(signed + 1..at(&two));
    assert!(Transaction::from_bytes(&empty).is_err());
    // Sixteen of one root and one of another.
    let full = with(SHARED_VERSION, &[1; 16]).encode().to_vec();
    let count = full
        .windows(32)
        .position(|bytes| bytes == one.0)
        .expect("one")
        - 1;
    assert_eq!(full[count], 1, "how many groups");
    let end = at(&two) + 32 + 1 + (signed + 1..at(&two)).len();
    let mut more = full.clone();
    more[count] = 2;
    let after = count + 1 + 32 + 1 + 16 * (signed + 1..at(&two)).len();
    more.splice(after..after, bytes[at(&two)..end].iter().copied());
    assert!(Transaction::from_bytes(&more).is_err());
    assert_eq!(Transaction::from_bytes(&bytes), Ok(good));
}
