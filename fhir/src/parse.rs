//! From hostile bytes to a [`Resource`], with every limit enforced before or while memory is taken.
//!
//! Judged in this order: size, UTF-8, the reserved text; then, in reading order, JSON syntax, nesting, number of values, number of
//! Bundle entries, names of elements (form, number, twice); at last, trailing bytes.
//!
//! serde_json reads the text; what it would let pass is caught by the visitor: it keeps the last of two equal names, and with
//! `arbitrary_precision` it hands a number over as an object with one reserved name, which an input could forge.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::flaw::{Flaw, Rule, Trail, is_element_name};
use crate::number::Exponents;
use crate::resource::Resource;
use crate::resource_type::ResourceType;

/// Entries that a Bundle may have.
pub const BUNDLE_ENTRIES_MAX: usize = 5_000;
/// Bytes that a Bundle may have.
pub const BUNDLE_SIZE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes that any other resource may have.
pub const RESOURCE_SIZE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Objects and arrays that may stand in one another.
pub const DEPTH_MAX: usize = 64;
/// Elements that one object may have; the widest type of R4 has fewer than 100.
pub const NAMES_MAX: usize = 256;

/// The names under which serde_json passes numbers and raw values to a visitor begin so.
const RESERVED: &str = "$serde_json::private::";
const RESERVED_NUMBER: &str = "$serde_json::private::Number";

/// How much one body may ask of us. A value takes some 330 bytes at worst (measured on hostile shapes), so a Bundle may take
/// 200 MB and a resource a third of that, and the texts in it besides. Start from [`Limits::RESOURCE`] or [`Limits::BUNDLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in the body.
    pub bytes_max: usize,
    /// Values in the body: objects, arrays and primitives together.
    pub nodes_max: usize,
    /// Items of the root's `entry`.
    pub entries_max: usize,
}

impl Limits {
    /// For one resource of any type but Bundle.
    pub const RESOURCE: Self = Self {
        bytes_max: RESOURCE_SIZE_BYTES_MAX,
        nodes_max: 200_000,
        entries_max: BUNDLE_ENTRIES_MAX,
    };
    /// For a Bundle.
    pub const BUNDLE: Self = Self {
        bytes_max: BUNDLE_SIZE_BYTES_MAX,
        nodes_max: 600_000,
        entries_max: BUNDLE_ENTRIES_MAX,
    };
}

/// Reads one resource.
pub fn parse(body: &[u8], limits: Limits) -> Result<Resource, Flaw> {
    let refuse = |rule| Err(Trail::new(rule).finish("Resource"));
    if body.len() > limits.bytes_max {
        return refuse(Rule::TooLarge {
            bytes_max: limits.bytes_max,
        });
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return refuse(Rule::NotUtf8);
    };
    if text.contains(RESERVED) {
        return refuse(Rule::ReservedText);
    }
    read(text, limits)
}

fn read(text: &str, limits: Limits) -> Result<Resource, Flaw> {
    let mut walk = Walk {
        limits,
        nodes_left: limits.nodes_max,
        root: "Resource",
        exponents: Exponents::new(text),
        broken: false,
        trail: Trail::new(Rule::Unfinished),
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    let root = Node {
        walk: &mut walk,
        depth: 0,
        role: Role::Root,
    };
    match root.deserialize(&mut reader) {
        Ok(Value::Object(map)) => match reader.end() {
            Ok(()) => Ok(Resource::new(map)),
            Err(_) => Err(Trail::new(Rule::TrailingBytes).finish(walk.root)),
        },
        Ok(_) => Err(Trail::new(Rule::NotObject).finish(walk.root)),
        Err(error) => {
            if !walk.broken {
                walk.trail.set_rule(syntax_rule(&error));
            }
            Err(walk.trail.finish(walk.root))
        }
    }
}

fn syntax_rule(error: &serde_json::Error) -> Rule {
    if error.is_eof() {
        Rule::Unfinished
    } else {
        Rule::NotJson {
            line: error.line(),
            column: error.column(),
        }
    }
}

/// What one reading carries along.
struct Walk<'t> {
    limits: Limits,
    nodes_left: usize,
    root: &'static str,
    exponents: Exponents<'t>,
    /// One of our rules is broken; otherwise an error is one of syntax.
    broken: bool,
    trail: Trail,
}

