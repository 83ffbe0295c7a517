//! A FHIR Consent as one transaction of permits and restrictions, and what is in force as Consents.
use crate::card::CardPaper;
use crate::id::check_caller_id;
use crate::permit::PermitAsk;
use crate::restrict::RestrictAsk;
use crate::{Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_fhir::consent::{self as fhir, Class, Consent, Deny, On, Permit, Provision, Status};
use amanat_types::call::{
    Call, Covered, Denied, Opening, PermitGrantee, PractitionerAt, Restriction, Unit,
};
use amanat_types::state::Practitioner;
use amanat_types::{BlindIndex, PractitionerId, PublicKey, Refusal, StateKey, TimestampMs};

/// Permits and restrictions that one Consent gives: one for each actor of each provision. So many fit a transaction.
pub const CONSENT_CALLS_MAX: usize = 64;

/// A Consent that is to take effect.
#[derive(Clone, Debug)]
pub struct ConsentAsk {
    /// What the caller calls it; unique for ever.
    pub caller_id: Vec<u8>,
    /// What it says.
    pub consent: Consent,
}

const OPENING: &str = "must open every class that the Consent names";
const PROVISIONS: &str = "Consent.provision.provision";

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// The transaction of a Consent: its restrictions, then its permits, all or none. The ids that they get stand in its calls.
    ///
    /// Who speaks for the patient signs with the key of `paper`, which opens all classes that are named; `second` is its second key, without which a
    /// permit for more than 30 days waits. `id`, `identifier`, `dateTime` and `category` say nothing to the ledger.
    ///
    /// Errors: [`Error::Invalid`] for a caller's id of another length, a status other than active, another patient than the paper's, another
    /// member than this one, a class that the paper does not open, more than [`CONSENT_CALLS_MAX`] calls; [`Error::Refused`] with
    /// `PractitionerUnknown`; [`Error::Fault`]. A repeat is refused on the ledger: the ids are taken.
    pub async fn prepare_consent(
        &self,
        actor: &Actor,
        paper: &CardPaper,
        ask: &ConsentAsk,
        second: Option<PublicKey>,
    ) -> Result<Prepared, Error> {
        let calls = self.consent_calls(actor, paper, ask).await?;
        let mut keys = vec![paper.key];
        keys.extend(second);
        self.prepare(calls, &keys).await
    }

    async fn consent_calls(
        &self,
        actor: &Actor,
        paper: &CardPaper,
        ask: &ConsentAsk,
    ) -> Result<Vec<Call>, Error> {
        self.admit(actor)?;
        check_caller_id("caller_id", &ask.caller_id)?;
        self.fits(actor, paper, &ask.consent)?;
        let mut made = Making {
            tag: self.keyed("consent", &ask.caller_id),
            paper,
            whole: &ask.consent,
            count: 0,
        };
        let mut calls = Vec::new();
        for provision in &ask.consent.provisions {
            if let Provision::Deny(deny) = provision {
                for who in self.denied(&deny.actors).await? {
                    let ask = made.restrict(deny, who)?;
                    calls.push(self.restrict_call(actor, ask)?.1);
                }
            }
        }
        for provision in &ask.consent.provisions {
            if let Provision::Permit(permit) = provision {
                let opened = made.opened(&permit.classes)?;
                for grantee in &permit.actors {
                    let ask = made.permit(permit, *grantee)?;
                    calls.push(self.permit_call(actor, &opened, &ask, None)?.1);
                }
            }
        }
        Ok(calls)
    }

    /// Whether a Consent is one that this member may carry for the patient of the paper.
    fn fits(&self, actor: &Actor, paper: &CardPaper, consent: &Consent) -> Result<(), Error> {
        let must = |fits: bool, place: &str, rule: &str| match fits {
            true => Ok(()),
            false => Err(Error::invalid(place, rule)),
        };
        let active = consent.status == Status::Active;
        let rule = "only an active Consent takes effect; what is in force is ended by its permits and restrictions";
        must(active, "Consent.status", rule)?;
        let known = self.patient_of(actor, &consent.patient)?;
        let whose = consent.patient == paper.patient.to_string() || known == Some(paper.patient);
        let rule = "must be the patient for whom the call is signed";
        must(whose, "Consent.patient.reference", rule)?;
        let organization = consent.organization;
        let own = organization.is_none_or(|member| member == self.member());
        let rule = "must be the member that carries the Consent";
        must(own, "Consent.organization[0]", rule)
    }

    async fn denied(&self, actors: &[fhir::Actor]) -> Result<Vec<Denied>, Error> {
        if actors.is_empty() {
            return Ok(vec![Denied::Everyone(Unit)]);
        }
        let mut denied = Vec::with_capacity(actors.len());
        for actor in actors {
            denied.push(match *actor {
                fhir::Actor::Member(member) => Denied::Member(member),
                fhir::Actor::Role(role) => Denied::Role(role),
                fhir::Actor::RoleAt(at) => Denied::RoleAt(at),
                fhir::Actor::Practitioner(id) => Denied::Practitioner(self.at(id).await?),
                fhir::Actor::Outside(of) => Denied::Outside(of),
                fhir::Actor::Within(of) => Denied::Within(of),
                fhir::Actor::RoleAtKind(_) | fhir::Actor::RoleAtKindWithin(_) => {
                    return Err(unfit());
                }
            });
        }
        Ok(denied)
    }

    /// A practitioner with its member.
    async fn at(&self, practitioner: PractitionerId) -> Result<PractitionerAt, Error> {
        let key = StateKey::practitioner(&practitioner);
        let found: Option<Practitioner> = self.state(key).await?;
        let member = found.ok_or(Refusal::PractitionerUnknown)?.member;
        Ok(PractitionerAt {
            practitioner,
            member,
        })
    }
}

