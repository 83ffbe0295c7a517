//! `GET /Patient/id/$accounting`: to whom records of a patient went, a line a ticket and recipient, in words too.
use std::sync::Arc;

use amanat_exchange::accounting::{ACCOUNTING_MS_MAX, Disclosure};
use amanat_login::{Interaction, Session};
use amanat_types::TimestampMs;
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use crate::asked::is_id;
use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::instant;
use crate::negotiate::{require_acceptable, without_format};
use crate::operation;
use crate::outcome::Problem;
use crate::words::Language;

/// Answers the lines between `start` and `end`, instants; six years back and now if they are left out. `_language` is `en` or `ur`.
pub(crate) async fn accounting<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    require_acceptable(&headers, query.as_deref())?;
    require_scope(&session, Interaction::Search, Some("AuditEvent"))?;
    let actor = actor(&session)?;
    let query = without_format(&query.unwrap_or_default());
    let asked = Query::read(&query)?;
    if !is_id(&id) {
        return Err(Problem::not_found());
    }
    let patient = door.cases.patient_of(&actor, &id)?;
    let patient = patient.ok_or_else(Problem::not_found)?;
    let now = (door.clock)();
    let to_ms = asked.end.unwrap_or(now.plus(1));
    let from_ms = asked.start.unwrap_or(TimestampMs::new(
        now.get().saturating_sub(ACCOUNTING_MS_MAX),
    ));
    let _share = door.purse().for_reading().await?;
    let found = door
        .cases
        .accounting(&actor, &patient, (from_ms, to_ms))
        .await
        .map_err(Problem::of_query)?;
    let mut parameters = vec![
        json!({ "name": "start", "valueInstant": print(from_ms) }),
        json!({ "name": "end", "valueInstant": print(to_ms) }),
    ];
    parameters.extend(found.iter().map(|one| line(one, asked.language)));
    operation::answer(parameters)
}

fn print(at: TimestampMs) -> String {
    amanat_fhir::instant(at.get())
}

/// What is asked.
struct Query {
    start: Option<TimestampMs>,
    end: Option<TimestampMs>,
    language: Language,
}

impl Query {
    fn read(query: &str) -> Result<Self, Problem> {
        let mut asked = Self {
            start: None,
            end: None,
            language: Language::English,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let time = || {
                let rule = "must be an instant";
                instant::parse(&value).ok_or_else(|| Problem::bad(&name, rule))
            };
            match name.as_ref() {
                "start" => asked.start = Some(time()?),
                "end" => asked.end = Some(time()?),
                "_language" => {
                    let language = Language::parse(&value);
                    let rule = "must be en or ur";
                    asked.language = language.ok_or_else(|| Problem::bad("_language", rule))?;
                }
                _ => {
                    let rule = "only start, end and _language are supported here";
                    return Err(Problem::bad("query", rule));
                }
            }
        }
        Ok(asked)
    }
}

fn line(one: &Disclosure, language: Language) -> Value {
    let mut parts = vec![
        json!({ "name": "first", "valueInstant": print(one.first_ms) }),
        json!({ "name": "last", "valueInstant": print(one.last_ms) }),
        json!({ "name": "recipient", "valuePositiveInt": one.recipient.number() }),
        json!({ "name": "records", "valueUnsignedInt": one.records }),
    ];
    let code = |name: &str, code: &str| json!({ "name": name, "valueCode": code });
    parts.extend(one.purpose.map(|purpose| code("purpose", purpose.as_str())));
    parts.extend(one.basis.map(|basis| code("basis", basis.as_str())));
    let categories = one.categories.iter();
    parts.extend(categories.map(|category| code("category", category.name())));
    parts.push(operation::text("ticket", one.ticket.to_string()));
    let transaction = one.transaction.iter();
    parts.extend(transaction.map(|id| operation::text("transaction", id.to_string())));
    parts.push(operation::text("text", language.disclosure(one)));
    json!({ "name": "disclosure", "part": parts })
}
