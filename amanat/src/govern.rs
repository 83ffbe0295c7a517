//! What members decide together: proposing a change of the network, proving the keys that it brings, voting, and looking.
//!
//! Each act is one transaction of the member, signed with its transaction key for use by hand, which stands for its governance as long as
//! it has no key of that purpose. A change that brings keys is co-signed by each of them: it leaves the house as a file
//! ([`Prepared`]), the member that it admits signs that, and it comes back to be submitted.
use crate::command_error::CommandError;
use crate::config::check::Configured;
use crate::genesis_file;
use crate::keys::Keys;
use crate::member_file::MemberFile;
use crate::operate::target::Api;
use crate::passphrase::Source;
use crate::run::{key, own_node};

use amanat_client::prepared::{prepare, send};
use amanat_client::submit::{Draft, Sponsor, accepted};
use amanat_client::{Clock, Failure, Ledger as _, NodeClient, Submitter};
use amanat_types::call::{Call, NameSuccessor, Propose, Vote};
use amanat_types::change::RotateKeys;
use amanat_types::code::KeyPurpose;
use amanat_types::codec::List;
use amanat_types::id::{LocalId, ProposalId};
use amanat_types::key::{MemberSigner, NAMESPACE_TRANSACTION, PublicKey, Signature};
use amanat_types::state::{Member, Proposal, ProposalStatus, Proposals};
use amanat_types::transaction::{Body, Transaction};
use amanat_types::wire::Finalized;
use amanat_types::{Change, MemberId, StateKey, limits};
use commonware_codec::{DecodeExt as _, Encode as _, Read};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How long a submission is tried.
const DEADLINE: Duration = Duration::from_secs(60);
/// Blocks that a prepared proposal lives: nearly all of the window, with ten left for the node's tip to be behind another's.
pub const LIFE_BLOCKS: u64 = limits::WINDOW_BLOCKS - 10;
/// Name of the file's format, and its version.
const FORMAT: &str = "amanat-prepared-1";
const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// A member that acts: its node, and who it is.
pub struct Acting {
    ledger: NodeClient,
    sponsor: Sponsor,
}

/// A transaction on its way through the hands of its co-signers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prepared {
    format: String,
    /// In words what is signed; the body is what counts.
    says: String,
    /// The body, hexadecimal.
    body: String,
    /// Signatures so far, by public key, both hexadecimal.
    signatures: BTreeMap<String, String>,
}

/// What a prepared transaction did.
pub enum Done {
    /// It made a proposal.
    Proposed(ProposalId),
    /// It named a successor; in words.
    Named(String),
}

/// A proposal as the ledger has it.
pub struct Seen {
    /// Which.
    pub id: ProposalId,
    /// What the ledger says.
    pub proposal: Proposal,
}

impl Acting {
    /// Reads the configuration at `path` and the member's keys.
    pub fn open(path: &Path, passphrase: &Source) -> Result<Self, CommandError> {
        let config = Configured::read(path)?;
        let genesis = genesis_file::read(&config.genesis(path))?;
        let keys = Keys::open(&config.keys(path), passphrase)?;
        let signer = keys.transaction_signer(key::HAND);
        let signer = signer.ok_or_else(|| wrong("keys", "a transaction key is missing"))?;
        Ok(Self {
            ledger: own_node(config.api(), &keys).map_err(|fault| failed(fault.into()))?,
            sponsor: Sponsor {
                network: genesis.digest(),
                member: MemberId::new(config.member()),
                signer,
                deadline: DEADLINE,
            },
        })
    }

    /// Proposes a change that brings no keys. Gives its id.
    pub async fn propose(&self, change: Change) -> Result<(ProposalId, Finalized), CommandError> {
        let local = random_local()?;
        let done = self
            .submit(Call::Propose(Propose { local, change }))
            .await?;
        Ok((ProposalId::derive(self.sponsor.member, local), done))
    }

    /// Votes, once and for good.
    pub async fn vote(
        &self,
        proposal: ProposalId,
        approve: bool,
    ) -> Result<Finalized, CommandError> {
        self.submit(Call::Vote(Vote { proposal, approve })).await
    }

    /// The own member's node.
    pub const fn ledger(&self) -> &NodeClient {
        &self.ledger
    }

