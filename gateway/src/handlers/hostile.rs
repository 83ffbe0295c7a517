//! What a request may hold, read without a server: the way in for fuzz targets.
//!
//! Here stands what handlers do with a request before they call a use case, part by part.
use amanat_exchange::CardPaper;
use amanat_exchange::id::record_of;
use amanat_exchange::provenance::step_of;
use amanat_fhir::search::Search;
use amanat_fhir::{Checked, Limits, check};
use amanat_login::{Scopes, Session};
use amanat_types::{MemberId, Purpose, TimestampMs};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::opened::Query;
use super::{audit, everything, kind_of, notices, submit, token, told, transaction};
use crate::asked::{Asked, is_id, read_basis};
use crate::body::declared_length;
use crate::layer::bearer;
use crate::negotiate::{
    require_acceptable, require_form, require_json, require_zip, without_format,
};
use crate::operation::{Field, Fields, Papers, read_call};
use crate::{instant, render};

/// A part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Headers, one a line.
    Headers,
    /// The query of a URL, or a form of a search.
    Query,
    /// The form of a token request.
    Token,
    /// A part of a path, or of a header.
    Word,
    /// A body of `Parameters`, or of a Bundle.
    Body,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 5] = [
        Self::Headers,
        Self::Query,
        Self::Token,
        Self::Word,
        Self::Body,
    ];
}

/// Reads `bytes` as this part of a request in each way that a handler does. Whether any of them takes it.
pub fn read(part: Part, bytes: &[u8]) -> bool {
    match part {
        Part::Body => body(bytes),
        Part::Token => token::parse(bytes).is_ok(),
        Part::Headers | Part::Query | Part::Word => {
            let Ok(text) = std::str::from_utf8(bytes) else {
                return false;
            };
            match part {
                Part::Headers => headers(text),
                Part::Query => query(text),
                _ => word(text),
            }
        }
    }
}

/// A session that may do everything.
fn session() -> Session {
    Session {
        client: "c".to_owned(),
        member: MemberId::new(1),
        scopes: Scopes::parse("system/*.*").unwrap_or_default(),
        purposes: vec![Purpose::Treat],
        until: TimestampMs::new(1),
    }
}

fn headers(text: &str) -> bool {
    let mut headers = HeaderMap::new();
    for line in text.lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        // What is no header does not come to a handler.
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let read = [
        require_json(&headers).is_ok(),
        require_form(&headers).is_ok(),
        require_zip(&headers).is_ok(),
        require_acceptable(&headers, None).is_ok(),
        bearer(&headers).is_ok(),
        declared_length(&headers).is_some(),
        Asked::read(&headers, &session()).is_ok(),
    ];
    read.contains(&true)
}

fn query(text: &str) -> bool {
    let own = || Some(text.to_owned());
    let plain = without_format(text);
    let searched = Search::parse(&plain);
    if let Ok(search) = &searched {
        let _ = audit::position(search.cursor.as_deref());
    }
    let told = told::query(own(), "all", |name, value| {
        Ok(match name {
            "record" => record_of(value).is_some(),
            "start" | "end" => instant::parse(value).is_some(),
            _ => notices::number(name, value).is_ok(),
        })
    });
    let names = ["member", "practitioner", "start", "end"];
    let _ = render::url("http://h", "p", &render::with_cursor(&plain, Some("c")));
    let read = [
        searched.is_ok(),
        everything::parse(&plain).is_ok(),
        told.is_ok(),
        Query::read(own(), &names).is_ok(),
        require_acceptable(&HeaderMap::new(), Some(text)).is_ok(),
    ];
    read.contains(&true)
}

fn word(text: &str) -> bool {
    let read = [
        is_id(text),
        kind_of(text).is_ok(),
        record_of(text).is_some(),
        step_of(text).is_some(),
        instant::parse(text).is_some(),
        read_basis(text).is_some(),
    ];
    read.contains(&true)
}

fn body(bytes: &[u8]) -> bool {
    let checked = |limits| amanat_fhir::parse(bytes, limits).and_then(check);
    if let Ok(bundle) = checked(Limits::BUNDLE) {
        let _ = transaction::identifier(&bundle);
    }
    let Ok(parameters) = checked(Limits::RESOURCE) else {
        return false;
    };
    let known: &Papers<'_> = &|patient, _, key| {
        Ok(CardPaper {
            patient,
            key,
            openings: Vec::new(),
        })
    };
    let submitted = Fields::read(&parameters, &["transaction", "signature"])
        .and_then(|fields| submit::read(&fields));
    let read = [
        read_call(&session(), &parameters, known).is_ok(),
        submitted.is_ok(),
        fields(&parameters),
    ];
    read.contains(&true)
}

