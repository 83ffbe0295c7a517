//! The canonical bytes are a format: these vectors may never change.

use super::{parsed, written};

#[test]
fn vectors() {
    let table = [
        ("{ }", "{}"),
        (
            " { \"b\" : 1 ,\n\"a\" : [ ] , \"c\":{ } } ",
            r#"{"b":1,"a":[],"c":{}}"#,
        ),
        (
            r#"{"a":1E2,"b":1.50,"c":-0}"#,
            r#"{"a":1E2,"b":1.50,"c":-0}"#,
        ),
        (r#"{"a":"\u0061\/\u00e9\ud83d\ude00"}"#, "{\"a\":\"a/é😀\"}"),
        (
            r#"{"a":"\u0008\u000C\u000a\u000D\u0009\"\\"}"#,
            r#"{"a":"\b\f\n\r\t\"\\"}"#,
        ),
        (
            r#"{"a":"\u0000\u001F\u007f\u2028"}"#,
            "{\"a\":\"\\u0000\\u001f\u{7f}\u{2028}\"}",
        ),
        (r#"{"a":"e\u0301"}"#, "{\"a\":\"e\u{301}\"}"),
        (
            r#"{"a":[null,true,false,"",{}]}"#,
            r#"{"a":[null,true,false,"",{}]}"#,
        ),
    ];
    for (from, to) in table {
        assert_eq!(written(&parsed(from)), to);
    }
}

#[test]
fn unknown_elements_order_and_extensions_stay() {
    let text = r#"{"zeta":{"y":1,"x":2},"resourceType":"Patient","_birthDate":{"extension":[{"url":"u","valueString":"v"}]},"alpha":[{"k":1.10}]}"#;
    assert_eq!(written(&parsed(text)), text);
}
