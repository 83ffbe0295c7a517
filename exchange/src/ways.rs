//! The ways to a patient's records that are open by one state of the ledger: who reads on an open basis, what for, and what that state says.
//!
//! The state is the own node's finalised tip, or the one after a past block up to which a ledger was executed again: the rule is this one
//! for both. What is open is the read model's to say ([`amanat_projection::ReadModel::open_bases`]).
use crate::exchange::decode;
use crate::{Basis, Error};
use amanat_client::LedgerState;
use amanat_fhir::Category;
use amanat_projection::OpenBasis;
use amanat_types::call::{
    Grantee, Indexes, PermitGrantee, ReadBasis, Records, Request, RoleAtKind, RoleAtKindWithin,
    Scope, Work,
};
use amanat_types::codec::List;
use amanat_types::explain::{ExplainQuestion, Explanation, PRESENT_MAX};
use amanat_types::id::SealingKey;
use amanat_types::state::{
    BasisRef, DisclosureState, Encounter, EnrolmentState, GrantState, MandateState, OrderState,
    PermitState, Practitioner, Results, StudyState, TeamSeat, TeamState,
};
use amanat_types::{
    BlindIndex, EncounterId, Event, LocalId, MemberId, OrderId, PatientId, PractitionerId, Purpose,
    RecordId, Refusal, RestrictionId, Role, StateKey, TimestampMs, limits,
};

/// Somebody who could ask, or whom something keeps from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Any process of a member.
    Member(MemberId),
    /// A practitioner of a member.
    Practitioner(MemberId, PractitionerId),
    /// Staff without cards whom a strict care team of a member seats, by name or by role and ward.
    Staff(MemberId),
    /// Practitioners of a role at a member.
    Role(MemberId, Role),
    /// Practitioners of a role at any member of a kind.
    RoleAtKind(RoleAtKind),
    /// Practitioners of a role at any member of a kind within a jurisdiction.
    RoleAtKindWithin(RoleAtKindWithin),
}

/// What would become of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It would be granted.
    Granted,
    /// It would be refused.
    Refused(Refusal),
    /// That depends on who asks, which is judged then: a reader who is known by a role only.
    WhenAsked,
}

/// One way to a patient's records that is open, and what is kept back on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Who.
    pub reader: Reader,
    /// On which basis.
    pub basis: BasisRef,
    /// What for.
    pub purpose: Purpose,
    /// Which categories, as far as they are known here; none of a disclosure, which names records.
    pub categories: Vec<Category>,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// What would become of the request.
    pub verdict: Verdict,
    /// Restrictions that would keep a part back.
    pub withheld: Vec<RestrictionId>,
}

/// One way as the state judges it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Who.
    pub reader: Reader,
    /// On which basis.
    pub basis: BasisRef,
    /// What for.
    pub purpose: Purpose,
    /// The blind indexes that the basis covers; none of a disclosure, which names records.
    pub indexes: Indexes,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// Every permit and denial that counts; nothing of a reader who is known by a role only, who is judged when it asks.
    pub explained: Option<Explanation>,
}

impl Judged {
    /// What is told of it; `categories` are those of its indexes, as far as they are known.
    pub fn way(&self, categories: Vec<Category>) -> Way {
        let explained = self.explained.as_ref();
        let ids = explained.into_iter().flat_map(Explanation::withheld);
        let ids = ids.filter_map(|id| <[u8; 16]>::try_from(id).ok());
        let mut withheld: Vec<RestrictionId> = ids.map(RestrictionId::new).collect();
        withheld.sort_unstable();
        withheld.dedup();
        Way {
            reader: self.reader,
            basis: self.basis,
            purpose: self.purpose,
            categories,
            until_ms: self.until_ms,
            verdict: match explained {
                None => Verdict::WhenAsked,
                Some(explained) => explained
                    .refusal()
                    .map_or(Verdict::Granted, Verdict::Refused),
            },
            withheld,
        }
    }
}

