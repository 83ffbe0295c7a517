//! Compares the dependencies of every workspace crate with `docs/arrows.toml`.
//!
//! Normal, development and build dependencies count alike: a layer melts through its tests as well.

use crate::repository::Repository;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const RULES: &str = "docs/arrows.toml";

/// `docs/arrows.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    /// Folder -> folders that it may use.
    crates: BTreeMap<String, Vec<String>>,
    /// Outside crate -> the only folders that may use it.
    only: BTreeMap<String, Vec<String>>,
    /// Outside crate -> folders that may not use it.
    never: BTreeMap<String, Vec<String>>,
}

/// The part of `cargo metadata` that matters here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    source: Option<String>,
    kind: Option<String>,
    path: Option<String>,
}

/// Reads the workspace and the rules, and lists what contradicts.
pub fn run(repository: &Repository) -> Result<Vec<String>, String> {
    let rules = repository.read(RULES)?;
    let metadata =
        repository.output("cargo", &["metadata", "--format-version", "1", "--no-deps"])?;
    check(&rules, &metadata, repository.root())
}

fn check(rules: &str, metadata: &str, root: &Path) -> Result<Vec<String>, String> {
    let rules: Rules = toml::from_str(rules).map_err(|error| format!("{RULES}: {error}"))?;
    let metadata: Metadata =
        serde_json::from_str(metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let mut findings = unknown_names(&rules);
    for package in &metadata.packages {
        let folder = folder_of(&package.manifest_path, root);
        let Some(row) = rules.crates.get(&folder) else {
            findings.push(format!(
                "{folder} ({}) has no row under [crates] in {RULES}",
                package.name
            ));
            continue;
        };
        for dependency in &package.dependencies {
            findings.extend(judge(&rules, &folder, row, dependency, root));
        }
    }
    findings.sort();
    findings.dedup();
    Ok(findings)
}

/// The rule that an edge breaks, if any.
fn judge(
    rules: &Rules,
    folder: &str,
    row: &[String],
    dependency: &Dependency,
    root: &Path,
) -> Option<String> {
    let kind = match dependency.kind.as_deref() {
        Some(kind) => format!(" ({kind}-dependency)"),
        None => String::new(),
    };
    let name = &dependency.name;
    if let Some(path) = &dependency.path {
        let to = folder_of(&format!("{path}/Cargo.toml"), root);
        let allowed = row.iter().any(|entry| entry == "*" || *entry == to);
        return (!allowed).then(|| {
            let may = if row.is_empty() {
                "nothing".to_owned()
            } else {
                row.join(", ")
            };
            format!("{folder} -> {to}{kind}: {folder} may use {may}")
        });
    }
    let source = dependency.source.as_deref().unwrap_or_default();
    if !source.starts_with("registry+") {
        return Some(format!(
            "{folder} -> {name}{kind}: outside crates come from the registry only"
        ));
    }
    if let Some(only) = rules.only.get(name)
        && !only.iter().any(|entry| entry == folder)
    {
        return Some(format!(
            "{folder} -> {name}{kind}: only {} may use it",
            only.join(", ")
        ));
    }
    if let Some(never) = rules.never.get(name)
        && never.iter().any(|entry| entry == folder)
    {
        return Some(format!(
            "{folder} -> {name}{kind}: {} may never use it",
            never.join(", ")
        ));
    }
    None
}

/// Names in a list that have no row: a spelling mistake there would forbid nothing.
fn unknown_names(rules: &Rules) -> Vec<String> {
    let known: BTreeSet<&String> = rules.crates.keys().collect();
    let lists = rules.crates.iter().chain(&rules.only).chain(&rules.never);
    lists
        .flat_map(|(row, list)| list.iter().map(move |name| (row, name)))
        .filter(|(_, name)| *name != "*" && !known.contains(name))
        .map(|(row, name)| format!("{RULES}: {row} lists {name}, which has no row under [crates]"))
        .collect()
}

/// The folder of a manifest, relative to the root; a path outside of the root stays as it is.
fn folder_of(manifest: &str, root: &Path) -> String {
    let folder = Path::new(manifest).parent().unwrap_or(Path::new(manifest));
    let relative = folder.strip_prefix(root).unwrap_or(folder);
    relative.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::check;
    use std::path::Path;

    const RULES: &str = r#"
        [crates]
        types = []
        vault = ["types"]
        envelope = ["types"]
        sim = ["*"]
        [only]
        redb = ["sim"]
        [never]
        tokio = ["types"]
    "#;

    fn findings(rules: &str, folder: &str, dependency: &str) -> Vec<String> {
        let metadata = format!(
            r#"{{"packages": [{{"name": "amanat-{folder}", "manifest_path": "/r/{folder}/Cargo.toml",
                "dependencies": [{dependency}]}}]}}"#
        );
        check(rules, &metadata, Path::new("/r")).expect("well formed")
    }

    fn ours(folder: &str, kind: &str) -> String {
        format!(
            r#"{{"name": "amanat-{folder}", "source": null, "kind": {kind}, "path": "/r/{folder}"}}"#
        )
    }

    fn outside(name: &str, source: &str) -> String {
        format!(r#"{{"name": "{name}", "source": "{source}", "kind": null}}"#)
    }

    #[test]
    fn a_listed_edge_passes() {
        assert!(findings(RULES, "vault", &ours("types", "null")).is_empty());
        assert!(findings(RULES, "sim", &ours("vault", "null")).is_empty());
    }

    #[test]
    fn an_edge_that_is_not_listed_is_named_with_its_rule() {
        assert_eq!(
            findings(RULES, "vault", &ours("envelope", "null")),
            ["vault -> envelope: vault may use types"]
        );
        assert_eq!(
            findings(RULES, "types", &ours("vault", "null")),
            ["types -> vault: types may use nothing"]
        );
    }

    #[test]
    fn development_and_build_dependencies_count() {
        for kind in ["dev", "build"] {
            assert_eq!(
                findings(RULES, "vault", &ours("envelope", &format!("\"{kind}\""))),
                [format!(
                    "vault -> envelope ({kind}-dependency): vault may use types"
                )]
            );
        }
    }

    #[test]
    fn a_path_outside_of_the_root_is_an_edge_to_nowhere() {
        let elsewhere = r#"{"name": "x", "source": null, "kind": null, "path": "/elsewhere/x"}"#;
        assert_eq!(
            findings(RULES, "vault", elsewhere),
            ["vault -> /elsewhere/x: vault may use types"]
        );
    }

    #[test]
    fn heavy_outside_crates_stay_where_they_are_listed() {
        let redb = outside("redb", "registry+index");
        assert!(findings(RULES, "sim", &redb).is_empty());
        assert_eq!(
            findings(RULES, "vault", &redb),
            ["vault -> redb: only sim may use it"]
        );
        let tokio = outside("tokio", "registry+index");
        assert!(findings(RULES, "vault", &tokio).is_empty());
        assert_eq!(
            findings(RULES, "types", &tokio),
            ["types -> tokio: types may never use it"]
        );
    }

    #[test]
    fn a_git_dependency_is_refused() {
        assert_eq!(
            findings(RULES, "vault", &outside("serde", "git+address")),
            ["vault -> serde: outside crates come from the registry only"]
        );
    }

    #[test]
    fn a_crate_without_a_row_and_a_misspelt_row_are_findings() {
        assert_eq!(
            findings(RULES, "node", ""),
            ["node (amanat-node) has no row under [crates] in docs/arrows.toml"]
        );
        let misspelt = RULES.replace("redb = [\"sim\"]", "redb = [\"sin\"]");
        assert_eq!(
            findings(&misspelt, "sim", ""),
            ["docs/arrows.toml: redb lists sin, which has no row under [crates]"]
        );
    }
}
