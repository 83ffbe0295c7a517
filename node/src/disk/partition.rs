//! Which partitions a node has, what stands in them, and what to do when one is damaged.
use super::blob::DiskError;
use std::path::{Path, PathBuf};

/// How the files of a partition are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Two copies of a few values, `left` and `right`, each with a checksum over all of it.
    Metadata,
    /// Values, each with a checksum; an index beside them says where.
    Values,
    /// Pages of 4 KiB, each with checksums.
    Paged,
}

/// What stands in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Finalised blocks.
    Blocks,
    /// Certificates of finalised blocks.
    Certificates,
    /// Receipts and events.
    Outcomes,
    /// Index from transactions to receipts.
    Index,
    /// Keys of the state and the digests of their values.
    Records,
    /// Values of the state.
    Bodies,
    /// Blocks under way.
    Cache,
    /// How far the node has come.
    Progress,
    /// The last header of each epoch.
    Boundaries,
    /// Headers of blocks whose transactions are not here.
    Headers,
    /// This node's votes in an epoch.
    Votes(u64),
    /// The first epoch in which this disk may vote.
    VoteFrom,
    /// Votes of others in an epoch in which this node followed.
    Followed,
    /// None that this program makes.
    Foreign,
}

/// What helps when a partition is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// Move it aside: the node makes it again from the rest at its next start.
    Rebuild,
    /// Move it aside: the node runs on without it, and cannot prove receipts of before until it has fetched certificates, nor where the headers are
    /// gone. Other members' nodes can.
    Forgo,
    /// Move it aside, and follow without voting for two epochs: the votes given are forgotten.
    Observe,
    /// Join again by state sync.
    Resync,
    /// Nothing is needed.
    Ignore,
}

impl Part {
    /// What it is, in words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Blocks => "finalised blocks",
            Self::Certificates => "certificates of finalised blocks",
            Self::Outcomes => "receipts and events",
            Self::Index => "the index from transactions to receipts",
            Self::Records => "keys of the state",
            Self::Bodies => "values of the state",
            Self::Cache => "blocks under way",
            Self::Progress => "how far the node has come",
            Self::Boundaries => "the last header of each epoch",
            Self::Headers => "headers of blocks whose transactions are not here",
            Self::Votes(_) => "this node's votes in an epoch",
            Self::VoteFrom => "the first epoch in which this disk may vote",
            Self::Followed => "votes of others in an epoch in which this node followed",
            Self::Foreign => "a folder that this program does not know",
        }
    }

    /// What helps when it is damaged.
    pub const fn cure(self) -> Cure {
        match self {
            Self::Index | Self::Cache | Self::Followed => Cure::Rebuild,
            Self::Certificates | Self::Headers => Cure::Forgo,
            Self::Votes(_) | Self::VoteFrom => Cure::Observe,
            Self::Foreign => Cure::Ignore,
            Self::Blocks
            | Self::Outcomes
            | Self::Records
            | Self::Bodies
            | Self::Progress
            | Self::Boundaries => Cure::Resync,
        }
    }

    fn of(name: &str) -> Self {
        let parts = [
            ("blocks-", Self::Blocks),
            ("certificates-", Self::Certificates),
            ("outcomes-", Self::Outcomes),
            ("transactions-", Self::Index),
            ("boundaries-", Self::Boundaries),
            ("headers-", Self::Headers),
            ("rec-", Self::Records),
            ("body-", Self::Bodies),
            ("marshal-cache-", Self::Cache),
            ("marshal-", Self::Progress),
            ("plan-", Self::Progress),
        ];
        if name == "votes" {
            return Self::VoteFrom;
        }
        if let Some(epoch) = name.strip_prefix("simplex-") {
            if epoch.ends_with("-follow") {
                return Self::Followed;
            }
            return epoch.parse().map_or(Self::Foreign, Self::Votes);
        }
        let mut parts = parts.into_iter();
        let found = parts.find(|(start, _)| name.starts_with(start));
        found.map_or(Self::Foreign, |(_, part)| part)
    }
}

/// A partition and its files.
#[derive(Clone, Debug)]
pub struct Partition {
    /// Its folder's name.
    pub name: String,
    /// Its folder.
    pub path: PathBuf,
    /// What stands in it.
    pub part: Part,
    /// Its files by name.
    pub blobs: Vec<String>,
}

impl Partition {
    /// How a file of it is made.
    pub fn kind(&self, blob: &str) -> Kind {
        // "left" and "right" in hexadecimal.
        match blob {
            "6c656674" | "7269676874" => Kind::Metadata,
            _ if self.name.ends_with("-value") => Kind::Values,
            _ => Kind::Paged,
        }
    }
}

/// The partitions below the ledger's folder, of a node whose files begin with `prefix`, by name.
pub fn partitions(folder: &Path, prefix: &str) -> Result<Vec<Partition>, DiskError> {
    let mut found = Vec::new();
    for name in names(folder, true)? {
        let path = folder.join(&name);
        let own = name.strip_prefix(prefix);
        let own = own.and_then(|name| name.strip_prefix('-'));
        found.push(Partition {
            part: own.map_or(Part::Foreign, Part::of),
            blobs: names(&path, false)?,
            name,
            path,
        });
    }
    Ok(found)
}

/// Names in a folder, ascending: of folders, or of files.
fn names(folder: &Path, folders: bool) -> Result<Vec<String>, DiskError> {
    let failed = DiskError::io(folder);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(&failed)? {
        let entry = entry.map_err(&failed)?;
        if entry.file_type().map_err(&failed)?.is_dir() == folders {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::{Cure, Part};

    #[test]
    fn each_name_has_its_part() {
        let named = [
            ("blocks-key", Part::Blocks),
            ("certificates-found-key", Part::Certificates),
            ("transactions-value", Part::Index),
            ("rec-log-blobs", Part::Records),
            ("body-mmr-meta", Part::Bodies),
            ("marshal-cache-cache-0-verified-key", Part::Cache),
            ("marshal-application-metadata", Part::Progress),
            ("plan-state_sync_metadata", Part::Progress),
            ("simplex-12", Part::Votes(12)),
            ("simplex-12-follow", Part::Followed),
            ("votes", Part::VoteFrom),
            ("boundaries-meta", Part::Boundaries),
            ("simplex-x", Part::Foreign),
            ("other", Part::Foreign),
        ];
        for (name, part) in named {
            assert_eq!(Part::of(name), part, "{name}");
        }
        assert_eq!(Part::Votes(3).cure(), Cure::Observe);
        assert_eq!(Part::Records.cure(), Cure::Resync);
    }
}
