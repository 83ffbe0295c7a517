//! Changes that members vote on, and the state of proposals.
use super::*;
use amanat_types::change::{MemberKeys, RotateKeys, SetJurisdiction};
use amanat_types::codec::Text;
use amanat_types::genesis::GenesisMember;

pub fn changes() -> Vec<(&'static str, Change)> {
    let member = MemberId::new(5);
    let keys: MemberKeys = list(vec![
        MemberKey {
            purpose: KeyPurpose::Transaction,
            key: PublicKey::Ed25519([1; 32]),
        },
        MemberKey {
            purpose: KeyPurpose::Governance,
            key: PublicKey::P256([2; 33]),
        },
    ]);
    let sealing = SealingKey::new([3; 32]);
    vec![
        (
            "AdmitMember",
            Change::AdmitMember(GenesisMember {
                member,
                name: Text::new("five").expect("short"),
                kind: MemberKind::Laboratory,
                keys: keys.clone(),
                sealing,
            }),
        ),
        ("SuspendMember", Change::SuspendMember(member)),
        ("ReinstateMember", Change::ReinstateMember(member)),
        ("RemoveMember", Change::RemoveMember(member)),
        (
            "RotateKeys",
            Change::RotateKeys(RotateKeys {
                member,
                keys,
                sealing,
            }),
        ),
        ("SetLimits", Change::SetLimits(NetworkLimits::START)),
        ("SetProtocol", Change::SetProtocol(2)),
        (
            "SetJurisdiction",
            Change::SetJurisdiction(SetJurisdiction {
                member,
                jurisdiction: Jurisdiction::parse("PK-SD").expect("a code"),
            }),
        ),
        ("SetRetention", Change::SetRetention(2_192)),
    ]
}

/// State values of votes.
pub fn governance() -> Vec<(&'static str, Vec<u8>)> {
    let proposal = |status: ProposalStatus| Proposal {
        proposer: MemberId::new(1),
        change: Change::SetProtocol(2),
        made_ms: TimestampMs::new(3),
        ballots: list(vec![Ballot {
            member: MemberId::new(1),
            approve: true,
        }]),
        status,
    };
    let statuses = [
        ("state/proposal/open", ProposalStatus::Open(Unit)),
        ("state/proposal/scheduled", ProposalStatus::Scheduled(4)),
        ("state/proposal/applied", ProposalStatus::Applied(4)),
        (
            "state/proposal/dropped",
            ProposalStatus::Dropped(Refusal::MemberGone),
        ),
        (
            "state/proposal/failed",
            ProposalStatus::Failed(FailReason::Expired),
        ),
    ];
    let mut all: Vec<(&'static str, Vec<u8>)> = statuses
        .into_iter()
        .map(|(name, status)| (name, proposal(status).encode().to_vec()))
        .collect();
    let pending = |activates_epoch| Pending {
        proposal: id(ProposalId::new, 1),
        proposer: MemberId::new(2),
        made_ms: TimestampMs::new(3),
        activates_epoch,
    };
    let proposals = Proposals {
        pending: list(vec![pending(None), pending(Some(5))]),
    };
    all.push(("state/proposals", proposals.encode().to_vec()));
    all.push(("state/limits", NetworkLimits::START.encode().to_vec()));
    let member = Member {
        name: Text::new("five").expect("short"),
        kind: MemberKind::Regulator,
        standing: Standing::Suspended,
        keys: list(vec![]),
        sealing: SealingKey::new([3; 32]),
    };
    all.push(("state/member", member.encode().to_vec()));
    let retired = Actor::Retired(MemberId::new(1));
    all.push(("state/actor/retired", retired.encode().to_vec()));
    all
}
