//! Search: the values that a resource is found by, and the query of a client.
//!
//! Known are `_id`, `identifier`, `patient`, `_count`, the cursor of a next link, `_cursor`, and for where records are from `target` and
//! `_revinclude=Provenance:target`. Handling is strict: anything else is
//! refused by name, for a filter that is silently dropped finds too much. Judged in this order: length; parameter by parameter
//! its encoding, name, number and value.

use serde_json::Value;

use crate::check::Checked;
use crate::flaw::{Flaw, Rule};
use crate::primitive::is_id;
use crate::reference::Reference;
use crate::resource_type::ResourceType;

/// Bytes that a query string may have.
pub const QUERY_SIZE_BYTES_MAX: usize = 8_192;
/// Alternatives that one parameter may have (`_id=a,b,c`).
pub const ALTERNATIVES_MAX: usize = 100;
/// Entries of a page if the client does not say.
pub const COUNT_DEFAULT: u16 = 50;
/// Entries of a page at most.
pub const COUNT_MAX: u16 = 1_000;
/// Characters that a cursor may have.
pub const CURSOR_LENGTH_MAX: usize = 512;

/// What a client searches for. Parameters restrict each other; of a parameter's alternatives one must fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// `_id`: any of these.
    pub ids: Option<Vec<String>>,
    /// `identifier`: any of these.
    pub identifiers: Option<Vec<Token>>,
    /// `patient`: the Patient's id.
    pub patient: Option<String>,
    /// `target`: of a Provenance, what it is of.
    pub target: Option<Target>,
    /// `_revinclude=Provenance:target`: whether what is found comes with its Provenance.
    pub with_provenance: bool,
    /// `_count`.
    pub count: u16,
    /// `_cursor`: opaque here, of A-Z a-z 0-9 - _ . only.
    pub cursor: Option<String>,
}

/// What a Provenance is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its type.
    pub kind: ResourceType,
    /// Its id.
    pub id: String,
}

/// A token: what an identifier must be to fit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Token {
    /// `value`: of any system, or of none.
    Value(String),
    /// `|value`: of no system.
    NoSystem(String),
    /// `system|value`.
    Exact {
        /// The system.
        system: String,
        /// The value.
        value: String,
    },
    /// `system|`: any value of it.
    System(String),
}

/// An identifier of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identifier<'a> {
    /// The system, if it has one.
    pub system: Option<&'a str>,
    /// The value, if it has one.
    pub value: Option<&'a str>,
}

impl Token {
    /// Whether an identifier fits.
    pub fn fits(&self, identifier: Identifier<'_>) -> bool {
        let Identifier { system, value } = identifier;
        match self {
            Self::Value(wanted) => value == Some(wanted),
            Self::NoSystem(wanted) => system.is_none() && value == Some(wanted),
            Self::Exact {
                system: wanted,
                value: text,
            } => system == Some(wanted) && value == Some(text),
            Self::System(wanted) => system == Some(wanted),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let (before, after) = split_unescaped(text, '|');
        let first = unescape(before)?;
        let Some(after) = after else {
            return (!first.is_empty()).then_some(Self::Value(first));
        };
        let second = unescape(after)?;
        match (first.is_empty(), second.is_empty()) {
            (true, true) => None,
            (true, false) => Some(Self::NoSystem(second)),
            (false, true) => Some(Self::System(first)),
            (false, false) => Some(Self::Exact {
                system: first,
                value: second,
            }),
        }
    }
}

/// The identifiers by which a resource is found.
pub fn identifiers(resource: &Checked) -> Vec<Identifier<'_>> {
    let items = match resource.get("identifier") {
        Some(Value::Array(items)) => items.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    items
        .iter()
        .map(|item| Identifier {
            system: item.get("system").and_then(Value::as_str),
            value: item.get("value").and_then(Value::as_str),
        })
        .filter(|identifier| identifier.system.is_some() || identifier.value.is_some())
        .collect()
}

impl Search {
    /// Reads the query string of a URL, or the body of a `POST _search`.
    pub fn parse(query: &str) -> Result<Self, Flaw> {
        if query.len() > QUERY_SIZE_BYTES_MAX {
            return Err(Flaw::new(
                "query",
                Rule::QueryTooLarge {
                    bytes_max: QUERY_SIZE_BYTES_MAX,
                },
            ));
        }
        let mut search = Self {
            ids: None,
            identifiers: None,
            patient: None,
            target: None,
            with_provenance: false,
            count: COUNT_DEFAULT,
            cursor: None,
        };
        let mut count = None;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name).filter(|name| is_parameter_name(name));
            let name = name.ok_or_else(|| Flaw::new("query", Rule::ParameterUnknown))?;
            let value = decode(value)
                .ok_or_else(|| Flaw::new(&*name, Rule::ParameterForm("percent-encoded UTF-8")))?;
            let taken = match name.as_str() {
                "_id" => search.ids.replace(ids(&value)?).is_some(),
                "identifier" => search.identifiers.replace(tokens(&value)?).is_some(),
                "patient" => search.patient.replace(patient(&value)?).is_some(),
                "target" => search.target.replace(target(&value)?).is_some(),
                "_revinclude" => {
                    revinclude(&value)?;
                    std::mem::replace(&mut search.with_provenance, true)
                }
                "_count" => count.replace(number(&value)?).is_some(),
                "_cursor" => search.cursor.replace(cursor(value)?).is_some(),
                _ => return Err(Flaw::new(name, Rule::ParameterUnknown)),
            };
            if taken {
                return Err(Flaw::new(name, Rule::ParameterTwice));
            }
        }
        search.count = count.unwrap_or(COUNT_DEFAULT);
        Ok(search)
    }

    /// Whether nothing is named to find by: only how many, from where, and what comes with it.
    pub const fn finds_all(&self) -> bool {
        self.ids.is_none()
            && self.identifiers.is_none()
            && self.patient.is_none()
            && self.target.is_none()
    }
}

