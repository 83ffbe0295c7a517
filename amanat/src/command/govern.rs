//! Commands by which members decide together. Each ends with 0 (it held), 1 (it did not), 2 (it could not be told).
use crate::answer::Answer;
use crate::command_error::CommandError;
use crate::govern::{Acting, Done, LIFE_BLOCKS, Prepared, Seen, describe, proposals};
use crate::keys::Keys;
use crate::leaving;
use crate::operate::target::Target;
use crate::passphrase::Source;
use amanat_types::change::SetJurisdiction;
use amanat_types::id::ProposalId;
use amanat_types::state::NetworkLimits;
use amanat_types::{Change, Jurisdiction, MemberId};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Who acts.
#[derive(Args)]
pub struct Actor {
    /// Configuration file of the node.
    #[arg(long, default_value = "node.toml")]
    config: PathBuf,
    /// File whose first line is the passphrase of the keys; else AMANAT_PASSPHRASE, else the terminal.
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
}

impl Actor {
    fn open(self) -> Result<Acting, CommandError> {
        Acting::open(&self.config, &Source::existing(self.passphrase_file))
    }
}

/// Commands by which members decide together.
#[derive(Subcommand)]
pub enum Govern {
    /// Proposes a change of the network, and approves it for this member.
    Propose {
        /// Who acts.
        #[command(flatten)]
        actor: Actor,
        /// What is proposed.
        #[command(subcommand)]
        what: Proposed,
    },
    /// Adds the signatures of a member's keys to a prepared file, which proves that it has them and agrees.
    Cosign {
        /// The prepared file; it is written anew.
        file: PathBuf,
        /// The member's key file.
        #[arg(long)]
        keys: PathBuf,
        /// File whose first line is the passphrase of the keys; else AMANAT_PASSPHRASE, else the terminal.
        #[arg(long)]
        passphrase_file: Option<PathBuf>,
    },
    /// Submits a prepared file that all have signed.
    Submit {
        /// Who acts: the member that prepared it.
        #[command(flatten)]
        actor: Actor,
        /// The prepared file.
        file: PathBuf,
    },
    /// Names the member that takes over this one's records, before it leaves. That member signs the prepared file with `amanat cosign`;
    /// then it is submitted.
    HandOver {
        /// Who acts: the member that leaves.
        #[command(flatten)]
        actor: Actor,
        /// Number of the member that takes over.
        #[arg(long, required_unless_present = "withdraw")]
        to: Option<u16>,
        /// The prepared file to write; it must not exist.
        #[arg(long, required_unless_present = "withdraw")]
        out: Option<PathBuf>,
        /// Take the naming back: what has moved stays moved, and nothing more moves.
        #[arg(long, conflicts_with_all = ["to", "out"])]
        withdraw: bool,
    },
    /// Votes on a proposal, once and for good.
    Vote {
        /// Who acts.
        #[command(flatten)]
        actor: Actor,
        /// The proposal, 32 hexadecimal digits.
        proposal: String,
        /// For it or against it.
        answer: Answers,
    },
    /// Shows the proposals that are open or scheduled.
    Proposals {
        /// Where to ask.
        #[command(flatten)]
        target: Target,
    },
}

