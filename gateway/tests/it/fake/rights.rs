//! The stand-in's Provenance and archives, and how they are made to break.
use super::{Fake, MEMBER, UPDATED, opened};

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use amanat_exchange::archive::{Accounts, Contents, Part};
use amanat_exchange::{Actor, Error, Opened, ReadContext};
use amanat_fhir::Resource;
use amanat_gateway::{Cases as _, Rights};
use amanat_types::code::JournalKind;
use amanat_types::{Height, PatientId, RecordId, Refusal, TimestampMs};
use serde_json::json;

/// What becomes of the parts of an archive after the first.
#[derive(Default)]
pub struct Ills {
    /// They are refused.
    pub refused: AtomicBool,
    /// They are a bug.
    pub panics: AtomicBool,
    /// They wait as long as this is set.
    pub held: AtomicBool,
}

impl Rights for Fake {
    async fn provenance(&self, _: &Actor, opened: &[Opened]) -> Result<Vec<Resource>, Error> {
        let steps = opened.iter().flat_map(|one| {
            (0..2).map(|step| {
                let value = json!({
                    "resourceType": "Provenance", "id": format!("{}-{step}", one.record),
                    "target": [{ "reference": one.resource.reference() }],
                });
                Resource::from_value(value).expect("an object")
            })
        });
        Ok(steps.collect())
    }

    /// Parts of two records, the last of them superseded.
    async fn archive(
        &self,
        _: &Actor,
        context: &ReadContext,
        patient: PatientId,
    ) -> Result<Contents, Error> {
        self.judge(context)?;
        let stored = self.stored.lock().expect("lock");
        let of_patient = stored
            .iter()
            .filter(|(_, (_, whose))| *whose == Some(patient));
        let records: Vec<RecordId> = of_patient.map(|(record, _)| *record).collect();
        let parts = records.chunks(2).map(|some| Part {
            records: some.to_vec(),
            superseded: false,
            bytes: 1024,
        });
        let mut parts: Vec<Part> = parts.collect();
        if let Some(last) = parts.last_mut() {
            last.superseded = true;
        }
        Ok(Contents {
            height: Height::new(7),
            time_ms: UPDATED,
            parts,
        })
    }

    async fn archive_part(
        &self,
        _: &Actor,
        context: &ReadContext,
        (_, part): (PatientId, &Part),
    ) -> Result<Vec<Opened>, Error> {
        self.judge(context)?;
        let first = *self
            .stored
            .lock()
            .expect("lock")
            .keys()
            .next()
            .expect("one");
        let ills = &self.ills;
        if part.records[0] != first {
            if ills.refused.load(Ordering::SeqCst) {
                return Err(Refusal::BasisEnded.into());
            }
            assert!(!ills.panics.load(Ordering::SeqCst), "as asked");
            while ills.held.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        let stored = self.stored.lock().expect("lock");
        let found = part.records.iter();
        Ok(found
            .map(|record| opened(*record, &stored[record].0))
            .collect())
    }

    async fn archive_accounts(
        &self,
        actor: &Actor,
        patient: &PatientId,
        logical: &str,
    ) -> Result<Accounts, Error> {
        let all = (TimestampMs::new(0), TimestampMs::new(u64::MAX));
        Ok(Accounts {
            events: Box::new(
                self.audit_events(actor, patient, logical)
                    .await?
                    .into_iter(),
            ),
            disclosures: self.accounting(actor, patient, all).await?,
            doubts: vec![(MEMBER, JournalKind::Vault, "it did not answer".to_owned())],
        })
    }
}
