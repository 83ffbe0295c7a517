//! Who speaks for a patient in a transaction: the one place that says so.
use super::State;
use super::standing::{Right, Speaker, is_guardian, link_speaks, own_speaks};
use crate::fault::{Fault, Stop};
use crate::view::{Actors, Context};
use amanat_types::code::LinkKind;
use amanat_types::state::{Actor, Link, Person};
use amanat_types::{PatientId, Refusal, TimestampMs, limits};
use std::collections::BTreeSet;

impl Context<'_> {
    /// Who of the signers speaks for `patient` with this right: the patient's own card, or a guardian by its card. The own card has
    /// every right.
    ///
    /// Refusals: of the own card if it signed and nobody else speaks, else of the first guardian who signed. Own card: those of
    /// [`own_speaks`]. Guardian, in this order: `LinkNotInForce`, `RightMissing`, `GuardianSilent`. Nobody signed: `CardNotPresent`.
    pub fn speaker(
        &self,
        actors: &Actors<'_>,
        cards: &State<'_>,
        patient: PatientId,
        right: Right,
    ) -> Result<Speaker, Stop> {
        let mut no = match self.own_card(cards, patient)? {
            Some(Ok(())) => return Ok(Speaker::Own),
            Some(Err(refusal)) => Some(refusal),
            None => None,
        };
        if let Some(person) = cards.person(patient)? {
            for guardian in self.cards(actors)? {
                match self.guardian(cards, &person, guardian, right)? {
                    Some(Ok(kind)) => return Ok(Speaker::Guardian(guardian, kind)),
                    Some(Err(refusal)) => no = no.or(Some(refusal)),
                    None => {}
                }
            }
        }
        Err(no.unwrap_or(Refusal::CardNotPresent).into())
    }

    /// Whether the card that `patient` has now is among the signers and speaks; nothing if it is not among them.
    pub fn own_card(
        &self,
        cards: &State<'_>,
        patient: PatientId,
    ) -> Result<Option<Result<(), Refusal>>, Fault> {
        let state = cards.patient(patient)?;
        let Some(state) = state.filter(|state| {
            let card = state.card.as_ref();
            card.is_some_and(|card| self.signed_by(&card.key))
        }) else {
            return Ok(None);
        };
        let person = cards.person(patient)?;
        let now = self.env.time_ms;
        Ok(Some(own_speaks(&state, person.as_deref(), now)))
    }

    /// The guardians in force among the signers, each of whose own cards speaks.
    pub fn guardians(
        &self,
        actors: &Actors<'_>,
        cards: &State<'_>,
        person: &Person,
    ) -> Result<BTreeSet<PatientId>, Fault> {
        let now = self.env.time_ms;
        self.linked(actors, cards, person, |link| is_guardian(link, now))
    }

    /// The guardians with such a link among the signers, each of whose own cards speaks.
    pub fn linked(
        &self,
        actors: &Actors<'_>,
        cards: &State<'_>,
        person: &Person,
        such: impl Fn(&Link) -> bool,
    ) -> Result<BTreeSet<PatientId>, Fault> {
        let mut found = BTreeSet::new();
        for guardian in self.cards(actors)? {
            let mut links = person.links.iter();
            if links.any(|link| link.guardian == guardian && such(link))
                && self.own_card(cards, guardian)? == Some(Ok(()))
            {
                found.insert(guardian);
            }
        }
        Ok(found)
    }

    /// Whether the second key of `patient` is among the signers and counts.
    pub fn second_key(&self, cards: &State<'_>, patient: PatientId) -> Result<bool, Fault> {
        let person = cards.person(patient)?;
        let second = person.and_then(|person| person.second);
        Ok(second.is_some_and(|second| {
            second.from_ms <= self.env.time_ms && self.signed_by(&second.key)
        }))
    }

    /// From when on something standing that `speaker` decides for `patient` is in force: at once if the second key of whoever speaks
    /// co-signed, else after [`limits::SECOND_CHANNEL_MS`], in which any speaker may take it back.
    pub fn in_force_from(
        &self,
        cards: &State<'_>,
        patient: PatientId,
        speaker: Speaker,
    ) -> Result<TimestampMs, Fault> {
        let now = self.env.time_ms;
        Ok(match self.seconded(cards, patient, speaker)? {
            true => now,
            false => now.plus(limits::SECOND_CHANNEL_MS),
        })
    }

    /// Whether the second key of whoever speaks for `patient` co-signed: the second channel.
    pub fn seconded(
        &self,
        cards: &State<'_>,
        patient: PatientId,
        speaker: Speaker,
    ) -> Result<bool, Fault> {
        let who = match speaker {
            Speaker::Own => patient,
            Speaker::Guardian(guardian, _) => guardian,
        };
        self.second_key(cards, who)
    }

    /// Whose cards are among the signers, in their order; a card that was replaced too.
    fn cards(&self, actors: &Actors<'_>) -> Result<Vec<PatientId>, Fault> {
        let mut found = Vec::new();
        for key in &self.body.signers {
            if let Some(Actor::Card(id)) = actors.of(key)?.as_deref() {
                found.push(*id);
            }
        }
        Ok(found)
    }

    /// By a link of which kind `guardian`, whose card signed, speaks with this right; nothing if nothing links it to the person.
    fn guardian(
        &self,
        cards: &State<'_>,
        person: &Person,
        guardian: PatientId,
        right: Right,
    ) -> Result<Option<Result<LinkKind, Refusal>>, Fault> {
        let now = self.env.time_ms;
        let links = || person.links.iter().filter(|link| link.guardian == guardian);
        let speaking = || links().filter(|link| link_speaks(person, link, now));
        if links().next().is_none() {
            return Ok(None);
        }
        if speaking().next().is_none() {
            return Ok(Some(Err(Refusal::LinkNotInForce)));
        }
        let Some(link) = speaking().find(|link| right.given_by(link)) else {
            return Ok(Some(Err(Refusal::RightMissing)));
        };
        Ok(Some(match self.own_card(cards, guardian)? {
            Some(Ok(())) => Ok(link.kind),
            _ => Err(Refusal::GuardianSilent),
        }))
    }
}
