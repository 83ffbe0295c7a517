//! `POST /$submit`: the second half of a card-signed call. Answers once the transaction is final.
use std::sync::Arc;

use amanat_exchange::Prepared;
use amanat_login::Session;
use amanat_types::limits::{SIGNERS_MAX, TRANSACTION_BYTES_MAX};
use amanat_types::transaction::Body;
use amanat_types::{Refusal, Signature};
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use commonware_codec::DecodeExt as _;
use serde_json::json;

use crate::cases::Cases;
use crate::door::{Door, actor};
use crate::operation::{self, Field, Fields};
use crate::outcome::Problem;
use crate::render;

/// Submits a prepared transaction. May be repeated: the same transaction gives the same answer.
pub(crate) async fn submit<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    request: Request,
) -> Result<Response, Problem> {
    let parameters = operation::receive(&door, &session, request).await?;
    let (prepared, signatures) = read(&Fields::read(&parameters, &["transaction", "signature"])?)?;
    let made = operation::made(&prepared.body);
    let accepted = door
        .cases
        .submit(&actor(&session)?, prepared, signatures)
        .await?;
    let mut answer = vec![
        operation::text("id", accepted.transaction.to_string()),
        operation::text("height", accepted.height.to_string()),
        json!({ "name": "time", "valueInstant": render::updated(accepted.time_ms) }),
    ];
    answer.extend(made);
    operation::answer(answer)
}

pub(super) fn read(fields: &Fields<'_>) -> Result<(Prepared, Vec<Signature>), Problem> {
    let transaction = fields.one("transaction")?.bytes()?;
    if transaction.len() > TRANSACTION_BYTES_MAX {
        return Err(Refusal::TransactionTooLarge.into());
    }
    let body = Body::decode(transaction).map_err(|_| Refusal::Malformed)?;
    let signatures: Vec<Signature> = fields
        .many("signature")
        .map(signature)
        .collect::<Result<_, _>>()?;
    // Our own member's signature is the first of them, and is not the caller's to give.
    if signatures.len() >= SIGNERS_MAX || signatures.len() + 1 != body.signers.len() {
        return Err(Refusal::SignerCount.into());
    }
    Ok((Prepared { body }, signatures))
}

/// A card's signature: `r || s` of P-256 in hexadecimal.
fn signature(field: &Field<'_>) -> Result<Signature, Problem> {
    field.word(
        "must be 128 hexadecimal digits: r and s of ECDSA P-256",
        |text| {
            let mut bytes = [0u8; 64];
            hex::decode_to_slice(text, &mut bytes).ok()?;
            Some(Signature::P256(amanat_types::key::low_s(bytes)))
        },
    )
}
