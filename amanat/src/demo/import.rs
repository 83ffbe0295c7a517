//! The import: every Bundle through hospital A's door, each patient under a basis of its own.
use super::DemoError;
use super::desk::{self, categories};
use super::door::{Claim, instant, text};
use super::input::{Cardless, Input};
use super::report::{Counts, Rejected};
use super::world::{A, B, Case, Stored, World};
use amanat_envelope::Context;
use amanat_exchange::{Card as _, Cosigner as _, SoftCard};
use amanat_fhir::bundle::Origin;
use amanat_fhir::{Category, Limits};
use amanat_types::{EncounterId, Event, RecordId};
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Instant;

const HOUR_MS: u64 = 3_600_000;

impl World {
    /// Registers everyone and brings every Bundle in.
    pub async fn import(&mut self) -> Result<(), DemoError> {
        self.begin = self.tip().await?.plus(1);
        let until = crate::now_ms().plus(30 * 24 * HOUR_MS);
        for member in [A, B] {
            let (door, key, role) = match member {
                A => (&mut self.a, &self.practitioner_a, "registrar"),
                _ => (&mut self.b, &self.practitioner_b, "clinician"),
            };
            let fields = vec![
                text("id", format!("demo-practitioner-{member}")),
                text("key", key.public_key().to_string()),
                text("role", role),
                instant("until", until),
            ];
            desk::must(door, "register-practitioner", fields, &[key]).await?;
        }
        let start = Instant::now();
        let mut entries = 0;
        for at in 0..self.inputs.len() {
            entries += self.inputs.get(at).map_or(0, |input| input.entries().len());
            self.bring(at).await?;
        }
        crate::answer::tell(&format!(
            "  imported {} Bundles, {entries} resources, through A's door in {:.1} s; {} rejected",
            self.inputs.len(),
            start.elapsed().as_secs_f64(),
            self.rejected.len()
        ));
        Ok(())
    }

    /// Brings one Bundle in: the directory's, or a patient's after its registration.
    async fn bring(&mut self, at: usize) -> Result<(), DemoError> {
        let Some(input) = self.inputs.get(at) else {
            return Ok(());
        };
        let Some((_, cardless)) = input.patient else {
            let created = self.post(at, &Claim::default()).await?;
            self.directory += created.map_or(0, |stored| stored.0.len());
            return Ok(());
        };
        let (card, pseudonym, encounter) = match cardless {
            None => self.with_card(at).await?,
            Some(why) => self.without_card(at, why).await?,
        };
        let claim = Claim {
            basis: Some(format!("encounter/{encounter}")),
            patient: Some(pseudonym.clone()),
            ..Claim::default()
        };
        let Some((stored, origins)) = self.post(at, &claim).await? else {
            return Ok(());
        };
        let logical = stored
            .iter()
            .find_map(|one| one.reference.strip_prefix("Patient/"))
            .unwrap_or_default()
            .to_owned();
        self.cases.push(Case {
            input: at,
            card,
            pseudonym,
            encounter,
            logical,
            stored,
            origins,
        });
        Ok(())
    }

    /// A patient with a card: registered, checked in, and A told which index is which.
    async fn with_card(
        &mut self,
        at: usize,
    ) -> Result<(Option<SoftCard>, String, String), DemoError> {
        let card = SoftCard::generate()?;
        let all = categories();
        desk::must(
            &mut self.a,
            "register-patient",
            desk::paper(&card, &all),
            &[&card],
        )
        .await?;
        let now = crate::now_ms();
        let mut fields = desk::paper(&card, &all);
        fields.extend([
            text("id", format!("demo-import-{at}")),
            json!({"name": "write", "valueBoolean": true}),
            instant("until", now.plus(12 * HOUR_MS)),
            instant("ticket-until", now.plus(12 * HOUR_MS)),
        ]);
        let opened = desk::must(&mut self.a, "check-in", fields, &[&card]).await?;
        let encounter = opened.one("encounter")?.to_owned();
        let id = EncounterId::from_hex(&encounter)
            .ok_or_else(|| DemoError::Broken("the door's encounter is not an id".to_owned()))?;
        let letter = self.letter(&card, &all, A, &Context::Encounter(id))?;
        desk::letter(&mut self.a, &letter).await?;
        let pseudonym = card.patient().to_string();
        Ok((Some(card), pseudonym, encounter))
    }

    /// A patient without a card: a registration encounter that a practitioner signs.
    async fn without_card(
        &mut self,
        at: usize,
        why: Cardless,
    ) -> Result<(Option<SoftCard>, String, String), DemoError> {
        let reason = match why {
            Cardless::Deceased => "deceased",
            Cardless::Child => "child",
        };
        let key = &self.practitioner_a;
        let fields = vec![
            text("id", format!("demo-import-{at}")),
            text("key", key.public_key().to_string()),
            text("reason", reason),
            instant("until", crate::now_ms().plus(12 * HOUR_MS)),
        ];
        let opened = desk::must(&mut self.a, "register-without-card", fields, &[key]).await?;
        Ok((
            None,
            opened.one("patient")?.to_owned(),
            opened.one("encounter")?.to_owned(),
        ))
    }

