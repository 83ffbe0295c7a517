//! Slots of sentences: what may stand in each, and its word in the language of tables.
use super::cast::{CATEGORIES, member_letter, patient_word, practitioner_word};
use super::clock::{span, time};
use amanat_types::code::{LinkKind, MemberKind, RegistrationReason, RetractReason};
use amanat_types::{Jurisdiction, Purpose, Role};
use std::collections::BTreeMap;

/// A day: what a check-in's ticket lasts at most.
const DAY_MS: u64 = 24 * 3_600_000;

/// Where a sentence is said.
pub struct Place<'p> {
    /// Letter of the sponsor.
    pub sponsor: &'static str,
    /// When.
    pub at_ms: u64,
    /// Labels of the story so far, with the letter of the member that gave them.
    pub labels: &'p mut BTreeMap<String, &'static str>,
}

impl Place<'_> {
    /// Notes that the sponsor calls something so.
    pub fn give(&mut self, label: &str) -> Result<(), String> {
        let owner = *self.labels.entry(label.to_owned()).or_insert(self.sponsor);
        match owner == self.sponsor {
            true => Ok(()),
            false => Err(format!("another member calls something `{label}`")),
        }
    }

    /// The word of something that was named before.
    pub fn named(&self, text: &str) -> Result<String, Unfit> {
        let label = label(text).ok_or(Unfit::Other)?;
        let owner = self.labels.get(label);
        let owner = owner.ok_or_else(|| Unfit::Unknown(format!("nothing is called {text}")))?;
        Ok(format!("{owner}/{label}"))
    }
}

/// Why words do not fit a slot.
#[derive(Debug)]
pub enum Unfit {
    /// They are not of this kind: another sentence may fit.
    Other,
    /// They are of this kind, and unknown.
    Unknown(String),
}

