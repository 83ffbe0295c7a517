//! Words of the test language: ids, keys and salts made from names.
use super::START_MS;
use amanat_types::call::{Indexes, Opening, Openings};
use amanat_types::code::KeyPurpose;
use amanat_types::id::{Commitment, Salt};
use amanat_types::{
    BlindIndex, DisclosureId, EncounterId, EnrolmentId, GrantId, HoldId, Jurisdiction, LocalId,
    MandateId, MemberId, OrderId, PatientId, PermitId, PractitionerId, ProposalId, PublicKey,
    RecordId, RestrictionId, StudyId, TicketId, TimestampMs, digest,
};

fn bytes(kind: &str, word: &str) -> [u8; 32] {
    digest("amanat/test", &[kind.as_bytes(), word.as_bytes()]).0
}

fn short(kind: &str, word: &str) -> [u8; 16] {
    bytes(kind, word)[..16].try_into().unwrap()
}

/// `a` is member 1.
pub fn member(word: &str) -> MemberId {
    let letter = word.bytes().next().unwrap();
    assert_eq!(word.len(), 1, "a member is one letter: {word}");
    MemberId::new(u16::from(letter - b'a') + 1)
}

/// `PK`, `PK-SD`.
pub fn place(code: &str) -> Jurisdiction {
    Jurisdiction::parse(code).unwrap()
}

/// The P-256 key of a card or practitioner; `ed:word` and `seed:word` are Ed25519 keys instead, the latter a true
/// point of the curve; `tx:a`, `vault:a`, `con:a` and `gov:a` are a member's.
pub fn key(word: &str) -> PublicKey {
    use amanat_types::key::MemberSigner;
    match word.split_once(':') {
        Some(("ed", word)) => PublicKey::Ed25519(bytes("key", word)),
        Some(("seed", word)) => MemberSigner::from_seed(bytes("key", word)).public_key(),
        Some((name, word)) => super::member_key(member(word), purpose(name)),
        _ => {
            let mut key = [2; 33];
            key[1..].copy_from_slice(&bytes("key", word));
            PublicKey::P256(key)
        }
    }
}

/// What a key of a member may do, in short.
pub fn purpose(word: &str) -> KeyPurpose {
    match word {
        "tx" => KeyPurpose::Transaction,
        "vault" => KeyPurpose::Vault,
        "con" => KeyPurpose::Consensus,
        "gov" => KeyPurpose::Governance,
        other => panic!("no such purpose: {other}"),
    }
}

/// The caller's own name for a thing.
pub fn local(word: &str) -> LocalId {
    LocalId::new(short("local", word))
}

/// A pseudonym.
pub fn patient(word: &str) -> PatientId {
    PatientId::new(short("patient", word))
}

/// A blind index; `dir:a` is the directory of a member.
pub fn index(word: &str) -> BlindIndex {
    match word.split_once(':') {
        Some(("dir", word)) => BlindIndex::directory(member(word)),
        _ => BlindIndex::new(short("index", word)),
    }
}

/// The commitment of an index to a patient.
pub fn owner(index_word: &str, patient_word: &str) -> Commitment {
    let salt = Salt::new(bytes("salt", index_word));
    Commitment::owner(&salt, &patient(patient_word), &index(index_word))
}

/// Openings of `x1,x2`; `x1~` opens with a wrong salt. Nothing for an empty word.
pub fn openings(words: &str) -> Openings {
    let opening = |word: &str| Opening {
        index: index(word.trim_end_matches('~')),
        salt: Salt::new(bytes("salt", word)),
    };
    Openings::new(split(words).map(opening).collect()).unwrap()
}

/// Indexes of `x1,x2`.
pub fn indexes(words: &str) -> Indexes {
    Indexes::new(split(words).map(index).collect()).unwrap()
}

/// The parts of `a,b,c`.
pub fn split(words: &str) -> impl Iterator<Item = &str> {
    words.split(',').filter(|word| !word.is_empty())
}

/// `a/v1` is what member `a` calls `v1`.
fn named(word: &str) -> (MemberId, LocalId) {
    let (by, name) = word
        .split_once('/')
        .unwrap_or_else(|| panic!("no member in {word}"));
    (member(by), local(name))
}

macro_rules! derived {
    ($($name:ident $id:ident),*) => {$(
        /// The id of what a member calls so.
        pub fn $name(word: &str) -> $id {
            let (member, local) = named(word);
            $id::derive(member, local)
        }
    )*};
}
derived!(hold_id HoldId, study_id StudyId, enrolment_id EnrolmentId, mandate_id MandateId, disclosure_id DisclosureId, permit_id PermitId, restriction RestrictionId, order OrderId, encounter EncounterId, grant GrantId, record RecordId, ticket TicketId, practitioner PractitionerId, proposal ProposalId);

/// Milliseconds of `90`, `24h`, `24h+1`, `4h-1`, `180d`; of `1988.02`, the first of that month, as counted from genesis.
pub fn ms(word: &str) -> u64 {
    if let Some((one, other)) = word.split_once('+') {
        return ms(one) + ms(other);
    }
    if let Some((one, other)) = word.split_once('-') {
        return ms(one) - ms(other);
    }
    if let Some((year, month)) = word.split_once('.') {
        return first_of(year.parse().unwrap(), month.parse().unwrap()) - START_MS;
    }
    let (digits, unit) = match word.as_bytes().last() {
        Some(b'h') => (&word[..word.len() - 1], 3_600_000),
        Some(b'd') => (&word[..word.len() - 1], 24 * 3_600_000),
        _ => (word, 1),
    };
    digits
        .parse::<u64>()
        .unwrap_or_else(|_| panic!("no time: {word}"))
        * unit
}

/// Midnight of the first of a month, UTC, of a year before 2100.
fn first_of(year: u64, month: u64) -> u64 {
    let leap_days = (year - 1969) / 4 + u64::from(year.is_multiple_of(4) && month > 2);
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let days = (year - 1970) * 365 + leap_days + before[usize::try_from(month - 1).unwrap()];
    days * 24 * 3_600_000
}

/// The time of a word.
pub fn time(word: &str) -> TimestampMs {
    TimestampMs::new(START_MS + ms(word))
}
