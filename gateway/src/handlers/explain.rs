//! `GET /Patient/id/$who-could` and `GET /Type/id/$why`: who could see what, and why something would be granted or refused, in words too.
use std::sync::Arc;

use amanat_exchange::explain::{Reader, Way};
use amanat_fhir::Category;
use amanat_login::{Interaction, Session};
use amanat_types::RecordId;
use amanat_types::explain::{Effect, Finding};
use amanat_types::state::BasisRef;
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::kind_of;
use crate::asked::{Asked, is_id};
use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::negotiate::{require_acceptable, without_format};
use crate::operation;
use crate::outcome::Problem;
use crate::words::Language;
use amanat_exchange::id::record_of;

/// Every way to a patient's records that is open; with `record`, to that record. `_language` is `en` or `ur`.
pub(crate) async fn who_could<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    require_acceptable(&headers, query.as_deref())?;
    require_scope(&session, Interaction::Search, Some("AuditEvent"))?;
    let actor = actor(&session)?;
    let asked = Query::read(&without_format(&query.unwrap_or_default()))?;
    if !is_id(&id) {
        return Err(Problem::not_found());
    }
    let patient = door.cases.patient_of(&actor, &id)?;
    let patient = patient.ok_or_else(Problem::not_found)?;
    let ways = door
        .cases
        .who_could(&actor, &patient, asked.record)
        .await
        .map_err(Problem::of_query)?;
    let language = asked.language;
    let mut parameters: Vec<Value> = ways.iter().map(|one| way(one, language)).collect();
    parameters.push(operation::text("notice", language.besides()));
    operation::answer(parameters)
}

/// Why a read of a record under the headers' basis and purpose would be granted or refused now.
pub(crate) async fn why<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    Path((kind, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    require_acceptable(&headers, query.as_deref())?;
    let kind = kind_of(&kind)?;
    require_scope(&session, Interaction::Read, Some(kind.name()))?;
    let asked = Asked::read(&headers, &session)?;
    let query = Query::read(&without_format(&query.unwrap_or_default()))?;
    let actor = actor(&session)?;
    let record = record_of(&id).ok_or_else(Problem::not_found)?;
    let context = door.to_read(&actor, &asked, Some(kind), None).await?;
    let explained = door.cases.explain(&actor, &context, record).await?;
    let refusal = explained.refusal();
    let mut parameters = vec![
        json!({ "name": "granted", "valueBoolean": refusal.is_none() }),
        operation::text("height", explained.height.to_string()),
    ];
    if let Some(refusal) = refusal {
        parameters.push(operation::text("refusal", refusal.name()));
        parameters.push(operation::text("text", query.language.refusal(refusal)));
    }
    let findings = explained.findings.iter();
    parameters.extend(findings.map(|one| finding(one, query.language)));
    operation::answer(parameters)
}

/// What is asked beside the path.
struct Query {
    record: Option<RecordId>,
    language: Language,
}

impl Query {
    fn read(query: &str) -> Result<Self, Problem> {
        let mut asked = Self {
            record: None,
            language: Language::English,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "record" => {
                    let rule = "must be the id of a record";
                    let record = record_of(&value).ok_or_else(|| Problem::bad("record", rule))?;
                    asked.record = Some(record);
                }
                "_language" => {
                    let rule = "must be en or ur";
                    let language = Language::parse(&value);
                    asked.language = language.ok_or_else(|| Problem::bad("_language", rule))?;
                }
                _ => {
                    let rule = "only record and _language are supported here";
                    return Err(Problem::bad("query", rule));
                }
            }
        }
        Ok(asked)
    }
}

fn code(name: &str, code: &str) -> Value {
    json!({ "name": name, "valueCode": code })
}

fn way(one: &Way, language: Language) -> Value {
    let number = |number: u16| json!({ "name": "member", "valuePositiveInt": number });
    let mut parts = match one.reader {
        Reader::Member(member) => vec![number(member.number())],
        Reader::Practitioner(member, id) => vec![
            number(member.number()),
            operation::text("practitioner", id.to_string()),
        ],
        Reader::Role(member, role) => {
            vec![number(member.number()), code("role", role.as_str())]
        }
        Reader::RoleAtKind(at) => vec![
            code("role", at.role.as_str()),
            code("kind", at.kind.as_str()),
        ],
    };
    parts.push(operation::text("basis", named(&one.basis)));
    parts.push(code("purpose", one.purpose.as_str()));
    let categories = one.categories.iter().copied();
    parts.extend(categories.map(|category: Category| code("category", category.name())));
    let until = amanat_fhir::instant(one.until_ms.get());
    parts.push(json!({ "name": "until", "valueInstant": until }));
    let granted = one.refusal.is_none();
    parts.push(json!({ "name": "granted", "valueBoolean": granted }));
    parts.extend(
        one.refusal
            .map(|refusal| operation::text("refusal", refusal.name())),
    );
    let withheld = one.withheld.iter();
    parts.extend(withheld.map(|id| operation::text("restriction", id.to_string())));
    parts.push(operation::text("text", language.way(one)));
    json!({ "name": "way", "part": parts })
}

/// A basis as the header of a read names it.
fn named(basis: &BasisRef) -> String {
    match basis {
        BasisRef::Grant(id) => format!("grant/{id}"),
        BasisRef::Encounter(id) => format!("encounter/{id}"),
        BasisRef::Permit(id) => format!("permit/{id}"),
        BasisRef::Order(id) => format!("order/{id}"),
        BasisRef::Care(care) => format!("encounter/{}", care.encounter),
        BasisRef::Emergency(_) => "emergency".to_owned(),
        BasisRef::Patient(_) | BasisRef::Guardian(_) => "patient".to_owned(),
        BasisRef::Directory(_) => "directory".to_owned(),
        BasisRef::Mandate(id) => format!("mandate/{id}"),
        BasisRef::Disclosure(one) => format!("disclosure/{}/{}", one.disclosure, one.cause),
        BasisRef::Study(one) => format!("study/{}/{}", one.study, one.enrolment),
    }
}

fn finding(found: &Finding, language: Language) -> Value {
    let mut parts = vec![
        code("source", found.kind.as_str()),
        operation::text("id", hex::encode(&*found.id)),
    ];
    let (effect, because) = match found.effect {
        Effect::Permit(_) => ("permit", None),
        Effect::Deny(denial) => ("deny", Some(denial.because)),
        Effect::Withhold(refusal) => ("withhold", Some(refusal)),
    };
    parts.push(code("effect", effect));
    if let Some(because) = because {
        parts.push(operation::text("because", because.name()));
        parts.push(operation::text("text", language.refusal(because)));
    }
    json!({ "name": "finding", "part": parts })
}