/// The fields of operations that read them one by one, each in every way.
fn fields(parameters: &Checked) -> bool {
    let names = ["letter", "commitment", "reason", "resource", "count"];
    let Ok(fields) = Fields::read(parameters, &names) else {
        return false;
    };
    for name in names {
        for field in fields.many(name) {
            let _ = (field.text(), field.boolean(), field.number());
            let _ = (field.instant(), field.bytes(), field.key());
            let _ = (field.height(), field.opening(), field.resource());
        }
    }
    fields.one("letter").and_then(Field::bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{Part, read};
    use serde_json::{Value, json};

    /// A small generator: the test is the same each time.
    struct Dice(u64);

    impl Dice {
        fn next(&mut self, below: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
            self.0 = self.0.wrapping_add(1);
            usize::try_from(self.0 >> 33).unwrap_or(0) % below.max(1)
        }
    }

    fn parameters(parameters: Value) -> Vec<u8> {
        let body = json!({ "resourceType": "Parameters", "parameter": parameters });
        body.to_string().into_bytes()
    }

    fn samples() -> Vec<(Part, Vec<u8>)> {
        let (id, key) = ("ab".repeat(16), "02".repeat(33));
        let headers = format!(
            "authorization: Bearer abc\naccept: application/json;q=0.5, */*\ncontent-type: application/json; charset=utf-8\ncontent-length: 7\nx-amanat-purpose: TREAT\nx-amanat-basis: encounter/{id}\nx-amanat-patient: p-1\nx-amanat-staff: nurse/w/p\nx-request-id: r"
        );
        let revoke = json!([
            { "name": "call", "valueCode": "revoke" },
            { "name": "grant", "valueString": id },
            { "name": "key", "valueString": key },
        ]);
        let visit = json!([
            { "name": "call", "valueCode": "check-in" },
            { "name": "id", "valueString": "i" },
            { "name": "write", "valueBoolean": true },
            { "name": "until", "valueInstant": "2026-11-28T09:00:00+05:00" },
            { "name": "ticket-until", "valueInstant": "2026-11-28T09:00:00Z" },
            { "name": "key", "valueString": key },
            { "name": "patient", "valueString": id },
            { "name": "opening", "part": [
                { "name": "category", "valueCode": "laboratory" },
                { "name": "index", "valueString": id },
                { "name": "salt", "valueString": id.repeat(2) },
            ] },
        ]);
        let letter = json!([{ "name": "letter", "valueBase64Binary": "AAAA" }]);
        vec![
            (Part::Headers, headers.into_bytes()),
            (
                Part::Query,
                b"_count=2&patient=Patient/1&_cursor=7".to_vec(),
            ),
            (Part::Query, b"start=2026-11-28T09:00:00Z&member=2".to_vec()),
            (Part::Token, b"grant_type=a&scope=system%2F*.read".to_vec()),
            (Part::Word, format!("disclosure/{id}/payment").into_bytes()),
            (Part::Body, parameters(revoke)),
            (Part::Body, parameters(visit)),
            (Part::Body, parameters(letter)),
        ]
    }

    #[test]
    fn good_parts_are_taken_and_changed_ones_do_not_panic() {
        let mut dice = Dice(7);
        let mut refused = 0u32;
        for (part, good) in samples() {
            let shown = String::from_utf8_lossy(&good);
            assert!(read(part, &good), "{part:?}: {shown}");
            for _ in 0..2_000 {
                let mut bytes = good.clone();
                for _ in 0..=dice.next(3) {
                    let at = dice.next(bytes.len());
                    let byte = u8::try_from(dice.next(256)).unwrap_or(0);
                    match dice.next(4) {
                        0 => bytes.truncate(at),
                        1 => bytes.insert(at, byte),
                        _ => {
                            if let Some(place) = bytes.get_mut(at) {
                                *place = byte;
                            }
                        }
                    }
                }
                refused += u32::from(!read(part, &bytes));
            }
        }
        assert!(refused > 1_000, "{refused}");
    }
}
