//! Draws mandates, disclosures, studies, enrolments, demanded names, and records that change hands.
use super::act::{Act, By, Deed, Ms, Word};
use super::draw::Drawing;
use super::model::DAY;

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

impl Drawing<'_> {
    pub(super) fn law(&mut self) -> Act {
        // Without a study there is nothing to approve, and nowhere to enrol.
        let studies = self.there(|deed| matches!(deed, Deed::Study { .. }));
        match self.dice.below(16) {
            8..=12 if !studies => self.study(),
            0..=2 => self.mandate(),
            3..=6 => self.disclose(),
            7 => self.study(),
            8 | 9 => self.approve(),
            10..=12 => self.enrol(),
            13 => self.demand(),
            14 => self.say(),
            _ => self.keep(),
        }
    }

    fn there(&self, is: impl Fn(&Deed) -> bool) -> bool {
        self.model.since(0, is)
    }

    /// Mostly a kind of which there is one: mandates, reports, payments, enrolments, studies.
    fn kind(&mut self) -> usize {
        let there = [
            self.there(|deed| matches!(deed, Deed::Mandate { .. })),
            self.there(|deed| matches!(deed, Deed::Disclose { report: true, .. })),
            self.there(|deed| matches!(deed, Deed::Disclose { report: false, .. })),
            self.there(|deed| matches!(deed, Deed::Enrol { .. })),
            self.there(|deed| matches!(deed, Deed::Study { .. })),
        ];
        let kinds: Vec<usize> = (0..5).filter(|kind| there[*kind]).collect();
        match kinds.is_empty() || self.dice.once_in(12) {
            true => self.dice.below(5),
            false => self.dice.pick(&kinds),
        }
    }

    /// Two officers; now and then one, or somebody who is none.
    fn officers(&mut self) -> Vec<String> {
        match self.dice.below(12) {
            0 => words(&["eo1"]),
            1 => words(&["eo1", "adr"]),
            2 => Vec::new(),
            _ => words(&["eo1", "eo2"]),
        }
    }

    /// Mostly one; now and then another.
    fn mostly(&mut self, one: Word, others: &[Word]) -> Word {
        match self.dice.once_in(10) {
            true => self.dice.pick(others),
            false => one,
        }
    }

    /// Mostly the patient's indexes.
    fn opened(&mut self, patient: &str) -> Vec<Word> {
        match self.dice.below(20) {
            0 => vec!["u9"],
            1 => vec!["y1", "x1"],
            2 => vec!["x1", "x1"],
            _ => self.indexes(patient),
        }
    }

    /// An end; now and then one that is too far, or over.
    fn ends(&mut self, most: Ms) -> Ms {
        match self.dice.below(24) {
            0 => self.now + most + 1,
            1 => self.now,
            2 => self.now + most,
            _ => self.until(most),
        }
    }

    fn mandate(&mut self) -> Act {
        let patient = self.patient();
        let deed = Deed::Mandate {
            name: self.name(),
            patient,
            purpose: self
                .dice
                .pick(&["HLEGAL", "HLEGAL", "PUBHLTH", "PUBHLTH", "TREAT"]),
            indexes: self.opened(patient),
            until: self.ends(366 * DAY),
        };
        Act {
            member: self.mostly("e", &["a", "h"]),
            signers: self.officers(),
            deed,
        }
    }

    fn disclose(&mut self) -> Act {
        let mut records = self.records();
        let known = self.model.record(&records[0]);
        let (member, index) = known.map_or(("a", "x1"), |known| (known.member, known.index));
        self.with_notes(member, &mut records);
        let patient = match index {
            "y1" => "p2",
            "z1" => "kid",
            _ => "p1",
        };
        let patient = self.mostly(patient, &["p1", "p2"]);
        let report = self.dice.once_in(2);
        let to = if report { "e" } else { "g" };
        let deed = Deed::Disclose {
            name: self.name(),
            patient,
            to: self.mostly(to, &["e", "g", "b"]),
            report,
            indexes: self.opened(patient),
            records,
            until: self.ends(180 * DAY),
        };
        Act {
            member: self.mostly(member, &["a", "b"]),
            signers: Vec::new(),
            deed,
        }
    }

    fn study(&mut self) -> Act {
        let deed = Deed::Study {
            name: self.name(),
            until: self.ends(3660 * DAY),
        };
        Act {
            member: self.mostly("h", &["a", "e"]),
            signers: Vec::new(),
            deed,
        }
    }

    fn a_study(&mut self) -> String {
        self.made(|deed| match deed {
            Deed::Study { name, .. } => Some(name),
            _ => None,
        })
    }

    fn approve(&mut self) -> Act {
        Act {
            member: self.mostly("e", &["a", "h"]),
            signers: self.officers(),
            deed: Deed::Approve {
                study: self.a_study(),
            },
        }
    }

    fn enrol(&mut self) -> Act {
        let patient = self.patient();
        let deed = Deed::Enrol {
            name: self.name(),
            study: self.a_study(),
            patient,
            indexes: self.opened(patient),
        };
        Act {
            member: self.member(),
            signers: self.speaker(patient),
            deed,
        }
    }

    /// A ticket; mostly one of staff without a card.
    fn staff_ticket(&mut self) -> String {
        let staff = self.tickets.iter();
        let staff = staff.filter(|(_, ticket)| matches!(ticket.by, By::Care(..)));
        let ids: Vec<&String> = staff.map(|(id, _)| id).collect();
        match ids.is_empty() || self.dice.once_in(20) {
            true => "a/v".to_owned(),
            false => self.dice.pick(&ids).clone(),
        }
    }

    fn demand(&mut self) -> Act {
        Act {
            member: self.dice.pick(&["e", "a"]),
            signers: words(&["eo1"]),
            deed: Deed::Demand {
                ticket: self.staff_ticket(),
            },
        }
    }

    fn say(&mut self) -> Act {
        let ticket = self.staff_ticket();
        Act {
            member: Self::owner(&ticket),
            signers: Vec::new(),
            deed: Deed::Say { ticket },
        }
    }

    /// `b` takes a record of `a` over, once `a` has named it.
    fn keep(&mut self) -> Act {
        let named = |deed: &Deed| matches!(deed, Deed::Successor { .. });
        if !self.model.since(0, named) {
            return Act {
                member: "a",
                signers: words(&["tx:b"]),
                deed: Deed::Successor { to: "b" },
            };
        }
        Act {
            member: "b",
            signers: Vec::new(),
            deed: Deed::Keep {
                from: "a",
                record: self.record(),
            },
        }
    }

    /// A basis of law, payment or research, with the member to whom it mostly is.
    pub(super) fn law_basis(&mut self) -> (By, Word) {
        let kind = match self.kind() {
            4 => self.dice.below(4),
            kind => kind,
        };
        match kind {
            0 => {
                let id = self.made(|deed| match deed {
                    Deed::Mandate { name, .. } => Some(name),
                    _ => None,
                });
                (By::Mandate(id), "e")
            }
            1 => (By::Report(self.a_disclosure(true)), "e"),
            2 => (By::Payment(self.a_disclosure(false)), "g"),
            _ => {
                let id = self.made(|deed| match deed {
                    Deed::Enrol { name, .. } => Some(name),
                    _ => None,
                });
                let of = self.model.made(&id, |deed| match deed {
                    Deed::Enrol { name, .. } => Some(name),
                    _ => None,
                });
                let of = match of.map(|made| made.deed) {
                    Some(Deed::Enrol { study, .. }) => study.clone(),
                    _ => self.a_study(),
                };
                let study = match self.dice.once_in(12) {
                    true => self.a_study(),
                    false => of,
                };
                (By::Study(study, id), "h")
            }
        }
    }

    /// Mostly one of this cause.
    fn a_disclosure(&mut self, as_report: bool) -> String {
        let other = self.dice.once_in(12);
        self.made(|deed| match deed {
            Deed::Disclose { name, report, .. } => (*report == as_report || other).then_some(name),
            _ => None,
        })
    }

    /// For what one mostly asks on a basis.
    pub(super) fn lawful(&mut self, by: &By) -> Option<Word> {
        match by {
            By::Mandate(id) => {
                let made = self.model.made(id, |deed| match deed {
                    Deed::Mandate { name, .. } => Some(name),
                    _ => None,
                });
                match made.map(|made| made.deed) {
                    Some(Deed::Mandate { purpose, .. }) => Some(purpose),
                    _ => Some("HLEGAL"),
                }
            }
            By::Report(_) => Some("PUBHLTH"),
            By::Payment(_) => Some("HPAYMT"),
            By::Study(..) => Some("HRESCH"),
            _ => None,
        }
    }

    /// The records that a disclosure names.
    pub(super) fn disclosed(&self, by: &By) -> Vec<String> {
        let (By::Report(id) | By::Payment(id)) = by else {
            return Vec::new();
        };
        let made = self.model.made(id, |deed| match deed {
            Deed::Disclose { name, .. } => Some(name),
            _ => None,
        });
        match made.map(|made| made.deed) {
            Some(Deed::Disclose { records, .. }) => records.clone(),
            _ => Vec::new(),
        }
    }

    /// What ends a basis of law, payment or research.
    pub(super) fn end_law(&mut self) -> Act {
        match self.kind() {
            0 => {
                let mandate = self.made(|deed| match deed {
                    Deed::Mandate { name, .. } => Some(name),
                    _ => None,
                });
                Act {
                    member: self.mostly("e", &["a", "h"]),
                    signers: self.officers(),
                    deed: Deed::EndMandate { mandate },
                }
            }
            kind @ (1 | 2) => {
                let disclosure = self.a_disclosure(kind == 1);
                let own = Self::owner(&disclosure);
                Act {
                    member: self.mostly(own, &["a", "b", "g"]),
                    signers: Vec::new(),
                    deed: Deed::EndDisclosure { disclosure },
                }
            }
            4 => {
                let (member, signers) = match self.dice.below(4) {
                    0 => ("h", Vec::new()),
                    1 => (self.member(), self.officers()),
                    _ => ("e", self.officers()),
                };
                let study = self.a_study();
                Act {
                    member,
                    signers,
                    deed: Deed::EndStudy { study },
                }
            }
            _ => {
                let enrolment = self.made(|deed| match deed {
                    Deed::Enrol { name, .. } => Some(name),
                    _ => None,
                });
                let made = self.model.made(&enrolment, |deed| match deed {
                    Deed::Enrol { name, .. } => Some(name),
                    _ => None,
                });
                let patient = match made.map(|made| made.deed) {
                    Some(Deed::Enrol { patient, .. }) => patient,
                    _ => "p1",
                };
                Act {
                    member: self.member(),
                    signers: self.speaker(patient),
                    deed: Deed::Withdraw { enrolment },
                }
            }
        }
    }
}