/// What the checks of `amanat_fhir` keep out.
fn unfit() -> Error {
    Error::invalid(PROVISIONS, "must be a provision that is supported")
}

/// A Consent on its way to calls.
struct Making<'a> {
    tag: [u8; 32],
    paper: &'a CardPaper,
    whole: &'a Consent,
    count: u16,
}

impl Making<'_> {
    /// The id of the next call: the same for the same Consent, as its calls keep their order.
    fn next_id(&mut self) -> Result<Vec<u8>, Error> {
        if usize::from(self.count) >= CONSENT_CALLS_MAX {
            let rule = "may give at most 64 permits and restrictions, one for each actor";
            return Err(Error::invalid(PROVISIONS, rule));
        }
        let id = [self.tag.as_slice(), &self.count.to_be_bytes()].concat();
        self.count += 1;
        Ok(id)
    }

    fn restrict(&mut self, deny: &Deny, who: Denied) -> Result<RestrictAsk, Error> {
        let what = match &deny.on {
            On::All => Covered::All(Unit),
            On::Classes(classes) => {
                let mut indexes = self.indexes(classes)?;
                indexes.sort_unstable();
                indexes.dedup();
                Covered::Indexes(indexes.try_into().map_err(|_| unfit())?)
            }
            On::Records(records) => {
                Covered::Records(records.clone().try_into().map_err(|_| unfit())?)
            }
        };
        Ok(RestrictAsk {
            caller_id: self.next_id()?,
            patient: self.paper.patient,
            restriction: Restriction {
                who,
                access: deny.access,
                purposes: deny.purposes.clone().try_into().map_err(|_| unfit())?,
                what,
                until_ms: self.until(deny.period())?,
            },
        })
    }

    fn permit(&mut self, permit: &Permit, actor: fhir::Actor) -> Result<PermitAsk, Error> {
        Ok(PermitAsk {
            caller_id: self.next_id()?,
            grantee: match actor {
                fhir::Actor::Member(member) => PermitGrantee::Member(member),
                fhir::Actor::Practitioner(id) => PermitGrantee::Practitioner(id),
                fhir::Actor::RoleAt(at) => PermitGrantee::RoleAt(at),
                fhir::Actor::RoleAtKind(at) => PermitGrantee::RoleAtKind(at),
                fhir::Actor::RoleAtKindWithin(at) => PermitGrantee::RoleAtKindWithin(at),
                fhir::Actor::Role(_) | fhir::Actor::Outside(_) | fhir::Actor::Within(_) => {
                    return Err(unfit());
                }
            },
            access: permit.access,
            purposes: permit.purposes.clone(),
            records: permit.records.clone(),
            deposited: permit.deposited,
            from_ms: self.whole.span(permit.period).from_ms,
            until_ms: self.until(permit.period)?,
        })
    }

    fn until(&self, own: fhir::Period) -> Result<TimestampMs, Error> {
        self.whole.span(own).until_ms.ok_or_else(unfit)
    }

    /// The paper with the openings of these classes alone, each once.
    fn opened(&self, classes: &[Class]) -> Result<CardPaper, Error> {
        let mut openings: Vec<(amanat_fhir::Category, Opening)> = Vec::new();
        for class in classes {
            let found = self.paper.openings.iter().find(|(category, opening)| {
                *class == Class::Category(*category) || *class == Class::Index(opening.index)
            });
            let found = found.ok_or_else(|| Error::invalid("paper.openings", OPENING))?;
            if openings.iter().all(|(_, one)| one.index != found.1.index) {
                openings.push(found.clone());
            }
        }
        Ok(CardPaper {
            openings,
            ..self.paper.clone()
        })
    }

    fn indexes(&self, classes: &[Class]) -> Result<Vec<BlindIndex>, Error> {
        let indexes = classes.iter().map(|class| match class {
            Class::Index(index) => Ok(*index),
            Class::Category(_) => {
                let opened = self.opened(std::slice::from_ref(class))?.openings;
                let first = opened.first().map(|(_, opening)| opening.index);
                first.ok_or_else(unfit)
            }
        });
        indexes.collect()
    }
}
