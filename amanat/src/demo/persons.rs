//! Checks o, p and r: somebody speaks for an unconscious patient, a lost card is of no use to whoever finds it, and a child's card decides
//! nothing.
use super::DemoError;
use super::desk::{self, categories, refused};
use super::door::{Answer, Claim, DoorClient, Fields, instant, text};
use super::report::Seen;
use super::world::{D, World};
use amanat_exchange::{Cosigner, SoftKey};
use amanat_fhir::Category;
use serde_json::{Value, json};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// A call with the keys of all who sign.
async fn all_sign(
    door: &mut DoorClient,
    name: &str,
    mut fields: Vec<Value>,
    signers: &[&dyn Cosigner],
) -> Result<Result<Fields, Answer>, DemoError> {
    let keys = signers.iter().map(|one| one.public_key().to_string());
    fields.extend(keys.map(|key| text("key", key)));
    desk::call(door, name, fields, signers).await
}

/// What became of a call that was to be refused.
fn outcome(done: &Result<Fields, Answer>) -> String {
    match done {
        Ok(_) => "accepted".to_owned(),
        Err(answer) => answer.diagnostics(),
    }
}

/// Registers somebody of a member's staff with a fresh key.
async fn staff(door: &mut DoorClient, role: &str) -> Result<SoftKey, DemoError> {
    let key = SoftKey::generate()?;
    let public = key.public_key().to_string();
    let fields = vec![
        text(
            "id",
            format!("demo-{role}-{public}")
                .chars()
                .take(100)
                .collect::<String>(),
        ),
        text("key", public),
        text("role", role),
        instant("until", crate::now_ms().plus(30 * DAY_MS)),
    ];
    desk::must(door, "register-practitioner", fields, &[&key]).await?;
    Ok(key)
}

fn whose(patient: &str) -> Vec<Value> {
    vec![text("patient", patient)]
}

impl World {
    /// o. Patient 4 named patient 1 to decide while it cannot; two clinicians record that it cannot, and later one that it can.
    pub async fn guardian(&mut self) -> Result<Seen, DemoError> {
        let second_clinician = staff(&mut self.b, "clinician").await?;
        let second_key = SoftKey::generate()?;
        let (logical, patient) = {
            let case = self.case(4)?;
            (case.logical.clone(), case.pseudonym.clone())
        };
        let guardian = self.case(1)?.pseudonym.clone();
        self.name_guardian(&patient, &guardian, &second_key).await?;
        let early = self.check_in_by(4, 1, "early").await?;
        let clinicians: [&dyn Cosigner; 2] = [&self.practitioner_b, &second_clinician];
        let mut fields = whose(&patient);
        fields.push(instant("until", crate::now_ms().plus(DAY_MS)));
        let recorded = all_sign(&mut self.b, "record-incapacity", fields, &clinicians).await?;
        self.stands(&recorded.map_err(refused)?).await?;
        let own = self.check_in_by(4, 4, "own").await?;
        let by_guardian = self.check_in_by(4, 1, "guardian").await?;
        let by_guardian = by_guardian.map_err(refused)?;
        let encounter = by_guardian.one("encounter")?.to_owned();
        self.stands(&by_guardian).await?;
        let claim = Claim {
            basis: Some(format!("encounter/{encounter}")),
            ..Claim::default()
        };
        let read = self.b.get(&format!("/Patient/{logical}"), &claim).await?;
        let cards = self.cases.iter().filter_map(|case| case.card.as_ref());
        let card = cards.into_iter().nth(3);
        let card = card.ok_or_else(|| DemoError::Broken("no patient 4".into()))?;
        let signers: [&dyn Cosigner; 2] = [card, &self.practitioner_b];
        let woke = all_sign(&mut self.b, "end-incapacity", whose(&patient), &signers).await?;
        self.stands(&woke.map_err(refused)?).await?;
        let late = self.check_in_by(4, 1, "late").await?;
        let again = self.check_in_by(4, 4, "again").await?.map_err(refused)?;
        self.leave(&encounter).await?;
        self.leave(again.one("encounter")?).await?;
        let seen = format!(
            "before: the guardian: {}; while incapable: the own card: {}; the guardian checks in and the hospital reads: status {}; afterwards: the guardian: {}; the own card: accepted",
            outcome(&early),
            outcome(&own),
            read.status,
            outcome(&late)
        );
        let ok = outcome(&early).contains("LinkNotInForce")
            && outcome(&own).contains("GuardianDecides")
            && read.status == 200
            && outcome(&late).contains("LinkNotInForce");
        Ok(if ok { Ok(seen) } else { Err(seen) })
    }

