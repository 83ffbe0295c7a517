//! The list of a backup's files: what each is called, how large it is, and its digest.
//!
//! ```text
//! amanat backup 1
//! member 2
//! network <64 hexadecimal digits>
//! epoch 17
//! time_ms 1795190400000
//! node node.toml
//! gateway gateway.toml
//! file <SHA-256> <bytes> <path>
//! end <SHA-256 of all lines before>
//! ```
//! `gateway` may be left out. Paths are relative, of plain names joined by `/`, ascending name by name, each once.
use commonware_cryptography::{Hasher as _, Sha256};
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

/// Name of the manifest in a backup.
pub const FILE_NAME: &str = "MANIFEST";
/// First line.
const FIRST: &str = "amanat backup 1";
/// Files in a backup at most.
const FILES_MAX: usize = 1_000_000;
/// Bytes of a path at most.
const PATH_BYTES_MAX: usize = 512;
/// Bytes of a manifest at most.
pub const MANIFEST_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its path below the member's folder.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of its content, hexadecimal.
    pub digest: String,
}

/// The list of a backup's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Number of the member.
    pub member: u16,
    /// Network id, hexadecimal.
    pub network: String,
    /// The latest epoch that the member's ledger knew.
    pub epoch: u64,
    /// When, in milliseconds since 1970.
    pub time_ms: u64,
    /// Configuration of the node, among the files.
    pub node: PathBuf,
    /// Configuration of the gateway, among the files.
    pub gateway: Option<PathBuf>,
    /// All files, by path.
    pub files: Vec<Item>,
}

/// A manifest that is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {rule}")]
pub struct ManifestError {
    /// Which line, from 1 on.
    pub line: usize,
    /// Which rule it breaks.
    pub rule: &'static str,
}

/// Whether a path is relative, of plain names, and printable.
pub fn is_plain(path: &Path) -> bool {
    let Some(text) = path.to_str() else {
        return false;
    };
    let names = || {
        path.components()
            .all(|part| matches!(part, Component::Normal(_)))
    };
    !text.is_empty()
        && text.len() <= PATH_BYTES_MAX
        && !text.contains(|letter: char| letter.is_control() || letter == '\\')
        && names()
        // Components drop what a path says twice: `a//b`, `a/./b`, `a/`.
        && path.components().collect::<PathBuf>().as_os_str() == path.as_os_str()
}

impl Manifest {
    /// Its text.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{FIRST}\nmember {}\nnetwork {}\nepoch {}\ntime_ms {}\nnode {}\n",
            self.member,
            self.network,
            self.epoch,
            self.time_ms,
            self.node.display()
        );
        // Writing to a string cannot fail.
        if let Some(gateway) = &self.gateway {
            let _ = writeln!(text, "gateway {}", gateway.display());
        }
        for Item {
            path,
            bytes,
            digest,
        } in &self.files
        {
            let _ = writeln!(text, "file {digest} {bytes} {}", path.display());
        }
        let end = hex::encode(Sha256::hash(&[text.as_bytes()]).0);
        let _ = writeln!(text, "end {end}");
        text
    }

    /// Reads a manifest. Errors name the line.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let mut lines = Lines::new(text)?;
        lines.exactly(FIRST, "is not a backup of this version")?;
        let member = lines.number("member")?;
        let member =
            u16::try_from(member).map_err(|_| lines.wrong("member: is no number of a member"))?;
        let network = lines.field("network")?.to_owned();
        if !is_digest(&network) {
            return Err(lines.wrong("network: 64 hexadecimal digits"));
        }
        let (epoch, time_ms) = (lines.number("epoch")?, lines.number("time_ms")?);
        let node = lines.path("node")?;
        let gateway = match lines
            .peek()
            .is_some_and(|line| line.starts_with("gateway "))
        {
            true => Some(lines.path("gateway")?),
            false => None,
        };
        let mut files: Vec<Item> = Vec::new();
        while lines.peek().is_some() {
            let item = lines.item()?;
            if files.last().is_some_and(|before| before.path >= item.path) {
                return Err(lines.wrong("file: paths ascend, and each stands once"));
            }
            if item.path == Path::new(FILE_NAME) {
                return Err(lines.wrong("file: the manifest is none of its files"));
            }
            files.push(item);
            if files.len() > FILES_MAX {
                return Err(lines.wrong("file: there are too many"));
            }
        }
        let has = |path: &PathBuf| files.binary_search_by(|item| item.path.cmp(path)).is_ok();
        if !has(&node) || gateway.as_ref().is_some_and(|gateway| !has(gateway)) {
            return Err(lines.wrong("node, gateway: each is one of the files"));
        }
        Ok(Self {
            member,
            network,
            epoch,
            time_ms,
            node,
            gateway,
            files,
        })
    }
}

fn is_digest(text: &str) -> bool {
    let is_hex = |letter: char| matches!(letter, '0'..='9' | 'a'..='f');
    text.len() == 64 && text.chars().all(is_hex)
}

