//! `POST /$prepare`: the first half of a card-signed call. Answers the transaction and what its co-signers sign.
use std::sync::Arc;

use amanat_login::Session;
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use commonware_codec::Encode as _;

use crate::cases::Cases;
use crate::door::{Door, actor};
use crate::operation;
use crate::outcome::Problem;

/// Prepares a call. Nothing is submitted; a prepared transaction that is never signed does nothing.
pub(crate) async fn prepare<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    request: Request,
) -> Result<Response, Problem> {
    let parameters = operation::receive(&door, &session, request).await?;
    let actor = actor(&session)?;
    let call = {
        let known: &operation::Papers<'_> =
            &|patient, categories, key| door.cases.paper_of(&actor, patient, categories, key);
        operation::read_call(&session, &parameters, known)?
    };
    let to_sign = door.cases.prepare(&actor, call).await?;
    let prepared = to_sign.prepared;
    let mut answer = vec![
        operation::bytes("transaction", &prepared.body.encode()),
        operation::text("id", prepared.id().to_string()),
    ];
    let cosigners = prepared.cosigners().iter();
    answer.extend(cosigners.map(|key| operation::text("cosigner", key.to_string())));
    answer.extend(operation::made(&prepared.body));
    let letter = to_sign.letter.iter();
    answer.extend(letter.map(|letter| operation::bytes("letter", letter)));
    operation::answer(answer)
}
