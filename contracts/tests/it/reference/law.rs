//! The model: the bases law, payment and research, and names that a member owes.
use super::act::{Deed, Ms, Word};
use super::basis::{found, no};
use super::model::{Asker, DAY, Denials, Found, Model, Reach};

/// A study, and what became of it.
pub struct Study {
    pub member: Word,
    pub until: Ms,
    pub approved_by: Option<Word>,
    pub ended: bool,
}

impl Model {
    pub fn study(&self, id: &str) -> Option<Study> {
        let made = self.made(id, |deed| match deed {
            Deed::Study { name, .. } => Some(name),
            _ => None,
        })?;
        let Deed::Study { until, .. } = made.deed else {
            return None;
        };
        let mut approvals = self.facts.iter().filter_map(|fact| {
            matches!(&fact.act.deed, Deed::Approve { study } if study == id)
                .then_some(fact.act.member)
        });
        let ends = |deed: &Deed| matches!(deed, Deed::EndStudy { study } if study == id);
        Some(Study {
            member: made.member,
            until: *until,
            approved_by: approvals.next_back(),
            ended: self.since(made.number, ends),
        })
    }

    /// An authority's mandate: for that authority, for its purpose, until its end or until two officers ended it.
    pub fn mandate(
        &self,
        asker: &Asker<'_>,
        id: &str,
        reads: Option<&str>,
        denials: &mut Denials,
    ) -> Option<Found> {
        let made = self.made(id, |deed| match deed {
            Deed::Mandate { name, .. } => Some(name),
            _ => None,
        });
        no(denials, made.is_none(), "MandateUnknown");
        let made = made?;
        let Deed::Mandate {
            patient,
            purpose,
            indexes,
            until,
            ..
        } = made.deed
        else {
            return None;
        };
        no(denials, made.member != asker.member, "MandateNotYours");
        no(denials, *until <= asker.latest, "MandateExpired");
        no(denials, self.mandate_ended(id), "MandateEnded");
        no(denials, reads != Some(purpose), "PurposeNotAllowed");
        let reach = Reach::Indexes(indexes.clone());
        Some(found(asker, patient, reach, None))
    }

    pub fn mandate_ended(&self, id: &str) -> bool {
        self.since(
            0,
            |deed| matches!(deed, Deed::EndMandate { mandate } if mandate == id),
        )
    }

    /// Own records of a member: to whom it named, for the cause that it gave, while it keeps them.
    pub fn disclosure(
        &self,
        asker: &Asker<'_>,
        id: &str,
        as_report: bool,
        reads: Option<&str>,
        denials: &mut Denials,
    ) -> Option<Found> {
        let made = self.made(id, |deed| match deed {
            Deed::Disclose { name, report, .. } => (*report == as_report).then_some(name),
            _ => None,
        });
        no(denials, made.is_none(), "DisclosureUnknown");
        let made = made?;
        let Deed::Disclose {
            patient,
            to,
            records,
            until,
            ..
        } = made.deed
        else {
            return None;
        };
        no(denials, *to != asker.member, "DisclosureNotYours");
        no(denials, *until <= asker.latest, "DisclosureExpired");
        no(denials, self.disclosure_ended(id), "DisclosureEnded");
        let lawful = if as_report { "PUBHLTH" } else { "HPAYMT" };
        no(denials, reads != Some(lawful), "PurposeNotAllowed");
        let own = |id: &&String| {
            let record = self.record_before(made.number, id);
            record.is_some_and(|record| record.member == made.member)
        };
        let (own, notes) = records.iter().partition(own);
        let owned = |ids: Vec<&String>| ids.into_iter().cloned().collect();
        let reach = Reach::Kept(owned(own), made.member, owned(notes));
        Some(found(asker, patient, reach, None))
    }

    pub fn disclosure_ended(&self, id: &str) -> bool {
        self.since(
            0,
            |deed| matches!(deed, Deed::EndDisclosure { disclosure } if disclosure == id),
        )
    }

    /// What a subject lets a study read: by its member, while it is approved, goes on, and the subject has not withdrawn.
    pub fn enrolment(
        &self,
        asker: &Asker<'_>,
        of: &str,
        id: &str,
        reads: Option<&str>,
        denials: &mut Denials,
    ) -> Option<Found> {
        let study = self.study(of);
        no(denials, study.is_none(), "StudyUnknown");
        let study = study?;
        let made = self.made(id, |deed| match deed {
            Deed::Enrol { name, study, .. } => (study == of).then_some(name),
            _ => None,
        });
        no(denials, made.is_none(), "EnrolmentUnknown");
        let made = made?;
        let Deed::Enrol {
            patient, indexes, ..
        } = made.deed
        else {
            return None;
        };
        no(denials, study.member != asker.member, "StudyNotYours");
        no(denials, study.approved_by.is_none(), "StudyNotApproved");
        no(denials, study.until <= asker.latest, "StudyExpired");
        no(denials, study.ended, "StudyEnded");
        let at = self.facts[made.number].at;
        let begins = match study.until - at > 30 * DAY {
            true => self.begins(made.number, at),
            false => at,
        };
        no(denials, asker.earliest < begins, "EnrolmentNotYet");
        no(denials, self.withdrawn(id), "EnrolmentWithdrawn");
        no(denials, reads != Some("HRESCH"), "PurposeNotAllowed");
        let reach = Reach::Indexes(indexes.clone());
        Some(found(asker, patient, reach, None))
    }

    pub fn withdrawn(&self, id: &str) -> bool {
        self.since(
            0,
            |deed| matches!(deed, Deed::Withdraw { enrolment } if enrolment == id),
        )
    }

    /// Whether a member has not said within 30 days who its staff on a ticket was, and has not said so since.
    pub fn name_overdue(&self, member: &str, now: Ms) -> bool {
        self.facts.iter().any(|fact| {
            let Deed::Demand { ticket: asked } = &fact.act.deed else {
                return false;
            };
            let said = self.since(
                0,
                |deed| matches!(deed, Deed::Say { ticket } if ticket == asked),
            );
            asked.split('/').next() == Some(member) && !said && fact.at + 30 * DAY <= now
        })
    }
}
