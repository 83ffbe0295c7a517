//! What is told of one patient in codes and words: who asks, of whom, in which language.
use amanat_exchange::Actor;
use amanat_login::{Interaction, Session};
use amanat_types::PatientId;
use axum::http::HeaderMap;

use crate::asked::is_id;
use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::negotiate::{require_acceptable, without_format};
use crate::outcome::Problem;
use crate::words::Language;

/// Who asks, and about whom: a patient who is known here, under the scope of the access log.
///
/// Problems, in this order: what cannot be answered in (406), scope (403), an id that is none or of nobody known here (404).
pub(super) fn about<C: Cases>(
    door: &Door<C>,
    session: &Session,
    headers: &HeaderMap,
    (id, query): (&str, Option<&str>),
) -> Result<(Actor, PatientId), Problem> {
    require_acceptable(headers, query)?;
    require_scope(session, Interaction::Search, Some("AuditEvent"))?;
    let actor = actor(session)?;
    let known = is_id(id).then(|| door.cases.patient_of(&actor, id));
    let patient = known.transpose()?.flatten();
    Ok((actor, patient.ok_or_else(Problem::not_found)?))
}

/// Reads a query: `_language` (`en`, `ur`; English without it) and what `take` takes by name and value; `known` names all that is taken.
///
/// Problems (400): a parameter of another name, or whatever `take` says.
pub(super) fn query(
    query: Option<String>,
    known: &str,
    mut take: impl FnMut(&str, &str) -> Result<bool, Problem>,
) -> Result<Language, Problem> {
    let query = without_format(&query.unwrap_or_default());
    let mut language = Language::English;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name == "_language" {
            let found = Language::parse(&value);
            language = found.ok_or_else(|| Problem::bad("_language", "must be en or ur"))?;
        } else if !take(&name, &value)? {
            let rule = format!("only {known} are supported here");
            return Err(Problem::bad("query", &rule));
        }
    }
    Ok(language)
}
