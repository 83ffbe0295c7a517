//! What is answered to a step: as a story expects it, and as it came.
use super::slot::label;
use amanat_types::Refusal;
use amanat_types::code::BasisKind;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What.
    pub said: Said,
    /// Events that must be among those of the step.
    pub tells: Vec<String>,
}

/// The kinds of answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Accepted; nothing was asked to be opened.
    Ok,
    /// Opened, by this basis.
    Opens(BasisKind),
    /// Refused in a block: the refusal, the call that met it, counted from 1.
    Refused(Refusal, usize),
    /// Not taken into a block.
    NotAdmitted(Refusal),
    /// Not released, and the denial that counted.
    Kept(Refusal, Denial),
}

/// The denial behind a refused release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// It says no more than the refusal.
    Itself,
    /// Why a basis has ended.
    Because(Refusal),
    /// Which restriction applied.
    By(String),
}

fn refusal(name: &str) -> Result<Refusal, String> {
    let mut all = Refusal::ALL.iter();
    let found = all.find(|refusal| refusal.name() == name).copied();
    found.ok_or_else(|| format!("there is no such refusal: {name}"))
}

/// Reads `ok`, `opens by treatment`, `refused: GrantRevoked`, `refused: GrantRevoked in call 2`, `not admitted: SequenceUsed`,
/// ``kept: RestrictedByPatient by `no-one` ``, `kept: BasisEnded because GrantRevoked`; events behind: `ok; tells GlassBroken`.
pub fn read(text: &str) -> Result<Answer, String> {
    let (said, tells) = text.split_once("; tells ").unwrap_or((text, ""));
    let tells = tells.split(", ").filter(|name| !name.is_empty());
    Ok(Answer {
        said: said_of(said)?,
        tells: tells.map(str::to_owned).collect(),
    })
}

fn said_of(text: &str) -> Result<Said, String> {
    if text == "ok" {
        return Ok(Said::Ok);
    }
    if let Some(basis) = text.strip_prefix("opens by ") {
        let kind = BasisKind::parse(basis);
        let kind = kind.filter(|kind| *kind != BasisKind::None);
        return kind
            .map(Said::Opens)
            .ok_or_else(|| format!("there is no such basis: {basis}"));
    }
    if let Some(name) = text.strip_prefix("not admitted: ") {
        return Ok(Said::NotAdmitted(refusal(name)?));
    }
    if let Some(rest) = text.strip_prefix("refused: ") {
        let (name, call) = rest.split_once(" in call ").unwrap_or((rest, "1"));
        let call = call
            .parse()
            .map_err(|_| format!("no number of a call: {call}"))?;
        return Ok(Said::Refused(refusal(name)?, call));
    }
    if let Some(rest) = text.strip_prefix("kept: ") {
        return kept(rest);
    }
    Err(format!("there is no such answer: {text}"))
}

fn kept(rest: &str) -> Result<Said, String> {
    if let Some((name, because)) = rest.split_once(" because ") {
        return Ok(Said::Kept(
            refusal(name)?,
            Denial::Because(refusal(because)?),
        ));
    }
    if let Some((name, by)) = rest.split_once(" by ") {
        let by = label(by).ok_or_else(|| format!("no name of a restriction: {by}"))?;
        return Ok(Said::Kept(refusal(name)?, Denial::By(by.to_owned())));
    }
    Ok(Said::Kept(refusal(rest)?, Denial::Itself))
}
