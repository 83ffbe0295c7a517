//! Queries, and the values that they look for.

use amanat_fhir::Rule;
use amanat_fhir::search::{Identifier, Search, Token, identifiers};

use super::checked;

fn tokens(query: &str) -> Vec<Token> {
    Search::parse(query).unwrap().identifiers.unwrap()
}

#[test]
fn defaults_and_all_parameters() {
    let none = Search::parse("").unwrap();
    assert_eq!(
        none,
        Search {
            ids: None,
            identifiers: None,
            patient: None,
            target: None,
            with_provenance: false,
            count: 50,
            cursor: None
        }
    );
    let all = Search::parse(
        "_id=a,b&patient=Patient/p&_count=1000&_cursor=Ab-_.9&identifier=http%3A%2F%2Fs%7C1+2",
    )
    .unwrap();
    assert_eq!(all.ids, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(
        (all.patient.as_deref(), all.count, all.cursor.as_deref()),
        (Some("p"), 1000, Some("Ab-_.9"))
    );
    assert_eq!(
        all.identifiers,
        Some(vec![Token::Exact {
            system: "http://s".to_owned(),
            value: "1 2".to_owned()
        }])
    );
    assert_eq!(
        Search::parse("patient=p&").unwrap().patient.as_deref(),
        Some("p")
    );
}

#[test]
fn token_forms() {
    assert_eq!(tokens("identifier=v"), [Token::Value("v".to_owned())]);
    assert_eq!(tokens("identifier=|v"), [Token::NoSystem("v".to_owned())]);
    assert_eq!(tokens("identifier=s|"), [Token::System("s".to_owned())]);
    assert_eq!(
        tokens(r"identifier=a\,b,c\|d\\|\$"),
        [
            Token::Value("a,b".to_owned()),
            Token::Exact {
                system: r"c|d\".to_owned(),
                value: "$".to_owned()
            },
        ]
    );
    assert_eq!(tokens("identifier=%D8%A7"), [Token::Value("ا".to_owned())]);
}

#[test]
fn refusals_name_the_parameter() {
    let long = format!("_id={}", "a".repeat(9_000));
    let many = format!("_id={}a", "a,".repeat(100));
    let many_tokens = format!("identifier={}a", "a,".repeat(100));
    let table = [
        ("name=x", "name", Rule::ParameterUnknown),
        (
            "identifier:of-type=x",
            "identifier:of-type",
            Rule::ParameterUnknown,
        ),
        (
            "_has:Basic:subject:code=x",
            "_has:Basic:subject:code",
            Rule::ParameterUnknown,
        ),
        ("_id=a&bad%20name=x", "query", Rule::ParameterUnknown),
        ("=x", "query", Rule::ParameterUnknown),
        ("_id=a&_id=b", "_id", Rule::ParameterTwice),
        ("_count=1&_count=1", "_count", Rule::ParameterTwice),
    ];
    for (query, at, rule) in table {
        let flaw = Search::parse(query).unwrap_err();
        assert_eq!((flaw.at(), flaw.rule()), (at, rule), "{query}");
    }
    assert!(matches!(
        Search::parse(&long).unwrap_err().rule(),
        Rule::QueryTooLarge { .. }
    ));
    for query in [
        "_id=",
        "_id=a_b",
        "_id=a,",
        &many,
        "identifier=",
        "identifier=|",
        "identifier=a|b|c",
        "identifier=a,,b",
        r"identifier=a\",
        r"identifier=\a",
        "identifier=%",
        "identifier=%4",
        "identifier=%zz",
        "identifier=%ff",
        "identifier=%00",
        "patient=Group/1",
        "patient=",
        "patient=http://h/Patient/1",
        "patient=Patient/1/_history/1",
        "_count=0",
        "_count=1001",
        "_count=+1",
        "_count=-1",
        "_count=",
        "_count=99999999999",
        "_cursor=",
        "_cursor=a%20b",
        &many_tokens,
    ] {
        assert!(
            matches!(
                Search::parse(query).unwrap_err().rule(),
                Rule::ParameterForm(_)
            ),
            "{query}"
        );
    }
}

#[test]
fn tokens_fit_identifiers() {
    let with = Identifier {
        system: Some("s"),
        value: Some("v"),
    };
    let without = Identifier {
        system: None,
        value: Some("v"),
    };
    let fits = |query: &str, identifier| tokens(&format!("identifier={query}"))[0].fits(identifier);
    let table = [
        ("v", true, true),
        ("|v", false, true),
        ("s|v", true, false),
        ("s|", true, false),
        ("t|v", false, false),
        ("w", false, false),
        ("s", false, false),
        ("V", false, false),
    ];
    for (query, first, second) in table {
        assert_eq!(
            (fits(query, with), fits(query, without)),
            (first, second),
            "{query}"
        );
    }
}

#[test]
fn identifiers_of_a_resource() {
    let many = checked(
        r#"{"resourceType":"Patient","identifier":[{"system":"s","value":"v"},{"value":"w"},{"use":"old"}]}"#,
    );
    assert_eq!(
        identifiers(&many),
        [
            Identifier {
                system: Some("s"),
                value: Some("v")
            },
            Identifier {
                system: None,
                value: Some("w")
            },
        ]
    );
    let one = checked(r#"{"resourceType":"Composition","identifier":{"system":"s"}}"#);
    assert_eq!(
        identifiers(&one),
        [Identifier {
            system: Some("s"),
            value: None
        }]
    );
    assert!(identifiers(&checked(r#"{"resourceType":"Composition"}"#)).is_empty());
}

#[test]
fn where_records_are_from() {
    let found = Search::parse("target=Observation/a-1&_revinclude=Provenance%3Atarget").unwrap();
    let target = found.target.clone().expect("a target");
    assert_eq!(
        (target.kind.name(), target.id.as_str()),
        ("Observation", "a-1")
    );
    assert!(found.with_provenance && !found.finds_all());
    let with = Search::parse("_revinclude=Provenance:target&_count=3").unwrap();
    assert!(with.with_provenance && with.finds_all());
    for (query, place) in [
        ("target=a-1", "target"),
        ("target=Nothing/a", "target"),
        ("target=Observation/a,Observation/b", "target"),
        ("target=Observation/a/_history/1", "target"),
        ("target=Observation/a&target=Observation/a", "target"),
        ("target:Observation=a", "target:Observation"),
        ("_revinclude=Observation:subject", "_revinclude"),
        ("_revinclude=*", "_revinclude"),
        (
            "_revinclude=Provenance:target&_revinclude=Provenance:target",
            "_revinclude",
        ),
    ] {
        let flaw = Search::parse(query).unwrap_err();
        assert_eq!(flaw.at(), place, "{query}");
    }
}
