//! The member's keyring: what it learned of blind indexes, from letters, cards and its own registrations.
//!
//! Encrypted in the own store. Per patient and category: index and salt, and the secret if a letter or an own root gave it. A card's
//! paper waits under the transaction that it was for, and counts once the ledger has accepted that: the contract has then
//! checked that the indexes are the patient's.
use crate::card::{CardPaper, PostedLetter, entries, patient_categories};
use crate::exchange::decode;
use crate::{Actor, Basis, Error, Exchange, KnownBasis};
use amanat_client::{Fault, Ledger, Stores};
use amanat_envelope::{Context, IndexRoot, IndexSecret, Letter, LetterEntry};
use amanat_fhir::Category;
use amanat_projection::{Batch, OpenBasis, Table};
use amanat_types::call::{CheckIn, Grantee, Opening, PermitGrantee, Work, WriteBasis};
use amanat_types::codec::List;
use amanat_types::id::Salt;
use amanat_types::state::BasisRef;
use amanat_types::{BlindIndex, Event, MemberId, PatientId, PublicKey, codec_struct};
use commonware_codec::{Copying, DecodeExt as _, Encode as _};
use std::collections::BTreeSet;

/// List: patient; key: number of the category; value: [`Entry`].
const ENTRY: Table = Table::new("keyring");
/// Blind index -> [`Owner`].
const OWNER: Table = Table::new("keyring-owner");
/// Patient registered here without a card -> the root of its indexes.
const ROOT: Table = Table::new("keyring-root");
/// List: patient; key: index; value: number of the category, as a paper says that is not accepted yet.
const PAPER: Table = Table::new("keyring-paper");
/// Bytes of a letter as it travels.
const POSTED_BYTES_MAX: usize = 16 * 1024;

/// What is known of one patient and category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    index: BlindIndex,
    salt: Salt,
    secret: Option<IndexSecret>,
}
codec_struct!(Entry {
    index,
    salt,
    secret
});

/// Whose an index is.
pub(crate) struct Owner {
    pub(crate) patient: PatientId,
    pub(crate) category: u8,
}
codec_struct!(Owner { patient, category });

impl From<LetterEntry> for Entry {
    fn from(entry: LetterEntry) -> Self {
        Self {
            index: entry.index,
            salt: entry.salt,
            secret: Some(entry.secret),
        }
    }
}

