//! Content types: JSON in, JSON out (FHIR R4, 3.1.0.1.11).
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};

use amanat_fhir::outcome::IssueType;

use crate::outcome::Problem;

/// What a body may call itself.
const JSON_TYPES: [&str; 2] = ["application/fhir+json", "application/json"];
/// What an `Accept` may ask for and be served.
const ACCEPTED: [&str; 6] = [
    "application/fhir+json",
    "application/json",
    "application/json+fhir",
    "text/json",
    "application/*",
    "*/*",
];

/// What an `Accept` may ask for and be served an archive.
const ZIP: [&str; 3] = ["application/zip", "application/*", "*/*"];

/// Whether a body is JSON in UTF-8, by its `Content-Type`; else 415.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    require_type(headers, &JSON_TYPES, "application/fhir+json")
}

/// Whether a body is a form; else 415.
pub(crate) fn require_form(headers: &HeaderMap) -> Result<(), Problem> {
    let form = "application/x-www-form-urlencoded";
    require_type(headers, &[form], form)
}

fn require_type(headers: &HeaderMap, known: &[&str], ask: &str) -> Result<(), Problem> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (value, more) = (values.next(), values.next());
    let text = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let (kind, parameters) = text.split_once(';').unwrap_or((text, ""));
    let kind_known = known
        .iter()
        .any(|one| kind.trim().eq_ignore_ascii_case(one));
    if more.is_none() && kind_known && is_utf8(parameters) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        IssueType::NotSupported,
        format!("Content-Type must be {ask}, in UTF-8"),
    )
    .closing())
}

/// Whether the parameters name no other character set than UTF-8; others (`fhirVersion=4.0`) are let pass.
fn is_utf8(parameters: &str) -> bool {
    parameters.split(';').all(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        !name.trim().eq_ignore_ascii_case("charset")
            || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    })
}

/// Whether the caller takes JSON, by `Accept` and by the `_format` parameter, which wins; else 406.
pub(crate) fn require_acceptable(headers: &HeaderMap, query: Option<&str>) -> Result<(), Problem> {
    let good = match query.and_then(format_of) {
        Some(format) => matches!(
            format.as_str(),
            "json" | "application/json" | "application/fhir+json" | "text/json"
        ),
        None => accepts(headers, &ACCEPTED),
    };
    if good {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::NOT_ACCEPTABLE,
        IssueType::NotSupported,
        "this gateway answers in application/fhir+json only",
    ))
}

/// Whether the caller takes a ZIP, by `Accept`; else 406.
pub(crate) fn require_zip(headers: &HeaderMap) -> Result<(), Problem> {
    if accepts(headers, &ZIP) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::NOT_ACCEPTABLE,
        IssueType::NotSupported,
        "this operation answers in application/zip only",
    ))
}

fn accepts(headers: &HeaderMap, served: &[&str]) -> bool {
    let mut values = headers.get_all(ACCEPT).iter().peekable();
    if values.peek().is_none() {
        return true;
    }
    values.filter_map(|value| value.to_str().ok()).any(|text| {
        text.split(',').any(|one| {
            let (kind, parameters) = one.split_once(';').unwrap_or((one, ""));
            let refused = parameters.replace(' ', "").split(';').any(is_zero_weight);
            !refused
                && served
                    .iter()
                    .any(|known| kind.trim().eq_ignore_ascii_case(known))
        })
    })
}

fn is_zero_weight(parameter: &str) -> bool {
    parameter.strip_prefix("q=").is_some_and(|weight| {
        !weight.is_empty() && weight.bytes().all(|b| matches!(b, b'0' | b'.'))
    })
}

fn format_of(query: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "_format")
        .map(|(_, value)| value.replace(' ', "+"))
}

/// The query without what was negotiated here, for the search to be strict about the rest.
pub(crate) fn without_format(query: &str) -> String {
    let rest = query
        .split('&')
        .filter(|pair| !pair.starts_with("_format=") && !pair.starts_with("_pretty="));
    rest.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(name: axum::http::HeaderName, values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn bodies_are_json_in_utf8() {
        let table: [(&[&str], bool); 11] = [
            (&["application/fhir+json"], true),
            (&["application/json"], true),
            (&["Application/FHIR+JSON; charset=UTF-8"], true),
            (&["application/fhir+json; fhirVersion=4.0"], true),
            (&["application/json;charset=\"utf-8\""], true),
            (&["application/json; charset=latin1"], false),
            (&["application/fhir+xml"], false),
            (&["text/plain"], false),
            (&["application/jsonx"], false),
            (&[], false),
            (&["application/json", "application/json"], false),
        ];
        for (values, good) in table {
            assert_eq!(
                require_json(&headers(CONTENT_TYPE, values)).is_ok(),
                good,
                "{values:?}"
            );
        }
    }

    #[test]
    fn answers_are_json() {
        let table: [(&[&str], Option<&str>, bool); 9] = [
            (&[], None, true),
            (&["*/*"], None, true),
            (&["text/html, application/fhir+json;q=0.9"], None, true),
            (&["application/fhir+xml"], None, false),
            (&["application/json;q=0"], None, false),
            (&["application/json; q=0.0, */*;q=0.1"], None, true),
            (&["text/html"], Some("_format=json"), true),
            (&["application/json"], Some("_format=xml"), false),
            (&["text/html"], Some("_format=application/fhir+json"), true),
        ];
        for (values, query, good) in table {
            let answer = require_acceptable(&headers(ACCEPT, values), query);
            assert_eq!(answer.is_ok(), good, "{values:?} {query:?}");
        }
        for (values, good) in [
            (&["application/zip"], true),
            (&["application/fhir+json, */*;q=0.1"], true),
            (&["application/fhir+json"], false),
            (&["application/zip;q=0"], false),
        ] {
            assert_eq!(require_zip(&headers(ACCEPT, values)).is_ok(), good);
        }
        assert!(require_zip(&HeaderMap::new()).is_ok());
        assert_eq!(
            without_format("_id=a&_format=json&_count=2"),
            "_id=a&_count=2"
        );
    }
}
