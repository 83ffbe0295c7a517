//! One value of every call, event, state value and wire shape, made from counted bytes.
mod amendment;
mod care;
mod erasure;
mod governance;
mod header;
mod keys;
mod law;
mod persons;

pub use governance::changes;

use amanat_types::call::*;
use amanat_types::code::*;
use amanat_types::codec::List;
use amanat_types::event::{self, Event};
use amanat_types::id::*;
use amanat_types::journal::JournalEntry;
use amanat_types::key::{MemberSigner, PublicKey};
use amanat_types::receipt::{Outcome, Receipt, Refused, TransactionEvents};
use amanat_types::release::{Release, ReleaseRequest, ReleasedRecord, SignedRequest};
use amanat_types::state::*;
use amanat_types::stored::{StoredPath, sign_stored};
use amanat_types::transaction::{Body, Transaction, VERSION};
use amanat_types::{Call, Change, Digest, Height, Jurisdiction, Refusal, TimestampMs};
use commonware_codec::Encode;

pub fn id<T>(make: impl Fn([u8; 16]) -> T, byte: u8) -> T {
    make([byte; 16])
}

pub fn digest(byte: u8) -> Digest {
    amanat_types::digest("test", &[&[byte]])
}

pub fn list<T, const MAX: usize>(items: Vec<T>) -> List<T, MAX> {
    List::new(items).expect("samples are within their limits")
}

pub fn openings() -> Openings {
    list(vec![Opening {
        index: id(BlindIndex::new, 1),
        salt: Salt::new([2; 32]),
    }])
}

pub fn deposit() -> Deposit {
    Deposit {
        local: id(LocalId::new, 3),
        blob: BlobDigest::new([4; 32]),
        bucket: 2,
        index: id(BlindIndex::new, 5),
        basis: WriteBasis::Encounter(id(EncounterId::new, 6)),
        stored: list(vec![StoredPath {
            root: 0,
            position: 1,
            leaf_count: 2,
            siblings: list(vec![digest(7)]),
        }]),
    }
}

/// Every call.
pub fn calls() -> Vec<Call> {
    let mut calls = earlier_calls();
    calls.extend(persons::calls());
    calls.extend(care::calls());
    calls.extend(law::calls());
    calls.extend(amendment::calls());
    calls.extend(erasure::calls());
    calls
}

/// The calls of the first two versions, and those of the third by which members leave.
fn earlier_calls() -> Vec<Call> {
    let p256 = PublicKey::P256([9; 33]);
    let until_ms = TimestampMs::new(1_800_000_000_000);
    let patient = id(PatientId::new, 8);
    vec![
        Call::RegisterPractitioner(RegisterPractitioner {
            local: id(LocalId::new, 1),
            key: p256,
            role: Role::Nurse,
            until_ms,
        }),
        Call::EndPractitioner(EndPractitioner {
            practitioner: id(PractitionerId::new, 2),
        }),
        Call::Propose(Propose {
            local: id(LocalId::new, 22),
            change: Change::SuspendMember(MemberId::new(2)),
        }),
        Call::Vote(Vote {
            proposal: id(ProposalId::new, 23),
            approve: true,
        }),
        Call::RegisterPatient(RegisterPatient {
            patient,
            card: p256,
            emergency: openings(),
        }),
        Call::IssueCard(IssueCard {
            patient,
            card: p256,
        }),
        Call::BlockCard(BlockCard {
            patient,
            card: p256,
        }),
        Call::DeclareIndexes(DeclareIndexes {
            declarations: list(vec![IndexDeclaration {
                index: id(BlindIndex::new, 1),
                owner: Commitment::new([3; 32]),
            }]),
        }),
        Call::CheckIn(CheckIn {
            local: id(LocalId::new, 4),
            patient,
            openings: openings(),
            write: true,
            until_ms,
            ticket_until_ms: until_ms,
            reader: SealingKey::new([5; 32]),
        }),
        Call::RegisterWithoutCard(RegisterWithoutCard {
            local: id(LocalId::new, 6),
            patient,
            reason: RegistrationReason::Child,
            openings: openings(),
            emergency: list(vec![id(BlindIndex::new, 1)]),
            until_ms,
        }),
        Call::Discharge(Discharge {
            encounter: id(EncounterId::new, 7),
        }),
        Call::Grant(Grant {
            local: id(LocalId::new, 8),
            patient,
            grantee: Grantee::Member(MemberId::new(2)),
            access: GrantAccess::Read,
            purposes: list(vec![Purpose::Treat]),
            openings: openings(),
            until_ms,
        }),
        Call::Revoke(Revoke {
            grant: id(GrantId::new, 9),
        }),
        Call::Deposit(deposit()),
        Call::Amend(Amend {
            supersedes: id(RecordId::new, 10),
            deposit: deposit(),
        }),
        Call::Retract(Retract {
            record: id(RecordId::new, 11),
            reason: RetractReason::Duplicate,
        }),
        Call::NameSuccessor(NameSuccessor {
            successor: Some(MemberId::new(2)),
        }),
        Call::Keep(Keep {
            from: MemberId::new(2),
            records: list(vec![id(RecordId::new, 24), id(RecordId::new, 25)]),
        }),
        Call::Request(Request {
            local: id(LocalId::new, 12),
            patient: Some(patient),
            scope: Scope::Records(list(vec![id(RecordId::new, 13)])),
            basis: ReadBasis::Consent(id(GrantId::new, 14)),
            purpose: Purpose::Treat,
            until_ms,
            reader: SealingKey::new([15; 32]),
            openings: openings(),
        }),
        Call::BreakGlass(BreakGlass {
            local: id(LocalId::new, 16),
            patient,
            until_ms,
            reader: SealingKey::new([17; 32]),
        }),
        Call::Justify(Justify {
            ticket: id(TicketId::new, 18),
            justification: Commitment::new([19; 32]),
        }),
        Call::Anchor(Anchor {
            journal: JournalKind::Custodian,
            count: 20,
            head: digest(21),
        }),
    ]
}

