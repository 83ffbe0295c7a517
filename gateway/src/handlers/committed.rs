//! `POST /$committed`: the content behind a commitment of this member, with the salt that opens it, for whoever is to check it.
use std::sync::Arc;

use amanat_login::Session;
use amanat_types::id::Commitment;
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;

use crate::cases::Cases;
use crate::door::{Door, actor};
use crate::operation::{self, Fields};
use crate::outcome::Problem;

/// Answers salt and content; 404 if this member made no such commitment.
pub(crate) async fn committed<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    request: Request,
) -> Result<Response, Problem> {
    let parameters = operation::receive(&door, &session, request).await?;
    let fields = Fields::read(&parameters, &["commitment"])?;
    let rule = "must be 64 hexadecimal digits";
    let commitment = fields.one("commitment")?.word(rule, Commitment::from_hex)?;
    let found = door.cases.committed(&actor(&session)?, &commitment)?;
    let (salt, content) = found.ok_or_else(Problem::not_found)?;
    operation::answer(vec![
        operation::text("salt", salt.to_string()),
        operation::bytes("content", &content),
    ])
}
