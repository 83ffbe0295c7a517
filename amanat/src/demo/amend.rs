//! Check q: a patient asks that a record be amended, the hospital refuses, and the patient's disagreement goes with the record.
use super::DemoError;
use super::desk::{self, refused};
use super::door::{Answer, Claim, Fields, text};
use super::report::Seen;
use super::world::World;
use amanat_exchange::Cosigner as _;
use amanat_fhir::Category;
use amanat_types::RecordId;
use bytes::Bytes;
use serde_json::{Value, json};

/// What the patient holds against the refusal.
const STATEMENT: &str = "the value is of another day; I was abroad when it was taken";

impl World {
    /// q. Patient 2 asks A to amend a record; A alone answers it, and refuses; B, which reads the record, is given what the patient says to that; another
    /// record is amended.
    pub async fn amendment(&mut self) -> Result<Seen, DemoError> {
        let stored = &self.case(2)?.stored;
        let of = |category| stored.iter().filter(move |one| one.category == category);
        let plain = stored.iter().map(|one| one.category);
        let mut plain = plain.filter(|one| one.is_patient() && !one.is_sensitive());
        let Some(category) = plain.find(|category| of(*category).count() > 1) else {
            let few = "patient 2 has one record only of each category: check q cannot be made";
            return Err(DemoError::TooFew(few.to_owned()));
        };
        let [(about, record), (other, _)] = self.two_of(2, category)?;
        let record = record.to_string();
        let (pseudonym, encounter) = {
            let case = self.case(2)?;
            (case.pseudonym.clone(), case.encounter.clone())
        };
        let import = format!("encounter/{encounter}");
        let request = self.says(&about, &import, "this is not mine").await?;
        self.asks(&record, &request).await?;
        let basis = format!("amendment/{record}/0");
        let letter = self.says(&about, &basis, "it is yours, and right").await?;
        let answer = |note: &str| {
            let which = [text("record", record.clone()), number(0)];
            let what = [text("answer", "accurate"), text("note", note)];
            [which, what].concat()
        };
        let by_other = desk::call(&mut self.b, "answer-amendment", answer(&letter), &[]).await?;
        let by_other = outcome(by_other);
        let done = desk::must(&mut self.a, "answer-amendment", answer(&letter), &[]).await?;
        self.stands(&done).await?;
        let statement = self.says(&about, &basis, STATEMENT).await?;
        let fields = vec![
            text("record", record.clone()),
            number(0),
            text("note", statement),
        ];
        let done = self.signed_by_card(2, "disagree", fields).await?;
        self.stands(&done).await?;
        let late = self.write_about(&about, &basis, "one more word").await?;

        let visit = self.check_in_at_b(2).await?;
        let claim = Claim {
            basis: Some(format!("encounter/{visit}")),
            patient: Some(pseudonym.clone()),
            ..Claim::default()
        };
        let (kind, id) = about.split_once('/').unwrap_or_default();
        let path = format!("/{kind}?_id={id}&patient={pseudonym}");
        let found = self.b.get(&path, &claim).await?.json();
        let included = entries(&found, "include").count();
        let told = entries(&found, "include").any(|one| one.to_string().contains(STATEMENT));
        self.leave(&visit).await?;
        let corrected = self.corrects(&other, &import).await?;
        let listed = self.amendments_of(&pseudonym).await?;
        let seen = format!(
            "B answers for A: {by_other}; A refuses; after the patient's statement A writes no more: status {}; B, which finds the record, is given {included} resources beside it, the patient's words {} them; another record: {corrected}; the patient is told of: {}",
            late.status,
            if told { "among" } else { "not among" },
            listed.join(", ")
        );
        let ok = by_other.contains("RecordNotYours")
            && late.status == 403
            && included == 3
            && told
            && corrected.starts_with("granted")
            && listed == ["accepted", "refused"];
        Ok(if ok { Ok(seen) } else { Err(seen) })
    }

    fn two_of(
        &self,
        number: usize,
        category: Category,
    ) -> Result<[(String, RecordId); 2], DemoError> {
        let two = self.some_of(number, category, 2)?.try_into();
        two.map_err(|_| DemoError::TooFew("there are no two records".to_owned()))
    }

