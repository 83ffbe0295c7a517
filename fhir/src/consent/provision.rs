//! Provisions: one exception to the base rule each.
use amanat_types::call::Heights;
use amanat_types::code::GrantAccess;
use amanat_types::{Height, Purpose, RecordId, TimestampMs};
use serde_json::{Map, Value};

use super::model::{
    ACTORS_MAX, Actor, Deny, On, PURPOSES_MAX, Period, Permit, Provision, RECORDS_MAX,
};
use super::node::{Node, coding, concept, identifier, some, there};
use super::{ACT_REASON, ACTION, DEPOSITED, RECORD, actor, class};
use crate::flaw::{Rule, Trail};
use crate::instant::{LAST_MS, instant_ms};
use crate::reference::Reference;

const KNOWN: [&str; 8] = [
    "type",
    "period",
    "actor",
    "action",
    "purpose",
    "class",
    "data",
    "modifierExtension",
];
/// Why `dataPeriod` is refused, and what stands for it (`docs/decisions/0008`).
pub(super) const CLINICAL_DATES: &str = "clinical dates are sealed in the records and no ledger sees them, so none can be judged: name the records by data, or heights of deposit by urn:amanat:ledger:deposited";
const REFUSED: [(&str, &str); 4] = [
    (
        "securityLabel",
        "labels are sealed in the records and are not judged: name a category by class",
    ),
    (
        "code",
        "codes are sealed in the records and are not judged: name a category by class",
    ),
    ("dataPeriod", CLINICAL_DATES),
    (
        "provision",
        "an exception to an exception is not supported: write it beside this one; a deny beats every permit",
    ),
];
/// Distinct actions that are read.
const ACTIONS_MAX: usize = 3;
const INSTANT: Rule =
    Rule::Expected("a time with a zone, to the second or with three digits of it");

/// Reads a provision of type permit or deny; `whole` is the period of the Consent.
pub(super) fn read(map: &Map<String, Value>, whole: Period) -> Result<Provision, Trail> {
    let node = Node::of(map, &KNOWN, &REFUSED)?;
    match node.text_there("type")? {
        "permit" => permit(node, whole).map(Provision::Permit),
        "deny" => deny(node, whole).map(Provision::Deny),
        _ => Err(Trail::new(Rule::Expected("permit or deny")).within("type")),
    }
}

fn permit(node: Node<'_>, whole: Period) -> Result<Permit, Trail> {
    let period = within(node, whole)?;
    let actors = some("actor", actors(node)?)?;
    let role = actors.iter().any(|one| matches!(one, Actor::Role(_)));
    unless(
        role,
        "actor",
        "a permit to a role names a member or a kind of members",
    )?;
    let place = actors
        .iter()
        .any(|one| matches!(one, Actor::Outside(_) | Actor::Within(_)));
    unless(
        place,
        "actor",
        "a permit to members of a jurisdiction names a role and a kind of members",
    )?;
    let access = there("action", access(node)?)?;
    let permit = Permit {
        period,
        actors,
        access,
        purposes: some("purpose", purposes(node)?)?,
        classes: some("class", class::read(node, false)?)?,
        records: records(node)?,
        deposited: deposited(node)?,
    };
    let narrowed = !permit.records.is_empty() || permit.deposited.is_some();
    if narrowed && access.writes() {
        let why =
            "a permit to write is on categories: a new record is none of those that are named";
        return Err(Trail::new(Rule::Contradiction(why)).within("action"));
    }
    Ok(permit)
}

