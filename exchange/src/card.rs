//! Cards and co-signers: the software card of tests and demonstrations, and what a real card hands over.
use crate::Error;
use amanat_envelope::at_rest::{self, RestKey};
use amanat_envelope::{Context, IndexRoot, Letter, LetterEntry, SealedLetter};
use amanat_fhir::Category;
use amanat_types::call::Opening;
use amanat_types::codec::List;
use amanat_types::id::SealingKey;
use amanat_types::key::{NAMESPACE_TRANSACTION, low_s};
use amanat_types::{
    BlindIndex, Digest, PatientId, PublicKey, Signature, TransactionId, codec_struct, limits,
};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use commonware_codec::{Copying, DecodeExt as _, Encode as _};
use commonware_utils::union_unique;
use zeroize::Zeroizing;

/// Place name of a software card's bytes at rest.
const CARD_LABEL: &str = "soft-card";

/// A key that co-signs: a patient's card, a practitioner's.
pub trait Cosigner: Send + Sync {
    /// Its public key, P-256.
    fn public_key(&self) -> PublicKey;
    /// Signs a transaction's id: ECDSA P-256 with SHA-256, low-S, under the transactions' namespace.
    fn cosign(&self, transaction: &TransactionId) -> Result<Signature, Error>;
}

/// A patient's card: co-signs, opens the commitments of its patient's indexes, and writes letters.
pub trait Card: Cosigner {
    /// The pseudonym.
    fn patient(&self) -> PatientId;
    /// What it hands over for these categories.
    fn paper(&self, categories: &[Category]) -> CardPaper;
    /// A letter on these categories, sealed to a member for one grant or encounter; for [`crate::Exchange::accept_letter`] there.
    fn letter(
        &self,
        categories: &[Category],
        member: &SealingKey,
        network: &Digest,
        context: &Context,
    ) -> Result<Vec<u8>, Error>;
}

/// What a card hands to a member's system so that it can prepare what the card then signs: no secret key in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardPaper {
    /// The pseudonym.
    pub patient: PatientId,
    /// The card's key.
    pub key: PublicKey,
    /// For each category shown: its blind index with the salt that opens its commitment.
    pub openings: Vec<(Category, Opening)>,
}

/// A letter as it travels: what it goes with, and the sealed text.
pub(crate) struct PostedLetter {
    pub(crate) context: Context,
    pub(crate) sealed: SealedLetter,
}
codec_struct!(PostedLetter { context, sealed });

/// A software practitioner's key: P-256, kept in memory or an encrypted file.
pub struct SoftKey {
    pair: EcdsaKeyPair,
    pkcs8: Zeroizing<Vec<u8>>,
    public: PublicKey,
}

/// A software patient's card: key, pseudonym, and the root of the patient's blind indexes.
pub struct SoftCard {
    key: SoftKey,
    patient: PatientId,
    root: IndexRoot,
}

/// A software card as it is encrypted.
pub(crate) struct StoredCard {
    patient: PatientId,
    root: [u8; 32],
    pkcs8: List<u8, 512>,
}
codec_struct!(StoredCard {
    patient,
    root,
    pkcs8
});

/// The categories of patients, by number; a directory belongs to no patient.
pub fn patient_categories() -> Vec<Category> {
    let all = Category::ALL.into_iter();
    all.filter(|category| category.is_patient()).collect()
}

impl CardPaper {
    /// The openings alone.
    pub(crate) fn openings(&self) -> Result<List<Opening, { limits::INDEXES_MAX }>, Error> {
        let openings = self.openings.iter().map(|(_, opening)| opening.clone());
        List::new(openings.collect()).map_err(|e| Error::invalid("paper.openings", e.to_string()))
    }
}

/// Entries of `root` for these categories, by number, no repeats.
pub(crate) fn entries(root: &IndexRoot, categories: &[Category]) -> Vec<LetterEntry> {
    let mut numbers: Vec<u8> = categories.iter().map(|one| one.number()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let entries = numbers.into_iter();
    entries
        .map(|number| LetterEntry::new(root, number))
        .collect()
}

impl SoftKey {
    /// Makes a fresh key.
    pub fn generate() -> Result<Self, Error> {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        let pkcs8 = made.map_err(|e| Error::damaged("a software key", e))?;
        Self::from_pkcs8(pkcs8.as_ref())
    }

    /// Reads PKCS#8.
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self, Error> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes);
        let pair = pair.map_err(|e| Error::damaged("a software key", e))?;
        let public = compressed(pair.public_key().as_ref());
        let public = public.ok_or_else(|| Error::damaged("a software key", "not a P-256 point"))?;
        Ok(Self {
            pair,
            pkcs8: Zeroizing::new(bytes.to_vec()),
            public,
        })
    }

    /// The key as PKCS#8; a secret.
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8.clone()
    }
}

