//! What is asked of the height up to which a ledger was executed again: what would have become of a request (`amanat replay --to HEIGHT
//! --member ...`), or which ways to a patient's records were open (`--patient ...`).
use super::ways::{Follows, Ways};
use crate::command_error::CommandError;
use amanat_exchange::ways;
use amanat_gateway::{Language, read_basis};
use amanat_node::replay::{Past, Witness};
use amanat_types::call::Scope;
use amanat_types::codec::List;
use amanat_types::explain::{Effect, ExplainQuestion, Explanation};
use amanat_types::wire::BlockEvents;
use amanat_types::{BlindIndex, MemberId, PatientId, PractitionerId, Purpose, RecordId};
use clap::Args;
use serde_json::{Value, json};
use std::path::Path;
use std::pin::Pin;

/// A request as a member might have made it, or a patient whose ways are asked for.
#[derive(Args)]
pub struct Asked {
    /// Explain what would have become of a request by this member (its number), by the state after the last block that is executed.
    #[arg(long, group = "question", requires_all = ["basis", "purpose"])]
    member: Option<u16>,
    /// Tell every way to this patient's records that was open after the last block that is executed, and judge each: the pseudonym, 32 hexadecimal
    /// digits. From genesis only.
    #[arg(long, group = "question")]
    patient: Option<String>,
    /// Practitioner who would have co-signed, 32 hexadecimal digits. May be repeated.
    #[arg(long, requires = "member")]
    practitioner: Vec<String>,
    /// Basis of the request, as in the header X-Amanat-Basis: grant/HEX, permit/HEX, encounter/HEX, order/HEX, mandate/HEX,
    /// disclosure/HEX/payment or /report, study/HEX/HEX, directory, none.
    #[arg(long, requires = "member")]
    basis: Option<String>,
    /// Purpose: TREAT, ETREAT, HOPERAT, HPAYMT, HRESCH, PUBHLTH or HLEGAL.
    #[arg(long, requires = "member")]
    purpose: Option<String>,
    /// Record that would have been asked for, 32 hexadecimal digits. May be repeated with --member; with --patient, the ways to this one record.
    #[arg(long, requires = "question", conflicts_with = "index")]
    record: Vec<String>,
    /// Blind index that would have been asked for, 32 hexadecimal digits. May be repeated.
    #[arg(long, requires = "member")]
    index: Vec<String>,
    /// Language of the answer in words: en (also if none is named) or ur.
    #[arg(long, requires = "question")]
    language: Option<String>,
}

/// One question to the ledger, and its answer once it was executed.
pub struct Inquiry {
    question: Question,
    language: Language,
    answered: Option<Result<Answered, CommandError>>,
}

enum Question {
    Request(Box<ExplainQuestion>),
    Ways(Follows),
}

/// What is answered.
pub enum Answered {
    /// What would have become of the request.
    Request(Explanation, Language),
    /// The ways that were open.
    Ways(Ways, Language),
}

impl Asked {
    /// The question, if one is asked. `from` is the block after whose state the ledger is executed; `work` is where a folder may be made.
    pub fn inquiry(
        &self,
        from: Option<u64>,
        work: Option<&Path>,
    ) -> Result<Option<Inquiry>, CommandError> {
        let language = self.language.as_deref().unwrap_or("en");
        let language = Language::parse(language);
        let language = language.ok_or_else(|| wrong("--language", "must be en or ur"))?;
        let question = match (&self.patient, self.member) {
            (Some(patient), _) => Question::Ways(self.ways(patient, from, work)?),
            (None, Some(member)) => Question::Request(Box::new(self.request(member)?)),
            (None, None) => return Ok(None),
        };
        Ok(Some(Inquiry {
            question,
            language,
            answered: None,
        }))
    }

    fn ways(
        &self,
        patient: &str,
        from: Option<u64>,
        work: Option<&Path>,
    ) -> Result<Follows, CommandError> {
        let patient = one(patient, "--patient", PatientId::from_hex)?;
        let record = match &*self.record {
            [] => None,
            [record] => Some(one(record, "--record", RecordId::from_hex)?),
            _ => return Err(wrong("--record", "may be given once with --patient")),
        };
        if let Some(from) = from.filter(|from| *from > 0) {
            let why = format!(
                "--patient: which ways were opened up to block {from} does not stand in the state after it: replay from genesis, without --from"
            );
            return Err(CommandError::Unknown(why));
        }
        Ok(Follows::new(patient, record, work.map(Path::to_owned)))
    }

    fn request(&self, member: u16) -> Result<ExplainQuestion, CommandError> {
        let present = all(
            &self.practitioner,
            "--practitioner",
            PractitionerId::from_hex,
        )?;
        let basis = self.basis.as_deref().unwrap_or_default();
        let basis = read_basis(basis).ok_or_else(|| {
            wrong(
                "--basis",
                "is none of those that `amanat replay --help` names",
            )
        })?;
        let purpose = self.purpose.as_deref().unwrap_or_default();
        let purpose = Purpose::parse(purpose).ok_or_else(|| wrong("--purpose", "is no purpose"))?;
        let scope = match self.record.is_empty() {
            false => Scope::Records(bounded(
                sorted(all(&self.record, "--record", RecordId::from_hex)?),
                "--record",
            )?),
            true => Scope::Indexes(bounded(
                sorted(all(&self.index, "--index", BlindIndex::from_hex)?),
                "--index",
            )?),
        };
        let who = (MemberId::new(member), bounded(present, "--practitioner")?);
        Ok(ways::question(who, (basis, purpose, None), scope))
    }
}

