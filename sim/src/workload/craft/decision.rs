//! What members decide together, and what costs too much.
use super::Author;
use crate::party::{
    LAST_AGAIN, NEWCOMER, NEWCOMER_AGAIN, NODES, consensus_signer, hospital, keys, member_signer,
    members, vault_signer,
};
use crate::plan::Sequel;
use amanat_types::call::{Call, Propose, Vote};
use amanat_types::change::RotateKeys;
use amanat_types::codec::List;
use amanat_types::id::{ProposalId, SealingKey};
use amanat_types::key::{MemberSigner, NAMESPACE_TRANSACTION};
use amanat_types::{Change, LocalId, MemberId, Transaction, limits};

/// The keys of a member that is to come, as they co-sign its proposal.
fn proofs(number: u16) -> Vec<MemberSigner> {
    vec![
        member_signer(number),
        vault_signer(number),
        consensus_signer(number),
    ]
}

/// All keys of a member are replaced by those of a number.
fn rotation(member: u16, number: u16) -> Change {
    Change::RotateKeys(RotateKeys {
        member: MemberId::new(member),
        keys: keys(number),
        sealing: SealingKey::new([9; 32]),
    })
}

impl Author {
    /// The proposals of the start, and the votes that pass them: the newcomer is admitted, and the keys of the last member are replaced if
    /// they are to be. Two thirds of seven are five.
    pub fn start(&mut self, rotates: bool) -> Vec<Transaction> {
        let mut changes = vec![(Change::AdmitMember(hospital(NEWCOMER)), 1)];
        let mut proven = proofs(NEWCOMER);
        if rotates {
            changes.push((rotation(NODES, LAST_AGAIN), 3));
            proven.extend(proofs(LAST_AGAIN));
        }
        self.decision(changes, &proven, 4)
    }

    /// What is decided once there are eight members, of whom two thirds are six; nothing if nothing is.
    pub fn sequel(&mut self, sequel: Sequel) -> Vec<Transaction> {
        let newcomer = MemberId::new(NEWCOMER);
        let (change, proofs) = match sequel {
            Sequel::None => return Vec::new(),
            Sequel::SuspendNewcomer => (Change::SuspendMember(newcomer), Vec::new()),
            Sequel::SuspendLast => (Change::SuspendMember(MemberId::new(NODES)), Vec::new()),
            Sequel::RotateNewcomer => (
                rotation(NEWCOMER, NEWCOMER_AGAIN),
                self::proofs(NEWCOMER_AGAIN),
            ),
        };
        self.decision(vec![(change, 2)], &proofs, 5)
    }

    /// Proposals, each with a number, in one transaction that the keys of `proofs` co-sign, and for all of them so many votes of others.
    fn decision(
        &mut self,
        changes: Vec<(Change, u8)>,
        proofs: &[MemberSigner],
        votes: usize,
    ) -> Vec<Transaction> {
        let local = |number: u8| LocalId::new([number; 16]);
        let sequence = changes
            .iter()
            .map(|(_, number)| u64::from(*number))
            .sum::<u64>();
        let ballots: Vec<Call> = changes
            .iter()
            .map(|(_, number)| {
                Call::Vote(Vote {
                    proposal: ProposalId::derive(self.number(), local(*number)),
                    approve: true,
                })
            })
            .collect();
        let proposals = changes.into_iter().map(|(change, number)| {
            let local = local(number);
            Call::Propose(Propose { local, change })
        });
        let mut body = self.body(Vec::new(), proposals.collect());
        let signer = member_signer(self.member);
        let keys = std::iter::once(&signer).chain(proofs);
        body.signers = List::new(keys.map(|key| key.public_key()).collect()).expect("few");
        let id = body.id();
        let proven = proofs
            .iter()
            .map(|key| key.sign(NAMESPACE_TRANSACTION, id.as_bytes()));
        let mut acts = vec![Transaction::with(body, &signer, proven.collect())];
        for voter in members()
            .filter(|member| *member != self.member)
            .take(votes)
        {
            // Far above the numbers of the voter's own client, and within the window.
            let mut author = Self::new(voter, self.network);
            author.sequence = 1_000 + sequence;
            let body = author.body(Vec::new(), ballots.clone());
            acts.push(author.sign(body));
        }
        acts
    }

    /// Transactions that cost more units together than a block holds, each lawful but for what it votes on.
    pub fn costly(&mut self) -> Vec<Transaction> {
        let vote = Call::Vote(Vote {
            proposal: ProposalId::derive(self.number(), LocalId::new([0; 16])),
            approve: true,
        });
        self.sequence = 2_000;
        let mut all = Vec::new();
        let mut units = 0;
        while units <= limits::BLOCK_UNITS_MAX {
            let body = self.body(Vec::new(), vec![vote.clone(); limits::CALLS_MAX]);
            let transaction = self.sign(body);
            units += amanat_contracts::units(&transaction);
            all.push(transaction);
        }
        all
    }
}