/// A way before it was judged.
struct Claimed {
    readers: Vec<Reader>,
    basis: Basis,
    purposes: Vec<Purpose>,
    indexes: Indexes,
    until_ms: TimestampMs,
}

/// Judges everybody whom these bases of a patient, open by `state`, let ask: of all that each basis reaches, or of one record.
pub async fn judge<S: LedgerState>(
    state: &S,
    open: &[OpenBasis],
    patient: &PatientId,
    record: Option<RecordId>,
) -> Result<Vec<Judged>, Error> {
    let mut ways = Vec::new();
    for open in open {
        let Some(claimed) = claimed(state, open).await? else {
            continue;
        };
        let scope = match record {
            Some(record) => alone(record),
            None => reach(state, &claimed.basis).await?,
        };
        for purpose in &claimed.purposes {
            for reader in &claimed.readers {
                let asked = (claimed.basis.asked()?, *purpose, Some(*patient));
                let explained = match asker(reader) {
                    Some(who) => Some(state.explained(question(who, asked, scope.clone())).await?),
                    None => None,
                };
                ways.push(Judged {
                    reader: *reader,
                    basis: open.basis,
                    purpose: *purpose,
                    indexes: claimed.indexes.clone(),
                    until_ms: claimed.until_ms,
                    explained,
                });
            }
        }
    }
    Ok(ways)
}

/// Who would ask; nothing if that is known by a role only.
fn asker(reader: &Reader) -> Option<(MemberId, List<PractitionerId, PRESENT_MAX>)> {
    match *reader {
        Reader::Member(member) => Some((member, present(None))),
        Reader::Practitioner(member, one) => Some((member, present(Some(one)))),
        Reader::Staff(_)
        | Reader::Role(..)
        | Reader::RoleAtKind(_)
        | Reader::RoleAtKindWithin(_) => None,
    }
}

/// One practitioner who would co-sign, or nobody.
pub(crate) fn present(one: Option<PractitionerId>) -> List<PractitionerId, PRESENT_MAX> {
    List::new(one.into_iter().collect()).unwrap_or_else(|_| List::empty())
}

/// A request by a member, with practitioners who would co-sign: basis, purpose and patient, and what it asks for.
pub fn question(
    (member, present): (MemberId, List<PractitionerId, PRESENT_MAX>),
    (basis, purpose, patient): (ReadBasis, Purpose, Option<PatientId>),
    scope: Scope,
) -> ExplainQuestion {
    ExplainQuestion {
        member,
        present,
        // The local id, the end and the reader's key do not count.
        request: Request {
            local: LocalId::new([0; 16]),
            patient,
            scope,
            basis,
            purpose,
            until_ms: TimestampMs::new(0),
            reader: SealingKey::new([0; 32]),
            openings: List::empty(),
        },
    }
}

/// One record as a scope.
pub(crate) fn alone(record: RecordId) -> Scope {
    Scope::Records(List::new(vec![record]).unwrap_or_else(|_| List::empty()))
}

async fn value<S: LedgerState, T>(state: &S, key: StateKey) -> Result<Option<T>, Error>
where
    T: commonware_codec::Read<Cfg = ()>,
{
    let values = state.values(vec![key]).await?;
    let value = values.first().and_then(Option::as_deref);
    value.map(decode).transpose()
}