/// The words of slots, and the labels that they give.
pub type Words = (BTreeMap<&'static str, String>, Vec<String>);

/// Purposes in plain words.
pub const PURPOSES: [(&str, Purpose); 8] = [
    ("treatment", Purpose::Treat),
    ("emergency treatment", Purpose::Etreat),
    ("the patient", Purpose::Patrqt),
    ("operations", Purpose::Hoperat),
    ("payment", Purpose::Hpaymt),
    ("research", Purpose::Hresch),
    ("public health", Purpose::Pubhlth),
    ("legal duty", Purpose::Hlegal),
];

/// Roles in plain words, of one and of many.
pub const ROLES: [(&str, &str, Role); 7] = [
    ("clinician", "clinicians", Role::Clinician),
    ("nurse", "nurses", Role::Nurse),
    ("registrar", "registrars", Role::Registrar),
    ("pharmacist", "pharmacists", Role::Pharmacist),
    ("technician", "technicians", Role::Technician),
    ("officer", "officers", Role::Officer),
    ("privacy officer", "privacy officers", Role::Privacy),
];

/// Kinds of members in plain words, of many.
pub const KINDS: [(&str, MemberKind); 3] = [
    ("hospitals", MemberKind::Hospital),
    ("laboratories", MemberKind::Laboratory),
    ("pharmacies", MemberKind::Pharmacy),
];

/// The words of all slots of one reading.
pub fn fill(slots: &[(&str, &str)], place: &Place<'_>) -> Result<Words, Unfit> {
    let (mut words, mut given) = (BTreeMap::new(), Vec::new());
    let whose = slots.iter().find(|(slot, _)| *slot == "patient");
    let whose = whose.and_then(|(_, name)| patient_word(name));
    words.insert("sponsor", place.sponsor.to_owned());
    for (slot, text) in slots {
        let word = word(slot, text, whose.as_deref(), place)?;
        let name = NAMES.iter().find(|name| *name == slot).copied();
        if *slot == "new" {
            given.push(word.clone());
        }
        if *slot == "end" {
            let most = place.at_ms + DAY_MS;
            let end: u64 = word.parse().unwrap();
            words.insert("ticket", end.min(most).to_string());
        }
        if *slot == "categories" {
            let opened = word
                .split(',')
                .filter(|word| word.starts_with("emergency-"));
            words.insert("emergency", opened.collect::<Vec<_>>().join(","));
        }
        words.insert(name.unwrap_or_else(|| panic!("no such slot: {slot}")), word);
    }
    Ok((words, given))
}

/// Names of slots.
const NAMES: &[&str] = &[
    "access",
    "basis",
    "categories",
    "count",
    "denied",
    "end",
    "grantee",
    "guardian",
    "link",
    "member",
    "members",
    "name",
    "names",
    "new",
    "patient",
    "place",
    "practitioner",
    "purpose",
    "purposes",
    "reason",
    "retraction",
    "seats",
    "span",
    "start",
];

/// The word of one slot.
fn word(slot: &str, text: &str, whose: Option<&str>, place: &Place<'_>) -> Result<String, Unfit> {
    let plain = |found: Option<String>| found.ok_or(Unfit::Other);
    match slot {
        "patient" | "guardian" => plain(patient_word(text)),
        "member" => plain(member_letter(text).map(str::to_owned)),
        "members" => each(text, |one| plain(member_letter(one).map(str::to_owned))),
        "practitioner" => plain(practitioner_word(text)),
        "new" => plain(label(text).map(str::to_owned)),
        "name" => place.named(text),
        "names" => each(text, |one| place.named(one)),
        "categories" => {
            let whose = whose.ok_or(Unfit::Other)?;
            each(text, |one| {
                let known = CATEGORIES.contains(&one);
                plain(known.then(|| format!("{one}-{whose}")))
            })
        }
        "end" => plain(end(text, place.at_ms)),
        "start" => plain(time(text).map(|ms| ms.to_string())),
        "span" => plain(span(text).map(|ms| ms.to_string())),
        "count" => plain(text.parse::<u64>().ok().map(|count| count.to_string())),
        "access" => plain(access(text).map(str::to_owned)),
        "purpose" => plain(purpose(text)),
        "purposes" => each(text, |one| plain(purpose(one))),
        "grantee" => plain(grantee(text)),
        "denied" => plain(denied(text)),
        "place" => plain(code(text).map(str::to_owned)),
        "seats" => each(text, |one| plain(seat(one))),
        "basis" => basis(text, place),
        "link" => plain(LinkKind::parse(text).map(|_| text.to_owned())),
        "reason" => plain(RegistrationReason::parse(text).map(|_| text.to_owned())),
        "retraction" => plain(RetractReason::parse(text).map(|_| text.to_owned())),
        other => panic!("no such slot: {other}"),
    }
}

/// A name in backticks.
pub fn label(text: &str) -> Option<&str> {
    let label = text.strip_prefix('`')?.strip_suffix('`')?;
    let fit =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    (!label.is_empty() && label.chars().all(fit)).then_some(label)
}

/// The words of `this, that`, behind one another.
fn each(text: &str, of: impl Fn(&str) -> Result<String, Unfit>) -> Result<String, Unfit> {
    let words: Result<Vec<String>, Unfit> = text.split(", ").map(of).collect();
    Ok(words?.join(","))
}

/// `until day 3 08:00`, or `for 24 hours` from now on.
fn end(text: &str, at_ms: u64) -> Option<String> {
    let ms = match text.strip_prefix("until ") {
        Some(at) => time(at)?,
        None => at_ms + span(text.strip_prefix("for ")?)?,
    };
    Some(ms.to_string())
}

fn access(text: &str) -> Option<&'static str> {
    match text {
        "read" => Some("read"),
        "write" => Some("write"),
        "read and write" | "read or write" => Some("read-write"),
        _ => None,
    }
}

fn purpose(text: &str) -> Option<String> {
    let found = PURPOSES.iter().find(|(words, _)| *words == text);
    found.map(|(_, purpose)| purpose.as_str().to_owned())
}

/// Many of a role: `nurses`.
fn role_of_many(text: &str) -> Option<&'static str> {
    let found = ROLES.iter().find(|(_, many, _)| *many == text);
    found.map(|(_, _, role)| role.as_str())
}

/// A country, or a subdivision of one: `PK`, `PK-SD`.
fn code(text: &str) -> Option<&str> {
    Jurisdiction::parse(text).map(|_| text)
}

