//! Draws consent, orders, restrictions, care teams, broken glass.
use super::act::{Act, Deed, Seat, To, What, Who, Word};
use super::draw::{Drawing, HOUR};
use super::model::{DAY, Ticket};

impl Drawing<'_> {
    pub(super) fn purposes(&mut self) -> Vec<Word> {
        self.dice.pick(&[
            vec!["TREAT"],
            vec!["TREAT"],
            vec!["TREAT", "HRESCH"],
            vec!["HRESCH"],
        ])
    }

    pub(super) fn access(&mut self) -> Word {
        self.dice
            .pick(&["read", "read", "write", "read-write", "read-write"])
    }

    pub(super) fn grant(&mut self) -> Act {
        let (name, patient, member) = (self.name(), self.patient(), self.member());
        let to = match self.dice.once_in(3) {
            true => To::Practitioner(self.dice.pick(&["adr", "bdr", "bnu"])),
            false => To::Member(self.member()),
        };
        let signers = self.speaker(patient);
        // For more than a month the second key signs, too.
        let most = match signers.iter().any(|signer| signer == "k1") || self.dice.once_in(5) {
            true => 90 * DAY,
            false => 30 * DAY,
        };
        let until = self.until(90 * DAY).min(self.now + most);
        let deed = Deed::Grant {
            name,
            patient,
            to,
            access: self.access(),
            purposes: self.purposes(),
            indexes: self.indexes(patient),
            until,
        };
        Act {
            member,
            signers,
            deed,
        }
    }

    pub(super) fn permit(&mut self) -> Act {
        let (name, patient, member) = (self.name(), self.patient(), self.member());
        let to = match self.dice.below(8) {
            0 => To::Practitioner(self.dice.pick(&["adr", "bdr", "bnu"])),
            1 => To::RoleAt(
                self.dice.pick(&["clinician", "nurse"]),
                self.dice.pick(&["a", "b"]),
            ),
            2 => To::RoleAtKind(
                self.dice.pick(&["clinician", "nurse", "technician"]),
                self.dice.pick(&["hospital", "laboratory"]),
            ),
            3 | 4 => To::RoleAtKindWithin(
                self.dice.pick(&["clinician", "nurse", "technician"]),
                self.dice.pick(&["hospital", "hospital", "laboratory"]),
                self.code(),
            ),
            _ => To::Member(self.member()),
        };
        let (mut access, mut records, mut heights) = (self.access(), Vec::new(), None);
        match self.dice.below(6) {
            0 => (access, records) = ("read", self.records()),
            1 => {
                let one = self.dice.next() % self.height.max(1);
                (access, heights) = ("read", Some((one.min(self.height), self.height + 5)));
            }
            _ => {}
        }
        let paper = self.dice.once_in(8);
        let from = self
            .dice
            .pick(&[0, 0, 0, 0, self.now + HOUR, self.now + 20 * HOUR]);
        let signers = match paper {
            true => ["adr", "arg"].map(str::to_owned).to_vec(),
            false => self.speaker(patient),
        };
        let deed = Deed::Permit {
            name,
            patient,
            to,
            access,
            purposes: self.purposes(),
            indexes: self.indexes(patient),
            records,
            heights,
            from,
            until: self.until(90 * DAY),
            paper,
        };
        Act {
            member: if paper { "a" } else { member },
            signers,
            deed,
        }
    }

    /// A country, mostly that of most members, or a part of it.
    pub(super) fn code(&mut self) -> Word {
        self.dice.pick(&["PK", "PK", "PK-SD", "PK-PB", "IN"])
    }

    /// A vote on where a member is.
    pub(super) fn place(&mut self) -> Act {
        let deed = Deed::Place {
            member: self.dice.pick(&["a", "b", "b", "c"]),
            name: self.name(),
            code: self.code(),
        };
        Act {
            member: "a",
            signers: Vec::new(),
            deed,
        }
    }

    pub(super) fn order(&mut self) -> Act {
        let visit = self.visit();
        let member = Self::owner(&visit);
        let patient = self.patient();
        let refers = match self.dice.below(4) {
            0 => Some((true, Vec::new())),
            1 => Some((false, Vec::new())),
            2 => Some((self.dice.once_in(2), self.records())),
            _ => None,
        };
        let deed = Deed::Order {
            name: self.name(),
            visit,
            to: self.dice.pick(&["b", "c", "a"]),
            indexes: self.indexes(patient),
            refers,
            until: self.until(90 * DAY),
        };
        Act {
            member,
            signers: self.staff(member),
            deed,
        }
    }

    pub(super) fn restrict(&mut self) -> Act {
        let (name, patient, member) = (self.name(), self.patient(), self.member());
        let who = match self.dice.below(8) {
            0 => Who::Everyone,
            1 | 2 => Who::Member(self.member()),
            3 => Who::Practitioner(self.dice.pick(&["adr", "bdr", "bnu"])),
            4 => Who::Role(self.dice.pick(&["clinician", "nurse"])),
            5 => Who::Outside(self.code()),
            6 => Who::Within(self.code()),
            _ => Who::RoleAt(
                self.dice.pick(&["clinician", "nurse"]),
                self.dice.pick(&["a", "b"]),
            ),
        };
        let what = match self.dice.below(5) {
            0 => What::All,
            1 => What::Records(self.records()),
            _ => What::Indexes(self.indexes(patient)),
        };
        let deed = Deed::Restrict {
            name,
            patient,
            who,
            access: self
                .dice
                .pick(&["read", "read-write", "read-write", "write"]),
            purposes: self
                .dice
                .pick(&[vec![], vec![], vec!["TREAT"], vec!["HRESCH"]]),
            what,
            until: self.until(40 * DAY),
        };
        Act {
            member,
            signers: self.speaker(patient),
            deed,
        }
    }

    pub(super) fn team(&mut self) -> Act {
        let visit = self.visit();
        let member = Self::owner(&visit);
        let (own, nurse) = match member {
            "b" => ("bdr", "bnu"),
            _ => ("adr", "anu"),
        };
        let seats = match self.dice.below(4) {
            0 => vec![Seat::Practitioner(own)],
            1 => vec![Seat::Practitioner(nurse), Seat::Staff("ann")],
            2 => vec![Seat::Ward("icu", "nurse")],
            _ => vec![Seat::Practitioner(own), Seat::Ward("er", "clinician")],
        };
        let mut signers = vec![own.to_owned()];
        if self.dice.once_in(3) {
            signers.extend(self.card("p1"));
        }
        let strict = !self.dice.once_in(3);
        Act {
            member,
            signers,
            deed: Deed::Team {
                visit,
                strict,
                seats,
            },
        }
    }

    pub(super) fn glass(&mut self) -> Act {
        let member = self.dice.pick(&["a", "b"]);
        let mut signers = self.staff(member);
        let owed = self.tickets.iter().filter(|(_, ticket)| ticket.glass);
        let owed: Vec<&(String, Ticket)> = owed.collect();
        if !owed.is_empty() && !self.dice.once_in(3) {
            let (id, ticket) = self.dice.pick(&owed).clone();
            signers.clone_from(&ticket.acting.iter().cloned().collect());
            return Act {
                member: ticket.member,
                signers,
                deed: Deed::Justify { ticket: id },
            };
        }
        let deed = Deed::Glass {
            name: self.name(),
            patient: self.dice.pick(&["p1", "p1", "p2"]),
            until: self.until(4 * HOUR),
        };
        Act {
            member,
            signers,
            deed,
        }
    }
}
