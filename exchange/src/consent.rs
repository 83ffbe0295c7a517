//! Consent: the patient's card grants, and revokes.
use crate::card::{Card, CardPaper, Cosigner};
use crate::id::check_caller_id;
use crate::register::CardCosigner;
use crate::{Accepted, Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_envelope::Context;
use amanat_fhir::Category;
use amanat_types::call::{Call, Grant, Grantee, Revoke};
use amanat_types::code::GrantAccess;
use amanat_types::codec::List;
use amanat_types::state::Practitioner;
use amanat_types::{Event, GrantId, MemberId, PublicKey, Purpose, Refusal, StateKey, TimestampMs};

/// A consent to give.
#[derive(Clone, Debug)]
pub struct GrantAsk {
    /// What the caller calls the grant; unique for ever.
    pub caller_id: Vec<u8>,
    /// To whom.
    pub grantee: Grantee,
    /// To do what.
    pub access: GrantAccess,
    /// For which purposes; at least one.
    pub purposes: Vec<Purpose>,
    /// End, exclusive.
    pub until_ms: TimestampMs,
}

/// A consent that stands on the ledger.
#[derive(Clone, Debug)]
pub struct Granted {
    /// Which.
    pub grant: GrantId,
    /// The letter for the grantee's member, sealed to it: to be sent off the ledger, and given to `accept_letter` there.
    pub letter: Vec<u8>,
    /// The transaction.
    pub accepted: Accepted,
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Grants these categories of the card's patient, for at most 30 days ([`Self::prepare_grant`] for longer). Idempotent by the caller's
    /// id.
    pub async fn grant(
        &self,
        actor: &Actor,
        card: &dyn Card,
        categories: &[Category],
        ask: GrantAsk,
    ) -> Result<Granted, Error> {
        let paper = card.paper(categories);
        let (grant, call) = self.grant_call(actor, &paper, &ask)?;
        let member = self.member_of(&ask.grantee).await?;
        let sealing = self.sealing(member).await?;
        let context = Context::Grant(grant);
        let letter = card.letter(categories, &sealing, &self.network(), &context)?;
        let accepted = match self.submit(vec![call], &[&CardCosigner(card)]).await {
            Err(Error::Refused(Refusal::GrantExists)) => {
                let happened = |event: &Event| matches!(event, Event::ConsentGranted(granted) if granted.grant == grant);
                self.happened(&paper.patient, happened, Refusal::GrantExists)
                    .await?
            }
            other => other?,
        };
        Ok(Granted {
            grant,
            letter,
            accepted,
        })
    }

    /// The transaction of [`Self::grant`], with the id that it gives. The card sends its letter itself.
    ///
    /// For more than 30 days the `second` key co-signs, or the ledger refuses.
    pub async fn prepare_grant(
        &self,
        actor: &Actor,
        paper: &CardPaper,
        ask: GrantAsk,
        second: Option<PublicKey>,
    ) -> Result<(GrantId, Prepared), Error> {
        let (grant, call) = self.grant_call(actor, paper, &ask)?;
        let mut keys = vec![paper.key];
        keys.extend(second);
        Ok((grant, self.prepare(vec![call], &keys).await?))
    }

    /// Revokes a grant: every ticket that stands on it ends at the height of the answer.
    pub async fn revoke(
        &self,
        actor: &Actor,
        grant: GrantId,
        card: &dyn Cosigner,
    ) -> Result<Accepted, Error> {
        self.admit(actor)?;
        let call = Call::Revoke(Revoke { grant });
        self.submit(vec![call], &[card]).await
    }

    /// The transaction of [`Self::revoke`].
    pub async fn prepare_revoke(
        &self,
        actor: &Actor,
        grant: GrantId,
        card: PublicKey,
    ) -> Result<Prepared, Error> {
        self.admit(actor)?;
        self.prepare(vec![Call::Revoke(Revoke { grant })], &[card])
            .await
    }

    /// To whose member a grantee's letter goes.
    pub(crate) async fn member_of(&self, grantee: &Grantee) -> Result<MemberId, Error> {
        match grantee {
            Grantee::Member(member) => Ok(*member),
            Grantee::Practitioner(id) => {
                let key = StateKey::practitioner(id);
                let practitioner: Option<Practitioner> = self.state(key).await?;
                Ok(practitioner.ok_or(Refusal::GranteeUnknown)?.member)
            }
        }
    }

    fn grant_call(
        &self,
        actor: &Actor,
        paper: &CardPaper,
        ask: &GrantAsk,
    ) -> Result<(GrantId, Call), Error> {
        self.admit(actor)?;
        check_caller_id("caller_id", &ask.caller_id)?;
        let mut purposes = ask.purposes.clone();
        purposes.sort_unstable();
        purposes.dedup();
        let local = self.local_id("grant", &ask.caller_id);
        let call = Call::Grant(Grant {
            local,
            patient: paper.patient,
            grantee: ask.grantee,
            access: ask.access,
            purposes: List::new(purposes).map_err(|e| Error::invalid("purposes", e.to_string()))?,
            openings: paper.openings()?,
            until_ms: ask.until_ms,
        });
        Ok((GrantId::derive(self.member(), local), call))
    }
}