impl Inquiry {
    /// What was answered; nothing if the ledger did not hold, or if that could not be told.
    pub fn answer(self) -> Result<Option<Answered>, CommandError> {
        self.answered.transpose()
    }
}

impl Witness for Inquiry {
    fn block(&mut self, outcome: &BlockEvents) {
        if let Question::Ways(follows) = &mut self.question {
            follows.block(outcome);
        }
    }

    fn end<'a>(&'a mut self, past: &'a dyn Past) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            let language = self.language;
            self.answered = Some(match &self.question {
                Question::Request(asked) => {
                    let explained = past.explain((**asked).clone()).await;
                    let explained = explained.map(|found| Answered::Request(found, language));
                    explained.map_err(|fault| CommandError::Unknown(fault.to_string()))
                }
                Question::Ways(follows) => {
                    let ways = follows.end(past).await;
                    ways.map(|ways| Answered::Ways(ways, language))
                }
            });
        })
    }
}

fn wrong(argument: &str, rule: &str) -> CommandError {
    CommandError::rule("the command", argument, rule.to_owned())
}

fn one<T>(text: &str, argument: &str, read: fn(&str) -> Option<T>) -> Result<T, CommandError> {
    read(text).ok_or_else(|| wrong(argument, "must be 32 hexadecimal digits"))
}

fn all<T>(
    texts: &[String],
    argument: &str,
    read: fn(&str) -> Option<T>,
) -> Result<Vec<T>, CommandError> {
    let texts = texts.iter();
    texts.map(|text| one(text, argument, read)).collect()
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort_unstable();
    items.dedup();
    items
}

fn bounded<T, const N: usize>(items: Vec<T>, argument: &str) -> Result<List<T, N>, CommandError> {
    List::new(items).map_err(|_| wrong(argument, "is given too often"))
}

impl Answered {
    /// For people.
    pub fn words(&self) -> String {
        match self {
            Self::Request(explained, language) => request(explained, *language),
            Self::Ways(ways, language) => ways.words(*language),
        }
    }

    /// For programs: under which name it stands, and what.
    pub fn shape(&self) -> (&'static str, Value) {
        match self {
            Self::Request(explained, _) => ("explained", shape(explained)),
            Self::Ways(ways, _) => ("who_could", ways.shape()),
        }
    }
}

fn request(explained: &Explanation, language: Language) -> String {
    let mut words = headed("the request", language, &language.outcome(explained));
    for finding in &explained.findings {
        words.push_str(&format!("    {}\n", language.finding(finding)));
    }
    words
}

/// A line beside those of the replay, which are in English; one in Urdu stands alone.
pub fn headed(head: &str, language: Language, text: &str) -> String {
    match language {
        Language::English => format!("  {head:12} {text}\n"),
        Language::Urdu => format!("  {text}\n"),
    }
}

fn shape(explained: &Explanation) -> Value {
    json!({
        "height": explained.height.get(),
        "time_ms": explained.time_ms.get(),
        "granted": explained.refusal().is_none(),
        "refusal": explained.refusal().map(|refusal| refusal.name()),
        "findings": findings(explained),
    })
}

/// Every permit and denial of an explanation, for programs.
pub fn findings(explained: &Explanation) -> Vec<Value> {
    let findings = explained.findings.iter().map(|finding| {
        let (effect, because) = match finding.effect {
            Effect::Permit(_) => ("permit", None),
            Effect::Deny(denial) => ("deny", Some(denial.because.name())),
            Effect::Withhold(refusal) => ("withhold", Some(refusal.name())),
        };
        json!({
            "source": finding.kind.as_str(),
            "id": hex::encode(&*finding.id),
            "effect": effect,
            "because": because,
        })
    });
    findings.collect()
}

#[cfg(test)]
mod tests {
    use amanat_gateway::read_basis;
    use amanat_types::GrantId;
    use amanat_types::call::ReadBasis;

    #[test]
    fn bases() {
        let hex = "0a".repeat(16);
        let grant = read_basis(&format!("grant/{hex}"));
        assert_eq!(grant, Some(ReadBasis::Consent(GrantId::new([10; 16]))));
        for known in ["permit", "encounter", "order", "mandate"] {
            assert!(read_basis(&format!("{known}/{hex}")).is_some(), "{known}");
        }
        assert!(read_basis(&format!("disclosure/{hex}/payment")).is_some());
        assert!(read_basis(&format!("study/{hex}/{hex}")).is_some());
        assert!(read_basis("directory").is_some());
        for wrong in [
            "",
            "grant",
            "grant/",
            "grant/0a",
            "patient",
            "disclosure/0a",
            "study/x/y",
            "none/",
        ] {
            assert_eq!(read_basis(wrong), None, "{wrong}");
        }
        let cause = format!("disclosure/{hex}/gossip");
        assert_eq!(read_basis(&cause), None);
    }
}