fn deny(node: Node<'_>, whole: Period) -> Result<Deny, Trail> {
    let period = within(node, whole)?;
    let begins = whole.narrowed(period).from_ms.is_some();
    unless(
        begins,
        "period",
        "a deny begins at once: it has no start, nor has the Consent that holds it",
    )?;
    let actors = actors(node)?;
    let kind = actors
        .iter()
        .any(|one| matches!(one, Actor::RoleAtKind(_) | Actor::RoleAtKindWithin(_)));
    unless(
        kind,
        "actor",
        "a deny of a role is of one member or of everyone",
    )?;
    let access = access(node)?.unwrap_or(GrantAccess::ReadWrite);
    let purposes = purposes(node)?;
    let beyond = purposes
        .iter()
        .any(|one| matches!(one, Purpose::Etreat | Purpose::Patrqt));
    unless(
        beyond,
        "purpose",
        "a deny does not bind emergency treatment, nor the patient",
    )?;
    let (classes, records) = (class::read(node, true)?, records(node)?);
    let on = match (classes.is_empty(), records.is_empty()) {
        (true, true) => On::All,
        (false, true) => On::Classes(classes),
        (true, false) => On::Records(records),
        (false, false) => {
            let why = "a deny names either classes or records";
            return Err(Trail::new(Rule::Unsupported(why)).within("data"));
        }
    };
    unless(
        node.map().contains_key("modifierExtension"),
        "modifierExtension",
        "a deny takes no modifier",
    )?;
    Ok(Deny {
        until_ms: period.until_ms,
        actors,
        access,
        purposes,
        on,
    })
}

fn unless(so: bool, name: &str, why: &'static str) -> Result<(), Trail> {
    match so {
        true => Err(Trail::new(Rule::Unsupported(why)).within(name)),
        false => Ok(()),
    }
}

/// Reads `period`.
pub(super) fn period(node: Node<'_>) -> Result<Period, Trail> {
    let read = |map| {
        let node = Node::of(map, &["start", "end"], &[])?;
        let moment = |name| {
            let text = node.text(name)?;
            let read = text.map(|text| moment(text).ok_or(INSTANT)).transpose();
            read.map_err(|rule| Trail::new(rule).within(name))
        };
        let (start, end) = (moment("start")?, moment("end")?);
        let period = Period {
            from_ms: start.map(|(first, _)| first),
            until_ms: end.map(|(_, after)| after),
        };
        match ascends(period) {
            true => Ok(period),
            false => Err(Trail::new(Rule::Contradiction("must end after it starts"))),
        }
    };
    Ok(node.one("period", read)?.unwrap_or_default())
}

/// Reads `period` of a provision, which lies within that of the Consent and ends.
fn within(node: Node<'_>, whole: Period) -> Result<Period, Trail> {
    let own = period(node)?;
    let before = matches!((whole.from_ms, own.from_ms), (Some(whole), Some(own)) if own < whole);
    let after = matches!((whole.until_ms, own.until_ms), (Some(whole), Some(own)) if whole < own);
    let span = whole.narrowed(own);
    if before || after || !ascends(span) {
        let why = "must lie within the period of the Consent";
        return Err(Trail::new(Rule::Contradiction(why)).within("period"));
    }
    let end = there("end", span.until_ms);
    end.map_err(|trail| trail.within("period"))?;
    Ok(own)
}

fn ascends(period: Period) -> bool {
    let empty = |(from, until)| until <= from;
    !period.from_ms.zip(period.until_ms).is_some_and(empty)
}

/// The first moment that a time matches, and the first after it: a time to the second matches the whole of it.
fn moment(text: &str) -> Option<(TimestampMs, TimestampMs)> {
    let first = instant_ms(text).filter(|first| *first <= LAST_MS)?;
    let (_, clock) = text.split_once('T')?;
    let length = match clock.split_once('.') {
        None => 1_000,
        Some((_, rest)) if rest.find(|c: char| !c.is_ascii_digit()) == Some(3) => 1,
        Some(_) => return None,
    };
    let after = first.checked_add(length)?;
    Some((TimestampMs::new(first), TimestampMs::new(after)))
}

fn actors(node: Node<'_>) -> Result<Vec<Actor>, Trail> {
    node.set("actor", ACTORS_MAX, actor::read)
}