pub fn transaction() -> Transaction {
    let signer = MemberSigner::from_seed([1; 32]);
    let network = digest(1);
    let body = Body {
        version: VERSION,
        network,
        sponsor: MemberId::new(1),
        sequence: 7,
        last_height: Height::new(100),
        signers: list(vec![signer.public_key()]),
        stored: list(vec![sign_stored(
            &MemberSigner::from_seed([2; 32]),
            &network,
            &[BlobDigest::new([4; 32])],
        )]),
        // Those of the first version: what is pinned of it never changes.
        calls: list(
            calls()
                .into_iter()
                .filter(|call| call.since() == 1)
                .collect(),
        ),
    };
    Transaction::sign(body, &signer)
}

pub fn events() -> Vec<Event> {
    let mut events = earlier_events();
    events.extend(persons::events());
    events.extend(care::events());
    events.extend(law::events());
    events.extend(amendment::events());
    events.extend(erasure::events());
    events
}

/// The events of the first two versions, and those of the third about members that leave.
fn earlier_events() -> Vec<Event> {
    let patient = id(PatientId::new, 1);
    let member = MemberId::new(3);
    let until_ms = TimestampMs::new(4);
    let scope = Scope::Indexes(list(vec![id(BlindIndex::new, 5)]));
    vec![
        Event::PatientRegistered(event::PatientRegistered {
            member,
            patient,
            card: true,
        }),
        Event::CardIssued(event::CardIssued {
            member,
            patient,
            card: PublicKey::P256([9; 33]),
        }),
        Event::ProposalMade(event::ProposalMade {
            proposal: id(ProposalId::new, 10),
            member,
            change: Change::RemoveMember(member),
            until_ms,
        }),
        Event::VoteCast(event::VoteCast {
            proposal: id(ProposalId::new, 10),
            member,
            approve: false,
        }),
        Event::ProposalPassed(event::ProposalPassed {
            proposal: id(ProposalId::new, 10),
            activates_epoch: 11,
        }),
        Event::ProposalFailed(event::ProposalFailed {
            proposal: id(ProposalId::new, 10),
            reason: FailReason::Rejected,
        }),
        Event::ChangeApplied(event::ChangeApplied {
            proposal: id(ProposalId::new, 10),
            change: Change::SetProtocol(2),
            epoch: 12,
        }),
        Event::ChangeDropped(event::ChangeDropped {
            proposal: id(ProposalId::new, 10),
            refusal: Refusal::TooFewValidators,
        }),
        Event::EncounterOpened(event::EncounterOpened {
            encounter: id(EncounterId::new, 6),
            member,
            patient,
            registration: Some(RegistrationReason::Import),
            write: true,
            indexes: list(vec![]),
            until_ms,
        }),
        Event::RecordDeposited(event::RecordDeposited {
            record: id(RecordId::new, 7),
            index: id(BlindIndex::new, 8),
            member,
            bucket: 1,
        }),
        Event::SuccessorNamed(event::SuccessorNamed {
            member,
            successor: None,
        }),
        Event::RecordsKept(event::RecordsKept {
            from: MemberId::new(2),
            member,
            records: list(vec![id(RecordId::new, 11)]),
        }),
        Event::TicketIssued(event::TicketIssued {
            ticket: id(TicketId::new, 9),
            member,
            practitioner: None,
            patient: Some(patient),
            basis: BasisKind::Treatment,
            purpose: Purpose::Treat,
            scope: scope.clone(),
            until_ms,
        }),
        Event::AccessRefused(event::AccessRefused {
            member,
            patient: None,
            basis: BasisKind::None,
            purpose: Purpose::Hoperat,
            scope,
            refusal: Refusal::NoBasis,
        }),
    ]
}

pub fn journal_entry() -> JournalEntry {
    JournalEntry {
        number: 0,
        previous: JournalEntry::start(),
        journal: JournalKind::Vault,
        releaser: MemberId::new(1),
        reader: MemberId::new(2),
        ticket: id(TicketId::new, 3),
        height: Height::new(4),
        time_ms: TimestampMs::new(5),
        records: list(vec![id(RecordId::new, 6)]),
    }
}

