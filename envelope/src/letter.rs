//! A letter: tells a member which blind index of a patient is which category, with the secrets to find and use them.
//!
//! It goes with a grant, an encounter, a registration, a permit or an order, sealed (HPKE) to the member's sealing key and kept off the
//! ledger. Its text is padded to a size bucket, so that its length tells neither the label nor, mostly, how many
//! categories it names.
use crate::padding;
use crate::parcel::{Binding, PARCEL_EXTRA_BYTES, Parcel, ParcelFault};
use crate::{IndexRoot, IndexSecret, SealingSecret};
use amanat_types::codec::List;
use amanat_types::id::{Salt, SealingKey};
use amanat_types::{
    BlindIndex, Digest, EncounterId, GrantId, OrderId, PatientId, PermitId, codec_enum,
    codec_struct, limits,
};
use bytes::BufMut;
use commonware_codec::{Buf, Copying, DecodeExt as _, EncodeSize, Error, RangeCfg, Read, Write};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Version of the letter format.
pub const LETTER_VERSION: u8 = 1;
/// Most bytes of a patient's label.
pub const LABEL_BYTES_MAX: usize = 512;
/// Most sealed bytes of a letter: the bucket that the longest fits in.
pub const LETTER_BYTES_MAX: usize = 8_192 + PARCEL_EXTRA_BYTES;

/// A sealed letter.
pub type SealedLetter = Parcel<LETTER_BYTES_MAX>;

/// What a letter goes with; it opens for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// A consent.
    Grant(GrantId),
    /// A visit after a check-in.
    Encounter(EncounterId),
    /// A registration without a card.
    Registration(EncounterId),
    /// A permit.
    Permit(PermitId),
    /// An order.
    Order(OrderId),
}
codec_enum!(Context { 1 => Grant, 2 => Encounter, 3 => Registration, 4 => Permit, 5 => Order });

/// One category of the patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterEntry {
    /// Number of the category.
    pub category: u8,
    /// Its blind index.
    pub index: BlindIndex,
    /// Secret that the index follows from.
    pub secret: IndexSecret,
    /// Salt of the index's owner commitment.
    pub salt: Salt,
}
codec_struct!(LetterEntry {
    category,
    index,
    secret,
    salt
});

impl LetterEntry {
    /// The entry for `category` under `root`.
    pub fn new(root: &IndexRoot, category: u8) -> Self {
        let secret = root.secret(category);
        Self {
            category,
            index: secret.index(),
            secret,
            salt: root.salt(category),
        }
    }
}

/// What the member shows for the patient: opaque bytes, wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Label(Zeroizing<Vec<u8>>);

impl Label {
    /// Takes `bytes`, unless there are more than [`LABEL_BYTES_MAX`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, LetterError> {
        let label = Self(Zeroizing::new(bytes));
        let size = label.0.len();
        if size > LABEL_BYTES_MAX {
            return Err(LetterError::Label { size });
        }
        Ok(label)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Label(..)")
    }
}
impl Write for Label {
    fn write(&self, buf: &mut impl BufMut) {
        self.0.len().write(buf);
        buf.put_slice(&self.0);
    }
}
impl EncodeSize for Label {
    fn encode_size(&self) -> usize {
        self.0.len().encode_size() + self.0.len()
    }
}
impl Read for Label {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        let bytes = Vec::<u8>::read_cfg(buf, &(RangeCfg::from(0..=LABEL_BYTES_MAX), ()))?;
        Ok(Self(Zeroizing::new(bytes)))
    }
}

/// The letter in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Pseudonym of the patient.
    pub patient: PatientId,
    /// Categories, by number, no repeats.
    pub entries: List<LetterEntry, { limits::INDEXES_MAX }>,
    /// What to show for the patient, if the sender tells.
    pub label: Option<Label>,
}
codec_struct!(Letter {
    patient,
    entries,
    label
});

/// Why a letter was not sealed or not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// The parcel around it.
    #[error("letter: {0}")]
    Parcel(#[from] ParcelFault),
    /// The label is too long.
    #[error("label of {size} bytes, where at most {LABEL_BYTES_MAX} are allowed")]
    Label {
        /// Its bytes.
        size: usize,
    },
    /// What was sealed is not a letter.
    #[error("the letter is not well formed")]
    Form,
    /// Categories out of order or twice.
    #[error("category {0} is out of order or named twice")]
    Order(u8),
    /// The index of an entry does not follow from its secret.
    #[error("the index of category {0} does not follow from its secret")]
    Index(u8),
}

fn binding<'a>(network: &'a Digest, subject: &'a [u8]) -> Binding<'a> {
    Binding {
        purpose: "amanat/letter",
        version: LETTER_VERSION,
        network,
        subject,
    }
}

fn subject(context: &Context) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(context.encode_size());
    context.write(&mut bytes);
    bytes
}

impl Letter {
    /// Seals it to `grantee`, for `context` alone.
    ///
    /// Errors, in this order: [`LetterError::Order`], [`LetterError::Index`], [`LetterError::Parcel`].
    pub fn seal(
        &self,
        grantee: &SealingKey,
        network: &Digest,
        context: &Context,
        rng: &mut impl CryptoRng,
    ) -> Result<SealedLetter, LetterError> {
        self.check()?;
        let (_, bytes) = padding::bucket_for(self.encode_size()).ok_or(LetterError::Form)?;
        let mut text = Zeroizing::new(Vec::with_capacity(bytes));
        self.write(&mut *text);
        padding::pad(&mut text, bytes);
        let subject = subject(context);
        Ok(Parcel::seal(
            grantee,
            &binding(network, &subject),
            &text,
            rng,
        )?)
    }

    /// Opens a letter that goes with `context`.
    ///
    /// Errors, in this order: [`LetterError::Parcel`], [`LetterError::Form`], [`LetterError::Order`], [`LetterError::Index`].
    pub fn open(
        secret: &SealingSecret,
        network: &Digest,
        context: &Context,
        sealed: &SealedLetter,
    ) -> Result<Self, LetterError> {
        let subject = subject(context);
        let text = sealed.open(secret, &binding(network, &subject))?;
        let length = padding::content_length(&text).ok_or(LetterError::Form)?;
        let text = text.get(..length).ok_or(LetterError::Form)?;
        let letter = Self::decode(Copying(text)).map_err(|_| LetterError::Form)?;
        letter.check()?;
        Ok(letter)
    }

    fn check(&self) -> Result<(), LetterError> {
        for pair in self.entries.windows(2) {
            if let [first, second] = pair
                && first.category >= second.category
            {
                return Err(LetterError::Order(second.category));
            }
        }
        match self.entries.iter().find(|e| e.secret.index() != e.index) {
            Some(entry) => Err(LetterError::Index(entry.category)),
            None => Ok(()),
        }
    }
}
