//! Random histories, drawn with an eye on what there is already, so that acts meet.
use super::act::{Act, By, Deed, Ms, To, Word};
use super::dice::Dice;
use super::model::{DAY, Model, Ticket};

pub const HOUR: Ms = 3_600_000;

/// What draws the next act.
pub struct Drawing<'d> {
    pub dice: &'d mut Dice,
    pub model: &'d Model,
    pub now: Ms,
    pub height: u64,
    /// For a new name.
    pub number: usize,
    pub tickets: &'d [(String, Ticket)],
}

/// A key signs once.
fn distinct(signers: &mut Vec<String>) {
    let mut seen = Vec::new();
    signers.retain(|signer| {
        let new = !seen.contains(signer);
        seen.push(signer.clone());
        new
    });
}

type Shape = fn(&mut Drawing<'_>) -> Act;

/// Kinds of acts, each with its weight.
const SHAPES: &[(usize, Shape)] = &[
    (60, |drawing| drawing.ask()),
    (22, |drawing| drawing.deposit()),
    (10, |drawing| drawing.check_in()),
    (9, |drawing| drawing.grant()),
    (12, |drawing| drawing.permit()),
    (9, |drawing| drawing.order()),
    (8, |drawing| drawing.restrict()),
    (2, |drawing| drawing.place()),
    (6, |drawing| drawing.team()),
    (7, |drawing| drawing.wish()),
    (3, |drawing| drawing.erase()),
    (1, |drawing| drawing.retention()),
    (4, |drawing| drawing.glass()),
    (12, |drawing| drawing.person()),
    (14, |drawing| drawing.end()),
    (22, |drawing| drawing.law()),
    (6, |drawing| drawing.end_law()),
];

impl Drawing<'_> {
    pub fn act(&mut self) -> Act {
        let mut act = self.shaped();
        distinct(&mut act.signers);
        act
    }

    /// What restricts; or what ends something, or says anew who speaks.
    pub fn denial(&mut self, ends: bool) -> Act {
        loop {
            let mut act = match ends {
                true if self.dice.once_in(3) => self.person(),
                true if self.dice.once_in(3) => self.end_law(),
                true => self.end(),
                false => self.restrict(),
            };
            distinct(&mut act.signers);
            // A restriction is no end, and a suspension is taken back by a vote. Nothing else opens a ticket that was shut: neither what
            // gives a card or a guardian its word back, nor what calls another guardian.
            let gives = match &act.deed {
                Deed::Lift { .. } => true,
                Deed::Standing { suspended, .. } => !suspended,
                _ => false,
            };
            if !gives {
                return act;
            }
        }
    }

    pub(super) fn shaped(&mut self) -> Act {
        let all = SHAPES.iter().map(|(weight, _)| weight).sum();
        let mut at = self.dice.below(all);
        for (weight, shape) in SHAPES {
            if at < *weight {
                return shape(self);
            }
            at -= weight;
        }
        unreachable!("weights are summed")
    }

    pub(super) fn name(&self) -> String {
        format!("n{}", self.number)
    }

    pub(super) fn member(&mut self) -> Word {
        self.dice.pick(&["a", "a", "a", "a", "b", "b", "b", "c"])
    }

    pub(super) fn patient(&mut self) -> Word {
        self.dice.pick(&["p1", "p1", "p1", "p1", "p1", "p2", "kid"])
    }

    pub(super) fn indexes(&mut self, patient: &str) -> Vec<Word> {
        match patient {
            "p1" => self
                .dice
                .pick(&[vec!["x1"], vec!["x2"], vec!["x1", "x2"], vec!["x1", "x2"]]),
            "p2" => vec!["y1"],
            _ => vec!["z1"],
        }
    }

    /// Mostly of the patient.
    pub(super) fn index(&mut self, patient: &str) -> Word {
        match self.dice.once_in(12) {
            true => self.dice.pick(&["x1", "x2", "y1", "z1"]),
            false => {
                let own = self.indexes(patient);
                self.dice.pick(&own)
            }
        }
    }

    pub(super) fn until(&mut self, most: Ms) -> Ms {
        let span = self.dice.pick(&[
            1,
            HOUR,
            5 * HOUR,
            23 * HOUR,
            3 * DAY,
            10 * DAY,
            20 * DAY,
            40 * DAY,
            90 * DAY,
        ]);
        self.now + span.min(most)
    }

    pub(super) fn card(&mut self, patient: &str) -> Option<String> {
        self.model.known(patient, self.model.facts.len()).card
    }

    /// Whoever signs for a patient: mostly who may.
    pub(super) fn speaker(&mut self, patient: &str) -> Vec<String> {
        let own = self.card(patient).unwrap_or_else(|| "cg".to_owned());
        let other = self.dice.pick(&["c1", "c2", "cg"]).to_owned();
        let mut signers = match self.dice.below(10) {
            0 => vec![other],
            1..=3 => vec!["cg".to_owned()],
            _ if patient == "kid" && self.dice.once_in(2) => vec!["cg".to_owned()],
            _ => vec![own],
        };
        if patient == "p1" && self.dice.once_in(3) {
            signers.push("k1".to_owned());
        }
        signers
    }

    /// One or two of the member's staff; mostly one.
    pub(super) fn staff(&mut self, member: &str) -> Vec<String> {
        let own: &[&str] = match member {
            "a" => &["adr", "adr", "anu", "arg"],
            "b" => &["bdr", "bnu"],
            "c" => &["cte"],
            _ => &["eo1"],
        };
        let mut staff = vec![self.dice.pick(own).to_owned()];
        let more = self.dice.pick(own).to_owned();
        if self.dice.once_in(8) && !staff.contains(&more) {
            staff.push(more);
        }
        staff
    }

    /// Something that was made, by its name; now and then something that was not.
    pub(super) fn made(&mut self, is: impl Fn(&Deed) -> Option<&String>) -> String {
        let ids: Vec<String> = self
            .model
            .facts
            .iter()
            .filter_map(|fact| is(&fact.act.deed).map(|name| format!("{}/{name}", fact.act.member)))
            .collect();
        match ids.is_empty() || self.dice.once_in(40) {
            true => "a/unknown".to_owned(),
            // What is young is met more often.
            false => {
                let low = self.dice.below(ids.len());
                let high = self.dice.below(ids.len());
                ids[low.max(high)].clone()
            }
        }
    }

    pub(super) fn visit(&mut self) -> String {
        self.made(|deed| match deed {
            Deed::CheckIn { name, .. } | Deed::Register { name, .. } => Some(name),
            _ => None,
        })
    }

    pub(super) fn record(&mut self) -> String {
        self.made(|deed| match deed {
            Deed::Deposit { name, .. } => Some(name),
            _ => None,
        })
    }

    /// The member that owns something.
    pub(super) fn owner(id: &str) -> Word {
        match &id[..1] {
            "b" => "b",
            "c" => "c",
            "e" => "e",
            "g" => "g",
            "h" => "h",
            _ => "a",
        }
    }

    /// A basis, with the member and staff to whom it mostly is.
    pub(super) fn basis(&mut self) -> (By, Word, Vec<String>) {
        let (by, mut member, mut signers) = match self.dice.below(22) {
            16.. => {
                let (by, member) = self.law_basis();
                (by, member, Vec::new())
            }
            0..=2 => {
                let id = self.made(|deed| match deed {
                    Deed::Grant { name, .. } => Some(name),
                    _ => None,
                });
                let to = self
                    .model
                    .facts
                    .iter()
                    .find_map(|fact| match &fact.act.deed {
                        Deed::Grant { name, to, .. } if id.ends_with(&format!("/{name}")) => {
                            Some(*to)
                        }
                        _ => None,
                    });
                let (member, signers) = self.of(to);
                (By::Grant(id), member, signers)
            }
            3..=6 => {
                let id = self.made(|deed| match deed {
                    Deed::Permit { name, .. } => Some(name),
                    _ => None,
                });
                let to = self
                    .model
                    .facts
                    .iter()
                    .find_map(|fact| match &fact.act.deed {
                        Deed::Permit { name, to, .. } if id.ends_with(&format!("/{name}")) => {
                            Some(*to)
                        }
                        _ => None,
                    });
                let (member, signers) = self.of(to);
                (By::Permit(id), member, signers)
            }
            7 | 8 => {
                let visit = self.visit();
                let member = Self::owner(&visit);
                let signers = if self.dice.once_in(3) {
                    Vec::new()
                } else {
                    self.staff(member)
                };
                (By::Visit(visit), member, signers)
            }
            9 => {
                let visit = self.visit();
                let member = Self::owner(&visit);
                let staff = self.dice.pick(&["ann", "bob"]);
                let role = self.dice.pick(&["nurse", "nurse", "clinician"]);
                let ward = self.dice.pick(&["icu", "icu", "er"]);
                (By::Care(visit, staff, role, ward), member, Vec::new())
            }
            10..=13 => {
                let id = self.made(|deed| match deed {
                    Deed::Order { name, .. } => Some(name),
                    _ => None,
                });
                let sides = self
                    .model
                    .facts
                    .iter()
                    .find_map(|fact| match &fact.act.deed {
                        Deed::Order { name, to, .. } if id.ends_with(&format!("/{name}")) => {
                            Some((fact.act.member, *to))
                        }
                        _ => None,
                    });
                let (one, other) = sides.unwrap_or(("a", "b"));
                let member = self.dice.pick(&[one, other]);
                (By::Order(id), member, Vec::new())
            }
            14 => (By::Directory, self.member(), Vec::new()),
            _ => {
                let by = if self.dice.once_in(12) {
                    By::Nothing
                } else {
                    By::Directory
                };
                (by, self.member(), Vec::new())
            }
        };
        if self.dice.once_in(14) {
            member = self.member();
            signers = Vec::new();
        }
        if self.dice.once_in(10) {
            signers = self.staff(member);
        }
        (by, member, signers)
    }

    /// Who mostly acts as a grantee.
    pub(super) fn of(&mut self, to: Option<To>) -> (Word, Vec<String>) {
        match to {
            Some(To::Member(member)) if self.dice.once_in(2) => (member, Vec::new()),
            Some(To::Member(member)) => (member, self.staff(member)),
            Some(To::Practitioner(one)) => (Self::owner(one), vec![one.to_owned()]),
            Some(To::RoleAt(_, member)) => (member, self.staff(member)),
            Some(To::RoleAtKind(..) | To::RoleAtKindWithin(..)) | None => {
                let member = self.member();
                (member, self.staff(member))
            }
        }
    }

    pub(super) fn records(&mut self) -> Vec<String> {
        let mut records = vec![self.record()];
        let more = self.record();
        if self.dice.once_in(4) && !records.contains(&more) {
            records.push(more);
        }
        records
    }
}