    /// Prepares the naming of a successor, which signs next.
    pub async fn prepare_succession(&self, to: MemberId) -> Result<Prepared, CommandError> {
        let key = StateKey::member(to);
        let found: Vec<Option<Member>> = values(&self.ledger, vec![key]).await?;
        let member = found.into_iter().flatten().next();
        let member = member.filter(Member::is_active);
        let member = member
            .ok_or_else(|| CommandError::rule("hand-over", "to", "no such member is active"))?;
        let mut keys = member.keys.iter();
        let key = keys.find(|key| key.purpose == KeyPurpose::Transaction);
        let none = || CommandError::rule("hand-over", "to", "the member has no transaction key");
        let key = key.ok_or_else(none)?.key;
        let successor = Some(to);
        self.prepare_call(Call::NameSuccessor(NameSuccessor { successor }), &[key])
            .await
    }

    /// Takes back the naming of a successor.
    pub async fn withdraw_succession(&self) -> Result<Finalized, CommandError> {
        let successor = None;
        self.submit(Call::NameSuccessor(NameSuccessor { successor }))
            .await
    }

    async fn submit(&self, call: Call) -> Result<Finalized, CommandError> {
        let clock = Clock::system();
        let submitter = Submitter::new(self.ledger.clone(), self.sponsor.clone(), clock);
        let draft = Draft {
            calls: vec![call],
            ..Draft::default()
        };
        let done = submitter.submit(draft).await.and_then(accepted);
        done.map_err(failed)
    }

    /// Prepares the proposal to admit the member of a public file: its keys sign next.
    pub async fn prepare_admission(&self, file: &Path) -> Result<Prepared, CommandError> {
        let named = file.display().to_string();
        let member = MemberFile::read(file)?.genesis_member(&named)?;
        self.prepare(Change::AdmitMember(member)).await
    }

    /// Prepares the proposal to give the member of a public file the keys that stand there: they sign next.
    ///
    /// The file's name, kind and addresses are not part of it. Any member may prepare it, so that a suspended one can be given others.
    pub async fn prepare_rotation(&self, file: &Path) -> Result<Prepared, CommandError> {
        let named = file.display().to_string();
        let member = MemberFile::read(file)?.genesis_member(&named)?;
        let rotation = RotateKeys {
            member: member.member,
            keys: member.keys,
            sealing: member.sealing,
        };
        self.prepare(Change::RotateKeys(rotation)).await
    }

    /// Prepares the proposal of a change that brings keys.
    async fn prepare(&self, change: Change) -> Result<Prepared, CommandError> {
        let local = random_local()?;
        let cosigners: Vec<PublicKey> = change.new_keys().iter().map(|key| key.key).collect();
        self.prepare_call(Call::Propose(Propose { local, change }), &cosigners)
            .await
    }

    /// Prepares one call that `cosigners` sign, too.
    async fn prepare_call(
        &self,
        call: Call,
        cosigners: &[PublicKey],
    ) -> Result<Prepared, CommandError> {
        let says = describe_call(&call, self.sponsor.member)?;
        let (ledger, sponsor) = (&self.ledger, &self.sponsor);
        let body = prepare(ledger, sponsor, vec![call], cosigners, LIFE_BLOCKS).await;
        let body = body.map_err(|fault| failed(fault.into()))?;
        let mut prepared = Prepared {
            format: FORMAT.to_owned(),
            says,
            body: hex::encode(body.encode()),
            signatures: BTreeMap::new(),
        };
        prepared.sign(&body, &self.sponsor.signer);
        Ok(prepared)
    }

    /// Submits what all have signed.
    pub async fn submit_prepared(
        &self,
        prepared: &Prepared,
    ) -> Result<(Done, Finalized), CommandError> {
        let body = prepared.body()?;
        let does = match prepared.call(&body)? {
            Call::Propose(propose) => {
                Done::Proposed(ProposalId::derive(body.sponsor, propose.local))
            }
            call => Done::Named(describe_call(call, body.sponsor)?),
        };
        let mut signatures = Vec::new();
        for key in &body.signers {
            let signature = prepared.signature(key);
            let missing = || {
                wrong(
                    "signatures",
                    &format!("the signature of {key} is missing: `amanat cosign` adds it"),
                )
            };
            signatures.push(signature.ok_or_else(missing)?);
        }
        let transaction = Transaction {
            body,
            signatures: List::new(signatures).map_err(|e| wrong("signatures", &e.to_string()))?,
        };
        let done = send(&self.ledger, &Clock::system(), transaction).await;
        let done = done.and_then(accepted).map_err(failed)?;
        Ok((does, done))
    }
}