/// The lines of a manifest whose end fits.
struct Lines<'a> {
    lines: std::iter::Peekable<std::str::Lines<'a>>,
    line: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Result<Self, ManifestError> {
        let broken = |rule| ManifestError {
            line: text.lines().count(),
            rule,
        };
        let cut = "it ends without its digest: the backup was not finished, or is cut off";
        let whole = text.strip_suffix('\n').ok_or_else(|| broken(cut))?;
        let (before, last) = whole.rsplit_once('\n').ok_or_else(|| broken(cut))?;
        let end = last.strip_prefix("end ").ok_or_else(|| broken(cut))?;
        let body = text.get(..=before.len()).unwrap_or_default();
        if hex::encode(Sha256::hash(&[body.as_bytes()]).0) != end {
            return Err(broken("end: the lines before do not have this digest"));
        }
        Ok(Self {
            lines: before.lines().peekable(),
            line: 0,
        })
    }

    fn wrong(&self, rule: &'static str) -> ManifestError {
        ManifestError {
            line: self.line,
            rule,
        }
    }

    fn peek(&mut self) -> Option<&'a str> {
        self.lines.peek().copied()
    }

    fn next(&mut self) -> Result<&'a str, ManifestError> {
        self.line += 1;
        self.lines.next().ok_or_else(|| self.wrong("is missing"))
    }

    fn exactly(&mut self, line: &str, rule: &'static str) -> Result<(), ManifestError> {
        match self.next()? == line {
            true => Ok(()),
            false => Err(self.wrong(rule)),
        }
    }

    fn field(&mut self, name: &'static str) -> Result<&'a str, ManifestError> {
        let line = self.next()?;
        let value = line.strip_prefix(name);
        let value = value.and_then(|value| value.strip_prefix(' '));
        value.ok_or_else(|| self.wrong("it is not the field that stands here"))
    }

    fn number(&mut self, name: &'static str) -> Result<u64, ManifestError> {
        let value = self.field(name)?.parse();
        value.map_err(|_| self.wrong("it is not a number"))
    }

    fn path(&mut self, name: &'static str) -> Result<PathBuf, ManifestError> {
        let path = PathBuf::from(self.field(name)?);
        self.plain(path)
    }

    fn plain(&self, path: PathBuf) -> Result<PathBuf, ManifestError> {
        match is_plain(&path) {
            true => Ok(path),
            false => {
                Err(self
                    .wrong("a path is relative, of plain names joined by /, of at most 512 bytes"))
            }
        }
    }

    fn item(&mut self) -> Result<Item, ManifestError> {
        let mut parts = self.field("file")?.splitn(3, ' ');
        let mut part = || parts.next().unwrap_or_default();
        let (digest, bytes, path) = (part(), part(), part());
        if !is_digest(digest) {
            return Err(self.wrong("file: 64 hexadecimal digits, bytes, path"));
        }
        let bytes = bytes
            .parse()
            .map_err(|_| self.wrong("file: its bytes are not a number"))?;
        Ok(Item {
            path: self.plain(PathBuf::from(path))?,
            bytes,
            digest: digest.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Item, Manifest, is_plain};
    use commonware_cryptography::{Hasher as _, Sha256};
    use std::path::{Path, PathBuf};

    fn item(path: &str) -> Item {
        Item {
            path: PathBuf::from(path),
            bytes: 3,
            digest: "a".repeat(64),
        }
    }

    fn manifest(files: &[&str]) -> Manifest {
        Manifest {
            member: 2,
            network: "b".repeat(64),
            epoch: 4,
            time_ms: 5,
            node: PathBuf::from("node.toml"),
            gateway: None,
            files: files.iter().map(|path| item(path)).collect(),
        }
    }

    /// A text with an end that fits, whatever it says.
    fn ended(body: &str) -> String {
        let end = hex::encode(Sha256::hash(&[body.as_bytes()]).0);
        format!("{body}end {end}\n")
    }

    #[test]
    fn a_manifest_reads_as_it_was_written() {
        let mut written = manifest(&["gateway.toml", "node/custodian/journal", "node.toml"]);
        assert_eq!(Manifest::parse(&written.text()), Ok(written.clone()));
        written.gateway = Some(PathBuf::from("gateway.toml"));
        assert_eq!(Manifest::parse(&written.text()), Ok(written));
    }

    #[test]
    fn every_changed_byte_is_found() {
        let text = manifest(&["node.toml"]).text();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = String::from_utf8(bytes).expect("ASCII");
            assert!(Manifest::parse(&changed).is_err(), "{at}");
            assert!(Manifest::parse(&text[..at]).is_err(), "{at}");
        }
    }

    #[test]
    fn strange_paths_and_lists_are_refused() {
        let (long, longest) = ("n".repeat(513), "n".repeat(512));
        for path in [
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/./b",
            "a/",
            ".",
            "",
            "a\\b",
            "a\tb",
        ] {
            assert!(!is_plain(Path::new(path)), "{path:?}");
            let mut strange = manifest(&["node.toml"]);
            strange.files[0].path = PathBuf::from(path);
            assert!(Manifest::parse(&strange.text()).is_err(), "{path:?}");
        }
        assert!(!is_plain(Path::new(&long)) && is_plain(Path::new(&longest)));
        for files in [
            &["node.toml", "node.toml"][..],
            &["node.toml", "a"],
            &["a"],
            &["MANIFEST", "node.toml"],
        ] {
            assert!(
                Manifest::parse(&manifest(files).text()).is_err(),
                "{files:?}"
            );
        }
        let good = manifest(&["node.toml"]).text();
        let body = &good[..good.find("end ").expect("an end")];
        assert!(Manifest::parse(&ended(body)).is_ok());
        for (from, to) in [
            ("backup 1", "backup 2"),
            ("member 2", "member x"),
            ("member 2", "member 70000"),
            ("network b", "network z"),
            ("epoch 4", "epoch -4"),
            (" 3 node", " x node"),
            ("file a", "file g"),
        ] {
            assert!(body.contains(from), "{from}");
            assert!(
                Manifest::parse(&ended(&body.replace(from, to))).is_err(),
                "{to}"
            );
        }
    }
}