/// A name that may be repeated in an answer: it came from outside.
fn is_parameter_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':'))
}

fn ids(value: &str) -> Result<Vec<String>, Flaw> {
    let ids: Vec<String> = value.split(',').map(str::to_owned).collect();
    let good = ids.len() <= ALTERNATIVES_MAX && ids.iter().all(|id| is_id(id));
    if good {
        Ok(ids)
    } else {
        Err(Flaw::new(
            "_id",
            Rule::ParameterForm("1 to 100 ids with commas between"),
        ))
    }
}

fn tokens(value: &str) -> Result<Vec<Token>, Flaw> {
    let flaw = || {
        Flaw::new(
            "identifier",
            Rule::ParameterForm(
                "1 to 100 of value, |value, system|value or system|, with commas between",
            ),
        )
    };
    let mut tokens = Vec::new();
    let mut rest = Some(value);
    while let Some(text) = rest {
        if tokens.len() >= ALTERNATIVES_MAX {
            return Err(flaw());
        }
        let (one, after) = split_unescaped(text, ',');
        tokens.push(Token::read(one).ok_or_else(flaw)?);
        rest = after;
    }
    Ok(tokens)
}

fn patient(value: &str) -> Result<String, Flaw> {
    match Reference::parse(value) {
        Some(Reference::Local {
            kind,
            id,
            version: None,
        }) if kind.name() == "Patient" => Ok(id.to_owned()),
        _ if is_id(value) => Ok(value.to_owned()),
        _ => Err(Flaw::new(
            "patient",
            Rule::ParameterForm("an id or Patient/id"),
        )),
    }
}

fn target(value: &str) -> Result<Target, Flaw> {
    match Reference::parse(value) {
        Some(Reference::Local {
            kind,
            id,
            version: None,
        }) => Ok(Target {
            kind,
            id: id.to_owned(),
        }),
        _ => Err(Flaw::new("target", Rule::ParameterForm("one Type/id"))),
    }
}

fn revinclude(value: &str) -> Result<(), Flaw> {
    match value {
        "Provenance:target" => Ok(()),
        _ => Err(Flaw::new(
            "_revinclude",
            Rule::ParameterForm("Provenance:target"),
        )),
    }
}

fn number(value: &str) -> Result<u16, Flaw> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    let count = value
        .parse()
        .ok()
        .filter(|count| digits && (1..=COUNT_MAX).contains(count));
    count.ok_or_else(|| Flaw::new("_count", Rule::ParameterForm("a number from 1 to 1000")))
}

fn cursor(value: String) -> Result<String, Flaw> {
    let good = (1..=CURSOR_LENGTH_MAX).contains(&value.len())
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if good {
        Ok(value)
    } else {
        Err(Flaw::new(
            "_cursor",
            Rule::ParameterForm("the cursor of a next link"),
        ))
    }
}

/// Percent-decoding, with `+` for a space; `None` if it is malformed, not UTF-8 or has control characters.
fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => (hex(bytes.next()?)? << 4) | hex(bytes.next()?)?,
            _ => byte,
        });
    }
    String::from_utf8(out)
        .ok()
        .filter(|text| !text.chars().any(char::is_control))
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// At the first mark that no backslash stands before.
fn split_unescaped(text: &str, mark: char) -> (&str, Option<&str>) {
    let mut escaped = false;
    for (place, c) in text.char_indices() {
        if c == mark
            && !escaped
            && let Some((before, after)) = text.split_at_checked(place)
        {
            return (before, after.strip_prefix(mark));
        }
        escaped = c == '\\' && !escaped;
    }
    (text, None)
}

/// `\,` `\|` `\$` `\\`, as search values escape; `None` for another escape or an unescaped `|`.
fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '|' => return None,
            '\\' => out.push(
                chars
                    .next()
                    .filter(|next| matches!(next, ',' | '|' | '$' | '\\'))?,
            ),
            _ => out.push(c),
        }
    }
    Some(out)
}
