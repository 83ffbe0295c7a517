//! Whether two Patients are the same person, as far as identifiers, names, father's name, birth date and gender tell (FHIR R4, Patient-match).
//!
//! | what agrees | grade | score |
//! |-|-|-|
//! | an identifier, and nothing speaks against it | certain | 1.00 |
//! | an identifier, but the names share nothing, or the birth dates differ | possible | 0.50 |
//! | name and birth date; the father's name agrees | probable | 0.95 |
//! | name and birth date; the father's name is not known of both | probable | 0.85 |
//! | name and birth date; the father's name differs | possible | 0.60 |
//! | name and year of birth, where one of them has no more | possible | 0.60 |
//! | a part of the name, birth date and father's name | possible | 0.55 |
//! | name and father's name, the birth date is not known of both | possible | 0.50 |
//!
//! Another identifier of the same system is another person, unless some identifier agrees. Where the genders differ, probable is possible, and what was possible is none.
//!
//! Names are compared by their consonants, so that spellings of one name in Latin letters agree (`Hussain`, `Hosein`); the many of Muhammad are one.
use std::collections::BTreeSet;

use serde_json::Value;

use crate::resource::Resource;

/// Identifiers of a Patient that count.
const IDENTIFIERS_MAX: usize = 16;
/// Names of a Patient that count, and parts of a name.
const NAMES_MAX: usize = 8;
/// Bytes of a text that counts.
const TEXT_BYTES_MAX: usize = 256;
/// Words before and between names that name nobody.
const NOT_NAMES: [&str; 16] = [
    "mr", "mrs", "ms", "miss", "dr", "prof", "s", "d", "w", "o", "bin", "bint", "ibn", "son", "of",
    "daughter",
];
/// How Muhammad is written.
const MUHAMMAD: [&str; 9] = [
    "muhammad", "mohammad", "mohammed", "muhammed", "mohamed", "mohamad", "muhamad", "mohd", "muhd",
];

/// What a Patient is known by, ready to be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Likeness {
    /// System, if one is named, and value without its punctuation.
    identifiers: BTreeSet<(Option<String>, String)>,
    names: Vec<BTreeSet<String>>,
    fathers: Vec<BTreeSet<String>>,
    born: Option<String>,
    gender: Option<String>,
}

/// How sure it is that two Patients are the same person: `match-grade` of FHIR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// It may be.
    Possible,
    /// It is likely.
    Probable,
    /// It is, as far as can be known.
    Certain,
}

impl Grade {
    /// The code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Probable => "probable",
            Self::Certain => "certain",
        }
    }
}

/// How two Patients agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// How sure.
    pub grade: Grade,
    /// The score in hundredths.
    pub hundredths: u8,
}

const fn agree(grade: Grade, hundredths: u8) -> Option<Agreement> {
    Some(Agreement { grade, hundredths })
}

/// How two names agree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Names {
    Differ,
    Unknown,
    Partly,
    Wholly,
}

impl Likeness {
    /// Of a Patient. What is too long or too much is passed over.
    pub fn of(patient: &Resource) -> Self {
        let contacts = items(patient.get("contact"));
        let fathers = contacts.filter(|one| is_father(one));
        Self {
            identifiers: items(patient.get("identifier"))
                .filter_map(identifier)
                .take(IDENTIFIERS_MAX)
                .collect(),
            names: items(patient.get("name"))
                .map(name)
                .filter(|name| !name.is_empty())
                .take(NAMES_MAX)
                .collect(),
            fathers: fathers
                .filter_map(|one| one.get("name"))
                .map(name)
                .filter(|name| !name.is_empty())
                .take(NAMES_MAX)
                .collect(),
            born: patient.text("birthDate").map(str::to_owned),
            gender: patient.text("gender").map(str::to_owned),
        }
    }

