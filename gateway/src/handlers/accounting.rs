//! `GET /Patient/id/$accounting`: to whom records of a patient went, a line a ticket and recipient, in words too.
use std::sync::Arc;

use amanat_exchange::accounting::{ACCOUNTING_MS_MAX, Disclosure};
use amanat_fhir::Resource;
use amanat_login::Session;
use amanat_types::TimestampMs;
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::told;
use crate::cases::Cases;
use crate::door::Door;
use crate::instant;
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
    let (actor, patient) = told::about(&door, &session, &headers, (&id, query.as_deref()))?;
    let (mut start, mut end) = (None, None);
    let language = told::query(query, "start, end and _language", |name, value| {
        let place = match name {
            "start" => &mut start,
            "end" => &mut end,
            _ => return Ok(false),
        };
        let time = instant::parse(value);
        *place = Some(time.ok_or_else(|| Problem::bad(name, "must be an instant"))?);
        Ok(true)
    })?;
    let now = (door.clock)();
    let to_ms = end.unwrap_or(now.plus(1));
    let first = now.get().saturating_sub(ACCOUNTING_MS_MAX);
    let from_ms = start.unwrap_or(TimestampMs::new(first));
    let _share = door.purse().for_reading().await?;
    let found = door
        .cases
        .accounting(&actor, &patient, (from_ms, to_ms))
        .await
        .map_err(Problem::of_query)?;
    let mut parameters = vec![
        operation::instant("start", from_ms),
        operation::instant("end", to_ms),
    ];
    parameters.extend(found.iter().map(|one| line(one, language)));
    operation::answer(parameters)
}

/// One line as a resource of its own.
pub(super) fn alone(one: &Disclosure, language: Language) -> Resource {
    let mut map = Map::new();
    map.insert("resourceType".to_owned(), "Parameters".into());
    map.insert(
        "parameter".to_owned(),
        Value::Array(vec![line(one, language)]),
    );
    Resource::new(map)
}

fn line(one: &Disclosure, language: Language) -> Value {
    let mut parts = vec![
        operation::instant("first", one.first_ms),
        operation::instant("last", one.last_ms),
        json!({ "name": "recipient", "valuePositiveInt": one.recipient.number() }),
        json!({ "name": "records", "valueUnsignedInt": one.records }),
    ];
    let purpose = one.purpose.map(|purpose| purpose.as_str());
    parts.extend(purpose.map(|purpose| operation::code("purpose", purpose)));
    let basis = one.basis.map(|basis| basis.as_str());
    parts.extend(basis.map(|basis| operation::code("basis", basis)));
    let categories = one.categories.iter();
    parts.extend(categories.map(|category| operation::code("category", category.name())));
    parts.push(operation::text("ticket", one.ticket.to_string()));
    let transaction = one.transaction.iter();
    parts.extend(transaction.map(|id| operation::text("transaction", id.to_string())));
    parts.push(operation::text("text", language.disclosure(one)));
    json!({ "name": "disclosure", "part": parts })
}
