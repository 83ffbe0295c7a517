//! Checks m and n: a ward whose staff hold no cards, and what a patient keeps from a hospital.
use super::DemoError;
use super::desk::{self, refused};
use super::door::{Claim, instant, text};
use super::report::Seen;
use super::world::{B, World};
use amanat_exchange::Cosigner as _;
use amanat_types::Height;
use serde_json::{Value, json};

const HOUR_MS: u64 = 3_600_000;
/// The ward that cares for the patient.
const WARD: &str = "ward-7";

/// Status of a read, and whether it opened.
fn opens(status: u16) -> bool {
    status == 200
}

/// The parameters of this name.
fn parts<'a>(answer: &'a Value, name: &'static str) -> impl Iterator<Item = &'a Value> {
    let all = answer.get("parameter").and_then(Value::as_array);
    let all = all.into_iter().flatten();
    all.filter(move |one| one.get("name").and_then(Value::as_str) == Some(name))
}

/// The parts of a parameter that have this name.
fn named<'a>(parameter: &'a Value, name: &str) -> Option<&'a Value> {
    let parts = parameter.get("part").and_then(Value::as_array);
    let mut parts = parts.into_iter().flatten();
    parts.find(|one| one.get("name").and_then(Value::as_str) == Some(name))
}

fn names(parameter: &Value, name: &str) -> bool {
    named(parameter, name).is_some()
}

/// Whether a part of this name has this value, of whatever type.
fn has(parameter: &Value, name: &str, value: &Value) -> bool {
    let part = named(parameter, name).and_then(Value::as_object);
    part.is_some_and(|part| part.values().any(|one| one == value))
}

impl World {
    /// m. Patient 2 lies in a ward of B: its nurses read without cards, others of B do not.
    pub async fn ward(&mut self) -> Result<Seen, DemoError> {
        let (logical, pseudonym) = {
            let case = self.case(2)?;
            (case.logical.clone(), case.pseudonym.clone())
        };
        let path = format!("/Patient/{logical}");
        let encounter = self.check_in_at_b(2).await?;
        self.assign_ward(&encounter, true).await?.map_err(refused)?;
        let claim = |staff: Option<&str>| Claim {
            basis: Some(format!("encounter/{encounter}")),
            staff: staff.map(str::to_owned),
            ..Claim::default()
        };
        let nurse = format!("nurse/{WARD}/staff-4711");
        let of_ward = self.b.get(&path, &claim(Some(&nurse))).await?;
        let elsewhere = "nurse/ward-9/staff-4712";
        let of_other = self.b.get(&path, &claim(Some(elsewhere))).await?;
        let of_nobody = self.b.get(&path, &claim(None)).await?;
        let (whole, _) = self.ways_of_b(&pseudonym).await?;
        let loosened = self.assign_ward(&encounter, false).await?;
        let loosened = loosened.map_or_else(|answer| answer.diagnostics(), |_| "done".into());
        self.leave(&encounter).await?;
        let after = self.b.get(&path, &claim(Some(&nurse))).await?;
        let seen = format!(
            "a nurse of the ward: status {}; a nurse of another ward: {}; nobody named: {}; the hospital as a whole could by {whole} ways; it alone loosens the team: {loosened}; after discharge: {}",
            of_ward.status, of_other.status, of_nobody.status, after.status
        );
        let ok = opens(of_ward.status)
            && !opens(of_other.status)
            && !opens(of_nobody.status)
            && whole == 0
            && loosened.contains("TeamStrict")
            && !opens(after.status);
        Ok(if ok { Ok(seen) } else { Err(seen) })
    }

    /// Puts a visit into the care of the ward; the door's answer if it was refused.
    async fn assign_ward(
        &mut self,
        encounter: &str,
        strict: bool,
    ) -> Result<Result<(), super::door::Answer>, DemoError> {
        let key = &self.practitioner_b;
        let fields = vec![
            text("encounter", encounter),
            json!({"name": "strict", "valueBoolean": strict}),
            json!({"name": "seat", "part": [text("ward", WARD), text("role", "nurse")]}),
            text("key", key.public_key().to_string()),
        ];
        let done = desk::call(&mut self.b, "assign-care", fields, &[key]).await?;
        match done {
            Ok(done) => {
                self.stands(&done).await?;
                Ok(Ok(()))
            }
            Err(answer) => Ok(Err(answer)),
        }
    }

    /// Waits until what a door answered stands at every node that releases.
    pub async fn stands(&self, done: &super::door::Fields) -> Result<(), DemoError> {
        let height: u64 = done.one("height")?.parse().unwrap_or(0);
        self.reached(Height::new(height)).await
    }

    /// Ends a visit at B.
    pub async fn leave(&mut self, encounter: &str) -> Result<(), DemoError> {
        let fields = vec![text("encounter", encounter)];
        let done = self.b.operation("discharge", fields).await?;
        self.stands(&done.map_err(refused)?).await
    }

