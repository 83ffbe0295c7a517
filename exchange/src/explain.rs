//! Who could see a patient's records, and why; and why a request would be refused. Asked of the own node, which judges as for a real request;
//! nothing goes to the ledger.
use crate::{Actor, Basis, Error, Exchange, ReadContext};
use amanat_client::{Ledger, Stores};
use amanat_fhir::Category;
use amanat_projection::OpenBasis;
use amanat_types::call::{
    Grantee, Indexes, PermitGrantee, Request, RoleAtKind, RoleAtKindWithin, Scope, Work,
};
use amanat_types::codec::List;
use amanat_types::explain::{ExplainQuestion, Explanation};
use amanat_types::state::{
    BasisRef, GrantState, PermitState, Practitioner, StudyState, TeamSeat, TeamState,
};
use amanat_types::{
    EncounterId, Event, LocalId, MemberId, PatientId, PractitionerId, Purpose, RecordId, Refusal,
    RestrictionId, Role, StateKey, TimestampMs,
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

/// One way to a patient's records that is open at the tip, and what is kept back on it.
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

/// A way before it was judged.
struct Claimed {
    readers: Vec<Reader>,
    basis: Basis,
    purposes: Vec<Purpose>,
    indexes: Indexes,
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
        if matches!(context.basis, Basis::Emergency(_) | Basis::Patient(_)) {
            let rule = "must be one that a request names: a card or broken glass decides otherwise";
            return Err(Error::invalid("basis", rule));
        }
        let present = actor.practitioner();
        self.ask((self.member(), present), context, alone(record))
            .await
    }

    /// Every way to a patient's records that is open at the read model's tip: visits, grants, permits, orders, mandates, disclosures, enrolments in
    /// studies; each judged as a request would be. With `record`, the ways to that record alone, those that something bars among them.
    ///
    /// Left out is what the law keeps from the patient for a while. Beside these the patient and its guardians read at their own request, and
    /// clinicians and nurses may break the glass, which is announced.
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
            let Some(claimed) = self.claimed(&open).await? else {
                continue;
            };
            for purpose in &claimed.purposes {
                let context = ReadContext {
                    basis: claimed.basis,
                    purpose: *purpose,
                    patient: Some(*patient),
                };
                let scope = match record {
                    Some(record) => alone(record),
                    None => self.reach(&context).await?,
                };
                for reader in &claimed.readers {
                    let (verdict, withheld) = self.verdict(*reader, &context, &scope).await?;
                    ways.push(Way {
                        reader: *reader,
                        basis: open.basis,
                        purpose: *purpose,
                        categories: self.categories_of(claimed.indexes.iter())?,
                        until_ms: claimed.until_ms,
                        verdict,
                        withheld,
                    });
                }
            }
        }
        Ok(ways)
    }

    async fn verdict(
        &self,
        reader: Reader,
        context: &ReadContext,
        scope: &Scope,
    ) -> Result<(Verdict, Vec<RestrictionId>), Error> {
        let who = match reader {
            Reader::Member(member) => (member, None),
            Reader::Practitioner(member, one) => (member, Some(one)),
            Reader::Staff(_)
            | Reader::Role(..)
            | Reader::RoleAtKind(_)
            | Reader::RoleAtKindWithin(_) => {
                return Ok((Verdict::WhenAsked, Vec::new()));
            }
        };
        let explained = self.ask(who, context, scope.clone()).await?;
        let ids = explained.withheld();
        let ids = ids.filter_map(|id| <[u8; 16]>::try_from(id).ok());
        let mut withheld: Vec<RestrictionId> = ids.map(RestrictionId::new).collect();
        withheld.sort_unstable();
        withheld.dedup();
        let refusal = explained.refusal();
        Ok((refusal.map_or(Verdict::Granted, Verdict::Refused), withheld))
    }

    /// What an open basis lets somebody ask; nothing if it opens nothing.
    async fn claimed(&self, open: &OpenBasis) -> Result<Option<Claimed>, Error> {
        match (&open.opened, open.basis) {
            (Event::EncounterOpened(event), BasisRef::Encounter(id))
                if event.registration.is_none() =>
            {
                Ok(Some(Claimed {
                    readers: self.readers_of_visit(event.member, id).await?,
                    basis: Basis::Treatment(id),
                    purposes: vec![Purpose::Treat],
                    indexes: event.indexes.clone(),
                    until_ms: event.until_ms,
                }))
            }
            (Event::ConsentGranted(event), BasisRef::Grant(id))
                if open.access.is_some_and(|access| access.reads()) =>
            {
                let grant: Option<GrantState> = self.state(StateKey::grant(&id)).await?;
                let reader = match event.grantee {
                    Grantee::Member(member) => Some(Reader::Member(member)),
                    Grantee::Practitioner(one) => self.reader_of(one).await?,
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
                let permit: Option<PermitState> = self.state(StateKey::permit(&id)).await?;
                let reader = match event.grantee {
                    PermitGrantee::Member(member) => Some(Reader::Member(member)),
                    PermitGrantee::Practitioner(one) => self.reader_of(one).await?,
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
            _ => self.claimed_by_member(open).await,
        }
    }

    /// The same for bases under which a member asks, for one purpose.
    async fn claimed_by_member(&self, open: &OpenBasis) -> Result<Option<Claimed>, Error> {
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
                let key = StateKey::study(&id.study);
                let study: Option<StudyState> = self.state(key).await?;
                let on = (&event.indexes, event.until_ms);
                study.map(|study| by(study.member, Basis::Study(id), Purpose::Hresch, on))
            }
            _ => None,
        })
    }

    /// Who reads during a visit: anybody of its member, or, if its care team is strict, whom that seats.
    async fn readers_of_visit(
        &self,
        member: MemberId,
        visit: EncounterId,
    ) -> Result<Vec<Reader>, Error> {
        let team: Option<TeamState> = self.state(StateKey::team(&visit)).await?;
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

    async fn reader_of(&self, id: PractitionerId) -> Result<Option<Reader>, Error> {
        let practitioner: Option<Practitioner> = self.state(StateKey::practitioner(&id)).await?;
        Ok(practitioner.map(|one| Reader::Practitioner(one.member, id)))
    }

    /// Asks the own node what would become of a request by a member, with a practitioner who would co-sign.
    async fn ask(
        &self,
        (member, present): (MemberId, Option<PractitionerId>),
        context: &ReadContext,
        scope: Scope,
    ) -> Result<Explanation, Error> {
        let present = List::new(present.into_iter().collect());
        let question = ExplainQuestion {
            member,
            present: present.unwrap_or_else(|_| List::empty()),
            request: Request {
                local: LocalId::new([0; 16]),
                patient: context.patient,
                scope,
                basis: context.basis.asked()?,
                purpose: context.purpose,
                until_ms: self.now(),
                reader: *self.inner.config.sealing.public(),
                openings: List::empty(),
            },
        };
        Ok(self.inner.ledger.explain(question).await?)
    }
}

/// One record as a scope.
fn alone(record: RecordId) -> Scope {
    Scope::Records(List::new(vec![record]).unwrap_or_else(|_| List::empty()))
}
