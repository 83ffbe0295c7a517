//! The forms that a literal reference takes.

use crate::primitive::{is_id, is_uri};
use crate::resource_type::ResourceType;

/// A `Reference.reference`, by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference<'a> {
    /// `#id`: a resource contained in the same one; an empty id is the container itself.
    Contained(&'a str),
    /// `urn:uuid:...` or `urn:oid:...`, whole.
    Urn(&'a str),
    /// An absolute URI of another kind, whole.
    Absolute(&'a str),
    /// `Type/id` or `Type/id/_history/version`: a resource of the same server.
    Local {
        /// The type.
        kind: ResourceType,
        /// The id.
        id: &'a str,
        /// The version, if one is named.
        version: Option<&'a str>,
    },
    /// `Type?query`: for the server to look up; not supported by this exchange.
    Conditional(ResourceType),
}

impl<'a> Reference<'a> {
    /// Reads a reference; `None` if it has no form that R4 knows.
    pub fn parse(text: &'a str) -> Option<Self> {
        if let Some(id) = text.strip_prefix('#') {
            return is_uri(text).then_some(Self::Contained(id));
        }
        if !is_uri(text) {
            return None;
        }
        if text.starts_with("urn:uuid:") || text.starts_with("urn:oid:") {
            return Some(Self::Urn(text));
        }
        if has_scheme(text) {
            return Some(Self::Absolute(text));
        }
        if let Some((kind, query)) = text.split_once('?') {
            return (!query.is_empty()).then_some(Self::Conditional(ResourceType::find(kind)?));
        }
        local(text)
    }
}

fn local(text: &str) -> Option<Reference<'_>> {
    let mut parts = text.split('/');
    let kind = ResourceType::find(parts.next()?)?;
    let id = parts.next().filter(|id| is_id(id))?;
    let version = match (parts.next(), parts.next()) {
        (None, _) => None,
        (Some("_history"), Some(version)) if is_id(version) => Some(version),
        _ => return None,
    };
    parts
        .next()
        .is_none()
        .then_some(Reference::Local { kind, id, version })
}

/// RFC 3986: a letter, then letters, digits, `+`, `-`, `.`, up to the colon.
pub(crate) fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let patient = ResourceType::find("Patient").unwrap();
        let local = |id, version| {
            Some(Reference::Local {
                kind: patient,
                id,
                version,
            })
        };
        let table = [
            ("Patient/1", local("1", None)),
            ("Patient/1/_history/2", local("1", Some("2"))),
            (
                "Patient?identifier=a|b",
                Some(Reference::Conditional(patient)),
            ),
            ("#p", Some(Reference::Contained("p"))),
            ("#", Some(Reference::Contained(""))),
            ("urn:uuid:x", Some(Reference::Urn("urn:uuid:x"))),
            (
                "http://a/Patient/1",
                Some(Reference::Absolute("http://a/Patient/1")),
            ),
            ("Patient", None),
            ("Patient/", None),
            ("Patient?", None),
            ("patient/1", None),
            ("Patient/1/_history", None),
            ("Patient/1/_history/2/3", None),
            ("Patient/a_b", None),
            ("/Patient/1", None),
            ("Patient/1 ", None),
            ("# p", None),
            ("", None),
        ];
        for (text, want) in table {
            assert_eq!(Reference::parse(text), want, "{text}");
        }
    }
}
