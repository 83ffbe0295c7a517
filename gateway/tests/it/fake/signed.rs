//! The calls of what is asked: what the exchange would sign, with fixed ids.
use super::*;

/// The calls of what is asked, and whose key signs.
pub fn signed(asked: Call) -> Result<(Vec<call::Call>, PublicKey), Error> {
    let (call, key) = match asked {
        Call::Consent(paper, ask, second) => return provisions(&paper, &ask, second),
        Call::CheckIn(paper, ask) => (
            call::Call::CheckIn(call::CheckIn {
                local: LocalId::new([5; 16]),
                patient: paper.patient,
                openings: List::new(
                    paper
                        .openings
                        .into_iter()
                        .map(|(_, opening)| opening)
                        .collect(),
                )
                .map_err(|_| Refusal::NoIndexes)?,
                write: ask.write,
                until_ms: ask.until_ms,
                ticket_until_ms: ask.ticket_until_ms,
                reader: amanat_types::id::SealingKey::new([9; 32]),
            }),
            paper.key,
        ),
        Call::RegisterWithoutCard(ask, key) => (
            call::Call::RegisterWithoutCard(call::RegisterWithoutCard {
                local: LocalId::new([6; 16]),
                patient: ask.patient.unwrap_or(PATIENT),
                reason: ask.reason,
                openings: List::empty(),
                emergency: List::empty(),
                until_ms: ask.until_ms,
            }),
            key,
        ),
        Call::Justify(ticket, text, key) => (
            call::Call::Justify(call::Justify {
                ticket,
                justification: amanat_types::id::Commitment::text(
                    &amanat_types::id::Salt::new([1; 32]),
                    text.as_bytes(),
                ),
            }),
            key,
        ),
        Call::Revoke(grant, key) => (call::Call::Revoke(call::Revoke { grant }), key),
        Call::Person(call, keys) => (call.into(), keys[0]),
        Call::Restrict(ask, key) => (
            call::Call::Restrict(call::Restrict {
                local: LocalId::new([7; 16]),
                patient: ask.patient,
                restriction: ask.restriction,
            }),
            key,
        ),
        Call::Permit(paper, ask, second) => (
            call::Call::Permit(call::Permit {
                local: LocalId::new([8; 16]),
                patient: paper.patient,
                grantee: ask.grantee,
                access: ask.access,
                purposes: List::new(ask.purposes).map_err(|_| Refusal::NoPurposes)?,
                openings: List::empty(),
                records: List::new(ask.records).map_err(|_| Refusal::NamesUnfit)?,
                deposited: ask.deposited,
                from_ms: ask.from_ms.unwrap_or(TimestampMs::new(0)),
                until_ms: ask.until_ms,
                form: None,
            }),
            second.unwrap_or(paper.key),
        ),
        Call::Order(ask, keys) => (
            call::Call::PlaceOrder(call::PlaceOrder {
                local: LocalId::new([9; 16]),
                encounter: ask.encounter,
                performer: ask.performer,
                work: ask.work,
                indexes: List::empty(),
                until_ms: ask.until_ms,
            }),
            keys[0],
        ),
        Call::Team(ask, keys) => {
            let seats = ask.seats.iter().map(|seat| match seat {
                SeatAsk::Practitioner(id) => call::Seat::Practitioner(*id),
                SeatAsk::Staff(_) => call::Seat::Staff(LocalId::new([1; 16])),
                SeatAsk::Ward(_, role) => call::Seat::Ward(call::WardRole {
                    ward: LocalId::new([2; 16]),
                    role: *role,
                }),
            });
            let team = call::AssignCare {
                encounter: ask.encounter,
                strict: ask.strict,
                seats: List::new(seats.collect()).map_err(|_| Refusal::SeatsUnfit)?,
            };
            (call::Call::AssignCare(team), keys[0])
        }
        Call::Legal(ask, keys) => (crate::legal::signed(ask)?, keys[0]),
        other => {
            return Err(Error::invalid(
                "call",
                format!("not in this fake: {other:?}")
                    .split('(')
                    .next()
                    .unwrap_or(""),
            ));
        }
    };
    Ok((vec![call], key))
}

/// A restriction of everyone, or a permit to this member, for each provision of a Consent: enough to see that it arrived.
fn provisions(
    paper: &CardPaper,
    ask: &ConsentAsk,
    second: Option<PublicKey>,
) -> Result<(Vec<call::Call>, PublicKey), Error> {
    let mut calls = Vec::new();
    let until_ms = ask.consent.period.until_ms.unwrap_or(UPDATED);
    for provision in &ask.consent.provisions {
        let call = match provision {
            Provision::Deny(deny) => {
                let restriction = call::Restriction {
                    who: call::Denied::Everyone(call::Unit),
                    access: deny.access,
                    purposes: List::empty(),
                    what: call::Covered::All(call::Unit),
                    until_ms,
                };
                let ask = RestrictAsk {
                    caller_id: ask.caller_id.clone(),
                    patient: paper.patient,
                    restriction,
                };
                Call::Restrict(ask, paper.key)
            }
            Provision::Permit(permit) => {
                assert_eq!(paper.openings.len(), permit.classes.len());
                let ask = PermitAsk {
                    caller_id: ask.caller_id.clone(),
                    grantee: call::PermitGrantee::Member(MEMBER),
                    access: permit.access,
                    purposes: permit.purposes.clone(),
                    records: permit.records.clone(),
                    deposited: permit.deposited,
                    from_ms: None,
                    until_ms,
                };
                Call::Permit(paper.clone(), ask, None)
            }
        };
        calls.extend(signed(call)?.0);
    }
    Ok((calls, second.unwrap_or(paper.key)))
}

/// What became of a body.
pub fn accepted(body: &Body) -> Accepted {
    Accepted {
        transaction: body.id(),
        height: Height::new(7),
        time_ms: UPDATED,
        events: Vec::new(),
    }
}
