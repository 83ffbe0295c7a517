//! The model: which calls of the bases law, payment and research are accepted.
use super::act::{Act, Deed, Ms, Word};
use super::law::Study;
use super::model::{DAY, Model, kind_of, role, unopened};

/// Why a call is refused; nothing if it is accepted. Of several records the first counts, and their order is none of the model's: any
/// of these may be.
pub type Refused = Vec<&'static str>;

fn first(rules: &[(bool, &'static str)]) -> Refused {
    let broken = rules.iter().find(|(broken, _)| *broken);
    broken.map(|(_, why)| *why).into_iter().collect()
}

fn ends(until: Ms, at: Ms, most: Ms) -> [(bool, &'static str); 2] {
    [
        (until <= at, "UntilInThePast"),
        (until > at + most, "UntilTooFar"),
    ]
}

impl Model {
    /// What becomes of a call at `at`; nothing of one that the model takes the contracts' word for.
    pub fn call(&self, act: &Act, at: Ms) -> Option<Refused> {
        let few = (self.officers(act) < 2, "TooFewOfficers");
        let no_authority = (kind_of(act.member) != "regulator", "NotAnAuthority");
        Some(match &act.deed {
            Deed::Mandate {
                patient,
                purpose,
                indexes,
                until,
                ..
            } => {
                let [past, far] = ends(*until, at, 366 * DAY);
                let unlawful = !["PUBHLTH", "HLEGAL"].contains(purpose);
                let unlawful = (unlawful, "PurposeNotAllowed");
                let rules = [past, far, no_authority, few, unlawful];
                shown(first(&rules), patient, indexes)
            }
            Deed::EndMandate { mandate } => {
                let made = self.made(mandate, |deed| match deed {
                    Deed::Mandate { name, .. } => Some(name),
                    _ => None,
                });
                let yours = made.as_ref().is_some_and(|made| made.member == act.member);
                first(&[
                    (made.is_none(), "MandateUnknown"),
                    (!yours, "MandateNotYours"),
                    few,
                    (self.mandate_ended(mandate), "MandateEnded"),
                ])
            }
            Deed::Disclose { .. } => self.disclose(act, at),
            Deed::EndDisclosure { disclosure } => {
                let made = self.made(disclosure, |deed| match deed {
                    Deed::Disclose { name, .. } => Some(name),
                    _ => None,
                });
                let yours = made.as_ref().is_some_and(|made| made.member == act.member);
                first(&[
                    (made.is_none(), "DisclosureUnknown"),
                    (!yours, "DisclosureNotYours"),
                    (self.disclosure_ended(disclosure), "DisclosureEnded"),
                ])
            }
            Deed::Study { until, .. } => {
                let [past, far] = ends(*until, at, 3660 * DAY);
                first(&[
                    past,
                    far,
                    (kind_of(act.member) != "research", "NotResearch"),
                ])
            }
            Deed::Approve { study: id } => match self.study(id) {
                None => vec!["StudyUnknown"],
                Some(study) => first(&[
                    no_authority,
                    few,
                    (study.until <= at, "StudyExpired"),
                    (study.ended, "StudyEnded"),
                    (study.approved_by.is_some(), "StudyApproved"),
                ]),
            },
            Deed::EndStudy { study: id } => match self.study(id) {
                None => vec!["StudyUnknown"],
                Some(study) => {
                    let own = study.member == act.member;
                    let approved = study.approved_by == Some(act.member);
                    first(&[
                        (!own && !approved, "StudyNotYours"),
                        (!own && few.0, few.1),
                        (study.ended, "StudyEnded"),
                    ])
                }
            },
            Deed::Enrol {
                study,
                patient,
                indexes,
                ..
            } => match self.study(study) {
                None => vec!["StudyUnknown"],
                Some(study) => self.enrol(act, &study, patient, indexes, at),
            },
            Deed::Withdraw { enrolment } => self.withdraw(act, enrolment, at),
            Deed::Erase { .. } => self.erase(act, at),
            _ => return None,
        })
    }

    /// Officers of the authority that sends this.
    fn officers(&self, act: &Act) -> usize {
        let present = self.present(act);
        let officers = present.iter().filter(|one| role(one) == "officer");
        officers.count()
    }

    fn disclose(&self, act: &Act, at: Ms) -> Refused {
        let Deed::Disclose {
            patient,
            to,
            report,
            indexes,
            records,
            until,
            ..
        } = &act.deed
        else {
            panic!("nothing is disclosed: {act:?}");
        };
        let [past, far] = ends(*until, at, 180 * DAY);
        let fit = if *report { "regulator" } else { "insurer" };
        let unfit = (kind_of(to) != fit, "RecipientUnfit");
        let before = shown(first(&[past, far, unfit]), patient, indexes);
        if !before.is_empty() {
            return before;
        }
        let notes = self.travelling(act.member, records);
        let refused = records.iter().flat_map(|id| match self.record(id) {
            None => vec!["RecordUnknown"],
            Some(record) => first(&[
                (
                    record.member != act.member && !notes.contains(id),
                    "RecordNotYours",
                ),
                (record.retracted, "RecordRetracted"),
                (!indexes.contains(&record.index), "RecordNotShown"),
            ]),
        });
        refused.collect()
    }

    fn erase(&self, act: &Act, at: Ms) -> Refused {
        let Deed::Erase {
            patient,
            records,
            indexes,
        } = &act.deed
        else {
            panic!("nothing is erased: {act:?}");
        };
        if let Err(why) = self.speaker(patient, &act.signers, |link| link.decides, at) {
            return vec![why];
        }
        let before = shown(Vec::new(), patient, indexes);
        if !before.is_empty() {
            return before;
        }
        let refused = records.iter().flat_map(|id| match self.record(id) {
            None => vec!["RecordUnknown"],
            Some(record) => first(&[
                (record.member != act.member, "RecordNotYours"),
                (record.erased, "RecordErased"),
                (!indexes.contains(&record.index), "RecordNotShown"),
            ]),
        });
        let refused: Refused = refused.collect();
        let voted = self.since(0, |deed| matches!(deed, Deed::Retention { .. }));
        match refused.is_empty() {
            true => first(&[(!voted, "RetentionUnset")]),
            false => refused,
        }
    }

    fn enrol(&self, act: &Act, study: &Study, patient: &str, indexes: &[Word], at: Ms) -> Refused {
        let takes = first(&[
            (study.approved_by.is_none(), "StudyNotApproved"),
            (study.until <= at, "StudyExpired"),
            (study.ended, "StudyEnded"),
        ]);
        let speaker = self.speaker(patient, &act.signers, |link| link.decides, at);
        match (takes.is_empty(), speaker) {
            (false, _) => takes,
            (true, Err(why)) => vec![why],
            (true, Ok(_)) => shown(Vec::new(), patient, indexes),
        }
    }

    fn withdraw(&self, act: &Act, enrolment: &str, at: Ms) -> Refused {
        let made = self.made(enrolment, |deed| match deed {
            Deed::Enrol { name, .. } => Some(name),
            _ => None,
        });
        let Some(Deed::Enrol { patient, .. }) = made.map(|made| made.deed) else {
            return vec!["EnrolmentUnknown"];
        };
        match self.speaker(patient, &act.signers, |link| link.decides, at) {
            Err(why) => vec![why],
            Ok(_) => first(&[(self.withdrawn(enrolment), "EnrolmentWithdrawn")]),
        }
    }
}

/// What was refused before, or because openings do not show that the indexes are the patient's.
fn shown(before: Refused, patient: &str, indexes: &[Word]) -> Refused {
    match before.is_empty() {
        true => unopened(patient, indexes).into_iter().collect(),
        false => before,
    }
}
