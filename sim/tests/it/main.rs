//! Fixed seeds, and every checker proven able to fail on evidence that was broken on purpose.
mod answers;
mod chain;
mod dice;
mod good;
mod hostile;
mod joined;
mod machine;
mod measure;
mod once;
mod plan;
mod receipts;
mod release;
mod same;
mod seeds;
mod voting;
mod workload;
