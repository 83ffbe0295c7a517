//! The model: who may open what, from the acts that were accepted. Nothing here is clever, and nothing is shared with the contracts.
use super::act::{Act, By, Deed, Ms, Scope, Seat, What, Who, Word};
use super::person::Speaker;

pub const DAY: Ms = 24 * 3_600_000;

/// An act that was accepted.
#[derive(Clone, Debug)]
pub struct Fact {
    pub at: Ms,
    pub height: u64,
    pub act: Act,
}

/// All that was accepted.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub facts: Vec<Fact>,
}

/// A practitioner: word, role. The first letter says whose.
pub const STAFF: [(&str, &str); 10] = [
    ("adr", "clinician"),
    ("ad2", "clinician"),
    ("anu", "nurse"),
    ("arg", "registrar"),
    ("bdr", "clinician"),
    ("bnu", "nurse"),
    ("brg", "registrar"),
    ("cte", "technician"),
    ("eo1", "officer"),
    ("eo2", "officer"),
];

/// Whose an index is, and of which directory.
pub const INDEXES: [(&str, &str); 4] = [("x1", "p1"), ("x2", "p1"), ("y1", "p2"), ("z1", "kid")];

/// What broken glass opens.
pub const EMERGENCY: [(&str, &str); 2] = [("p1", "x1"), ("p2", "y1")];

/// A ticket.
#[derive(Clone, Debug)]
pub struct Ticket {
    pub member: Word,
    pub acting: Option<String>,
    pub patient: Option<Word>,
    pub by: By,
    /// With basis patient: by whom it was asked.
    pub speaker: Option<Speaker>,
    pub glass: bool,
    pub purpose: Word,
    pub scope: Scope,
    pub until: Ms,
    /// Which act asked for it.
    pub made: usize,
}

/// A record.
#[derive(Clone, Debug)]
pub struct Record {
    pub member: Word,
    pub index: Word,
    pub height: u64,
    /// Erased, or taken back.
    pub retracted: bool,
    pub erased: bool,
}

/// What a basis reaches.
#[derive(Clone, Debug)]
pub enum Reach {
    Indexes(Vec<Word>),
    /// Indexes, only these records of them if any are named, only of these heights.
    Narrow(Vec<Word>, Vec<String>, Option<(u64, u64)>),
    Records(Vec<String>),
    /// These records, while this member keeps them, and these notes about them, whoever does.
    Kept(Vec<String>, Word, Vec<String>),
    Directory,
    Whole,
}

/// Who asks, and when: by the earlier and the later clock.
#[derive(Clone, Debug)]
pub struct Asker<'a> {
    pub member: Word,
    pub present: Vec<&'a str>,
    pub earliest: Ms,
    pub latest: Ms,
}

/// Why not, in the documented order; nothing if it is lawful.
pub type Denials = Vec<&'static str>;

/// A basis that is there: its patient, what it reaches, who acts.
pub struct Found {
    pub patient: Option<Word>,
    pub reach: Reach,
    pub acting: Option<String>,
    pub speaker: Option<Speaker>,
}

pub fn role(practitioner: &str) -> &'static str {
    STAFF
        .iter()
        .find(|(word, _)| *word == practitioner)
        .unwrap()
        .1
}

fn whose(index: &str) -> &str {
    INDEXES
        .iter()
        .find(|(word, _)| *word == index)
        .map_or("", |(_, patient)| patient)
}

impl Model {
    pub fn named<'m, T>(
        &'m self,
        id: &str,
        of: impl Fn(&'m Fact, String) -> Option<(T, String)>,
    ) -> Option<(usize, T)> {
        self.facts.iter().enumerate().find_map(|(number, fact)| {
            let (found, name) = of(fact, format!("{}/", fact.act.member))?;
            (name == id).then_some((number, found))
        })
    }

    pub fn since(&self, number: usize, is: impl Fn(&Deed) -> bool) -> bool {
        self.facts[number..].iter().any(|fact| is(&fact.act.deed))
    }

