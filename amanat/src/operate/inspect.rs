//! `amanat inspect`: a block, a transaction, a value of the state, in words. No personal data exists there.
//!
//! It shows what the own node says. A proof that needs no node is a receipt: `amanat inspect receipt`, `amanat verify`.
use super::clock;
use super::target::Api;
use crate::answer::Answer;
use crate::command_error::CommandError;
use amanat_client::{Fault, Ledger as _};
use amanat_types::block::Block;
use amanat_types::code::JournalKind;
use amanat_types::event::Event;
use amanat_types::id::{
    BlindIndex, EncounterId, GrantId, HoldId, MemberId, PatientId, PractitionerId, RecordId,
    TicketId,
};
use amanat_types::key::PublicKey;
use amanat_types::receipt::{Outcome, Receipt};
use amanat_types::{Height, StateKey, TransactionId, state};
use commonware_codec::{DecodeExt as _, Read};
use serde_json::{Value, json};

/// Names of the values of the state, and what each needs.
pub const STATE_NAMES: &str = "roster; member N; actor KEY; sequence KEY; practitioner ID; patient ID; index ID; encounter ID; grant ID; record ID; succession MEMBER; jurisdiction MEMBER; retention; hold ID; holds RECORD; erasure RECORD; ticket ID; emergencies PRACTITIONER; anchor MEMBER vault|custodian";

/// What is shown: words, and the same as JSON.
#[derive(Debug)]
pub struct Shown {
    /// For a person.
    pub words: String,
    /// For a program.
    pub json: Value,
}

impl From<Shown> for Answer {
    fn from(shown: Shown) -> Self {
        Self::yes(shown.words, shown.json)
    }
}

fn fault(fault: Fault) -> CommandError {
    let mut text = fault.to_string();
    let mut cause = std::error::Error::source(&fault);
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    CommandError::Unknown(text)
}

/// A finalised block. A height above the tip does not hold.
pub async fn block(api: &Api, height: u64) -> Result<Shown, CommandError> {
    let node = api.node();
    let bytes = node.block(Height::new(height)).await.map_err(fault)?;
    let bytes = bytes.ok_or_else(|| {
        let rule = format!("there is no finalised block {height} yet");
        CommandError::rule("inspect", "height", rule)
    })?;
    let broken = || CommandError::Unknown(format!("{}: the block does not decode", api.address));
    let block = Block::decode(bytes).map_err(|_| broken())?;
    let header = block.header();
    let mut receipts = Vec::new();
    if !block.payload().ids().is_empty() {
        let page = node
            .events(Height::new(height), 1, 0)
            .await
            .map_err(fault)?;
        let found = page
            .blocks
            .iter()
            .find(|found| found.height.get() == height);
        receipts = found
            .map(|found| found.receipts.to_vec())
            .unwrap_or_default();
    }
    let mut words = format!(
        "Block {height} of {}, epoch {}, rules {}\n  digest       {}\n  parent       {}\n  state        {}\n  transactions {}\n",
        clock::at(header.time.get()),
        header.epoch(),
        header.protocol,
        hex::encode(header.digest().0),
        hex::encode(header.parent.0),
        hex::encode(header.state_root.0),
        block.payload().ids().len()
    );
    let mut listed = Vec::new();
    let transactions = block.payload().transactions().iter();
    for (at, (id, transaction)) in block.payload().ids().iter().zip(transactions).enumerate() {
        let body = &transaction.body;
        let calls: Vec<String> = body.calls.iter().map(name_of).collect();
        let outcome = receipts.get(at).map(outcome_of).unwrap_or_default();
        let sponsor = body.sponsor.number();
        words.push_str(&format!(
            "  {id} by member {sponsor}: {}: {outcome}\n",
            calls.join(", ")
        ));
        listed.push(json!({
            "id": id.to_string(),
            "sponsor": sponsor,
            "sequence": body.sequence,
            "signatures": transaction.signatures.len(),
            "calls": calls,
            "outcome": outcome,
        }));
    }
    let json = json!({
        "height": height,
        "time": clock::at(header.time.get()),
        "time_ms": header.time.get(),
        "epoch": header.epoch(),
        "protocol": header.protocol,
        "digest": hex::encode(header.digest().0),
        "parent": hex::encode(header.parent.0),
        "state_root": hex::encode(header.state_root.0),
        "transactions": listed,
    });
    Ok(Shown { words, json })
}

/// The name of a call or an event: the first word of its print.
fn name_of(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    let end = text.find(|c: char| !c.is_alphanumeric());
    text.get(..end.unwrap_or(text.len()))
        .unwrap_or_default()
        .to_owned()
}

fn outcome_of(receipt: &Receipt) -> String {
    match &receipt.outcome {
        Outcome::Accepted(_) => format!("accepted, {} units", receipt.units),
        Outcome::Refused(refused) => format!(
            "refused: call {}: {} ({}): {}",
            refused.call,
            refused.refusal.number(),
            refused.refusal.name(),
            refused.refusal.text()
        ),
    }
}