    /// n. Patient 2 keeps a category from B: lists pass over it, a read by name is refused, and lifting it opens again.
    pub async fn restriction(&mut self) -> Result<Seen, DemoError> {
        let pseudonym = self.case(2)?.pseudonym.clone();
        let ([category, other], _) = self.three_categories(2)?;
        let kept = self.case(2)?.stored.iter();
        let kept = kept.filter(|one| one.category == category).count();
        let (reference, _) = self.some_of(2, category, 1)?.swap_remove(0);
        let (open, _) = self.some_of(2, other, 1)?.swap_remove(0);
        let encounter = self.check_in_at_b(2).await?;
        let claim = Claim {
            basis: Some(format!("encounter/{encounter}")),
            patient: Some(pseudonym.clone()),
            ..Claim::default()
        };
        let all = match self.pages(&pseudonym, &claim).await? {
            Ok(all) => all.len(),
            Err(seen) => return Ok(Err(seen)),
        };
        let before = self.ways_of_b(&pseudonym).await?;
        let card = self.card(2)?;
        let index = card.index(category).to_string();
        let fields = vec![
            text("id", format!("demo-restriction-{encounter}")),
            text("patient", pseudonym.clone()),
            text("key", card.public_key().to_string()),
            text("access", "read"),
            json!({"name": "denied-member", "valuePositiveInt": B}),
            text("index", index),
            instant("until", crate::now_ms().plus(24 * HOUR_MS)),
        ];
        // Any member carries it: here the other hospital.
        let set = self.by_card(2, "restrict", fields).await?;
        self.stands(&set).await?;
        let during = self.ways_of_b(&pseudonym).await?;
        let withheld = self.b.get(&format!("/{reference}"), &claim).await?;
        let beside = self.b.get(&format!("/{open}"), &claim).await?;
        let fewer = match self.pages(&pseudonym, &claim).await? {
            Ok(fewer) => fewer.len(),
            Err(seen) => return Ok(Err(seen)),
        };
        let told = self.disclosed_to_b(&pseudonym).await?;
        let key = self.card(2)?.public_key().to_string();
        let restriction = text("restriction", set.one("restriction")?);
        let fields = vec![text("patient", pseudonym), restriction, text("key", key)];
        let lifted = self.by_card(2, "lift-restriction", fields).await?;
        self.stands(&lifted).await?;
        let again = self.b.get(&format!("/{reference}"), &claim).await?;
        self.leave(&encounter).await?;
        let seen = format!(
            "who could: B by {} ways, {} of them held back in part; then {} and {}; B listed {all} resources, {fewer} while {kept} of category {} were restricted; by name: status {}, another category: {}; lifted: {}; the accounting has {told} disclosures to B",
            before.0,
            before.1,
            during.0,
            during.1,
            category.name(),
            withheld.status,
            beside.status,
            again.status
        );
        let ok = before.0 > 0
            && before.1 == 0
            && during.1 > 0
            && told > 0
            && all == fewer + kept
            && kept > 0
            && !opens(withheld.status)
            && opens(beside.status)
            && opens(again.status);
        Ok(if ok { Ok(seen) } else { Err(seen) })
    }

    /// Ways by which B could open a patient's records, as A's door says, and how many are held back in part by a restriction.
    async fn ways_of_b(&mut self, pseudonym: &str) -> Result<(usize, usize), DemoError> {
        let path = format!("/Patient/{pseudonym}/$who-could");
        let answer = self.a.get(&path, &Claim::default()).await?;
        let answer = answer.json();
        let ways: Vec<&Value> = parts(&answer, "way")
            .filter(|way| has(way, "member", &json!(B)) && has(way, "granted", &json!(true)))
            .collect();
        let held = ways.iter().filter(|way| names(way, "restriction")).count();
        Ok((ways.len(), held))
    }

    /// Lines of a patient's accounting of disclosures, at A's door, with B as recipient.
    async fn disclosed_to_b(&mut self, pseudonym: &str) -> Result<usize, DemoError> {
        let path = format!("/Patient/{pseudonym}/$accounting");
        let answer = self.a.get(&path, &Claim::default()).await?;
        let answer = answer.json();
        let lines = parts(&answer, "disclosure");
        Ok(lines
            .filter(|line| has(line, "recipient", &json!(B)))
            .count())
    }

    /// A call at A's door that the card of patient `number` signs.
    pub async fn by_card(
        &mut self,
        number: usize,
        name: &str,
        fields: Vec<Value>,
    ) -> Result<super::door::Fields, DemoError> {
        let card = self.cases.iter().filter_map(|case| case.card.as_ref());
        let card = card.into_iter().nth(number - 1);
        let card = card.ok_or_else(|| DemoError::Broken(format!("no patient {number}")))?;
        desk::must(&mut self.a, name, fields, &[card]).await
    }
}
