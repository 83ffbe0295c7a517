//! Checks d and e: a visit with a card, and broken glass without one.
use super::DemoError;
use super::desk::{self, categories};
use super::door::{Answer, Claim, instant, text};
use super::report::Seen;
use super::world::{B, World};
use amanat_client::Ledger as _;
use amanat_envelope::Context;
use amanat_exchange::Cosigner as _;
use amanat_types::state::Emergencies;
use amanat_types::{EncounterId, Event, PractitionerId, StateKey};
use bytes::Bytes;
use commonware_codec::DecodeExt as _;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const HOUR_MS: u64 = 3_600_000;
/// How long broken glass stays open here.
const EMERGENCY_MS: u64 = 4_000;

impl World {
    /// d. Patient 2 checks in at B, B reads and writes; discharge ends both.
    pub async fn visit(&mut self) -> Result<Seen, DemoError> {
        let (logical, pseudonym) = {
            let case = self.case(2)?;
            (case.logical.clone(), case.pseudonym.clone())
        };
        let start = Instant::now();
        let encounter = self.check_in_at_b(2).await?;
        let claim = Claim {
            basis: Some(format!("encounter/{encounter}")),
            patient: Some(pseudonym),
            ..Claim::default()
        };
        let read = self.b.get(&format!("/Patient/{logical}"), &claim).await?;
        let first_ms = start.elapsed().as_millis();
        let wrote = self.write_at_b(&logical, &claim).await?;
        let fields = vec![text("encounter", encounter.clone())];
        let discharged = self.b.operation("discharge", fields).await?;
        let discharged = discharged
            .map_err(|answer| DemoError::Broken(format!("discharge: {}", answer.diagnostics())))?;
        let height: u64 = discharged.one("height")?.parse().unwrap_or(0);
        self.reached(amanat_types::Height::new(height)).await?;
        let read_after = self.b.get(&format!("/Patient/{logical}"), &claim).await?;
        let wrote_after = self.write_at_b(&logical, &claim).await?;
        let seen = format!(
            "encounter {encounter}: read status {}, {first_ms} ms after the card was shown, write status {}; discharged in block {height}: read status {}, write status {} ({})",
            read.status,
            wrote.status,
            read_after.status,
            wrote_after.status,
            wrote_after.diagnostics()
        );
        let ok = read.status == 200
            && wrote.status == 201
            && read_after.status == 404
            && matches!(wrote_after.status, 403 | 404 | 409 | 422);
        Ok(if ok {
            Ok(seen)
        } else {
            Err(format!("{seen}; {}", wrote.diagnostics()))
        })
    }

    /// Checks a patient in at B with its card, for reading and writing everything.
    pub async fn check_in_at_b(&mut self, number: usize) -> Result<String, DemoError> {
        let id = self.fresh("visit");
        let card = self
            .cases
            .iter()
            .filter_map(|case| case.card.as_ref())
            .nth(number - 1)
            .ok_or_else(|| DemoError::Broken(format!("there is no patient {number}")))?;
        let all = categories();
        let now = crate::now_ms();
        let mut fields = desk::paper(card, &all);
        fields.extend([
            text("id", id),
            json!({"name": "write", "valueBoolean": true}),
            instant("until", now.plus(8 * HOUR_MS)),
            instant("ticket-until", now.plus(8 * HOUR_MS)),
        ]);
        let opened = desk::must(&mut self.b, "check-in", fields, &[card]).await?;
        let encounter = opened.one("encounter")?.to_owned();
        let id = EncounterId::from_hex(&encounter)
            .ok_or_else(|| DemoError::Broken("the door's encounter is not an id".to_owned()))?;
        let letter = self.letter(card, &all, B, &Context::Encounter(id))?;
        desk::letter(&mut self.b, &letter).await?;
        Ok(encounter)
    }

