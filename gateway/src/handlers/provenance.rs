//! `GET /Provenance/id` and `GET /Provenance?target=Type/id`: where a record is from, for whom the record is opened under the same basis.
//!
//! The record is opened as a read of it is, so one that is unknown and one that is closed are the same 404. Provenance that was deposited is
//! read and found like any other resource.
use amanat_exchange::provenance::step_of;
use amanat_exchange::{Actor, Opened};
use amanat_fhir::Resource;
use amanat_fhir::search::{Search, Target};
use amanat_login::{Interaction, Session};
use axum::http::StatusCode;
use axum::response::Response;

use super::audit::position;
use super::read::open;
use crate::asked::Asked;
use crate::cases::Cases;
use crate::door::{Door, require_scope};
use crate::outcome::Problem;
use crate::render;

/// The type.
pub(super) const PROVENANCE: &str = "Provenance";

/// One step of a record, by its id; nothing if this is the id of no step.
pub(super) async fn one<C: Cases>(
    door: &Door<C>,
    (session, actor): (&Session, &Actor),
    asked: &Asked,
    id: &str,
) -> Option<Result<Response, Problem>> {
    let (record, step) = step_of(id)?;
    let step = async {
        let opened = open(door, actor, asked, (None, &record.to_string())).await?;
        // Of which type it is was not known before. Whoever may not read that type is told what a stranger is told.
        let kind = opened.resource.kind().name();
        if !session.scopes.allow(Interaction::Read, Some(kind)) {
            return Err(Problem::not_found());
        }
        let steps = steps(door, actor, opened).await?;
        let step = steps.into_iter().nth(step).ok_or_else(Problem::not_found)?;
        Ok(render::resource(StatusCode::OK, &step))
    };
    Some(step.await)
}

/// The steps of one record.
pub(super) async fn of_target<C: Cases>(
    door: &Door<C>,
    (session, actor): (&Session, &Actor),
    asked: Asked,
    (query, search, target): (&str, &Search, &Target),
) -> Result<Response, Problem> {
    if search.ids.is_some() || search.identifiers.is_some() || search.with_provenance {
        let rule = "beside target only patient, _count and _cursor are supported here";
        return Err(Problem::bad("query", rule));
    }
    let from = position(search.cursor.as_deref())?;
    require_scope(session, Interaction::Read, Some(target.kind.name()))?;
    let asked = Asked {
        patient: search.patient.clone().or_else(|| asked.patient.clone()),
        ..asked
    };
    let opened = open(door, actor, &asked, (Some(target.kind), &target.id)).await?;
    let all = steps(door, actor, opened).await?;
    let count = usize::from(search.count);
    let to = from.saturating_add(count);
    let next = (to < all.len()).then(|| {
        let query = render::with_cursor(query, Some(&to.to_string()));
        render::url(&door.base_url, PROVENANCE, &query)
    });
    let own = render::url(&door.base_url, PROVENANCE, query);
    let page = all.into_iter().skip(from).take(count).collect();
    Ok(render::made(&door.base_url, &own, next.as_deref(), page))
}

async fn steps<C: Cases>(
    door: &Door<C>,
    actor: &Actor,
    opened: Opened,
) -> Result<Vec<Resource>, Problem> {
    let steps = door.cases.provenance(actor, &[opened]).await;
    steps.map_err(Problem::of_read)
}

/// What comes with a page of a search, if it was asked for.
pub(super) async fn beside<C: Cases>(
    door: &Door<C>,
    (session, actor): (&Session, &Actor),
    search: &Search,
    opened: &[Opened],
) -> Result<Vec<Resource>, Problem> {
    if !search.with_provenance {
        return Ok(Vec::new());
    }
    require_scope(session, Interaction::Search, Some(PROVENANCE))?;
    let steps = door.cases.provenance(actor, opened).await;
    steps.map_err(Problem::of_query)
}
