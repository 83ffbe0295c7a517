//! On what a ticket must stand, by rules written again and plainly.
use super::*;

pub fn value<T: commonware_codec::Decode<Cfg = ()>>(book: &Book, key: StateKey) -> Option<T> {
    let bytes = book.state.get(&key)?;
    Some(T::decode(bytes.clone()).ok().unwrap())
}

/// Whether a ticket just issued on a basis of version 3, or on a visit, stands on something; others are T6's.
pub fn stands(book: &Book, ticket: &Ticket) -> bool {
    let now = book.env.time_ms;
    let record = |id| value::<Record>(book, StateKey::record(id)).unwrap();
    let within = |indexes: &[_]| match &ticket.scope {
        Scope::Indexes(asked) => asked.iter().all(|index| indexes.contains(index)),
        Scope::Records(asked) => asked.iter().all(|id| indexes.contains(&record(id).index)),
    };
    let acts = ticket.practitioner.map(|id| {
        let state: Practitioner = value(book, StateKey::practitioner(&id)).unwrap();
        (id, state)
    });
    match ticket.basis {
        BasisRef::Permit(id) => {
            let permit: PermitState = value(book, StateKey::permit(&id)).unwrap();
            let granted = match permit.grantee {
                PermitGrantee::Member(member) => member == ticket.member,
                PermitGrantee::Practitioner(id) => acts.is_some_and(|(acting, _)| acting == id),
                PermitGrantee::RoleAtKind(at) => {
                    at.kind == MemberKind::Hospital
                        && acts.is_some_and(|(_, state)| state.role == at.role)
                }
                PermitGrantee::RoleAtKindWithin(at) => {
                    let place: Option<Jurisdiction> =
                        value(book, StateKey::jurisdiction(ticket.member));
                    let there =
                        place.is_some_and(|place| place.as_str().starts_with(at.within.as_str()));
                    at.kind == MemberKind::Hospital
                        && there
                        && acts.is_some_and(|(_, state)| state.role == at.role)
                }
                PermitGrantee::RoleAt(at) => {
                    at.member == ticket.member
                        && acts.is_some_and(|(_, state)| state.role == at.role)
                }
            };
            let open = permit.from_ms <= now && now < permit.until_ms;
            granted && open && permit.revoked_ms.is_none() && within(&permit.indexes)
        }
        BasisRef::Order(id) => {
            let order: OrderState = value(book, StateKey::order(&id)).unwrap();
            let open = order.ended_ms.is_none() && now < order.until_ms;
            let yours = match (&order.work, &ticket.scope) {
                (Work::Referral(_), _) => {
                    order.performer == ticket.member && within(&order.indexes)
                }
                (Work::Test(_), Scope::Indexes(_)) => false,
                (Work::Test(_), Scope::Records(asked)) => {
                    let results: Results = value(book, StateKey::results(&id)).unwrap();
                    order.member == ticket.member
                        && asked.iter().all(|id| results.records.contains(id))
                }
            };
            open && yours
        }
        BasisRef::Mandate(id) => {
            let mandate: MandateState = value(book, StateKey::mandate(&id)).unwrap();
            let open = mandate.ended_ms.is_none() && now < mandate.until_ms;
            let purpose = ticket.purpose == mandate.purpose;
            let yours = ticket.member == mandate.member && mandate.member == member("e");
            open && purpose && yours && within(&mandate.indexes)
        }
        BasisRef::Study(enrolled) => {
            let study: StudyState = value(book, StateKey::study(&enrolled.study)).unwrap();
            let key = StateKey::enrolment(&enrolled.enrolment);
            let enrolment: EnrolmentState = value(book, key).unwrap();
            let open = study.ended_ms.is_none() && now < study.until_ms;
            let approved = study.approved_by == Some(member("e"));
            let stands = enrolment.withdrawn_ms.is_none() && enrolment.from_ms <= now;
            let yours = ticket.member == study.member && study.member == member("c");
            let its = enrolment.study == enrolled.study && ticket.purpose == Purpose::Hresch;
            open && approved && stands && yours && its && within(&enrolment.indexes)
        }
        BasisRef::Disclosure(disclosed) => {
            let key = StateKey::disclosure(&disclosed.disclosure);
            let made: DisclosureState = value(book, key).unwrap();
            let open = made.ended_ms.is_none() && now < made.until_ms;
            let to = match made.cause {
                DisclosureCause::Payment => "d",
                DisclosureCause::Report => "e",
            };
            let yours = ticket.member == made.recipient && made.recipient == member(to);
            let named = match &ticket.scope {
                Scope::Indexes(_) => false,
                Scope::Records(asked) => {
                    asked
                        .iter()
                        .all(|id| match record(id).member == made.member {
                            true => made.records.contains(id),
                            false => made.notes.contains(id),
                        })
                }
            };
            open && yours && named && disclosed.cause == made.cause
        }
        BasisRef::Encounter(id) => seated(book, ticket, id, false),
        BasisRef::Care(care) => seated(book, ticket, care.encounter, true),
        BasisRef::Guardian(spoken) => {
            let person: Person = value(book, StateKey::person(&spoken.patient)).unwrap();
            let linked = person.links.iter().any(|link| {
                let when = link.from_ms <= now && now < link.until_ms;
                link.guardian == spoken.guardian
                    && when
                    && link.ended_ms.is_none()
                    && link.rights.reads
            });
            let guardian: Patient = value(book, StateKey::patient(&spoken.guardian)).unwrap();
            let card = guardian.card.is_some_and(|card| card.blocked_ms.is_none());
            let own: Option<Person> = value(book, StateKey::person(&spoken.guardian));
            let capable = own.is_none_or(|own| !own.is_incapable(now));
            linked && card && capable && ticket.patient == Some(spoken.patient)
        }
        _ => true,
    }
}

fn seated(book: &Book, ticket: &Ticket, id: amanat_types::EncounterId, staff: bool) -> bool {
    let visit: Encounter = value(book, StateKey::encounter(&id)).unwrap();
    let now = book.env.time_ms;
    let open = now < visit.until_ms && visit.closed_ms.is_none_or(|closed| now < closed);
    let team: Option<TeamState> = value(book, StateKey::team(&id));
    let seat = match team.filter(|team| team.strict) {
        None => true,
        // Every strict team of these histories has a seat for the one who is asked for without a card.
        Some(_) if staff => true,
        Some(team) => ticket
            .practitioner
            .is_some_and(|id| team.seats_practitioner(id)),
    };
    // A check-in writes its ticket before there is a team.
    open && visit.member == ticket.member && seat
}