    async fn write_at_b(&mut self, logical: &str, claim: &Claim<'_>) -> Result<Answer, DemoError> {
        let observation = json!({
            "resourceType": "Observation",
            "status": "final",
            "category": [{"coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                "code": "vital-signs"
            }]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
            "subject": {"reference": format!("Patient/{logical}")},
            "valueQuantity": {"value": 72, "unit": "/min"}
        });
        let claim = Claim {
            request_id: Some(self.fresh("observation")),
            ..claim.clone()
        };
        let body = Bytes::from(observation.to_string());
        self.b.post("/Observation", &claim, body).await
    }

    /// e. Broken glass at B for patient 3.
    pub async fn break_glass(&mut self) -> Result<Seen, DemoError> {
        let before = self.tip().await?;
        let (pseudonym, emergency) = {
            let case = self.case(3)?;
            let first = case.stored.iter().find(|one| one.category.is_emergency());
            let first = first.ok_or_else(|| {
                DemoError::TooFew(
                    "patient 3 has no record of an emergency category: check e cannot be made"
                        .to_owned(),
                )
            })?;
            (case.pseudonym.clone(), first.reference.clone())
        };
        let until = crate::now_ms().plus(EMERGENCY_MS);
        let key = &self.practitioner_b;
        let fields = vec![
            text("id", format!("demo-emergency-{}", until.get())),
            text("patient", pseudonym.clone()),
            text("key", key.public_key().to_string()),
            instant("until", until),
        ];
        let broken = desk::must(&mut self.b, "break-glass", fields, &[key]).await?;
        let ticket = broken.one("ticket")?.to_owned();
        let claim = Claim {
            purpose: Some("ETREAT"),
            basis: Some(format!("emergency/{ticket}")),
            patient: Some(pseudonym),
            ..Claim::default()
        };
        let read = self.b.get(&format!("/{emergency}"), &claim).await?;
        let flagged = self
            .find_event(before, |event| matches!(event, Event::GlassBroken(_)))
            .await?;
        let Some((height, transaction, Event::GlassBroken(flag))) = flagged else {
            return Ok(Err("no GlassBroken is on the ledger".to_owned()));
        };
        self.receipt("e-glass-broken", transaction).await?;
        let pending = self.pending(&flag.practitioner).await?;
        let left = until.since(crate::now_ms()) + 1_500;
        tokio::time::sleep(Duration::from_millis(left)).await;
        let after = self.b.get(&format!("/{emergency}"), &claim).await?;
        let justified = self.justify(&ticket).await?;
        let waiting = self.pending(&flag.practitioner).await?;
        let seen = format!(
            "read status {}; flagged in block {height}, to be justified within {} h; after its {} s: read status {}; justifications waiting: {pending}, then {waiting} after {justified}",
            read.status,
            flag.justify_by_ms.since(crate::now_ms()) / HOUR_MS + 1,
            EMERGENCY_MS / 1000,
            after.status
        );
        let ok = read.status == 200 && after.status == 404 && pending == 1 && waiting == 0;
        Ok(if ok {
            Ok(seen)
        } else {
            Err(format!("{seen}; {}", read.diagnostics()))
        })
    }

    /// How many emergencies of a practitioner wait for a justification, in finalised state.
    async fn pending(&self, practitioner: &PractitionerId) -> Result<usize, DemoError> {
        let key = StateKey::emergencies(practitioner);
        let answer = self.node(B)?.state(vec![key]).await?;
        let value = answer.values.first().and_then(Option::as_ref);
        let pending = value.map(|value| Emergencies::decode(value.to_vec()));
        match pending.transpose() {
            Ok(pending) => Ok(pending.map_or(0, |list| list.pending.len())),
            Err(_) => Err(DemoError::Broken("emergencies do not decode".to_owned())),
        }
    }

    async fn justify(&mut self, ticket: &str) -> Result<String, DemoError> {
        let key = &self.practitioner_b;
        let fields: Vec<Value> = vec![
            text("ticket", ticket),
            text("key", key.public_key().to_string()),
            text(
                "text",
                "unconscious on arrival; allergies and medication were needed at once",
            ),
        ];
        let done = desk::must(&mut self.b, "justify", fields, &[key]).await?;
        Ok(format!(
            "the justification in block {}",
            done.one("height")?
        ))
    }
}
