//! The model: each basis, whether it is in force for whoever asks, and what it reaches.
use super::act::{By, Deed, Seat, To, Word};
use super::model::{Asker, DAY, Denials, Found, Model, Reach, kind_of, lies_in, role};

/// What was made, by whom, by which act.
pub struct Made<'m> {
    pub number: usize,
    pub member: Word,
    pub deed: &'m Deed,
}

impl Model {
    pub fn made(&self, id: &str, is: impl Fn(&Deed) -> Option<&String>) -> Option<Made<'_>> {
        self.facts.iter().enumerate().find_map(|(number, fact)| {
            let name = is(&fact.act.deed)?;
            (format!("{}/{name}", fact.act.member) == id).then_some(Made {
                number,
                member: fact.act.member,
                deed: &fact.act.deed,
            })
        })
    }

    /// The basis, if it is there; every reason against it. `reads` is the purpose of a reader, nothing of a writer.
    pub fn basis(
        &self,
        asker: &Asker<'_>,
        by: &By,
        reads: Option<&str>,
        signers: &[String],
        denials: &mut Denials,
    ) -> Option<Found> {
        match by {
            By::Grant(id) => self.grant(asker, id, reads, denials),
            By::Permit(id) => self.permit(asker, id, reads, denials),
            By::Visit(id) | By::Care(id, ..) => self.visit(asker, by, id, reads, denials),
            By::Order(id) => self.order(asker, id, reads, denials),
            By::Mandate(id) => self.mandate(asker, id, reads, denials),
            By::Report(id) => self.disclosure(asker, id, true, reads, denials),
            By::Payment(id) => self.disclosure(asker, id, false, reads, denials),
            By::Study(study, id) => self.enrolment(asker, study, id, reads, denials),
            By::Amendment(about, number) => self.amendment(asker, about, *number, denials),
            By::Patient(patient) => {
                let speaker = self.speaker(patient, signers, |link| link.reads, asker.latest);
                denials.extend(speaker.as_ref().err());
                no(denials, reads != Some("PATRQT"), "PurposeNotAllowed");
                let found = found(asker, patient, Reach::Indexes(Vec::new()), None);
                let speaker = speaker.ok();
                Some(Found { speaker, ..found })
            }
            By::Directory => {
                let lawful = reads.is_none_or(|purpose| ["TREAT", "HOPERAT"].contains(&purpose));
                no(denials, !lawful, "PurposeNotAllowed");
                let found = found(asker, "", Reach::Directory, None);
                Some(Found {
                    patient: None,
                    ..found
                })
            }
            By::Nothing => {
                denials.push("NoBasis");
                None
            }
        }
    }

    fn grant(
        &self,
        asker: &Asker<'_>,
        id: &str,
        reads: Option<&str>,
        denials: &mut Denials,
    ) -> Option<Found> {
        let made = self.made(id, |deed| match deed {
            Deed::Grant { name, .. } => Some(name),
            _ => None,
        });
        no(denials, made.is_none(), "GrantUnknown");
        let made = made?;
        let Deed::Grant {
            patient,
            to,
            access,
            purposes,
            indexes,
            until,
            ..
        } = made.deed
        else {
            return None;
        };
        let acting = self.grantee(asker, to);
        no(denials, acting.is_none(), "GranteeNotYou");
        no(denials, *until <= asker.latest, "GrantExpired");
        let revokes = |deed: &Deed| matches!(deed, Deed::Revoke { grant } if grant == id);
        no(denials, self.since(made.number, revokes), "GrantRevoked");
        allows(access, purposes, reads, denials);
        Some(found(
            asker,
            patient,
            Reach::Indexes(indexes.clone()),
            acting.flatten(),
        ))
    }

    fn permit(
        &self,
        asker: &Asker<'_>,
        id: &str,
        reads: Option<&str>,
        denials: &mut Denials,
    ) -> Option<Found> {
        let made = self.made(id, |deed| match deed {
            Deed::Permit { name, .. } => Some(name),
            _ => None,
        });
        no(denials, made.is_none(), "PermitUnknown");
        let made = made?;
        let Deed::Permit {
            patient,
            to,
            access,
            purposes,
            indexes,
            records,
            heights,
            from,
            until,
            ..
        } = made.deed
        else {
            return None;
        };
        let mut begins = (*from).max(self.facts[made.number].at);
        if until - begins > 30 * DAY {
            begins = self.begins(made.number, begins);
        }
        let acting = self.grantee(asker, to);
        no(denials, acting.is_none(), "GranteeNotYou");
        let elsewhere = matches!(to, To::RoleAtKindWithin(.., code) if !self.place(asker.member).is_some_and(|place| lies_in(place, code)));
        no(denials, elsewhere, "MemberElsewhere");
        no(denials, asker.earliest < begins, "PermitNotYet");
        no(denials, *until <= asker.latest, "PermitExpired");
        let revokes = |deed: &Deed| matches!(deed, Deed::Unpermit { permit } if permit == id);
        no(denials, self.since(made.number, revokes), "PermitRevoked");
        allows(access, purposes, reads, denials);
        let reach = Reach::Narrow(indexes.clone(), records.clone(), *heights);
        Some(found(asker, patient, reach, acting.flatten()))
    }

    fn visit(
        &self,
        asker: &Asker<'_>,
        by: &By,
        id: &str,
        reads: Option<&str>,
        denials: &mut Denials,
    ) -> Option<Found> {
        let made = self.made(id, |deed| match deed {
            Deed::CheckIn { name, .. } | Deed::Register { name, .. } => Some(name),
            _ => None,
        });
        no(denials, made.is_none(), "EncounterUnknown");
        let made = made?;
        let (patient, indexes, until, writes, registers) = match made.deed {
            Deed::CheckIn {
                patient,
                indexes,
                until,
                write,
                ..
            } => (patient, indexes, until, *write, false),
            Deed::Register {
                patient,
                indexes,
                until,
                ..
            } => (patient, indexes, until, true, true),
            _ => return None,
        };
        no(denials, made.member != asker.member, "EncounterNotYours");
        no(
            denials,
            registers && reads.is_some(),
            "RegistrationIsWriteOnly",
        );
        let ended = self.visit_ended(made.number, id, *until, asker.latest, reads.is_none());
        no(denials, ended, "EncounterEnded");
        no(
            denials,
            reads.is_some_and(|purpose| purpose != "TREAT"),
            "PurposeNotAllowed",
        );
        no(denials, !writes && reads.is_none(), "EncounterNoWrite");
        let mut seated = None;
        if reads.is_some()
            && let Some(team) = self.strict_team(id)
        {
            let seats = |one: &&&str| {
                team.iter()
                    .any(|seat| matches!(seat, Seat::Practitioner(own) if own == *one))
            };
            seated = asker
                .present
                .iter()
                .find(seats)
                .map(|one| (*one).to_owned());
            let staff = match by {
                By::Care(_, staff, role, ward) => {
                    team.contains(&Seat::Staff(staff)) || team.contains(&Seat::Ward(ward, role))
                }
                _ => false,
            };
            no(denials, seated.is_none() && !staff, "NotInTeam");
        }
        if reads.is_some() && matches!(by, By::Care(..)) {
            let overdue = self.name_overdue(asker.member, asker.latest);
            no(denials, overdue, "NameOverdue");
        }
        Some(found(
            asker,
            patient,
            Reach::Indexes(indexes.clone()),
            seated,
        ))
    }

    fn order(
        &self,
        asker: &Asker<'_>,
        id: &str,
        reads: Option<&str>,
        denials: &mut Denials,
    ) -> Option<Found> {
        let made = self.made(id, |deed| match deed {
            Deed::Order { name, .. } => Some(name),
            _ => None,
        });
        no(denials, made.is_none(), "OrderUnknown");
        let made = made?;
        let Deed::Order {
            visit,
            to,
            indexes,
            refers,
            until,
            ..
        } = made.deed
        else {
            return None;
        };
        let results = refers.is_none() && reads.is_some();
        let whose = if results { made.member } else { *to };
        no(denials, whose != asker.member, "OrderNotYours");
        no(denials, *until <= asker.latest, "OrderExpired");
        let ends = |deed: &Deed| matches!(deed, Deed::EndOrder { order } if order == id);
        no(denials, self.since(made.number, ends), "OrderEnded");
        no(
            denials,
            reads.is_some_and(|purpose| purpose != "TREAT"),
            "PurposeNotAllowed",
        );
        let silent = matches!(refers, Some((false, _)));
        no(denials, reads.is_none() && silent, "OrderNoWrite");
        let reach = match refers {
            None if results => Reach::Records(self.results(id)),
            None => Reach::Indexes(indexes.clone()),
            Some((_, records)) => Reach::Narrow(indexes.clone(), records.clone(), None),
        };
        Some(found(asker, self.patient_of(visit), reach, None))
    }

    /// Nothing if consent is to somebody else; else who makes it the asker's, if that is one practitioner.
    fn grantee(&self, asker: &Asker<'_>, to: &To) -> Option<Option<String>> {
        let of_role = |wanted: &str| {
            let fit = |one: &&&str| role(one) == wanted && self.acts(one);
            let first = asker.present.iter().find(fit);
            first.map(|one| Some((*one).to_owned()))
        };
        match to {
            To::Member(member) => (*member == asker.member).then_some(None),
            To::Practitioner(one) => {
                let there = asker.present.contains(one) && self.acts(one);
                there.then(|| Some((*one).to_owned()))
            }
            To::RoleAt(role, at) if *at == asker.member => of_role(role),
            To::RoleAtKind(role, kind) | To::RoleAtKindWithin(role, kind, _)
                if *kind == kind_of(asker.member) =>
            {
                of_role(role)
            }
            To::RoleAt(..) | To::RoleAtKind(..) | To::RoleAtKindWithin(..) => None,
        }
    }

    fn patient_of(&self, visit: &str) -> Word {
        let made = self.made(visit, |deed| match deed {
            Deed::CheckIn { name, .. } | Deed::Register { name, .. } => Some(name),
            _ => None,
        });
        match made.unwrap().deed {
            Deed::CheckIn { patient, .. } | Deed::Register { patient, .. } => patient,
            other => panic!("no visit: {other:?}"),
        }
    }

    fn results(&self, id: &str) -> Vec<String> {
        let mut results = Vec::new();
        for fact in &self.facts {
            if let Deed::Deposit {
                name,
                by: By::Order(order),
                ..
            } = &fact.act.deed
                && order == id
            {
                results.push(format!("{}/{name}", fact.act.member));
            }
        }
        results
    }
}

pub fn no(denials: &mut Denials, denies: bool, why: &'static str) {
    if denies {
        denials.push(why);
    }
}

/// Whether consent is to read for this purpose, or to write.
fn allows(access: &str, purposes: &[Word], reads: Option<&str>, denials: &mut Denials) {
    match reads {
        Some(purpose) => {
            no(denials, access == "write", "GrantNoRead");
            no(denials, !purposes.contains(&purpose), "PurposeNotAllowed");
        }
        None => no(denials, access == "read", "GrantNoWrite"),
    }
}

pub fn found(asker: &Asker<'_>, patient: Word, reach: Reach, acting: Option<String>) -> Found {
    let first = asker.present.first().map(|one| (*one).to_owned());
    Found {
        patient: Some(patient),
        reach,
        acting: acting.or(first),
        speaker: None,
    }
}
