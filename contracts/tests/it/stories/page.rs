//! A page of stories: Markdown, read strictly. What is not understood is an error with its file and line.
//!
//! A page is `# Title`, then stories. A story is `## Title`, prose, and one table of [`COLUMNS`], after which nothing but the next
//! story comes.

/// The columns of a table, in this order.
pub const COLUMNS: [&str; 5] = ["step", "when", "who", "does", "answer"];

/// One story.
#[derive(Debug)]
pub struct Story {
    /// Its file and line.
    pub place: String,
    /// Its title.
    pub title: String,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// One row of a table.
#[derive(Debug)]
pub struct Step {
    /// Its file and line.
    pub place: String,
    /// When.
    pub when: String,
    /// Who signs.
    pub who: String,
    /// What, in plain words.
    pub does: String,
    /// What the ledger or a releaser answers.
    pub answer: String,
}

/// Where a reader of a page is.
enum At {
    Start,
    Page,
    Prose(Story, bool),
    Ruled(Story),
    Rows(Story),
}

/// The stories of a page, or what is wrong with it.
pub fn read(file: &str, text: &str) -> Result<Vec<Story>, String> {
    let mut stories = Vec::new();
    let mut at = At::Start;
    for (number, line) in text.lines().enumerate() {
        let place = format!("{file}:{}", number + 1);
        let wrong = |what: &str| Err(format!("{place}: {what}: {line}"));
        let title = |line: &str, mark: &str| {
            let title = line.strip_prefix(mark).map(str::trim);
            title.filter(|title| !title.is_empty()).map(str::to_owned)
        };
        at = match (at, line.trim_end()) {
            (At::Start, line) => match title(line, "# ") {
                Some(_) => At::Page,
                None => return wrong("a page begins with its title"),
            },
            (at, "") => at,
            (At::Prose(_, false), line) if line.starts_with('|') => {
                return wrong("a story says its rule before its table");
            }
            (At::Prose(story, true), line) if line.starts_with('|') => match cells(line) == COLUMNS
            {
                true => At::Ruled(story),
                false => return wrong("the columns are step, when, who, does, answer"),
            },
            (At::Ruled(story), "|-|-|-|-|-|") => At::Rows(story),
            (At::Ruled(_), _) => return wrong("a line |-|-|-|-|-| follows the columns"),
            (At::Rows(mut story), line) if line.starts_with('|') => {
                let step = row(&place, line, story.steps.len() + 1)?;
                story.steps.push(step);
                At::Rows(story)
            }
            (at, line) if line.starts_with('#') => {
                let Some(title) = title(line, "## ") else {
                    return wrong("a story begins with ## and its title");
                };
                stories.extend(finished(at)?);
                let steps = Vec::new();
                At::Prose(
                    Story {
                        place,
                        title,
                        steps,
                    },
                    false,
                )
            }
            (At::Prose(story, _), _) => At::Prose(story, true),
            (At::Page, _) => At::Page,
            (At::Rows(_), _) => return wrong("nothing stands between a table and the next story"),
        };
    }
    stories.extend(finished(at)?);
    match stories.is_empty() {
        true => Err(format!("{file}: a page without a story")),
        false => Ok(stories),
    }
}

/// The story that ends here, if one does.
fn finished(at: At) -> Result<Option<Story>, String> {
    match at {
        At::Start | At::Page => Ok(None),
        At::Rows(story) if !story.steps.is_empty() => Ok(Some(story)),
        At::Prose(story, _) | At::Ruled(story) | At::Rows(story) => {
            Err(format!("{}: a story without a table", story.place))
        }
    }
}

fn cells(line: &str) -> Vec<&str> {
    let inside = line.trim().trim_start_matches('|').trim_end_matches('|');
    inside.split('|').map(str::trim).collect()
}

fn row(place: &str, line: &str, number: usize) -> Result<Step, String> {
    let cells = cells(line);
    let [step, when, who, does, answer] = cells[..] else {
        return Err(format!("{place}: a row has five columns: {line}"));
    };
    if step != number.to_string() {
        return Err(format!("{place}: this is step {number}, not {step}"));
    }
    if [when, who, does, answer].contains(&"") {
        return Err(format!("{place}: a column is empty: {line}"));
    }
    let place = place.to_owned();
    let [when, who, does, answer] = [when, who, does, answer].map(str::to_owned);
    Ok(Step {
        place,
        when,
        who,
        does,
        answer,
    })
}