    /// A letter of a card on categories for a member.
    pub fn letter(
        &self,
        card: &SoftCard,
        categories: &[Category],
        member: u16,
        context: &Context,
    ) -> Result<Vec<u8>, DemoError> {
        let genesis = &self.network.layout.genesis;
        let member = genesis
            .member(amanat_types::MemberId::new(member))
            .ok_or_else(|| DemoError::Broken(format!("there is no member {member}")))?;
        Ok(card.letter(categories, &member.sealing, &genesis.digest(), context)?)
    }

    /// Posts a Bundle; remembers what was rejected.
    async fn post(
        &mut self,
        at: usize,
        claim: &Claim<'_>,
    ) -> Result<Option<(Vec<Stored>, BTreeMap<String, Origin>)>, DemoError> {
        let Some(input) = self.inputs.get(at) else {
            return Ok(None);
        };
        let body = Bytes::from(input.bytes.clone());
        let answer = self.a.post("/", claim, body).await?;
        if answer.status != 200 {
            let index = answer
                .json()
                .pointer("/issue/0/expression/0")
                .and_then(Value::as_str)
                .and_then(|text| text.split(['[', ']']).nth(1)?.parse().ok());
            self.rejected.push(Rejected {
                file: input.file.clone(),
                index: index.unwrap_or(0),
                reason: format!("status {}: {}", answer.status, answer.diagnostics()),
            });
            return Ok(None);
        }
        created(input, &answer.json()).map(Some)
    }

    /// What stands on the ledger and in A's vault, against what came in.
    pub async fn counts(&mut self) -> Result<Counts, DemoError> {
        let mut ledger = 0usize;
        for (_, group) in self.events(self.begin).await? {
            for event in &group.events {
                match event {
                    Event::RecordDeposited(_) => ledger += 1,
                    Event::RecordRetracted(_) => ledger = ledger.saturating_sub(1),
                    _ => {}
                }
            }
        }
        let scrubbed = self.stores(A)?.scrub().await;
        let vault = scrubbed?;
        let kept = usize::try_from(vault.checked).unwrap_or(usize::MAX);
        crate::answer::tell(&format!(
            "  on the ledger: {ledger} records; in A's vault, read back and hashed: {kept} blobs"
        ));
        Ok(Counts {
            input: self.inputs.iter().map(|input| input.entries().len()).sum(),
            stored: ledger.min(kept),
            rejected: std::mem::take(&mut self.rejected),
        })
    }
}

/// Reads a transaction response beside its input.
fn created(
    input: &Input,
    response: &Value,
) -> Result<(Vec<Stored>, BTreeMap<String, Origin>), DemoError> {
    let broken = |what: &str| DemoError::Input {
        file: input.file.clone(),
        why: format!("the door's answer: {what}"),
    };
    let entries = response.get("entry").and_then(Value::as_array);
    let entries = entries.ok_or_else(|| broken("no entries"))?;
    if entries.len() != input.entries().len() {
        return Err(broken("not one entry for each of the input"));
    }
    let (mut stored, mut origins) = (Vec::new(), BTreeMap::new());
    for (index, (entry, source)) in entries.iter().zip(input.entries()).enumerate() {
        let location = entry.pointer("/response/location").and_then(Value::as_str);
        let location = location.ok_or_else(|| broken("an entry has no location"))?;
        let path = location.split("/_history").next().unwrap_or_default();
        let mut parts = path.rsplit('/');
        let (Some(id), Some(kind)) = (parts.next(), parts.next()) else {
            return Err(broken("a location is no Type/id"));
        };
        let record = RecordId::from_hex(id).ok_or_else(|| broken("an id is no record"))?;
        let reference = format!("{kind}/{id}");
        let field = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let origin = Origin {
            full_url: field(source.get("fullUrl")),
            id: field(source.pointer("/resource/id")),
        };
        origins.insert(reference.clone(), origin);
        stored.push(Stored {
            index,
            reference,
            record,
            category: category(source.get("resource"))?,
        });
    }
    Ok((stored, origins))
}

/// The category of a resource of the input.
fn category(resource: Option<&Value>) -> Result<Category, DemoError> {
    let text = resource.unwrap_or(&Value::Null).to_string();
    let checked = amanat_fhir::parse(text.as_bytes(), Limits::RESOURCE)
        .and_then(amanat_fhir::check)
        .map_err(|flaw| DemoError::Broken(flaw.to_string()))?;
    Ok(Category::of(&checked))
}