impl Walk<'_> {
    /// serde's errors cannot carry ours, so the rule is left here.
    fn refuse<E: serde::de::Error>(&mut self, rule: Rule) -> E {
        self.broken = true;
        self.trail.set_rule(rule);
        E::custom("")
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Root,
    RootType,
    RootEntries,
    Inner,
}

struct Node<'w, 't> {
    walk: &'w mut Walk<'t>,
    depth: usize,
    role: Role,
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        let Some(left) = self.walk.nodes_left.checked_sub(1) else {
            return Err(self.walk.refuse(Rule::TooManyNodes {
                nodes_max: self.walk.limits.nodes_max,
            }));
        };
        self.walk.nodes_left = left;
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    // serde_json passes integers that fit, and whose digits say all (not `-0`), as such; all other numbers come as a map.
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        if self.role == Role::RootType
            && let Some(kind) = ResourceType::find(value)
        {
            self.walk.root = kind.name();
        }
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let Self { walk, depth, role } = self;
        let depth = deeper(walk, depth)?;
        let mut array = Vec::new();
        loop {
            if role == Role::RootEntries && array.len() > walk.limits.entries_max {
                return Err(walk.refuse(Rule::TooManyEntries {
                    entries_max: walk.limits.entries_max,
                }));
            }
            match items.next_element_seed(Node {
                walk: &mut *walk,
                depth,
                role: Role::Inner,
            }) {
                Ok(Some(value)) => array.push(value),
                Ok(None) => return Ok(Value::Array(array)),
                Err(error) => {
                    walk.trail.push_index(array.len());
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let Self { walk, depth, role } = self;
        let Some(mut name) = members.next_key_seed(Name(&mut *walk))? else {
            deeper::<A::Error>(walk, depth)?;
            return Ok(Value::Object(Map::new()));
        };
        if name == RESERVED_NUMBER {
            return members
                .next_value()
                .map(|text| Value::Number(walk.exponents.number(text)));
        }
        let depth = deeper(walk, depth)?;
        let mut object = Map::new();
        loop {
            if object.len() >= NAMES_MAX {
                return Err(walk.refuse(Rule::TooManyNames {
                    names_max: NAMES_MAX,
                }));
            }
            let role = if role == Role::Root {
                root_role(&name)
            } else {
                Role::Inner
            };
            match object.entry(name) {
                Entry::Occupied(taken) => {
                    walk.trail.push_name(taken.key().clone());
                    return Err(walk.refuse(Rule::NameTwice));
                }
                Entry::Vacant(free) => {
                    match members.next_value_seed(Node {
                        walk: &mut *walk,
                        depth,
                        role,
                    }) {
                        Ok(value) => free.insert(value),
                        Err(error) => {
                            walk.trail.push_name(free.key().clone());
                            return Err(error);
                        }
                    };
                }
            }
            match members.next_key_seed(Name(&mut *walk))? {
                Some(next) => name = next,
                None => return Ok(Value::Object(object)),
            }
        }
    }
}

fn root_role(name: &str) -> Role {
    match name {
        "resourceType" => Role::RootType,
        "entry" => Role::RootEntries,
        _ => Role::Inner,
    }
}

fn deeper<E: serde::de::Error>(walk: &mut Walk<'_>, depth: usize) -> Result<usize, E> {
    if depth >= DEPTH_MAX {
        Err(walk.refuse(Rule::TooDeep {
            depth_max: DEPTH_MAX,
        }))
    } else {
        Ok(depth.saturating_add(1))
    }
}

/// The name of an element, or the reserved name under which a number comes.
struct Name<'w, 't>(&'w mut Walk<'t>);

impl<'de> DeserializeSeed<'de> for Name<'_, '_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<String, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Name<'_, '_> {
    type Value = String;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an element name")
    }

    /// A name as it stands in the body. It cannot be a forged reserved one: `parse` refused that text everywhere.
    fn visit_borrowed_str<E: serde::de::Error>(self, name: &'de str) -> Result<String, E> {
        if name == RESERVED_NUMBER || is_element_name(name) {
            Ok(name.to_owned())
        } else {
            Err(self.0.refuse(Rule::NameForm))
        }
    }

    /// A name that had to be copied because it was written with escapes, which could spell the reserved one.
    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<String, E> {
        Err(self.0.refuse(Rule::NameForm))
    }
}
