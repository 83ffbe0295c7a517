//! The language of tables: one transaction a line.
//!
//! ```text
//! time  sponsor+cosigner..  call words.. ; call ..  => outcome [Event ..]
//! 10    a+c1                discharge a/v1          => ok [EncounterClosed]
//! ```
//! The outcome is `ok`, or a refusal, `@n` behind it when it is not the first call, or `!` and a refusal of admission. Words are
//! positional, then `name=value`. The sponsor signs with its transaction key, or as `a@seed:x` with another. A line `epoch`, with a time
//! or without, is an empty block that ends an epoch; its events are those of the end, `ChangeDropped:` with its refusal behind it.
use super::word::*;
use amanat_types::call::*;
use amanat_types::change::{Change, MemberKeys, RotateKeys, SetJurisdiction};
use amanat_types::code::{
    DisclosureCause, GrantAccess, JournalKind, MemberKind, RegistrationReason, RetractReason,
};
use amanat_types::codec::{List, Text};
use amanat_types::genesis::GenesisMember;
use amanat_types::id::{BlobDigest, SealingKey};
use amanat_types::state::{MemberKey, NetworkLimits};
use amanat_types::{Digest, MemberId, PublicKey, Purpose, Role};
use std::collections::BTreeMap;

/// One transaction and what is expected of it.
pub struct Line {
    /// Milliseconds after genesis.
    pub at_ms: u64,
    /// Who pays.
    pub sponsor: MemberId,
    /// What the sponsor signs with, if not its first transaction key.
    pub signer: Option<PublicKey>,
    /// Keys that sign after the sponsor's.
    pub cosigners: Vec<PublicKey>,
    /// Who holds the blobs of its deposits.
    pub holders: Vec<MemberId>,
    /// The calls.
    pub calls: Vec<Call>,
    /// What is expected.
    pub outcome: String,
    /// Names of events, if the line says.
    pub events: Option<Vec<String>>,
}

/// The words of one call.
pub struct Words<'w> {
    plain: Vec<&'w str>,
    named: BTreeMap<&'w str, &'w str>,
}

impl<'w> Words<'w> {
    fn of(text: &'w str) -> Self {
        let (mut plain, mut named) = (Vec::new(), BTreeMap::new());
        for word in text.split_whitespace() {
            match word.split_once('=') {
                Some((name, value)) => drop(named.insert(name, value)),
                None => plain.push(word),
            }
        }
        Self { plain, named }
    }
    /// The value of a word with a name.
    pub fn get(&self, name: &str, default: &'w str) -> &'w str {
        self.named.get(name).copied().unwrap_or(default)
    }
    /// A word by its position.
    pub fn at(&self, position: usize) -> &'w str {
        self.plain[position]
    }
    /// Whether a word stands there.
    pub fn has(&self, word: &str) -> bool {
        self.plain.contains(&word)
    }
}

/// Reads one line.
pub fn parse(text: &str) -> Line {
    let (left, right) = text.split_once("=>").unwrap_or((text, "ok"));
    let left = left.trim();
    let (at, rest) = left.split_once(char::is_whitespace).unwrap();
    let (signers, calls) = rest.trim().split_once(char::is_whitespace).unwrap();
    let mut signers = signers.split('+');
    let sponsor = signers.next().unwrap();
    let (sponsor, signer) = match sponsor.split_once('@') {
        Some((sponsor, signer)) => (sponsor, Some(key(signer))),
        None => (sponsor, None),
    };
    let sponsor = member(sponsor);
    let held = Words::of(calls).get("held", "a,b").to_owned();
    let (outcome, events) = match right.split_once('[') {
        Some((outcome, events)) => {
            let events = events.trim().trim_end_matches(']').split_whitespace();
            (outcome, Some(events.map(str::to_owned).collect()))
        }
        None => (right, None),
    };
    Line {
        at_ms: ms(at),
        sponsor,
        signer,
        cosigners: signers.map(key).collect(),
        holders: split(&held).map(member).collect(),
        calls: calls.split(';').map(call).collect(),
        outcome: outcome.trim().to_owned(),
        events,
    }
}

/// When it ends.
pub fn until(w: &Words<'_>) -> amanat_types::TimestampMs {
    time(w.get("until", "1000"))
}

/// A commitment to a text.
pub fn owner_of(one: &str, other: &str) -> amanat_types::id::Commitment {
    owner(one, other)
}

const READER: SealingKey = SealingKey::new([9; 32]);