    /// Patient 4 sets a second key at A's desk and names patient 1, at once since the second key signs.
    async fn name_guardian(
        &mut self,
        patient: &str,
        guardian: &str,
        second_key: &SoftKey,
    ) -> Result<(), DemoError> {
        let cards: Vec<_> = self
            .cases
            .iter()
            .filter_map(|case| case.card.as_ref())
            .collect();
        let (Some(of_guardian), Some(own)) = (cards.first(), cards.get(3)) else {
            return Err(DemoError::Broken("there are no four cards".into()));
        };
        let mut fields = whose(patient);
        fields.push(text("second-key", second_key.public_key().to_string()));
        let signers: [&dyn Cosigner; 3] = [*own, second_key, &self.practitioner_a];
        let set = all_sign(&mut self.a, "set-second-key", fields, &signers).await?;
        set.map_err(refused)?;
        let mut fields = whose(patient);
        fields.extend([
            text("guardian", guardian),
            text("kind", "contingent"),
            json!({"name": "reads", "valueBoolean": true}),
            json!({"name": "decides", "valueBoolean": true}),
            instant("until", crate::now_ms().plus(365 * DAY_MS)),
        ]);
        let signers: [&dyn Cosigner; 3] = [*own, *of_guardian, second_key];
        let linked = all_sign(&mut self.a, "link-guardian", fields, &signers).await?;
        linked.map_err(refused)?;
        Ok(())
    }

    /// Checks patient `number` in at B, signed by the card of patient `signer`; B names the categories that it knows.
    async fn check_in_by(
        &mut self,
        number: usize,
        signer: usize,
        what: &str,
    ) -> Result<Result<Fields, Answer>, DemoError> {
        let id = self.fresh(what);
        let patient = self.case(number)?.pseudonym.clone();
        let cards = self.cases.iter().filter_map(|case| case.card.as_ref());
        let card = cards.into_iter().nth(signer - 1);
        let card = card.ok_or_else(|| DemoError::Broken(format!("no patient {signer}")))?;
        check_in(&mut self.b, (id, &patient), &categories(), card).await
    }

    /// p. The card of patient 3 is lost: suspended, of no use to its finder; another is asked for by officer and registrar, and vetoed
    /// when the first one turns up.
    pub async fn lost_card(&mut self) -> Result<Seen, DemoError> {
        let officer = staff(&mut self.d, "officer").await?;
        let new_card = SoftKey::generate()?;
        let patient = self.case(3)?.pseudonym.clone();
        // A visit before, by which B knows the patient's categories.
        let visit = self.check_in_at_b(3).await?;
        self.leave(&visit).await?;
        let lost = self.card(3)?.public_key().to_string();
        let about = |card: &str| {
            let mut fields = whose(&patient);
            fields.push(text("card", card));
            fields
        };
        let registrar: [&dyn Cosigner; 1] = [&self.practitioner_a];
        let done = all_sign(&mut self.a, "suspend-card", about(&lost), &registrar).await?;
        self.stands(&done.map_err(refused)?).await?;
        let thief = self.check_in_by(3, 3, "thief").await?;
        let asks = |fields: Vec<Value>| {
            let mut fields = fields;
            fields.push(json!({"name": "authority", "valuePositiveInt": D}));
            fields
        };
        let new = new_card.public_key().to_string();
        let alone: [&dyn Cosigner; 2] = [&new_card, &self.practitioner_a];
        let alone = all_sign(&mut self.a, "ask-reissue", asks(about(&new)), &alone).await?;
        let both: [&dyn Cosigner; 3] = [&new_card, &officer, &self.practitioner_a];
        let asked = all_sign(&mut self.a, "ask-reissue", asks(about(&new)), &both).await?;
        self.stands(&asked.map_err(refused)?).await?;
        let signers: [&dyn Cosigner; 2] = [&new_card, &self.practitioner_a];
        let early = all_sign(&mut self.a, "activate-card", about(&new), &signers).await?;
        let cards = self.cases.iter().filter_map(|case| case.card.as_ref());
        let found = cards.into_iter().nth(2);
        let found = found.ok_or_else(|| DemoError::Broken("no patient 3".into()))?;
        let signers: [&dyn Cosigner; 2] = [found, &self.practitioner_a];
        let resumed = all_sign(&mut self.a, "resume-card", about(&lost), &signers).await?;
        resumed.map_err(refused)?;
        let pending = self.check_in_by(3, 3, "pending").await?;
        let cards = self.cases.iter().filter_map(|case| case.card.as_ref());
        let found = cards.into_iter().nth(2);
        let found = found.ok_or_else(|| DemoError::Broken("no patient 3".into()))?;
        let vetoed = all_sign(&mut self.a, "veto-reissue", whose(&patient), &[found]).await?;
        self.stands(&vetoed.map_err(refused)?).await?;
        let again = self.check_in_by(3, 3, "again").await?.map_err(refused)?;
        self.leave(again.one("encounter")?).await?;
        let seen = format!(
            "whoever finds it checks in: {}; a reissue by a registrar alone: {}; by officer and registrar: asked; the new card at once: {}; the first card, found again, while it waits: {}; after its veto: accepted",
            outcome(&thief),
            outcome(&alone),
            outcome(&early),
            outcome(&pending)
        );
        let ok = outcome(&thief).contains("CardSuspended")
            && outcome(&alone).contains("TooFewOfficers")
            && outcome(&early).contains("ReissueTooEarly")
            && outcome(&pending).contains("ReissuePending");
        Ok(if ok { Ok(seen) } else { Err(seen) })
    }