/// What became of a transaction.
pub async fn transaction(api: &Api, id: &str) -> Result<Shown, CommandError> {
    let id = TransactionId::from_hex(id).ok_or_else(|| {
        CommandError::rule("inspect", "transaction", "64 hexadecimal digits are needed")
    })?;
    let proof = api.node().receipt(id).await.map_err(fault)?;
    let proof = proof.ok_or_else(|| {
        let rule = "no such transaction is final";
        CommandError::rule("inspect", "transaction", rule)
    })?;
    let header = &proof.header.header;
    let outcome = outcome_of(&proof.receipt);
    let events: Vec<String> = proof.events.events.iter().map(describe).collect();
    let mut words = format!(
        "Transaction {id}\n  block   {} of {}, position {}\n  outcome {outcome}\n",
        header.height,
        clock::at(header.time.get()),
        proof.position
    );
    for event in &events {
        words.push_str(&format!("  event   {event}\n"));
    }
    let json = json!({
        "transaction": id.to_string(),
        "height": header.height.get(),
        "time": clock::at(header.time.get()),
        "position": proof.position,
        "outcome": outcome,
        "events": events,
    });
    Ok(Shown { words, json })
}

fn describe(event: &Event) -> String {
    format!("{event:?}")
}

/// A value of the state: its key, and how it is shown.
struct Named {
    key: StateKey,
    show: fn(&[u8]) -> Option<String>,
}

fn shown<T: Read<Cfg = ()> + std::fmt::Debug>(bytes: &[u8]) -> Option<String> {
    T::decode(bytes.to_vec())
        .ok()
        .map(|value| format!("{value:#?}"))
}

/// A value of the state at the finalised tip, by the name of its key; no value is an answer too.
pub async fn state(api: &Api, name: &str, arguments: &[String]) -> Result<Shown, CommandError> {
    let named = named(name, arguments)?;
    let answer = api.node().state(vec![named.key]).await.map_err(fault)?;
    let value = answer.values.first().and_then(Option::as_ref);
    let text = value.map(|value| {
        let unknown = || "a value that this program does not know".to_owned();
        (named.show)(value).unwrap_or_else(unknown)
    });
    let title = format!("{name} {}", arguments.join(" "));
    let words = format!(
        "{} at height {} of {}\n  key {}\n{}\n",
        title.trim(),
        answer.height,
        clock::at(answer.time_ms.get()),
        named.key,
        text.as_deref().unwrap_or("  no value")
    );
    let json = json!({
        "name": name,
        "arguments": arguments,
        "key": named.key.to_string(),
        "height": answer.height.get(),
        "time": clock::at(answer.time_ms.get()),
        "bytes": value.map(|value| hex::encode(&value[..])),
        "value": text,
    });
    Ok(Shown { words, json })
}

fn named(name: &str, arguments: &[String]) -> Result<Named, CommandError> {
    let wrong = |field: &str, rule: &str| CommandError::rule("inspect state", field, rule);
    let argument = |at: usize, rule: &str| {
        let text = arguments.get(at).map(String::as_str);
        text.ok_or_else(|| wrong("argument", rule))
    };
    let digits = "an id of 32 or 64 hexadecimal digits is needed";
    macro_rules! by_id {
        ($id:ident, $key:ident, $value:ident) => {{
            let id = $id::from_hex(argument(0, digits)?);
            let id = id.ok_or_else(|| wrong("argument", digits))?;
            Named {
                key: StateKey::$key(&id),
                show: shown::<state::$value>,
            }
        }};
    }
    let member = || {
        let rule = "the number of a member is needed";
        let number = argument(0, rule)?
            .parse()
            .map_err(|_| wrong("argument", rule))?;
        Ok::<_, CommandError>(MemberId::new(number))
    };
    let public = || {
        let rule = "a public key of 64 or 66 hexadecimal digits is needed";
        PublicKey::from_hex(argument(0, rule)?).ok_or_else(|| wrong("argument", rule))
    };
    let of = |key, show| Named { key, show };
    Ok(match name {
        "roster" => of(StateKey::roster(), shown::<state::RosterState>),
        "member" => of(StateKey::member(member()?), shown::<state::Member>),
        "actor" => of(StateKey::actor(&public()?), shown::<state::Actor>),
        "sequence" => of(StateKey::sequence(&public()?), shown::<state::Sequence>),
        "practitioner" => by_id!(PractitionerId, practitioner, Practitioner),
        "patient" => by_id!(PatientId, patient, Patient),
        "index" => by_id!(BlindIndex, index, IndexOwner),
        "encounter" => by_id!(EncounterId, encounter, Encounter),
        "grant" => by_id!(GrantId, grant, GrantState),
        "record" => by_id!(RecordId, record, Record),
        "jurisdiction" => of(
            StateKey::jurisdiction(member()?),
            shown::<amanat_types::Jurisdiction>,
        ),
        "retention" => of(StateKey::retention(), shown::<state::Retention>),
        "hold" => by_id!(HoldId, hold, HoldState),
        "holds" => by_id!(RecordId, holds, Holds),
        "erasure" => by_id!(RecordId, erasure, ErasureState),
        "succession" => of(StateKey::succession(member()?), shown::<state::Succession>),
        "ticket" => by_id!(TicketId, ticket, Ticket),
        "emergencies" => by_id!(PractitionerId, emergencies, Emergencies),
        "anchor" => {
            let rule = "vault or custodian is needed after the member";
            let kind = JournalKind::parse(argument(1, rule)?);
            let kind = kind.ok_or_else(|| wrong("argument", rule))?;
            of(
                StateKey::anchor(member()?, kind),
                shown::<state::AnchorState>,
            )
        }
        _ => return Err(wrong("name", &format!("must be one of: {STATE_NAMES}"))),
    })
}
