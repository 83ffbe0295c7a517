//! Draws requests for amendment, what is said to them, and erasure.
use super::act::{Act, By, Deed, Word};
use super::draw::Drawing;
use super::model::INDEXES;

impl Drawing<'_> {
    /// The member that keeps a record, its index, and whose it is.
    fn known(&mut self, record: &str) -> (Word, Word, Word) {
        let (member, index) = match self.model.record(record) {
            Some(record) => (record.member, record.index),
            None => ("a", "x1"),
        };
        let owner = INDEXES.iter().find(|(one, _)| *one == index);
        (member, index, owner.map_or("p1", |(_, patient)| patient))
    }

    /// A record of the same index, mostly that of a member if one is named.
    fn note(&mut self, index: Word, of: Option<Word>) -> String {
        let filed = self.filed(|one, _| one == index);
        let own: Vec<String> = filed
            .iter()
            .filter(|id| of.is_none_or(|of| id.starts_with(of)))
            .cloned()
            .collect();
        match own.is_empty() || self.dice.once_in(12) {
            true => self.record(),
            false => self.dice.pick(&own),
        }
    }

    /// A request that was made; now and then one that was not.
    pub(super) fn wished(&mut self) -> (String, usize) {
        let made = self
            .model
            .facts
            .iter()
            .filter_map(|fact| match &fact.act.deed {
                Deed::Wish { about, .. } => Some(about.clone()),
                _ => None,
            });
        let made: Vec<String> = made.collect();
        let about = match made.is_empty() {
            true => self.record(),
            false => self.dice.pick(&made),
        };
        let last = self.model.wishes(&about).len().saturating_sub(1);
        let number = if self.dice.once_in(16) {
            last + 1
        } else {
            last
        };
        (about, number)
    }

    /// Whether a deposit is to answer a request: under which, by whom, where.
    pub(super) fn answering(&mut self) -> Option<(By, Word, Word)> {
        let made = self
            .model
            .since(0, |deed| matches!(deed, Deed::Wish { .. }));
        if !made || !self.dice.once_in(3) {
            return None;
        }
        let (about, number) = self.wished();
        let (member, index, _) = self.known(&about);
        let member = if self.dice.once_in(8) {
            self.member()
        } else {
            member
        };
        let index = if self.dice.once_in(8) {
            self.dice.pick(&["x1", "x2"])
        } else {
            index
        };
        Some((By::Amendment(about, number), member, index))
    }

    /// Asks, answers or disagrees.
    pub(super) fn wish(&mut self) -> Act {
        let made = self
            .model
            .since(0, |deed| matches!(deed, Deed::Wish { .. }));
        let step = if made { self.dice.below(6) } else { 0 };
        if step < 2 {
            let about = self.record();
            let (_, index, patient) = self.known(&about);
            let note = self.note(index, None);
            let deed = Deed::Wish {
                about,
                patient,
                note: note.clone(),
                indexes: vec![index],
            };
            return Act {
                member: Self::owner(&note),
                signers: self.speaker(patient),
                deed,
            };
        }
        let (about, number) = self.wished();
        let (member, index, patient) = self.known(&about);
        if step < 4 {
            let how = self
                .dice
                .pick(&["accurate", "accurate", "accurate", "accepted", "extended"]);
            let note = self.note(index, Some(member));
            return Act {
                member,
                signers: Vec::new(),
                deed: Deed::Answer {
                    about,
                    number,
                    how,
                    note,
                },
            };
        }
        let note = self.note(index, None);
        Act {
            member: Self::owner(&note),
            signers: self.speaker(patient),
            deed: Deed::Disagree {
                about,
                number,
                note,
            },
        }
    }

    /// What goes with a record that was not amended, more often than not; and now and then anything else.
    pub(super) fn with_notes(&mut self, member: Word, records: &mut Vec<String>) {
        let notes = self.model.travelling(member, records);
        if !notes.is_empty() && !self.dice.once_in(3) {
            records.extend(notes);
        }
        let mut seen = Vec::new();
        records.retain(|id| {
            let new = !seen.contains(id);
            seen.push(id.clone());
            new
        });
    }

    /// Erases, mostly at who keeps the record.
    pub(super) fn erase(&mut self) -> Act {
        let mut record = self.record();
        let erased = self
            .model
            .facts
            .iter()
            .find_map(|fact| match &fact.act.deed {
                Deed::Erase { records, .. } => records.first().cloned(),
                _ => None,
            });
        if self.dice.once_in(6) {
            record = erased.unwrap_or(record);
        }
        let (member, index, patient) = self.known(&record);
        let indexes = match self.dice.below(12) {
            0 => vec!["u9"],
            1 => self.indexes(patient),
            _ => vec![index],
        };
        let mut records = vec![record];
        let more = self.record();
        if self.dice.once_in(6) && !records.contains(&more) {
            records.push(more);
        }
        Act {
            member: if self.dice.once_in(12) {
                self.member()
            } else {
                member
            },
            signers: self.speaker(patient),
            deed: Deed::Erase {
                patient,
                records,
                indexes,
            },
        }
    }

    /// A vote that nothing need be kept.
    pub(super) fn retention(&mut self) -> Act {
        Act {
            member: "a",
            signers: Vec::new(),
            deed: Deed::Retention { name: self.name() },
        }
    }
}