fn call(text: &str) -> Call {
    let w = Words::of(text);
    let until = |default| time(w.get("until", default));
    match w.at(0) {
        "practitioner" => Call::RegisterPractitioner(RegisterPractitioner {
            local: local(w.at(1)),
            key: key(w.get("key", w.at(1))),
            role: Role::parse(w.get("role", "clinician")).unwrap(),
            until_ms: until("300d"),
        }),
        "end" => Call::EndPractitioner(EndPractitioner {
            practitioner: practitioner(w.at(1)),
        }),
        "propose" => Call::Propose(Propose {
            local: local(w.at(1)),
            change: change(&w),
        }),
        "vote" => Call::Vote(Vote {
            proposal: proposal(w.at(1)),
            approve: match w.at(2) {
                "yes" => true,
                "no" => false,
                other => panic!("no such vote: {other}"),
            },
        }),
        "patient" => Call::RegisterPatient(RegisterPatient {
            patient: patient(w.at(1)),
            card: key(w.get("card", "")),
            emergency: openings(w.get("emergency", "")),
        }),
        "issue" => Call::IssueCard(IssueCard {
            patient: patient(w.at(1)),
            card: key(w.get("card", "")),
        }),
        "block" => Call::BlockCard(BlockCard {
            patient: patient(w.at(1)),
            card: key(w.at(2)),
        }),
        "declare" => {
            let declare = |word: &&str| {
                let (x, p) = word.split_once('/').unwrap();
                IndexDeclaration {
                    index: index(x),
                    owner: owner(x, p),
                }
            };
            let declarations = w.plain[1..].iter().map(declare).collect();
            Call::DeclareIndexes(DeclareIndexes {
                declarations: List::new(declarations).unwrap(),
            })
        }
        "checkin" => Call::CheckIn(CheckIn {
            local: local(w.at(1)),
            patient: patient(w.at(2)),
            openings: openings(w.get("open", "")),
            write: w.plain.contains(&"write"),
            until_ms: until("1000"),
            ticket_until_ms: time(w.get("ticket", "500")),
            reader: READER,
        }),
        "nocard" => Call::RegisterWithoutCard(RegisterWithoutCard {
            local: local(w.at(1)),
            patient: patient(w.at(2)),
            reason: RegistrationReason::parse(w.get("reason", "import")).unwrap(),
            openings: openings(w.get("open", "")),
            emergency: indexes(w.get("emergency", "")),
            until_ms: until("1000"),
        }),
        "discharge" => Call::Discharge(Discharge {
            encounter: encounter(w.at(1)),
        }),
        "grant" => Call::Grant(Grant {
            local: local(w.at(1)),
            patient: patient(w.at(2)),
            grantee: match w.get("to", "") {
                to if to.contains('/') => Grantee::Practitioner(practitioner(to)),
                to => Grantee::Member(member(to)),
            },
            access: GrantAccess::parse(w.get("access", "read")).unwrap(),
            purposes: {
                let words = split(w.get("for", "TREAT"));
                List::new(words.map(|word| Purpose::parse(word).unwrap()).collect()).unwrap()
            },
            openings: openings(w.get("open", "")),
            until_ms: until("1000"),
        }),
        "revoke" => Call::Revoke(Revoke {
            grant: grant(w.at(1)),
        }),
        "deposit" => Call::Deposit(deposit(&w)),
        "amend" => Call::Amend(Amend {
            supersedes: record(w.get("over", "")),
            deposit: deposit(&w),
        }),
        "retract" => Call::Retract(Retract {
            record: record(w.at(1)),
            reason: RetractReason::parse(w.get("reason", "duplicate")).unwrap(),
        }),
        "name" => Call::NameSuccessor(NameSuccessor {
            successor: w.named.get("to").map(|word| member(word)),
        }),
        "keep" => {
            let mut records: Vec<_> = split(w.get("records", "")).map(record).collect();
            records.sort();
            if w.plain.contains(&"backwards") {
                records.reverse();
            }
            Call::Keep(Keep {
                from: member(w.get("from", "")),
                records: List::new(records).unwrap(),
            })
        }
        "request" => Call::Request(request(&w)),
        "glass" => Call::BreakGlass(BreakGlass {
            local: local(w.at(1)),
            patient: patient(w.at(2)),
            until_ms: until("1000"),
            reader: READER,
        }),
        "justify" => Call::Justify(Justify {
            ticket: ticket(w.at(1)),
            justification: owner("why", "because"),
        }),
        "anchor" => Call::Anchor(Anchor {
            journal: JournalKind::parse(w.at(1)).unwrap(),
            count: w.at(2).parse().unwrap(),
            head: digest_of(w.at(2)),
        }),
        other => super::person::call(&w)
            .or_else(|| super::care::call(&w))
            .or_else(|| super::law::call(&w))
            .or_else(|| super::amendment::call(&w))
            .or_else(|| super::erasure::call(&w))
            .unwrap_or_else(|| panic!("no such call: {other}")),
    }
}

