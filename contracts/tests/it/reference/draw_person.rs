//! Draws what is recorded of cards, guardians and persons.
use super::act::{Act, Deed, Word};
use super::draw::{Drawing, HOUR};
use super::model::DAY;

impl Drawing<'_> {
    /// Cards, guardians, what is recorded.
    pub(super) fn person(&mut self) -> Act {
        let patient = self.dice.pick(&["p1", "p1", "p1", "p1", "kid", "gu"]);
        let card = self.card(patient).unwrap_or_else(|| "ck".to_owned());
        let own = card.clone();
        let fresh = format!("f{}", self.number);
        let s = |words: &[&str]| {
            words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<String>>()
        };
        let officers = s(&["eo1", "eo2"]);
        let until = self.until(40 * DAY);
        let (member, signers, deed) = match self.dice.below(24) {
            0 => ("a", s(&["arg"]), Deed::Suspend { patient, card }),
            1..=3 => (
                "a",
                vec![own, "arg".to_owned()],
                Deed::Resume { patient, card },
            ),
            4 if self.dice.once_in(3) => ("a", s(&["arg"]), Deed::Block { patient, card }),
            5 => (
                "a",
                vec![own, "arg".to_owned()],
                Deed::Renew {
                    patient,
                    card,
                    until,
                },
            ),
            6 => (
                "a",
                vec![own, "arg".to_owned()],
                Deed::Renew {
                    patient,
                    card,
                    until: self.now + 900 * DAY,
                },
            ),
            7 => (
                "e",
                vec![fresh.clone(), "eo1".to_owned(), "arg".to_owned()],
                Deed::Reissue {
                    patient,
                    card: fresh,
                    by_order: true,
                },
            ),
            8 => ("a", vec![own, "cg".to_owned()], Deed::Veto { patient }),
            9 => self.activation(patient),
            10 | 11 => self.proxy(patient, own),
            12 => (
                "e",
                [s(&["cg"]), officers].concat(),
                self.link(patient, "court", true),
            ),
            13 | 14 => ("a", s(&["cg", "arg"]), self.parent()),
            15 => (
                "a",
                s(&["ck", "arg"]),
                Deed::Issue {
                    patient: "kid",
                    card: "ck",
                },
            ),
            16 => {
                let kind =
                    self.dice
                        .pick(&["proxy", "contingent", "executor", "court", "parent", "same"]);
                let by_order = self.dice.once_in(2);
                let signers = if by_order {
                    officers
                } else {
                    vec![own, "cg".to_owned()]
                };
                (
                    "a",
                    signers,
                    Deed::Unlink {
                        patient,
                        guardian: "gu",
                        kind,
                        by_order,
                    },
                )
            }
            17 => (
                "e",
                officers,
                Deed::Capable {
                    patient,
                    of_age: true,
                },
            ),
            18 => (
                "a",
                vec![own, "adr".to_owned()],
                Deed::Capable {
                    patient,
                    of_age: false,
                },
            ),
            19 => (
                "a",
                s(&["adr", "ad2"]),
                Deed::Incapable {
                    patient,
                    until: until.min(self.now + 20 * DAY),
                },
            ),
            20 => ("a", s(&["adr", "arg"]), Deed::Dead { patient }),
            21 | 22 => self.same(),
            _ => ("e", officers, Deed::Alive { patient }),
        };
        Act {
            member,
            signers,
            deed,
        }
    }

    pub(super) fn activation(&mut self, patient: Word) -> (Word, Vec<String>, Deed) {
        let asked = self
            .model
            .facts
            .iter()
            .rev()
            .find_map(|fact| match &fact.act.deed {
                Deed::Reissue {
                    patient: of, card, ..
                } if *of == patient => Some(card.clone()),
                _ => None,
            });
        let card = asked.unwrap_or_else(|| "f0".to_owned());
        (
            "b",
            vec![card.clone(), "brg".to_owned()],
            Deed::Activate { patient, card },
        )
    }

    pub(super) fn proxy(&mut self, patient: Word, own: String) -> (Word, Vec<String>, Deed) {
        let kind = self
            .dice
            .pick(&["proxy", "proxy", "contingent", "contingent", "executor"]);
        let mut signers = vec![own, "cg".to_owned()];
        if patient == "p1" && !self.dice.once_in(3) {
            signers.push("k1".to_owned());
        }
        ("a", signers, self.link(patient, kind, false))
    }

    /// Somebody is the guardian under another pseudonym: by both cards, or by a registrar if it has none.
    fn same(&mut self) -> (Word, Vec<String>, Deed) {
        let patient = self.dice.pick(&["p1", "p1", "kid"]);
        let own = self.card(patient).unwrap_or_else(|| "arg".to_owned());
        let mut signers = vec![own, "cg".to_owned()];
        if patient == "p1" && !self.dice.once_in(3) {
            signers.push("k1".to_owned());
        }
        let mut deed = self.link(patient, "same", false);
        if let Deed::Link { reads, decides, .. } = &mut deed {
            (*reads, *decides) = (true, true);
        }
        ("a", signers, deed)
    }

    pub(super) fn link(&mut self, patient: Word, kind: Word, by_order: bool) -> Deed {
        let (reads, decides) =
            self.dice
                .pick(&[(true, true), (true, true), (true, false), (false, true)]);
        let from = self.dice.pick(&[0, 0, 0, self.now + 30 * HOUR]);
        let until = self.dice.pick(&[
            self.now + 3 * DAY,
            self.now + 300 * DAY,
            self.now + 300 * DAY,
        ]);
        Deed::Link {
            patient,
            guardian: "gu",
            kind,
            reads,
            decides,
            from,
            until,
            by_order,
        }
    }

    /// A parent of the child, until the first of a month.
    pub(super) fn parent(&mut self) -> Deed {
        let until = self.dice.pick(super::FIRSTS);
        Deed::Link {
            patient: "kid",
            guardian: "gu",
            kind: "parent",
            reads: true,
            decides: true,
            from: 0,
            until,
            by_order: false,
        }
    }
}
