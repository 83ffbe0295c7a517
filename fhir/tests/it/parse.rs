//! Hostile bodies.

use amanat_fhir::{BUNDLE_ENTRIES_MAX, DEPTH_MAX, Limits, NAMES_MAX, Rule, parse};

use super::{flaw, parsed, written};

fn rule(body: &[u8]) -> Rule {
    parse(body, Limits::RESOURCE).expect_err("hostile").rule()
}

#[test]
fn size_is_judged_before_anything_is_read() {
    let body = vec![0xff; 50 * 1024 * 1024];
    let flaw = parse(&body, Limits::BUNDLE).expect_err("50 MB");
    assert_eq!(
        flaw.rule(),
        Rule::TooLarge {
            bytes_max: 16 * 1024 * 1024
        }
    );
    assert_eq!(
        rule(&body),
        Rule::TooLarge {
            bytes_max: 4 * 1024 * 1024
        }
    );
}

#[test]
fn not_json() {
    assert_eq!(rule(b"\xff{}"), Rule::NotUtf8);
    assert_eq!(
        rule("{\"a\":\"\u{e9}\"}".as_bytes().split_at(7).0),
        Rule::NotUtf8
    );
    for body in [
        "",
        " ",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":\"",
        "{\"a\":tru",
        "[1,",
        "{\"a\":1.",
    ] {
        assert_eq!(rule(body.as_bytes()), Rule::Unfinished, "{body}");
    }
    for body in [
        "x",
        "{a:1}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":NaN}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "\u{feff}{}",
        "{\"a\":[1,]}",
        "{/**/}",
        "{\"a\":-}",
    ] {
        assert!(
            matches!(rule(body.as_bytes()), Rule::NotJson { .. }),
            "{body}"
        );
    }
    for body in ["[]", "1", "null", "\"a\"", "true", "1e5"] {
        assert_eq!(rule(body.as_bytes()), Rule::NotObject, "{body}");
    }
    for body in ["{}{}", "{} x", "{}\u{0}"] {
        assert_eq!(rule(body.as_bytes()), Rule::TrailingBytes, "{body}");
    }
    assert!(parse(b" \t\r\n{ } \n", Limits::RESOURCE).is_ok());
}

#[test]
fn every_truncation_is_refused() {
    let body = r#"{"resourceType":"Patient","name":[{"family":"é\n"}],"x":-1.5e2,"active":true,"_y":null}"#;
    assert!(parse(body.as_bytes(), Limits::RESOURCE).is_ok());
    for end in 0..body.len() {
        assert!(
            parse(&body.as_bytes()[..end], Limits::RESOURCE).is_err(),
            "{end}"
        );
    }
}

#[test]
fn depth() {
    let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    assert!(parse(nested(DEPTH_MAX).as_bytes(), Limits::RESOURCE).is_ok());
    assert_eq!(
        rule(nested(DEPTH_MAX + 1).as_bytes()),
        Rule::TooDeep {
            depth_max: DEPTH_MAX
        }
    );
    for body in [
        "[".repeat(1_000_000),
        "{\"a\":".repeat(500_000),
        format!("{{\"a\":{}", "[".repeat(1_000_000)),
    ] {
        assert_eq!(
            rule(body.as_bytes()),
            Rule::TooDeep {
                depth_max: DEPTH_MAX
            }
        );
    }
    let inner = format!("{}{{}}{}", "[".repeat(DEPTH_MAX), "]".repeat(DEPTH_MAX));
    assert_eq!(
        rule(inner.as_bytes()),
        Rule::TooDeep {
            depth_max: DEPTH_MAX
        }
    );
}

