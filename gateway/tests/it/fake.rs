//! Use cases in memory: small, obvious, with the exchange's promises as far as a door can see them.
mod rights;
mod signed;
mod told;

use self::signed::{accepted, signed};

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amanat_exchange::accounting::Disclosure;
use amanat_exchange::care::{SeatAsk, StaffAsk};
use amanat_exchange::everything::Page;
use amanat_exchange::explain::{Reader, Verdict, Way};
use amanat_exchange::fhir_consent::ConsentAsk;
use amanat_exchange::permit::PermitAsk;
use amanat_exchange::restrict::RestrictAsk;
use amanat_exchange::{
    Accepted, Actor, Basis, CardPaper, Deposited, Draft, Error, Fault, GlassRow, KnownBasis,
    Notice, Opened, Prepared, ReadContext, WriteContext,
};
use amanat_fhir::consent::Provision;
use amanat_fhir::outcome::{Issue, IssueType, operation_outcome};
use amanat_fhir::search::Search;
use amanat_fhir::{Category, Checked, Resource, ResourceType, canonical};
use amanat_gateway::{Call, Cases, ToSign};
use amanat_types::call::{self, Care, WriteBasis};
use amanat_types::codec::List;
use amanat_types::explain::Explanation;
use amanat_types::id::{Commitment, Salt};
use amanat_types::transaction::Body;
use amanat_types::{
    BlindIndex, Digest, EncounterId, Height, LocalId, MemberId, PatientId, PublicKey, Purpose,
    RecordId, Refusal, Signature, TimestampMs, digest, limits,
};

/// The member of the tests.
pub const MEMBER: MemberId = MemberId::new(1);
/// A patient with an open encounter.
pub const PATIENT: PatientId = PatientId::new([0x11; 16]);
/// A patient whom the member knows and has no basis for.
pub const STRANGER: PatientId = PatientId::new([0x22; 16]);
/// The open encounter.
pub const ENCOUNTER: EncounterId = EncounterId::new([0x33; 16]);
/// When everything was updated.
pub const UPDATED: TimestampMs = TimestampMs::new(1_795_167_120_007);
/// A record whose amendment was refused.
pub const NOTED: RecordId = RecordId::new([0xcc; 16]);
/// What was said to that.
pub const NOTE: RecordId = RecordId::new([0xcb; 16]);
/// A record at which the fake panics.
pub const PANIC: RecordId = RecordId::new([0xee; 16]);
/// A record that takes for ever.
pub const SLOW: RecordId = RecordId::new([0xdd; 16]);
/// A record that is erased.
pub const ERASED: RecordId = RecordId::new([0xca; 16]);

/// The stand-in; clones are one.
#[derive(Clone, Default)]
pub struct Fake(Arc<State>);

impl std::ops::Deref for Fake {
    type Target = State;
    fn deref(&self) -> &State {
        &self.0
    }
}

/// What it holds.
#[derive(Default)]
pub struct State {
    /// What is in the outbox.
    pub notices: Mutex<Vec<Notice>>,
    /// Tickets, each as if it were on broken glass.
    pub opened: Mutex<Vec<GlassRow>>,
    pub stored: Mutex<BTreeMap<RecordId, (Checked, Option<PatientId>)>>,
    contents: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
    /// Under what was read, in order: what the ledger would have seen.
    pub asked: Mutex<Vec<ReadContext>>,
    /// Whether the node is down.
    pub down: AtomicBool,
    /// What becomes of archives.
    pub ills: rights::Ills,
}

impl Fake {
    /// Resources stored.
    pub fn count(&self) -> usize {
        self.stored.lock().expect("lock").len()
    }

    fn judge(&self, context: &ReadContext) -> Result<(), Error> {
        self.asked.lock().expect("lock").push(*context);
        if self.down.load(Ordering::SeqCst) {
            return Err(Error::Fault(Fault::Unavailable {
                address: "10.0.0.1:1".to_owned(),
                retry_after_ms: 1500,
            }));
        }
        match context.basis {
            Basis::None => Err(Refusal::NoBasis.into()),
            Basis::Consent(_) => Err(Refusal::GrantRevoked.into()),
            Basis::Treatment(encounter) if encounter != ENCOUNTER => {
                Err(Refusal::EncounterUnknown.into())
            }
            _ => Ok(()),
        }
    }

    fn page(
        &self,
        wanted: impl Fn(&Checked, Option<PatientId>) -> bool,
        cursor: Option<&str>,
        count: usize,
    ) -> Result<Page, Error> {
        let stored = self.stored.lock().expect("lock");
        let all: Vec<_> = stored
            .iter()
            .filter(|(_, (one, whose))| wanted(one, *whose))
            .collect();
        let from: usize = cursor
            .map_or(Ok(0), str::parse)
            .map_err(|_| Error::invalid("_cursor", "must be a cursor"))?;
        let opened = all
            .iter()
            .skip(from)
            .take(count)
            .map(|(record, (resource, _))| opened(**record, resource));
        let next = (from + count < all.len()).then(|| (from + count).to_string());
        let issue = Issue::information(IssueType::Suppressed, "something may have been withheld");
        Ok(Page {
            opened: opened.collect(),
            included: Vec::new(),
            next,
            notice: operation_outcome(&[issue]),
            tickets: Vec::new(),
        })
    }
}

