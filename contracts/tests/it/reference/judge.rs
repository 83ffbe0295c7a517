//! The model: tickets, writes and releases, each with every reason against it.
use super::act::{Act, By, Deed, Ms, Scope, Word};
use super::model::{Asker, Denials, Found, Model, Reach, Ticket, unopened};
use super::person::Speaker;

impl Model {
    /// A ticket that is asked for at `at`.
    pub fn ask(&self, act: &Act, at: Ms) -> (Denials, Option<Ticket>) {
        let Deed::Ask {
            by,
            purpose,
            scope,
            patient,
            openings,
            until,
            ..
        } = &act.deed
        else {
            panic!("nothing is asked for: {act:?}");
        };
        let asker = Asker {
            member: act.member,
            present: self.present(act),
            earliest: at,
            latest: at,
        };
        let mut denials = Denials::new();
        let Some(mut found) = self.basis(&asker, by, Some(purpose), &act.signers, &mut denials)
        else {
            return (denials, None);
        };
        if let By::Patient(of) = by {
            if let Some(why) = unopened(of, openings) {
                denials.push(why);
                return (denials, None);
            }
            found.reach = Reach::Indexes(openings.clone());
        }
        if patient.is_some() && *patient != found.patient {
            denials.push("PatientMismatch");
        }
        self.items(&asker, by, purpose, scope, &found, &mut denials);
        let ticket = Ticket {
            member: act.member,
            acting: found.acting,
            patient: found.patient,
            by: by.clone(),
            speaker: found.speaker,
            glass: false,
            purpose,
            scope: scope.clone(),
            until: *until,
            made: self.facts.len(),
        };
        (denials, Some(ticket))
    }

    fn items(
        &self,
        asker: &Asker<'_>,
        by: &By,
        purpose: Word,
        scope: &Scope,
        found: &Found,
        denials: &mut Denials,
    ) {
        let restricted = |index: &str, record: Option<&str>| {
            self.restricted(asker, by, found.patient, Some(purpose), index, record)
        };
        match scope {
            Scope::Records(records) => {
                for id in records {
                    let Some(record) = self.record(id) else {
                        denials.push("RecordUnknown");
                        continue;
                    };
                    if !found.reach.covers(id, &record) {
                        denials.push("ScopeOutsideBasis");
                    }
                    if restricted(record.index, Some(id)) {
                        denials.push("Restricted");
                    }
                }
            }
            Scope::Indexes(indexes) => {
                let outside = indexes.iter().filter(|index| !found.reach.opens(index));
                denials.extend(outside.map(|_| "ScopeOutsideBasis"));
                if indexes.iter().all(|index| restricted(index, None)) {
                    denials.push("Restricted");
                }
            }
        }
    }

    /// A record that is to be written at `at`.
    pub fn write(&self, act: &Act, at: Ms) -> Denials {
        let Deed::Deposit {
            index, by, over, ..
        } = &act.deed
        else {
            panic!("nothing is written: {act:?}");
        };
        let mut denials = Denials::new();
        if let Some(over) = over {
            match self.record(over) {
                None => return vec!["RecordUnknown"],
                Some(old) if old.member != act.member => return vec!["RecordNotYours"],
                Some(old) if old.retracted => return vec!["RecordRetracted"],
                Some(_) if self.superseded(over) => return vec!["RecordSuperseded"],
                Some(old) if old.index != *index => return vec!["IndexChanged"],
                Some(_) => {}
            }
        }
        let asker = Asker {
            member: act.member,
            present: self.present(act),
            earliest: at,
            latest: at,
        };
        if let Some(found) = self.basis(&asker, by, None, &act.signers, &mut denials) {
            let inside = match by {
                By::Directory => index.strip_prefix("dir:") == Some(act.member),
                _ => found.reach.opens(index),
            };
            if !inside {
                denials.push("IndexOutsideBasis");
            }
            if self.restricted(&asker, by, found.patient, None, index, over.as_deref()) {
                denials.push("Restricted");
            }
        }
        denials
    }

    fn superseded(&self, id: &str) -> bool {
        let mut deeds = self.facts.iter().map(|fact| &fact.act.deed);
        deeds.any(|deed| matches!(deed, Deed::Deposit { over: Some(over), .. } if over == id))
    }

    /// Records that are to be let go of under a ticket; of the basis why it has ended.
    pub fn release(
        &self,
        ticket: &Ticket,
        records: &[String],
        earliest: Ms,
        latest: Ms,
    ) -> Denials {
        let mut denials = Denials::new();
        let present = ticket.acting.as_deref().into_iter().collect();
        let asker = Asker {
            member: ticket.member,
            present,
            earliest,
            latest,
        };
        if ticket.until <= latest {
            denials.push("TicketEnded");
        }
        if self.suspended(ticket.member) {
            denials.push("MemberUnknown");
        }
        let reach = self.stands(ticket, &asker, &mut denials);
        for id in records {
            let Some(record) = self.record(id) else {
                denials.push("RecordUnknown");
                continue;
            };
            let named = match &ticket.scope {
                Scope::Records(records) => records.contains(id),
                Scope::Indexes(indexes) => indexes.contains(&record.index),
            };
            let kept = !ticket.glass
                && self.restricted(
                    &asker,
                    &ticket.by,
                    ticket.patient,
                    Some(ticket.purpose),
                    record.index,
                    Some(id),
                );
            let against = [
                (!named, "RecordOutsideTicket"),
                (!reach.covers(id, &record), "RecordOutsideBasis"),
                (record.retracted, "RecordRetracted"),
                (kept, "RestrictedByPatient"),
            ];
            denials.extend(
                against
                    .iter()
                    .filter(|(denies, _)| *denies)
                    .map(|(_, why)| why),
            );
        }
        denials
    }

    /// What the basis of a ticket reaches now, and why it has ended.
    fn stands(&self, ticket: &Ticket, asker: &Asker<'_>, denials: &mut Denials) -> Reach {
        if ticket.glass {
            let by = asker.present[0];
            let ended = |deed: &Deed| matches!(deed, Deed::EndPractitioner { practitioner } if *practitioner == by);
            if self.facts.iter().any(|fact| ended(&fact.act.deed)) {
                denials.push("PractitionerEnded");
            }
            return Reach::Whole;
        }
        match (&ticket.by, &ticket.speaker) {
            (By::Patient(patient), Some(Speaker::Own)) => {
                denials.extend(self.spoke_on(patient, ticket.made, asker.latest).err());
                Reach::Whole
            }
            (By::Patient(patient), Some(Speaker::Guardian(guardian, kind))) => {
                if !self.link_held(patient, guardian, kind, ticket.made, asker.latest) {
                    denials.push("LinkNotInForce");
                }
                denials.extend(self.spoke_on(guardian, ticket.made, asker.latest).err());
                Reach::Whole
            }
            (By::Directory, _) => Reach::Whole,
            (by, _) => {
                let found = self.basis(asker, by, Some(ticket.purpose), &[], denials);
                found.map_or(Reach::Whole, |found| found.reach)
            }
        }
    }
}
