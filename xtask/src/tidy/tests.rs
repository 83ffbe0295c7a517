//! The scanners, on small files that hold what usually misleads one.

use super::exception::{Exceptions, compare};
use super::function::{Function, functions};
use super::source::Source;
use super::test_code::TestCode;
use super::{Survey, banned_name, document, fuzz, is_pure, word};
use std::collections::BTreeMap;

/// What is left as code, its blanks drawn together.
fn code(text: &str) -> String {
    joined(&Source::new(text).code)
}

/// What is left as code and comments, its blanks drawn together.
fn words(text: &str) -> String {
    joined(&Source::new(text).words)
}

fn joined(lines: &[String]) -> String {
    let text = lines.join("\n");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Findings for a file at `path` that begins as it should.
fn findings(path: &str, text: &str) -> Vec<String> {
    Survey::default().check(path, &Source::new(&format!("//! A file.\n{text}")))
}

fn function(name: &str, line: usize, lines: usize) -> Function {
    Function {
        name: name.to_owned(),
        line,
        lines,
    }
}

#[test]
fn comments_and_literals_are_not_code() {
    assert_eq!(code("a // b\nc"), "a c");
    assert_eq!(code("a /* b /* c */ d */ e"), "a e");
    assert_eq!(code("f(\"b // c\\\" {\") + 1"), "f( ) + 1");
    assert_eq!(code("r#\"x \" {\"# + r\"\\\" + y"), "+ + y");
    assert_eq!(code("br\"{\" b\"{\" for\"{\""), "b b for");
}

#[test]
fn lifetimes_are_code_and_characters_are_not() {
    assert_eq!(
        code("fn f<'a>(x: &'a str) { '{' }"),
        "fn f<'a>(x: &'a str) { }"
    );
    assert_eq!(code(r"['\'', '\n', '\u{7b}', '\\'] {"), "[ , , , ] {");
}

#[test]
fn comments_are_words_and_literals_are_not() {
    assert_eq!(words("x(\"no\"); // yes"), "x( ); // yes");
}

#[test]
fn lines_keep_their_place() {
    let source = Source::new("a\n\"b\nc\"\n/* d\n e */\nf");
    let lines: Vec<&str> = source.code.iter().map(|line| line.trim()).collect();
    assert_eq!(lines, ["a", "", "", "", "", "f"]);
    assert_eq!(source.lines_untested, 6);
}

#[test]
fn a_closing_test_module_is_not_counted() {
    let text = "a\nb\n#[cfg(test)]\nmod tests {\n    x\n}\n";
    assert_eq!(Source::new(text).lines_untested, 2);
    let elsewhere = "a\n#[cfg(test)]\nmod tests;\nb\n";
    assert_eq!(Source::new(elsewhere).lines_untested, 4);
}

#[test]
fn functions_are_counted_from_fn_to_the_closing_brace() {
    let text = "impl A {
    pub(crate) const fn one() {}
    pub async fn two(
        x: [u8; 2],
    ) -> Result<(), E>
    where
        E: Error,
    {
        let s = \"}\"; // }
        if x { '}' } else { y }
    }
}
";
    assert_eq!(
        functions(&Source::new(text).code),
        [function("one", 2, 1), function("two", 3, 9)]
    );
}

#[test]
fn declarations_pointers_and_comments_are_not_functions() {
    let text = "trait A {
    fn declared(&self, x: [u8; 4]) -> u8;
}
type F = fn (u8);
// fn commented() {}
let f: fn(u8) = g;
";
    assert!(functions(&Source::new(text).code).is_empty());
}

#[test]
fn nested_functions_count_for_both() {
    let text = "fn outer() {\n    fn inner() {\n    }\n}\n";
    assert_eq!(
        functions(&Source::new(text).code),
        [function("outer", 1, 4), function("inner", 2, 2)]
    );
}

#[test]
fn a_file_begins_with_what_it_is() {
    let found = Survey::default().check("a/src/b.rs", &Source::new("use c;\n"));
    assert_eq!(
        found,
        ["a/src/b.rs: a file begins with `//!` and what it is"]
    );
    assert!(findings("a/src/b.rs", "use c;\n").is_empty());
}

#[test]
fn leftovers_are_found_in_comments_and_code_alone() {
    for left in [
        "// TODO later",
        "x(); // FIXME",
        "dbg!(x);",
        "todo!()",
        "#[ignore]",
        "#[ignore = \"\"]",
    ] {
        assert_eq!(findings("a/src/b.rs", left).len(), 1, "{left}");
    }
    for fine in [
        "\"TODO\"",
        "// TODOS",
        "// dbg! in prose",
        "my_dbg!(x)",
        "ignore",
    ] {
        assert!(findings("a/src/b.rs", fine).is_empty(), "{fine}");
    }
}

#[test]
fn pure_crates_name_no_clock_map_float_thread_or_file() {
    for banned in [
        "use std::time::SystemTime;",
        "let t: Instant = x;",
        "HashMap::new()",
        "x: f64,",
        "std::thread::spawn(f)",
        "pub async fn f() {}",
        "unsafe { f() }",
        "use std::{fs::File, io};",
        "std::net::TcpStream",
    ] {
        assert_eq!(findings("types/src/b.rs", banned).len(), 1, "{banned}");
        assert!(findings("node/src/b.rs", banned).is_empty(), "{banned}");
    }
    for fine in [
        "n.as_f64()",
        "Instantly",
        "// HashMap differs",
        "\"unsafe\"",
        "unsafe_code",
    ] {
        assert!(findings("types/src/b.rs", fine).is_empty(), "{fine}");
    }
}

