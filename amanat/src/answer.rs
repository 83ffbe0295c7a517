//! What a command answers: words for a person, or one JSON object for a program; with a status that says the same.
//!
//! With `--json` a command prints exactly one line on standard output: what it found, or why it found nothing. Both have `held`: true, false,
//! or null where it could not be told, as exit status 0, 1 and 2.
use crate::command_error::{CommandError, Held};
use serde::Serialize;
use serde_json::{Value, json};
use std::error::Error;
use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether this process was asked for JSON.
static JSON: AtomicBool = AtomicBool::new(false);

/// Says that this process answers in JSON: what is told meanwhile then goes to standard error.
pub fn in_json(json: bool) {
    JSON.store(json, Ordering::Relaxed);
}

/// Tells a person how far a command is.
pub fn tell(text: &str) {
    match JSON.load(Ordering::Relaxed) {
        true => eprintln!("{text}"),
        // What cannot be told is no reason not to go on; the answer is another matter.
        false => drop(out(text)),
    }
}

/// Writes a line to standard output. Who closed it, as `head` does, has read enough: the exit status says the rest.
fn out(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// What a command found.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Whether it held.
    pub held: Held,
    /// For a person.
    pub words: String,
    /// For a program: an object.
    pub json: Value,
}

impl Answer {
    /// An answer; what is not an object stands in one at `answer`.
    pub fn new(held: Held, words: impl Into<String>, shape: impl Serialize) -> Self {
        let shape = serde_json::to_value(shape).unwrap_or_default();
        let mut shape = match shape {
            Value::Object(_) => shape,
            other => json!({ "answer": other }),
        };
        shape["held"] = held_json(held);
        Self {
            held,
            words: words.into(),
            json: shape,
        }
    }

    /// It was done, or held.
    pub fn yes(words: impl Into<String>, shape: impl Serialize) -> Self {
        Self::new(Held::Yes, words, shape)
    }

    /// Prints it, and says how it held; if it cannot be printed, for another reason than that nobody reads it, that cannot be told.
    pub fn print(&self, json: bool) -> Held {
        let printed = match json {
            true => out(&self.json.to_string()),
            false => out(self.words.trim_end_matches('\n')),
        };
        match printed {
            Ok(()) => self.held,
            Err(error) => {
                eprintln!("amanat: standard output: {error}");
                Held::Unknown
            }
        }
    }
}

fn held_json(held: Held) -> Value {
    match held {
        Held::Yes => Value::Bool(true),
        Held::No => Value::Bool(false),
        Held::Unknown => Value::Null,
    }
}

/// Prints an answer, or says the error; gives the exit status of either.
pub fn exit(result: Result<Answer, CommandError>, json: bool) -> ExitCode {
    match result {
        Ok(answer) => answer.print(json).into(),
        Err(error) => {
            let held = if error.is_no() {
                Held::No
            } else {
                Held::Unknown
            };
            fail(&error, held, json)
        }
    }
}

/// Says an error in the one shape that all commands have, and gives its exit status.
pub fn fail(error: &dyn Error, held: Held, json: bool) -> ExitCode {
    match json {
        // If that fails, the exit status says the same.
        true => drop(out(&shape(error, held).to_string())),
        false => crate::command_error::say(error),
    }
    held.into()
}

/// A command line that is not understood: as clap says it, or in the shape of every other error. Help and version are no errors, and end
/// with 0.
pub fn misread(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    match json && error.use_stderr() {
        true => fail(error, Held::Unknown, true),
        false => error.exit(),
    }
}

/// `held`, and `error` with its text and what is behind it.
fn shape(error: &dyn Error, held: Held) -> Value {
    let mut because = Vec::new();
    let mut at = error.source();
    while let Some(cause) = at {
        because.push(cause.to_string());
        at = cause.source();
    }
    let told = json!({ "text": error.to_string(), "because": because });
    json!({ "held": held_json(held), "error": told })
}

#[cfg(test)]
mod tests {
    use super::{Answer, shape};
    use crate::command_error::{CommandError, Held};
    use serde_json::{Value, json};

    #[test]
    fn an_answer_is_an_object_that_says_how_it_held() {
        let listed = Answer::new(Held::Unknown, "", ["a"]);
        assert_eq!(listed.json, json!({ "answer": ["a"], "held": null }));
        let object = Answer::yes("", json!({ "height": 7 }));
        assert_eq!(object.json, json!({ "height": 7, "held": true }));
    }

    #[test]
    fn an_error_says_how_it_held_what_it_is_and_what_is_behind_it() {
        let rule = shape(
            &CommandError::rule("a.toml", "member", "is 1 or more"),
            Held::No,
        );
        let text = "a.toml: member: is 1 or more";
        assert_eq!(
            rule,
            json!({ "held": false, "error": { "text": text, "because": [] } })
        );
        let file = CommandError::file("b.toml")(std::io::ErrorKind::NotFound.into());
        let file = shape(&file, Held::Unknown);
        assert_eq!(file["held"], Value::Null);
        assert_eq!(file["error"]["because"][0], "entity not found");
    }
}
