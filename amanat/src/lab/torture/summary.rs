//! What a run came to.
use super::check::Finding;
use super::plan::Kind;
use super::storm::Counts;
use serde::Serialize;

/// A kind of fault that could not be had.
#[derive(Clone, Debug, Serialize)]
pub struct LeftOut {
    /// Which.
    pub fault: Kind,
    /// Why.
    pub why: String,
}

/// Transactions by how they ended for the client that sent them.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Transactions {
    /// Final, and took effect.
    pub accepted: u64,
    /// Final, and refused on the ledger, as they had to be.
    pub refused: u64,
    /// Expired before they were final, or open when the run was over.
    pub given_up: u64,
    /// Times that the same bytes were sent again.
    pub retries: u64,
    /// Times that a client waited because a node said when to come again.
    pub waits: u64,
}

/// The summary of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Whether every rule held.
    pub held: bool,
    /// The rules that did not.
    pub findings: Vec<Finding>,
    /// Seed of the faults.
    pub seed: u64,
    /// Members.
    pub members: usize,
    /// How long faults came, seconds.
    pub seconds: u64,
    /// Faults that came, by kind.
    pub faults: Counts,
    /// Faults that could not be had here.
    pub left_out: Vec<LeftOut>,
    /// Transactions of the clients.
    pub transactions: Transactions,
    /// Height up to which all ledgers were compared.
    pub height: u64,
    /// Transactions in each of these ledgers, those of the members' own processes among them.
    pub ledger_transactions: usize,
    /// Answers that clients noted and the checker judged.
    pub answers: usize,
    /// Receipts that were verified offline at the end.
    pub receipts: u64,
    /// Longest time without a new finalised height, the blackout included, milliseconds.
    pub stalled_ms_max: u64,
    /// What is not checked here.
    pub not_checked: &'static str,
    /// Where the files are, if they were kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

/// What the checker cannot see.
pub const NOT_CHECKED: &str =
    "votes: whether a member voted twice is in its journal, which this program does not read";

impl Summary {
    /// For a person.
    pub fn words(&self) -> String {
        let verdict = if self.held { "held" } else { "VIOLATED" };
        let mut text = format!(
            "{verdict}: {} members, seed {}, {} s of faults\n",
            self.members, self.seed, self.seconds
        );
        let faults = self.faults.iter();
        let faults: Vec<String> = faults
            .map(|(kind, count)| format!("{} {count}", kind.word()))
            .collect();
        text.push_str(&format!("faults        {}\n", faults.join(", ")));
        for left in &self.left_out {
            text.push_str(&format!(
                "left out      {}: {}\n",
                left.fault.word(),
                left.why
            ));
        }
        let Transactions {
            accepted,
            refused,
            given_up,
            retries,
            waits,
        } = self.transactions;
        text.push_str(&format!(
            "transactions  {accepted} accepted, {refused} refused on the ledger, {given_up} given up; sent again {retries} times, waited as asked {waits} times\n"
        ));
        text.push_str(&format!(
            "ledgers       compared up to height {}: {} transactions; {} answers and {} receipts checked\n",
            self.height, self.ledger_transactions, self.answers, self.receipts
        ));
        text.push_str(&format!(
            "longest time without a new height  {} ms\n",
            self.stalled_ms_max
        ));
        text.push_str(&format!("not checked   {}\n", self.not_checked));
        for finding in &self.findings {
            text.push_str(&format!(
                "VIOLATED      {:?}: {}\n",
                finding.rule, finding.what
            ));
        }
        if let Some(folder) = &self.folder {
            text.push_str(&format!("files         {folder}\n"));
        }
        text
    }
}
