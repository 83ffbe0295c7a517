//! `GET /$opened`: who was let read whose records in a period, for whoever looks into a breach. `GET /$glass-to-review`: broken glass that
//! its member has not reviewed yet.
use std::sync::Arc;

use amanat_exchange::opened::OpenedAsk;
use amanat_exchange::{Actor, GlassRow, OpenedRow};
use amanat_login::{Interaction, Session};
use amanat_types::{MemberId, PractitionerId, TimestampMs};
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::instant;
use crate::negotiate::{require_acceptable, without_format};
use crate::operation;
use crate::outcome::Problem;

/// What is asked.
#[derive(Default)]
pub(super) struct Query {
    member: Option<MemberId>,
    practitioner: Option<PractitionerId>,
    start: Option<TimestampMs>,
    end: Option<TimestampMs>,
}

impl Query {
    /// Reads a query in which only these parameters may stand, each once.
    pub(super) fn read(query: Option<String>, known: &[&str]) -> Result<Self, Problem> {
        let query = without_format(&query.unwrap_or_default());
        let mut found = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if !known.contains(&name.as_ref()) {
                let rule = format!("only {} are supported here", known.join(", "));
                return Err(Problem::bad("query", &rule));
            }
            let again = match name.as_ref() {
                "member" => set(
                    &mut found.member,
                    "member",
                    value.parse().ok().map(MemberId::new),
                    "must be a number",
                )?,
                "practitioner" => {
                    let rule = "must be 32 hexadecimal digits";
                    set(
                        &mut found.practitioner,
                        "practitioner",
                        PractitionerId::from_hex(&value),
                        rule,
                    )?
                }
                "start" => set(&mut found.start, "start", instant::parse(&value), TIME)?,
                _ => set(&mut found.end, "end", instant::parse(&value), TIME)?,
            };
            if again {
                return Err(Problem::bad(&name, "may be given once only"));
            }
        }
        Ok(found)
    }
}

/// What is said of a time that is none.
const TIME: &str = "must be an instant, as 2026-11-28T09:00:00+05:00";

/// Sets a parameter; whether it was there already.
fn set<T>(
    place: &mut Option<T>,
    name: &str,
    value: Option<T>,
    rule: &str,
) -> Result<bool, Problem> {
    let value = value.ok_or_else(|| Problem::bad(name, rule))?;
    Ok(place.replace(value).is_some())
}

/// Who asks: they tell what the access log tells, of every patient, as notices do.
fn asker(session: &Session, headers: &HeaderMap, query: Option<&str>) -> Result<Actor, Problem> {
    require_acceptable(headers, query)?;
    for kind in ["Communication", "AuditEvent"] {
        require_scope(session, Interaction::Search, Some(kind))?;
    }
    actor(session)
}

/// The tickets that a member, or one practitioner of it, had in a period.
pub(crate) async fn opened<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let actor = asker(&session, &headers, query.as_deref())?;
    let query = Query::read(query, &["member", "practitioner", "start", "end"])?;
    let ask = OpenedAsk {
        member: query.member,
        practitioner: query.practitioner,
        start: query.start.ok_or_else(|| Problem::bad("start", TIME))?,
        end: query.end.unwrap_or_else(|| (door.clock)()),
    };
    let _share = door.purse().for_reading().await?;
    let found = door.cases.opened(&actor, ask).map_err(Problem::of_query)?;
    let lines = found
        .iter()
        .map(|one| json!({ "name": "ticket", "part": parts(one) }));
    operation::answer(lines.collect())
}

/// Broken glass that waits for a review.
pub(crate) async fn glass_to_review<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let actor = asker(&session, &headers, query.as_deref())?;
    let query = Query::read(query, &["member"])?;
    let _share = door.purse().for_reading().await?;
    let found = door.cases.glass_to_review(&actor, query.member);
    let found = found.map_err(Problem::of_query)?;
    let now = (door.clock)();
    operation::answer(found.iter().map(|one| glass(one, now)).collect())
}

fn parts(one: &OpenedRow) -> Vec<Value> {
    let mut parts = vec![
        operation::text("id", one.ticket.to_string()),
        operation::instant("issued", one.time_ms),
        operation::instant("until", one.until_ms),
        operation::text("patient", one.patient.to_string()),
        operation::code("basis", one.basis.as_str()),
        operation::code("purpose", one.purpose.as_str()),
    ];
    let practitioner = one.practitioner;
    parts.extend(practitioner.map(|id| operation::text("practitioner", id.to_string())));
    parts
}

fn glass(one: &GlassRow, now: TimestampMs) -> Value {
    let mut parts = parts(&one.opened);
    let justified = match one.justified {
        Some(true) => "in-time",
        Some(false) => "late",
        None => "no",
    };
    parts.push(operation::code("justified", justified));
    // A review is taken once the ticket has ended.
    let over = one.opened.until_ms <= now;
    parts.push(json!({ "name": "reviewable", "valueBoolean": over }));
    json!({ "name": "glass", "part": parts })
}