/// What is proposed.
#[derive(Subcommand)]
pub enum Proposed {
    /// Admits a member. It signs the prepared file with `amanat cosign`; then it is submitted.
    Admit {
        /// Its public file.
        member: PathBuf,
        /// The prepared proposal to write; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
    /// Keeps a member from acting until it is reinstated.
    Suspend {
        /// Its number.
        member: u16,
    },
    /// Lets a suspended member act again.
    Reinstate {
        /// Its number.
        member: u16,
    },
    /// Removes a member for ever.
    Remove {
        /// Its number.
        member: u16,
        /// Propose it although the member still keeps records, which can then not be opened any more.
        #[arg(long)]
        despite_records: bool,
    },
    /// Gives a member other keys. They sign the prepared file with `amanat cosign`; then it is submitted.
    Keys {
        /// Its public file with the new keys, as `amanat keys rotate` makes it.
        member: PathBuf,
        /// The prepared proposal to write; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
    /// Sets what of a block's units members may take. Both are set at once.
    Limits {
        /// Units of a block that ordinary transactions of one member may take: 1,000 to 200,000.
        #[arg(long)]
        member_units: u64,
        /// Units of a block that are kept for emergencies: 4,096 to 199,000.
        #[arg(long)]
        emergency_units: u64,
    },
    /// Says in which country or subdivision a member is. Consent may hang on it; of which nothing was said, such consent lets it see nothing.
    Jurisdiction {
        /// Its number.
        member: u16,
        /// The country (ISO 3166-1 alpha-2: PK) or subdivision (ISO 3166-2: PK-SD), in capitals.
        code: String,
    },
    /// Says for how many days at least a record is kept before its patient may have it erased. Until members have voted on it, nothing is erased.
    Retention {
        /// How many, from the deposit of a record on: 0 to 43,920. With 0 nothing is kept for its own sake.
        #[arg(long)]
        days: u32,
    },
    /// Puts the next version of the rules into force. Every member's program must know it first.
    Protocol {
        /// The version.
        version: u16,
    },
}

/// A vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Answers {
    /// For it.
    Yes,
    /// Against it.
    No,
}

/// Runs a command.
pub async fn govern(command: Govern) -> Result<Answer, CommandError> {
    match command {
        Govern::Propose { actor, what } => propose(actor, what).await,
        Govern::Cosign {
            file,
            keys,
            passphrase_file,
        } => cosign(
            &file,
            &Keys::open(&keys, &Source::existing(passphrase_file))?,
        ),
        Govern::Submit { actor, file } => {
            let prepared = Prepared::read(&file)?;
            let (did, done) = actor.open()?.submit_prepared(&prepared).await?;
            let height = done.height;
            Ok(match did {
                Done::Proposed(id) => {
                    let words =
                        format!("proposal {id}\nstands in block {height}; the others vote on it");
                    let shape = json!({ "proposal": id.to_string(), "height": height.get() });
                    Answer::yes(words, shape)
                }
                Done::Named(what) => {
                    let from = prepared.sponsor()?.number();
                    let words = format!(
                        "{what}\nstands in block {height}. Next: the successor runs `amanat take-over --from {from}` beside its gateway.toml, while node and gateway of this member run"
                    );
                    Answer::yes(words, json!({ "from": from, "height": height.get() }))
                }
            })
        }
        Govern::HandOver {
            actor,
            to,
            out,
            withdraw: _,
        } => hand_over(&actor.open()?, to, out.as_deref()).await,
        Govern::Vote {
            actor,
            proposal,
            answer,
        } => {
            let digits =
                || CommandError::rule("vote", "proposal", "32 hexadecimal digits are needed");
            let id = ProposalId::from_hex(&proposal).ok_or_else(digits)?;
            let approve = answer == Answers::Yes;
            let height = actor.open()?.vote(id, approve).await?.height;
            let words = format!("the vote stands in block {height}");
            let shape =
                json!({ "proposal": id.to_string(), "approve": approve, "height": height.get() });
            Ok(Answer::yes(words, shape))
        }
        Govern::Proposals { target } => {
            let all = proposals(target.asked()?.own()).await?;
            let words = match all.is_empty() {
                true => "no proposal is open or scheduled".to_owned(),
                false => all.iter().map(Seen::words).collect(),
            };
            let shapes: Vec<_> = all.iter().map(Seen::shape).collect();
            Ok(Answer::yes(words, json!({ "proposals": shapes })))
        }
    }
}

async fn hand_over(
    acting: &Acting,
    to: Option<u16>,
    out: Option<&Path>,
) -> Result<Answer, CommandError> {
    let (Some(to), Some(out)) = (to, out) else {
        let height = acting.withdraw_succession().await?.height;
        let words = format!("nobody is named any more, from block {height} on");
        return Ok(Answer::yes(words, json!({ "height": height.get() })));
    };
    let prepared = acting.prepare_succession(MemberId::new(to)).await?;
    write_new(out, &prepared.text())?;
    let (words, file) = (prepared.words()?, out.display().to_string());
    let words = format!(
        "{words}\n{file} is prepared; it can be submitted for {LIFE_BLOCKS} blocks.\nNext: member {to} agrees by `amanat cosign {file} --keys KEYS`, then this one runs `amanat submit {file}`."
    );
    Ok(Answer::yes(words, json!({ "to": to, "file": file })))
}

async fn propose(actor: Actor, what: Proposed) -> Result<Answer, CommandError> {
    let acting = actor.open()?;
    let change = match what {
        Proposed::Admit { member, out } => {
            let prepared = acting.prepare_admission(&member).await?;
            return leave(&prepared, &out);
        }
        Proposed::Keys { member, out } => {
            let prepared = acting.prepare_rotation(&member).await?;
            return leave(&prepared, &out);
        }
        Proposed::Limits {
            member_units,
            emergency_units,
        } => Change::SetLimits(NetworkLimits {
            member_units_per_block: member_units,
            emergency_units_per_block: emergency_units,
        }),
        Proposed::Suspend { member } => Change::SuspendMember(MemberId::new(member)),
        Proposed::Reinstate { member } => Change::ReinstateMember(MemberId::new(member)),
        Proposed::Remove {
            member,
            despite_records,
        } => {
            let member = MemberId::new(member);
            if !despite_records {
                leaving::demand_no_records(acting.ledger(), member).await?;
            }
            Change::RemoveMember(member)
        }
        Proposed::Jurisdiction { member, code } => {
            let rule = "a country (ISO 3166-1 alpha-2: PK) or a subdivision (ISO 3166-2: PK-SD) is needed, in capitals";
            let unfit = || CommandError::rule("propose jurisdiction", "code", rule);
            Change::SetJurisdiction(SetJurisdiction {
                member: MemberId::new(member),
                jurisdiction: Jurisdiction::parse(&code).ok_or_else(unfit)?,
            })
        }
        Proposed::Retention { days } => Change::SetRetention(days),
        Proposed::Protocol { version } => Change::SetProtocol(version),
    };
    let says = describe(&change);
    let (id, done) = acting.propose(change).await?;
    let height = done.height;
    let words = format!("proposal {id}\nto {says} stands in block {height}; the others vote on it");
    let shape = json!({ "proposal": id.to_string(), "change": says, "height": height.get() });
    Ok(Answer::yes(words, shape))
}

/// Writes a prepared proposal and says who signs it next.
fn leave(prepared: &Prepared, out: &Path) -> Result<Answer, CommandError> {
    write_new(out, &prepared.text())?;
    let (words, out) = (prepared.words()?, out.display());
    let shape = json!({ "prepared": out.to_string(), "change": words, "life_blocks": LIFE_BLOCKS });
    let words = format!(
        "{words}\n{out} is prepared; it can be submitted for {LIFE_BLOCKS} blocks.\nNext: the member runs `amanat cosign {out} --keys KEYS` with the new keys, then this one `amanat submit {out}`."
    );
    Ok(Answer::yes(words, shape))
}

fn cosign(file: &Path, keys: &Keys) -> Result<Answer, CommandError> {
    let mut prepared = Prepared::read(file)?;
    let change = prepared.words()?;
    let count = prepared.cosign(keys)?;
    let named = file.display().to_string();
    std::fs::write(file, prepared.text()).map_err(CommandError::file(&named))?;
    let words = format!(
        "{change}\n{count} keys signed it; give {named} back to the member that prepared it"
    );
    let shape = json!({ "prepared": named, "change": change, "signed_keys": count });
    Ok(Answer::yes(words, shape))
}

fn write_new(path: &Path, text: &str) -> Result<(), CommandError> {
    let named = path.display().to_string();
    let failed = CommandError::file(&named);
    let mut file = std::fs::File::create_new(path).map_err(&failed)?;
    file.write_all(text.as_bytes()).map_err(&failed)
}
