//! Acts that ask for records, file them, and check in.
use super::act::{Act, By, Deed, Ms, Scope, Word};
use super::draw::{Drawing, HOUR};
use super::model::{DAY, Fact};

impl Drawing<'_> {
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
        let purpose = match self.lawful(&by) {
            Some(lawful) if !self.dice.once_in(14) => lawful,
            _ => purpose,
        };
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
            _ => self.disclosed(by),
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
        let (By::Grant(id)
        | By::Permit(id)
        | By::Visit(id)
        | By::Care(id, ..)
        | By::Order(id)
        | By::Mandate(id)
        | By::Study(_, id)) = by
        else {
            return Vec::new();
        };
        let named = |fact: &Fact| match &fact.act.deed {
            Deed::Grant { name, indexes, .. }
            | Deed::Permit { name, indexes, .. }
            | Deed::CheckIn { name, indexes, .. }
            | Deed::Register { name, indexes, .. }
            | Deed::Order { name, indexes, .. }
            | Deed::Mandate { name, indexes, .. }
            | Deed::Enrol { name, indexes, .. } => {
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
        // Nothing is written on these.
        if matches!(
            by,
            By::Nothing | By::Mandate(_) | By::Report(_) | By::Payment(_) | By::Study(..)
        ) {
            by = By::Directory;
        }
        let of = self.patient();
        let answers = self.answering();
        let own = self.within(&by);
        let mut index = match by {
            By::Directory => self.dice.pick(&["dir:a", "dir:b"]),
            _ if !own.is_empty() && !self.dice.once_in(6) => self.dice.pick(&own),
            _ => self.index(of),
        };
        let mut over = match self.dice.once_in(6) {
            true => Some(self.record()),
            false => None,
        };
        if let Some(answers) = answers {
            (by, member, index) = answers;
            if let By::Amendment(about, _) = &by
                && self.dice.once_in(2)
            {
                over = over.map(|_| about.clone());
            }
        }
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