/// What an open basis lets somebody ask; nothing if it opens nothing.
async fn claimed<S: LedgerState>(state: &S, open: &OpenBasis) -> Result<Option<Claimed>, Error> {
    match (&open.opened, open.basis) {
        (Event::EncounterOpened(event), BasisRef::Encounter(id))
            if event.registration.is_none() =>
        {
            Ok(Some(Claimed {
                readers: readers_of_visit(state, event.member, id).await?,
                basis: Basis::Treatment(id),
                purposes: vec![Purpose::Treat],
                indexes: event.indexes.clone(),
                until_ms: event.until_ms,
            }))
        }
        (Event::ConsentGranted(event), BasisRef::Grant(id))
            if open.access.is_some_and(|access| access.reads()) =>
        {
            let grant: Option<GrantState> = value(state, StateKey::grant(&id)).await?;
            let reader = match event.grantee {
                Grantee::Member(member) => Some(Reader::Member(member)),
                Grantee::Practitioner(one) => reader_of(state, one).await?,
            };
            Ok(grant.map(|grant| Claimed {
                readers: reader.into_iter().collect(),
                basis: Basis::Consent(id),
                purposes: grant.purposes.to_vec(),
                indexes: event.indexes.clone(),
                until_ms: event.until_ms,
            }))
        }
        (Event::PermitGiven(event), BasisRef::Permit(id)) if event.access.reads() => {
            let permit: Option<PermitState> = value(state, StateKey::permit(&id)).await?;
            let reader = match event.grantee {
                PermitGrantee::Member(member) => Some(Reader::Member(member)),
                PermitGrantee::Practitioner(one) => reader_of(state, one).await?,
                PermitGrantee::RoleAt(at) => Some(Reader::Role(at.member, at.role)),
                PermitGrantee::RoleAtKind(at) => Some(Reader::RoleAtKind(at)),
                PermitGrantee::RoleAtKindWithin(at) => Some(Reader::RoleAtKindWithin(at)),
            };
            Ok(permit.map(|permit| Claimed {
                readers: reader.into_iter().collect(),
                basis: Basis::Permit(id),
                purposes: permit.purposes.to_vec(),
                indexes: event.indexes.clone(),
                until_ms: event.until_ms,
            }))
        }
        _ => claimed_by_member(state, open).await,
    }
}

/// The same for bases under which a member asks, for one purpose.
async fn claimed_by_member<S: LedgerState>(
    state: &S,
    open: &OpenBasis,
) -> Result<Option<Claimed>, Error> {
    let by = |member, basis, purpose, (indexes, until_ms): (&Indexes, TimestampMs)| Claimed {
        readers: vec![Reader::Member(member)],
        basis,
        purposes: vec![purpose],
        indexes: indexes.clone(),
        until_ms,
    };
    Ok(match (&open.opened, open.basis) {
        (Event::OrderPlaced(event), BasisRef::Order(id)) => {
            let reader = match event.work {
                Work::Test(_) => event.member,
                Work::Referral(_) => event.performer,
            };
            let on = (&event.indexes, event.until_ms);
            Some(by(reader, Basis::Order(id), Purpose::Treat, on))
        }
        (Event::MandateOpened(event), BasisRef::Mandate(id)) => {
            let on = (&event.indexes, event.until_ms);
            Some(by(event.member, Basis::Mandate(id), event.purpose, on))
        }
        (Event::RecordsDisclosed(event), BasisRef::Disclosure(id)) => {
            let (purpose, on) = (event.cause.purpose(), (&Indexes::empty(), event.until_ms));
            Some(by(event.recipient, Basis::Disclosure(id), purpose, on))
        }
        (Event::SubjectEnrolled(event), BasisRef::Study(id)) => {
            let study: Option<StudyState> = value(state, StateKey::study(&id.study)).await?;
            let on = (&event.indexes, event.until_ms);
            study.map(|study| by(study.member, Basis::Study(id), Purpose::Hresch, on))
        }
        _ => None,
    })
}

/// Who reads during a visit: anybody of its member, or, if its care team is strict, whom that seats.
async fn readers_of_visit<S: LedgerState>(
    state: &S,
    member: MemberId,
    visit: EncounterId,
) -> Result<Vec<Reader>, Error> {
    let team: Option<TeamState> = value(state, StateKey::team(&visit)).await?;
    let Some(team) = team.filter(|team| team.strict) else {
        return Ok(vec![Reader::Member(member)]);
    };
    let seats = team.seats.iter().map(|seat| match seat {
        TeamSeat::Practitioner(one) => Reader::Practitioner(member, *one),
        TeamSeat::Staff(_) | TeamSeat::Ward(_) => Reader::Staff(member),
    });
    let mut readers: Vec<Reader> = seats.collect();
    readers.dedup();
    Ok(readers)
}

