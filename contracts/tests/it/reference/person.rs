//! The model: who speaks for a patient, by the acts that were accepted, read from the first to the last.
use super::act::{Deed, Ms, Word};
use super::model::{DAY, Model};

/// Whose card a word is, when the world begins.
pub const CARDS: [(&str, &str); 3] = [("p1", "c1"), ("p2", "c2"), ("gu", "cg")];

/// A guardian's link.
#[derive(Clone, Debug)]
pub struct Link {
    pub guardian: Word,
    pub kind: Word,
    pub reads: bool,
    pub decides: bool,
    pub from: Ms,
    pub until: Ms,
    /// Which act made it.
    pub made: usize,
}

/// Who speaks.
#[derive(Clone, Debug, PartialEq)]
pub enum Speaker {
    Own,
    Guardian(Word, Word),
}

/// What is known of a patient.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub card: Option<String>,
    pub links: Vec<Link>,
    blocked: bool,
    suspended: bool,
    expires: Option<Ms>,
    pending: bool,
    minor_until: Option<Ms>,
    incapable_until: Ms,
    died: Option<Ms>,
}

impl Known {
    /// Whether the own card speaks: alive, deciding for itself, with a card in order, and no other asked for.
    pub fn speaks(&self, now: Ms) -> Result<(), &'static str> {
        if self.died.is_some() {
            return Err("PatientDead");
        }
        if now < self.incapable_until || self.minor_until.is_some_and(|until| now < until) {
            return Err("GuardianDecides");
        }
        if self.card.is_none() {
            return Err("CardUnknown");
        }
        if self.blocked {
            return Err("CardBlocked");
        }
        if self.suspended {
            return Err("CardSuspended");
        }
        if self.expires.is_some_and(|end| end <= now) {
            return Err("CardExpired");
        }
        match self.pending {
            true => Err("ReissuePending"),
            false => Ok(()),
        }
    }

    /// Whether a link lets its guardian speak now.
    pub fn called(&self, link: &Link, now: Ms) -> bool {
        let in_time = link.from <= now && now < link.until;
        let minor = self.minor_until.is_some_and(|until| now < until);
        in_time
            && match (link.kind, self.died) {
                ("executor", Some(died)) => died + DAY <= now,
                ("executor", None) | (_, Some(_)) => false,
                ("contingent", None) => now < self.incapable_until,
                ("parent", None) => minor,
                ("same", None) => self.incapable_until <= now && !minor,
                _ => true,
            }
    }
}

impl Model {
    /// What the first `acts` acts say of a patient.
    pub fn known(&self, patient: &str, acts: usize) -> Known {
        let mut known = Known {
            card: CARDS
                .iter()
                .find(|(whose, _)| *whose == patient)
                .map(|(_, card)| (*card).to_owned()),
            ..Known::default()
        };
        for (number, fact) in self.facts[..acts].iter().enumerate() {
            let at = fact.at;
            match &fact.act.deed {
                Deed::Issue { patient: of, card } if *of == patient => {
                    known.card = Some((*card).to_owned())
                }
                Deed::Block { patient: of, .. } if *of == patient => known.blocked = true,
                Deed::Suspend { patient: of, .. } if *of == patient => known.suspended = true,
                Deed::Resume { patient: of, .. } if *of == patient => known.suspended = false,
                Deed::Renew {
                    patient: of, until, ..
                } if *of == patient => known.expires = Some(*until),
                Deed::Reissue { patient: of, .. } if *of == patient => known.pending = true,
                Deed::Veto { patient: of } if *of == patient => known.pending = false,
                Deed::Activate { patient: of, card } if *of == patient => {
                    known.card = Some(card.clone());
                    (known.blocked, known.suspended, known.pending) = (false, false, false);
                    known.expires = None;
                }
                Deed::Link {
                    patient: of,
                    guardian,
                    kind,
                    reads,
                    decides,
                    from,
                    until,
                    ..
                } if *of == patient => {
                    // What is over makes room.
                    known.links.retain(|link| at < link.until);
                    known.links.push(Link {
                        guardian,
                        kind,
                        reads: *reads,
                        decides: *decides,
                        from: self.begins(number, *from),
                        until: *until,
                        made: number,
                    });
                    if *kind == "parent" && known.minor_until.is_none() {
                        known.minor_until = Some(*until);
                    }
                }
                Deed::Unlink {
                    patient: of,
                    guardian,
                    kind,
                    ..
                } if *of == patient => {
                    for link in &mut known.links {
                        if (link.guardian, link.kind) == (*guardian, *kind) && at < link.until {
                            link.until = at;
                        }
                    }
                }
                Deed::Incapable { patient: of, until } if *of == patient => {
                    known.incapable_until = *until
                }
                Deed::Capable {
                    patient: of,
                    of_age,
                } if *of == patient => {
                    known.incapable_until = 0;
                    if *of_age {
                        known.minor_until = known.minor_until.map(|until| until.min(at));
                    }
                }
                Deed::Dead { patient: of } if *of == patient => {
                    known.died = Some(at);
                    known.pending = false;
                }
                Deed::Alive { patient: of } if *of == patient => known.died = None,
                _ => {}
            }
        }
        known
    }

