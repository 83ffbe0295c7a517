//! Who could see a patient's records, and why; and why a request would be refused. Asked of the own node, which judges as for a real request;
//! nothing goes to the ledger.
use crate::{Actor, Basis, Error, Exchange, ReadContext};
use amanat_client::{Ledger, Stores};
use amanat_fhir::Category;
use amanat_projection::OpenBasis;
use amanat_types::call::{Grantee, PermitGrantee, ReadBasis, Request, RoleAtKind, Scope, Work};
use amanat_types::codec::List;
use amanat_types::event::{OrderPlaced, PermitGiven};
use amanat_types::explain::{ExplainQuestion, Explanation};
use amanat_types::state::{BasisRef, GrantState, PermitState, Practitioner, Results};
use amanat_types::{
    BlindIndex, Event, LocalId, MemberId, OrderId, PatientId, PractitionerId, Purpose, RecordId,
    Refusal, RestrictionId, Role, StateKey, TimestampMs, limits,
};

/// Somebody who could ask, or whom something keeps from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Any process of a member.
    Member(MemberId),
    /// A practitioner of a member.
    Practitioner(MemberId, PractitionerId),
    /// Practitioners of a role at a member.
    Role(MemberId, Role),
    /// Practitioners of a role at any member of a kind.
    RoleAtKind(RoleAtKind),
}

/// One way to a patient's records that is open at the tip, and what is kept back on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Who.
    pub reader: Reader,
    /// On which basis.
    pub basis: BasisRef,
    /// What for.
    pub purpose: Purpose,
    /// Which categories, as far as they are known here; of all that is asked about if a record was named.
    pub categories: Vec<Category>,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// Why the request would be refused nevertheless; nothing if it would be granted, or, of a role, if whoever has it would have to ask.
    pub refusal: Option<Refusal>,
    /// Restrictions that would keep a part back.
    pub withheld: Vec<RestrictionId>,
}

/// A way before it was judged.
struct Claimed {
    reader: Reader,
    basis: ReadBasis,
    stands_on: BasisRef,
    purposes: Vec<Purpose>,
    scope: Scope,
    indexes: Vec<BlindIndex>,
    until_ms: TimestampMs,
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Why a read under this context would be granted or refused now: every permit and denial that counts.
    ///
    /// Errors: [`Error::Invalid`] (`basis`) for broken glass and the patient's own request, which a call decides; [`Error::Fault`].
    pub async fn explain(
        &self,
        actor: &Actor,
        context: &ReadContext,
        record: RecordId,
    ) -> Result<Explanation, Error> {
        self.admit(actor)?;
        let basis = match context.basis {
            Basis::Emergency(_) | Basis::Patient(_) => {
                let rule =
                    "must be one that a request names: a card or broken glass decides otherwise";
                return Err(Error::invalid("basis", rule));
            }
            other => crate::ticket::read_basis(&other)?,
        };
        let scope = List::new(vec![record]).unwrap_or_else(|_| List::empty());
        let present: Vec<PractitionerId> = actor.practitioner().into_iter().collect();
        let asked = Asked {
            member: self.member(),
            present,
            basis,
            purpose: context.purpose,
            patient: context.patient,
            scope: Scope::Records(scope),
        };
        self.ask(asked).await
    }

    /// Every way to a patient's records that is open at the read model's tip: visits, grants, permits, orders; each judged as a request would be.
    /// With `record`, the ways to that record alone, those that something bars among them.
    ///
    /// Beside these the patient and its guardians read at their own request, and clinicians and nurses may break the glass, which is announced.
    pub async fn who_could(
        &self,
        actor: &Actor,
        patient: &PatientId,
        record: Option<RecordId>,
    ) -> Result<Vec<Way>, Error> {
        self.admit(actor)?;
        self.wait_for_tip().await?;
        let mut ways = Vec::new();
        for open in self.inner.model.open_bases(patient)? {
            let Some(mut claimed) = self.claimed(&open).await? else {
                continue;
            };
            if let Some(record) = record {
                claimed.scope =
                    Scope::Records(List::new(vec![record]).unwrap_or_else(|_| List::empty()));
            }
            for purpose in claimed.purposes.clone() {
                ways.push(self.judged_way(patient, &claimed, purpose).await?);
            }
        }
        Ok(ways)
    }

    async fn judged_way(
        &self,
        patient: &PatientId,
        claimed: &Claimed,
        purpose: Purpose,
    ) -> Result<Way, Error> {
        let (member, present) = match claimed.reader {
            Reader::Member(member) => (Some(member), Vec::new()),
            Reader::Practitioner(member, one) => (Some(member), vec![one]),
            // Nobody in particular: what a role may do is judged when one of it asks.
            Reader::Role(..) | Reader::RoleAtKind(_) => (None, Vec::new()),
        };
        let (mut refusal, mut withheld) = (None, Vec::new());
        if let Some(member) = member {
            let asked = Asked {
                member,
                present,
                basis: claimed.basis,
                purpose,
                patient: Some(*patient),
                scope: claimed.scope.clone(),
            };
            let explained = self.ask(asked).await?;
            refusal = explained.refusal();
            let ids = explained.withheld();
            let ids = ids.filter_map(|id| <[u8; 16]>::try_from(id).ok());
            withheld.extend(ids.map(RestrictionId::new));
            withheld.sort_unstable();
            withheld.dedup();
        }
        let mut categories = Vec::new();
        for index in &claimed.indexes {
            categories.extend(self.owner_of(index)?.map(|(_, category)| category));
        }
        categories.sort_unstable();
        categories.dedup();
        Ok(Way {
            reader: claimed.reader,
            basis: claimed.stands_on,
            purpose,
            categories,
            until_ms: claimed.until_ms,
            refusal,
            withheld,
        })
    }

