//! Answers: canonical bytes of resources, versions, instants, pages.
use amanat_exchange::everything::Page;
use amanat_fhir::bundle::{self, Found, searchset};
use amanat_fhir::{Resource, canonical, instant};
use amanat_types::{RecordId, TimestampMs};
use axum::http::header::{CONTENT_TYPE, ETAG, LAST_MODIFIED, LINK, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::outcome::{FHIR_JSON, Problem};

/// Every record has one version: what amends it is a record of its own.
pub(crate) const VERSION: &str = "1";
/// Its entity tag.
pub(crate) const VERSION_TAG: &str = "W/\"1\"";

/// A resource under a status.
pub(crate) fn resource(status: StatusCode, resource: &Resource) -> Response {
    (status, [(CONTENT_TYPE, FHIR_JSON)], canonical(resource)).into_response()
}

/// A stored resource with its version's headers.
pub(crate) fn stored(status: StatusCode, body: &Resource) -> Response {
    let mut response = resource(status, body);
    let headers = response.headers_mut();
    headers.insert(ETAG, HeaderValue::from_static(VERSION_TAG));
    if let Some(date) = last_updated(body).and_then(http_date) {
        headers.insert(LAST_MODIFIED, date);
    }
    response
}

/// Adds `Location` of a new resource.
pub(crate) fn located(
    mut response: Response,
    base_url: &str,
    reference: &str,
) -> Result<Response, Problem> {
    let url = format!("{base_url}/{reference}/_history/{VERSION}");
    let value = HeaderValue::try_from(url).map_err(|_| Problem::fault())?;
    response.headers_mut().insert(LOCATION, value);
    Ok(response)
}

/// Adds a `Link` for each record that goes with this one (RFC 8288): what was said to a refusal to amend it.
pub(crate) fn beside(
    mut response: Response,
    base_url: &str,
    notes: &[RecordId],
) -> Result<Response, Problem> {
    for note in notes {
        let link = format!("<{base_url}/Communication/{note}>; rel=\"related\"");
        let value = HeaderValue::try_from(link).map_err(|_| Problem::fault())?;
        response.headers_mut().append(LINK, value);
    }
    Ok(response)
}

/// An empty answer with headers of a version, for `Prefer: return=minimal`.
pub(crate) fn empty(status: StatusCode) -> Response {
    (status, [(ETAG, VERSION_TAG)]).into_response()
}

/// Adds a header whose value is ours.
pub(crate) fn with(mut response: Response, name: HeaderName, value: &'static str) -> Response {
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
    response
}

fn last_updated(resource: &Resource) -> Option<&str> {
    resource.get("meta")?.get("lastUpdated")?.as_str()
}

/// An instant as HTTP writes dates (RFC 9110, 5.6.7).
fn http_date(text: &str) -> Option<HeaderValue> {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let ms = crate::instant::parse(text)?.get();
    let day = DAYS.get(usize::try_from(ms / 86_400_000 % 7).ok()?)?;
    let text = instant(ms);
    let (date, time) = text.split_once('T')?;
    let mut parts = date.split('-');
    let (year, month, date) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    let time = time.get(..8)?;
    HeaderValue::try_from(format!("{day}, {date} {month} {year} {time} GMT")).ok()
}

/// When a record was updated, as FHIR writes it.
pub(crate) fn updated(at: TimestampMs) -> String {
    instant(at.get())
}

/// A page of a search: what was found, what comes with it, and the notice that is the same whatever was withheld.
pub(crate) fn page(
    base_url: &str,
    own_url: &str,
    next_url: Option<&str>,
    (page, beside): (Page, Vec<Resource>),
) -> Response {
    let found = page.opened.into_iter().map(|opened| {
        let reference = opened.resource.reference().unwrap_or_default();
        Found::Match {
            full_url: format!("{base_url}/{reference}"),
            resource: opened.resource.into_resource(),
        }
    });
    let included = page.included.into_iter().map(|opened| {
        let reference = opened.resource.reference().unwrap_or_default();
        Found::Include {
            full_url: format!("{base_url}/{reference}"),
            resource: opened.resource.into_resource(),
        }
    });
    let beside = beside.into_iter().map(|resource| Found::Include {
        full_url: full_url(base_url, &resource),
        resource,
    });
    let found = found
        .chain(included)
        .chain(beside)
        .chain([Found::Notice(page.notice)]);
    let links = bundle::Page { own_url, next_url };
    resource(StatusCode::OK, &searchset(links, found))
}

/// The URL of a resource that is made here.
fn full_url(base_url: &str, resource: &Resource) -> String {
    let kind = resource.text("resourceType").unwrap_or_default();
    let id = resource.text("id").unwrap_or_default();
    format!("{base_url}/{kind}/{id}")
}

/// A page of resources that are made here, with no notice.
pub(crate) fn made(
    base_url: &str,
    own_url: &str,
    next_url: Option<&str>,
    made: Vec<Resource>,
) -> Response {
    let found = made.into_iter().map(|resource| Found::Match {
        full_url: full_url(base_url, &resource),
        resource,
    });
    let links = bundle::Page { own_url, next_url };
    resource(StatusCode::OK, &searchset(links, found))
}

/// A query with its cursor exchanged for another, or taken out.
pub(crate) fn with_cursor(query: &str, cursor: Option<&str>) -> String {
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("_cursor="))
        .map(str::to_owned)
        .collect();
    pairs.extend(cursor.map(|cursor| format!("_cursor={cursor}")));
    pairs.join("&")
}

/// A URL below the base, with its query if there is one.
pub(crate) fn url(base_url: &str, path: &str, query: &str) -> String {
    if query.is_empty() {
        format!("{base_url}/{path}")
    } else {
        format!("{base_url}/{path}?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http() {
        for (text, date) in [
            ("1994-11-06T08:49:37.000Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ] {
            assert_eq!(http_date(text), HeaderValue::try_from(date).ok());
        }
        assert_eq!(http_date("yesterday"), None);
    }

    #[test]
    fn cursors_are_exchanged() {
        assert_eq!(
            with_cursor("_count=2&_cursor=a&patient=p", Some("b")),
            "_count=2&patient=p&_cursor=b"
        );
        assert_eq!(with_cursor("", Some("b")), "_cursor=b");
        assert_eq!(with_cursor("_cursor=a", None), "");
    }
}
