//! The stand-in's Provenance and archives, and how they are made to break.
use super::{Fake, MEMBER, NOTE, NOTED, UPDATED, opened};

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use amanat_exchange::archive::{Accounts, Contents, Part};
use amanat_exchange::matching::Matched;
use amanat_exchange::notices::Notices;
use amanat_exchange::opened::OpenedAsk;
use amanat_exchange::{
    Accepted, Actor, AmendmentRow, Deposited, Draft, Error, GlassRow, Notice, Opened, OpenedRow,
    ReadContext, SamePerson, WriteContext,
};
use amanat_fhir::matching::{Grade, Likeness};
use amanat_fhir::{Checked, Resource};
use amanat_gateway::{Cases as _, Rights};
use amanat_types::call;
use amanat_types::code::{AmendmentReason, JournalKind, RetractReason};
use amanat_types::state::{AmendmentState, AmendmentVerdict};
use amanat_types::{Height, MemberId, PatientId, RecordId, Refusal, TimestampMs, digest};
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

/// Another pseudonym of everybody here.
const SAME: SamePerson = SamePerson {
    other: PatientId::new([0x5a; 16]),
    replaced: true,
    from_ms: TimestampMs::new(0),
    until_ms: TimestampMs::new(u64::MAX),
};

impl Rights for Fake {
    async fn amendments(&self, _: &Actor, patient: &PatientId) -> Result<Vec<AmendmentRow>, Error> {
        let at = |days: u64| UPDATED.plus(days * 24 * 3_600_000);
        let row = |number, answered, disagreement| AmendmentRow {
            amendment: call::AmendmentRef {
                record: NOTED,
                number,
            },
            patient: *patient,
            member: MemberId::new(2),
            state: AmendmentState {
                request: NOTE,
                asked_ms: UPDATED,
                by_ms: at(60),
                extended: None,
                answered,
                disagreement,
            },
        };
        let refused = AmendmentVerdict {
            time_ms: at(1),
            refused: Some(call::Unamended {
                reason: AmendmentReason::Accurate,
                letter: NOTE,
            }),
        };
        Ok(vec![row(0, Some(refused), Some(NOTE)), row(1, None, None)])
    }

    fn match_patient(
        &self,
        _: &Actor,
        asked: &Checked,
        (certain, most): (bool, usize),
    ) -> Result<Vec<Matched>, Error> {
        let asked = Likeness::of(asked);
        let stored = self.stored.lock().expect("lock");
        let patients = stored
            .iter()
            .filter(|(_, (one, _))| one.kind().name() == "Patient");
        let found = patients.filter_map(|(record, (one, whose))| {
            let agreement = asked.agrees(&Likeness::of(one))?;
            Some(Matched {
                record: *record,
                patient: (*whose)?,
                agreement,
                same: vec![SAME],
            })
        });
        let fits = |one: &Matched| !certain || one.agreement.grade == Grade::Certain;
        Ok(found.filter(fits).take(most).collect())
    }

    fn opened(&self, _: &Actor, ask: OpenedAsk) -> Result<Vec<OpenedRow>, Error> {
        let member = ask.member.unwrap_or(MEMBER);
        let all = self.opened.lock().expect("lock");
        let all = all.iter().map(|one| one.opened);
        let own = all.filter(|_| member == MEMBER);
        let within = own.filter(|one| (ask.start..ask.end).contains(&one.time_ms));
        let of = |one: &OpenedRow| {
            ask.practitioner
                .is_none_or(|id| one.practitioner == Some(id))
        };
        Ok(within.filter(of).collect())
    }

    fn glass_to_review(&self, _: &Actor, member: Option<MemberId>) -> Result<Vec<GlassRow>, Error> {
        match member.unwrap_or(MEMBER) {
            MEMBER => Ok(self.opened.lock().expect("lock").clone()),
            _ => Ok(Vec::new()),
        }
    }

    fn notices(&self, _: &Actor, after: u64, most: usize) -> Result<Notices, Error> {
        if most > 1000 {
            return Err(Error::invalid("_count", "must be 1 to 1000"));
        }
        let all = self.notices.lock().expect("lock");
        let mut rest = all.iter().filter(|one| one.number > after);
        let notices: Vec<Notice> = rest.by_ref().take(most).cloned().collect();
        Ok(Notices {
            last: notices.last().map_or(after, |one| one.number),
            more: rest.next().is_some(),
            notices,
        })
    }

    fn notes(&self, _: &Actor, record: &RecordId) -> Result<Vec<RecordId>, Error> {
        let noted = *record == NOTED;
        Ok(noted.then_some(NOTE).into_iter().collect())
    }

    async fn amend(
        &self,
        actor: &Actor,
        context: Option<&WriteContext>,
        over: RecordId,
        draft: Draft,
    ) -> Result<Deposited, Error> {
        let mut done = self.deposit(actor, context, vec![draft]).await?;
        let known = self.stored.lock().expect("lock").remove(&over).is_some();
        match done.pop().filter(|one| known || one.existed) {
            Some(done) => Ok(done),
            None => Err(Refusal::RecordUnknown.into()),
        }
    }

    async fn retract(
        &self,
        _: &Actor,
        record: RecordId,
        _: RetractReason,
    ) -> Result<Accepted, Error> {
        let stored = self.stored.lock().expect("lock").remove(&record);
        stored.ok_or(Refusal::RecordUnknown)?;
        Ok(Accepted {
            transaction: digest("fake", &[record.as_bytes()]).into(),
            height: Height::new(8),
            time_ms: UPDATED,
            events: Vec::new(),
        })
    }

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
