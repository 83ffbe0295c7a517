//! What would have become of a request at the height up to which a ledger was executed again: `amanat replay --to HEIGHT --member ...`.
use crate::command_error::CommandError;
use amanat_gateway::read_basis;
use amanat_types::call::{Request, Scope};
use amanat_types::codec::List;
use amanat_types::explain::{Effect, ExplainQuestion, Explanation, Finding};
use amanat_types::id::SealingKey;
use amanat_types::{BlindIndex, LocalId, MemberId, PractitionerId, Purpose, RecordId, TimestampMs};
use clap::Args;
use serde_json::{Value, json};

/// A request as a member might have made it.
#[derive(Args)]
pub struct Asked {
    /// Explain what would have become of a request by this member (its number), by the state after the last block that is executed.
    #[arg(long, requires_all = ["basis", "purpose"])]
    member: Option<u16>,
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
    /// Record that would have been asked for, 32 hexadecimal digits. May be repeated.
    #[arg(long, requires = "member", conflicts_with = "index")]
    record: Vec<String>,
    /// Blind index that would have been asked for, 32 hexadecimal digits. May be repeated.
    #[arg(long, requires = "member")]
    index: Vec<String>,
}

impl Asked {
    /// The question, if one is asked.
    pub fn question(&self) -> Result<Option<ExplainQuestion>, CommandError> {
        let Some(member) = self.member else {
            return Ok(None);
        };
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
        Ok(Some(ExplainQuestion {
            member: MemberId::new(member),
            present: bounded(present, "--practitioner")?,
            request: Request {
                local: LocalId::new([0; 16]),
                patient: None,
                scope,
                basis,
                purpose,
                until_ms: TimestampMs::new(0),
                reader: SealingKey::new([0; 32]),
                openings: List::empty(),
            },
        }))
    }
}

fn wrong(argument: &str, rule: &str) -> CommandError {
    CommandError::rule("the command", argument, rule.to_owned())
}

fn all<T>(
    texts: &[String],
    argument: &str,
    read: fn(&str) -> Option<T>,
) -> Result<Vec<T>, CommandError> {
    let read =
        |text: &String| read(text).ok_or_else(|| wrong(argument, "must be 32 hexadecimal digits"));
    texts.iter().map(read).collect()
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort_unstable();
    items.dedup();
    items
}

fn bounded<T, const N: usize>(items: Vec<T>, argument: &str) -> Result<List<T, N>, CommandError> {
    List::new(items).map_err(|_| wrong(argument, "is given too often"))
}

/// What a finding says, and of what.
fn said(finding: &Finding) -> (&'static str, String) {
    match finding.effect {
        Effect::Permit(_) => ("permits", String::new()),
        Effect::Deny(denial) if denial.because == denial.refusal => {
            ("denies", denial.refusal.to_string())
        }
        Effect::Deny(denial) => (
            "denies",
            format!("{}, because {}", denial.refusal, denial.because),
        ),
        Effect::Withhold(refusal) => ("keeps a part back", refusal.to_string()),
    }
}

/// The explanation, for people.
pub fn words(explained: &Explanation) -> String {
    let outcome = match explained.refusal() {
        None => "would have been granted".to_owned(),
        Some(refusal) => format!("would have been refused: {refusal}"),
    };
    let mut words = format!("  the request  at height {}, {outcome}\n", explained.height);
    for finding in &explained.findings {
        let (effect, why) = said(finding);
        let source = format!("{} {}", finding.kind, hex::encode(&*finding.id));
        words.push_str(&format!(
            "    {} {effect}{}{why}\n",
            source.trim_end(),
            if why.is_empty() { "" } else { ": " }
        ));
    }
    words
}

/// The explanation, for programs.
pub fn shape(explained: &Explanation) -> Value {
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
    json!({
        "height": explained.height.get(),
        "time_ms": explained.time_ms.get(),
        "granted": explained.refusal().is_none(),
        "refusal": explained.refusal().map(|refusal| refusal.name()),
        "findings": findings.collect::<Vec<Value>>(),
    })
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
