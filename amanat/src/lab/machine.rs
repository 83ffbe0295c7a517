//! What the machine itself does: CPU time, memory and disk of a process; one signature check; one fdatasync; load.
use super::LabError;
use amanat_types::key::{Check, MemberSigner, NAMESPACE_TRANSACTION};
use std::fs;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

fn failed(what: &str) -> impl FnOnce(std::io::Error) -> LabError {
    let what = what.to_owned();
    move |source| LabError::Machine { what, source }
}

/// CPU time of a process so far, user and system, by the kernel's clock ticks (10 ms on Linux).
pub fn cpu_time(pid: u32) -> Result<Duration, LabError> {
    let path = format!("/proc/{pid}/stat");
    let text = fs::read_to_string(&path).map_err(failed(&path))?;
    // Fields are counted after the name in parentheses, which may hold blanks.
    let rest = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |at: usize| {
        fields
            .get(at)
            .and_then(|f| f.parse::<u64>().ok())
            .unwrap_or(0)
    };
    Ok(Duration::from_millis((ticks(11) + ticks(12)) * 10))
}

/// Largest resident memory of a process so far, bytes.
pub fn memory_max(pid: u32) -> Result<u64, LabError> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).map_err(failed(&path))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kilobytes.unwrap_or(0) * 1024)
}

/// Bytes that each folder in a folder occupies, by its name.
pub fn disk_bytes_each(folder: &Path) -> Result<Vec<(String, u64)>, LabError> {
    let entries = fs::read_dir(folder).map_err(failed(&folder.display().to_string()))?;
    let folders = entries.flatten().filter(|entry| entry.path().is_dir());
    let each = folders.map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        Ok((name, disk_bytes(&entry.path())?))
    });
    each.collect()
}

/// Bytes that the files under a folder occupy, by allocated blocks.
pub fn disk_bytes(folder: &Path) -> Result<u64, LabError> {
    use std::os::unix::fs::MetadataExt as _;
    let mut total = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        let entries = fs::read_dir(&at).map_err(failed(&at.display().to_string()))?;
        for entry in entries.flatten() {
            // A file may be removed between the listing and the look.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                total += metadata.blocks() * 512;
            }
        }
    }
    Ok(total)
}

/// Median microseconds of one Ed25519 check alone, over 21 rounds of 50.
pub fn verify_us() -> f64 {
    let signer = MemberSigner::from_seed([1; 32]);
    let message = [2; 32];
    let check = Check {
        key: signer.public_key(),
        namespace: NAMESPACE_TRANSACTION,
        message,
        signature: signer.sign(NAMESPACE_TRANSACTION, &message),
    };
    let mut rounds: Vec<f64> = (0..21)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..50 {
                let _ = black_box(black_box(&check).verify());
            }
            start.elapsed().as_secs_f64() * 1e6 / 50.0
        })
        .collect();
    percentile(&mut rounds, 50.0)
}

/// Median microseconds of writing 4 KiB and making it durable, over 50 writes.
pub fn fdatasync_us(folder: &Path) -> Result<f64, LabError> {
    let path = folder.join("fdatasync-probe");
    let mut file = fs::File::create(&path).map_err(failed("fdatasync probe"))?;
    let mut times = Vec::new();
    for _ in 0..50 {
        let start = Instant::now();
        file.write_all(&[7; 4096])
            .map_err(failed("fdatasync probe"))?;
        file.sync_data().map_err(failed("fdatasync probe"))?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    fs::remove_file(&path).map_err(failed("fdatasync probe"))?;
    Ok(percentile(&mut times, 50.0))
}

/// Load average of the last minute.
pub fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.and_then(|word| word.parse().ok()).unwrap_or(0.0)
}

/// The value below which `percent` of `values` lie (nearest rank); 0 of none.
pub fn percentile(values: &mut [f64], percent: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() as f64 * percent / 100.0).ceil() as usize;
    values
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}