fn opened(record: RecordId, resource: &Checked) -> Opened {
    Opened {
        record,
        member: MEMBER,
        index: BlindIndex::directory(MEMBER),
        height: Height::new(7),
        resource: resource.clone(),
    }
}

impl Cases for Fake {
    fn member(&self) -> MemberId {
        MEMBER
    }

    async fn ready(&self) -> Result<(), Error> {
        self.judge(&ReadContext::directory())
    }

    fn record_id(&self, _: &Actor, caller_id: &[u8]) -> RecordId {
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(&digest("fake", &[caller_id]).0[..16]);
        RecordId::derive(MEMBER, LocalId::new(bytes))
    }

    fn patient_of(&self, _: &Actor, logical: &str) -> Result<Option<PatientId>, Error> {
        if let Some(known) = [PATIENT, STRANGER]
            .into_iter()
            .find(|one| one.to_string() == logical)
        {
            return Ok(Some(known));
        }
        let stored = self.stored.lock().expect("lock");
        let found = stored
            .values()
            .find(|(one, _)| one.reference() == Some(format!("Patient/{logical}")));
        Ok(found.and_then(|(_, whose)| *whose))
    }

    fn bases(&self, _: &Actor, patient: &PatientId) -> Result<Vec<KnownBasis>, Error> {
        let known = KnownBasis {
            patient: PATIENT,
            read: Some(Basis::Treatment(ENCOUNTER)),
            write: Some(WriteBasis::Encounter(ENCOUNTER)),
            indexes: Vec::new(),
            until_ms: UPDATED,
        };
        Ok(if *patient == PATIENT {
            vec![known]
        } else {
            Vec::new()
        })
    }

    fn paper_of(
        &self,
        _: &Actor,
        patient: PatientId,
        categories: &[Category],
        key: PublicKey,
    ) -> Result<CardPaper, Error> {
        let opening = call::Opening {
            index: BlindIndex::new([0x77; 16]),
            salt: amanat_types::id::Salt::new([0x88; 32]),
        };
        let openings = categories.iter().map(|one| (*one, opening.clone()));
        Ok(CardPaper {
            patient,
            key,
            openings: openings.collect(),
        })
    }

    async fn patient_of_basis(
        &self,
        _: &Actor,
        basis: &WriteBasis,
    ) -> Result<Option<PatientId>, Error> {
        Ok((*basis == WriteBasis::Encounter(ENCOUNTER)).then_some(PATIENT))
    }

