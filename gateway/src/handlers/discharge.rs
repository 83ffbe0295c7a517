//! `POST /$discharge`: ends a visit, and with it every ticket that stands on it; with a grace, writing now and reading after it. The
//! member's signature is enough.
use std::sync::Arc;

use amanat_login::Session;
use amanat_types::EncounterId;
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;

use crate::cases::Cases;
use crate::door::{Door, actor};
use crate::operation::{self, Field, Fields};
use crate::outcome::Problem;

/// Ends an encounter of this member.
pub(crate) async fn discharge<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    request: Request,
) -> Result<Response, Problem> {
    let parameters = operation::receive(&door, &session, request).await?;
    let fields = Fields::read(&parameters, &["encounter", "grace-minutes"])?;
    let rule = "must be 32 hexadecimal digits";
    let encounter = fields.one("encounter")?.word(rule, EncounterId::from_hex)?;
    let grace = fields.optional("grace-minutes")?.map(Field::number);
    let grace_ms = grace
        .transpose()?
        .map(|minutes| u64::from(minutes) * 60_000);
    let accepted = door
        .cases
        .discharge(&actor(&session)?, encounter, grace_ms)
        .await?;
    operation::answer(vec![
        operation::text("id", accepted.transaction.to_string()),
        operation::text("height", accepted.height.to_string()),
    ])
}