    /// From when something standing that act `number` decided is in force: at once with the second key of whoever speaks, else a day
    /// later. Only p1 has a second key.
    pub fn begins(&self, number: usize, from: Ms) -> Ms {
        let fact = &self.facts[number];
        let patient = match &fact.act.deed {
            Deed::Link {
                patient,
                kind: "proxy" | "contingent" | "executor" | "same",
                by_order: false,
                ..
            } => *patient,
            Deed::Permit {
                patient,
                paper: false,
                ..
            } => *patient,
            Deed::Enrol { patient, .. } => *patient,
            _ => return from.max(fact.at + DAY),
        };
        // A card that signs without a word decides nothing: then a guardian did, who has no second key.
        let known = self.known(patient, number);
        let speaks = known.speaks(fact.at).is_ok();
        let own = speaks
            && known
                .card
                .is_some_and(|card| fact.act.signers.contains(&card));
        let second = patient == "p1" && own && fact.act.signers.iter().any(|signer| signer == "k1");
        from.max(if second { fact.at } else { fact.at + DAY })
    }

    /// Whose card a signer is, or was.
    fn owner(&self, signer: &str) -> Option<Word> {
        let first = CARDS
            .iter()
            .find(|(_, card)| *card == signer)
            .map(|(patient, _)| *patient);
        first.or_else(|| {
            self.facts.iter().find_map(|fact| match &fact.act.deed {
                Deed::Issue { patient, card } if *card == signer => Some(*patient),
                Deed::Activate { patient, card } if card == signer => Some(*patient),
                _ => None,
            })
        })
    }

    /// Who of the signers speaks for a patient at `now`: a guardian by a link that gives the right.
    pub fn speaker(
        &self,
        patient: &str,
        signers: &[String],
        right: impl Fn(&Link) -> bool,
        now: Ms,
    ) -> Result<Speaker, &'static str> {
        let all = self.facts.len();
        let known = self.known(patient, all);
        let mut no = None;
        if known
            .card
            .as_ref()
            .is_some_and(|card| signers.contains(card))
        {
            match known.speaks(now) {
                Ok(()) => return Ok(Speaker::Own),
                Err(refusal) => no = Some(refusal),
            }
        }
        for signer in signers {
            let Some(guardian) = self.owner(signer) else {
                continue;
            };
            let links: Vec<&Link> = known
                .links
                .iter()
                .filter(|link| link.guardian == guardian)
                .collect();
            if links.is_empty() {
                continue;
            }
            let called: Vec<&&Link> = links
                .iter()
                .filter(|link| known.called(link, now))
                .collect();
            let refusal = match called.iter().find(|link| right(link)) {
                _ if called.is_empty() => "LinkNotInForce",
                None => "RightMissing",
                Some(link) => {
                    let own = self.known(guardian, all);
                    let present = own.card.as_ref() == Some(signer);
                    if present && own.speaks(now).is_ok() {
                        return Ok(Speaker::Guardian(guardian, link.kind));
                    }
                    "GuardianSilent"
                }
            };
            no = no.or(Some(refusal));
        }
        Err(no.unwrap_or("CardNotPresent"))
    }

    /// Whether a patient's own card has spoken from act `since` on without a break, until `now`; else why it does not now, or
    /// `BasisEnded` if it does again.
    pub fn spoke_on(&self, patient: &str, since: usize, now: Ms) -> Result<(), &'static str> {
        let all = self.facts.len();
        self.known(patient, all).speaks(now)?;
        match self
            .moments(since)
            .all(|(acts, at)| self.known(patient, acts).speaks(at).is_ok())
        {
            true => Ok(()),
            false => Err("BasisEnded"),
        }
    }

    /// Whether the link by which a guardian asked in act `since` has let it read without a break.
    pub fn link_held(
        &self,
        patient: &str,
        guardian: &str,
        kind: &str,
        since: usize,
        now: Ms,
    ) -> bool {
        let held = |acts: usize, at: Ms| {
            let known = self.known(patient, acts);
            let mut links = known.links.iter();
            links.any(|link| {
                (link.guardian, link.kind) == (guardian, kind)
                    && link.made <= since
                    && link.reads
                    && known.called(link, at)
            })
        };
        let whole = self.moments(since).all(|(acts, at)| held(acts, at));
        // A guardian whose word hangs on what is recorded loses it with whatever takes the patient's own word anew.
        let anew = matches!(kind, "contingent" | "executor" | "same")
            && (since + 1..self.facts.len()).any(|number| self.silences(patient, number));
        held(self.facts.len(), now) && whole && !anew
    }

    /// Whether an act takes the word of a patient's card.
    fn silences(&self, patient: &str, number: usize) -> bool {
        let fact = &self.facts[number];
        match &fact.act.deed {
            Deed::Suspend { patient: of, .. }
            | Deed::Reissue { patient: of, .. }
            | Deed::Incapable { patient: of, .. }
            | Deed::Dead { patient: of } => *of == patient,
            Deed::Renew { patient: of, .. } => {
                let before = self.known(patient, number);
                *of == patient && before.expires.is_some_and(|end| end <= fact.at)
            }
            _ => false,
        }
    }

    /// Right after each act from `since` on, and right before the next one: between them only time goes on.
    fn moments(&self, since: usize) -> impl Iterator<Item = (usize, Ms)> {
        (since..self.facts.len()).flat_map(move |number| {
            let next = self.facts.get(number + 1).map(|next| next.at);
            let just_after = Some((number + 1, self.facts[number].at));
            just_after
                .into_iter()
                .chain(next.map(|at| (number + 1, at)))
        })
    }
}