fn change(w: &Words<'_>) -> Change {
    let subject = || member(w.at(3));
    let number = |at: usize| w.at(at).parse::<u64>().unwrap();
    match w.at(2) {
        "admit" => Change::AdmitMember(GenesisMember {
            member: subject(),
            name: Text::new("new").unwrap(),
            kind: MemberKind::Laboratory,
            keys: keys(w),
            sealing: READER,
        }),
        "suspend" => Change::SuspendMember(subject()),
        "reinstate" => Change::ReinstateMember(subject()),
        "remove" => Change::RemoveMember(subject()),
        "rotate" => Change::RotateKeys(RotateKeys {
            member: subject(),
            keys: keys(w),
            sealing: READER,
        }),
        "limits" => Change::SetLimits(NetworkLimits {
            member_units_per_block: number(3),
            emergency_units_per_block: number(4),
        }),
        "protocol" => Change::SetProtocol(number(3).try_into().unwrap()),
        "retention" => Change::SetRetention(number(3).try_into().unwrap()),
        "place" => Change::SetJurisdiction(SetJurisdiction {
            member: subject(),
            jurisdiction: place(w.at(4)),
        }),
        other => panic!("no such change: {other}"),
    }
}

/// Keys of `tx,vault@seed:x`: the subject's own of that purpose, or another.
fn keys(w: &Words<'_>) -> MemberKeys {
    let one = |word: &str| {
        let (name, other) = word.split_once('@').unzip();
        let name = name.unwrap_or(word);
        let own = format!("{name}:{}", w.at(3));
        MemberKey {
            purpose: purpose(name),
            key: key(other.unwrap_or(&own)),
        }
    };
    List::new(split(w.get("keys", "tx")).map(one).collect()).unwrap()
}

fn digest_of(word: &str) -> Digest {
    amanat_types::digest("amanat/test/blob", &[word.as_bytes()])
}

/// The blob of the record that is called so.
pub fn blob(word: &str) -> BlobDigest {
    BlobDigest::new(digest_of(word).0)
}

fn deposit(w: &Words<'_>) -> Deposit {
    let basis = match w.get("by", "").split_once(':') {
        Some(("visit", id)) => WriteBasis::Encounter(encounter(id)),
        Some(("grant", id)) => WriteBasis::Grant(grant(id)),
        Some(("permit", id)) => WriteBasis::Permit(permit_id(id)),
        Some(("order", id)) => WriteBasis::Order(order(id)),
        Some(("amendment", id)) => WriteBasis::Amendment(super::amendment::named(id)),
        _ => WriteBasis::Directory(Unit),
    };
    Deposit {
        local: local(w.at(1)),
        blob: blob(w.at(1)),
        bucket: w.get("bucket", "0").parse().unwrap(),
        index: index(w.at(2)),
        basis,
        stored: List::empty(),
    }
}

fn request(w: &Words<'_>) -> Request {
    let basis = match w.get("by", "none").split_once(':') {
        Some(("grant", id)) => ReadBasis::Consent(grant(id)),
        Some(("visit", id)) => ReadBasis::Treatment(encounter(id)),
        Some(("card", id)) => ReadBasis::Patient(patient(id)),
        Some(("permit", id)) => ReadBasis::Permit(permit_id(id)),
        Some(("care", at)) => ReadBasis::Care(super::care::care(at)),
        Some(("order", id)) => ReadBasis::Order(order(id)),
        Some(("mandate", id)) => ReadBasis::Mandate(mandate_id(id)),
        Some(("study", at)) => super::law::enrolled(at),
        Some(("pay", id)) => super::law::disclosed(id, DisclosureCause::Payment),
        Some(("report", id)) => super::law::disclosed(id, DisclosureCause::Report),
        _ if w.get("by", "none") == "dir" => ReadBasis::Directory(Unit),
        _ => ReadBasis::None(Unit),
    };
    let records: Vec<_> = split(w.get("records", "")).map(record).collect();
    let scope = match records.is_empty() {
        true => Scope::Indexes(indexes(w.get("indexes", ""))),
        false => Scope::Records(List::new(records).unwrap()),
    };
    Request {
        local: local(w.at(1)),
        patient: w.named.get("of").map(|word| patient(word)),
        scope,
        basis,
        purpose: Purpose::parse(w.get("for", "TREAT")).unwrap(),
        until_ms: time(w.get("until", "1000")),
        reader: READER,
        openings: openings(w.get("open", "")),
    }
}