impl Prepared {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, CommandError> {
        let named = path.display().to_string();
        let failed = CommandError::file(&named);
        let size = std::fs::metadata(path).map_err(&failed)?.len();
        if size > FILE_BYTES_MAX {
            return Err(CommandError::rule(named, "file", "is larger than 2 MiB"));
        }
        let text = std::fs::read_to_string(path).map_err(&failed)?;
        let file: Self = serde_json::from_str(&text)
            .map_err(|error| CommandError::rule(&named, "file", error.to_string()))?;
        match file.format == FORMAT {
            true => Ok(file),
            false => Err(CommandError::rule(
                named,
                "format",
                format!("is not {FORMAT}"),
            )),
        }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// What its body does, in words.
    pub fn words(&self) -> Result<String, CommandError> {
        let body = self.body()?;
        let network = hex::encode(body.network);
        let what = describe_call(self.call(&body)?, body.sponsor)?;
        Ok(format!("on network {network}, {what}"))
    }

    /// Who prepared it.
    pub fn sponsor(&self) -> Result<MemberId, CommandError> {
        Ok(self.body()?.sponsor)
    }

    /// The one call of its body.
    fn call<'b>(&self, body: &'b Body) -> Result<&'b Call, CommandError> {
        match body.calls.as_ref() {
            [call] => Ok(call),
            _ => Err(wrong("body", "is not one call")),
        }
    }

    /// Adds the signatures of those of `keys` that the body names. Says how many it added; none is an error.
    pub fn cosign(&mut self, keys: &Keys) -> Result<usize, CommandError> {
        let body = self.body()?;
        let transaction = (0..key::COUNT).filter_map(|at| keys.transaction_signer(at));
        let own = transaction.chain([keys.vault_signer(), keys.consensus_signer()]);
        let own: Vec<MemberSigner> = own
            .filter(|signer| body.signers.contains(&signer.public_key()))
            .collect();
        if own.is_empty() {
            let rule = "none of these keys is asked to sign: the proposal brings others, or another member is to agree";
            return Err(wrong("keys", rule));
        }
        for signer in &own {
            self.sign(&body, signer);
        }
        Ok(own.len())
    }

    fn sign(&mut self, body: &Body, signer: &MemberSigner) {
        let signature = signer.sign(NAMESPACE_TRANSACTION, body.id().as_bytes());
        let key = signer.public_key().to_string();
        self.signatures
            .insert(key, hex::encode(signature.as_bytes()));
    }

    fn signature(&self, key: &PublicKey) -> Option<Signature> {
        let mut bytes = [0u8; 64];
        hex::decode_to_slice(self.signatures.get(&key.to_string())?, &mut bytes).ok()?;
        Some(Signature::Ed25519(bytes))
    }

    fn body(&self) -> Result<Body, CommandError> {
        let bytes = hex::decode(&self.body).map_err(|_| wrong("body", "is not hexadecimal"))?;
        Body::decode(bytes)
            .map_err(|_| wrong("body", "does not decode: the file was cut or altered"))
    }
}

/// Proposals that are open or scheduled, as a node has them.
pub async fn proposals(api: &Api) -> Result<Vec<Seen>, CommandError> {
    let ledger = api.node();
    let all: Vec<Option<Proposals>> = values(&ledger, vec![StateKey::proposals()]).await?;
    let all = all.into_iter().flatten();
    let ids: Vec<ProposalId> = all
        .flat_map(|all| all.pending.into_vec())
        .map(|one| one.proposal)
        .collect();
    let keys = ids.iter().map(StateKey::proposal).collect();
    let found: Vec<Option<Proposal>> = values(&ledger, keys).await?;
    let seen = ids.into_iter().zip(found);
    Ok(seen
        .filter_map(|(id, proposal)| {
            Some(Seen {
                id,
                proposal: proposal?,
            })
        })
        .collect())
}

async fn values<T: Read<Cfg = ()>>(
    ledger: &NodeClient,
    keys: Vec<StateKey>,
) -> Result<Vec<Option<T>>, CommandError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let answer = ledger
        .state(keys)
        .await
        .map_err(|fault| failed(fault.into()))?;
    let values = answer.values.iter();
    Ok(values
        .map(|value| T::decode(value.as_ref()?.to_vec()).ok())
        .collect())
}