    /// Whether a practitioner's registration stands; nobody's in these histories ends by time.
    pub fn acts(&self, practitioner: &str) -> bool {
        !self.since(0, |deed| matches!(deed, Deed::EndPractitioner { practitioner: ended } if *ended == practitioner))
    }

    /// Practitioners of the member who co-signed and whose registrations stand.
    pub fn present<'a>(&self, act: &'a Act) -> Vec<&'a str> {
        let signers = act.signers.iter().map(String::as_str);
        signers
            .filter(|signer| STAFF.iter().any(|(word, _)| word == signer))
            .filter(|signer| signer[..1] == *act.member && self.acts(signer))
            .collect()
    }

    pub fn suspended(&self, member: &str) -> bool {
        let mut suspended = false;
        for fact in &self.facts {
            if let Deed::Standing {
                member: of,
                suspended: now,
                ..
            } = &fact.act.deed
                && *of == member
            {
                suspended = *now;
            }
        }
        suspended
    }

    /// Where the members have said that a member is.
    pub fn place(&self, member: &str) -> Option<Word> {
        let said = |fact: &Fact| match &fact.act.deed {
            Deed::Place {
                member: of, code, ..
            } if *of == member => Some(*code),
            _ => None,
        };
        self.facts.iter().rev().find_map(said)
    }

    pub fn record(&self, id: &str) -> Option<Record> {
        self.record_before(self.facts.len(), id)
    }

    /// A record as it was before an act.
    pub fn record_before(&self, act: usize, id: &str) -> Option<Record> {
        let (number, (member, index, height)) =
            self.named(id, |fact, owner| match &fact.act.deed {
                Deed::Deposit { name, index, .. } => {
                    Some(((fact.act.member, *index, fact.height), owner + name))
                }
                _ => None,
            })?;
        let since = self.facts[..act].get(number..)?;
        let erases = |deed: &Deed| matches!(deed, Deed::Erase { records, .. } if records.iter().any(|one| one == id));
        let erased = since.iter().any(|fact| erases(&fact.act.deed));
        let takes_back = |deed: &Deed| matches!(deed, Deed::Retract { record } if record == id);
        let retracted = erased || since.iter().any(|fact| takes_back(&fact.act.deed));
        // Whoever took it over last keeps it.
        let mut keepers = since.iter().filter_map(|fact| {
            matches!(&fact.act.deed, Deed::Keep { record, .. } if record == id)
                .then_some(fact.act.member)
        });
        let member = keepers.next_back().unwrap_or(member);
        Some(Record {
            member,
            index,
            height,
            retracted,
            erased,
        })
    }

    /// Whether a visit reads, or writes, at a time: an end by discharge is at once; one by closing ends writing, and reading after its grace.
    pub fn visit_ended(&self, number: usize, id: &str, until: Ms, now: Ms, writing: bool) -> bool {
        let mut ends = until;
        for fact in &self.facts[number..] {
            match &fact.act.deed {
                Deed::Discharge { visit } if visit == id => ends = ends.min(fact.at),
                Deed::Close { visit, grace } if visit == id => {
                    ends = ends.min(if writing { fact.at } else { fact.at + grace });
                }
                _ => {}
            }
        }
        ends <= now
    }

    /// The strict team of a visit, if it has one.
    pub fn strict_team(&self, id: &str) -> Option<&Vec<Seat>> {
        let mut strict = None;
        for fact in &self.facts {
            if let Deed::Team {
                visit,
                strict: is,
                seats,
            } = &fact.act.deed
                && visit == id
            {
                strict = is.then_some(seats);
            }
        }
        strict
    }

    /// Whether a restriction of the patient keeps this from the asker.
    pub fn restricted(
        &self,
        asker: &Asker<'_>,
        by: &By,
        patient: Option<Word>,
        purpose: Option<&str>,
        index: &str,
        record: Option<&str>,
    ) -> bool {
        if matches!(
            by,
            By::Patient(_) | By::Amendment(..) | By::Directory | By::Mandate(_) | By::Report(_)
        ) {
            return false;
        }
        let mut roles: Vec<&str> = asker.present.iter().map(|one| role(one)).collect();
        if let By::Care(_, _, staff, _) = by {
            roles.push(staff);
        }
        let anybody = roles.is_empty();
        let place = self.place(asker.member);
        self.facts.iter().enumerate().any(|(number, fact)| {
            let Deed::Restrict { name, patient: of, who, access, purposes, what, until } = &fact.act.deed else {
                return false;
            };
            let id = format!("{}/{name}", fact.act.member);
            let lifted = self.since(number, |deed| {
                matches!(deed, Deed::Lift { patient: lifts, restriction } if lifts == of && *restriction == id)
            });
            let does = match purpose {
                Some(_) => *access != "write",
                None => *access != "read",
            };
            let denied = match who {
                Who::Everyone => true,
                Who::Member(member) => *member == asker.member,
                Who::Practitioner(one) => asker.present.contains(one) || anybody && one[..1] == *asker.member,
                Who::Role(role) => anybody || roles.contains(role),
                Who::RoleAt(role, at) => *at == asker.member && (anybody || roles.contains(role)),
                Who::Outside(code) => !place.is_some_and(|place| lies_in(place, code)),
                Who::Within(code) => !place.is_some_and(|place| !lies_in(place, code) && !lies_in(code, place)),
            };
            let on = match what {
                What::All => true,
                What::Indexes(indexes) => indexes.contains(&index),
                What::Records(records) => record.is_some_and(|record| records.iter().any(|one| one == record)),
            };
            let purpose = purpose.unwrap_or("TREAT");
            Some(*of) == patient
                && !lifted
                && does
                && (purposes.is_empty() || purposes.contains(&purpose))
                && asker.earliest < *until
                && denied
                && on
        })
    }
}

