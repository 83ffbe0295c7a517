//! The model: requests that a record be amended, what they let a member write, and what goes with a record that was not amended.
use super::act::{Deed, Ms, Word};
use super::basis::{found, no};
use super::model::{Asker, DAY, Denials, Found, Model, Reach};

/// A request.
pub struct Wish {
    pub patient: Word,
    pub note: String,
    pub asked: Ms,
    /// When it was answered, and whether by a refusal.
    pub answered: Option<(Ms, bool)>,
    pub disagreement: Option<String>,
}

impl Wish {
    /// Until when whoever is asked may write.
    fn writes_until(&self) -> Ms {
        match (self.answered, &self.disagreement) {
            (None, _) => self.asked + 366 * DAY,
            (Some((answered, true)), None) => answered + 366 * DAY,
            (Some(_), _) => 0,
        }
    }
}

impl Model {
    /// The requests for the amendment of a record, in their order.
    pub fn wishes(&self, about: &str) -> Vec<Wish> {
        let mut wishes: Vec<Wish> = Vec::new();
        for fact in &self.facts {
            match &fact.act.deed {
                Deed::Wish {
                    about: record,
                    patient,
                    note,
                    ..
                } if record == about => wishes.push(Wish {
                    patient,
                    note: note.clone(),
                    asked: fact.at,
                    answered: None,
                    disagreement: None,
                }),
                Deed::Answer {
                    about: record,
                    number,
                    how,
                    ..
                } if record == about && *how != "extended" => {
                    wishes[*number].answered = Some((fact.at, *how != "accepted"));
                }
                Deed::Disagree {
                    about: record,
                    number,
                    note,
                } if record == about => wishes[*number].disagreement = Some(note.clone()),
                _ => {}
            }
        }
        wishes
    }

    /// What patients asked and stated where a member refused to amend one of these records of its own.
    pub fn travelling(&self, member: &str, records: &[String]) -> Vec<String> {
        let own = records.iter().filter(|id| {
            let record = self.record(id);
            record.is_some_and(|record| record.member == member)
        });
        let wishes = own.flat_map(|id| self.wishes(id));
        let refused = wishes.filter(|wish| matches!(wish.answered, Some((_, true))));
        refused
            .flat_map(|wish| [Some(wish.note), wish.disagreement])
            .flatten()
            .collect()
    }

    pub fn amendment(
        &self,
        asker: &Asker<'_>,
        about: &str,
        number: usize,
        denials: &mut Denials,
    ) -> Option<Found> {
        let wish = self.wishes(about).into_iter().nth(number);
        let (Some(wish), Some(record)) = (wish, self.record(about)) else {
            denials.push("AmendmentUnknown");
            return None;
        };
        no(denials, record.member != asker.member, "RecordNotYours");
        let closed = wish.writes_until() <= asker.latest;
        no(denials, closed, "AmendmentClosed");
        let reach = Reach::Indexes(vec![record.index]);
        Some(found(asker, wish.patient, reach, None))
    }
}