async fn reader_of<S: LedgerState>(state: &S, id: PractitionerId) -> Result<Option<Reader>, Error> {
    let practitioner: Option<Practitioner> = value(state, StateKey::practitioner(&id)).await?;
    Ok(practitioner.map(|one| Reader::Practitioner(one.member, id)))
}

/// What a basis reaches, sorted, as the state says: its indexes, or the records that it names. Nothing of a basis that is not there, and of one
/// that is no state record.
pub(crate) async fn reach<S: LedgerState>(state: &S, basis: &Basis) -> Result<Scope, Error> {
    let indexes = match *basis {
        Basis::Consent(id) => {
            let grant: Option<GrantState> = value(state, StateKey::grant(&id)).await?;
            grant.map(|grant| grant.indexes.into_vec())
        }
        Basis::Treatment(id) => indexes_of_visit(state, id).await?,
        Basis::Care(care) => indexes_of_visit(state, care.encounter).await?,
        Basis::Permit(id) => {
            let permit: Option<PermitState> = value(state, StateKey::permit(&id)).await?;
            match permit {
                Some(permit) if !permit.records.is_empty() => {
                    return Ok(Scope::Records(permit.records));
                }
                permit => permit.map(|permit| permit.indexes.into_vec()),
            }
        }
        Basis::Order(id) => {
            let order: Option<OrderState> = value(state, StateKey::order(&id)).await?;
            match order.as_ref().map(|order| &order.work) {
                Some(Work::Test(_)) => return results_of(state, id).await,
                Some(Work::Referral(referral)) if !referral.records.is_empty() => {
                    return Ok(Scope::Records(referral.records.clone()));
                }
                _ => order.map(|order| order.indexes.into_vec()),
            }
        }
        Basis::Mandate(id) => {
            let mandate: Option<MandateState> = value(state, StateKey::mandate(&id)).await?;
            mandate.map(|mandate| mandate.indexes.into_vec())
        }
        Basis::Study(enrolled) => {
            let key = StateKey::enrolment(&enrolled.enrolment);
            let enrolment: Option<EnrolmentState> = value(state, key).await?;
            enrolment.map(|enrolment| enrolment.indexes.into_vec())
        }
        Basis::Disclosure(disclosed) => {
            let key = StateKey::disclosure(&disclosed.disclosure);
            let disclosure: Option<DisclosureState> = value(state, key).await?;
            let records = disclosure.map(|made| [made.records.into_vec(), made.notes.into_vec()]);
            let mut records = records.unwrap_or_default().concat();
            records.sort_unstable();
            let records = List::new(records).unwrap_or_else(|_| Records::empty());
            return Ok(Scope::Records(records));
        }
        Basis::Directory | Basis::Emergency(_) | Basis::Patient(_) | Basis::None => None,
    };
    let indexes = List::new(indexes.unwrap_or_default());
    Ok(Scope::Indexes(indexes.unwrap_or_else(|_| List::empty())))
}

async fn indexes_of_visit<S: LedgerState>(
    state: &S,
    id: EncounterId,
) -> Result<Option<Vec<BlindIndex>>, Error> {
    let visit: Option<Encounter> = value(state, StateKey::encounter(&id)).await?;
    Ok(visit.map(|visit| visit.indexes.into_vec()))
}

/// The results of a test, the newest if there are more than a ticket names.
async fn results_of<S: LedgerState>(state: &S, id: OrderId) -> Result<Scope, Error> {
    let results: Option<Results> = value(state, StateKey::results(&id)).await?;
    let mut records = results.map_or_else(Vec::new, |results| results.records.into_vec());
    let older = records.len().saturating_sub(limits::TICKET_RECORDS_MAX);
    records.drain(..older);
    records.sort_unstable();
    Ok(Scope::Records(
        Records::new(records).unwrap_or_else(|_| Records::empty()),
    ))
}
