//! Check l: one byte of a node's block archive is flipped on the disk.
use super::DemoError;
use super::report::Seen;
use super::world::World;
use crate::network::NetworkError;
use amanat_client::Ledger as _;
use amanat_node::disk::{Kind, PREFIX, Part, partitions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The node whose archive is damaged, by position: the last.
const NODE: usize = 3;
/// How long it may take to stand where the others stood.
const RETURN: Duration = Duration::from_secs(60);

impl World {
    /// l. Flip a byte of the block archive of a stopped node, let `amanat scrub` read it, and bring the node back from the others.
    pub async fn flipped_block(&mut self) -> Result<Seen, DemoError> {
        let member = self.network.members.get_mut(NODE);
        member.ok_or_else(no_node)?.node.kill();
        let place = self.network.layout.places.get(NODE).ok_or_else(no_node)?;
        let folder = self.network.layout.member_dir(place.member);
        let config = folder.join("node.toml");
        let (sound, _) = scrub(&config)?;
        let (partition, blob) = flip(&folder.join("node").join("ledger"))?;
        let (damaged, said) = scrub(&config)?;
        let named = said.contains(&partition) && said.contains(&blob);

        let tip = self.tip().await?;
        let start = Instant::now();
        self.network.rejoin_node(NODE)?;
        let node = self.network.nodes.get(NODE).ok_or_else(no_node)?.clone();
        let mut height = 0;
        while height < tip.get() && start.elapsed() < RETURN {
            let member = self.network.members.get_mut(NODE);
            let running = member.ok_or_else(no_node)?.node.check();
            running.map_err(NetworkError::from)?;
            tokio::time::sleep(Duration::from_millis(50)).await;
            height = node.status().await.map_or(height, |status| status.height);
        }
        let roots = self.same_roots().await?;
        let aside = moved(&folder.join("node"));
        let seen = format!(
            "amanat scrub of the stopped node: exit {sound}; a byte of {partition}/{blob} flipped: exit {damaged}, that file named: {named}; amanat node --resync moved the damaged ledger aside: {}; the node stands at {height} of {tip}; {roots}",
            aside.is_some()
        );
        let ok = sound == 0
            && damaged == 1
            && named
            && aside.is_some()
            && height >= tip.get()
            && roots.starts_with("same");
        Ok(if ok { Ok(seen) } else { Err(seen) })
    }
}

fn no_node() -> DemoError {
    DemoError::Broken("there is no fourth node".to_owned())
}

/// Runs `amanat scrub` in a process of its own, as an operator does; gives its exit status, 2 if it was killed, and what it said.
fn scrub(config: &Path) -> Result<(i32, String), DemoError> {
    let failed = |error: std::io::Error| DemoError::Broken(format!("amanat scrub: {error}"));
    let program = std::env::current_exe().map_err(failed)?;
    let output = Command::new(program)
        .args(["scrub", "--json", "--config"])
        .arg(config)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(failed)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((output.status.code().unwrap_or(2), said))
}

/// Flips a byte in the middle of the largest file that holds finalised blocks; gives the names of partition and file.
fn flip(ledger: &Path) -> Result<(String, String), DemoError> {
    let failed = |error: std::io::Error| DemoError::Broken(format!("the block archive: {error}"));
    let listed = partitions(ledger, PREFIX);
    let listed = listed.map_err(|error| DemoError::Broken(error.to_string()))?;
    let mut largest: Option<(u64, PathBuf, String, String)> = None;
    for partition in listed.iter().filter(|own| own.part == Part::Blocks) {
        for blob in &partition.blobs {
            let path = partition.path.join(blob);
            let bytes = std::fs::metadata(&path).map_err(failed)?.len();
            let larger = largest.as_ref().is_none_or(|(most, ..)| bytes > *most);
            if partition.kind(blob) == Kind::Values && larger {
                largest = Some((bytes, path, partition.name.clone(), blob.clone()));
            }
        }
    }
    let nothing = || DemoError::Broken("the node has no block archive".to_owned());
    let (bytes, path, partition, blob) = largest.ok_or_else(nothing)?;
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(failed)?;
    let mut byte = [0];
    file.read_exact_at(&mut byte, bytes / 2).map_err(failed)?;
    let flipped = byte.map(|byte| byte ^ 1);
    file.write_all_at(&flipped, bytes / 2).map_err(failed)?;
    Ok((partition, blob))
}

/// Where the damaged ledger lies now, beside the new one.
fn moved(data: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(data).ok()?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.find(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name != "ledger" && name.starts_with("ledger"))
    })
}