#[test]
fn counts() {
    let entries = |count: usize| {
        format!(
            r#"{{"resourceType":"Bundle","entry":[{}{{}}]}}"#,
            "{},".repeat(count - 1)
        )
    };
    assert!(parse(entries(BUNDLE_ENTRIES_MAX).as_bytes(), Limits::BUNDLE).is_ok());
    for count in [BUNDLE_ENTRIES_MAX + 1, 100_000] {
        let flaw = parse(entries(count).as_bytes(), Limits::BUNDLE).expect_err("too many");
        assert_eq!(
            flaw.rule(),
            Rule::TooManyEntries {
                entries_max: BUNDLE_ENTRIES_MAX
            }
        );
        assert_eq!(flaw.at(), "Bundle.entry");
    }
    // `entry` of a List within is not counted as such.
    assert!(
        parse(
            format!(r#"{{"a":{}}}"#, entries(6_000)).as_bytes(),
            Limits::RESOURCE
        )
        .is_ok()
    );

    let limits = Limits {
        nodes_max: 10,
        ..Limits::RESOURCE
    };
    let items = |count: usize| format!(r#"{{"a":[{}1]}}"#, "1,".repeat(count - 1));
    assert!(parse(items(8).as_bytes(), limits).is_ok());
    let flaw = parse(items(9).as_bytes(), limits).expect_err("too many");
    assert_eq!(
        (flaw.rule(), flaw.at()),
        (Rule::TooManyNodes { nodes_max: 10 }, "Resource.a[8]")
    );
    assert_eq!(
        rule(items(2_000_000).as_bytes()),
        Rule::TooManyNodes {
            nodes_max: Limits::RESOURCE.nodes_max
        }
    );

    let names = |count: usize| {
        let members: Vec<String> = (0..count)
            .map(|number| format!("\"a{number}\":1"))
            .collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(parse(names(NAMES_MAX).as_bytes(), Limits::RESOURCE).is_ok());
    assert_eq!(
        rule(names(NAMES_MAX + 1).as_bytes()),
        Rule::TooManyNames {
            names_max: NAMES_MAX
        }
    );
}

#[test]
fn names() {
    let long = "a".repeat(65);
    for name in [
        "",
        "_",
        "__a",
        "1a",
        "a b",
        "a-b",
        "a.b",
        "é",
        "$a",
        "\\u0061",
        "a\\n",
        "@context",
        long.as_str(),
    ] {
        assert_eq!(
            rule(format!(r#"{{"{name}":1}}"#).as_bytes()),
            Rule::NameForm,
            "{name}"
        );
    }
    let twice = flaw(
        r#"{"resourceType":"Patient","contact":[{"name":{"family":"a","given":["b"],"family":"c"}}]}"#,
    );
    assert_eq!(
        (twice.rule(), twice.at()),
        (Rule::NameTwice, "Patient.contact[0].name.family")
    );
    let root = flaw(r#"{"resourceType":"Patient","resourceType":"Patient"}"#);
    assert_eq!(
        (root.rule(), root.at()),
        (Rule::NameTwice, "Patient.resourceType")
    );
}

#[test]
fn a_number_cannot_be_forged() {
    for body in [
        r#"{"a":{"$serde_json::private::Number":"1"}}"#,
        r#"{"a":{"$serde_json::private::RawValue":"1"}}"#,
        r#"{"$serde_json::private::Number":"1"}"#,
    ] {
        assert_eq!(rule(body.as_bytes()), Rule::ReservedText);
    }
    for body in [
        r#"{"a":{"\u0024serde_json::private::Number":"nonsense"}}"#,
        r#"{"a":{"$serde_json:\u003aprivate::Number":"1"}}"#,
        r#"{"\u0024serde_json::private::Number":"1"}"#,
    ] {
        assert_eq!(rule(body.as_bytes()), Rule::NameForm);
    }
}

#[test]
fn places_are_named_and_values_are_not() {
    let body = r#"{"resourceType":"Bundle","entry":[{},{},{},{"resource":{"resourceType":"Patient","birthDate":"canary""#;
    let flaw = flaw(body);
    assert_eq!(flaw.at(), "Bundle.entry[3].resource");
    assert!(!flaw.to_string().contains("canary"));
    let flaw = super::flaw(r#"{"canary":1,"resourceType":"Patient","birthDate":canary}"#);
    assert_eq!(flaw.at(), "Patient.birthDate");
    assert!(!flaw.to_string().contains("canary"));
    // A name that is none may be a value in the wrong place.
    assert!(
        !super::flaw(r#"{"canary name":1}"#)
            .to_string()
            .contains("canary")
    );
    assert_eq!(
        super::flaw(r#"{"resourceType":"canary","x":}"#).at(),
        "Resource.x"
    );
}

#[test]
fn numbers_stay_as_written() {
    let numbers = [
        "0",
        "-0",
        "1",
        "1.50",
        "1.0",
        "100",
        "-7",
        "1e2",
        "1E2",
        "1e+2",
        "1E+2",
        "1e-2",
        "1.50e2",
        "-0.0E-0",
        "0e0",
        "1e999999999",
        "1E-999999999",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "0.1000000000000000055511151231257827",
        "123456789012345678901234567890123456789012345678901234567890",
    ];
    let body = format!(
        r#"{{"true":true,"a":[{}],"e":"1e5 \" 1E5","b":1E7}}"#,
        numbers.join(", ")
    );
    assert_eq!(written(&parsed(&body)), body.replace(", ", ","));
}