/// `PK-SD` lies in `PK`, and each in itself.
pub fn lies_in(place: &str, code: &str) -> bool {
    place == code || place.starts_with(&format!("{code}-"))
}

pub fn kind_of(member: &str) -> &'static str {
    match member {
        "c" => "laboratory",
        "e" => "regulator",
        "f" => "pharmacy",
        "g" => "insurer",
        "h" => "research",
        _ => "hospital",
    }
}

impl Reach {
    pub fn covers(&self, id: &str, record: &Record) -> bool {
        match self {
            Self::Indexes(indexes) => indexes.contains(&record.index),
            Self::Narrow(indexes, records, heights) => {
                indexes.contains(&record.index)
                    && (records.is_empty() || records.iter().any(|one| one == id))
                    && heights
                        .is_none_or(|(first, last)| first <= record.height && record.height <= last)
            }
            Self::Records(records) => records.iter().any(|one| one == id),
            Self::Kept(records, by, notes) => {
                let named = |all: &[String]| all.iter().any(|one| one == id);
                record.member == *by && named(records) || named(notes)
            }
            Self::Directory => record.index.strip_prefix("dir:") == Some(record.member),
            Self::Whole => true,
        }
    }

    pub fn opens(&self, index: &str) -> bool {
        match self {
            Self::Indexes(indexes) | Self::Narrow(indexes, ..) => indexes.contains(&index),
            Self::Directory => index.starts_with("dir:"),
            Self::Records(_) | Self::Kept(..) | Self::Whole => false,
        }
    }
}

/// Why openings do not show that indexes are the patient's.
pub fn unopened(patient: &str, openings: &[Word]) -> Option<&'static str> {
    for index in openings {
        let owner = whose(index);
        // A directory's is its member's.
        if owner.is_empty() && !index.starts_with("dir:") {
            return Some("IndexUnknown");
        }
        if owner != patient {
            return Some("IndexNotOwned");
        }
    }
    let twice = openings
        .iter()
        .any(|one| openings.iter().filter(|other| *other == one).count() > 1);
    twice.then_some("IndexRepeated")
}