    /// What two Patients that may be the same person share one of, at least.
    pub fn keys(&self) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        keys.extend(
            self.identifiers
                .iter()
                .map(|(_, value)| format!("i/{value}")),
        );
        keys.extend(self.born.iter().map(|born| format!("b/{born}")));
        let joined = |name: &BTreeSet<String>| name.iter().cloned().collect::<Vec<_>>().join(" ");
        keys.extend(self.names.iter().map(|name| format!("n/{}", joined(name))));
        keys
    }

    /// How this Patient and another agree; nothing if there is no reason to think that they are the same person.
    pub fn agrees(&self, other: &Self) -> Option<Agreement> {
        let names = best(&self.names, &other.names);
        let fathers = best(&self.fathers, &other.fathers);
        let born = (self.born.as_deref(), other.born.as_deref());
        let (same_day, same_year, other_day) = match born {
            (Some(one), Some(other)) => {
                let year = one.get(..4).is_some() && one.get(..4) == other.get(..4);
                let whole = one.len() == 10 && other.len() == 10;
                (
                    one == other && whole,
                    year && !whole,
                    !year || (whole && one != other),
                )
            }
            _ => (false, false, false),
        };
        let found = if self.shares_identifier(other) {
            match names == Names::Differ || other_day {
                true => agree(Grade::Possible, 50),
                false => agree(Grade::Certain, 100),
            }
        } else if self.contradicts(other) {
            None
        } else {
            match (names, fathers) {
                (Names::Wholly, Names::Wholly) if same_day => agree(Grade::Probable, 95),
                (Names::Wholly, Names::Unknown) if same_day => agree(Grade::Probable, 85),
                (Names::Wholly, _) if same_day || same_year => agree(Grade::Possible, 60),
                (Names::Partly, Names::Wholly) if same_day => agree(Grade::Possible, 55),
                (Names::Wholly, Names::Wholly) if !other_day => agree(Grade::Possible, 50),
                _ => None,
            }
        };
        let found = found?;
        let genders = self.gender.as_deref().zip(other.gender.as_deref());
        match (
            genders.is_some_and(|(one, other)| one != other),
            found.grade,
        ) {
            (false, _) | (true, Grade::Certain) => Some(found),
            (true, Grade::Probable) => agree(Grade::Possible, 60),
            (true, Grade::Possible) => None,
        }
    }

    fn shares_identifier(&self, other: &Self) -> bool {
        self.identifiers.iter().any(|(system, value)| {
            let mut others = other.identifiers.iter();
            others.any(|(of, same)| {
                same == value && (of == system || of.is_none() || system.is_none())
            })
        })
    }

    /// Whether both have an identifier of one system, and not the same.
    fn contradicts(&self, other: &Self) -> bool {
        self.identifiers.iter().any(|(system, _)| {
            let mut others = other.identifiers.iter();
            system.is_some() && others.any(|(of, _)| of == system)
        })
    }
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let many = value
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    many.iter()
}

fn text(value: Option<&Value>) -> Option<&str> {
    value?.as_str().filter(|text| text.len() <= TEXT_BYTES_MAX)
}

fn identifier(value: &Value) -> Option<(Option<String>, String)> {
    let bare: String = text(value.get("value"))?
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let system = text(value.get("system")).map(str::to_owned);
    (!bare.is_empty()).then_some((system, bare))
}

fn is_father(contact: &Value) -> bool {
    let codings = items(contact.get("relationship")).flat_map(|one| items(one.get("coding")));
    let mut codes = codings.filter_map(|coding| text(coding.get("code")));
    codes.any(|code| matches!(code, "FTH" | "NFTH"))
}

/// The parts of a HumanName, as they are compared.
fn name(value: &Value) -> BTreeSet<String> {
    let given = items(value.get("given")).filter_map(|one| text(Some(one)));
    let family = text(value.get("family"));
    let parts: Vec<&str> = given.chain(family).collect();
    let parts = match parts.is_empty() {
        true => text(value.get("text")).into_iter().collect(),
        false => parts,
    };
    let words = parts
        .iter()
        .flat_map(|part| part.split(|c: char| !c.is_alphabetic()));
    let words = words.map(|word| {
        word.chars()
            .flat_map(char::to_lowercase)
            .collect::<String>()
    });
    let words = words.filter(|word| !word.is_empty() && !NOT_NAMES.contains(&word.as_str()));
    words.take(NAMES_MAX).map(|word| skeleton(&word)).collect()
}

/// A word by what is written alike in every spelling: its first letter and its consonants, doubled ones once. Other scripts stay as they are, but for the two ways of
/// writing yeh and kaf.
fn skeleton(word: &str) -> String {
    if MUHAMMAD.contains(&word) {
        return "mhmd".to_owned();
    }
    let mut bare = String::with_capacity(word.len());
    for (at, c) in word.chars().enumerate() {
        let c = match c {
            'q' | 'c' => 'k',
            'v' => 'w',
            'z' => 's',
            'ي' => 'ی',
            'ك' => 'ک',
            other => other,
        };
        let silent = matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'h' | 'w');
        let mark = matches!(c, '\u{064b}'..='\u{0652}');
        if mark || (at > 0 && silent) || bare.ends_with(c) {
            continue;
        }
        bare.push(c);
    }
    bare
}

fn best(ours: &[BTreeSet<String>], theirs: &[BTreeSet<String>]) -> Names {
    if ours.is_empty() || theirs.is_empty() {
        return Names::Unknown;
    }
    let pairs = ours
        .iter()
        .flat_map(|one| theirs.iter().map(move |other| compare(one, other)));
    pairs.max().unwrap_or(Names::Unknown)
}

/// Two names agree wholly if they are the same, or the shorter has two parts at least and the longer has them all.
fn compare(one: &BTreeSet<String>, other: &BTreeSet<String>) -> Names {
    let shared = one.intersection(other).count();
    let shorter = one.len().min(other.len());
    match shared {
        0 => Names::Differ,
        shared if one == other || (shared == shorter && shorter > 1) => Names::Wholly,
        _ => Names::Partly,
    }
}