#[test]
fn tests_of_pure_crates_may_read_files() {
    assert!(is_pure("fhir/src/check/mod.rs"));
    assert!(!is_pure("fhir/benches/parse.rs"));
    assert!(findings("fhir/src/check/tests.rs", "std::fs::read(p)").is_empty());
    assert!(findings("fhir/tests/it/main.rs", "std::fs::read(p)").is_empty());
    let inside = "#[cfg(test)]\nmod tests {\n    std::fs::read(p)\n}\n";
    assert!(findings("fhir/src/check.rs", inside).is_empty());
}

#[test]
fn tests_are_known_by_their_path_or_their_declaration() {
    let mut tests = TestCode::default();
    tests.note(
        "a/src/lib.rs",
        &Source::new("#[cfg(test)]\nmod book;\nmod real;\n"),
    );
    tests.note(
        "a/src/b.rs",
        &Source::new("#[cfg(test)]\npub(crate) mod vectors;\n"),
    );
    for test in [
        "a/src/b/tests.rs",
        "a/tests/it/main.rs",
        "a/src/book/mod.rs",
        "a/src/book.rs",
        "a/src/b/vectors.rs",
    ] {
        assert!(tests.holds(test), "{test}");
    }
    for not in ["a/src/attests.rs", "a/src/real.rs", "a/src/bookkeeping.rs"] {
        assert!(!tests.holds(not), "{not}");
    }
}

#[test]
fn names_that_say_nothing_are_refused() {
    assert_eq!(banned_name("a/src/utils.rs"), Some("utils"));
    assert_eq!(banned_name("a/src/common/mod.rs"), Some("common"));
    assert_eq!(banned_name("a/src/baseline.rs"), None);
}

#[test]
fn roots_hold_less_than_a_hundred_lines() {
    let long = "//!\n".repeat(99);
    assert_eq!(findings("a/src/lib.rs", &long).len(), 1);
    assert!(findings("a/src/lib.rs", &long[4..]).is_empty());
    assert!(findings("a/src/other.rs", &long).is_empty());
}

#[test]
fn paths_of_a_machine_are_found_and_addresses_are_not() {
    let home = concat!("/", "home");
    let shared = concat!("..", "/shared");
    for found in [
        format!("cd {home}/me"),
        format!("\"{home}\""),
        format!("path={home}/x"),
        format!("--fhir {shared}/data"),
    ] {
        assert_eq!(word::foreign_paths(&found).len(), 1, "{found}");
    }
    for fine in [
        format!("https://example.org{home}/x"),
        format!("$DIR{home}"),
        format!("{home}stead"),
        "a/b".to_owned(),
    ] {
        assert!(word::foreign_paths(&fine).is_empty(), "{fine}");
    }
}

#[test]
fn an_exception_only_shrinks() {
    let sizes = |lines| BTreeMap::from([("a.rs".to_owned(), lines)]);
    let judge = |lines, allowed| compare("a file", 10, &sizes(lines), &sizes(allowed)).len();
    assert_eq!(judge(12, 12), 0);
    assert_eq!(judge(13, 12), 1, "grew");
    assert_eq!(judge(11, 12), 1, "could be lower");
    assert_eq!(judge(10, 12), 1, "not needed");
    assert_eq!(compare("a file", 10, &sizes(11), &BTreeMap::new()).len(), 1);
    assert_eq!(compare("a file", 10, &sizes(10), &BTreeMap::new()).len(), 0);
    assert_eq!(compare("a file", 10, &BTreeMap::new(), &sizes(12)).len(), 1);
}

#[test]
fn the_list_of_exceptions_may_be_empty_and_refuses_unknown_tables() {
    assert!(toml::from_str::<Exceptions>("").is_ok());
    assert!(toml::from_str::<Exceptions>("[file_words]").is_err());
}

#[test]
fn documents_name_files_that_exist() {
    let files = ["a/b.rs", "c/x.md"].map(str::to_owned);
    let missing = |page: &str| document::missing(page, &files).len();
    assert_eq!(missing("x\n`a/b.rs` and `a/gone.rs`"), 1);
    assert_eq!(missing("`c/gone.md`\n`c/gone.toml`"), 2);
    assert_eq!(missing("```\n`a/gone.rs`\n```"), 0, "a block is an example");
    assert_eq!(
        missing("`a/*.rs` `a/gone.rs x` `a/NNNN-y.md`"),
        0,
        "patterns"
    );
    assert_eq!(missing("`DIR/network.json`"), 0, "no folder of ours");
}

#[test]
fn pages_are_checked_and_history_is_not() {
    for checked in [
        "ARCHITECTURE.md",
        "docs/style.md",
        "docs/operate/status.md",
        "fuzz/README.md",
    ] {
        assert!(document::is_checked(checked), "{checked}");
    }
    for not in [
        "CHANGELOG.md",
        "docs/decisions/0002-envelope.md",
        "exchange/API.md",
        "docs/a.toml",
    ] {
        assert!(!document::is_checked(not), "{not}");
    }
}

#[test]
fn a_fuzz_target_is_built_and_listed() {
    let files = ["fuzz/fuzz_targets/a.rs", "fuzz/src/b.rs"].map(str::to_owned);
    let built = "[[bin]]\nname = \"a\"\npath = \"fuzz_targets/a.rs\"\n";
    assert!(fuzz::unnamed(&files, built, "| x | y | `a` |").is_empty());
    assert_eq!(fuzz::unnamed(&files, built, "| x | y | a |").len(), 1);
    assert_eq!(fuzz::unnamed(&files, "", "`a`").len(), 1);
    assert_eq!(fuzz::unnamed(&files, "", "").len(), 2);
}
