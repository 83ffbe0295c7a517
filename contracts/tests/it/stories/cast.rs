//! Who takes part in stories, and what stands on the ledger before each of them.
use crate::book::{Book, START_MS, member_key};
use amanat_types::code::KeyPurpose;
use amanat_types::codec::{List, Text};
use amanat_types::genesis::{self, Genesis, GenesisMember};
use amanat_types::id::SealingKey;
use amanat_types::state::MemberKey;
use amanat_types::{MemberId, MemberKind, TimestampMs};

/// A member of the cast: name, letter in the language of tables, kind.
pub const MEMBERS: [(&str, &str, MemberKind); 8] = [
    ("City Hospital", "a", MemberKind::Hospital),
    ("Lakeside Hospital", "b", MemberKind::Hospital),
    ("Central Laboratory", "c", MemberKind::Laboratory),
    ("Valley Clinic", "d", MemberKind::Hospital),
    ("Health Authority", "e", MemberKind::Regulator),
    ("Corner Pharmacy", "f", MemberKind::Pharmacy),
    ("Crescent Insurance", "g", MemberKind::Insurer),
    ("Institute of Medicine", "h", MemberKind::Research),
];

/// A practitioner: name, word and role in the language of tables, letter of the member.
pub const PRACTITIONERS: [(&str, &str, &str, &str); 13] = [
    ("Dr Noor", "drnoor", "clinician", "a"),
    ("Dr Hamid", "drhamid", "clinician", "a"),
    ("Nurse Saima", "saima", "nurse", "a"),
    ("Registrar Yusuf", "yusuf", "registrar", "a"),
    ("Dr Rehman", "drrehman", "clinician", "b"),
    ("Nurse Lubna", "lubna", "nurse", "b"),
    ("Registrar Zahid", "zahid", "registrar", "b"),
    ("Technician Ali", "ali", "technician", "c"),
    ("Dr Khan", "drkhan", "clinician", "d"),
    ("Registrar Sana", "sana", "registrar", "d"),
    ("Officer Malik", "malik", "officer", "e"),
    ("Officer Bano", "bano", "officer", "e"),
    ("Pharmacist Iqbal", "iqbal", "pharmacist", "f"),
];

/// Patients who have a card before a story begins. Noor is Dr Noor when she is ill.
pub const WITH_CARD: [&str; 8] = [
    "Amina", "Bashir", "Farah", "Tariq", "Omar", "Noor", "Khalid", "Rabia",
];

/// Patients whom no member knows before a story begins.
pub const WITHOUT_CARD: [&str; 2] = ["Zara", "Stranger"];

/// Categories of records. Every patient has an index of each; `emergency` is what a patient leaves open for broken glass.
pub const CATEGORIES: [&str; 5] = ["emergency", "imaging", "laboratory", "notes", "psychiatry"];

/// Midnight of 1 January 2026, UTC: day 0 of every story.
pub const DAY_0_MS: u64 = 1_767_225_600_000;

/// The word of a patient in the language of tables.
pub fn patient_word(name: &str) -> Option<String> {
    let known = WITH_CARD.contains(&name) || WITHOUT_CARD.contains(&name);
    known.then(|| name.to_lowercase())
}

/// The letter of a member.
pub fn member_letter(name: &str) -> Option<&'static str> {
    let found = MEMBERS.iter().find(|(member, ..)| *member == name);
    found.map(|(_, letter, _)| *letter)
}

/// A practitioner in the language of tables, as whose: `a/drnoor`.
pub fn practitioner_word(name: &str) -> Option<String> {
    let found = PRACTITIONERS.iter().find(|(own, ..)| *own == name);
    found.map(|(_, word, _, letter)| format!("{letter}/{word}"))
}

fn founder(letter: &str, kind: MemberKind) -> GenesisMember {
    let member = crate::book::member(letter);
    let purposes = [
        KeyPurpose::Transaction,
        KeyPurpose::Vault,
        KeyPurpose::Consensus,
    ];
    // Five validate, so that one may be suspended; the others observe.
    let validates = member < MemberId::new(6);
    let keys = purposes
        .into_iter()
        .filter(|purpose| validates || *purpose != KeyPurpose::Consensus)
        .map(|purpose| MemberKey {
            purpose,
            key: member_key(member, purpose),
        });
    GenesisMember {
        member,
        name: Text::new("member").unwrap(),
        kind,
        keys: List::new(keys.collect()).unwrap(),
        sealing: SealingKey::new([7; 32]),
    }
}

/// The ledger of these members at genesis, on day 0.
pub fn founded() -> Book {
    let members = MEMBERS.map(|(_, letter, kind)| founder(letter, kind));
    Book::founded(&Genesis {
        version: genesis::VERSION,
        name: Text::new("stories").unwrap(),
        time_ms: TimestampMs::new(DAY_0_MS),
        protocol: genesis::PROTOCOL,
        epoch_blocks: 100,
        members: List::new(members.to_vec()).unwrap(),
    })
}

/// The ledger before each story: members, practitioners for thirty years, cards, declared indexes; Amina has a second key.
pub fn before() -> Book {
    let mut book = founded();
    let at = DAY_0_MS - START_MS;
    let mut lines = Vec::new();
    for (_, word, role, letter) in PRACTITIONERS {
        lines.push(format!(
            "{letter}+{word} practitioner {word} role={role} until={at}+10950d"
        ));
    }
    for name in WITH_CARD.iter().chain(&WITHOUT_CARD) {
        let name = name.to_lowercase();
        let declared = CATEGORIES.map(|category| format!("{category}-{name}/{name}"));
        lines.push(format!("a declare {}", declared.join(" ")));
    }
    for name in WITH_CARD.map(str::to_lowercase) {
        lines.push(format!(
            "a+card-{name} patient {name} card=card-{name} emergency=emergency-{name}"
        ));
    }
    lines.push("a+card-amina+second-amina+yusuf second amina second-amina".to_owned());
    for line in lines {
        book.check(&format!("{at} {line} => ok"));
    }
    book
}
