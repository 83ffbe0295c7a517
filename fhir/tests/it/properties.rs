//! Properties over generated JSON: nothing is lost, nothing panics, and the road back leads back.

use amanat_fhir::bundle::{restore, transaction};
use amanat_fhir::{Category, Limits, canonical, check, parse, patient};
use proptest::prelude::*;

use super::{checked, written};

/// One JSON text twice: as someone might write it, and as it must come out.
#[derive(Clone, Debug)]
struct Twice {
    loose: String,
    canonical: String,
}

fn string() -> impl Strategy<Value = Twice> {
    proptest::collection::vec(any::<(char, bool)>(), 0..12).prop_map(|chars| {
        let (mut loose, mut canonical) = ("\"".to_owned(), "\"".to_owned());
        for (c, escaped) in chars {
            let plain = serde_json::to_string(&c).unwrap();
            let plain = plain
                .trim_start_matches('"')
                .strip_suffix('"')
                .unwrap_or(&plain);
            let plain = if c == '"' { "\\\"" } else { plain };
            canonical.push_str(plain);
            if escaped {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    loose.push_str(&format!("\\u{unit:04X}"));
                }
            } else {
                loose.push_str(plain);
            }
        }
        loose.push('"');
        canonical.push('"');
        Twice { loose, canonical }
    })
}

fn json() -> impl Strategy<Value = Twice> {
    let same = |text: String| Twice {
        canonical: text.clone(),
        loose: text,
    };
    let leaf = prop_oneof![
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,9})?".prop_map(same),
        prop_oneof![Just("true"), Just("false"), Just("null")]
            .prop_map(move |text| same(text.to_owned())),
        string(),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(|items| join(items, '[', ']')),
            object(inner),
        ]
    })
}

/// Members in any order: order must be kept, not made.
fn object(inner: impl Strategy<Value = Twice>) -> impl Strategy<Value = Twice> {
    proptest::collection::btree_map("_?[a-zA-Z][a-zA-Z0-9]{0,6}", inner, 0..5)
        .prop_flat_map(|members| Just(members.into_iter().collect::<Vec<_>>()).prop_shuffle())
        .prop_map(|members| {
            let named = members.into_iter().map(|(name, value)| Twice {
                loose: format!("\"{name}\" : {}", value.loose),
                canonical: format!("\"{name}\":{}", value.canonical),
            });
            join(named.collect(), '{', '}')
        })
}

fn join(items: Vec<Twice>, open: char, close: char) -> Twice {
    let loose: Vec<&str> = items.iter().map(|item| item.loose.as_str()).collect();
    let canonical: Vec<&str> = items.iter().map(|item| item.canonical.as_str()).collect();
    Twice {
        loose: format!("{open} {}\n{close}", loose.join(" ,\t")),
        canonical: format!("{open}{}{close}", canonical.join(",")),
    }
}

/// Small resources, many of them sound, of a few types and elements that the rules speak of.
fn resource() -> impl Strategy<Value = String> {
    let reference = "(Patient/[a-z]{1,2}|urn:uuid:x|#c?|[a-z?/]{0,6}|http://h/Patient/a)";
    let element = prop_oneof![
        reference.prop_map(|to| format!(r#""subject":{{"reference":"{to}"}}"#)),
        "[A-Z][0-9]{2}".prop_map(|code| format!(
            r#""code":{{"coding":[{{"system":"http://hl7.org/fhir/sid/icd-10","code":"{code}"}}]}}"#
        )),
        Just(r#""extension":[{"url":"u","valueDecimal":1.50}]"#.to_owned()),
        Just(
            r#""text":{"status":"generated","div":"<div><a href='urn:uuid:x'/></div>"}"#.to_owned()
        ),
        json().prop_map(|value| format!(r#""extra":{}"#, value.loose)),
    ];
    (
        "(Patient|Observation|Basic|Claim|Organization|Bundle)",
        proptest::option::of(element),
    )
        .prop_map(|(kind, element)| {
            let rest = element
                .map(|element| format!(",{element}"))
                .unwrap_or_default();
            format!(r#"{{"resourceType":"{kind}"{rest}}}"#)
        })
}

proptest! {
    #[test]
    fn canonical_is_what_was_written(value in json()) {
        let loose = format!(r#" {{ "a" : {} }} "#, value.loose);
        let want = format!(r#"{{"a":{}}}"#, value.canonical);
        let once = parse(loose.as_bytes(), Limits::RESOURCE).unwrap();
        prop_assert_eq!(written(&once), want.as_str());
        let again = parse(want.as_bytes(), Limits::RESOURCE).unwrap();
        prop_assert_eq!(canonical(&again), canonical(&once));
        prop_assert_eq!(again, once);
    }

    #[test]
    fn any_bytes_get_an_answer(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&body, Limits::RESOURCE).and_then(check);
    }

    #[test]
    fn any_text_near_json_gets_an_answer(body in "[{}\\[\\]:,\"\\\\ue0-9.a$ -]{0,60}") {
        if let Ok(resource) = parse(body.as_bytes(), Limits::RESOURCE) {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
            let bytes = canonical(&resource);
            prop_assert_eq!(canonical(&parse(&bytes, Limits::RESOURCE).unwrap()), bytes);
        }
    }

    #[test]
    fn a_changed_byte_is_another_resource_or_none(text in resource(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = text.clone().into_bytes();
        let at = place.index(body.len());
        body[at] = byte;
        if let Ok(checked) = parse(&body, Limits::RESOURCE).and_then(check) {
            let (_, _) = (Category::of(&checked), patient::of(&checked).is_ok());
            let bytes = canonical(&checked);
            prop_assert_eq!(canonical(&parse(&bytes, Limits::RESOURCE).unwrap()), bytes);
        }
    }

    #[test]
    fn a_transaction_can_be_undone(resources in proptest::collection::vec(resource(), 0..6)) {
        let sound: Vec<String> = resources
            .into_iter()
            .filter(|text| parse(text.as_bytes(), Limits::RESOURCE).and_then(check).is_ok())
            .collect();
        let entries: Vec<String> = sound.iter().enumerate().map(|(index, text)| {
            let kind = text.split('"').nth(3).unwrap();
            let url = format!("urn:uuid:00000000-0000-4000-8000-{index:012}");
            format!(r#"{{"fullUrl":"{url}","resource":{text},"request":{{"method":"POST","url":"{kind}"}}}}"#)
        }).collect();
        let list = if entries.is_empty() { String::new() } else { format!(r#","entry":[{}]"#, entries.join(",")) };
        let bundle = checked(&format!(r#"{{"resourceType":"Bundle","type":"transaction"{list}}}"#));
        if let Ok(taken) = transaction(bundle, |index, _| format!("zz-{index}")) {
            let origins = taken.origins();
            for (mut entry, text) in taken.entries.into_iter().zip(sound) {
                restore(&mut entry.resource, &origins);
                prop_assert_eq!(canonical(&entry.resource), canonical(&checked(&text)));
            }
        }
    }
}