    async fn deposit(
        &self,
        _: &Actor,
        context: Option<&WriteContext>,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Deposited>, Error> {
        let mut contents = self.contents.lock().expect("lock");
        let mut stored = self.stored.lock().expect("lock");
        let known = |draft: &Draft| {
            contents
                .get(&draft.caller_id)
                .is_some_and(|old| *old != canonical(&draft.resource))
        };
        if drafts.iter().any(known) {
            return Err(Error::Conflict);
        }
        let mut done = Vec::new();
        for mut draft in drafts {
            let mut bytes = [0u8; 16];
            bytes.copy_from_slice(&digest("fake", &[&draft.caller_id]).0[..16]);
            let record = RecordId::derive(MEMBER, LocalId::new(bytes));
            let existed = contents
                .insert(draft.caller_id, canonical(&draft.resource))
                .is_some();
            draft
                .resource
                .set_version("1", &amanat_fhir::instant(UPDATED.get()))?;
            stored.insert(
                record,
                (draft.resource, context.map(|context| context.patient)),
            );
            done.push(Deposited {
                record,
                existed,
                updated_ms: UPDATED,
                transaction: None,
                height: Height::new(7),
            });
        }
        Ok(done)
    }

    async fn read(
        &self,
        _: &Actor,
        context: &ReadContext,
        record: RecordId,
    ) -> Result<Opened, Error> {
        assert_ne!(record, PANIC, "as asked");
        if record == SLOW {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        if record == ERASED {
            return Err(Refusal::RecordErased.into());
        }
        self.judge(context)?;
        let stored = self.stored.lock().expect("lock");
        let (resource, _) = stored.get(&record).ok_or(Refusal::RecordUnknown)?;
        Ok(opened(record, resource))
    }

    async fn search(
        &self,
        _: &Actor,
        context: &ReadContext,
        kind: ResourceType,
        search: &Search,
    ) -> Result<Page, Error> {
        self.judge(context)?;
        let wanted = |one: &Checked, whose: Option<PatientId>| {
            one.kind() == kind
                && (context.patient.is_none() || whose == context.patient)
                && search
                    .ids
                    .as_ref()
                    .is_none_or(|ids| ids.iter().any(|id| one.id() == Some(id)))
        };
        self.page(wanted, search.cursor.as_deref(), usize::from(search.count))
    }

    async fn everything(
        &self,
        _: &Actor,
        context: &ReadContext,
        patient: PatientId,
        cursor: Option<&str>,
        count: usize,
    ) -> Result<Page, Error> {
        self.judge(context)?;
        self.page(|_, whose| whose == Some(patient), cursor, count)
    }

    async fn audit_events(
        &self,
        _: &Actor,
        _: &PatientId,
        logical: &str,
    ) -> Result<Vec<Resource>, Error> {
        let event = |number: usize| {
            let value = serde_json::json!({
                "resourceType": "AuditEvent", "id": format!("e{number}"), "entity": [{"what": {"reference": format!("Patient/{logical}")}}],
            });
            Resource::from_value(value).expect("an object")
        };
        Ok((0..5).map(event).collect())
    }

    async fn accounting(
        &self,
        _: &Actor,
        _: &PatientId,
        (from_ms, to_ms): (TimestampMs, TimestampMs),
    ) -> Result<Vec<Disclosure>, Error> {
        if from_ms >= to_ms {
            return Err(Error::invalid("from", "must be before the end"));
        }
        Ok(vec![told::disclosure()])
    }

    async fn who_could(
        &self,
        _: &Actor,
        _: &PatientId,
        record: Option<RecordId>,
    ) -> Result<Vec<Way>, Error> {
        Ok(told::ways(record))
    }

    async fn explain(
        &self,
        _: &Actor,
        context: &ReadContext,
        _: RecordId,
    ) -> Result<Explanation, Error> {
        told::explanation(context)
    }

    async fn consents_in_force(
        &self,
        _: &Actor,
        _: &PatientId,
        logical: &str,
    ) -> Result<Vec<Resource>, Error> {
        let consent = |number: usize| {
            let value = serde_json::json!({
                "resourceType": "Consent", "id": format!("c{number}"), "patient": {"reference": format!("Patient/{logical}")},
            });
            Resource::from_value(value).expect("an object")
        };
        Ok((0..2).map(consent).collect())
    }

    async fn prepare(&self, _: &Actor, asked: Call) -> Result<ToSign, Error> {
        let (calls, key) = signed(asked)?;
        let member = amanat_types::key::MemberSigner::from_seed([1; 32]).public_key();
        let signers: Vec<PublicKey> = vec![member, key];
        let prepared = Prepared {
            body: Body {
                version: 1,
                network: Digest::from([4; 32]),
                sponsor: MEMBER,
                sequence: 9,
                last_height: Height::new(500),
                signers: List::new(signers).map_err(|_| Refusal::SignerCount)?,
                stored: List::empty(),
                calls: List::new(calls).map_err(|_| Refusal::NoCalls)?,
            },
        };
        let letter = matches!(prepared.body.calls[0], call::Call::PlaceOrder(_));
        Ok(ToSign {
            prepared,
            letter: letter.then(|| b"letter".to_vec()),
        })
    }

    async fn submit(
        &self,
        _: &Actor,
        prepared: Prepared,
        cosignatures: Vec<Signature>,
    ) -> Result<Accepted, Error> {
        if cosignatures.iter().any(|one| one.as_bytes()[0] == 0xff) {
            return Err(Refusal::SignatureInvalid.into());
        }
        Ok(accepted(&prepared.body))
    }

    async fn accept_letter(
        &self,
        _: &Actor,
        letter: &[u8],
    ) -> Result<(PatientId, Vec<Category>), Error> {
        if letter == b"letter" {
            Ok((PATIENT, vec![Category::Laboratory]))
        } else {
            Err(Error::invalid(
                "letter",
                "must be a letter that is sealed to this member",
            ))
        }
    }

    async fn staff(
        &self,
        _: &Actor,
        encounter: EncounterId,
        ask: &StaffAsk,
    ) -> Result<Care, Error> {
        Ok(Care {
            encounter,
            staff: LocalId::new([u8::try_from(ask.staff.len()).unwrap_or(0); 16]),
            role: ask.role,
            ward: LocalId::new([u8::try_from(ask.ward.len()).unwrap_or(0); 16]),
        })
    }

    fn committed(
        &self,
        _: &Actor,
        commitment: &Commitment,
    ) -> Result<Option<(Salt, Vec<u8>)>, Error> {
        let (salt, content) = (Salt::new([1; 32]), b"what was said".to_vec());
        let made = Commitment::text(&salt, &content);
        Ok((*commitment == made).then_some((salt, content)))
    }

    async fn discharge(
        &self,
        _: &Actor,
        encounter: EncounterId,
        grace_ms: Option<u64>,
    ) -> Result<Accepted, Error> {
        if encounter != ENCOUNTER {
            return Err(Refusal::EncounterNotYours.into());
        }
        if grace_ms.is_some_and(|grace_ms| grace_ms > limits::GRACE_MS_MAX) {
            return Err(Refusal::GraceTooLong.into());
        }
        let prepared = self
            .prepare(
                &Actor::new(MEMBER, "x").ok_or(Error::NotFound)?,
                Call::Revoke(
                    amanat_types::GrantId::new([0; 16]),
                    PublicKey::P256([2; 33]),
                ),
            )
            .await?
            .prepared;
        Ok(accepted(&prepared.body))
    }
}