    /// What an open basis lets somebody ask; nothing if it opens nothing.
    async fn claimed(&self, open: &OpenBasis) -> Result<Option<Claimed>, Error> {
        let on = |indexes: &List<BlindIndex, { limits::INDEXES_MAX }>| {
            (Scope::Indexes(indexes.clone()), indexes.to_vec())
        };
        Ok(match &open.opened {
            Event::EncounterOpened(event) if event.registration.is_none() => {
                let (scope, indexes) = on(&event.indexes);
                Some(Claimed {
                    reader: Reader::Member(event.member),
                    basis: ReadBasis::Treatment(event.encounter),
                    stands_on: open.basis,
                    purposes: vec![Purpose::Treat],
                    scope,
                    indexes,
                    until_ms: event.until_ms,
                })
            }
            Event::ConsentGranted(event) if open.access.is_some_and(|access| access.reads()) => {
                let grant: Option<GrantState> = self.state(StateKey::grant(&event.grant)).await?;
                let reader = match event.grantee {
                    Grantee::Member(member) => Some(Reader::Member(member)),
                    Grantee::Practitioner(id) => self.reader_of(id).await?,
                };
                let (scope, indexes) = on(&event.indexes);
                reader.zip(grant).map(|(reader, grant)| Claimed {
                    reader,
                    basis: ReadBasis::Consent(event.grant),
                    stands_on: open.basis,
                    purposes: grant.purposes.to_vec(),
                    scope,
                    indexes,
                    until_ms: event.until_ms,
                })
            }
            Event::PermitGiven(event) if event.access.reads() => {
                self.claimed_by_permit(open, event).await?
            }
            Event::OrderPlaced(event) => Some(self.claimed_by_order(open, event).await?),
            _ => None,
        })
    }

    async fn claimed_by_permit(
        &self,
        open: &OpenBasis,
        event: &PermitGiven,
    ) -> Result<Option<Claimed>, Error> {
        let permit: Option<PermitState> = self.state(StateKey::permit(&event.permit)).await?;
        let reader = match event.grantee {
            PermitGrantee::Member(member) => Some(Reader::Member(member)),
            PermitGrantee::Practitioner(id) => self.reader_of(id).await?,
            PermitGrantee::RoleAt(at) => Some(Reader::Role(at.member, at.role)),
            PermitGrantee::RoleAtKind(at) => Some(Reader::RoleAtKind(at)),
        };
        Ok(reader.zip(permit).map(|(reader, permit)| Claimed {
            reader,
            basis: ReadBasis::Permit(event.permit),
            stands_on: open.basis,
            purposes: permit.purposes.to_vec(),
            scope: match permit.records.is_empty() {
                true => Scope::Indexes(event.indexes.clone()),
                false => Scope::Records(permit.records.clone()),
            },
            indexes: event.indexes.to_vec(),
            until_ms: event.until_ms,
        }))
    }

    async fn claimed_by_order(
        &self,
        open: &OpenBasis,
        event: &OrderPlaced,
    ) -> Result<Claimed, Error> {
        let (reader, scope) = match &event.work {
            Work::Test(_) => (event.member, self.results(event.order).await?),
            Work::Referral(referral) if !referral.records.is_empty() => {
                (event.performer, Scope::Records(referral.records.clone()))
            }
            Work::Referral(_) => (event.performer, Scope::Indexes(event.indexes.clone())),
        };
        Ok(Claimed {
            reader: Reader::Member(reader),
            basis: ReadBasis::Order(event.order),
            stands_on: open.basis,
            purposes: vec![Purpose::Treat],
            scope,
            indexes: event.indexes.to_vec(),
            until_ms: event.until_ms,
        })
    }

    async fn results(&self, order: OrderId) -> Result<Scope, Error> {
        let results: Option<Results> = self.state(StateKey::results(&order)).await?;
        let mut records = results.map_or_else(Vec::new, |results| results.records.to_vec());
        records.truncate(limits::TICKET_RECORDS_MAX);
        records.sort_unstable();
        Ok(Scope::Records(
            List::new(records).unwrap_or_else(|_| List::empty()),
        ))
    }

    async fn reader_of(&self, id: PractitionerId) -> Result<Option<Reader>, Error> {
        let practitioner: Option<Practitioner> = self.state(StateKey::practitioner(&id)).await?;
        Ok(practitioner.map(|one| Reader::Practitioner(one.member, id)))
    }

    async fn ask(&self, asked: Asked) -> Result<Explanation, Error> {
        let question = ExplainQuestion {
            member: asked.member,
            present: List::new(asked.present).unwrap_or_else(|_| List::empty()),
            request: Request {
                local: LocalId::new([0; 16]),
                patient: asked.patient,
                scope: asked.scope,
                basis: asked.basis,
                purpose: asked.purpose,
                until_ms: self.now(),
                reader: *self.inner.config.sealing.public(),
                openings: List::empty(),
            },
        };
        Ok(self.inner.ledger.explain(question).await?)
    }
}

/// A request that nobody makes.
struct Asked {
    member: MemberId,
    present: Vec<PractitionerId>,
    basis: ReadBasis,
    purpose: Purpose,
    patient: Option<PatientId>,
    scope: Scope,
}
