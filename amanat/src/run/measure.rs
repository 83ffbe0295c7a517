//! Metrics that both processes of a member show: disk, release journal, connections and refusals of a vault or custodian.
use crate::operate::disk;
use amanat_client::Journal;
use amanat_client::serve::Tally;
use amanat_node::api::{Exposition, seconds};
use std::path::Path;

/// What is free where `data` is, and what each part (label, file or folder below `data`) takes. Looks at every file; blocking.
pub fn disk_lines(data: &Path, parts: &[(&str, &str)], text: &mut Exposition) {
    if let Some(bytes) = disk::free(data) {
        let help = "Bytes that the process may still write where its data is.";
        text.gauge("amanat_disk_free_bytes", help, bytes);
    }
    let name = "amanat_disk_used_bytes";
    text.family(name, "gauge", "Bytes of the files of a part of the data.");
    for (part, folder) in parts {
        if let Some(bytes) = disk::used(&data.join(folder)) {
            text.value(name, &format!("{{part=\"{part}\"}}"), bytes);
        }
    }
}

/// Entries of a release journal, and how long the first that is not anchored on the ledger waits. Reads the journal; blocking.
pub fn journal_lines(of: &str, journal: &Journal, text: &mut Exposition) {
    let (entries, _) = journal.head();
    let help = "Entries of the release journal.";
    text.gauge(&format!("{of}_journal_entries"), help, entries);
    let Ok((waiting, since)) = journal.waiting() else {
        return;
    };
    let help = "Entries of the release journal that are not known to be anchored on the ledger.";
    text.gauge(&format!("{of}_journal_unanchored_entries"), help, waiting);
    let age = since.map_or(0, |since| crate::now_ms().get().saturating_sub(since.get()));
    let help = "Time since the first entry that is not anchored was written; 0 if all are.";
    text.gauge(
        &format!("{of}_journal_unanchored_age_seconds"),
        help,
        seconds(age),
    );
}

/// Connections of a vault or custodian, and requests that it did not serve.
pub fn tally_lines(of: &str, tally: &Tally, text: &mut Exposition) {
    let help = "Open connections.";
    text.gauge(&format!("{of}_connections"), help, tally.connections());
    let name = format!("{of}_connections_refused_total");
    text.family(
        &name,
        "counter",
        "Connections that never came to a request, by why.",
    );
    for (reason, count) in tally.connections_refused() {
        text.value(&name, &format!("{{reason=\"{reason}\"}}"), count);
    }
    let name = format!("{of}_refused_total");
    text.family(
        &name,
        "counter",
        "Requests that a rule refused, by number of the refusal.",
    );
    for ((number, word), count) in tally.refused() {
        text.value(
            &name,
            &format!("{{number=\"{number}\",name=\"{word}\"}}"),
            count,
        );
    }
    let help = "Requests that could not be served for another reason than a rule.";
    text.counter(&format!("{of}_faults_total"), help, tally.faults());
}
