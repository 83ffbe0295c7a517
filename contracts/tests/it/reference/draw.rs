//! Random histories, drawn with an eye on what there is already, so that acts meet.
use super::act::{Act, By, Deed, Ms, Scope, To, Word};
use super::dice::Dice;
use super::model::{DAY, Fact, Model, Ticket};

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
    (6, |drawing| drawing.team()),
    (4, |drawing| drawing.glass()),
    (12, |drawing| drawing.person()),
    (14, |drawing| drawing.end()),
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
            _ => "a",
        }
    }

    /// A basis, with the member and staff to whom it mostly is.
    pub(super) fn basis(&mut self) -> (By, Word, Vec<String>) {
        let (by, mut member, mut signers) = match self.dice.below(16) {
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
            Some(To::RoleAtKind(..)) | None => {
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

    pub(super) fn ask(&mut self) -> Act {
        let name = self.name();
        let until = self.until(23 * HOUR);
        let purpose = match self.dice.below(14) {
            0 => self.dice.pick(&["HRESCH", "HPAYMT", "PATRQT", "HOPERAT"]),
            _ => "TREAT",
        };
        if self.dice.below(4) == 0 {
            return self.ask_as_patient(name, until);
        }
        let (by, member, signers) = self.basis();
        let patient = match self.dice.once_in(10) {
            true => Some(self.patient()),
            false => None,
        };
        let scope = self.scope(&by);
        let deed = Deed::Ask {
            name,
            by,
            purpose,
            scope,
            patient,
            openings: Vec::new(),
            until,
        };
        Act {
            member,
            signers,
            deed,
        }
    }

    /// What is asked for on a basis: mostly what it reaches.
    pub(super) fn scope(&mut self, by: &By) -> Scope {
        let own = self.within(by);
        let results: Vec<String> = match by {
            By::Order(_) => self.filed(|_, filed_by| filed_by == by),
            _ => Vec::new(),
        };
        let filed = self.filed(|index, _| own.contains(&index));
        match self.dice.below(10) {
            _ if *by == By::Directory && self.dice.once_in(2) => {
                Scope::Indexes(vec![self.dice.pick(&["dir:a", "dir:b"])])
            }
            0..=5 if !results.is_empty() => Scope::Records(vec![self.dice.pick(&results)]),
            0..=2 if !filed.is_empty() => Scope::Records(vec![self.dice.pick(&filed)]),
            0..=5 if !own.is_empty() => Scope::Indexes(own),
            6 if !own.is_empty() => Scope::Indexes(vec![self.dice.pick(&own)]),
            7 => Scope::Records(self.records()),
            _ => {
                let of = self.patient();
                Scope::Indexes(self.indexes(of))
            }
        }
    }

    /// The indexes that a basis names.
    pub(super) fn within(&self, by: &By) -> Vec<Word> {
        let (By::Grant(id) | By::Permit(id) | By::Visit(id) | By::Care(id, ..) | By::Order(id)) =
            by
        else {
            return Vec::new();
        };
        let named = |fact: &Fact| match &fact.act.deed {
            Deed::Grant { name, indexes, .. }
            | Deed::Permit { name, indexes, .. }
            | Deed::CheckIn { name, indexes, .. }
            | Deed::Register { name, indexes, .. }
            | Deed::Order { name, indexes, .. } => {
                let named = id.ends_with(&format!("/{name}"));
                named.then(|| indexes.clone())
            }
            _ => None,
        };
        self.model.facts.iter().find_map(named).unwrap_or_default()
    }

    /// Records that were filed so: under an index, by a basis.
    pub(super) fn filed(&self, so: impl Fn(Word, &By) -> bool) -> Vec<String> {
        let of = |fact: &Fact| match &fact.act.deed {
            Deed::Deposit {
                name, index, by, ..
            } if so(index, by) => Some(format!("{}/{name}", fact.act.member)),
            _ => None,
        };
        self.model.facts.iter().filter_map(of).collect()
    }

    pub(super) fn ask_as_patient(&mut self, name: String, until: Ms) -> Act {
        let patient = self.patient();
        let signers = self
            .speaker(patient)
            .into_iter()
            .filter(|signer| signer != "k1")
            .collect();
        let openings = match self.dice.below(16) {
            0 => self
                .dice
                .pick(&[vec!["u9"], vec!["y1", "x1"], vec!["x1", "x1"]]),
            _ => self.indexes(patient),
        };
        let scope = match self.dice.once_in(3) {
            true => Scope::Records(self.records()),
            false => Scope::Indexes(openings.iter().take(1).copied().collect()),
        };
        let purpose = if self.dice.once_in(16) {
            "TREAT"
        } else {
            "PATRQT"
        };
        let deed = Deed::Ask {
            name,
            by: By::Patient(patient),
            purpose,
            scope,
            patient: None,
            openings,
            until,
        };
        Act {
            member: self.member(),
            signers,
            deed,
        }
    }

    pub(super) fn deposit(&mut self) -> Act {
        let name = self.name();
        let (mut by, mut member, signers) = self.basis();
        if let By::Care(visit, ..) = by {
            by = By::Visit(visit);
        }
        if let By::Order(id) = &by
            && !self.dice.once_in(4)
        {
            // The performer writes.
            let to = self
                .model
                .facts
                .iter()
                .find_map(|fact| match &fact.act.deed {
                    Deed::Order { name, to, .. } if id.ends_with(&format!("/{name}")) => Some(*to),
                    _ => None,
                });
            member = to.unwrap_or(member);
        }
        if by == By::Nothing {
            by = By::Directory;
        }
        let of = self.patient();
        let own = self.within(&by);
        let mut index = match by {
            By::Directory => self.dice.pick(&["dir:a", "dir:b"]),
            _ if !own.is_empty() && !self.dice.once_in(6) => self.dice.pick(&own),
            _ => self.index(of),
        };
        let over = match self.dice.once_in(6) {
            true => Some(self.record()),
            false => None,
        };
        if let Some(old) = over.as_ref().and_then(|over| self.model.record(over))
            && !self.dice.once_in(8)
        {
            (member, index) = (old.member, old.index);
        }
        Act {
            member,
            signers,
            deed: Deed::Deposit {
                name,
                index,
                by,
                over,
            },
        }
    }

    pub(super) fn check_in(&mut self) -> Act {
        let name = self.name();
        let (patient, member) = (self.patient(), self.member());
        let indexes = self.indexes(patient);
        if self.dice.once_in(5) {
            let until = self.until(DAY);
            let deed = Deed::Register {
                name,
                patient,
                indexes,
                until,
            };
            return Act {
                member,
                signers: self.staff(member),
                deed,
            };
        }
        let (until, ticket_until) = (self.until(180 * DAY), self.until(23 * HOUR));
        let write = !self.dice.once_in(5);
        let deed = Deed::CheckIn {
            name,
            patient,
            indexes,
            write,
            until,
            ticket_until,
        };
        Act {
            member,
            signers: self.speaker(patient),
            deed,
        }
    }
}