fn keep(
    batch: &mut Batch<'_>,
    patient: PatientId,
    category: u8,
    entry: &Entry,
) -> Result<(), Fault> {
    batch.put(ENTRY, patient.as_bytes(), &[category], &entry.encode())?;
    let owner = Owner { patient, category };
    batch.put(OWNER, b"", entry.index.as_bytes(), &owner.encode())
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Takes a letter that was sealed to this member: which index of a patient is which category. May be repeated.
    ///
    /// Gives the patient and the categories. Errors: [`Error::Invalid`] if it is not for this member or was changed.
    pub async fn accept_letter(
        &self,
        actor: &Actor,
        letter: &[u8],
    ) -> Result<(PatientId, Vec<Category>), Error> {
        self.admit(actor)?;
        let broken = || Error::invalid("letter", "must be a letter that is sealed to this member");
        if letter.len() > POSTED_BYTES_MAX {
            return Err(broken());
        }
        let posted = PostedLetter::decode(Copying(letter)).map_err(|_| broken())?;
        let secret = &self.inner.config.sealing;
        let opened = Letter::open(secret, &self.network(), &posted.context, &posted.sealed);
        let letter = opened.map_err(|_| broken())?;
        let numbers = letter.entries.iter().map(|entry| entry.category);
        let categories = numbers.filter_map(Category::from_number).collect();
        let patient = letter.patient;
        self.keep_entries(patient, letter.entries.into_vec())
            .await?;
        Ok((patient, categories))
    }

    async fn keep_entries(
        &self,
        patient: PatientId,
        entries: Vec<LetterEntry>,
    ) -> Result<(), Error> {
        self.write(move |batch| {
            for entry in entries {
                let category = entry.category;
                keep(batch, patient, category, &Entry::from(entry))?;
            }
            Ok(())
        })
        .await
    }

    /// The blind index of a patient's category, if this member knows it.
    pub fn index_of(
        &self,
        actor: &Actor,
        patient: &PatientId,
        category: Category,
    ) -> Result<Option<BlindIndex>, Error> {
        self.admit(actor)?;
        let view = self.inner.store.view()?;
        let entry = view.get(ENTRY, patient.as_bytes(), &[category.number()])?;
        let entry: Option<Entry> = entry.map(|bytes| decode(&bytes)).transpose()?;
        Ok(entry.map(|entry| entry.index))
    }

    /// The category of an index, and whose it is, if this member knows.
    pub fn owner_of(&self, index: &BlindIndex) -> Result<Option<(PatientId, Category)>, Error> {
        let owner = self.inner.store.view()?.get(OWNER, b"", index.as_bytes())?;
        let owner: Option<Owner> = owner.map(|bytes| decode(&bytes)).transpose()?;
        Ok(owner.and_then(|owner| Some((owner.patient, Category::from_number(owner.category)?))))
    }

    /// The categories of these indexes, as far as they are known here, each once.
    pub(crate) fn categories_of<'i>(
        &self,
        indexes: impl Iterator<Item = &'i BlindIndex>,
    ) -> Result<Vec<Category>, Error> {
        let mut categories = BTreeSet::new();
        for index in indexes {
            categories.extend(self.owner_of(index)?.map(|(_, category)| category));
        }
        Ok(categories.into_iter().collect())
    }

    /// Whether anything is known of a patient here.
    pub(crate) fn knows(&self, patient: &PatientId) -> Result<bool, Error> {
        let known = self.inner.store.view()?.scan(ENTRY, patient.as_bytes())?;
        Ok(!known.is_empty() || !self.inner.model.timeline(patient)?.is_empty())
    }

    /// The root of a patient who is registered here without a card: made from the member's secret and kept.
    pub(crate) async fn root_of(&self, patient: PatientId) -> Result<IndexRoot, Error> {
        let kept = self
            .inner
            .store
            .view()?
            .get(ROOT, b"", patient.as_bytes())?;
        let bytes = match kept {
            Some(bytes) => <[u8; 32]>::try_from(bytes.as_slice())
                .map_err(|e| Error::damaged("a root of the keyring", e))?,
            None => self.keyed("index-root", patient.as_bytes()),
        };
        let root = IndexRoot::new(bytes);
        let all = entries(&root, &patient_categories());
        self.write(move |batch| {
            batch.put(ROOT, b"", patient.as_bytes(), &bytes)?;
            for entry in all {
                let category = entry.category;
                keep(batch, patient, category, &Entry::from(entry))?;
            }
            Ok(())
        })
        .await?;
        Ok(root)
    }

    /// Keeps a card's paper until the ledger has accepted what it was for.
    pub(crate) async fn keep_paper(&self, paper: &CardPaper) -> Result<(), Error> {
        let (patient, openings) = (paper.patient, paper.openings.clone());
        self.write(move |batch| {
            for (category, opening) in &openings {
                let number = [category.number()];
                batch.put(PAPER, patient.as_bytes(), opening.index.as_bytes(), &number)?;
            }
            Ok(())
        })
        .await
    }

    /// A check-in was accepted: the indexes on its paper are the patient's.
    pub(crate) async fn learn_check_in(&self, call: &CheckIn) -> Result<(), Error> {
        let (patient, openings) = (call.patient, call.openings.clone());
        self.write(move |batch| {
            for Opening { index, salt } in &openings {
                let paper = batch.get(PAPER, patient.as_bytes(), index.as_bytes())?;
                let Some([category]) = paper.as_deref() else {
                    continue;
                };
                let known = batch.get(ENTRY, patient.as_bytes(), &[*category])?;
                // A letter tells more than a paper, and is not written over.
                if known.is_none() {
                    let entry = Entry {
                        index: *index,
                        salt: *salt,
                        secret: None,
                    };
                    keep(batch, patient, *category, &entry)?;
                }
                batch.remove(PAPER, patient.as_bytes(), index.as_bytes())?;
            }
            Ok(())
        })
        .await
    }

    /// What a card would hand over for these categories, from what this member knows of the patient: for whoever speaks for a patient without the
    /// patient's card (a guardian of this key), and for consent on paper.
    ///
    /// Errors: [`Error::Invalid`] (`categories`) if this member does not know one of them.
    pub fn paper_of(
        &self,
        actor: &Actor,
        patient: PatientId,
        categories: &[Category],
        key: PublicKey,
    ) -> Result<CardPaper, Error> {
        self.admit(actor)?;
        let entries = self.entries_of(&patient, categories)?.into_iter();
        let openings = entries.map(|(category, entry)| {
            let opening = Opening {
                index: entry.index,
                salt: entry.salt,
            };
            (category, opening)
        });
        Ok(CardPaper {
            patient,
            key,
            openings: openings.collect(),
        })
    }

    /// A letter on these categories to another member, from what this one knows.
    ///
    /// Errors: [`Error::Invalid`] (`categories`) if this member does not know the secret of one of them: it learned it from no letter and no own root.
    pub(crate) async fn letter_on(
        &self,
        actor: &Actor,
        patient: PatientId,
        categories: &[Category],
        (member, context): (MemberId, Context),
    ) -> Result<Vec<u8>, Error> {
        self.admit(actor)?;
        let unknown = || Error::invalid("categories", "must be known here by a letter");
        let mut letter = Vec::with_capacity(categories.len());
        for (category, entry) in self.entries_of(&patient, categories)? {
            letter.push(LetterEntry {
                category: category.number(),
                index: entry.index,
                secret: entry.secret.ok_or_else(unknown)?,
                salt: entry.salt,
            });
        }
        let letter = Letter {
            patient,
            entries: List::new(letter).map_err(|e| Error::invalid("categories", e.to_string()))?,
            label: None,
        };
        let to = self.sealing(member).await?;
        let sealed = letter.seal(&to, &self.network(), &context, &mut rand::rng());
        let posted = PostedLetter {
            context,
            sealed: sealed.map_err(|e| Error::damaged("a letter", e))?,
        };
        Ok(posted.encode().to_vec())
    }

    /// What is known of a patient's categories, by number, no repeats.
    fn entries_of(
        &self,
        patient: &PatientId,
        categories: &[Category],
    ) -> Result<Vec<(Category, Entry)>, Error> {
        let mut categories = categories.to_vec();
        categories.sort_unstable();
        categories.dedup();
        let view = self.inner.store.view()?;
        let mut entries = Vec::with_capacity(categories.len());
        for category in categories {
            let entry = view.get(ENTRY, patient.as_bytes(), &[category.number()])?;
            let unknown = || Error::invalid("categories", "must be known here");
            let entry: Entry = decode(&entry.ok_or_else(unknown)?)?;
            entries.push((category, entry));
        }
        Ok(entries)
    }

    /// What lets this member read or write a patient's records at the read model's tip: grants and permits to it, encounters here, then orders.
    /// Mandates, disclosures and studies are claimed by name only.
    pub fn bases(&self, actor: &Actor, patient: &PatientId) -> Result<Vec<KnownBasis>, Error> {
        self.admit(actor)?;
        let open = self.inner.model.open_bases(patient)?.into_iter();
        let known = open.filter_map(|basis| self.known_basis(actor, *patient, &basis));
        let mut known: Vec<KnownBasis> = known.collect();
        // An order opens or takes little: who has a visit or consent as well means that.
        known.sort_by_key(|one| {
            matches!(one.read, Some(Basis::Order(_)))
                || matches!(one.write, Some(WriteBasis::Order(_)))
        });
        Ok(known)
    }

    fn known_basis(
        &self,
        actor: &Actor,
        patient: PatientId,
        open: &OpenBasis,
    ) -> Option<KnownBasis> {
        match (&open.opened, open.basis) {
            (Event::EncounterOpened(event), BasisRef::Encounter(id))
                if event.member == self.member() =>
            {
                let reads = event.registration.is_none();
                Some(KnownBasis {
                    patient,
                    read: reads.then_some(Basis::Treatment(id)),
                    write: event.write.then_some(WriteBasis::Encounter(id)),
                    indexes: event.indexes.to_vec(),
                    until_ms: event.until_ms,
                })
            }
            (Event::ConsentGranted(event), BasisRef::Grant(id)) => {
                let ours = match event.grantee {
                    Grantee::Member(member) => member == self.member(),
                    Grantee::Practitioner(one) => actor.practitioner() == Some(one),
                };
                let access = open.access.filter(|_| ours)?;
                Some(KnownBasis {
                    patient,
                    read: access.reads().then_some(Basis::Consent(id)),
                    write: access.writes().then_some(WriteBasis::Grant(id)),
                    indexes: event.indexes.to_vec(),
                    until_ms: event.until_ms,
                })
            }
            (Event::PermitGiven(event), BasisRef::Permit(id)) => {
                // Whether somebody has a role, the ledger says.
                let ours = match event.grantee {
                    PermitGrantee::Member(member) => member == self.member(),
                    PermitGrantee::Practitioner(one) => actor.practitioner() == Some(one),
                    PermitGrantee::RoleAt(_)
                    | PermitGrantee::RoleAtKind(_)
                    | PermitGrantee::RoleAtKindWithin(_) => false,
                };
                ours.then(|| KnownBasis {
                    patient,
                    read: event.access.reads().then_some(Basis::Permit(id)),
                    write: event.access.writes().then_some(WriteBasis::Permit(id)),
                    indexes: event.indexes.to_vec(),
                    until_ms: event.until_ms,
                })
            }
            (Event::OrderPlaced(event), BasisRef::Order(id)) => {
                let performs = event.performer == self.member();
                let (reads, writes) = match &event.work {
                    Work::Test(_) => (event.member == self.member(), performs),
                    Work::Referral(referral) => (performs, performs && referral.write),
                };
                (reads || writes).then(|| KnownBasis {
                    patient,
                    read: reads.then_some(Basis::Order(id)),
                    write: writes.then_some(WriteBasis::Order(id)),
                    indexes: event.indexes.to_vec(),
                    until_ms: event.until_ms,
                })
            }
            _ => None,
        }
    }
}