/// `Lakeside Hospital`, `Dr Noor`, `nurses of Lakeside Hospital`, `nurses of hospitals`, `nurses of hospitals in PK`.
fn grantee(text: &str) -> Option<String> {
    if let Some((text, within)) = text.split_once(" in ") {
        let (role, kind) = text.split_once(" of ")?;
        let (_, kind) = KINDS.iter().find(|(words, _)| *words == kind)?;
        return Some(format!("{}@{kind}:{}", role_of_many(role)?, code(within)?));
    }
    if let Some((role, at)) = text.split_once(" of ") {
        let kind = KINDS.iter().find(|(kind, _)| *kind == at);
        let at = kind
            .map(|(_, kind)| kind.as_str())
            .or_else(|| member_letter(at))?;
        return Some(format!("{}@{at}", role_of_many(role)?));
    }
    member_letter(text)
        .map(str::to_owned)
        .or_else(|| practitioner_word(text))
}

/// `everyone`, `Lakeside Hospital`, `Dr Noor`, `nurses`, `nurses of Lakeside Hospital`, `everybody outside of PK`, `everybody within PK`.
fn denied(text: &str) -> Option<String> {
    if text == "everyone" {
        return Some(text.to_owned());
    }
    if let Some(place) = text.strip_prefix("everybody outside of ") {
        return Some(format!("outside:{}", code(place)?));
    }
    if let Some(place) = text.strip_prefix("everybody within ") {
        return Some(format!("within:{}", code(place)?));
    }
    match text.split_once(" of ") {
        Some((role, at)) => Some(format!("{}@{}", role_of_many(role)?, member_letter(at)?)),
        None => role_of_many(text)
            .map(str::to_owned)
            .or_else(|| grantee(text)),
    }
}

/// `Dr Noor`, `staff bilal`, `nurses in cardiology`.
fn seat(text: &str) -> Option<String> {
    if let Some(staff) = text.strip_prefix("staff ") {
        return lower(staff).then(|| format!("staff:{staff}"));
    }
    if let Some((role, ward)) = text.split_once(" in ") {
        let role = role_of_many(role)?;
        return lower(ward).then(|| format!("{ward}:{role}"));
    }
    practitioner_word(text)
}

/// Whether a text is one word in small letters: a pseudonym or a ward.
fn lower(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_lowercase())
}

/// ``grant `g` ``, ``permit `p` ``, ``order `o` ``, ``visit `v` ``, ``visit `v` for staff bilal, nurse in cardiology``, ``mandate `m` ``,
/// ``report `r` ``, ``payment `d` ``, ``enrolment `e` in study `s` ``, ``request 0 for `r` ``, `nothing`.
fn basis(text: &str, place: &Place<'_>) -> Result<String, Unfit> {
    if text == "nothing" {
        return Ok("none".to_owned());
    }
    let (kind, rest) = text.split_once(' ').ok_or(Unfit::Other)?;
    if let Some((visit, staff)) = rest.split_once(" for staff ")
        && kind == "visit"
    {
        let (staff, at) = staff.split_once(", ").ok_or(Unfit::Other)?;
        let (role, ward) = at.split_once(" in ").ok_or(Unfit::Other)?;
        let role = ROLES.iter().find(|(one, _, _)| *one == role);
        let (_, _, role) = role.ok_or(Unfit::Other)?;
        let fit = lower(staff) && lower(ward);
        let visit = place.named(visit)?;
        let care = format!("care:{visit}:{staff}:{role}:{ward}");
        return fit.then_some(care).ok_or(Unfit::Other);
    }
    match kind {
        "grant" | "permit" | "order" | "visit" | "mandate" | "report" => {
            Ok(format!("{kind}:{}", place.named(rest)?))
        }
        "payment" => Ok(format!("pay:{}", place.named(rest)?)),
        "request" => {
            let (count, about) = rest.split_once(" for ").ok_or(Unfit::Other)?;
            let count: u8 = count.parse().map_err(|_| Unfit::Other)?;
            Ok(format!("amendment:{}:{count}", place.named(about)?))
        }
        "enrolment" => {
            let (enrolment, study) = rest.split_once(" in study ").ok_or(Unfit::Other)?;
            let (enrolment, study) = (place.named(enrolment)?, place.named(study)?);
            Ok(format!("study:{study}:{enrolment}"))
        }
        _ => Err(Unfit::Other),
    }
}
