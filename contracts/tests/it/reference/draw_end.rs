//! Draws what ends something.
use super::act::{Act, Deed};
use super::draw::{Drawing, HOUR};

impl Drawing<'_> {
    /// What ends something.
    pub(super) fn end(&mut self) -> Act {
        let member = self.member();
        let patient = self.patient();
        let signers = self.speaker(patient);
        match self.dice.below(16) {
            0 | 1 => {
                let grant = self.made(|deed| {
                    if let Deed::Grant { name, .. } = deed {
                        Some(name)
                    } else {
                        None
                    }
                });
                Act {
                    member,
                    signers,
                    deed: Deed::Revoke { grant },
                }
            }
            2 | 3 => {
                let permit = self.made(|deed| {
                    if let Deed::Permit { name, .. } = deed {
                        Some(name)
                    } else {
                        None
                    }
                });
                Act {
                    member,
                    signers,
                    deed: Deed::Unpermit { permit },
                }
            }
            4 | 5 => {
                let order = self.made(|deed| {
                    if let Deed::Order { name, .. } = deed {
                        Some(name)
                    } else {
                        None
                    }
                });
                Act {
                    member: Self::owner(&order),
                    signers,
                    deed: Deed::EndOrder { order },
                }
            }
            6 => {
                let visit = self.visit();
                Act {
                    member: Self::owner(&visit),
                    signers,
                    deed: Deed::Discharge { visit },
                }
            }
            7 | 8 => {
                let visit = self.visit();
                let grace = self.dice.pick(&[0, HOUR, 30 * HOUR]);
                Act {
                    member: Self::owner(&visit),
                    signers: Vec::new(),
                    deed: Deed::Close { visit, grace },
                }
            }
            9..=11 => {
                let restriction = self.made(|deed| {
                    if let Deed::Restrict { name, .. } = deed {
                        Some(name)
                    } else {
                        None
                    }
                });
                Act {
                    member,
                    signers,
                    deed: Deed::Lift {
                        patient,
                        restriction,
                    },
                }
            }
            13 => self.erase(),
            12 => {
                let record = self.record();
                Act {
                    member: Self::owner(&record),
                    signers: Vec::new(),
                    deed: Deed::Retract { record },
                }
            }
            14 => {
                let practitioner = self.dice.pick(&["adr", "bdr", "bnu", "eo2"]);
                Act {
                    member: Self::owner(practitioner),
                    signers: Vec::new(),
                    deed: Deed::EndPractitioner { practitioner },
                }
            }
            _ if self.dice.once_in(2) => {
                let practitioner = "bnu";
                let deed = Deed::EndPractitioner { practitioner };
                Act {
                    member: "b",
                    signers: Vec::new(),
                    deed,
                }
            }
            _ => {
                let suspended = !self.model.suspended("b");
                Act {
                    member: "a",
                    signers: Vec::new(),
                    deed: Deed::Standing {
                        member: "b",
                        name: self.name(),
                        suspended,
                    },
                }
            }
        }
    }
}