/// Named encodings of everything above and of the state values.
/// The events of the first version.
fn first_events() -> Vec<Event> {
    let first = |event: &Event| {
        let later = matches!(
            event,
            Event::CardIssued(_) | Event::SuccessorNamed(_) | Event::RecordsKept(_)
        );
        !later
    };
    earlier_events().into_iter().filter(first).collect()
}

pub fn encodings() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| all.push((name, bytes));
    for call in calls() {
        add(format!("call/{}", call.name()), call.encode().to_vec());
    }
    for event in events() {
        add(format!("event/{}", event.name()), event.encode().to_vec());
    }
    for (name, change) in changes() {
        add(format!("change/{name}"), change.encode().to_vec());
    }
    for (name, bytes) in governance::governance() {
        add(name.to_owned(), bytes);
    }
    for (name, bytes) in care::values()
        .into_iter()
        .chain(law::values())
        .chain(amendment::values())
        .chain(erasure::values())
    {
        add(name.to_owned(), bytes);
    }
    add("header".to_owned(), header::header(None).encode().to_vec());
    let next = amanat_types::block::NextEpoch {
        roster: header::roster(),
        protocol: 2,
    };
    add(
        "header/boundary".to_owned(),
        header::header(Some(next)).encode().to_vec(),
    );
    let checkpoint = amanat_types::proof::Checkpoint {
        network: digest(1),
        epoch: 2,
        roster: header::roster(),
    };
    add("checkpoint".to_owned(), checkpoint.encode().to_vec());
    add("transaction".to_owned(), transaction().encode().to_vec());
    let shared = crate::stored::with(2, &[1, 1, 2]);
    add("transaction/shared".to_owned(), shared.encode().to_vec());
    add(
        "transaction/id".to_owned(),
        transaction().id().as_bytes().to_vec(),
    );
    let receipt = Receipt {
        transaction: transaction().id(),
        outcome: Outcome::Refused(Refused {
            call: 1,
            refusal: Refusal::GrantRevoked,
        }),
        units: 9,
    };
    add("receipt/leaf".to_owned(), receipt.leaf().0.to_vec());
    add("receipt".to_owned(), receipt.encode().to_vec());
    let group = TransactionEvents {
        transaction: transaction().id(),
        events: list(first_events()),
    };
    add("events/leaf".to_owned(), group.leaf().0.to_vec());
    add("journal/hash".to_owned(), journal_entry().hash().0.to_vec());
    add("journal".to_owned(), journal_entry().encode().to_vec());
    let release = Release {
        height: Height::new(1),
        time_ms: TimestampMs::new(2),
        member: MemberId::new(3),
        reader: SealingKey::new([4; 32]),
        records: list(vec![ReleasedRecord {
            record: id(RecordId::new, 5),
            blob: BlobDigest::new([6; 32]),
            custodian: MemberId::new(7),
        }]),
    };
    add("release".to_owned(), release.encode().to_vec());
    let request = ReleaseRequest {
        ticket: id(TicketId::new, 1),
        seen: Height::new(2),
        records: list(vec![id(RecordId::new, 3)]),
    };
    let signed = SignedRequest::sign(
        &MemberSigner::from_seed([3; 32]),
        &digest(1),
        "POST /v1/release",
        MemberId::new(4),
        TimestampMs::new(5),
        request.encode().to_vec(),
    )
    .expect("a small body");
    add("signed-request".to_owned(), signed.to_bytes());
    let later = care::state_keys()
        .into_iter()
        .chain(law::state_keys())
        .chain(amendment::state_keys())
        .chain(erasure::state_keys());
    for (name, key) in keys::state_keys().into_iter().chain(later) {
        add(format!("state-key/{name}"), key.as_bytes().to_vec());
    }
    let ticket = Ticket {
        member: MemberId::new(1),
        practitioner: Some(id(PractitionerId::new, 2)),
        patient: Some(id(PatientId::new, 3)),
        basis: BasisRef::Grant(id(GrantId::new, 4)),
        purpose: Purpose::Treat,
        scope: Scope::Indexes(list(vec![id(BlindIndex::new, 5)])),
        reader: SealingKey::new([6; 32]),
        height: Height::new(7),
        until_ms: TimestampMs::new(8),
        justification: None,
    };
    add("state/ticket".to_owned(), ticket.encode().to_vec());
    let record = Record {
        member: MemberId::new(1),
        blob: BlobDigest::new([2; 32]),
        bucket: 3,
        index: id(BlindIndex::new, 4),
        holders: list(vec![MemberId::new(1), MemberId::new(2)]),
        height: Height::new(5),
        supersedes: None,
        superseded_by: Some(id(RecordId::new, 6)),
        retracted: None,
    };
    add("state/record".to_owned(), record.encode().to_vec());
    let succession = Succession {
        successor: Some(MemberId::new(1)),
        height: Height::new(2),
    };
    add("state/succession".to_owned(), succession.encode().to_vec());
    for (name, bytes) in persons::states() {
        add(name.to_owned(), bytes);
    }
    all
}
