//! The fields of a `Parameters` resource, read strictly: an unknown one is refused, a single one stands once.
use amanat_fhir::{Category, Checked, Resource, check};
use amanat_types::call::Opening;
use amanat_types::id::Salt;
use amanat_types::{BlindIndex, Height, PublicKey, TimestampMs};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::instant;
use crate::outcome::Problem;

/// Parameters of one operation.
const FIELDS_MAX: usize = 512;

/// Parameters, or parts of one.
pub(crate) struct Fields<'a> {
    place: String,
    items: Vec<Field<'a>>,
}

/// One parameter.
pub(crate) struct Field<'a> {
    name: &'a str,
    place: String,
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The parameters of an operation, all of them among `known`.
    pub(crate) fn read(resource: &'a Checked, known: &[&str]) -> Result<Self, Problem> {
        if resource.kind().name() != "Parameters" {
            return Err(Problem::unprocessable(
                "Resource.resourceType",
                "must be Parameters",
            ));
        }
        Self::of(resource.get("parameter"), "Parameters.parameter", known)
    }

    fn of(list: Option<&'a Value>, place: &str, known: &[&str]) -> Result<Self, Problem> {
        let list = list
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        if list.len() > FIELDS_MAX {
            return Err(Problem::unprocessable(place, "has too many items"));
        }
        let mut items = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let place = format!("{place}[{index}]");
            let map = item.as_object();
            let name = map.and_then(|map| map.get("name")).and_then(Value::as_str);
            match (map, name) {
                (Some(map), Some(name)) if known.contains(&name) => {
                    items.push(Field { name, place, map });
                }
                _ => {
                    let rule = format!("name must be one of {}", known.join(", "));
                    return Err(Problem::unprocessable(&format!("{place}.name"), &rule));
                }
            }
        }
        Ok(Self {
            place: place.to_owned(),
            items,
        })
    }

    /// The one parameter of this name, if it is there.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<&Field<'a>>, Problem> {
        let mut found = self.items.iter().filter(|field| field.name == name);
        let first = found.next();
        match found.next() {
            Some(second) => Err(second.problem("may be given once only")),
            None => Ok(first),
        }
    }

    /// The one parameter of this name.
    pub(crate) fn one(&self, name: &str) -> Result<&Field<'a>, Problem> {
        self.optional(name)?
            .ok_or_else(|| Problem::unprocessable(&self.place, &format!("{name} is required")))
    }

    /// Every parameter of this name.
    pub(crate) fn many<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b Field<'a>> {
        self.items.iter().filter(move |field| field.name == name)
    }

    /// The keys of whoever co-signs, in order.
    pub(crate) fn keys(&self) -> Result<Vec<PublicKey>, Problem> {
        self.many("key").map(Field::key).collect()
    }
}

impl<'a> Field<'a> {
    /// What is wrong with this parameter.
    pub(crate) fn problem(&self, rule: &str) -> Problem {
        Problem::unprocessable(&self.place, rule)
    }

    /// Its text: `valueString`, `valueCode` or `valueId`.
    pub(crate) fn text(&self) -> Result<&'a str, Problem> {
        let value = ["valueString", "valueCode", "valueId"]
            .iter()
            .find_map(|name| self.map.get(*name))
            .and_then(Value::as_str);
        value.ok_or_else(|| self.problem("must have a valueString, valueCode or valueId"))
    }

    /// Its text as a word of ours.
    pub(crate) fn word<T>(
        &self,
        rule: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Problem> {
        parse(self.text()?).ok_or_else(|| self.problem(rule))
    }

    /// Its truth value.
    pub(crate) fn boolean(&self) -> Result<bool, Problem> {
        let value = self.map.get("valueBoolean").and_then(Value::as_bool);
        value.ok_or_else(|| self.problem("must have a valueBoolean"))
    }

    /// Its number.
    pub(crate) fn number(&self) -> Result<u16, Problem> {
        let value = ["valuePositiveInt", "valueUnsignedInt", "valueInteger"]
            .iter()
            .find_map(|name| self.map.get(*name));
        let number = value
            .and_then(Value::as_u64)
            .and_then(|number| u16::try_from(number).ok());
        number.ok_or_else(|| self.problem("must have a valuePositiveInt up to 65535"))
    }

    /// Its time.
    pub(crate) fn instant(&self) -> Result<TimestampMs, Problem> {
        let value = self.map.get("valueInstant").and_then(Value::as_str);
        value
            .and_then(instant::parse)
            .ok_or_else(|| self.problem("must have a valueInstant"))
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Problem> {
        let value = self.map.get("valueBase64Binary").and_then(Value::as_str);
        value
            .and_then(|text| STANDARD.decode(text).ok())
            .ok_or_else(|| self.problem("must have a valueBase64Binary"))
    }

    /// Its public key.
    pub(crate) fn key(&self) -> Result<PublicKey, Problem> {
        self.word("must be a public key in hexadecimal", PublicKey::from_hex)
    }

    /// Its height: digits in a text, since FHIR's integers are too small.
    pub(crate) fn height(&self) -> Result<Height, Problem> {
        let parse = |text: &str| text.parse().ok().map(Height::new);
        self.word("must be a height in decimal digits", parse)
    }

    /// Its resource.
    pub(crate) fn resource(&self) -> Result<Checked, Problem> {
        let value = self.map.get("resource").and_then(Value::as_object);
        let value = value.ok_or_else(|| self.problem("must have a resource"))?;
        Ok(check(Resource::new(value.clone()))?)
    }

    /// Its parts, all of them among `known`.
    pub(crate) fn parts(&self, known: &[&str]) -> Result<Fields<'a>, Problem> {
        Fields::of(self.map.get("part"), &format!("{}.part", self.place), known)
    }

    /// A category with the opening of its blind index: parts `category`, `index`, `salt`.
    pub(crate) fn opening(&self) -> Result<(Category, Opening), Problem> {
        let parts = self.parts(&["category", "index", "salt"])?;
        let category = parts
            .one("category")?
            .word("must be a category", Category::from_name)?;
        let rule = "must be hexadecimal of its length";
        let index = parts.one("index")?.word(rule, BlindIndex::from_hex)?;
        let salt = parts.one("salt")?.word(rule, Salt::from_hex)?;
        Ok((category, Opening { index, salt }))
    }
}
