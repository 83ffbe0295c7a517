//! `GET /$notices`: what patients whom this member registered are told of without asking, as FHIR `Communication`s, for the member's own system that
//! sends messages. In pages, or as server-sent events (WHATWG HTML, 9.2) for whoever accepts `text/event-stream`.
//!
//! Each notice has a number, and is given again to whoever asks after a lower one: at least once, and known by its id.
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use amanat_exchange::notices::Notices;
use amanat_exchange::{Actor, Notice};
use amanat_fhir::{Resource, canonical, instant};
use amanat_login::{Interaction, Session};
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::Stream;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::told;
use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::negotiate::require_acceptable;
use crate::outcome::Problem;
use crate::render;
use crate::words::{Language, notice};

/// Notices of a page, if nobody says how many.
const COUNT: usize = 100;
/// Notices that a stream fetches at once.
const AT_ONCE: usize = 100;
/// How often a stream looks for new ones.
const LOOK: Duration = Duration::from_secs(1);
/// How long a stream lives: its client comes again with the last id that it had, and with a token that is still good.
const LIFE: Duration = Duration::from_secs(240);
/// Where a client of server-sent events says which it had last.
const LAST_EVENT_ID: &str = "last-event-id";

/// Gives notices after the one of a number.
pub(crate) async fn notices<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let streams = wants_stream(&headers);
    if !streams {
        require_acceptable(&headers, query.as_deref())?;
    }
    // They tell what the access log tells, of every patient: the one scope alone is not enough.
    for kind in ["Communication", "AuditEvent"] {
        require_scope(&session, Interaction::Search, Some(kind))?;
    }
    let actor = actor(&session)?;
    let own = query.clone().unwrap_or_default();
    let (mut after, mut count) = (None, COUNT);
    let language = told::query(query, "_cursor, _count and _language", |name, value| {
        match name {
            "_cursor" => after = Some(number(name, value)?),
            "_count" => count = usize::try_from(number(name, value)?).unwrap_or(usize::MAX),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if !streams {
        let _share = door.purse().for_reading().await?;
        let found = door.cases.notices(&actor, after.unwrap_or(0), count);
        return Ok(page(
            &door,
            &own,
            &found.map_err(Problem::of_query)?,
            language,
        ));
    }
    let last = headers.get(LAST_EVENT_ID).map(|value| {
        let text = value.to_str().unwrap_or_default();
        number("Last-Event-ID", text)
    });
    let after = last.transpose()?.or(after).unwrap_or(0);
    let stream = stream(door, actor, after, language);
    Ok(Sse::new(stream)
        .keep_alive(KeepAlive::default())
        .into_response())
}

pub(super) fn number(name: &str, value: &str) -> Result<u64, Problem> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value.parse().ok().filter(|_| digits);
    number.ok_or_else(|| Problem::bad(name, "must be a number"))
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter();
    let mut kinds = values.filter_map(|value| value.to_str().ok());
    kinds.any(|text| text.trim().eq_ignore_ascii_case("text/event-stream"))
}

fn page<C: Cases>(door: &Door<C>, own: &str, found: &Notices, language: Language) -> Response {
    let all = found.notices.iter();
    let all: Vec<Resource> = all.filter_map(|one| communication(one, language)).collect();
    let next = found.more.then(|| {
        let query = render::with_cursor(own, Some(&found.last.to_string()));
        render::url(&door.base_url, "$notices", &query)
    });
    let own_url = render::url(&door.base_url, "$notices", own);
    render::made(&door.base_url, &own_url, next.as_deref(), all)
}

/// A notice as a Communication. Its first payload is for the patient's eyes; the extension is a text for a way that others read, which
/// says nothing about health.
fn communication(one: &Notice, language: Language) -> Option<Resource> {
    let told = notice::of(language, &one.moment)?;
    Resource::from_value(json!({
        "resourceType": "Communication",
        "id": format!("notice-{}", one.number),
        "extension": [{ "url": "urn:amanat:sms", "valueString": told.short }],
        "status": "completed",
        "category": [{ "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/communication-category", "code": "notification"
        }] }],
        "topic": { "coding": [{ "system": "urn:amanat:notice", "code": told.code }] },
        "subject": { "type": "Patient", "identifier": {
            "system": "urn:amanat:ledger:patient", "value": one.patient.to_string()
        } },
        "sent": instant(one.told_ms.get()),
        "payload": [{ "contentString": told.text }]
    }))
}

/// What a stream goes on with.
struct Going<C: Cases> {
    door: Arc<Door<C>>,
    actor: Actor,
    last: u64,
    waiting: std::vec::IntoIter<Notice>,
    language: Language,
    until: Instant,
    stopping: watch::Receiver<bool>,
}

fn stream<C: Cases>(
    door: Arc<Door<C>>,
    actor: Actor,
    last: u64,
    language: Language,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let going = Going {
        stopping: door.stopping.subscribe(),
        door,
        actor,
        last,
        waiting: Vec::new().into_iter(),
        language,
        until: Instant::now() + LIFE,
    };
    futures::stream::unfold(going, |mut going| async move {
        let event = going.next().await?;
        Some((Ok(event), going))
    })
}

impl<C: Cases> Going<C> {
    /// The next notice, once there is one; nothing when the stream has lived long enough, the gateway stops, or the store cannot be read.
    async fn next(&mut self) -> Option<Event> {
        loop {
            for one in self.waiting.by_ref() {
                let Some(resource) = communication(&one, self.language) else {
                    continue;
                };
                let data = String::from_utf8(canonical(&resource)).ok()?;
                let event = Event::default().event("notice").data(data);
                return Some(event.id(one.number.to_string()));
            }
            if Instant::now() >= self.until || *self.stopping.borrow() {
                return None;
            }
            let found = self.door.cases.notices(&self.actor, self.last, AT_ONCE);
            let found = found.ok()?;
            self.last = found.last;
            if found.notices.is_empty() && !found.more {
                let _ = timeout(LOOK, self.stopping.wait_for(|stopping| *stopping)).await;
            }
            self.waiting = found.notices.into_iter();
        }
    }
}
