//! Documents name files that exist.

use std::collections::BTreeSet;

/// Endings by which a word between backticks is taken for a file of the repository.
const ENDINGS: &[&str] = &[".rs", ".toml", ".md", ".txt", ".tsv", ".json"];

/// Whether this file's words about other files are checked: pages at the root and below `docs/`, but no history; and the list of decoders.
pub fn is_checked(path: &str) -> bool {
    let is_page = path.ends_with(".md") && (!path.contains('/') || path.starts_with("docs/"));
    (is_page || path == super::fuzz::LIST)
        && path != "CHANGELOG.md"
        && !path.starts_with("docs/decisions/")
}

/// Files that a page names below a folder of the repository and that are not in `files`, with their lines.
pub fn missing(page: &str, files: &[String]) -> Vec<(usize, String)> {
    let folders: BTreeSet<&str> = files
        .iter()
        .filter_map(|file| Some(file.split_once('/')?.0))
        .collect();
    paths(page)
        .into_iter()
        .filter(|(_, named)| {
            let folder = named.split('/').next().unwrap_or_default();
            folders.contains(folder) && !files.iter().any(|file| file == named)
        })
        .map(|(line, named)| (line, format!("`{named}` does not exist")))
        .collect()
}

/// Paths between backticks, with their lines. Patterns and places to fill in are not paths.
fn paths(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_block = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
            continue;
        }
        if in_block {
            continue;
        }
        let spans = line.split('`').skip(1).step_by(2);
        found.extend(
            spans
                .filter(|span| is_path(span))
                .map(|span| (index + 1, span)),
        );
    }
    found
}

fn is_path(span: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    span.contains('/')
        && span.chars().all(plain)
        && !span.contains("NNNN")
        && ENDINGS.iter().any(|ending| span.ends_with(ending))
}
