//! `POST /Type/id/$retract`: a record of this member is taken back, and not released any more.
use std::sync::Arc;

use amanat_exchange::id::record_of;
use amanat_login::{Interaction, Session};
use amanat_types::code::RetractReason;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;

use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::handlers::kind_of;
use crate::operation::{self, Fields};
use crate::outcome::Problem;

/// Takes a record back, for a `reason`.
pub(crate) async fn retract<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    Path((kind, id)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let kind = kind_of(&kind)?;
    require_scope(&session, Interaction::Delete, Some(kind.name()))?;
    let parameters = operation::receive(&door, &session, request).await?;
    let fields = Fields::read(&parameters, &["reason"])?;
    let rule = "must be wrong-patient, entered-in-error or duplicate";
    // To erase takes more than the member's word: it is a call of its own.
    let known = |text: &str| RetractReason::parse(text).filter(|one| *one != RetractReason::Erased);
    let reason = fields.one("reason")?.word(rule, known)?;
    let record = record_of(&id).ok_or_else(Problem::not_found)?;
    let accepted = door
        .cases
        .retract(&actor(&session)?, record, reason)
        .await?;
    operation::answer(vec![
        operation::text("id", accepted.transaction.to_string()),
        operation::text("height", accepted.height.to_string()),
    ])
}
