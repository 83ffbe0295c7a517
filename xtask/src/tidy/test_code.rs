//! Which files are tests: by their path, or because their module is declared under `#[cfg(test)]`.

use super::source::Source;

/// Modules that exist in tests only, as paths without `.rs`.
#[derive(Default)]
pub struct TestCode {
    modules: Vec<String>,
}

impl TestCode {
    /// Notes the modules that a file declares for tests only.
    pub fn note(&mut self, path: &str, source: &Source) {
        let pairs = source.code.windows(2);
        let names = pairs
            .filter(|pair| pair[0].trim() == "#[cfg(test)]")
            .filter_map(|pair| pair[1].trim().strip_suffix(';'))
            .filter_map(|declaration| declaration.rsplit_once("mod "))
            .map(|(_, name)| format!("{}/{name}", folder(path)));
        self.modules.extend(names);
    }

    /// Whether a file is a test.
    pub fn holds(&self, path: &str) -> bool {
        let by_path = path.ends_with("/tests.rs") || path.split('/').any(|part| part == "tests");
        let by_module = |module: &String| {
            path.strip_prefix(module.as_str())
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        by_path || self.modules.iter().any(by_module)
    }
}

/// The folder in which the modules that a file declares stand.
fn folder(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((folder, "lib.rs" | "main.rs" | "mod.rs")) => folder,
        _ => path.strip_suffix(".rs").unwrap_or(path),
    }
}
