//! Finds functions and counts their lines.

/// One function with a body.
#[derive(Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The number of the line with `fn`, from 1.
    pub line: usize,
    /// From `fn` to the closing brace, both included.
    pub lines: usize,
}

/// The functions in lines whose comments and literals are blanked out; nested ones count for themselves too.
pub fn functions(code: &[String]) -> Vec<Function> {
    code.iter()
        .enumerate()
        .filter_map(|(index, line)| {
            let name = name(line)?;
            Some(Function {
                name,
                line: index + 1,
                lines: body_lines(&code[index..])?,
            })
        })
        .collect()
}

/// The name of the function that this line declares.
fn name(line: &str) -> Option<String> {
    let mut rest = line.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix("fn ") {
            let name: String = after
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            return (!name.is_empty()).then_some(name);
        }
        let (word, after) = rest.split_once(' ')?;
        let is_qualifier = matches!(
            word,
            "pub" | "const" | "async" | "unsafe" | "extern" | "default"
        ) || word.starts_with("pub(");
        if !is_qualifier {
            return None;
        }
        // `pub(in path)` holds a blank; the ABI of `extern "C"` is already blanked out.
        rest = match word {
            "pub(in" => after.split_once(' ')?.1,
            _ => after,
        }
        .trim_start();
    }
}

/// Lines up to the brace that closes the first one opened; nothing for a declaration without a body.
fn body_lines(code: &[String]) -> Option<usize> {
    let mut braces = 0usize;
    let mut brackets = 0usize;
    for (index, line) in code.iter().enumerate() {
        for c in line.chars() {
            match c {
                '(' | '[' => brackets += 1,
                ')' | ']' => brackets = brackets.saturating_sub(1),
                ';' if braces == 0 && brackets == 0 => return None,
                '{' => braces += 1,
                '}' if braces == 1 && brackets == 0 => return Some(index + 1),
                '}' => braces = braces.saturating_sub(1),
                _ => {}
            }
        }
    }
    None
}