/// To read is `access`, to write `collect`, both are `correct` ("access and correct"); of several, all together.
fn access(node: Node<'_>) -> Result<Option<GrantAccess>, Trail> {
    let actions = node.each("action", ACTIONS_MAX, |map| match concept(map)? {
        (ACTION, "access") => Ok((true, false)),
        (ACTION, "collect") => Ok((false, true)),
        (ACTION, "correct") => Ok((true, true)),
        (ACTION, "use" | "disclose") => {
            let why = "the ledger judges access (reading) and collect (writing): it could not keep a reader from what this action allows or denies";
            Err(Trail::new(Rule::Unsupported(why)))
        }
        _ => {
            let rule = "access, collect or correct of http://terminology.hl7.org/CodeSystem/consentaction";
            Err(Trail::new(Rule::Expected(rule)))
        }
    })?;
    let any = |(reads, writes): (bool, bool), (more_reads, more_writes): (bool, bool)| {
        (reads || more_reads, writes || more_writes)
    };
    Ok(match actions.into_iter().fold((false, false), any) {
        (true, true) => Some(GrantAccess::ReadWrite),
        (true, false) => Some(GrantAccess::Read),
        (false, true) => Some(GrantAccess::Write),
        (false, false) => None,
    })
}

fn purposes(node: Node<'_>) -> Result<Vec<Purpose>, Trail> {
    node.set("purpose", PURPOSES_MAX, |map| {
        let (system, code) = coding(map)?;
        let purpose = Purpose::parse(code).filter(|_| system == ACT_REASON);
        let rule =
            "TREAT, ETREAT, PATRQT, HOPERAT, HPAYMT, HRESCH, PUBHLTH or HLEGAL of HL7 v3 ActReason";
        purpose.ok_or_else(|| Trail::new(Rule::Expected(rule)))
    })
}

/// Reads `data`: single records, by their id here or their name on the ledger.
fn records(node: Node<'_>) -> Result<Vec<RecordId>, Trail> {
    node.set("data", RECORDS_MAX, |map| {
        let node = Node::of(map, &["meaning", "reference"], &[])?;
        if node.text_there("meaning")? != "instance" {
            let why = "only instance is supported: what else a record leads to is sealed in it";
            return Err(Trail::new(Rule::Unsupported(why)).within("meaning"));
        }
        node.one_there("reference", record)
    })
}

fn record(map: &Map<String, Value>) -> Result<RecordId, Trail> {
    let known = ["type", "reference", "identifier", "display"];
    let node = Node::of(map, &known, &[])?;
    let rule =
        Rule::Expected("Type/id of a record here, or an identifier of urn:amanat:ledger:record");
    let named = node.one("identifier", identifier)?;
    let id = match (node.text("reference")?, named) {
        (Some(text), None) => match Reference::parse(text) {
            Some(Reference::Local { kind, id, .. }) if kind.category().is_patient() => id,
            _ => return Err(Trail::new(rule).within("reference")),
        },
        (None, Some((RECORD, value))) => value,
        _ => return Err(Trail::new(rule)),
    };
    RecordId::from_hex(id).ok_or_else(|| Trail::new(rule))
}

/// Reads the modifier [`DEPOSITED`]: extensions `first` and `last`, each a height in a `valueString`.
fn deposited(node: Node<'_>) -> Result<Option<Heights>, Trail> {
    let read = |map| {
        let node = Node::of(map, &["url", "extension"], &[])?;
        if node.text_there("url")? != DEPOSITED {
            let why = "the only modifier that is supported is urn:amanat:ledger:deposited";
            return Err(Trail::new(Rule::Unsupported(why)).within("url"));
        }
        let ends = node.each("extension", 2, |map| {
            let node = Node::of(map, &["url", "valueString"], &[])?;
            let digits = node.text_there("valueString")?;
            let height = digits.parse().ok().map(Height::new);
            let rule = Rule::Expected("a height in decimal digits");
            let height = height.ok_or_else(|| Trail::new(rule).within("valueString"))?;
            Ok((node.text_there("url")?, height))
        })?;
        match ends.as_slice() {
            [("first", first), ("last", last)] if first <= last => Ok(Heights {
                first: *first,
                last: *last,
            }),
            _ => {
                let rule = "first and last, in this order, of which the last is not the smaller";
                Err(Trail::new(Rule::Expected(rule)).within("extension"))
            }
        }
    };
    let read = node.each("modifierExtension", 1, read)?;
    Ok(read.into_iter().next())
}
