//! `POST /$letter`: hands in a grant letter that was sealed to this member: which index of a patient is which category.
use std::sync::Arc;

use amanat_login::Session;
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;

use crate::cases::Cases;
use crate::door::{Door, actor};
use crate::operation::{self, Fields};
use crate::outcome::Problem;

/// Takes a letter. May be repeated.
pub(crate) async fn letter<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    request: Request,
) -> Result<Response, Problem> {
    let parameters = operation::receive(&door, &session, request).await?;
    let letter = Fields::read(&parameters, &["letter"])?
        .one("letter")?
        .bytes()?;
    let (patient, categories) = door.cases.accept_letter(&actor(&session)?, &letter).await?;
    let mut answer = vec![operation::text("patient", patient.to_string())];
    answer.extend(
        categories
            .iter()
            .map(|one| operation::text("category", one.name())),
    );
    operation::answer(answer)
}
