//! `GET /Patient/id/$amendments`: what a patient asked to be amended, what became of it, in words too.
use std::sync::Arc;

use amanat_exchange::AmendmentRow;
use amanat_login::Session;
use amanat_types::{RecordId, TimestampMs};
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::told;
use crate::cases::Cases;
use crate::door::Door;
use crate::operation;
use crate::outcome::Problem;
use crate::words::Language;

/// The requests for the amendment of a patient's records, by record.
pub(crate) async fn amendments<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (actor, patient) = told::about(&door, &session, &headers, (&id, query.as_deref()))?;
    let language = told::query(query, "_language", |_, _| Ok(false))?;
    let _share = door.purse().for_reading().await?;
    let found = door.cases.amendments(&actor, &patient).await;
    let found = found.map_err(Problem::of_query)?;
    let now = (door.clock)();
    operation::answer(found.iter().map(|one| line(one, now, language)).collect())
}

fn line(one: &AmendmentRow, now: TimestampMs, language: Language) -> Value {
    let state = &one.state;
    let note = |name: &str, id: RecordId| operation::text(name, id.to_string());
    let mut parts = vec![
        operation::text("record", one.amendment.record.to_string()),
        json!({ "name": "number", "valueUnsignedInt": one.amendment.number }),
        json!({ "name": "member", "valuePositiveInt": one.member.number() }),
        operation::instant("asked", state.asked_ms),
        operation::instant("by", state.by_ms),
        note("request", state.request),
    ];
    parts.extend(state.extended.map(|id| note("extension", id)));
    let status = match state.answered {
        None if state.by_ms <= now => "overdue",
        None => "open",
        Some(answered) => {
            parts.push(operation::instant("answered", answered.time_ms));
            match answered.refused {
                None => "accepted",
                Some(refused) => {
                    parts.push(operation::code("reason", refused.reason.as_str()));
                    parts.push(note("letter", refused.letter));
                    "refused"
                }
            }
        }
    };
    parts.push(operation::code("status", status));
    parts.extend(state.disagreement.map(|id| note("disagreement", id)));
    parts.push(operation::text("text", language.amendment(one, now)));
    json!({ "name": "amendment", "part": parts })
}
