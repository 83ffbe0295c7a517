//! A Rust file split into code, comments and literals, line by line.
//!
//! A hand scanner, enough for rustfmt-ed code: strings (plain, byte, C, raw), characters apart from lifetimes, nested block comments.

/// One file, seen twice. Both views have the lines of the file.
pub struct Source {
    /// Whether it begins with `//!`.
    pub has_head: bool,
    /// Comments and literals blanked out.
    pub code: Vec<String>,
    /// Literals blanked out, comments kept.
    pub words: Vec<String>,
    /// Lines that are not tests: all before a closing `#[cfg(test)] mod NAME {`.
    pub lines_untested: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Code,
    Line,
    Block(usize),
    Text,
    Raw(usize),
}

impl Source {
    /// Scans a file.
    pub fn new(text: &str) -> Self {
        let (code, words) = split(text);
        let code: Vec<String> = code.split('\n').map(str::to_owned).collect();
        let words: Vec<String> = words.split('\n').map(str::to_owned).collect();
        let lines = text.lines().count();
        let lines_untested = code
            .windows(2)
            .position(|pair| pair[0] == "#[cfg(test)]" && is_module(&pair[1]))
            .unwrap_or(lines);
        Self {
            has_head: text.starts_with("//!"),
            code,
            words,
            lines_untested,
        }
    }

    /// The lines of code that are not tests.
    pub fn code_untested(&self) -> &[String] {
        &self.code[..self.lines_untested.min(self.code.len())]
    }
}

fn is_module(line: &str) -> bool {
    line.starts_with("mod ") && line.ends_with('{')
}

/// The text with comments and literals blanked, and the text with literals blanked.
fn split(text: &str) -> (String, String) {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut words = String::with_capacity(text.len());
    let mut state = State::Code;
    let mut at = 0;
    while at < chars.len() {
        let (next, width) = step(state, &chars, at);
        for &c in &chars[at..at + width] {
            let in_comment = |s: State| matches!(s, State::Line | State::Block(_));
            let is_code = state == State::Code && next == State::Code && width == 1;
            let is_comment = in_comment(state) || in_comment(next);
            let blank = if c == '\n' { '\n' } else { ' ' };
            code.push(if is_code { c } else { blank });
            words.push(if is_code || is_comment { c } else { blank });
        }
        at += width;
        state = next;
    }
    (code, words)
}

/// The state after the token at `at`, and how many characters it takes. In code, a width above 1 is a literal or a border.
fn step(state: State, chars: &[char], at: usize) -> (State, usize) {
    let peek = |ahead: usize| chars.get(at + ahead).copied().unwrap_or('\0');
    match state {
        State::Code => match chars[at] {
            '/' if peek(1) == '/' => (State::Line, 2),
            '/' if peek(1) == '*' => (State::Block(1), 2),
            '"' => (State::Text, 1),
            '\'' => (State::Code, character_width(chars, at)),
            'r' if !follows_word(chars, at) => match raw_width(chars, at) {
                Some((hashes, width)) => (State::Raw(hashes), width),
                None => (State::Code, 1),
            },
            _ => (State::Code, 1),
        },
        State::Line if chars[at] == '\n' => (State::Code, 1),
        State::Block(depth) if chars[at] == '*' && peek(1) == '/' => match depth {
            1 => (State::Code, 2),
            _ => (State::Block(depth - 1), 2),
        },
        State::Block(depth) if chars[at] == '/' && peek(1) == '*' => (State::Block(depth + 1), 2),
        State::Text if chars[at] == '\\' => (State::Text, 2.min(chars.len() - at)),
        State::Text if chars[at] == '"' => (State::Code, 1),
        State::Raw(hashes) if chars[at] == '"' && (1..=hashes).all(|n| peek(n) == '#') => {
            (State::Code, 1 + hashes)
        }
        State::Line | State::Block(_) | State::Text | State::Raw(_) => (state, 1),
    }
}

/// The width of a character literal, or 1 for the quote of a lifetime.
fn character_width(chars: &[char], at: usize) -> usize {
    if chars.get(at + 1) == Some(&'\\') {
        let end = chars[at + 3.min(chars.len() - at)..]
            .iter()
            .position(|&c| c == '\'');
        return end.map_or(1, |end| end + 4);
    }
    match chars.get(at + 2) {
        Some('\'') => 3,
        _ => 1,
    }
}

/// The hashes and the width of a raw string's opening, if one stands here.
fn raw_width(chars: &[char], at: usize) -> Option<(usize, usize)> {
    let hashes = chars[at + 1..].iter().take_while(|&&c| c == '#').count();
    (chars.get(at + 1 + hashes) == Some(&'"')).then_some((hashes, hashes + 2))
}

/// Whether an `r` here ends a longer word; `br` and `cr` are openings too.
fn follows_word(chars: &[char], at: usize) -> bool {
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let before = |back: usize| at.checked_sub(back).and_then(|n| chars.get(n));
    match before(1) {
        Some('b' | 'c') => before(2).is_some_and(is_word),
        other => other.is_some_and(is_word),
    }
}
