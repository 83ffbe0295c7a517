//! What a check of an operator's set-up found: one line each, ok, warn, fail or unknown, and what to do.
use crate::answer::Answer;
use crate::command_error::Held;
use serde::Serialize;
use std::fmt::{Display, Formatter, Result};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It held.
    Ok,
    /// It held, but somebody should look.
    Warn,
    /// It did not hold.
    Fail,
    /// It could not be told.
    Unknown,
}

/// One line.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What was checked, in one word.
    pub check: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do, if anything.
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
}

/// All lines of one command.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Findings {
    /// In the order of the checks.
    pub checks: Vec<Finding>,
}

impl Findings {
    /// It held.
    pub fn ok(&mut self, check: &'static str, found: impl Into<String>) {
        self.push(check, Verdict::Ok, found.into(), None);
    }

    /// Somebody should look.
    pub fn warn(&mut self, check: &'static str, found: impl Into<String>, todo: impl Into<String>) {
        self.push(check, Verdict::Warn, found.into(), Some(todo.into()));
    }

    /// It did not hold.
    pub fn fail(&mut self, check: &'static str, found: impl Into<String>, todo: impl Into<String>) {
        self.push(check, Verdict::Fail, found.into(), Some(todo.into()));
    }

    /// It could not be told.
    pub fn unknown(
        &mut self,
        check: &'static str,
        found: impl Into<String>,
        todo: impl Into<String>,
    ) {
        self.push(check, Verdict::Unknown, found.into(), Some(todo.into()));
    }

    fn push(&mut self, check: &'static str, verdict: Verdict, found: String, todo: Option<String>) {
        self.checks.push(Finding {
            check,
            verdict,
            found,
            todo,
        });
    }

    /// No if anything failed, else unknown if anything is, else yes.
    pub fn held(&self) -> Held {
        let any = |verdict| self.checks.iter().any(|line| line.verdict == verdict);
        if any(Verdict::Fail) {
            Held::No
        } else if any(Verdict::Unknown) {
            Held::Unknown
        } else {
            Held::Yes
        }
    }

    /// What a command that checks answers.
    pub fn answer(&self) -> Answer {
        Answer::new(self.held(), self.to_string(), self)
    }
}

impl Display for Findings {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for line in &self.checks {
            let word = match line.verdict {
                Verdict::Ok => "ok",
                Verdict::Warn => "warn",
                Verdict::Fail => "fail",
                Verdict::Unknown => "unknown",
            };
            let Finding { check, found, .. } = line;
            write!(f, "{word:8} {check:10} {found}")?;
            match &line.todo {
                Some(todo) => writeln!(f, " -> {todo}")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}