    /// Writes a Communication about a record at A.
    async fn write_about(
        &mut self,
        about: &str,
        basis: &str,
        words: &str,
    ) -> Result<Answer, DemoError> {
        let communication = json!({
            "resourceType": "Communication",
            "status": "completed",
            "subject": {"reference": format!("Patient/{}", self.case(2)?.logical)},
            "about": [{"reference": about}],
            "payload": [{"contentString": words}]
        });
        let claim = Claim {
            basis: Some(basis.to_owned()),
            request_id: Some(self.fresh("communication")),
            ..Claim::default()
        };
        let body = Bytes::from(communication.to_string());
        self.a.post("/Communication", &claim, body).await
    }

    /// The same, where it is not expected to be refused; gives the new id.
    async fn says(&mut self, about: &str, basis: &str, words: &str) -> Result<String, DemoError> {
        let answer = self.write_about(about, basis, words).await?;
        let made = answer.json();
        let id = made.get("id").and_then(Value::as_str).map(str::to_owned);
        match id.filter(|_| answer.status == 201) {
            Some(id) => Ok(id),
            None => Err(refused(answer)),
        }
    }

    /// The patient asks at A, by card.
    async fn asks(&mut self, record: &str, request: &str) -> Result<(), DemoError> {
        let fields = vec![text("record", record), text("note", request)];
        let done = self.signed_by_card(2, "ask-amendment", fields).await?;
        self.stands(&done).await
    }

    async fn signed_by_card(
        &mut self,
        number: usize,
        name: &str,
        mut fields: Vec<Value>,
    ) -> Result<Fields, DemoError> {
        fields.push(text("key", self.card(number)?.public_key().to_string()));
        self.by_card(number, name, fields).await
    }

    /// A is asked to amend another record, does so, and says that it has.
    async fn corrects(&mut self, about: &str, basis: &str) -> Result<String, DemoError> {
        let (_, record) = about.split_once('/').unwrap_or_default();
        let request = self.says(about, basis, "a digit is wrong").await?;
        self.asks(record, &request).await?;
        let claim = Claim {
            basis: Some(format!("amendment/{record}/0")),
            patient: None,
            ..Claim::default()
        };
        let reads = Claim {
            basis: Some(basis.to_owned()),
            ..Claim::default()
        };
        let mut old = self.a.get(&format!("/{about}"), &reads).await?.json();
        if let Some(map) = old.as_object_mut() {
            map.insert("language".to_owned(), "en".into());
            map.remove("id");
            map.remove("meta");
        }
        let body = Bytes::from(old.to_string());
        let path = format!("/{about}/$amend");
        let made = self.a.post(&path, &claim, body).await?;
        if made.status != 201 {
            return Ok(format!("not amended: {}", made.diagnostics()));
        }
        let fields = vec![
            text("record", record),
            number(0),
            text("answer", "accepted"),
        ];
        let done = desk::call(&mut self.a, "answer-amendment", fields, &[]).await?;
        match done {
            Ok(done) => {
                self.stands(&done).await?;
                Ok(format!("granted in block {}", done.one("height")?))
            }
            Err(answer) => Ok(answer.diagnostics()),
        }
    }

    /// What became of each request of a patient, as A's door tells it, sorted.
    async fn amendments_of(&mut self, pseudonym: &str) -> Result<Vec<String>, DemoError> {
        let path = format!("/Patient/{pseudonym}/$amendments");
        let told = self.a.get(&path, &Claim::default()).await?.json();
        let all = told.get("parameter").and_then(Value::as_array);
        let all = all.into_iter().flatten();
        let parts = all.filter_map(|one| one.get("part").and_then(Value::as_array));
        let status = parts
            .flatten()
            .filter(|part| part.get("name") == Some(&json!("status")));
        let codes = status.filter_map(|part| part.get("valueCode").and_then(Value::as_str));
        let mut codes: Vec<String> = codes.map(str::to_owned).collect();
        codes.sort();
        Ok(codes)
    }
}

fn number(value: u8) -> Value {
    json!({"name": "number", "valueUnsignedInt": value})
}

fn outcome(done: Result<Fields, Answer>) -> String {
    match done {
        Ok(_) => "accepted".to_owned(),
        Err(answer) => answer.diagnostics(),
    }
}

/// The resources of a searchset with this mode.
fn entries<'a>(bundle: &'a Value, mode: &'static str) -> impl Iterator<Item = &'a Value> {
    let all = bundle.get("entry").and_then(Value::as_array);
    let all = all.into_iter().flatten();
    all.filter(move |one| one.pointer("/search/mode") == Some(&json!(mode)))
        .filter_map(|one| one.get("resource"))
}
