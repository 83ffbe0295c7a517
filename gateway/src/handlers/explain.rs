//! `GET /Patient/id/$who-could` and `GET /Type/id/$why`: who could see what, and why something would be granted or refused, in words too.
use std::sync::Arc;

use amanat_exchange::explain::{Reader, Verdict, Way};
use amanat_exchange::id::record_of;
use amanat_fhir::Category;
use amanat_login::{Interaction, Session};
use amanat_types::explain::{Effect, Finding};
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::{kind_of, told};
use crate::asked::{Asked, name_basis};
use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::negotiate::require_acceptable;
use crate::operation::{self, code};
use crate::outcome::Problem;
use crate::words::Language;

/// Every way to a patient's records that is open; with `record`, to that record. `_language` is `en` or `ur`.
pub(crate) async fn who_could<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (actor, patient) = told::about(&door, &session, &headers, (&id, query.as_deref()))?;
    let mut record = None;
    let language = told::query(query, "record and _language", |name, value| {
        if name != "record" {
            return Ok(false);
        }
        let found = record_of(value);
        record = Some(found.ok_or_else(|| Problem::bad(name, "must be the id of a record"))?);
        Ok(true)
    })?;
    let _share = door.purse().for_reading().await?;
    let ways = door
        .cases
        .who_could(&actor, &patient, record)
        .await
        .map_err(Problem::of_query)?;
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
    let language = told::query(query, "_language", |_, _| Ok(false))?;
    let actor = actor(&session)?;
    let record = record_of(&id).ok_or_else(Problem::not_found)?;
    let context = door.to_read(&actor, &asked, Some(kind), None).await?;
    let explained = door.cases.explain(&actor, &context, record).await?;
    let refusal = explained.refusal();
    let mut parameters = vec![
        truth("granted", refusal.is_none()),
        operation::text("height", explained.height.to_string()),
    ];
    if let Some(refusal) = refusal {
        parameters.push(operation::text("refusal", refusal.name()));
        parameters.push(operation::text("text", language.refusal(refusal)));
    }
    let findings = explained.findings.iter();
    parameters.extend(findings.map(|one| finding(one, language)));
    operation::answer(parameters)
}

fn truth(name: &str, value: bool) -> Value {
    json!({ "name": name, "valueBoolean": value })
}

fn way(one: &Way, language: Language) -> Value {
    let number = |number: u16| json!({ "name": "member", "valuePositiveInt": number });
    let mut parts = match one.reader {
        Reader::Member(member) => vec![number(member.number())],
        Reader::Practitioner(member, id) => vec![
            number(member.number()),
            operation::text("practitioner", id.to_string()),
        ],
        Reader::Staff(member) => vec![number(member.number()), code("seat", "staff")],
        Reader::Role(member, role) => {
            vec![number(member.number()), code("role", role.as_str())]
        }
        Reader::RoleAtKind(at) => vec![
            code("role", at.role.as_str()),
            code("kind", at.kind.as_str()),
        ],
        Reader::RoleAtKindWithin(at) => vec![
            code("role", at.role.as_str()),
            code("kind", at.kind.as_str()),
            code("within", at.within.as_str()),
        ],
    };
    parts.push(operation::text("basis", name_basis(&one.basis)));
    parts.push(code("purpose", one.purpose.as_str()));
    let categories = one.categories.iter().copied();
    parts.extend(categories.map(|category: Category| code("category", category.name())));
    let until = amanat_fhir::instant(one.until_ms.get());
    parts.push(json!({ "name": "until", "valueInstant": until }));
    match one.verdict {
        Verdict::Granted => parts.push(truth("granted", true)),
        Verdict::Refused(refusal) => {
            parts.push(truth("granted", false));
            parts.push(operation::text("refusal", refusal.name()));
        }
        // Neither: it is judged when somebody asks.
        Verdict::WhenAsked => {}
    }
    let withheld = one.withheld.iter();
    parts.extend(withheld.map(|id| operation::text("restriction", id.to_string())));
    parts.push(operation::text("text", language.way(one)));
    json!({ "name": "way", "part": parts })
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
