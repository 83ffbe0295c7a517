//! Each fuzz target is built, and stands in the list of what meets the network or the disk.

/// Where targets lie.
const FOLDER: &str = "fuzz/fuzz_targets/";
/// The manifest that builds them.
pub const MANIFEST: &str = "fuzz/Cargo.toml";
/// The list of decoders and of what tries them.
pub const LIST: &str = "fuzz/README.md";

/// Targets among `files` that the manifest or the list does not name.
pub fn unnamed(files: &[String], manifest: &str, list: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for path in files {
        let name = path.strip_prefix(FOLDER);
        let Some(name) = name.and_then(|name| name.strip_suffix(".rs")) else {
            continue;
        };
        let built = format!("path = \"fuzz_targets/{name}.rs\"");
        if !manifest.lines().any(|line| line == built) {
            findings.push(format!("{MANIFEST}: no `[[bin]]` builds `{name}`"));
        }
        if !list.contains(&format!("`{name}`")) {
            findings.push(format!("{LIST}: `{name}` is not named"));
        }
    }
    findings
}