impl Seen {
    fn voters(&self, approve: bool) -> Vec<u16> {
        let ballots = self.proposal.ballots.iter();
        let ballots = ballots.filter(|ballot| ballot.approve == approve);
        ballots.map(|ballot| ballot.member.number()).collect()
    }

    fn status(&self) -> String {
        match &self.proposal.status {
            ProposalStatus::Open(_) => "open to votes".to_owned(),
            ProposalStatus::Scheduled(epoch) => format!("passed; in force from epoch {epoch} on"),
            ProposalStatus::Applied(epoch) => format!("in force since epoch {epoch}"),
            ProposalStatus::Dropped(refusal) => format!("dropped: {}", refusal.text()),
            ProposalStatus::Failed(reason) => format!("failed: {reason:?}"),
        }
    }

    /// One object on it.
    pub fn shape(&self) -> serde_json::Value {
        serde_json::json!({
            "proposal": self.id.to_string(),
            "proposer": self.proposal.proposer.number(),
            "change": describe(&self.proposal.change),
            "status": self.status(),
            "for": self.voters(true),
            "against": self.voters(false),
        })
    }

    /// One paragraph on it.
    pub fn words(&self) -> String {
        let voters = |approve: bool| {
            let numbers = self.voters(approve).into_iter();
            let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
            match numbers.is_empty() {
                true => "none".to_owned(),
                false => numbers.join(", "),
            }
        };
        format!(
            "proposal {}\n  member {} proposes to {}\n  {}\n  for: {}; against: {}\n",
            self.id,
            self.proposal.proposer.number(),
            describe(&self.proposal.change),
            self.status(),
            voters(true),
            voters(false)
        )
    }
}

/// What a prepared call of `sponsor` does. Only proposals and the naming of a successor are prepared.
fn describe_call(call: &Call, sponsor: MemberId) -> Result<String, CommandError> {
    let sponsor = sponsor.number();
    match call {
        Call::Propose(propose) => Ok(format!(
            "member {sponsor} proposes to {}",
            describe(&propose.change)
        )),
        Call::NameSuccessor(NameSuccessor {
            successor: Some(successor),
        }) => {
            let successor = successor.number();
            Ok(format!(
                "member {sponsor} names member {successor} its successor: member {successor} may take over the records that member {sponsor} keeps, holds their keys from then on, and can open them"
            ))
        }
        _ => Err(wrong(
            "body",
            "is neither a proposal nor the naming of a successor",
        )),
    }
}

/// What a change does, as the end of a sentence.
pub fn describe(change: &Change) -> String {
    match change {
        Change::AdmitMember(new) => format!(
            "admit member {}, {} ({})",
            new.member.number(),
            new.name.as_str(),
            new.kind.as_str()
        ),
        Change::SuspendMember(member) => format!("suspend member {}", member.number()),
        Change::ReinstateMember(member) => format!("reinstate member {}", member.number()),
        Change::RemoveMember(member) => format!("remove member {} for ever", member.number()),
        Change::RotateKeys(rotation) => {
            format!("replace the keys of member {}", rotation.member.number())
        }
        Change::SetLimits(limits) => format!(
            "allow one member {} units of a block, and keep {} for emergencies",
            limits.member_units_per_block, limits.emergency_units_per_block
        ),
        Change::SetProtocol(protocol) => format!("put version {protocol} of the rules into force"),
        Change::SetJurisdiction(place) => format!(
            "say that member {} is in {}",
            place.member.number(),
            place.jurisdiction
        ),
        Change::SetRetention(days) => {
            format!("keep every record for {days} days at least before it may be erased")
        }
    }
}

fn random_local() -> Result<LocalId, CommandError> {
    let mut bytes = [0u8; 16];
    let failed = |error: getrandom::Error| CommandError::Unknown(format!("no entropy: {error}"));
    getrandom::fill(&mut bytes).map_err(failed)?;
    Ok(LocalId::new(bytes))
}

fn wrong(field: &str, rule: &str) -> CommandError {
    CommandError::rule("the transaction", field, rule)
}

/// A refusal says no; a fault leaves it open.
fn failed(failure: Failure) -> CommandError {
    match failure {
        Failure::Refused(refusal) => {
            let rule = format!(
                "{} ({}): {}",
                refusal.name(),
                refusal.number(),
                refusal.text()
            );
            CommandError::rule("the ledger", "refused", rule)
        }
        Failure::Fault(fault) => CommandError::Unknown(fault.to_string()),
    }
}