/// The compressed form (SEC 1, 2.3.3) of an uncompressed point.
fn compressed(point: &[u8]) -> Option<PublicKey> {
    let [4, coordinates @ ..] = point else {
        return None;
    };
    let (x, y) = coordinates.split_first_chunk::<32>()?;
    let mut bytes = [0u8; 33];
    bytes[0] = 2 + (y.last()? & 1);
    bytes[1..].copy_from_slice(x);
    Some(PublicKey::P256(bytes))
}

impl Cosigner for SoftKey {
    fn public_key(&self) -> PublicKey {
        self.public
    }

    fn cosign(&self, transaction: &TransactionId) -> Result<Signature, Error> {
        let message = union_unique(NAMESPACE_TRANSACTION, transaction.as_bytes());
        let signed = self.pair.sign(&SystemRandom::new(), &message);
        let signed = signed.map_err(|e| Error::damaged("a software key", e))?;
        let signature = <[u8; 64]>::try_from(signed.as_ref());
        let signature = signature.map_err(|e| Error::damaged("a software key", e))?;
        Ok(Signature::P256(low_s(signature)))
    }
}

impl SoftCard {
    /// Makes a fresh card with a random pseudonym.
    pub fn generate() -> Result<Self, Error> {
        let mut patient = [0u8; 16];
        aws_lc_rs::rand::fill(&mut patient).map_err(|e| Error::damaged("the entropy", e))?;
        Ok(Self {
            key: SoftKey::generate()?,
            patient: PatientId::new(patient),
            root: IndexRoot::generate(&mut rand::rng()),
        })
    }

    /// The blind index of a category.
    pub fn index(&self, category: Category) -> BlindIndex {
        self.root.secret(category.number()).index()
    }

    /// The card as bytes, encrypted under a 32-byte key.
    pub fn to_bytes(&self, key: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let stored = StoredCard {
            patient: self.patient,
            root: *self.root.as_bytes(),
            pkcs8: List::new(self.key.pkcs8.to_vec())
                .map_err(|e| Error::damaged("a software card", e))?,
        };
        let bytes = Zeroizing::new(stored.encode().to_vec());
        let key = RestKey::new(*key);
        at_rest::encrypt(&key, CARD_LABEL, &bytes, &mut rand::rng())
            .map_err(|e| Error::damaged("a software card", e))
    }

    /// Reads [`Self::to_bytes`].
    pub fn from_bytes(key: &[u8; 32], bytes: &[u8]) -> Result<Self, Error> {
        let bytes = at_rest::decrypt(&RestKey::new(*key), CARD_LABEL, bytes)
            .map_err(|e| Error::damaged("a software card", e))?;
        let stored = StoredCard::decode(Copying(&bytes))
            .map_err(|e| Error::damaged("a software card", e))?;
        Ok(Self {
            key: SoftKey::from_pkcs8(&stored.pkcs8)?,
            patient: stored.patient,
            root: IndexRoot::new(stored.root),
        })
    }
}

impl Cosigner for SoftCard {
    fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    fn cosign(&self, transaction: &TransactionId) -> Result<Signature, Error> {
        self.key.cosign(transaction)
    }
}

impl Card for SoftCard {
    fn patient(&self) -> PatientId {
        self.patient
    }

    fn paper(&self, categories: &[Category]) -> CardPaper {
        let mut categories = categories.to_vec();
        categories.sort_unstable();
        categories.dedup();
        let openings = categories.into_iter();
        CardPaper {
            patient: self.patient,
            key: self.public_key(),
            openings: openings
                .map(|category| (category, self.root.opening(category.number())))
                .collect(),
        }
    }

    fn letter(
        &self,
        categories: &[Category],
        member: &SealingKey,
        network: &Digest,
        context: &Context,
    ) -> Result<Vec<u8>, Error> {
        let letter = Letter {
            patient: self.patient,
            entries: List::new(entries(&self.root, categories))
                .map_err(|e| Error::invalid("categories", e.to_string()))?,
            label: None,
        };
        let sealed = letter.seal(member, network, context, &mut rand::rng());
        let posted = PostedLetter {
            context: *context,
            sealed: sealed.map_err(|e| Error::damaged("a letter", e))?,
        };
        Ok(posted.encode().to_vec())
    }
}