    /// r. A child is born at A and registered without a card; patient 1 becomes its parent. What takes a day or eighteen years is told by
    /// the stories of care, not here.
    pub async fn minor(&mut self) -> Result<Seen, DemoError> {
        let child = self.newborn().await?;
        let (mother, stranger) = (
            self.case(1)?.pseudonym.clone(),
            self.case(2)?.pseudonym.clone(),
        );
        let ids = [self.fresh("minor"), self.fresh("mother")];
        let mut cards = self.cases.iter().filter_map(|case| case.card.as_ref());
        let (Some(mothers), Some(strangers)) = (cards.next(), cards.next()) else {
            return Err(DemoError::Broken("there are no two cards".into()));
        };
        let registrar = &self.practitioner_a;
        let alone: [&dyn Cosigner; 1] = [registrar];
        let without = all_sign(
            &mut self.a,
            "link-guardian",
            parent(&child, &mother),
            &alone,
        )
        .await?;
        let both: [&dyn Cosigner; 2] = [mothers, registrar];
        let linked = all_sign(&mut self.a, "link-guardian", parent(&child, &mother), &both).await?;
        linked.map_err(refused)?;
        let other: [&dyn Cosigner; 2] = [strangers, registrar];
        let other = all_sign(
            &mut self.a,
            "link-guardian",
            parent(&child, &stranger),
            &other,
        )
        .await?;
        let card = SoftKey::generate()?;
        let mut fields = whose(&child);
        fields.push(text("card", card.public_key().to_string()));
        let signers: [&dyn Cosigner; 2] = [&card, registrar];
        let issued = all_sign(&mut self.a, "issue-card", fields, &signers).await?;
        issued.map_err(refused)?;
        let [own, early] = ids;
        let own = check_in(&mut self.a, (own, &child), &[Category::Document], &card).await?;
        let early = check_in(&mut self.a, (early, &child), &[Category::Document], mothers).await?;
        let seen = format!(
            "a parent's link by a registrar alone: {}; with the mother's card: made; a stranger's beside it: {}; the child's own card checks in: {}; the mother, before the day in which she may be found out is over: {}",
            outcome(&without),
            outcome(&other),
            outcome(&own),
            outcome(&early)
        );
        let ok = outcome(&without).contains("GuardianNotPresent")
            && outcome(&other).contains("LinkNotYours")
            && outcome(&own).contains("GuardianDecides")
            && outcome(&early).contains("LinkNotInForce");
        Ok(if ok { Ok(seen) } else { Err(seen) })
    }

    /// Somebody born at A; gives the pseudonym.
    async fn newborn(&mut self) -> Result<String, DemoError> {
        let id = self.fresh("newborn");
        let key = &self.practitioner_a;
        let fields = vec![
            text("id", id),
            text("reason", "newborn"),
            instant("until", crate::now_ms().plus(HOUR_MS)),
            text("key", key.public_key().to_string()),
        ];
        let born = desk::must(&mut self.a, "register-without-card", fields, &[key]).await?;
        Ok(born.one("patient")?.to_owned())
    }
}

/// Checks somebody in on categories that the door knows, signed by any card.
async fn check_in(
    door: &mut DoorClient,
    (id, patient): (String, &str),
    categories: &[Category],
    card: &dyn Cosigner,
) -> Result<Result<Fields, Answer>, DemoError> {
    let until = crate::now_ms().plus(8 * HOUR_MS);
    let mut fields = vec![
        text("id", id),
        text("patient", patient),
        text("key", card.public_key().to_string()),
        json!({"name": "write", "valueBoolean": false}),
        instant("until", until),
        instant("ticket-until", until),
    ];
    let all = categories.iter();
    fields.extend(all.map(|category| text("category", category.name())));
    desk::call(door, "check-in", fields, &[card]).await
}

/// A parent's link until the child comes of age: to the first of a month.
fn parent(child: &str, guardian: &str) -> Vec<Value> {
    let grown = crate::now_ms().plus(17 * 366 * DAY_MS);
    let of_age: String = amanat_fhir::instant(grown.get()).chars().take(4).collect();
    let mut fields = whose(child);
    fields.extend([
        text("guardian", guardian),
        text("kind", "parent"),
        json!({"name": "reads", "valueBoolean": true}),
        json!({"name": "decides", "valueBoolean": true}),
        json!({"name": "until", "valueInstant": format!("{of_age}-01-01T00:00:00Z")}),
    ]);
    fields
}
