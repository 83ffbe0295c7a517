//! The model: who speaks for whom, by what events say alone.
use super::history::{CARDS, DAY, PATIENTS};
use crate::book::{START_MS, key, patient};
use amanat_types::code::LinkKind;
use amanat_types::event::GuardianLinked;
use amanat_types::{Event, PatientId, PublicKey, TimestampMs};
use std::collections::{BTreeMap, BTreeSet};

/// The model: what events say of one patient.
#[derive(Clone, Default)]
struct Known {
    card: Option<PublicKey>,
    blocked: bool,
    suspended: bool,
    expires: Option<u64>,
    pending: bool,
    minor_until: Option<u64>,
    incapable_until: u64,
    died: Option<u64>,
    links: Vec<GuardianLinked>,
}

#[derive(Clone, Default)]
pub struct Model(BTreeMap<PatientId, Known>);

impl Model {
    pub fn new() -> Self {
        let with = |(name, card): (&str, &str)| {
            let card = Some(key(card));
            (
                patient(name),
                Known {
                    card,
                    ..Known::default()
                },
            )
        };
        let cards = [("p1", "c1"), ("p2", "c2"), ("mum", "cm"), ("dad", "cd")];
        let mut model = Self(cards.into_iter().map(with).collect());
        model.0.insert(patient("kid"), Known::default());
        model
    }

    fn of(&mut self, id: PatientId) -> &mut Known {
        self.0.get_mut(&id).unwrap()
    }

    pub fn fold(&mut self, event: &Event, at: u64) {
        let ms = |time: TimestampMs| time.get() - START_MS;
        match event {
            Event::CardIssued(e) => self.of(e.patient).card = Some(e.card),
            Event::CardWasBlocked(e) => self.of(e.patient).blocked = true,
            Event::CardWasSuspended(e) => self.of(e.patient).suspended = true,
            Event::CardWasResumed(e) => self.of(e.patient).suspended = false,
            Event::CardRenewed(e) => self.of(e.patient).expires = Some(ms(e.until_ms)),
            Event::ReissueAsked(e) => self.of(e.patient).pending = true,
            Event::ReissueVetoed(e) => self.of(e.patient).pending = false,
            Event::CardActivated(e) => {
                let known = self.of(e.patient);
                known.card = Some(e.card);
                (known.blocked, known.suspended, known.pending) = (false, false, false);
                known.expires = None;
            }
            Event::GuardianLinked(e) => {
                let known = self.of(e.patient);
                if e.kind == LinkKind::Parent && known.minor_until.is_none() {
                    known.minor_until = Some(ms(e.until_ms));
                }
                known.links.push(e.clone());
            }
            Event::GuardianUnlinked(e) => self
                .of(e.patient)
                .links
                .retain(|link| (link.guardian, link.kind) != (e.guardian, e.kind)),
            Event::IncapacityRecorded(e) => self.of(e.patient).incapable_until = ms(e.until_ms),
            Event::IncapacityEnded(e) => {
                let known = self.of(e.patient);
                known.incapable_until = 0;
                if e.of_age {
                    known.minor_until = known.minor_until.map(|until| until.min(at));
                }
            }
            Event::DeathRecorded(e) => self.of(e.patient).died = Some(at),
            Event::DeathRetracted(e) => self.of(e.patient).died = None,
            _ => {}
        }
    }

    fn own(&self, id: PatientId, card: PublicKey, at: u64) -> bool {
        let known = &self.0[&id];
        known.card == Some(card)
            && known.died.is_none()
            && at >= known.incapable_until
            && known.minor_until.is_none_or(|until| at >= until)
            && !known.blocked
            && !known.suspended
            && known.expires.is_none_or(|end| at < end)
            && !known.pending
    }

    /// Whether this card decides for this patient.
    fn decides(&self, id: PatientId, card: PublicKey, at: u64) -> bool {
        let known = &self.0[&id];
        let now = TimestampMs::new(START_MS + at);
        let minor = known.minor_until.is_some_and(|until| at < until);
        self.own(id, card, at)
            || known.links.iter().any(|link| {
                let called = match link.kind {
                    LinkKind::Executor => known.died.is_some_and(|died| at >= died + DAY),
                    _ if known.died.is_some() => false,
                    LinkKind::Contingent => at < known.incapable_until,
                    LinkKind::Parent => minor,
                    LinkKind::Court | LinkKind::Proxy => true,
                    LinkKind::Same => at >= known.incapable_until && !minor,
                };
                let time = link.from_ms <= now && now < link.until_ms;
                called && time && link.rights.decides && self.own(link.guardian, card, at)
            })
    }

    /// Every pair of a patient and a card that decides for it.
    pub fn all(&self, at: u64) -> BTreeSet<(&'static str, &'static str)> {
        pairs()
            .filter(|(p, c)| self.decides(patient(p), key(c), at))
            .collect()
    }
}

pub fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    PATIENTS
        .into_iter()
        .flat_map(|p| CARDS.into_iter().map(move |c| (p, c)))
}
