//! Formats are pinned by hash in `conformance.toml`. A new hash there means: this change of format is meant.
use crate::samples;
use std::collections::BTreeMap;

#[test]
fn formats_are_those_that_are_pinned() {
    let pinned: BTreeMap<String, String> =
        toml::from_str(include_str!("../../conformance.toml")).expect("conformance.toml is TOML");
    let mut actual = BTreeMap::new();
    let mut encodings = samples::encodings();
    let limits = [
        ("limits", include_str!("../../src/limits.rs")),
        ("limits/care", include_str!("../../src/limits/care.rs")),
    ];
    encodings.extend(limits.map(|(name, text)| (name.to_owned(), written(text))));
    for (name, bytes) in encodings {
        let digest = amanat_types::digest("conformance", &[&bytes]);
        let hex: String = digest.0[..12].iter().map(|b| format!("{b:02x}")).collect();
        assert!(
            actual.insert(name.clone(), hex).is_none(),
            "{name} stands twice"
        );
    }
    let mut differences = String::new();
    for (name, hash) in &actual {
        if pinned.get(name) != Some(hash) {
            differences.push_str(&format!("\"{name}\" = \"{hash}\"\n"));
        }
    }
    for name in pinned.keys().filter(|name| !actual.contains_key(*name)) {
        differences.push_str(&format!("# gone: {name}\n"));
    }
    assert!(
        differences.is_empty(),
        "formats changed; if that is meant, put these lines in types/conformance.toml:\n{differences}"
    );
}

/// Every limit as it is written: a change of one is a change of the protocol.
fn written(text: &str) -> Vec<u8> {
    let apart = ["//", "mod ", "pub use "];
    let code = text
        .lines()
        .filter(|line| !apart.iter().any(|start| line.starts_with(start)));
    code.collect::<Vec<_>>().join("\n").into_bytes()
}
