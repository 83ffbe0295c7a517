//! Words that a file must not hold.

/// Left-over markers, also in comments.
const MARKERS: &[&str] = &["TODO", "FIXME", "XXX"];

/// Left-over code.
const LEFTOVERS: &[&str] = &["dbg!", "todo!", "unimplemented!", "#[ignore"];

/// What the pure crates may not name, with the reason.
const IMPURE: &[(&str, &str)] = &[
    ("SystemTime", "time comes in as an argument"),
    ("Instant", "time comes in as an argument"),
    ("HashMap", "iteration order differs: BTreeMap"),
    ("HashSet", "iteration order differs: BTreeSet"),
    ("f32", "no floats: digits and a scale"),
    ("f64", "no floats: digits and a scale"),
    ("thread::", "no threads"),
    ("async fn", "no waiting"),
    ("unsafe", "no unsafe code"),
    ("std::fs", "no input or output"),
    ("fs::", "no input or output"),
    ("std::net", "no input or output"),
    ("net::", "no input or output"),
    ("std::env", "no environment"),
    ("env::var", "no environment"),
];

/// Folders of the repository's host and of its maker's machine; each is written in two parts so that this file is clean.
const FOREIGN: &[&str] = &[
    concat!("/", "work"),
    concat!("/", "root"),
    concat!("/", "home"),
    concat!("..", "/shared"),
];

/// Markers and left-over code; `words` keeps comments, `code` does not.
pub fn leftovers(code: &[String], words: &[String]) -> Vec<(usize, String)> {
    let markers = lines_with(words, MARKERS, "a leftover");
    let leftovers = lines_with(code, LEFTOVERS, "a leftover");
    markers.chain(leftovers).collect()
}

/// What a pure crate may not name.
pub fn impurities(code: &[String]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (index, line) in code.iter().enumerate() {
        // `fs::` is part of `std::fs::`: one finding a line is enough.
        if let Some((word, why)) = IMPURE.iter().find(|(word, _)| has_word(line, word)) {
            found.push((index + 1, format!("{word} in a pure crate: {why}")));
        }
    }
    found
}

/// Absolute paths of a machine, in any text.
pub fn foreign_paths(text: &str) -> Vec<(usize, String)> {
    let is_path = |c: char| c.is_alphanumeric() || "_.-/$}>*]~".contains(c);
    let has_path = |line: &str, path: &str| {
        occurrences(line, path).any(|at| {
            let before = line[..at].chars().next_back();
            let after = line[at + path.len()..].chars().next();
            !before.is_some_and(is_path)
                && !after.is_some_and(|c| c.is_alphanumeric() || "_-.".contains(c))
        })
    };
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(path) = FOREIGN.iter().find(|path| has_path(line, path)) {
            found.push((
                index + 1,
                format!("{path} is a path outside of the repository"),
            ));
        }
    }
    found
}

fn lines_with<'a>(
    lines: &'a [String],
    needles: &'static [&'static str],
    what: &'a str,
) -> impl Iterator<Item = (usize, String)> + 'a {
    lines.iter().enumerate().flat_map(move |(index, line)| {
        needles
            .iter()
            .filter(move |needle| has_word(line, needle))
            .map(move |needle| (index + 1, format!("{needle} is {what}")))
    })
}

/// Whether `word` stands in `line` and is not part of a longer word.
fn has_word(line: &str, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    occurrences(line, word).any(|at| {
        let before = line[..at].chars().next_back().is_some_and(is_word);
        let after = line[at + word.len()..].chars().next().is_some_and(is_word);
        (!before || !word.starts_with(is_word)) && (!after || !word.ends_with(is_word))
    })
}

fn occurrences<'a>(line: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    line.match_indices(word).map(|(at, _)| at)
}
