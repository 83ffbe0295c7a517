//! The front desk: calls that a card or a practitioner co-signs, in two steps through a door.
use super::DemoError;
use super::door::{Answer, DoorClient, Fields, text};
use amanat_exchange::{Card as _, Cosigner, SoftCard};
use amanat_fhir::Category;
use amanat_types::TransactionId;
use serde_json::{Value, json};

/// Every category of patients.
pub fn categories() -> Vec<Category> {
    let all = Category::ALL.iter().copied();
    all.filter(|category| category.is_patient()).collect()
}

/// What a card shows of itself: pseudonym, key, and the openings of these categories.
pub fn paper(card: &SoftCard, categories: &[Category]) -> Vec<Value> {
    let paper = card.paper(categories);
    let mut fields = vec![
        text("patient", paper.patient.to_string()),
        text("key", paper.key.to_string()),
    ];
    for (category, opening) in paper.openings {
        fields.push(json!({"name": "opening", "part": [
            text("category", category.name()),
            text("index", opening.index.to_string()),
            text("salt", opening.salt.to_string()),
        ]}));
    }
    fields
}

/// Prepares a call at a door and lets `signers` sign it; nothing is submitted yet.
pub async fn signed(
    door: &mut DoorClient,
    call: &str,
    mut fields: Vec<Value>,
    signers: &[&dyn Cosigner],
) -> Result<Result<(Vec<Value>, Fields), Answer>, DemoError> {
    fields.insert(0, text("call", call));
    let prepared = match door.operation("prepare", fields).await? {
        Ok(prepared) => prepared,
        Err(answer) => return Ok(Err(answer)),
    };
    let id = TransactionId::from_hex(prepared.one("id")?)
        .ok_or_else(|| DemoError::Broken("the door's id is not hexadecimal".to_owned()))?;
    let mut submission =
        vec![json!({"name": "transaction", "valueBase64Binary": prepared.one("transaction")?})];
    for key in prepared.many("cosigner") {
        let signer = signers
            .iter()
            .find(|signer| signer.public_key().to_string() == *key)
            .ok_or_else(|| DemoError::Broken(format!("{call}: nobody here has key {key}")))?;
        let signature = signer.cosign(&id)?;
        submission.push(text("signature", hex::encode(signature.as_bytes())));
    }
    Ok(Ok((submission, prepared)))
}

/// Prepares, signs and submits a call; gives the door's answer.
pub async fn call(
    door: &mut DoorClient,
    name: &str,
    fields: Vec<Value>,
    signers: &[&dyn Cosigner],
) -> Result<Result<Fields, Answer>, DemoError> {
    match signed(door, name, fields, signers).await? {
        Ok((submission, _)) => door.operation("submit", submission).await,
        Err(answer) => Ok(Err(answer)),
    }
}

/// As [`call`], where a refusal is not expected.
pub async fn must(
    door: &mut DoorClient,
    name: &str,
    fields: Vec<Value>,
    signers: &[&dyn Cosigner],
) -> Result<Fields, DemoError> {
    call(door, name, fields, signers).await?.map_err(|answer| {
        DemoError::Broken(format!(
            "{name}: status {}: {}",
            answer.status,
            answer.diagnostics()
        ))
    })
}

/// An answer that was not expected.
pub fn refused(answer: Answer) -> DemoError {
    let words = answer.diagnostics();
    DemoError::Broken(format!("status {}: {words}", answer.status))
}

/// Hands a letter in at a door.
pub async fn letter(door: &mut DoorClient, letter: &[u8]) -> Result<(), DemoError> {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(letter);
    let fields = vec![json!({"name": "letter", "valueBase64Binary": text})];
    match door.operation("letter", fields).await? {
        Ok(_) => Ok(()),
        Err(answer) => Err(DemoError::Broken(format!(
            "letter: status {}: {}",
            answer.status,
            answer.diagnostics()
        ))),
    }
}
